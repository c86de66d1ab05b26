"""The book of test records: numbered, in order, kept over restarts."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from kiosk.domain.diagnostics import CheckRecord, CheckResult


class CheckBook(Protocol):
    """Append and read. Several processes may hold the same book; each number is given once."""

    def add(self, result: CheckResult, at: datetime) -> CheckRecord:
        """Write down durably and number it. Raises OSError when the disk refuses."""

    def records(self) -> tuple[CheckRecord, ...]:
        """All records, oldest first; a line that was torn by a power cut is passed over."""
