"""Pulled out in the middle: what was committed is there afterwards, and reaches the centre once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.app.story.stage import Helper, free_port

ROOT = Path(__file__).resolve().parents[2]
MAIN = [sys.executable, str(ROOT / "main.py")]
pytestmark = pytest.mark.slow

COMPLAINT = """
schema = 1
step = [
  { touch = "action.start" },
  { touch = "language.en" },
  { touch = "everyday.complaint" },
  { touch = "action.next" },
  { touch = "consent.privacy" },
  { touch = "action.next" },
  { touch = "choice.complaint.kind.complaint" },
  { touch = "action.next" },
  { touch = "choice.complaint.category.road" },
  { touch = "action.next" },
  { type = { field = "complaint.text", text = "Lamp out" } },
  { touch = "action.next" },
  { touch = "choice.place.district.nanan" },
  { touch = "action.next" },
  { touch = "action.next" },
  { touch = "choice.contact.callback.no" },
  { touch = "action.next" },
  { wait_screen = "review" },
  { touch = "action.next" },
  { wait_screen = "result" },
  { wait_screen = "attract", timeout_s = 60 },
]
"""
LATER = """
schema = 1
step = [
  { wait_screen = "attract" },
  { expect = { log_event = "case.send_result" }, timeout_s = 30 },
]
"""


def until(condition: threading.Event, helper: Helper) -> None:
    while not helper.ready():
        condition.wait(0.05)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    state = str(tmp_path / "centre")
    arguments = ["-m", "central", "--listen", f"127.0.0.1:{port}", "--state", state, "--demo", "--residents", "20"]
    helper = Helper("centre", arguments, tmp_path / "centre.log")
    never = threading.Event()
    try:
        until(never, helper)
        yield f"http://127.0.0.1:{port}"
    finally:
        helper.end()


def test_a_terminal_killed_right_after_the_commit_keeps_the_case_and_sends_it_once(tmp_path: Path, centre: str) -> None:
    settings, story, later = tmp_path / "kiosk.toml", tmp_path / "story.toml", tmp_path / "later.toml"
    settings.write_text(
        f'[terminal]\nid = "YP0301"\nstate_dir = "state"\nwindow = "1080x1920"\n[centre]\nurl = "{centre}"\n',
        encoding="utf-8",
    )
    story.write_text(COMPLAINT, encoding="utf-8")
    later.write_text(LATER, encoding="utf-8")
    options = ["--settings", str(settings), "--external-centre", "--quiet", "--out", str(tmp_path / "out")]
    log = tmp_path / "state" / "log" / "kiosk.jsonl"
    never = threading.Event()

    player = subprocess.Popen([*MAIN, "story", str(story), *options], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        while not (log.exists() and "case.committed" in log.read_text(encoding="utf-8")):
            assert player.poll() is None, player.stderr.read() if player.stderr else ""
            never.wait(0.005)
        player.send_signal(signal.SIGKILL)
    finally:
        player.kill()
        player.communicate()

    committed = [
        line["case_id"]
        for line in map(json.loads, log.read_text(encoding="utf-8").splitlines())
        if line["event"] == "case.committed"
    ]
    # Its row may be missing until the next start, which makes it from the envelope.
    if [case["state"] for case in cases(settings)] != ["accepted"]:
        done = subprocess.run(
            [*MAIN, "story", str(later), *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=270,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert [(case["case_id"], case["state"]) for case in cases(settings)] == [(committed[0], "accepted")]
    with urllib.request.urlopen(f"{centre}/v1/cases/{committed[0]}/status", timeout=10) as answer:
        assert json.loads(answer.read())["case_id"] == committed[0]


def cases(settings: Path) -> list[dict[str, str]]:
    done = subprocess.run(
        [*MAIN, "cases", "--json", "--settings", str(settings)], capture_output=True, text=True, check=True, timeout=60
    )
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found
