"""One terminal to be looked at: emulators, centre, launcher and terminal in a folder, and the hand that moves it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final
from urllib.request import urlopen

from devices.emulators.client import ControlClient
from kiosk.app.options import ROOT
from kiosk.app.residue.canary import Canary
from kiosk.app.residue.places import family
from kiosk.app.residue.visits import PIN
from kiosk.app.story.model import DeviceDo, parse_story, with_codes
from kiosk.app.story.stage import Stage, die_with_parent, environment
from kiosk.domain.parked import CarryOn, read_carry_on
from kiosk.services.staff import hash_pin
from offline_cache.pin_file import PinFile

READY_S: Final = 120.0
ANSWER_S: Final = 150.0
END_S: Final = 30.0
LOOK_S: Final = 0.02
DESK_PICTURES: Final = 8
PACKET_BYTES: Final = 1 << 20
NOT_FOR_IT: Final = frozenset({"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "CREDENTIALS_DIRECTORY"})
"""Of a terminal's unit: what would make this one speak, or open a store, in its name."""


class NotPlayed(Exception):
    """A visit could not be played to its end, so nothing can be said about what it leaves."""


class Around:
    """Emulators and centre, which are other machines: what they keep of a resident is not looked at."""

    def __init__(self, folder: Path, people: Sequence[Canary]) -> None:
        folder.mkdir(parents=True)
        file = folder / "people.json"
        residents = [each.person() for one in people for each in (one, *one.family)]
        file.write_text(json.dumps({"people": residents, "passports": []}), encoding="utf-8")
        self.stage = Stage(folder, people=file)
        helpers = [self.stage.start_emulators(), self.stage.start_centre()]
        deadline = time.monotonic() + READY_S
        try:
            while not all(helper is None or helper.ready() for helper in helpers):
                if time.monotonic() > deadline:
                    raise NotPlayed("emulators or centre did not start")
                time.sleep(LOOK_S)
        except RuntimeError as error:
            self.stage.close()
            raise NotPlayed(str(error)) from error
        self.control = ControlClient(self.stage.emulators)

    def slips(self) -> dict[str, bytes]:
        """What the printer got for each slip it cut."""
        return {path.stem: path.read_bytes() for path in sorted(self.stage.emulators.glob("receipt-[0-9]*.bin"))}

    def desk(self) -> frozenset[bytes]:
        """What the document camera sends, each JPEG once. Raises NotPlayed."""
        state: Any = self.control.send({"device": "document_camera", "do": "state"})["state"]
        try:
            with urlopen(state["url"], timeout=READY_S) as stream:
                return frozenset(_next_picture(stream) for _ in range(DESK_PICTURES))
        except (OSError, ValueError) as error:
            raise NotPlayed(f"the document camera sends nothing ({type(error).__name__})") from error

    def close(self) -> None:
        """End what was started here."""
        self.stage.close()


class Looked:
    """The launcher and what it starts, in ``around.folder / name``; a context manager.

    ``leaking`` are words that make launcher and terminal leak by themselves.
    """

    def __init__(self, folder: Path, around: Around, platform: str, *, leaking: Sequence[str] = ()) -> None:
        self.folder = folder
        self.around = around
        self.keys: list[bytes] = []
        self.slip = ""
        """What is on the newest slip."""
        for name in ("state", "home", "tmp"):
            (folder / name).mkdir(parents=True)
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        address = folder.parent / f"{folder.name}.hand"
        self._server.bind(str(address))
        self._server.listen(1)
        self._hand: socket.socket | None = None
        PinFile(folder / "state").set_pin_hash(hash_pin(PIN))
        kept = {name: value for name, value in environment().items() if name not in NOT_FOR_IT}
        own = {name: str(folder / "home") for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
        self._out = (folder / "state" / "output.txt").open("wb")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "kiosk.app.residue.launched"),
                *(str(address), str(folder), around.stage.centre_url, str(around.stage.emulators), *leaking),
            ],
            cwd=ROOT,
            env=kept | own | {"TMPDIR": str(folder / "tmp"), "QT_QPA_PLATFORM": platform},
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._out,
            preexec_fn=die_with_parent,
        )

    def await_ready(self) -> None:
        """Until a terminal stands there, after a start or a crash."""
        self._server.settimeout(READY_S)
        try:
            self._hand, _ = self._server.accept()
            self._hand.settimeout(READY_S)
            while "ready" not in self._heard():
                pass
        except OSError as error:
            raise NotPlayed(f"the terminal did not start ({type(error).__name__})") from error

    def pids(self) -> tuple[int, ...]:
        """The launcher, the terminal and its children."""
        return family(self._process.pid)

    def tell(self, **said: object) -> Mapping[str, Any]:
        """Have the hand do something. Raises NotPlayed."""
        if self._hand is None:
            raise NotPlayed("no terminal stands there")
        try:
            self._hand.settimeout(ANSWER_S)
            self._hand.send(json.dumps(said).encode())
            answer = self._heard()
        except OSError as error:
            raise NotPlayed(f"the terminal does not answer ({type(error).__name__})") from error
        if "failed" in answer:
            raise NotPlayed(str(answer["failed"]))
        return answer

    def step(self, line: str) -> str | None:
        """Do one step of a story; the citizen code, if it shows one."""
        (step,) = parse_story(f"step = [\n{line}\n]\n", Path("visit")).steps
        if not isinstance(step.action, DeviceDo):
            self.tell(step=line)
            return None
        command, code = dict(step.action.command), None
        if isinstance(command.get("text"), str):
            try:
                command["text"] = with_codes(str(command["text"]), self.slip)
            except LookupError as error:
                raise NotPlayed(str(error)) from error
        if step.action.citizen is not None:
            code = self.around.stage.ask.citizen_code(step.action.citizen)
            command["text"] = code
        answer = self.around.control.send(command)
        if answer.get("ok") is not True:
            raise NotPlayed(f"the emulator refused: {answer.get('why', 'no reason given')}")
        return code

    def carry_on(self) -> CarryOn | None:
        """What the newest slip has to go on with parked work; None: it is a receipt, or there is none."""
        try:
            return read_carry_on(with_codes("$carry_on", self.slip))
        except LookupError:
            return None

    def kill_screens(self) -> None:
        """The terminal dies as by a fault; the launcher starts another."""
        terminal = next(pid for pid in self.pids() if pid != self._process.pid)
        os.kill(terminal, signal.SIGKILL)
        if self._hand is not None:
            self._hand.close()
        self._hand = None
        self.await_ready()

    def close(self) -> None:
        """End all of it."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)
        for pid in reversed(self.pids() if self._process.poll() is None else ()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        if self._hand is not None:
            self._hand.close()
        self._server.close()
        self._out.close()

    def _heard(self) -> Mapping[str, Any]:
        """The next answer; keys and slips that are told in between are noted."""
        while True:
            packet = self._hand.recv(PACKET_BYTES) if self._hand is not None else b""
            if not packet:
                raise ConnectionError("gone")
            said: dict[str, Any] = json.loads(packet)
            if "key" in said:
                self.keys.append(bytes.fromhex(said["key"]))
            elif "slip" in said:
                self.slip = said["slip"]
            else:
                return said


def _next_picture(stream: IO[bytes]) -> bytes:
    """One part of motion JPEG. Raises ValueError at its end."""
    length = 0
    while (line := stream.readline()) != b"\r\n" or not length:
        name, _, value = line.partition(b":")
        if name == b"Content-Length":
            length = int(value)
        elif not line:
            raise ValueError("no more pictures")
    return stream.read(length)
