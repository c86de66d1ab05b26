"""Plain pages: what is under way, what to know."""

from __future__ import annotations

from kiosk.flow.view import BusyBody, InfoBody
from ui.kit.icons import known_icon
from ui.kit.progress import BusyBar
from ui.screens.base import Screen
from ui.screens.counter import slot_panel
from ui.screens.home import card_stack
from ui.screens.ways import ways


class BusyScreen(Screen[BusyBody]):
    """A verb in progress over a bar; the page is quiet and nothing spins. What is over has a sign and no bar."""

    low_anyway = True

    def fill(self, top: float) -> None:
        """One flat card in the touch zone; a card left behind is asked for where the next step always is."""
        over = self.body.over
        if over == "card_left":
            slot_panel(self, self.body.text, "id_card")
            self._over(self.body.detail, "", "tick")
        elif over is not None:
            self._over(self.body.text, self.body.detail, "power" if over == "power" else "tick")
        else:
            self._under_way()

    def _over(self, text: str, detail: str, sign: str) -> None:
        x, begin, room = self.left, self.touch_top + 80, self.wide - 96
        step, one, two = self._sizes(text, detail)
        self.card(x, begin, self.wide, 208 + one + two, fill="info_fill", line=None)
        self.card(x + 48, begin + 40, 96, 96, fill="primary", line=None, radius=48)
        self.icon_at(sign, x + 64, begin + 56, 64, line="on_primary", tint="none", stroke=5 if sign == "tick" else 3)
        y = begin + 160
        self.label(x + 48, y, room, one, text, step, bold=True, colour="accent_text", ground="info_fill")
        if detail:
            self.label(x + 48, y + one + 8, room, two, detail, "body", ground="info_fill")

    def _under_way(self) -> None:
        text, detail, x, begin, room = self.body.text, self.body.detail, self.left, self.touch_top + 80, self.wide - 96
        step, one, two = self._sizes(text, detail)
        self.card(x, begin, self.wide, 156 + one + two, fill="info_fill", line=None)
        self.place(BusyBar(self, self.theme), x + 48, begin + 60 + one, room, 28)
        y = begin + 40
        self.label(x + 48, y, room, one, text, step, bold=True, colour="accent_text", ground="info_fill")
        if detail:
            self.label(x + 48, y + one + 72, room, two, detail, "body", ground="info_fill")

    def _sizes(self, text: str, detail: str) -> tuple[str, float, float]:
        """The step of the sentence and the heights of sentence and detail."""
        room = self.wide - 96
        step = self.step_for([text], ("key", "lead", "body"), room, 140, bold=True, max_lines=2)
        return step, self.height_of(text, step, room, bold=True), self.height_of(detail, "body", room) if detail else 0


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
            sizes = ("lead", "body", "small", "caption")
            step, heights = self.stacked(body.paragraphs, sizes, room - 32, limit - 56, gap=16)
            tall = max(sum(heights) + 16.0 * (len(heights) - 1) + 56, 136.0)
            self.card(self.left, y, self.wide, tall, fill="info_fill", line=None)
            self.icon_at(icon, self.left + 36, y + 32, 72, tint="surface", stroke=2.6)
            line = y + (tall - (sum(heights) + 16 * (len(heights) - 1))) / 2
            for text, height in zip(body.paragraphs, heights, strict=True):
                self.label(self.left + 144, line, room - 32, height, text, step, bold=False, ground="info_fill")
                line += height + 16
            y += tall + 24
        if body.rows:
            ways(self, body.rows, self.left, y, self.wide, bottom - y)
