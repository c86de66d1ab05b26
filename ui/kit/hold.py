"""Hold to see: what is masked stands there whole only while its eye key is held down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QMouseEvent

from ui.kit.keys import Key
from ui.kit.label import Label
from ui.kit.tokens import DURATION_MS

LONGEST_MS: Final = DURATION_MS["longest_look"]
"""Something that lies on the panel is no finger: after so long it is masked again, until the key is pressed anew."""


class HoldToSee(QObject):
    """Watches an eye key. Each of ``values`` is a label with its masked and its whole words.

    A finger and the keypad's select are the same to it: both press and release the key. Sliding off, the end of the
    page and anything that covers it mask again.
    """

    def __init__(self, eye: Key, values: Sequence[tuple[Label, str, str]]) -> None:
        super().__init__(eye)
        self._eye, self._values = eye, tuple(values)
        self._longest = QTimer(self, singleShot=True, interval=LONGEST_MS)
        self._longest.timeout.connect(self._mask)
        eye.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down shows, up or away hides."""
        match event.type():
            case QEvent.Type.MouseButtonPress | QEvent.Type.MouseButtonDblClick:
                for label, _, whole in self._values:
                    label.set_text(whole)
                self._longest.start()
            case QEvent.Type.MouseButtonRelease | QEvent.Type.Leave | QEvent.Type.Hide | QEvent.Type.WindowDeactivate:
                self._mask()
            case QEvent.Type.MouseMove if isinstance(event, QMouseEvent):
                if not self._eye.rect().contains(event.position().toPoint()):
                    self._mask()
        return False

    def _mask(self) -> None:
        self._longest.stop()
        for label, masked, _ in self._values:
            label.set_text(masked)
