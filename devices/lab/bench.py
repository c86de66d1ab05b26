"""What the peers share: the report, processes that are ended again, packages, and a hub that is listened to."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from devices.outage import Timing
from devices.registry import build_hub
from kiosk.domain.devices import DeviceEvent, DeviceStatus, PrintOutcome, PrintUpdate, StatusChanged
from kiosk.ports.devices import DeviceBinding

Event = TypeVar("Event")
WAIT_S = 20.0
_START_S = 15.0
_PROGRAMS = {"npm": "npm", "nodejs": "node"}
_QUICK = Timing(back_off_s=(0.2,), port_watch_s=0.1, stable_s=0.0)


class LabProblem(Exception):
    """A peer cannot be installed or started, or does not do what it must for the play to go on."""


@dataclass(slots=True)
class Report:
    """One line a check, printed as it is made."""

    peer: str
    failed: list[str] = field(default_factory=list)
    passed: int = 0

    def check(self, what: str, ok: bool, facts: object = "") -> None:
        """Note whether something holds; `facts` is what was seen."""
        mark = "ok  " if ok else "FAIL"
        print(f"  {mark} {what}{f'   [{facts}]' if facts != '' else ''}", flush=True)
        if ok:
            self.passed += 1
        else:
            self.failed.append(what)


class Watch:
    """A hub with one device, and all its events; `wait` gives None when nothing fitting comes in time."""

    def __init__(self, device: str, driver: str, options: Mapping[str, str | int]) -> None:
        self.device = device
        self.events: list[DeviceEvent] = []
        self._seen = 0
        self._changed = threading.Condition()
        self.hub = build_hub([DeviceBinding(device, driver, options)], _Clock(), timing=_QUICK)
        self.hub.start(self._publish)

    def _publish(self, event: DeviceEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hub.stop(5.0)

    def wait(self, kind: type[Event], when: Callable[[Event], bool], seconds: float = WAIT_S) -> Event | None:
        """The next event that fits, from behind the last one waited for."""
        deadline = time.monotonic() + seconds
        with self._changed:
            at = self._seen
            while True:
                for at in range(at, len(self.events)):  # noqa: B020 - goes on where it stopped
                    event = self.events[at]
                    if isinstance(event, kind) and when(event):
                        self._seen = at + 1
                        return event
                at = len(self.events)
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                self._changed.wait(left)

    def status(self, detail: str, seconds: float = WAIT_S) -> DeviceStatus | None:
        """The next status of the device with this detail."""
        event = self.wait(StatusChanged, lambda each: each.status.detail == detail, seconds)
        return event.status if event else None

    def now(self) -> DeviceStatus:
        """The device as it is."""
        return next(status for status in self.hub.statuses() if status.name == self.device)

    def end_of(self, job: str, seconds: float = WAIT_S) -> str:
        """How a print job ended, as `outcome detail`; `no end` when it did not."""
        ends = (PrintOutcome.CONFIRMED, PrintOutcome.CANCELED, PrintOutcome.FAILED, PrintOutcome.UNKNOWN)
        update = self.wait(PrintUpdate, lambda each: each.job_id == job and each.outcome in ends, seconds)
        return f"{update.outcome} {update.detail}".strip() if update else "no end"

    def held(self, job: str, detail: str, seconds: float = WAIT_S) -> bool:
        """Whether the job comes to wait for this."""
        wanted = PrintUpdate(job, PrintOutcome.HELD, detail)
        return self.wait(PrintUpdate, lambda each: each == wanted, seconds) is not None


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def until(condition: Callable[[], bool], seconds: float = WAIT_S) -> bool:
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def running(
    name: str,
    command: Sequence[str],
    folder: Path,
    ready: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """A peer's process, ended at the end; its words go to `folder/NAME.log`. Raises LabProblem."""
    log = folder / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **(environment or {})}
        )
    try:
        if not until(lambda: process.poll() is not None or ready(), _START_S) or process.poll() is not None:
            raise LabProblem(f"{name} does not start; see {log}")
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5.0)
        if process.poll() is None:
            process.kill()
            process.wait()


def program(name: str) -> str:
    """The path of a program, /usr/sbin and the like included. Raises LabProblem."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin")
    if path is None:
        raise LabProblem(f"there is no {name}")
    return path


def install(packages_file: Path, peers: Sequence[str]) -> None:
    """Install what these peers need and is missing, by apt-get. Raises LabProblem."""
    wanted = []
    for line in packages_file.read_text(encoding="utf-8").splitlines():
        package, _, what_for = line.partition(" ")
        users = what_for.partition(":")[0].split()
        if line and not line.startswith("#") and set(users) & set(peers) and not _installed(package):
            wanted.append(package)
    if not wanted:
        return
    apt = shutil.which("apt-get")
    if apt is None:
        raise LabProblem(f"these packages are missing, and there is no apt-get: {' '.join(wanted)}")
    root = [] if os.geteuid() == 0 else ["sudo"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    print(f"lab: installing {' '.join(wanted)}", flush=True)
    for arguments in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *wanted]):
        done = subprocess.run([*root, apt, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stderr[-2000:])
        raise LabProblem(f"apt-get install failed: {' '.join(wanted)}")


def _installed(package: str) -> bool:
    if shutil.which(_PROGRAMS.get(package, "")):
        return True  # it may have come another way
    done = subprocess.run(
        ["dpkg-query", "-W", "-f=${db:Status-Abbrev}", package], capture_output=True, text=True, check=False
    )
    return done.stdout.startswith("ii")
