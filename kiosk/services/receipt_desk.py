"""Receipts: laid out off the main thread, journalled, handed to the printer. An unknown one is never printed again."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from concurrent.futures import Executor

from kiosk.domain.devices import PrintOutcome, PrintUpdate
from kiosk.domain.errors import KioskError
from kiosk.domain.receipt import SLIPS, Receipt
from kiosk.flow.events import FlowEvent, ReceiptReady
from kiosk.ports.clock import Clock
from kiosk.ports.devices import DeviceHub
from kiosk.ports.printing import PressedReceipt, ReceiptPress
from kiosk.ports.storage import CaseStore

log = logging.getLogger("kiosk.services")
Keep = Callable[[Receipt, PressedReceipt], None]


class ReceiptDesk:
    """One receipt at a time. ``keep`` is for stories and demonstrations, which show what came out."""

    def __init__(
        self,
        store: CaseStore,
        press: Callable[[], ReceiptPress],
        hub: DeviceHub,
        executor: Executor,
        clock: Clock,
        publish: Callable[[FlowEvent], None],
        keep: Keep | None = None,
    ) -> None:
        self._store = store
        self._make_press = press
        self._press: ReceiptPress | None = None
        self._hub = hub
        self._executor = executor
        self._clock = clock
        self._publish = publish
        self._keep = keep
        self._cases: dict[str, str] = {}

    def forget(self) -> None:
        """The resident has left; only job numbers of the journal remain."""
        self._cases.clear()

    def journal(self, job_id: str, state: str) -> None:
        """Write down how far a job came."""
        if job_id:
            self._store.journal(job_id, self._cases.get(job_id), state, self._clock.now())

    def press(self, session: str, receipt: Receipt) -> None:
        """Lay out, show, print."""
        job_id = secrets.token_hex(6)
        if receipt.case_ids:
            self._cases[job_id] = receipt.case_ids[0].case_id
        self._executor.submit(self._run, session, job_id, receipt)

    def _run(self, session: str, job_id: str, receipt: Receipt) -> None:
        try:
            if self._press is None:
                self._press = self._make_press()
            pressed = self._press.press(receipt)
        except KioskError as error:
            log.error("receipt not laid out: %s", error.code)
            self._fail(session, job_id, receipt)
            return
        except Exception:
            log.exception("receipt not laid out")
            self._fail(session, job_id, receipt)
            return
        self._publish(ReceiptReady(session, job_id, pressed.lines, receipt.kind in SLIPS))
        self.journal(job_id, PrintOutcome.QUEUED.value)
        self._show(receipt, pressed)
        try:
            self._hub.print_paper(job_id, pressed.paper)
        except Exception:
            log.exception("receipt not handed to the printer")
            self._publish(PrintUpdate(job_id, PrintOutcome.FAILED, "fault"))

    def _show(self, receipt: Receipt, pressed: PressedReceipt) -> None:
        if self._keep is None:
            return
        try:
            self._keep(receipt, pressed)
        except Exception:
            log.exception("receipt not kept for the story")

    def _fail(self, session: str, job_id: str, receipt: Receipt) -> None:
        self._publish(ReceiptReady(session, job_id, (), receipt.kind in SLIPS))
        self._publish(PrintUpdate(job_id, PrintOutcome.FAILED, "layout"))
