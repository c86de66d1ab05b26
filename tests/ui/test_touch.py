"""A synthetic finger can do what a resident could, and nothing else."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.ui.stage import Stage
from ui.kit.keys import Key
from ui.kit.theme import Theme
from ui.touch import TouchRefused, tap


def make(qtbot: QtBot) -> tuple[Stage, Key, list[str]]:
    stage = Stage(1080, 600)
    key = Key(stage, Theme(), "action.next", "下一步")
    key.setGeometry(352, 200, 664, 144)
    tapped: list[str] = []
    key.tapped.connect(tapped.append)
    qtbot.addWidget(stage)
    stage.show()
    return stage, key, tapped


def refusal(stage: Stage, name: str = "action.next") -> str:
    with pytest.raises(TouchRefused) as refused:
        tap(stage, name)
    assert refused.value.name == name
    return refused.value.reason


def test_a_visible_key_is_pressed_once(qtbot: QtBot) -> None:
    stage, _, tapped = make(qtbot)
    tap(stage, "action.next")
    assert tapped == ["action.next"]


def test_two_quick_taps_are_two_presses(qtbot: QtBot) -> None:
    stage, _, tapped = make(qtbot)
    tap(stage, "action.next")
    tap(stage, "action.next")
    assert len(tapped) == 2


def test_news_that_wait_to_be_shown_do_not_come_between_finger_down_and_up(qtbot: QtBot) -> None:
    stage, key, tapped = make(qtbot)
    QTimer.singleShot(0, key.hide)
    tap(stage, "action.next")
    assert tapped == ["action.next"]


def test_a_name_that_is_not_there_is_refused(qtbot: QtBot) -> None:
    stage, _, _ = make(qtbot)
    assert refusal(stage, "action.back") == "unknown"


def test_a_hidden_key_is_refused(qtbot: QtBot) -> None:
    stage, key, tapped = make(qtbot)
    key.hide()
    assert refusal(stage) == "unknown"
    assert tapped == []


def test_a_disabled_key_is_refused(qtbot: QtBot) -> None:
    stage, key, tapped = make(qtbot)
    key.setEnabled(False)
    assert refusal(stage) == "disabled"
    assert tapped == []


def test_a_covered_key_is_refused(qtbot: QtBot) -> None:
    stage, _, tapped = make(qtbot)
    cover = QWidget(stage)
    cover.setGeometry(0, 0, 1080, 600)
    cover.show()
    assert refusal(stage) == "covered"
    assert tapped == []


def test_a_key_outside_the_window_is_refused(qtbot: QtBot) -> None:
    stage, key, tapped = make(qtbot)
    key.move(352, 590)
    assert refusal(stage) == "outside"
    assert tapped == []
