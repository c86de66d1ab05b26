"""The rules of the panel as questions to a page: each answers with what breaks it, so that an empty list is good."""

from __future__ import annotations

from itertools import combinations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from ui.gallery.fit import covered
from ui.host import TerminalWindow
from ui.kit.controls import control_name
from ui.kit.frame import LOW_TOP_SHARE, LOW_TOP_SHARE_LYING
from ui.kit.theme import MIN_GAP_PX, MIN_TARGET_PX, MIN_TEXT_PX

TOUCHED_ROLES = ("key", "choice", "field")
STRIPS = ("candidate.", "key.mode.")
"""Cells of one strip share their frame and so may touch."""


class Page:
    """What is on a window now. ``scale`` is window pixels for a design pixel, ``targets`` what a finger is meant to
    press: a field that is being written is not, its keyboard is.
    """

    def __init__(self, window: TerminalWindow) -> None:
        screen = window.screen_widget()
        assert screen is not None
        self.scale = screen.theme.scale
        self.size = window.size()
        self.window = window
        self.widgets = [child for child in window.findChildren(QWidget) if child.isVisibleTo(window)]
        self.controls = window.controls()
        writing = {control_name(child) for child in self.widgets if child.property("active") is True}
        self.targets = [c for c in self.controls if c.role in TOUCHED_ROLES and c.name and c.name not in writing]


def clipped(page: Page) -> list[str]:
    """Texts that do not fit where they stand."""
    return list(page.window.clipped())


def small_texts(page: Page) -> list[tuple[str, int]]:
    """Texts smaller than the smallest size."""
    least = round(MIN_TEXT_PX * page.scale)
    return [(c.text, c.font_px) for c in page.controls if c.text and c.font_px < least]


def small_targets(page: Page) -> list[tuple[str, tuple[int, int, int, int]]]:
    """Targets smaller than the smallest, or not wholly on the panel."""
    least = MIN_TARGET_PX * page.scale - 1
    whole = QRect(QPoint(0, 0), page.size)
    return [
        (c.name, c.rect)
        for c in page.targets
        if min(c.rect[2:]) < least or not whole.contains(QRect(*c.rect))
    ]  # fmt: skip


def near_targets(page: Page) -> list[tuple[str, str]]:
    """Pairs of targets that are not far enough apart."""
    gap = round(MIN_GAP_PX * page.scale) - 1
    found = []
    for one, other in combinations(page.targets, 2):
        if one.name.startswith(STRIPS) and other.name.startswith(STRIPS):
            continue
        if QRect(*one.rect).adjusted(-gap, -gap, gap, gap).intersects(QRect(*other.rect)):
            found.append((one.name, other.name))
    return found


def high_targets(page: Page, top_px: float) -> list[tuple[str, int]]:
    """Targets above ``top_px``; the corner for the staff is not for residents."""
    return [(c.name, c.rect[1]) for c in page.targets if c.rect[1] < top_px and c.name != "staff.corner"]


def low_band_px(page: Page) -> float:
    """Where the band begins that is in reach from a chair."""
    share = LOW_TOP_SHARE if page.size.height() >= page.size.width() else LOW_TOP_SHARE_LYING
    return page.size.height() * share - 2


def faint_texts(page: Page, least: float) -> list[tuple[str, str, str, float]]:
    """Texts with less contrast to their ground than ``least`` to 1."""
    return [
        (c.text, c.fg, c.bg, round(contrast(c.fg, c.bg), 1))
        for c in page.controls
        if c.text and contrast(c.fg, c.bg) < least
    ]


def crowded(page: Page) -> list[tuple[str, str]]:
    """Pairs of texts or keys that lie on each other."""
    return list(covered(page.window))


def unnamed(page: Page) -> list[str]:
    """Names that two controls have, and controls that would not be read out."""
    named = [control for control in page.controls if control.name]
    names = [control.name for control in named]
    silent = [control.name for control in named if control.role != "image" and not control.accessible]
    return [*{name for name in names if names.count(name) > 1}, *silent]


def type_sizes(page: Page) -> list[int]:
    """The sizes of type on the page, smallest first."""
    return sorted({c.font_px for c in page.controls if c.text})


def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB`` (WCAG)."""
    parts = [channel / 255 for channel in QColor(colour).getRgb()[:3]]  # type: ignore[union-attr,index]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """How far two colours stand apart, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
