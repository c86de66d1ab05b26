"""The icon set: SVG on a 48 grid (faces on 100), two colours put into the text at load, drawn once a size and colour.

``icons.json`` holds name -> inner SVG with the words ``icon_line``, ``icon_tint`` and ``icon_paper`` where colours go.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_HERE = Path(__file__).parent


@cache
def _bodies() -> dict[str, str]:
    bodies: dict[str, str] = json.loads((_HERE / "icons.json").read_text(encoding="utf-8"))
    return bodies


# Words that packages and the flow may use for the same picture.
_OTHER_NAMES = {
    "accepted": "fine",
    "bank_card": "id_card",
    "call": "phone",
    "camera_off": "camera",
    "certificate": "stamp",
    "check": "tick",
    "complaint": "megaphone",
    "contract": "document",
    "down": "arrow_down",
    "dorm": "building",
    "edit": "pencil",
    "employment": "briefcase",
    "flat": "building",
    "guide": "book",
    "help": "question",
    "home": "house",
    "key": "house_key",
    "language": "globe",
    "licence": "shield",
    "location": "place",
    "medical": "health",
    "next": "forward",
    "offline": "no_network",
    "pen": "pencil",
    "person": "family",
    "progress": "steps",
    "rent": "house_key",
    "refresh": "reload",
    "remove": "bin",
    "sign": "sign_board",
    "speech": "chat",
    "store": "shop",
    "up": "chevron_up",
    "work": "briefcase",
}


def icon_names() -> tuple[str, ...]:
    """Every picture of the set, in the order of the file."""
    return tuple(_bodies())


def has_icon(name: str | None) -> bool:
    """True when the set holds this icon."""
    return name is not None and (name in _bodies() or name in _OTHER_NAMES)


def known_icon(name: str | None, otherwise: str | None = None) -> str | None:
    """``name`` when the set has it, else ``otherwise``."""
    return name if has_icon(name) else otherwise


def icon_svg(name: str, line: str, tint: str, stroke: float, paper: str) -> str:
    """One icon as SVG text with its colours put in; an unknown name gives the question mark."""
    body = _bodies().get(_OTHER_NAMES.get(name, name)) or _bodies()["question"]
    grid = 48
    if body.startswith("@100 "):
        grid, body, stroke = 100, body[5:], stroke * 5 / 3
    body = body.replace("icon_line", line).replace("icon_tint", tint).replace("icon_paper", paper)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {grid} {grid}"><g fill="none" stroke="{line}" '
        f'stroke-width="{stroke}" stroke-linecap="round" stroke-linejoin="round">{body}</g></svg>'
    )


@cache
def _pixmap(name: str, size_px: int, line: str, tint: str, stroke: float, paper: str) -> QPixmap:
    return render_svg(icon_svg(name, line, tint, stroke, paper), size_px, size_px)


def render_svg(svg: str, width_px: int, height_px: int) -> QPixmap:
    """An SVG text drawn into a pixmap of this size."""
    pixmap = QPixmap(width_px, height_px)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, width_px, height_px))
    painter.end()
    return pixmap


def icon(name: str, size_px: int, line: str, tint: str, *, stroke: float = 3.0, paper: str = "#FFFFFF") -> QPixmap:
    """An icon as a pixmap of ``size_px`` window pixels; the three colours are ``#RRGGBB`` or ``none``."""
    return _pixmap(name, size_px, line, tint, stroke, paper)


_logo: QSvgRenderer | None = None


def bear(logo: Path | None) -> None:
    """From now on this sign (SVG, square) stands in the corner of every page instead of the house's own. One for the
    whole process, before the first page. Raises ``ValueError`` for a file that is no SVG.
    """
    global _logo
    if logo is None:
        _logo = None
        return
    picture = logo.read_bytes()
    renderer = QSvgRenderer(QByteArray(picture)) if b"<svg" in picture else QSvgRenderer()
    if not renderer.isValid():
        raise ValueError(f"{logo.name} is not an SVG picture")
    _logo = renderer


def paint_logo(painter: QPainter, x: float, y: float, size: float) -> bool:
    """Paint the sign of the city; False when there is none."""
    if _logo is None:
        return False
    _logo.render(painter, QRectF(x, y, size, size))
    return True
