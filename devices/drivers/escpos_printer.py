"""Receipt printer speaking ESC/POS on a serial line, a USB printer port or TCP port 9100.

Before a slip the printer is asked whether it can print; while it is sent the driver keeps only a tenth of a second of
bytes on the wire, so that answers about cover and paper are heard between them; at the end the printer is asked to say
when everything before has been done (GS ( H, else GS r). What was refused before the first byte has failed; what broke
afterwards is unknown, because some of it may be on paper, and is never sent again by itself. When a slip breaks off,
the printer is told to forget the rest, then and again once its cover is closed: it must not come out in front of the
next resident. The same command brings a printer back that waits for it after its cover or cutter was seen to.
"""

from __future__ import annotations

import os
import time
from functools import partial

from devices.codecs.escpos import (
    ASB_ALL,
    CLEAR_BUFFER,
    INITIALISE,
    PAPER_SENSOR,
    PROFILES,
    RECOVER_AND_CLEAR,
    PrinterProfile,
    PrinterState,
    ProcessDone,
    SensorStatus,
    encode_paper,
    process_id_request,
)
from devices.drivers.base import Condition, PrintJob, Request, Served, Work
from devices.drivers.escpos_line import EscPosLine
from devices.drivers.status_tables import printer_condition, printer_row
from devices.errors import DeviceFault
from devices.spec import PORT, DriverSpec, Options, OptionSpec, baud, host_and_port, serial_line
from devices.trace import EscPosMask, traced
from devices.transports.base import TransportFactory
from devices.transports.guard import guarded
from devices.transports.tcp import TcpTransport
from devices.transports.usblp import UsbLpTransport
from kiosk.domain.devices import RECEIPT_PRINTER, Health, PrintOutcome, PrintUpdate

_SENSOR_PAPER_OUT = 0x0C
_ALIVE = (1,)  # the question that every printer answers
_PASSING = ("head_hot", "feeding")  # goes by itself: wait with the rest of the slip
_PASSING_AT_MOST_S = 60.0
_NAMELESS = "printer_offline"  # said where no answer names a cause
_ATTENTION_S = 0.5
#: Characters of a process id: none of them looks like the beginning of another answer.
_ID_CHARACTERS = b"13579QSUWYqsuwy"


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
        self._line = EscPosLine(open_transport, port or "network printer")
        self._port = port
        self._profile = profile
        self._width_px = width_px
        self._confirm_s = confirm_s
        self._told: PrinterState | None = None  # the automatic status that was reported last
        self._leftover = False  # the printer may hold the rest of a slip that broke off
        self._probed_at = 0.0
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
        self._line.open()
        if reset:
            self._line.send_now(RECOVER_AND_CLEAR)
            self._line.send(INITIALISE)
        condition = self.probe()
        if self._profile.asb:
            self._line.send(ASB_ALL)
        return condition

    def probe(self) -> Condition:
        """See Driver: all four DLE EOT answers; a printer that waits to be recovered is."""
        state = self._line.query()
        self._probed_at = time.monotonic()
        waiting = state.recoverable or state.cutter_error
        if (waiting or self._leftover) and not state.cover_open:
            self._forget_the_rest()
            state = self._line.query()
            self._leftover = self._leftover and _blocks(state)
        return printer_condition(state)

    def idle(self) -> Condition | None:
        """Automatic status, where the printer sends it; closer attention while it may hold the rest of a slip."""
        if self._leftover and time.monotonic() - self._probed_at > _ATTENTION_S:
            return self.probe()
        self._line.take(0.0)
        auto = self._line.auto
        if auto is None or auto == self._told:
            return None
        self._told = auto
        return printer_condition(auto)

    def self_test(self) -> tuple[bool, str]:
        """See Driver: nothing is printed; the answers show that line, cover, cutter and paper are well."""
        state = self._line.query()
        row = printer_row(state)
        answers = " ".join(f"{kind}={value:02X}" for kind, value in sorted(self._line.answers.items()))
        return row is None or not row.blocks, f"{row.detail if row else 'ok'}: DLE EOT {answers}"

    def close(self) -> None:
        """See Driver."""
        self._line.close()

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
            state = self._line.query()
        except DeviceFault as fault:
            work.emit(PrintUpdate(job_id, PrintOutcome.FAILED, fault.code))
            raise
        self._line.forget_unasked()
        row = printer_row(state)
        work.report(printer_condition(state))
        if row is not None and row.blocks:
            work.emit(PrintUpdate(job_id, PrintOutcome.FAILED, row.detail))
            return Served(done=True)
        work.report(Condition(Health.DEVICE_BUSY, printer_condition(state).supply, "printing"))
        self._leftover = True
        try:
            self._print(request, work)
            self._leftover = False
        except _Broken as broken:
            work.emit(PrintUpdate(job_id, PrintOutcome.UNKNOWN, broken.detail))
            self._forget_the_rest()
        except DeviceFault as fault:
            work.emit(PrintUpdate(job_id, PrintOutcome.UNKNOWN, fault.code))
            raise
        work.report(self.probe())
        return Served(done=True)

    def _print(self, job: PrintJob, work: Work) -> None:
        look = partial(self._look, work)
        if self._profile.asb:
            self._line.send(ASB_ALL)  # a printer that was switched off and on since has forgotten it
        for unit in encode_paper(job.paper, self._profile):
            self._line.send(unit, look)
            look(True)
        self._jobs += 1
        process_id = _process_id(self._jobs)
        self._line.heard.clear()
        self._line.send(process_id_request(process_id) if self._profile.confirm == "gs_h" else PAPER_SENSOR, look)
        work.emit(PrintUpdate(job.job_id, PrintOutcome.SENT))
        until = self._line.drained_at + self._confirm_s
        while time.monotonic() < until:
            self._line.take(0.1)
            if self._confirmed(process_id):
                work.emit(PrintUpdate(job.job_id, PrintOutcome.CONFIRMED))
                return
            until += self._look(work)
        raise _Broken("no_confirmation")

    def _confirmed(self, process_id: bytes) -> bool:
        """Whether the answer to the request at the slip's end was heard.

        Raises _Broken when it says paper out, and NoAnswer when the printer says nothing after it.
        """
        for item in self._line.heard:
            if isinstance(item, ProcessDone) and item.process_id == process_id:
                return True
            if isinstance(item, SensorStatus) and self._profile.confirm == "gs_r":
                if item.value & _SENSOR_PAPER_OUT:
                    raise _Broken("paper_out")
                self._line.query(_ALIVE)  # a line whose printer is switched off may bring such a byte too
                return True
        return False

    def _look(self, work: Work, may_ask: bool = True) -> float:
        """While a slip is on its way: has the printer said, or does it say when asked, that it cannot go on?

        What passes by itself is waited for; the seconds that took.
        """
        began = time.monotonic()
        auto = printer_row(self._line.auto) if self._line.auto is not None else None
        if auto is not None and auto.blocks and auto.detail not in _PASSING:
            raise _Broken(auto.detail)
        if may_ask:
            state = self._line.poll()
            if state.offline or state.paper_out or (auto is not None and auto.blocks):
                self._wait_or_break(work)
        if work.stopped():
            raise _Broken("stopped")
        return time.monotonic() - began

    def _wait_or_break(self, work: Work) -> None:
        """Something blocks: all four answers name it. Raises _Broken unless it passes."""
        until = time.monotonic() + _PASSING_AT_MOST_S
        nameless = 0
        while True:
            row = printer_row(self._line.query())
            if row is None or not row.blocks:
                self._line.auto = None  # older than these answers
                return
            # The four are given one after the other: what blocked may have passed between them, its cause unsaid.
            nameless = nameless + 1 if row.detail == _NAMELESS else 0
            if (row.detail not in _PASSING and nameless != 1) or time.monotonic() > until:
                raise _Broken(row.detail)
            self._line.take(0.2)
            if work.stopped():
                raise _Broken("stopped")

    def _forget_the_rest(self) -> None:
        self._line.send_now(RECOVER_AND_CLEAR + (CLEAR_BUFFER if self._profile.confirm == "gs_h" else b""))


def _process_id(number: int) -> bytes:
    """Four characters that differ from slip to slip."""
    digits = bytearray()
    for _ in range(4):
        number, digit = divmod(number, len(_ID_CHARACTERS))
        digits.append(_ID_CHARACTERS[digit])
    return bytes(digits)


def _blocks(state: PrinterState) -> bool:
    row = printer_row(state)
    return row is not None and row.blocks


_TCP_PORT = 9100
_DOTS = {58: 384, 80: 576}


def _make(options: Options) -> EscPosPrinter:
    profile = PROFILES[str(options["profile"])]
    width_px = _DOTS[int(options["width_mm"])]
    if "usblp" in options:
        path = str(options["usblp"])
        return EscPosPrinter(traced(guarded(lambda: UsbLpTransport(path))), path, profile, width_px)
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
        "usblp": OptionSpec("port", "The USB printer's device node instead of a port.", example="/dev/usb/lp0"),
        "baud": baud(115200),
        "width_mm": OptionSpec("whole", "Width of the paper roll in millimetres.", (58, 80), 80),
        "profile": OptionSpec("text", "What the printer can do.", tuple(PROFILES), "generic"),
    },
    _make,
    one_of=("port", "tcp", "usblp"),
    about="Receipt printers that speak ESC/POS.",
    page="docs/devices/receipt_printer.md",
    mask=EscPosMask,
)
