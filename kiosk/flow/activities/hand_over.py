"""The terminal goes to somebody else: nothing of the one who stood here is on this page or the next ones."""

from __future__ import annotations

from kiosk.flow import joined
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import back_key, next_key, screen, text, word
from kiosk.flow.state import FlowState
from kiosk.flow.view import InfoBody, ScreenView


def applies(state: FlowState) -> bool:
    """Only reached by name, with the person it is about."""
    return False


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Whoever stood here before has read nothing: this person starts anew."""
    return stay(joined.with_joining(state, subject=None, proof=None, ticked=False, signature=None), problem=None)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """On to who this is, or back to the question."""
    match event:
        case Touched("action.next"):
            return goto("party_identify", state)
        case Touched("action.back"):
            return goto("parties", state)
    return None


def view(state: FlowState) -> ScreenView:
    """Who comes now, and what they will be asked."""
    need = joined.at_hand(state)
    paragraphs = tuple(text(state, f"party.hand_over_{number}") for number in (1, 2, 3))
    return screen(
        state,
        text(state, "party.hand_over", name=joined.masked(state, need)),
        InfoBody("people", paragraphs),
        kicker=word(state, need.party.title),
        back=back_key(state),
        primary=next_key(state, "party.i_am_here"),
    )
