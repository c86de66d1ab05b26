"""Which language? Keys of equal size, each in its own words."""

from __future__ import annotations

from kiosk.flow import tongue
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import screen, text
from kiosk.flow.state import FlowState
from kiosk.flow.view import LanguageBody, ScreenView


def applies(state: FlowState) -> bool:
    """Always there."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Nothing to prepare."""
    return stay(state)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """A language opens the home page."""
    match event:
        case Touched(tongue.MORE):
            return Outcome(tongue.chosen(state, tongue.MORE) or state)
        case Touched("action.back"):
            return goto("wiped", state)
        case Touched(name) if (spoken := tongue.chosen(state, name)) is not None:
            return goto("home", spoken)
    return None


def view(state: FlowState) -> ScreenView:
    """The title stands in both languages."""
    body = LanguageBody(tongue.language_keys(state))
    return screen(state, text(state, "language.title"), body, lead=text(state, "language.lead"))
