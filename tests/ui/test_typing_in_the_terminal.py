"""Typing into real pages: the finger finds the field, the keyboard or wheel comes up, the flow hears what was typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.flow.events import DatePicked, Signed, Touched, Typed, UiEvent
from kiosk.flow.view import FieldView, FormBody, Key, ScreenView, SignBody
from ui.host import TerminalWindow
from ui.touch import TouchRefused, draw_signature, tap, type_text

NEXT = Key("action.next", "Next", kind="primary")
FIELDS = (
    FieldView("field.a.unit", "a.unit", "text", "Unit", "", active=True, keyboard="latin", max_length=40),
    FieldView("field.a.phone", "a.phone", "text", "Phone", "", keyboard="digits", max_length=11),
    FieldView("field.a.since", "a.since", "date", "Since", "", min_date="2000-01-01", max_date="2026-11-21"),
)


class Flow:
    """The smallest flow: keeps answers, makes the touched field the active one, renders again after every event."""

    def __init__(self, fields: tuple[FieldView, ...]) -> None:
        self.fields = fields
        self.events: list[UiEvent] = []
        self.window = TerminalWindow(self.hear, (1080, 1920), demo=True)

    def render(self) -> None:
        body = FormBody(self.fields)
        self.window.render(ScreenView("form", "home", "en", "Hall", "Your home", body, primary=NEXT))

    def hear(self, event: UiEvent) -> None:
        self.events.append(event)
        if isinstance(event, Typed):
            self.fields = tuple(replace(f, value=event.text) if f.path == event.path else f for f in self.fields)
        elif isinstance(event, DatePicked):
            self.fields = tuple(replace(f, value=event.iso) if f.path == event.path else f for f in self.fields)
        elif isinstance(event, Touched) and event.name.startswith("field."):
            self.fields = tuple(replace(f, active=f.name == event.name) for f in self.fields)
        else:
            return
        self.render()


@pytest.fixture
def flow(qtbot: QtBot) -> Flow:
    made = Flow(FIELDS)
    qtbot.addWidget(made.window, before_close_func=lambda window: window.allow_close())
    made.render()
    made.window.show()
    qtbot.waitExposed(made.window)
    return made


def run(steps: Iterator[str]) -> list[str]:
    touched = []
    for name in steps:
        touched.append(name)
        QApplication.processEvents()
    return touched


def test_three_fields_of_a_page_are_filled_one_after_the_other(flow: Flow) -> None:
    run(type_text(flow.window, "a.unit", "Flat 5B"))
    run(type_text(flow.window, "a.phone", "13900000000"))
    run(type_text(flow.window, "a.since", "2025-03-12"))
    run(type_text(flow.window, "a.unit", "6C"))
    assert {field.path: field.value for field in flow.fields} == {
        "a.unit": "6C",
        "a.phone": "13900000000",
        "a.since": "2025-03-12",
    }
    tap(flow.window, "action.next")
    assert flow.events[-1] == Touched("action.next")


def test_a_field_that_is_not_on_the_page_is_refused(flow: Flow) -> None:
    with pytest.raises(TouchRefused, match="unknown"):
        run(type_text(flow.window, "b.other", "x"))


def test_a_key_of_a_fresh_page_is_waited_for_and_pressed_once(flow: Flow) -> None:
    for _ in range(3):
        tap(flow.window, "action.next")
    assert flow.events.count(Touched("action.next")) == 3


def test_a_signature_drawn_by_touch_reaches_the_flow(qtbot: QtBot) -> None:
    flow = Flow(())
    qtbot.addWidget(flow.window, before_close_func=lambda window: window.allow_close())
    clear, instead = Key("sign.clear", "Clear"), Key("sign.instead", "I cannot write")
    body = SignBody(("I declare.",), Key("declare.tick", "I agree"), False, clear, "Sign here", (), instead)
    flow.window.render(ScreenView("sign", "sign", "en", "Hall", "Sign", body, primary=NEXT))
    flow.window.show()
    qtbot.waitExposed(flow.window)
    draw_signature(flow.window)
    signed = [event for event in flow.events if isinstance(event, Signed)]
    assert len(signed) == 3
    assert len(signed[-1].strokes) == 3
