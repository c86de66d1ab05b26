"""The sign of life: it goes round the way everything goes that a resident does, and only then is it told.

Main thread -> store thread, where a value is really read -> event bridge -> main thread -> launcher. A screen loop that
hangs, a store that hangs and a bridge that carries nothing all look the same from outside: silence (reliability F31).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, Protocol

EVERY_MS: Final = 3000
KV_PULSE: Final = "pulse"


class Store(Protocol):
    """What the pulse needs of the store."""

    def get(self, key: str) -> Future[str | None]:
        """See CaseStore."""


@dataclass(frozen=True, slots=True)
class WentRound:
    """The event that comes out of the bridge."""


class Pulse:
    """:meth:`beat` every few seconds in the main thread, :meth:`returned` when ``WentRound`` arrives there."""

    def __init__(self, store: Store, publish: Callable[[object], None], alive: Callable[[], None]) -> None:
        self._store = store
        self._publish = publish
        self._alive = alive
        self._under_way = False

    def beat(self) -> None:
        """Send one off; never two at a time, so that a store that stands still is not given more to do."""
        if not self._under_way:
            self._under_way = True
            # A store that answers with a fault answers: that is for the flow to show, not for the launcher to end.
            self._store.get(KV_PULSE).add_done_callback(lambda _: self._publish(WentRound()))

    def returned(self) -> None:
        """It is back."""
        self._under_way = False
        self._alive()
