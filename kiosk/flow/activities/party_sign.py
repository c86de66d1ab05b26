"""The other person's own yes: the sentence of the item, a box that starts empty, a signature of their own."""

from __future__ import annotations

from kiosk.domain.session import PartyJoined
from kiosk.flow import joined
from kiosk.flow.activities import sign
from kiosk.flow.effects import Record
from kiosk.flow.events import FlowEvent, Signed, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import word
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import ScreenView


def applies(state: FlowState) -> bool:
    """Only reached by name."""
    return False


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Box and strokes of this person stay while they look at the lines again."""
    return stay(state)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Tick, sign, clear; then it is theirs."""
    session = state.session
    if session is None or session.joining is None:
        return None
    mine = session.joining
    match event:
        case Touched("declare.tick"):
            return stay(joined.with_joining(state, ticked=not mine.ticked))
        case Touched("sign.clear"):
            return stay(joined.with_joining(state, signature=None))
        case Touched("sign.instead"):
            return stay(joined.with_joining(state, signature=sign.instead(mine.signature)))
        case Signed():
            return stay(joined.with_joining(state, signature=sign.drawn(event, mine.signature)))
        case Touched("action.next") if mine.ticked and mine.signature is not None:
            digest = joined.digest(state, joined.at_hand(state))
            signed = PartyJoined("here", state.now, mine.subject, mine.proof, mine.signature, digest)
            state = with_session(state, parties={**session.parties, mine.key: signed})
            if joined.own(state, joined.at_hand(state)):
                return goto("parties", with_session(state, joining=None), Record("party.signed"), page=None)
            return goto("hand_back", state, Record("party.signed"))
        case Touched("action.back"):
            return goto("party_sees", state)
    return None


def view(state: FlowState) -> ScreenView:
    """The words the item wrote for this person."""
    need, mine = joined.at_hand(state), joined.joining(state)
    return sign.page(
        state,
        word(state, need.party.confirms),
        ticked=mine.ticked,
        signature=mine.signature,
        title="party.sign",
        kicker=joined.called(state, need),
    )
