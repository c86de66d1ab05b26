"""A page with a docked keyboard that writes into a field."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from kiosk.flow.events import Typed
from kiosk.flow.view import FieldView
from ui.keyboard.widget import KeyboardWidget
from ui.kit.field_box import FieldBox
from ui.kit.label import Label
from ui.kit.words import count_line
from ui.screens.base import BodyT, Screen


class TypingScreen(Screen[BodyT]):
    """A page with a docked keyboard that writes into one field box."""

    box: FieldBox | None = None
    count: Label | None = None
    _path = ""
    _limit = 100

    def dock(self, top: float, field: FieldView) -> KeyboardWidget:
        """The keyboard on its band, from ``top`` down to the counter; the one in use stays."""
        left = self.frame.column.width
        bottom = self.frame.counter.top

        def band(painter: QPainter) -> None:
            width = self.frame.width - left
            painter.fillRect(QRectF(left, top, width, bottom - top), self.theme.colour("info_fill"))
            painter.fillRect(QRectF(left, top, width, 3), self.theme.colour("band_line"))

        self.paint(band)
        fresh = "keyboard" not in self.kept
        keyboard = self.keep("keyboard", lambda: KeyboardWidget(self, self.theme))
        # Keys begin no higher than anything else that is pressed.
        first = max(top + 8, min(top + 20, self.touch_top)) if self.frame.low else top + 20
        x, width = (self.left, self.wide) if self.frame.beside else (24.0, self.frame.width - 48)
        self.place(keyboard, x, first, width, bottom - first - (12 if self.frame.beside else 20))
        if fresh:
            self._sent: deque[str] = deque(maxlen=64)
            keyboard.text_changed.connect(self._typed)
            keyboard.composing_changed.connect(self._composing)
        if field.path != self._path:
            keyboard.reset()
            self._sent.clear()
        self._path, self._limit = field.path, field.max_length
        keyboard.set_mode(field.keyboard, self.view.language)
        keyboard.set_multiline(field.kind == "long_text")
        keyboard.set_limit(field.max_length)
        self._take_value(keyboard, field.value)
        return keyboard

    def _take_value(self, keyboard: KeyboardWidget, value: str) -> None:
        """A view may be older than the last key: values this page sent itself never overwrite what stands there."""
        if value != keyboard.text() and value not in self._sent:
            keyboard.set_text(value)
        self._show(keyboard.text())

    def _show(self, text: str) -> None:
        if self.box is not None:
            self.box.set_text(text)
        if self.count is not None:
            self.count.set_text(count_line(len(text), self._limit, self.view.language))

    def _typed(self, text: str) -> None:
        self._sent.append(text)
        self._show(text)
        self.context.emit(Typed(self._path, text))

    def _composing(self, composing: str) -> None:
        if self.box is not None:
            self.box.set_composing(composing)

    def keyboard(self) -> KeyboardWidget | None:
        """The keyboard in use."""
        there = self.kept.get("keyboard")
        return there if isinstance(there, KeyboardWidget) else None

    def tapped(self, name: str) -> None:
        """What is being composed is taken before anything else happens, so that nothing visible is lost."""
        keyboard = self.keyboard()
        if keyboard is not None and keyboard.composing():
            keyboard.settle()
        super().tapped(name)

    def wipe(self) -> None:
        """Overwrite the editors."""
        keyboard = self.keyboard()
        if keyboard is not None:
            keyboard.blockSignals(True)
            keyboard.set_text("")
            keyboard.reset()
        for box in self.findChildren(FieldBox):
            box.wipe()
        if hasattr(self, "_sent"):
            self._sent.clear()

    def field_box(
        self, field: FieldView, x: float, y: float, width: float, height: float, *, active: bool, lines: int = 1
    ) -> FieldBox:
        """A box for one field."""
        box = FieldBox(self, self.theme, field.name, field.label, lines=lines)
        example = "" if active else field.example or ""
        box.set_look(active=active, error=field.error is not None, placeholder=example, masked=field.masked)
        self.add(box, x, y, width, height)
        return box
