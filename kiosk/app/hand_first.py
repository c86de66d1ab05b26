"""The hand first: what the program does besides waits while a page is changed, or until nobody is there.

Python runs one thread at a time, and a page is some forty small paints: each of them has to get its turn back from
whatever else is running. So turns are short, workers stand back from a touch until the page it led to is painted, and
the search for garbage among all the packages, which stops every thread for 60 ms and more, is made when nobody is here.
"""

from __future__ import annotations

import gc
import importlib
import logging
import sys
import threading
from collections.abc import Callable
from typing import Final

from kiosk.domain.freed import overwrite_freed
from kiosk.flow.state import FlowState
from kiosk.ports.clock import Clock

log = logging.getLogger("kiosk.app")

TURN_S: Final = 0.0005
"""A thread that computes lets go after this when another one waits; by itself Python takes ten times as long."""
STAND_BACK_S: Final = 0.15
"""The most that one touch holds others up, and that any piece of work is held up."""
ALONE_S: Final = 5.0
YOUNG: Final = (700, 10, 1000)
"""As Python has it, but the oldest generation is hardly ever searched by itself."""
USED_LATER: Final = (
    "budoux",
    "chinese_calendar",
    "datalogic_py",
    "cbor2",
    "qrcode",
    "printing",
    "cryptography.hazmat.primitives.ciphers.aead",
)
"""What the first visit would have to wait for otherwise, and the first page need not."""


class HandFirst:
    """``touched``, ``painted`` and ``look`` belong to the main thread, ``stand_back`` to any other."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = 0.0
        self._touched_at = clock.monotonic()
        self._free = threading.Event()
        self._unsearched = False
        self._all = self._loaded = False
        sys.setswitchinterval(TURN_S)
        gc.set_threshold(*YOUNG)
        gc.freeze()
        gc.enable()  # the start does without

    def touched(self) -> None:
        """A hand did something; a page may follow."""
        self._touched_at = self._clock.monotonic()
        self._until = self._touched_at + STAND_BACK_S
        self._free.clear()

    def painted(self) -> None:
        """The page that followed stands there."""
        self._free.set()

    def stand_back(self) -> None:
        """Before a piece of work: let the page be painted first. Returns within STAND_BACK_S."""
        left = self._until - self._clock.monotonic()
        if left > 0:
            self._free.wait(left)

    def loaded(self) -> None:
        """Much has come that will stay, and is not searched for garbage.

        Nor is what lies there already: the packages that went, or what a visit that is going on leaves. If there may be
        such, everything is searched once nobody is here.
        """
        gc.freeze()
        self._all, self._loaded = self._loaded or self._unsearched, True

    def look(self, state: FlowState) -> None:
        """Every second: search for garbage, when nobody is here, and write over what was freed.

        After a visit at once, while the neutral page stands there that nobody touches: pages hold themselves and what
        they showed until they are found. After a load without a visit when nobody has touched for a while.
        """
        if state.session is not None:
            self._unsearched = True
            return
        if self._all and (self._unsearched or self._clock.monotonic() - self._touched_at > ALONE_S):
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            self._unsearched = self._all = False
        elif self._unsearched:
            gc.collect()
            self._unsearched = False
        overwrite_freed()


def import_the_rest(stand_back: Callable[[], None]) -> None:
    """On a worker, once the first page stands."""
    for name in USED_LATER:
        stand_back()
        importlib.import_module(name)
