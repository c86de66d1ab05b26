"""Whoever came back shows who they are; then the centre says what the code opens for just this person."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.parked import read_carry_on
from kiosk.domain.session import IdentityProof, Joining
from kiosk.flow import identity, laying_aside
from kiosk.flow.comeback.route import route
from kiosk.flow.effects import ClaimWork, FindWork, Record, StopDevices
from kiosk.flow.events import FlowEvent, Touched, WorkFound, WorkRefused, WorkTaken
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.offer import allowed
from kiosk.flow.parts import text, word
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import Row, ScreenView

WAYS = laying_aside.COME_BACK_BY


def applies(state: FlowState) -> bool:
    """Only reached by name."""
    return False


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Start the first way that works."""
    return identity.start(with_session(state, subject=None, proof=None), WAYS)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Read, then ask; nothing of the case is known before the answer."""
    session = state.session
    if session is None:
        return None
    match event:
        case WorkFound(_, work) if session.subject is not None:
            joining = None
            if work.party is not None:
                joining = Joining(work.party.key, session.subject, session.proof)
            state = with_session(state, work=work, joining=joining)
            return goto(route(work)[0], state, Record("work.opened", code=work.kind), phase="waiting", page=None)
        case WorkTaken(_, draft, claimed) if session.subject is not None and session.proof is not None:
            package = draft.session.package
            if package is None or session.proof.method not in allowed(package):
                # What the item asks for is not less because somebody comes back to it.
                return goto("no_work", state, Record("work.refused", code="other_way"), problem="other_way")
            onward = laying_aside.taken_up(state, draft, here=session)
            state = with_session(onward.state, claimed=claimed)
            return replace(onward, state=state, effects=(Record("work.opened", code="parked"), *onward.effects))
        case WorkRefused(_, reason):
            missed = reason not in ("away", "on_its_way", "unreadable", "no_package")
            state = with_session(state, code_misses=session.code_misses + missed)
            return goto("no_work", state, Record("work.refused", code=reason), phase="waiting", problem=reason)
        case Touched("action.back") if session.subject is None:
            return goto("take_up", state, StopDevices())
    if session.subject is not None:
        return None  # the answer is on its way
    heard = identity.heard(state, event, WAYS)
    if not isinstance(heard, identity.Shown):
        return heard
    proof = IdentityProof(heard.method, state.now, heard.trust)
    state = with_session(state, subject=heard.subject, proof=proof)
    asking = ClaimWork() if read_carry_on(session.code) is not None else FindWork()
    return stay(state, *heard.effects, asking, phase="checking", problem=None)


def view(state: FlowState) -> ScreenView:
    """The same page as for an item."""
    place = state.world.place
    elsewhere = (
        Row(text(state, "elsewhere.phone"), place.phone, icon="phone"),
        Row(text(state, "elsewhere.place"), word(state, place.staffed), icon="place"),
    )
    return identity.page(state, WAYS, elsewhere, kicker=text(state, "take_up.who"))
