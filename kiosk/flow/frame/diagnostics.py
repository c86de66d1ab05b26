"""The technician's first page: each device with its state, model, last error and self-test; the outbox; versions."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.diagnostics.guided import PLANS, RunSelfTest
from kiosk.domain.devices import DeviceStatus, Scale
from kiosk.flow.effects import Diagnose, MakeReadiness, ReadChecks, ReadUsage, RefreshOutbox
from kiosk.flow.events import ChecksRead, FlowEvent, OutboxCounted, SelfTested, Tick, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import screen, text
from kiosk.flow.state import FlowState, StaffState
from kiosk.flow.view import DeviceRow, DiagnosticsBody, Key, Row, ScreenView

REFRESH_S = 5
REFUSED_SHOWN = 2
_TONES: dict[Scale, Literal["fine", "warning", "fault"]] = {
    Scale.STARTING: "warning",
    Scale.NORMAL: "fine",
    Scale.WARNING: "warning",
    Scale.FAULT: "fault",
    Scale.BUSY: "fine",
    Scale.DISABLED: "warning",
}


def applies(state: FlowState) -> bool:
    """Only through the log-in."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Count the outbox at once; coming back from a device's page keeps what was found out."""
    staff = state.staff if direction == "back" else StaffState()
    return stay(state, RefreshOutbox(), ReadChecks(), staff=replace(staff, device=None, check=None, loop=None))


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Self-tests, the pages behind, and the way out, which ends the log-in."""
    staff = state.staff
    match event:
        case Touched(name) if name.startswith("test.") and name[5:] in fitted(state):
            return self_test(state, name[5:])
        case Touched(name) if name.startswith("device.") and name[7:] in fitted(state):
            return goto("device", state, staff=replace(staff, device=name[7:]))
        case Touched("loop.all"):
            return goto("looping", state, staff=replace(staff, device=None))
        case Touched("usage.open"):
            return goto("usage", state, ReadUsage(), staff=replace(staff, device=None))
        case Touched("readiness.make"):
            return goto("readiness", state, MakeReadiness(), staff=replace(staff, report=None, report_folder=None))
        case SelfTested() | ChecksRead():
            return noted(state, event)
        case OutboxCounted() as counted:
            return stay(state, staff=replace(staff, outbox=counted))
        case Tick() if int(state.mono) % REFRESH_S == 0:
            return stay(state, RefreshOutbox())
        case Touched("action.exit" | "action.back" | "action.done"):
            return goto("attract", state, staff=StaffState())
    return None


def fitted(state: FlowState) -> dict[str, DeviceStatus]:
    """The devices this terminal has, by name."""
    return {name: status for name, status in state.world.devices.items() if not status.disabled and name in PLANS}


def self_test(state: FlowState, device: str) -> Outcome:
    """One self-test under way, shown as such."""
    staff = state.staff
    return stay(state, Diagnose(RunSelfTest(device)), staff=replace(staff, tests={**staff.tests, device: None}))


def noted(state: FlowState, event: SelfTested | ChecksRead) -> Outcome:
    """What every page of a technician takes in."""
    staff = state.staff
    if isinstance(event, ChecksRead):
        return stay(state, staff=replace(staff, records=event.records))
    return stay(state, staff=replace(staff, tests={**staff.tests, event.report.name: event.report}))


def state_words(state: FlowState, status: DeviceStatus) -> str:
    """Scale and detail of a device."""
    return f"{text(state, f'scale.{status.scale.name.lower()}')} · {status.detail}"


def detail_words(state: FlowState, status: DeviceStatus) -> str:
    """The newest self-test, else the newest fault."""
    tests = state.staff.tests
    if status.name in tests:
        report = tests[status.name]
        result = "staff.testing" if report is None else "staff.test_ok" if report.ok else "staff.test_failed"
        return text(state, result) + (f" · {report.detail}" if report else "")
    if status.last_error:
        return text(state, "staff.last_error", code=status.last_error)
    return text(state, "staff.no_error")


def _device(state: FlowState, status: DeviceStatus) -> DeviceRow:
    return DeviceRow(
        name=status.name,
        title=text(state, f"device.{status.name}"),
        state=state_words(state, status),
        tone=_TONES[status.scale],
        model=status.driver or "—",
        detail=detail_words(state, status) if status.name in state.staff.tests or status.last_error else "",
        self_test=Key(f"test.{status.name}", text(state, "staff.test"), icon="reload"),
        more=Key(f"device.{status.name}", text(state, "check.more"), icon="forward"),
    )


def view(state: FlowState) -> ScreenView:
    """Everything on one page; nothing on it is about a person."""
    counted = state.staff.outbox
    outbox: tuple[Row, ...] = ()
    if counted is not None:
        oldest = "—" if counted.oldest_s is None else text(state, "staff.minutes", minutes=counted.oldest_s // 60)
        outbox = (
            Row(text(state, "staff.waiting"), str(counted.waiting)),
            Row(text(state, "staff.parked"), str(counted.parked)),
            Row(text(state, "staff.accepted"), str(counted.accepted)),
            Row(text(state, "staff.oldest"), oldest),
            *(Row(text(state, name), value) for name, value in counted.notes),
        )
    centre = text(state, "staff.centre_up" if state.world.centre_reachable else "staff.centre_down")
    versions = (
        Row(text(state, "staff.terminal"), f"{state.world.place.terminal} · {state.world.place.site}"),
        Row(text(state, "staff.centre"), centre),
        *(Row(name, value) for name, value in state.world.versions),
        Row(text(state, "staff.items"), str(len(state.world.packages))),
        *(Row(text(state, "staff.refused"), problem) for problem in state.world.refused_packages[:REFUSED_SHOWN]),
    )
    devices = tuple(_device(state, status) for status in fitted(state).values())
    keys = (
        Key("readiness.make", text(state, "readiness.make"), icon="document"),
        Key("loop.all", text(state, "check.loop_all"), icon="reload", enabled=bool(devices)),
        Key("usage.open", text(state, "usage.open"), icon="people"),
    )
    body = DiagnosticsBody(devices, outbox, versions, keys)
    done = Key("action.done", text(state, "staff.done"), icon="exit", kind="primary")
    return screen(state, text(state, "staff.diagnostics"), body, primary=done, bare=True, staff=True)
