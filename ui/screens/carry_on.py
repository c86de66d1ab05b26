"""Work was put by: the code to go on with, large enough for a photograph, and where the slip comes out."""

from __future__ import annotations

from kiosk.flow.view import CarryOnBody, Row
from ui.kit.icons import known_icon
from ui.kit.qr import qr_picture
from ui.screens.base import Screen
from ui.screens.notices import notice_box, notice_height

_SIZES = (("small", "lead"), ("small", "body"), ("caption", "small"))
"""Name and value of a row, largest first."""
_PAD = 32.0
_LEAST_QR, _MOST_QR = 260.0, 560.0


class CarryOnScreen(Screen[CarryOnBody]):
    """One card like the slip: the code over what to know about it; under it the lit slot, or what to do without."""

    title_step = "title"  # the code needs the room
    low_anyway = True

    def fill(self, top: float) -> None:
        """The guide over the counter, the key that prints once more above it, the card in the room that is left."""
        body, bottom = self.body, float(self.touch_bottom)
        height = max(144.0, notice_height(self, body.guide, self.wide))
        notice_box(self, body.guide, self.left, bottom - height, self.wide, height)
        bottom -= height + 24
        if body.again is not None:
            self.key(body.again, self.left, bottom - 112, self.wide, 112, small=True, step="body")
            bottom -= 112 + 24
        self._card(self.touch_top if self.frame.beside else top + 28, bottom)

    def _card(self, top: float, bottom: float) -> None:
        if self.frame.beside:
            self._card_beside(top, bottom)
            return
        rows, column = self._pairs(), (self.wide - 3 * _PAD) / 2
        room = bottom - top - 3 * _PAD
        sizes, heights = _SIZES[-1], [0.0]
        for sizes in _SIZES:
            heights = [max(self._row_height(row, column, sizes) for row in pair) for pair in rows]
            if sum(heights) + 20 * (len(rows) - 1) <= room - _LEAST_QR:
                break
        below = sum(heights) + 20 * (len(rows) - 1)
        self.squeezed = self.squeezed or below > room - _LEAST_QR
        picture = qr_picture(self.body.code, self.theme.px(max(_LEAST_QR, min(_MOST_QR, room - below))))
        side = picture.width() / self.theme.scale
        self.card(self.left, top, self.wide, _PAD + side + _PAD + below + _PAD)
        self.picture(picture, self.left + (self.wide - side) / 2, top + _PAD)
        y = top + _PAD + side + _PAD
        for pair, height in zip(rows, heights, strict=True):
            for number, row in enumerate(pair):
                self._row(row, self.left + _PAD + number * (column + _PAD), y, column, sizes)
            y += height + 20

    def _card_beside(self, top: float, bottom: float) -> None:
        """The code at the left, what to know about it at the right, one below the other."""
        rows, room = self.body.rows, bottom - top - 2 * _PAD
        picture = qr_picture(self.body.code, self.theme.px(min(_MOST_QR, room, self.wide * 0.48)))
        side = picture.width() / self.theme.scale
        x = self.left + _PAD + side + _PAD
        width = self.right - _PAD - x
        sizes, heights = _SIZES[-1], [0.0]
        for sizes in _SIZES:
            heights = [self._row_height(row, width, sizes) for row in rows]
            if sum(heights) + 20 * (len(rows) - 1) <= room:
                break
        below = sum(heights) + 20 * (len(rows) - 1)
        self.squeezed = self.squeezed or below > room
        tall = max(side, below)
        self.card(self.left, top, self.wide, tall + 2 * _PAD)
        self.picture(picture, self.left + _PAD, top + _PAD + (tall - side) / 2)
        y = top + _PAD + (tall - below) / 2
        for row, height in zip(rows, heights, strict=True):
            self._row(row, x, y, width, sizes)
            y += height + 20

    def _pairs(self) -> list[tuple[Row, ...]]:
        """Two rows beside each other."""
        return [self.body.rows[at : at + 2] for at in range(0, len(self.body.rows), 2)]

    def _row_height(self, row: Row, width: float, sizes: tuple[str, str]) -> float:
        name = self.height_of(row.label, sizes[0], width - 76, tight=True)
        return name + self.height_of(row.value, sizes[1], width - 76, bold=True, tight=True)

    def _row(self, row: Row, x: float, y: float, width: float, sizes: tuple[str, str]) -> None:
        self.icon_at(known_icon(row.icon, "document") or "document", x, y + 6, 56, stroke=2.6)
        name = self.height_of(row.label, sizes[0], width - 76, tight=True)
        value = self.height_of(row.value, sizes[1], width - 76, bold=True, tight=True)
        self.label(x + 76, y, width - 76, name, row.label, sizes[0], colour="ink_secondary", ground="surface",
                   tight=True)  # fmt: skip
        self.label(x + 76, y + name, width - 76, value, row.value, sizes[1], bold=True, ground="surface", tight=True)
