"""Who holds the key of the visit that is going on, so that it survives the screens and nothing else.

The launcher does (design: it restarts the terminal and has no disk). After a crash the terminal that it starts gets the
key back once, for as long as is left of a minute; after a power cut nobody has it, and the draft on the disk is noise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

CARRIED_S = 60.0


@dataclass(frozen=True, slots=True)
class KeyLeft:
    """The key of a visit that a crash ended, and the seconds for which it may still be used."""

    key: bytes = field(repr=False)
    left_s: float


class SessionKeys(Protocol):
    """Never blocks for long; without a launcher nothing is ever carried over."""

    def fresh(self) -> bytes:
        """32 random bytes for the visit that begins; the key before is forgotten."""
        ...

    def left(self) -> KeyLeft | None:
        """The key of the visit that the last crash ended; asked once, at start."""
        ...

    def forget(self) -> None:
        """The visit is over: nobody holds its key any more."""
        ...
