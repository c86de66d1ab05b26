"""A city's own sign stands in the corner; nothing of it is code."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from ui.kit.icons import bear, paint_logo

RED = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#D00000"/></svg>'


def test_the_sign_of_a_city_is_painted_and_taken_back(qapp: QApplication, tmp_path: Path) -> None:
    file = tmp_path / "city.svg"
    file.write_text(RED, "utf-8")
    bear(file)
    try:
        image = QImage(20, 20, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        painted = paint_logo(painter, 0, 0, 20)
        painter.end()
    finally:
        bear(None)
    assert painted
    assert image.pixelColor(10, 10) == QColor("#D00000")
    painter = QPainter(image)
    assert not paint_logo(painter, 0, 0, 20)
    painter.end()


def test_a_file_that_is_no_picture_is_refused_by_name(qapp: QApplication, tmp_path: Path) -> None:
    file = tmp_path / "city.svg"
    file.write_text("no picture", "utf-8")
    with pytest.raises(ValueError, match=r"city\.svg"):
        bear(file)
