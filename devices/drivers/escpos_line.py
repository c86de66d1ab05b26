"""The line to an ESC/POS printer: real-time questions one at a time, data no faster than the printer wants them.

A DLE EOT answer does not say which question it belongs to, so only one is ever open. Data stop at XOFF; real-time
commands do not, because a printer acts on them even then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from devices.codecs.escpos import (
    AutoStatus,
    FlowControl,
    PrinterState,
    PrinterStream,
    ProcessDone,
    RealTimeStatus,
    SensorStatus,
    state_from_asb,
    state_from_real_time,
    status_request,
)
from devices.errors import NoAnswer, WriteTimeout
from devices.transports.base import Transport, TransportFactory

STATUS_S = 0.3
ALL_KINDS = (1, 2, 3, 4)
_STATUS_TRIES = 3
_POLL_EVERY_S = 0.4
_WINDOW_S = 0.1  # bytes on the wire ahead of the printer
_SLICE_BYTES = 512
_WRITE_S = 2.0
_STOPPED_AT_MOST_S = 20.0
_POLLED = (1, 4)  # offline covers cover and errors; paper has its own answer
_ANSWER_PAUSE_S = 1.0  # between two bytes of one answer
_SILENT_AT_MOST = 3  # questions in a row: a printer that was switched off forgets the slip and must not confirm it


class EscPosLine:
    """`where` names the port in faults. `auto` is the last automatic status, `heard` the words that a slip is done."""

    def __init__(self, open_transport: TransportFactory, where: str) -> None:
        self._open = open_transport
        self._where = where
        self._transport: Transport | None = None
        self._stream = PrinterStream()
        self._asked: tuple[int, float] | None = None
        self._mute: set[int] = set()
        self._wire_free_at = 0.0
        self._stopped_at: float | None = None
        self._polled_at = self._held_at = 0.0
        self._polls = self._unanswered = 0
        self.answers: dict[int, int] = {}
        self.auto: PrinterState | None = None
        self.heard: list[ProcessDone | SensorStatus] = []

    def open(self) -> None:
        """Open the port. Raises DeviceFault."""
        self._transport = self._open()
        self._stream.reset()
        self._asked = self._stopped_at = self.auto = None
        self._mute.clear()
        self.answers.clear()
        self._wire_free_at = 0.0
        self._unanswered = 0

    def close(self) -> None:
        """Let the port go."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    @property
    def drained_at(self) -> float:
        """When (monotonic) the last byte sent will have left the wire."""
        return max(time.monotonic(), self._wire_free_at)

    def forget_unasked(self) -> None:
        """What was said unasked is older than the answers just heard: an automatic status, or an XOFF without XON.

        A printer that can print takes bytes; an XOFF that still stands is the rest of a bad line.
        """
        self.auto = self._stopped_at = None

    def query(self, kinds: Iterable[int] = ALL_KINDS) -> PrinterState:
        """Ask DLE EOT one after the other. Raises NoAnswer when the first one stays unanswered."""
        self._await_answer()
        self.answers.clear()
        for kind in kinds:
            if kind in self._mute:
                continue
            for _ in range(_STATUS_TRIES):
                self._ask(kind)
                self._await_answer()
                if kind in self.answers:
                    break
            else:
                if not self.answers:
                    raise NoAnswer(self._where)
                self._mute.add(kind)  # some printers know 1 and 4 only; asking again would cost a second each time
        return state_from_real_time(self.answers)

    def poll(self) -> PrinterState:
        """Between data: ask now and then, never wait; what is known so far. Raises NoAnswer after a long silence."""
        now = time.monotonic()
        if self._asked is not None and now - self._asked[1] > 2 * STATUS_S + max(0.0, self._wire_free_at - now):
            self._asked = None  # some printers drop a question while they cut
            self._unanswered += 1
            if self._unanswered >= _SILENT_AT_MOST:
                raise NoAnswer(self._where)
        if self._asked is None and now - self._polled_at > _POLL_EVERY_S:
            self._polls += 1
            self._ask(_POLLED[self._polls % len(_POLLED)])
        self.take(0.0)
        return state_from_real_time(self.answers)

    def send(self, unit: bytes, look: Callable[[bool], object] | None = None) -> None:
        """Whole commands in slices, each when the printer is ready; while it is not, what it says is taken in.

        Meanwhile `look` is called; it is told whether it may ask: only before the first slice, because between two of
        them a question would become part of the data. Raises WriteTimeout when the printer has stopped the data too
        long.
        """
        for at in range(0, len(unit), _SLICE_BYTES):
            while not self._ready():
                if look is not None:
                    look(at == 0)
            self._write(unit[at : at + _SLICE_BYTES])

    def send_now(self, data: bytes) -> None:
        """Real-time commands: sent whatever the printer says about data."""
        self._write(data)

    def take(self, timeout_s: float) -> None:
        """Read once and file what came."""
        data = self._line().read(timeout_s)
        held = self._stream.held
        items = self._stream.feed(data)
        if self._stream.held != held:
            self._held_at = time.monotonic()
        elif held and not data and time.monotonic() - self._held_at > _ANSWER_PAUSE_S:
            self._stream.reset()  # its other bytes will not come any more; too early, they would pass for answers
        for item in items:
            match item:
                case RealTimeStatus(value) if self._asked is not None:
                    self.answers[self._asked[0]] = value
                    self._asked = None
                    self._unanswered = 0
                case AutoStatus(value):
                    self.auto = state_from_asb(value)
                case FlowControl(stop=stop):
                    self._stopped_at = time.monotonic() if stop else None
                case ProcessDone() | SensorStatus():
                    self.heard.append(item)
                case _:
                    pass

    def _ready(self) -> bool:
        """Whether data may be sent now; if not, listens for a moment."""
        now = time.monotonic()
        if self._stopped_at is not None:
            if now - self._stopped_at > _STOPPED_AT_MOST_S:
                raise WriteTimeout(self._where)
            self.take(0.05)
            return False
        ahead = self._wire_free_at - _WINDOW_S - now
        if ahead > 0:
            self.take(min(ahead, 0.1))
            return False
        return True

    def _ask(self, kind: int) -> None:
        self._write(status_request(kind))
        self._asked = (kind, time.monotonic())
        self._polled_at = time.monotonic()

    def _await_answer(self) -> None:
        until = self.drained_at + STATUS_S
        while self._asked is not None and time.monotonic() < until:
            self.take(0.05)
        self._asked = None

    def _write(self, data: bytes) -> None:
        line = self._line()
        line.write(data, _WRITE_S)
        self._wire_free_at = self.drained_at + len(data) * line.byte_time_s

    def _line(self) -> Transport:
        if self._transport is None:
            raise NoAnswer(self._where)
        return self._transport
