"""The counter: the way back, the one next step, and what stands in its place while a hand or the machine is at work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from ui.kit.keys import reasoned
from ui.kit.progress import BusyBar

if TYPE_CHECKING:
    from ui.screens.base import Screen


def counter_keys(page: Screen[Any]) -> None:
    """Back at the left, the one primary at the right, and why it cannot be pressed when it cannot."""
    view = page.view
    if view.back is not None:
        zone = page.frame.back
        page.key(view.back, zone.left, zone.top, zone.width, zone.height, look="plain")
    if view.primary is None:
        return
    zone = page.next_zone
    why = view.primary.why_disabled if not view.primary.enabled else None
    default = "forward" if view.primary.name in ("action.next", "action.start") else None
    if why and not _said_inside(page, view.primary.label, why):
        # Too long for the key: the key leaves it a line of the counter.
        height = zone.height - (36 if page.frame.beside else 0)
        _said_below(page, why, zone.top + height + 1)
        page.key(view.primary, zone.left, zone.top, zone.width, height, look="primary", default_icon=default)
        return
    page.key(
        view.primary, zone.left, zone.top, zone.width, zone.height, look="primary", default_icon=default, reason=why
    )


def _said_inside(page: Screen[Any], label: str, why: str) -> bool:
    box = page.theme.rect(0, 0, page.next_zone.width, page.next_zone.height)
    return all(part.fits for part in reasoned(page.theme, label, why, box.width(), box.height()))


def _said_below(page: Screen[Any], why: str, below: float) -> None:
    x, width = page.next_zone.left, page.next_zone.width
    if page.width_of(why, "caption", bold=True) > width:
        x, width = page.frame.counter.left + 24, page.frame.counter.width - 48
    room = min(52, page.frame.counter.bottom - below)
    page.label(
        x, below, width, room, why, "small",
        bold=True, colour="ink_secondary", ground="counter", align="center", middle=True, max_lines=1, tight=True,
    )  # fmt: skip


def slot_panel(page: Screen[Any], text: str, sign: str = "arrow_down") -> None:
    """The amber panel in the place of the primary: the next step is made with the hand, on the machine.

    ``sign`` stands left of the words; right of them the arrow points where the guide light burns.
    """
    x, top, width = page.next_zone.left, page.next_zone.top, page.next_zone.width
    page.card(x, top, width, 144, fill="guide_fill", line=None)
    room = width - 2 * (36 + 68 + 24)
    step = page.step_for([text], ("key", "lead", "body"), room, 140, bold=True, max_lines=1)
    if page.width_of(text, step, bold=True) > room:
        step = page.step_for([text], ("lead", "body", "small"), room, 140, bold=True, max_lines=2)
    height = page.height_of(text, step, room, bold=True)
    extent = min(room, page.width_of(text, step, bold=True))
    middle = x + width / 2
    for name, left in ((sign, middle - extent / 2 - 32 - 68), ("arrow_down", middle + extent / 2 + 32)):
        arrow = name == "arrow_down"
        page.icon_at(name, left, top + 38, 68, line="on_guide", tint="none" if arrow else "guide_tint",
                     stroke=5.5 if arrow else 3)  # fmt: skip
    page.label(
        middle - room / 2, top + 72 - height / 2, room, height, text, step,
        bold=True, colour="on_guide", ground="guide_fill", align="center",
    )  # fmt: skip


def busy_panel(page: Screen[Any], text: str) -> None:
    """A flat panel in the place of the primary: what is under way, over a bar."""
    x, top, width = page.next_zone.left, page.next_zone.top, page.next_zone.width
    page.card(x, top, width, 144, fill="surface_quiet", line="primary", line_px=3)
    step = page.step_for([text], ("key", "lead", "body", "small"), width - 64, 96, bold=True, max_lines=2)
    page.label(
        x + 32, top + 8, width - 64, 96, text, step,
        bold=True, colour="accent_text", ground="surface_quiet", align="center", middle=True, max_lines=2,
        tight=True,
    )  # fmt: skip
    bar = page.keep("busy", lambda: BusyBar(page, page.theme))
    page.place(bar, x + 40, top + 108, width - 80, 16)


def paint_counter(page: Screen[Any], painter: QPainter) -> None:
    """Its ground, under the keys."""
    band = page.frame.counter
    painter.fillRect(QRectF(band.left, band.top, band.width, band.height), page.theme.colour("counter"))
    painter.fillRect(QRectF(band.left, band.top, band.width, 3), page.theme.colour("band_line"))
