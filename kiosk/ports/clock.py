"""Time as the program is given it, so that a test can hold it still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Wall clock for people and records, monotonic clock for every wait."""

    def now(self) -> datetime:
        """Aware UTC."""

    def monotonic(self) -> float:
        """Seconds that never jump."""


class Scheduler(Protocol):
    """Timers of the main thread."""

    def after(self, delay_s: float, call: Callable[[], None]) -> None:
        """Call once on the main thread, not before ``delay_s`` seconds."""
