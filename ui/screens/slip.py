"""The slip as it comes out of the machine, for a page."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen, QPolygonF

from kiosk.flow.view import ReceiptBody
from ui.kit.qr import qr_picture
from ui.kit.theme import Theme
from ui.screens.canvas import Canvas

_RULE = re.compile(r"[-=_─━—.·*]*")
"""A line of the paper that only divides."""
_CASE_ID = re.compile(r"[A-Z0-9]{2,}-[0-9]{6}-[0-9A-Z]{6,}")
"""A case number as it stands on a line of the paper or in the address of the code."""
_PAIR = re.compile(r"(\S(?: ?\S)*) {2,}(\S.*)")
"""A label and its value, side by side."""
_BETWEEN = 24.0
"""Between a label and its value."""
_VALUES_FROM = 8
"""Spaces in front of what goes on from the line above, in the column of the values."""


def slip(page: Canvas, body: ReceiptBody, x: float, top: float, width: float, bottom: float, *, lit: bool) -> None:
    """The paper under its slot (amber when ``lit``), as much of it as has room above ``bottom``."""
    qr = 224.0 if body.qr else 0.0
    room = width - 72
    lines = _joined(body.lines)
    if not lines and body.qr:
        # The paper is not laid out yet: the number is there already, for whoever takes a picture at once.
        lines = [found[0] for found in (_CASE_ID.search(body.qr),) if found]
    space = bottom - top - 64 - qr - 24
    heights: list[float] = []
    for step in ("body", "small", "caption"):
        first = _label_width(page, lines, step, room)
        heights = [_line_height(page, number, line, step, room, first) for number, line in enumerate(lines)]
        if sum(heights) <= space:
            break
    # The paper is longer than the page: what the preview leaves out stands on the paper itself.
    cut = False
    while lines and sum(heights) > space:
        lines.pop()
        heights.pop()
        cut = True
    if cut:
        whole = _whole_part(lines)
        lines, heights = lines[:whole], heights[:whole]
    tall = sum(heights) + qr + 64
    page.paint(lambda painter: _paint(page.theme, painter, x, top, width, tall, lit=lit))
    y = top + 44
    for number, (line, height) in enumerate(zip(lines, heights, strict=True)):
        if not line.strip():
            page.paint(_dashes(page.theme, x + 36, y + height / 2, room))
        else:
            big = number == 0
            label, value = _split(line)
            if value:
                page.label(x + 36, y, first - _BETWEEN, height, label, step, ground="surface", tight=True)
                page.label(x + 36 + first, y, room - first, height, value, step, ground="surface", tight=True)
            else:
                page.label(x + 36, y, room, height, line, _up(step) if big else step, bold=big, ground="surface",
                           align="center" if big else "left", middle=True, tight=True)  # fmt: skip
        y += height
    if body.qr:
        picture = qr_picture(body.qr, page.theme.px(208))
        side = picture.width() / page.theme.scale
        page.picture(picture, x + (width - side) / 2, y + 8)


def _label_width(page: Canvas, lines: list[str], step: str, room: float) -> float:
    """Where the values begin: behind the longest label, but no word of a value is broken for it."""
    pairs = [pair for pair in map(_split, lines) if pair[1]]
    labels = max((page.width_of(label, step) for label, _ in pairs), default=0.0)
    words = max((page.width_of(word, step) for _, value in pairs for word in value.split()), default=0.0)
    return max(min(labels, room - _BETWEEN - words), room * 0.3) + _BETWEEN


def _line_height(page: Canvas, number: int, line: str, step: str, room: float, first: float) -> float:
    if not line.strip():
        return 22.0
    label, value = _split(line)
    if value:
        return max(
            page.height_of(value, step, room - first, tight=True),
            page.height_of(label, step, first - _BETWEEN, tight=True),
        )
    return page.height_of(line, _up(step) if number == 0 else step, room, bold=number == 0, tight=True)


def _paint(theme: Theme, painter: QPainter, x: float, top: float, width: float, tall: float, *, lit: bool) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.colour("guide_fill" if lit else "key_edge"), 6))
    painter.setBrush(theme.colour("ink"))
    painter.drawRoundedRect(QRectF(x - 24, top, width + 48, 40), 20, 20)
    shape = QPolygonF([QPointF(x, top + 20), QPointF(x + width, top + 20), QPointF(x + width, top + tall)])
    teeth = 32
    step = width / teeth
    for number in range(teeth):
        left = x + width - (number + 1) * step
        shape.append(QPointF(left + step / 2, top + tall + 24))
        shape.append(QPointF(left, top + tall))
    painter.setPen(QPen(theme.colour("line"), 2))
    painter.setBrush(theme.colour("surface"))
    painter.drawPolygon(shape)


def _split(line: str) -> tuple[str, str]:
    """Label and value of a line; the value is empty where it has none."""
    found = _PAIR.fullmatch(line)
    return (found[1], found[2]) if found else (line, "")


def _joined(lines: tuple[str, ...]) -> list[str]:
    """The lines of the paper, a value that goes on over several of them made one again; what divides is empty."""
    found: list[str] = []
    for line in lines:
        bare = line.strip()
        if _RULE.fullmatch(bare):
            found.append("")
        elif len(line) - len(line.lstrip()) >= _VALUES_FROM and found and found[-1]:
            if not _split(found[-1])[1]:
                between = "  "
            else:
                between = "" if min(found[-1][-1], bare[0]) >= "\u2e80" else " "
            found[-1] += between + bare
        else:
            found.append(bare)
    return found


def _whole_part(lines: list[str]) -> int:
    """How many lines of a cut paper to show: whole parts from the case number on, and no label without its value."""
    numbers = [at for at, line in enumerate(lines) if _CASE_ID.search(line)]
    if not numbers:
        return len(lines)
    dividers = [at for at, line in enumerate(lines) if not line and at > numbers[0]]
    if dividers:
        return dividers[-1]
    last = lines[-1]
    alone = numbers[-1] < len(lines) - 1 and "  " not in last and not any(char.isdigit() for char in last)
    return len(lines) - alone


def _up(step: str) -> str:
    return {"body": "lead", "small": "body", "caption": "small"}[step]


def _dashes(theme: Theme, x: float, y: float, width: float) -> Callable[[QPainter], None]:
    def draw(painter: QPainter) -> None:
        pen = QPen(theme.colour("key_edge"), 3)
        pen.setDashPattern([3.0, 2.5])
        painter.setPen(pen)
        painter.drawLine(QPointF(x, y), QPointF(x + width, y))

    return draw
