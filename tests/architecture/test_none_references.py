"""Some PySide6 releases lose a reference to None in every void call and abort the interpreter after some thousand."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

CALLS = 500
NOISE = 50


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal there: its count cannot move")
@pytest.mark.usefixtures("qapp")
def test_the_count_of_references_to_none_does_not_drift_over_qt_calls() -> None:
    label = QLabel()
    for number in range(CALLS):
        label.setText(str(number))
    before = sys.getrefcount(None)

    for number in range(CALLS):
        label.setText(str(number))
    for _ in range(CALLS):
        label.property("nothing")

    assert abs(sys.getrefcount(None) - before) < NOISE


def test_qt_runs_without_a_display(qapp: QApplication) -> None:
    widget = QWidget()
    widget.resize(108, 192)
    widget.show()

    assert (widget.grab().width(), widget.grab().height()) == (108, 192)
    assert qapp.platformName() in {"offscreen", "xcb"}
    widget.close()
