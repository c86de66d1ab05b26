"""Put the lines of a document together as a serial scanner sends them: one by one, each ended like a code.

A scanner reads printed lines one after the other, so they come within a second; what does not is not one document.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from devices.codecs.mrz import SHAPES, begins_mrz, continues_mrz, cut_lines

WINDOW_S = 1.0


@dataclass(frozen=True, slots=True)
class PlainText:
    """What was read has nothing to do with a document."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DocumentLines:
    """All lines of one document, not checked yet."""

    lines: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A document began and the rest of it did not come."""


Collected = PlainText | DocumentLines | Incomplete


class LineCollector:
    """Fed with each text that was read and with the time; times are in seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._count = 0
        self._until_s = 0.0

    @property
    def waiting(self) -> bool:
        """Whether a document has begun and is not complete."""
        return bool(self._lines)

    def reset(self) -> None:
        """Forget a document that has begun."""
        self._lines.clear()

    def take(self, text: str, now_s: float) -> Collected | None:
        """What `text` completes; None when more lines are needed."""
        if (whole := cut_lines(text)) is not None:
            self.reset()
            return DocumentLines(whole)
        if self._lines and text != self._lines[0] and continues_mrz(text, len(self._lines[0])):
            self._lines.append(text)
            self._until_s = now_s + WINDOW_S
            if len(self._lines) < self._count:
                return None
            lines = tuple(self._lines)
            self.reset()
            return DocumentLines(lines)
        self.reset()
        format_ = begins_mrz(text)
        if format_ is None:
            return PlainText(text)
        self._lines.append(text)
        self._count = SHAPES[format_][0]
        self._until_s = now_s + WINDOW_S
        return None

    def due(self, now_s: float) -> Collected | None:
        """What a document that has begun turns out to be once its time is over; None before."""
        if not self._lines or now_s < self._until_s:
            return None
        first, alone = self._lines[0], len(self._lines) == 1
        self.reset()
        # Thirty capitals and digits may also be an ordinary bar code.
        return PlainText(first) if alone and "<" not in first else Incomplete()
