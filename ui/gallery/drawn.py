"""Pictures that the samples show, drawn here: a lease as the document camera sees and takes it."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPolygonF


def _jpeg(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPG", 85)  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _lines(painter: QPainter) -> None:
    """A lease, as far as it can be seen from here: heading, paragraphs, two stamps. 600 x 848."""
    painter.fillRect(QRectF(0, 0, 600, 848), QColor("#FBFAF6"))
    painter.fillRect(QRectF(190, 70, 220, 30), QColor("#2B2F33"))
    for number in range(22):
        wide = 470 if number % 5 else 260
        painter.fillRect(QRectF(64, 150 + number * 26, wide, 9), QColor("#5C6166"))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(176, 58, 46, 150))
    for x in (190.0, 430.0):
        painter.drawEllipse(QPointF(x, 760), 46, 46)
        painter.setBrush(QColor(62, 84, 148, 140))


@cache
def page_jpeg() -> bytes:
    """A page as it is taken: straight and to the edge."""
    image = QImage(600, 848, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    _lines(painter)
    painter.end()
    return _jpeg(image)


@cache
def seen_jpeg(glare: bool) -> bytes:
    """What the camera sees: the same page askew on the plate, with a lamp shining back from it or without."""
    image = QImage(640, 480, QImage.Format.Format_RGB32)
    image.fill(QColor("#3A3F42"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(250, 28)
    painter.rotate(9)
    painter.scale(0.47, 0.47)
    _lines(painter)
    painter.resetTransform()
    if glare:
        painter.setPen(Qt.PenStyle.NoPen)
        for size, alpha in ((120, 60), (90, 110), (60, 220)):
            painter.setBrush(QColor(255, 255, 255, alpha))
            painter.drawEllipse(QPointF(330, 190), size, size * 0.7)
    painter.setBrush(QColor("#2C3033"))
    painter.drawPolygon(QPolygonF([QPointF(0, 480), QPointF(0, 440), QPointF(640, 452), QPointF(640, 480)]))
    painter.end()
    return _jpeg(image)
