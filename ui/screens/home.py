"""Choosing what to do: language, life events, lists of items."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from kiosk.flow.view import HomeBody, LanguageBody, ListBody
from kiosk.flow.view import Key as KeyView
from ui.kit.cards import PAIRS, ChoiceCard, Tile, even, level
from ui.kit.icons import known_icon
from ui.kit.keys import Key
from ui.kit.scenes import scene
from ui.kit.words import search_word
from ui.screens.base import BodyT, Screen
from ui.screens.cards import NARROW_PX, card_boxes, settle
from ui.screens.notices import notice_box, notice_height


class SceneScreen(Screen[BodyT]):
    """A page with the house at the top right and the heading at its left, where the panel stands upright and type has
    its usual size; elsewhere a heading as on any page."""

    title_step = "hero"
    pictured_above = True

    @property
    def _sky_heading(self) -> bool:
        return not (self.frame.beside or self.frame.low or self.theme.large)

    @property
    def sky_ground(self) -> str:
        """The strip stands on the scene's sky."""
        return "counter" if self._sky_heading else super().sky_ground

    def paint_ground(self, painter: QPainter) -> None:
        """Paper under the scene's sky."""
        super().paint_ground(painter)
        if self._sky_heading:
            painter.fillRect(QRectF(0, 0, self.frame.width, 520), self.theme.colour("counter"))

    def strip(self) -> None:
        """The scene first, then what stands on it."""
        if self._sky_heading:
            size = self.theme.rect(0, 0, self.frame.width, 532).size()
            night = not 6 <= self.context.now().hour < 18
            self.picture(scene("home", size.width(), size.height(), self.theme.contrast, night), 0, 0)
        super().strip()

    def heading(self) -> float:
        """Title and lead in the sky, left of the house; a notice below the scene."""
        if not self._sky_heading:
            return super().heading()
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
            size = "body" if notice_height(self, view.notice, self.wide, "body") <= 128 else "small"
            size = size if notice_height(self, view.notice, self.wide, size) <= 128 else "caption"
            height = notice_height(self, view.notice, self.wide, size)
            notice_box(self, view.notice, self.left, 556, self.wide, min(136, height), size)
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
    """Languages of equal size, near the hand."""

    def fill(self, top: float) -> None:
        """Big keys from the bottom up, in two columns when there are many."""
        choices = self.body.choices
        boxes = card_boxes(self, len(choices), self.touch_top, self.touch_bottom, most=200, least=150)
        for view, box in zip(choices, boxes, strict=True):
            key = Key(
                self, self.theme, view.name, view.label, step="key_large", icon_left="globe", icon_px=72, stroke=3
            )
            self.add(key, *box)


class HomeScreen(SceneScreen[HomeBody]):
    """Life-event tiles, the search key, the everyday functions."""

    has_staff_corner = True

    def bare(self) -> bool:
        return self.view.primary is None and self.view.back is None

    def fill(self, top: float) -> None:
        """Tiles, the search, the everyday functions: taller without a counter, closer together where room is short."""
        bottom, begin = self.touch_bottom, self.touch_top
        if self.bare() and not self.frame.beside:
            bottom += 216
        if self._sky_heading:
            begin = 704.0
        tall = bottom - begin
        if self.theme.large and tall >= 960:
            low = 148.0
            self._large_events(begin, bottom - 2 * low - 16 - 32)
            self._large_everyday((self.body.search, *self.body.everyday), bottom, low)
            return
        if tall < 480:
            # Search and everyday functions in one line.
            row = (tall - 28) / 3
            self._tiles(begin, 2 * row + 14, 14, hints=False)
            self._everyday((self.body.search, *self.body.everyday), bottom - row, row)
        elif tall < 640:
            row = (tall - 42) / 4
            self._tiles(begin, 2 * row + 14, 14, hints=False)
            self._search(begin + 2 * row + 28, row)
            self._everyday(self.body.everyday, bottom - row, row)
        else:
            low = 150.0 if self.frame.beside or self.frame.low else 164 + (bottom - self.touch_bottom) / 4
            self._everyday(self.body.everyday, bottom - low, low)
            search = bottom - low - 144
            self._search(search, 112)
            self._tiles(begin, search - 20 - begin, 20)

    def _tiles(self, top: float, tall: float, gap: float, *, hints: bool = True) -> None:
        events = self.body.life_events
        columns = 4 if len(events) > 6 or len(events) == 4 else 3 if len(events) > 2 else 2
        rows = max(1, -(-len(events) // columns))
        width = (self.wide - gap * (columns - 1)) / columns
        height = min(300.0, (tall - gap * (rows - 1)) / rows)
        y = top + tall - rows * height - gap * (rows - 1)
        step = self.step_for(
            [view.label for view in events], ("lead", "body", "small", "caption"), width - 16, 70,
            bold=True, max_lines=1,
        )  # fmt: skip
        said = [view.hint for view in events if view.hint and hints]
        lines = min(3, max((self.lines_of(hint, "caption", width - 16) for hint in said), default=1))
        icon_px = 84.0 if height >= 170 + 30 * lines else 64.0 if height >= 160 else 48.0
        tiles: list[Tile] = []
        for number, view in enumerate(events):
            tile = Tile(
                self, self.theme, view.name, view.label, icon_name=known_icon(view.icon, "grid"),
                hint=view.hint if hints else None, step=step, hint_lines=lines, icon_px=icon_px,
                gap_px=8 if height >= 150 else 2,
            )  # fmt: skip
            tile.setEnabled(view.enabled)
            column, row = number % columns, number // columns
            self.add(tile, self.left + column * (width + gap), y + row * (height + gap), width, height)
            tiles.append(tile)
        even(tiles)

    def _large_events(self, begin: float, bottom: float) -> None:
        """In large type: two columns of one word each, without examples."""
        events = self.body.life_events
        rows = max(1, -(-len(events) // 2))
        width, height = (self.wide - 20) / 2, min(200.0, (bottom - begin - 16 * (rows - 1)) / rows)
        first = bottom - rows * height - 16 * (rows - 1)
        cards: list[ChoiceCard] = []
        for number, view in enumerate(events):
            card = ChoiceCard(
                self, self.theme, view.name, view.label, icon_name=known_icon(view.icon, "grid"), mark="none",
                role="key", pairs=(("key", "body"), *PAIRS),
            )  # fmt: skip
            card.setEnabled(view.enabled)
            row, column = divmod(number, 2)
            self.add(card, self.left + column * (width + 20), first + row * (height + 16), width, height)
            cards.append(card)
        level(cards)

    def _large_everyday(self, keys: tuple[KeyView, ...], bottom: float, tall: float) -> None:
        """In large type: search and everyday functions in two rows of three, icon and word side by side."""
        width = (self.wide - 2 * 16) / 3
        labels = [search_word(self.view.language) if view is self.body.search else view.label for view in keys]
        step = self.step_for(labels, ("body", "small", "caption"), width - 48 - 56 - 20, 70, bold=True, max_lines=1)
        for number, (view, label) in enumerate(zip(keys, labels, strict=True)):
            row, column = divmod(number, 3)
            key = Key(
                self, self.theme, view.name, label, look="quiet", step=step, icon_px=56, stroke=2.8,
                icon_left=known_icon(view.icon, _EVERYDAY.get(view.name)), accessible=view.label,
            )  # fmt: skip
            key.setEnabled(view.enabled)
            y = bottom - (2 - row) * tall - (1 - row) * 16
            self.add(key, self.left + column * (width + 16), y, width, tall)

    def _search(self, top: float, tall: float) -> None:
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
            radius_px=min(56, tall / 2),
            left_aligned=True,
        )
        self.add(key, self.left, top, self.wide, tall)

    def _everyday(self, keys: tuple[KeyView, ...], top: float, tall: float) -> None:
        if not keys:
            return
        width = (self.wide - 20 * (len(keys) - 1)) / len(keys)
        labels = [search_word(self.view.language) if view is self.body.search else view.label for view in keys]
        step = self.step_for(labels, ("body", "small", "caption"), width - 16, 60, bold=True, max_lines=1)
        tiles: list[Tile] = []
        for number, (view, label) in enumerate(zip(keys, labels, strict=True)):
            tile = Tile(
                self, self.theme, view.name, label, icon_name=known_icon(view.icon, _EVERYDAY.get(view.name)),
                look="quiet", step=step, icon_px=60 if tall >= 140 else 48, stroke=2.6, gap_px=8 if tall >= 140 else 2,
            )  # fmt: skip
            tile.setEnabled(view.enabled)
            self.add(tile, self.left + number * (width + 20), top, width, tall)
            tiles.append(tile)
        even(tiles)


_EVERYDAY = {
    "action.search": "search",
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

    pictured_above = True

    def bare(self) -> bool:
        return self.view.primary is None and self.view.back is None

    def fill(self, top: float) -> None:
        """Cards from the bottom up, and a pager row when there are more."""
        bottom = float(self.touch_bottom)
        if self.bare() and not self.frame.beside:
            bottom += 216
        paged = self.body.previous is not None or self.body.following is not None
        if paged:
            bottom -= 96 + 24
            pager_row(self, self.body.previous, self.body.pager, self.body.following, bottom + 24)
        card_stack(self, self.body.keys, bottom)


def card_stack(screen: Screen[BodyT], keys: tuple[KeyView, ...], bottom: float, top: float | None = None) -> float:
    """Cards that lead on, stacked up from ``bottom``; gives back where the first begins."""
    boxes = card_boxes(screen, len(keys), screen.touch_top if top is None else top, bottom, most=152)
    narrow = any(box[2] < NARROW_PX for box in boxes)
    cards: list[ChoiceCard] = []
    for view, box in zip(keys, boxes, strict=True):
        default = "document" if view.name.startswith("item.") else None
        card = ChoiceCard(
            screen,
            screen.theme,
            view.name,
            view.label,
            hint=view.hint,
            icon_name=None if view.icon == "tick" or narrow else known_icon(view.icon, default),
            # What was chosen before has its tick where the others have their arrow.
            mark="ring" if view.icon == "tick" else "forward",
            selected=view.icon == "tick",
            tag=view.tag,
            why_disabled=view.why_disabled if not view.enabled else None,
            role="key",
        )
        card.setEnabled(view.enabled)
        screen.add(card, *box)
        cards.append(card)
    boxes = settle(screen, cards, screen.touch_top if top is None else top, bottom, most=152)
    return boxes[0][1] if boxes else bottom
