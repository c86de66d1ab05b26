"""The signature area keeps strokes, tells them, and can be cleared."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from tests.ui.stage import Stage
from ui.kit.signature import MAX_POINTS, SignaturePad
from ui.kit.theme import Theme
from ui.touch import draw_signature, find


def make(qtbot: QtBot) -> tuple[Stage, SignaturePad]:
    stage = Stage()
    pad = SignaturePad(stage, Theme())
    pad.set_placeholder("请在这里用手指签名")
    pad.move(64, 1000)
    qtbot.addWidget(stage)
    stage.show()
    return stage, pad


def test_strokes_drawn_by_touch_are_told_with_the_size_of_the_area(qtbot: QtBot) -> None:
    stage, pad = make(qtbot)
    told: list[tuple[int, int, object]] = []
    pad.changed.connect(lambda width, height, strokes: told.append((width, height, strokes)))
    assert find(stage, "field.signature").text == "请在这里用手指签名"
    draw_signature(stage)
    assert len(told) == 3
    width, height, strokes = told[-1]
    assert (width, height) == (952, 360)
    assert strokes == pad.strokes()
    assert all(len(stroke) > 5 for stroke in pad.strokes())
    assert all(0 <= x < width and 0 <= y < height for stroke in pad.strokes() for x, y in stroke)
    assert find(stage, "field.signature").text == ""


def test_ink_is_painted_and_an_empty_tuple_clears_it(qtbot: QtBot) -> None:
    stage, pad = make(qtbot)
    pad.set_placeholder("")
    blank = pad.grab().toImage()
    draw_signature(stage)
    assert pad.grab().toImage() != blank
    pad.set_strokes(())
    assert pad.grab().toImage() == blank


def test_a_hand_resting_on_the_glass_does_not_grow_the_case_without_end(qtbot: QtBot) -> None:
    stage, pad = make(qtbot)
    pad.set_strokes((tuple((n % 900, 10) for n in range(MAX_POINTS)),))
    draw_signature(stage)
    assert len(pad.strokes()) == 1
