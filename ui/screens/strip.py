"""The status strip: the sign of the house, the place or what everybody has to know, whose visit it is, the time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QPainter

from ui.kit.icons import paint_logo
from ui.kit.keys import Hotspot
from ui.kit.label import Label
from ui.kit.paint import paint_house_mark
from ui.kit.words import word

if TYPE_CHECKING:
    from ui.screens.base import Screen


def status_strip(page: Screen[Any]) -> None:
    """Place, whose session it is, the time; beside each other the place stands over the reading column."""
    view, left, beside = page.view, page.frame.reading.left, page.frame.beside
    dark = page.theme.on_dark() if page.dark else page.theme
    mark = ("#DCEAE5", "#0B3536") if page.dark else (page.theme.hex("primary"), page.theme.hex("paper"))
    if page.theme.contrast:
        mark = (page.theme.hex("ink"), page.theme.hex("paper"))

    def sign(painter: QPainter) -> None:
        if not paint_logo(painter, left, 32, 56):
            paint_house_mark(painter, left, 32, 56, *mark)

    page.paint(sign)
    ground = "paper" if page.dark else page.sky_ground
    ink = "#FFFFFF" if page.dark else "ink"
    end = right = page.frame.touch.right
    if page.shows_clock:
        room = max(130.0, page.width_of("00:00", "body", bold=True) + 6)
        clock = Label(
            page, dark, page.time_text(), "body", bold=True, colour=ink, ground=ground, align="right", middle=True
        )
        page.place(clock, end - room, 24, room, 72)
        page.clocks.append(clock)
        right = end - room - 16
    who = 0.0
    if view.who:
        who = min(360.0, page.width_of(view.who, "caption", bold=True) + 20 + 36 + 12 + 20)
        if view.strip and not _fits(page, view.strip, right - who - 20):
            who = 0.0  # what everybody has to know goes before whose visit it is
    if view.who and who:
        page.card(right - who, 32, who, 56, fill="info_fill", line=None, radius=28)
        page.icon_at("id_card", right - who + 20, 42, 36, tint="surface")
        page.label(
            right - who + 68, 32, who - 84, 56, view.who, "caption",
            bold=True, colour="info_text", ground="info_fill", middle=True, max_lines=1, modest=True,
        )  # fmt: skip
        right -= who + 20
    if view.strip:
        _sentence(page, view.strip, right)
    if beside or not view.strip:
        if beside and not page.dark:
            ground = page.reading_ground
        narrow = beside and page.shows_clock
        room = (page.frame.reading.right if narrow else right - 12) - left - 76
        place = Label(
            page, dark, view.place, "small", bold=True, colour=ink, ground=ground, middle=True, max_lines=2,
            tight=True, modest=True,
        )  # fmt: skip
        page.place(place, left + 76, 12, room, 96)
    if page.has_staff_corner:
        spot = Hotspot(page, page.theme, "staff.corner", word("staff_corner", view.language), "ink", "paper")
        page.add(spot, left - 16, 16, 88, 88, gated=False)


def _left(page: Screen[Any]) -> float:
    return page.left if page.frame.beside else page.frame.reading.left + 76


def _room(page: Screen[Any], right: float) -> float:
    return right - 12 - _left(page) - 76 - 20


def _fits(page: Screen[Any], text: str, right: float) -> bool:
    return page.lines_of(text, "caption", _room(page, right), bold=True) <= 2


def _sentence(page: Screen[Any], text: str, right: float) -> None:
    """What the machine has to say to whoever stands before it, in the place of its own name."""
    room, left = _room(page, right), _left(page)
    step = page.step_for([text], ("small", "caption"), room, 72, bold=True, max_lines=1)
    lines = page.lines_of(text, "caption", room, bold=True)
    width = 76 + (min(room, page.width_of(text, step, bold=True) + 4) if lines < 2 else room) + 20
    page.card(left, 16, width, 88, fill="caution_fill", line=None, radius=20)
    page.icon_at("power", left + 18, 38, 44, line="caution", tint="surface", stroke=3.2)
    page.label(
        left + 76, 17, width - 96, 86, text, step if lines < 2 else "small", bold=True, colour="caution",
        ground="caution_fill", middle=True, max_lines=2, tight=True, modest=True,
    )  # fmt: skip
