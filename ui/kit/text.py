"""Setting text: always plain, broken into lines at a fixed line height, one step smaller where it would not fit.

All texts of the screens go through :func:`set_text` or :func:`fit_text`, so nothing a resident, a card or a centre
sent is ever read as markup. Lengths are window pixels unless a name says design.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import ceil
from typing import Literal

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextLayout, QTextOption

from ui.kit.chinese import STOPS, End, line_ends
from ui.kit.theme import STEPS, Theme

Align = Literal["left", "center", "right"]


_DOT = "•"
_LIKE_A_DOT = "."
"""A bullet is full-width in Chinese fonts: masks are measured as full stops and drawn as dots of the token's size."""
_DOT_RADIUS_EM = 0.085

_MASKED = re.compile(r"(?<![\w*])(\d{3,4})(\*{4,})(\d{3}[\dXx])(?![\w*])")


def shown_text(text: str) -> str:
    """How a text is painted: the stars of a masked number become groups of four drawn dots (``138 •••• 5520``)."""
    if "*" not in text:
        return text
    return _MASKED.sub(lambda m: f"{m[1]} {'•••• •••• ' if len(m[2]) > 6 else '•••• '}{m[3]}", text)


def _advance(metrics: QFontMetricsF, text: str) -> float:
    return metrics.horizontalAdvance(text.replace(_DOT, _LIKE_A_DOT))


@dataclass(frozen=True, slots=True)
class SetText:
    """Text broken into lines: what it was, its size, and whether it fitted where it was asked to."""

    text: str
    step: str
    font: QFont
    line_height_px: float
    lines: tuple[str, ...]
    widths: tuple[float, ...]
    fits: bool

    @property
    def height_px(self) -> float:
        """Height of all lines."""
        return self.line_height_px * len(self.lines)

    @property
    def width_px(self) -> float:
        """Width of the widest line."""
        return max(self.widths, default=0.0)

    @property
    def font_px(self) -> int:
        """Size of the font."""
        return self.font.pixelSize()

    def draw(
        self, painter: QPainter, x: float, y: float, width_px: float, colour: QColor, align: Align = "left"
    ) -> None:
        """Paint the lines with their top left corner at ``x``, ``y`` in a column of ``width_px``."""
        metrics = QFontMetricsF(self.font)
        drop = (self.line_height_px - metrics.ascent() - metrics.descent()) / 2 + metrics.ascent()
        painter.setFont(self.font)
        painter.setPen(colour)
        for number, (line, width) in enumerate(zip(self.lines, self.widths, strict=True)):
            left = x
            if align == "center":
                left = x + (width_px - width) / 2
            elif align == "right":
                left = x + width_px - width
            baseline = y + drop + number * self.line_height_px
            if _DOT in line:
                self._draw_masked(painter, metrics, line, left, baseline, colour)
            else:
                painter.drawText(QPointF(left, baseline), line)

    def _draw_masked(
        self, painter: QPainter, metrics: QFontMetricsF, line: str, x: float, baseline: float, colour: QColor
    ) -> None:
        size = self.font.pixelSize()
        for part in re.split(f"({_DOT}+)", line):
            width = _advance(metrics, part)
            if part.startswith(_DOT):
                painter.save()
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour)
                step = width / len(part)
                for number in range(len(part)):
                    centre = QPointF(x + step * (number + 0.5), baseline - 0.34 * size)
                    painter.drawEllipse(centre, _DOT_RADIUS_EM * size, _DOT_RADIUS_EM * size)
                painter.restore()
            elif part:
                painter.drawText(QPointF(x, baseline), part)
            x += width


def _broken(paragraph: str, font: QFont, width_px: float) -> list[tuple[str, float]]:
    if not paragraph:
        return [("", 0.0)]
    if paragraph.isprintable() and paragraph[-1] != " ":
        # Most texts have one line, and a word's width costs a tenth of laying it out.
        whole = _advance(QFontMetricsF(font), paragraph)
        if whole < width_px:
            return [(paragraph, whole)]
    layout = QTextLayout(paragraph.replace(_DOT, _LIKE_A_DOT), font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    found: list[tuple[str, float]] = []
    layout.beginLayout()
    while True:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(max(1.0, width_px))
        # Positions count UTF-16 units; a character beyond the BMP must not be cut in two.
        units = paragraph.encode("utf-16-le")
        start, length = line.textStart(), line.textLength()
        piece = units[2 * start : 2 * (start + length)].decode("utf-16-le", "replace").rstrip()
        found.append((piece, line.naturalTextWidth()))
    layout.endLayout()
    return found


def _word_breaks_badly(text: str, font: QFont, width_px: float) -> bool:
    """True when a single word is wider than the column, so that it would be cut in the middle."""
    words = [word for word in text.split() if all(ord(char) < 0x2E80 for char in word)]
    if not words:
        return False
    metrics = QFontMetricsF(font)
    return any(metrics.horizontalAdvance(word) > width_px for word in words)


_PART = " · "
_BETWEEN_WORDS = 0.3
"""What a line that only ends between words costs more than one that ends where the sense pauses."""


def _at_stops(text: str, font: QFont, width_px: float, lines: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """The same number of lines, broken after a stop wherever one allows it: Chinese has no spaces to break at."""
    found: list[tuple[str, float]] = []
    rest = text
    for number in range(len(lines) - 1):
        first = _lines(rest, font, width_px)[0]
        left = len(lines) - number - 1
        for end in range(len(first[0]), 2, -1):
            piece = rest[:end]
            if piece[-1] not in STOPS or rest[end : end + 1] in ("”", "’", "）", "》"):
                continue
            measured = _lines(piece, font, width_px)
            after = _lines(rest[end:], font, width_px)
            if measured[0][1] < width_px * 0.3:
                break
            if len(measured) == 1 and len(after) <= left and after[-1][1] >= 2.6 * font.pixelSize():
                first = measured[0]
                break
        found.append(first)
        rest = rest[len(first[0]) :].lstrip()
        if len(_lines(rest, font, width_px)) < left:
            return [*found, *_lines(rest, font, width_px)]
    return [*found, *_lines(rest, font, width_px)]


def _by_sense(
    text: str, font: QFont, width_px: float, lines: list[tuple[str, float]], *, title: bool
) -> list[tuple[str, float]] | None:
    """Lines broken where the sense breaks, when that takes no more of them; otherwise None."""
    if not 1 < len(lines) <= 4:
        return None
    if text.count(_PART) == 1:
        # "Staff member · What is the main work?": what stands before the dot has a line of its own, and the dot goes.
        parts = _lines(text.replace(_PART, "\n"), font, width_px)
        if len(parts) == len(lines):
            return parts
    if title and any(ord(char) >= 0x2E80 for char in text):
        words = _title_by_words(text, font, width_px, len(lines))
        if words is not None:
            return words
    if not any(stop in text for stop in STOPS):
        return None
    stopped = _at_stops(text, font, width_px, lines)
    return stopped if stopped != lines and len(stopped) == len(lines) else None


def whole_words(lines: Sequence[str]) -> bool:
    """True when no line of a Chinese title seems to end inside a word."""
    if len(lines) < 2:
        return True
    text, at = "".join(lines), 0
    may = line_ends(text)
    for line in lines[:-1]:
        at += len(line)
        if ord(text[at]) >= 0x2E80 and ord(text[at - 1]) >= 0x2E80 and at not in may:
            return False
    return True


def _title_by_words(text: str, font: QFont, width_px: float, count: int) -> list[tuple[str, float]] | None:
    """A Chinese title in ``count`` lines about equally long that end between words, best where the sense pauses; None
    when there is no such way."""
    metrics = QFontMetricsF(font)
    ends = line_ends(text)
    places = [at for at in ends if 2 <= at < len(text) - 1 and ord(text[at]) >= 0x2E80]
    pieces: dict[tuple[int, int], tuple[str, float]] = {}

    def piece(begin: int, end: int) -> tuple[str, float]:
        if (begin, end) not in pieces:
            words = text[begin:end].strip()
            pieces[begin, end] = (words, _advance(metrics, words))
        return pieces[begin, end]

    best: list[tuple[str, float]] | None = None
    least = 0.0
    for chosen in combinations(places[:16], count - 1):
        lines = [piece(begin, end) for begin, end in pairwise((0, *chosen, len(text)))]
        widest = max(width for _, width in lines)
        if widest > width_px or min(width for _, width in lines) < 0.28 * widest:
            continue
        cost = widest * (1 + _BETWEEN_WORDS * sum(ends[at] is End.WORD for at in chosen))
        if best is None or cost < least:
            best, least = lines, cost
    return best


def set_text(
    text: str,
    theme: Theme,
    step: str,
    width_px: float,
    *,
    bold: bool | None = None,
    balance: bool = False,
    line_height_px: float | None = None,
) -> SetText:
    """Break ``text`` at ``width_px`` in one size. ``balance`` makes lines of a title about equally long."""
    asked = (text, step, width_px, bold, balance, line_height_px)
    found: SetText | None = theme.set_texts.get(asked)
    if found is None:
        height = theme.step(step).line_height_px * theme.scale if line_height_px is None else line_height_px
        font = theme.font(step, bold=bold)
        lines = _well_broken(shown_text(text), font, width_px, balance=balance)
        found = theme.set_texts[asked] = SetText(
            text, step, font, height, tuple(line for line, _ in lines), tuple(width for _, width in lines), fits=True
        )
    return found


def _well_broken(text: str, font: QFont, width_px: float, *, balance: bool) -> list[tuple[str, float]]:
    if "\n" in text:
        return [
            line for paragraph in text.split("\n") for line in _well_broken(paragraph, font, width_px, balance=balance)
        ]
    lines = _lines(text, font, width_px)
    sense = _by_sense(text, font, width_px, lines, title=balance)
    if sense is not None:
        lines = sense
    elif balance and 1 < len(lines) <= 3:
        low, high = width_px * 0.5, width_px
        for _ in range(7):
            middle = (low + high) / 2
            if len(_lines(text, font, middle)) > len(lines) or _word_breaks_badly(text, font, middle):
                low = middle
            else:
                high = middle
        lines = _lines(text, font, high)
    elif len(lines) > 1 and lines[-1][1] < 2.6 * font.pixelSize():
        # One or two characters alone on the last line look lost: take some from the line above.
        for share in (0.97, 0.94, 0.9, 0.86, 0.8, 0.74, 0.68, 0.62, 0.56):
            if _word_breaks_badly(text, font, width_px * share):
                break
            closer = _lines(text, font, width_px * share)
            enough = min(2.6 * font.pixelSize(), 0.38 * sum(width for _, width in lines))
            if len(closer) == len(lines) and closer[-1][1] >= enough:
                lines = closer
                break
    return lines


def _lines(text: str, font: QFont, width_px: float) -> list[tuple[str, float]]:
    return [line for paragraph in text.split("\n") for line in _broken(paragraph, font, width_px)]


def steps_down(step: str, smallest: str = "caption") -> tuple[str, ...]:
    """The sizes to try, from ``step`` down to ``smallest``."""
    first, last = STEPS.index(step), STEPS.index(smallest)
    return tuple(reversed(STEPS[min(first, last) : first + 1]))


def fit_text(
    text: str,
    theme: Theme,
    step: str,
    width_px: float,
    height_px: float,
    *,
    bold: bool | None = None,
    max_lines: int | None = None,
    balance: bool = False,
    smallest: str = "caption",
    tight: bool = False,
    elide: bool = False,
) -> SetText:
    """The text in the largest size from ``step`` down that fits; if none does, the smallest, marked as not fitting.

    ``elide`` lets it end with an ellipsis instead: only for what stands in full on a page of its own.
    """
    heavy = (theme.step(step).weight >= 600) if bold is None else bold
    last: SetText | None = None
    for name in steps_down(step, smallest):
        line = tight_line(theme, name) if tight else None
        last = set_text(text, theme, name, width_px, bold=heavy, balance=balance, line_height_px=line)
        room = ceil(last.height_px) <= ceil(height_px) + 1
        few = max_lines is None or len(last.lines) <= max_lines
        if room and few and not _word_breaks_badly(text, last.font, width_px):
            return last
    assert last is not None
    room_for = int((height_px + 1) // last.line_height_px)
    if elide and 0 < room_for < len(last.lines):
        lines = list(last.lines[:room_for])
        metrics = QFontMetricsF(last.font)
        lines[-1] = metrics.elidedText(
            f"{lines[-1]}{'……' if theme.chinese else '…'}", Qt.TextElideMode.ElideRight, width_px
        )
        widths = (*last.widths[: room_for - 1], _advance(metrics, lines[-1]))
        return SetText(last.text, last.step, last.font, last.line_height_px, tuple(lines), widths, fits=True)
    return SetText(last.text, last.step, last.font, last.line_height_px, last.lines, last.widths, fits=False)


def fit_together(
    texts: Sequence[tuple[str, bool]],
    theme: Theme,
    choices: Sequence[Sequence[str]],
    width_px: float,
    height_px: float,
) -> tuple[SetText, ...]:
    """Texts one below the other (text, bold) in the first row of sizes in which all of them fit together."""
    found: tuple[SetText, ...] = ()
    for sizes in choices:
        found = tuple(
            set_text(text, theme, size, width_px, bold=bold, line_height_px=tight_line(theme, size))
            for (text, bold), size in zip(texts, sizes, strict=True)
        )
        whole = not any(_word_breaks_badly(part.text, part.font, width_px) for part in found)
        if whole and sum(part.height_px for part in found) <= height_px + 1:
            return found
    return tuple(
        SetText(part.text, part.step, part.font, part.line_height_px, part.lines, part.widths, fits=False)
        for part in found
    )


def tight_line(theme: Theme, step: str) -> float:
    """Line height of texts in rows and cards, closer than that of running text."""
    return theme.step(step).px * 1.28 * theme.scale


def text_width(text: str, theme: Theme, step: str, *, bold: bool | None = None) -> float:
    """Width of one line."""
    return _advance(QFontMetricsF(theme.font(step, bold=bold)), shown_text(text))
