"""What waiting costs: processor time of all supervisors together while nobody is there, every driver on its emulator.

The emulators run in another process. Counted is this whole process, which does nothing else, and what it started for
its devices; the figure is per cent of one core.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.timing import Figure
from devices.registry import build_hub, check_bindings
from kiosk.domain.devices import DeviceEvent, DeviceStatus, Health, StatusChanged
from kiosk.ports.devices import DeviceBinding, DeviceHub

IDLE_S = 20.0
_READY_S = 30.0
_SETTLE_S = 3.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class _Online:
    """Counts the devices that have come online, and every event after that."""

    def __init__(self, devices: int) -> None:
        self._left = devices
        self.events = 0
        self.all = threading.Event()

    def publish(self, event: DeviceEvent) -> None:
        self.events += 1
        if isinstance(event, StatusChanged) and event.status.health is Health.ONLINE:
            self._left -= 1
            if self._left == 0:
                self.all.set()


def figures(_repeats: int, folder: Path) -> Iterator[Figure]:
    """Idle cost of all drivers; one look of twenty seconds, however often other things are repeated."""
    with _emulators(folder / "devices") as (emulators, bindings):
        hubs = [build_hub(each, _Clock()) for each in _hubs_for(bindings)]
        online = _Online(len(bindings))
        for hub in hubs:
            hub.start(online.publish)
        try:
            if not online.all.wait(_READY_S):
                missing = [f"{each.name} {each.detail}" for each in _bound(hubs) if each.health is not Health.ONLINE]
                raise SystemExit(f"bench: not all emulated devices came online: {', '.join(missing)}")
            rest = threading.Event()
            rest.wait(_SETTLE_S)
            began, used, woken = time.monotonic(), _used_s(emulators), _wakes()
            rest.wait(IDLE_S)
            took = time.monotonic() - began
            percent = (_used_s(emulators) - used) / took * 100
            wakes = (_wakes() - woken) / took
        finally:
            for hub in hubs:
                hub.stop(5.0)
    note = f"of one core, {len(bindings)} drivers, {took:.0f} s"
    yield Figure("idle CPU of all supervisors", percent, "%", note=note)
    yield Figure("wake-ups of all supervisors", wakes, "/s", note=note)


def _bound(hubs: list[DeviceHub]) -> Iterator[DeviceStatus]:
    for hub in hubs:
        yield from (each for each in hub.statuses() if each.driver)


def _hubs_for(bindings: list[DeviceBinding]) -> list[list[DeviceBinding]]:
    """A terminal has one driver a device; drivers for the same device are shared out to several."""
    hubs: list[list[DeviceBinding]] = []
    for binding in bindings:
        for hub in hubs:
            if all(each.name != binding.name for each in hub):
                hub.append(binding)
                break
        else:
            hubs.append([binding])
    return hubs


@contextmanager
def _emulators(folder: Path) -> Iterator[tuple[int, list[DeviceBinding]]]:
    """All emulators in a process of their own: its id, and a binding for each."""
    program = subprocess.Popen(
        [sys.executable, "-m", "devices.emulators", "--dir", str(folder)], stdout=subprocess.PIPE, text=True
    )
    try:
        if program.stdout is None or program.stdout.readline() != "ready\n":
            raise SystemExit("bench: the emulators did not start")
        rows = json.loads((folder / "addresses.json").read_text(encoding="utf-8")).values()
        bindings = [DeviceBinding(row["device"], row["driver"], row["options"]) for row in rows]
        problems = [problem for each in bindings for problem in check_bindings([each])]
        if problems:
            raise SystemExit(f"bench: {problems[0]}")
        yield program.pid, bindings
    finally:
        program.terminate()
        program.communicate()


def _used_s(emulators: int) -> float:
    """Processor seconds of this process so far, and of the children that serve its devices."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    gone = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = own.ru_utime + own.ru_stime + gone.ru_utime + gone.ru_stime
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and int(entry.parent.name) != emulators:
            used += (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
    return used


def _wakes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
