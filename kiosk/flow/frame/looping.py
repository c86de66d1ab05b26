"""The endless loop on the screen: self-tests until somebody stops it, for a fault that shows once an hour."""

from __future__ import annotations

from dataclasses import replace

from kiosk.diagnostics.guided import RunSelfTest
from kiosk.diagnostics.loop import LoopCheck, reported, summary
from kiosk.flow.effects import Diagnose, Effect, WriteDown
from kiosk.flow.events import ChecksRead, FlowEvent, SelfTested, Tick, Touched
from kiosk.flow.frame.diagnostics import fitted, noted
from kiosk.flow.machine import Direction, Outcome, stay
from kiosk.flow.parts import screen, text
from kiosk.flow.state import FlowState
from kiosk.flow.view import CheckBody, Key, Notice, Row, ScreenView


def applies(state: FlowState) -> bool:
    """Where there is anything to test."""
    return bool(fitted(state))


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Begin with the first device; the device whose page was open is alone, else all take turns."""
    device = state.staff.device
    names = (device,) if device is not None else tuple(fitted(state))
    if not names:
        return Outcome(state, (), "back:diagnostics")
    loop = LoopCheck(names)
    return stay(state, Diagnose(RunSelfTest(loop.device)), staff=replace(state.staff, loop=loop))


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Count; a failure is written down at once, the sum when it is stopped."""
    loop = state.staff.loop
    if loop is None:
        return None
    match event:
        case SelfTested(report):
            after, result = reported(loop, report)
            if after is loop:
                return stay(state)
            effects: tuple[Effect, ...] = (WriteDown(result),) if result is not None else ()
            state = noted(state, event).state
            return stay(state, *effects, Diagnose(RunSelfTest(after.device)), staff=replace(state.staff, loop=after))
        case ChecksRead():
            return noted(state, event)
        case Tick():
            # It goes on although nobody touches anything: that is what it is for.
            return stay(state, touched_mono=state.mono)
        case Touched("action.done" | "action.back"):
            where = "goto:device" if state.staff.device is not None else "back:diagnostics"
            return Outcome(replace(state, staff=replace(state.staff, loop=None)), left(state), where)
    return None


def left(state: FlowState) -> tuple[Effect, ...]:
    """The sum of what was done, however it ended."""
    loop = state.staff.loop
    return tuple(WriteDown(result) for result in summary(loop)) if loop is not None else ()


def view(state: FlowState) -> ScreenView:
    """Rounds, and how often each device failed."""
    loop = state.staff.loop
    assert loop is not None
    counts = dict(loop.failures)
    sums = text(state, "check.tests", count=loop.tests, failed=loop.failed)
    notice = Notice(
        "caution" if loop.failed else "info", text(state, "check.rounds", rounds=loop.rounds + 1), sums, "reload"
    )
    rows = tuple(
        Row(text(state, f"device.{device}"), text(state, "check.failures", count=counts.get(device, 0)))
        for device in loop.devices
    )
    stop = Key("action.done", text(state, "check.stop"), icon="exit", kind="primary")
    return screen(state, text(state, "check.loop"), CheckBody(notice, rows), primary=stop, bare=True, staff=True)
