"""Hold to see: whole only under a resting finger, and never longer than a finger rests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kiosk.domain.case import CaseAnswer, IssuedDocument
from kiosk.flow.events import CaseAnswered, WaitOver
from kiosk.flow.view import ResultBody
from tests.flow.test_visit import renewal_submitted, renewal_to_review
from tests.flow.world import CARD, NOON, Visit
from tests.ui.test_window import VIEWS, Terminal
from ui.kit.hold import HoldToSee

WORDS = {"zh-Hans": "姓名", "en": "Name"}


@pytest.fixture
def terminal(qapp: QApplication) -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.window.allow_close()
    made.window.close()
    made.window.deleteLater()


def seen(terminal: Terminal, secret: str) -> bool:
    return any(secret in control.text for control in terminal.window.controls())


def test_sliding_off_masks_although_the_finger_is_still_down(terminal: Terminal) -> None:
    terminal.show(renewal_to_review().view)
    eye = terminal.widget("reveal.姓名")
    QTest.mousePress(eye, Qt.MouseButton.LeftButton)
    assert seen(terminal, CARD.name)
    away = QPointF(-40, -40)
    held = Qt.MouseButton.LeftButton
    QApplication.sendEvent(
        eye, QMouseEvent(QEvent.Type.MouseMove, away, away, held, held, Qt.KeyboardModifier.NoModifier)
    )
    assert not seen(terminal, CARD.name)


def test_what_lies_on_the_key_too_long_is_no_finger_and_another_page_masks(terminal: Terminal) -> None:
    view = renewal_to_review().view
    terminal.show(view)
    eye = terminal.widget("reveal.姓名")
    QTest.mousePress(eye, Qt.MouseButton.LeftButton)
    hold = eye.findChild(HoldToSee)
    assert isinstance(hold, HoldToSee)
    hold._longest.timeout.emit()
    assert not seen(terminal, CARD.name)
    QTest.mouseRelease(eye, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    QTest.mousePress(eye, Qt.MouseButton.LeftButton)
    idle = VIEWS["idle"].overlay
    assert idle is not None
    terminal.show(replace(view, overlay=idle))
    terminal.show(view)
    assert not seen(terminal, CARD.name)


def test_the_certificate_on_the_result_page_is_masked_and_one_key_shows_all_of_it(terminal: Terminal) -> None:
    visit = decided()
    body = visit.view.body
    assert isinstance(body, ResultBody)
    terminal.show(visit.view)
    assert not seen(terminal, CARD.name)
    assert not seen(terminal, CARD.number)
    eye = terminal.widget("reveal.document")
    QTest.mousePress(eye, Qt.MouseButton.LeftButton)
    assert seen(terminal, CARD.name)
    assert seen(terminal, CARD.number)
    QTest.mouseRelease(eye, Qt.MouseButton.LeftButton)
    assert not seen(terminal, CARD.number)


def decided() -> Visit:
    visit = renewal_submitted().commit()
    assert visit.state.session is not None
    assert visit.state.session.filing is not None
    rows = tuple((WORDS, {"zh-Hans": value}) for value in (CARD.name, CARD.number))
    document = IssuedDocument(WORDS, "YPS-1", WORDS, rows, "2026-11-23", None, WORDS, "https://x.example/1")
    main = visit.state.session.filing.main.case_id
    answer = CaseAnswer(main, "granted", NOON, "YP1", None, WORDS, document)
    return visit.feed(CaseAnswered(answer), WaitOver(visit.session))
