"""Serial code scanners: modules that just send what they see, and Newland modules with the unified trigger.

A scanner is listened to only while a code is wanted; what comes at other times is dropped, so that a code shown to the
last resident never reaches the next.
"""

from __future__ import annotations

import os
import time
from typing import Literal

from devices.codecs.scanner import (
    NEWLAND_START,
    NEWLAND_STOP,
    CodeSplitter,
    Overlong,
    RawCode,
    ScannerItem,
    TriggerReply,
    clean_payload,
)
from devices.drivers.base import ONLINE, Condition, Request, ScanCode, Served, Work
from devices.errors import DeviceFault, NoAnswer
from devices.spec import PORT, DriverSpec, Options, OptionSpec, baud, serial_line
from devices.transports.base import Transport, TransportFactory
from kiosk.domain.devices import CODE_SCANNER, CodeRefusal, CodeRefused, CodeScanned, Health

ScannerProfile = Literal["plain-suffix", "newland-unified"]

_SILENCE_S = 0.05  # a module without suffix is done after this long, beside the time of one piece
_PIECE_BYTES = 64  # modules hand a code over in pieces; on a slow line a piece takes longer than the silence
_SUFFIX_SILENCE_S = 0.5  # a module that has shown a suffix gets this long before its code is taken without one
_SAME_CODE_S = 1.5
_REPLY_S = 0.5
_TRIGGER_AGAIN_S = 5.0  # the usual one-read time of the modules
_TRIGGER_TRIES = 3


class SerialScanner:
    """Driver `serial-scanner` with profile `plain-suffix` or `newland-unified`."""

    driver = "serial-scanner"
    idle_every_s = 0.25
    probe_every_s = 3600.0  # there is nothing a plain module could be asked

    def __init__(self, open_transport: TransportFactory, port: str, profile: ScannerProfile) -> None:
        self._open = open_transport
        self._port = port
        self._profile = profile
        self._transport: Transport | None = None
        self._splitter = CodeSplitter(newland=profile == "newland-unified")
        self._suffix_seen = False
        self._asked_last = ""  # the session whose listening was broken off and not yet followed by idleness

    @property
    def model(self) -> str:
        """The profile; these modules do not name themselves."""
        return self._profile

    def present(self) -> bool | None:
        """See Driver."""
        return os.path.exists(self._port)

    def connect(self, *, reset: bool) -> Condition:
        """See Driver. A plain module cannot be asked anything: an open port counts as online."""
        self._transport = self._open()
        self._splitter.reset()
        if self._profile == "newland-unified":
            # Light off. Some modules answer a setting only later: silence is judged when a code is wanted.
            self._reply_to(NEWLAND_STOP)
        return ONLINE

    def probe(self) -> Condition:
        """See Driver."""
        self._line().read(0.0)
        return ONLINE

    def idle(self) -> Condition | None:
        """Drop what comes unasked."""
        self._asked_last = ""
        while self._line().read(0.0):
            pass
        return None

    def self_test(self) -> tuple[bool, str]:
        """See Driver: a triggered module must acknowledge start and stop, a plain one can only be open."""
        if self._profile == "plain-suffix":
            self.idle()
            return True, "port open; this module cannot be asked more"
        for command in (NEWLAND_START, NEWLAND_STOP):
            if self._reply_to(command) is not True:
                return False, "no_answer: trigger not acknowledged"
        return True, "trigger acknowledged"

    def close(self) -> None:
        """See Driver."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def serve(self, request: Request, work: Work) -> Served:
        """See Driver."""
        if not isinstance(request, ScanCode):
            return Served(done=True)
        if request.session != self._asked_last:
            self.idle()
            self._splitter.reset()
        self._asked_last = ""
        if self._profile == "plain-suffix":
            served = self._listen(request.session, work)
        else:
            try:
                served = self._listen(request.session, work)
            finally:
                if self._transport is not None:
                    self._stop_trigger()
        if not served.done:
            self._asked_last = request.session  # asked again at once, it loses nothing of a code that is under way
        return served

    def _listen(self, session: str, work: Work) -> Served:
        triggered = self._profile == "newland-unified"
        trigger_at = 0.0
        reply_by: float | None = None
        unanswered = 0
        refused: tuple[bytes | None, float] | None = None
        while not work.stopped():
            now = time.monotonic()
            if reply_by is not None and now > reply_by:
                unanswered += 1
                if unanswered >= _TRIGGER_TRIES:
                    raise NoAnswer(self._port)
                reply_by = None
                trigger_at = now
            if triggered and now >= trigger_at:
                self._line().write(NEWLAND_START, 1.0)
                trigger_at = now + _TRIGGER_AGAIN_S
                reply_by = now + _REPLY_S
            for item in self._items():
                if isinstance(item, TriggerReply):
                    reply_by = None
                    unanswered = 0
                    work.report(ONLINE if item.accepted else Condition(Health.HARDWARE_ERROR, detail="trigger_refused"))
                    continue
                payload = CodeRefusal.TOO_LONG if isinstance(item, Overlong) else clean_payload(item.data)
                if not isinstance(payload, CodeRefusal):
                    work.emit(CodeScanned(session, payload.encode()))
                    return Served(done=True)
                # A module in continuous mode repeats what lies before it: say it once.
                code = item.data if isinstance(item, RawCode) else None
                if refused is None or refused[0] != code or now - refused[1] > _SAME_CODE_S:
                    work.emit(CodeRefused(session, payload))
                refused = (code, now)
                trigger_at = now
        return Served(done=False)

    def _items(self) -> list[ScannerItem]:
        """What the line brings in the next moment."""
        line = self._line()
        silence_s = _SUFFIX_SILENCE_S if self._suffix_seen else _SILENCE_S + _PIECE_BYTES * line.byte_time_s
        data = line.read(silence_s if self._splitter.pending else _SILENCE_S)
        if data:
            items = self._splitter.feed(data)
            if any(isinstance(item, RawCode) for item in items):
                self._suffix_seen = True
            return items
        return self._splitter.flush() if self._splitter.pending else []

    def _reply_to(self, command: bytes) -> bool | None:
        """Whether the module accepted a command; None when it did not answer in time."""
        self.idle()
        self._splitter.reset()
        self._line().write(command, 1.0)
        until = time.monotonic() + _REPLY_S + len(command) * 2 * self._line().byte_time_s
        while time.monotonic() < until:
            for item in self._items():
                if isinstance(item, TriggerReply):
                    return item.accepted
        return None

    def _stop_trigger(self) -> None:
        """Switch the light off; the caller is already leaving, so a line that is gone is left to the next call."""
        try:
            self._reply_to(NEWLAND_STOP)
        except DeviceFault:
            self.close()

    def _line(self) -> Transport:
        if self._transport is None:
            raise NoAnswer(self._port)
        return self._transport


def _make(options: Options) -> SerialScanner:
    profile: ScannerProfile = "newland-unified" if str(options["profile"]).startswith("newland") else "plain-suffix"
    return SerialScanner(serial_line(options), str(options["port"]), profile)


SPEC = DriverSpec(
    "serial-scanner",
    CODE_SCANNER,
    {
        "port": PORT,
        "baud": baud(9600),
        "profile": OptionSpec(
            str, "what the module speaks", ("plain-suffix", "plain", "newland-unified", "newland"), "plain-suffix"
        ),
    },
    _make,
)
