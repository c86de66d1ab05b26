"""Tables of rows: what was filled in with where it comes from, the review, and their keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kiosk.flow.view import Key as KeyView
from kiosk.flow.view import Row, RowsBody
from ui.kit.hold import HoldToSee
from ui.kit.icons import known_icon
from ui.kit.keys import Key
from ui.kit.label import Label
from ui.kit.words import main_clause, word
from ui.screens.ask import tag, tag_extent, thumbnail
from ui.screens.base import BodyT, Screen
from ui.screens.home import pager_row

_BEYOND: Final = 8.0
_KEYED: Final = 86.0
"""No row is lower: its keys lie as far apart as they have to."""
_KEYED_TWICE: Final = 100.0
"""The same where the words of a key take two lines."""


class RowsScreen(Screen[RowsBody]):
    """Rows between the heading and the counter; keys stand at the right, inside the touch zone."""

    _value_step = "lead"
    """Size of the values: one in which all of them have room, or those of one page would differ."""
    _closest = "small"
    """Smallest size in which a label and its source stand beside each other rather than one below the other."""

    @property
    def _summary_height(self) -> float:
        return 184.0 if self.body.summary and not self.frame.beside else 0.0

    def foot(self, top: float) -> None:
        """Beside each other the counts stand under the heading, one below the other."""
        if self.frame.beside and self.body.summary:
            reading, count = self.frame.reading, len(self.body.summary)
            height = min(128.0, (reading.bottom - top - 32 - 16 * (count - 1)) / count)
            if height >= 96:  # else each row says it alone
                for number in range(count):
                    y = top + 32 + number * (height + 16)
                    self._count(number, reading.left, y, reading.width, height)
                top += 32 + count * (height + 16)
        super().foot(top)

    def _build(self) -> None:
        self.heading_room = 504 - self._summary_height
        super()._build()

    def fill(self, top: float) -> None:
        """Summary cards under the heading, then the table, then the pager."""
        body = self.body
        if body.summary and not self.frame.beside:
            self._summary(max(top + 20, self.touch_top - 184))
        bottom = float(self.touch_bottom)
        if body.previous is not None or body.following is not None:
            bottom -= 96 + 20
            pager_row(self, body.previous, body.pager, body.following, bottom + 20)
        if not body.rows:
            return
        room = bottom - self.touch_top
        rows = self._told(room)
        self._value_step = "lead" if sum(self._need(row, "lead") for row in rows) <= room else "body"
        heights = self._heights(rows, room)
        told = tuple(zip(rows, heights, strict=True))
        y = float(self.touch_top)
        # The card reaches a little beyond its rows, or the first and the last would stand against its edge.
        frame = (float(self.left), y - _BEYOND, float(self.wide), sum(heights) + 2 * _BEYOND)
        self.card(*frame)
        for number, (row, height) in enumerate(told):
            self._row(row, y, height, frame, first=number == 0, last=number == len(rows) - 1)
            y += height

    def _told(self, room: float) -> tuple[Row, ...]:
        """The rows as they are told: where all of them have no room in full, a source is its name, beside the label."""
        rows = self.body.rows
        self._closest = "small"
        if sum(self._need(row) for row in rows) <= room:
            return rows
        if self.frame.beside:
            self._closest = "caption"
        return tuple(replace(row, source=main_clause(row.source)) if row.source else row for row in rows)

    def _heights(self, rows: tuple[Row, ...], room: float) -> list[float]:
        """Rows of 144 where there is room; when one needs more, the others give it what they do not need."""
        least = min(104.0, room / len(rows))
        needs = [max(0.0, self._need(row, self._value_step) - least) for row in rows]
        extra = room - least * len(rows)
        if sum(needs) > extra:
            # Rows of one line less give what they have to those of one more.
            floor = min(_KEYED_TWICE if self._eye_in_two() else _KEYED, room / len(rows))
            over = [max(0.0, self._need(row, self._value_step) - floor) for row in rows]
            return [floor + need * (room - floor * len(rows)) / sum(over) for need in over]
        spare = min((extra - sum(needs)) / len(rows), 144 - least)
        return [max(least + need, least + spare) if not any(needs) else least + need + spare for need in needs]

    def _need(self, row: Row, step: str = "body") -> float:
        """Height of a row with its value in this size; the keys at its end take about a third of the width."""
        row = _close(row)
        keys = (row.key is not None) + (row.reveal is not None) + (row.tag is not None)
        taken = 0.0
        if row.key is not None:
            taken += self._key_width(row.key) + 16
        if row.reveal is not None:
            taken += eye_width(self) + 16
        room = self.wide - 64 - max(210.0 * keys, taken) - (104 if row.picture else 0)
        if self._all_pairs():
            return self.height_of(_longest(row), step, room - 200, bold=True, tight=True) + 24
        value = self.height_of(_longest(row), step, room, bold=True, tight=True) if row.value else 0.0
        below = 42.0 if row.hint else 0.0
        if row.source and self._inline(row, room) is None:
            below = self.height_of(row.source, "small", room - 42, tight=True)
        head = 42.0 if self._inline(row, room) else max(42.0, self.height_of(row.label, "small", room, tight=True))
        return value + head + below + 12

    def _eye_in_two(self) -> bool:
        words = self.width_of(word("hold_to_see", self.view.language), "caption", bold=True)
        return any(row.reveal is not None for row in self.body.rows) and words + 64 > eye_width(self)

    def _key_width(self, key: KeyView) -> float:
        words = self.width_of(key.label, "body", bold=True)
        return min(240.0, max(152.0, words + (104 if known_icon(key.icon) else 52)))

    def _inline(self, row: Row, room: float) -> str | None:
        """The size in which the source fits beside the label, if any."""
        source = row.source or ""
        for step in ("small", "caption") if source else ():
            if self.width_of(row.label, step) + self.width_of(source, step) + 28 + 42 <= room:
                return step
            if step == self._closest:
                break
        return None

    def _all_pairs(self) -> bool:
        """True when no row says where it comes from: label and value then stand side by side."""
        return not any(row.source or row.hint for row in self.body.rows)

    def _summary(self, y: float) -> None:
        """Small flat cards with a count each, beside one another."""
        count = len(self.body.summary)
        width = (self.wide - 16 * (count - 1)) / count
        for number in range(count):
            self._count(number, self.left + number * (width + 16), y, width, 144)

    def _count(self, number: int, x: float, y: float, width: float, height: float) -> None:
        """One of them; all are set in the same sizes."""
        cards = self.body.summary
        icons = [known_icon(row.icon or row.source_icon) for row in cards]
        room = width - 44 - (80 if any(icons) else 0)
        heads = [row.value or row.label for row in cards]
        rests = [row.label if row.value else (row.hint or "") for row in cards]
        big = self.step_for(heads, ("lead", "body", "small"), room, 60, bold=True, max_lines=1)
        small = self.step_for(rests, ("small", "caption"), room, 44, max_lines=1)
        head, rest, icon = heads[number], rests[number], icons[number]
        self.card(x, y, width, height, fill="info_fill", line=None, radius=20)
        if icon:
            self.icon_at(icon, x + 24, y + height / 2 - 30, 60, tint="surface", stroke=2.6)
        left = x + width - 20 - room
        one = self.height_of(head, big, room, bold=True, tight=True)
        two = self.height_of(rest, small, room, tight=True) if rest else 0.0
        top = y + (height - one - two) / 2
        self.label(left, top, room, one, head, big, bold=True, ground="info_fill", tight=True)
        if rest:
            self.label(left, top + one, room, two, rest, small, ground="info_fill", tight=True)

    def _row(
        self, row: Row, y: float, height: float, frame: tuple[float, float, float, float], *, first: bool, last: bool
    ) -> None:
        caution = row.tag_tone == "caution" and row.tag is not None
        ground, second = ("caution_fill", "caution") if caution else ("surface", "ink_secondary")
        if caution:
            above, below = _BEYOND if first else 0.0, _BEYOND if last else 0.0
            self.band(frame, y - above, height + above + below, "caution_fill")
            if not first:
                self.rule(self.left + 2, y, self.wide - 4, colour="caution", height=3)
        elif not first:
            self.rule(self.left + 32, y, self.wide - 64)
        row = _close(row)
        right = self.right - 24.0
        middle = y + height / 2
        tall = min(120.0 if self.theme.large else 88.0, max(76.0, height - 10))
        if row.key is not None:
            width = self._key_width(row.key)
            self.key(row.key, right - width, middle - tall / 2, width, tall, small=True, step="body")
            right -= width + 16
        eye: Key | None = None
        if row.reveal is not None:
            eye, width = eye_key(self, f"reveal.{row.label}", right, middle - tall / 2, tall)
            right -= width + 16
        if row.tag:
            extent = tag_extent(self, row.tag) - (40 if row.tag_tone != "filled" else 0)
            tag(self, row.tag, row.tag_tone, right - extent, middle - 30, extent)
            right -= extent + 16
        left = self.left + 32.0
        icon = known_icon(row.icon)
        if row.picture:
            # Beside the key that takes it again, so that the words of all rows begin at one line.
            thumbnail(self, row.picture, right - 84, y + 10, 84, height - 20)
            right -= 84 + 20
        if icon:
            self.icon_at(icon, left, middle - 28, 56, stroke=2.6)
            left += 80
        value = self._texts(row, left, right - left, y, height, ground, second)
        if eye is not None and row.reveal is not None and value is not None:
            HoldToSee(eye, [(value, row.value, row.reveal)])

    def _texts(
        self, row: Row, left: float, room: float, y: float, height: float, ground: str, second: str
    ) -> Label | None:
        if row.value and self._all_pairs():
            return self._pair(row, left, room, y, height, ground)
        head = row.label
        inline = self._inline(row, room)
        below = row.source if row.source and not inline else row.hint
        sizes = (("small", self._value_step, "small"), ("small", "body", "caption"), ("caption", "small", "caption"),
                 ("caption", "caption", "caption"))  # fmt: skip
        if inline == "caption":
            sizes = (("caption", self._value_step, "small"), ("caption", "body", "caption"), *sizes[2:])
        # Where there is no room to say all of where it comes from, its name stays; the day was said before.
        short = main_clause(below) if below and below == row.source else below
        for at, (label, value, note) in enumerate((*sizes[:1], *sizes)):
            below = short if at else below
            one = self.height_of(head, label, room, tight=True)
            two = self.height_of(_longest(row), value, room, bold=True, tight=True) if row.value else 0.0
            three = self.height_of(below, note, room, tight=True) if below else 0.0
            if one + two + three <= height - 8:
                break
        self.squeezed = self.squeezed or value in ("small", "caption")
        two = min(two, height - 8 - one - three)
        top = y + (height - one - two - three) / 2
        icon = known_icon(row.source_icon, "chip")
        if inline and row.source:
            width = self.width_of(head, label) + 8
            self.label(
                left,
                top - 2,
                width,
                one + 6,
                head,
                label,
                colour="ink_secondary",
                ground=ground,
                middle=True,
                tight=True,
            )
            source_colour = second if second == "caution" else "accent_text"
            self.icon_at(icon or "chip", left + width + 20, top + one / 2 - 17, 34,
                         line=source_colour, tint="icon_tint" if second != "caution" else "surface")  # fmt: skip
            rest = room - width - 62
            self.label(left + width + 62, top - 2, rest, one + 6, row.source, label, colour=source_colour,
                       ground=ground, middle=True, tight=True, max_lines=1)  # fmt: skip
        else:
            bold = not row.value
            self.label(left, top - 2, room, one + 6, head, label, bold=bold, middle=True, tight=True, ground=ground,
                       colour="ink_secondary" if row.value else "ink")  # fmt: skip
        made: Label | None = None
        if row.value:
            made = self.label(left, top + one - 3, room, two + 6, row.value, value, bold=True, ground=ground,
                              middle=True, tight=True, elide=True)  # fmt: skip
        if below:
            colour = (
                second if second == "caution" else ("accent_text" if row.source and not inline else "ink_secondary")
            )
            self.label(left, top + one + two - 3, room, three + 6, below, note, colour=colour, ground=ground,
                       middle=True, tight=True)  # fmt: skip
        return made

    def _pair(self, row: Row, left: float, room: float, y: float, height: float, ground: str) -> Label:
        """Label and value side by side."""
        plain = [other for other in self.body.rows if other.value and not other.source and not other.hint]
        most = 400.0 if self.frame.beside else 280.0
        first = min(most, max(self.width_of(other.label, "body") for other in plain) + 24)
        self.label(left, y, first - 16, height, row.label, "body", colour="ink_secondary", ground=ground, middle=True,
                   tight=True)  # fmt: skip
        return self.label(left + first, y + 4, room - first, height - 8, row.value, "lead", bold=True, ground=ground,
                          middle=True, tight=True, elide=True)  # fmt: skip


def _close(row: Row) -> Row:
    """Two keys leave no room for a tag beside them: it then stands behind the source."""
    if row.tag is None or row.key is None or row.reveal is None:
        return row
    return replace(row, tag=None, source=f"{row.source} · {row.tag}" if row.source else row.tag)


def _longest(row: Row) -> str:
    """The masked value or the whole one, whichever needs more room: the page stands still while one holds to see."""
    return max(row.value, row.reveal or "", key=len)


def eye_width(screen: Screen[BodyT]) -> float:
    """Width of the key that is held to see."""
    return min(240.0, max(196.0, screen.width_of(word("hold_to_see", screen.view.language), "body", bold=True) + 100))


def eye_key(screen: Screen[BodyT], name: str, right: float, y: float, height: float) -> tuple[Key, float]:
    """The key that is held to see, ending at ``right``; and its width."""
    label, width = word("hold_to_see", screen.view.language), eye_width(screen)
    eye = Key(
        screen, screen.theme, name, label, step="body", icon_left="eye", icon_px=40, stroke=3, small=True,
        padding_px=12,
    )  # fmt: skip
    screen.place(eye, right - width, y, width, height)
    return eye, width
