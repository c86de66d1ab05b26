"""Out of service: the store cannot be trusted or the program crashed too often. Says so, and where to go instead."""

from __future__ import annotations

from dataclasses import replace

from kiosk.flow.events import FlowEvent
from kiosk.flow.machine import Direction, Outcome, stay
from kiosk.flow.parts import screen, text, word
from kiosk.flow.state import FlowState
from kiosk.flow.view import InfoBody, Row, ScreenView
from kiosk.texts import SOURCE


def applies(state: FlowState) -> bool:
    """Only when the program puts it up."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Nothing to prepare."""
    return stay(state)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Nothing leads out of here but the technician and a restart."""
    return None


def view(state: FlowState) -> ScreenView:
    """Place and telephone number. Nobody can choose a language here, so it is said in both."""
    place = state.world.place
    other = replace(state, language=SOURCE if state.language == "en" else "en")
    rows = (
        Row(text(state, "elsewhere.phone"), place.phone, icon="phone"),
        Row(text(state, "elsewhere.place"), word(state, place.staffed), icon="place"),
    )
    body = InfoBody("storage", (text(state, "out.text"), text(other, "out.text")), rows)
    return screen(state, text(state, "out.title"), body, bare=True)
