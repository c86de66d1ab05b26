"""The launcher's real world: processes, clocks, signals, the line to the terminal, and what systemd is told."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Final

from kiosk.app.launcher_child import Started, start
from kiosk.app.launcher_line import HeldKey, LauncherEnd
from kiosk.app.launcher_notify import Notify

START_S: Final = 180.0
HANG_S: Final = 15.0
ABORT_S: Final = 2.0
END_S: Final = 12.0


@dataclass(frozen=True, slots=True)
class Ended:
    """A child ended; ``code`` is negative for a signal. ``hung``: it gave no sign of life and was ended."""

    code: int
    hung: bool = False


class Watch:
    """When a child is taken to hang: long after its start without a first sign of life, soon after the last one.

    The start has time for a damaged store to be rebuilt. From the last sign to the next terminal on the screen there
    are thirty seconds (reliability F31), of which its start takes ten at most.
    """

    def __init__(self, now: float) -> None:
        self.due = now + START_S

    def alive(self, now: float) -> None:
        """A sign of life."""
        self.due = now + HANG_S

    def hung(self, now: float) -> bool:
        """Nothing was heard for too long."""
        return now >= self.due


class Programs:
    """A ``World`` of processes. ``command`` starts the terminal, ``first`` is one that was started. Main thread."""

    def __init__(
        self,
        command: Sequence[str],
        held: HeldKey,
        environment: MutableMapping[str, str],
        first: Started | None = None,
    ) -> None:
        self._first = first
        self._command = list(command)
        self._held = held
        self._environment = environment
        self._notify = Notify(environment)
        self._ready = False
        self._beat_due = 0.0
        self._stop = threading.Event()
        self._child = first[0] if first is not None else None
        # A signal that comes just before a poll wakes it all the same.
        self._woken, waker = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._asked)

    def start(self, *, out_of_service: bool, after: str) -> _Process:
        """See World."""
        more = ["--after", after, *(["--out-of-service"] if out_of_service else [])]
        started, self._first = self._first, None
        self._child, line = started or start([*self._command, *more], self._environment)
        if self._stop.is_set():  # asked between two children
            self._child.terminate()
        return _Process(self._child, LauncherEnd(line, self._held), self._stop, self._woken, self._heard)

    def now(self) -> float:
        """See World."""
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        """See World."""
        self._stop.wait(seconds)

    def stopping(self) -> bool:
        """See World."""
        return self._stop.is_set()

    def tell(self, status: str) -> None:
        """See World."""
        print(f"kiosk: {status}", file=sys.stderr, flush=True)
        self._notify.status(status)

    def _heard(self, now: float, *, alive: bool) -> float:
        """A child runs and is believed, or has just shown that it lives; until when nothing has to be said again."""
        if alive and not self._ready:
            self._ready = True
            self._notify.ready("a page stands")
        if self._notify.beat_s is None:
            return now + 3600.0
        if now >= self._beat_due:
            self._notify.alive()
            self._beat_due = now + self._notify.beat_s
        return self._beat_due

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()
        self._notify.stopping()
        if self._child is not None and self._child.returncode is None:
            self._child.terminate()


class _Process:
    """A ``Child``."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        line: LauncherEnd,
        stop: threading.Event,
        woken: int,
        heard: Callable[..., float],
    ) -> None:
        self._process = process
        self._line = line
        self._stop = stop
        self._woken = woken
        self._heard = heard
        self._watch = Watch(time.monotonic())

    def wait(self, timeout_s: float | None) -> Ended | None:
        """See Child."""
        until = float("inf") if timeout_s is None else time.monotonic() + timeout_s
        handle = os.pidfd_open(self._process.pid)
        try:
            poll = select.poll()
            for number in (handle, self._woken, self._line.fileno()):
                poll.register(number, select.POLLIN)
            while not self._stop.is_set():
                now = time.monotonic()
                if now >= until:
                    return None
                if self._watch.hung(now):
                    return self._abort()
                due = min(until, self._watch.due, self._heard(now, alive=False), now + self._line.lapse())
                ready = {number for number, _ in poll.poll((due - now) * 1000 + 1)}
                if self._woken in ready:
                    os.read(self._woken, 512)
                if ready - {self._woken, handle}:
                    self._listen(poll)
                if handle in ready:
                    return self._ended()
            return None
        finally:
            os.close(handle)

    def end(self) -> None:
        """See Child."""
        if self._process.poll() is None:
            self._process.terminate()
            self._wait_or_kill(END_S)
        self._line.close()

    def _listen(self, poll: select.poll) -> None:
        number = self._line.fileno()
        if self._line.read():
            self._watch.alive(time.monotonic())
            self._heard(time.monotonic(), alive=True)
        if not self._line.open:
            poll.unregister(number)

    def _ended(self, *, hung: bool = False) -> Ended:
        """What it said last still counts: a visit that was over is over."""
        for _ in range(4):
            if self._line.open:
                self._line.read()
        self._line.close()
        return Ended(self._process.wait(), hung)

    def _abort(self) -> Ended:
        """SIGABRT lets Python write down where each thread stands; a process that does not run at all is killed."""
        self._process.send_signal(signal.SIGABRT)
        self._wait_or_kill(ABORT_S)
        return self._ended(hung=True)

    def _wait_or_kill(self, seconds: float) -> None:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
