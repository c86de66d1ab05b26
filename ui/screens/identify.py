"""Put the card on the lit plate, or hold the code under the window."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPixmap

from kiosk.flow.view import IdentifyBody
from ui.kit.icons import scene
from ui.kit.words import word
from ui.screens.ask import paragraphs
from ui.screens.base import LEFT, TOUCH_BOTTOM, WIDTH, Screen


class IdentifyScreen(Screen[IdentifyBody]):
    """A picture of what to do, what is happening now, and the other ways; the counter holds the amber panel."""

    title_step = "hero"
    heading_limit = 400.0

    def fill(self, top: float) -> None:
        """Keys from the bottom up, the state above them, the picture in what is left."""
        body = self.body
        bottom = float(TOUCH_BOTTOM)
        keys = [key for key in (*body.switches, body.retry) if key is not None]
        if keys:
            width = (WIDTH - 20 * (len(keys) - 1)) / len(keys)
            for number, key in enumerate(keys):
                self.key(key, LEFT + number * (width + 20), bottom - 128, width, 128, small=True, step="body",
                         icon_px=52)  # fmt: skip
            bottom -= 128 + 24
        message = body.message
        busy = body.state in ("reading", "checking") and self.view.primary is None
        if message is not None and message.tone != "guide" and not (busy and message.tone == "info"):
            height = self.notice_height(message, WIDTH)
            self.notice(message, LEFT, bottom - height, WIDTH, height)
            bottom -= height + 24
        bottom = self._steps(bottom)
        self._picture(top + 24, bottom)
        if busy and message is not None and message.tone == "info":
            self.busy_panel(message.title)
        elif self.view.primary is None and body.state != "unavailable":
            guided = message.title if message is not None and message.tone == "guide" else None
            card = body.method == "id_card"
            self.slot_panel(guided or word("card_here" if card else "code_here", self.view.language))

    def _steps(self, bottom: float) -> float:
        steps = self.body.steps
        if not steps:
            return bottom
        for step in ("body", "small", "caption"):
            total = sum(self.height_of(text, step, WIDTH - 40, bold=False) for text in steps) + 14 * (len(steps) - 1)
            if total <= 240:
                break
        paragraphs(self, steps, bottom - total - 2, bottom)
        return bottom - total - 28

    def _picture(self, top: float, bottom: float) -> None:
        height = bottom - top
        if height < 240:
            return
        height = min(height, 696.0)
        scale = self.theme.scale
        box = self.theme.rect(0, 0, WIDTH, height)
        source = scene(
            "id_card" if self.body.method == "id_card" else "code", box.width(), round(box.width() * 696 / 952)
        )
        picture = QPixmap(box.size())
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        path.addRoundedRect(QRectF(box), 32 * scale, 32 * scale)
        painter.setClipPath(path)
        painter.drawPixmap(0, min(0, round((box.height() - source.height()) * 0.4)), source)
        painter.end()
        self.picture(picture, LEFT, top)
