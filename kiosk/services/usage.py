"""Counts how the terminal is used, from what the flow does; see :mod:`kiosk.domain.usage`.

A page is written when it is left, so that a crash costs the figures of one page. Nothing of it may ever disturb a
resident: what the store refuses is dropped.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from datetime import date, timedelta
from typing import Any

from kiosk.domain.time import local
from kiosk.domain.usage import SHOWN_DAYS, Figure, Mark, What, summary
from kiosk.flow.events import FlowEvent, UsageRead
from kiosk.flow.state import FlowState
from kiosk.flow.usage import OpenPage, noticed
from kiosk.ports.central import CaseParked, CaseSent
from kiosk.ports.clock import Clock
from kiosk.ports.storage import CaseRow, CaseState, CaseStore
from kiosk.ports.usage import UsageBook

log = logging.getLogger("kiosk.services")


class UsageDesk:
    """One per terminal. Main thread, but for :meth:`answered`, which may be called from any."""

    def __init__(self, book: UsageBook, cases: CaseStore, clock: Clock, publish: Callable[[FlowEvent], None]) -> None:
        self._book = book
        self._cases = cases
        self._clock = clock
        self._publish = publish
        self._page: OpenPage | None = None
        self._cut_short: Mark | None = None
        self._counts: Counter[Mark] = Counter()

    def start(self) -> None:
        """The last run may have ended in the middle of a visit."""
        self._book.settle_usage(self._today).add_done_callback(_look)

    def notice(self, before: FlowState, event: FlowEvent, after: FlowState) -> None:
        """One event of the flow."""
        was = self._page
        self._page, marks = noticed(was, before, event, after)
        self._counts.update(marks)
        # The store is about to save a case while somebody waits for it: the figures come after that.
        if self._page is not was and after.step != "submit":
            self._write()

    def answered(self, event: object) -> None:
        """What the centre said to a case for the first time: whether it was taken as it came."""
        match event:
            case CaseSent(case_id, answer):
                word = "refused" if answer.status == "refused" else "first_time"
            case CaseParked(case_id):
                word = "sent_back"
            case _:
                return
        self._cases.case(case_id).add_done_callback(lambda asked: self._case(asked, word))

    def read(self) -> None:
        """The last :data:`SHOWN_DAYS` days, published as :class:`~kiosk.flow.events.UsageRead`."""

        def told(asked: Future[tuple[Figure, ...]]) -> None:
            if _look(asked):
                self._publish(UsageRead(summary(asked.result())))

        self._book.usage(self._today - timedelta(days=SHOWN_DAYS - 1)).add_done_callback(told)

    @property
    def _today(self) -> date:
        return local(self._clock.now()).date()

    def _write(self) -> None:
        counts, self._counts = self._counts, Counter()
        self._cut_short = self._page.mark(What.LEFT, "crash") if self._page is not None else None
        self._book.count_usage(self._today, counts, self._cut_short).add_done_callback(_look)

    def _case(self, asked: Future[CaseRow | None], word: str) -> None:
        if not _look(asked) or (row := asked.result()) is None or row.parent is not None:
            return  # of a bundle the parent is counted
        if word != "sent_back" and any(line.state is CaseState.PARKED for line in row.states):
            word = "after_sent_back"
        mark = Mark(row.item, "", What.CASE, word)
        self._book.count_usage(self._today, {mark: 1}, self._cut_short).add_done_callback(_look)


def _look(asked: Future[Any]) -> bool:
    """Whether it went well."""
    if (fault := asked.exception()) is None:
        return True
    log.warning("figures of use were not kept: %s", getattr(fault, "code", type(fault).__name__))
    return False
