"""The window of the terminal: shows one view at a time and says what the hand did. It decides nothing.

A view with another key (or language, or overlay) gets a fresh page; the same key is updated in place, so that typing,
composing and signing go on. Each shape of panel has a frame of its own (:mod:`ui.kit.frame`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QGuiApplication,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmapCache,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from kiosk.flow.events import HandSeen, UiEvent
from kiosk.flow.view import ScreenView
from ui.keypad import Keypad
from ui.kit.controls import ControlInfo, TouchGate, control_name, control_of, let_go
from ui.kit.frame import Frame, frame_for
from ui.kit.keys import Pressable
from ui.kit.label import Label
from ui.kit.theme import Theme
from ui.screens.base import Context, Screen
from ui.screens.build import PageId, build_screen, page_id, shown

CLOCK_LOOK_MS = 1000
_KEYBOARD = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.KeyRelease,
        QEvent.Type.Shortcut,
        QEvent.Type.ShortcutOverride,
        QEvent.Type.InputMethod,
    }
)


def _local_now() -> datetime:
    return datetime.now().astimezone()


class TerminalWindow(QWidget):
    """See the module. ``size`` is width, height in pixels; ``None`` is frameless full screen.

    ``on_event`` gets every :data:`kiosk.flow.events.UiEvent`, in the main thread. ``page_painted(step, key)`` is called
    after a page was painted for the first time. ``now`` is the clock of the status strip (aware, local);
    ``monotonic_s`` is that of the touch gate. ``on_closed`` is told when the window went: only the program closes it,
    but in a demo a person may. ``panel_width_mm`` is how wide the lit panel is; 0 where nobody said.
    """

    def __init__(
        self,
        on_event: Callable[[UiEvent], None],
        size: tuple[int, int] | None = None,
        *,
        demo: bool = False,
        now: Callable[[], datetime] = _local_now,
        monotonic_s: Callable[[], float] = monotonic,
        page_painted: Callable[[str, str], None] | None = None,
        on_closed: Callable[[], None] | None = None,
        panel_width_mm: int = 0,
    ) -> None:
        super().__init__()
        self._on_event = on_event
        self._size = size
        self._demo = demo
        self._page_painted = page_painted
        self._on_closed = on_closed
        self._panel_width_mm = panel_width_mm
        self._gate = TouchGate(monotonic_s)
        self._context = Context(emit=self.tell, gate=self._gate, now=now, painted=self._screen_painted)
        self._screen: Screen[Any] | None = None
        self._built_for = QSize()
        self._view: ScreenView | None = None
        self._id: PageId | None = None
        self._may_close = False
        self._keypad = Keypad(self)
        self.setObjectName("terminal")
        self.setWindowTitle("Terminal")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        if size is None:
            self.setWindowFlags(Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint)
            if not demo:
                self.setCursor(Qt.CursorShape.BlankCursor)
            # Before the first page is built, so that it is built once; and on a display without a window manager
            # nobody else makes the window as large as the panel.
            panel = QGuiApplication.primaryScreen()
            if panel is not None:
                self.setGeometry(panel.geometry())
        else:
            self.setFixedSize(*size)
        self._clock = QTimer(self)
        self._clock.setInterval(CLOCK_LOOK_MS)
        self._clock.timeout.connect(self._tick)
        self._clock.start()

    # ---- showing

    def start(self) -> None:
        """Put the window on the panel."""
        if self._size is None:
            self.showFullScreen()
        else:
            self.show()

    def render(self, view: ScreenView) -> None:  # type: ignore[override]
        """Show a view: a fresh page when it is another one, in place otherwise."""
        fresh = page_id(view)
        self._view = view
        if self._screen is not None and fresh == self._id:
            self._screen.render_view(view, shown(view))
            self._keypad.shown(fresh[:3])
            return
        # A hand may still press what stood there before; but before the first page stood nothing, and turning a mode on
        # changes how the page looks, not what it asks: the next touch may be the next mode.
        if self._id is not None and fresh[:3] != self._id[:3]:
            self._gate.page_changed()
        self._id = fresh
        self._show_fresh(view)
        self._keypad.shown(fresh[:3])

    def _show_fresh(self, view: ScreenView) -> None:
        old = self._screen
        theme = Theme(
            scale=self._frame(False).scale, language=view.language, large=view.modes.elder, contrast=view.modes.contrast
        )
        screen = build_screen(self, theme, self._frame, view, self._context)
        self._screen, self._built_for = screen, self.size()
        self._centre(screen)
        screen.show()
        screen.raise_()
        if old is not None:
            old.wipe()
            let_go(old)

    def _frame(self, low: bool) -> Frame:
        px_per_mm = self.width() / self._panel_width_mm if self._panel_width_mm else None
        return frame_for(self.width(), self.height(), px_per_mm=px_per_mm, low=low)

    def _centre(self, screen: QWidget) -> None:
        screen.move((self.width() - screen.width()) // 2, (self.height() - screen.height()) // 2)

    def wipe(self) -> None:
        """Destroy what the last resident saw: page, editors, pixmaps and clipboard. A view must be rendered next."""
        self._gate.page_changed()
        if self._screen is not None:
            self._screen.wipe()
            let_go(self._screen)
        self._screen = self._view = self._id = None
        self._keypad.forget()
        QPixmapCache.clear()
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.clear()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.update()

    # ---- seeing

    def controls(self) -> tuple[ControlInfo, ...]:
        """Everything visible, top first: keys, choices, fields and texts."""
        found = [
            info
            for widget in self.findChildren(QWidget)
            if widget.isVisibleTo(self) and (info := control_of(widget, self)) is not None
        ]
        return tuple(sorted(found, key=lambda info: (info.rect[1], info.rect[0], info.name)))

    def writing(self) -> frozenset[str]:
        """The fields that are being written: their keyboard is pressed, not they."""
        return frozenset(
            control_name(child) for child in self.findChildren(QWidget) if child.property("active") is True
        )

    def clipped(self) -> tuple[str, ...]:
        """The words that do not fit where they stand, of every text and key that can be seen."""
        parts = [part for part in self.findChildren(QWidget) if isinstance(part, Label | Pressable)]
        return tuple(part.accessibleName() for part in parts if part.isVisibleTo(self) and part.clipped())

    def view(self) -> ScreenView | None:
        """The view on the panel."""
        return self._view

    def screen_widget(self) -> Screen[Any] | None:
        """The page on the panel."""
        return self._screen

    def inert_ms_left(self) -> int:
        """How long the keys of this page are still deaf (letter keys never are)."""
        return self._gate.left_ms()

    def picture(self) -> QImage:
        """The window as it is painted now."""
        return self.grab().toImage()

    @property
    def keypad(self) -> Keypad:
        """The four buttons, for whoever hears them."""
        return self._keypad

    def tell(self, event: UiEvent) -> None:
        """What a hand did, to whoever decides."""
        self._on_event(event)

    # ---- Qt

    def _tick(self) -> None:
        if self._screen is not None:
            self._screen.tick()

    def _screen_painted(self) -> None:
        """The page was painted for the first time; told after the frame is out."""
        if self._page_painted is None or self._view is None:
            return
        tell, step, key = self._page_painted, self._view.step, self._view.key
        QTimer.singleShot(0, lambda: tell(step, key))

    def showEvent(self, event: QShowEvent) -> None:
        """From now on touches are seen where they enter the window."""
        handle = self.windowHandle()
        if handle is not None:
            handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Any touch on the panel is a hand; what a keyboard says is nobody.

        A terminal has no keyboard. A "keyboard" that was plugged in is a scanner or worse that types into whatever is
        open: its keys end here, before any page, and do not keep a session alive.
        """
        kind = event.type()
        if kind in _KEYBOARD:
            return True
        if kind == QEvent.Type.TouchBegin or (
            kind == QEvent.Type.MouseButtonPress
            and isinstance(event, QMouseEvent)
            # A touch comes again as a mouse press that Qt made of it.
            and event.source() == Qt.MouseEventSource.MouseEventNotSynthesized
        ):
            self._on_event(HandSeen())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Nothing is there yet, or a page is a pixel short of its window."""
        if self._screen is not None and self._screen.geometry().contains(self.rect()):
            return  # it paints all of it
        painter = QPainter(self)
        painter.fillRect(event.rect(), Theme().colour("rail"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another panel size: the page is built anew at its scale. Showing a window tells its size once more."""
        if self._view is not None and self._screen is not None and self.size() != self._built_for:
            self._show_fresh(self._view)

    def allow_close(self) -> None:
        """The program ends: the next close is taken, and no other thread gets to destroy the window and its clock."""
        self._may_close = True
        self.close()
        self._clock.stop()
        let_go(self)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Only the program closes its window."""
        if self._may_close or self._demo:
            event.accept()
            if self._on_closed is not None:
                self._on_closed()
        else:
            event.ignore()
