"""What the keyboard needs from a Chinese input engine: letters in, candidates out, text when it is settled.

An engine holds the letters of one composition in memory and nothing else; it learns nothing of what a resident types.
"""

from __future__ import annotations

from typing import Protocol


class Composer(Protocol):
    """One composition under way. Every call is quick (below 50 ms) and made on the thread that owns the keyboard."""

    def feed(self, letter: str) -> bool:
        """Add one of ``a``-``z`` or the syllable mark ``'``; False if the engine would not take it."""

    def backspace(self) -> bool:
        """Take the last letter (or the last choice) back; False if nothing was being composed."""

    def composing(self) -> str:
        """What is being composed, to be shown underlined: ``yang'guang``; empty when nothing is."""

    def candidates(self, start: int, limit: int) -> tuple[str, ...]:
        """At most ``limit`` candidates from number ``start`` on, best first; fewer at the end of the list."""

    def choose(self, index: int) -> str:
        """Take candidate number ``index`` (from 0). The settled text, or "" while letters are still left over."""

    def reset(self) -> None:
        """Forget the composition."""
