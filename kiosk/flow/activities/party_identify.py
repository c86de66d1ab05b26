"""Who has the terminal now? The same card and code pages as for the resident; it has to be the one who is expected."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.session import IdentityProof
from kiosk.flow import identity, joined
from kiosk.flow.effects import Record, StopDevices
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.offer import ways_on_for
from kiosk.flow.state import FlowState
from kiosk.flow.view import ScreenView


def applies(state: FlowState) -> bool:
    """Only reached by name."""
    return False


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Start the first way that works."""
    return identity.start(state, joined.ways(joined.at_hand(state)))


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """The right person reads on; anybody else is told so, and nothing about the case."""
    if state.session is None or state.session.joining is None:
        return None
    if event == Touched("action.back"):
        return goto("hand_over", state, StopDevices())
    need = joined.at_hand(state)
    heard = identity.heard(state, event, joined.ways(need))
    if not isinstance(heard, identity.Shown):
        return heard
    refusal = joined.refusal(state, need, heard.subject)
    if refusal is not None:
        again = identity.START[heard.method]
        return stay(state, Record("party.refused", code=refusal), again, phase="failed", problem=refusal)
    proof = IdentityProof(heard.method, state.now, heard.trust)
    state = joined.with_joining(state, subject=heard.subject, proof=proof)
    outcome = goto("party_sees", state, phase="waiting", problem=None)
    return replace(outcome, effects=heard.effects)


def view(state: FlowState) -> ScreenView:
    """As for the resident, with the name of whoever is asked above it."""
    package, need = state.visit[0], joined.at_hand(state)
    return identity.page(state, joined.ways(need), ways_on_for(state, package), kicker=joined.called(state, need))
