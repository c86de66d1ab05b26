"""Notices, and the line that says what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kiosk.flow.view import Notice
from ui.kit.icons import known_icon
from ui.screens.canvas import Canvas

if TYPE_CHECKING:
    from ui.screens.base import Screen


def _room(notice: Notice, width: float) -> float:
    """Width of a notice's words in a column; a narrow one has a smaller sign."""
    if width < 480:
        return width - 88 - 20
    return width - 24 - 72 - 24 - 28 - (72 if notice.tone == "guide" else 0)


def notice_height(page: Canvas, notice: Notice, width: float, step: str = "body") -> float:
    """Design height of a notice in a column."""
    room = _room(notice, width)
    height = page.height_of(notice.title, step, room, bold=True)
    if notice.text:
        height += page.height_of(notice.text, step, room, bold=False)
    return max(104.0, height + 32)


def notice_box(
    page: Canvas, notice: Notice, x: float, y: float, width: float, height: float, step: str = "body"
) -> None:
    """A flat box: icon, bold fact, plain consequence."""
    fill, ink, disc, on_disc = {
        "caution": ("caution_fill", "caution", "caution", "on_caution"),
        "guide": ("guide_fill", "on_guide", "none", "on_guide"),
        "done": ("info_fill", "ink", "primary", "on_primary"),
        "info": ("info_fill", "ink", "none", "icon_line"),
    }[notice.tone]
    default = {"caution": "warning", "guide": "hand", "done": "tick", "info": "info"}[notice.tone]
    name = known_icon(notice.icon, default) or default
    page.card(x, y, width, height, fill=fill, line=ink if page.theme.contrast else None)
    middle, narrow = y + height / 2, width < 480
    size, inset = (52.0, 18.0) if narrow else (72.0, 24.0)
    if disc != "none":
        page.card(x + inset, middle - size / 2, size, size, fill=disc, line=None, radius=size / 2)
        small = size * 0.61
        page.icon_at(name, x + inset + (size - small) / 2, middle - small / 2, small, line=on_disc, tint="none",
                     stroke=4, paper=disc)  # fmt: skip
    else:
        tint = "guide_tint" if notice.tone == "guide" else "surface"
        small = 52.0 if narrow else 64.0
        page.icon_at(name, x + (18 if narrow else 28), middle - small / 2, small, line=on_disc, tint=tint)
    left, room = x + (88 if narrow else 120), _room(notice, width)
    if notice.tone == "guide" and not narrow:
        page.icon_at("arrow_down", x + width - 96, middle - 32, 64, line="on_guide", tint="none", stroke=4.5)
    title = page.height_of(notice.title, step, room, bold=True)
    text = page.height_of(notice.text, step, room, bold=False) if notice.text else 0.0
    top = middle - (title + text) / 2
    page.label(left, top, room, title, notice.title, step, bold=True, colour=ink, ground=fill)
    if notice.text:
        page.label(left, top + title, room, text, notice.text, step, bold=False, colour=ink, ground=fill)


def error_line(
    page: Screen[Any], text: str, bottom: float, *, x: float | None = None, width: float | None = None
) -> float:
    """What is wrong and what right looks like, ending at ``bottom``; gives back where it starts."""
    x = page.left if x is None else x
    width = page.wide if width is None else width
    height = page.height_of(text, "small", width - 56, bold=True)
    top = bottom - height
    page.icon_at("error", x, top + 2, 40, line="caution", tint="caution_fill", stroke=3.5)
    page.label(x + 56, top, width - 56, height, text, "small", bold=True, colour="caution")
    return top
