"""What replaces the page for a moment: the countdown, and a question such as "leave?" """

from __future__ import annotations

from dataclasses import replace
from math import cos, pi, sin

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from kiosk.flow.view import AskOverlay, DisplayOverlay, IdleOverlay, ScreenView
from ui.kit.parts import Key, Label, known_icon, paint_card
from ui.kit.words import word
from ui.screens.ask import choice_stack
from ui.screens.base import Screen


class IdleScreen(Screen[IdleOverlay]):
    """The page is gone (privacy); a big number counts down, and there are two keys."""

    has_counter = False
    dark = True

    def paint_ground(self, painter: QPainter) -> None:
        """The dark ground and the paper of the dialog."""
        painter.fillRect(QRectF(0, 0, self.frame.width, self.frame.height), QColor("#0B3536"))

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
        body = self.body
        x, room = self.left + 64, self.wide - 128
        title = self.step_for([body.title], ("hero", "title", "key_large", "key"), room, 136, bold=True, max_lines=1)
        self.label(x, 260, room, 136, body.title, title, bold=True, align="center", middle=True)
        step = self.step_for([body.text], ("key", "lead", "body", "small"), room, 210, bold=False, max_lines=3)
        height = self.height_of(body.text, step, room, bold=False, balance=True)
        self.label(
            x, 404, room, height, body.text, step, bold=False, colour="ink_secondary", align="center", balance=True
        )
        self._ring_top = 400.0 + max(height, 68) + 48
        self.painted.insert(1, self._dialog)
        self._left, self._total = body.seconds_left, max(1, body.total_s)
        self.paint(self._ring)
        self._number = Label(self, self.theme, str(body.seconds_left), "countdown", bold=True, align="center",
                             middle=True, max_lines=1)  # fmt: skip
        self.place(self._number, self.frame.width / 2 - 190, self._ring_top + 120, 380, 280)
        self.label(
            self.frame.width / 2 - 190, self._ring_top + 390, 380, 60, word("seconds", self.view.language), "lead",
            colour="ink_secondary", align="center",
        )  # fmt: skip
        dark = self.theme.on_dark()
        leave = Key(self, dark, body.leave.name, body.leave.label, icon_left=known_icon(body.leave.icon, "exit"))
        self.add(leave, self.left, self.key_top, 264, 144)
        if body.park is not None:
            park = Key(self, dark, body.park.name, body.park.label, icon_left=known_icon(body.park.icon, "slip"))
            self.add(park, self.left, self.key_top - 144 - 24, self.wide, 144)
        stay = Key(self, dark, body.stay.name, body.stay.label, look="primary")
        self.add(stay, self.left + 288, self.key_top, 664, 144)

    def rail(self) -> None:
        """No rail: there are two things to do."""

    def _dialog(self, painter: QPainter) -> None:
        box = QRectF(self.left, 208, self.wide, self._ring_top + 560 + 72 - 208)
        paint_card(painter, self._unscaled, box, "paper", radius_px=40)

    def _ring(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cx, cy = self.frame.width / 2, self._ring_top + 280
        lit = round(60 * self._left / self._total)
        for number in range(60):
            angle = 2 * pi * number / 60
            colour = "primary" if number < lit else "key_pressed"
            pen = QPen(self.theme.colour(colour), 13)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            dx, dy = sin(angle), -cos(angle)
            painter.drawLine(QPointF(cx + 212 * dx, cy + 212 * dy), QPointF(cx + 252 * dx, cy + 252 * dy))

    def refresh(self, view: ScreenView, body: IdleOverlay) -> bool:
        """Only the number and the ring change, once a second."""
        if (body.title, body.text, body.stay, body.leave, body.park) != (
            self.body.title, self.body.text, self.body.stay, self.body.leave, self.body.park,
        ):  # fmt: skip
            return False
        self.body, self.view = body, view
        self._left, self._total = body.seconds_left, max(1, body.total_s)
        self._number.set_text(str(body.seconds_left))
        self.update(self.theme.rect(self.frame.width / 2 - 280, self._ring_top, 560, 560))
        return True


def _without_who(view: ScreenView) -> ScreenView:
    return ScreenView(
        step=view.step, key=view.key, language=view.language, place=view.place, title=view.title, body=view.body
    )


class AskScreen(Screen[AskOverlay]):
    """A sign, one question, a few sentences, and keys in the touch zone; the page underneath is not shown."""

    has_counter = False

    def heading(self) -> float:
        """Sign and title."""
        body = self.body
        self.card(self.left, 208, 144, 144, fill="info_fill", line=None, radius=40)
        self.icon_at(
            known_icon(body.icon, "question") or "question", self.left + 28, 236, 88, tint="surface", stroke=2.6
        )
        step = self.step_for(
            [body.title], ("hero", "title", "key_large", "key"), self.wide, 240, bold=True, max_lines=2
        )
        height = self.height_of(body.title, step, self.wide, bold=True, balance=True)
        self.label(self.left, 392, self.wide, height, body.title, step, bold=True, balance=True)
        return 392 + height

    def fill(self, top: float) -> None:
        """Sentences under the title; keys from the bottom up, the first of them lowest and filled when primary."""
        body = self.body
        count = len(body.keys)
        bottom = 1728.0
        y = bottom
        ordered = sorted(body.keys, key=lambda key: key.kind != "primary")
        for view in ordered:
            y -= 144
            self.key(view, self.left, y, self.wide, 144, look="primary" if view.kind == "primary" else "plain")
            y -= 20
        limit = (y if count else bottom) - top - 48
        for step in ("lead", "body", "small", "caption"):
            heights = [self.height_of(text, step, self.wide, bold=False) for text in body.paragraphs]
            if sum(heights) + 20 * len(heights) <= limit:
                break
        line = top + 28
        for text, height in zip(body.paragraphs, heights, strict=True):
            self.label(self.left, line, self.wide, height, text, step, bold=False, colour="ink_secondary")
            line += height + 20

    def rail(self) -> None:
        """No rail: the keys say what can be done."""


class DisplayScreen(Screen[DisplayOverlay]):
    """A box for each way to be shown; what is chosen is seen at once, on this very page."""

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
        """No rail: what it offers stands here."""
