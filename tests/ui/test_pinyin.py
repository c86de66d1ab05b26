"""Chinese through librime: what is typed comes out, and nothing of it is ever on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.stage import Stage
from ui.keyboard import rime
from ui.keyboard.widget import KeyboardWidget
from ui.kit.controls import mark_control
from ui.kit.theme import Theme
from ui.touch import TouchRefused, find, tap, type_text


@pytest.fixture(scope="module")
def user_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rime")
    try:
        rime._load_library()
    except rime.RimeUnavailable as error:
        pytest.skip(str(error))
    # One engine a process: whichever test came first has named its folder.
    assert rime.prepare(folder) == "ready"
    assert rime.started_in() is not None
    return rime.started_in() or folder


@pytest.fixture
def stage(qtbot: QtBot, user_dir: Path) -> Stage:
    window = Stage()
    field = Stage(952, 152)
    field.setParent(window)
    field.move(64, 640)
    mark_control(field, "field.f", "field", "")
    field.setProperty("active", True)
    keyboard = KeyboardWidget(window, Theme())
    keyboard.move(64, 860)
    keyboard.set_limit(300)
    qtbot.addWidget(window)
    window.show()
    return window


def keyboard_of(stage: Stage) -> KeyboardWidget:
    return stage.findChildren(KeyboardWidget)[0]


def touch(stage: Stage, letters: str) -> None:
    for letter in letters:
        tap(stage, f"key.{letter}")


def test_nihao_by_touch_is_the_greeting(stage: Stage) -> None:
    keyboard = keyboard_of(stage)
    composing: list[str] = []
    keyboard.composing_changed.connect(composing.append)
    touch(stage, "nihao")
    assert composing[-1] == "ni'hao"
    assert find(stage, "candidate.0").text == "你好"
    tap(stage, "candidate.0")
    assert keyboard.text() == "你好"
    assert composing[-1] == ""


def test_the_space_key_takes_the_first_candidate(stage: Stage) -> None:
    touch(stage, "yangguanggongyu")
    tap(stage, "key.space")
    assert keyboard_of(stage).text() == "阳光公寓"


def test_a_part_chosen_leaves_the_rest_to_be_chosen(stage: Stage) -> None:
    keyboard = keyboard_of(stage)
    touch(stage, "yangguanggongyu")
    second = next(c for c in stage.controls() if c.name.startswith("candidate.") and c.text == "阳光")
    tap(stage, second.name)
    assert keyboard.text() == ""
    assert keyboard.composing() == "阳光gong'yu"
    tap(stage, "key.space")
    assert keyboard.text() == "阳光公寓"


def test_delete_takes_letters_back_before_it_takes_characters(stage: Stage) -> None:
    keyboard = keyboard_of(stage)
    keyboard.set_text("好")
    touch(stage, "ni")
    tap(stage, "key.delete")
    tap(stage, "key.delete")
    assert (keyboard.composing(), keyboard.text()) == ("", "好")
    tap(stage, "key.delete")
    assert keyboard.text() == ""


def test_candidates_go_on_for_pages_and_come_back(stage: Stage) -> None:
    touch(stage, "shi")
    first = find(stage, "candidate.0").text
    assert not find(stage, "candidate.previous").enabled
    for _ in range(3):
        tap(stage, "candidate.next")
    assert find(stage, "candidate.0").text != first
    for _ in range(3):
        tap(stage, "candidate.previous")
    assert find(stage, "candidate.0").text == first


def test_a_sign_after_pinyin_settles_the_first_candidate(stage: Stage) -> None:
    touch(stage, "nihao")
    tap(stage, "key.comma")
    assert keyboard_of(stage).text() == "你好，"


def test_another_text_from_outside_ends_the_composition(stage: Stage) -> None:
    keyboard = keyboard_of(stage)
    touch(stage, "ni")
    keyboard.set_text("")
    assert keyboard.composing() == "ni"
    keyboard.set_text("别的")
    assert (keyboard.composing(), keyboard.text()) == ("", "别的")


COMPLAINT = (
    "柳桥路128弄3号楼的路灯坏了两个星期，晚上看不清路；有老人摔倒过！请尽快修理，"
    "联系人：林秋禾（女），证件号11010519491231002X。绿化带、西安路口也有积水，谢谢。"
)


def test_a_story_types_a_whole_complaint_and_nothing_of_it_is_on_the_disk(stage: Stage, user_dir: Path) -> None:
    touched = list(type_text(stage, "f", COMPLAINT))
    assert keyboard_of(stage).text() == COMPLAINT
    assert any(name.startswith("candidate.") for name in touched)
    pieces = [COMPLAINT[at : at + 2] for at in range(len(COMPLAINT) - 1)] + ["lu'deng", "ludeng", "linqiuhe"]
    files = [path for path in user_dir.rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        held = [piece for piece in pieces if not piece.isascii() and piece.encode() in content]
        assert held == [], path.name
        assert b"11010519491231002X" not in content
    assert not [path for path in user_dir.rglob("*") if "userdb" in path.name or path.name == "user.yaml"]


def test_names_with_other_readings_are_found_too(stage: Stage) -> None:
    for name in ("单于", "仇小曾", "吕绿", "解放"):
        list(type_text(stage, "f", name))
        assert keyboard_of(stage).text() == name


def test_a_character_no_candidate_has_is_refused_by_code_point(stage: Stage) -> None:
    with pytest.raises(TouchRefused, match=r"U\+20BB7") as refused:
        list(type_text(stage, "f", "𠮷"))
    assert refused.value.reason == "cannot_type"


def test_an_english_page_starts_with_letters_and_still_offers_pinyin(stage: Stage) -> None:
    keyboard = keyboard_of(stage)
    keyboard.set_mode("zh", "en")
    assert keyboard.mode() == "abc"
    list(type_text(stage, "f", "Room 5, 柳桥路"))
    assert keyboard.text() == "Room 5, 柳桥路"


class Counted:
    """librime, with its open sessions counted."""

    def __init__(self, api: Any) -> None:
        self._api = api
        self.open = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)

    def create_session(self) -> int:
        self.open += 1
        return int(self._api.create_session())

    def destroy_session(self, session: int) -> bool:
        self.open -= 1
        return bool(self._api.destroy_session(session))


def test_a_keyboard_that_was_wiped_leaves_no_session_open(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard = keyboard_of(stage)
    composer = keyboard._composer
    assert isinstance(composer, rime.RimeComposer)
    counted = Counted(composer._api)
    monkeypatch.setattr(composer, "_api", counted)
    touch(stage, "nihao")
    assert counted.open == 1
    tap(stage, "candidate.0")
    keyboard.set_text("")
    keyboard.reset()
    assert counted.open == 0
    assert (composer.candidates(0, 5), composer.choose(0), composer.backspace()) == ((), "", False)
    touch(stage, "ni")
    assert keyboard.composing() == "ni"
    keyboard.reset()
    assert counted.open == 0
