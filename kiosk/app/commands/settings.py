"""``./run settings``: every setting of the program and of its drivers, as the page docs/settings.md."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from kiosk.app import exits
from kiosk.app.options import parser


def main(arguments: Sequence[str]) -> int:
    """0; the page goes to stdout."""
    options = parser("settings", "Write the table of all settings: ./run settings > docs/settings.md")
    options.add_argument("--installed", action="store_true", help="with the drivers of installed packages")
    chosen = options.parse_args(arguments)
    from config.page import describe
    from devices.registry import default_registry, shipped_registry
    from kiosk.app.drivers import setting_drivers

    registry = default_registry() if chosen.installed else shipped_registry()
    sys.stdout.write(describe(setting_drivers(registry).listed()))
    return exits.OK
