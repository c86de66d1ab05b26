"""What can be set, declared once: type, default, unit, limits and meaning of each key.

The dataclasses are what the program receives. Each field carries a `Rule` in its metadata; the loader checks values
against it and `./run settings` writes docs/settings.md from it, so that a key is never described twice.

Paths are absolute after loading. Times are seconds. A device section is a name, a driver and the driver's own options.
Which drivers there are and what each takes is declared with the drivers and handed to the loader as `Driver`s, so a
misspelt option is refused like any other key.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from kiosk.domain.modes import Modes

Profile = Literal["hall", "bank", "mall", "park"]
Kind = Literal["text", "whole", "seconds", "switch", "path", "file", "url", "port", "tcp", "window", "usb_ids"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a value must be. `low` and `high` are inclusive; `pattern` must match the whole text.

    The rest is for drivers' options: `default`, which the driver applies (a section's defaults stand in its dataclass);
    `schemes`, which an address may have (none: the centre's rule); `problem`, which says what else the driver finds
    wrong with a value, as the end of a sentence that begins with the key.
    """

    kind: Kind
    what: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str | int, ...] = ()
    pattern: str | None = None
    example: str | None = None
    default: str | int | float | None = None
    schemes: tuple[str, ...] = ()
    problem: Callable[[Any], str | None] | None = None


def _key(default: Any, rule: Rule) -> Any:
    return dataclasses.field(default=default, metadata={"rule": rule})


@dataclass(frozen=True, slots=True)
class TerminalSettings:
    """`[terminal]`: which machine this is and how it shows itself."""

    id: str = _key(
        "YP0000",
        Rule(
            "text",
            "The terminal's id; it begins every case id, so no two terminals share one.",
            pattern="[A-Z0-9]{2,16}",
        ),
    )
    site: str = _key(
        "nanan",
        Rule(
            "text", "The place it stands in: lower-case letters, digits and hyphens.", pattern="[a-z0-9][a-z0-9-]{0,31}"
        ),
    )
    profile: Profile = _key(
        "hall",
        Rule("text", "The kind of place; it sets the defaults of [session].", choices=("hall", "bank", "mall", "park")),
    )
    state_dir: Path = _key(
        Path("state"), Rule("path", "Folder of the store, the log and everything that must survive.")
    )
    language: str = _key(
        "zh-Hans",
        Rule(
            "text",
            "Language of the attract page: zh-Hans, en, or one with a catalogue in languages_dir; en-XA to try out.",
            pattern="[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?",
        ),
    )
    languages_dir: Path = _key(
        Path("languages"),
        Rule("path", "Folder of more catalogues, LANGUAGE.po each: a language dropped in is offered."),
    )
    window: str = _key(
        "fullscreen", Rule("window", 'The whole display, or a window of that many pixels ("1080x1920").')
    )
    demo: bool = _key(False, Rule("switch", "Show that this is a demonstration, on every screen and on paper."))
    restart_at: str = _key(
        "03:30",
        Rule(
            "text",
            "Local time of the nightly self-test and restart, up to a quarter of an hour later and only while nobody is"
            ' there; or "never".',
            pattern="never|([01][0-9]|2[0-3]):[0-5][0-9]",
        ),
    )
    restart_above_mb: int = _key(
        1024,
        Rule("whole", "Memory above which the same happens as soon as nobody is there.", low=256, high=65536),
    )
    allow_file_key: bool = _key(
        True,
        Rule(
            "switch",
            "Whether the key of the store may lie in a file beside it, which the terminal then calls degraded. False: "
            "without a credential or a key ring it does not start. A demonstration always may.",
        ),
    )

    @property
    def restart_minute(self) -> int | None:
        """Minutes after midnight, or None for never."""
        if self.restart_at == "never":
            return None
        hour, _, minute = self.restart_at.partition(":")
        return int(hour) * 60 + int(minute)

    @property
    def window_px(self) -> tuple[int, int] | None:
        """Width and height in pixels, or None for the whole display."""
        if self.window == "fullscreen":
            return None
        width, _, height = self.window.partition("x")
        return int(width), int(height)


@dataclass(frozen=True, slots=True)
class CentreSettings:
    """`[centre]`: where cases go. Plain http is for a centre on this machine only."""

    url: str = _key("http://127.0.0.1:8600", Rule("url", "Address of the case API, without the /v1 at its end."))
    ca_file: Path | None = _key(None, Rule("file", "The authority that signed the centre's certificate (PEM)."))
    client_cert: Path | None = _key(
        None, Rule("file", "This terminal's certificate (PEM); with client_key or not at all.")
    )
    client_key: Path | None = _key(None, Rule("file", "The key of that certificate (PEM)."))
    connect_timeout_s: float = _key(3.0, Rule("seconds", "How long a connection may take.", low=0.1, high=60))
    total_timeout_s: float = _key(15.0, Rule("seconds", "How long one call may take in all.", low=0.5, high=300))
    submit_wait_s: float = _key(
        5.0, Rule("seconds", "How long a resident waits for the centre before going on as offline.", low=0, high=60)
    )


@dataclass(frozen=True, slots=True)
class OfferSettings:
    """`[offer]`: what this kind of place offers, and when. Every key is usually set by the site profile."""

    hours: str = _key(
        "always",
        Rule(
            "text",
            'When a visit may begin, local time, or "always". A visit that began before the end goes on.',
            pattern="always|([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]",
            example="08:00-22:00",
        ),
    )
    life_events: str = _key(
        "all",
        Rule(
            "text",
            'The life events whose items are offered, in the order of their tiles, or "all".',
            pattern="[a-z]+( *, *[a-z]+)*",
            example="business, work, housing",
        ),
    )
    look: str = _key(
        "celadon",
        Rule(
            "text",
            "The colours: a file of config/looks. Strong colours are the same in every look.",
            pattern="[a-z][a-z0-9-]{0,31}",
        ),
    )

    @property
    def minutes(self) -> tuple[int, int] | None:
        """First and last minute of the day, the last not included; None for day and night."""
        if self.hours == "always":
            return None
        begin, _, end = self.hours.partition("-")
        return _minute(begin), _minute(end)

    @property
    def events(self) -> tuple[str, ...]:
        """The life events; empty for all."""
        return () if self.life_events == "all" else tuple(part.strip() for part in self.life_events.split(","))


def _minute(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """`[display]`: the panel, and how every visit begins to be shown; residents change it on any page."""

    elder: bool = _key(False, Rule("switch", "Larger type, one thing a page, simpler words, twice the time."))
    contrast: bool = _key(False, Rule("switch", "Few strong colours on black."))
    low_reach: bool = _key(False, Rule("switch", "Everything that is pressed lies in the lower band of the panel."))
    keypad: bool = _key(False, Rule("switch", "The buttons below the screen are used from the first page on."))
    panel_width_mm: int = _key(
        0,
        Rule(
            "whole",
            "How wide the lit part of the panel is; keys and type keep their size in millimetres. 0: a usual panel of "
            "its shape.",
            low=0,
            high=3000,
        ),
    )

    @property
    def modes(self) -> Modes:
        """The switches; a page is read out only to somebody who is there."""
        return Modes(self.elder, self.contrast, self.low_reach, self.keypad)


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """`[sound]`: tones and voice. Whoever mounts the speaker sets it to 65 dBA at most where people stand."""

    volume: int = _key(60, Rule("whole", "By day, from 0 (silent) to 100.", low=0, high=100))
    night_volume: int = _key(30, Rule("whole", "The same from ten in the evening to seven.", low=0, high=100))
    voice: str = _key(
        "on",
        Rule(
            "text",
            "Whether pages can be read out, where something can be heard; silent: all of it, to a device that is none.",
            choices=("on", "off", "silent"),
        ),
    )
    voice_percent: int = _key(100, Rule("whole", "How fast the voice speaks, in per cent of usual.", low=60, high=160))
    voice_output: str = _key(
        "",
        Rule("text", "Part of the name of the sound device for the voice; empty: the one the system prefers."),
    )

    def at(self, hour: int) -> int:
        """The volume at an hour of the local day."""
        return self.volume if 7 <= hour < 22 else self.night_volume


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """`[session]`: when a resident's session ends by itself."""

    idle_s: float = _key(
        90.0, Rule("seconds", "Nobody does anything for this long: the warning comes.", low=1, high=900)
    )
    warn_s: float = _key(
        30.0, Rule("seconds", "The warning counts down this long, then all is wiped.", low=1, high=120)
    )
    absolute_s: float = _key(1800.0, Rule("seconds", "No session lasts longer than this.", low=10, high=14400))


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """`[store]`: how much room cases are promised, and how long what the centre holds stays here too."""

    floor_mb: int = _key(
        200, Rule("whole", "Free disk below which no new case is taken; sending goes on.", low=8, high=100_000)
    )
    ballast_mb: int = _key(
        16, Rule("whole", "Disk kept back, to be given up when it is full so that answers fit.", low=8, high=1024)
    )
    ask_again_hours: int = _key(
        24,
        Rule("whole", "So long after the answer the centre is asked whether it still knows a case.", low=1, high=720),
    )
    keep_body_days: int = _key(
        3, Rule("whole", "So long what was sent stays here, and until the centre knew it once more.", low=1, high=365)
    )
    keep_row_days: int = _key(
        180,
        Rule("whole", "So long it is known here that a case was sent; by then nothing of a person.", low=1, high=3650),
    )


@dataclass(frozen=True, slots=True)
class UsbSettings:
    """`[usb]`: what may be plugged into the terminal. Nothing is ever used because it was plugged in."""

    listed: tuple[str, ...] = _key(
        (),
        Rule(
            "usb_ids",
            "What may be plugged in; anything else is reported. Without a list: what is there at the start may be.",
        ),
    )
    reset_helper: Path | None = _key(
        None, Rule("path", "The socket of the helper that resets USB ports (`deploy/usb-reset`); none: nobody does.")
    )


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """One `[devices.NAME]` section: which driver serves the device, and the driver's own options."""

    name: str
    driver: str
    options: Mapping[str, str | int | float] = dataclasses.field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. `source` is the file it came from, for diagnostics."""

    terminal: TerminalSettings = dataclasses.field(default_factory=TerminalSettings)
    centre: CentreSettings = dataclasses.field(default_factory=CentreSettings)
    devices: tuple[DeviceSettings, ...] = ()
    offer: OfferSettings = dataclasses.field(default_factory=OfferSettings)
    display: DisplaySettings = dataclasses.field(default_factory=DisplaySettings)
    sound: SoundSettings = dataclasses.field(default_factory=SoundSettings)
    session: SessionSettings = dataclasses.field(default_factory=SessionSettings)
    store: StoreSettings = dataclasses.field(default_factory=StoreSettings)
    usb: UsbSettings = dataclasses.field(default_factory=UsbSettings)
    source: Path | None = None


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver's options as the devices declare them; whoever loads settings hands these in.

    `required` names options that must be given, `one_of` options of which exactly one must be; `device` is the section
    it serves.
    """

    name: str
    device: str
    what: str
    options: Mapping[str, Rule]
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drivers:
    """The drivers that sections can name. `find(driver, device)` brings one alone, `listed()` all of them."""

    find: Callable[[str, str], Driver | None]
    listed: Callable[[], Sequence[Driver]]


NO_DRIVERS: Final = Drivers(lambda driver, device: None, tuple)

SECTIONS: Mapping[str, type] = MappingProxyType(
    {
        "terminal": TerminalSettings,
        "centre": CentreSettings,
        "offer": OfferSettings,
        "display": DisplaySettings,
        "sound": SoundSettings,
        "session": SessionSettings,
        "store": StoreSettings,
        "usb": UsbSettings,
    }
)


def rules_of(section: type) -> Mapping[str, Rule]:
    """The rule of each key of one section's dataclass, in the order written."""
    return {field.name: field.metadata["rule"] for field in dataclasses.fields(section)}
