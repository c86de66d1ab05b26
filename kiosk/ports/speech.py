"""The terminal's voice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kiosk.domain.speech import Saying


class Voice(Protocol):
    """Speaks while the rest goes on. Every call comes back at once and never raises."""

    def languages(self) -> tuple[str, ...]:
        """Tags of the languages it speaks; none where nothing can be heard."""
        ...

    def say(self, sayings: Sequence[Saying], loudness: int, *, private: bool = False, add: bool = False) -> None:
        """Break off what is being said and say this; ``add``: say it afterwards. ``loudness`` is a place in
        ``LOUDNESS_STEPS``; ``private``: headphones are in, which are as loud by night as by day.
        """
        ...

    def prepare(self, sayings: Sequence[Saying]) -> None:
        """What may be asked for next: made ready while nothing else is to do."""
        ...

    def hush(self) -> None:
        """Be silent at once."""
        ...

    def forget(self) -> None:
        """Be silent, and keep nothing of what was said."""
        ...

    def close(self) -> None:
        """The program ends."""
        ...


class Mute:
    """A terminal without a voice."""

    def languages(self) -> tuple[str, ...]:
        """None."""
        return ()

    def say(self, sayings: Sequence[Saying], loudness: int, *, private: bool = False, add: bool = False) -> None:
        """Nothing."""

    def prepare(self, sayings: Sequence[Saying]) -> None:
        """Nothing."""

    def hush(self) -> None:
        """Nothing."""

    def forget(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
