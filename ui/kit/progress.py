"""How far it is: the steps of an item, and a bar for what is under way."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.kit.paint import paint_card
from ui.kit.theme import Theme
from ui.kit.tokens import DURATION_MS


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
