"""What became of the case: its state, its way, its numbers, the reason and the document."""

from __future__ import annotations

from PySide6.QtCore import QRectF

from kiosk.flow.view import ResultBody, TrackStep
from ui.kit.hold import HoldToSee
from ui.kit.icons import known_icon
from ui.kit.label import Label
from ui.screens.base import Screen
from ui.screens.notices import notice_box, notice_height
from ui.screens.rows import eye_key

_RESULT_ICONS = {
    "received": "tray",
    "accepted": "fine",
    "granted": "stamp",
    "refused": "document",
    "referred": "family",
    "ticket": "megaphone",
}


_DOCUMENT_HEAD = 84.0
"""Height of the document's title."""
_TIGHT = 4.0
"""Around the words of its rows, where it is long."""


class ResultScreen(Screen[ResultBody]):
    """State first with its sign, then the way of the case, the numbers, the reason and the document."""

    low_anyway = True

    _numbers_read = False
    """Whether the numbers stand in the reading column already."""

    def heading(self) -> float:
        """The sign left of a title of one or two lines, the lead below; in a column of its own above it."""
        return self._column() if self.frame.beside else self._head()

    def _sign(self, x: float, y: float) -> None:
        sign = known_icon(_RESULT_ICONS[self.body.icon], "tray") or "tray"
        self.card(x, y, 120, 120, fill="primary", line=None, radius=36)
        self.icon_at(sign, x + 18, y + 18, 84, line="on_primary", tint="#3F8079", stroke=2.6)

    def _column(self) -> float:
        view, zone = self.view, self.frame.reading
        self._sign(zone.left, zone.top)
        y = zone.top + 144
        sizes = ("title", "key_large", "key", "lead")
        step = self.step_for([view.title], sizes, zone.width, 260, bold=True, max_lines=3)
        tall = self.height_of(view.title, step, zone.width, bold=True, balance=True)
        self.label(zone.left, y, zone.width, tall, view.title, step, bold=True, balance=True, ground="counter")
        y += tall + 8
        if view.lead:
            lead = self.step_for([view.lead], ("lead", "body", "small"), zone.width, zone.bottom - y, bold=False)
            tall = self.height_of(view.lead, lead, zone.width, bold=False)
            self.label(zone.left, y, zone.width, tall, view.lead, lead, bold=False, colour="ink_secondary",
                       ground="counter")  # fmt: skip
            y += tall + 12
        if view.notice is not None:
            tall = notice_height(self, view.notice, zone.width, "small")
            notice_box(self, view.notice, zone.left, y + 8, zone.width, tall, "small")
            y += tall + 20
        self.foot(self._numbers_beside(y))
        return self.touch_top - 20

    def _numbers_beside(self, y: float) -> float:
        """The numbers below what is read, where there is room: the way and the document have theirs then."""
        numbers, zone = self.body.numbers, self.frame.reading
        room = zone.width - 48
        value = self.step_for([row.value for row in numbers], ("body", "small"), room, 60, bold=True, max_lines=1)
        line, tall = self.theme.step("caption").line_height_px, self.theme.step(value).line_height_px
        height = 16 + len(numbers) * (line + tall + 8) + 8
        wide = max((self.width_of(row.value, value, bold=True) for row in numbers), default=room + 1)
        if y + 12 + height > zone.bottom or wide > room:
            return y
        self._numbers_read = True
        y += 12
        self.card(zone.left, y, zone.width, height)
        top = y + 16
        for row in numbers:
            self.label(zone.left + 24, top, room, line, row.label, "caption", colour="ink_secondary", ground="surface",
                       max_lines=1, tight=True)  # fmt: skip
            self.label(zone.left + 24, top + line, room, tall, row.value, value, bold=True, ground="surface",
                       max_lines=1, tight=True)  # fmt: skip
            top += line + tall + 8
        return y + height

    def _head(self) -> float:
        view = self.view
        self._sign(self.left, 140)
        room = self.wide - 152
        step = self.step_for([view.title], ("title", "key_large", "key", "lead"), room, 132, bold=True, max_lines=2)
        height = self.height_of(view.title, step, room, bold=True, balance=True)
        self.label(self.left + 152, 200 - height / 2, room, height, view.title, step, bold=True, balance=True)
        y = max(272.0, 200 + height / 2 + 8)
        if view.lead:
            lead = self.step_for([view.lead], ("lead", "body", "small"), self.wide, 190, bold=False, max_lines=3)
            tall = self.height_of(view.lead, lead, self.wide, bold=False)
            self.label(self.left, y, self.wide, tall, view.lead, lead, bold=False, colour="ink_secondary")
            y += tall + 12
        if view.notice is not None:
            tall = notice_height(self, view.notice, self.wide)
            notice_box(self, view.notice, self.left, y, self.wide, tall)
            y += tall + 12
        return y

    def fill(self, top: float) -> None:
        """Tracker at the left, numbers at the right; reason and document across the page."""
        body = self.body
        y, bottom = top + 20, self.touch_bottom + 8
        if body.reason is not None:
            height = notice_height(self, body.reason, self.wide)
            step = "body"
            if height > 300:
                step = "small"
                height = notice_height(self, body.reason, self.wide, step)
            notice_box(self, body.reason, self.left, y, self.wide, height, step)
            y += height + 24
        if body.document:
            if body.numbers and not self._numbers_read:
                y = self._numbers(y, y + (64 if self.frame.beside else 80) * len(body.numbers)) + 24
            if body.track and not (self._way_is_over() and self._document_needs() > bottom - y - self._way_needs()):
                y = self._track_row(y) + 24
            self._document(y, bottom)
            return
        self._track_and_numbers(y, bottom)

    def _way_is_over(self) -> bool:
        """Every step is done, as the title says: the way may be left out where what came of it needs the room."""
        return all(step.state == "done" for step in self.body.track)

    def _way_needs(self) -> float:
        return 58.0 + 84 + 24

    def _document_needs(self) -> float:
        """Height of the document with its smallest lines."""
        return _DOCUMENT_HEAD + sum(self._document_rows("caption", _TIGHT)) + self._eye_below()

    def _eye_below(self) -> float:
        """What is pressed lies low: the eye has a line of its own then."""
        hides = any(row.reveal for row in self.body.document)
        return 96.0 if hides and self.view.modes.low_reach else 0.0

    def _names_take(self, step: str) -> float:
        """Width of the names of the rows: more than usual where what stands beside them is short."""
        rows = self.body.document
        most = max(self.width_of(row.label, step) for row in rows) + 8
        values = max(self.width_of(max(row.value, row.reveal or "", key=len), step, bold=True) for row in rows) + 8
        return max(300.0, min(most, self.wide - 64 - 16 - values))

    def _document_rows(self, step: str, around: float) -> list[float]:
        """Heights of the rows in this size, with so much around their words."""
        names = self._names_take(step)
        room = self.wide - 64 - 16 - names
        return [
            max(
                self.height_of(max(row.value, row.reveal or "", key=len), step, room, bold=True, tight=True),
                self.height_of(row.label, step, names, tight=True),
            )
            + around
            for row in self.body.document
        ]

    def _document(self, y: float, bottom: float) -> None:
        """What came out, one row each; a long value takes the room that short ones leave."""
        rows = self.body.document
        hides = any(row.reveal for row in rows)
        below = self._eye_below() > 0
        space = bottom - y - _DOCUMENT_HEAD - self._eye_below()
        heights: list[float] = []
        for step, around in (("body", 16.0), ("small", 16.0), ("caption", 16.0), ("caption", _TIGHT)):
            heights = self._document_rows(step, around)
            if sum(heights) <= space:
                break
        names = self._names_take(step)
        room = self.wide - 64 - 16 - names
        spare = max(0.0, min((space - sum(heights)) / len(rows), 84 - min(heights)))
        heights = [height + spare for height in heights]
        if sum(heights) > space:
            heights = [height * space / sum(heights) for height in heights]
        frame = (float(self.left), y, float(self.wide), _DOCUMENT_HEAD + sum(heights))
        self.card(*frame)
        self.icon_at("stamp", self.left + 32, y + 16, 52, stroke=2.8)
        hidden: list[tuple[Label, str, str]] = []
        eye, taken = None, 0.0
        if hides:
            top = bottom - 88 if below else y + 3
            # A little more than the least, or rounding on a panel that shows all smaller makes it too low.
            eye, taken = eye_key(self, "reveal.document", self.right - (0 if below else 24), top, 78)
            taken = 0.0 if below else taken
        title, width = self.body.document_title, self.wide - 136 - taken
        size = self.step_for([title], ("lead", "body", "small"), width, 76, bold=True, max_lines=1)
        size = "caption" if self.width_of(title, size, bold=True) > width else size
        self.label(self.left + 104, y + 4, width, 76, title, size, bold=True, colour="accent_text", ground="surface",
                   middle=True, max_lines=2, tight=True)  # fmt: skip
        line = y + _DOCUMENT_HEAD
        for row, height in zip(rows, heights, strict=True):
            self.rule(self.left + 32, line, self.wide - 64)
            self.label(self.left + 32, line, names, height, row.label, step, colour="ink_secondary", ground="surface",
                       middle=True, tight=True)  # fmt: skip
            value = self.label(self.left + 48 + names, line, room, height, row.value, step, bold=True, ground="surface",
                               middle=True, tight=True, elide=True)  # fmt: skip
            if row.reveal is not None:
                hidden.append((value, row.value, row.reveal))
            line += height
        if eye is not None:
            HoldToSee(eye, hidden)

    def _track_row(self, y: float) -> float:
        """The way of the case in one row, where the document needs the room."""
        track = self.body.track
        least = 160.0
        words = [self.width_of(step.title, "small", bold=True) for step in track]
        spare = self.wide - least * len(track)
        widths = [least + spare * each / max(1.0, sum(words)) for each in words]
        size, tall = "caption", 0.0
        for size in ("small", "caption"):
            tall = max(
                self.height_of(step.title, size, width - 16, bold=True, tight=True)
                for step, width in zip(track, widths, strict=True)
            )
            if tall <= 84:
                break
        x, before = float(self.left), 0.0
        for number, (step, width) in enumerate(zip(track, widths, strict=True)):
            middle = x + width / 2
            self._track_mark(step, middle - 26, y, 52)
            if number:
                self.rule(before + 34, y + 24, middle - before - 68, colour="primary", height=4)
            self.label(x + 8, y + 58, width - 16, tall, step.title, size, bold=True, align="center", tight=True)
            x, before = x + width, middle
        return y + 58 + tall

    def _track_and_numbers(self, y: float, bottom: float) -> None:
        track, numbers = self.body.track, self.body.numbers
        if numbers and not self._numbers_read:
            y = self._numbers(y, bottom - 150 * len(track)) + 40
        if track:
            per = min(176.0, (bottom - y) / len(track))
            titles = [step.title for step in track]
            sizes = ("lead", "body", "small")
            size = self.step_for(titles, sizes, self.wide - 96, 116, bold=True, max_lines=1)
            if max(self.width_of(title, size, bold=True) for title in titles) > self.wide - 96:
                size = self.step_for(titles, sizes, self.wide - 96, 116, bold=True, max_lines=2)
            for number, step in enumerate(track):
                self._track_step(
                    step, self.left + 8, y + number * per, self.wide - 8, per, size, last=number == len(track) - 1
                )

    def _numbers(self, y: float, limit: float) -> float:
        """Numbers to keep: label at the left, number at the right, one row each."""
        numbers = self.body.numbers
        per = max(64.0, min(96.0, (limit - y) / len(numbers)))
        for small in ("body", "small"):
            first = max(self.width_of(row.label, small) for row in numbers) + 24
            if first <= 380:
                break
        first = min(first, 380.0)
        room = self.wide - 64 - first
        self.card(self.left, y, self.wide, per * len(numbers))
        values = [row.value for row in numbers]
        step = self.step_for(values, ("lead", "body", "small"), room, per - 6, bold=True, max_lines=1)
        for number, row in enumerate(numbers):
            top = y + number * per
            if number:
                self.rule(self.left + 32, top, self.wide - 64)
            self.label(self.left + 32, top, first - 16, per, row.label, small, colour="ink_secondary", ground="surface",
                       middle=True, tight=True)  # fmt: skip
            self.label(
                self.left + 32 + first,
                top,
                room,
                per,
                row.value,
                step,
                bold=True,
                ground="surface",
                middle=True,
                align="right",
                tight=True,
            )
        return y + per * len(numbers)

    def _track_mark(self, step: TrackStep, x: float, y: float, size: float) -> None:
        """Filled with a tick when done, a clay ring while it waits, an empty ring for what comes."""
        edge, fill = {
            "done": ("primary", "primary"),
            "waiting": ("caution", "caution_fill"),
            "failed": ("caution", "caution"),
            "to_come": ("key_edge", "paper"),
        }[step.state]
        self.card(x, y, size, size, fill=fill, line=edge, line_px=4, radius=size / 2)
        sign = {"done": "tick", "waiting": "clock", "failed": "cross", "to_come": ""}[step.state]
        if sign:
            ink = "caution" if step.state == "waiting" else "on_primary"
            inset = size * 0.19
            self.icon_at(
                sign, x + inset, y + inset, size - 2 * inset, line=ink, tint="none", stroke=5 if sign == "tick" else 4
            )

    def _track_step(
        self, step: TrackStep, x: float, y: float, width: float, height: float, big: str, *, last: bool
    ) -> None:
        if not last:
            colour = "primary" if step.state == "done" else "band_line"
            self.paint(
                lambda painter: painter.fillRect(QRectF(x + 29.5, y + 60, 5, height - 56), self.theme.colour(colour))
            )
        self._track_mark(step, x, y, 64)
        room = width - 88
        one = self.height_of(step.title, big, room, bold=True, tight=True)
        self.label(x + 88, y + 4, room, one + 4, step.title, big, bold=True, tight=True)
        if step.detail:
            waiting = step.state in ("waiting", "failed")
            rest = height - one - 16
            self.label(x + 88, y + one + 8, room, rest, step.detail, "small", bold=waiting, tight=True,
                       colour="caution" if waiting else "ink_secondary")  # fmt: skip
