"""Put the card on the lit plate, hold the code or the lines of a passport under the window."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPixmap

from kiosk.flow.view import IdentifyBody, Key, Method, ScreenView
from ui.kit.scenes import scene
from ui.kit.words import word
from ui.screens.ask import paragraphs
from ui.screens.base import Screen
from ui.screens.counter import busy_panel, slot_panel
from ui.screens.home import card_stack
from ui.screens.notices import notice_box, notice_height
from ui.screens.ways import ways

_SCENES: Final[dict[Method, str]] = {"id_card": "id_card", "citizen_qr": "code", "passport": "passport"}
_CUT: Final[dict[Method, float]] = {"id_card": 0.4, "citizen_qr": 0.4, "passport": 0.58}
"""Share of what is too high that is cut off at the top: the lines of a passport stay whole."""
_HERE: Final[dict[Method, str]] = {"id_card": "card_here", "citizen_qr": "code_here", "passport": "passport_here"}


class IdentifyScreen(Screen[IdentifyBody]):
    """A picture of what to do, what is happening now, and the other ways; the counter holds the amber panel."""

    title_step = "hero"

    def _build(self) -> None:
        # Whose card it has to be stands above the title, which keeps its size.
        self.heading_room = 342.0 if self.view.kicker and self.view.progress else 272.0
        super()._build()

    def fill(self, top: float) -> None:
        """Keys from the bottom up, the state above them, the picture in what is left."""
        body = self.body
        bottom = float(self.touch_bottom)
        if body.state == "unavailable":
            self._out(top, bottom)
            return
        for keys in self._key_rows():
            width = (self.wide - 20 * (len(keys) - 1)) / len(keys)
            tall = 128 if len(keys) < 3 else 112
            for number, key in enumerate(keys):
                self.key(key, self.left + number * (width + 20), bottom - tall, width, tall, small=True, step="body",
                         icon_px=52)  # fmt: skip
            bottom -= tall + 24
        message = body.message
        busy = body.state in ("reading", "checking") and self.view.primary is None
        if message is not None and message.tone != "guide" and not (busy and message.tone == "info"):
            height = notice_height(self, message, self.wide)
            notice_box(self, message, self.left, bottom - height, self.wide, height)
            bottom -= height + 24
        bottom = self._steps(bottom)
        self._picture(top + 24, bottom)
        if busy and message is not None and message.tone == "info":
            busy_panel(self, message.title)
        elif self.view.primary is None:
            guided = message.title if message is not None and message.tone == "guide" else None
            slot_panel(self, guided or word(_HERE[body.method], self.view.language))

    def refresh(self, view: ScreenView, body: IdentifyBody) -> bool:
        """A countdown under the title changes alone, once a second."""
        if body != self.body or replace(view, lead=None) != replace(self.view, lead=None):
            return False
        if self.lead is None or view.lead is None:
            return False
        self.view = view
        self.lead.set_text(view.lead)
        return True

    def _key_rows(self) -> list[list[Key]]:
        """The other ways beside each other near the counter, trying once more above them where there are two."""
        body = self.body
        if body.retry is None or len(body.switches) < 2:
            keys = [key for key in (*body.switches, body.retry) if key is not None]
            return [keys] if keys else []
        return [list(body.switches), [body.retry]]

    def _out(self, top: float, bottom: float) -> None:
        """This way is out: what is the matter, then the other ways as large cards near the hand, or where to go."""
        body, y = self.body, top + 28
        if body.message is not None:
            height = max(152.0, notice_height(self, body.message, self.wide))
            notice_box(self, body.message, self.left, y, self.wide, height)
            y += height + 32
        if body.elsewhere:
            ways(self, body.elsewhere, self.left, y, self.wide, bottom - y)
        card_stack(self, body.switches, bottom, max(float(self.touch_top), y))

    def _steps(self, bottom: float) -> float:
        steps = self.body.steps
        if not steps:
            return bottom
        _, heights = self.stacked(steps, ("body", "small", "caption"), self.wide - 40, 240, gap=14)
        total = sum(heights) + 14 * (len(steps) - 1)
        paragraphs(self, steps, bottom - total - 2, bottom)
        return bottom - total - 28

    def _picture(self, top: float, bottom: float) -> None:
        height = bottom - top
        if height < 240:
            return
        height = min(height, 696.0)
        scale = self.theme.scale
        box = self.theme.rect(0, 0, self.wide, height)
        tall = round(box.width() * 696 / 952)
        source = scene(_SCENES[self.body.method], box.width(), tall, self.theme.contrast)
        picture = QPixmap(box.size())
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        path.addRoundedRect(QRectF(box), 32 * scale, 32 * scale)
        painter.setClipPath(path)
        painter.drawPixmap(0, min(0, round((box.height() - source.height()) * _CUT[self.body.method])), source)
        painter.end()
        self.picture(picture, self.left, top)
