"""The launcher: keeps a terminal running and never imports Qt.

It starts the terminal as a child in an environment where freed memory is overwritten and no core is dumped, so that a
resident's data do not outlive a session in memory or on disk. A child that crashes is started again; after five crashes
in ten minutes the "out of service" page stands there instead, and every fifteen minutes the terminal is tried again
(reliability F32: do not loop for ever, do not stop for ever).
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Final, Protocol

from kiosk.app import exits

MAX_CRASHES: Final = 5
WINDOW_S: Final = 600.0
RETRY_S: Final = 900.0
PAUSES_S: Final = (0.5, 1.0, 2.0, 4.0)
END_S: Final = 12.0
NOT_RETRIED: Final = frozenset({exits.OK, exits.USAGE, exits.DEVICE, exits.SECOND_COPY, exits.STORE})
MEMORY: Final = {"PYTHONMALLOC": "malloc", "MALLOC_PERTURB_": "165"}


@dataclass(frozen=True, slots=True)
class Ended:
    """A child ended; ``code`` is negative for a signal."""

    code: int


class Child(Protocol):
    """One running program."""

    def wait(self, timeout_s: float | None) -> Ended | None:
        """Until it ends, or None when the time is over or the launcher was asked to stop."""

    def end(self) -> None:
        """Ask it to end, then make it."""


class World(Protocol):
    """What the launcher acts on."""

    def start(self, *, out_of_service: bool) -> Child:
        """Start the terminal, or the page that says it is out of service."""

    def now(self) -> float:
        """Monotonic seconds."""

    def pause(self, seconds: float) -> None:
        """Wait, or less when asked to stop."""

    def stopping(self) -> bool:
        """Whether somebody asked the launcher to end."""


class Launcher:
    """See the module."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._crashes: list[float] = []

    def run(self) -> int:
        """Until asked to stop, or until the terminal ends in a way that starting again would not change."""
        world = self._world
        while not world.stopping():
            child = world.start(out_of_service=False)
            ended = child.wait(None)
            if ended is None:
                child.end()
                return exits.OK
            if ended.code in NOT_RETRIED:
                return ended.code
            if world.stopping():
                return exits.OK
            if self._too_many():
                self._out_of_service()
            else:
                world.pause(PAUSES_S[min(len(self._crashes), len(PAUSES_S)) - 1])
        return exits.OK

    def _too_many(self) -> bool:
        now = self._world.now()
        self._crashes = [at for at in self._crashes if now - at < WINDOW_S] + [now]
        return len(self._crashes) >= MAX_CRASHES

    def _out_of_service(self) -> None:
        """The page stands for a while, then one more try; if that crashes at once, the page is back at once."""
        world = self._world
        until = world.now() + RETRY_S
        while not world.stopping() and (left := until - world.now()) > 0:
            child = world.start(out_of_service=True)
            ended = child.wait(left)
            if ended is None:
                child.end()
            else:
                world.pause(min(PAUSES_S[-1] * 5, left))  # even the page does not stand: not in a tight circle
        self._crashes = [world.now()] * (MAX_CRASHES - 1)


class Programs:
    """The real world: processes, the clock, signals. ``command`` starts the terminal. Main thread."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._stop = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._asked)

    def start(self, *, out_of_service: bool) -> Child:
        """See World."""
        more = ["--out-of-service"] if out_of_service else []
        self._child = subprocess.Popen(
            [*self._command, *more],
            env=os.environ | MEMORY,
            preexec_fn=_confine,
        )
        if self._stop.is_set():  # asked between two children
            self._child.terminate()
        return _Process(self._child, self._stop)

    def now(self) -> float:
        """See World."""
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        """See World."""
        self._stop.wait(seconds)

    def stopping(self) -> bool:
        """See World."""
        return self._stop.is_set()

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()
        if self._child is not None and self._child.returncode is None:
            self._child.terminate()


class _Process:
    def __init__(self, process: subprocess.Popen[bytes], stop: threading.Event) -> None:
        self._process = process
        self._stop = stop

    def wait(self, timeout_s: float | None) -> Ended | None:
        """See Child."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not self._stop.is_set():
            left = 3600.0 if deadline is None else deadline - time.monotonic()
            if left <= 0:
                return None
            try:
                # Short enough that a signal that came just before the call is not waited out.
                return Ended(self._process.wait(min(left, 1.0)))
            except subprocess.TimeoutExpired:
                continue
        return None

    def end(self) -> None:
        """See Child."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(END_S)


def _confine() -> None:
    """In the child, before it is the terminal: no core dumps, and no life without the launcher."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _PRCTL is not None:
        _PRCTL(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _prctl() -> Callable[[int, int], int] | None:
    import ctypes

    return getattr(ctypes.CDLL(None), "prctl", None)


_PRCTL = _prctl()
