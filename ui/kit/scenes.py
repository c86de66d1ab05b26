"""Pictures of whole scenes: SVG files in ``scenes/``, in their own colours or as outlines where colours are few.

A scene is drawn once into a pixmap of the size in use and kept: it holds nothing of anybody.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from PySide6.QtGui import QPixmap

from ui.kit.icons import render_svg

_HERE = Path(__file__).parent / "scenes"
FOOT_SHAPE: Final = 284 / 640
"""Height of the picture at the foot of a reading column as a share of its width."""
STREET_SIZE: Final = (1600.0, 372.0)
"""Width and height of the street in design pixels; its house stands at the right."""

_SHAPE = re.compile(r"<(rect|circle|path)\b([^>]*?)/>")
_COLOUR = re.compile(r'\s(?:fill|stroke|stroke-width|stroke-linejoin|opacity)="[^"]*"')
_GROUP_COLOUR = re.compile(r'(<g\b[^>]*?)\s(?:fill|stroke|stroke-width)="[^"]*"')


_BY_HOUR = {True: re.compile(r'<(?:circle|path) class="day"[^>]*/>'),
            False: re.compile(r'<(?:circle|path) class="night"[^>]*/>')}  # fmt: skip
"""What is not in the sky, by whether it is night."""


@cache
def scene(name: str, width_px: int, height_px: int, outlined: bool = False, night: bool = False) -> QPixmap:
    """A picture of ``scenes/NAME.svg`` in window pixels; ``outlined`` draws white lines on black instead of areas.

    By ``night`` there is the moon where the sun is by day.
    """
    svg = _BY_HOUR[night].sub("", (_HERE / f"{name}.svg").read_text(encoding="utf-8"))
    return render_svg(outlines(svg, width_px) if outlined else svg, width_px, height_px)


def outlines(svg: str, width_px: int) -> str:
    """The same picture as white outlines on black; what is only light (class ``tint``) goes."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ', svg)
    line = 3 * float(found[1]) / max(1, width_px) if found is not None else 3.0
    pen = f' stroke="#FFFFFF" stroke-width="{line:.2f}" stroke-linejoin="round"'

    def redrawn(shape: re.Match[str]) -> str:
        kind, rest = shape[1], shape[2]
        if 'class="tint"' in rest:
            return ""
        # An open line has a stroke and nothing to fill.
        open_line = 'fill="none"' in rest or ("stroke=" in rest and "fill=" not in rest)
        return f'<{kind}{_COLOUR.sub("", rest)} fill="{"none" if open_line else "#000000"}"{pen}/>'

    while _GROUP_COLOUR.search(svg):
        svg = _GROUP_COLOUR.sub(r"\1", svg)
    return _SHAPE.sub(redrawn, svg)
