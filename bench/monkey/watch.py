"""What has to hold after each step, seen from outside; what does not is a breach.

A stall is a ping of the screen loop that came back late. On a busy machine that says little, so the kernel is asked how
long the threads that took part stood in line for a processor (``/proc/PID/task/TID/schedstat``), and that is taken off:
the terminal's main thread, the X server and the monkey itself. What the main thread did not work meanwhile it waited
for others of its program; for as long as one of those stood in line, the machine is the reason as well.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.monkey.display import Display
from bench.panel import tree

STALL_S: Final = 0.2
HANG_S: Final = 10.0
GROWTH_MB: Final = 96.0
EVERY_S: Final = 0.01
FORK_S: Final = 0.1
#: The terminal's own helpers: a camera's pictures are looked at in a process that may do nothing else.
KNOWN: Final = ("-m devices.camera.child",)
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that must not be. ``kind`` is ``window.TYPE``, ``process``, ``stall``, ``memory`` and so on."""

    kind: str
    detail: str
    step: int = 0
    after: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Ping:
    """One answer of the screen loop, milliseconds: until it came; of that worked by the main thread; and what the
    machine is the reason for.
    """

    took_ms: float
    worked_ms: float
    host_ms: float

    @property
    def own_ms(self) -> float:
        """How long it would have taken on a machine of its own."""
        return self.took_ms - self.host_ms


@dataclass(frozen=True, slots=True)
class Queues:
    """Nanoseconds so far: the main thread at work and in line, the others' lines by thread, and all who take part."""

    worked: int
    main: int
    others: dict[str, int]
    helpers: int


class Watch:
    """Looks at one terminal on one display. ``launcher`` is the process that keeps it; ``mark`` is in the environment
    of all that came of it, also of what has left the family.
    """

    def __init__(self, display: Display, launcher: int, server: int, mark: str) -> None:
        self._display = display
        self._launcher = launcher
        self._server = server
        self._mark = mark.encode()
        self.terminal = 0
        self.window = 0
        self.pings: list[Ping] = []

    def find(self) -> bool:
        """Whether a terminal stands there; from then on it is the one."""
        family = tree(self._launcher)
        for seen in self._display.windows():
            if seen.pid in family[1:] and seen.box[2:] == self._display.size:
                self.terminal, self.window = seen.pid, seen.window
                return True
        return False

    def ping(self) -> Breach | None:
        """Ask the screen loop once."""
        before = self._queues()
        took = self._display.ping(self.window, HANG_S)
        if took is None:
            return Breach("hang", f"no answer for {HANG_S:.0f} s")
        after = self._queues()
        if before is None or after is None:
            return None
        worked = after.worked - before.worked
        line = after.main - before.main
        idle = max(0, int(took * 1e9) - worked - line)
        others = max((waited - before.others.get(name, waited) for name, waited in after.others.items()), default=0)
        host = line + (after.helpers - before.helpers) + min(idle, others)
        ping = Ping(took * 1e3, worked / 1e6, min(host / 1e6, took * 1e3))
        self.pings.append(ping)
        if ping.own_ms <= STALL_S * 1e3:
            return None
        return Breach("stall", f"{ping.own_ms:.0f} ms of {ping.took_ms:.0f} ms, {ping.worked_ms:.0f} ms of it at work")

    def look(self) -> Iterator[Breach]:
        """Windows, processes and selections, as they are now."""
        windows = self._display.windows()
        own = [seen for seen in windows if seen.window == self.window]
        for seen in windows:
            if seen.window != self.window:
                yield Breach(f"window.{seen.kind}", f"of process {'ours' if seen.pid == self.terminal else seen.pid}")
        if not own:
            yield Breach("gone", "the terminal has no window")
        elif own[0].box != (0, 0, *self._display.size):
            yield Breach("uncovered", f"the window is at {own[0].box}")
        for name in self._display.selections():
            yield Breach("selection", name)

    def processes(self) -> Iterator[Breach]:
        """The same terminal, and nobody else."""
        family = tree(self._launcher)
        if self.terminal not in family:
            yield Breach("ended", f"process {self.terminal} is gone")
        for pid in {*family, *self._marked()} - {self._launcher, self.terminal}:
            if (name := self._settled(pid)) and not any(known in name for known in KNOWN):
                yield Breach("process", name)

    def memory_mb(self) -> float:
        """What the terminal holds by itself, without the files that it and others have mapped."""
        try:
            _, resident, shared, *_ = Path(f"/proc/{self.terminal}/statm").read_text().split()
            return (int(resident) - int(shared)) * _PAGE_BYTES / (1 << 20)
        except OSError:
            return 0.0

    def _settled(self, pid: int) -> str:
        """What runs there; of a process that has only just begun, once it is no copy of the terminal any more."""
        if _name(pid) == _name(self.terminal):
            time.sleep(FORK_S)
        return _name(pid)

    def kill_the_rest(self) -> None:
        """End what the terminal left behind."""
        for pid in self._marked():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _marked(self) -> Iterator[int]:
        for entry in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self._mark in entry.read_bytes():
                    yield int(entry.parent.name)
            except OSError:
                continue

    def _queues(self) -> Queues | None:
        try:
            threads = os.listdir(f"/proc/{self.terminal}/task")
            waited = {name: _schedstat(self.terminal, name) for name in threads}
            worked, main = waited.pop(str(self.terminal))
            helpers = [_schedstat(pid, str(pid))[1] for pid in (self._server, os.getpid())]
        except (OSError, KeyError):
            return None
        return Queues(worked, main, {name: each[1] for name, each in waited.items()}, sum(helpers))


def _schedstat(pid: int, thread: str) -> tuple[int, int]:
    """Nanoseconds at work, and in line for a processor."""
    try:
        worked, waited, _ = Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()
    except (ProcessLookupError, FileNotFoundError):
        return 0, 0
    return int(worked), int(waited)


def _name(pid: int) -> str:
    """What runs there; empty when it has ended."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return b" ".join(words[:3]).decode("utf-8", "replace").strip()


def worst(pings: Sequence[Ping], key: Callable[[Ping], float]) -> float:
    """The longest of them; 0 when there is none."""
    return max((key(ping) for ping in pings), default=0.0)
