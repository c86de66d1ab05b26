"""Every sample page on every shape of panel and in every mode of display keeps the rules of the panel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from kiosk.domain.modes import Modes
from kiosk.flow.view import AttractBody
from tests.ui import rules
from ui.gallery.pages import LANGUAGES, NOON, as_the_flow_would, samples
from ui.host import TerminalWindow

VIEWS = {language: samples(language) for language in LANGUAGES}
UPRIGHT, LYING, CLASSIC = (1080, 1920), (1920, 1080), (1280, 1024)
COMBINATIONS = {
    "upright": (UPRIGHT, Modes()),
    "lying": (LYING, Modes()),
    "classic": (CLASSIC, Modes()),
    "low": (UPRIGHT, Modes(low_reach=True)),
    "lying-low": (LYING, Modes(low_reach=True)),
    "elder": (UPRIGHT, Modes(elder=True)),
    "contrast": (UPRIGHT, Modes(contrast=True)),
    "all": (UPRIGHT, Modes(elder=True, contrast=True, low_reach=True)),
    "classic-all": (CLASSIC, Modes(elder=True, contrast=True, low_reach=True)),
}
MOST_SIZES = 6
UPRIGHT_TOP_PX = 636
"""Nothing above this is pressed on a panel that stands."""

NOT_YET = frozenset({"usage-days"})
"""Samples (name without language) whose pages still break a rule somewhere. It only gets shorter."""


@pytest.fixture(params=COMBINATIONS, ids=list(COMBINATIONS))
def panel(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[tuple[str, TerminalWindow, Modes]]:
    size, modes = COMBINATIONS[request.param]
    made = TerminalWindow(lambda _: None, size, now=lambda: NOON)
    made.start()
    yield request.param, made, modes
    made.allow_close()
    made.deleteLater()


def test_every_page_keeps_the_rules_on_this_panel(panel: tuple[str, TerminalWindow, Modes]) -> None:
    combination, window, modes = panel
    broken: dict[str, list[object]] = {}
    # A page is looked at in one language here and in the other there: both come round in half the time.
    turn = list(COMBINATIONS).index(combination)
    both = combination == "upright"
    cases = [(language, *sample) for language in LANGUAGES for sample in enumerate(VIEWS[language])]
    for language, number, (name, view) in cases:
        if not both and language != LANGUAGES[(number + turn) % 2]:
            continue
        if name in NOT_YET or (view.staff and modes != Modes()):
            continue  # a technician stands, and has the panel as it comes
        window.render(as_the_flow_would(view, modes))
        QApplication.processEvents()
        page = rules.Page(window)
        found: list[object] = [
            *rules.clipped(page),
            *rules.small_texts(page),
            *rules.small_targets(page),
            *rules.near_targets(page),
            *rules.crowded(page),
            *rules.faint_texts(page, 7 if modes.contrast else 4.5),
            *rules.unnamed(page),
        ]
        if combination == "upright" and not view.staff:
            found += rules.high_targets(page, UPRIGHT_TOP_PX)
            if not isinstance(view.body, AttractBody) and view.overlay is None:
                found += {view.strip or view.place} - {control.text for control in page.controls}
        if modes.low_reach:
            found += rules.high_targets(page, rules.low_band_px(page))
        sizes = rules.type_sizes(page)
        if len(sizes) > MOST_SIZES and not view.staff:
            found.append(sizes)
        if found:
            broken[f"{name}-{language}"] = found[:4]
    assert broken == {}
