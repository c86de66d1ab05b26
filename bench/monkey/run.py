"""One monkey at one terminal: display, devices, centre, launcher and terminal; then step after step."""

from __future__ import annotations

import contextlib
import json
import os
import random
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.monkey.display import Display
from bench.monkey.gestures import PIN, Around, Monkey
from bench.monkey.terminal import EAR, HOLES, MARK
from bench.monkey.watch import EVERY_S, GROWTH_MB, Breach, Ping, Watch
from bench.panel import PANEL, panel
from devices.emulators.client import ControlClient
from kiosk.app.launcher_child import MEMORY
from kiosk.app.options import ROOT
from kiosk.app.story.stage import Stage, die_with_parent, environment
from kiosk.services.staff import hash_pin
from offline_cache.pin_file import PinFile

READY_S: Final = 120.0
WARM_S: Final = 2.0
END_S: Final = 20.0
PROCESSES_EVERY: Final = 10
MEMORY_EVERY: Final = 50
TOO_MANY: Final = 25
PACKET_BYTES: Final = 1 << 20
#: Without a sound card its library says so on the error output, at length.
FOREIGN: Final = "ALSA lib"
#: Short, so that every kind of end of a visit comes by.
TIMES: Final = {"idle_s": 4.0, "warn_s": 2.0, "absolute_s": 90.0}
#: The launcher gives the terminal its memory environment by itself.
_NOT_PASSED_ON: Final = frozenset({*MEMORY, "QT_QPA_PLATFORM", "WAYLAND_DISPLAY"})

Tell = Callable[[str], None]


class NotReady(Exception):
    """The terminal did not come up, so nothing can be said about it."""


@dataclass
class Result:
    """What a run saw. ``memory_mb`` is what the terminal held, from the first steps on, every fifty."""

    steps: int = 0
    seed: int = 0
    breaches: list[Breach] = field(default_factory=list)
    pings: list[Ping] = field(default_factory=list)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    gestures: dict[str, int] = field(default_factory=dict)
    memory_mb: list[float] = field(default_factory=list)
    took_s: float = 0.0

    @property
    def kinds(self) -> set[str]:
        """What kinds of breaches there are."""
        return {breach.kind for breach in self.breaches}

    def missed(self, wanted: frozenset[str]) -> list[str]:
        """Those of these words that no breach has."""
        return sorted(word for word in wanted if not any(word in str(breach) for breach in self.breaches))


def run(
    steps: int, seed: int, folder: Path, tell: Tell, *, holes: Sequence[str] = (), until: frozenset[str] = frozenset()
) -> Result:
    """So many steps, fewer when too much is broken. With ``until`` it ends once each of these words stood in a
    breach.

    Raises NotReady, and :class:`bench.panel.NoPanel` without an X server.
    """
    with _stood(folder, holes) as (display, watch, around, hear):
        return _Run(display, watch, around, hear, seed, tell, until).play(steps, folder)


class _Run:
    def __init__(
        self,
        display: Display,
        watch: Watch,
        around: Around,
        hear: Callable[[], Iterator[dict[str, Any]]],
        seed: int,
        tell: Tell,
        until: frozenset[str],
    ) -> None:
        self._display = display
        self._watch = watch
        self._around = around
        self._hear = hear
        self._tell = tell
        self._until = until
        self._monkey = Monkey(random.Random(seed), display, around, self._rest)
        self._result = Result(seed=seed)
        self._doing = ""
        self._broken: set[tuple[str, str]] = set()

    def play(self, steps: int, folder: Path) -> Result:
        result, watch = self._result, self._watch
        began = time.monotonic()
        self._display.focus(watch.window)
        self._rest(WARM_S)
        warm = max(1, min(steps // 4, 1000))
        for number in range(1, steps + 1):
            result.steps = number
            name = self._monkey.act(watch.window)
            self._doing = name
            gesture = name.split()[0]
            result.gestures[gesture] = result.gestures.get(gesture, 0) + 1
            self._rest(EVERY_S)
            self._note(watch.look())
            if number % PROCESSES_EVERY == 0:
                self._note(watch.processes())
            if number >= warm and number % MEMORY_EVERY == 0:
                self._weigh()
            if number % 500 == 0:
                self._tell(f"{number} steps, {len(result.pairs)} pairs, {len(result.breaches)} breaches")
            if self._over():
                break
        self._monkey.calm()
        self._rest(1.0)
        self._note((*watch.look(), *watch.processes(), *_said(folder)))
        self._weigh()
        result.pings = watch.pings
        result.took_s = time.monotonic() - began
        return result

    def _over(self) -> bool:
        result = self._result
        if self._until:
            return not result.missed(self._until) or "ended" in result.kinds
        return len(result.breaches) >= TOO_MANY or bool({"ended", "hang"} & result.kinds)

    def _rest(self, seconds: float) -> None:
        """Ask the screen loop again and again, for as long; at least once."""
        deadline = time.monotonic() + seconds
        while True:
            wrong = self._watch.ping()
            if wrong is not None:
                self._note([wrong])
            for said in self._hear():
                if "pair" in said:
                    self._result.pairs.add((said["pair"][0], said["pair"][1]))
                else:
                    self._around.step = said["step"]
                    self._around.spots = [(name, x, y, w, h) for name, x, y, w, h in said["spots"]]
            left = deadline - time.monotonic()
            if left <= 0 or (wrong is not None and wrong.kind == "hang"):
                return
            time.sleep(min(left, EVERY_S))

    def _weigh(self) -> None:
        held = self._result.memory_mb
        held.append(round(self._watch.memory_mb(), 1))
        if held[-1] - held[0] > GROWTH_MB:
            self._note([Breach("memory", "more than it had")])

    def _note(self, breaches: Iterator[Breach] | Sequence[Breach]) -> None:
        """Each once; a stall each time."""
        for breach in breaches:
            what = (breach.kind, breach.detail)
            if what in self._broken:
                continue
            self._broken.add(what)
            found = Breach(breach.kind, breach.detail, self._result.steps, self._doing)
            self._result.breaches.append(found)
            if not self._until:
                self._tell(f"step {found.step}: {found} (after {found.after})")


# ---- what stands there


@contextmanager
def _stood(
    folder: Path, holes: Sequence[str]
) -> Iterator[tuple[Display, Watch, Around, Callable[[], Iterator[dict[str, Any]]]]]:
    folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(folder)
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with panel() as plain, contextlib.closing(stage), ear, (folder / "output.txt").open("wb") as out:
        display = Display(plain.display, PANEL)
        stage.start_emulators()
        stage.start_centre()
        stage.await_emulators(READY_S)
        ear.bind(str(folder / "ear"))
        ear.setblocking(False)
        mark = secrets.token_hex(8)
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.monkey.terminal", "--settings", str(_settings(folder, stage))],
            cwd=ROOT,
            env={name: value for name, value in environment().items() if name not in _NOT_PASSED_ON}
            | {
                "DISPLAY": plain.display,
                "QT_QPA_PLATFORM": "xcb",
                EAR: str(folder / "ear"),
                HOLES: ",".join(holes),
                MARK: mark,
                "PATH": f"{_browser(folder).parent}:{os.environ['PATH']}",
            },
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=die_with_parent,
        )
        watch = Watch(display, process.pid, plain.server, f"{MARK}={mark}")
        try:
            _await(watch, process)
            around = Around(devices=ControlClient(stage.emulators), citizen_code=stage.ask.citizen_code)
            yield display, watch, around, lambda: _heard(ear)
        finally:
            process.terminate()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            watch.kill_the_rest()
            display.close()


def _await(watch: Watch, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_S
    while not watch.find():
        if time.monotonic() > deadline or process.poll() is not None:
            raise NotReady("the terminal did not start; output.txt says why")
        time.sleep(0.05)


def _heard(ear: socket.socket) -> Iterator[dict[str, Any]]:
    while True:
        try:
            yield json.loads(ear.recv(PACKET_BYTES))
        except BlockingIOError:
            return


def _settings(folder: Path, stage: Stage) -> Path:
    """A terminal as in a hall, with every emulated device; and the PIN is set."""
    lines = [
        "[terminal]", 'id = "YP0301"', 'site = "nanan"', 'state_dir = "state"', 'window = "fullscreen"',
        "[centre]", f"url = {json.dumps(stage.centre_url)}",
        "[session]", *(f"{name} = {value}" for name, value in TIMES.items()),
    ]  # fmt: skip
    bound = {device.name: device for device in reversed(stage.bindings())}
    for device in bound.values():
        options = [f"{name} = {json.dumps(value)}" for name, value in device.options.items()]
        lines += [f"[devices.{device.name}]", f"driver = {json.dumps(device.driver)}", *options]
    file = folder / "kiosk.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "state").mkdir()
    PinFile(folder / "state").set_pin_hash(hash_pin(PIN))
    return file


def _browser(folder: Path) -> Path:
    """What a link would start, before this machine's own: something that stays to be seen."""
    file = folder / "bin" / "xdg-open"
    file.parent.mkdir()
    file.write_text("#!/bin/sh\nsleep 20\n", encoding="utf-8")
    file.chmod(0o755)
    return file


def _said(folder: Path) -> Iterator[Breach]:
    """Faults in the event log and what was said on the way."""
    log = folder / "state" / "log" / "kiosk.jsonl"
    for line in log.read_text("utf-8").splitlines() if log.is_file() else ():
        entry = json.loads(line)
        if entry.get("event") == "app.fault" or entry.get("level") == "error":
            yield Breach("log", f"{entry.get('event')} {entry.get('code', '')}")
    said = (folder / "output.txt").read_text("utf-8", "replace").splitlines()
    for line in [line for line in said if line and not line.startswith(FOREIGN)][:5]:
        yield Breach("output", line[:200])
