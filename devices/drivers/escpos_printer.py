"""Receipt printer speaking ESC/POS on a serial line or TCP port 9100.

Before a slip the printer is asked whether it can print; while it is sent the driver keeps only a tenth of a second of
bytes on the wire, so that answers about cover and paper are heard between them; at the end the printer is asked to say
when everything before has been done (GS ( H, else GS r). What was refused before the first byte has failed; what broke
afterwards is unknown, because some of it may be on paper, and is never sent again by itself. When a slip breaks off,
the printer is told to forget the rest: it must not come out in front of the next resident.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from devices.codecs.escpos import (
    ASB_ALL,
    CLEAR_BUFFER,
    INITIALISE,
    PAPER_SENSOR,
    PROFILES,
    RECOVER_AND_CLEAR,
    AutoStatus,
    FlowControl,
    PrinterProfile,
    PrinterState,
    PrinterStream,
    ProcessDone,
    RealTimeStatus,
    SensorStatus,
    encode_paper,
    process_id_request,
    state_from_asb,
    state_from_real_time,
    status_request,
)
from devices.drivers.base import Condition, PrintJob, Request, Served, Work
from devices.drivers.status_tables import printer_condition, printer_row
from devices.errors import DeviceFault, NoAnswer
from devices.spec import PORT, DriverSpec, Options, OptionSpec, baud, host_and_port, serial_line
from devices.trace import EscPosMask, traced
from devices.transports.base import Transport, TransportFactory
from devices.transports.guard import guarded
from devices.transports.tcp import TcpTransport
from kiosk.domain.devices import RECEIPT_PRINTER, Health, PrintOutcome, PrintUpdate

_STATUS_S = 0.3
_STATUS_TRIES = 3
_POLL_EVERY_S = 0.4
_WINDOW_S = 0.1  # bytes on the wire ahead of the printer
_SLICE_BYTES = 512
_XOFF_AT_MOST_S = 10.0
_SENSOR_PAPER_OUT = 0x0C
_POLLED = (1, 4)  # offline covers cover and errors; paper has its own answer


class _Broken(Exception):
    """The slip cannot go on; `detail` says why."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class EscPosPrinter:
    """Driver `escpos`. `port` None: a network printer. `confirm_s`: how long paper may take after the last byte."""

    driver = "escpos"
    idle_every_s = 0.25
    probe_every_s = 2.0

    def __init__(
        self,
        open_transport: TransportFactory,
        port: str | None,
        profile: PrinterProfile,
        width_px: int,
        *,
        confirm_s: float = 8.0,
    ) -> None:
        self._open = open_transport
        self._port = port
        self._profile = profile
        self._width_px = width_px
        self._confirm_s = confirm_s
        self._transport: Transport | None = None
        self._stream = PrinterStream()
        self._answers: dict[int, int] = {}
        self._asked: tuple[int, float] | None = None  # a DLE EOT carries no number back: one at a time
        self._auto: PrinterState | None = None
        self._mute: set[int] = set()
        self._wire_free_at = 0.0
        self._held_until = 0.0  # XOFF: nothing is sent before then, or before XON
        self._polled_at = 0.0
        self._polls = 0
        self._heard: list[ProcessDone | SensorStatus] = []
        self._jobs = 0

    # --- life ---------------------------------------------------------------------------------------------------

    @property
    def model(self) -> str:
        """The profile and paper width; what GS I says differs too much between clones to be shown."""
        return f"{self._profile.name} {'80' if self._width_px == 576 else '58'} mm"

    def present(self) -> bool | None:
        """See Driver."""
        return os.path.exists(self._port) if self._port is not None else None

    def connect(self, *, reset: bool) -> Condition:
        """See Driver."""
        self._transport = self._open()
        self._stream.reset()
        self._asked = None
        self._auto = None
        self._mute.clear()
        self._wire_free_at = self._held_until = 0.0
        if reset:
            self._send(RECOVER_AND_CLEAR + INITIALISE)
        condition = self.probe()
        if self._profile.asb:
            self._send(ASB_ALL)
        return condition

    def probe(self) -> Condition:
        """See Driver: all four DLE EOT answers."""
        return printer_condition(self._query((1, 2, 3, 4)))

    def idle(self) -> Condition | None:
        """Automatic status, where the printer sends it."""
        before = self._auto
        self._take(0.0)
        if self._auto is not None and self._auto != before:
            return printer_condition(self._auto)
        return None

    def self_test(self) -> tuple[bool, str]:
        """See Driver: nothing is printed; the answers show that line, cover, cutter and paper are well."""
        state = self._query((1, 2, 3, 4))
        row = printer_row(state)
        answers = " ".join(f"{kind}={value:02X}" for kind, value in sorted(self._answers.items()))
        return row is None or not row.blocks, f"{row.detail if row else 'ok'}: DLE EOT {answers}"

    def close(self) -> None:
        """See Driver."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    # --- printing -----------------------------------------------------------------------------------------------

    def serve(self, request: Request, work: Work) -> Served:
        """See Driver."""
        if not isinstance(request, PrintJob):
            return Served(done=True)
        job_id = request.job_id
        if request.paper.width_px != self._width_px:
            work.emit(PrintUpdate(job_id, PrintOutcome.FAILED, "paper_width"))
            return Served(done=True)
        try:
            state = self._query((1, 2, 3, 4))
        except DeviceFault as fault:
            work.emit(PrintUpdate(job_id, PrintOutcome.FAILED, fault.code))
            raise
        row = printer_row(state)
        work.report(printer_condition(state))
        if row is not None and row.blocks:
            work.emit(PrintUpdate(job_id, PrintOutcome.FAILED, row.detail))
            return Served(done=True)
        work.report(Condition(Health.DEVICE_BUSY, printer_condition(state).supply, "printing"))
        try:
            self._print(request, work)
        except _Broken as broken:
            work.emit(PrintUpdate(job_id, PrintOutcome.UNKNOWN, broken.detail))
            self._forget_the_rest()
        except DeviceFault as fault:
            work.emit(PrintUpdate(job_id, PrintOutcome.UNKNOWN, fault.code))
            raise
        work.report(self.probe())
        return Served(done=True)

    def _print(self, job: PrintJob, work: Work) -> None:
        for unit in encode_paper(job.paper, self._profile):
            self._send(unit)
            self._look(work)
        self._jobs += 1
        process_id = f"{self._jobs % 10000:04d}".encode()
        self._heard.clear()
        self._send(process_id_request(process_id) if self._profile.confirm == "gs_h" else PAPER_SENSOR)
        work.emit(PrintUpdate(job.job_id, PrintOutcome.SENT))
        until = max(time.monotonic(), self._wire_free_at) + self._confirm_s
        while time.monotonic() < until:
            self._take(0.1)
            if self._confirmed(process_id):
                work.emit(PrintUpdate(job.job_id, PrintOutcome.CONFIRMED))
                return
            self._look(work)
        raise _Broken("no_confirmation")

    def _confirmed(self, process_id: bytes) -> bool:
        """Whether the answer to the request at the slip's end was heard. Raises _Broken when it says paper out."""
        for item in self._heard:
            if isinstance(item, ProcessDone) and item.process_id == process_id:
                return True
            if isinstance(item, SensorStatus) and self._profile.confirm == "gs_r":
                if item.value & _SENSOR_PAPER_OUT:
                    raise _Broken("paper_out")
                return True
        return False

    def _look(self, work: Work) -> None:
        """Between two units: has the printer said, or does it say when asked, that it cannot go on?"""
        now = time.monotonic()
        if self._asked is not None and now - self._asked[1] > 2 * _STATUS_S + max(0.0, self._wire_free_at - now):
            self._asked = None  # some printers drop a question while they cut
        if self._asked is None and now - self._polled_at > _POLL_EVERY_S:
            self._polls += 1
            self._ask(_POLLED[self._polls % len(_POLLED)])
        self._take(0.0)
        state = state_from_real_time(self._answers)
        if state.offline or state.paper_out or (self._auto is not None and _blocks(self._auto)):
            self._raise_cause()
        if work.stopped():
            raise _Broken("stopped")

    def _raise_cause(self) -> None:
        """Something blocks: ask for all four answers to name it; a passing hiccup is let go."""
        state = self._query((1, 2, 3, 4))
        row = printer_row(state)
        if row is not None and row.blocks:
            raise _Broken(row.detail)

    def _forget_the_rest(self) -> None:
        self._send(RECOVER_AND_CLEAR + (CLEAR_BUFFER if self._profile.confirm == "gs_h" else b""))

    # --- bytes --------------------------------------------------------------------------------------------------

    def _query(self, kinds: Iterable[int]) -> PrinterState:
        """Ask DLE EOT one after the other. Raises NoAnswer when the first one stays unanswered."""
        self._await_answer(_STATUS_S)
        self._answers.clear()
        for kind in kinds:
            if kind in self._mute:
                continue
            for _ in range(_STATUS_TRIES):
                self._ask(kind)
                self._await_answer(_STATUS_S)
                if kind in self._answers:
                    break
            else:
                if not self._answers:
                    raise NoAnswer(self._port or "network printer")
                self._mute.add(kind)  # some printers know 1 and 4 only; asking again would cost a second each time
        return state_from_real_time(self._answers)

    def _ask(self, kind: int) -> None:
        self._send(status_request(kind))
        self._asked = (kind, time.monotonic())
        self._polled_at = time.monotonic()

    def _await_answer(self, timeout_s: float) -> None:
        until = max(time.monotonic(), self._wire_free_at) + timeout_s
        while self._asked is not None and time.monotonic() < until:
            self._take(0.05)
        self._asked = None

    def _send(self, data: bytes) -> None:
        """Write, keeping at most `_WINDOW_S` of bytes on the wire; what the printer says meanwhile is taken in."""
        line = self._line()
        for at in range(0, len(data), _SLICE_BYTES):
            piece = data[at : at + _SLICE_BYTES]
            while (ahead := max(self._wire_free_at - _WINDOW_S, self._held_until) - time.monotonic()) > 0:
                self._take(min(ahead, 0.1))
            line.write(piece, 2.0)
            self._wire_free_at = max(self._wire_free_at, time.monotonic()) + len(piece) * line.byte_time_s

    def _take(self, timeout_s: float) -> None:
        """Read once and file what came."""
        for item in self._stream.feed(self._line().read(timeout_s)):
            match item:
                case RealTimeStatus(value) if self._asked is not None:
                    self._answers[self._asked[0]] = value
                    self._asked = None
                case AutoStatus(value):
                    self._auto = state_from_asb(value)
                case FlowControl(stop=stop):
                    self._held_until = time.monotonic() + _XOFF_AT_MOST_S if stop else 0.0
                case ProcessDone() | SensorStatus():
                    self._heard.append(item)
                case _:
                    pass

    def _line(self) -> Transport:
        if self._transport is None:
            raise NoAnswer(self._port or "network printer")
        return self._transport


def _blocks(state: PrinterState) -> bool:
    row = printer_row(state)
    return row is not None and row.blocks


_TCP_PORT = 9100
_DOTS = {58: 384, 80: 576}


def _make(options: Options) -> EscPosPrinter:
    profile = PROFILES[str(options["profile"])]
    width_px = _DOTS[int(options["width_mm"])]
    address = host_and_port(str(options["tcp"]), _TCP_PORT) if "tcp" in options else None
    if address is not None:
        host, number = address
        return EscPosPrinter(traced(guarded(lambda: TcpTransport(host, number))), None, profile, width_px)
    return EscPosPrinter(serial_line(options), str(options["port"]), profile, width_px)


SPEC = DriverSpec(
    "escpos",
    RECEIPT_PRINTER,
    {
        "port": PORT,
        "tcp": OptionSpec("tcp", "The printer's network address instead of a port.", example="192.0.2.10:9100"),
        "baud": baud(115200),
        "width_mm": OptionSpec("whole", "Width of the paper roll in millimetres.", (58, 80), 80),
        "profile": OptionSpec("text", "What the printer can do.", tuple(PROFILES), "generic"),
    },
    _make,
    one_of=("port", "tcp"),
    about="Receipt printers that speak ESC/POS.",
    page="docs/devices/receipt_printer.md",
    mask=EscPosMask,
)
