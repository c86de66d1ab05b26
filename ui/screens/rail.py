"""The rail: the machine's own keys, on the dark band at the very bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from kiosk.flow.view import Key
from ui.kit.keys import RailKey
from ui.screens.signs import sign_of

if TYPE_CHECKING:
    from ui.screens.base import Screen


def rail_keys(page: Screen[Any], keys: tuple[Key, ...]) -> None:
    """The machine's own keys: five at most, on the dark band."""
    keys, band = keys[:5], page.frame.rail
    if not keys and not page.has_counter:
        return
    page.paint(lambda painter: paint_rail(page, painter))
    if not keys:
        return
    width = (band.width - 80 - 10 * (len(keys) - 1)) / len(keys)
    top = band.top + (band.height - 144) / 2
    beside = all(RailKey.words_beside(page.theme, view.label, width) for view in keys)
    parts: list[RailKey] = []
    for number, view in enumerate(keys):
        x = band.left + 40 + number * (width + 10)
        parts.append(_key(page, view, x, top, width, beside=beside))
        if number:
            page.rule(x - 6, top + 40, 2, colour="rail_divider", height=64)
    smallest = max(part.grade() for part in parts)
    for part in parts:
        part.set_no_larger(smallest)
    tallest = max(part.words() for part in parts)
    for part in parts:
        part.leave_room(tallest)


def paint_rail(page: Screen[Any], painter: QPainter) -> None:
    """The dark band."""
    band = page.frame.rail
    painter.fillRect(QRectF(band.left, band.top, band.width, band.height), page.theme.colour("rail"))
    if page.theme.contrast:
        painter.fillRect(QRectF(band.left, band.top, band.width, 3), page.theme.colour("band_line"))


def _key(page: Screen[Any], view: Key, x: float, top: float, width: float, *, beside: bool) -> RailKey:
    def make() -> RailKey:
        part = RailKey(page, page.theme, view.name, view.label, sign_of(view), beside=beside)
        part.setEnabled(view.enabled)
        page.add(part, x, top, width, 144)
        return part

    same = (view.name, view.label, view.icon, view.enabled, page.theme.growth)
    part = page.keep(f"rail {same}", make)
    page.place(part, x, top, width, 144)
    return part
