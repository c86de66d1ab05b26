"""The book of test records as JSON lines beside the store (`state_dir/staff/checks.jsonl`).

Not in the database: `./run diag` tests a terminal that is not running, and a damaged database must not hide what was
found out about the devices. A lock on the file makes numbers unique over processes; each line is fsynced. When the book
has grown past its limit the older half goes; numbers go on.
"""

from __future__ import annotations

import fcntl
import json
import os
from datetime import datetime
from pathlib import Path

from kiosk.domain.diagnostics import CheckOutcome, CheckRecord, CheckResult
from offline_cache.files import write_durably

FILE = "checks.jsonl"
MOST_RECORDS = 5000


class CheckBookFile:
    """A `CheckBook` in the folder `state_dir/staff`."""

    def __init__(self, state_dir: Path, most_records: int = MOST_RECORDS) -> None:
        self._file = state_dir / "staff" / FILE
        self._most = most_records

    def add(self, result: CheckResult, at: datetime) -> CheckRecord:
        """See CheckBook."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A file of its own carries the lock, because a book that is cut short is replaced by another file.
        with self._file.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self.records()
            record = CheckRecord(known[-1].number + 1 if known else 1, at, result)
            if len(known) >= self._most:
                kept = [*known[len(known) // 2 :], record]
                write_durably(self._file, b"".join(_line(each) for each in kept))
            else:
                self._append(_line(record))
        return record

    def records(self) -> tuple[CheckRecord, ...]:
        """See CheckBook."""
        try:
            lines = self._file.read_bytes().splitlines()
        except FileNotFoundError:
            return ()
        return tuple(record for line in lines if (record := _record(line)) is not None)

    def _append(self, line: bytes) -> None:
        handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":
                line = b"\n" + line  # the power went in the middle of the last line
            view = memoryview(line)
            while view:
                view = view[os.write(handle, view) :]
            os.fsync(handle)
        finally:
            os.close(handle)


def _line(record: CheckRecord) -> bytes:
    result = record.result
    entry = {
        "number": record.number,
        "at": record.at.isoformat(),
        "device": result.device,
        "test": result.test,
        "outcome": result.outcome.value,
        "message": result.message,
    }
    return json.dumps(entry, ensure_ascii=False).encode() + b"\n"


def _record(line: bytes) -> CheckRecord | None:
    try:
        raw = json.loads(line)
        result = CheckResult(raw["device"], raw["test"], CheckOutcome(raw["outcome"]), raw["message"])
        return CheckRecord(int(raw["number"]), datetime.fromisoformat(raw["at"]), result)
    except (ValueError, KeyError, TypeError):
        return None
