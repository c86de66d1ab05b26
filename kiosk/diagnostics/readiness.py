"""Is this terminal ready for residents? One pure judgement over devices, test records and the machine."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from kiosk.domain.devices import CODE_SCANNER, ID_CARD, DeviceStatus, Scale
from kiosk.domain.diagnostics import RESIDUE, CheckOutcome, CheckRecord, Finding, Machine, Readiness, Verdict

FRESH = timedelta(days=7)
"""A test that is older than a week says little about tonight."""
OLD_CASE_S = 24 * 3600
LITTLE_ROOM_BYTES = 1 << 30


def readiness(
    at: datetime, machine: Machine, devices: Iterable[DeviceStatus], records: Iterable[CheckRecord]
) -> Readiness:
    """The report at this moment. `records` may be all there are; the newest of each test counts."""
    fitted = tuple(status for status in devices if not status.disabled)
    newest = {(record.result.device, record.result.test): record for record in records}
    latest = tuple(sorted(newest.values(), key=lambda record: record.number))
    findings = (
        *_of_devices(fitted),
        *_of_identification(fitted),
        *_of_tests(at, fitted, latest),
        *_of_residue(latest),
        *_of_machine(machine),
    )
    if any(finding.stops for finding in findings):
        verdict = Verdict.NOT_READY
    else:
        verdict = Verdict.LIMITED if findings else Verdict.READY
    return Readiness(at, verdict, findings, machine, fitted, latest)


def _of_devices(fitted: tuple[DeviceStatus, ...]) -> Iterable[Finding]:
    for status in fitted:
        if status.scale in (Scale.STARTING, Scale.WARNING, Scale.FAULT):
            yield Finding(status.name, status.detail)


def _of_identification(fitted: tuple[DeviceStatus, ...]) -> Iterable[Finding]:
    """Somebody who cannot show who they are can hand in hardly anything."""
    if not any(status.usable for status in fitted if status.name in (ID_CARD, CODE_SCANNER)):
        yield Finding("identification", "no_way_to_identify", stops=True)


def _of_tests(at: datetime, fitted: tuple[DeviceStatus, ...], latest: tuple[CheckRecord, ...]) -> Iterable[Finding]:
    for status in fitted:
        mine = [record for record in latest if record.result.device == status.name]
        done = [record for record in mine if record.result.outcome is not CheckOutcome.SKIPPED]
        failed = [record for record in done if record.result.outcome is CheckOutcome.FAILED]
        for record in failed:
            yield Finding(status.name, f"test_failed {record.result.test} #{record.number}")
        if not done:
            yield Finding(status.name, "never_tested")
        elif at - max(record.at for record in done) > FRESH:
            yield Finding(status.name, "tested_long_ago")


def _of_residue(latest: tuple[CheckRecord, ...]) -> Iterable[Finding]:
    for record in latest:
        if record.result.device == RESIDUE and record.result.outcome is CheckOutcome.FAILED:
            yield Finding(RESIDUE, f"something_is_left #{record.number}")


def _of_machine(machine: Machine) -> Iterable[Finding]:
    if not machine.intake_open:
        yield Finding("store", "intake_closed", stops=True)
    elif machine.free_bytes < LITTLE_ROOM_BYTES:
        yield Finding("store", "little_room")
    for reason in machine.store_degraded:
        yield Finding("store", reason)
    if machine.centre_reachable is False:
        yield Finding("centre", "not_reachable")
    if machine.parked:
        yield Finding("outbox", f"parked {machine.parked}")
    if machine.oldest_s is not None and machine.oldest_s > OLD_CASE_S:
        yield Finding("outbox", "waiting_long")
    for ident in machine.unlisted:
        yield Finding("unlisted", ident)
