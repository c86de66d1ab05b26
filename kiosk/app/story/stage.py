"""What stands around the terminal while a story plays: emulators and centre as programs of their own, and their folder.

Every process dies with this one, however it ends. While the event loop runs, waiting is done by asking, never by
sleeping.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from config.settings import DeviceSettings
from kiosk.app.options import ROOT
from kiosk.domain.devices import CODE_SCANNER, ID_CARD, RECEIPT_PRINTER
from kiosk.domain.errors import SettingsError

PEOPLE = ROOT / "config" / "demo" / "people.json"
READY = "ready"
READY_S = 30.0
LOOK_S = 0.02
END_S = 5.0
PHONE_S = 30.0
ASK_S = 8.0
BESIDE_THEM = 200
"""Residents the centre makes up beside the people of the demo; a city's ten thousand take it a second more."""
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
_BY_NAME = ((ID_CARD, "sam-serial"), (CODE_SCANNER, "serial-scanner"), (RECEIPT_PRINTER, "escpos"))


def die_with_parent(by: signal.Signals = signal.SIGKILL) -> None:
    """For a fresh child: end, by this signal, when the thread that started it ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, by)


def environment() -> dict[str, str]:
    """This process's environment for a child: no foreign settings, no odd Python."""
    kept = {
        key: value for key, value in os.environ.items() if key not in ("KIOSK_SETTINGS", "PYTHONPATH", "PYTHONHOME")
    }
    return kept | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


class Helper:
    """A child process that says ``ready`` on its first line. Start it in a thread that outlives it."""

    def __init__(self, name: str, arguments: Sequence[str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as out:
            self._start = out.tell()
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=ROOT,
                env=environment(),
                preexec_fn=die_with_parent,
            )

    def ready(self) -> bool:
        """Whether it said so; RuntimeError when it ended instead."""
        said = self.log.read_bytes()[self._start :].decode("utf-8", "replace")
        if any(line.startswith(READY) for line in said.splitlines()):
            return True
        code = self._process.poll()
        if code is not None:
            last = said.strip().splitlines()[-1:] or ["no word"]
            raise RuntimeError(f"{self.name} ended with {code}: {last[0]}")
        return False

    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._process.kill()
        self._process.wait(END_S)

    def end(self) -> None:
        """Ask it to end; kill it when it does not."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(END_S)
            except subprocess.TimeoutExpired:
                self.kill()


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class CentreAsk:
    """The demo addresses of the centre. Blocks; not for the main thread."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def citizen_code(self, person: str) -> str:
        """A fresh signed code; OSError or ValueError when there is none."""
        answer = self._ask(f"/demo/citizen-code?{urllib.parse.urlencode({'person': person})}", None)
        return str(answer["code"])

    def by_phone(self, person: str, code: str, said: Mapping[str, str]) -> str:
        """What the phone shows after it took this code's work over and answered; ValueError with what it says else."""
        given = "\n".join((code, *(f"{path}={answer}" for path, answer in said.items()))).encode()
        command = [sys.executable, "main.py", "phone", "-", "--as", person, "--centre", self._url, "--quiet"]
        ended = subprocess.run(
            command, cwd=ROOT, env=environment(), input=given, capture_output=True, timeout=PHONE_S, check=False
        )
        if ended.returncode:
            raise ValueError(ended.stderr.decode("utf-8", "replace").strip())
        return ended.stdout.decode("ascii").strip()

    def fault(self, mode: str, delay_s: float = 5.0, agency: str = "") -> None:
        """What the line does from now on, and which agency the centre cannot reach."""
        wanted = {"mode": "up" if mode == "without" else mode, "agency_down": agency}
        self._ask("/demo/fault", {**wanted, "delay_s": delay_s} if mode == "slow" else wanted)

    def health(self) -> bool:
        """Whether it answers at all."""
        try:
            self._ask("/health", None)
        except (OSError, ValueError):
            return False
        return True

    def _ask(self, address: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + address, data, {"Content-Type": "application/json"})
        with self._opener.open(request, timeout=ASK_S) as response:
            answer = json.loads(response.read(1 << 16) or b"{}")
        return answer if isinstance(answer, dict) else {}


class Stage:
    """Folder, emulators and centre of one run. ``emulators`` is the folder with ports and control socket.

    ``packages`` is the folder of packages that the centre offers; without it those of the tree. ``people`` is the file
    of those whose cards there are and whom the centre knows.
    """

    def __init__(
        self,
        work: Path,
        *,
        emulators: Path | None = None,
        centre_url: str | None = None,
        packages: Path | None = None,
        people: Path = PEOPLE,
    ) -> None:
        self.work = work
        self._people = people
        self._packages = packages
        self.external_emulators = emulators is not None
        self.external_centre = centre_url is not None
        self.emulators = emulators if emulators is not None else work / "devices"
        self._port = free_port() if centre_url is None else 0
        self.centre_url = centre_url or f"http://127.0.0.1:{self._port}"
        self.ask = CentreAsk(self.centre_url)
        self._helpers: list[Helper] = []
        self._centre: Helper | None = None

    def start_emulators(self, width_mm: int = 80) -> Helper | None:
        """Start them unless they are somebody else's."""
        if self.external_emulators:
            return None
        arguments = ["-m", "devices.emulators", "--dir", str(self.emulators), "--people", str(self._people)]
        helper = Helper("emulators", [*arguments, "--width-mm", str(width_mm)], self.work / "emulators.log")
        self._helpers.append(helper)
        return helper

    def start_centre(self) -> Helper | None:
        """Start the centre, or again on the same address and the same data."""
        if self.external_centre or (self._centre is not None and self._centre.running()):
            return None
        state = self.work / "centre"
        listen = f"127.0.0.1:{self._port}"
        arguments = [
            "-m",
            "central",
            "--listen",
            listen,
            "--state",
            str(state),
            "--demo",
            "--people",
            str(self._people),
            "--residents",
            str(BESIDE_THEM),
        ]
        if self._packages is not None:
            arguments += ["--packages", str(self._packages)]
        self._centre = Helper("centre", arguments, self.work / "centre.log")
        return self._centre

    def kill_centre(self) -> None:
        """The centre is gone from one moment to the next."""
        if self._centre is not None and self._centre.running():
            self._centre.kill()

    def bindings(self) -> tuple[DeviceSettings, ...]:
        """How the emulators are reached, as they say themselves; those that say nothing, by the names of their links.

        Theirs is the word only once they are ready. A device emulated for several drivers is there several times, the
        usual driver first.
        """
        try:
            rows = json.loads((self.emulators / "addresses.json").read_bytes())
            return tuple(
                DeviceSettings(row["device"], row["driver"], MappingProxyType(dict(row["options"])))
                for row in rows.values()
            )
        except FileNotFoundError:
            return tuple(
                DeviceSettings(name, driver, MappingProxyType({"port": str(self.emulators / name)}))
                for name, driver in _BY_NAME
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SettingsError(
                f"{self.emulators / 'addresses.json'}: cannot be used: {type(error).__name__}"
            ) from error

    def await_emulators(self, timeout_s: float = READY_S) -> None:
        """Block until the emulators started here are ready. What keeps them from it is left to who asks them next."""
        deadline = time.monotonic() + timeout_s
        with contextlib.suppress(RuntimeError):
            while time.monotonic() < deadline and not all(helper.ready() for helper in self._helpers):
                time.sleep(LOOK_S)

    def close(self) -> None:
        """End every process that was started here."""
        if self._centre is not None:
            self._centre.end()
        for helper in self._helpers:
            helper.end()
