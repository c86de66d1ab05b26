"""The event log: ``state_dir/log/kiosk.jsonl``, one JSON object a line, closed fields, bounded in size and count.

Every field is checked against its shape before it is written, so that free text has no way in: what does not fit is
written as ``unfit``. Events are declared in docs/events.md. Records of the standard library's loggers come in as event
``log`` with the logger's name as code; their text is dropped, because nobody can promise what is in it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kiosk.domain.case import CASE_ID
from kiosk.domain.devices import DEVICE_NAMES

FILE = Path("log") / "kiosk.jsonl"
MAX_BYTES = 4 * 1024 * 1024
KEPT = 5
UNFIT = "unfit"

_EVENT = re.compile(r"[a-z][a-z_]*(?:\.[a-z_]+)*")
_SESSION = re.compile(r"[0-9a-f]{16}")
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")

_LEVELS: Mapping[str, str] = MappingProxyType(
    {
        "app.fault": "error",
        "case.not_saved": "error",
        "card.refused": "warning",
        "code.refused": "warning",
        "party.refused": "warning",
        "work.refused": "warning",
        "session.idle_out": "warning",
        "device.unlisted": "warning",
        "staff.refused": "warning",
    }
)
_BAD_CODES = frozenset({"unknown", "failed", "refused", "gateway_fault", "login_needed"})


@dataclass(frozen=True, slots=True)
class Line:
    """One event as it is written. ``mono_ns`` orders lines; ``ts`` is the wall clock and may jump."""

    ts: str
    mono_ns: int
    level: str
    event: str
    session: str | None
    case_id: str | None
    device: str | None
    code: str | None

    def as_json(self) -> dict[str, Any]:
        """The line's object; absent fields are left out."""
        fields: dict[str, Any] = {"ts": self.ts, "mono_ns": self.mono_ns, "level": self.level, "event": self.event}
        for name in ("session", "case_id", "device", "code"):
            if (value := getattr(self, name)) is not None:
                fields[name] = value
        return fields


Listener = Callable[[Line], None]


class EventLog:
    """Writes from any thread. A disk that refuses is no error for the caller: the terminal goes on without a log."""

    def __init__(self, file: Path | None, *, max_bytes: int = MAX_BYTES, kept: int = KEPT) -> None:
        self._file = file
        self._max_bytes = max_bytes
        self._kept = max(1, kept)
        self._lock = threading.Lock()
        self._out: int | None = None
        self._size = 0
        self._listeners: tuple[Listener, ...] = ()
        self.failed = False
        if file is not None:
            self._open(file)

    @classmethod
    def in_state_dir(cls, state_dir: Path) -> EventLog:
        """The log of a terminal."""
        return cls(state_dir / FILE)

    def listen(self, listener: Listener) -> None:
        """Be told of each line, in the thread that emits it, after it was written."""
        self._listeners = (*self._listeners, listener)

    def emit(
        self,
        event: str,
        *,
        session: str | None = None,
        case_id: str | None = None,
        device: str | None = None,
        code: str | None = None,
        level: str | None = None,
    ) -> None:
        """Write one event; see :class:`kiosk.ports.events.EventLog`."""
        line = Line(
            ts=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            mono_ns=time.monotonic_ns(),
            level=level or _LEVELS.get(event) or ("warning" if code in _BAD_CODES else "info"),
            event=event if _EVENT.fullmatch(event) else UNFIT,
            session=_fit(session, _SESSION),
            case_id=_fit(case_id, CASE_ID),
            device=None if not device else device if device in DEVICE_NAMES else UNFIT,
            code=_fit(code, _CODE),
        )
        self._write(json.dumps(line.as_json(), separators=(",", ":")).encode("ascii") + b"\n")
        for listener in self._listeners:
            listener(line)

    def close(self) -> None:
        """End writing. Safe to call twice."""
        with self._lock:
            if self._out is not None:
                os.close(self._out)
                self._out = None

    def _open(self, file: Path) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._out = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
            self._size = os.fstat(self._out).st_size
        except OSError:
            self._out, self.failed = None, True

    def _write(self, data: bytes) -> None:
        with self._lock:
            if self._out is None:
                return
            try:
                if self._size + len(data) > self._max_bytes:
                    self._rotate()
                if self._out is not None:
                    os.write(self._out, data)  # one call a line: a line is whole or not there
                    self._size += len(data)
            except OSError:
                self.failed = True

    def _rotate(self) -> None:
        """kiosk.jsonl → .1 → .2 …; the oldest goes."""
        file = self._file
        if file is None or self._out is None:
            return
        os.close(self._out)
        self._out = None
        for number in range(self._kept - 1, 0, -1):
            older = file.with_name(f"{file.name}.{number}")
            newer = file if number == 1 else file.with_name(f"{file.name}.{number - 1}")
            if newer.exists():
                newer.replace(older)
        if self._kept == 1:
            file.unlink(missing_ok=True)
        self._open(file)


def _fit(value: str | None, shape: re.Pattern[str]) -> str | None:
    if not value:
        return None
    return value if shape.fullmatch(value) else UNFIT


class _Bridge(logging.Handler):
    """Standard log records as events: that there was one and from where, never what it says."""

    def __init__(self, log: EventLog) -> None:
        super().__init__(logging.INFO)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        level = "error" if record.levelno >= logging.ERROR else "warning"
        if record.levelno < logging.WARNING:
            level = "info"
        self._log.emit("log", code=record.name[:64], level=level)


def bridge_loggers(log: EventLog) -> Callable[[], None]:
    """Send the records of all ``kiosk.*`` loggers to the event log and nowhere else; the answer ends that."""
    logger, handler = logging.getLogger("kiosk"), _Bridge(log)
    before = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False

    def end() -> None:
        logger.removeHandler(handler)
        logger.propagate = before

    return end
