"""Times that can be booked: the days by the calendar, the places left as far as the centre has told them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from kiosk.flow.events import SlotsFound, SlotsUnavailable
from kiosk.flow.parts import answer_of
from kiosk.flow.state import FlowState, engine_of, with_session
from kiosk.forms import BookingRules
from kiosk.forms.booking import booking_days


def rules_of(state: FlowState) -> BookingRules | None:
    """What can be booked with this item."""
    return state.package.booking if state.package is not None else None


def office_code(state: FlowState) -> str:
    """The office that is visited, as the answers say so far."""
    package, session = state.visit
    engine = engine_of(package)
    return engine.office(engine.data(session.answers, state.context)).code


def known(state: FlowState) -> Mapping[str, Mapping[str, int]] | None:
    """Free places by day and time at this office; None when nobody could say."""
    session = state.session
    if session is None or session.slots_state != "answered" or session.slots_office != office_code(state):
        return None
    return session.slots


def days(state: FlowState) -> tuple[date, ...]:
    """The days that can be booked, by the calendar alone."""
    rules = rules_of(state)
    return booking_days(rules, state.today) if rules is not None else ()


def free(state: FlowState, day: str, slot: str | None = None) -> int | None:
    """Places left on a day, or at one time of it; None when nobody could say."""
    places = known(state)
    if places is None:
        return None
    slots = places.get(day, {})
    return sum(slots.values()) if slot is None else slots.get(slot, 0)


def answered(state: FlowState, event: SlotsFound | SlotsUnavailable) -> FlowState:
    """What is free, or that nobody could say; only for the office that was asked about last."""
    session = state.session
    if session is None or session.slots_state != "asking":
        return state
    if isinstance(event, SlotsUnavailable):
        return with_session(state, slots_state="unavailable", slots={})
    if event.office != session.slots_office:
        return state
    return with_session(state, slots_state="answered", slots=event.free)


def wrong(state: FlowState) -> str | None:
    """The path that has to be chosen, or chosen anew, first; None when day and time can be had."""
    rules = rules_of(state)
    if rules is None:
        return None
    day, slot = answer_of(state, rules.day), answer_of(state, rules.slot)
    if day is None or day.value not in {each.isoformat() for each in days(state)} or free(state, day.value) == 0:
        return rules.day
    if slot is None or slot.value not in rules.slots or free(state, day.value, slot.value) == 0:
        return rules.slot
    return None
