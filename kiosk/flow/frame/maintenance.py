"""Nobody can start now: the power is out, or the cabinet is open. Ends by itself when that is over."""

from __future__ import annotations

from kiosk.domain.devices import ID_CARD, DoorChanged, PowerChanged, StatusChanged
from kiosk.flow.events import FlowEvent, Tick
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import screen, text
from kiosk.flow.state import FlowState
from kiosk.flow.view import InfoBody, ScreenView
from kiosk.flow.where import ways_on


def applies(state: FlowState) -> bool:
    """Only when the machine says so."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """The language of the attract page: nobody has chosen one."""
    return stay(state, session=None, overlay=None, language=state.world.default_language, modes=state.world.modes)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Once nothing is in the way any more the lamp is on again."""
    if isinstance(event, PowerChanged | DoorChanged | StatusChanged | Tick) and state.world.closed is None:
        return goto("attract", state)
    return None


def view(state: FlowState) -> ScreenView:
    """Why, how long, and where to go instead."""
    why = state.world.closed or "door"
    lines = [text(state, f"maintenance.{why}_text")]
    if state.ended == "power":
        lines.insert(0, text(state, "maintenance.ended"))
    body = InfoBody(why, tuple(lines), ways_on(state, (frozenset({ID_CARD}),)))
    return screen(state, text(state, f"maintenance.{why}"), body, key=f"{why}:{state.ended}", bare=True)
