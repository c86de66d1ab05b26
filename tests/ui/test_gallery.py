"""The gallery has a sample of every page and part, and shows them in each mode. `test_frames` judges the samples."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.domain.modes import Modes
from kiosk.flow.events import Touched
from ui.gallery.pages import LANGUAGES, NOON, samples
from ui.gallery.parts import FAMILIES, sheet_picture
from ui.gallery.window import GalleryWindow
from ui.host import TerminalWindow
from ui.screens.build import SCREENS, shown

VIEWS = {(language, name): view for language in LANGUAGES for name, view in samples(language)}


def test_the_gallery_holds_every_body_and_overlay() -> None:
    painted = {type(shown(view)) for view in VIEWS.values()}
    assert painted == set(SCREENS)


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 1024), (540, 960)])
def test_on_other_panels_the_page_has_a_frame_of_its_own(qtbot: QtBot, size: tuple[int, int]) -> None:
    window = TerminalWindow(lambda _: None, size, now=lambda: NOON)
    window.start()
    window.render(VIEWS["en", "guide"])
    rects = {control.name: QRect(*control.rect) for control in window.controls() if control.name}
    assert all(QRect(0, 0, *size).contains(rect) for rect in rects.values())
    primary, help_key = rects["action.next"], rects["action.help"]
    if size[0] > size[1]:
        assert abs(primary.center().y() - help_key.center().y()) < 12  # they share the bottom
        assert primary.right() > size[0] * 0.9
    else:
        assert primary.bottom() < help_key.top()
    window.allow_close()


def test_a_mode_pressed_in_the_window_shows_the_same_page_in_it_and_any_other_key_the_next(qapp: QApplication) -> None:
    gallery = GalleryWindow((1080, 1920), LANGUAGES, Modes(), lambda: None)
    gallery.show()
    for event in (Touched("action.start"), Touched("mode.contrast")):
        gallery.pressed(event)

    assert gallery.page() == samples("zh-Hans")[1][0]
    view = gallery.window.view()
    assert view is not None
    assert view.modes == Modes(contrast=True)
    gallery.window.allow_close()


def test_every_sheet_of_parts_is_painted_in_both_languages_and_large(qapp: QApplication) -> None:
    for number, name in enumerate(FAMILIES):
        picture = sheet_picture(name, LANGUAGES[number % 2], Modes(elder=True))
        assert picture.height() > 300, name
