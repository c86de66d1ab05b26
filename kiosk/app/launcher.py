"""The launcher: keeps a terminal running and never imports Qt.

It starts the terminal as a child in an environment where freed memory is overwritten and no core is dumped, so that a
resident's data do not outlive a session in memory or on disk. How a child ended decides what comes next:

- a crash, or a child that gave no sign of life and was ended: a fresh one, with the visit's key for a minute; after
  five in ten minutes the "out of service" page stands there, and every fifteen minutes the terminal is tried again
  (reliability F32: do not loop for ever, do not stop for ever);
- a store that cannot be used: the page at once, and further tries after one minute, two, four, up to fifteen;
- a planned restart: a fresh one at once, which counts for nothing;
- anything that starting again would not change (settings, a second copy): the launcher ends with the same code; but
  where systemd started it nobody reads that, so wrong settings bring the page like a failed store.
"""

from __future__ import annotations

from typing import Final, Literal, Protocol

from kiosk.app import exits
from kiosk.app.launcher_line import HeldKey
from kiosk.app.launcher_world import Ended

MAX_CRASHES: Final = 5
WINDOW_S: Final = 600.0
RETRY_S: Final = 900.0
STORE_RETRY_S: Final = 60.0
PAUSES_S: Final = (0.5, 1.0, 2.0, 4.0)
PAGE_PAUSE_S: Final = 20.0
HASTY_S: Final = 60.0
NOT_RETRIED: Final = frozenset({exits.OK, exits.USAGE, exits.DEVICE, exits.SECOND_COPY})

After = Literal["first", "crash", "hang", "planned", "store", "settings", "page"]


class Child(Protocol):
    """One running program."""

    def wait(self, timeout_s: float | None) -> Ended | None:
        """Until it ends or hangs, or None when the time is over or the launcher was asked to stop."""

    def end(self) -> None:
        """Ask it to end, then make it."""


class World(Protocol):
    """What the launcher acts on."""

    def start(self, *, out_of_service: bool, after: After) -> Child:
        """Start the terminal, or the page that says it is out of service; ``after`` is for its log."""

    def now(self) -> float:
        """Monotonic seconds."""

    def pause(self, seconds: float) -> None:
        """Wait, or less when asked to stop."""

    def stopping(self) -> bool:
        """Whether somebody asked the launcher to end."""

    def tell(self, status: str) -> None:
        """One line for whoever looks after the machine."""


class Launcher:
    """See the module. ``held`` is the key of the visit at the terminal; ``unattended``: systemd started it."""

    def __init__(self, world: World, held: HeldKey, *, unattended: bool = False) -> None:
        self._world = world
        self._held = held
        self._out_of_order = {exits.STORE, exits.USAGE} if unattended else {exits.STORE}
        self._crashes: list[float] = []
        self._tries = 0

    def run(self) -> int:
        """Until asked to stop, or until the terminal ends in a way that starting again would not change."""
        world = self._world
        after: After = "first"
        while not world.stopping():
            began = world.now()
            child = world.start(out_of_service=False, after=after)
            ended = child.wait(None)
            if ended is None:
                child.end()
                break
            lived_s = world.now() - began
            if ended.code not in self._out_of_order or lived_s > WINDOW_S:
                self._tries = 0
            if ended.code in NOT_RETRIED - self._out_of_order:
                self._held.forget()
                return ended.code
            if world.stopping():
                break
            after = self._again(ended, lived_s)
        self._held.forget()
        return exits.OK

    def _again(self, ended: Ended, lived_s: float) -> After:
        """What has to happen before the next terminal, and what that one comes after."""
        world = self._world
        if ended.code == exits.RESTART and lived_s >= HASTY_S:
            self._held.forget()
            return "planned"
        if ended.code in self._out_of_order:
            self._tries += 1
            word: After = "store" if ended.code == exits.STORE else "settings"
            world.tell(f"out of service: the {word} cannot be used")
            self._out_of_service(min(STORE_RETRY_S * 2 ** (self._tries - 1), RETRY_S))
            return word
        self._held.crashed()
        world.tell(f"the terminal {'hung' if ended.hung else 'crashed'} ({ended.code})")
        if self._too_many():
            self._out_of_service(RETRY_S)
            self._crashes = [world.now()] * (MAX_CRASHES - 1)
            return "page"
        world.pause(PAUSES_S[min(len(self._crashes), len(PAUSES_S)) - 1])
        return "hang" if ended.hung else "crash"

    def _too_many(self) -> bool:
        now = self._world.now()
        self._crashes = [at for at in self._crashes if now - at < WINDOW_S] + [now]
        return len(self._crashes) >= MAX_CRASHES

    def _out_of_service(self, for_s: float) -> None:
        """The page stands for a while, then one more try; if that fails at once, the page is back at once."""
        world = self._world
        self._held.forget()  # whoever was here has been sent away
        until = world.now() + for_s
        while not world.stopping() and (left := until - world.now()) > 0:
            child = world.start(out_of_service=True, after="page")
            if child.wait(left) is None:
                child.end()
            else:
                world.pause(min(PAGE_PAUSE_S, left))  # even the page does not stand: not in a tight circle
