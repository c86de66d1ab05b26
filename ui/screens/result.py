"""After confirming: being under way, what became of the case, the receipt, the rating, plain information."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QPolygonF

from kiosk.domain.devices import DOCUMENT_PRINTER, RECEIPT_PRINTER
from kiosk.flow.view import BusyBody, InfoBody, Notice, RateBody, ReceiptBody, ResultBody, ScreenView, TrackStep
from kiosk.flow.view import Key as KeyView
from ui.kit.cards import Tile
from ui.kit.hold import HoldToSee
from ui.kit.icons import known_icon
from ui.kit.keys import Key
from ui.kit.label import Label
from ui.kit.progress import BusyBar
from ui.screens.base import Screen
from ui.screens.home import card_stack
from ui.screens.notices import notice_box, notice_height
from ui.screens.rows import eye_key
from ui.screens.ways import ways


class BusyScreen(Screen[BusyBody]):
    """A verb in progress over a bar; the page is quiet and nothing spins. What is over has a tick and no bar."""

    low_anyway = True

    def fill(self, top: float) -> None:
        """One flat card in the touch zone."""
        over, begin = self.view.step == "wiped", self.touch_top + 80
        text, detail, room = self.body.text, self.body.detail, self.wide - 96
        step = self.step_for([text], ("key", "lead", "body"), room, 140, bold=True, max_lines=2)
        one = self.height_of(text, step, room, bold=True)
        two = self.height_of(detail, "body", room) if detail else 0.0
        if over:
            self.card(self.left, begin, self.wide, 128 + one + two + 80, fill="info_fill", line=None)
            self.card(self.left + 48, begin + 40, 96, 96, fill="primary", line=None, radius=48)
            self.icon_at("tick", self.left + 64, begin + 56, 64, line="on_primary", tint="none", stroke=5)
            y = begin + 160
        else:
            self.card(self.left, begin, self.wide, 40 + one + 24 + 28 + 24 + two + 40, fill="info_fill", line=None)
            self.place(BusyBar(self, self.theme), self.left + 48, begin + 40 + one + 20, room, 28)
            y = begin + 40
        self.label(self.left + 48, y, room, one, text, step, bold=True, colour="accent_text", ground="info_fill")
        if detail:
            below = y + one + (8 if over else 72)
            self.label(self.left + 48, below, room, two, detail, "body", ground="info_fill")


_RULE = re.compile(r"[-=_─━—.·*]*")
"""A line of the paper that only divides."""
_CASE_ID = re.compile(r"[A-Z0-9]{2,}-[0-9]{6}-[0-9A-Z]{6,}")
"""A case number as it stands on a line of the paper or in the address of the code."""
_RESULT_ICONS = {
    "received": "tray",
    "accepted": "fine",
    "granted": "stamp",
    "refused": "document",
    "referred": "family",
    "ticket": "megaphone",
}


class ResultScreen(Screen[ResultBody]):
    """State first with its sign, then the way of the case, the numbers, the reason and the document."""

    low_anyway = True

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
        self.foot(y)
        return self.touch_top - 20

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
            if body.numbers:
                y = self._numbers(y, y + 80 * len(body.numbers)) + 24
            if body.track:
                y = self._track_row(y) + 24
            self._document(y, bottom)
            return
        self._track_and_numbers(y, bottom)

    def _document(self, y: float, bottom: float) -> None:
        """What came out, one row each; a long value takes the room that short ones leave."""
        rows, room = self.body.document, self.wide - 64 - 316
        hides = any(row.reveal for row in rows)
        below = hides and self.view.modes.low_reach  # what is pressed lies low
        space = bottom - y - 84 - (96 if below else 0)
        heights: list[float] = []
        for step in ("body", "small", "caption"):
            heights = [
                max(
                    self.height_of(max(row.value, row.reveal or "", key=len), step, room, bold=True, tight=True),
                    self.height_of(row.label, step, 300, tight=True),
                )
                + 16
                for row in rows
            ]
            if sum(heights) <= space:
                break
        spare = max(0.0, min((space - sum(heights)) / len(rows), 84 - min(heights)))
        heights = [height + spare for height in heights]
        if sum(heights) > space:
            heights = [height * space / sum(heights) for height in heights]
        frame = (float(self.left), y, float(self.wide), 84 + sum(heights))
        self.card(*frame)
        self.icon_at("stamp", self.left + 32, y + 16, 52, stroke=2.8)
        hidden: list[tuple[Label, str, str]] = []
        eye, taken = None, 0.0
        if hides:
            top = bottom - 88 if below else y + 6
            eye, taken = eye_key(self, "reveal.document", self.right - (0 if below else 24), top, 76)
            taken = 0.0 if below else taken
        title, width = self.body.document_title, self.wide - 136 - taken
        size = self.step_for([title], ("lead", "body", "small"), width, 76, bold=True, max_lines=1)
        size = "caption" if self.width_of(title, size, bold=True) > width else size
        self.label(self.left + 104, y + 4, width, 76, title, size, bold=True, colour="accent_text", ground="surface",
                   middle=True, max_lines=2, tight=True)  # fmt: skip
        line = y + 84
        for row, height in zip(rows, heights, strict=True):
            self.rule(self.left + 32, line, self.wide - 64)
            self.label(self.left + 32, line, 300, height, row.label, step, colour="ink_secondary", ground="surface",
                       middle=True, tight=True)  # fmt: skip
            value = self.label(self.left + 348, line, room, height, row.value, step, bold=True, ground="surface",
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
        if numbers:
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


def qr_picture(text: str, size_px: int) -> QPixmap:
    """A QR code with a quiet zone, dark on white, ``size_px`` window pixels a side at most."""
    import qrcode  # not before a receipt is due: it draws in a picture library the first page must not wait for

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=2)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    count = len(matrix)
    image = QImage(count, count, QImage.Format.Format_RGB32)
    image.fill(QColor("#FFFFFF"))
    for y, line in enumerate(matrix):
        for x, dark in enumerate(line):
            if dark:
                image.setPixelColor(x, y, QColor("#122B2B"))
    side = max(1, size_px // count) * count
    return QPixmap.fromImage(image.scaled(side, side))


class ReceiptScreen(Screen[ReceiptBody]):
    """The paper as it leaves the lit slot, the amber bar that says where, and what else can be done."""

    low_anyway = True

    _wide_paper: bool = True
    """False where the panels of the slots need more room beside the paper than is usual."""

    @property
    def _at(self) -> float:
        """Where the panels of the slots begin: under the paper, or beside it on a panel that lies."""
        return self.left + (self._paper_room + 40 if self.frame.beside else 0.0)

    @property
    def _span(self) -> float:
        """How wide they are."""
        return self.right - self._at

    @property
    def _paper_room(self) -> float:
        """Width of the slot with its paper beside the panels."""
        return min(640.0, self.wide * 0.6) if self._wide_paper else self.wide * 0.47

    def fill(self, top: float) -> None:
        """Paper down the middle, under it a panel for each slot: the lit one is amber and stands over the counter."""
        body, bottom = self.body, float(self.touch_bottom)
        if body.sheet is None:
            height = max(144.0, notice_height(self, body.guide, self._span))
            keys = 112 + 24 if body.extra else 0
            # Beside the paper the panel is tall: what can be pressed stands below it, in reach.
            lower = keys if self.frame.beside else 0
            notice_box(self, body.guide, self._at, bottom - height - lower, self._span, height)
            row = bottom - 112 if self.frame.beside else bottom - height - 24 - 112
            width = (self._span - 20 * (len(body.extra) - 1)) / max(1, len(body.extra))
            for number, key in enumerate(body.extra):
                self.key(key, self._at + number * (width + 20), row, width, 112, small=True, step="body")
            bottom -= height + 24 + keys
        else:
            sheet, lit = body.sheet, self.view.part
            panels = [
                (replace(body.guide, icon="slip"), body.extra[0] if body.extra else None, lit == RECEIPT_PRINTER),
                (replace(sheet.notice, icon="sheet"), sheet.key, lit == DOCUMENT_PRINTER),
            ]
            if lit == DOCUMENT_PRINTER:
                panels.reverse()
            self._wide_paper = not self.frame.beside or self._slots_have_room(panels)
            for notice, further, burns in panels:
                height = self._slot_height(notice, further, burns)
                self._slot(notice, further, burns, bottom - height, height)
                bottom -= height + 20
        if self.frame.beside:
            self._paper(self.touch_top, self.touch_bottom - 30)
        else:
            self._paper(top + 28, bottom - 30)

    @property
    def _narrow(self) -> bool:
        """Too narrow for words and key on one line: the key stands below."""
        return self._span < 700

    @property
    def _indent(self) -> float:
        """Where the words of a panel begin: beside its sign, if there is room for one."""
        return 136.0 if self._span > 480 else 28.0

    def _slots_have_room(self, panels: list[tuple[Notice, KeyView | None, bool]]) -> bool:
        """Whether the panels beside the paper hold their words, and their keys the labels in two lines."""
        if sum(self._slot_height(*panel) for panel in panels) + 20 > self.frame.touch.height:
            return False
        labels = (
            (key.label, self._span - 56 - 84 - (88 if burns else 0)) for _, key, burns in panels if key is not None
        )
        return all(self.height_of(label, "caption", room, bold=True, tight=True) <= 76 for label, room in labels)

    def _slot_room(self, key: KeyView | None, burns: bool) -> float:
        if self._narrow:
            return self._span - self._indent - 28
        return self._span - 136 - 28 - (self._slot_key(key) + 28 if key is not None else 0) - (88 if burns else 0)

    def _slot_key(self, key: KeyView) -> float:
        return min(380.0, max(240.0, self.width_of(key.label, "body", bold=True) + 40 + 12 + 48))

    def _slot_sizes(self, notice: Notice, key: KeyView | None, burns: bool) -> tuple[str, str, float]:
        """Sizes of the fact and of what follows from it, and their height; three lines of each at most."""
        room = self._slot_room(key, burns)
        tall = 0.0
        for big, little in (("body", "small"), ("small", "small"), ("small", "caption")):
            tall = self.height_of(notice.title, big, room, bold=True, tight=True)
            tall += self.height_of(notice.text, little, room, bold=False, tight=True) if notice.text else 0.0
            if tall <= ((280 if self._wide_paper else 200) if self._narrow else 150):
                return big, little, tall
        return "small", "caption", tall

    def _slot_height(self, notice: Notice, key: KeyView | None, burns: bool) -> float:
        tall = max(128.0, self._slot_sizes(notice, key, burns)[2] + 36)
        return tall + (116 if self._narrow and key is not None else 0)

    def _slot(self, notice: Notice, key: KeyView | None, burns: bool, y: float, height: float) -> None:
        """One way out of the machine: its shape, what happens there, its key or the arrow that points at it."""
        tone = "guide" if burns and notice.tone != "caution" else "quiet" if notice.tone == "guide" else notice.tone
        fill, line, ink = {
            "guide": ("guide_fill", None, "on_guide"),
            "caution": ("caution_fill", None, "caution"),
            "done": ("info_fill", None, "ink"),
        }.get(tone, ("surface", "line", "ink"))
        self.card(self._at, y, self._span, height, fill=fill, line=line)
        below = key is not None and self._narrow
        middle = y + (height - (116 if below else 0)) / 2
        if self._indent > 100:
            tint = "#FFF4DC" if tone == "guide" else "surface" if fill != "surface" else "icon_tint"
            line_colour = ink if tone != "quiet" else "icon_line"
            self.icon_at(notice.icon or "slip", self._at + 28, middle - 40, 80, line=line_colour, tint=tint, stroke=2.6)
        right = float(self.right)
        if tone == "guide" and not (self._narrow and not below):
            arrow = y + height - 100 if below else middle - 34
            self.icon_at("arrow_down", self.right - 96, arrow, 68, line="on_guide", tint="none", stroke=4.8)
            right -= 88
        if key is not None and below:
            width = min(self._slot_key(key), right - self._at - 56)
            self.key(key, right - 28 - width, y + height - 116, width, 92, small=True, step="body")
        elif key is not None:
            width = self._slot_key(key)
            self.key(key, right - 28 - width, middle - 50, width, 100, small=True, step="body")
        room = self._slot_room(key, tone == "guide")
        big, little, _ = self._slot_sizes(notice, key, tone == "guide")
        one = self.height_of(notice.title, big, room, bold=True, tight=True)
        two = self.height_of(notice.text, little, room, bold=False, tight=True) if notice.text else 0.0
        top = middle - (one + two) / 2
        left = self._at + self._indent
        self.label(left, top, room, one, notice.title, big, bold=True, colour=ink, ground=fill, tight=True)
        if two:
            self.label(left, top + one, room, two, notice.text, little, bold=False, colour=ink, ground=fill,
                       tight=True)  # fmt: skip

    def _paper(self, top: float, bottom: float) -> None:
        body = self.body
        qr = 224.0 if body.qr else 0.0
        width = min(720.0, self._paper_room - 48) if self.frame.beside else 720.0
        x = self.left + (24 if self.frame.beside else (self.wide - width) / 2)
        room = width - 72
        lines = _joined(body.lines)
        if not lines and body.qr:
            # The paper is not laid out yet: the number is there already, for whoever takes a picture at once.
            lines = [found[0] for found in (_CASE_ID.search(body.qr),) if found]
        space = bottom - top - 64 - qr - 24
        heights: list[float] = []
        for step in ("body", "small", "caption"):
            first = self._label_width(lines, step)
            heights = [self._line_height(number, line, step, room, first) for number, line in enumerate(lines)]
            if sum(heights) <= space:
                break
        # The paper is longer than the page: what the preview leaves out stands on the paper itself.
        cut = False
        while lines and sum(heights) > space:
            lines.pop()
            heights.pop()
            cut = True
        if cut:
            whole = _whole_part(lines)
            lines, heights = lines[:whole], heights[:whole]
        tall = sum(heights) + qr + 64
        self.paint(lambda painter: self._draw_paper(painter, x, top, width, tall))
        y = top + 44
        for number, (line, height) in enumerate(zip(lines, heights, strict=True)):
            if not line.strip():
                self.paint(_dashes(self, x + 36, y + height / 2, room))
            else:
                big = number == 0
                label, value = _split(line)
                if value:
                    self.label(x + 36, y, first, height, label, step, ground="surface", tight=True)
                    self.label(x + 36 + first, y, room - first, height, value, step, ground="surface", tight=True)
                else:
                    self.label(x + 36, y, room, height, line, _up(step) if big else step, bold=big, ground="surface",
                               align="center" if big else "left", middle=True, tight=True)  # fmt: skip
            y += height
        if body.qr:
            picture = qr_picture(body.qr, self.theme.px(208))
            side = picture.width() / self.theme.scale
            self.picture(picture, x + (width - side) / 2, y + 8)

    def _label_width(self, lines: list[str], step: str) -> float:
        """Where the values begin: behind the longest label."""
        return max((self.width_of(_split(line)[0], step) for line in lines if _split(line)[1]), default=0.0) + 24

    def _line_height(self, number: int, line: str, step: str, room: float, first: float) -> float:
        if not line.strip():
            return 22.0
        if value := _split(line)[1]:
            return self.height_of(value, step, room - first, tight=True)
        return self.height_of(line, _up(step) if number == 0 else step, room, bold=number == 0, tight=True)

    def _draw_paper(self, painter: QPainter, x: float, top: float, width: float, tall: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # Amber is one place at a time: where the light burns.
        elsewhere = self.view.part == DOCUMENT_PRINTER
        painter.setPen(QPen(self.theme.colour("key_edge" if elsewhere else "guide_fill"), 6))
        painter.setBrush(self.theme.colour("ink"))
        painter.drawRoundedRect(QRectF(x - 24, top, width + 48, 40), 20, 20)
        shape = QPolygonF([QPointF(x, top + 20), QPointF(x + width, top + 20), QPointF(x + width, top + tall)])
        teeth = 32
        step = width / teeth
        for number in range(teeth):
            left = x + width - (number + 1) * step
            shape.append(QPointF(left + step / 2, top + tall + 24))
            shape.append(QPointF(left, top + tall))
        painter.setPen(QPen(self.theme.colour("line"), 2))
        painter.setBrush(self.theme.colour("surface"))
        painter.drawPolygon(shape)


_PAIR = re.compile(r"(\S(?: ?\S)*) {2,}(\S.*)")
"""A label and its value, side by side."""
_VALUES_FROM = 8
"""Spaces in front of what goes on from the line above, in the column of the values."""


def _split(line: str) -> tuple[str, str]:
    """Label and value of a line; the value is empty where it has none."""
    found = _PAIR.fullmatch(line)
    return (found[1], found[2]) if found else (line, "")


def _joined(lines: tuple[str, ...]) -> list[str]:
    """The lines of the paper, a value that goes on over several of them made one again; what divides is empty."""
    found: list[str] = []
    for line in lines:
        bare = line.strip()
        if _RULE.fullmatch(bare):
            found.append("")
        elif len(line) - len(line.lstrip()) >= _VALUES_FROM and found and found[-1]:
            if not _split(found[-1])[1]:
                between = "  "
            else:
                between = "" if min(found[-1][-1], bare[0]) >= "\u2e80" else " "
            found[-1] += between + bare
        else:
            found.append(bare)
    return found


def _whole_part(lines: list[str]) -> int:
    """How many lines of a cut paper to show: whole parts from the case number on, and no label without its value."""
    numbers = [at for at, line in enumerate(lines) if _CASE_ID.search(line)]
    if not numbers:
        return len(lines)
    dividers = [at for at, line in enumerate(lines) if not line and at > numbers[0]]
    if dividers:
        return dividers[-1]
    last = lines[-1]
    alone = numbers[-1] < len(lines) - 1 and "  " not in last and not any(char.isdigit() for char in last)
    return len(lines) - alone


def _up(step: str) -> str:
    return {"body": "lead", "small": "body", "caption": "small"}[step]


def _dashes(screen: Screen[ReceiptBody], x: float, y: float, width: float) -> Callable[[QPainter], None]:
    def draw(painter: QPainter) -> None:
        pen = QPen(screen.theme.colour("key_edge"), 3)
        pen.setDashPattern([3.0, 2.5])
        painter.setPen(pen)
        painter.drawLine(QPointF(x, y), QPointF(x + width, y))

    return draw


class RateScreen(Screen[RateBody]):
    """Five equal cards, none chosen beforehand; reasons only after a bad one."""

    def fill(self, top: float) -> None:
        """Cards at the top of the touch zone, reasons under them, thanks at the end."""
        body = self.body
        count = max(1, len(body.levels))
        width = (self.wide - 12 * (count - 1)) / count
        room = self.touch_bottom - self.touch_top
        tall = 248.0 if room > 640 else 196.0
        y = self.touch_top + (8 if body.reasons else max(8.0, (room - tall) / 2 - 44))
        step = self.step_for([view.label for view in body.levels], ("small", "caption"), width - 16, 88, bold=True)
        for number, view in enumerate(body.levels):
            chosen = view.name == body.selected
            tile = Tile(
                self,
                self.theme,
                view.name,
                view.label,
                icon_name=f"face_{number + 1}",
                look="selected" if chosen else "plain",
                step=step,
                icon_px=96 if tall > 200 else 64,
                stroke=3,
                gap_px=20 if tall > 200 else 8,
                role="choice",
            )
            tile.setProperty("selected", chosen)
            self.add(tile, self.left + number * (width + 12), y, width, tall)
        if body.reasons:
            self._reasons(y + tall + 24)
        if body.thanks and not (body.reasons and room <= 640):
            bottom = self.touch_bottom - 16
            self.card(self.left, bottom - 128, self.wide, 128, fill="info_fill", line=None)
            self.icon_at("shield", self.left + 36, bottom - 96, 64, tint="surface", stroke=2.6)
            self.label(self.left + 128, bottom - 128, self.wide - 160, 128, body.thanks, "body", ground="info_fill",
                       colour="ink", middle=True)  # fmt: skip

    def _reasons(self, y: float) -> None:
        reasons = self.body.reasons
        columns = 3 if self.theme.chinese or self.frame.beside or self.frame.low else 2
        width = (self.wide - 16 * (columns - 1)) / columns
        rows = -(-len(reasons) // columns)
        per = min(120.0, (self.touch_bottom - y + 16) / rows)
        for number, view in enumerate(reasons):
            chosen = view.name in self.body.reasons_ticked
            key = Key(
                self, self.theme, view.name, view.label, look="selected" if chosen else "plain", step="body",
                icon_left="tick" if chosen else None, icon_px=40, stroke=6, small=True, padding_px=8, role="choice",
            )  # fmt: skip
            key.setProperty("selected", chosen)
            column, row = number % columns, number // columns
            self.add(key, self.left + column * (width + 16), y + row * per, width, per - 16)

    def refresh(self, view: ScreenView, body: RateBody) -> bool:
        """Built anew: reasons come and go."""
        return False


class InfoScreen(Screen[InfoBody]):
    """Plain information: a sign, a few sentences, places and numbers, and the ways on."""

    low_anyway = True

    def bare(self) -> bool:
        """Nothing to press: no counter."""
        return self.view.back is None and self.view.primary is None and not self.view.rail

    def fill(self, top: float) -> None:
        """Text in a card under the heading, rows below it, cards that lead on near the hand."""
        body = self.body
        bottom: float = card_stack(self, body.keys, self.touch_bottom, max(self.touch_top, top + 24)) - 24
        y = top + 28
        if body.paragraphs:
            icon = known_icon(body.icon, "info") or "info"
            room = self.wide - 160
            limit = bottom - y - 130 * len(body.rows) - 24
            tall: float = 0.0
            for step in ("lead", "body", "small", "caption"):
                heights = [self.height_of(text, step, room - 32, bold=False) for text in body.paragraphs]
                tall = sum(heights) + 16.0 * (len(heights) - 1) + 56
                if tall <= limit:
                    break
            tall = max(tall, 136.0)
            self.card(self.left, y, self.wide, tall, fill="info_fill", line=None)
            self.icon_at(icon, self.left + 36, y + 32, 72, tint="surface", stroke=2.6)
            line = y + (tall - (sum(heights) + 16 * (len(heights) - 1))) / 2
            for text, height in zip(body.paragraphs, heights, strict=True):
                self.label(self.left + 144, line, room - 32, height, text, step, bold=False, ground="info_fill")
                line += height + 16
            y += tall + 24
        if body.rows:
            ways(self, body.rows, self.left, y, self.wide, bottom - y)


__all__ = ["BusyScreen", "InfoScreen", "RateScreen", "ReceiptScreen", "ResultScreen", "qr_picture"]
