"""What has to reach the centre and is no case: parked work, and its release."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from kiosk.ports.central import (
    CallFault,
    CaseApi,
    GatewayFault,
    LoginNeeded,
    ParkedTaken,
    Rejected,
    Released,
    RetryLater,
)
from kiosk.ports.clock import Clock
from kiosk.ports.storage import CaseStore, Errand, ErrandKind
from kiosk.sync.backoff import full_jitter, stretched
from kiosk.sync.link import Link
from kiosk.sync.options import STORE_WAIT_S, SyncOptions

log = logging.getLogger("kiosk.sync")


class Errands:
    """Runs them one by one, after the cases. Belongs to the thread that steps the loop."""

    def __init__(
        self,
        store: CaseStore,
        api: CaseApi,
        clock: Clock,
        link: Link,
        options: SyncOptions,
        roll: Callable[[], float],
    ) -> None:
        self._store = store
        self._api = api
        self._clock = clock
        self._link = link
        self._options = options
        self._roll = roll

    def run_one(self) -> bool | None:
        """None when none is due, False when the link gave out."""
        due = self._store.errands_due(self._clock.now(), 1).result(STORE_WAIT_S)
        if not due:
            return None
        (errand,) = due
        outcome = self._do(errand)
        match outcome:
            case ParkedTaken() | Released():
                self._link.answered()
                self._store.errand_done(errand.kind, errand.id).result(STORE_WAIT_S)
                return True
            case Rejected(problem_type):
                # Definite: nobody can make the centre take it, and what a resident finished is a case by now.
                self._link.answered()
                log.warning("centre refused an errand: %s %s", errand.kind.value, problem_type)
                self._store.errand_done(errand.kind, errand.id).result(STORE_WAIT_S)
                return True
            case RetryLater(after_s, _, about_item=True):
                self._link.answered()
                self._postpone(errand, after_s, counts=True)
                return True
            case RetryLater() | GatewayFault() | LoginNeeded():
                # Later than the others, so that one that never gets through holds up none of them.
                self._postpone(errand, None, counts=False)
                self._link.fault(outcome)
                return False

    def _do(self, errand: Errand) -> ParkedTaken | Released | CallFault:
        deadline_s = self._options.deadline_s(len(errand.body))
        try:
            if errand.kind is ErrandKind.PARK:
                return self._api.park(errand.id, errand.body, deadline_s)
            return self._api.release(errand.id, errand.body.decode("utf-8"), deadline_s)
        except Exception as error:  # a bug in the adapter must not end the loop
            log.error("errand failed: %s %s", errand.kind.value, type(error).__name__)
            return RetryLater(None, "adapter", about_item=True)

    def _postpone(self, errand: Errand, after_s: float | None, *, counts: bool) -> None:
        options = self._options
        delay = full_jitter(errand.attempts + 1, self._roll(), base_s=options.item_base_s, cap_s=options.item_cap_s)
        if after_s is not None:
            delay = max(delay, stretched(after_s, self._roll()))
        until = self._clock.now() + timedelta(seconds=delay)
        self._store.errand_postponed(errand.kind, errand.id, until, counts).result(STORE_WAIT_S)
