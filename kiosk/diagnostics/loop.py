"""The endless loop: self-tests one after the other until somebody stops it, for a fault that shows once an hour.

A failure is written down at once; the sum is written down at the end. Pure, like the guided test.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from kiosk.domain.devices import SelfTestReport
from kiosk.domain.diagnostics import CheckOutcome, CheckResult


@dataclass(frozen=True, slots=True)
class LoopCheck:
    """Rounds done so far over these devices; `at` is the device whose self-test is under way."""

    devices: tuple[str, ...]
    at: int = 0
    tests: int = 0
    failures: tuple[tuple[str, int], ...] = field(default=())

    @property
    def device(self) -> str:
        """The device that is being tested."""
        return self.devices[self.at]

    @property
    def rounds(self) -> int:
        """Whole rounds."""
        return self.tests // len(self.devices)

    @property
    def failed(self) -> int:
        """Failures of all devices."""
        return sum(count for _, count in self.failures)


def reported(loop: LoopCheck, report: SelfTestReport) -> tuple[LoopCheck, CheckResult | None]:
    """A self-test ended; the next device is `loop.device`. A result only when it failed."""
    if report.name != loop.device:
        return loop, None
    after = replace(loop, at=(loop.at + 1) % len(loop.devices), tests=loop.tests + 1)
    if report.ok:
        return after, None
    counts = Counter(dict(loop.failures))
    counts[report.name] += 1
    after = replace(after, failures=tuple(counts.items()))
    return after, CheckResult(report.name, "loop", CheckOutcome.FAILED, f"test {after.tests}: {report.detail}")


def summary(loop: LoopCheck) -> tuple[CheckResult, ...]:
    """One result a device: how often it was tested and how often it failed. Nothing when no test was done."""
    counts = dict(loop.failures)
    results = []
    for number, device in enumerate(loop.devices):
        tests = loop.rounds + (1 if number < loop.at else 0)
        failures = counts.get(device, 0)
        if tests:
            outcome = CheckOutcome.FAILED if failures else CheckOutcome.PASSED
            results.append(CheckResult(device, "loop", outcome, f"{tests} tests, {failures} failed"))
    return tuple(results)
