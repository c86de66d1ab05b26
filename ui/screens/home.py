"""Choosing what to do: language, life events, lists of items."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from kiosk.flow.view import HomeBody, LanguageBody, ListBody
from kiosk.flow.view import Key as KeyView
from ui.kit.icons import scene
from ui.kit.parts import ChoiceCard, Key, Tile, known_icon
from ui.kit.theme import DESIGN_WIDTH_PX
from ui.screens.base import LEFT, TOUCH_BOTTOM, TOUCH_TOP, WIDTH, BodyT, Screen


class SceneScreen(Screen[BodyT]):
    """A page with the house at the top right and the heading at its left."""

    title_step = "hero"

    def paint_ground(self, painter: QPainter) -> None:
        """Paper under the scene's sky."""
        super().paint_ground(painter)
        painter.fillRect(QRectF(0, 0, DESIGN_WIDTH_PX, 520), self.theme.colour("counter"))

    def strip(self) -> None:
        """The scene first, then what stands on it."""
        size = self.theme.rect(0, 0, DESIGN_WIDTH_PX, 532).size()
        self.picture(scene("home", size.width(), size.height()), 0, 0)
        super().strip()

    def heading(self) -> float:
        """Title and lead in the sky, left of the house; a notice below the scene."""
        view = self.view
        step = self.step_for([view.title], ("hero", "title", "key_large", "key"), 570, 250, bold=True, max_lines=2)
        y, height = 140.0, self.height_of(view.title, step, 570, bold=True)
        if self.width_of(view.title, "hero", bold=True) <= 770:
            step, height = "hero", 120.0
        width = 770 if height <= 120 else 570
        self.label(LEFT, y, width, height, view.title, step, bold=True, ground="counter")
        y += height + 8
        if view.lead:
            room = 410 - y
            lead = self.step_for([view.lead], ("lead", "body", "small", "caption"), 540, room, bold=False)
            tall = self.height_of(view.lead, lead, 540, bold=False)
            self.label(LEFT, y, 540, tall, view.lead, lead, bold=False, colour="ink_secondary", ground="counter")
        if view.notice is not None:
            size = "body" if self.notice_height(view.notice, WIDTH, "body") <= 128 else "small"
            size = size if self.notice_height(view.notice, WIDTH, size) <= 128 else "caption"
            height = self.notice_height(view.notice, WIDTH, size)
            self.notice(view.notice, LEFT, 556, WIDTH, min(136, height), size)
            return 556 + height
        return 540


class LanguageScreen(SceneScreen[LanguageBody]):
    """Two languages of equal size, near the hand."""

    def fill(self, top: float) -> None:
        """Big keys from the bottom up."""
        count = len(self.body.choices)
        height = min(200.0, (TOUCH_BOTTOM - TOUCH_TOP - 24 * (count - 1)) / max(1, count))
        y = TOUCH_BOTTOM - count * height - 24 * (count - 1)
        for view in self.body.choices:
            key = Key(
                self, self.theme, view.name, view.label, step="key_large", icon_left="globe", icon_px=72, stroke=3
            )
            self.add(key, LEFT, y, WIDTH, height)
            y += height + 24


class HomeScreen(SceneScreen[HomeBody]):
    """Life-event tiles, the search key, the everyday functions."""

    has_staff_corner = True

    def fill(self, top: float) -> None:
        """Tiles at y 704, search at 1188, the everyday functions at 1332."""
        events = self.body.life_events
        columns = 4 if len(events) > 6 or len(events) == 4 else 3 if len(events) > 2 else 2
        rows = max(1, -(-len(events) // columns))
        width = (WIDTH - 20 * (columns - 1)) / columns
        height = min(216.0, (1168 - 704 - 20 * (rows - 1)) / rows)
        if rows == 1:
            height = 280
        y = 1168 - rows * height - 20 * (rows - 1)
        for number, view in enumerate(events):
            tile = Tile(
                self, self.theme, view.name, view.label, icon_name=known_icon(view.icon, "grid"), hint=view.hint
            )
            tile.setEnabled(view.enabled)
            column, row = number % columns, number // columns
            self.add(tile, LEFT + column * (width + 20), y + row * (height + 20), width, height)
        search = self.body.search
        key = Key(
            self,
            self.theme,
            search.name,
            search.label,
            step="body",
            bold=False,
            icon_left="search",
            icon_right="keyboard",
            icon_px=56,
            stroke=3,
            padding_px=32,
            radius_px=56,
            left_aligned=True,
        )
        self.add(key, LEFT, 1188, WIDTH, 112)
        everyday = self.body.everyday
        if everyday:
            width = (WIDTH - 20 * (len(everyday) - 1)) / len(everyday)
            for number, view in enumerate(everyday):
                tile = Tile(
                    self, self.theme, view.name, view.label,
                    icon_name=known_icon(view.icon, _EVERYDAY.get(view.name)), look="quiet", step="body",
                    icon_px=60, stroke=2.6,
                )  # fmt: skip
                tile.setEnabled(view.enabled)
                self.add(tile, LEFT + number * (width + 20), 1332, width, 164)


_EVERYDAY = {
    "everyday.guide": "book",
    "everyday.booking": "calendar",
    "everyday.ask": "chat",
    "everyday.progress": "steps",
    "everyday.complaint": "megaphone",
}


def pager_row(
    screen: Screen[BodyT], previous: KeyView | None, label: str | None, following: KeyView | None, y: float
) -> None:
    """Previous, where we are, following: one row of small keys."""
    if previous is not None:
        screen.key(previous, LEFT, y, 300, 96, small=True, step="body")
    if label:
        screen.label(LEFT + 320, y, WIDTH - 640, 96, label, "small", align="center", middle=True, max_lines=1)
    if following is not None:
        screen.key(following, LEFT + WIDTH - 300, y, 300, 96, small=True, step="body")


class ListScreen(Screen[ListBody]):
    """Big cards that lead on: items of a life event, choices of a function."""

    def fill(self, top: float) -> None:
        """Cards from the bottom up, and a pager row when there are more."""
        bottom = float(TOUCH_BOTTOM)
        paged = self.body.previous is not None or self.body.following is not None
        if paged:
            bottom -= 96 + 24
            pager_row(self, self.body.previous, self.body.pager, self.body.following, bottom + 24)
        card_stack(self, self.body.keys, bottom)


def card_stack(screen: Screen[BodyT], keys: tuple[KeyView, ...], bottom: float, top: float = TOUCH_TOP) -> float:
    """Cards that lead on, stacked up from ``bottom``; gives back where the first begins."""
    count = len(keys)
    if not count:
        return bottom
    gap = 20 if count <= 5 else 14
    height = min(152.0, (bottom - top - gap * (count - 1)) / count)
    y = first = bottom - count * height - gap * (count - 1)
    for view in keys:
        card = ChoiceCard(
            screen,
            screen.theme,
            view.name,
            view.label,
            hint=view.hint,
            icon_name=known_icon(view.icon, "document" if view.name.startswith("item.") else None),
            mark="forward",
            tag=view.tag,
            why_disabled=view.why_disabled if not view.enabled else None,
            role="key",
        )
        card.setEnabled(view.enabled)
        screen.add(card, LEFT, y, WIDTH, height)
        y += height + gap
    return first
