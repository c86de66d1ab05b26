"""The field of a form: what is written, what is being composed, the caret; it does not take keys itself."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.kit.controls import Described
from ui.kit.keys import Pressable
from ui.kit.paint import paint_card
from ui.kit.text import SetText, fit_text, set_text, steps_down
from ui.kit.theme import Theme
from ui.kit.tokens import EDGE_PX, RADIUS_PX


class FieldBox(Pressable):
    """Committed text in bold, pinyin underlined after it, a caret while it is active, a clay edge with an error.

    Long texts break into lines and show their end. The value is personal: :meth:`wipe` forgets it.
    """

    def __init__(self, parent: QWidget, theme: Theme, name: str, accessible: str, *, lines: int = 1) -> None:
        super().__init__(parent, theme, name, "field", accessible)
        self._text = ""
        self._composing = ""
        self._placeholder = ""
        self._lines = lines
        self._active = False
        self._error = False
        self._masked = False

    def text(self) -> str:
        """The committed text."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show this committed text."""
        if text != self._text:
            self._text = text
            self.update()

    def set_composing(self, composing: str) -> None:
        """Show what is being composed after the text."""
        if composing != self._composing:
            self._composing = composing
            self.update()

    def set_look(self, *, active: bool, error: bool, placeholder: str = "", masked: bool = False) -> None:
        """Whether it is the one being written, whether it is wrong, what stands there while it is empty, and whether
        the text is a secret: then a dot stands for each character, on the screen and in its description."""
        self._active, self._error, self._placeholder, self._masked = active, error, placeholder, masked
        self.setProperty("active", active)
        self.update()

    def wipe(self) -> None:
        """Forget the value."""
        self._text = self._composing = ""
        self.update()

    def _seen(self) -> str:
        return "•" * len(self._text) if self._masked else self._text

    def _room(self) -> tuple[float, float]:
        scale = self.theme.scale
        return self.width() - 64 * scale, self.height() - 24 * scale

    def _setting(self) -> SetText:
        """The whole (text and composition) in the largest size that fits; the last lines when none does."""
        width, height = self._room()
        whole = self._seen() + (" " if self._text and self._composing else "") + self._composing
        if self._lines == 1:
            return fit_text(whole, self.theme, "key", width, height, bold=True, max_lines=2)
        setting = set_text(whole, self.theme, "lead", width, bold=True)
        for step in steps_down("lead", "body"):
            setting = set_text(whole, self.theme, step, width, bold=True)
            if setting.height_px <= height:
                break
        return setting

    def described(self) -> Described:
        """What is painted now."""
        empty = not self._text and not self._composing
        ink = "ink_secondary" if empty else "ink"
        size = self.theme.font("body").pixelSize() if empty else self._setting().font_px
        return Described(
            self._seen() or (self._placeholder if empty else ""), size, self.theme.hex(ink), self.theme.hex("surface")
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint edge, text, composition and caret."""
        theme, scale = self.theme, self.theme.scale
        painter = QPainter(self)
        edge, width = "key_edge", EDGE_PX["key"]
        if self._error:
            edge, width = "caution", EDGE_PX["selected"]
        elif self._active:
            edge, width = "primary", EDGE_PX["selected"]
        fill = "key_pressed" if self.pressed else "surface"
        paint_card(painter, theme, QRectF(self.rect()), fill, edge, line_px=width, radius_px=RADIUS_PX["field"])
        room, height = self._room()
        left, top = 32 * scale, 12 * scale
        painter.setClipRect(QRectF(0, top, self.width(), height))
        if not self._text and not self._composing:
            if self._placeholder:
                ghost = fit_text(self._placeholder, theme, "body", room - 16 * scale, height, bold=False, max_lines=2)
                y = top + (height - ghost.height_px) / 2 if self._lines == 1 else top
                ghost.draw(painter, left + 16 * scale, y, room, theme.colour("ink_secondary"))
            y = top + height / 2 if self._lines == 1 else top + 36 * scale
            self._caret(painter, left, y)
            return
        setting = self._setting()
        y = top + (height - setting.height_px) / 2 if self._lines == 1 else top
        if setting.height_px > height:
            y = top + height - setting.height_px
        setting.draw(painter, left, y, room, theme.colour("ink"))
        last = len(setting.lines) - 1
        line_y = y + last * setting.line_height_px
        end = left + setting.widths[-1]
        if self._composing:
            metrics = QFontMetricsF(setting.font)
            start = end - min(metrics.horizontalAdvance(self._composing), setting.widths[-1])
            # The composition is told from the text by colour and underline.
            painter.fillRect(QRectF(start, line_y, end - start, setting.line_height_px), theme.colour("surface"))
            tail = setting.lines[-1][-len(self._composing) :]
            part = SetText(tail, setting.step, setting.font, setting.line_height_px, (tail,), (end - start,), fits=True)
            part.draw(painter, start, line_y, end - start, theme.colour("accent_text"))
            under = line_y + setting.line_height_px - 6 * scale
            painter.setPen(QPen(QColor(theme.hex("accent_text")), 4 * scale))
            painter.drawLine(round(start), round(under), round(end), round(under))
        self._caret(painter, end + 6 * scale, line_y + setting.line_height_px / 2)

    def _caret(self, painter: QPainter, x: float, middle: float) -> None:
        if not self._active:
            return
        scale = self.theme.scale
        tall = 64 * scale if self._lines == 1 else 48 * scale
        painter.fillRect(QRectF(x, middle - tall / 2, 5 * scale, tall), self.theme.colour("ink"))
