"""Five equal cards, nothing preselected, skipping is one press; a bad rating is asked why. Never linked to the case."""

from __future__ import annotations

from kiosk.flow.effects import SendRating
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import next_key, screen, text
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import Key, RateBody, ScreenView

LEVELS = (5, 4, 3, 2, 1)
BAD = (1, 2)
REASONS = ("unclear", "slow", "machine", "materials", "result", "other")


def applies(state: FlowState) -> bool:
    """Every item that lists it."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Nothing preselected."""
    return stay(state)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Choose and send, or skip."""
    session = state.session
    if session is None:
        return None
    match event:
        case Touched(name) if name.startswith("rate.") and name[5:].isdigit() and int(name[5:]) in LEVELS:
            return stay(with_session(state, rating=int(name[5:]), rating_reasons=frozenset()))
        case Touched(name) if name.startswith("rate.reason.") and name[12:] in REASONS:
            return stay(with_session(state, rating_reasons=session.rating_reasons ^ {name[12:]}))
        case Touched("action.skip"):
            return goto("wiped", state)
        case Touched("action.next") if session.rating is not None:
            return goto("wiped", state, SendRating(session.rating, tuple(sorted(session.rating_reasons))))
    return None


def view(state: FlowState) -> ScreenView:
    """Reasons appear only after one of the two bad ones."""
    session = state.here
    levels = tuple(Key(f"rate.{level}", text(state, f"rate.{level}"), icon=f"face_{level}") for level in LEVELS)
    reasons: tuple[Key, ...] = ()
    if session.rating in BAD:
        reasons = tuple(Key(f"rate.reason.{name}", text(state, f"rate.reason_{name}")) for name in REASONS)
    body = RateBody(
        levels=levels,
        selected=f"rate.{session.rating}" if session.rating else None,
        reasons=reasons,
        reasons_ticked=frozenset(f"rate.reason.{name}" for name in session.rating_reasons),
    )
    return screen(
        state,
        text(state, "rate.title"),
        body,
        key="bad" if reasons else "",
        lead=text(state, "rate.lead"),
        back=Key("action.skip", text(state, "rate.skip")),
        primary=next_key(
            state,
            "rate.send",
            enabled=session.rating is not None,
            why=None if session.rating is not None else text(state, "rate.choose"),
        ),
    )
