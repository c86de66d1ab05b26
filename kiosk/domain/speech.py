"""What is read out: pieces of speech, how loud, and what the voice reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Phrase:
    """One thing that is said, in words as they stand on the page. ``private``: about the person who is here, so it is
    said into headphones alone (EN 301 549, 5.1.3.9). ``instead`` is said where that cannot be.
    """

    text: str = field(repr=False)
    private: bool = False
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Saying:
    """Words on their way to the voice, in the language of the page."""

    text: str = field(repr=False)
    language: str


LOUDNESS_STEPS: Final = (-12, -6, 0, 4, 8)
"""Decibels against the volume of the place: what louder and quieter go through."""
LOUDNESS: Final = 2
"""Where every visit begins (EN 301 549, 5.1.3.13)."""


@dataclass(frozen=True, slots=True)
class Spoke:
    """A sentence was said to its end: whoever listens is not idle. ``last``: nothing is left to say."""

    last: bool = False


@dataclass(frozen=True, slots=True)
class VoiceChanged:
    """In which languages the terminal can speak now; none where the voice failed."""

    languages: tuple[str, ...]
