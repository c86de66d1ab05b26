"""The terminal goes back to whoever began: nothing of the other person is on the page."""

from __future__ import annotations

from kiosk.flow import joined
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import next_key, screen, text
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import InfoBody, ScreenView
from kiosk.forms import mask_name


def applies(state: FlowState) -> bool:
    """Only reached by name."""
    return False


def enter(state: FlowState, direction: Direction) -> Outcome:
    """What the other person wrote is kept with the case; their page is gone, and their name with it."""
    return stay(joined.with_joining(state, subject=None, proof=None, signature=None))


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Whoever began goes on: with the next person, or with the case."""
    if event == Touched("action.next"):
        return goto("parties", with_session(state, joining=None), page=None)
    return None


def view(state: FlowState) -> ScreenView:
    """Thanks, take your card, and who comes now."""
    need, session = joined.at_hand(state), state.visit[1]
    name = mask_name(session.subject.name) if session.subject is not None else ""
    paragraphs = (text(state, "party.signed_thanks", who=joined.called(state, need)), text(state, "party.take_card"))
    return screen(
        state,
        text(state, "party.hand_back", name=name).strip(),
        InfoBody("people", paragraphs),
        primary=next_key(state, "party.i_am_back"),
    )
