"""What came of a run: for a person to read, and as JSON to send back. No resident and no machine is named in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SCHEMA = "device-conformance/1"
_MAIN = "works"  # the check without which nothing has been shown that anybody wants the device for


class Outcome(StrEnum):
    """How one check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Line:
    """One check's end. `message` says why it failed or was left out, or what was measured."""

    id: str
    title: str
    outcome: Outcome
    message: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """`on` is "emulator" or "hardware"; `options` are those given, without addresses and secrets; `at` is UTC.

    `terminal` is the version of the program that tried it, `effort` how far it went, `only` the checks that were asked
    for when it was not all of them.
    """

    driver: str
    device: str
    version: str
    on: str
    options: dict[str, str | int | float]
    at: str
    lines: tuple[Line, ...]
    terminal: str
    effort: str
    only: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """No check failed, and at least one was passed."""
        outcomes = {line.outcome for line in self.lines}
        return Outcome.FAILED not in outcomes and Outcome.PASSED in outcomes

    def as_json(self) -> dict[str, object]:
        """For the file."""
        return {
            "schema": SCHEMA,
            "driver": self.driver,
            "device": self.device,
            "version": self.version,
            "terminal": self.terminal,
            "on": self.on,
            "effort": self.effort,
            "only": list(self.only),
            "options": self.options,
            "at": self.at,
            "passed": self.passed,
            "checks": [
                {
                    "id": line.id,
                    "title": line.title,
                    "outcome": line.outcome.value,
                    "message": line.message,
                    "seconds": round(line.seconds, 3),
                }
                for line in self.lines
            ],
        }

    def head(self) -> str:
        """The first line for a person."""
        given = " ".join(f"{key}={value}" for key, value in self.options.items())
        return f"{self.driver} {self.version} for {self.device} on {self.on}{' with ' + given if given else ''}"

    def verdict(self) -> str:
        """The last line for a person."""
        counts = {outcome: sum(line.outcome is outcome for line in self.lines) for outcome in Outcome}
        told = ", ".join(f"{count} {outcome.value}" for outcome, count in counts.items() if count)
        return f"{self._word()}: {told}"

    def _word(self) -> str:
        if not self.passed:
            return "does not conform"
        if self.only:
            return "passed what was asked for, which is not the whole suite"
        if any(line.id == _MAIN and line.outcome is Outcome.SKIPPED for line in self.lines):
            return "found no fault, but its main function was not tried"
        return "conforms"


def shown(line: Line) -> str:
    """One check as a line of text."""
    message = f"  {line.message}" if line.message else ""
    return f"{line.outcome.value:<8} {line.id:<15} {line.seconds:6.1f} s  {line.title}{message}"
