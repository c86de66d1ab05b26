"""A paper under the document camera: what it sees, what to do, and what to do with the page that was taken."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap

from kiosk.flow.view import CaptureBody
from ui.screens.ask import paragraphs
from ui.screens.base import LEFT, TOUCH_BOTTOM, WIDTH, Screen


class CaptureScreen(Screen[CaptureBody]):
    """The picture in the middle, advice below it, keys near the hand."""

    def fill(self, top: float) -> None:
        """From the bottom up: keys, advice, words, picture."""
        body = self.body
        bottom = float(TOUCH_BOTTOM)
        for key in reversed(body.keys):
            self.key(key, LEFT, bottom - 116, WIDTH, 116, small=True, step="body")
            bottom -= 132
        if body.advice is not None:
            height = self.notice_height(body.advice, WIDTH)
            self.notice(body.advice, LEFT, bottom - height, WIDTH, height)
            bottom -= height + 20
        lines = (*body.steps, body.count) if body.count else body.steps
        if lines:
            tall = sum(self.height_of(line, "small", WIDTH - 40, bold=False) for line in lines) + 14 * len(lines)
            paragraphs(self, lines, bottom - tall, bottom)
            bottom -= tall + 20
        picture = QPixmap()
        if bottom - top > 160 and body.picture and picture.loadFromData(body.picture):
            box = self.theme.rect(0, 0, WIDTH, bottom - top - 20)
            fitted = picture.scaled(
                box.size(), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            self.picture(fitted, LEFT, top + 10)
