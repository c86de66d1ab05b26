"""What the pages of a form show: questions, prefilled rows with their sources, repeated groups."""

from __future__ import annotations

from kiosk.flow import contest, pictures
from kiosk.flow.activities import picking
from kiosk.flow.parts import answer_of, back_key, next_key, numbered, paged, pager, screen, shown, text, value_of, word
from kiosk.flow.provenance import source_words
from kiosk.flow.state import FlowState, engine_of
from kiosk.flow.view import (
    FieldKind,
    FieldView,
    FormBody,
    Key,
    RepeatBody,
    RepeatEntry,
    Row,
    RowsBody,
    ScreenView,
)
from kiosk.forms import FieldRun, PageRun, Repeat
from kiosk.forms.validators import date_bound


def one_by_one(state: FlowState, run: PageRun) -> bool:
    """Whether the fields of this page are asked one after another, each as a page of its own (larger type)."""
    return state.modes.elder and run.page.kind == "question" and len(run.fields) > 1


def form_view(state: FlowState, run: PageRun) -> ScreenView:
    """One page of the form."""
    if run.page.kind == "repeat":
        return _repeat_page(state, run)
    if run.page.kind == "prefilled" and state.active is None:
        return _prefilled_page(state, run)
    fields = run.fields
    if run.page.kind == "prefilled" or one_by_one(state, run):
        fields = tuple(field for field in fields if field.path == state.active) or fields[:1]
    title = word(state, run.page.title)
    if run.page.repeat is not None and run.index is not None:
        title = f"{numbered(state, run.page.repeat.item_title, run.index)} · {title}"
    said = word(state, run.page.speech) or None if title == word(state, run.page.title) else None
    single = fields[0] if len(fields) == 1 else None
    if run.page.kind == "prefilled" and single is not None:
        title, said = text(state, "form.correct", label=word(state, single.field.label)), None
    lead = word(state, run.page.help) or (word(state, single.field.help) if single else "")
    if one_by_one(state, run) and single is not None:
        title, lead, said = word(state, single.field.label), title, None
    asked = picking.picked(fields)
    if asked is not None:
        return picking.view(state, asked, title, lead)
    picture = next((field for field in fields if field.field.kind == "file"), None)
    if picture is not None:
        given = answer_of(state, picture.path) is not None
        return screen(
            state,
            title,
            pictures.body(state, picture),
            key=f"{run.key}:{given}",
            lead=lead or None,
            back=back_key(state),
            primary=next_key(state, "key.next" if given else "picture.without"),
        )
    complete = all(not field.required or answer_of(state, field.path) for field in fields)
    only_choices = all(field.field.options for field in fields)
    return screen(
        state,
        title,
        FormBody(tuple(_field(state, field) for field in fields)),
        key=f"{run.key}:{state.active if run.page.kind == 'prefilled' or one_by_one(state, run) else ''}",
        lead=lead or None,
        said=said,
        back=back_key(state),
        primary=next_key(
            state,
            enabled=complete or not only_choices,
            why=None if complete or not only_choices else text(state, "form.choose_first"),
        ),
    )


def _field(state: FlowState, run: FieldRun) -> FieldView:
    field, value = run.field, value_of(state, run)
    kind: FieldKind = "text"
    if field.kind == "multi":
        kind = "multi"
    elif field.options:
        kind = "choice"
    elif field.kind == "date":
        kind = "date"
    elif field.kind == "long_text":
        kind = "long_text"
    error = state.errors.get(run.path)
    values = value if isinstance(value, list) else [value]
    prefix = f"choice.{run.path}."
    source, _ = source_words(state, answer_of(state, run.path))
    given = answer_of(state, run.path)
    active = state.active == run.path
    words = "" if value is None else ", ".join(map(str, values)) if kind == "multi" else str(value)
    return FieldView(
        name=f"field.{run.path}",
        path=run.path,
        kind=kind,
        label=word(state, field.label),
        # Dates and choices are set from the value; a text that is not being typed is only looked at.
        value=words if active or not words or kind not in ("text", "long_text") else shown(state, field, value),
        active=active,
        help=word(state, field.help) or None,
        example=word(state, field.example) or None,
        error=word(state, error.message) if error else None,
        source=source if given is not None and given.source != "typed" else None,
        # Yuan have fen, whatever figures alone the layout asks for.
        keyboard="decimal" if field.kind == "money" else field.keyboard,
        max_length=field.max_length,
        optional=None if run.required else text(state, "form.optional"),
        options=tuple(
            Key(
                prefix + option.value,
                word(state, option.label),
                icon=option.icon,
                hint=word(state, option.hint) or None,
            )
            for option in field.options
        ),
        selected=frozenset(prefix + str(v) for v in values if v is not None),
        min_date=_day(state, field.min_date),
        max_date=_day(state, field.max_date),
        masked=field.sensitivity == "secret",
    )


def _day(state: FlowState, text: str | None) -> str | None:
    day = date_bound(text, state.today)
    return day.isoformat() if day is not None else None


def prefilled_row(state: FlowState, run: FieldRun) -> Row:
    """One known value: masked, with its source; a typed one asks to be looked at again."""
    field, answer, value = run.field, answer_of(state, run.path), value_of(state, run)
    source, icon = source_words(state, answer)
    if field.computed is not None:
        source, icon = text(state, "source.computed"), "calculator"
    error = state.errors.get(run.path)
    full = shown(state, field, value, masked=False)
    masked = shown(state, field, value)
    change = None
    if run.editable:
        label = "form.wrong" if answer and answer.source != "typed" else "form.change" if answer else "form.fill"
        change = Key(f"change.{run.path}", text(state, label))
    elif answer is not None and answer.source not in ("typed", "default", "computed"):
        taken_back = state.session is not None and run.path in state.session.contests
        change = Key(contest.KEY + run.path, text(state, "form.right_after_all" if taken_back else "form.wrong"))
    tag = text(state, "form.check") if answer and answer.source == "typed" else None
    if state.session is not None and run.path in state.session.contests and not run.editable:
        tag = text(state, "form.contested")
    if error is not None:
        tag = text(state, "form.missing")
    return Row(
        label=word(state, field.label),
        value=masked,
        source=source,
        source_icon=icon,
        tag=tag,
        tag_tone="caution",
        key=change,
        reveal=full if masked != full else None,
        hint=word(state, error.message) if error else None,
    )


def _prefilled_page(state: FlowState, run: PageRun) -> ScreenView:
    rows = tuple(prefilled_row(state, field) for field in run.fields)
    known = sum(1 for field in run.fields if answer_of(state, field.path))
    computed = any(field.field.computed is not None for field in run.fields)
    title = text(state, "form.prefilled", count=known) if known and not computed else word(state, run.page.title)
    # All of them on one page, but for low keys.
    some, index, pages = paged(state, rows, state.pick_page, max(1, len(rows)))
    return screen(
        state,
        title,
        RowsBody(tuple(some), (), *pager(state, index, pages)),
        key=f"{run.key}:{index}" if pages > 1 else run.key,
        lead=_prefilled_lead(state, run, computed=computed),
        back=back_key(state),
        primary=next_key(state, "form.all_right"),
    )


def _prefilled_lead(state: FlowState, run: PageRun, *, computed: bool) -> str:
    if computed:
        return word(state, run.page.help) or text(state, "form.computed_lead")
    if any(field.editable for field in run.fields):
        return text(state, "form.prefilled_lead")
    given = [answer for field in run.fields if (answer := answer_of(state, field.path)) is not None]
    own = all(answer.source in ("card", "passport", "citizen_code") for answer in given)
    return text(state, "form.prefilled_fixed" if own else "form.prefilled_record")


def _repeat_page(state: FlowState, run: PageRun) -> ScreenView:
    (package, session), repeat = state.visit, run.page.repeat
    if repeat is None:
        raise LookupError(f"{run.key} is not a repeated group")
    engine = engine_of(package)
    count = engine.items(session.answers, repeat.path)
    everything = engine.pages(session.answers, state.context)
    entries: list[RepeatEntry] = []
    for index in range(count):
        mine = [
            field
            for page in everything
            if page.index == index and page.page.repeat is not None and page.page.repeat.path == repeat.path
            for field in page.fields
        ]
        values = [shown(state, field.field, value_of(state, field)) for field in mine if answer_of(state, field.path)]
        number = numbered(state, repeat.item_title, index)
        entries.append(
            RepeatEntry(
                title=f"{number} · {values[0]}" if values else number,
                detail=" · ".join(values[1:]) if values else text(state, "form.unfinished"),
                change=Key(f"repeat.{repeat.path}.change.{index}", text(state, "form.change"), icon="pencil"),
                remove=Key(f"repeat.{repeat.path}.remove.{index}", text(state, "form.remove"), icon="bin"),
            )
        )
    add = None
    if count < repeat.max:
        add = Key(f"repeat.{repeat.path}.add", text(state, "form.add"), icon="plus")
    enough = count >= repeat.min
    return screen(
        state,
        word(state, run.page.title),
        RepeatBody(tuple(entries), add, text(state, "form.nobody"), _group_error(state, repeat)),
        key=f"{run.key}:{count}",
        lead=word(state, run.page.help) or None,
        back=back_key(state),
        primary=next_key(
            state, enabled=enough, why=None if enough else text(state, "form.add_first", count=repeat.min)
        ),
    )


def _group_error(state: FlowState, repeat: Repeat) -> str | None:
    """Which entry keeps the group from being left; what is wrong with the group as a whole is said as it is."""
    inside = [path.removeprefix(f"{repeat.path}.").partition(".")[0] for path in state.errors]
    entries = [int(index) for index in inside if index.isdigit()]
    if entries:
        return text(state, "form.unfinished_entry", entry=numbered(state, repeat.item_title, min(entries)))
    return next((word(state, error.message) for error in state.errors.values()), None)
