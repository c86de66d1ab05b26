"""Plots for staff, painted with our own brush: bars below each other, or a column for each day."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPen

from kiosk.flow.view import Bar, Plot, PlotsBody
from ui.screens.home import pager_row
from ui.screens.staff import StaffScreen

_GAP = 24.0
_CARD = 132.0
_PAGER = 96.0


class PlotsScreen(StaffScreen[PlotsBody]):
    """Counts on top, the plots in cards below or beside each other, the pager at the bottom."""

    def heading(self) -> float:
        """Title and lead under the stripes."""
        self.label(self.left, 124, self.wide, 76, self.view.title, "key", bold=True, middle=True, max_lines=1)
        if self.view.lead:
            self.label(self.left, 200, self.wide, 44, self.view.lead, "small", colour="ink_secondary", max_lines=1)
        return 248.0

    def fill(self, top: float) -> None:
        """See the class."""
        body, bottom = self.body, float(self.touch_bottom)
        y = top + 12
        if body.summary:
            self._summary(y)
            y += _CARD + _GAP
        if body.previous is not None or body.following is not None:
            bottom -= _PAGER
            pager_row(self, body.previous, body.pager, body.following, bottom)
            bottom -= _GAP
        if not body.plots:
            return
        across = len(body.plots) if self.frame.beside else 1
        down = -(-len(body.plots) // across)
        width = (self.wide - _GAP * (across - 1)) / across
        height = (bottom - y - _GAP * (down - 1)) / down
        for number, plot in enumerate(body.plots):
            x = self.left + number % across * (width + _GAP)
            self._plot(plot, QRectF(x, y + number // across * (height + _GAP), width, height))

    def _summary(self, y: float) -> None:
        rows = self.body.summary
        width = (self.wide - 16 * (len(rows) - 1)) / len(rows)
        small = self.step_for([row.label for row in rows], ("small", "caption"), width - 32, 44, max_lines=1)
        for number, row in enumerate(rows):
            x = self.left + number * (width + 16)
            self.card(x, y, width, _CARD, fill="info_fill", line=None, radius=20)
            self.label(x + 16, y + 12, width - 32, 64, row.value, "lead", bold=True, ground="info_fill", middle=True,
                       max_lines=1)  # fmt: skip
            self.label(x + 16, y + 76, width - 32, 44, row.label, small, ground="info_fill", middle=True, max_lines=1)

    def _plot(self, plot: Plot, box: QRectF) -> None:
        self.card(box.x(), box.y(), box.width(), box.height())
        inner = box.adjusted(28, 16, -28, -20)
        self.label(inner.x(), inner.y(), inner.width(), 52, plot.title, "body", bold=True, ground="surface",
                   middle=True, max_lines=1)  # fmt: skip
        inner.setTop(inner.y() + 64)
        if plot.note:
            tall = self.height_of(plot.note, "caption", inner.width(), tight=True) + 4
            self.label(inner.x(), inner.bottom() - tall, inner.width(), tall, plot.note, "caption", tight=True,
                       colour="ink_secondary", ground="surface", middle=True)  # fmt: skip
            inner.setBottom(inner.bottom() - tall - 8)
        if plot.bars:
            (self._columns if plot.kind == "days" else self._bars)(plot.bars, inner)

    def _bars(self, bars: tuple[Bar, ...], room: QRectF) -> None:
        """Label above each bar, or left of it where there is little height; how much at its end."""
        per = min(108.0, room.height() / len(bars))
        beside = per < 76
        ends = max(self.width_of(bar.words, "small", bold=True) for bar in bars) + 24
        names = room.width() * 0.46 if beside else 0.0
        head = per if beside else min(44.0, per * 0.55)
        thick = max(12.0, min(28.0, per - 12 if beside else per - head - 10))
        for number, bar in enumerate(bars):
            y = room.y() + number * per
            width = names - 16 if beside else room.width()
            step = self.step_for([bar.label], ("small", "caption"), width, 44, max_lines=1)
            self.label(room.x(), y, width, head, bar.label, step, ground="surface", tight=True, middle=True,
                       max_lines=1, elide=True)  # fmt: skip
            length = max(6.0, (room.width() - names - ends) * bar.share)
            shape = QRectF(room.x() + names, y + ((per - thick) / 2 if beside else head + 2), length, thick)
            self.paint(partial(self._bar, shape=shape, hollow=bar.hollow))
            self.label(shape.right() + 12, shape.center().y() - 20, ends - 12, 40, bar.words, "small", bold=True,
                       ground="surface", middle=True, tight=True, max_lines=1)  # fmt: skip

    def _columns(self, bars: tuple[Bar, ...], room: QRectF) -> None:
        """A column a day; the first and last day and the highest count are written out."""
        top, foot = room.y() + 44, room.bottom() - 44
        per = min(96.0, room.width() / len(bars))
        highest = max(range(len(bars)), key=lambda number: bars[number].share)
        for number, bar in enumerate(bars):
            tall = max(4.0, (foot - top) * bar.share)
            shape = QRectF(room.x() + number * per + per * 0.15, foot - tall, per * 0.7, tall)
            self.paint(partial(self._bar, shape=shape, hollow=bar.hollow))
            if number == highest:
                self._beside(shape.center().x(), shape.y() - 42, bar.words, room)
        self.rule(room.x(), foot, room.width(), colour="key_edge", height=3)
        self._beside(room.x(), foot + 4, bars[0].label, room)
        if len(bars) > 1:
            self._beside(room.x() + (len(bars) - 0.5) * per, foot + 4, bars[-1].label, room)

    def _beside(self, middle: float, y: float, words: str, room: QRectF) -> None:
        """A short word around ``middle``, kept inside the card."""
        width = self.width_of(words, "caption", bold=True) + 8
        x = min(max(room.x(), middle - width / 2), room.right() - width)
        self.label(x, y, width, 40, words, "caption", bold=True, ground="surface", middle=True, tight=True, max_lines=1)

    def _bar(self, painter: QPainter, *, shape: QRectF, hollow: bool) -> None:
        painter.setPen(QPen(self.theme.colour("primary"), 3))
        painter.setBrush(self.theme.colour("surface" if hollow else "primary"))
        painter.drawRect(shape)
