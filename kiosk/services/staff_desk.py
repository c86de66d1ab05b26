"""What a technician asks for: the PIN check and the state of the outbox."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace

from kiosk.domain.errors import StoreError
from kiosk.flow.events import FlowEvent, OutboxCounted, PinRefused
from kiosk.ports.clock import Clock
from kiosk.ports.storage import CaseRow, CaseState, CaseStore
from kiosk.services.staff import StaffGate

log = logging.getLogger("kiosk.services")

STORE_WAIT_S = 10.0


class StaffDesk:
    """Slow by nature (hashing, the store), so everything is answered by an event."""

    def __init__(
        self,
        gate: StaffGate,
        store: CaseStore,
        executor: Executor,
        clock: Clock,
        publish: Callable[[FlowEvent], None],
        notes: Callable[[tuple[CaseRow, ...]], tuple[tuple[str, str], ...]] = lambda rows: (),
    ) -> None:
        self._gate = gate
        self._store = store
        self._executor = executor
        self._clock = clock
        self._publish = publish
        self._notes = notes

    def check_pin(self, pin: str) -> None:
        """Right, wrong, or locked."""
        self._executor.submit(self._check, pin)

    def _check(self, pin: str) -> None:
        try:
            self._publish(self._gate.check(pin))
        except Exception:
            # Without a readable PIN file nobody gets in; saying nothing would leave the page dead.
            log.exception("PIN check failed")
            self._publish(PinRefused(0))

    def count_outbox(self) -> None:
        """Waiting, parked, accepted, the age of the oldest that waits, and what else there is to know."""
        self._executor.submit(self._count)

    def _count(self) -> None:
        try:
            rows = self._store.cases().result(STORE_WAIT_S)
            self._publish(replace(outbox_of(rows, self._clock), notes=self._notes(rows)))
        except (StoreError, TimeoutError) as error:
            log.error("outbox not counted: %s", type(error).__name__)


def outbox_of(rows: tuple[CaseRow, ...], clock: Clock) -> OutboxCounted:
    """Counts by state."""
    waiting = [row for row in rows if row.state in (CaseState.COMMITTED, CaseState.SENDING)]
    oldest = min((row.created for row in waiting), default=None)
    return OutboxCounted(
        waiting=len(waiting),
        parked=sum(1 for row in rows if row.state is CaseState.PARKED),
        accepted=sum(1 for row in rows if row.state.ended),
        oldest_s=None if oldest is None else max(0, int((clock.now() - oldest).total_seconds())),
    )
