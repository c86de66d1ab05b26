"""Plain pages: what is under way, what to know."""

from __future__ import annotations

from kiosk.flow.view import BusyBody, InfoBody
from ui.kit.icons import known_icon
from ui.kit.progress import BusyBar
from ui.screens.base import Screen
from ui.screens.home import card_stack
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
