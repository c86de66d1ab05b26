"""No word is cut or covered: every sample page in a language a third longer than English, in every mode, on every
shape of panel.

Chinese and English are held to the same in test_gallery and test_frames; ``./run gallery --fit`` tries everything.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication

from kiosk.domain.modes import PLAIN, Modes
from kiosk.texts import PSEUDO
from ui.gallery.fit import MODES, PANELS, misfits
from ui.gallery.pages import samples


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("modes", MODES, ids=lambda modes: "+".join(modes.on()) or "standard")
def test_words_a_third_longer_have_room_on_every_page(qapp: QApplication, panel: str, modes: Modes) -> None:
    assert list(misfits(PSEUDO, PANELS[panel], modes)) == []


@pytest.mark.parametrize("modes", [modes for modes in MODES if modes != PLAIN], ids=lambda modes: "+".join(modes.on()))
def test_in_each_mode_some_pages_are_looked_at_in_turn(qapp: QApplication, modes: Modes) -> None:
    """Each mode takes another fifth of the pages and another panel; the command looks at all of them."""
    turn = MODES.index(modes)
    names = frozenset(name for number, (name, _) in enumerate(samples("en")) if number % 5 == turn % 5)
    language, panel = ("zh-Hans", "en")[turn % 2], list(PANELS)[turn % len(PANELS)]

    assert list(misfits(language, PANELS[panel], modes, names)) == []


def test_a_label_that_is_far_too_long_is_named(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    label = "Start " * 40
    guide = dict(samples("en"))["guide"]
    assert guide.primary is not None
    long = replace(guide, primary=replace(guide.primary, label=label))
    monkeypatch.setattr("ui.gallery.fit.samples", lambda _: (("guide", long),))

    assert [(one.page, one.cut) for one in misfits("en", PANELS["portrait"])] == [("guide", (label,))]
