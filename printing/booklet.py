"""A text in two languages as a printable A4 PDF: headings, items and notes over as many pages as they need."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from printing.characters import printable
from printing.fonts import FontStack
from printing.sheet import ACCENT, HAIR, INK, LABEL, MM, Book, Pen, Run, embedding, new_canvas

_WIDTH = 210 * MM
_HEIGHT = 297 * MM
_SIDE = 22 * MM
_TOP = 24 * MM
_FLOOR = 22 * MM


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph: ``first`` in ink, ``second`` (the other language, or nothing) smaller below it."""

    style: Literal["title", "lead", "heading", "item", "note"]
    first: str
    second: str = ""


@dataclass(frozen=True, slots=True)
class _Look:
    size: float
    second_size: float
    indent: float
    before: float
    bold: bool = False
    mark: str = ""


_LOOKS = {
    "title": _Look(22, 13, 0, 0, bold=True),
    "lead": _Look(11, 9, 0, 2 * MM),
    "heading": _Look(14, 10, 0, 6 * MM, bold=True),
    "item": _Look(11, 9, 5 * MM, 1.6 * MM, mark="•"),
    "note": _Look(10, 8.5, 10 * MM, 0.6 * MM, mark="–"),
}


def booklet_to_pdf(title: str, paragraphs: Sequence[Paragraph], fonts: FontStack | None = None) -> bytes:
    """The paragraphs on A4, numbered pages. The same content gives the same bytes."""
    with embedding() as book:
        return _Booklet(title, fonts or FontStack.discover(), book).draw(paragraphs)


class _Booklet:
    """Draws one booklet; one call of `draw`."""

    def __init__(self, title: str, fonts: FontStack, book: Book) -> None:
        self._out = io.BytesIO()
        self._canvas = new_canvas(self._out, (_WIDTH, _HEIGHT), title, "zh-Hans")
        self._pen = Pen(self._canvas, fonts, book, grid=False)
        self._fonts = fonts
        self._title = title
        self._y = _HEIGHT - _TOP
        self._number = 1

    def draw(self, paragraphs: Sequence[Paragraph]) -> bytes:
        for order, paragraph in enumerate(paragraphs):
            look = _LOOKS[paragraph.style]
            lines = self._lines(paragraph, look)
            height = look.before + sum(leading for _, _, _, leading in lines)
            # A heading at the foot of a page would stand apart from what it heads.
            follows = paragraphs[order + 1] if paragraph.style == "heading" and order + 1 < len(paragraphs) else None
            keep = 0.0 if follows is None else 14 * MM
            if self._y - height - keep < _FLOOR:
                self._end_page()
            self._y -= look.before
            if paragraph.style == "heading":
                self._rule()
            self._write(lines, look)
        self._foot()
        self._canvas.showPage()
        self._canvas.save()
        return self._out.getvalue()

    def _lines(self, paragraph: Paragraph, look: _Look) -> list[tuple[str, float, bool, float]]:
        """(text, size, whether it is the second language, leading) of every line."""
        room = _WIDTH - 2 * _SIDE - look.indent
        found = []
        second = paragraph.second if paragraph.second != paragraph.first else ""
        for text, size, other in ((paragraph.first, look.size, False), (second, look.second_size, True)):
            clean, _ = printable(text, self._fonts)
            lines = self._pen.wrapped(clean, size, room) if clean else []
            found += [(line, size, other, size * 1.45) for line in lines]
        return found

    def _write(self, lines: list[tuple[str, float, bool, float]], look: _Look) -> None:
        x = _SIDE + look.indent
        for order, (text, size, other, leading) in enumerate(lines):
            self._y -= leading
            if order == 0 and look.mark:
                self._pen.write(x - 4 * MM, self._y, size, [Run(look.mark, ACCENT, False)])
            colour = LABEL if other else ACCENT if look.bold else INK
            self._pen.write(x, self._y, size, [Run(text, colour, look.bold and not other)])

    def _rule(self) -> None:
        self._canvas.setStrokeColorRGB(*HAIR)
        self._canvas.setLineWidth(0.5)
        self._canvas.line(_SIDE, self._y, _WIDTH - _SIDE, self._y)

    def _end_page(self) -> None:
        self._foot()
        self._canvas.showPage()
        self._number += 1
        self._y = _HEIGHT - _TOP

    def _foot(self) -> None:
        text = f"{self._title}  ·  {self._number}"
        width = self._pen.width(text, 8.5)
        self._pen.write((_WIDTH - width) / 2, 12 * MM, 8.5, [Run(text, LABEL, False)])
