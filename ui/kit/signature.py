"""The signature area: a finger or pen draws, the strokes are kept as points, nothing is an image."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.kit.controls import Described, mark_control
from ui.kit.paint import paint_card
from ui.kit.text import fit_text
from ui.kit.theme import Theme

Stroke = tuple[tuple[int, int], ...]

WIDTH_PX: Final = 952
HEIGHT_PX: Final = 360
MIN_STEP_PX: Final = 3
"""Points closer than this to the last one add nothing to the line."""
MAX_POINTS: Final = 4000
"""A signature has a few hundred; a hand resting on the glass must not grow the case without end."""


class SignaturePad(QWidget):
    """Control ``field.signature``. ``changed(width, height, strokes)`` comes after each stroke, in window pixels."""

    changed = Signal(int, int, object)

    def __init__(self, parent: QWidget | None, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme
        self._placeholder = ""
        self._strokes: tuple[Stroke, ...] = ()
        self._drawing: list[tuple[int, int]] = []
        mark_control(self, "field.signature", "field", "")
        self.resize(self.sizeHint())

    def sizeHint(self) -> QSize:
        """As wide as the page's column."""
        return QSize(self._theme.px(WIDTH_PX), self._theme.px(HEIGHT_PX))

    def set_placeholder(self, text: str) -> None:
        """What stands in the empty area."""
        self._placeholder = text
        self.setAccessibleName(text)
        self.update()

    def set_strokes(self, strokes: tuple[Stroke, ...]) -> None:
        """Show these strokes (an empty tuple clears); a stroke being drawn is not disturbed. Never emits."""
        if strokes != self._strokes:
            self._strokes = strokes
            self.update()

    def strokes(self) -> tuple[Stroke, ...]:
        """The finished strokes."""
        return self._strokes

    def described(self) -> Described:
        """The placeholder while it is empty."""
        text = self._placeholder if not self._strokes and not self._drawing else ""
        size = self._theme.font("lead").pixelSize() if text else 0
        return Described(text, size, self._theme.hex("ink_secondary"), self._theme.hex("surface"))

    def _point(self, event: QMouseEvent) -> tuple[int, int]:
        spot = event.position().toPoint()
        return min(max(spot.x(), 0), self.width() - 1), min(max(spot.y(), 0), self.height() - 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The pen comes down."""
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton and sum(map(len, self._strokes)) < MAX_POINTS:
            self._drawing = [self._point(event)]
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Two quick strokes are two strokes."""
        self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The pen moves; only the new piece of line is painted."""
        if not self._drawing or len(self._drawing) >= MAX_POINTS:
            return
        point, last = self._point(event), self._drawing[-1]
        if abs(point[0] - last[0]) + abs(point[1] - last[1]) < MIN_STEP_PX:
            return
        self._drawing.append(point)
        before = self._drawing[-3:]
        margin = self._theme.px(12)
        xs, ys = [x for x, _ in before], [y for _, y in before]
        piece = QRectF(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
        self.update(piece.adjusted(-margin, -margin, margin, margin).toAlignedRect())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The pen lifts: one stroke more."""
        event.accept()
        if self._drawing:
            self._strokes = (*self._strokes, tuple(self._drawing))
            self._drawing = []
            self.update()
            self.changed.emit(self.width(), self.height(), self._strokes)

    def hideEvent(self, event: QHideEvent) -> None:
        """A page that went away keeps no half stroke."""
        self._drawing = []

    def paintEvent(self, event: QPaintEvent) -> None:
        """A white field with a line to write on, then the ink."""
        theme = self._theme
        painter = QPainter(self)
        paint_card(painter, theme, QRectF(self.rect()), "surface", "key_edge", line_px=3, radius_px=20)
        base = self.height() - theme.px(72)
        painter.setPen(QPen(theme.colour("line"), max(1, theme.px(3)), Qt.PenStyle.DashLine))
        painter.drawLine(theme.px(48), base, self.width() - theme.px(48), base)
        if not self._strokes and not self._drawing:
            room = self.width() - 2 * theme.px(64)
            text = fit_text(self._placeholder, theme, "lead", room, self.height(), max_lines=2)
            top = (base - text.height_px) / 2
            text.draw(painter, theme.px(64), top, room, theme.colour("ink_secondary"), "center")
        pen = QPen(theme.colour("ink"), max(2, theme.px(7)))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for stroke in (*self._strokes, tuple(self._drawing)):
            if len(stroke) == 1:
                painter.drawPoint(QPointF(*stroke[0]))
            elif stroke:
                painter.drawPath(_smooth(stroke))
        painter.end()


def _smooth(stroke: Stroke) -> QPainterPath:
    """A line through the middles between points, bent by the points themselves: no corners where the hand made none."""
    path = QPainterPath(QPointF(*stroke[0]))
    for (x, y), (next_x, next_y) in pairwise(stroke[1:]):
        path.quadTo(x, y, (x + next_x) / 2, (y + next_y) / 2)
    path.lineTo(*stroke[-1])
    return path
