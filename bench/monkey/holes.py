"""Ways out and faults that a terminal must not have, opened on purpose: a monkey that does not find them is blind."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QWidget  # noqa: TID251  the hole itself

from kiosk.app.compose import Terminal

STALL_S: Final = 0.4
GROWTH_BYTES: Final = 24 << 20
_STYLE: Final = "background: white; color: black; font-size: 60px"


class _Listener(QObject):
    """Hears every event of the program before anybody else."""

    def __init__(self, heard: Callable[[QEvent], None]) -> None:
        super().__init__(QApplication.instance())
        self._heard = heard
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Holds nothing back."""
        if watched.isWindowType():
            self._heard(event)
        return False


def _menu(terminal: Terminal) -> Sequence[QWidget]:
    """A line to type in as Qt makes it: the right button opens a menu."""
    line = QLineEdit("text", terminal.window)
    return [_placed(line, 0)]


def _link(terminal: Terminal) -> Sequence[QWidget]:
    """A label whose link starts a browser."""
    label = QLabel('<a href="https://example.org/">example.org example.org example.org</a>', terminal.window)
    label.setOpenExternalLinks(True)
    return [_placed(label, 1)]


def _tooltip(terminal: Terminal) -> Sequence[QWidget]:
    """A word that comes up where a pointer rests."""
    terminal.window.setToolTip("tip")
    return []


def _dialog(terminal: Terminal) -> Sequence[QWidget]:
    """A function key opens a dialog for files."""
    dialogs: list[QFileDialog] = []

    def heard(event: QEvent) -> None:
        if isinstance(event, QKeyEvent) and Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F12 and not dialogs:
            dialogs.append(QFileDialog())
            dialogs[0].setOption(QFileDialog.Option.DontUseNativeDialog)
            dialogs[0].show()

    _Listener(heard)
    return []


def _selection(terminal: Terminal) -> Sequence[QWidget]:
    """A turn of the wheel copies."""

    def heard(event: QEvent) -> None:
        if event.type() == QEvent.Type.Wheel:
            QGuiApplication.clipboard().setText("copied")

    _Listener(heard)
    return []


def _each_press(act: Callable[[int], None], every: int) -> Sequence[QWidget]:
    presses = 0

    def heard(event: QEvent) -> None:
        nonlocal presses
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            presses += 1
            if presses % every == 0:
                act(presses)

    _Listener(heard)
    return []


def _stall(terminal: Terminal) -> Sequence[QWidget]:
    """The screen loop waits for something."""
    return _each_press(lambda _: time.sleep(STALL_S), 7)


def _child(terminal: Terminal) -> Sequence[QWidget]:
    """Another program is started."""
    return _each_press(lambda _: _keep(subprocess.Popen(["sleep", "20"])), 11)


def _memory(terminal: Terminal) -> Sequence[QWidget]:
    """Something is never let go."""
    return _each_press(lambda _: _keep(b"x" * GROWTH_BYTES), 5)


def _close(terminal: Terminal) -> Sequence[QWidget]:
    """The window goes when it is asked to."""
    terminal.window._demo = True
    return []


def _crash(terminal: Terminal) -> Sequence[QWidget]:
    """A fault that nobody caught."""

    def fail(number: int) -> None:
        raise RuntimeError("on purpose")

    return _each_press(fail, 9)


_KEPT: list[object] = []
_keep = _KEPT.append

HOLES: Final[Mapping[str, Callable[[Terminal], Sequence[QWidget]]]] = {
    "menu": _menu,
    "link": _link,
    "tooltip": _tooltip,
    "dialog": _dialog,
    "selection": _selection,
    "stall": _stall,
    "child": _child,
    "memory": _memory,
    "close": _close,
    "crash": _crash,
}


def opened(terminal: Terminal, names: Sequence[str]) -> list[QWidget]:
    """Open these holes; what a finger has to hit for it."""
    return [widget for name in names for widget in HOLES[name](terminal)]


def _placed(widget: QWidget, place: int) -> QWidget:
    widget.setStyleSheet(_STYLE)
    widget.setGeometry(100, 300 + 160 * place, 800, 120)
    widget.show()
    return widget
