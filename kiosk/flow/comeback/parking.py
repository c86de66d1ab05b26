"""Work is being put by: nobody is told "saved" before it is durably here. When it is refused nothing has changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.flow import laying_aside
from kiosk.flow.effects import ParkWork, Record
from kiosk.flow.events import FlowEvent, ParkingFailed, Tick, WorkParked
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import screen, text
from kiosk.flow.state import FlowState, Parking, with_session
from kiosk.flow.view import BusyBody, ScreenView

PARK = "action.park"
LONGEST_S = 10.0
"""So long the store may take; afterwards it counts as refused."""


def applies(state: FlowState) -> bool:
    """Only reached by name."""
    return False


def begun(state: FlowState, why: Literal["asked", "idle", "power"], *effects: Record) -> Outcome:
    """Put by what the resident has come to; where that was is remembered."""
    parking = Parking(state.step, state.page, state.changing, why)
    session = state.here
    subject = session.subject
    if subject is None:
        raise LookupError("nothing is put by for nobody")
    work = ParkWork(laying_aside.to_park(state), subject)
    return goto("parking", state, *effects, work, overlay=None, parking=parking)


def enter(state: FlowState, direction: Direction) -> Outcome:
    """It is under way already."""
    return stay(state)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """The store's answer, or none for too long."""
    match event:
        case WorkParked(_, parked):
            return goto("carry_on", with_session(state, parked=parked), Record("work.parked", code=_why(state)))
        case ParkingFailed(_, reason):
            return _refused(state, reason)
        case Tick() if state.mono - state.step_mono >= LONGEST_S:
            return _refused(state, "slow")
    return None


def _why(state: FlowState) -> str:
    return state.parking.why if state.parking is not None else "asked"


def _refused(state: FlowState, reason: str) -> Outcome:
    """Back to the very page; whoever has left by now is wiped as if nothing had been asked."""
    was, told = state.parking, Record("work.not_parked", code=reason)
    if was is None or was.why != "asked":
        return goto("wiped", state, told)
    state = replace(state, step=was.step, page=was.page, changing=was.changing, parking=None)
    return stay(state, told, overlay="not_parked", touched_mono=state.mono)


def view(state: FlowState) -> ScreenView:
    """A verb in progress."""
    body = BusyBody(text(state, "parking.saving"), text(state, "parking.wait"))
    return screen(state, text(state, "parking.title"), body, bare=True)
