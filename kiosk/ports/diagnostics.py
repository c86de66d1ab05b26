"""What a technician's work needs: the book of check records, the papers, and a place for reports."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from kiosk.domain.diagnostics import CheckRecord, CheckResult, Machine, Readiness
from kiosk.domain.paper import Paper


class CheckBook(Protocol):
    """Append and read. Several processes may hold the same book; each number is given once."""

    def add(self, result: CheckResult, at: datetime) -> CheckRecord:
        """Write down durably and number it. Raises OSError when the disk refuses."""

    def records(self) -> tuple[CheckRecord, ...]:
        """All records, oldest first; a line that was torn by a power cut is passed over."""


class StaffPapers(Protocol):
    """Draws what technicians print. Takes up to a second: not for the main thread."""

    def trial_slip(self, at: datetime) -> Paper:
        """What the receipt printer prints when it is checked."""

    def trial_page(self, at: datetime) -> bytes:
        """What the A4 printer prints when it is checked (PDF)."""

    def readiness_slip(self, report: Readiness) -> Paper:
        """The report for the pocket."""


class ReportShelf(Protocol):
    """Where reports are kept, and what they say of the machine beside its devices."""

    def machine(self) -> Machine:
        """The facts of this moment. Blocks for the store."""

    def keep(self, report: Readiness) -> str:
        """Write the report as PDF and JSON; the folder it lies in. Raises OSError."""
