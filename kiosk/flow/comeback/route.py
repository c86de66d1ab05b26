"""The way of somebody who came back, as the activities are the way of an item."""

from __future__ import annotations

from kiosk.domain.open_work import OpenWork
from kiosk.domain.session import IntakeSession
from kiosk.flow.state import FlowState

_END = ("follow_review", "submit", "follow_result", "receipt", "rate")
ROUTES = {"supplement": ("owed", *_END), "party": ("work_sees", "work_sign", *_END), "status": ("tracking",)}


def route(work: OpenWork) -> tuple[str, ...]:
    """The steps for what is open, in order."""
    return ROUTES[work.kind]


def at_work(state: FlowState) -> tuple[OpenWork, IntakeSession]:
    """What is open and the session; LookupError when nobody came back to anything."""
    session = state.session
    if session is None or session.work is None:
        raise LookupError(f"step {state.step} needs a case that somebody came back to")
    return session.work, session


def afresh(state: FlowState) -> IntakeSession | None:
    """The session without anything of the case or the person; wrong tries stay counted."""
    session = state.session
    if session is None:
        return None
    return IntakeSession(id=session.id, started_mono=session.started_mono, code_misses=session.code_misses)
