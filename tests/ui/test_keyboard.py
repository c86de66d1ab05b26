"""The keyboard without pinyin: letters, digits, identity numbers, limits, keys of 19 mm."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QInputDevice
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.ui.stage import Stage
from ui.keyboard.composer import Composer
from ui.keyboard.keys import KeyCap
from ui.keyboard.layout import MODES, KeyboardKind, rows_of
from ui.keyboard.rime import State
from ui.keyboard.widget import KeyboardWidget
from ui.kit.controls import mark_control
from ui.kit.theme import MIN_TARGET_PX, Theme
from ui.touch import TouchRefused, find, reach, tap, type_text


class NoPinyin:
    """A machine without librime."""

    def state(self) -> State:
        return "missing"

    def composer(self) -> Composer | None:
        return None


def make(qtbot: QtBot, kind: KeyboardKind, language: str = "zh-Hans") -> tuple[Stage, KeyboardWidget]:
    stage = Stage()
    keyboard = KeyboardWidget(stage, Theme(language=language), NoPinyin())
    keyboard.set_mode(kind, language)
    keyboard.move(64, 860)
    field = Stage(952, 152)
    field.setParent(stage)
    field.move(64, 640)
    mark_control(field, "field.f", "field", "")
    field.setProperty("active", True)
    qtbot.addWidget(stage)
    stage.show()
    return stage, keyboard


def run(stage: Stage, text: str) -> list[str]:
    return list(type_text(stage, "f", text))


def test_letters_touched_one_after_the_other_stand_in_the_text(qtbot: QtBot) -> None:
    stage, keyboard = make(qtbot, "latin", "en")
    seen: list[str] = []
    keyboard.text_changed.connect(seen.append)
    for name in ("key.shift", "key.a", "key.n", "key.n", "key.space", "key.mode.123", "key.7", "key.delete"):
        tap(stage, name)
    assert seen == ["A", "An", "Ann", "Ann ", "Ann 7", "Ann "]


def test_a_story_types_mixed_latin_text_by_switching_modes(qtbot: QtBot) -> None:
    stage, keyboard = make(qtbot, "latin", "en")
    touched = run(stage, "O'Brien-Lee, Flat 5B (2nd)")
    assert keyboard.text() == "O'Brien-Lee, Flat 5B (2nd)"
    assert touched[0] == "key.shift"
    assert "key.mode.123" in touched


def test_an_identity_number_ends_in_x(qtbot: QtBot) -> None:
    stage, keyboard = make(qtbot, "id")
    run(stage, "11010519491231002X")
    assert keyboard.text() == "11010519491231002X"


def test_a_digit_pad_has_no_letters_and_refuses_one(qtbot: QtBot) -> None:
    stage, _ = make(qtbot, "digits")
    with pytest.raises(TouchRefused) as refused:
        run(stage, "12a")
    assert refused.value.reason == "cannot_type"
    assert refused.value.name == "field.f"


def test_money_has_a_point_beside_its_figures(qtbot: QtBot) -> None:
    stage, keyboard = make(qtbot, "decimal")
    run(stage, "89.35")
    assert keyboard.text() == "89.35"


def test_what_the_field_held_is_deleted_before_a_story_types(qtbot: QtBot) -> None:
    stage, keyboard = make(qtbot, "digits")
    keyboard.set_text("999")
    touched = run(stage, "12")
    assert keyboard.text() == "12"
    assert touched.count("key.delete") == 3


def test_a_full_field_takes_no_more_and_says_so(qtbot: QtBot) -> None:
    stage, keyboard = make(qtbot, "zh")
    keyboard.set_limit(3)
    tap(stage, "key.mode.123")
    for _ in range(5):
        tap(stage, "key.1")
    assert keyboard.text() == "111"
    assert "写满了，不能再多" in [control.text for control in stage.controls()]
    with pytest.raises(TouchRefused, match="takes no more"):
        run(stage, "12345")


def test_without_pinyin_the_strip_says_so_and_letters_still_work(qtbot: QtBot) -> None:
    stage, keyboard = make(qtbot, "zh")
    assert keyboard.mode() == "abc"
    assert not find(stage, "key.mode.zh").enabled
    assert any("拼音现在不能用" in control.text for control in stage.controls())
    run(stage, "abc12")
    assert keyboard.text() == "abc12"
    with pytest.raises(TouchRefused) as refused:
        run(stage, "好")
    assert refused.value.reason == "cannot_type"
    assert "好" not in str(refused.value)


def test_long_text_has_a_line_feed_and_others_do_not(qtbot: QtBot) -> None:
    stage, keyboard = make(qtbot, "zh")
    with pytest.raises(TouchRefused):
        find(stage, "key.enter")
    keyboard.set_multiline(True)
    run(stage, "a\nb")
    assert keyboard.text() == "a\nb"


def test_the_same_mode_and_text_given_again_disturb_nothing(qtbot: QtBot) -> None:
    stage, keyboard = make(qtbot, "latin", "en")
    seen: list[str] = []
    keyboard.text_changed.connect(seen.append)
    tap(stage, "key.mode.123")
    tap(stage, "key.4")
    keyboard.set_mode("latin", "en")
    keyboard.set_text("4")
    assert keyboard.mode() == "123"
    assert seen == ["4"]


@pytest.mark.parametrize(("width_px", "height_px"), [(952, 620), (1032, 728)])
@pytest.mark.parametrize("kind", ["zh", "latin", "digits", "id"])
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_key_of_every_mode_is_large_enough_and_apart(
    qtbot: QtBot, kind: KeyboardKind, language: str, width_px: int, height_px: int
) -> None:
    stage, keyboard = make(qtbot, kind, language)
    keyboard.setGeometry(24, 860, width_px, height_px)
    keyboard.set_multiline(True)
    for mode in MODES[kind]:
        if len(MODES[kind]) > 1 and mode != "zh":
            tap(stage, f"key.mode.{mode}")
        keys = [c for c in stage.controls() if c.role == "key"]
        for key in keys:
            _, _, width, height = key.rect
            assert width >= MIN_TARGET_PX, key.name
            assert height >= MIN_TARGET_PX, key.name
            assert key.accessible, key.name
        names = [key.name for key in keys]
        assert len(names) == len(set(names))


def test_no_two_keys_of_a_mode_share_a_name() -> None:
    for kind, modes in MODES.items():
        for mode in modes:
            for chinese in (True, False):
                rows = rows_of(mode, chinese=chinese, multiline=True, upper=False)
                names = [key.name for row in rows for key in row.keys if key.name]
                assert len(names) == len(set(names)), (kind, mode)


def test_two_fingers_that_overlap_type_in_the_order_they_came_down(qtbot: QtBot) -> None:
    stage, keyboard = make(qtbot, "latin", "en")
    device = QTest.createTouchDevice(QInputDevice.DeviceType.TouchScreen)
    window = stage.windowHandle()
    first, second = reach(stage, "key.a"), reach(stage, "key.p")
    QTest.touchEvent(window, device).press(0, first).commit()
    QTest.touchEvent(window, device).stationary(0).press(1, second).commit()
    QTest.touchEvent(window, device).stationary(0).release(1, second).commit()
    QTest.touchEvent(window, device).release(0, first).commit()
    assert keyboard.text() == "ap"


def test_a_finger_that_slides_off_a_key_types_nothing(qtbot: QtBot) -> None:
    stage, keyboard = make(qtbot, "latin", "en")
    device = QTest.createTouchDevice(QInputDevice.DeviceType.TouchScreen)
    window = stage.windowHandle()
    first, second = reach(stage, "key.a"), reach(stage, "key.p")
    QTest.touchEvent(window, device).press(0, first).commit()
    assert stage.findChild(KeyCap, "key.a").isDown()
    QTest.touchEvent(window, device).move(0, second).commit()
    assert not stage.findChild(KeyCap, "key.a").isDown()
    QTest.touchEvent(window, device).release(0, second).commit()
    assert keyboard.text() == ""
