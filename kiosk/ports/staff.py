"""Where the technician's PIN hash and the count of misses are kept; both survive a restart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Lockout:
    """Misses in a row, and until when nobody may try; ``lock_s`` is how long the last lock was."""

    misses: int = 0
    lock_s: int = 0
    locked_at: datetime | None = None


class PinBook(Protocol):
    """Two small durable values."""

    def pin_hash(self) -> str | None:
        """The argon2id hash in its standard text form; None when none was ever set."""

    def set_pin_hash(self, value: str) -> None:
        """Replace the hash, durably."""

    def lockout(self) -> Lockout:
        """The misses so far."""

    def set_lockout(self, value: Lockout) -> None:
        """Replace them, durably, before the answer is shown."""
