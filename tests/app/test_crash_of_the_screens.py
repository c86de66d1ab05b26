"""The whole way over a crash: a real launcher, two real terminals one after the other, the real store between them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]

LAUNCHER = """
import os, sys
from kiosk.app.launcher import Launcher
from kiosk.app.launcher_line import HeldKey
from kiosk.app.launcher_world import Programs
held = HeldKey()
sys.exit(Launcher(Programs([sys.executable, "-c", sys.argv[1]], held, os.environ), held).run())
"""

#: Walks to the form with a card in the hand, is killed there, and walks on after showing the card once more.
TERMINAL = """
import json, os, pathlib, signal
from config import NO_DRIVERS, load_settings
from kiosk.app.compose import build_terminal
from kiosk.app.launcher_line import line_of
from kiosk.app.logs import EventLog
from kiosk.domain.devices import CardRead
from kiosk.flow.events import Touched
from kiosk.domain.devices import StatusChanged
from tests.flow.world import CARD, device

folder = pathlib.Path(FOLDER)
line = line_of(os.environ)
settings = load_settings(folder / "kiosk.toml", {}, drivers=NO_DRIVERS)
terminal = build_terminal(settings, log=EventLog(None), platform="offscreen", line=line)
runner, told = terminal.runner, []
signal.signal(signal.SIGTERM, lambda *_: terminal.loop.quit(0))
second = (folder / "first.json").exists()
WAY = ["action.start", "language.zh-Hans", "everyday.guide", "item.social-insurance-certificate", "action.next",
       "consent.privacy", "consent.record_query", "action.next"]

def say(name):
    session = runner.state.session
    said = {"step": runner.state.step, "page": runner.state.page, "told": told,
            "answers": sorted(session.answers) if session else [],
            "raw": CARD.number.encode() in (terminal.store.draft().result() or b"")}
    (folder / (name + ".part")).write_text(json.dumps(said))
    (folder / (name + ".part")).rename(folder / name)

def look():
    state = runner.state
    if not told or told[-1] != state.step:
        told.append(state.step)
    if not state.world.packages:
        return
    if not state.world.usable("id_card"):
        runner.dispatch(StatusChanged(device("id_card")))
    if second:
        if state.step == "resume" and state.returning.draft is not None:
            runner.dispatch(CardRead(state.session.id, CARD))
        elif state.step not in ("resume", "attract"):
            say("second.json")
            terminal.loop.quit(0)
        return
    if state.step == "identify":
        runner.dispatch(CardRead(state.session.id, CARD))
    elif WAY and state.step not in ("form", "lookup"):
        runner.dispatch(Touched(WAY.pop(0)))
    elif terminal.store.draft().result() is not None:
        say("first.json")
        os.kill(os.getpid(), signal.SIGKILL)

terminal.loop.every(20, look)
raise SystemExit(terminal.run())
"""


def test_killed_in_the_middle_of_a_form_the_same_card_goes_on_there(tmp_path: Path) -> None:
    (tmp_path / "kiosk.toml").write_text(
        '[terminal]\nid = "YP0301"\nstate_dir = "state"\nwindow = "540x960"\ndemo = true\n'
        '[centre]\nurl = "http://127.0.0.1:9"\n',
        encoding="utf-8",
    )
    program = TERMINAL.replace("FOLDER", repr(str(tmp_path)))
    ended = subprocess.run(
        [sys.executable, "-c", LAUNCHER, program],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        timeout=270,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()[-2000:]
    first, second = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("first", "second"))
    assert not first["raw"], "what lies on the disk is noise"
    assert second["told"][0] == "resume"
    assert "attract" not in second["told"]
    assert (second["step"], second["page"], second["answers"]) == (first["step"], first["page"], first["answers"])
    assert first["answers"]
