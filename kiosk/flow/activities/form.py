"""The form: one thing per page, prefilled where something is already known, going on only when it is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kiosk.domain.devices import DOCUMENT_CAMERA
from kiosk.flow import contest, pictures
from kiosk.flow.activities import picking
from kiosk.flow.activities.form_view import form_view, one_by_one
from kiosk.flow.activities.gaps import after_change
from kiosk.flow.effects import Record
from kiosk.flow.events import DatePicked, FlowEvent, Touched, Typed
from kiosk.flow.machine import Direction, Outcome, backward, forward, goto, stay
from kiosk.flow.parts import back_key, find_page, next_key, screen, shown, text, value_of
from kiosk.flow.state import FlowState, engine_of, with_session
from kiosk.flow.view import BusyBody, ScreenView
from kiosk.forms import Answer, AnswerSet, FieldError, FieldRun, PageRun, set_answer

TEXT_KINDS = frozenset({"text", "long_text", "id_number", "phone", "uscc", "name", "address", "digits", "money"})


def pages(state: FlowState) -> tuple[PageRun, ...]:
    """All pages of this path."""
    package, session = state.package, state.session
    if package is None or session is None:
        return ()
    return engine_of(package).pages(session.answers, state.context)


def applies(state: FlowState) -> bool:
    """Passed over when nothing has to be asked."""
    return bool(pages(state))


def enter(state: FlowState, direction: Direction) -> Outcome:
    """First page from before, last from behind; the review, a gap and a visit laid aside name their page."""
    runs = pages(state)
    keys = [run.key for run in runs]
    if not ((state.changing or direction == "again") and state.page in keys):
        state = replace(state, page=keys[-1 if direction == "back" else 0])
    return stay(_opened(state))


def _opened(state: FlowState, page: str | None = None) -> FlowState:
    """The cursor on a page, without errors, the first empty text field active."""
    if page is not None:
        state = replace(state, page=page)
    run = find_page(state)
    active = None
    if run is not None and run.page.kind == "question":
        texts = [field.path for field in run.fields if field.field.kind in TEXT_KINDS]
        given = state.session.answers if state.session else {}
        active = next((path for path in texts if path not in given), None)
        if active is None and texts and (state.changing or not any(private(state, field) for field in run.fields)):
            active = texts[0]  # else it was typed before: it stands there masked until it is pressed
        if one_by_one(state, run):
            active = run.fields[0].path
    state = replace(state, active=active, errors={}, pick_page=0)
    asked = picking.picked(run.fields) if run is not None else None
    return picking.opened(state, asked) if asked is not None else state


def private(state: FlowState, run: FieldRun) -> bool:
    """Whether the answer is one that others should not read."""
    value = value_of(state, run)
    return value is not None and shown(state, run.field, value) != shown(state, run.field, value, masked=False)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Answers are kept as they come; going on cleans and checks them."""
    package, session, run = state.package, state.session, find_page(state)
    if package is None or session is None:
        return None
    if run is None:
        if pages(state):
            return stay(_opened(state, pages(state)[0].key))
        match event:
            case Touched("action.next"):
                return after_change(state) if state.changing else forward(state)
            case Touched("action.back"):
                return backward(state)
        return None
    fields = {field.path: field for field in run.fields}
    match event:
        case Typed(path, typed) if path in fields:
            return stay(_answered(state, path, typed))
        case DatePicked(path, iso) if path in fields:
            return stay(_answered(state, path, iso))
        case Touched(name) if (asked := picking.picked(run.fields)) is not None and (
            name.startswith(f"choice.{asked.path}.")
        ):
            return _picked(state, asked, name.removeprefix(f"choice.{asked.path}."))
        case Touched(picking.UP) if (asked := picking.picked(run.fields)) is not None:
            above = picking.up(state, asked)
            return stay(above) if above is not None else None
        case Touched("page.previous"):
            return stay(state, pick_page=max(0, state.pick_page - 1))
        case Touched("page.following"):
            return stay(state, pick_page=state.pick_page + 1)
        case Touched(name) if name.startswith("choice."):
            return _chosen(state, fields, name)
        case Touched(name) if name.startswith("field.") and name[6:] in fields:
            return stay(state, active=name[6:])
        case Touched(name) if name.startswith("change.") and name[7:] in fields and run.page.kind == "prefilled":
            return stay(state, active=name[7:], errors={})
        case Touched(name) if name.startswith(contest.KEY) and name.removeprefix(contest.KEY) in fields:
            return stay(contest.turned(state, name.removeprefix(contest.KEY)))
        case Touched(name) if name.startswith("repeat.") and run.page.repeat is not None:
            return _repeat(state, run, name)
        case Touched(pictures.TAKE) if (paper := _picture(run)) is not None and state.world.usable(DOCUMENT_CAMERA):
            return goto("capture", state, page=pictures.PREFIX + paper)
        case Touched(pictures.DROP) if (paper := _picture(run)) is not None:
            return stay(pictures.dropped(state, paper))
        case Touched("action.next"):
            return _next(state, run)
        case Touched("action.back"):
            return _back(state, run)
    return None


def _picture(run: PageRun) -> str | None:
    """The path of the picture this page asks for."""
    return next((field.path for field in run.fields if field.field.kind == "file"), None)


def _answered(state: FlowState, path: str, value: Any) -> FlowState:
    session = state.visit[1]
    answers: AnswerSet
    if value in ("", None, []):
        answers = {p: a for p, a in session.answers.items() if p != path}
    else:
        previous = session.answers.get(path)
        if previous is not None and previous.value == value:
            return state
        answers = set_answer(session.answers, path, Answer(value, "typed", "D", state.now))
    state = contest.said(state, path)
    errors = {p: e for p, e in state.errors.items() if p != path}
    return replace(with_session(state, answers=answers), errors=errors)


def _picked(state: FlowState, run: FieldRun, value: str) -> Outcome | None:
    """A place one level further down, or the answer."""
    outcome = picking.chosen(state, run, value)
    if outcome is None:
        return None
    return stay(_answered(state, run.path, outcome)) if isinstance(outcome, str) else stay(outcome)


def _chosen(state: FlowState, fields: Mapping[str, FieldRun], name: str) -> Outcome | None:
    session = state.visit[1]
    for path, run in fields.items():
        value = name.removeprefix(f"choice.{path}.")
        if value == name or value not in {option.value for option in run.field.options}:
            continue
        if run.field.kind == "multi":
            given = session.answers.get(path)
            chosen = list(given.value) if given else []
            chosen = [v for v in chosen if v != value] if value in chosen else [*chosen, value]
            return stay(_answered(state, path, chosen))
        return stay(_answered(state, path, value))
    return None


def _repeat(state: FlowState, run: PageRun, name: str) -> Outcome | None:
    (package, session), repeat = state.visit, run.page.repeat
    if repeat is None:
        raise LookupError(f"{run.key} is not a repeated group")
    engine = engine_of(package)
    count = engine.items(session.answers, repeat.path)
    verb = name.removeprefix(f"repeat.{repeat.path}.")
    if verb == "add" and count < repeat.max:
        state = with_session(state, answers=engine.add_item(session.answers, repeat.path, state.now))
        return stay(_opened(state, _first_of(state, repeat.path, count)))
    verb, _, number = verb.partition(".")
    if not number.isdigit() or int(number) >= count:
        return None
    if verb == "change":
        return stay(_opened(state, _first_of(state, repeat.path, int(number))))
    if verb == "remove":
        answers = engine.remove_item(session.answers, repeat.path, int(number), state.now)
        return stay(replace(with_session(state, answers=answers), errors={}))
    return None


def _first_of(state: FlowState, path: str, index: int) -> str | None:
    return next(
        (run.key for run in pages(state) if run.page.repeat and run.page.repeat.path == path and run.index == index),
        state.page,
    )


def _cleaned(state: FlowState, run: PageRun) -> FlowState:
    package, session = state.visit
    answers = session.answers
    for field in run.fields:
        answer = answers.get(field.path)
        if answer is not None:
            clean = engine_of(package).clean(field.path, answer.value)
            if clean != answer.value:
                answers = set_answer(answers, field.path, replace(answer, value=clean))
    return with_session(state, answers=answers)


def _next(state: FlowState, run: PageRun) -> Outcome:
    state = _cleaned(state, run)
    package, session = state.visit
    errors = engine_of(package).check_page(run.key, session.answers, state.context)
    if one_by_one(state, run) and not any(error.path == state.active for error in errors):
        after = _beside(run, state.active, 1)
        if after is not None:
            return stay(state, active=after, errors={})
    if run.page.kind == "repeat" and not errors:
        errors = _unfinished(state, run)
    if run.page.kind == "prefilled" and state.active is not None:
        # One line is being corrected: only that line has to be right to go back to the page.
        mine: tuple[FieldError, ...] = tuple(error for error in errors if error.path == state.active)
        if not mine:
            return stay(state, active=None, errors={})
        errors = mine
    if errors:
        wrong = {error.path: error for error in reversed(errors)}
        first = errors[0].path
        here = next((field for field in run.fields if field.path == first), None)
        active = state.active if here is None and run.page.kind != "prefilled" else first
        if run.page.kind == "prefilled" and here is not None and not here.editable:
            active = None  # nothing can be typed over what a source brought or a rule worked out; the page says why
        return stay(state, Record("field.refused", code=errors[0].code), errors=wrong, active=active)
    following = _following(state, run)
    if following is not None and not (state.changing and _whole(run, following, state)):
        return stay(_opened(state, following))
    return after_change(state) if state.changing else forward(replace(state, errors={}, active=None))


def _beside(run: PageRun, active: str | None, by: int) -> str | None:
    """The field before or after the active one on its page."""
    paths = [field.path for field in run.fields]
    at = paths.index(active) + by if active in paths else 0
    return paths[at] if 0 <= at < len(paths) else None


def _unfinished(state: FlowState, run: PageRun) -> tuple[FieldError, ...]:
    """What is wrong inside the entries of a group, the first entry first: it is said before the group is left."""
    package, session = state.visit
    engine = engine_of(package)
    inside = (page.key for page in pages(state) if page.index is not None and _group(page) == _group(run))
    return next((found for key in inside if (found := engine.check_page(key, session.answers, state.context))), ())


def _whole(run: PageRun, following: str, state: FlowState) -> bool:
    """While changing from the review, only the pages of the same group item belong to the change."""
    if run.index is None:
        return True
    target = next((page for page in pages(state) if page.key == following), None)
    return target is None or (target.page.repeat != run.page.repeat)


def _following(state: FlowState, run: PageRun) -> str | None:
    """The page after this one. Inside a group: the rest of this item, then the group's overview."""
    runs = pages(state)
    keys = [page.key for page in runs]
    after = runs[keys.index(run.key) + 1 :] if run.key in keys else ()
    if run.index is None:
        # Items of a group are reached from its overview only, so that nobody walks through all of them again.
        return next((page.key for page in after if page.index is None), None)
    same = [page for page in after if page.page.repeat and page.index == run.index and _group(page) == _group(run)]
    return same[0].key if same else _overview(state, run)


def _group(run: PageRun) -> str | None:
    return run.page.repeat.path if run.page.repeat else None


def _overview(state: FlowState, run: PageRun) -> str | None:
    return next((p.key for p in pages(state) if p.page.kind == "repeat" and _group(p) == _group(run)), None)


def _back(state: FlowState, run: PageRun) -> Outcome:
    if run.page.kind == "prefilled" and state.active is not None:
        return stay(state, active=None, errors={})
    if one_by_one(state, run) and (earlier_field := _beside(run, state.active, -1)) is not None:
        return stay(state, active=earlier_field, errors={})
    runs = pages(state)
    keys = [page.key for page in runs]
    before = runs[: keys.index(run.key)]
    if run.index is not None:
        same = [page for page in before if page.index == run.index and _group(page) == _group(run)]
        target = same[-1].key if same else _overview(state, run)
        if target is not None:
            return stay(_opened(state, target))
    if state.changing:
        return after_change(state)
    earlier = [page for page in before if page.index is None]
    if earlier:
        return stay(_opened(state, earlier[-1].key))
    return backward(replace(state, errors={}, active=None))


def view(state: FlowState) -> ScreenView:
    """See :mod:`kiosk.flow.activities.form_view`."""
    run = find_page(state) or next(iter(pages(state)), None)
    if run is None:
        # Every page vanished under the cursor; the next touch goes on to what follows the form.
        return screen(state, text(state, "form.nothing"), BusyBody(""), back=back_key(state), primary=next_key(state))
    return form_view(state, run)
