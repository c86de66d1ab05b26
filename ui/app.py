"""The Qt application: one event loop, timers for everyone who has none, and the fonts.

Only this package knows Qt, so the rest of the program gets its clock ticks and its way into the main thread here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from ui.kit.theme import chinese_family

NO_CHINESE_FONT = (
    "No Chinese font is installed, so pages would show empty boxes. Install one, e.g. "
    "`apt-get install fonts-noto-cjk fonts-noto-core`, and start again. / 没有安装中文字体。"
)


class NoChineseFont(Exception):
    """The terminal cannot show its pages; ``str()`` says what to install."""


def without_input_method() -> None:
    """The system's input method and its window would stand beside ours, whatever this machine's session asks for."""
    os.environ["QT_IM_MODULE"] = "compose"
    os.environ.pop("QT_IM_MODULES", None)  # Qt would look there first


class _Poster(QObject):
    """Belongs to the application, with the timers below it: none of them may be destroyed by another thread."""

    posted = Signal(object)

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self.posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def _run(self, work: Callable[[], None]) -> None:
        work()


class QtLoop:
    """The event loop of the terminal.

    ``platform`` is the Qt platform (``offscreen``, ``xcb``, …), or ``None`` for what the environment says. Raises
    :class:`NoChineseFont` when no installed font draws Chinese.
    """

    def __init__(self, platform: str | None = None) -> None:
        there = QApplication.instance()
        if isinstance(there, QApplication):
            self.application = there
        else:
            if platform is not None:
                os.environ["QT_QPA_PLATFORM"] = platform
            without_input_method()
            self.application = QApplication(sys.argv[:1])
        self.application.setQuitOnLastWindowClosed(False)
        if chinese_family() is None:
            raise NoChineseFont(NO_CHINESE_FONT)
        self._poster = _Poster(self.application)

    def every(self, interval_ms: int, work: Callable[[], None]) -> Callable[[], None]:
        """Run ``work`` in the main thread every ``interval_ms``; the answer stops it."""
        timer = QTimer(self._poster)
        timer.setInterval(interval_ms)
        timer.timeout.connect(work)
        timer.start()

        def cancel() -> None:
            timer.stop()
            timer.deleteLater()

        return cancel

    def after(self, delay_ms: int, work: Callable[[], None]) -> Callable[[], None]:
        """Run ``work`` once in the main thread after ``delay_ms``; the answer calls it off."""
        timer = QTimer(self._poster)
        timer.setSingleShot(True)
        timer.setInterval(delay_ms)

        def run() -> None:
            timer.deleteLater()
            work()

        # Connected to a slot of Qt's own, as `timer.deleteLater` is, PySide keeps some bytes for ever each time.
        timer.timeout.connect(run)
        timer.start()

        def call_off() -> None:
            # A timer that has run is gone; calling it off then is nothing to fail over.
            if isValid(timer):
                timer.stop()
                timer.deleteLater()

        return call_off

    def post(self, work: Callable[[], None]) -> None:
        """Run ``work`` in the main thread soon; may be called from any thread."""
        self._poster.posted.emit(work)

    def run(self) -> int:
        """Run until :meth:`quit`; gives back its code."""
        return self.application.exec()

    def quit(self, code: int = 0) -> None:
        """End :meth:`run`; may be called from any thread."""
        self.post(lambda: self.application.exit(code))
