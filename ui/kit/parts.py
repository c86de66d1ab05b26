"""The painted parts: keys with a lip, cards, tiles, labels, progress, notices.

A part is told everything by its maker and keeps nothing but what it paints. Numbers given to constructors are design
pixels (see :mod:`ui.kit.theme`); geometry of a widget is window pixels. What has a lip can be pressed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHideEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from ui.kit.controls import Described, Role, TouchGate, control_name, mark_control
from ui.kit.icons import has_icon, icon
from ui.kit.text import Align, SetText, fit_text, fit_together, text_width
from ui.kit.theme import Theme
from ui.kit.tokens import DURATION_MS, EDGE_PX, RADIUS_PX, SPACE_PX

MIDDLE_TINT = "#3F8079"
"""Tint of icons that stand on the primary fill."""


@dataclass(frozen=True, slots=True)
class Face:
    """Colours of a key as ``#RRGGBB``: the face, its edge, the lip under it, the text, the icon's two colours."""

    fill: str
    edge: str
    lip: str
    text: str
    icon_line: str
    icon_tint: str
    hint: str


FaceName = Literal["plain", "quiet", "primary", "guide", "selected", "caution", "dark", "dark_selected"]


def face(theme: Theme, name: FaceName) -> Face:
    """The colours of a kind of key."""
    c = theme.hex
    if name == "primary":
        text = c("on_primary")
        tint = "none" if theme.contrast else MIDDLE_TINT
        return Face(c("primary"), c("primary"), c("primary_lip"), text, text, tint, text)
    if name == "guide":
        text = c("on_guide")
        return Face(c("guide_fill"), c("guide_fill"), c("guide_lip"), text, text, c("guide_tint"), text)
    if name == "selected":
        edge = c("selected_edge")
        return Face(c("selected_fill"), edge, edge, c("ink"), c("icon_line"), c("surface"), c("ink_secondary"))
    if name == "caution":
        edge = c("caution")
        return Face(c("caution_fill"), edge, edge, c("ink"), edge, c("surface"), edge)
    fill = c("surface_quiet") if name == "quiet" else c("key_fill")
    line, tint = (c("ink"), "none") if theme.dark else (c("icon_line"), c("icon_tint"))
    return Face(fill, c("key_edge"), c("key_lip"), c("ink"), line, tint, c("ink_secondary"))


def paint_key(
    painter: QPainter,
    theme: Theme,
    box: QRectF,
    colours: Face,
    *,
    pressed: bool = False,
    enabled: bool = True,
    edge_px: float = EDGE_PX["key"],
    lip_px: float = EDGE_PX["lip"],
    radius_px: float = RADIUS_PX["key"],
) -> QRectF:
    """Paint lip, edge and face of a key into ``box``; gives back the rectangle of the face, for what stands on it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge, lip, radius = edge_px * theme.scale, lip_px * theme.scale, radius_px * theme.scale
    if not enabled:
        pen = QPen(theme.colour("disabled_edge"), edge)
        pen.setStyle(Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([3.0, 2.5])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.setBrush(theme.colour("disabled_fill"))
        half = edge / 2
        painter.drawRoundedRect(box.adjusted(half, half, -half, -half), radius, radius)
        return box.adjusted(edge, edge, -edge, -edge)
    painter.setPen(Qt.PenStyle.NoPen)
    if pressed:
        # The lip goes away and the face sinks by what the lip stood out.
        body = box.adjusted(0, lip - edge, 0, 0)
        primary = colours.fill == theme.hex("primary")
        painter.setBrush(theme.colour("primary"))
        painter.drawRoundedRect(body, radius, radius)
        inner = body.adjusted(edge, edge, -edge, -edge)
        painter.setBrush(theme.colour("primary_pressed" if primary else "key_pressed"))
        painter.drawRoundedRect(inner, radius - edge, radius - edge)
        return inner
    painter.setBrush(QColor(colours.lip))
    painter.drawRoundedRect(box, radius, radius)
    body = box.adjusted(0, 0, 0, -(lip - edge))
    painter.setBrush(QColor(colours.edge))
    painter.drawRoundedRect(body, radius, radius)
    inner = box.adjusted(edge, edge, -edge, -lip)
    painter.setBrush(QColor(colours.fill))
    painter.drawRoundedRect(inner, max(0.0, radius - edge), max(0.0, radius - edge))
    return inner


def paint_card(
    painter: QPainter,
    theme: Theme,
    box: QRectF,
    fill: str,
    line: str | None = None,
    *,
    line_px: float = EDGE_PX["card"],
    radius_px: float = RADIUS_PX["card"],
) -> None:
    """Paint a flat card: ``fill`` and ``line`` are colour tokens or ``#RRGGBB``."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    radius = radius_px * theme.scale
    painter.setBrush(theme.colour(fill))
    if line is None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(box, radius, radius)
        return
    width = line_px * theme.scale
    painter.setPen(QPen(theme.colour(line), width))
    half = width / 2
    painter.drawRoundedRect(box.adjusted(half, half, -half, -half), radius, radius)


def draw_icon(painter: QPainter, pixmap: QPixmap, x: float, y: float) -> None:
    """Put a pixmap on whole pixels, so that it stays sharp."""
    painter.drawPixmap(round(x), round(y), pixmap)


class Label(QWidget):
    """Plain text in a box: never markup, never selectable, one size smaller when it would be clipped. A ``modest`` one
    (the machine's own strip) does without larger type where it has no room, rather than keep its page's type down.
    """

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        text: str,
        step: str = "body",
        *,
        bold: bool | None = None,
        colour: str = "ink",
        ground: str = "paper",
        align: Align = "left",
        middle: bool = False,
        max_lines: int | None = None,
        balance: bool = False,
        smallest: str = "caption",
        tight: bool = False,
        elide: bool = False,
        modest: bool = False,
    ) -> None:
        super().__init__(parent)
        self._tight, self._elide, self._modest = tight, elide, modest
        self._theme, self._text, self._step, self._bold = theme, text, step, bold
        self._colour, self._ground, self._align, self._middle = colour, ground, align, middle
        self._max_lines, self._balance, self._smallest = max_lines, balance, smallest
        self._set: SetText | None = None
        self._set_for = (0, 0)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        mark_control(self, "", "text", text)

    def text(self) -> str:
        """The text it shows."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text, self._set = text, None
            self.setAccessibleName(text)
            self.update()

    def lines(self) -> SetText:
        """The text as it is set in the widget's present size."""
        size = (self.width(), self.height())
        if self._set is None or self._set_for != size:
            self._set_for = size
            self._set = self._fitted(self._theme)
            if self._modest and (not self._set.fits or _cut(self._set)):
                self._set = self._fitted(self._theme.grown(0.0))
        return self._set

    def _fitted(self, theme: Theme) -> SetText:
        return fit_text(
            self._text,
            theme,
            self._step,
            self.width(),
            self.height(),
            bold=self._bold,
            max_lines=self._max_lines,
            balance=self._balance,
            smallest=self._smallest,
            tight=self._tight,
            elide=self._elide,
        )

    def clipped(self) -> bool:
        """True when even the smallest size does not fit."""
        return not self.lines().fits

    def shortened(self) -> bool:
        """True when the text ends with an ellipsis that it does not have, and more room or smaller type would help."""
        return not self._modest and _cut(self.lines())

    def words_box(self) -> QRectF:
        """What the words cover in the parent, without the space between lines above and below them."""
        lines = self.lines()
        air = (lines.line_height_px - lines.font_px) / 2
        top = self.y() + ((self.height() - lines.height_px) / 2 if self._middle else 0.0)
        left = {"left": 0.0, "center": (self.width() - lines.width_px) / 2, "right": self.width() - lines.width_px}
        return QRectF(self.x() + left[self._align], top + air, lines.width_px, lines.height_px - 2 * air)

    def described(self) -> Described:
        """What is painted now."""
        lines = self.lines()
        return Described(self._text, lines.font_px, self._theme.hex(self._colour), self._theme.hex(self._ground))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines."""
        lines = self.lines()
        painter = QPainter(self)
        top = (self.height() - lines.height_px) / 2 if self._middle else 0.0
        lines.draw(painter, 0, top, self.width(), self._theme.colour(self._colour), self._align)


def _cut(lines: SetText) -> bool:
    return bool(lines.lines) and lines.lines[-1].endswith("…") and not lines.text.endswith("…")


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


class Key(Pressable):
    """A key with one line of label, an icon left when it names a thing, right when it shows a direction."""

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
    ) -> None:
        super().__init__(parent, theme, name, role, accessible or label)
        self._label, self._look, self._step, self._bold = label, look, step, bold
        self._icon_left, self._icon_right = icon_left, icon_right
        self._icon_px, self._stroke, self._small, self._padding = icon_px, stroke, small, padding_px
        self._radius = radius_px if radius_px is not None else RADIUS_PX["small_key" if small else "key"]
        self._left_aligned = left_aligned
        self._dense = False

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
        if not one.fits:
            # A narrow margin is better than a word in two lines.
            one = fit_text(
                self._label,
                self.theme,
                self._floor(),
                room + 2 * max(0.0, self._padding - 10) * scale,
                height,
                bold=self._bold,
                max_lines=1,
                smallest="small" if self._floor() == "body" and " " not in self._label else self._floor(),
            )
        if one.fits:
            return one
        return fit_text(self._label, self.theme, self._floor(), room, height, bold=self._bold, max_lines=2, tight=True)

    def _floor(self) -> str:
        return {"key_large": "key", "key": "body", "lead": "small", "body": "caption"}.get(self._step, "caption")

    def clipped(self) -> bool:
        """True when the label does not fit."""
        return not self._setting().fits

    def _colours(self) -> Face:
        return face(self.theme, self._look)

    def described(self) -> Described:
        """What is painted now."""
        colours = self._colours()
        text, fill = (colours.text, colours.fill)
        if not self.isEnabled():
            text, fill = self.theme.hex("disabled_text"), self.theme.hex("disabled_fill")
        return Described(self._label, self._setting().font_px, text, fill)

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
        lines = self._setting()
        colour = colours.text if self.isEnabled() else theme.hex("disabled_text")
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


class Tile(Pressable):
    """Icon above a label above one line of examples; also the rating card and the everyday function."""

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        name: str,
        label: str,
        *,
        icon_name: str | None = None,
        hint: str | None = None,
        look: FaceName = "plain",
        step: str = "lead",
        icon_px: float = 84,
        stroke: float = 2.3,
        gap_px: float = 8,
        label_smallest: str = "caption",
        hint_lines: int = 1,
        role: Role = "key",
    ) -> None:
        super().__init__(parent, theme, name, role, label if not hint else f"{label} {hint}")
        self._hint_lines = hint_lines
        self._label, self._icon, self._hint, self._look, self._step = label, icon_name, hint or "", look, step
        self._icon_px, self._stroke, self._gap_px, self._smallest = icon_px, stroke, gap_px, label_smallest

    def set_look(self, look: FaceName) -> None:
        """Another kind of face, e.g. selected."""
        if look != self._look:
            self._look = look
            self.update()

    def _settings(self) -> tuple[SetText, SetText | None]:
        scale = self.theme.scale
        room = self.width() - 16 * scale
        height = self.height() - (13 + 8 + self._icon_px * (self._icon is not None) + self._gap_px) * scale
        hint: SetText | None = None
        if self._hint:
            hint = fit_text(self._hint, self.theme, "caption", room, 80 * scale, bold=False, max_lines=2, tight=True)
            height -= hint.line_height_px * max(len(hint.lines), self._hint_lines)
        label = fit_text(
            self._label, self.theme, self._step, room, height, bold=True, max_lines=1, smallest=self._first_floor()
        )
        if not label.fits:
            label = fit_text(
                self._label,
                self.theme,
                self._step if self._step in ("small", "caption") else "body",
                room,
                height,
                bold=True,
                max_lines=2,
                smallest=self._smallest,
                tight=True,
            )
        return label, hint

    def _first_floor(self) -> str:
        return "small" if self._step in ("lead", "body") else "caption"

    def clipped(self) -> bool:
        """True when label or hint does not fit."""
        label, hint = self._settings()
        return not label.fits or (hint is not None and not hint.fits)

    def described(self) -> Described:
        """What is painted now."""
        colours = face(self.theme, self._look)
        label, hint = self._settings()
        smallest = min(label.font_px, hint.font_px) if hint else label.font_px
        text = f"{self._label}\n{self._hint}" if self._hint else self._label
        if not self.isEnabled():
            return Described(text, smallest, self.theme.hex("disabled_text"), self.theme.hex("disabled_fill"))
        return Described(text, smallest, colours.text, colours.fill)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint lip, face, icon and texts."""
        theme, colours = self.theme, face(self.theme, self._look)
        painter = QPainter(self)
        inner = paint_key(
            painter,
            theme,
            self.text_box(),
            colours,
            pressed=self._pressed,
            enabled=self.isEnabled(),
            edge_px=EDGE_PX["selected" if self._look == "selected" else "key"],
        )
        label, hint = self._settings()
        gap = self._gap_px * theme.scale if self._icon else 0.0
        size = self._icon_px * theme.scale if self._icon else 0.0
        tall = hint.line_height_px * max(len(hint.lines), self._hint_lines) if hint else 0.0
        total = size + gap + label.height_px + tall
        y = inner.y() + (inner.height() - total) / 2
        line = colours.icon_line if self.isEnabled() else theme.hex("disabled_text")
        if self._icon:
            picture = icon(self._icon, round(size), line, colours.icon_tint, stroke=self._stroke)
            draw_icon(painter, picture, inner.center().x() - size / 2, y)
        y += size + gap
        text = colours.text if self.isEnabled() else theme.hex("disabled_text")
        label.draw(painter, inner.x(), y, inner.width(), QColor(text), "center")
        if hint is not None:
            small = colours.hint if self.isEnabled() else theme.hex("disabled_text")
            hint.draw(painter, inner.x(), y + label.height_px, inner.width(), QColor(small), "center")


PAIRS: Final = (("lead", "small"), ("body", "small"), ("body", "caption"), ("small", "caption"), ("caption", "caption"))
READING_PAIRS: Final = (("lead", "body"), *PAIRS)
"""For cards whose hint is to be read before pressing: it starts at the size of running text."""

Mark = Literal["ring", "box", "forward", "none"]


class ChoiceCard(Pressable):
    """One answer: icon, label, hint, and a ring (one answer), a box (several) or an arrow (leads on)."""

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        name: str,
        label: str,
        *,
        hint: str | None = None,
        icon_name: str | None = None,
        mark: Mark = "ring",
        selected: bool = False,
        tag: str | None = None,
        why_disabled: str | None = None,
        role: Role = "choice",
        pairs: Sequence[tuple[str, str]] = PAIRS,
    ) -> None:
        self._pairs = tuple(pairs)
        hint = why_disabled or hint
        super().__init__(parent, theme, name, role, label if not hint else f"{label} {hint}")
        self._label, self._hint, self._icon, self._mark = label, hint or "", icon_name, mark
        self._selected, self._tag = selected, tag
        self._from = 0
        self.setProperty("selected", selected)

    def selected(self) -> bool:
        """True when ticked."""
        return self._selected

    def _icon_size(self) -> float:
        return (72 if self.height() >= 120 * self.theme.scale else 60) * self.theme.scale

    def _columns(self) -> tuple[float, float]:
        scale = self.theme.scale
        left = 32 * scale
        if self._icon:
            left += self._icon_size() + 28 * scale
        elif self._mark == "box":
            left += (60 + 28) * scale
        right = self.width() - 36 * scale
        if self._mark in ("ring", "forward"):
            right -= (56 + 24) * scale
        elif self._mark == "box" and self._icon:
            right -= (60 + 24) * scale
        if self._tag:
            right -= self._tag_width() + 36 * scale
        return left, right - left

    def _tag_width(self) -> float:
        return text_width(self._tag or "", self.theme, "caption", bold=True) + 36 * self.theme.scale

    def size_index(self) -> int:
        """Which pair of sizes it needs to fit, 0 the largest."""
        parts = self._settings()
        for number, (big, small) in enumerate(self._pairs):
            if number >= self._from and parts[0].step == big and (not self._hint or parts[-1].step == small):
                return number
        return len(self._pairs) - 1

    def limit_size(self, index: int) -> None:
        """Use this pair of sizes or a smaller one, so that the cards of one page look alike."""
        self._from = index
        self.update()

    def _settings(self) -> tuple[SetText, ...]:
        _, room = self._columns()
        height = self.height() - 17 * self.theme.scale
        pairs = self._pairs[self._from :]
        if not self._hint:
            return fit_together([(self._label, True)], self.theme, [[big] for big, _ in pairs], room, height)
        return fit_together([(self._label, True), (self._hint, False)], self.theme, pairs, room, height)

    def clipped(self) -> bool:
        """True when label or hint does not fit."""
        return any(not part.fits for part in self._settings())

    def _colours(self) -> Face:
        return face(self.theme, "selected" if self._selected else "plain")

    def described(self) -> Described:
        """What is painted now."""
        colours = self._colours()
        text = f"{self._label}\n{self._hint}" if self._hint else self._label
        size = min(part.font_px for part in self._settings())
        if not self.isEnabled():
            return Described(text, size, self.theme.hex("disabled_text"), self.theme.hex("disabled_fill"))
        return Described(text, size, colours.text, colours.fill)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card."""
        theme, colours, scale = self.theme, self._colours(), self.theme.scale
        painter = QPainter(self)
        enabled = self.isEnabled()
        inner = paint_key(
            painter,
            theme,
            self.text_box(),
            colours,
            pressed=self._pressed,
            enabled=enabled,
            edge_px=EDGE_PX["selected" if self._selected else "key"],
        )
        ink = colours.text if enabled else theme.hex("disabled_text")
        line = colours.icon_line if enabled else ink
        middle = inner.center().y()
        left, room = self._columns()
        if self._icon:
            size = self._icon_size()
            picture = icon(self._icon, round(size), line, colours.icon_tint, stroke=2.4)
            draw_icon(painter, picture, 32 * scale, middle - size / 2)
        parts = self._settings()
        y = middle - sum(part.height_px for part in parts) / 2
        for number, part in enumerate(parts):
            colour = ink if number == 0 or not enabled else colours.hint
            part.draw(painter, left, y, room, QColor(colour))
            y += part.height_px
        if self._tag:
            width, height = self._tag_width(), 48 * scale
            box = QRectF(left + room + 28 * scale, middle - height / 2, width, height)
            paint_card(painter, theme, box, "caution_fill", "caution", line_px=3, radius_px=12)
            words = fit_text(self._tag, theme, "caption", width, height, bold=True, max_lines=1)
            words.draw(painter, box.x(), middle - words.height_px / 2, width, theme.colour("caution"), "center")
        self._paint_mark(painter, middle)

    def _paint_mark(self, painter: QPainter, middle: float) -> None:
        theme, scale = self.theme, self.theme.scale
        if self._mark == "none":
            return
        if self._mark == "box":
            box = QRectF(32 * scale, middle - 30 * scale, 60 * scale, 60 * scale)
            if self._icon:
                box.moveLeft(self.width() - 96 * scale)
            paint_tick_box(painter, theme, box, self._selected)
            return
        size = 56 * scale
        box = QRectF(self.width() - (36 + 56) * scale, middle - size / 2, size, size)
        if self._mark == "forward":
            colour = theme.hex("icon_line") if self.isEnabled() else theme.hex("disabled_text")
            draw_icon(painter, icon("forward", round(size), colour, "none", stroke=4.0), box.x(), box.y())
            return
        if self._selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("selected_edge"))
            painter.drawEllipse(box)
            tick = icon("tick", round(40 * scale), theme.hex("on_primary"), "none", stroke=6)
            draw_icon(painter, tick, box.x() + 8 * scale, box.y() + 8 * scale)
            return
        painter.setPen(QPen(theme.colour("key_edge"), 4 * scale))
        painter.setBrush(theme.colour("surface"))
        painter.drawEllipse(box.adjusted(2 * scale, 2 * scale, -2 * scale, -2 * scale))


def level(cards: Sequence[ChoiceCard]) -> None:
    """Give the cards of one page the same sizes: those of the one that needs the smallest."""
    if cards:
        smallest = max(card.size_index() for card in cards)
        for card in cards:
            card.limit_size(smallest)


def paint_tick_box(painter: QPainter, theme: Theme, box: QRectF, ticked: bool) -> None:
    """A square box for one tick; empty it has a thick edge, ticked it is filled."""
    if not ticked:
        paint_card(painter, theme, box, "surface", "key_edge", line_px=4, radius_px=14)
        return
    paint_card(painter, theme, box, "selected_edge", radius_px=14)
    inset = box.width() * 0.14
    tick = icon("tick", round(box.width() - 2 * inset), theme.hex("on_primary"), "none", stroke=6)
    draw_icon(painter, tick, box.x() + inset, box.y() + inset)


class RailKey(Pressable):
    """One of the machine's own keys on the dark rail, no lip of its own: icon above the label, or beside it where type
    is large and both have room."""

    def __init__(
        self, parent: QWidget, theme: Theme, name: str, label: str, icon_name: str | None, *, beside: bool = False
    ) -> None:
        super().__init__(parent, theme, name, "key", label)
        self._label, self._icon, self._beside = label, icon_name, beside

    @staticmethod
    def words_beside(theme: Theme, label: str, width_px: float) -> bool:
        """Whether type is large and a key this wide (design pixels) has room for the words beside the icon."""
        words = text_width(label, theme, "small", bold=True) / theme.scale
        return theme.large and words + 52 + 16 + 8 <= width_px

    def _setting(self) -> SetText:
        """The label in the largest type that has room; the rail never keeps the type of its page down."""
        room = self.width() - 8 * self.theme.scale
        found: SetText | None = None
        plain = self.theme.grown(0.0)
        for theme, lines in ((self.theme, 1), (plain, 1), (plain, 2), (plain, 3)):
            found = fit_text(
                self._label, theme, "small", room, self.height(), bold=True, max_lines=lines, tight=lines > 1
            )
            if found.fits:
                break
        assert found is not None
        return found

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
        most, air = {1: (52, 8), 2: (44, 8)}.get(len(label.lines), (32, 2))
        size, gap = most * scale, air * scale
        if self._beside:
            left, top = (self.width() - size - 16 * scale - label.width_px) / 2, (self.height() - size) / 2
        else:
            left = (self.width() - size) / 2
            top = (self.height() - size - gap - label.height_px) / 2 + 2 * scale
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


class BusyBar(QWidget):
    """A bar that grows ever more slowly and never claims to be done; four frames a second."""

    def __init__(self, parent: QWidget, theme: Theme, *, half_s: float = 2.0) -> None:
        super().__init__(parent)
        self._theme, self._half_s, self._elapsed_s = theme, half_s, 0.6
        self._timer = QTimer(self)
        self._timer.setInterval(DURATION_MS["busy"])
        self._timer.timeout.connect(self._grow)
        self._timer.start()

    def _grow(self) -> None:
        self._elapsed_s += DURATION_MS["busy"] / 1000
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Outline and what is filled of it."""
        painter = QPainter(self)
        box = QRectF(self.rect())
        radius = 8 if self.height() < 20 * self._theme.scale else 14
        paint_card(painter, self._theme, box, "surface", "key_edge", line_px=3, radius_px=radius)
        share = 0.95 * (1 - 0.5 ** (self._elapsed_s / self._half_s))
        box.setWidth(max(box.height(), box.width() * share))
        paint_card(painter, self._theme, box, "primary", radius_px=radius)


def paint_progress(painter: QPainter, theme: Theme, box: QRectF, now: int, total: int) -> None:
    """Segments done (filled), now (longer, dark) and to come (outlined); ``now`` counts from 1."""
    scale = theme.scale
    gap = (8 if total <= 16 else 4) * scale
    share = (box.width() - gap * (total - 1)) / (total - 1 + 2.2)
    x = box.x()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for number in range(1, total + 1):
        width = share * (2.2 if number == now else 1)
        part = QRectF(x, box.y(), width, box.height())
        if number == now:
            paint_card(painter, theme, part, "progress_now", radius_px=8)
        elif number < now:
            paint_card(painter, theme, part, "progress_done", radius_px=8)
        else:
            paint_card(painter, theme, part, "paper", "progress_todo_edge", line_px=3, radius_px=8)
        x += width + gap


def paint_house_mark(painter: QPainter, x: float, y: float, size: float, ground: str, door: str) -> None:
    """The sign of the house: a lit doorway with the lamp."""
    unit = size / 56
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(QRectF(x, y, size, size), 14 * unit, 14 * unit)
    painter.setBrush(QColor(door))
    painter.drawPie(QRectF(x + 14 * unit, y + 13 * unit, 28 * unit, 28 * unit), 0, 180 * 16)
    painter.drawRect(QRectF(x + 14 * unit, y + 26.6 * unit, 28 * unit, 18.4 * unit))
    painter.setBrush(QColor("#F7AE45"))
    painter.drawEllipse(QPointF(x + 28 * unit, y + 28 * unit), 6.5 * unit, 6.5 * unit)
    painter.setBrush(QColor(door))
    painter.drawRoundedRect(QRectF(x + 6 * unit, y + 43 * unit, 44 * unit, 4 * unit), 2 * unit, 2 * unit)


def known_icon(name: str | None, otherwise: str | None = None) -> str | None:
    """``name`` when the set has it, else ``otherwise``."""
    return name if has_icon(name) else otherwise
