"""A terminal's hub on emulated devices, and a recorder of its events that waits by condition."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from devices.drivers.base import Driver
from devices.emulators.bench import Bench
from devices.emulators.client import ControlClient
from devices.hub import Hub
from devices.registry import DriverRegistry, build_hub
from devices.supervisor import Timing
from kiosk.domain.devices import DeviceEvent, DeviceStatus, StatusChanged
from kiosk.ports.devices import DeviceBinding

DEADLINE_S = 60.0
QUICK = Timing(
    back_off_s=(0.05,), out_of_service_s=(0.05,), port_watch_s=0.05, stable_s=0.0, flap_breaks=1000, calm_s=0.2
)
Event = TypeVar("Event")


class FixedClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 11, 21, 6, 46, tzinfo=UTC)


class Recorder:
    """Keeps events in order; `wait` blocks until one of a kind has come since the last `wait` for that kind."""

    def __init__(self) -> None:
        self.events: list[DeviceEvent] = []
        self._changed = threading.Condition()
        self._seen = 0

    def publish(self, event: DeviceEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def mark(self) -> None:
        """Forget what came so far."""
        with self._changed:
            self._seen = len(self.events)

    def wait(self, kind: type[Event], when: Callable[[Event], bool] = lambda _event: True) -> Event:
        """The next event of this kind, from the mark on; moves the mark behind it."""
        deadline = time.monotonic() + DEADLINE_S
        with self._changed:
            at = self._seen
            while True:
                while at < len(self.events):
                    event = self.events[at]
                    at += 1
                    if isinstance(event, kind) and when(event):
                        self._seen = at
                        return event
                if not self._changed.wait(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    raise AssertionError(f"no {kind.__name__}; had {self.events}")

    def wait_status(self, name: str, detail: str) -> DeviceStatus:
        def matches(event: StatusChanged) -> bool:
            return event.status.name == name and event.status.detail == detail

        return self.wait(StatusChanged, matches).status

    def count(self, kind: type[DeviceEvent]) -> int:
        with self._changed:
            return sum(isinstance(event, kind) for event in self.events)


class Rig(AbstractContextManager["Rig"]):
    """`bindings` as (device, driver, options); the emulators of these drivers run and their addresses are filled in."""

    def __init__(
        self,
        folder: Path,
        *bindings: tuple[str, str, dict[str, str | int]],
        people: Path | None = None,
        registry: DriverRegistry | None = None,
    ) -> None:
        self.folder = folder
        self.bench = Bench(folder, people or folder / "people.json", drivers=[driver for _, driver, _ in bindings])
        self.control = ControlClient(folder)
        self.events = Recorder()
        self.hub = build_hub(
            [
                DeviceBinding(name, driver, {**self.bench.addresses[name][2], **options})
                for name, driver, options in bindings
            ],
            FixedClock(),
            registry,
            QUICK,
        )
        self.hub.start(self.events.publish)
        for name, _, _ in bindings:
            self.events.wait(StatusChanged, lambda event, name=name: event.status.name == name)  # type: ignore[misc]
        self.events.mark()

    def do(self, device: str, do: str, **args: object) -> dict[str, Any]:
        answer = self.control.do(device, do, **args)
        assert answer["ok"], answer
        return answer

    def driver(self, device: str) -> Driver:
        """The driver itself, for what no event tells."""
        assert isinstance(self.hub, Hub)
        return self.hub._supervisors[device]._driver

    def wire(self, device: str, direction: str) -> bytes:
        """All bytes of one direction so far."""
        rows = (json.loads(line) for line in (self.folder / "wire.jsonl").read_text().splitlines())
        return b"".join(bytes.fromhex(row["hex"]) for row in rows if (row["device"], row["dir"]) == (device, direction))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hub.stop(5.0)
        self.bench.close()


def wait_until(condition: Callable[[], bool]) -> None:
    """Poll a condition that no event announces."""
    deadline = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "condition not met in time"
        pause.wait(0.01)
