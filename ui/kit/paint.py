"""How things are painted: keys with a lip, flat cards, tick boxes, the sign of the house.

Rectangles are window pixels; numbers named ``…_px`` are design pixels. What has a lip can be pressed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from ui.kit.icons import icon
from ui.kit.theme import Theme
from ui.kit.tokens import EDGE_PX, RADIUS_PX

MIDDLE_TINT = "#3F8079"
"""Tint of icons that stand on the primary fill."""


@dataclass(frozen=True, slots=True)
class Face:
    """Colours of a key as ``#RRGGBB``: the face, its edge, the lip under it, the text, the icon's two colours."""

    fill: str
    edge: str
    lip: str
    text: str
    icon_line: str
    icon_tint: str
    hint: str


FaceName = Literal["plain", "quiet", "primary", "guide", "selected", "caution", "dark", "dark_selected"]


def face(theme: Theme, name: FaceName) -> Face:
    """The colours of a kind of key."""
    c = theme.hex
    if name == "primary":
        text = c("on_primary")
        tint = "none" if theme.contrast else MIDDLE_TINT
        return Face(c("primary"), c("primary"), c("primary_lip"), text, text, tint, text)
    if name == "guide":
        text = c("on_guide")
        return Face(c("guide_fill"), c("guide_fill"), c("guide_lip"), text, text, c("guide_tint"), text)
    if name == "selected":
        edge = c("selected_edge")
        return Face(c("selected_fill"), edge, edge, c("ink"), c("icon_line"), c("surface"), c("ink_secondary"))
    if name == "caution":
        edge = c("caution")
        return Face(c("caution_fill"), edge, edge, c("ink"), edge, c("surface"), edge)
    fill = c("surface_quiet") if name == "quiet" else c("key_fill")
    line, tint = (c("ink"), "none") if theme.dark else (c("icon_line"), c("icon_tint"))
    return Face(fill, c("key_edge"), c("key_lip"), c("ink"), line, tint, c("ink_secondary"))


def paint_key(
    painter: QPainter,
    theme: Theme,
    box: QRectF,
    colours: Face,
    *,
    pressed: bool = False,
    enabled: bool = True,
    edge_px: float = EDGE_PX["key"],
    lip_px: float = EDGE_PX["lip"],
    radius_px: float = RADIUS_PX["key"],
) -> QRectF:
    """Paint lip, edge and face of a key into ``box``; gives back the rectangle of the face, for what stands on it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge, lip, radius = edge_px * theme.scale, lip_px * theme.scale, radius_px * theme.scale
    if not enabled:
        pen = QPen(theme.colour("disabled_edge"), edge)
        pen.setStyle(Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([3.0, 2.5])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.setBrush(theme.colour("disabled_fill"))
        half = edge / 2
        painter.drawRoundedRect(box.adjusted(half, half, -half, -half), radius, radius)
        return box.adjusted(edge, edge, -edge, -edge)
    painter.setPen(Qt.PenStyle.NoPen)
    if pressed:
        # The lip goes away and the face sinks by what the lip stood out.
        body = box.adjusted(0, lip - edge, 0, 0)
        primary = colours.fill == theme.hex("primary")
        painter.setBrush(theme.colour("primary"))
        painter.drawRoundedRect(body, radius, radius)
        inner = body.adjusted(edge, edge, -edge, -edge)
        painter.setBrush(theme.colour("primary_pressed" if primary else "key_pressed"))
        painter.drawRoundedRect(inner, radius - edge, radius - edge)
        return inner
    painter.setBrush(QColor(colours.lip))
    painter.drawRoundedRect(box, radius, radius)
    body = box.adjusted(0, 0, 0, -(lip - edge))
    painter.setBrush(QColor(colours.edge))
    painter.drawRoundedRect(body, radius, radius)
    inner = box.adjusted(edge, edge, -edge, -lip)
    painter.setBrush(QColor(colours.fill))
    painter.drawRoundedRect(inner, max(0.0, radius - edge), max(0.0, radius - edge))
    return inner


def paint_card(
    painter: QPainter,
    theme: Theme,
    box: QRectF,
    fill: str,
    line: str | None = None,
    *,
    line_px: float = EDGE_PX["card"],
    radius_px: float = RADIUS_PX["card"],
) -> None:
    """Paint a flat card: ``fill`` and ``line`` are colour tokens or ``#RRGGBB``."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    radius = radius_px * theme.scale
    painter.setBrush(theme.colour(fill))
    if line is None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(box, radius, radius)
        return
    width = line_px * theme.scale
    painter.setPen(QPen(theme.colour(line), width))
    half = width / 2
    painter.drawRoundedRect(box.adjusted(half, half, -half, -half), radius, radius)


def draw_icon(painter: QPainter, pixmap: QPixmap, x: float, y: float) -> None:
    """Put a pixmap on whole pixels, so that it stays sharp."""
    painter.drawPixmap(round(x), round(y), pixmap)


def paint_tick_box(painter: QPainter, theme: Theme, box: QRectF, ticked: bool) -> None:
    """A square box for one tick; empty it has a thick edge, ticked it is filled."""
    if not ticked:
        paint_card(painter, theme, box, "surface", "key_edge", line_px=4, radius_px=14)
        return
    paint_card(painter, theme, box, "selected_edge", radius_px=14)
    inset = box.width() * 0.14
    tick = icon("tick", round(box.width() - 2 * inset), theme.hex("on_primary"), "none", stroke=6)
    draw_icon(painter, tick, box.x() + inset, box.y() + inset)


def paint_house_mark(painter: QPainter, x: float, y: float, size: float, ground: str, door: str) -> None:
    """The sign of the house: a lit doorway with the lamp."""
    unit = size / 56
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(QRectF(x, y, size, size), 14 * unit, 14 * unit)
    painter.setBrush(QColor(door))
    painter.drawPie(QRectF(x + 14 * unit, y + 13 * unit, 28 * unit, 28 * unit), 0, 180 * 16)
    painter.drawRect(QRectF(x + 14 * unit, y + 26.6 * unit, 28 * unit, 18.4 * unit))
    painter.setBrush(QColor("#F7AE45"))
    painter.drawEllipse(QPointF(x + 28 * unit, y + 28 * unit), 6.5 * unit, 6.5 * unit)
    painter.setBrush(QColor(door))
    painter.drawRoundedRect(QRectF(x + 6 * unit, y + 43 * unit, 44 * unit, 4 * unit), 2 * unit, 2 * unit)
