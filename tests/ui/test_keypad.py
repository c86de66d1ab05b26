"""Up, down, select and back alone: the ring is always seen, never caught, and presses what it is on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication

from kiosk.domain.devices import KeypadButton
from kiosk.domain.modes import Modes
from kiosk.flow.events import HandSeen, Pointed, Touched, UiEvent
from kiosk.flow.view import ScreenView, VoiceView
from ui.gallery.pages import NOON, samples
from ui.host import TerminalWindow
from ui.keypad import FocusRing

VIEWS = {name: replace(view, modes=Modes(keypad=True)) for name, view in samples("zh-Hans")}
RESIDENTS = [name for name, view in VIEWS.items() if not view.staff and not name.startswith("attract")]


class Panel:
    def __init__(self) -> None:
        self.told: list[UiEvent] = []
        self.now_s = 0.0
        self.window = TerminalWindow(self.told.append, (1080, 1920), now=lambda: NOON, monotonic_s=lambda: self.now_s)
        self.window.start()

    def show(self, view: ScreenView) -> None:
        self.window.render(view)
        QApplication.processEvents()
        self.now_s += 1

    def press(self, button: KeypadButton) -> str:
        self.window.keypad.button(button, down=True)
        self.window.keypad.button(button, down=False)
        self.now_s += 1
        return self.window.keypad.at()

    def touched(self) -> list[str]:
        return [event.name for event in self.told if isinstance(event, Touched)]

    def round(self) -> list[str]:
        """Every stop, by going down until the first comes again."""
        names = [self.window.keypad.at()]
        while (name := self.press(KeypadButton.DOWN)) not in names:
            names.append(name)
        return names


@pytest.fixture
def panel(qapp: QApplication) -> Iterator[Panel]:
    made = Panel()
    yield made
    made.window.allow_close()


def test_going_down_comes_by_everything_that_can_be_pressed_and_round_again(panel: Panel) -> None:
    for name in RESIDENTS:
        panel.show(VIEWS[name])
        wanted = {
            control.name
            for control in panel.window.controls()
            if control.name and control.enabled and control.role in ("key", "choice", "field")
        } - {"staff.corner", "field.signature"}
        came_by = panel.round()
        rows = [stop for stop in came_by if stop.startswith("row.")]
        inside: set[str] = set()
        for row in rows:
            while panel.window.keypad.at() != row:
                panel.press(KeypadButton.DOWN)
            panel.press(KeypadButton.SELECT)
            inside.update(panel.round())
            assert panel.press(KeypadButton.BACK) == row
        writing = {n for n in wanted if n.startswith("field.")} if rows else set()
        assert wanted - writing <= {*came_by, *inside}, name


def test_the_ring_stands_around_its_control_and_within_the_panel(panel: Panel) -> None:
    for name in RESIDENTS:
        panel.show(VIEWS[name])
        ring = panel.window.findChild(FocusRing)
        assert ring is not None
        assert ring.isVisible() == bool(panel.window.keypad.at()), name
        if not ring.isVisible():
            assert not panel.round()[0], name  # nothing to press: a case is being saved
            continue
        for _ in panel.round():
            panel.press(KeypadButton.DOWN)
            assert panel.window.rect().intersected(ring.geometry()).height() >= ring.height() - 16, name


def test_select_presses_what_the_ring_is_on_and_back_goes_back(panel: Panel) -> None:
    panel.show(VIEWS["scenario"] if "choice" in VIEWS else VIEWS["form-choice-help"])
    first = panel.window.keypad.at()
    panel.press(KeypadButton.SELECT)
    assert panel.touched() == [first]
    panel.press(KeypadButton.BACK)
    assert panel.touched() == [first, "action.back"]


def test_a_button_keeps_the_visit_alive(panel: Panel) -> None:
    panel.show(VIEWS["guide"])
    panel.press(KeypadButton.DOWN)
    assert HandSeen() in panel.told


def test_the_first_button_starts_a_visit_and_turns_the_buttons_on_and_presses_nothing(panel: Panel) -> None:
    off = dict(samples("zh-Hans"))
    panel.show(off["attract-night"])
    panel.press(KeypadButton.DOWN)
    assert panel.touched() == ["action.start", "mode.keypad"]
    panel.show(off["home"])
    panel.press(KeypadButton.DOWN)
    assert panel.touched()[2:] == ["mode.keypad"]
    assert panel.window.keypad.at() == ""


def test_whoever_is_read_to_is_told_what_the_buttons_come_to(panel: Panel) -> None:
    read = replace(VIEWS["scenario"], voice=VoiceView(private=False, loudness=2, turn=0))
    panel.show(read)
    panel.press(KeypadButton.DOWN)
    pointed = [event for event in panel.told if isinstance(event, Pointed)]
    stops = [name for name, _ in panel.window.keypad.stops()]
    assert [(event.name, event.at, event.count, event.moved) for event in pointed] == [
        (stops[0], 1, len(stops), False),
        (stops[1], 2, len(stops), True),
    ]
    assert all(event.words for event in pointed)


def test_hearing_a_page_again_stands_in_the_rail_after_getting_help(panel: Panel) -> None:
    view = VIEWS["scenario"]
    again = replace(view.rail[1], name="speech.again")
    panel.show(replace(view, rail=(view.rail[0], again, *view.rail[2:])))
    stops = [name for name, _ in panel.window.keypad.stops()]
    assert stops[-len(view.rail) :][:2] == [view.rail[0].name, "speech.again"]


def test_whoever_is_not_read_to_is_told_nothing(panel: Panel) -> None:
    panel.show(VIEWS["scenario"])
    panel.press(KeypadButton.DOWN)
    assert not [event for event in panel.told if isinstance(event, Pointed)]


def test_in_a_row_of_letters_each_is_told_and_of_the_row_the_first_and_the_last(panel: Panel) -> None:
    panel.show(replace(VIEWS["form-text"], voice=VoiceView(private=True, loudness=2, turn=0)))
    while not panel.window.keypad.at().startswith("row."):
        panel.press(KeypadButton.DOWN)
    row = [event for event in panel.told if isinstance(event, Pointed)][-1]
    panel.press(KeypadButton.SELECT)
    cell = [event for event in panel.told if isinstance(event, Pointed)][-1]
    assert " – " in row.words
    assert cell.words == row.words.split(" – ")[0]
    assert cell.at == 1


def test_holding_select_on_an_eye_shows_the_value_while_it_is_held(panel: Panel) -> None:
    name = "prefilled"
    panel.show(VIEWS[name])
    while not panel.window.keypad.at().startswith("reveal."):
        panel.press(KeypadButton.DOWN)
    before = [control.text for control in panel.window.controls()]
    panel.window.keypad.button(KeypadButton.SELECT, down=True)
    held = [control.text for control in panel.window.controls()]
    panel.window.keypad.button(KeypadButton.SELECT, down=False)
    after = [control.text for control in panel.window.controls()]
    assert held != before, name
    assert after == before


def test_the_ring_stays_where_it_was_when_the_page_hears_news(panel: Panel) -> None:
    panel.show(VIEWS["guide"])
    panel.press(KeypadButton.DOWN)
    where = panel.window.keypad.at()
    panel.show(replace(VIEWS["guide"], strip="停电了，正用电池"))
    assert panel.window.keypad.at() == where
