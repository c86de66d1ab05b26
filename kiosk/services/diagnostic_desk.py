"""What guided checks and reports ask for, done with real devices off the main thread: for screen and command line."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor

from kiosk.diagnostics.guided import JOB, SESSION, Command, Lamp, RunSelfTest, Start, Stop
from kiosk.diagnostics.readiness import readiness
from kiosk.domain import devices
from kiosk.domain.devices import PrintOutcome, PrintUpdate, SelfTestReport
from kiosk.domain.diagnostics import CheckResult, Readiness, TraceRow
from kiosk.domain.paper import Paper
from kiosk.flow.events import ChecksRead, FlowEvent, ReadinessMade, SelfTested, Traced
from kiosk.flow.frame.readiness import REPORT_JOB
from kiosk.ports.clock import Clock
from kiosk.ports.devices import DeviceHub
from kiosk.ports.diagnostics import CheckBook, ReportShelf, StaffPapers

log = logging.getLogger("kiosk.services")


class DiagnosticDesk:
    """Everything is answered by an event; what a check reads of a card or a page goes no further than its check."""

    def __init__(
        self,
        hub: DeviceHub,
        book: CheckBook,
        papers: Callable[[], StaffPapers],
        shelf: ReportShelf,
        executor: Executor,
        clock: Clock,
        publish: Callable[[FlowEvent], None],
    ) -> None:
        self._hub = hub
        self._book = book
        self._papers = papers
        self._shelf = shelf
        self._executor = executor
        self._clock = clock
        self._publish = publish
        self._traced: str | None = None

    def perform(self, command: Command) -> None:
        """One command of a check."""
        match command:
            case RunSelfTest(device):
                self._executor.submit(self._self_test, device)
            case Start(device):
                self._start(device)
            case Stop(device):
                self._stop(device)
            case Lamp(part):
                self._hub.guide_to(part)

    def write_down(self, result: CheckResult) -> None:
        """Number and keep a result; then the book as it is now."""
        self._executor.submit(self._write_down, result)

    def read_records(self) -> None:
        """The book as it is now."""
        self._executor.submit(self._read_records)

    def make_report(self) -> None:
        """Judge, and keep the report as PDF and JSON."""
        self._executor.submit(self._make_report)

    def print_report(self, report: Readiness) -> None:
        """The report for the pocket."""
        self._executor.submit(self._print_slip, REPORT_JOB, lambda papers: papers.readiness_slip(report))

    def trace(self, device: str | None) -> None:
        """Watch the bytes of one device, or no more."""
        if self._traced is not None:
            self._hub.trace(self._traced, None)
        self._traced = device
        if device is not None:
            self._hub.trace(device, self._trace_row)

    # --- on a worker --------------------------------------------------------------------------------------------

    def _trace_row(self, row: TraceRow) -> None:
        self._publish(Traced(row))

    def _start(self, device: str) -> None:
        match device:
            case devices.ID_CARD:
                self._hub.read_card(SESSION)
            case devices.CODE_SCANNER:
                self._hub.scan_code(SESSION)
            case devices.DOCUMENT_CAMERA:
                self._hub.capture_document(SESSION)
            case devices.RECEIPT_PRINTER:
                self._executor.submit(self._print_slip, JOB, lambda papers: papers.trial_slip(self._clock.now()))
            case devices.DOCUMENT_PRINTER:
                self._executor.submit(self._print_page)

    def _stop(self, device: str) -> None:
        match device:
            case devices.ID_CARD:
                self._hub.cancel_card()
            case devices.CODE_SCANNER:
                self._hub.cancel_scan()
            case devices.DOCUMENT_CAMERA:
                self._hub.cancel_capture()
            case devices.DOCUMENT_PRINTER:
                self._hub.cancel_documents()

    def _self_test(self, device: str) -> None:
        try:
            report = self._hub.self_test(device)
        except Exception:
            log.exception("self-test failed")
            report = SelfTestReport(device, ok=False, detail="fault", at=self._clock.now())
        self._publish(SelfTested(report))

    def _print_slip(self, job_id: str, draw: Callable[[StaffPapers], Paper]) -> None:
        try:
            self._hub.print_paper(job_id, draw(self._papers()))
        except Exception:
            log.exception("slip not printed")
            self._publish(PrintUpdate(job_id, PrintOutcome.FAILED, "layout"))

    def _print_page(self) -> None:
        try:
            self._hub.print_document(JOB, self._papers().trial_page(self._clock.now()))
        except Exception:
            log.exception("page not printed")
            self._publish(PrintUpdate(JOB, PrintOutcome.FAILED, "layout"))

    def _write_down(self, result: CheckResult) -> None:
        try:
            self._book.add(result, self._clock.now())
        except OSError as error:
            log.error("check not written down: %s", type(error).__name__)
        self._read_records()

    def _read_records(self) -> None:
        try:
            records = self._book.records()
        except OSError:
            records = ()
        self._publish(ChecksRead(records))

    def _make_report(self) -> None:
        try:
            report = readiness(self._clock.now(), self._shelf.machine(), self._hub.statuses(), self._book.records())
        except Exception:
            log.exception("no readiness report")
            self._publish(ReadinessMade(None, ""))
            return
        try:
            folder = self._shelf.keep(report)
        except OSError as error:
            log.error("report not kept: %s", type(error).__name__)
            folder = ""
        self._publish(ReadinessMade(report, folder))
