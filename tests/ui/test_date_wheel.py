"""The date wheel: stepping, bounds, words in both languages."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.ui.stage import Stage
from ui.kit.date_wheel import DateWheel, in_words, moved
from ui.kit.keys import Pressable
from ui.kit.theme import MIN_TARGET_PX, Theme
from ui.touch import TouchRefused, find, pick_date, tap


def make(qtbot: QtBot, iso: str | None, low: str | None, high: str | None, language: str) -> tuple[Stage, DateWheel]:
    stage = Stage()
    wheel = DateWheel(stage, Theme(language=language))
    wheel.move(64, 640)
    wheel.set_value(iso, low, high, language)
    qtbot.addWidget(stage)
    stage.show()
    return stage, wheel


def test_the_upper_key_goes_back_and_the_lower_goes_on(qtbot: QtBot) -> None:
    stage, wheel = make(qtbot, "2025-03-12", None, None, "zh-Hans")
    picked: list[str] = []
    wheel.picked.connect(picked.append)
    for name in ("wheel.year.up", "wheel.month.down", "wheel.day.down"):
        tap(stage, name)
    assert picked == ["2024-03-12", "2024-04-12", "2024-04-13"]
    assert wheel.value() == date(2024, 4, 13)


def test_the_last_of_a_long_month_becomes_the_last_of_a_short_one(qtbot: QtBot) -> None:
    stage, wheel = make(qtbot, "2024-01-31", None, None, "en")
    tap(stage, "wheel.month.down")
    assert wheel.value() == date(2024, 2, 29)
    assert moved(date(2024, 2, 29), "year", 1) == date(2025, 2, 28)


def test_a_bound_stops_the_keys_and_is_reached_exactly(qtbot: QtBot) -> None:
    stage, wheel = make(qtbot, "2025-03-30", "2025-01-15", "2025-04-02", "en")
    assert not find(stage, "wheel.year.down").enabled
    assert not find(stage, "wheel.year.up").enabled
    tap(stage, "wheel.month.down")
    assert wheel.value() == date(2025, 4, 2)
    for name in ("wheel.month.down", "wheel.day.down"):
        with pytest.raises(TouchRefused) as refused:
            tap(stage, name)
        assert refused.value.reason == "disabled"


def test_a_day_outside_the_bounds_is_only_an_offer(qtbot: QtBot) -> None:
    _, wheel = make(qtbot, "2030-01-01", "2025-01-15", "2025-04-02", "en")
    assert wheel.value() is None
    assert wheel.shown() == date(2025, 4, 2)


def test_nothing_chosen_is_said_and_one_press_takes_the_offered_day(qtbot: QtBot) -> None:
    stage, wheel = make(qtbot, None, "2000-01-01", "2026-11-21", "zh-Hans")
    picked: list[str] = []
    wheel.picked.connect(picked.append)
    assert wheel.value() is None
    assert "还没有选" in find(stage, "wheel.take").text
    tap(stage, "wheel.take")
    assert picked == ["2026-11-21"]
    assert [c.text for c in stage.controls() if c.role == "text"] == ["2026 年 11 月 21 日，周六"]


def test_a_story_brings_the_wheel_to_any_day_within_the_bounds(qtbot: QtBot) -> None:
    stage, wheel = make(qtbot, None, "1920-01-01", "2026-11-21", "en")
    list(pick_date(stage, "1991-02-28"))
    assert wheel.value() == date(1991, 2, 28)
    with pytest.raises(TouchRefused, match="outside"):
        list(pick_date(stage, "2027-01-01"))


def test_words_are_those_of_the_page() -> None:
    assert in_words(date(2025, 3, 12), "en") == "Wednesday 12 March 2025"
    assert in_words(date(2025, 3, 12), "zh-Hans") == "2025 年 3 月 12 日，周三"


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_wheel_keys_are_large_enough(qtbot: QtBot, language: str) -> None:
    stage, _ = make(qtbot, "2025-03-12", None, None, language)
    keys = [c for c in stage.controls() if c.role == "key"]
    assert len(keys) == 6
    assert all(min(key.rect[2:]) >= MIN_TARGET_PX and key.accessible for key in keys)


def test_holding_a_key_repeats_and_lifting_adds_nothing(qtbot: QtBot) -> None:
    stage, wheel = make(qtbot, "2025-03-12", None, None, "en")
    picked: list[str] = []
    wheel.picked.connect(picked.append)
    key = stage.findChild(Pressable, "wheel.day.up")
    QTest.mousePress(key, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(picked) >= 2, timeout=5000)
    count = len(picked)
    QTest.mouseRelease(key, Qt.MouseButton.LeftButton)
    assert picked[:2] == ["2025-03-11", "2025-03-10"]
    assert len(picked) == count
