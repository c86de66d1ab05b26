"""Everything once more, each line changeable, and the one key that submits."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.devices import DOCUMENT_CAMERA, RECEIPT_PRINTER
from kiosk.flow import contest, joined
from kiosk.flow.activities.form_view import prefilled_row
from kiosk.flow.activities.gaps import after_change, first_gap
from kiosk.flow.activities.materials import material_row, needs
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, goto, stay
from kiosk.flow.parts import (
    answer_of,
    back_key,
    date_words,
    next_key,
    numbered,
    paged,
    pager,
    screen,
    shown,
    text,
    value_of,
    word,
)
from kiosk.flow.state import FlowState, engine_of
from kiosk.flow.view import Key, Notice, Row, RowsBody, ScreenView
from kiosk.forms import FieldRun

PAGE_SIZE = 6
LONG_TEXT_SHOWN = 40


def applies(state: FlowState) -> bool:
    """Every item that lists it."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """The first page of the review, unless a change leads back to a later one."""
    return stay(
        state, list_page=state.list_page if state.changing else 0, changing=False, page=None, active=None, errors={}
    )


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Change a line, turn the page, submit."""
    package, session = state.package, state.session
    if package is None or session is None:
        return None
    match event:
        case Touched(name) if name.startswith("retake.") and name[7:] in session.papers:
            return goto("capture", state, changing=True, problem=None, page=name[7:])
        case Touched(name) if name.startswith("change."):
            return _change(state, name[7:])
        case Touched(name) if name.startswith(contest.KEY) and name in {r.key.name for r in rows(state) if r.key}:
            return stay(contest.turned(state, name.removeprefix(contest.KEY)))
        case Touched("page.previous"):
            return stay(state, list_page=max(0, state.list_page - 1))
        case Touched("page.following"):
            return stay(state, list_page=state.list_page + 1)
        case Touched("action.next"):
            if first_gap(state) is not None:
                return after_change(replace(state, changing=True))
            return forward(state, problem=None, list_page=0)
        case Touched("action.back"):
            return backward(state, problem=None, list_page=0)
    return None


def _change(state: FlowState, path: str) -> Outcome | None:
    package, session = state.visit
    engine = engine_of(package)
    state = replace(state, changing=True, problem=None)
    if path.startswith("scenario."):
        return goto("scenario", state, page=path)
    if package.booking is not None and path == package.booking.day:
        return goto("book", state, page=path)
    if path.startswith("party."):
        return goto("parties", state, page=path.removeprefix("party."))
    if path.startswith("material."):
        return goto("materials", state, page=path.removeprefix("material."))
    for run in engine.pages(session.answers, state.context):
        mine = run.page.repeat is not None and run.index is not None and path == f"{run.page.repeat.path}.{run.index}"
        if mine or any(field.path == path for field in run.fields):
            return goto("form", state, page=run.key)
    return None


def _line(state: FlowState, run: FieldRun) -> Row:
    row = prefilled_row(state, run)
    value = row.value
    if run.field.kind == "long_text" and len(value) > LONG_TEXT_SHOWN:
        value = text(state, "review.long", start=value[:LONG_TEXT_SHOWN], count=len(value))
    if run.editable:
        change = Key(f"change.{run.path}", text(state, "form.change"))
        return replace(row, value=value, key=change, tag=None, hint=None)
    return replace(row, value=value, hint=None)  # what a source brought is called wrong here as on its page


def _both(state: FlowState, run: FieldRun) -> tuple[str, str]:
    """An answer masked and whole."""
    value = value_of(state, run)
    return shown(state, run.field, value), shown(state, run.field, value, masked=False)


def _member(row: Row, values: list[tuple[str, str]]) -> Row:
    """A member of a group on one line: masked, and whole as long as it is asked for."""
    masked, whole = (" · ".join(words) for words in zip(*values, strict=True))
    return replace(row, value=masked, reveal=whole if masked != whole else None)


def rows(state: FlowState) -> tuple[Row, ...]:
    """All lines in the order they were asked; a member of a group is one line."""
    package, session = state.visit
    engine, lines = engine_of(package), []
    if (other := joined.acting_for(state)) is not None:
        lines.append(Row(text(state, "review.acts_for"), other))
    for question in engine.scenario_questions(session.answers, state.context):
        given = answer_of(state, question.path)
        labels = {option.value: word(state, option.label) for option in question.options}
        value = labels.get(str(given.value), "") if given else text(state, "answer.none")
        lines.append(
            Row(
                word(state, question.title),
                value,
                key=Key(f"change.{question.path}", text(state, "form.change")),
            )
        )
    members: dict[str, list[tuple[str, str]]] = {}
    for run in engine.pages(session.answers, state.context):
        if run.page.kind == "repeat":
            continue
        if run.page.repeat is not None and run.index is not None:
            path = f"{run.page.repeat.path}.{run.index}"
            values = [_both(state, field) for field in run.fields]
            if path not in members:
                members[path] = []
                title = numbered(state, run.page.repeat.item_title, run.index)
                lines.append(Row(title, path, key=Key(f"change.{path}", text(state, "form.change"))))
            members[path] += values
        else:
            lines += [_line(state, field) for field in run.fields]
    lines = [_member(line, members[line.value]) if line.value in members else line for line in lines]
    rules = package.booking
    if rules is not None and (day := answer_of(state, rules.day)) is not None:
        slot = answer_of(state, rules.slot)
        when = text(state, "book.at", day=date_words(state, str(day.value)), slot=slot.value if slot else "")
        lines.append(Row(text(state, "book.when"), when, key=Key(f"change.{rules.day}", text(state, "form.change"))))
    for need in needs(state):
        row = material_row(state, need)
        asked = need.state == "needed"
        change = Key(f"change.material.{need.material.id}", text(state, "form.change")) if asked else None
        if row.picture and state.world.usable(DOCUMENT_CAMERA):
            change = Key(f"retake.{need.material.id}", text(state, "capture.again"))
        lines.append(Row(row.label, row.tag or "", key=change, source=None if asked else row.hint, picture=row.picture))
    for party in joined.needs(state):
        said, _ = joined.status(state, party)
        lines.append(
            Row(joined.called(state, party), said, key=Key(f"change.party.{party.key}", text(state, "form.change")))
        )
    return tuple(lines)


def view(state: FlowState) -> ScreenView:
    """Rows and the sentence that says what the key will do."""
    items, index, pages = paged(state, rows(state), state.list_page, PAGE_SIZE)
    label, before, after = pager(state, index, pages)
    notice = None
    if state.problem is not None:
        notice = Notice("caution", text(state, "review.not_saved"), text(state, f"review.{state.problem}"), "storage")
    elif not state.world.usable(RECEIPT_PRINTER):
        notice = Notice("info", text(state, "offer.printer_down"), text(state, "offer.receipt_on_screen"), "printer")
    return screen(
        state,
        text(state, "review.title"),
        RowsBody(tuple(items), (), label, before, after),
        key=f"{index}:{state.problem}",
        lead=text(state, "review.lead"),
        notice=notice,
        back=back_key(state),
        primary=next_key(state, "review.submit"),
    )
