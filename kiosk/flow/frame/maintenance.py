"""Nobody can start now: the power is out, the cabinet is open, or the place is shut. Ends by itself with that."""

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
    if isinstance(event, PowerChanged | DoorChanged | StatusChanged | Tick) and state.closed is None:
        return goto("attract", state)
    return None


def view(state: FlowState) -> ScreenView:
    """Why, how long, and where to go instead."""
    why = state.closed or "door"
    begin = state.world.hours[0] if state.world.hours is not None else 0
    lines = [text(state, f"maintenance.{why}_text", at=f"{begin // 60}:{begin % 60:02}")]
    if state.ended == "power":
        lines.insert(0, text(state, "maintenance.ended"))
    body = InfoBody("clock" if why == "hours" else why, tuple(lines), ways_on(state, (frozenset({ID_CARD}),)))
    return screen(state, text(state, f"maintenance.{why}"), body, key=f"{why}:{state.ended}", bare=True)
