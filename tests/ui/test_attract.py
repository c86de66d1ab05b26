"""The page on which nobody is here: the light of the hour, windows one by one, and hardly any repainting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QRect
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from kiosk.domain.modes import Modes
from kiosk.flow.view import AttractBody
from ui.gallery.pages import NOON, samples
from ui.host import TerminalWindow
from ui.kit import scenes
from ui.kit.lamp_scene import WINDOW_S, LampScene, phase_of
from ui.kit.scenes import outlines
from ui.screens.attract import AttractScreen

VIEWS = dict(samples("en"))
SCENES_DIR = Path(scenes.__file__).parent / "scenes"
SCENES = [LampScene(1080, 1920), LampScene(1920, 1080), LampScene(1518, 1215)]


class Doorstep:
    """A window on a clock that a test moves, and the rectangles its page asks to repaint."""

    def __init__(self) -> None:
        self.now = NOON
        self.window = TerminalWindow(lambda _: None, (1080, 1920), now=lambda: self.now)
        self.window.start()
        self.repainted: list[QRect] = []

    def show(self, name: str, modes: Modes | None = None) -> AttractScreen:
        self.window.render(replace(VIEWS[name], modes=modes or Modes()))
        QApplication.processEvents()
        screen = self.window.screen_widget()
        assert isinstance(screen, AttractScreen)
        screen.update = lambda *rects: self.repainted.extend(rects)  # type: ignore[method-assign,assignment]
        return screen

    def sign(self) -> str:
        board = LampScene(1080, 1920).board
        at = (round(board.x()), round(board.y()))
        return next(c.text for c in self.window.controls() if c.rect[:2] == at)

    def pass_time(self, screen: AttractScreen, by: timedelta) -> None:
        self.now += by
        screen.tick()


@pytest.fixture
def doorstep(qapp: QApplication) -> Iterator[Doorstep]:
    made = Doorstep()
    yield made
    made.window.allow_close()


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: f"{scene.width}x{scene.height}")
def test_each_change_turns_exactly_one_window_round_and_all_have_their_turn(scene: LampScene) -> None:
    count = len(scene.windows())
    turned = set()
    for step in range(1, count + 1):
        before = [scene.lit(number, step - 1) for number in range(count)]
        after = [scene.lit(number, step) for number in range(count)]
        assert [number for number in range(count) if before[number] != after[number]] == [scene.changed(step)]
        turned.add(scene.changed(step))
    assert turned == set(range(count))
    assert count >= 10


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: f"{scene.width}x{scene.height}")
def test_the_house_stands_wholly_on_the_page_and_its_sign_is_large_enough_to_read(scene: LampScene) -> None:
    house = scene.placed(180, 832, 720, 488)
    assert house.left() > scene.width * 0.1
    assert house.right() <= scene.width
    assert scene.board.height() > 36


def test_light_follows_the_hour() -> None:
    assert [phase_of(hour, night=hour >= 17 or hour < 5) for hour in (3, 6, 12, 18, 22)] == [
        "night", "dawn", "day", "dusk", "night",
    ]  # fmt: skip


def test_the_sign_over_the_door_says_the_hours_where_there_are_any(doorstep: Doorstep) -> None:
    doorstep.show("attract-day")
    assert "24" in doorstep.sign()
    view = VIEWS["attract-day"]
    assert isinstance(view.body, AttractBody)
    doorstep.window.render(replace(view, key="other", body=replace(view.body, hours="8:00–22:00")))
    assert doorstep.sign() == "8:00–22:00"


def test_a_window_is_all_that_is_repainted_in_twenty_seconds(doorstep: Doorstep) -> None:
    screen = doorstep.show("attract-night")
    doorstep.pass_time(screen, timedelta(seconds=WINDOW_S))
    assert len(doorstep.repainted) == 1
    assert max(doorstep.repainted[0].width(), doorstep.repainted[0].height()) < 40


@pytest.mark.parametrize("modes", [Modes(elder=True), Modes(contrast=True)], ids=["elder", "contrast"])
def test_nothing_moves_for_those_whom_movement_tires(doorstep: Doorstep, modes: Modes) -> None:
    screen = doorstep.show("attract-night", modes)
    doorstep.pass_time(screen, timedelta(seconds=WINDOW_S))
    assert doorstep.repainted == []


def test_dusk_turns_to_night_while_the_page_stands(doorstep: Doorstep) -> None:
    doorstep.now = datetime(2026, 11, 21, 18, 59, 50, tzinfo=NOON.tzinfo)
    screen = doorstep.show("attract-night")
    before = doorstep.window.picture().pixelColor(1070, 110)
    doorstep.pass_time(screen, timedelta(seconds=20))
    assert doorstep.window.picture().pixelColor(1070, 110) != before


def test_an_outline_has_lines_and_no_areas() -> None:
    svg = outlines(LampScene(1080, 1920).svg("night"), 1080)
    assert set(_values(svg, "fill")) <= {"#000000", "none"}
    assert set(_values(svg, "stroke")) == {"#FFFFFF"}


@pytest.mark.parametrize("name", sorted(path.stem for path in SCENES_DIR.glob("*.svg")))
def test_every_scene_can_be_drawn_in_outline(qapp: QApplication, name: str) -> None:
    drawn = QSvgRenderer(QByteArray(outlines((SCENES_DIR / f"{name}.svg").read_text(encoding="utf-8"), 952).encode()))
    assert drawn.isValid()


def _values(svg: str, name: str) -> list[str]:
    return [part.split('"')[0] for part in svg.split(f' {name}="')[1:]]
