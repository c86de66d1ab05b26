"""The emulators of one folder, started and ended together, and the file that says how each is reached.

`addresses.json` maps each name on the control socket to `{"device", "driver", "options"}`: what a `[devices.NAME]`
section needs. It is there before "ready" is said and goes with the bench.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from devices.emulators.control import ControlServer
from devices.emulators.registry import BindingOptions, Emulated, EmulatorRegistry, Stand, default_emulators
from devices.emulators.wire import WireLog

ADDRESSES = "addresses.json"


class Bench:
    """Emulators, their record and their control socket in `folder`, which is made if it is missing.

    `drivers`: for which drivers a device is emulated; None: for all that have an emulator. `emulated` is by the name on
    the control socket. Raises UnknownEmulator.
    """

    def __init__(
        self,
        folder: Path,
        people_file: Path,
        *,
        drivers: Iterable[str] | None = None,
        paper_width_px: int = 576,
        font_file: Path | None = None,
        registry: EmulatorRegistry | None = None,
    ) -> None:
        chosen = (registry or default_emulators()).named(drivers)
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as opened:
            wire = WireLog(folder / "wire.jsonl")
            opened.callback(wire.close)
            self.emulated: dict[str, Emulated] = {}
            for name, emulator in chosen.items():
                started = emulator.start(Stand(name, folder, people_file, wire, paper_width_px, font_file))
                opened.callback(started.close)
                self.emulated[name] = started
            self.addresses = {
                name: (emulator.device, emulator.driver, self.emulated[name].options)
                for name, emulator in chosen.items()
            }
            file = folder / ADDRESSES
            _write_addresses(file, self.addresses)
            opened.callback(file.unlink, missing_ok=True)
            server = ControlServer(folder, self.emulated)
            opened.callback(server.end)
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Unplug everything and remove links, addresses and socket."""
        self._opened.close()


def _write_addresses(file: Path, addresses: dict[str, tuple[str, str, BindingOptions]]) -> None:
    rows = {
        name: {"device": device, "driver": driver, "options": dict(options)}
        for name, (device, driver, options) in addresses.items()
    }
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    fresh.replace(file)
