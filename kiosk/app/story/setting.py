"""The settings a story plays with: those given, or the demo's, with ports and centre put in place."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from config import Settings, load_settings
from config.settings import DeviceSettings
from kiosk.app.drivers import setting_drivers
from kiosk.app.options import ROOT
from kiosk.app.story.stage import Stage
from kiosk.domain.devices import RECEIPT_PRINTER

BUILT_IN = ROOT / "config" / "demo" / "kiosk.toml"
#: The options that say where a device is.
_ADDRESSES = ("port", "tcp", "url")


def story_settings(given: Path | None, overrides: Sequence[str], stage: Stage) -> Settings:
    """All but where the devices are. Raises :class:`~kiosk.domain.errors.SettingsError`.

    A settings file keeps its own state folder, so that what a story leaves can be looked at; the built-in ones use a
    private folder.
    """
    private = [] if given else [f"terminal.state_dir={stage.work / 'state'}"]
    settings = load_settings(given or BUILT_IN, os.environ, [*private, *overrides], drivers=setting_drivers())
    if not stage.external_centre:
        settings = replace(settings, centre=replace(settings.centre, url=stage.centre_url))
    return settings


def bound(settings: Settings, stage: Stage) -> Settings:
    """The same settings with the devices at the emulators, which must be ready. Raises SettingsError.

    Emulators of the player's own take over every address; other options of a device stay. Somebody else's emulators
    are reached by the addresses in the given settings; where those bind nothing, by what stands in their folder.
    """
    if stage.external_emulators and settings.devices:
        return settings
    known = {device.name: device for device in settings.devices}
    chosen: dict[str, DeviceSettings] = {}
    for emulated in stage.bindings():
        name = emulated.name
        device = known.get(name)
        if device is not None and device.driver == emulated.driver:
            own = {key: value for key, value in device.options.items() if key not in _ADDRESSES}
            chosen[name] = replace(device, options=MappingProxyType({**own, **emulated.options}))
        else:
            chosen.setdefault(name, emulated)
    return replace(settings, devices=tuple(chosen.values()))


def centre_url(given: Path | None, overrides: Sequence[str]) -> str:
    """Where the settings say that the centre is."""
    return load_settings(given or BUILT_IN, os.environ, list(overrides), drivers=setting_drivers()).centre.url


def paper_width_mm(settings: Settings) -> int:
    """The width that the settings' printer has."""
    for device in settings.devices:
        if device.name == RECEIPT_PRINTER:
            return int(device.options.get("width_mm", 80))
    return 80
