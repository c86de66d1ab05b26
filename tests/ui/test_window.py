"""The window: taps become events once, typing survives, nothing of a resident stays."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from shiboken6 import isValid

from kiosk.flow.events import HandSeen, Touched, Typed, UiEvent
from kiosk.flow.view import FieldView, FormBody, Key, Row, RowsBody, ScreenView
from ui.gallery.pages import NOON, samples
from ui.host import TerminalWindow
from ui.kit.controls import ControlInfo, control_name
from ui.kit.field_box import FieldBox
from ui.kit.keys import Pressable
from ui.kit.label import Label

VIEWS = dict(samples("en"))
PAYLOAD = "<img src=file:///etc/passwd><b>bold</b>"


class Terminal:
    """A window, what it said, and a clock that a test moves."""

    def __init__(self) -> None:
        self.events: list[UiEvent] = []
        self.painted: list[tuple[str, str]] = []
        self.clock_s = 100.0
        self.window = TerminalWindow(
            self.events.append,
            (1080, 1920),
            now=lambda: NOON,
            monotonic_s=lambda: self.clock_s,
            page_painted=lambda step, key: self.painted.append((step, key)),
        )
        self.window.start()

    def show(self, view: ScreenView) -> None:
        """Render, paint, and let the page come alive."""
        self.window.render(view)
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.clock_s += 1

    def control(self, name: str) -> ControlInfo:
        return next(c for c in self.window.controls() if c.name == name)

    def widget(self, name: str) -> QWidget:
        return next(w for w in self.window.findChildren(QWidget) if control_name(w) == name and w.isVisible())

    def tap(self, name: str) -> None:
        x, y, width, height = self.control(name).rect
        handle = self.window.windowHandle()
        assert handle is not None
        QTest.mouseClick(
            handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(x + width // 2, y + height // 2)
        )

    def touched(self) -> list[str]:
        return [event.name for event in self.events if isinstance(event, Touched)]


@pytest.fixture
def terminal(qapp: QApplication) -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.window.allow_close()
    made.window.deleteLater()


def text_page(value: str = "", **more: object) -> ScreenView:
    field = FieldView("field.a.b", "a.b", "text", "Which room?", value, active=True, keyboard="latin", max_length=40)
    return ScreenView(
        "form", "form-a", "en", "Hall", "Which room?", FormBody((field,)),
        primary=Key("action.next", "Next", kind="primary"), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_tap_is_one_event_with_the_controls_name(terminal: Terminal) -> None:
    terminal.show(VIEWS["home"])
    terminal.tap("life.housing")
    assert terminal.touched() == ["life.housing"]


def test_every_touch_shows_a_hand_even_on_paper(terminal: Terminal) -> None:
    terminal.show(VIEWS["home"])
    handle = terminal.window.windowHandle()
    assert handle is not None
    QTest.mouseClick(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(300, 620))
    assert terminal.events == [HandSeen()]


def test_twenty_hasty_taps_are_one(terminal: Terminal) -> None:
    terminal.show(VIEWS["guide"])
    for _ in range(20):
        terminal.tap("action.next")
        terminal.clock_s += 0.1
    assert terminal.touched() == ["action.next"]
    terminal.clock_s += 0.4
    terminal.tap("action.next")
    assert terminal.touched() == ["action.next", "action.next"]


def test_the_first_page_of_a_start_takes_a_touch_at_once(terminal: Terminal) -> None:
    terminal.window.render(VIEWS["guide"])
    terminal.tap("action.next")
    assert terminal.touched() == ["action.next"]


def test_a_tap_right_after_a_wiped_page_does_not_count(terminal: Terminal) -> None:
    terminal.show(VIEWS["home"])
    terminal.window.wipe()
    terminal.window.render(VIEWS["guide"])
    terminal.tap("action.next")
    assert terminal.touched() == []


def test_a_tap_right_after_a_page_change_does_not_count(terminal: Terminal) -> None:
    terminal.show(VIEWS["home"])
    terminal.window.render(VIEWS["guide"])
    assert terminal.window.inert_ms_left() > 0
    terminal.tap("action.next")
    assert terminal.touched() == []
    terminal.clock_s += 0.4
    assert terminal.window.inert_ms_left() == 0
    terminal.tap("action.next")
    assert terminal.touched() == ["action.next"]


def test_letter_keys_are_never_deaf(terminal: Terminal) -> None:
    terminal.window.render(text_page())
    for _ in range(3):
        terminal.tap("key.a")
    assert [event.text for event in terminal.events if isinstance(event, Typed)] == ["a", "aa", "aaa"]


def test_a_press_that_slides_off_is_no_tap(terminal: Terminal) -> None:
    terminal.show(VIEWS["guide"])
    key = terminal.widget("action.next")
    QTest.mousePress(key, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(50, 50))
    QTest.mouseMove(key, QPoint(50, -80))
    QTest.mouseRelease(key, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(50, -80))
    assert terminal.touched() == []


def test_a_key_looks_pressed_at_once_and_sinks(terminal: Terminal) -> None:
    terminal.show(VIEWS["guide"])
    key = terminal.widget("action.next")
    before = key.grab().toImage()
    QTest.mousePress(key, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(50, 50))
    assert key.grab().toImage() != before
    QTest.mouseRelease(key, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(50, 50))


def test_a_tap_that_wipes_the_page_is_the_last_thing_its_key_does(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of a visit destroys the key while it still tells of the tap."""
    terminal.show(VIEWS["home"])
    key = terminal.widget("action.exit")
    faults: list[object] = []
    monkeypatch.setattr(sys, "excepthook", lambda *fault: faults.append(fault))
    assert isinstance(key, Pressable)
    key.tapped.connect(lambda name: terminal.window.wipe())
    terminal.tap("action.exit")
    assert not isValid(key)
    assert faults == []


def test_a_disabled_key_says_nothing(terminal: Terminal) -> None:
    terminal.show(VIEWS["sign"])
    assert not terminal.control("action.next").enabled
    terminal.tap("action.next")
    assert terminal.touched() == []


def test_markup_from_outside_is_shown_as_text(terminal: Terminal) -> None:
    view = ScreenView(
        "review", "x", "en", PAYLOAD, PAYLOAD, RowsBody((Row(PAYLOAD, PAYLOAD, PAYLOAD),)), who=PAYLOAD,
        lead=PAYLOAD, why=PAYLOAD, back=Key("action.back", PAYLOAD),
    )  # fmt: skip
    terminal.show(view)
    shown = [c for c in terminal.window.controls() if PAYLOAD in c.text]
    assert len(shown) >= 7
    assert terminal.window.findChildren(QLabel) == []
    assert all(c.contextMenuPolicy() == Qt.ContextMenuPolicy.NoContextMenu for c in terminal.window.findChildren(Label))


def test_typed_text_and_keyboard_stay_when_the_page_is_rendered_again(terminal: Terminal) -> None:
    terminal.show(text_page())
    for letter in "room":
        terminal.tap(f"key.{letter}")
    keyboard = terminal.widget("key.a").parentWidget()
    terminal.show(text_page("ro"))  # a view that is older than the last keys
    assert terminal.control("field.a.b").text == "room"
    terminal.show(replace(text_page("room"), why="Something new on the page"))
    assert terminal.control("field.a.b").text == "room"
    assert terminal.widget("key.a").parentWidget() is keyboard
    terminal.tap("key.s")
    assert terminal.events[-1] == Typed("a.b", "rooms")


def test_the_flow_can_replace_what_stands_in_a_field(terminal: Terminal) -> None:
    terminal.show(text_page("kept"))
    terminal.show(text_page("ROOM 502"))
    assert terminal.control("field.a.b").text == "ROOM 502"


def test_another_key_gives_a_fresh_page(terminal: Terminal) -> None:
    terminal.show(text_page("one"))
    first = terminal.window.screen_widget()
    terminal.show(replace(text_page("two"), key="form-b"))
    assert terminal.window.screen_widget() is not first
    assert terminal.control("field.a.b").text == "two"


def test_wiping_leaves_no_text_no_widget_and_no_clipboard(terminal: Terminal) -> None:
    terminal.show(text_page("secret 4711"))
    box = terminal.window.findChildren(FieldBox)[0]
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("secret")
    terminal.window.wipe()
    assert terminal.window.controls() == ()
    assert terminal.window.findChildren(QWidget) == []
    assert clipboard.text() == ""
    try:
        left = box.text()
    except RuntimeError:  # the widget is gone altogether
        left = ""
    assert left == ""
    terminal.show(VIEWS["attract-night"])
    assert terminal.control("action.start").enabled


def test_the_countdown_replaces_the_page_and_only_the_number_moves(terminal: Terminal) -> None:
    terminal.show(text_page("secret 4711"))
    idle = VIEWS["idle"]
    assert idle.overlay is not None
    terminal.show(replace(text_page("secret 4711"), overlay=idle.overlay))
    texts = [c.text for c in terminal.window.controls()]
    assert "28" in texts
    assert not any("secret" in text for text in texts)
    screen = terminal.window.screen_widget()
    terminal.show(replace(text_page(""), overlay=replace(idle.overlay, seconds_left=27)))
    assert terminal.window.screen_widget() is screen
    assert "27" in [c.text for c in terminal.window.controls()]


def test_the_whole_attract_page_starts_but_the_staff_corner_does_not(terminal: Terminal) -> None:
    terminal.show(VIEWS["attract-night"])
    handle = terminal.window.windowHandle()
    assert handle is not None
    QTest.mouseClick(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(500, 1000))
    assert terminal.touched() == ["action.start"]
    for _ in range(5):
        terminal.tap("staff.corner")
    assert terminal.touched() == ["action.start"] + ["staff.corner"] * 5


def test_a_masked_value_is_shown_only_while_the_eye_is_held(terminal: Terminal) -> None:
    terminal.show(VIEWS["prefilled"])
    eye = next(c for c in terminal.window.controls() if c.name.startswith("reveal."))
    key = terminal.widget(eye.name)

    def visible() -> bool:
        return any("339005199104162416" in c.text for c in terminal.window.controls())

    assert not visible()
    QTest.mousePress(key, Qt.MouseButton.LeftButton)
    assert visible()
    QTest.mouseRelease(key, Qt.MouseButton.LeftButton)
    assert not visible()


def test_the_first_paint_of_each_page_is_told_once(terminal: Terminal) -> None:
    terminal.show(VIEWS["home"])
    QApplication.processEvents()
    terminal.show(VIEWS["home"])
    QApplication.processEvents()
    assert terminal.painted == [("home", "home-False")]
    terminal.show(VIEWS["guide"])
    QApplication.processEvents()
    assert terminal.painted == [("home", "home-False"), ("guide", "guide-True")]


def test_nothing_but_the_program_closes_the_window(terminal: Terminal) -> None:
    terminal.show(VIEWS["home"])
    assert not terminal.window.close()
    assert terminal.window.isVisible()


def test_painting_and_counting_down_do_not_drift_the_references_to_none(terminal: Terminal) -> None:
    """A Qt binding that loses a reference in each void call ends the process after some thousand of them."""
    idle = VIEWS["idle"]
    assert idle.overlay is not None

    def count_down(times: int) -> None:
        for second in range(times):
            terminal.show(replace(text_page(), overlay=replace(idle.overlay, seconds_left=second % 60)))

    count_down(20)
    gc.collect()
    before = sys.getrefcount(None)
    count_down(600)
    gc.collect()
    assert abs(sys.getrefcount(None) - before) < 100


def test_pages_come_and_go_without_losing_references_to_none(terminal: Terminal) -> None:
    pages = (VIEWS["home"], VIEWS["guide"])
    for number in range(6):
        terminal.show(pages[number % 2])
    before = sys.getrefcount(None)
    for number in range(60):
        terminal.show(pages[number % 2])
    assert sys.getrefcount(None) > before - 100


def test_what_a_plugged_in_keyboard_types_reaches_no_field_and_is_no_hand(terminal: Terminal) -> None:
    terminal.show(text_page(""))
    before = len(terminal.events)
    handle = terminal.window.windowHandle()
    assert handle is not None
    for char in "https://evil.example\r":
        key = Qt.Key.Key_Return if char == "\r" else Qt.Key(ord(char.upper()))
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(handle, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, char))
    for shortcut in (Qt.Key.Key_Q, Qt.Key.Key_Tab, Qt.Key.Key_F4):
        QTest.keyClick(handle, shortcut, Qt.KeyboardModifier.ControlModifier)
    QApplication.processEvents()
    assert terminal.events[before:] == []
    assert terminal.window.isVisible()
