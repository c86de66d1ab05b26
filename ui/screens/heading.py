"""The heading of a page: progress, kicker, title, lead, reason and notice, in the largest sizes that have room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QRectF

from ui.kit.frame import STRIP_HEIGHT
from ui.kit.progress import paint_progress
from ui.kit.text import SetText, set_text, tight_line, whole_words
from ui.screens.notices import notice_box, notice_height
from ui.screens.scenery import sky

if TYPE_CHECKING:
    from ui.screens.base import Screen

_SIZES: Final = (
    ("hero", "lead", "body"),
    ("title", "lead", "body"),
    ("key_large", "lead", "body"),
    ("key_large", "body", "small"),
    ("key", "body", "small"),
    ("key", "small", "caption"),
    ("lead", "small", "caption"),
    ("body", "caption", "caption"),
)

_TITLES: Final = frozenset({"hero", "title", "key_large", "key"})


def page_heading(page: Screen[Any]) -> float:
    """Progress, kicker, title, lead, reason and notice, and the picture in the room they leave; gives back where
    what belongs to the body may begin."""
    view = page.view
    title_step = page.title_step or ("title" if view.progress or view.kicker else "hero")
    first = next(n for n, size in enumerate(_SIZES) if size[0] == title_step)
    sizes = _SIZES[first:]
    end = page.heading_end()
    least = STRIP_HEIGHT + 32
    room = end - least
    if page.frame.low and not page.frame.beside:
        room = min(room, page.heading_room)
    at = next((at for at, size in enumerate(sizes) if _fits(page, size, room)), len(sizes) - 1)
    # Chinese has no spaces to break at: a title somewhat smaller is better than one that is cut inside a word.
    smaller = range(at, min(at + 4, len(sizes)))
    at = next((n for n in smaller if sizes[n][0] in _TITLES and _whole_words(page, sizes[n][0])), at)
    y = max(least, min(page.frame.reading.top, end - _height(page, sizes[at])))
    if page.frame.low and not page.frame.beside:
        sky(page, QRectF(0, 0, page.frame.width, y - 36))
    if view.progress is not None:
        _progress(page, y)
    bottom = _set(page, sizes[at], y + _above_title(page))
    if not page.frame.beside:
        return bottom
    if page.frame.low:
        sky(page, QRectF(page.frame.scene.left, 0, page.frame.scene.width, page.frame.scene.bottom))
    if not (page.frame.low and page.scenic and page.pictured_above):
        page.foot(bottom)
    # Beside each other: what belongs to the body begins at the top of its own column.
    return page.frame.reading.top - 24


def _above_title(page: Screen[Any]) -> float:
    """Height of the progress, and what a kicker goes up when there is none."""
    if page.view.progress is not None:
        return 112.0 + _item_above(page)[1]
    return -16.0 if page.view.kicker else 0.0


def _item_above(page: Screen[Any]) -> tuple[str, float]:
    """Size of the item's name, and what it takes above the count where a line has no room for both."""
    progress, width = page.view.progress, page.frame.reading.width
    if progress is None or not page.frame.beside:
        return "small", 0.0
    if page.width_of(progress.item, "small") + page.width_of(progress.label, "small", bold=True) + 32 <= width:
        return "small", 0.0
    for step in ("small", "caption"):
        if page.width_of(progress.item, step) <= width:
            return step, 52.0
    return "caption", 2 * tight_line(page.theme, "caption") / page.theme.scale + 4


def _height(page: Screen[Any], size: tuple[str, str, str]) -> float:
    parts = _parts(page, size, _above_title(page))
    return parts[-1][1] + parts[-1][2] if parts else 0.0


def _whole_words(page: Screen[Any], step: str) -> bool:
    return whole_words(_broken_title(page, step).lines)


def _broken_title(page: Screen[Any], step: str) -> SetText:
    width = page.title_width() * page.theme.scale
    return set_text(page.view.title, page.theme, step, width, bold=True, balance=True)


def _kicker_step(page: Screen[Any]) -> str:
    return page.step_for([page.view.kicker or ""], ("small", "caption"), page.title_width(), 80, max_lines=1)


def _parts(page: Screen[Any], size: tuple[str, str, str], y: float) -> list[tuple[str, float, float]]:
    """Name, top and height of each part of the heading in these sizes."""
    view, parts = page.view, []
    title, lead, body = size
    if view.kicker:
        height = max(44.0, page.height_of(view.kicker, _kicker_step(page), page.title_width(), tight=True))
        parts.append(("kicker", y, height))
        y += height + 2
    if view.title:
        height = page.height_of(view.title, title, page.title_width(), bold=True, balance=True)
        parts.append(("title", y, height))
        y += height
    if view.lead:
        height = page.height_of(view.lead, lead, page.title_width(), bold=False)
        parts.append(("lead", y + 8, height))
        y += 8 + height
    if view.why:
        height = page.height_of(view.why, body, page.frame.reading.width - 64, bold=False)
        parts.append(("why", y + 20, height))
        y += 20 + height
    if view.notice is not None:
        height = notice_height(page, view.notice, page.frame.reading.width, body)
        parts.append(("notice", y + 24, height))
        y += 24 + height
    return parts


def _fits(page: Screen[Any], size: tuple[str, str, str], room: float) -> bool:
    title = _broken_title(page, size[0])
    longest = max((page.width_of(word, size[0], bold=True) for word in page.view.title.split()), default=0.0)
    whole = any(ord(c) >= 0x2E80 for c in page.view.title) or longest <= page.title_width()
    lines = page.title_lines + (1 if page.frame.beside else 0)
    return len(title.lines) <= lines and whole and _height(page, size) <= room


def _set(page: Screen[Any], size: tuple[str, str, str], y: float) -> float:
    view, width, ground = page.view, page.title_width(), page.reading_ground
    left, wide = page.frame.reading.left, page.frame.reading.width
    bottom = y
    for name, top, height in _parts(page, size, y):
        bottom = top + height
        if name == "kicker":
            page.label(left, top, width, height, view.kicker or "", _kicker_step(page), colour="ink_secondary",
                       ground=ground, tight=True)  # fmt: skip
        elif name == "title":
            page.label(left, top, width, height, view.title, size[0], bold=True, ground=ground, balance=True)
        elif name == "lead":
            page.lead = page.label(
                left, top, width, height, view.lead or "", size[1], bold=False, colour="ink_secondary",
                ground=ground,
            )  # fmt: skip
        elif name == "why":
            page.icon_at("info", left, top + 4, 44)
            page.label(
                left + 64, top, wide - 64, height, view.why or "", size[2], bold=False, colour="ink_secondary",
                ground=ground,
            )  # fmt: skip
        elif view.notice is not None:
            notice_box(page, view.notice, left, top, wide, height, size[2])
    return bottom


def _progress(page: Screen[Any], top: float) -> None:
    progress = page.view.progress
    assert progress is not None
    theme, zone, ground = page.theme.unscaled(), page.frame.reading, page.reading_ground
    small, above = _item_above(page)
    most = zone.width if above else zone.width * 0.44 if not page.frame.beside else zone.width * 0.6
    step = page.step_for([progress.label], ("small", "caption"), most, 60, bold=True, max_lines=1)
    right = page.width_of(progress.label, step, bold=True) + 4
    width = zone.width if above else zone.width - right - 24
    page.label(
        zone.left, top - 10, width, max(60.0, above + 4), progress.item, small,
        colour="ink_secondary", ground=ground, middle=True, max_lines=2 if above > 52 else 1, tight=True, elide=True,
        modest=True,
    )  # fmt: skip
    top += above
    page.label(
        zone.left if above else zone.right - right, top - 10, right, 60, progress.label, step, bold=True,
        ground=ground, align="left" if above else "right", middle=True, max_lines=1, tight=True, modest=True,
    )  # fmt: skip
    box = QRectF(zone.left, top + 56, zone.width, 16)
    page.paint(lambda painter: paint_progress(painter, theme, box, progress.now, progress.total))
