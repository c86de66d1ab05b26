"""Pictures in the room that a page leaves: above controls that lie low, at the foot of the reading column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from ui.kit.frame import STRIP_HEIGHT
from ui.kit.scenes import FOOT_SHAPE, STREET_SIZE, scene

if TYPE_CHECKING:
    from ui.screens.base import Screen


def sky(page: Screen[Any], box: QRectF) -> None:
    """The tinted ground above controls that lie low, with the picture when the page leaves room for it."""
    theme = page.theme
    pictured = page.scenic and (page.pictured_above or not page.frame.beside)
    if not pictured:
        box.setHeight(STRIP_HEIGHT + 12)

    def draw(painter: QPainter) -> None:
        painter.fillRect(box, theme.colour("counter"))
        painter.fillRect(QRectF(box.left(), box.bottom() - 3, box.width(), 3), theme.colour("band_line"))

    page.painted.insert(1, draw)
    share = min(1.0, (box.height() - STRIP_HEIGHT) / STREET_SIZE[1])
    if pictured and share > 0.5:
        tall = STREET_SIZE[1] * share
        street = scene("street", theme.px(STREET_SIZE[0] * share), theme.px(tall), theme.contrast)
        wide = min(street.width(), theme.px(box.width()))
        page.picture(street.copy(street.width() - wide, 0, wide, street.height()),
                     box.right() - wide / theme.scale, box.bottom() - tall)  # fmt: skip


def foot_scene(page: Screen[Any], top: float) -> None:
    """The picture at the foot of the reading column, when heading and body leave room for it."""
    column = page.frame.column
    tall = column.width * FOOT_SHAPE
    free = page.heading_end() >= page.frame.reading.bottom
    bottom = column.height if page.has_counter else page.frame.height
    if page.scenic and free and top + 32 <= bottom - tall:
        size = page.theme.rect(0, 0, column.width, tall).size()
        picture = scene("foot", size.width(), size.height(), page.theme.contrast)
        page.picture(picture, 0, bottom - tall)
