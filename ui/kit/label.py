"""Plain text on a page."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.kit.controls import Described, mark_control
from ui.kit.text import Align, SetText, fit_text
from ui.kit.theme import Theme


class Label(QWidget):
    """Plain text in a box: never markup, never selectable, one size smaller when it would be clipped. A ``modest`` one
    (the machine's own strip) does without larger type where it has no room, rather than keep its page's type down.
    """

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        text: str,
        step: str = "body",
        *,
        bold: bool | None = None,
        colour: str = "ink",
        ground: str = "paper",
        align: Align = "left",
        middle: bool = False,
        max_lines: int | None = None,
        balance: bool = False,
        smallest: str = "caption",
        tight: bool = False,
        elide: bool = False,
        modest: bool = False,
    ) -> None:
        super().__init__(parent)
        self._tight, self._elide, self._modest = tight, elide, modest
        self._theme, self._text, self._step, self._bold = theme, text, step, bold
        self._colour, self._ground, self._align, self._middle = colour, ground, align, middle
        self._max_lines, self._balance, self._smallest = max_lines, balance, smallest
        self._set: SetText | None = None
        self._set_for = (0, 0)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        mark_control(self, "", "text", text)

    def text(self) -> str:
        """The text it shows."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text, self._set = text, None
            self.setAccessibleName(text)
            self.update()

    def lines(self) -> SetText:
        """The text as it is set in the widget's present size."""
        size = (self.width(), self.height())
        if self._set is None or self._set_for != size:
            self._set_for = size
            self._set = self._fitted(self._theme)
            if self._modest and (not self._set.fits or _cut(self._set)):
                self._set = self._fitted(self._theme.grown(0.0))
        return self._set

    def _fitted(self, theme: Theme) -> SetText:
        return fit_text(
            self._text,
            theme,
            self._step,
            self.width(),
            self.height(),
            bold=self._bold,
            max_lines=self._max_lines,
            balance=self._balance,
            smallest=self._smallest,
            tight=self._tight,
            elide=self._elide,
        )

    def clipped(self) -> bool:
        """True when even the smallest size does not fit."""
        return not self.lines().fits

    def shortened(self) -> bool:
        """True when the text ends with an ellipsis that it does not have, and more room or smaller type would help."""
        return not self._modest and _cut(self.lines())

    def words_box(self) -> QRectF:
        """What the words cover in the parent, without the space between lines above and below them."""
        lines = self.lines()
        air = (lines.line_height_px - lines.font_px) / 2
        top = self.y() + ((self.height() - lines.height_px) / 2 if self._middle else 0.0)
        left = {"left": 0.0, "center": (self.width() - lines.width_px) / 2, "right": self.width() - lines.width_px}
        return QRectF(self.x() + left[self._align], top + air, lines.width_px, lines.height_px - 2 * air)

    def described(self) -> Described:
        """What is painted now."""
        lines = self.lines()
        return Described(self._text, lines.font_px, self._theme.hex(self._colour), self._theme.hex(self._ground))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines."""
        lines = self.lines()
        painter = QPainter(self)
        top = (self.height() - lines.height_px) / 2 if self._middle else 0.0
        lines.draw(painter, 0, top, self.width(), self._theme.colour(self._colour), self._align)


def _cut(lines: SetText) -> bool:
    return bool(lines.lines) and lines.lines[-1].endswith("…") and not lines.text.endswith("…")
