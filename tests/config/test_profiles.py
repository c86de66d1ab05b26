"""What a kind of place sets by data: hours, offer, look, modes. No code knows a profile by name."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from config.loader import PROFILES, load_settings
from config.looks import HERE as LOOKS
from config.looks import look
from config.settings import NO_DRIVERS
from kiosk.app.package.access import contrast
from kiosk.domain.errors import SettingsError
from kiosk.domain.modes import Modes
from kiosk.flow.frame.home import LIFE_EVENTS
from ui.kit.theme import Theme, wear

NAMES = sorted(path.stem for path in PROFILES.glob("*.toml"))
TEXT_PAIRS = (
    ("ink", "paper"),
    ("ink_secondary", "counter"),
    ("ink", "selected_fill"),
    ("ink", "key_pressed"),
    ("accent_text", "paper"),
    ("accent_text", "info_fill"),
    ("on_primary", "primary"),
    ("on_primary", "primary_pressed"),
    ("on_rail", "rail"),
    ("disabled_text", "disabled_fill"),
)


def settings(tmp_path: Path, text: str):  # type: ignore[no-untyped-def]
    file = tmp_path / "kiosk.toml"
    file.write_text(text, "utf-8")
    return load_settings(file, {}, drivers=NO_DRIVERS)


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_names_only_what_there_is(name: str, tmp_path: Path) -> None:
    loaded = settings(tmp_path, f'[terminal]\nprofile = "{name}"\n')
    assert set(loaded.offer.events) <= set(LIFE_EVENTS)
    assert look(loaded.offer.look) is not None


def test_the_file_has_the_last_word_over_the_profile(tmp_path: Path) -> None:
    own = '[offer]\nhours = "always"\n[display]\nlow_reach = true\n'
    loaded = settings(tmp_path, f'[terminal]\nprofile = "mall"\n{own}')
    assert loaded.offer.minutes is None
    assert loaded.display.modes == Modes(low_reach=True)


@pytest.mark.parametrize("name", sorted(path.stem for path in LOOKS.glob("*.json")))
def test_every_look_has_the_contrast_of_the_house(name: str) -> None:
    wear(look(name))
    try:
        theme = Theme()
        faint = [
            (text, ground, round(contrast(theme.hex(text), theme.hex(ground)), 1))
            for text, ground in TEXT_PAIRS
            if contrast(theme.hex(text), theme.hex(ground)) < 6.5
        ]
        edges = contrast(theme.hex("key_edge"), theme.hex("counter"))
    finally:
        wear({})
    assert faint == []
    assert edges >= 3


def test_a_look_nobody_made_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match="celadon"):
        look("neon")


def test_a_look_cannot_bring_a_colour_that_no_page_has() -> None:
    with pytest.raises(KeyError):
        wear({"sparkle": "#FFFFFF"})


def test_strong_colours_are_the_same_in_every_look() -> None:
    plain = Theme(contrast=True).hex("primary")
    wear(look("pine"))
    try:
        assert Theme(contrast=True).hex("primary") == plain
    finally:
        wear({})


def test_settings_are_frozen(tmp_path: Path) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings(tmp_path, "").offer.look = "pine"
