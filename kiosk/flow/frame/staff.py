"""The technician's log-in: a gesture opens only a keypad, the right PIN opens the diagnostics page.

Five touches of the house mark within three seconds, on the attract and out-of-service pages alone: a technician never
sees a resident's page, and a resident who finds the gesture sees a keypad and nothing else.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.flow.effects import CheckPin
from kiosk.flow.events import FlowEvent, PinAccepted, PinRefused, Tick, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import screen, text
from kiosk.flow.state import FlowState, StaffState
from kiosk.flow.view import Key, Notice, PinBody, ScreenView

TAPS, WITHIN_S = 5, 3.0
PIN_MAX = 12


def knocked(state: FlowState) -> Outcome:
    """Count one touch of the mark; enough of them in time open the log-in."""
    taps = (*(tap for tap in state.staff.taps if state.mono - tap < WITHIN_S), state.mono)
    if len(taps) >= TAPS:
        return goto("staff_pin", state, staff=StaffState())
    return stay(state, staff=replace(state.staff, taps=taps))


def applies(state: FlowState) -> bool:
    """Always there."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """An empty keypad."""
    return stay(state, staff=StaffState())


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Digits, delete, log in."""
    staff = state.staff
    match event:
        case Touched(name) if name.startswith("key.") and name[4:].isdigit() and len(name) == 5:
            return stay(state, staff=replace(staff, pin=(staff.pin + name[4:])[:PIN_MAX], missed=False))
        case Touched("key.delete"):
            return stay(state, staff=replace(staff, pin=staff.pin[:-1]))
        case Touched("action.next") if staff.pin and not staff.locked_s:
            return stay(state, CheckPin(staff.pin), staff=replace(staff, pin=""))
        case Touched("action.back" | "action.exit"):
            return goto("attract", state, staff=StaffState())
        case PinAccepted():
            return goto("diagnostics", state)
        case PinRefused(locked_s, unset):
            # What was touched while the last one was checked is the beginning of the next.
            pin = "" if locked_s else staff.pin
            return stay(state, staff=replace(staff, pin=pin, locked_s=locked_s, missed=True, unset=unset))
        case Tick() if staff.locked_s:
            return stay(state, staff=replace(staff, locked_s=staff.locked_s - 1))
    return None


def view(state: FlowState) -> ScreenView:
    """The keypad; after a miss what is wrong and how long it is locked."""
    staff = state.staff
    message = None
    if staff.unset:
        message = Notice("caution", text(state, "staff.unset"), text(state, "staff.unset_text"), "shield")
    elif staff.locked_s:
        message = Notice("caution", text(state, "staff.locked", seconds=staff.locked_s), "", "shield")
    elif staff.missed:
        message = Notice("caution", text(state, "staff.wrong"), text(state, "staff.wrong_text"), "shield")
    ready = bool(staff.pin) and not staff.locked_s
    return screen(
        state,
        text(state, "staff.title"),
        PinBody(len(staff.pin), message, bool(staff.locked_s)),
        back=Key("action.back", text(state, "key.back"), icon="back"),
        primary=Key("action.next", text(state, "staff.login"), icon="forward", kind="primary", enabled=ready),
        bare=True,
        staff=True,
    )
