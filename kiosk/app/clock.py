"""The machine's clocks, for everything that is given one."""

from __future__ import annotations

from datetime import UTC, datetime
from time import monotonic


class SystemClock:
    """Wall clock for people and records, monotonic clock for every wait."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return monotonic()
