"""What a technician asks for: the PIN check and the state of the outbox."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor

from kiosk.domain.errors import StoreError
from kiosk.flow.events import FlowEvent, OutboxCounted, PinRefused
from kiosk.ports.clock import Clock
from kiosk.ports.storage import CaseStore, OutboxSummary
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
        notes: Callable[[OutboxSummary], tuple[tuple[str, str], ...]] = lambda queue: (),
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
        """Waiting, parked, accepted, the age of the oldest unsent, and what else there is to know."""
        self._executor.submit(self._count)

    def _count(self) -> None:
        try:
            queue = self._store.outbox().result(STORE_WAIT_S)
            self._publish(outbox_of(queue, self._clock, self._notes(queue)))
        except (StoreError, TimeoutError) as error:
            log.error("outbox not counted: %s", type(error).__name__)


def outbox_of(queue: OutboxSummary, clock: Clock, notes: tuple[tuple[str, str], ...] = ()) -> OutboxCounted:
    """The counts as a technician reads them."""
    return OutboxCounted(
        waiting=queue.waiting + queue.sending,
        parked=queue.parked,
        accepted=queue.ended,
        oldest_s=None if queue.oldest is None else max(0, int((clock.now() - queue.oldest).total_seconds())),
        notes=notes,
    )
