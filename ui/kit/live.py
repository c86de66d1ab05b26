"""A picture from a camera on the page: repainted alone, kept nowhere, wiped with the page."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.kit.controls import Described, mark_control
from ui.kit.theme import Theme


def fitted(data: bytes, width_px: int, height_px: int) -> QImage:
    """A JPEG at most this large, its sides in proportion; a null image when it is none."""
    image = QImage()
    if width_px <= 0 or height_px <= 0 or not data or not image.loadFromData(data):
        return QImage()
    return image.scaled(
        width_px, height_px, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


class LivePicture(QWidget):
    """What a camera sees now. ``show_jpeg`` repaints this rectangle and nothing else of the page."""

    def __init__(self, parent: QWidget, theme: Theme, accessible: str) -> None:
        super().__init__(parent)
        self._theme = theme
        self._image = QImage()
        self._line = "key_edge"
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        mark_control(self, "", "image", accessible)

    def show_jpeg(self, data: bytes) -> None:
        """The next picture; one that cannot be read leaves the last one."""
        image = QImage()
        if data and image.loadFromData(data):
            self._image = image
            self.update()

    def set_line(self, line: str) -> None:
        """Colour token of the frame: what the machine thinks of what it sees."""
        if line != self._line:
            self._line = line
            self.update()

    def described(self) -> Described:
        """It has no text."""
        return Described("", 0, self._theme.hex("ink"), self._theme.hex("paper"))

    def wipe(self) -> None:
        """Forget the picture."""
        self._image = QImage()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, filled up to the round corners of its frame."""
        scale, theme = self._theme.scale, self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        box = QRectF(self.rect())
        edge = 6 * scale
        frame = box.adjusted(edge / 2, edge / 2, -edge / 2, -edge / 2)
        shape = QPainterPath()
        shape.addRoundedRect(frame, 32 * scale, 32 * scale)
        painter.fillPath(shape, theme.colour("rail"))
        if not self._image.isNull():
            painter.setClipPath(shape)
            share = min(box.width() / self._image.width(), box.height() / self._image.height())
            width, height = self._image.width() * share, self._image.height() * share
            where = QRectF((box.width() - width) / 2, (box.height() - height) / 2, width, height)
            painter.drawImage(where, self._image, QRectF(QRect(0, 0, self._image.width(), self._image.height())))
            painter.setClipping(False)
        painter.setPen(QPen(theme.colour(self._line), edge))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(shape)
