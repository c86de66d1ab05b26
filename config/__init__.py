"""Settings of one terminal: what can be set, its defaults and limits, and reading them from a file.

Loaded by `kiosk.app` alone and handed on as arguments. The folder also holds data that ships with the program: site
profiles, the seed service packages (`services/`) and the invented people of the demo (`demo/`).
"""

from config.loader import DEFAULT_FILE, SETTINGS_VARIABLE, load_settings
from config.settings import NO_DRIVERS, CentreSettings, DeviceSettings, SessionSettings, Settings, TerminalSettings

__all__ = [
    "DEFAULT_FILE",
    "NO_DRIVERS",
    "SETTINGS_VARIABLE",
    "CentreSettings",
    "DeviceSettings",
    "SessionSettings",
    "Settings",
    "TerminalSettings",
    "load_settings",
]
