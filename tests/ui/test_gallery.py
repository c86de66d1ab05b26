"""Every sample page, in both languages, keeps the rules of the panel: size, place, contrast, nothing clipped."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from kiosk.flow.view import AttractBody, ScreenView
from ui.gallery import LANGUAGES, NOON, main, samples
from ui.host import TerminalWindow
from ui.kit.controls import ControlInfo, control_name
from ui.kit.parts import Label, Pressable
from ui.kit.theme import MIN_GAP_PX, MIN_TARGET_PX, MIN_TEXT_PX
from ui.screens.build import SCREENS, shown

CASES = [(language, name) for language in LANGUAGES for name, _ in samples(language)]
VIEWS = {(language, name): view for language in LANGUAGES for name, view in samples(language)}
TOUCHED_ROLES = ("key", "choice", "field")


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


def targets(window: TerminalWindow) -> list[ControlInfo]:
    # A field that is being written is not pressed: its keyboard is.
    writing = {control_name(child) for child in window.findChildren(QWidget) if child.property("active") is True}
    return [c for c in window.controls() if c.role in TOUCHED_ROLES and c.name and c.name not in writing]


def luminance(colour: str) -> float:
    parts = [channel / 255 for channel in QColor(colour).getRgb()[:3]]  # type: ignore[union-attr,index]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_gallery_holds_every_body_and_overlay() -> None:
    painted = {type(shown(view)) for view in VIEWS.values()}
    assert painted == set(SCREENS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case))
def test_no_text_is_clipped_and_none_is_small(window: TerminalWindow, case: tuple[str, str]) -> None:
    show(window, case)
    parts = [c for c in window.findChildren(QWidget) if isinstance(c, Label | Pressable) and c.isVisibleTo(window)]
    clipped = [part.accessibleName() for part in parts if part.clipped()]
    assert clipped == []
    small = [(c.text, c.font_px) for c in window.controls() if c.text and c.font_px < MIN_TEXT_PX]
    assert small == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case))
def test_targets_are_large_apart_and_low_enough(window: TerminalWindow, case: tuple[str, str]) -> None:
    view = show(window, case)
    found = targets(window)
    whole = QRect(0, 0, 1080, 1920)
    for control in found:
        assert min(control.rect[2:]) >= MIN_TARGET_PX, control
        assert whole.contains(QRect(*control.rect)), control
        high = control.rect[1] < 636
        assert not high or view.staff or control.name == "staff.corner", control
    strips = ("candidate.", "key.mode.")
    for one, other in combinations(found, 2):
        if one.name.startswith(strips) and other.name.startswith(strips):
            continue  # cells of one strip share their frame
        near = QRect(*one.rect).adjusted(-MIN_GAP_PX + 1, -MIN_GAP_PX + 1, MIN_GAP_PX - 1, MIN_GAP_PX - 1)
        assert not near.intersects(QRect(*other.rect)), (one, other)


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case))
def test_texts_stand_out_from_their_ground(window: TerminalWindow, case: tuple[str, str]) -> None:
    show(window, case)
    faint = [
        (c.text, c.fg, c.bg, round(contrast(c.fg, c.bg), 1))
        for c in window.controls()
        if c.text and contrast(c.fg, c.bg) < 4.5
    ]
    assert faint == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case))
def test_texts_lie_beside_each_other_and_never_on_top(window: TerminalWindow, case: tuple[str, str]) -> None:
    show(window, case)
    boxes: list[tuple[str, QRect]] = []
    for label in window.findChildren(Label):
        if label.isVisibleTo(window) and label.text():
            lines = label.lines()
            corner = label.mapTo(window, QPoint(0, 0))
            ink = lines.line_height_px * (len(lines.lines) - 1) + lines.font_px
            middle = (label.height() - lines.height_px) / 2 if label.height() > lines.height_px else 0
            top = middle if label._middle else 0
            top += (lines.line_height_px - lines.font_px) / 2
            boxes.append((label.text(), QRect(corner.x(), corner.y() + round(top), label.width(), round(ink))))
    for part in window.findChildren(Pressable):
        if part.isVisibleTo(window) and control_name(part) not in ("", "staff.corner"):
            boxes.append((part.accessibleName(), QRect(part.mapTo(window, QPoint(0, 0)), part.size())))
    crowded = [
        (one[0], other[0])
        for one, other in combinations(boxes, 2)
        if one[1].adjusted(0, 1, 0, -1).intersects(other[1].adjusted(0, 1, 0, -1))
    ]
    assert crowded == []


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


def test_the_command_paints_one_picture_a_page(tmp_path: object, qapp: QApplication) -> None:
    from pathlib import Path

    out = Path(str(tmp_path))
    assert main(["--out", str(out), "--lang", "en", "--only", "home,guide"]) == 0
    assert sorted(p.name for p in out.glob("*.png")) == ["04-home-en.png", "11-guide-en.png"]
