"""What a resident's hand can do: the only things a screen may say to the flow.

Control names are the vocabulary shared by screens, stories and tests: ``action.next|back|exit|help|language``,
``item.ID``, ``life.ID``, ``field.PATH``, ``choice.PATH.VALUE`` and a few more, listed in ``docs/stories.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Touched:
    """A visible, enabled control was pressed and released inside itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Typed:
    """The text of a field changed; ``text`` is all of it (composition still under way is not part of it)."""

    path: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DatePicked:
    """A day was chosen on the date wheel; ``iso`` is YYYY-MM-DD."""

    path: str
    iso: str = field(repr=False)


Stroke = tuple[tuple[int, int], ...]
"""One pen stroke: points in pixels of the signature area, origin top left."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The strokes on the signature area changed; an empty tuple means it was cleared."""

    width: int
    height: int
    strokes: tuple[Stroke, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class HandSeen:
    """Somebody touched the panel anywhere: the idle count starts again, nothing else happens."""


UiEvent = Touched | Typed | DatePicked | Signed | HandSeen
