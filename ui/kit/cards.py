"""Keys that are cards: the tile of a life event, the card of an answer.

Numbers given to constructors are design pixels (see :mod:`ui.kit.theme`); geometry of a widget is window pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.kit.controls import Described, Role
from ui.kit.icons import icon
from ui.kit.keys import Pressable
from ui.kit.paint import Face, FaceName, draw_icon, face, paint_card, paint_key, paint_tick_box
from ui.kit.text import SetText, fit_text, fit_together, text_width
from ui.kit.theme import Theme
from ui.kit.tokens import EDGE_PX

_SMALLER_ICONS: Final = (72.0, 60.0, 48.0, 40.0, 32.0)


class Tile(Pressable):
    """Icon above a label above a line or two of examples; also the rating card and the everyday function. Words come
    before the picture: the icon gets smaller, and goes at last, where they have no room.
    """

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
        self._hint_lines, self._label_smallest = hint_lines, label_smallest
        self._label, self._icon, self._hint, self._look, self._step = label, icon_name, hint or "", look, step
        self._icon_px, self._stroke, self._gap_px = icon_px if icon_name else 0.0, stroke, gap_px

    def set_look(self, look: FaceName) -> None:
        """Another kind of face, e.g. selected."""
        if look != self._look:
            self._look = look
            self.update()

    def icon_px(self) -> float:
        """The largest icon that leaves the words their room, in design pixels; 0 for none."""
        smaller = (size for size in _SMALLER_ICONS if size < self._icon_px)
        return next((size for size in (self._icon_px, *smaller) if _all_fit(self._set_under(size))), 0.0)

    def limit_icon(self, icon_px: float) -> None:
        """Use an icon of this size, so that the tiles of one row look alike."""
        self._icon_px = icon_px
        self.update()

    def _settings(self) -> tuple[SetText, SetText | None]:
        return self._set_under(self._icon_px)

    def _set_under(self, icon_px: float) -> tuple[SetText, SetText | None]:
        """Label and hint as they are set under an icon of this size."""
        scale = self.theme.scale
        room = self.width() - 16 * scale
        height = self.height() - (13 + 8 + icon_px + self._gap_px) * scale
        hint: SetText | None = None
        if self._hint:
            lines = max(2, self._hint_lines)
            hint = fit_text(
                self._hint, self.theme, "caption", room, 40 * lines * scale, bold=False, max_lines=lines, tight=True
            )
            height -= hint.line_height_px * max(len(hint.lines), self._hint_lines)
        label = fit_text(
            self._label, self.theme, self._step, room, height, bold=True, max_lines=1, smallest=self._first_floor()
        )
        if not label.fits:
            # A narrow margin is better than a word that is cut; larger type gives way first.
            for width in (room,) if self.theme.growth else (room, room + 8 * scale):
                label = fit_text(
                    self._label,
                    self.theme,
                    self._step if self._step in ("small", "caption") else "body",
                    width,
                    height,
                    bold=True,
                    max_lines=2,
                    smallest=self._label_smallest,
                    tight=True,
                )
                if label.fits:
                    break
        return label, hint

    def _first_floor(self) -> str:
        return "small" if self._step in ("lead", "body") else "caption"

    def clipped(self) -> bool:
        """True when label or hint does not fit."""
        return not _all_fit(self._settings())

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
        gap = self._gap_px * theme.scale if self._icon_px else 0.0
        size = self._icon_px * theme.scale
        tall = hint.line_height_px * max(len(hint.lines), self._hint_lines) if hint else 0.0
        total = size + gap + label.height_px + tall
        y = inner.y() + (inner.height() - total) / 2
        line = colours.icon_line if self.isEnabled() else theme.hex("disabled_text")
        if self._icon and size:
            picture = icon(self._icon, round(size), line, colours.icon_tint, stroke=self._stroke)
            draw_icon(painter, picture, inner.center().x() - size / 2, y)
        y += size + gap
        text = colours.text if self.isEnabled() else theme.hex("disabled_text")
        label.draw(painter, inner.x(), y, inner.width(), QColor(text), "center")
        if hint is not None:
            small = colours.hint if self.isEnabled() else theme.hex("disabled_text")
            hint.draw(painter, inner.x(), y + label.height_px, inner.width(), QColor(small), "center")


def _all_fit(settings: tuple[SetText, SetText | None]) -> bool:
    label, hint = settings
    return label.fits and (hint is None or hint.fits)


def even(tiles: Sequence[Tile]) -> None:
    """Give the tiles of one page icons of one size: that of the one whose words need the most room."""
    if tiles and not tiles[0].theme.growth:  # larger type gives way first
        smallest = min(tile.icon_px() for tile in tiles)
        for tile in tiles:
            tile.limit_icon(smallest)


PAIRS: Final = (("lead", "small"), ("body", "small"), ("body", "caption"), ("small", "caption"), ("caption", "caption"))

READING_PAIRS: Final = (("lead", "body"), *PAIRS)
"""For cards whose hint is to be read before pressing: it starts at the size of running text."""

Mark = Literal["ring", "box", "forward", "none"]


class ChoiceCard(Pressable):
    """One answer: icon, label, hint, and a ring (one answer), a box (several) or an arrow (leads on). Where words need
    the room, margins get narrow and the arrow goes.
    """

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
        self._from, self._close = 0, False
        self.setProperty("selected", selected)

    def selected(self) -> bool:
        """True when ticked."""
        return self._selected

    def _icon_size(self) -> float:
        return (72 if self.height() >= 120 * self.theme.scale else 60) * self.theme.scale

    def _columns(self) -> tuple[float, float]:
        """Left end and width of the words, in window pixels."""
        scale = self.theme.scale
        before, after = self._margins()
        between, beyond = (14, 12) if self._close else (28, 24)
        left = before * scale
        if self._icon:
            left += self._icon_size() + between * scale
        elif self._mark == "box":
            left += (60 + between) * scale
        right = self.width() - after * scale
        if self._mark in ("ring", "forward"):
            right -= (56 + beyond) * scale
        elif self._mark == "box" and self._icon:
            right -= (60 + beyond) * scale
        if self._tag:
            right -= self._tag_width() + 36 * scale
        return left, right - left

    def _margins(self) -> tuple[float, float]:
        """Left and right of what stands on the card, in design pixels."""
        return (20, 20) if self._close else (32, 36)

    def _tag_width(self) -> float:
        return text_width(self._tag or "", self.theme, "caption", bold=True) + 36 * self.theme.scale

    def size_index(self) -> int:
        """Which pair of sizes it needs to fit, 0 the largest."""
        parts = self._settings()
        for number, (big, small) in enumerate(self._pairs):
            if number >= self._from and parts[0].step == big and (not self._hint or parts[-1].step == small):
                return number
        return len(self._pairs) - 1

    def close_up(self) -> None:
        """Narrow margins and no arrow: words need the room."""
        self._close = True
        if self._mark == "forward":
            self._mark = "none"
        self.update()

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
            draw_icon(painter, picture, self._margins()[0] * scale, middle - size / 2)
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
        before, after = self._margins()
        if self._mark == "none":
            return
        if self._mark == "box":
            box = QRectF(before * scale, middle - 30 * scale, 60 * scale, 60 * scale)
            if self._icon:
                box.moveLeft(self.width() - (after + 60) * scale)
            paint_tick_box(painter, theme, box, self._selected)
            return
        size = 56 * scale
        box = QRectF(self.width() - (after + 56) * scale, middle - size / 2, size, size)
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
    """Give the cards of one page the same margins and sizes: those of the one whose words need the most room."""
    if any(card.clipped() and not card.theme.growth for card in cards):  # larger type gives way first
        for card in cards:
            card.close_up()
    if cards:
        smallest = max(card.size_index() for card in cards)
        for card in cards:
            card.limit_size(smallest)
