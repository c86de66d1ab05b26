"""What a driver declares of itself: its name, the device it serves, its options, and how it is made from them.

Each driver's module ends with its own `SPEC`; `devices/registry.py` lists them. Settings, docs/settings.md and the
conformance suite follow from these rows, so an option is declared once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from devices.drivers.base import Driver
from devices.transports.base import TransportFactory
from devices.transports.serial_port import SerialTransport

Options = Mapping[str, str | int]
BAUDS = (9600, 19200, 38400, 57600, 115200)


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """One option of a driver: its type, the values allowed (empty: any), and its default (None: must be given).

    `check` says what is wrong with a value that has the right type; None when nothing is.
    """

    kind: type[str] | type[int]
    about: str
    choices: tuple[str | int, ...] = ()
    default: str | int | None = None
    check: Callable[[str | int], str | None] | None = None


@dataclass(frozen=True, slots=True)
class DriverSpec:
    """A driver by name: for which device, with which options, and how it is made from checked options.

    `one_of` names options of which exactly one must be given.
    """

    driver: str
    device: str
    options: Mapping[str, OptionSpec]
    make: Callable[[Options], Driver]
    one_of: tuple[str, ...] = ()


PORT = OptionSpec(str, "the serial port, e.g. /dev/serial/by-path/…")


def baud(default: int) -> OptionSpec:
    """The line speed, with this driver's usual one."""
    return OptionSpec(int, "line speed", BAUDS, default)


def serial_line(options: Options) -> TransportFactory:
    """What opens the port of these options at their baud."""
    return lambda: SerialTransport(str(options["port"]), int(options["baud"]))


def host_and_port(text: str, default_port: int) -> tuple[str, int] | None:
    """The two halves of HOST or HOST:PORT; None when it is neither."""
    host, colon, number = text.rpartition(":")
    if not colon:
        return text, default_port
    if not host or not (number.isascii() and number.isdigit()) or not 0 < int(number) < 65536:
        return None
    return host.strip("[]"), int(number)
