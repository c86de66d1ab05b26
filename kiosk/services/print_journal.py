"""The print journal at the start: what an earlier run left open is settled, and never printed again by itself."""

from __future__ import annotations

import logging
from concurrent.futures import Future

from kiosk.domain.devices import PrintOutcome
from kiosk.domain.errors import KioskError
from kiosk.ports.clock import Clock
from kiosk.ports.storage import CaseStore, JournalRow

log = logging.getLogger("kiosk.services")

#: Words after which another one must come. A run that ended before it came does not know what is on paper.
_OPEN = frozenset({PrintOutcome.QUEUED.value, PrintOutcome.SENT.value, PrintOutcome.HELD.value})


def settle_journal(store: CaseStore, clock: Clock) -> None:
    """Write `unknown` behind every job that was on its way when the last run ended.

    Returns at once. Call before this run prints: the rows are asked for now, so none of its own jobs is among them.
    """
    store.journal_rows().add_done_callback(lambda rows: _settle(store, clock, rows))


def _settle(store: CaseStore, clock: Clock, asked: Future[tuple[JournalRow, ...]]) -> None:
    try:
        left = [row for row in asked.result() if row.state in _OPEN]
        for row in left:
            store.journal(row.job_id, row.case_id, PrintOutcome.UNKNOWN.value, clock.now())
    except KioskError as error:
        log.error("print journal not settled: %s", error.code)
        return
    if left:
        log.warning("print journal: %d jobs of an earlier run are unknown", len(left))
