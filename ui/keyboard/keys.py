"""The parts of the keyboard that a finger meets: single keys, and strips (one frame, one lip, many cells).

Both paint themselves in one ``paintEvent``: lip first, then the face; a touched key loses its lip and sinks in the
next frame. They take no keyboard focus. Glyphs that are not letters (delete, shift, arrows) are drawn, not taken from
a font.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen, QTouchEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from ui.kit.controls import Described, mark_control
from ui.kit.text import steps_down
from ui.kit.theme import Theme

Glyph = Literal["delete", "shift", "left", "right", "up", "down", "enter"]
Fill = Literal["plain", "quiet", "primary", "selected"]

_CHEVRONS: dict[str, tuple[tuple[float, float], ...]] = {
    "left": ((30, 9), (15, 24), (30, 39)),
    "right": ((18, 9), (33, 24), (18, 39)),
    "up": ((9, 31), (24, 16), (39, 31)),
    "down": ((9, 17), (24, 32), (39, 17)),
}


def paint_glyph(painter: QPainter, glyph: Glyph, area: QRectF, size: float, colour: QColor, tint: QColor) -> None:
    """Draw a glyph of the 48 grid, ``size`` pixels high, in the middle of ``area``."""
    painter.save()
    painter.translate(area.center() - QPointF(size / 2, size / 2))
    painter.scale(size / 48, size / 48)
    pen = QPen(colour, 3.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    path = QPainterPath()
    if glyph in _CHEVRONS:
        pen.setWidthF(5)
        painter.setPen(pen)
        first, *rest = _CHEVRONS[glyph]
        path.moveTo(*first)
        for point in rest:
            path.lineTo(*point)
        painter.drawPath(path)
    elif glyph == "delete":
        painter.setBrush(tint)
        path.moveTo(17, 9)
        for x, y in ((43, 9), (43, 39), (17, 39), (4, 24)):
            path.lineTo(x, y)
        path.closeSubpath()
        painter.drawPath(path)
        painter.drawLine(QPointF(23, 18), QPointF(35, 30))
        painter.drawLine(QPointF(35, 18), QPointF(23, 30))
    elif glyph == "shift":
        painter.setBrush(tint)
        path.moveTo(24, 6)
        for x, y in ((42, 25), (32, 25), (32, 40), (16, 40), (16, 25), (6, 25)):
            path.lineTo(x, y)
        path.closeSubpath()
        painter.drawPath(path)
    else:
        path.moveTo(40, 10)
        path.lineTo(40, 28)
        path.lineTo(9, 28)
        path.moveTo(19, 18)
        path.lineTo(9, 28)
        path.lineTo(19, 38)
        painter.drawPath(path)
    painter.restore()


class KeyCap(QAbstractButton):
    """One key: a letter, a word or a glyph. Emits ``clicked`` when released inside; delete repeats while held.

    Touches are taken as touches, not as the mouse Qt would make of the first finger: two hands type with fingers that
    overlap. ``held`` says that a finger has come down, so that the keyboard can let go of the key before.
    """

    held = Signal()

    def __init__(self, parent: QWidget, theme: Theme, name: str, *, radius_px: int = 16) -> None:
        super().__init__(parent)
        self._theme = theme
        self._radius_px = radius_px
        self._fill: Fill = "plain"
        self._glyph: Glyph | None = None
        self._step = "key"
        self._bold = False
        self.types = ""
        self.setText("")
        mark_control(self, name, "key")
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)

    def show_as(
        self,
        label: str,
        *,
        step: str = "key",
        bold: bool = False,
        glyph: Glyph | None = None,
        fill: Fill = "plain",
        accessible: str | None = None,
    ) -> None:
        """What stands on the key; ``accessible`` is read out where the label is a glyph."""
        if (label, step, bold, glyph, fill) == (self.text(), self._step, self._bold, self._glyph, self._fill):
            return
        self._step, self._bold, self._glyph, self._fill = step, bold, glyph, fill
        self.setText(label)
        self.setAccessibleName(accessible or label)
        self.update()

    def let_go(self) -> None:
        """A finger that rests on the key counts now; its lifting later does not count again."""
        if self.isDown():
            self.setDown(False)
            self.clicked.emit()

    def event(self, event: QEvent) -> bool:
        """Fingers. A key that repeats is left to the mouse Qt makes of a touch: the button knows how to repeat that."""
        if not isinstance(event, QTouchEvent) or self.autoRepeat():
            return super().event(event)
        kind = event.type()
        if kind == QEvent.Type.TouchBegin:
            if self.isEnabled():
                self.held.emit()
                self.setDown(True)
        elif kind == QEvent.Type.TouchEnd:
            self.let_go()
        elif kind == QEvent.Type.TouchCancel or (
            self.isDown() and not any(self.rect().contains(point.position().toPoint()) for point in event.points())
        ):
            self.setDown(False)
        event.accept()
        return True

    def _colours(self) -> tuple[str, str, str, str]:
        """Face, text, edge and lip as tokens."""
        if not self.isEnabled():
            return "disabled_fill", "disabled_text", "disabled_edge", "disabled_edge"
        if self.isDown():
            if self._fill == "primary":
                return "primary_pressed", "on_primary", "primary_lip", "primary_lip"
            return "key_pressed", "ink", "selected_edge", "selected_edge"
        if self._fill == "primary":
            return "primary", "on_primary", "primary", "primary_lip"
        face = {"plain": "key_fill", "quiet": "surface_quiet", "selected": "selected_fill"}[self._fill]
        return face, "ink", "selected_edge" if self._fill == "selected" else "key_edge", "key_lip"

    def described(self) -> Described:
        """What is painted now, for the screen inventory."""
        face, text, _, _ = self._colours()
        label = self.text()
        return Described(label, self._font().pixelSize() if label else 0, self._theme.hex(text), self._theme.hex(face))

    def _font(self) -> QFont:
        return self._theme.font(self._step, bold=self._bold)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Lip, face, label."""
        theme = self._theme
        face_token, text_token, edge_token, lip_token = self._colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        border = max(1.0, 2 * theme.scale)
        lip = 8 * theme.scale
        radius = self._radius_px * theme.scale
        area = QRectF(self.rect()).adjusted(border / 2, border / 2, -border / 2, -border / 2)
        face = area.adjusted(0, 0, 0, -(lip - border))
        if not self.isEnabled():
            pen = QPen(theme.colour(edge_token), border, Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.setBrush(theme.colour(face_token))
            painter.drawRoundedRect(face, radius, radius)
        else:
            if self.isDown():
                face.translate(0, lip - border)
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour(lip_token))
                painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
            painter.setPen(QPen(theme.colour(edge_token), border))
            painter.setBrush(theme.colour(face_token))
            painter.drawRoundedRect(face, radius, radius)
        ink = theme.colour(text_token)
        if self._glyph is not None:
            paint_glyph(painter, self._glyph, face, theme.px(60), ink, theme.colour("icon_tint"))
        else:
            painter.setFont(self._font())
            painter.setPen(ink)
            if len(self.text()) == 1:
                # Full-width signs sit in a corner of their square; on a key the ink itself stands in the middle.
                metrics = QFontMetricsF(self._font())
                ink_box = metrics.tightBoundingRect(self.text())
                face.translate(metrics.horizontalAdvance(self.text()) / 2 - ink_box.center().x(), 0)
            painter.drawText(face, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, self.text())
        painter.end()


class StripCell(QAbstractButton):
    """One cell of a strip; the strip paints it, the cell only feels the touch."""

    def __init__(self, strip: Strip, name: str) -> None:
        super().__init__(strip)
        self._strip = strip
        self.selected = False
        self.strong = False
        self.glyph: Glyph | None = None
        mark_control(self, name, "key")
        self.pressed.connect(strip.felt)
        self.released.connect(strip.felt)

    def described(self) -> Described:
        """What is painted now, for the screen inventory."""
        face, text = self._strip.cell_colours(self)
        size = self._strip.cell_font(self).pixelSize() if self.text() else 0
        theme = self._strip.theme
        return Described(self.text(), size, theme.hex(text), theme.hex(face))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Nothing: the strip underneath has painted this cell."""


class Strip(QWidget):
    """A frame with one lip and cells side by side; without cells it is flat and shows ``message``."""

    def __init__(self, parent: QWidget, theme: Theme, *, selected_as: Literal["primary", "tint"], step: str) -> None:
        super().__init__(parent)
        self.theme = theme
        self._selected_as = selected_as
        self._step = step
        self._message = ""
        self._message_tone: Literal["quiet", "caution"] = "quiet"
        self._cells: list[StripCell] = []

    def lay_out(self, cells: list[tuple[StripCell, float]]) -> None:
        """Show these cells, left to right, with their widths in window pixels; others of this strip are hidden."""
        shown = {id(cell) for cell, _ in cells}
        for child in self.findChildren(StripCell):
            if id(child) not in shown:
                child.hide()
        left = 0.0
        for cell, width in cells:
            cell.setGeometry(round(left), 0, round(left + width) - round(left), self.height())
            cell.show()
            left += width
        self._cells = [cell for cell, _ in cells]
        self._take_role()
        self.update()

    def say(self, message: str, tone: Literal["quiet", "caution"] = "quiet") -> None:
        """The sentence shown while there are no cells."""
        if (message, tone) != (self._message, self._message_tone):
            self._message, self._message_tone = message, tone
            self.setAccessibleName(message)
            self._take_role()
            self.update()

    def felt(self) -> None:
        """A cell was touched or let go. Connected to Qt's own `update`, PySide keeps some bytes for ever each time."""
        self.update()

    def _take_role(self) -> None:
        # A strip is a text of the screen only while it shows a sentence; its cells are controls of their own.
        self.setProperty("role", "text" if self._message and not self._cells else None)

    def message(self) -> str:
        """The sentence shown while there are no cells."""
        return self._message

    def cell_colours(self, cell: StripCell) -> tuple[str, str]:
        """Face and text of a cell as tokens."""
        if not cell.isEnabled():
            return "disabled_fill", "disabled_text"
        if cell.isDown():
            return "key_pressed", "ink"
        if cell.selected:
            return ("primary", "on_primary") if self._selected_as == "primary" else ("selected_fill", "accent_text")
        return "key_fill", "ink"

    def cell_font(self, cell: StripCell) -> QFont:
        """The font of a cell's label, sizes smaller where the label would not fit."""
        return self._fitting(cell.text(), cell.width() - 2 * self.theme.px(8), bold=cell.strong or cell.selected)

    def _fitting(self, text: str, room: float, *, bold: bool = False) -> QFont:
        font = self.theme.font(self._step, bold=bold)
        for step in steps_down(self._step):
            font = self.theme.font(step, bold=bold)
            if QFontMetricsF(font).horizontalAdvance(text) <= room:
                break
        return font

    def _message_font(self) -> QFont:
        return self._fitting(self._message, self.width() - 2 * self.theme.px(24))

    def width_of(self, label: str, *, bold: bool) -> float:
        """Window pixels a cell with this label wants."""
        advance = QFontMetricsF(self.theme.font(self._step, bold=bold)).horizontalAdvance(label)
        return max(self.theme.px(112), advance + 2 * self.theme.px(30))

    def described(self) -> Described:
        """The sentence, for the screen inventory."""
        tone = "caution" if self._message_tone == "caution" else "ink_secondary"
        size = self._message_font().pixelSize()
        return Described(self._message, size, self.theme.hex(tone), self.theme.hex("surface_quiet"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Frame and lip, the cells clipped to the frame, dividers, labels."""
        theme = self.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        border = max(1.0, 3 * theme.scale)
        lip = 9 * theme.scale
        radius = 20 * theme.scale
        area = QRectF(self.rect()).adjusted(border / 2, border / 2, -border / 2, -border / 2)
        face = area.adjusted(0, 0, 0, -(lip - border))
        cells = [cell for cell in self._cells if not cell.isHidden()]
        if not cells:
            painter.setPen(QPen(theme.colour("line"), max(1.0, 2 * theme.scale)))
            painter.setBrush(theme.colour("surface_quiet"))
            painter.drawRoundedRect(face, radius, radius)
            painter.setFont(self._message_font())
            painter.setPen(theme.colour("caution" if self._message_tone == "caution" else "ink_secondary"))
            painter.drawText(
                face.adjusted(theme.px(24), 0, -theme.px(24), 0), Qt.AlignmentFlag.AlignCenter, self._message
            )
            painter.end()
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("key_lip"))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        painter.setBrush(theme.colour("key_fill"))
        painter.drawRoundedRect(face, radius, radius)
        shape = QPainterPath()
        shape.addRoundedRect(face, radius, radius)
        painter.save()
        painter.setClipPath(shape)
        for number, cell in enumerate(cells):
            ground, ink = self.cell_colours(cell)
            box = QRectF(cell.geometry())
            box.setTop(face.top())
            box.setBottom(face.bottom())
            painter.fillRect(box, theme.colour(ground))
            if number:
                divider = "key_edge" if self._selected_as == "primary" else "line"
                painter.fillRect(QRectF(box.left(), box.top(), border * 0.8, box.height()), theme.colour(divider))
            if cell.glyph is not None:
                paint_glyph(painter, cell.glyph, box, theme.px(40), theme.colour(ink), theme.colour("icon_tint"))
            else:
                font = self.cell_font(cell)
                painter.setFont(font)
                painter.setPen(theme.colour(ink))
                room = box.width() - 2 * theme.px(8)
                label = QFontMetricsF(font).elidedText(cell.text(), Qt.TextElideMode.ElideRight, room)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, label)
        painter.restore()
        painter.setPen(QPen(theme.colour("key_edge"), border))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(face, radius, radius)
        painter.end()
