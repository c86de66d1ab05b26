"""A finger for stories and tests: real touch events at the centre of a control that a resident could press.

Every touch goes in at the window system's edge (a touch-screen event on the top-level window), so Qt finds the widget
under it by itself, as it would on the panel. What a resident could not press is refused: a control that is not there,
hidden, disabled, outside the window or covered by another widget. Nothing else acts on the window.

Long actions (:func:`type_text`, :func:`pick_date`) are iterators that touch once a step, so that the event loop runs in
between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, Literal, Protocol

from pypinyin import Style, lazy_pinyin, pinyin
from PySide6.QtCore import QPoint
from PySide6.QtGui import QInputDevice, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from kiosk.domain.devices import KeypadButton
from ui.keyboard.layout import MODES, KeyboardKind, Mode, rows_of
from ui.keyboard.widget import KeyboardWidget
from ui.keypad import Keypad
from ui.kit.controls import ControlInfo, TouchGate, control_name
from ui.kit.date_wheel import DateWheel

Reason = Literal["unknown", "hidden", "disabled", "outside", "covered", "not_yet", "cannot_type"]

MAX_CANDIDATE_PAGES: Final = 60
WORD_LENGTH: Final = 4
"""Chinese characters typed as one composition; what the engine does not know as a word is chosen piece by piece."""

PATIENCE_STEPS: Final = 400
"""Steps an iterator waits for the keyboard or the wheel to come up before it gives up."""

PATIENCE_MS: Final = 2000

STROKES: Final = (
    ((0.20, 0.30), (0.28, 0.55), (0.36, 0.72), (0.44, 0.40)),
    ((0.46, 0.30), (0.50, 0.60), (0.58, 0.70), (0.62, 0.36), (0.66, 0.66)),
    ((0.22, 0.52), (0.45, 0.48), (0.78, 0.44)),
)


class TouchRefused(Exception):
    """A resident could not have done this; ``reason`` says why, ``name`` which control."""

    def __init__(self, reason: Reason, name: str, detail: str = "") -> None:
        super().__init__(f"{name}: {reason}{': ' + detail if detail else ''}")
        self.reason = reason
        self.name = name
        self.detail = detail


class Window(Protocol):
    """A top-level widget that lists its visible controls."""

    def controls(self) -> Sequence[ControlInfo]:
        """What can be seen now."""


_device: QPointingDevice | None = None


def _touch_screen() -> QPointingDevice:
    """The one touch device of this process (Qt wants it registered once)."""
    global _device
    if _device is None:
        _device = QTest.createTouchDevice(QInputDevice.DeviceType.TouchScreen)
    return _device


def _widget(window: Window) -> QWidget:
    if not isinstance(window, QWidget):
        raise TypeError("a window is a QWidget with controls()")
    return window


def _stroke(window: QWidget, points: Sequence[QPoint]) -> None:
    """One finger: down at the first point, over the others, up at the last.

    It goes down without letting the event loop run: a page that is rebuilt for news while a key is held loses the
    press, and whether that happens would hang on the load of the machine.
    """
    handle = window.window().windowHandle()
    if handle is None:
        raise TouchRefused("hidden", window.objectName(), "the window has not been shown")
    offset = window.mapTo(window.window(), QPoint(0, 0))
    at = [point + offset for point in points]
    device = _touch_screen()
    QTest.touchEvent(handle, device, False).press(0, at[0]).commit(processEvents=False)
    for point in at[1:]:
        QTest.touchEvent(handle, device, False).move(0, point).commit()
    QTest.touchEvent(handle, device, False).release(0, at[-1]).commit()


def find(window: Window, name: str) -> ControlInfo:
    """The control of that name; raises :class:`TouchRefused` ("unknown") when the screen does not show it."""
    for control in window.controls():
        if control.name == name:
            return control
    raise TouchRefused("unknown", name, "not on the screen")


def reach(window: Window, name: str) -> QPoint:
    """Where a finger would press this control, in window pixels; raises :class:`TouchRefused` when it could not."""
    control = find(window, name)
    if not control.enabled:
        raise TouchRefused("disabled", name)
    top = _widget(window)
    x, y, width, height = control.rect
    centre = QPoint(x + width // 2, y + height // 2)
    if width <= 0 or height <= 0 or not top.isVisible():
        raise TouchRefused("hidden", name)
    if not top.rect().contains(centre):
        raise TouchRefused("outside", name)
    hit: QWidget | None = top.childAt(centre)
    if hit is None:
        raise TouchRefused("hidden", name)
    widget: QWidget | None = hit
    while widget is not None and widget is not top:
        if control_name(widget) == name:
            if not widget.isEnabled():
                raise TouchRefused("disabled", name)
            return centre
        widget = widget.parentWidget()
    # A page may be one big target whose control is the window's own child list; what lies on top has another name.
    raise TouchRefused("covered", name, control_name(hit) or type(hit).__name__)


def tap(window: Window, name: str) -> None:
    """Touch the centre of a control, down and up; raises :class:`TouchRefused` when a resident could not.

    Keys of a page that has just appeared are deaf for a moment (:class:`ui.kit.controls.TouchGate`); the finger waits
    for them with the event loop running, as a hand would take its time, and looks again what is there.
    """
    centre = reach(window, name)
    waited_ms = 0
    while (left_ms := _deaf_ms(window, centre)) > 0:
        if waited_ms > PATIENCE_MS:
            raise TouchRefused("not_yet", name, "the page stays deaf")
        QTest.qWait(min(left_ms, 50))
        waited_ms += min(left_ms, 50)
        centre = reach(window, name)
    _stroke(_widget(window), [centre])


def _deaf_ms(window: Window, spot: QPoint) -> int:
    widget: QWidget | None = _widget(window).childAt(spot)
    while widget is not None:
        gate = getattr(widget, "_gate", None)
        if isinstance(gate, TouchGate):
            return gate.left_ms()
        widget = widget.parentWidget()
    return 0


def draw_signature(window: Window, strokes: Sequence[Sequence[tuple[float, float]]] = STROKES) -> None:
    """Write strokes on the signature area; each is a line over corners, as parts of its width and height."""
    control = find(window, "field.signature")
    reach(window, "field.signature")
    x, y, width, height = control.rect
    for stroke in strokes:
        corners = [(x + fx * width, y + fy * height) for fx, fy in stroke]
        points = [QPoint(round(corners[0][0]), round(corners[0][1]))]
        for (from_x, from_y), (to_x, to_y) in pairwise(corners):
            points += [
                QPoint(round(from_x + (to_x - from_x) * part / 8), round(from_y + (to_y - from_y) * part / 8))
                for part in range(1, 9)
            ]
        _stroke(_widget(window), points)


# ---- typing -------------------------------------------------------------------------------------------------------


def by_buttons(window: Window, name: str) -> None:
    """Press a control with up, down, select and back alone; raises :class:`TouchRefused` when they do not get there."""
    keypad = getattr(window, "keypad", None)
    if not isinstance(keypad, Keypad):
        raise TouchRefused("unknown", name, "the window has no buttons")

    def press(button: KeypadButton) -> None:
        keypad.button(button, down=True)
        keypad.button(button, down=False)

    find(window, name)
    for _ in range(PATIENCE_STEPS):
        stops = keypad.stops()
        stop = next((at for at, (_, members) in enumerate(stops) if name in members), None)
        if stop is None:
            raise TouchRefused("hidden", name, "no stop of the buttons")
        here = keypad.at()
        if here == name:
            break
        now = next((at for at, (own, members) in enumerate(stops) if here == own or here in members), None)
        inside = now is not None and here != stops[now][0]
        if inside and now != stop:
            press(KeypadButton.BACK)
        elif inside or now is None:
            press(KeypadButton.DOWN)
        elif now != stop:
            forth, back = (stop - now) % len(stops), (now - stop) % len(stops)
            press(KeypadButton.DOWN if forth <= back else KeypadButton.UP)
        else:
            press(KeypadButton.SELECT)  # into the row
    else:
        raise TouchRefused("hidden", name, "the buttons go round and never come by")
    waited_ms = 0
    while (left_ms := _deaf_ms(window, _middle(find(window, name)))) > 0 and waited_ms <= PATIENCE_MS:
        QTest.qWait(min(left_ms, 50))
        waited_ms += min(left_ms, 50)
    press(KeypadButton.SELECT)


def _middle(control: ControlInfo) -> QPoint:
    x, y, width, height = control.rect
    return QPoint(x + width // 2, y + height // 2)


Press = Callable[[Window, str], None]
"""How a control is pressed: :func:`tap` with a finger, :func:`by_buttons` without one."""


def type_text(window: Window, path: str, text: str, press: Press = tap) -> Iterator[str]:
    """Put ``text`` into ``field.PATH`` by touching keys only; yields the name of each control touched ("" = waited).

    What the field held is deleted first. Chinese goes through pinyin and the candidate strip. Raises
    :class:`TouchRefused` with reason "cannot_type" for a character that no key and no candidate has, and for more
    characters than the field takes. A date field takes ``YYYY-MM-DD`` and is set on its wheel.
    """
    name = f"field.{path}"
    if not _ready(window, path):
        press(window, name)
        yield name
    for _ in range(PATIENCE_STEPS):
        if _ready(window, path):
            break
        yield ""
    else:
        raise TouchRefused("hidden", name, "neither keyboard nor wheel came up for it")
    if _wheel(window) is not None:
        yield from pick_date(window, text, press)
    else:
        yield from _Typist(window, name, press).type(text)


def pick_date(window: Window, iso: str, press: Press = tap) -> Iterator[str]:
    """Bring the wheel on the page to a day by its keys; yields the name of each control touched."""
    wheel = _wheel(window)
    if wheel is None:
        raise TouchRefused("unknown", "wheel.year.up", "no date wheel on the page")
    try:
        wanted = date.fromisoformat(iso)
    except ValueError:
        raise TouchRefused("cannot_type", "wheel.year.up", "not a date") from None
    for _ in range(2):  # the second time for a day that a bound held back while years and months moved
        for part in ("year", "month", "day"):
            while True:
                gap = _gap(wheel.shown(), wanted, part)
                name = f"wheel.{part}.{'up' if gap < 0 else 'down'}"
                if gap == 0 or not find(window, name).enabled:
                    break
                before = wheel.shown()
                press(window, name)
                yield name
                if wheel.shown() == before:
                    yield ""
    if wheel.shown() != wanted:
        raise TouchRefused("cannot_type", "wheel.day.down", "outside what the field allows")
    if wheel.value() is None:
        press(window, "wheel.take")
        yield "wheel.take"


def _gap(shown: date, wanted: date, part: str) -> int:
    if part == "year":
        return wanted.year - shown.year
    if part == "month":
        return (wanted.year - shown.year) * 12 + wanted.month - shown.month
    return (wanted - shown).days


def _ready(window: Window, path: str) -> bool:
    """True when what is touched now goes into this field: its box is the active one, or the wheel stands for it."""
    wheel = _wheel(window)
    if wheel is not None:
        return bool(wheel.property("path") == path)
    if _keyboard(window) is None:
        return False
    return any(
        control_name(child) == f"field.{path}" and child.isVisible() and child.property("active") is True
        for child in _widget(window).findChildren(QWidget)
    )


def _keyboard(window: Window) -> KeyboardWidget | None:
    return next((k for k in _widget(window).findChildren(KeyboardWidget) if k.isVisible()), None)


def _wheel(window: Window) -> DateWheel | None:
    return next((wheel for wheel in _widget(window).findChildren(DateWheel) if wheel.isVisible()), None)


class _Typist:
    """Knows which mode has which key, and how to get at a Chinese character."""

    def __init__(self, window: Window, field: str, press: Press) -> None:
        keyboard = _keyboard(window)
        if keyboard is None:
            raise TouchRefused("unknown", field, "no keyboard came up")
        self._window = window
        self._field = field
        self._by = press
        self._keyboard = keyboard

    def type(self, text: str) -> Iterator[str]:
        """See :func:`type_text`."""
        while self._keyboard.composing() or self._keyboard.text():
            yield from self._press("key.delete")
        position = 0
        while position < len(text):
            before = self._keyboard.text()
            run = _chinese_run(text, position)
            if run and self._keyboard.pinyin_ready():
                yield from self._chinese(run)
                position += len(run)
                expected = before + run
            else:
                yield from self._sign(text[position])
                expected = before + text[position]
                position += 1
            if self._keyboard.text() != expected:
                raise TouchRefused("cannot_type", self._field, "the field takes no more")

    def _press(self, name: str) -> Iterator[str]:
        self._by(self._window, name)
        yield name

    def _refuse(self, character: str) -> TouchRefused:
        # The character itself may be a resident's; its code point is enough to find it in the story.
        return TouchRefused("cannot_type", self._field, f"no key or candidate for U+{ord(character):04X}")

    def _into(self, mode: Mode) -> Iterator[str]:
        if self._keyboard.mode() != mode:
            yield from self._press(f"key.mode.{mode}")

    def _sign(self, sign: str) -> Iterator[str]:
        """A letter, digit or sign that has a key of its own in some mode; the present mode first."""
        if sign in (" ", "\n"):
            yield from self._press("key.space" if sign == " " else "key.enter")
            return
        kind: KeyboardKind = self._keyboard.kind()
        now = self._keyboard.mode()
        for mode in (now, *(mode for mode in MODES[kind] if mode != now)):
            for upper in (False, True):
                for row in rows_of(mode, chinese=self._keyboard.chinese(), multiline=False, upper=upper):
                    for key in row.keys:
                        if key.types == sign and not (mode == "zh" and sign.isascii() and sign.isalpha()):
                            yield from self._into(mode)
                            if upper and not self._keyboard.upper():
                                yield from self._press("key.shift")
                            yield from self._press(f"key.{key.name}")
                            return
        raise self._refuse(sign)

    def _chinese(self, run: str) -> Iterator[str]:
        """A few characters as one word; what is left when the engine reads it otherwise goes one by one."""
        yield from self._into("zh")
        before = self._keyboard.text()
        yield from self._spell(lazy_pinyin(run, style=Style.NORMAL, v_to_u=False))
        yield from self._choose(run)
        done = len(self._keyboard.text()) - len(before)
        if self._keyboard.text() != before + run[:done]:
            raise TouchRefused("cannot_type", self._field, "the field takes no more")
        yield from self._drop()
        for character in run[done:]:
            yield from self._character(character)

    def _character(self, character: str) -> Iterator[str]:
        before = self._keyboard.text()
        readings = pinyin(character, style=Style.NORMAL, heteronym=True, v_to_u=False)[0]
        for reading in readings:
            if not (reading.isascii() and reading.isalpha()):
                continue
            yield from self._spell([reading])
            yield from self._choose(character)
            if self._keyboard.text() == before + character:
                return
            yield from self._drop()
        raise self._refuse(character)

    def _spell(self, syllables: Sequence[str]) -> Iterator[str]:
        for number, syllable in enumerate(syllables):
            if not (syllable.isascii() and syllable.isalpha()):
                return
            if number and syllable[0] in "aeo":
                yield from self._press("key.split")
            for letter in syllable:
                yield from self._press(f"key.{letter}")

    def _drop(self) -> Iterator[str]:
        for _ in range(200):
            if not self._keyboard.composing():
                return
            yield from self._press("key.delete")

    def _choose(self, wanted: str) -> Iterator[str]:
        """Take candidates until ``wanted`` stands there or none fits: the longest start of it on the nearest page."""
        taken = ""
        while self._keyboard.composing() and taken != wanted:
            rest = wanted[len(taken) :]
            found: str | None = None
            for page in range(MAX_CANDIDATE_PAGES):
                shown = [c for c in self._window.controls() if c.name.startswith("candidate.") and c.text]
                fitting = [c for c in shown if rest.startswith(c.text)]
                if fitting:
                    best = max(fitting, key=lambda control: len(control.text))
                    found = best.text
                    yield from self._press(best.name)
                    break
                # A word of several characters is not worth a long search: single characters are found by their own.
                if (len(rest) > 1 and page >= 3) or not find(self._window, "candidate.next").enabled:
                    break
                yield from self._press("candidate.next")
            if found is None:
                return
            taken += found


def _chinese_run(text: str, start: int) -> str:
    """The next few characters that have a reading."""
    end = start
    while end < len(text) and end - start < WORD_LENGTH and _has_reading(text[end]):
        end += 1
    return text[start:end]


def _has_reading(character: str) -> bool:
    return ord(character) > 0x2E7F and bool(pinyin(character, style=Style.NORMAL, errors="ignore"))
