"""A sheet of the kit: a page of cells, each a part in one state under its caption."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRect, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from kiosk.flow.view import HomeBody, ScreenView
from ui.gallery.pages import NOON
from ui.keypad import FocusRing
from ui.kit.controls import TouchGate
from ui.kit.frame import frame_for
from ui.kit.keys import Pressable
from ui.kit.theme import Theme
from ui.screens.base import Context, KeptT, Screen

WIDTH_PX: Final = 1080
_GAP: Final = 28.0
_TALLEST: Final = 3600
"""Room for a sheet before it is cut to what stands on it, in design pixels."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One state: what is said above it, how tall the part is, and how to put it into its rectangle (design pixels)."""

    caption: str
    height: float
    put: Callable[[Sheet, float, float, float], None]
    columns: int = 1
    """1: half of the sheet, 2: the whole width, 3: a third."""


class Sheet(Screen[HomeBody]):
    """A page of cells under a title. It borrows the words and measures of a screen, and leaves its chrome away."""

    def __init__(self, theme: Theme, title: str, cells: tuple[Cell, ...], view: ScreenView) -> None:
        self._title, self._cells = title, cells
        self.used = 0.0
        """Where the last cell ends, in design pixels."""
        frame = replace(frame_for(WIDTH_PX, 1920), scale=1.0, height=_TALLEST)
        context = Context(emit=lambda _: None, gate=TouchGate(lambda: 0.0), now=lambda: NOON)
        parent = QWidget()
        body = view.body
        assert isinstance(body, HomeBody)
        super().__init__(parent, theme, frame, view, body, context)
        self._parent = parent

    def _build(self) -> None:
        self.paint(self.paint_ground)
        self.label(64, 32, 952, 104, self._title, "key_large", bold=True, max_lines=1)
        self.rule(64, 140, 952, colour="band_line", height=3)
        y, x, row = 160.0, 64.0, 0.0
        for cell in self._cells:
            width = {1: 462.0, 2: 952.0, 3: 299.0}[cell.columns]
            if x + width > 64 + 952 + 1:
                y, x, row = y + row + _GAP, 64.0, 0.0
            above = 46.0 if cell.caption else 0.0
            if cell.caption:
                self.label(x, y, width, above, cell.caption, "small", colour="ink_secondary", max_lines=1, modest=True)
            cell.put(self, x, y + above + 14, width)
            row = max(row, above + 14 + cell.height)
            x += width + _GAP
        self.used = y + row + 48

    def _crowded(self) -> bool:
        return False

    def keep(self, name: str, make: Callable[[], KeptT]) -> KeptT:
        """Parts that would be one on a page stand here side by side."""
        return make()

    def taken(self) -> QImage:
        """Its picture; the sheet is done with."""
        self.show()
        picture = self.grab(QRect(0, 0, WIDTH_PX, min(_TALLEST, round(self.used)))).toImage()
        self.close()
        self.deleteLater()
        return picture

    # ---- states that a hand brings about

    def pressed(self, part: Pressable) -> None:
        """A finger rests on it."""
        middle = QPointF(part.rect().center())
        down = QMouseEvent(
            QEvent.Type.MouseButtonPress, middle, middle, Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(part, down)

    def ringed(self, part: QWidget) -> None:
        """The keypad is on it."""
        FocusRing(self).surround(QRect(part.pos(), part.size()), self.theme)
