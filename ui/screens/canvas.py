"""A widget on which things are placed and painted in design pixels: labels, cards, rules, icons, pictures.

What is flat is painted under the widgets, in the order in which it was added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from ui.kit.icons import icon
from ui.kit.label import Label
from ui.kit.paint import draw_icon, paint_card
from ui.kit.text import Align, fit_text, set_text, text_width, tight_line
from ui.kit.theme import Theme


class Canvas(QWidget):
    """Numbers are design pixels; ``theme`` makes window pixels of them."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self.theme = theme
        self.painted: list[Callable[[QPainter], None]] = []
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def paint(self, draw: Callable[[QPainter], None]) -> None:
        """Add something flat to what is painted under the widgets; the painter works in design pixels."""
        self.painted.append(draw)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the flat things in the order they were added."""
        painter = QPainter(self)
        painter.setClipRect(event.rect())
        painter.scale(self.theme.scale, self.theme.scale)
        for draw in self.painted:
            painter.save()
            draw(painter)
            painter.restore()

    # ---- flat things

    def card(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = "surface",
        line: str | None = "line",
        radius: float = 24,
        line_px: float = 2,
    ) -> None:
        """A flat card."""
        box, theme = QRectF(x, y, width, height), self.theme.unscaled()
        self.paint(lambda painter: paint_card(painter, theme, box, fill, line, radius_px=radius, line_px=line_px))

    def band(self, card: tuple[float, float, float, float], y: float, height: float, fill: str) -> None:
        """A coloured row of a card (x, y, width, height), cut to the card's round corners."""
        x, top, width, tall = card

        def draw(painter: QPainter) -> None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            shape, row = QPainterPath(), QPainterPath()
            shape.addRoundedRect(QRectF(x + 2, top + 2, width - 4, tall - 4), 22, 22)
            row.addRect(QRectF(x, y, width, height))
            painter.fillPath(shape.intersected(row), self.theme.colour(fill))

        self.paint(draw)

    def rule(self, x: float, y: float, width: float, *, colour: str = "line", height: float = 2) -> None:
        """A horizontal line."""
        self.paint(lambda painter: painter.fillRect(QRectF(x, y, width, height), self.theme.colour(colour)))

    def picture(self, pixmap: QPixmap, x: float, y: float) -> None:
        """A pixmap in window pixels with its corner at a design position."""
        scale = self.theme.scale

        def draw(painter: QPainter) -> None:
            painter.resetTransform()
            draw_icon(painter, pixmap, x * scale, y * scale)

        self.paint(draw)

    def icon_at(
        self,
        name: str,
        x: float,
        y: float,
        size: float,
        *,
        line: str = "icon_line",
        tint: str = "icon_tint",
        stroke: float = 3.0,
        paper: str = "surface",
    ) -> None:
        """An icon; ``line``, ``tint`` and ``paper`` are colour tokens, ``#RRGGBB`` or ``none``."""
        c = self.theme

        def value(token: str) -> str:
            return token if token == "none" else c.hex(token)

        pixmap = icon(name, c.px(size), value(line), value(tint), stroke=stroke, paper=value(paper))
        self.picture(pixmap, x, y)

    # ---- words

    def place(self, widget: QWidget, x: float, y: float, width: float, height: float) -> None:
        """Give a widget its design rectangle and show it."""
        widget.setGeometry(self.theme.rect(x, y, width, height))
        widget.show()

    def label(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
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
        tight: bool = False,
        elide: bool = False,
        modest: bool = False,
    ) -> Label:
        """Plain text in a box."""
        made = Label(
            self,
            self.theme,
            text,
            step,
            bold=bold,
            colour=colour,
            ground=ground,
            align=align,
            middle=middle,
            max_lines=max_lines,
            balance=balance,
            tight=tight,
            elide=elide,
            modest=modest,
        )
        self.place(made, x, y, width, height)
        return made

    def height_of(
        self,
        text: str,
        step: str,
        width: float,
        *,
        bold: bool | None = None,
        balance: bool = False,
        tight: bool = False,
    ) -> float:
        """Design height of a text in one size."""
        line = tight_line(self.theme, step) if tight else None
        set_ = set_text(
            text, self.theme, step, width * self.theme.scale, bold=bold, balance=balance, line_height_px=line
        )
        return set_.height_px / self.theme.scale

    def stacked(
        self,
        texts: Sequence[str],
        steps: Sequence[str],
        width: float,
        height: float,
        *,
        gap: float,
        bold: bool | None = False,
    ) -> tuple[str, list[float]]:
        """The first size in which texts one below the other have room (the last when none does), and their heights."""
        heights: list[float] = []
        for step in steps:
            heights = [self.height_of(text, step, width, bold=bold) for text in texts]
            if sum(heights) + gap * (len(texts) - 1) <= height:
                return step, heights
        return steps[-1], heights

    def lines_of(self, text: str, step: str, width: float, *, bold: bool | None = None) -> int:
        """Lines a text takes in a column."""
        return len(set_text(text, self.theme, step, width * self.theme.scale, bold=bold).lines)

    def width_of(self, text: str, step: str, *, bold: bool | None = None) -> float:
        """Design width of a line."""
        return text_width(text, self.theme, step, bold=bold) / self.theme.scale

    def step_for(
        self,
        texts: Sequence[str],
        steps: Sequence[str],
        width: float,
        height: float,
        *,
        bold: bool | None = None,
        max_lines: int | None = None,
    ) -> str:
        """The first size in which each of the texts fits a box; the last when none does."""
        scale = self.theme.scale
        for step in steps:
            if all(
                fit_text(
                    text, self.theme, step, width * scale, height * scale, bold=bold, max_lines=max_lines, smallest=step
                ).fits
                for text in texts
            ):
                return step
        return steps[-1]
