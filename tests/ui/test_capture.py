"""The page with the camera: pictures come ten times a second, and nothing of that is felt under a finger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from kiosk.flow.events import Touched, UiEvent
from kiosk.flow.view import CaptureBody, ScreenView
from ui.gallery.drawn import seen_jpeg
from ui.gallery.pages import NOON, samples
from ui.host import TerminalWindow
from ui.kit.controls import control_name
from ui.kit.live import LivePicture
from ui.kit.progress import BusyBar

VIEWS = dict(samples("en"))


class Terminal:
    """A window, what it said, and a clock that a test moves."""

    def __init__(self) -> None:
        self.events: list[UiEvent] = []
        self.clock_s = 100.0
        self.window = TerminalWindow(
            self.events.append, (1080, 1920), now=lambda: NOON, monotonic_s=lambda: self.clock_s
        )
        self.window.start()

    def show(self, view: ScreenView) -> None:
        self.window.render(view)
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.clock_s += 1

    def middle(self, name: str) -> QPoint:
        x, y, width, height = next(c for c in self.window.controls() if c.name == name).rect
        return QPoint(x + width // 2, y + height // 2)

    def touches(self) -> list[str]:
        return [event.name for event in self.events if isinstance(event, Touched)]


@pytest.fixture
def terminal(qapp: QApplication) -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.window.allow_close()


def page(name: str, **changes: object) -> ScreenView:
    view = replace(VIEWS[name], key="capture")
    assert isinstance(view.body, CaptureBody)
    return replace(view, body=replace(view.body, **changes))  # type: ignore[arg-type]


class Painted(QObject):
    """Where a widget was asked to paint itself."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.rects: list[QRect] = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.rects.append(event.rect())
        return False


def test_a_new_picture_is_painted_alone(terminal: Terminal) -> None:
    terminal.show(page("capture-looking"))
    screen = terminal.window.screen_widget()
    assert screen is not None
    live = screen.findChild(LivePicture)
    assert live is not None
    before = terminal.window.picture()
    QApplication.processEvents()
    painted = Painted(screen)
    terminal.show(page("capture-looking", picture=seen_jpeg(True)))
    assert screen.findChild(LivePicture) is live
    assert painted.rects
    assert all(live.geometry().contains(rect) for rect in painted.rects)
    assert terminal.window.picture() != before


@pytest.mark.parametrize("name", ["capture.other", "action.back", "action.help"])
def test_a_finger_on_a_key_is_not_lost_when_the_camera_says_something_else(terminal: Terminal, name: str) -> None:
    terminal.show(page("capture-looking"))
    handle = terminal.window.windowHandle()
    assert handle is not None
    at = terminal.middle(name)
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    terminal.show(page("capture-glare"))
    terminal.show(page("capture-steady"))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert terminal.touches() == [name]


def test_the_bar_goes_on_from_lying_still_to_straightening(terminal: Terminal) -> None:
    terminal.show(page("capture-steady"))
    bar = terminal.window.findChild(BusyBar)
    assert bar is not None
    terminal.show(page("capture-straightening"))
    assert terminal.window.findChild(BusyBar) is bar
    terminal.show(page("capture-looking"))
    assert terminal.window.findChild(BusyBar) is None


def test_a_picture_that_is_none_leaves_the_page_standing(terminal: Terminal) -> None:
    terminal.show(page("capture-looking", picture=b"no picture at all"))
    terminal.show(page("capture-taken", picture=b"no picture at all"))
    assert "capture.use" in [control_name(w) for w in terminal.window.findChildren(QWidget) if w.isVisible()]


def test_a_wiped_window_holds_no_picture(terminal: Terminal) -> None:
    terminal.show(page("capture-looking"))
    terminal.window.wipe()
    assert terminal.window.findChild(LivePicture) is None
