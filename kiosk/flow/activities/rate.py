"""Five equal cards, nothing preselected, skipping is one press; a bad rating is asked why. Never linked to the case.

Whoever gave a bad one may open a 12345 ticket afterwards: a visit of its own, into which nothing of this one is taken.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.session import IntakeSession
from kiosk.flow.effects import NewSession, SendRating, WipeSession
from kiosk.flow.events import FlowEvent, Started, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import next_key, screen, text
from kiosk.flow.state import FlowState, open_item, with_session
from kiosk.flow.view import InfoBody, Key, RateBody, ScreenView

LEVELS = (5, 4, 3, 2, 1)
BAD = (1, 2)
TICKET = "complaint-12345"
"""The item that takes complaints, where the city offers it."""
SENT = "sent"
"""The page after a bad rating was given."""
REASONS = ("unclear", "slow", "machine", "materials", "result", "other")


def applies(state: FlowState) -> bool:
    """Every item that lists it."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Nothing preselected."""
    return stay(state, page=None)


def _item(state: FlowState) -> str:
    """What is rated: the item, or that of the case somebody came back to."""
    session = state.here
    return (session.work.item_id if session.work is not None else session.item_id) or "unknown"


def _may_complain(state: FlowState) -> bool:
    return state.here.rating in BAD and _item(state) != TICKET and state.world.package(TICKET) is not None


def _complaint(state: FlowState, session: str) -> Outcome:
    """Everything of the visit that was is destroyed first, as at any end."""
    fresh = IntakeSession(id=session, started_mono=state.mono)
    gone = WipeSession(state.here.id)
    state = replace(state, session=fresh, page=None, list_page=0, guide_page=0, errors={}, active=None)
    return goto("guide", open_item(state, TICKET), gone, came_from="home")


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Choose and send, or skip."""
    session = state.session
    if session is None:
        return None
    if state.page == SENT:
        match event:
            case Touched("rate.ticket"):
                return stay(state, NewSession())
            case Started(fresh):
                return _complaint(state, fresh)
            case Touched("action.done"):
                return goto("wiped", state)
        return None
    match event:
        case Touched(name) if name.startswith("rate.") and name[5:].isdigit() and int(name[5:]) in LEVELS:
            return stay(with_session(state, rating=int(name[5:]), rating_reasons=frozenset()))
        case Touched(name) if name.startswith("rate.reason.") and name[12:] in REASONS:
            return stay(with_session(state, rating_reasons=session.rating_reasons ^ {name[12:]}))
        case Touched("action.skip"):
            return goto("wiped", state)
        case Touched("action.next") if session.rating is not None:
            given = SendRating(_item(state), session.rating, tuple(sorted(session.rating_reasons)))
            return stay(state, given, page=SENT) if _may_complain(state) else goto("wiped", state, given)
    return None


def view(state: FlowState) -> ScreenView:
    """Reasons appear only after one of the two bad ones."""
    session = state.here
    if state.page == SENT:
        return _sent(state)
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


def _sent(state: FlowState) -> ScreenView:
    """What became of it, and the ticket as something else."""
    words = tuple(text(state, f"rate.{name}") for name in ("sent", "ticket_offer", "ticket_apart"))
    done = Key("action.done", text(state, "rate.done"), icon="tick", kind="primary")
    ticket = Key("rate.ticket", text(state, "rate.ticket"), icon="megaphone")
    body = InfoBody("fine", words, keys=(ticket,))
    return screen(state, text(state, "rate.sent_title"), body, key=SENT, primary=done)
