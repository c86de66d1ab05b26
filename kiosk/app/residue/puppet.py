"""The terminal that is looked at: the real one, composed as ever, with a hand that a socket moves.

``python -m kiosk.app.residue.puppet SOCKET FOLDER CENTRE EMULATORS``. Whoever listens at SOCKET has it do steps of a
story and tell what is in it, one packet and one JSON object at a time. What a resident types comes over that socket as
well, so that this process holds no more of a resident than it would hold without.

Unlike the real command it does not close its memory to others of its user: it has to be read.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from config import Settings
from kiosk.app.compose import build_terminal
from kiosk.app.launcher_line import LauncherLine, line_of
from kiosk.app.logs import EventLog, Line, bridge_loggers
from kiosk.app.residue import leaks
from kiosk.app.residue.launched import KEEP_BLOCKS, LEARN_WORDS
from kiosk.app.residue.visits import ITEMS
from kiosk.app.story.model import Story, parse_story
from kiosk.app.story.player import Failed, Player, Wait
from kiosk.app.story.record import Recorder
from kiosk.app.story.setting import bound, story_settings
from kiosk.app.story.stage import Stage
from kiosk.domain.devices import IO_BOARD
from kiosk.domain.receipt import Receipt
from kiosk.ports.printing import PressedReceipt
from ui import residue, touch
from ui.kit import controls

PACKET_BYTES = 1 << 20
REACH_S = 10.0
OFFERED_S = 60.0


class Nothing(Recorder):
    """Keeps no picture, no line and no paper."""

    def __init__(self) -> None:
        """Nothing is written anywhere."""

    def last_receipt(self) -> None:
        """None is kept."""

    def log_lines(self) -> tuple[Line, ...]:
        """None are kept."""
        return ()


class Puppet(Player):
    """Does what it is told, one packet at a time."""

    def __init__(self, stage: Stage, hand: socket.socket) -> None:
        super().__init__(Story("residue", ()), stage, Nothing(), lambda *_: None, ())
        self._hand = hand

    def _all(self) -> Wait:
        setattr(controls, "INERT_S", 0.0)  # noqa: B010  a hand waits until a page listens; nobody is in a hurry here
        yield from self._set_up()
        yield from self._until(self._lacking, OFFERED_S, "not all items are offered")
        self._hand.setblocking(False)
        self._say({"ready": True})
        while True:
            try:
                said = json.loads(self._hand.recv(PACKET_BYTES) or b"{}")
            except BlockingIOError:
                yield
                continue
            if not said:
                return
            try:
                answer = yield from self._answer(said)
            except (Failed, touch.TouchRefused) as failed:
                answer = {"failed": f"{failed} (on {self._t.runner.state.step})"}
            self._say(answer)
            del said, answer

    def printed(self, receipt: Receipt, pressed: PressedReceipt) -> None:
        """A slip is about to be printed: what is on it goes to whoever looks for it. On the printing thread."""
        self._say({"slip": "\n".join(pressed.lines)})

    def _answer(self, said: Mapping[str, Any]) -> Generator[None, None, Mapping[str, Any]]:
        window, runner = self._t.window, self._t.runner
        match said:
            case {"step": line}:
                for step in parse_story(f"step = [\n{line}\n]\n", Path("visit")).steps:
                    yield from self._step(step)
            case {"sign": strokes}:
                yield from self._reachable("field.signature", REACH_S)
                touch.draw_signature(window, strokes)
                yield from self._rest()
                session = runner.state.session
                drawn = session.signature if session is not None else None
                return {"strokes": drawn.strokes if drawn is not None else []}
            case {"picture": path, "of": texts}:
                window.picture().save(path)
                found = [
                    each.rect
                    for each in window.controls()
                    if each.name in texts or any(text in each.text for text in texts)
                ]
                return {"rects": found}
            case {"paper": path}:
                session = runner.state.session
                taken = session.taken if session is not None else None
                Path(path).write_bytes(taken.data if taken is not None else session.preview if session else b"")
                return {"looking": taken is None}
            case {"times": times}:
                world = runner.state.world
                runner.state = replace(runner.state, world=replace(world, times=replace(world.times, **times)))
            case {"inside": _}:
                return residue.texts()
            case {"leak": name}:
                leaks.LEAKS[name](self._t)
        return {"done": runner.state.step}

    def _lacking(self) -> str | None:
        there = {package.id for package in self._t.runner.state.world.packages}
        return ", ".join(ITEMS - there) or None

    def _say(self, answer: Mapping[str, Any]) -> None:
        self._hand.send(json.dumps(answer).encode())

    def _shoot(self) -> None:
        """Nothing is kept."""

    def _shoot_if_new(self) -> None:
        """Nothing is kept."""


class Overheard(LauncherLine):
    """A line to the launcher; each fresh key is also told to whoever looks for it."""

    def __init__(self, line: LauncherLine, hand: socket.socket) -> None:
        super().__init__(line._line)
        self._hand = hand

    def fresh(self) -> bytes:
        """See SessionKeys."""
        key = super().fresh()
        self._hand.send(json.dumps({"key": key.hex()}).encode())
        return key


def _with_socket(settings: Settings) -> Settings:
    """The same with a socket for headphones on the input board."""
    devices = (
        replace(device, options={**device.options, "headset_input": 6}) if device.name == IO_BOARD else device
        for device in settings.devices
    )
    return replace(settings, devices=tuple(devices))


def main(arguments: Sequence[str]) -> int:
    """Until the hand lets go."""
    address, folder, centre = arguments[0], Path(arguments[1]), arguments[2]
    if LEARN_WORDS in arguments:
        leaks.learn_words()
    if KEEP_BLOCKS in arguments:
        leaks.keep_blocks()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as hand:
        hand.connect(address)
        stage = Stage(folder, emulators=Path(arguments[3]), centre_url=centre)
        overrides = [f"terminal.state_dir={folder / 'state'}", f"centre.url={centre}", "sound.voice=silent"]
        settings = _with_socket(bound(story_settings(None, overrides, stage), stage))
        line = line_of(os.environ)
        log = EventLog.in_state_dir(settings.terminal.state_dir)
        unbridge = bridge_loggers(log)
        puppet = Puppet(stage, hand)
        try:
            whole = build_terminal(
                settings,
                platform=os.environ.get("QT_QPA_PLATFORM", "offscreen"),
                log=log,
                on_receipt=puppet.printed,
                on_painted=puppet.painted,
                line=Overheard(line, hand) if isinstance(line, LauncherLine) else line,
            )
            puppet.play(whole)
        finally:
            unbridge()
            log.close()
    if puppet.failure is not None:
        print(puppet.failure, file=sys.stderr)
    return 0 if puppet.failure is None else 70


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
