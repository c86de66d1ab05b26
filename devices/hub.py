"""All devices of one terminal behind the `DeviceHub` port. A device that is not configured has a status too."""

from __future__ import annotations

import time
from collections.abc import Mapping

from devices.drivers.base import PrintJob, ReadCard, ScanCode
from devices.supervisor import Clock, Supervisor
from kiosk.domain.devices import (
    CODE_SCANNER,
    DEVICE_NAMES,
    ID_CARD,
    RECEIPT_PRINTER,
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
from kiosk.domain.paper import Paper
from kiosk.ports.devices import Publish

_SELF_TEST_S = 10.0


class Hub:
    """`supervisors` by device name; `unbound` says of every other name why nothing serves it (a detail code)."""

    def __init__(
        self,
        supervisors: Mapping[str, Supervisor],
        clock: Clock,
        unbound: Mapping[str, tuple[str, str]],
    ) -> None:
        self._supervisors = dict(supervisors)
        self._clock = clock
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

    def stop(self, timeout_s: float) -> None:
        """See DeviceHub."""
        deadline = time.monotonic() + timeout_s
        for supervisor in self._supervisors.values():
            supervisor.close()
        for supervisor in self._supervisors.values():
            supervisor.join(deadline - time.monotonic())

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

    def print_paper(self, job_id: str, paper: Paper) -> None:
        """See DeviceHub."""
        if (printer := self._supervisors.get(RECEIPT_PRINTER)) is not None:
            printer.print_paper(PrintJob(job_id, paper))
        else:
            detail = self._unbound[RECEIPT_PRINTER].detail
            self._publish(PrintUpdate(job_id, PrintOutcome.FAILED, detail))

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
