"""``summary.json``: what became of the cases, and the times that are promised, taken from the log."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk.app.logs import Line
from kiosk.ports.storage import CaseRow, JournalRow

SCHEMA = 1


def utc(at: datetime) -> str:
    """UTC with milliseconds and a Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def process_start_ns() -> int:
    """When this process began, on the monotonic clock; to a hundredth of a second, as the kernel counts it."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.monotonic_ns() - int(age_s * 1e9)


def case_entries(rows: Sequence[CaseRow], journal: Sequence[JournalRow]) -> list[dict[str, Any]]:
    """Each case of the store with the states it went through; ``print`` is how its newest receipt came out."""
    printed = {row.case_id: row.state for row in sorted(journal, key=lambda row: row.at) if row.case_id}
    return [
        {
            "case_id": row.case_id,
            "item": row.item,
            "parent": row.parent,
            "states": [{"state": at.state.value, "at": utc(at.at)} for at in row.states],
            "print": printed.get(row.case_id) or printed.get(row.parent or ""),
        }
        for row in rows
    ]


def timings_ms(lines: Sequence[Line], start_ns: int, confirm_ns: int | None) -> dict[str, float | None]:
    """Milliseconds between events; None for what did not happen in this story."""

    def first(event: str, after: int = 0, code: str | None = None) -> int | None:
        return next(
            (
                line.mono_ns
                for line in lines
                if line.event == event and line.mono_ns >= after and (code is None or line.code == code)
            ),
            None,
        )

    def gap(start: int | None, end: int | None) -> float | None:
        return None if start is None or end is None else round((end - start) / 1e6, 1)

    subject = first("card.subject_shown")
    # The card that led to the subject is the last one found before it.
    present = max(
        (line.mono_ns for line in lines if line.event == "card.present" and line.mono_ns <= (subject or 0)),
        default=None,
    )
    prefilled = first("page.painted", subject, "form") if subject is not None else None
    committed = first("case.committed", confirm_ns) if confirm_ns is not None else None
    return {
        "start_to_attract": gap(start_ns, first("app.attract_shown")),
        "card_to_subject": gap(present, subject),
        "card_to_prefilled": gap(present, prefilled),
        "confirm_to_committed": gap(confirm_ns, committed),
    }
