"""What a finger presses: keys, the machine's own keys on the rail, areas that paint nothing.

Numbers given to constructors are design pixels (see :mod:`ui.kit.theme`); geometry of a widget is window pixels.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QHideEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from ui.kit.controls import Described, Role, TouchGate, control_name, mark_control
from ui.kit.icons import icon
from ui.kit.paint import Face, FaceName, draw_icon, face, paint_card, paint_key
from ui.kit.text import SetText, fit_text, fit_together, text_width
from ui.kit.theme import Theme
from ui.kit.tokens import EDGE_PX, RADIUS_PX, SPACE_PX


class Pressable(QWidget):
    """Something a finger presses: counts only when the press begins and ends inside and the gate is open.

    ``tapped`` carries the control name. Without a gate (letter keys) every press counts.
    """

    tapped = Signal(str)
    lifted = Signal()
    """The finger that rested on it is gone, whether it was a tap or not."""

    def __init__(self, parent: QWidget, theme: Theme, name: str, role: Role, accessible: str) -> None:
        super().__init__(parent)
        self.theme = theme
        self._gate: TouchGate | None = None
        self._held = False
        self._pressed = False
        mark_control(self, name, role, accessible)

    def set_gate(self, gate: TouchGate | None) -> None:
        """Let a gate decide which presses count."""
        self._gate = gate

    @property
    def pressed(self) -> bool:
        """True while a finger that counts rests on it."""
        return self._pressed

    @property
    def held(self) -> bool:
        """True from when a finger comes down on it until it leaves the panel."""
        return self._held

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The finger comes down: the pressed look is painted in the next frame."""
        event.accept()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._gate is not None and not self._gate.open():
            self._gate.take()
            return
        self._held = self._pressed = True
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Sliding off lets go, sliding back takes hold again."""
        inside = self._held and self.rect().contains(event.position().toPoint())
        if inside != self._pressed:
            self._pressed = inside
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The finger leaves: inside it is a tap."""
        event.accept()
        counts = self._held and self.rect().contains(event.position().toPoint())
        self._held = self._pressed = False
        self.update()
        if counts and self.isEnabled() and (self._gate is None or self._gate.take()):
            self.tapped.emit(control_name(self))
        if isValid(self):  # a tap that ends a visit has destroyed the whole page
            self.lifted.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A quick second press is a press like any other; the gate decides."""
        self.mousePressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """A thing that went away is not pressed."""
        self._held = self._pressed = False

    def text_box(self) -> QRectF:
        """The whole widget as a rectangle to paint in."""
        return QRectF(self.rect())

    def clipped(self) -> bool:
        """True when a text of this part does not fit."""
        return False


_REASONED: Final = (("key", "small"), ("lead", "small"), ("lead", "caption"), ("body", "caption"))


def reasoned(theme: Theme, label: str, reason: str, width_px: float, height_px: float) -> tuple[SetText, ...]:
    """Label and, below it, why it cannot be pressed, for a key of that many window pixels; see whether they fit."""
    room = width_px - 2 * SPACE_PX["key_padding"] * theme.scale
    texts = [(label, True), (reason, True)]
    return fit_together(texts, theme, _REASONED, room, height_px - 20 * theme.scale)


class Key(Pressable):
    """A key with one line of label, an icon left when it names a thing, right when it shows a direction.

    One that cannot be pressed may say why, in place of its icon: the key stays as large as it will be.
    """

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        name: str,
        label: str,
        *,
        look: FaceName = "plain",
        step: str = "key",
        icon_left: str | None = None,
        icon_right: str | None = None,
        icon_px: float = 52,
        stroke: float = 4.5,
        small: bool = False,
        bold: bool = True,
        padding_px: float = SPACE_PX["key_padding"],
        radius_px: float | None = None,
        left_aligned: bool = False,
        role: Role = "key",
        accessible: str | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(parent, theme, name, role, accessible or (f"{label} {reason}" if reason else label))
        self._reason = reason
        self._label, self._look, self._step, self._bold = label, look, step, bold
        self._icon_left, self._icon_right = icon_left, icon_right
        self._icon_px, self._stroke, self._small, self._padding = icon_px, stroke, small, padding_px
        self._radius = radius_px if radius_px is not None else RADIUS_PX["small_key" if small else "key"]
        self._left_aligned = left_aligned

    def set_look(self, look: FaceName) -> None:
        """Another kind of face, e.g. selected."""
        if look != self._look:
            self._look = look
            self.update()

    def label(self) -> str:
        """The label."""
        return self._label

    def _gap(self) -> float:
        return self.theme.px(12 if self._small else 20)

    def _setting(self) -> SetText:
        scale = self.theme.scale
        icons = (self._icon_left is not None) + (self._icon_right is not None)
        room = self.width() - 2 * self._padding * scale - icons * (self._icon_px * scale + self._gap())
        height = self.height() - (11 if self._small else 13) * scale
        one = fit_text(
            self._label, self.theme, self._step, room, height, bold=self._bold, max_lines=1, smallest=self._floor()
        )
        wider = room + 2 * max(0.0, self._padding - 10) * scale
        if not one.fits:
            # A narrow margin is better than a word in two lines.
            one = fit_text(
                self._label,
                self.theme,
                self._floor(),
                wider,
                height,
                bold=self._bold,
                max_lines=1,
                smallest="small" if self._floor() == "body" and " " not in self._label else self._floor(),
            )
        if one.fits:
            return one
        two = fit_text(self._label, self.theme, self._floor(), room, height, bold=self._bold, max_lines=2, tight=True)
        if two.fits or self.theme.growth:  # larger type gives way first
            return two
        return fit_text(self._label, self.theme, self._floor(), wider, height, bold=self._bold, max_lines=2, tight=True)

    def _floor(self) -> str:
        return {"key_large": "key", "key": "body", "lead": "small", "body": "caption"}.get(self._step, "caption")

    def _settings(self) -> tuple[SetText, ...]:
        if self._reason:
            return reasoned(self.theme, self._label, self._reason, self.width(), self.height())
        return (self._setting(),)

    def clipped(self) -> bool:
        """True when the label does not fit."""
        return not all(part.fits for part in self._settings())

    def _colours(self) -> Face:
        return face(self.theme, self._look)

    def described(self) -> Described:
        """What is painted now."""
        colours = self._colours()
        text, fill = (colours.text, colours.fill)
        if not self.isEnabled():
            text, fill = self.theme.hex("disabled_text"), self.theme.hex("disabled_fill")
        words = f"{self._label}\n{self._reason}" if self._reason else self._label
        return Described(words, min(part.font_px for part in self._settings()), text, fill)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint lip, face, icons and label."""
        theme, colours = self.theme, self._colours()
        painter = QPainter(self)
        selected = self._look == "selected"
        inner = paint_key(
            painter,
            theme,
            self.text_box(),
            colours,
            pressed=self._pressed,
            enabled=self.isEnabled(),
            edge_px=EDGE_PX["selected" if selected else "key"],
            lip_px=EDGE_PX["lip" if selected or not self._small else "small_lip"],
            radius_px=self._radius,
        )
        colour = colours.text if self.isEnabled() else theme.hex("disabled_text")
        if self._reason:
            parts = self._settings()
            y = inner.center().y() - sum(part.height_px for part in parts) / 2
            for part in parts:
                part.draw(painter, 0, y, self.width(), QColor(colour), "center")
                y += part.height_px
            return
        lines = self._setting()
        line = colours.icon_line if self.isEnabled() else colour
        size, gap = self._icon_px * theme.scale, self._gap()
        icons = (self._icon_left is not None) + (self._icon_right is not None)
        total = lines.width_px + icons * size + (icons * gap if self._label else 0)
        x = inner.x() + (inner.width() - total) / 2
        if self._left_aligned:
            x = inner.x() + self._padding * theme.scale
        middle = inner.center().y()
        if self._icon_left is not None:
            picture = icon(self._icon_left, round(size), line, colours.icon_tint, stroke=self._stroke)
            draw_icon(painter, picture, x, middle - size / 2)
            x += size + gap
        lines.draw(painter, x, middle - lines.height_px / 2, lines.width_px, QColor(colour), "center")
        x += lines.width_px + gap
        if self._icon_right is not None:
            if self._left_aligned:
                x = inner.right() - self._padding * theme.scale - size
            picture = icon(self._icon_right, round(size), line, colours.icon_tint, stroke=self._stroke)
            draw_icon(painter, picture, x, middle - size / 2)


_RAIL_ICON: Final = {1: (52, 8), 2: (44, 8), 3: (32, 2)}
"""Lines of a label on the rail -> size of the icon above it and the air between, in design pixels."""


_RAIL_TYPE: Final = (
    ("small", True, 1), ("small", False, 1), ("small", False, 2), ("small", False, 3), ("caption", False, 1),
    ("caption", False, 2), ("caption", False, 3),
)  # fmt: skip
"""Step, whether as large as the page's, and lines of a label on the rail: what is tried one after the other."""


class RailKey(Pressable):
    """One of the machine's own keys on the dark rail, no lip of its own: icon above the label, or beside it where type
    is large and both have room."""

    def __init__(
        self, parent: QWidget, theme: Theme, name: str, label: str, icon_name: str | None, *, beside: bool = False
    ) -> None:
        super().__init__(parent, theme, name, "key", label)
        self._label, self._icon, self._beside = label, icon_name, beside
        self._room = (1, 0.0)
        self._grade = 0

    def words(self) -> tuple[int, float]:
        """Lines that its label takes at this width, and their height in window pixels."""
        label = self._setting()
        return len(label.lines), label.height_px

    def leave_room(self, words: tuple[int, float]) -> None:
        """Stand as one whose label is so tall, so that the icons of a rail are alike and at one height."""
        if words != self._room:
            self._room = words
            self.update()

    @staticmethod
    def words_beside(theme: Theme, label: str, width_px: float) -> bool:
        """Whether type is large and a key this wide (design pixels) has room for the words beside the icon."""
        words = text_width(label, theme, "small", bold=True) / theme.scale
        return theme.large and words + 52 + 16 + 8 <= width_px

    def _setting(self) -> SetText:
        """The label in the largest type that has room; the rail never keeps the type of its page down."""
        return self._set(self.grade())

    def grade(self) -> int:
        """Which of the ways to set a label is the first that has room, the largest type first."""
        return next(
            (grade for grade in range(self._grade, len(_RAIL_TYPE)) if self._set(grade).fits), len(_RAIL_TYPE) - 1
        )

    def set_no_larger(self, grade: int) -> None:
        """Be set in this way or a smaller one, so that the labels of a rail are alike."""
        if grade != self._grade:
            self._grade = grade
            self.update()

    def _set(self, grade: int) -> SetText:
        step, large, lines = _RAIL_TYPE[grade]
        theme = self.theme if large else self.theme.grown(0.0)
        room = self.width() - 8 * self.theme.scale
        height = self.height() - (0 if self._beside else sum(_RAIL_ICON[lines])) * self.theme.scale
        return fit_text(
            self._label, theme, step, room, height, bold=True, max_lines=lines, smallest=step, tight=lines > 1
        )

    def clipped(self) -> bool:
        """True when the label does not fit."""
        return not self._setting().fits

    def described(self) -> Described:
        """What is painted now."""
        return Described(self._label, self._setting().font_px, self.theme.hex("on_rail"), self.theme.hex("rail"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint icon and label on the rail."""
        theme, scale = self.theme, self.theme.scale
        painter = QPainter(self)
        if self._pressed:
            paint_card(painter, theme, self.text_box().adjusted(0, 8, 0, -8), "rail_divider", radius_px=20)
        label, ink = self._setting(), theme.colour("on_rail")
        lines, words = max(self._room, self.words())
        most, air = _RAIL_ICON.get(lines, _RAIL_ICON[3])
        size, gap = most * scale, air * scale
        if self._beside:
            left, top = (self.width() - size - 16 * scale - label.width_px) / 2, (self.height() - size) / 2
        else:
            left = (self.width() - size) / 2
            top = (self.height() - size - gap - words) / 2 + 2 * scale
        if self._icon:
            picture = icon(self._icon, round(size), theme.hex("on_rail"), "none", paper=theme.hex("rail"))
            draw_icon(painter, picture, left, top)
        if self._beside:
            middle = (self.height() - label.height_px) / 2
            label.draw(painter, left + size + 16 * scale, middle, label.width_px, ink)
        else:
            label.draw(painter, 0, top + size + gap, self.width(), ink, "center")


class Hotspot(Pressable):
    """An area that can be pressed but paints nothing (the mark in the corner, the whole attract page)."""

    def __init__(self, parent: QWidget, theme: Theme, name: str, accessible: str, fg: str, bg: str) -> None:
        super().__init__(parent, theme, name, "key", accessible)
        self._fg, self._bg = fg, bg

    def described(self) -> Described:
        """It has no text."""
        return Described("", 0, self.theme.hex(self._fg), self.theme.hex(self._bg))
