"""Asks the centre what is not about who somebody is: free times, and what became of a case that is being decided."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor

from kiosk.flow.events import FlowEvent, SlotsFound, SlotsUnavailable, WatchOver
from kiosk.ports.central import CaseApi, CaseDecided, CentreDecision, FreeSlots, SyncEvent
from kiosk.ports.clock import Clock, Scheduler

log = logging.getLogger("kiosk.services")
SLOTS_WAIT_S = 4.0
WATCH_S = 60.0
"""So long a resident is kept company; afterwards the page says how to come back."""
ASK_WAIT_S = 4.0
PAUSES_S = (1.0, 2.0, 3.0, 5.0, 8.0)
"""Between two questions about one case; the last one again and again."""


class EnquiryDesk:
    """One watch at a time; it ends with the visit."""

    def __init__(
        self,
        api: CaseApi,
        executor: Executor,
        clock: Clock,
        scheduler: Scheduler,
        publish: Callable[[FlowEvent | SyncEvent], None],
    ) -> None:
        self._api = api
        self._executor = executor
        self._clock = clock
        self._scheduler = scheduler
        self._publish = publish
        self._guard = threading.Lock()
        self._watched: tuple[str, str] | None = None

    def forget(self) -> None:
        """The resident has left; nobody waits for a decision any more."""
        with self._guard:
            self._watched = None

    def ask_slots(self, session: str, item_id: str, office: str) -> None:
        """Which times are free; whatever goes wrong, there is an answer in :data:`SLOTS_WAIT_S` seconds."""
        self._executor.submit(self._ask_slots, session, item_id, office)

    def _ask_slots(self, session: str, item_id: str, office: str) -> None:
        try:
            found = self._api.slots(item_id, office, SLOTS_WAIT_S)
        except Exception:
            log.exception("asking for free times failed")
            found = None
        if isinstance(found, FreeSlots) and found.office == office:
            self._publish(SlotsFound(session, office, found.free))
        else:
            self._publish(SlotsUnavailable(session))

    def watch(self, session: str, case_id: str) -> None:
        """Ask about one case until it is decided, :data:`WATCH_S` seconds are over, or the resident leaves."""
        with self._guard:
            self._watched = (session, case_id)
        until = self._clock.monotonic() + WATCH_S
        self._again(session, case_id, until, 0)

    def _again(self, session: str, case_id: str, until: float, asked: int) -> None:
        pause = PAUSES_S[min(asked, len(PAUSES_S) - 1)]
        if self._clock.monotonic() + pause > until:
            self._publish(WatchOver(session))
            return

        def go() -> None:
            if self._wanted(session, case_id):
                self._executor.submit(self._look, session, case_id, until, asked + 1)

        self._scheduler.after(pause, go)

    def _wanted(self, session: str, case_id: str) -> bool:
        with self._guard:
            return self._watched == (session, case_id)

    def _look(self, session: str, case_id: str, until: float, asked: int) -> None:
        try:
            decision = self._api.decision(case_id, ASK_WAIT_S)
        except Exception:
            log.exception("asking for a decision failed")
            decision = None
        if not self._wanted(session, case_id):
            return
        if isinstance(decision, CentreDecision):
            self._publish(CaseDecided(case_id, decision))
        else:
            self._again(session, case_id, until, asked)
