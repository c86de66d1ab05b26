"""Choosing what to do: language, life events, lists of items."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from kiosk.flow.view import HomeBody, LanguageBody, ListBody
from kiosk.flow.view import Key as KeyView
from ui.kit.parts import ChoiceCard, Key, Tile, known_icon, level
from ui.kit.scenes import scene
from ui.screens.base import BodyT, Screen


class SceneScreen(Screen[BodyT]):
    """A page with the house at the top right and the heading at its left."""

    title_step = "hero"

    def paint_ground(self, painter: QPainter) -> None:
        """Paper under the scene's sky."""
        super().paint_ground(painter)
        painter.fillRect(QRectF(0, 0, self.frame.width, 520), self.theme.colour("counter"))

    def strip(self) -> None:
        """The scene first, then what stands on it."""
        size = self.theme.rect(0, 0, self.frame.width, 532).size()
        self.picture(scene("home", size.width(), size.height()), 0, 0)
        super().strip()

    def heading(self) -> float:
        """Title and lead in the sky, left of the house; a notice below the scene."""
        view = self.view
        y = 140.0
        step, lead, height, tall = self._sizes(y)
        width = 770 if height <= 120 else 570
        self.label(self.left, y, width, height, view.title, step, bold=True, ground="counter")
        if view.lead:
            self.label(
                self.left,
                y + height + 8,
                540,
                tall,
                view.lead,
                lead,
                bold=False,
                colour="ink_secondary",
                ground="counter",
            )
        if view.notice is not None:
            size = "body" if self.notice_height(view.notice, self.wide, "body") <= 128 else "small"
            size = size if self.notice_height(view.notice, self.wide, size) <= 128 else "caption"
            height = self.notice_height(view.notice, self.wide, size)
            self.notice(view.notice, self.left, 556, self.wide, min(136, height), size)
            return 556 + height
        return 540

    def _sizes(self, y: float) -> tuple[str, str, float, float]:
        """Sizes and heights of title and lead: the largest title that leaves the lead readable beside the house."""
        title, text = self.view.title, self.view.lead or ""
        found = ("key", "caption", 128.0, 80.0)
        for step in ("hero", "title", "key_large", "key"):
            whole = all(self.width_of(word, step, bold=True) <= 570 for word in title.split())
            one_line = self.width_of(title, step, bold=True) <= 770 and step in ("hero", "title")
            height = self.height_of(title, step, 770 if one_line else 570, bold=True)
            if not one_line and (not whole or height > 2 * self.theme.step(step).line_height_px + 1):
                continue
            for lead in ("lead", "body", "small"):
                tall = self.height_of(text, lead, 540, bold=False) if text else 0.0
                if y + height + 8 + tall <= 420:
                    return step, lead, height, tall
                found = (step, "caption", height, self.height_of(text, "caption", 540, bold=False) if text else 0.0)
        return found


class LanguageScreen(SceneScreen[LanguageBody]):
    """Two languages of equal size, near the hand."""

    def fill(self, top: float) -> None:
        """Big keys from the bottom up."""
        count = len(self.body.choices)
        height = min(200.0, (self.touch_bottom - self.touch_top - 24 * (count - 1)) / max(1, count))
        y = self.touch_bottom - count * height - 24 * (count - 1)
        for view in self.body.choices:
            key = Key(
                self, self.theme, view.name, view.label, step="key_large", icon_left="globe", icon_px=72, stroke=3
            )
            self.add(key, self.left, y, self.wide, height)
            y += height + 24


class HomeScreen(SceneScreen[HomeBody]):
    """Life-event tiles, the search key, the everyday functions."""

    has_staff_corner = True

    def _bare(self) -> bool:
        return self.view.primary is None and self.view.back is None

    def fill(self, top: float) -> None:
        """Tiles at y 704, search at 1188, the everyday functions at 1332; lower and taller without a counter."""
        spare = 216.0 if self._bare() else 0.0
        search_top = 1188 + spare * 0.75
        events = self.body.life_events
        columns = 4 if len(events) > 6 or len(events) == 4 else 3 if len(events) > 2 else 2
        rows = max(1, -(-len(events) // columns))
        width = (self.wide - 20 * (columns - 1)) / columns
        height = (search_top - 20 - 704 - 20 * (rows - 1)) / rows
        if rows == 1:
            height = 300
        y = search_top - 20 - rows * height - 20 * (rows - 1)
        step = self.step_for(
            [view.label for view in events],
            ("lead", "body", "small", "caption"),
            width - 16,
            70,
            bold=True,
            max_lines=1,
        )
        hints = [view.hint for view in events if view.hint]
        lines = 2 if any(self.width_of(hint, "caption") > width - 16 for hint in hints) else 1
        for number, view in enumerate(events):
            tile = Tile(
                self, self.theme, view.name, view.label, icon_name=known_icon(view.icon, "grid"), hint=view.hint,
                step=step, hint_lines=lines,
            )  # fmt: skip
            tile.setEnabled(view.enabled)
            column, row = number % columns, number // columns
            self.add(tile, self.left + column * (width + 20), y + row * (height + 20), width, height)
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
        self.add(key, self.left, search_top, self.wide, 112)
        everyday = self.body.everyday
        if everyday:
            width = (self.wide - 20 * (len(everyday) - 1)) / len(everyday)
            labels = [view.label for view in everyday]
            step = self.step_for(labels, ("body", "small", "caption"), width - 16, 60, bold=True, max_lines=1)
            for number, view in enumerate(everyday):
                tile = Tile(
                    self, self.theme, view.name, view.label,
                    icon_name=known_icon(view.icon, _EVERYDAY.get(view.name)), look="quiet", step=step,
                    icon_px=60, stroke=2.6,
                )  # fmt: skip
                tile.setEnabled(view.enabled)
                self.add(tile, self.left + number * (width + 20), search_top + 144, width, 164 + spare * 0.25)


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
        screen.key(previous, screen.left, y, 300, 96, small=True, step="body")
    if label:
        screen.label(
            screen.left + 320, y, screen.wide - 640, 96, label, "small", align="center", middle=True, max_lines=1
        )
    if following is not None:
        screen.key(following, screen.left + screen.wide - 300, y, 300, 96, small=True, step="body")


class ListScreen(Screen[ListBody]):
    """Big cards that lead on: items of a life event, choices of a function."""

    def fill(self, top: float) -> None:
        """Cards from the bottom up, and a pager row when there are more."""
        bottom = float(self.touch_bottom)
        paged = self.body.previous is not None or self.body.following is not None
        if paged:
            bottom -= 96 + 24
            pager_row(self, self.body.previous, self.body.pager, self.body.following, bottom + 24)
        card_stack(self, self.body.keys, bottom)


def card_stack(screen: Screen[BodyT], keys: tuple[KeyView, ...], bottom: float, top: float | None = None) -> float:
    """Cards that lead on, stacked up from ``bottom``; gives back where the first begins."""
    count = len(keys)
    if not count:
        return bottom
    top = screen.touch_top if top is None else top
    gap = 20 if count <= 5 else 14
    height = min(152.0, (bottom - top - gap * (count - 1)) / count)
    y = first = bottom - count * height - gap * (count - 1)
    cards: list[ChoiceCard] = []
    for view in keys:
        card = ChoiceCard(
            screen,
            screen.theme,
            view.name,
            view.label,
            hint=view.hint,
            icon_name=None
            if view.icon == "tick"
            else known_icon(view.icon, "document" if view.name.startswith("item.") else None),
            # What was chosen before has its tick where the others have their arrow.
            mark="ring" if view.icon == "tick" else "forward",
            selected=view.icon == "tick",
            tag=view.tag,
            why_disabled=view.why_disabled if not view.enabled else None,
            role="key",
        )
        card.setEnabled(view.enabled)
        screen.add(card, screen.left, y, screen.wide, height)
        cards.append(card)
        y += height + gap
    level(cards)
    return first
