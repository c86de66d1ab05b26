"""The end of a visit: everything of the resident is destroyed, then a neutral page stands for a moment."""

from __future__ import annotations

from kiosk.flow.effects import StopDevices, WipeSession
from kiosk.flow.events import FlowEvent, Tick
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import screen, text
from kiosk.flow.state import FlowState, StaffState
from kiosk.flow.view import BusyBody, ScreenView

CARD_S = 15.0


def applies(state: FlowState) -> bool:
    """Always there."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Drop the session first, so that nothing painted from here on can show it; then have the rest destroyed."""
    ended = state.session.id if state.session else ""
    return stay(
        state,
        StopDevices(),
        WipeSession(ended),
        session=None,
        overlay=None,
        search="",
        page=None,
        active=None,
        errors={},
        changing=False,
        problem=None,
        capture_stage=None,
        capture_advice=None,
        parking=None,
        returning=None,
        staff=StaffState(),
    )


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """After a moment the lamp is on again; a card left behind keeps the page a little longer."""
    stands = CARD_S if state.world.card_lies else state.world.times.wiped_s
    if isinstance(event, Tick) and state.mono - state.step_mono >= stands:
        return goto("attract", state)
    return None


def view(state: FlowState) -> ScreenView:
    """Calm, without any name. A card that still lies there is the one thing to think of."""
    if state.world.card_lies:
        body = BusyBody(text(state, "wiped.card_text"), text(state, "wiped.text"), over="card_left")
        return screen(state, text(state, "wiped.card"), body, key="card", bare=True)
    if state.ended == "power":
        body = BusyBody(text(state, "wiped.power_text"), over="power")
        return screen(state, text(state, "wiped.power"), body, bare=True)
    return screen(state, text(state, "wiped.title"), BusyBody(text(state, "wiped.text"), over="done"), bare=True)
