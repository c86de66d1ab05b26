"""``package a11y``: it walks every page in each mode, finds what is wrong, and says what the program lacks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.app.commands.package import main
from kiosk.app.package import access
from kiosk.app.package.access import CRITERIA, MODES, contrast, measured
from kiosk.app.package.sources import bundle_of
from kiosk.domain.modes import Modes
from kiosk.domain.speech import Phrase
from kiosk.flow.reading import reading
from kiosk.flow.view import ScreenView
from kiosk.forms import LANGUAGES
from ui.app import QtLoop


@pytest.fixture
def qt() -> QtLoop:
    return QtLoop("offscreen")


SERVICES = Path(__file__).resolve().parents[2] / "config" / "services"


def test_a_short_item_can_be_used_in_every_mode_and_language(qt: QtLoop) -> None:
    report = measured(qt, bundle_of(SERVICES / "social-insurance-certificate"))

    assert report.stopped == []
    assert report.pages >= len(MODES) * len(LANGUAGES) * 5
    assert report.unmet() == [], access.as_text(report)


@pytest.mark.parametrize("panel", ["landscape", "5:4"])
@pytest.mark.parametrize("item", ["newborn", "minor-hk-permit"])
def test_a_long_item_has_room_on_a_panel_that_lies(
    qt: QtLoop, monkeypatch: pytest.MonkeyPatch, panel: str, item: str
) -> None:
    # Papers of five agencies with their pager, a fee of two lines: the sample pages of the gallery are never this full.
    monkeypatch.setattr(access, "MODES", {name: MODES[name] for name in ("elder", "all")})
    report = measured(qt, bundle_of(SERVICES / item), panel)

    assert report.stopped == []
    assert report.unmet() == [], access.as_text(report)


def test_a_text_that_nobody_hears_is_found(qt: QtLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "MODES", {"speech": MODES["speech"]})
    monkeypatch.setattr(access, "reading", lambda view: reading(view)[:-2])

    assert not measured(qt, bundle_of(SERVICES / "social-insurance-certificate")).passed("spoken")


def test_a_voice_that_says_private_things_aloud_is_found(qt: QtLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    def aloud(view: ScreenView) -> tuple[Phrase, ...]:
        return tuple(replace(phrase, private=False) for phrase in reading(view))

    monkeypatch.setattr(access, "MODES", {"speech": MODES["speech"]})
    monkeypatch.setattr(access, "reading", aloud)

    assert not measured(qt, bundle_of(SERVICES / "social-insurance-certificate")).passed("private")


def test_a_page_whose_keys_lie_high_is_found(qt: QtLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    # The window is told nothing of low reach, as if a page had no such layout.
    monkeypatch.setattr(access, "MODES", {"low reach": Modes(low_reach=True)})
    monkeypatch.setattr(access, "LOW_SHARE", {True: 0.8, False: 0.8})

    assert not measured(qt, bundle_of(SERVICES / "social-insurance-certificate")).passed("low reach")


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_as_json_it_says_how_each_criterion_was_measured(
    qt: QtLoop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "MODES", {"standard": Modes()})
    main(["a11y", str(SERVICES / "social-insurance-certificate"), "--json"])

    told = json.loads(capsys.readouterr().out)
    assert [criterion["id"] for criterion in told[0]["criteria"]] == [criterion.id for criterion in CRITERIA]
    assert all(criterion["how"] for criterion in told[0]["criteria"])
