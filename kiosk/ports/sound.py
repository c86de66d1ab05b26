"""What can be heard."""

from __future__ import annotations

from typing import Protocol

from kiosk.domain.sound import Tone


class Sounds(Protocol):
    """Plays and comes back at once; where nothing can be heard it does nothing."""

    def play(self, tone: Tone) -> None:
        """One short tone at the volume of the place. Never raises."""
        ...

    def close(self) -> None:
        """Stop, and let the device go."""
        ...


class Silence:
    """A terminal without a speaker."""

    def play(self, tone: Tone) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
