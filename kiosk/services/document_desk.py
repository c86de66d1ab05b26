"""Certificates on A4: drawn off the main thread, journalled, printed for the one who is here and for nobody after."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Executor

from kiosk.domain.devices import PrintOutcome, PrintUpdate
from kiosk.domain.errors import KioskError
from kiosk.domain.receipt import CertificateDocument
from kiosk.flow.events import FlowEvent, SheetReady
from kiosk.ports.clock import Clock
from kiosk.ports.devices import DeviceHub
from kiosk.ports.storage import CaseStore

log = logging.getLogger("kiosk.services")
DrawDocument = Callable[[CertificateDocument], bytes]


class DocumentDesk:
    """One resident at a time. What is still being drawn when they leave is never handed to the printer."""

    def __init__(
        self,
        store: CaseStore,
        draw: DrawDocument,
        hub: DeviceHub,
        executor: Executor,
        clock: Clock,
        publish: Callable[[FlowEvent], None],
    ) -> None:
        self._store = store
        self._draw = draw
        self._hub = hub
        self._executor = executor
        self._clock = clock
        self._publish = publish
        self._guard = threading.Lock()
        self._here: str | None = None
        self._jobs: dict[str, str | None] = {}

    def forget(self) -> None:
        """The resident has left: no page of theirs comes out any more, whether it is drawn yet or not."""
        with self._guard:
            self._here = None
            self._hub.cancel_documents()

    def owns(self, job_id: str) -> bool:
        """Whether this job is a certificate. Asked on the main thread, after the session as well: a job that is called
        off says so later.
        """
        return job_id in self._jobs

    def journal(self, job_id: str, state: str) -> None:
        """Write down how far a job came."""
        self._store.journal(job_id, self._jobs.get(job_id), state, self._clock.now())

    def press(self, session: str, case_id: str | None, document: CertificateDocument) -> None:
        """Draw, then print."""
        job_id = secrets.token_hex(6)
        with self._guard:
            self._here = session
        while len(self._jobs) >= 32:  # ids of long ago; nobody reports about them any more
            self._jobs.pop(next(iter(self._jobs)))
        self._jobs[job_id] = case_id
        self._executor.submit(self._run, session, job_id, document)

    def _run(self, session: str, job_id: str, document: CertificateDocument) -> None:
        self._publish(SheetReady(session, job_id))
        try:
            pdf = self._draw(document)
            with self._guard:
                if self._here != session:
                    return
                self.journal(job_id, PrintOutcome.QUEUED.value)
                self._hub.print_document(job_id, pdf)
        except KioskError as error:
            log.error("document not drawn: %s", error.code)
            self._publish(PrintUpdate(job_id, PrintOutcome.FAILED, "layout"))
        except Exception:
            log.exception("document not handed to the printer")
            self._publish(PrintUpdate(job_id, PrintOutcome.FAILED, "fault"))
