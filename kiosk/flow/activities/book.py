"""A day, then a time of it. What is full cannot be chosen; where nobody can say what is full, the wish is taken.

Free places are asked for the office that follows from the answers, and again whenever the page is come to from before.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kiosk.flow.activities.gaps import after_change
from kiosk.flow.effects import AskSlots, Effect
from kiosk.flow.events import FlowEvent, SlotsFound, SlotsUnavailable, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, stay
from kiosk.flow.parts import answer_of, back_key, date_words, next_key, paged, pager, screen, text, word
from kiosk.flow.slots import days, free, known, office_code, rules_of, wrong
from kiosk.flow.state import FlowState, engine_of, with_session
from kiosk.flow.view import BusyBody, ChoiceBody, Key, Notice, ScreenView
from kiosk.forms import Answer, set_answer

DAYS_A_PAGE = 6
SLOTS_A_PAGE = 7
FEW = 3
"""So many places left are worth telling."""


def applies(state: FlowState) -> bool:
    """Every item that books something."""
    return rules_of(state) is not None and state.session is not None


def enter(state: FlowState, direction: Direction) -> Outcome:
    """The day first; from behind the time. A change from the review names its page."""
    rules = rules_of(state)
    if rules is None:
        return stay(state)
    page = rules.day
    if direction == "back" and answer_of(state, rules.day) is not None:
        page = rules.slot
    if (state.changing or direction == "again") and state.page in (rules.day, rules.slot):
        page = state.page
    state, asking = _asked(_opened(state, page), again=direction != "back")
    return stay(state, *asking)


def _opened(state: FlowState, page: str) -> FlowState:
    """The cursor on a page, turned to where the chosen day or time stands."""
    rules = rules_of(state)
    given = answer_of(state, page)
    choices: tuple[str, ...] = ()
    if rules is not None and given is not None:
        choices = tuple(day.isoformat() for day in days(state)) if page == rules.day else rules.slots
    size = DAYS_A_PAGE if rules is not None and page == rules.day else SLOTS_A_PAGE
    at = choices.index(given.value) // size if given is not None and given.value in choices else 0
    return replace(state, page=page, list_page=at, errors={})


def _asked(state: FlowState, *, again: bool) -> tuple[FlowState, tuple[Effect, ...]]:
    session, office = state.session, office_code(state)
    if session is None:
        return state, ()
    same = session.slots_office == office
    if same and (session.slots_state == "asking" or (session.slots_state == "answered" and not again)):
        return state, ()
    kept = session.slots if same else {}
    return with_session(state, slots_state="asking", slots_office=office, slots=kept), (AskSlots(office),)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Choose, turn the page, go on."""
    rules, session = rules_of(state), state.session
    if rules is None or session is None:
        return None
    page = rules.slot if state.page == rules.slot else rules.day
    match event:
        case SlotsFound() | SlotsUnavailable():
            return stay(state)
        case Touched(name) if name.startswith(f"choice.{page}.") and not _waiting(state):
            return _chosen(state, page, name.removeprefix(f"choice.{page}."))
        case Touched("page.previous"):
            return stay(state, list_page=max(0, state.list_page - 1))
        case Touched("page.following"):
            return stay(state, list_page=state.list_page + 1)
        case Touched("action.next") if not _waiting(state) and _right(state, page):
            if page == rules.day:
                return stay(_opened(state, rules.slot))
            return after_change(state) if state.changing else forward(state, list_page=0)
        case Touched("action.back"):
            if page == rules.slot:
                return stay(_opened(state, rules.day))
            return after_change(state) if state.changing else backward(state, list_page=0)
    return None


def _waiting(state: FlowState) -> bool:
    return state.session is not None and state.session.slots_state == "asking"


def _right(state: FlowState, path: str) -> bool:
    """Whether the chosen day, or day and time, can still be had."""
    rules = rules_of(state)
    gone = wrong(state)
    return rules is not None and (gone != rules.day if path == rules.day else gone is None)


def _chosen(state: FlowState, path: str, value: str) -> Outcome | None:
    """Keep the choice; another day asks for its time again where the old time is full on it."""
    rules, session = rules_of(state), state.visit[1]
    offered = {key.name for key in _options(state) if key.enabled}
    if rules is None or f"choice.{path}.{value}" not in offered:
        return None
    answers = set_answer(session.answers, path, Answer(value, "typed", "D", state.now))
    return stay(with_session(state, answers=answers))


def _options(state: FlowState) -> tuple[Key, ...]:
    """All choices of this page, whatever part of them is shown."""
    rules = rules_of(state)
    if rules is None:
        return ()
    if state.page != rules.slot:
        return tuple(_day_key(state, rules.day, day) for day in days(state))
    day = answer_of(state, rules.day)
    return tuple(_slot_key(state, rules.slot, slot, str(day.value) if day else "") for slot in rules.slots)


def _day_key(state: FlowState, path: str, day: date) -> Key:
    iso = day.isoformat()
    label = text(state, "book.day", day=date_words(state, iso), weekday=text(state, f"weekday.{day.isoweekday()}"))
    return _key(state, f"choice.{path}.{iso}", label, free(state, iso))


def _slot_key(state: FlowState, path: str, slot: str, day: str) -> Key:
    return _key(state, f"choice.{path}.{slot}", slot, free(state, day, slot))


def _key(state: FlowState, name: str, label: str, places: int | None) -> Key:
    if places == 0:
        return Key(name, label, enabled=False, tag=text(state, "book.full"))
    few = places is not None and places <= FEW
    return Key(name, label, tag=text(state, "book.few", count=places) if few else None)


def view(state: FlowState) -> ScreenView:
    """One question a page: which day, which time."""
    rules, package = rules_of(state), state.visit[0]
    if rules is None:
        raise LookupError(f"{package.id} books nothing")
    slot_page = state.page == rules.slot
    if _waiting(state):
        body = BusyBody(text(state, "book.busy"), text(state, "lookup.asking"))
        return screen(state, text(state, "book.busy_title"), body, key="busy", back=back_key(state))
    path = rules.slot if slot_page else rules.day
    some, index, pages = paged(state, _options(state), state.list_page, SLOTS_A_PAGE if slot_page else DAYS_A_PAGE)
    label, before, after = pager(state, index, pages)
    chosen = answer_of(state, path)
    ready = _right(state, path)
    notice = None
    if known(state) is None:
        notice = Notice("caution", text(state, "book.unknown"), text(state, "book.unknown_do"), "calendar")
    office = word(state, engine_of(package).office(engine_of(package).data(state.visit[1].answers, state.context)).name)
    day = answer_of(state, rules.day)
    lead = text(state, "book.day_lead", office=office)
    if slot_page and day is not None:
        lead = text(state, "book.slot_lead", office=office, day=date_words(state, str(day.value)))
    return screen(
        state,
        text(state, "book.slot_title" if slot_page else "book.day_title"),
        ChoiceBody(
            tuple(some),
            frozenset({f"choice.{path}.{chosen.value}"} if chosen and ready else ()),
            pager=label,
            previous=before,
            following=after,
        ),
        key=f"{path}:{index}",
        lead=lead,
        notice=notice,
        back=back_key(state),
        primary=next_key(state, enabled=ready, why=None if ready else text(state, "form.choose_first")),
    )
