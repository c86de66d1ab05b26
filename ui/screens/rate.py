"""The rating."""

from __future__ import annotations

from kiosk.flow.view import RateBody, ScreenView
from ui.kit.cards import Tile
from ui.kit.keys import Key
from ui.screens.base import Screen


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
