"""What a technician's checks print, and where readiness reports are kept: for the screen and for ``./run diag``."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kiosk.app.night import KV_SELF_TEST, last_self_test
from kiosk.domain.diagnostics import Machine, Readiness
from kiosk.domain.paper import Paper
from kiosk.domain.time import local
from kiosk.ports.storage import CaseState, CaseStore, OutboxSummary
from offline_cache.files import write_durably

if TYPE_CHECKING:
    from kiosk.app.status import LinkWords

REPORTS = "readiness"
STORE_WAIT_S = 10.0
KEPT = 30
"""Nightly reports of a month."""


def staff_notes(store: CaseStore, link: LinkWords, queue: OutboxSummary) -> tuple[tuple[str, str], ...]:
    """What a technician should know beside the counts: names of texts and short words with facts. Blocks for the store.

    There is room for a few: what is degraded stands at length in the readiness report, every reason in `./run cases`.
    """
    health = store.health()
    night = last_self_test(store.get(KV_SELF_TEST).result(STORE_WAIT_S))
    parked = store.cases(state=CaseState.PARKED).result(STORE_WAIT_S) if queue.parked else ()
    why = parked[0].reason if parked else None
    notes = [("staff.why_parked", why.rpartition(":")[2][:18])] if why else []
    if queue.errands:
        notes.append(("staff.errands", str(queue.errands)))
    notes.append(("staff.key", f"{health.key_source} · !" if health.degraded else health.key_source))
    if night is not None:
        at = local(datetime.fromisoformat(night["at"]))
        notes.append(("staff.last_test", f"{at:%m-%d %H:%M} · {'ok' if night['ok'] else '!'}"))
    if link.paused:
        notes.append(("staff.paused", "401/403"))
    if link.suspicious:
        notes.append(("staff.suspicious", "!"))
    return tuple(notes)


class StaffPaper:
    """Trial prints and the readiness slip for one printer width. Made on a worker: finding fonts takes a moment."""

    def __init__(self, terminal: str, width_px: Literal[384, 576]) -> None:
        from printing import FontStack

        self._terminal = terminal
        self._width_px = width_px
        self._fonts = FontStack.discover()

    def trial_slip(self, at: datetime) -> Paper:
        """See StaffPapers."""
        from printing import to_paper
        from printing.trial import lay_out_trial_slip

        return to_paper(lay_out_trial_slip(self._terminal, at, self._fonts), self._width_px)

    def trial_page(self, at: datetime) -> bytes:
        """See StaffPapers."""
        from printing.trial import trial_page_pdf

        return trial_page_pdf(self._terminal, at, self._fonts)

    def readiness_slip(self, report: Readiness) -> Paper:
        """See StaffPapers."""
        from printing import to_paper
        from printing.readiness import lay_out_readiness

        return to_paper(lay_out_readiness(report, self._fonts), self._width_px)


class Reports:
    """A ``ReportShelf`` in ``state_dir/readiness``: one PDF and one JSON file a report, the newest month of them."""

    def __init__(self, folder: Path, machine: Callable[[], Machine]) -> None:
        self._folder = folder
        self._machine = machine

    def machine(self) -> Machine:
        """See ReportShelf."""
        return self._machine()

    def keep(self, report: Readiness) -> str:
        """See ReportShelf."""
        from printing import FontStack
        from printing.readiness import readiness_to_pdf

        self._folder.mkdir(parents=True, exist_ok=True)
        stem = f"readiness-{report.at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        text = json.dumps(as_json(report), ensure_ascii=False, indent=1) + "\n"
        write_durably(self._folder / f"{stem}.json", text.encode())
        write_durably(self._folder / f"{stem}.pdf", readiness_to_pdf(report, FontStack.discover()))
        for suffix in ("json", "pdf"):
            for old in sorted(self._folder.glob(f"readiness-*.{suffix}"))[:-KEPT]:
                old.unlink(missing_ok=True)
        return str(self._folder)


def as_json(report: Readiness) -> dict[str, Any]:
    """The report for programs. Times are ISO 8601 in UTC; `scale` is the number hall staff know (-1 … 4)."""
    return {
        "schema": 1,
        "at": report.at.astimezone(UTC).isoformat(timespec="seconds"),
        "verdict": report.verdict.value,
        "findings": [dataclasses.asdict(finding) for finding in report.findings],
        "machine": {**dataclasses.asdict(report.machine), "versions": dict(report.machine.versions)},
        "devices": [
            {
                "name": status.name,
                "driver": status.driver,
                "model": status.model,
                "status": status.health.value,
                "supply": status.supply.value,
                "detail": status.detail,
                "scale": int(status.scale),
                "last_error": status.last_error,
            }
            for status in report.devices
        ],
        "checks": [
            {
                "number": record.number,
                "at": record.at.astimezone(UTC).isoformat(timespec="seconds"),
                "device": record.result.device,
                "test": record.result.test,
                "outcome": record.result.outcome.value,
                "message": record.result.message,
            }
            for record in report.records
        ],
    }
