"""The item guide: can it be finished here, how long, what it costs, who can, which materials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from kiosk.flow.view import GuideBody, Row
from kiosk.flow.view import Key as KeyView
from ui.kit.paint import paint_card
from ui.kit.text import tight_line
from ui.kit.theme import Theme
from ui.kit.words import main_clause
from ui.screens.ask import material_fits, material_rows
from ui.screens.base import Screen
from ui.screens.home import pager_row
from ui.screens.notices import notice_box, notice_height
from ui.screens.ways import ways

_PAGER = 96.0
"""Height of the pager."""
_PAGER_KEY = (200.0, 250.0, 78.0)
"""One of its keys where it stands in the head of the papers: least and most width, and height."""
_BELOW = 12.0
"""How far that reaches down to the counter."""
_LINE = 36.0
"""A line of the smallest type."""
_LEAST_ROW = 62.0
"""A paper with its tag needs this much."""


class GuideScreen(Screen[GuideBody]):
    """Verdict first, then facts, then materials, which have a pager when they are many."""

    title_step = "title"
    heading_room = 292.0
    title_lines = 1
    low_anyway = True

    _caution_read = False
    """Whether what is out of order is said in the reading column already."""
    _close = False
    """Whether verdict, time and fee are set close, or the papers had no room beside the reading."""

    def foot(self, top: float) -> None:
        """Beside what is decided and wanted stands who may apply, and what is out of order."""
        if self.frame.beside:
            reading, caution = self.frame.reading, self.body.caution
            room = (reading.bottom - top - 32) * (0.45 if caution is not None else 1.0)
            top = self._who(reading.left, top + 32, reading.width, max(240.0, room))
            room = reading.bottom - top - 20
            step = next(
                (
                    s
                    for s in ("body", "small", "caption")
                    if caution and notice_height(self, caution, reading.width, s) <= room
                ),
                None,
            )
            self._caution_read = step is not None
            if caution is not None and step is not None:
                height = notice_height(self, caution, reading.width, step)
                notice_box(self, caution, reading.left, top + 20, reading.width, height, step)
                top += 20 + height
        super().foot(top)

    def fill(self, top: float) -> None:
        """Four or five bands from the heading down to the counter; beside the heading two or three."""
        body, beside = self.body, self.frame.beside
        self._close = beside and not body.elsewhere and not self._papers_have_room()
        gap = 12 if self._close else 20
        y = self._verdict(self.touch_top if beside else max(272.0, top + 20)) + gap
        if body.caution is not None and not (beside and self._caution_read):
            step = "small" if notice_height(self, body.caution, self.wide, "small") <= 172 else "caption"
            height = notice_height(self, body.caution, self.wide, step)
            notice_box(self, body.caution, self.left, y, self.wide, height, step)
            y += height + 20
        if beside and body.elsewhere and self.wide > 1000 and self._half_is_enough(y):
            self._elsewhere_beside(y)
            return
        if body.elsewhere:
            # Who cannot start here needs a way on, not the time it would take.
            most = (self.touch_bottom - y) * 0.5 if beside else 392.0
            y += ways(self, body.elsewhere, self.left, y, self.wide, most, title=body.elsewhere_title, smaller=1) + 20
        else:
            y = (self._facts_in_lines(y) if self._close else self._facts(y)) + gap
        if not beside and (not body.elsewhere or body.pager is None):
            # A long list of papers is wanted at the other place, too; who may apply is asked again there.
            y = self._who(self.left, y, self.wide) + 20
        self._wanted(y)

    def _papers_have_room(self) -> bool:
        """Whether the papers can be read below the two cards of time and fee."""
        body = self.body
        taken = (
            self._verdict_sizes()[-1]
            + 20
            + self._fact_sizes()[0]
            + 20
            + (_PAGER + 16 if body.pager is not None else 0.0)
        )
        if body.caution is not None and not self._caution_read:
            taken += min(172.0, notice_height(self, body.caution, self.wide, "small")) + 20
        return self.frame.touch.height - taken - 72 >= _LEAST_ROW * len(body.materials)

    def _half_is_enough(self, y: float) -> bool:
        """Whether the names of the papers have room beside the ways on."""
        rows = tuple(replace(row, hint=None, source=None) for row in self.body.materials)
        pager = _PAGER + 16 if self.body.pager is not None else 0.0
        per = (self.touch_bottom - pager - y - 72) / max(1, len(rows))
        return material_fits(self, rows, (self.wide - 20) / 2, per, ("caption", "caption"))

    def _elsewhere_beside(self, y: float) -> None:
        """The ways on at the left, what to bring there at the right."""
        body, half, bottom = self.body, (self.wide - 20) / 2, self.touch_bottom
        if body.pager is not None:
            pager_row(self, body.previous, body.pager, body.following, bottom - _PAGER)
            bottom -= _PAGER + 16
        ways(self, body.elsewhere, self.left, y, half, bottom - y, title=body.elsewhere_title, smaller=1)
        self._materials(self.left + half + 20, y, half, bottom)

    def _wanted(self, y: float) -> None:
        """The papers, down to the end of the touch zone, and their pager."""
        body = self.body
        pager = _PAGER + 16 if body.pager is not None else 0.0
        least = _LEAST_ROW * len(body.materials)
        if self.frame.beside and self.touch_bottom - pager - y - 72 < least:
            words = self._paged_words()
            if words is not None and self.touch_bottom + _BELOW - y - self._paged_head() >= least:
                self._materials_paged(y, *words)
                return
            # No room to read them here: less large type is tried; in the least of it their number is said, and the
            # list stands on a page of its own that follows.
            self.squeezed = True
            self._materials(self.left, y, self.wide, self.touch_bottom, rows=())
            return
        if body.pager is None:
            self._materials(self.left, y, self.wide, self.touch_bottom + (0 if self.frame.beside else 16))
            return
        pager_top = self.touch_bottom - (_PAGER if self.frame.beside else _PAGER - 16)
        self._materials(self.left, y, self.wide, pager_top - 16)
        pager_row(self, body.previous, body.pager, body.following, pager_top)

    def _pager_keys(self) -> list[KeyView]:
        return [key for key in (self.body.previous, self.body.following) if key is not None]

    def _paged_words(self) -> tuple[str, str, float] | None:
        """The two lines of the head that have room beside the keys of the pager, and the width of one of these."""
        body, keys = self.body, self._pager_keys()
        least, most, _ = _PAGER_KEY
        wide = max([least, *(self.width_of(key.label, "caption", bold=True) + 64 for key in keys)])
        if body.pager is None or wide > most:
            return None
        title, number, summary = body.materials_title, body.pager, body.materials_summary
        numbered, room = f"{title} · {number}", self._head_room(wide)
        for above, below in ((numbered, summary), (numbered, main_clause(summary)), (title, number)):
            if max(self.width_of(above, "caption", bold=True), self.width_of(below, "caption", bold=False)) <= room:
                return above, below, wide
        return None

    def _head_room(self, key: float) -> float:
        """Width for the words of the head beside keys of a width."""
        return self.wide - 32 - len(self._pager_keys()) * (key + 16) - 16

    def _paged_head(self) -> float:
        """Height of the head of the papers with the pager in it: two lines, or two keys."""
        return max(_PAGER_KEY[2] + 10.0, 2.0 * self._tight_caption() + 6.0)

    def _tight_caption(self) -> float:
        return tight_line(self.theme, "caption") / self.theme.scale

    def _materials_paged(self, y: float, above: str, below: str, width: float) -> None:
        """The papers with their pager beside their number, where a row of its own has no room."""
        body, head = self.body, self._paged_head()
        height = self.touch_bottom + _BELOW - y
        keys, tall, room = self._pager_keys(), _PAGER_KEY[2], self._head_room(width)
        self.card(self.left, y, self.wide, height)
        one = self._tight_caption()
        top = y + head / 2 - one
        self.label(self.left + 32, top, room, one, above, "caption", bold=True, colour="ink_secondary",
                   ground="surface", max_lines=1, middle=True, tight=True)  # fmt: skip
        self.label(self.left + 32, top + one, room, one, below, "caption", bold=False, middle=True,
                   colour="accent_text", ground="surface", max_lines=1, tight=True)  # fmt: skip
        x = self.right - 20 - len(keys) * width - (len(keys) - 1) * 16
        for key in keys:
            self.key(key, x, y + (head - tall) / 2, width, tall, small=True, step="small")
            x += width + 16
        self.rule(self.left + 32, y + head - 2, self.wide - 64)
        frame = (float(self.left), y, float(self.wide), height)
        material_rows(self, body.materials, self.left, y + head, self.wide, height - head, frame)

    def _verdict_sizes(self) -> tuple[float, str, float, str, float, float]:
        """Width for its words, step and height of either line, and the height of the card."""
        body = self.body
        room = self.wide - 40 - 88 - 32 - 32
        sizes = ("lead",) if self._close else ("key", "lead")
        big = self.step_for([body.verdict], sizes, room, 70, bold=True, max_lines=1)
        if self.width_of(body.verdict, big, bold=True) > room:
            big = self.step_for([body.verdict], ("lead", "body"), room, 120, bold=True, max_lines=2)
        below = ("small", "caption") if self._close else ("body", "small", "caption")
        little = self.step_for([body.verdict_text], below, room, 96, max_lines=2)
        one = self.height_of(body.verdict, big, room, bold=True)
        two = self.height_of(body.verdict_text, little, room) if body.verdict_text else 0.0
        height = max(128.0 if self.frame.beside else 144.0, one + two + (20 if self._close else 44))
        return room, big, one, little, two, height

    def _verdict(self, y: float) -> float:
        body = self.body
        fill, ink = ("primary", "on_primary") if body.can_finish else ("caution_fill", "caution")
        room, big, one, little, two, height = self._verdict_sizes()
        self.card(self.left, y, self.wide, height, fill=fill, line=None)
        middle = y + height / 2
        disc, sign = ("surface", "primary") if body.can_finish else ("caution", "on_caution")
        self.card(self.left + 40, middle - 44, 88, 88, fill=disc, line=None, radius=44)
        self.icon_at(
            "tick" if body.can_finish else "warning",
            self.left + 54,
            middle - 30,
            60,
            line=sign,
            tint="none",
            stroke=5.5,
        )
        x, begin = self.left + 160, middle - (one + two) / 2
        self.label(x, begin, room, one, body.verdict, big, bold=True, colour=ink, ground=fill)
        if two:
            self.label(x, begin + one, room, two, body.verdict_text, little, colour=ink, ground=fill)
        return y + height

    def _facts(self, y: float) -> float:
        """Time at the left, money at the right; a long fee takes room from the bars, so that the band stays low."""
        body, texts = self.body, self._said_of_fee
        height, split, big, step = self._fact_sizes()
        self.card(self.left, y, split, height)
        self.label(self.left + 32, y + 12, split - 64, 56, body.time_title, "body", bold=True, colour="ink_secondary",
                   ground="surface", max_lines=1, middle=True, tight=True)  # fmt: skip
        self.deadline_bars(self.left + 32, y + 72, split - 64)
        x, width = self.left + split + 16, self.wide - split - 16
        self.card(x, y, width, height)
        room = width - 48
        self.label(x + 24, y + 12, room, 56, body.fee_title, "body", bold=True, colour="ink_secondary",
                   ground="surface", max_lines=1, middle=True, tight=True)  # fmt: skip
        one = self.height_of(body.fee, big, room, bold=True, tight=True)
        self.label(x + 24, y + 68, room, one, body.fee, big, bold=True, colour="accent_text", ground="surface",
                   tight=True)  # fmt: skip
        top = y + 68 + one + 4
        for text in texts:
            each = self.height_of(text, step, room, tight=True)
            self.label(x + 24, top, room, each, text, step, colour="ink_secondary", ground="surface", tight=True)
            top += each
        return y + height

    @property
    def _said_of_fee(self) -> list[str]:
        return [text for text in (self.body.fee_note, self.body.visits) if text]

    def _fact_sizes(self) -> tuple[float, int, str, str]:
        """Height of the two cards, width of the first, sizes of the fee and of what is said about it."""
        texts = self._said_of_fee
        height, split, big, step = min(
            (
                self._money(texts, self.wide - split - 16 - 48, big, step) + (split < self.wide * 0.65) * 8,
                split,
                big,
                step,
            )
            for split in (round(self.wide * 0.655), round(self.wide * 0.588), round(self.wide * 0.525))
            for big, step in (("key", "small"), ("lead", "small"), ("lead", "caption"), ("body", "caption"))
        )
        height = max(188.0 if self.frame.beside else 216.0, height)
        if self._bar_sizes(split - 64) is None:
            height = max(height, 72 + 4 * _LINE + 16)
        return height, split, big, step

    def _facts_in_lines(self, y: float) -> float:
        """Time in one line and money in the next, with what is said about it below."""
        body, x, room = self.body, self.left + 32, self.wide - 64
        line = self.theme.step("small").line_height_px
        times = ((body.promised_label, body.promised, True), (body.statutory_label, body.statutory, False))
        pieces = [part for label, value, _ in times for part in (label, value)]
        first = max(self.width_of(text, "small", bold=True) for text in (body.time_title, body.fee_title)) + 28
        words = sum(self.width_of(part, "caption", bold=True) + 20 for part in pieces)
        two = words > room - first
        visits = self.width_of(body.visits, "caption") + 16
        aside = self.width_of(body.fee, "small", bold=True) + 32 + visits <= room - first
        said = [body.fee_note] if aside and body.fee_note else [] if aside else self._said_of_fee
        notes = [(text, self.height_of(text, "caption", room, tight=True)) for text in said]
        fee = self.height_of(body.fee, "small", room - first, bold=True, tight=True)
        fee = max(line, fee)
        height = 12 + line * (2 if two else 1) + fee + sum(tall for _, tall in notes) + 12
        self.card(self.left, y, self.wide, height)
        top, left = y + 12, x + first
        self.label(x, top, first, line, body.time_title, "small", bold=True, colour="ink_secondary", ground="surface",
                   middle=True, max_lines=1, tight=True)  # fmt: skip
        for label, value, ours in times:
            for text, bold in ((label, False), (value, ours)):
                wide = self.width_of(text, "caption", bold=True) + 20
                self.label(left, top, wide, line, text, "caption", bold=bold, ground="surface", middle=True,
                           colour="accent_text" if bold else "ink_secondary", max_lines=1, tight=True)  # fmt: skip
                left += wide
            if two:
                top, left = top + line, x + first
        top = y + 12 + line * (2 if two else 1)
        self.label(x, top, first, line, body.fee_title, "small", bold=True, colour="ink_secondary", ground="surface",
                   middle=True, max_lines=1, tight=True)  # fmt: skip
        self.label(x + first, top, room - first - (visits if aside else 0), fee, body.fee, "small", bold=True,
                   colour="accent_text", ground="surface", middle=True, tight=True)  # fmt: skip
        if aside:
            self.label(x + room - visits, top, visits, line, body.visits, "caption", colour="ink_secondary",
                       ground="surface", align="right", middle=True, max_lines=1, tight=True)  # fmt: skip
        top += fee
        for text, tall in notes:
            self.label(x, top, room, tall, text, "caption", colour="ink_secondary", ground="surface", tight=True)
            top += tall
        return y + height

    def _money(self, texts: list[str], room: float, big: str, step: str) -> float:
        """Height of the fee with what is said about it."""
        fee = self.height_of(self.body.fee, big, room, bold=True, tight=True)
        return 68 + fee + 4 + sum(self.height_of(text, step, room, tight=True) for text in texts) + 16

    def _bar_sizes(self, width: float) -> tuple[str, str, float, float] | None:
        """Sizes of what stands left and right of the bars, and their widths; None if even the smallest are too wide."""
        labels = (self.body.promised_label, self.body.statutory_label)
        values = (self.body.promised, self.body.statutory)
        for step, figure in (("small", "body"), ("caption", "small"), ("caption", "caption")):
            first = max(self.width_of(text, step) for text in labels) + 16
            last = max(self.width_of(text, figure, bold=True) for text in values) + 12
            if first + last + 72 <= width:
                break
        return (step, figure, first, last) if first + last <= width else None

    def deadline_bars(self, x: float, y: float, width: float) -> None:
        """Promised filled, statutory outlined, on one scale."""
        body = self.body
        longest = max(body.promised_days, body.statutory_days, 1)
        sizes = self._bar_sizes(width)
        if sizes is None:
            self._deadlines_in_lines(x, y, width)
            return
        step, figure, first, last = sizes
        room, theme = width - first - last - 12, self.theme.unscaled()
        rows = (
            (body.promised_label, body.promised, body.promised_days, True),
            (body.statutory_label, body.statutory, body.statutory_days, False),
        )
        for number, (label, text, days, ours) in enumerate(rows):
            top = y + number * (54 if self.frame.beside else 62)
            colour = "accent_text" if ours else "ink_secondary"
            self.label(
                x, top, first, 60, label, step, colour="ink_secondary", ground="surface", middle=True, max_lines=1,
                tight=True,
            )  # fmt: skip
            box = QRectF(x + first, top + 16, max(16.0, room * days / longest), 28)
            if room > 60 and days > 0:
                self.paint(_bar(theme, box, ours))
            self.label(x + width - last, top, last, 60, text, figure, bold=ours, colour=colour, ground="surface",
                       align="right", middle=True, max_lines=1, tight=True)  # fmt: skip

    def _deadlines_in_lines(self, x: float, y: float, width: float) -> None:
        """Each time below its name, for words that leave no room for a bar."""
        body = self.body
        for number, text in enumerate((body.promised_label, body.promised, body.statutory_label, body.statutory)):
            top, ours = y + number * _LINE, number == 1
            self.label(x, top, width, _LINE, text, "caption", bold=ours, ground="surface", middle=True, max_lines=1,
                       colour="accent_text" if ours else "ink_secondary", tight=True)  # fmt: skip

    def _who(self, x: float, y: float, width: float, limit: float = 236.0) -> float:
        body = self.body
        room = width - 64 - 40
        limit = min(limit, 172.0) if limit < 240 and (body.elsewhere or body.caution is not None) else limit
        step, heights = self.stacked(body.who, ("body", "small", "caption"), room, limit - 88, gap=8, bold=None)
        height = 16 + 48 + sum(heights) + 8 * len(heights) + 16
        self.card(x, y, width, height)
        self.label(
            x + 32,
            y + 10,
            width - 64,
            60,
            body.who_title,
            "body",
            bold=True,
            colour="ink_secondary",
            ground="surface",
            max_lines=1,
            middle=True,
            tight=True,
        )
        top = y + 68
        for text, tall in zip(body.who, heights, strict=True):
            dot = self.theme.step(step).line_height_px / 2 - 7
            self.card(x + 38, top + dot, 14, 14, fill="primary", line=None, radius=7)
            self.label(x + 72, top, room, tall, text, step, ground="surface")
            top += tall + 8
        return y + height

    def _materials(self, x: float, y: float, width: float, bottom: float, rows: tuple[Row, ...] | None = None) -> None:
        body = self.body
        rows = body.materials if rows is None else rows
        per = min(128.0, (bottom - y - 72) / max(1, len(rows)))
        height = 72 + per * len(rows)
        self.card(x, y, width, height)
        for title in ("body", "small", "caption"):
            half = self.width_of(body.materials_title, title, bold=True) + 24
            rest = width - 64 - half
            if self.width_of(body.materials_summary, "caption", bold=True) <= rest:
                break
        step = self.step_for([body.materials_summary], ("body", "small", "caption"), rest, 80, bold=True, max_lines=1)
        self.label(x + 32, y + 8, half, 60, body.materials_title, title, bold=True, colour="ink_secondary",
                   ground="surface", max_lines=1, middle=True, tight=True)  # fmt: skip
        self.label(x + 32 + half, y + 8, rest, 60, body.materials_summary, step, bold=True, middle=True,
                   colour="accent_text", ground="surface", align="right", max_lines=1, tight=True)  # fmt: skip
        if rows:
            self.rule(x + 32, y + 70, width - 64)
            material_rows(self, rows, x, y + 72, width, height - 72, (x, y, width, height))


def _bar(theme: Theme, box: QRectF, ours: bool) -> Callable[[QPainter], None]:
    def draw(painter: QPainter) -> None:
        if ours:
            paint_card(painter, theme, box, "primary", radius_px=8)
        else:
            paint_card(painter, theme, box, "paper", "key_edge", line_px=3, radius_px=8)

    return draw
