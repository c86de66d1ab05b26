"""How a command ends: the exit codes that others may rely on, and which error leads to which."""

from __future__ import annotations

from kiosk.domain.errors import CentreError, DeviceError, KioskError, SecondCopy, SettingsError, StoreError

OK = 0
FAILED = 1
USAGE = 2
DEVICE = 3
CENTRE = 4
SECOND_COPY = 5
STORE = 6
RESTART = 7
BUG = 70

_LEAVES: tuple[tuple[type[KioskError], int], ...] = (
    (SecondCopy, SECOND_COPY),
    (SettingsError, USAGE),
    (StoreError, STORE),
    (DeviceError, DEVICE),
    (CentreError, CENTRE),
)


def exit_code(error: KioskError) -> int:
    """The code for an error that a command could not go on with; the most exact leaf decides."""
    return next((code for leaf, code in _LEAVES if isinstance(error, leaf)), FAILED)
