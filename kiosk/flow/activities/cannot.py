"""A reasoned "cannot": why this path ends here, where else, and the way back to change the answer."""

from __future__ import annotations

from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import back_key, screen, text, word
from kiosk.flow.state import FlowState, engine_of
from kiosk.flow.view import InfoBody, Key, Row, ScreenView


def applies(state: FlowState) -> bool:
    """Only reached by name."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Nothing to prepare."""
    return stay(state)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Back to the question, or home."""
    match event:
        case Touched("action.back"):
            return Outcome(state, (), "back:scenario")
        case Touched("action.home"):
            return goto("home", state)
    return None


def view(state: FlowState) -> ScreenView:
    """Reason first."""
    package, session = state.visit
    outcome = engine_of(package).scenario_outcome(session.answers, state.context)
    place = state.world.place
    rows = (
        Row(text(state, "elsewhere.place"), word(state, outcome.elsewhere), icon="place"),
        Row(text(state, "elsewhere.phone"), place.phone, icon="phone"),
    )
    body = InfoBody("info", (word(state, outcome.reason),), rows)
    home = Key("action.home", text(state, "cannot.home"), icon="house", kind="primary")
    return screen(state, text(state, "cannot.title"), body, back=back_key(state), primary=home)
