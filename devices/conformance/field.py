"""What the driver under test is connected to: an emulator that does as it is told, or hardware and a person."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from devices.emulators.bench import ADDRESSES
from devices.emulators.client import ControlClient
from devices.spec import Options

_START_S = 20.0
_END_S = 5.0
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


class CannotDo(Exception):
    """This field cannot bring that about; the message says why, for the report."""


class NoEmulator(Exception):
    """The emulator cannot be started; the message says why."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something done to the device: a control command of its emulator, or `ask`, what a person is asked to do.

    An empty `ask`: no person can do it. `wanted` False: done where it can be, and no matter where it cannot.
    """

    do: str
    args: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    ask: str = ""
    wanted: bool = True


UNPLUG = Deed("unplug", ask="Unplug the device")
PLUG = Deed("plug", ask="Plug the device in again")


class Field(Protocol):
    """See the module. `options` reach the device; `emulated` tells whether its data are known."""

    options: Options
    emulated: bool

    def can(self, deed: Deed) -> bool:
        """Whether it can be done here."""

    def act(self, deed: Deed) -> None:
        """Do it. Raises CannotDo."""

    def state(self) -> Mapping[str, Any]:
        """What a person standing there would see; empty where nobody can tell."""

    def sent(self) -> bytes:
        """All that the driver has sent so far; empty where nobody can tell."""

    def close(self) -> None:
        """Leave nothing behind."""


class EmulatorField:
    """The emulator of one driver, in a process of its own, so that what the driver keeps is not mixed with it."""

    emulated = True

    def __init__(self, folder: Path, driver: str) -> None:
        self._folder = folder
        command = [sys.executable, "-m", "devices.emulators", "--dir", str(folder), "--only", driver]
        path = os.pathsep.join(filter(None, [str(_PACKAGE_ROOT), *sys.path]))
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=_PACKAGE_ROOT,
            env=os.environ | {"PYTHONPATH": path, "PYTHONUTF8": "1"},
        )
        self._await_ready()
        rows = json.loads((folder / ADDRESSES).read_bytes())
        self._name, row = next(iter(rows.items()))
        self.options: Options = row["options"]
        self._control = ControlClient(folder)
        self._verbs = frozenset(self._control.do(self._name, "verbs")["verbs"])

    def can(self, deed: Deed) -> bool:
        """See Field."""
        return deed.do in self._verbs

    def act(self, deed: Deed) -> None:
        """See Field."""
        if not self.can(deed):
            raise CannotDo(f"the emulator has no {deed.do}")
        answer = self._control.send({"device": self._name, "do": deed.do, **deed.args})
        if not answer["ok"]:
            raise CannotDo(f"the emulator refused {deed.do}: {answer.get('why')}")

    def state(self) -> Mapping[str, Any]:
        """See Field."""
        answer: dict[str, Any] = self._control.do(self._name, "state")
        state: Mapping[str, Any] = answer.get("state", {})
        return state

    def sent(self) -> bytes:
        """See Field."""
        record = self._folder / "wire.jsonl"
        with contextlib.suppress(OSError, ValueError):
            rows = [json.loads(line) for line in record.read_text(encoding="ascii").splitlines()]
            return b"".join(bytes.fromhex(row["hex"]) for row in rows if row["dir"] == "host>dev")
        return b""

    def close(self) -> None:
        """See Field."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_END_S)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _await_ready(self) -> None:
        out = self._process.stdout
        assert out is not None
        said = b""
        deadline = time.monotonic() + _START_S
        while b"ready" not in said:
            left = deadline - time.monotonic()
            piece = os.read(out.fileno(), 4096) if left > 0 and select.select([out], [], [], left)[0] else b""
            said += piece
            if not piece:
                self._process.kill()
                self._process.wait(_END_S)
                out.close()
                last = said.decode("utf-8", "replace").strip().splitlines()[-1:]
                raise NoEmulator(last[0] if last else "the emulator does not start")


class HardwareField:
    """A real device. `ask` puts one sentence to a person and waits; None: nobody is there to be asked."""

    emulated = False

    def __init__(self, options: Options, ask: Callable[[str], None] | None) -> None:
        self.options = options
        self._ask = ask

    def can(self, deed: Deed) -> bool:
        """See Field."""
        return bool(deed.ask) and self._ask is not None

    def act(self, deed: Deed) -> None:
        """See Field."""
        if not deed.ask:
            raise CannotDo(f"{deed.do}: no person can do that to a device; it is checked with the emulator")
        if self._ask is None:
            raise CannotDo(f'nobody to ask: "{deed.ask}" (run it in a terminal)')
        self._ask(deed.ask)

    def state(self) -> Mapping[str, Any]:
        """See Field."""
        return {}

    def sent(self) -> bytes:
        """See Field."""
        return b""

    def close(self) -> None:
        """See Field."""
