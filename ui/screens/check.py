"""Every other page of a technician: one device, a guided check, the loop, the byte trace, the readiness report."""

from __future__ import annotations

from kiosk.flow.view import CheckBody, Row
from ui.kit.icons import known_icon
from ui.kit.label import Label
from ui.screens.notices import notice_box, notice_height
from ui.screens.staff import StaffScreen

_KEY_HEIGHT, _GAP = 128.0, 20.0
_ROW_LEAST, _ROW_MOST = 76.0, 128.0
_LINE = 42.0


class CheckScreen(StaffScreen[CheckBody]):
    """What to do, what was found, and the keys, from top to bottom."""

    def heading(self) -> float:
        """Kicker and title under the stripes."""
        y = 124.0
        if self.view.kicker:
            self.label(
                self.left, y, self.wide, 48, self.view.kicker, "small", bold=True, colour="ink_secondary", max_lines=1
            )
            y += 48
        self.label(self.left, y, self.wide, 84, self.view.title, "key", bold=True, middle=True, max_lines=1)
        return y + 84

    def fill(self, top: float) -> None:
        """Notice, rows, trace lines; the keys stand at the bottom whatever there is above them."""
        body, y = self.body, top + 16
        if body.notice is not None:
            height = notice_height(self, body.notice, self.wide)
            notice_box(self, body.notice, self.left, y, self.wide, height)
            y += height + 24
        columns, tall = (4, 88.0) if self.frame.beside else (2, _KEY_HEIGHT)
        under = -(-len(body.keys) // columns) * (tall + _GAP)
        bottom = self.touch_bottom + 4
        room = bottom - under - y
        if body.rows:
            self._rows(body.rows, y, room)
        if body.lines:
            self._lines(body.lines, y, room)
        y = bottom - under + _GAP
        width = (self.wide - _GAP * (columns - 1)) / columns
        for number, key in enumerate(body.keys):
            x = self.left + (number % columns) * (width + _GAP)
            self.key(key, x, y + number // columns * (tall + _GAP), width, tall, small=True, step="body")

    def _sizes(self, row: Row) -> tuple[float, float, str, float]:
        """Left edge of the words, width of the value, its size, and the height the row needs."""
        left = self.left + 28.0 + (68 if known_icon(row.icon) is not None else 0)
        whole = self.right - 28 - left
        value = min(whole * 0.66, self.width_of(row.value, "small", bold=True) + 20) if row.value else 0.0
        step = self.step_for([row.value], ("small", "caption"), value, 96, bold=True, max_lines=2)
        second = self.height_of(row.value, step, value, bold=True, tight=True) if row.value else 0.0
        head = self.height_of(row.label, "small", whole - value, bold=True, tight=True)
        hint = self.height_of(row.hint, "caption", whole - value, tight=True) if row.hint else 0.0
        return left, value, step, max(_ROW_LEAST, second + 20, head + hint + 20)

    def _rows(self, rows: tuple[Row, ...], y: float, room: float) -> None:
        """As many as there is room for, the first ones first; a long one is higher, spare room goes to all."""
        sizes = [self._sizes(row) for row in rows]
        count = len(rows)
        while count > 1 and sum(size[3] for size in sizes[:count]) > room - 24:
            count -= 1
        needs = [size[3] for size in sizes[:count]]
        spare = max(0.0, min((room - 24 - sum(needs)) / count, _ROW_MOST - _ROW_LEAST))
        self.card(self.left, y, self.wide, sum(needs) + spare * count + 24)
        top = y + 12
        for number, (row, (left, value, step, need)) in enumerate(zip(rows[:count], sizes, strict=False)):
            per = need + spare
            if number:
                self.rule(self.left + 28, top, self.wide - 56)
            if (icon := known_icon(row.icon)) is not None:
                self.icon_at(icon, self.left + 28, top + per / 2 - 24, 48, line="ink_secondary", stroke=3)
            first = self.right - 28 - left - value
            head = self.height_of(row.label, "small", first, bold=True, tight=True)
            hint = self.height_of(row.hint, "caption", first, tight=True) if row.hint else 0.0
            line = top + (per - min(per, head + hint)) / 2
            self.label(left, line, first, head, row.label, "small", bold=True, ground="surface", tight=True, elide=True)
            if row.hint:
                self.label(left, line + head, first, max(0.0, min(hint, top + per - line - head)), row.hint, "caption",
                           colour="ink_secondary", ground="surface", tight=True, elide=True)  # fmt: skip
            if row.value:
                self.label(left + first, top, value, per, row.value, step, bold=True, ground="surface",
                           align="right", middle=True, tight=True, elide=True)  # fmt: skip
            top += per

    def _lines(self, lines: tuple[str, ...], y: float, room: float) -> None:
        shown = lines[-int((room - 32) // _LINE) :]
        self.card(self.left, y, self.wide, room - 8)
        fixed = self.theme.fixed_width()
        for number, line in enumerate(shown):
            made = Label(
                self, fixed, line, "caption", ground="surface", middle=True, max_lines=1, tight=True, elide=True
            )
            self.place(made, self.left + 28, y + 16 + number * _LINE, self.wide - 56, _LINE)
