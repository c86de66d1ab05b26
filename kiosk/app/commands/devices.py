"""``./run devices``: what drivers and ports there are, and whether a driver does what every driver must."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.app import exits
from kiosk.app.options import parser
from kiosk.domain.errors import SettingsError

if TYPE_CHECKING:
    from devices.conformance.field import Field
    from devices.spec import DriverSpec, OptionSpec, OptionValue


def main(arguments: Sequence[str]) -> int:
    """0; ``conformance``, ``fuzz``, ``lab``: 1 when a check failed; 2 wrong usage."""
    options = parser("devices", "Drivers, ports, and the checks that any driver passes or fails.")
    do = options.add_subparsers(dest="do", required=True)
    listing = do.add_parser("list", help="the drivers with their options, those of installed packages among them")
    listing.add_argument("--json", action="store_true", help="for programs")
    ports = do.add_parser("ports", help="what is plugged in: serial, video, printers, USB")
    ports.add_argument("--json", action="store_true", help="for programs")
    conform = do.add_parser("conformance", help="try one driver against every check")
    conform.add_argument("driver", metavar="NAME", help="the driver's name (devices list)")
    conform.add_argument("--port", metavar="P", help="a real device at this port; without one, the driver's emulator")
    conform.add_argument("--set", action="append", default=[], metavar="option=value", help="an option of the driver")
    conform.add_argument("--json", type=Path, metavar="FILE", help="also write the report as JSON")
    conform.add_argument("--from", dest="origin", metavar="MODULE:ATTRIBUTE", help="the DriverSpec to try, from there")
    conform.add_argument("--emulator", metavar="DRIVER", help="the emulator of another driver; default: its own")
    conform.add_argument("--quick", action="store_true", help="a few places of each answer instead of every byte")
    conform.add_argument("--every-byte", action="store_true", help="each place of each answer, however long it takes")
    conform.add_argument("--only", action="append", default=[], metavar="ID", help="only this check; may be repeated")
    fuzz = do.add_parser("fuzz", help="hostile bytes for every codec")
    fuzz.add_argument("--frames", type=int, default=50_000, metavar="N", help="for each codec (default 50000)")
    fuzz.add_argument("--seed", type=int, default=1, metavar="N", help="another seed makes other frames (default 1)")
    fuzz.add_argument("--codec", metavar="NAME", help="only this module of devices/codecs")
    do.add_parser("lab", add_help=False, help="drivers and emulators against programs that nobody here wrote")
    if arguments[:1] == ["lab"]:
        from devices.lab.__main__ import main as lab

        return lab(arguments[1:])
    chosen = options.parse_args(arguments)
    match chosen.do:
        case "fuzz":
            return attack_codecs(chosen.frames, chosen.seed, chosen.codec)
        case "list":
            return show_drivers(chosen.json)
        case "ports":
            return show_ports(chosen.json)
    return conformance(chosen)


def show_drivers(as_json: bool) -> int:
    """One block a driver."""
    from devices.emulators.registry import default_emulators
    from devices.registry import default_registry
    from kiosk.domain.devices import DEVICE_NAMES

    emulators = default_emulators()
    specs = sorted(default_registry().specs(), key=lambda spec: (DEVICE_NAMES.index(spec.device), spec.driver))
    if as_json:
        rows = [
            {
                "driver": spec.driver,
                "device": spec.device,
                "about": spec.about,
                "page": spec.page,
                "version": spec.version,
                "emulator": emulators.get(spec.driver) is not None,
                "one_of": list(spec.one_of),
                "required": list(spec.required()),
                "options": {key: {"kind": each.kind, "about": each.about} for key, each in spec.options.items()},
            }
            for spec in specs
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return exits.OK
    for spec in specs:
        emulated = "" if emulators.get(spec.driver) else "; no emulator"
        print(f"{spec.driver}  [devices.{spec.device}]{emulated}\n    {spec.about} {spec.page}")
        for key, option in spec.options.items():
            print(f"    {key:<18} {_limits(option)}{'; must be given' if key in spec.required() else ''}")
        if spec.one_of:
            print(f"    exactly one of {' and '.join(spec.one_of)} must be given")
    return exits.OK


def _limits(option: OptionSpec) -> str:
    shown = " | ".join(map(str, option.choices)) or option.kind
    if option.low is not None or option.high is not None:
        shown += (
            f" {'' if option.low is None else f'{option.low:g}'}..{'' if option.high is None else f'{option.high:g}'}"
        )
    return shown if option.default is None else f"{shown} (default {option.default})"


def show_ports(as_json: bool) -> int:
    """What the system has, each under the name that stays the same after a reboot."""
    from devices.hotplug import usb_devices
    from devices.ports import found_ports

    ports, on_usb = found_ports(), usb_devices()
    if as_json:
        rows = [{"sort": port.sort, "name": port.name, "node": port.node} for port in ports]
        rows += [{"sort": "usb", "name": each.ident.removeprefix("usb "), "node": each.position} for each in on_usb]
        print(json.dumps(rows, indent=1))
        return exits.OK
    if not ports:
        print("devices: nothing is plugged in that a driver could use")
    for port in ports:
        print(f"{port.sort:<8} {port.name}{'' if port.name == port.node else f'  ({port.node})'}")
    for each in on_usb:
        print(f"{each.ident.replace(' ', '      ', 1)}  ({each.position})")
    return exits.OK


def attack_codecs(count: int, seed: int, only: str | None) -> int:
    """Feed every codec so many frames and say how each did."""
    from devices.fuzz import MODULES, attack_all, lines_of

    if count < 1:
        raise SettingsError(f"--frames {count}: must be at least 1")
    if only is not None and only not in MODULES:
        raise SettingsError(f"--codec {only}: there is no such codec; known: {', '.join(MODULES)}")
    well = True
    for report in attack_all(count, seed, only):
        well = well and not report.findings
        print("\n".join(lines_of([report])), flush=True)
    return exits.OK if well else exits.FAILED


def conformance(chosen: argparse.Namespace) -> int:
    """Run the suite on one driver and say how it ended."""
    from devices.conformance import suite
    from devices.conformance.check import EVERY_BYTE, QUICK, Effort
    from devices.conformance.field import EmulatorField, HardwareField, NoEmulator
    from devices.conformance.report import shown
    from kiosk.version import VERSION

    unknown = set(chosen.only) - {check.id for check in suite.CHECKS}
    if unknown:
        raise SettingsError(f"--only: there is no check {', '.join(sorted(unknown))}; {_checks(suite.CHECKS)}")
    if chosen.json is not None and not (chosen.json.parent.is_dir() and os.access(chosen.json.parent, os.W_OK)):
        raise SettingsError(f"--json {chosen.json}: its folder cannot be written to")  # said now, not after minutes
    spec = _spec(chosen.driver, chosen.origin)
    options = _given(spec, chosen.set)
    if chosen.port is not None:
        if "port" not in spec.options:
            raise SettingsError(f"--port: {spec.driver} is not reached by a port; give --set, it takes {_keys(spec)}")
        options["port"] = chosen.port
    on_hardware = any(spec.options[key].kind in ("port", "tcp", "url") for key in options)
    effort = QUICK if chosen.quick else EVERY_BYTE if chosen.every_byte else Effort()
    with tempfile.TemporaryDirectory(prefix="conformance-", ignore_cleanup_errors=True) as folder:
        try:
            field: Field
            if on_hardware:
                field = HardwareField(options, _asker())
            else:
                field = EmulatorField(Path(folder), chosen.emulator or spec.driver)
        except NoEmulator as error:
            raise SettingsError(f"{spec.driver}: {error}; a real device is tried with --port or --set") from error
        try:
            report = suite.run(
                spec,
                field,
                options,
                version=VERSION,
                effort=effort,
                only=chosen.only,
                tell=lambda line: print(shown(line), flush=True),
            )
        finally:
            field.close()
    print(f"{report.head()}\n{report.verdict()}")
    if chosen.json is not None:
        try:
            chosen.json.write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise SettingsError(f"--json {chosen.json}: cannot be written: {error.strerror}") from error
    return exits.OK if report.passed else exits.FAILED


def _spec(name: str, origin: str | None) -> DriverSpec:
    from devices.registry import default_registry
    from devices.spec import DriverSpec

    if origin is None:
        registry = default_registry()
        spec = registry.get(name)
        if spec is None:
            known = ", ".join(spec.driver for spec in registry.specs())
            raise SettingsError(f"there is no driver {name!r}; known: {known}")
        return spec
    module, colon, attribute = origin.partition(":")
    if not colon:
        raise SettingsError(f"--from {origin}: must read MODULE:ATTRIBUTE")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise SettingsError(f"--from {origin}: {error}") from error
    found = found() if callable(found) and not isinstance(found, DriverSpec) else found
    if not isinstance(found, DriverSpec):
        raise SettingsError(f"--from {origin}: is no DriverSpec")
    if found.driver != name:
        raise SettingsError(f"--from {origin}: that is the driver {found.driver!r}, not {name!r}")
    return found


def _given(spec: DriverSpec, texts: Sequence[str]) -> dict[str, OptionValue]:
    options: dict[str, OptionValue] = {}
    for text in texts:
        key, equals, written = text.partition("=")
        if not equals or key not in spec.options:
            raise SettingsError(f"--set {text}: must read option=value; {spec.driver} takes {_keys(spec)}")
        value = _typed(spec.options[key], written)
        if (wrong := spec.options[key].problem(value)) is not None:
            raise SettingsError(f"--set {text}: {key} {wrong}")
        options[key] = value
    return options


def _typed(option: OptionSpec, written: str) -> OptionValue:
    """The value by the option's kind; what cannot be read stays text, which the option then refuses."""
    try:
        if option.kind == "whole":
            return int(written)
        if option.kind == "seconds":
            return float(written)
    except ValueError:
        return written
    if option.kind == "switch":
        return {"true": True, "false": False}.get(written, written)
    return written


def _keys(spec: DriverSpec) -> str:
    return ", ".join(spec.options)


def _checks(checks: Sequence[object]) -> str:
    return "known: " + ", ".join(str(getattr(check, "id", "")) for check in checks)


def _asker() -> Callable[[str], None] | None:
    if not sys.stdin.isatty():
        return None

    def ask(sentence: str) -> None:
        print(f">>> {sentence}, then press Enter. ", end="", flush=True)
        sys.stdin.readline()

    return ask
