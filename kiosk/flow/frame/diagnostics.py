"""The technician's first page: each device with its state, model, last error and self-test; the outbox; versions."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.domain.devices import DeviceStatus, Scale
from kiosk.flow.effects import RefreshOutbox, RunSelfTest
from kiosk.flow.events import FlowEvent, OutboxCounted, SelfTested, Tick, Touched
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
    """Count the outbox at once."""
    return stay(state, RefreshOutbox(), staff=StaffState())


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Self-tests, one device at a time; leaving ends the log-in."""
    staff = state.staff
    match event:
        case Touched(name) if name.startswith("test.") and name[5:] in state.world.devices:
            device = name[5:]
            return stay(state, RunSelfTest(device), staff=replace(staff, tests={**staff.tests, device: None}))
        case SelfTested(report):
            return stay(state, staff=replace(staff, tests={**staff.tests, report.name: report}))
        case OutboxCounted() as counted:
            return stay(state, staff=replace(staff, outbox=counted))
        case Tick() if int(state.mono) % REFRESH_S == 0:
            return stay(state, RefreshOutbox())
        case Touched("action.exit" | "action.back" | "action.done"):
            return goto("attract", state, staff=StaffState())
    return None


def _device(state: FlowState, status: DeviceStatus) -> DeviceRow:
    tests = state.staff.tests
    report = tests.get(status.name)
    if status.name in tests:
        result = "staff.testing" if report is None else "staff.test_ok" if report.ok else "staff.test_failed"
        detail = text(state, result) + (f" · {report.detail}" if report else "")
    elif status.last_error:
        detail = text(state, "staff.last_error", code=status.last_error)
    else:
        detail = text(state, "staff.no_error")
    return DeviceRow(
        name=status.name,
        title=text(state, f"device.{status.name}"),
        state=f"{text(state, f'scale.{status.scale.name.lower()}')} · {status.detail}",
        tone=_TONES[status.scale],
        model=f"{status.driver or '—'} · {status.model or '—'}",
        detail=detail,
        self_test=Key(f"test.{status.name}", text(state, "staff.test"), icon="reload"),
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
        )
    centre = text(state, "staff.centre_up" if state.world.centre_reachable else "staff.centre_down")
    versions = (
        Row(text(state, "staff.terminal"), f"{state.world.place.terminal} · {state.world.place.site}"),
        Row(text(state, "staff.centre"), centre),
        *(Row(name, value) for name, value in state.world.versions),
        Row(text(state, "staff.items"), str(len(state.world.packages))),
        *(Row(text(state, "staff.refused"), problem) for problem in state.world.refused_packages[:REFUSED_SHOWN]),
    )
    fitted = tuple(_device(state, status) for status in state.world.devices.values() if not status.disabled)
    body = DiagnosticsBody(fitted, outbox, versions)
    done = Key("action.done", text(state, "staff.done"), icon="exit", kind="primary")
    return screen(state, text(state, "staff.diagnostics"), body, primary=done, bare=True, staff=True)
