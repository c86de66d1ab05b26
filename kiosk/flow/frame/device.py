"""One device for a technician: its state, its newest records, its byte trace while it is watched."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.diagnostics import CheckRecord, TraceRow
from kiosk.domain.time import local
from kiosk.flow.effects import Trace
from kiosk.flow.events import ChecksRead, FlowEvent, SelfTested, Touched, Traced
from kiosk.flow.frame.diagnostics import detail_words, noted, self_test, state_words
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import BACK, screen, text
from kiosk.flow.state import FlowState
from kiosk.flow.view import CheckBody, Key, Notice, Row, ScreenView

RECORDS_SHOWN = 6
TRACE_KEPT = 16


def applies(state: FlowState) -> bool:
    """Behind the technician's first page."""
    return state.staff.device is not None


def enter(state: FlowState, direction: Direction) -> Outcome:
    """No trace is running at first: a device that is not watched costs nothing."""
    return stay(state, staff=replace(state.staff, trace=(), tracing=False))


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Start a check, the loop or the trace; leaving ends the trace."""
    staff = state.staff
    device = staff.device
    if device is None:
        return None
    stop = (Trace(None),) if staff.tracing else ()
    match event:
        case Touched(name) if name == f"test.{device}":
            return self_test(state, device)
        case Touched(name) if name == f"check.{device}":
            return goto("checking", state, *stop)
        case Touched(name) if name == f"loop.{device}":
            return goto("looping", state, *stop)
        case Touched("trace.start") if not staff.tracing:
            return stay(state, Trace(device), staff=replace(staff, tracing=True, trace=()))
        case Touched("trace.stop"):
            return stay(state, *stop, staff=replace(staff, tracing=False))
        case Traced(row) if staff.tracing and row.device == device:
            return stay(state, staff=replace(staff, trace=(*staff.trace, row)[-TRACE_KEPT:]))
        case SelfTested() | ChecksRead():
            return noted(state, event)
        case Touched("action.back"):
            return Outcome(state, stop, "back:diagnostics")
    return None


def left(state: FlowState) -> tuple[Trace, ...]:
    """What has to end when the technician is gone."""
    return (Trace(None),) if state.staff.tracing else ()


def record_row(state: FlowState, record: CheckRecord) -> Row:
    """One line of the book."""
    result = record.result
    at = f"{local(record.at):%m-%d %H:%M}"
    return Row(
        f"#{record.number} {text(state, f'check.{result.test}')}",
        text(state, f"check.{result.outcome.value}"),
        hint=f"{at} · {result.message}",
    )


def trace_line(row: TraceRow) -> str:
    """One line of a trace: seconds within the minute, direction, bytes, what they say."""
    return f"{row.mono % 60:06.3f} {'>' if row.sent else '<'} {row.size:4d}  {row.text}"


def view(state: FlowState) -> ScreenView:
    """State and records, or the trace in their place."""
    staff = state.staff
    name = staff.device or ""
    status = state.world.devices[name]
    rows: tuple[Row, ...] = ()
    lines: tuple[str, ...] = ()
    notice: Notice | None = None
    if staff.tracing:
        lines = tuple(trace_line(row) for row in staff.trace) or (text(state, "check.trace_quiet"),)
        notice = Notice("info", text(state, "check.trace"), text(state, "check.trace_masked"), "shield")
    else:
        mine = [record for record in staff.records if record.result.device == name][-RECORDS_SHOWN:]
        rows = (
            Row(text(state, "check.state"), state_words(state, status)),
            Row(text(state, "check.model"), f"{status.driver} · {status.model or '—'}"),
            Row(text(state, "check.latest"), detail_words(state, status)),
            *(record_row(state, record) for record in reversed(mine)),
        )
        if not mine:
            rows += (Row(text(state, "check.newest"), text(state, "check.no_records")),)
    trace = (
        Key("trace.stop", text(state, "check.trace_stop"), icon="exit")
        if staff.tracing
        else Key("trace.start", text(state, "check.trace"), icon="chip")
    )
    keys = (
        Key(f"check.{name}", text(state, "check.begin"), icon="tick"),
        Key(f"test.{name}", text(state, "staff.test"), icon="reload"),
        Key(f"loop.{name}", text(state, "check.loop"), icon="reload"),
        trace,
    )
    back = Key(BACK, text(state, "key.back"), icon="back")
    body = CheckBody(notice, rows, lines, keys)
    key = f"{name}:{'trace' if staff.tracing else 'state'}"
    return screen(state, text(state, f"device.{name}"), body, key=key, back=back, bare=True, staff=True)
