"""What a supervisor and a driver say to each other.

A driver lives in its supervisor's thread and may block there, but no wait is without end: each looks at `Work.stopped`
at least every second or two. Faults of line and device are raised as `DeviceFault`; what happens to a resident's card,
code or slip goes out through `Work.emit`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from kiosk.domain.devices import DeviceEvent, Health, Supply
from kiosk.domain.paper import Paper


@dataclass(frozen=True, slots=True)
class Condition:
    """How a device is: the part of DeviceStatus a driver knows."""

    health: Health
    supply: Supply = Supply.UNKNOWN
    detail: str = "ok"


ONLINE = Condition(Health.ONLINE)


@dataclass(frozen=True, slots=True)
class ReadCard:
    """Look for a card until one is read."""

    session: str


@dataclass(frozen=True, slots=True)
class WatchCard:
    """The card of this session was read: say when it is taken away."""

    session: str


@dataclass(frozen=True, slots=True)
class ScanCode:
    """Look for a code until one is read."""

    session: str


@dataclass(frozen=True, slots=True)
class CapturePage:
    """Look for a page until one is taken."""

    session: str


@dataclass(frozen=True, slots=True)
class PrintJob:
    """Print one slip."""

    job_id: str
    paper: Paper = field(repr=False)


@dataclass(frozen=True, slots=True)
class DocumentJob:
    """Print one A4 document. `Work.stopped` says when its session is over: not a page may come out after that."""

    job_id: str
    pdf: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class GuideLight:
    """Light the lamp beside one part and no other; None darkens all. Asked again after each reconnection."""

    part: str | None


#: Wanted until served, cancelled or replaced; kept over an outage.
Standing = ReadCard | WatchCard | ScanCode | CapturePage
#: Done once, in order; refused while the device is out.
Job = PrintJob | DocumentJob
Request = Standing | Job | GuideLight


@dataclass(frozen=True, slots=True)
class Served:
    """How `Driver.serve` ended: `done`, or stopped on the way; `follow_up` is what the driver wants to do next."""

    done: bool
    follow_up: Standing | None = None


class Work(Protocol):
    """The supervisor as a driver sees it while it serves."""

    def emit(self, event: DeviceEvent) -> None:
        """Publish an event."""

    def report(self, condition: Condition) -> None:
        """Say how the device is now; published on change only."""

    def stopped(self) -> bool:
        """Whether the request was cancelled or replaced, or the hub is closing."""

    def pause(self, seconds: float) -> bool:
        """Wait, but no longer than until `stopped`; return `stopped()`."""


class Driver(Protocol):
    """One device. `driver` is its name in the settings, `device` the name it is bound to."""

    driver: str
    idle_every_s: float
    probe_every_s: float

    @property
    def model(self) -> str:
        """What the device says it is; empty before the first connection."""

    def present(self) -> bool | None:
        """Whether its port exists; None when that cannot be seen from here (network)."""

    def connect(self, *, reset: bool) -> Condition:
        """Open the port and make sure of the device, after its protocol's own reset if asked. Raises DeviceFault."""

    def probe(self) -> Condition:
        """Ask the device how it is. Raises DeviceFault."""

    def idle(self) -> Condition | None:
        """Take in what the device says unasked; None when nothing changed. Raises DeviceFault."""

    def serve(self, request: Request, work: Work) -> Served:
        """Carry out one request. Raises DeviceFault."""

    def self_test(self) -> tuple[bool, str]:
        """(ok, detail) after asking the device all it can prove without a resident. Raises DeviceFault."""

    def close(self) -> None:
        """Let the port go. Never raises."""


@runtime_checkable
class Sensing(Protocol):
    """A driver whose device says things that no request asked for (a door, a person, the mains)."""

    def tell(self, emit: Callable[[DeviceEvent], None]) -> None:
        """Where such events go. Called once, before the first `connect`; `emit` may be called in any later call."""
