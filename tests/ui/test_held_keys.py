"""News that comes while a finger rests on a key does not take the key away."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from kiosk.flow.events import Touched, UiEvent
from kiosk.flow.view import Notice
from ui.gallery.pages import NOON, samples
from ui.host import TerminalWindow
from ui.kit.controls import control_name

HOME = dict(samples("zh-Hans"))["home"]
NEWS = replace(HOME, notice=Notice("caution", "打印机缺纸", "出证明请到人民路厅"))


def finger(window: TerminalWindow, name: str, kind: QEvent.Type) -> None:
    widget = next(child for child in window.findChildren(QWidget) if control_name(child) == name)
    middle = QPointF(widget.rect().center())
    button = Qt.MouseButton.LeftButton
    QApplication.sendEvent(widget, QMouseEvent(kind, middle, middle, button, button, Qt.KeyboardModifier.NoModifier))


def test_a_tap_counts_although_the_page_heard_news_between_down_and_up(qtbot: QtBot) -> None:
    told: list[UiEvent] = []
    now_s = [0.0]
    window = TerminalWindow(told.append, (540, 960), now=lambda: NOON, monotonic_s=lambda: now_s[0])
    qtbot.addWidget(window, before_close_func=lambda shut: shut.allow_close())
    window.start()
    window.render(HOME)
    now_s[0] = 1.0
    finger(window, "life.birth", QEvent.Type.MouseButtonPress)
    window.render(NEWS)
    assert "打印机缺纸" not in [control.text for control in window.controls()]
    finger(window, "life.birth", QEvent.Type.MouseButtonRelease)
    assert Touched("life.birth") in told
    assert "打印机缺纸" in [control.text for control in window.controls()]
