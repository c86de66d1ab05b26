"""Serial code scanners: modules that just send what they see, and modules that are switched on when a code is wanted.

A scanner is listened to only while a code is wanted; what comes at other times is dropped, so that a code shown to the
last resident never reaches the next. The lines of a passport or permit come the same way and are put together here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime

from devices.codecs.mrz import MrzError, parse_mrz
from devices.codecs.mrz_lines import Collected, DocumentLines, Incomplete, LineCollector, PlainText
from devices.codecs.scanner import CodeSplitter, Overlong, RawCode, ScannerItem, clean_payload
from devices.codecs.scanner_profiles import PROFILES, Reply, ScannerProfile, Verdict
from devices.drivers.base import ONLINE, Condition, Request, ScanCode, Served, Work
from devices.errors import DeviceFault, NoAnswer, PortLost
from devices.spec import PORT, DriverSpec, Options, OptionSpec, baud, serial_line
from devices.trace import ScannerMask
from devices.transports.base import Transport, TransportFactory
from kiosk.domain.devices import CODE_SCANNER, CodeRefusal, CodeRefused, CodeScanned, Health, MrzRead

_SILENCE_S = 0.05  # a module without suffix is done after this long, beside the time of one piece
_PIECE_BYTES = 64  # modules hand a code over in pieces; on a slow line a piece takes longer than the silence
_SUFFIX_SILENCE_S = 0.5  # a module that has shown a suffix gets this long before its code is taken without one
_SAME_CODE_S = 1.5
_REPLY_S = 0.5
_TRIGGER_AGAIN_S = 5.0  # the usual one-read time of the modules
_TRIGGER_TRIES = 3
_REFUSALS_AT_ONCE = 8  # a module that repeats what it sees says so a few times a second, not more
_REFUSALS_FORGOTTEN_S = 1.0
_LET_PASS_AT_MOST_S = 3.0  # a module that never falls silent is heard all the same


class SerialScanner:
    """Driver `serial-scanner` with one of the profiles of `scanner_profiles`."""

    driver = "serial-scanner"
    idle_every_s = 0.25
    probe_every_s = 3600.0  # there is nothing a plain module could be asked

    def __init__(
        self,
        open_transport: TransportFactory,
        port: str,
        profile: ScannerProfile,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._open = open_transport
        self._port = port
        self._profile = profile
        self._today = today
        self._transport: Transport | None = None
        self._splitter = CodeSplitter(profile)
        self._lines = LineCollector()
        self._suffix_seen = False
        self._asked_last = ""  # the session whose listening was broken off and not yet followed by idleness
        # Codes are a resident's: they are known again by a hash that only this process can make.
        self._taken: tuple[str, int, float] | None = None  # session, code and when it was last seen
        self._refused: tuple[int | None, float] | None = None
        self._refusals = _REFUSALS_AT_ONCE
        self._amid_code = False
        self._dropped_at = 0.0
        self.listening = False
        """Whether what comes now is taken: what came before a code was asked for has gone by."""

    @property
    def model(self) -> str:
        """The profile; these modules do not name themselves."""
        return self._profile.name

    def present(self) -> bool | None:
        """See Driver."""
        return os.path.exists(self._port)

    def connect(self, *, reset: bool) -> Condition:
        """See Driver. A plain module cannot be asked anything: an open port counts as online."""
        self._transport = self._open()
        self._splitter.reset()
        if self._profile.acknowledges:
            # Light off. Some modules answer a setting only later: silence is judged when a code is wanted.
            self._reply_to(self._profile.stop)
        elif self._profile.stop:
            self._line().write(self._profile.stop, 1.0)
        return ONLINE

    def probe(self) -> Condition:
        """See Driver."""
        self._line().read(0.0)
        return ONLINE

    def idle(self) -> Condition | None:
        """Drop what comes unasked, and what was left half read."""
        self._asked_last = ""
        self._forget_pieces()
        self._drain()
        return None

    def _forget_pieces(self) -> None:
        if self._splitter.amid_code:
            self._amid_code, self._dropped_at = True, time.monotonic()
        self._splitter.reset()
        self._lines.reset()

    def _drain(self) -> None:
        while data := self._line().read(0.0):
            self._dropped(data)

    def _dropped(self, data: bytes) -> None:
        """Remember whether what was dropped was the beginning of a code whose rest is still to come."""
        self._amid_code = data[-1:] not in b"\r\n"
        self._dropped_at = time.monotonic()

    def _let_pass(self, work: Work) -> None:
        """A code that was under way before anybody asked is nobody's: let its rest go by, to suffix or silence."""
        silence_s = _SUFFIX_SILENCE_S if self._suffix_seen else _SILENCE_S + _PIECE_BYTES * self._line().byte_time_s
        until = time.monotonic() + _LET_PASS_AT_MOST_S
        while self._amid_code and not work.stopped():
            now = time.monotonic()
            left = min(self._dropped_at + silence_s, until) - now
            if left <= 0:
                break
            if data := self._line().read(left):
                self._dropped(data)
        self._amid_code = False

    def self_test(self) -> tuple[bool, str]:
        """See Driver: a module must acknowledge start and stop, or answer a question; a plain one can only be open."""
        if self._profile.acknowledges:
            for command in (self._profile.start, self._profile.stop):
                if self._reply_to(command) is not Verdict.ACCEPTED:
                    return False, "no_answer: trigger not acknowledged"
            return True, "trigger acknowledged"
        if self._profile.query:
            verdict = self._reply_to(self._profile.query)
            return verdict is not None, f"menu question {verdict}" if verdict else "no_answer: menu question unanswered"
        self._line()  # nothing is read: what comes may be the code that somebody waits for
        if not self.present():
            raise PortLost(self._port)
        return True, "port open; this module cannot be asked more"

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
            self._forget_pieces()
            self._drain()
            self._let_pass(work)
            self._refused = None
            self._refusals = _REFUSALS_AT_ONCE
        self._asked_last = ""
        self.listening = True
        try:
            served = self._listen(request.session, work)
        finally:
            self.listening = False
            if self._profile.start and self._transport is not None:
                self._stop_trigger()
        if not served.done:
            self._asked_last = request.session  # asked again at once, it loses nothing of a code that is under way
        return served

    def _listen(self, session: str, work: Work) -> Served:
        trigger_at = 0.0
        reply_by: float | None = None
        unanswered = 0
        while not work.stopped():
            now = time.monotonic()
            if reply_by is not None and now > reply_by:
                unanswered += 1
                if unanswered >= _TRIGGER_TRIES:
                    raise NoAnswer(self._port)
                reply_by = None
                trigger_at = now
            if self._profile.start and now >= trigger_at:
                self._line().write(self._profile.start, 1.0)
                trigger_at = now + _TRIGGER_AGAIN_S
                if self._profile.acknowledges:
                    reply_by = now + _REPLY_S + len(self._profile.start) * 2 * self._line().byte_time_s
            for item in self._items():
                if not isinstance(item, Reply):
                    if self._take(session, item, work):
                        return Served(done=True)
                    trigger_at = now
                elif item.verdict is not Verdict.DAMAGED:  # damaged is as good as none: asked again in time
                    reply_by = None
                    unanswered = 0
                    accepted = item.verdict is Verdict.ACCEPTED
                    work.report(ONLINE if accepted else Condition(Health.HARDWARE_ERROR, detail="trigger_refused"))
            if (due := self._lines.due(time.monotonic())) is not None and self._emit(session, due, None, work):
                return Served(done=True)
        return Served(done=False)

    def _take(self, session: str, item: RawCode | Overlong, work: Work) -> bool:
        """One code, or one line of a document; whether the request is served."""
        raw = item.data if isinstance(item, RawCode) else None
        now = time.monotonic()
        text = CodeRefusal.TOO_LONG if raw is None else clean_payload(raw)
        if isinstance(text, CodeRefusal):
            self._refuse(session, text, raw, work)
            return False
        if self._taken is not None and self._taken[:2] == (session, hash(raw)) and now - self._taken[2] <= _SAME_CODE_S:
            self._taken = (*self._taken[:2], now)  # a module in continuous mode goes on seeing what was taken already
            return False
        collected = self._lines.take(text, now)
        return collected is not None and self._emit(session, collected, raw, work)

    def _emit(self, session: str, collected: Collected, raw: bytes | None, work: Work) -> bool:
        """Publish what was read; whether the request is served."""
        match collected:
            case PlainText(text):
                work.emit(CodeScanned(session, text.encode()))
                self._taken = (session, hash(raw), time.monotonic()) if raw is not None else None
                return True
            case DocumentLines(lines):
                try:
                    document = parse_mrz(lines, self._today())
                except MrzError:
                    self._refuse(session, CodeRefusal.MRZ_CHECKSUM, "".join(lines).encode(), work)
                    return False
                work.emit(MrzRead(session, document))
                return True
            case Incomplete():
                self._refuse(session, CodeRefusal.MRZ_CHECKSUM, None, work)
        return False

    def _refuse(self, session: str, reason: CodeRefusal, raw: bytes | None, work: Work) -> None:
        """A module in continuous mode repeats what lies before it: say it once, and never more than a page can show."""
        now = time.monotonic()
        seen = None if raw is None else hash(raw)
        last, self._refused = self._refused, (seen, now)
        if last is not None and now - last[1] > _REFUSALS_FORGOTTEN_S:
            self._refusals = _REFUSALS_AT_ONCE
        if (last is None or last[0] != seen or now - last[1] > _SAME_CODE_S) and self._refusals > 0:
            self._refusals -= 1
            work.emit(CodeRefused(session, reason))

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

    def _reply_to(self, command: bytes) -> Verdict | None:
        """How the module took a command; None when it did not answer in time. A damaged exchange is repeated once."""
        verdict: Verdict | None = None
        for _ in range(2):
            self._drain()
            self._splitter.reset()
            self._splitter.awaiting = True
            self._line().write(command, 1.0)
            verdict = self._await_reply(_REPLY_S + len(command) * 2 * self._line().byte_time_s)
            if verdict is not Verdict.DAMAGED:
                break
        self._splitter.awaiting = False
        return verdict

    def _await_reply(self, within_s: float) -> Verdict | None:
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            for item in self._items():
                if isinstance(item, Reply):
                    return item.verdict
        return None

    def _stop_trigger(self) -> None:
        """Switch the light off; the caller is already leaving, so a line that is gone is left to the next call."""
        try:
            if self._profile.acknowledges:
                self._reply_to(self._profile.stop)
            else:
                self._line().write(self._profile.stop, 1.0)
        except DeviceFault:
            self.close()

    def _line(self) -> Transport:
        if self._transport is None:
            raise NoAnswer(self._port)
        return self._transport


def _make(options: Options) -> SerialScanner:
    return SerialScanner(serial_line(options), str(options["port"]), PROFILES[str(options["profile"])])


SPEC = DriverSpec(
    "serial-scanner",
    CODE_SCANNER,
    {
        "port": PORT,
        "baud": baud(9600),
        "profile": OptionSpec(
            "text", "How the scanner is switched on, and how a code ends.", tuple(PROFILES), "plain-suffix"
        ),
    },
    _make,
    about="QR scanners on a serial line or a USB serial port.",
    page="docs/devices/code_scanner.md",
    mask=ScannerMask,
)
