"""What a driver declares of itself: its name, the device it serves, its options, and how it is made from them.

Each driver's module ends with its own `SPEC`; `devices/registry.py` lists them, and an installed package offers more
through the entry point group `kiosk.drivers`. The settings loader, docs/settings.md and the conformance suite follow
from these rows, so an option is declared once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from devices.drivers.base import Driver
from devices.trace import Counts, Mask, traced
from devices.transports.base import TransportFactory
from devices.transports.guard import guarded
from devices.transports.serial_port import SerialTransport

OptionKind = Literal["text", "whole", "seconds", "switch", "port", "path", "tcp", "url"]
OptionValue = str | int | float  # a switch is a bool, which is an int
Options = Mapping[str, OptionValue]
BAUDS = (9600, 19200, 38400, 57600, 115200)

_TYPES: Mapping[str, tuple[type, ...]] = {"whole": (int,), "seconds": (float, int), "switch": (bool,)}
_NOUNS = {"whole": "a whole number", "seconds": "a number of seconds", "switch": "true or false"}


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """One option of a driver.

    `kind` says what is written in the settings and what the driver gets: `text`, `whole` (int), `seconds` (float),
    `switch` (bool), `port` (path of a device node, absolute after loading), `path`, `tcp` (HOST or HOST:PORT),
    `url` (of one of `schemes`). `about` is a sentence for docs/settings.md. `low` and `high` are inclusive, `pattern`
    must match the whole text. An option without `default` must be given, unless it is `optional` or one of the
    driver's `one_of`. A `secret` is left out of every report. `check` says what else is wrong with a value; None when
    nothing is.
    """

    kind: OptionKind
    about: str
    choices: tuple[str | int, ...] = ()
    default: OptionValue | None = None
    check: Callable[[str | int], str | None] | None = None
    low: float | None = None
    high: float | None = None
    pattern: str | None = None
    example: str | None = None
    schemes: tuple[str, ...] = ("http", "https")
    optional: bool = False
    secret: bool = False

    def problem(self, value: OptionValue) -> str | None:
        """What is wrong with a value, as the end of a sentence that begins with the option's name; None: nothing."""
        if type(value) not in _TYPES.get(self.kind, (str,)):
            return f"must be {_NOUNS.get(self.kind, 'a text')}"
        if self.choices and value not in self.choices:
            return f"must be one of {', '.join(str(each) for each in self.choices)}"
        if isinstance(value, str):
            wrong = self._text_problem(value)
        else:
            low, high = self.low, self.high
            out = (low is not None and value < low) or (high is not None and value > high)
            wrong = f"must be from {low} to {high}" if out else None
        if wrong is None and self.check is not None and not isinstance(value, float):
            wrong = self.check(value)
        return wrong

    def _text_problem(self, value: str) -> str | None:
        if not value:
            return "must not be empty"
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            return f"must match {self.pattern}"
        if self.kind == "tcp" and host_and_port(value, 1) is None:
            return "must be HOST or HOST:PORT"
        if self.kind == "url" and not _is_url(value, self.schemes):
            return f"must be an address that begins with {' or '.join(f'{scheme}://' for scheme in self.schemes)}"
        return None


@dataclass(frozen=True, slots=True)
class DriverSpec:
    """A driver by name: for which device, with which options, and how it is made from checked options.

    `one_of` names options of which exactly one must be given. `about` is a sentence for docs/settings.md, `page` the
    page that tells a technician what the device's words mean (a path in the project, or an address), `version` that of
    a driver which does not come with the program. `mask` shows the device's traffic in a byte trace without anything
    of a person; a driver that names none shows byte counts.
    """

    driver: str
    device: str
    options: Mapping[str, OptionSpec]
    make: Callable[[Options], Driver]
    one_of: tuple[str, ...] = ()
    about: str = ""
    page: str = ""
    version: str = ""
    mask: Callable[[], Mask] = Counts

    def required(self) -> tuple[str, ...]:
        """The options that must be given, each by itself."""
        return tuple(
            key
            for key, option in self.options.items()
            if option.default is None and not option.optional and key not in self.one_of
        )

    def filled(self, given: Options) -> dict[str, OptionValue]:
        """The options with the defaults of those left out."""
        defaults = {key: option.default for key, option in self.options.items() if option.default is not None}
        return {**defaults, **given}


PORT = OptionSpec("port", "The serial port, as a path.", example="/dev/ttyUSB0")


def baud(default: int) -> OptionSpec:
    """The line speed, with this driver's usual one."""
    return OptionSpec("whole", "Bits per second, as set on the device.", BAUDS, default)


def serial_line(options: Options) -> TransportFactory:
    """What opens the port of these options at their baud."""
    return traced(guarded(lambda: SerialTransport(str(options["port"]), int(options["baud"]))))


def host_and_port(text: str, default_port: int) -> tuple[str, int] | None:
    """The two halves of HOST or HOST:PORT; None when it is neither."""
    host, colon, number = text.rpartition(":")
    if not colon:
        return text, default_port
    if not host or not (number.isascii() and number.isdigit()) or not 0 < int(number) < 65536:
        return None
    return host.strip("[]"), int(number)


def _is_url(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        url = urlsplit(value)
        host, _ = url.hostname, url.port
    except ValueError:
        return False
    return url.scheme in schemes and bool(host) and url.username is None and not any(map(str.isspace, value))
