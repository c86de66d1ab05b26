"""Every sample page, in both languages, keeps the rules of the panel: size, place, contrast, nothing clipped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.domain.modes import Modes
from kiosk.flow.events import Touched
from kiosk.flow.view import AttractBody, ScreenView
from tests.ui import rules
from tests.ui.rules import Page
from ui.gallery.pages import LANGUAGES, NOON, samples
from ui.gallery.parts import FAMILIES, sheet_picture
from ui.gallery.window import GalleryWindow
from ui.host import TerminalWindow
from ui.screens.build import SCREENS, shown

CASES = [(language, name) for language in LANGUAGES for name, _ in samples(language)]
VIEWS = {(language, name): view for language in LANGUAGES for name, view in samples(language)}


@pytest.fixture(scope="module")
def window(qapp: QApplication) -> Iterator[TerminalWindow]:
    made = TerminalWindow(lambda _: None, (1080, 1920), now=lambda: NOON)
    made.start()
    yield made
    made.allow_close()
    made.deleteLater()


def show(window: TerminalWindow, case: tuple[str, str]) -> ScreenView:
    view = VIEWS[case]
    window.render(view)
    QApplication.processEvents()
    return view


def test_the_gallery_holds_every_body_and_overlay() -> None:
    painted = {type(shown(view)) for view in VIEWS.values()}
    assert painted == set(SCREENS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case))
def test_no_text_is_clipped_and_none_is_small(window: TerminalWindow, case: tuple[str, str]) -> None:
    show(window, case)
    assert rules.clipped(Page(window)) == []
    assert rules.small_texts(Page(window)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case))
def test_targets_are_large_apart_and_low_enough(window: TerminalWindow, case: tuple[str, str]) -> None:
    view = show(window, case)
    assert rules.small_targets(Page(window)) == []
    assert rules.near_targets(Page(window)) == []
    assert view.staff or rules.high_targets(Page(window), 636) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case))
def test_texts_stand_out_from_their_ground(window: TerminalWindow, case: tuple[str, str]) -> None:
    show(window, case)
    assert rules.faint_texts(Page(window), 4.5) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case))
def test_texts_lie_beside_each_other_and_never_on_top(window: TerminalWindow, case: tuple[str, str]) -> None:
    show(window, case)
    assert rules.crowded(Page(window)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case))
def test_each_control_has_a_name_of_its_own_and_is_read_out(window: TerminalWindow, case: tuple[str, str]) -> None:
    view = show(window, case)
    names = [c.name for c in window.controls() if c.name]
    assert len(names) == len(set(names))
    silent = [c.name for c in window.controls() if c.name and c.role != "image" and not c.accessible]
    assert silent == []
    if not isinstance(view.body, AttractBody) and view.overlay is None and not view.staff:
        assert (view.strip or view.place) in [c.text for c in window.controls()]


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
