"""What this terminal does not do yet: where to go instead, with a place and a telephone number. Never a dead end."""

from __future__ import annotations

from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.frame.home import EVERYDAY, LIFE_EVENTS
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import back_key, screen, text, word
from kiosk.flow.state import FlowState
from kiosk.flow.view import InfoBody, Key, Row, ScreenView


def applies(state: FlowState) -> bool:
    """Always there."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Nothing to prepare."""
    return stay(state)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Back home, or on to what can be done here."""
    match event:
        case Touched("action.back" | "action.home"):
            return goto("home", state)
        case Touched("everyday.guide"):
            return goto("items", state, life_event=None)
    return None


def view(state: FlowState) -> ScreenView:
    """One sentence of truth, then place and number."""
    topic = state.elsewhere or "booking"
    life = topic.startswith("life.")
    name = text(state, topic) if life else text(state, f"everyday.{topic}")
    place = state.world.place
    rows = (
        Row(text(state, "elsewhere.phone"), place.phone, icon="phone"),
        Row(text(state, "elsewhere.place"), word(state, place.staffed), icon="place"),
    )
    body = InfoBody(
        icon=EVERYDAY.get(topic) or LIFE_EVENTS.get(topic.removeprefix("life."), "info"),
        paragraphs=(text(state, "elsewhere.life" if life else f"elsewhere.{topic}"),),
        rows=rows,
        keys=(Key("everyday.guide", text(state, "items.all"), icon="book"),),
    )
    return screen(state, name, body, key=topic, back=back_key(state))
