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
from kiosk.domain.devices import CODE_SCANNER, ID_CARD, RECEIPT_PRINTER

BUILT_IN = ROOT / "config" / "demo" / "kiosk.toml"
_DRIVERS = {ID_CARD: "sam-serial", CODE_SCANNER: "serial-scanner", RECEIPT_PRINTER: "escpos"}


def story_settings(given: Path | None, overrides: Sequence[str], stage: Stage) -> Settings:
    """Raises :class:`~kiosk.domain.errors.SettingsError`.

    Emulators of the player's own take over every port; other options of a device stay. Somebody else's emulators are
    reached by the ports in the given settings; where those bind nothing, by the names in their folder. A settings file
    keeps its own state folder, so that what a story leaves can be looked at; the built-in ones use a private folder.
    """
    private = [] if given else [f"terminal.state_dir={stage.work / 'state'}"]
    settings = load_settings(given or BUILT_IN, os.environ, [*private, *overrides], drivers=setting_drivers())
    if not stage.external_centre:
        settings = replace(settings, centre=replace(settings.centre, url=stage.centre_url))
    if not stage.external_emulators or not settings.devices:
        settings = replace(settings, devices=_bound(settings.devices, stage))
    return settings


def centre_url(given: Path | None, overrides: Sequence[str]) -> str:
    """Where the settings say that the centre is."""
    return load_settings(given or BUILT_IN, os.environ, list(overrides), drivers=setting_drivers()).centre.url


def paper_width_mm(settings: Settings) -> int:
    """The width that the settings' printer has."""
    for device in settings.devices:
        if device.name == RECEIPT_PRINTER:
            return int(device.options.get("width_mm", 80))
    return 80


def _bound(devices: tuple[DeviceSettings, ...], stage: Stage) -> tuple[DeviceSettings, ...]:
    known = {device.name: device for device in devices}
    bound = []
    for name, port in stage.ports().items():
        device = known.get(name) or DeviceSettings(name, _DRIVERS[name])
        options = {key: value for key, value in device.options.items() if key not in ("port", "tcp")}
        bound.append(replace(device, options=MappingProxyType({**options, "port": port})))
    return tuple(bound)
