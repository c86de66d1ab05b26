"""What replaces the page for a moment: the countdown, and a question such as "leave?" """

from __future__ import annotations

from dataclasses import replace
from math import cos, pi, sin

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from kiosk.flow.view import AskOverlay, DisplayOverlay, IdleOverlay, ScreenView
from ui.kit.frame import STRIP_HEIGHT, Zone
from ui.kit.icons import known_icon
from ui.kit.keys import Key
from ui.kit.label import Label
from ui.kit.paint import paint_card
from ui.kit.text import Align
from ui.kit.words import word
from ui.screens.ask import choice_stack
from ui.screens.base import Screen
from ui.screens.rail import rail_keys
from ui.screens.scenery import sky


class IdleScreen(Screen[IdleOverlay]):
    """The page is gone (privacy); a big number counts down, and there are two keys."""

    has_counter = False
    dark = True

    def paint_ground(self, painter: QPainter) -> None:
        """The dark ground and the paper of the dialog."""
        ground = self.theme.on_dark().colour("paper")
        painter.fillRect(QRectF(0, 0, self.frame.width, self.frame.height), ground)

    def strip(self) -> None:
        """Place and time; whose session it is stays hidden."""
        shown = self.view
        self.view = _without_who(shown)
        super().strip()
        self.view = shown

    def heading(self) -> float:
        """The dialog has its own."""
        return 208

    def fill(self, top: float) -> None:
        """Title, what to do, the ring with the seconds, and the keys in their usual places."""
        body, frame = self.body, self.frame
        self._left, self._total = body.seconds_left, max(1, body.total_s)
        if frame.beside:
            self._dialog_box = QRectF(48, 128, frame.width - 96, frame.counter.top - 24 - 128)
            self._ring_px = min(520.0, self._dialog_box.height() - 80)
            words = QRectF(112, 128, frame.width / 2 - 112, self._dialog_box.height())
            self._ring_at = QPointF(frame.width * 0.75 - 24, self._dialog_box.center().y())
            self._say(words, middle=True)
        else:
            x, room = self.left + 64, self.wide - 128
            said = self._say(QRectF(x, 260, room, 354), middle=False)
            self._ring_px = 560.0
            self._ring_at = QPointF(frame.width / 2, said + 48 + 280)
            self._dialog_box = QRectF(self.left, 208, self.wide, said + 48 + 560 + 72 - 208)
        self.painted.insert(1, self._dialog)
        self.paint(self._ring)
        ring, at = self._ring_px, self._ring_at
        plain = self.theme.grown(0.0)  # large as it is
        self._number = Label(self, plain, str(body.seconds_left), "countdown", bold=True, align="center",
                             middle=True, max_lines=1)  # fmt: skip
        self.place(self._number, at.x() - ring * 0.34, at.y() - ring * 0.33, ring * 0.68, ring * 0.56)
        step = "body" if frame.beside else "lead"
        self.label(
            at.x() - ring * 0.34, at.y() + ring * 0.2, ring * 0.68, 76, word("seconds", self.view.language), step,
            colour="ink_secondary", align="center",
        )  # fmt: skip
        dark, back, stay_at = self.theme.on_dark(), frame.back, frame.primary
        leave = Key(self, dark, body.leave.name, body.leave.label, icon_left=known_icon(body.leave.icon, "exit"))
        park_at = None
        if body.park is not None and frame.beside:
            # All in one line: leaving, putting by, staying.
            park_at = Zone(back.left - back.width - 520 - 40, back.top, 520, back.height)
            park_at = Zone(max(48.0, park_at.left), back.top, 520, back.height)
        elif body.park is not None:
            park_at = Zone(self.left, self.key_top - 144 - 24, self.wide, 144)
        self.add(leave, back.left, back.top, back.width, back.height)
        if body.park is not None and park_at is not None:
            park = Key(self, dark, body.park.name, body.park.label, icon_left=known_icon(body.park.icon, "slip"))
            self.add(park, park_at.left, park_at.top, park_at.width, park_at.height)
        stay = Key(self, dark, body.stay.name, body.stay.label, look="primary")
        self.add(stay, stay_at.left, stay_at.top, stay_at.width, stay_at.height)

    def _say(self, box: QRectF, *, middle: bool) -> float:
        """Title and text one below the other; gives back where they end."""
        body, x, room = self.body, box.left(), box.width()
        lines = 2 if middle else 1
        title = self.step_for(
            [body.title], ("hero", "title", "key_large", "key"), room, 136 * lines, bold=True, max_lines=lines
        )
        tall = self.height_of(body.title, title, room, bold=True, balance=True) if middle else 136.0
        step = self.step_for([body.text], ("key", "lead", "body", "small"), room, 260 if middle else 210,
                             bold=False, max_lines=4 if middle else 3)  # fmt: skip
        height = self.height_of(body.text, step, room, bold=False, balance=True)
        top = box.center().y() - (tall + 16 + height) / 2 if middle else box.top()
        align: Align = "left" if middle else "center"
        self.label(x, top, room, tall, body.title, title, bold=True, align=align, middle=True, balance=True)
        below = top + tall + (16 if middle else 8)
        self.label(
            x, below, room, height, body.text, step, bold=False, colour="ink_secondary", align=align, balance=True
        )
        return below - 4 + max(height, 68)

    def rail(self) -> None:
        """No rail: there are two things to do."""

    def _dialog(self, painter: QPainter) -> None:
        line = "line" if self.theme.contrast else None
        paint_card(painter, self.theme.unscaled(), self._dialog_box, "paper", line, line_px=4, radius_px=40)

    def _ring(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cx, cy, outer, inner = self._ring_at.x(), self._ring_at.y(), self._ring_px * 0.45, self._ring_px * 0.38
        lit = round(60 * self._left / self._total)
        for number in range(60):
            angle = 2 * pi * number / 60
            colour = "primary" if number < lit else "key_pressed"
            pen = QPen(self.theme.colour(colour), 13 * self._ring_px / 560)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            dx, dy = sin(angle), -cos(angle)
            painter.drawLine(QPointF(cx + inner * dx, cy + inner * dy), QPointF(cx + outer * dx, cy + outer * dy))

    def refresh(self, view: ScreenView, body: IdleOverlay) -> bool:
        """Only the number and the ring change, once a second."""
        if (body.title, body.text, body.stay, body.leave, body.park) != (
            self.body.title, self.body.text, self.body.stay, self.body.leave, self.body.park,
        ):  # fmt: skip
            return False
        self.body, self.view = body, view
        self._left, self._total = body.seconds_left, max(1, body.total_s)
        self._number.set_text(str(body.seconds_left))
        half = self._ring_px / 2
        self.update(self.theme.rect(self._ring_at.x() - half, self._ring_at.y() - half, 2 * half, 2 * half))
        return True


def _without_who(view: ScreenView) -> ScreenView:
    return ScreenView(
        step=view.step, key=view.key, language=view.language, place=view.place, title=view.title, body=view.body
    )


class AskScreen(Screen[AskOverlay]):
    """A sign, one question, a few sentences, and keys in the touch zone; the page underneath is not shown."""

    has_counter = False
    pictured_above = True

    def heading(self) -> float:
        """Sign, title and sentences, in the reading column where there is one."""
        body, zone = self.body, self.frame.reading
        ground, low = self.reading_ground, self.frame.low and not self.frame.beside
        top, bottom = (zone.top, self.touch_bottom) if self.frame.beside else (208.0, self._keys_top() - 28)
        for title in ("hero", "title", "key_large", "key"):
            tall = self.height_of(body.title, title, zone.width, bold=True, balance=True)
            lines = tall / self.theme.step(title).line_height_px
            whole = max(self.width_of(word, title, bold=True) for word in body.title.split()) <= zone.width
            if lines < (4 if self.frame.beside else 3) and (whole or title == "key"):
                break
        limit = bottom - top - 184 - tall - 28
        step, heights = self.stacked(
            body.paragraphs, ("lead", "body", "small", "caption"), zone.width, limit - 20, gap=20
        )
        whole_height = 184 + tall + 28 + sum(heights) + 20 * len(heights)
        if low:
            top = max(STRIP_HEIGHT + 32, min(zone.top, bottom - whole_height))
            sky(self, QRectF(0, 0, self.frame.width, top - 36))
        elif self.frame.low:
            sky(self, QRectF(self.frame.scene.left, 0, self.frame.scene.width, self.frame.scene.bottom))
        sign = known_icon(body.icon, "question") or "question"
        self.card(zone.left, top, 144, 144, fill="info_fill" if ground == "paper" else "surface", line=None, radius=40)
        self.icon_at(sign, zone.left + 28, top + 28, 88, tint="surface" if ground == "paper" else "icon_tint",
                     stroke=2.6)  # fmt: skip
        self.label(zone.left, top + 184, zone.width, tall, body.title, title, bold=True, ground=ground, balance=True)
        line = top + 184 + tall + 28
        for text, height in zip(body.paragraphs, heights, strict=True):
            self.label(zone.left, line, zone.width, height, text, step, bold=False, colour="ink_secondary",
                       ground=ground)  # fmt: skip
            line += height + 20
        if self.frame.beside and not self.frame.low:
            self.foot(line)
        return line

    def _key_height(self) -> float:
        """Of each key; many keys are lower where they have to lie low."""
        count = max(1, len(self.body.keys))
        return min(144.0, (self.frame.only.bottom - self.touch_top - 20 * (count - 1)) / count)

    def _keys_top(self) -> float:
        return self.frame.only.bottom - (self._key_height() + 20) * len(self.body.keys) + 20

    def fill(self, top: float) -> None:
        """Keys from the bottom up, the first of them lowest and filled when primary."""
        zone, tall = self.frame.only, self._key_height()
        y = zone.bottom
        for view in sorted(self.body.keys, key=lambda key: key.kind != "primary"):
            y -= tall
            self.key(view, zone.left, y, zone.width, tall, look="primary" if view.kind == "primary" else "plain")
            y -= 20

    def rail(self) -> None:
        """No rail: the keys say what can be done."""


class DisplayScreen(Screen[DisplayOverlay]):
    """A box for each way to be shown; what is chosen is seen at once, on this very page."""

    pictured_above = True

    def heading(self) -> float:
        """Title and one sentence, as on any page."""
        shown = self.view
        self.view = replace(
            shown, title=self.body.title, lead=self.body.text, why=None, kicker=None, progress=None, notice=None,
            back=self.body.language, primary=self.body.done,
        )  # fmt: skip
        return super().heading()

    def fill(self, top: float) -> None:
        """The boxes near the hand; the counter has the other language and the way back."""
        choice_stack(self, self.body.options, self.body.selected, multi=not self.body.single)

    def rail(self) -> None:
        """The band: what its usual keys offer stands here already; quieter and louder while the page is read out."""
        rail_keys(self, self.body.volume)
