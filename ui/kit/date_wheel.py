"""Choosing a day without typing: three columns with a key above and below each, and the day in words underneath.

Pressing the upper key brings the value above into the middle (one earlier), the lower one the value below (one later);
holding a key repeats. Days, months and years carry over as a calendar does and stop at the bounds.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from kiosk.texts.dates import Part, day_words, month_label, parts_in_order
from ui.kit.controls import Described, control_name, mark_control
from ui.kit.icons import icon
from ui.kit.keys import Key, Pressable
from ui.kit.paint import draw_icon, paint_card, paint_key
from ui.kit.paint import face as face_of
from ui.kit.text import SetText, fit_text, fit_together
from ui.kit.theme import Theme
from ui.kit.tokens import DURATION_MS
from ui.kit.words import word

WIDTH_PX: Final = 952
HEIGHT_PX: Final = 744
HOLD_MS: Final = DURATION_MS["hold"]
REPEAT_MS: Final = DURATION_MS["repeat"]


def in_words(day: date, language: str) -> str:
    """``2025 年 3 月 12 日，周三`` or ``Wednesday 12 March 2025``."""
    return day_words(language, day, "weekday")


def moved(day: date, part: Part, by: int) -> date | None:
    """The day ``by`` days, months or years on, at most the last of its month; None past the calendar's end."""
    try:
        if part == "day":
            return day + timedelta(days=by)
        months = day.year * 12 + day.month - 1 + by * (12 if part == "year" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    except (ValueError, OverflowError, calendar.IllegalMonthError):
        return None


class _StepKey(Key):
    """A key that goes on while it is held."""

    def __init__(self, parent: QWidget, theme: Theme, name: str, picture: str, accessible: str) -> None:
        super().__init__(
            parent, theme, name, "", icon_left=picture, icon_px=56, stroke=5, accessible=accessible, padding_px=0
        )
        self._repeated = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._again)

    def described(self) -> Described:
        """The picture has the accent colour."""
        how = super().described()
        return Described(how.text, 0, how.fg, how.bg)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to count the hold."""
        super().mousePressEvent(event)
        self._repeated = False
        if self.pressed:
            self._timer.start(HOLD_MS)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The end of a hold is not one press more."""
        self._timer.stop()
        if self._repeated:
            self._held = self._pressed = False
            self.update()
            event.accept()
            return
        super().mouseReleaseEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """A thing that went away is not held."""
        self._timer.stop()
        super().hideEvent(event)

    def _again(self) -> None:
        if not self.isEnabled() or not self.pressed:
            self._timer.stop()
            return
        self._repeated = True
        self._timer.setInterval(REPEAT_MS)
        self.tapped.emit(control_name(self))


class _Words(Pressable):
    """The day in words; a key while nothing has been chosen yet, flat afterwards."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent, theme, "wheel.take", "key", "")
        self._words = ""
        self._hint: str | None = None

    def say(self, words: str, hint: str | None) -> None:
        """``hint`` present: the day is only an offer, pressing takes it."""
        if (words, hint) == (self._words, self._hint):
            return
        self._words, self._hint = words, hint
        mark_control(self, "wheel.take" if hint else "", "key" if hint else "text", words)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, hint is None)
        self.update()

    def described(self) -> Described:
        """What is painted now."""
        text = f"{self._words}\n{self._hint}" if self._hint else self._words
        ground = "key_fill" if self._hint else "info_fill"
        return Described(text, self.theme.font("lead").pixelSize(), self.theme.hex("ink"), self.theme.hex(ground))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A flat box with a tick, or a key."""
        theme = self.theme
        painter = QPainter(self)
        box = self.text_box()
        if self._hint:
            inner = paint_key(painter, theme, box, face_of(theme, "plain"), pressed=self.pressed)
        else:
            paint_card(painter, theme, box, "info_fill", radius_px=20)
            inner = box
        size, left = theme.px(64), inner.left() + theme.px(32)
        if not self._hint:
            tick = icon("fine", size, theme.hex("accent_text"), theme.hex("surface"))
            draw_icon(painter, tick, left, inner.center().y() - size / 2)
            left += size + theme.px(24)
        room = inner.right() - left - theme.px(24)
        lines = self._lines(room, inner.height())
        y = inner.center().y() - sum(line.height_px for line in lines) / 2
        for line, colour in zip(lines, ("ink", "accent_text"), strict=False):
            line.draw(painter, left, y, room, theme.colour(colour), "left")
            y += line.height_px

    def _lines(self, room: float, height: float) -> tuple[SetText, ...]:
        """The day, and while it is only an offer what to do, in sizes that fit together."""
        texts = [(self._words, True), *([(self._hint, False)] if self._hint else [])]
        return fit_together(texts, self.theme, [sizes[: len(texts)] for sizes in _WORD_SIZES], room, height)

    def clipped(self) -> bool:
        """True when the words do not fit."""
        room = self.width() - self.theme.px(32 + 24 + (0 if self._hint else 64 + 24))
        return not all(line.fits for line in self._lines(room, self.height() - self.theme.px(13)))


_WORD_SIZES = (("lead", "small"), ("body", "small"), ("small", "caption"), ("caption", "caption"))


@dataclass(frozen=True, slots=True)
class _Parts:
    """Design pixels: height of the card, tops and height of the keys, gap above the words and their height."""

    card: float
    earlier: float
    key: float
    later: float
    gap: float
    words: float


class DateWheel(QWidget):
    """Three columns in a white card. ``picked`` carries the chosen day as YYYY-MM-DD."""

    picked = Signal(str)

    def __init__(self, parent: QWidget | None, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme
        self._language = theme.language
        self._min = date(1900, 1, 1)
        self._max = date(2100, 12, 31)
        self._day = date(2000, 1, 1)
        self._chosen = False
        self._offered = False
        self._keys: dict[tuple[Part, int], _StepKey] = {}
        parts: tuple[Part, ...] = ("year", "month", "day")
        for part in parts:
            for by, direction in ((-1, "up"), (1, "down")):
                spoken = f"{self._word(part)} {self._word('earlier' if by < 0 else 'later')}"
                key = _StepKey(self, theme, f"wheel.{part}.{direction}", f"chevron_{direction}", spoken)
                key.tapped.connect(lambda _name, part=part, by=by: self._step(part, by))
                self._keys[part, by] = key
        self._words = _Words(self, theme)
        self._words.tapped.connect(lambda _name: self._take())
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.resize(self.sizeHint())
        self._refresh()

    def sizeHint(self) -> QSize:
        """Card and words."""
        return QSize(self._theme.px(WIDTH_PX), self._theme.px(HEIGHT_PX))

    def set_value(self, iso: str | None, min_date: str | None, max_date: str | None, language: str) -> None:
        """Show a day (None: nothing chosen; the latest allowed day is offered) and what may be chosen.

        Bounds are inclusive, YYYY-MM-DD; a text that is no date counts as None. Never emits ``picked``.
        """
        self._language = language
        self._min = _day(min_date) or date(1900, 1, 1)
        self._max = max(_day(max_date) or date(2100, 12, 31), self._min)
        day = _day(iso)
        if day is not None:
            self._chosen, self._offered = self._min <= day <= self._max, False
            self._day = self._within(day)
        else:
            offered = self._max if _day(max_date) else self._within(_today())
            # Rendered again while nothing is chosen: what the hand has not touched stays where it is.
            self._day = offered if self._chosen or not self._offered else self._within(self._day)
            self._chosen, self._offered = False, True
        self._refresh()

    def value(self) -> date | None:
        """The chosen day."""
        return self._day if self._chosen else None

    def shown(self) -> date:
        """The day in the middle, chosen or only offered."""
        return self._day

    def _word(self, key: str) -> str:
        return word(f"wheel_{key}", self._language)

    def _within(self, day: date) -> date:
        return min(max(day, self._min), self._max)

    def _neighbour(self, part: Part, by: int) -> date | None:
        day = moved(self._day, part, by)
        if day is None:
            return None
        day = self._within(day)
        # A bound may hold the step back; a column that would not move at all has nothing further.
        return day if getattr(day, part) != getattr(self._day, part) else None

    def _step(self, part: Part, by: int) -> None:
        day = self._neighbour(part, by)
        if day is not None:
            self._day = day
            self._take()

    def _take(self) -> None:
        self._chosen = True
        self._refresh()
        self.picked.emit(self._day.isoformat())

    def _refresh(self) -> None:
        for (part, by), key in self._keys.items():
            key.setEnabled(self._neighbour(part, by) is not None)
            key.setAccessibleName(f"{self._word(part)} {self._word('earlier' if by < 0 else 'later')}")
        self._words.say(in_words(self._day, self._language), None if self._chosen else self._word("nothing"))
        self._lay_out()
        self.update()

    # ---- geometry and paint, all in design pixels until the last moment ------------------------------------------

    def _scale(self) -> float:
        return self._theme.scale

    def _parts(self) -> _Parts:
        """Where things lie for the height there is: keys and words never under 76, neighbours only where they fit."""
        height = self.height() / self._scale()
        roomy = height >= 684
        words, gap = (120.0, 24.0) if roomy else (max(92.0, min(112.0, height * 0.2)), 10.0)
        card = height - words - gap
        head, foot = (80.0, 24.0) if roomy else (44.0, 10.0)
        key = 112.0 if roomy else max(76.0, min(112.0, (card - head - foot - 100) / 2))
        return _Parts(card, head, key, card - foot - key, gap, words)

    def _columns(self) -> tuple[tuple[Part, float, float], ...]:
        width = self.width() / self._scale() - 64 - 48
        unit = width / 3.35
        found: list[tuple[Part, float, float]] = []
        left = 32.0
        for part in parts_in_order(self._language):
            wide = unit * (1.35 if part == "month" else 1.0)
            found.append((part, left, wide))
            left += wide + 24
        return tuple(found)

    def _lay_out(self) -> None:
        at = self._parts()
        for part, left, width in self._columns():
            self._keys[part, -1].setGeometry(self._theme.rect(left, at.earlier, width, at.key))
            self._keys[part, 1].setGeometry(self._theme.rect(left, at.later, width, at.key))
        self._words.setGeometry(self._theme.rect(0, at.card + at.gap, self.width() / self._scale(), at.words))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out again."""
        self._lay_out()

    def _label(self, day: date, part: Part) -> str:
        if part == "month":
            return month_label(self._language, day.month)
        return str({"year": day.year, "month": day.month, "day": day.day}[part])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Card, column names, the value with its neighbours."""
        theme = self._theme
        painter = QPainter(self)
        at = self._parts()
        paint_card(painter, theme, QRectF(0, 0, self.width(), theme.px(at.card)), "surface", "line")
        top, bottom = at.earlier + at.key, at.later
        middle = (top + bottom) / 2
        tall = min(104.0, bottom - top - 16)
        beside = min(60.0, (bottom - top - tall) / 2)
        small = theme.font("small")
        body = theme.font("body")
        for part, left, width in self._columns():
            painter.setPen(theme.colour("ink_secondary"))
            painter.setFont(small)
            centre = Qt.AlignmentFlag.AlignCenter
            above = at.earlier - (56 if at.earlier >= 80 else 44)
            painter.drawText(theme.rect(left, above, width, 44), centre, self._word(part))
            painter.setFont(body)
            for by, offset in ((-1, -tall / 2 - beside), (1, tall / 2)):
                day = self._neighbour(part, by) if beside >= body.pixelSize() / theme.scale else None
                if day is not None:
                    painter.drawText(theme.rect(left, middle + offset, width, beside), centre, self._label(day, part))
            box = theme.rect(left, middle - tall / 2, width, tall)
            paint_card(painter, theme, QRectF(box), "selected_fill", "selected_edge" if theme.contrast else None,
                       line_px=4, radius_px=16)  # fmt: skip
            painter.setPen(theme.colour("ink"))
            label = fit_text(
                self._label(self._day, part), theme, "key_large", box.width(), box.height(), bold=True, max_lines=1
            )
            label.draw(
                painter,
                box.x(),
                box.y() + (box.height() - label.height_px) / 2,
                box.width(),
                theme.colour("ink"),
                "center",
            )
        painter.end()


def _today() -> date:
    # Only where a page sets no bound: the day to begin from, in the terminal's own time zone.
    return datetime.now().astimezone().date()


def _day(iso: str | None) -> date | None:
    try:
        return date.fromisoformat(iso) if iso else None
    except ValueError:
        return None
