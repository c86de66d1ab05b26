"""All devices of one terminal behind the `DeviceHub` port. A device that is not configured has a status too."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from devices.drivers.base import CapturePage, DocumentJob, GuideLight, Job, PrintJob, ReadCard, ScanCode
from devices.hotplug import HotplugWatcher
from devices.supervisor import Clock, Supervisor
from devices.trace import Tap
from kiosk.domain.devices import (
    CODE_SCANNER,
    DEVICE_NAMES,
    DOCUMENT_CAMERA,
    DOCUMENT_PRINTER,
    ID_CARD,
    IO_BOARD,
    RECEIPT_PRINTER,
    CaptureFailed,
    CardFailed,
    CardFailure,
    CodeRefusal,
    CodeRefused,
    DeviceEvent,
    DeviceStatus,
    Health,
    PrintOutcome,
    PrintUpdate,
    SelfTestReport,
    Supply,
)
from kiosk.domain.diagnostics import TraceRow
from kiosk.domain.paper import Paper
from kiosk.ports.devices import Publish

_SELF_TEST_S = 10.0


class Hub:
    """`supervisors` by device name; `unbound` says of every other name why nothing serves it (a detail code).

    `watcher` wakes them when their ports come and go, and reports what the settings do not list.
    """

    def __init__(
        self,
        supervisors: Mapping[str, Supervisor],
        clock: Clock,
        unbound: Mapping[str, tuple[str, str]],
        watcher: HotplugWatcher,
        taps: Mapping[str, Tap],
    ) -> None:
        self._supervisors = dict(supervisors)
        self._clock = clock
        self._watcher = watcher
        self._taps = taps
        self._publish: Publish = _nobody
        self._unbound = {
            name: DeviceStatus(
                name, driver, "", Health.NO_DEVICE, Supply.UNKNOWN, detail, None, clock.now(), disabled=not driver
            )
            for name, (driver, detail) in unbound.items()
        }

    def start(self, publish: Publish) -> None:
        """See DeviceHub."""
        self._publish = publish
        for supervisor in self._supervisors.values():
            supervisor.start(publish)
        self._watcher.start(publish)

    def stop(self, timeout_s: float) -> None:
        """See DeviceHub."""
        deadline = time.monotonic() + timeout_s
        self._watcher.close()
        for supervisor in self._supervisors.values():
            supervisor.close()
        for supervisor in self._supervisors.values():
            supervisor.join(deadline - time.monotonic())
        self._watcher.join(deadline - time.monotonic())

    def statuses(self) -> tuple[DeviceStatus, ...]:
        """See DeviceHub."""
        return tuple(
            self._supervisors[name].status if name in self._supervisors else self._unbound[name]
            for name in DEVICE_NAMES
        )

    def read_card(self, session: str) -> None:
        """See DeviceHub."""
        if (reader := self._supervisors.get(ID_CARD)) is not None:
            reader.want(ReadCard(session))
        else:
            self._publish(CardFailed(session, CardFailure.READER_FAULT))

    def cancel_card(self) -> None:
        """See DeviceHub."""
        if (reader := self._supervisors.get(ID_CARD)) is not None:
            reader.unwant(ReadCard)

    def scan_code(self, session: str) -> None:
        """See DeviceHub."""
        if (scanner := self._supervisors.get(CODE_SCANNER)) is not None:
            scanner.want(ScanCode(session))
        else:
            self._publish(CodeRefused(session, CodeRefusal.SCANNER_FAULT))

    def cancel_scan(self) -> None:
        """See DeviceHub."""
        if (scanner := self._supervisors.get(CODE_SCANNER)) is not None:
            scanner.unwant(ScanCode)

    def capture_document(self, session: str) -> None:
        """See DeviceHub."""
        if (camera := self._supervisors.get(DOCUMENT_CAMERA)) is not None:
            camera.want(CapturePage(session))
        else:
            self._publish(CaptureFailed(session, self._unbound[DOCUMENT_CAMERA].detail))

    def cancel_capture(self) -> None:
        """See DeviceHub."""
        if (camera := self._supervisors.get(DOCUMENT_CAMERA)) is not None:
            camera.unwant(CapturePage)

    def print_paper(self, job_id: str, paper: Paper) -> None:
        """See DeviceHub."""
        self._print(RECEIPT_PRINTER, PrintJob(job_id, paper))

    def print_document(self, job_id: str, pdf: bytes) -> None:
        """See DeviceHub."""
        self._print(DOCUMENT_PRINTER, DocumentJob(job_id, pdf))

    def _print(self, name: str, job: Job) -> None:
        if (printer := self._supervisors.get(name)) is not None:
            printer.print(job)
        else:
            self._publish(PrintUpdate(job.job_id, PrintOutcome.FAILED, self._unbound[name].detail))

    def cancel_documents(self) -> None:
        """See DeviceHub."""
        if (printer := self._supervisors.get(DOCUMENT_PRINTER)) is not None:
            printer.cancel_jobs()

    def guide_to(self, part: str | None) -> None:
        """See DeviceHub."""
        if (board := self._supervisors.get(IO_BOARD)) is not None:
            board.set(GuideLight(part))

    def trace(self, name: str, sink: Callable[[TraceRow], None] | None) -> None:
        """See DeviceHub."""
        if (tap := self._taps.get(name)) is not None:
            tap.listen(sink)

    def self_test(self, name: str) -> SelfTestReport:
        """See DeviceHub."""
        if (supervisor := self._supervisors.get(name)) is not None:
            return supervisor.self_test(_SELF_TEST_S)
        status = self._unbound.get(name)
        return SelfTestReport(
            name, ok=False, detail=status.detail if status else "unknown_device", at=self._clock.now()
        )


def _nobody(_event: DeviceEvent) -> None:
    """Before `start` nobody listens."""
