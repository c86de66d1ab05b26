"""What widgets, clipboard and undo stacks of this process hold, and leaks on purpose for a search to find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QClipboard, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from ui.host import TerminalWindow

_KEPT: Final[list[QObject | QImage]] = []


def texts() -> Mapping[str, list[str]]:
    """The texts of every widget that is alive, shown or not, of each kind of clipboard, and what an undo brings back.

    Main thread. Undoing is done, so the editors are not as they were.
    """
    found: dict[str, list[str]] = {"widgets": [], "undo": [], "clipboard": []}
    for widget in QApplication.allWidgets():
        found["widgets"] += [widget.accessibleName(), widget.toolTip(), widget.windowTitle(), *_properties(widget)]
        if isinstance(widget, QLineEdit | QTextEdit | QPlainTextEdit):
            found["undo"] += _undone(widget)
    clipboard = QGuiApplication.clipboard()
    modes = (QClipboard.Mode.Clipboard, QClipboard.Mode.Selection, QClipboard.Mode.FindBuffer)
    found["clipboard"] = [clipboard.text(mode) for mode in modes]
    return {place: [text for text in held if text] for place, held in found.items()}


def _properties(widget: QWidget) -> list[str]:
    names = [bytes(name.data()).decode("utf-8", "replace") for name in widget.dynamicPropertyNames()]
    values = [widget.property(name) for name in (*names, "text", "plainText", "accessibleDescription")]
    return [value for value in values if isinstance(value, str)]


def _undone(editor: QLineEdit | QTextEdit | QPlainTextEdit) -> list[str]:
    available = editor.isUndoAvailable() if isinstance(editor, QLineEdit) else editor.document().isUndoAvailable()
    if not available:
        return []
    editor.undo()
    return [editor.text() if isinstance(editor, QLineEdit) else editor.toPlainText()]


# ---- leaks on purpose


def keep_widget(text: str) -> None:
    """A widget that outlives its visit."""
    _KEPT.append(QLabel(text))


def keep_picture(window: TerminalWindow) -> None:
    """A frame that outlives its visit."""
    _KEPT.append(window.picture())


def copy_after_wipe(window: TerminalWindow, text: str) -> None:
    """A clipboard that is filled once more after everything was wiped."""
    wipe = window.wipe

    def wiped() -> None:
        wipe()
        QGuiApplication.clipboard().setText(text)
        setattr(window, "wipe", wipe)  # noqa: B010  for this one visit

    setattr(window, "wipe", wiped)  # noqa: B010  mypy would not have a method replaced
