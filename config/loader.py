"""Reads the settings: defaults, then the site profile, then the file, then what was given on the command line.

Whatever cannot be used is a `SettingsError` whose text begins with FILE:LINE (or with the `--set` that caused it), says
what is wrong and what would be right. Nothing is guessed and nothing unknown is passed over: a misspelt key in a
hall full of people must show at start, not at the first resident.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from config.lines import Place, key_lines, line_of
from config.settings import SECTIONS, DeviceSettings, Driver, Drivers, Rule, Settings, rules_of
from kiosk.domain.errors import SettingsError

SETTINGS_VARIABLE = "KIOSK_SETTINGS"
DEFAULT_FILE = Path(__file__).parent / "kiosk.toml"
PROFILES = Path(__file__).parent / "profiles"
MAX_FILE_BYTES = 256 * 1024
WINDOW_LOW_PX, WINDOW_HIGH_PX = 320, 8192


def load_settings(
    file: Path | None, env: Mapping[str, str], overrides: Sequence[str] = (), *, drivers: Drivers
) -> Settings:
    """The settings of this start. `drivers`: those that a `[devices.NAME]` section can name.

    `file`: from `--settings`; None means `KIOSK_SETTINGS` in `env`, or else config/kiosk.toml. `overrides`: the texts
    of `--set`, each `section.key=value`; the value is read by the key's own type, so quotes are not needed. A relative
    path in the file counts from the file, one in an override from the current folder. Raises `SettingsError`.
    """
    path = (file or Path(env.get(SETTINGS_VARIABLE) or DEFAULT_FILE)).absolute()
    entries = _read(path)
    for override in overrides:
        entry = _parse_override(override)
        entries = [kept for kept in entries if kept.place != entry.place]
        entries.append(entry)
    settings = _build(entries, path.parent, drivers)
    return replace(settings, source=path)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One value as written: where it stands, what it is, and from which folder its relative paths count."""

    place: Place
    value: Any
    origin: str
    base: Path
    typed_later: bool = False  # an override is text until its key's type is known

    def wrong(self, reason: str) -> SettingsError:
        return SettingsError(f"{self.origin}: {reason}")


# ------------------------------------------------------------------------------------------------ reading


def _read(path: Path) -> list[_Entry]:
    shown = _shown(path)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SettingsError(
                f"{shown}:1: the file is larger than {MAX_FILE_BYTES // 1024} KiB; is this a settings file?"
            )
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{shown}:1: the settings file cannot be read: {error.strerror}") from error
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise SettingsError(f"{shown}:{line}: the file must be UTF-8 text") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, reason = _toml_place(str(error), text)
        raise SettingsError(f"{shown}:{line}: not TOML: {reason}") from error
    lines = key_lines(text)
    return [
        _Entry(place, value, f"{shown}:{line_of(lines, place)}", path.parent) for place, value in _leaves(document, ())
    ]


def _shown(path: Path) -> str:
    """The path as short as a person would write it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _toml_place(message: str, text: str) -> tuple[int, str]:
    found = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)", message)
    if found is None:
        return 1, message
    line = int(found[1]) if found[1] else max(1, len(text.splitlines()))
    return line, message[: found.start()]


def _leaves(table: Mapping[str, Any], parent: Place) -> Iterable[tuple[Place, Any]]:
    for key, value in table.items():
        place = (*parent, key)
        if isinstance(value, dict) and value and len(place) < 3:
            yield from _leaves(value, place)
        else:
            yield place, value


def _parse_override(text: str) -> _Entry:
    key, equals, value = text.partition("=")
    place = tuple(part.strip() for part in key.split("."))
    if not equals or not all(place):
        raise SettingsError(f"--set {text}: must read section.key=value, like terminal.language=en")
    return _Entry(place, value.strip(), f"--set {text}", Path.cwd(), typed_later=True)


# ------------------------------------------------------------------------------------------------ building


def _build(entries: Sequence[_Entry], base: Path, drivers: Drivers) -> Settings:
    known = (*SECTIONS, "devices")
    chosen: dict[str, dict[str, _Entry]] = {name: {} for name in SECTIONS}
    device_entries: dict[str, list[_Entry]] = {}
    for entry in entries:
        section = entry.place[0]
        if section not in known:
            raise entry.wrong(f'there is no section "[{section}]"{_meant(section, known)}')
        if section == "devices":
            if len(entry.place) < 2:
                raise entry.wrong("devices are written as sections of their own, like [devices.id_card]")
            device_entries.setdefault(entry.place[1], []).append(entry)
            continue
        if entry.place[1:2] == ("devices",):
            raise entry.wrong(f"this line stands inside [{section}]; device lines go above the first section")
        if len(entry.place) < 2 and entry.value != {}:
            raise entry.wrong(f"{section} is a section: write its keys below [{section}]")
        if len(entry.place) == 2:
            rules = rules_of(SECTIONS[section])
            key = entry.place[1]
            if key not in rules:
                raise entry.wrong(f'[{section}] has no key "{key}"{_meant(key, rules)}')
            chosen[section][key] = entry
        elif len(entry.place) > 2:
            raise entry.wrong(f"[{'.'.join(entry.place[:2])}] is no section; {entry.place[1]} takes one value")

    values = {
        name: {key: _value(entry, SECTIONS[name], key) for key, entry in keys.items()} for name, keys in chosen.items()
    }
    values["terminal"].setdefault("state_dir", base / "state")
    values["terminal"].setdefault("languages_dir", base / "languages")
    profile = values["terminal"].get("profile", "hall")
    for section, usual in _profile(profile).items():
        values[section] = {**usual, **values[section]}
    settings = Settings(
        terminal=SECTIONS["terminal"](**values["terminal"]),
        centre=SECTIONS["centre"](**values["centre"]),
        offer=SECTIONS["offer"](**values["offer"]),
        display=SECTIONS["display"](**values["display"]),
        sound=SECTIONS["sound"](**values["sound"]),
        session=SECTIONS["session"](**values["session"]),
        store=SECTIONS["store"](**values["store"]),
        usb=SECTIONS["usb"](**values["usb"]),
        devices=tuple(_device(name, section, drivers) for name, section in device_entries.items()),
    )
    _check_together(settings, chosen)
    return settings


def _value(entry: _Entry, section: type, key: str) -> Any:
    return _checked(entry, rules_of(section)[key], key)


OF_PROFILES = ("offer", "display", "sound", "session")
"""The sections whose defaults a site profile sets."""


def _profile(profile: str) -> dict[str, dict[str, Any]]:
    """The profile's defaults. Profiles ship with the program and are read by the same rules."""
    found: dict[str, dict[str, Any]] = {name: {} for name in OF_PROFILES}
    for entry in _read(PROFILES / f"{profile}.toml"):
        section = entry.place[0]
        if section not in OF_PROFILES or len(entry.place) != 2 or entry.place[1] not in rules_of(SECTIONS[section]):
            raise entry.wrong(f"a profile sets keys of [{'], ['.join(OF_PROFILES)}] only")
        found[section][entry.place[1]] = _value(entry, SECTIONS[section], entry.place[1])
    return found


def _check_together(settings: Settings, chosen: Mapping[str, Mapping[str, _Entry]]) -> None:
    """What no single key can know."""
    centre, session, store = settings.centre, settings.session, settings.store

    def wrong(section: str, keys: Sequence[str], reason: str) -> SettingsError:
        for key in keys:
            if key in chosen[section]:
                return chosen[section][key].wrong(reason)
        return SettingsError(reason)

    if (centre.client_cert is None) != (centre.client_key is None):
        raise wrong(
            "centre", ("client_cert", "client_key"), "client_cert and client_key belong together: give both or neither"
        )
    if centre.connect_timeout_s > centre.total_timeout_s:
        raise wrong(
            "centre",
            ("connect_timeout_s", "total_timeout_s"),
            f"connect_timeout_s ({centre.connect_timeout_s:g}) must not be longer than "
            f"total_timeout_s ({centre.total_timeout_s:g})",
        )
    if session.idle_s + session.warn_s > session.absolute_s:
        raise wrong(
            "session",
            ("absolute_s", "idle_s", "warn_s"),
            f"absolute_s ({session.absolute_s:g}) must be at least idle_s + warn_s "
            f"({session.idle_s + session.warn_s:g})",
        )
    for shorter, longer, hours in (
        ("ask_again_hours", "keep_body_days", store.keep_body_days * 24 - store.ask_again_hours),
        ("keep_body_days", "keep_row_days", store.keep_row_days - store.keep_body_days),
    ):
        if hours < 0:
            raise wrong("store", (longer, shorter), f"{longer} must not be less than {shorter}")


# ------------------------------------------------------------------------------------------------ devices


def _device(name: str, entries: Sequence[_Entry], drivers: Drivers) -> DeviceSettings:
    keys: dict[str, _Entry] = {}
    for entry in entries:
        if len(entry.place) == 2 and entry.value != {}:
            raise entry.wrong(f"{name} is a section: write its keys below [devices.{name}]")
        if len(entry.place) > 3:
            raise entry.wrong(f"devices.{name}.{entry.place[2]} takes one value")
        if len(entry.place) == 3:
            keys[entry.place[2]] = entry
    chosen = _text(keys["driver"], "driver") if "driver" in keys else None
    driver = drivers.find(chosen, name) if chosen is not None else None
    if driver is None:
        raise _no_driver(name, chosen, keys.get("driver", entries[0]), drivers.listed())
    return DeviceSettings(name, driver.name, MappingProxyType(_options(driver, keys)))


def _no_driver(name: str, chosen: str | None, entry: _Entry, drivers: Sequence[Driver]) -> SettingsError:
    names = tuple(dict.fromkeys(driver.device for driver in drivers))
    if name not in names:
        return entry.wrong(f'there is no device "{name}"{_meant(name, names)}')
    fitting = tuple(driver.name for driver in drivers if driver.device == name)
    if chosen is None:
        return entry.wrong(f"[devices.{name}] needs a driver: {_or(_quoted(each) for each in fitting)}")
    return entry.wrong(f'no driver "{chosen}" for {name}{_meant(chosen, fitting)}')


def _options(driver: Driver, keys: Mapping[str, _Entry]) -> dict[str, str | int | float]:
    options: dict[str, str | int | float] = {}
    for key, entry in keys.items():
        if key == "driver":
            continue
        if key not in driver.options:
            known = ("driver", *driver.options)
            raise entry.wrong(
                f'[devices.{driver.device}] with driver "{driver.name}" has no key "{key}"{_meant(key, known)}'
            )
        value = _checked(entry, driver.options[key], key)
        options[key] = str(value) if isinstance(value, Path) else value
    missing = [key for key in driver.required if key not in options]
    if missing:
        raise keys["driver"].wrong(f"[devices.{driver.device}] needs {missing[0]}: {driver.options[missing[0]].what}")
    given = [key for key in driver.one_of if key in options]
    if driver.one_of and not given:
        raise keys["driver"].wrong(
            f"[devices.{driver.device}] needs {_or(driver.one_of)}: where is the device connected?"
        )
    if len(given) > 1:
        raise keys[given[1]].wrong(f"[devices.{driver.device}] takes {_or(driver.one_of)}, not both")
    return options


# ------------------------------------------------------------------------------------------------ one value


def _checked(entry: _Entry, rule: Rule, key: str) -> Any:
    """The value as the program wants it, or a `SettingsError` that says what it should be."""
    value: Any = _address(entry, key, rule.schemes) if rule.schemes else _CHECKS[rule.kind](entry, key)
    if rule.choices and value not in rule.choices:
        raise entry.wrong(f"{key} must be {_or(_quoted(each) for each in rule.choices)}, not {_quoted(value)}")
    if rule.pattern is not None and not re.fullmatch(rule.pattern, value):
        raise entry.wrong(f"{key} is {_quoted(value)}. {rule.what} It must match {rule.pattern}")
    if (rule.low is not None and value < rule.low) or (rule.high is not None and value > rule.high):
        unit = " seconds" if rule.kind == "seconds" else ""
        raise entry.wrong(f"{key} must be {_range(rule)}{unit}, not {value:g}")
    if rule.problem is not None and (reason := rule.problem(str(value) if isinstance(value, Path) else value)):
        raise entry.wrong(f"{key} {reason}")
    return value


def _text(entry: _Entry, key: str) -> str:
    value = entry.value
    if entry.typed_later:
        value = re.sub(r"""^(["'])(.*)\1$""", r"\2", value)
    if not isinstance(value, str):
        raise entry.wrong(f"{key} must be text in quotes, not {_quoted(value)}")
    if not value or any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise entry.wrong(f"{key} must not be empty or hold control characters")
    return value


def _literal(entry: _Entry) -> Any:
    if not entry.typed_later:
        return entry.value
    try:
        return tomllib.loads(f"value = {entry.value}")["value"]
    except tomllib.TOMLDecodeError:
        return entry.value


def _whole(entry: _Entry, key: str) -> int:
    value = _literal(entry)
    if isinstance(value, bool) or not isinstance(value, int):
        raise entry.wrong(f"{key} must be a whole number, not {_quoted(value)}")
    return value


def _seconds(entry: _Entry, key: str) -> float:
    value = _literal(entry)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise entry.wrong(f"{key} must be a number of seconds, not {_quoted(value)}")
    return float(value)


def _switch(entry: _Entry, key: str) -> bool:
    value = _literal(entry)
    if not isinstance(value, bool):
        raise entry.wrong(f"{key} must be true or false, not {_quoted(value)}")
    return value


def _path(entry: _Entry, key: str) -> Path:
    return (entry.base / Path(_text(entry, key)).expanduser()).resolve()


def _file(entry: _Entry, key: str) -> Path:
    path = _path(entry, key)
    if not path.is_file():
        raise entry.wrong(f"{key}: there is no file {path}")
    return path


def _port(entry: _Entry, key: str) -> str:
    """A device node, absolute; it need not be there yet. Links are kept: they are how a port is named stably."""
    path = Path(_text(entry, key)).expanduser()
    return str(path if path.is_absolute() else (entry.base / path).absolute())


def _tcp(entry: _Entry, key: str) -> str:
    value = _text(entry, key)
    host, colon, port = value.rpartition(":")
    if colon and (not host or not (port.isascii() and port.isdigit()) or not 1 <= int(port) <= 65535):
        raise entry.wrong(f'{key} must read HOST or HOST:PORT, like "192.0.2.10:9100", not {_quoted(value)}')
    return value


def _address(entry: _Entry, key: str, schemes: Sequence[str]) -> str:
    """The address of a device: nearer than the centre, so plain http and a query are its own business."""
    value = _text(entry, key)
    try:
        url = urlsplit(value)
        host, _ = url.hostname, url.port
    except ValueError as error:
        raise entry.wrong(f"{key} is no address: {error}") from error
    if url.scheme not in schemes or not host or any(character.isspace() for character in value):
        shown = _or(f"{scheme}://" for scheme in schemes)
        raise entry.wrong(f"{key} must be an address that begins with {shown}, not {_quoted(value)}")
    if url.username is not None or url.password is not None:
        raise entry.wrong(f"{key} must hold no user name")
    return value


def _window(entry: _Entry, key: str) -> str:
    value = _text(entry, key)
    size = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", value)
    if value != "fullscreen" and (
        size is None or not all(WINDOW_LOW_PX <= int(side) <= WINDOW_HIGH_PX for side in size.groups())
    ):
        raise entry.wrong(
            f'{key} must be "fullscreen" or a size like "1080x1920" '
            f"with sides from {WINDOW_LOW_PX} to {WINDOW_HIGH_PX}, not {_quoted(value)}"
        )
    return value


def _url(entry: _Entry, key: str) -> str:
    value = _text(entry, key)
    try:
        url = urlsplit(value)
        host, _ = url.hostname, url.port
    except ValueError as error:
        raise entry.wrong(f"{key} is no address: {error}") from error
    if url.scheme not in ("http", "https") or not host or any(character.isspace() for character in value):
        raise entry.wrong(f'{key} must be an address like "https://centre.example", not {_quoted(value)}')
    if url.username is not None or url.password is not None or url.query or url.fragment:
        raise entry.wrong(f"{key} must hold no user name, query or fragment")
    if url.scheme == "http" and not _is_loopback(host):
        raise entry.wrong(
            f"{key}: plain http would send residents' data unprotected; use https, or a centre on this machine"
        )
    return value.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _usb_ids(entry: _Entry, key: str) -> tuple[str, ...]:
    value = _literal(entry)
    if not isinstance(value, list):
        raise entry.wrong(f'{key} must be a list like ["1a86:7523"], not {_quoted(value)}')
    for each in value:
        if not isinstance(each, str) or not re.fullmatch(r"[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}", each):
            raise entry.wrong(
                f'{key} must hold VENDOR:PRODUCT in hex, like "1a86:7523" (see lsusb), not {_quoted(each)}'
            )
    return tuple(each.lower() for each in value)


_CHECKS: Mapping[str, Callable[[_Entry, str], Any]] = {
    "text": _text,
    "whole": _whole,
    "seconds": _seconds,
    "switch": _switch,
    "path": _path,
    "file": _file,
    "url": _url,
    "port": _port,
    "tcp": _tcp,
    "window": _window,
    "usb_ids": _usb_ids,
}


# ------------------------------------------------------------------------------------------------ words


def _meant(word: str, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else f"; known: {', '.join(names)}"


def _range(rule: Rule) -> str:
    if rule.low is None:
        return f"at most {rule.high:g}"
    return f"at least {rule.low:g}" if rule.high is None else f"from {rule.low:g} to {rule.high:g}"


def _or(words: Iterable[object]) -> str:
    return " or ".join(str(word) for word in words)


def _quoted(value: object) -> str:
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    return shown if len(shown) <= 80 else shown[:77] + "…"
