"""Options that several commands share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config import Settings

ROOT = Path(__file__).resolve().parents[2]


def parser(name: str, what: str) -> argparse.ArgumentParser:
    """A parser for ``./run NAME``."""
    return argparse.ArgumentParser(prog=f"run {name}", description=what, allow_abbrev=False)


def add_settings(into: argparse.ArgumentParser) -> None:
    """``--settings`` and ``--set``."""
    into.add_argument(
        "--settings", type=Path, metavar="FILE", help="settings file; else KIOSK_SETTINGS, else config/kiosk.toml"
    )
    into.add_argument("--set", action="append", default=[], metavar="a.b=v", help="change one setting for this start")


def settings_of(chosen: argparse.Namespace, more: Sequence[str] = ()) -> Settings:
    """The settings of this start; raises :class:`~kiosk.domain.errors.SettingsError`."""
    from config import load_settings
    from kiosk.app.drivers import setting_drivers

    return load_settings(chosen.settings, os.environ, [*chosen.set, *more], drivers=setting_drivers())
