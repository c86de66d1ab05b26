"""What a technician's test leaves behind, and whether a terminal is ready. Nothing here is about a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.domain.devices import DeviceStatus


class CheckOutcome(StrEnum):
    """How one test ended. `skipped` is a person's choice and proves nothing."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One test of one device, before it is written down. `message` is a code with facts, in no language."""

    device: str
    test: str
    outcome: CheckOutcome
    message: str


RESIDUE = "residue"
"""In the place of a device: the nightly search for what visits leave (docs/residue.md)."""


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """A result as it stands in the book: numbered from 1 without gaps, `at` in UTC."""

    number: int
    at: datetime
    result: CheckResult


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One piece of traffic: monotonic seconds, direction, how many bytes, and what they say, personal data masked."""

    device: str
    mono: float
    sent: bool
    size: int
    text: str


class Verdict(StrEnum):
    """Ready: everything fitted works and was tested. Limited: residents can be served, something is missing."""

    READY = "ready"
    LIMITED = "limited"
    NOT_READY = "not_ready"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason for a verdict: what it is about, and a code. `stops` when nobody can be served with it."""

    about: str
    code: str
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """What a report says of the machine beside its devices. `oldest_s` is the age of the oldest unsent case."""

    terminal: str
    site: str
    versions: tuple[tuple[str, str], ...]
    centre_reachable: bool | None
    waiting: int
    parked: int
    oldest_s: int | None
    free_bytes: int
    intake_open: bool
    store_degraded: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Readiness:
    """The readiness report. `records` holds the newest record of each test of each device."""

    at: datetime
    verdict: Verdict
    findings: tuple[Finding, ...]
    machine: Machine
    devices: tuple[DeviceStatus, ...]
    records: tuple[CheckRecord, ...]
