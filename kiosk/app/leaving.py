"""When the terminal ends itself so that a fresh one takes its place: once a night, when it has grown too big, and when
its store has failed. Never while somebody is there, and by a rule that no jump of the wall clock can make true twice.

A process that has run for a day has leaked something; one that begins at night has leaked nothing (reliability F33).
Before it goes it tests itself, so that a fault is found before the first resident comes, and tells the centre that the
silence which follows is meant.
"""

from __future__ import annotations

import os
from concurrent.futures import Future
from typing import Final, Literal, Protocol

from kiosk.app import exits
from kiosk.domain.time import local
from kiosk.ports.clock import Clock

Why = Literal["night", "memory", "store"]

LOOK_MS: Final = 5000
QUIET_S: Final = 120.0
"""Nobody is there: so long without a visit, a print or a step before the reader."""
FAULT_QUIET_S: Final = 15.0
WINDOW_MIN: Final = 120
"""So long after its time the nightly restart may still happen; later it waits for the next night."""
SPREAD_MIN: Final = 15
AT_LEAST_UP_S: Final = 12 * 3600.0
SETTLED_S: Final = 3 * 3600.0
"""So long the wall clock must have gone like the monotonic one: longer than the window, so no jump leads into it."""
JUMP_S: Final = 60.0
WRONG_CLOCK_S: Final = 300.0
BIG_FOR_S: Final = 3600.0


class Terminal(Protocol):
    """What is asked of the rest of the terminal. All of it answers at once."""

    def quiet(self) -> bool:
        """Nobody is there and nothing is under way."""

    def failed(self) -> bool:
        """The terminal is out of service for this run: its store failed."""

    def memory_mb(self) -> int:
        """Resident memory of this process."""

    def clock_offset_s(self) -> float | None:
        """The centre's time minus ours; None while that is not known."""

    def test(self) -> Future[None]:
        """Begin the self-test; done when its results are written down."""

    def farewell(self, why: Why) -> None:
        """Tell the centre."""

    def leave(self, why: Why, code: int) -> None:
        """End."""


class Leaving:
    """:meth:`look` every few seconds in the main thread. ``spread`` is 0 to 1: where in the quarter of an hour."""

    def __init__(self, terminal: Terminal, clock: Clock, *, minute: int | None, above_mb: int, spread: float) -> None:
        self._terminal = terminal
        self._clock = clock
        self._minute = None if minute is None else minute + spread * SPREAD_MIN
        self._above_mb = above_mb
        self._began = self._settled = self._busy = clock.monotonic()
        self._drift = self._wall_against_mono()
        self._test: Future[None] | None = None
        self._told = False

    def look(self) -> None:
        """One step nearer, if there is a reason and nobody is there."""
        now = self._clock.monotonic()
        drift = self._wall_against_mono()
        if abs(drift - self._drift) > JUMP_S:
            self._settled = now
        self._drift = drift
        if not self._terminal.quiet():
            self._busy = now
        why = self._why(now)
        if why is None:
            self._test, self._told = None, False
        elif now - self._busy < (FAULT_QUIET_S if why == "store" else QUIET_S):
            self._told = False
        elif why == "store":
            self._terminal.leave(why, exits.STORE)
        elif self._test is None:
            self._test = self._terminal.test()
        elif not self._test.done():
            return
        elif not self._told:
            self._told = True
            self._terminal.farewell(why)
        else:
            self._terminal.leave(why, exits.RESTART)

    def _why(self, now: float) -> Why | None:
        if self._terminal.failed():
            return "store"
        up_s = now - self._began
        if up_s >= AT_LEAST_UP_S and now - self._settled >= SETTLED_S and self._is_night():
            return "night"
        if up_s >= BIG_FOR_S and self._terminal.memory_mb() > self._above_mb:
            return "memory"
        return None

    def _is_night(self) -> bool:
        if self._minute is None:
            return False
        offset = self._terminal.clock_offset_s()
        if offset is not None and abs(offset) > WRONG_CLOCK_S:
            return False
        here = local(self._clock.now())
        return (here.hour * 60 + here.minute - self._minute) % 1440 < WINDOW_MIN

    def _wall_against_mono(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()


def resident_mb() -> int:
    """Memory of this process in MB; 0 where that cannot be told."""
    try:
        with open("/proc/self/statm", "rb") as file:
            pages = int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


def own_spread(terminal_id: str) -> float:
    """0 to 1, the same for a terminal every night: a hall's terminals do not all go at once."""
    import zlib

    return zlib.crc32(terminal_id.encode()) / 2**32
