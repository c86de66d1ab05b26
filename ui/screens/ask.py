"""Questions with given answers: one or several of at most seven, separate consents, a list of entries, materials."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QPixmap

from kiosk.flow.view import ChoiceBody, ConsentBody, RepeatBody, Row
from kiosk.flow.view import Key as KeyView
from ui.kit.cards import READING_PAIRS, ChoiceCard
from ui.kit.icons import known_icon
from ui.kit.live import fitted
from ui.screens.base import BodyT, Screen
from ui.screens.cards import NARROW_PX, card_boxes, settle
from ui.screens.home import pager_row
from ui.screens.notices import error_line


def choice_stack(
    screen: Screen[BodyT],
    options: tuple[KeyView, ...],
    selected: frozenset[str],
    *,
    multi: bool,
    bottom: float | None = None,
    top: float | None = None,
) -> tuple[dict[str, ChoiceCard], float]:
    """Answer cards stacked up from ``bottom``; gives back the cards by name and where the first begins."""
    bottom = screen.touch_bottom if bottom is None else bottom
    top = screen.touch_top if top is None else top
    boxes = card_boxes(screen, len(options), top, bottom)
    cards: dict[str, ChoiceCard] = {}
    icons = [known_icon(view.icon) for view in options]
    pictured = any(icons) and all(box[2] >= NARROW_PX for box in boxes)
    for view, name, box in zip(options, icons, boxes, strict=True):
        card = ChoiceCard(
            screen,
            screen.theme,
            view.name,
            view.label,
            hint=view.hint,
            icon_name=(name or "question") if pictured else None,
            mark="box" if multi else "ring",
            selected=view.name in selected,
            tag=view.tag,
            why_disabled=view.why_disabled if not view.enabled else None,
        )
        card.setEnabled(view.enabled)
        screen.add(card, *box)
        cards[view.name] = card
    boxes = settle(screen, list(cards.values()), top, bottom)
    return cards, boxes[0][1] if boxes else bottom


class ChoiceScreen(Screen[ChoiceBody]):
    """One question with at most seven answers."""

    pictured_above = True

    def fill(self, top: float) -> None:
        """Cards near the hand; an error stands right above them."""
        body = self.body
        begin = self.touch_top + (72 if body.error else 0)
        bottom = float(self.touch_bottom)
        if body.previous is not None or body.following is not None:
            bottom -= 96 + 24
            pager_row(self, body.previous, body.pager, body.following, bottom + 24)
        self._cards, first = choice_stack(self, body.options, body.selected, multi=body.multi, top=begin, bottom=bottom)
        if self.body.error:
            error_line(self, self.body.error, first - 20)

    def refresh(self, view: object, body: ChoiceBody) -> bool:
        """Only the ticks move; the counter key may come alive, so anything else is built anew."""
        return False


class ConsentScreen(Screen[ConsentBody]):
    """What is read and kept, and one box for each consent; all boxes start empty."""

    heading_room = 272.0

    def fill(self, top: float) -> None:
        """Boxes from the bottom up, the notice between the heading and the boxes."""
        boxes = self.body.boxes
        heights, index = self._heights()
        y = self.touch_bottom - sum(heights) - 20 * (len(heights) - 1)
        paragraphs(self, self.body.paragraphs, top + 24, y - (8 if self.frame.beside else 24), card=True)
        for view, height in zip(boxes, heights, strict=True):
            card = ChoiceCard(
                self,
                self.theme,
                view.name,
                view.label,
                hint=view.hint,
                mark="box",
                selected=view.name in self.body.ticked,
                tag=view.tag,
                pairs=READING_PAIRS,
            )
            card.limit_size(index)
            card.setEnabled(view.enabled)
            self.add(card, self.left, y, self.wide, height)
            y += height + 20

    def _heights(self) -> tuple[list[float], int]:
        """Height of each box for its words, and the sizes in which all of them fit the touch zone."""
        boxes = self.body.boxes
        room_for_all = self.touch_bottom - self.touch_top - 20 * (len(boxes) - 1)
        heights: list[float] = []
        for index, (big, small) in enumerate(READING_PAIRS):
            heights = []
            for view in boxes:
                room = self.wide - 120 - 36 - (self.width_of(view.tag, "caption", bold=True) + 76 if view.tag else 0)
                tall = self.height_of(view.label, big, room, bold=True, tight=True)
                if view.hint:
                    tall += self.height_of(view.hint, small, room, bold=False, tight=True)
                heights.append(max(144.0, tall + 64))
            if sum(heights) <= room_for_all:
                return heights, index
        share = room_for_all / sum(heights)
        return [height * share for height in heights], len(READING_PAIRS) - 1


def paragraphs(
    screen: Screen[BodyT], texts: tuple[str, ...], top: float, bottom: float, *, card: bool = False,
    x: float | None = None, width: float | None = None,
) -> float:  # fmt: skip
    """Paragraphs in the largest size that fits between ``top`` and ``bottom``; gives back where they end."""
    if not texts:
        return top
    x = screen.left if x is None else x
    width = screen.wide if width is None else width
    pad = 32 if card else 0
    room, gap = width - 2 * pad - 40, 14
    steps = ("lead", "body", "small", "caption")
    step, heights = screen.stacked(texts, steps, room, bottom - top - 2 * (pad * 0.75), gap=gap)
    total = sum(heights) + gap * (len(texts) - 1)
    y = top
    ground = "surface" if card else "paper"
    if card:
        screen.card(x, top, width, total + 48)
        y += 24
    for text, height in zip(texts, heights, strict=True):
        dot = screen.theme.step(step).line_height_px / 2 - 7
        screen.card(x + pad + 6, y + dot, 14, 14, fill="primary", line=None, radius=7)
        screen.label(x + pad + 40, y, room, height, text, step, bold=False, ground=ground)
        y += height + gap
    return top + total + (48 if card else 0)


class RepeatScreen(Screen[RepeatBody]):
    """The entries so far, each with change and remove, and the key that adds one."""

    pictured_above = True

    def fill(self, top: float) -> None:
        """Entries stacked over the add key."""
        body = self.body
        bottom = float(self.touch_bottom)
        if body.add is not None:
            tall, gap = (128.0, 24.0) if bottom - self.touch_top > 600 else (96.0, 16.0)
            self.key(body.add, self.left, bottom - tall, self.wide, tall, step="lead", default_icon="plus")
            bottom -= tall + gap
        count = len(body.entries)
        if body.error:
            begin = self.touch_top + 60
        else:
            begin = self.touch_top
        if not count:
            self.card(self.left, bottom - 144, self.wide, 144, fill="surface_quiet")
            self.icon_at("people", self.left + 36, bottom - 108, 72, stroke=2.4)
            self.label(
                self.left + 140, bottom - 144, self.wide - 176, 144, body.empty, "body",
                colour="ink_secondary", ground="surface_quiet", middle=True,
            )  # fmt: skip
            first = bottom - 144
        else:
            gap = 16
            labels = [key.label for entry in body.entries for key in (entry.change, entry.remove)]
            wide = max(176.0, max(self.width_of(label, "body", bold=True) for label in labels) + 40 + 12 + 44)
            room = self.wide - 32 - 2 * wide - 12 - 20 - 20
            most = (bottom - begin - gap * (count - 1)) / count
            height, sizes = self._entry_sizes(room, most)
            y = first = bottom - count * height - gap * (count - 1)
            for entry in body.entries:
                self.card(self.left, y, self.wide, height)
                one = self.height_of(entry.title, sizes[0], room, bold=True, tight=True)
                two = self.height_of(entry.detail, sizes[1], room, bold=False, tight=True) if entry.detail else 0.0
                two = max(0.0, min(two, height - 12 - one))
                begin_y = y + (height - one - two) / 2
                self.label(self.left + 32, begin_y, room, one, entry.title, sizes[0], bold=True, ground="surface",
                           tight=True, elide=True)  # fmt: skip
                if entry.detail:
                    self.label(
                        self.left + 32, begin_y + one, room, two, entry.detail, sizes[1],
                        bold=False, colour="ink_secondary", ground="surface", tight=True, elide=True,
                    )  # fmt: skip
                tall = max(76.0, min(104.0 if self.theme.large else 88.0, height - 8))
                top_y = y + (height - tall) / 2
                self.key(entry.change, self.right - 20 - 2 * wide - 12, top_y, wide, tall, small=True, step="body")
                self.key(entry.remove, self.right - 20 - wide, top_y, wide, tall, small=True, step="body")
                y += height + gap
        if body.error:
            error_line(self, body.error, first - 16)

    def _entry_sizes(self, room: float, most: float) -> tuple[float, tuple[str, str]]:
        """Height of an entry and the sizes in which all entries fit it; none is higher than it has to be."""
        need = most
        for sizes in (("lead", "small"), ("body", "small"), ("body", "caption"), ("small", "caption")):
            need = max(
                self.height_of(entry.title, sizes[0], room, bold=True, tight=True)
                + (self.height_of(entry.detail, sizes[1], room, bold=False, tight=True) if entry.detail else 0.0)
                for entry in self.body.entries
            )
            if need + 32 <= min(most, 208.0):
                break
        return min(most, max(144.0, need + 32)), sizes


def material_rows(
    screen: Screen[BodyT],
    rows: tuple[Row, ...],
    x: float,
    y: float,
    width: float,
    height: float,
    frame: tuple[float, float, float, float] | None = None,
) -> None:
    """A card of materials: icon, name, where it comes from, and a tag (免交 filled, 请带来 outlined).

    ``frame`` is the card they stand in, when it is there already.
    """
    if frame is None:
        frame = (x, y, width, height)
        screen.card(*frame)
    per = height / len(rows)
    sizes = material_sizes(screen, rows, width, per)
    if not material_fits(screen, rows, width, per, sizes):
        # The name and its tag say what to do; why stands on the pages that come.
        rows = tuple(replace(row, hint=None, source=None) for row in rows)
        sizes = material_sizes(screen, rows, width, per)
    screen.squeezed = screen.squeezed or per < 68
    for number, row in enumerate(rows):
        top = y + number * per
        waived = row.tag_tone == "filled"
        ground = "surface_quiet" if waived else "surface"
        if waived:
            screen.band(frame, top, per, ground)
        if number:
            screen.rule(x + 32, top, width - 64)
        material_line(screen, row, x, top, width, per, ground, sizes)


def _material_room(screen: Screen[BodyT], row: Row, width: float) -> float:
    return width - 32 - 60 - 28 - 32 - (tag_extent(screen, row.tag) + 24 if row.tag else 0)


def material_sizes(screen: Screen[BodyT], rows: tuple[Row, ...], width: float, height: float) -> tuple[str, str]:
    """The sizes of name and hint in which every row fits its band."""
    pairs = (("lead", "small"), ("body", "small"), ("small", "caption"), ("caption", "caption"))
    return next((sizes for sizes in pairs if material_fits(screen, rows, width, height, sizes)), pairs[-1])


def material_fits(
    screen: Screen[BodyT], rows: tuple[Row, ...], width: float, height: float, sizes: tuple[str, str]
) -> bool:
    """Whether name and hint of every row fit its band in these sizes."""
    for row in rows:
        room, hint = _material_room(screen, row, width), row.hint or row.source or row.value
        one = screen.height_of(row.label, sizes[0], room, bold=True, tight=True)
        two = screen.height_of(hint, sizes[1], room, bold=False, tight=True) if hint else 0.0
        if one + two > height - 8:
            return False
    return True


def material_line(
    screen: Screen[BodyT],
    row: Row,
    x: float,
    top: float,
    width: float,
    height: float,
    ground: str,
    sizes: tuple[str, str],
) -> None:
    """One material: icon, name, hint and tag in a band of ``height``."""
    icon = 60 if height >= 84 else 48
    if row.picture:
        thumbnail(screen, row.picture, x + 24, top + 8, 76, height - 16)
    else:
        screen.icon_at(known_icon(row.icon, "document") or "document", x + 32, top + (height - icon) / 2, icon,
                       stroke=2.6)  # fmt: skip
    room, hint, (big, little) = _material_room(screen, row, width), row.hint or row.source or row.value, sizes
    one = screen.height_of(row.label, big, room, bold=True, tight=True)
    two = screen.height_of(hint, little, room, bold=False, tight=True) if hint else 0.0
    begin = top + (height - one - two) / 2
    screen.label(x + 120, begin, room, one, row.label, big, bold=True, ground=ground, tight=True)
    if hint:
        screen.label(
            x + 120, begin + one, room, two, hint, little, bold=False, colour="ink_secondary", ground=ground, tight=True
        )
    if row.tag:
        extent = tag_extent(screen, row.tag)
        tag(screen, row.tag, row.tag_tone, x + width - 32 - extent, top + height / 2 - 30, extent)


def thumbnail(screen: Screen[BodyT], jpeg: bytes, x: float, y: float, width: float, height: float) -> None:
    """A small picture of a paper in the middle of a box, with the edge of a sheet."""
    box = screen.theme.rect(0, 0, width, height)
    page = fitted(jpeg, box.width(), box.height())
    if page.isNull():
        screen.icon_at("document", x + (width - 56) / 2, y + (height - 56) / 2, 56, stroke=2.6)
        return
    scale = screen.theme.scale
    wide, tall = page.width() / scale, page.height() / scale
    left, top = x + (width - wide) / 2, y + (height - tall) / 2
    screen.card(left - 2, top - 2, wide + 4, tall + 4, fill="surface", line="key_edge", radius=3)
    screen.picture(QPixmap.fromImage(page), left, top)


def tag_extent(screen: Screen[BodyT], text: str | None) -> float:
    """Width of a tag with its tick room."""
    return max(148.0, screen.width_of(text or "", "small", bold=True) + 84)


def tag(screen: Screen[BodyT], text: str, tone: str, x: float, y: float, width: float) -> None:
    """A flat tag of height 60: filled with a tick, outlined, or clay."""
    fill, line, ink = {
        "filled": ("primary", None, "on_primary"),
        "outline": ("surface", "primary", "accent_text"),
        "caution": ("caution_fill", "caution", "caution"),
    }[tone]
    screen.card(x, y, width, 60, fill=fill, line=line, line_px=3, radius=16)
    if tone == "filled":
        screen.icon_at("tick", x + 16, y + 14, 32, line="on_primary", tint="none", stroke=6)
        screen.label(x + 52, y, width - 66, 60, text, "small", bold=True, colour=ink, ground=fill, middle=True)
    else:
        screen.label(
            x + 8, y, width - 16, 60, text, "small", bold=True, colour=ink, ground=fill, align="center", middle=True
        )
