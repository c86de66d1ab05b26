"""The launcher with real processes: their memory, their death, their silence. The terminals here are a few lines."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.app import exits

ROOT = Path(__file__).resolve().parents[2]

LAUNCHER = """
import os, sys
import kiosk.app.launcher_world as real
from kiosk.app.launcher import Launcher
from kiosk.app.launcher_line import HeldKey
real.HANG_S, real.ABORT_S = 1.0, 0.2
held = HeldKey()
code = Launcher(real.Programs([sys.executable, "-c", sys.argv[1]], held, os.environ), held).run()
assert "PySide6" not in sys.modules
sys.exit(code)
"""

TELL = """
import os, pathlib, resource, signal, subprocess, sys, threading
from kiosk.app.launcher_line import line_of
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
inherited = os.environ.get("KIOSK_LAUNCHER_FD", "")
line = line_of(os.environ)
def tell(*words):
    part = FOLDER / f".{os.getpid()}"
    part.write_text(" ".join(map(str, words)))
    part.rename(FOLDER / str(len(list(FOLDER.glob("[0-9]*")))))
def live():
    while True:
        line.alive()
        threading.Event().wait(0.1)
"""


@contextmanager
def launched(folder: Path, child: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A launcher of children that run ``child``; what the n-th of them tells stands in ``folder/n``."""
    folder.mkdir(exist_ok=True)
    program = TELL.replace("FOLDER", f"pathlib.Path({str(folder)!r})") + child
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, program], cwd=ROOT, env=os.environ | environment, stderr=subprocess.DEVNULL
    )
    try:
        yield launcher
        launcher.terminate()
        assert launcher.wait(20) == exits.OK
    finally:
        launcher.kill()
        launcher.wait()


def told(folder: Path, number: int, launcher: subprocess.Popen[bytes]) -> list[str]:
    """What the child with this number says; waits for it."""
    while not (folder / str(number)).exists():
        assert launcher.poll() is None
        os.sched_yield()
    return (folder / str(number)).read_text().split()


def test_the_child_runs_with_overwritten_memory_without_core_dumps_and_alone_on_its_line(tmp_path: Path) -> None:
    child = """
listed = subprocess.run(["ls", "-l", "/proc/self/fd"], capture_output=True, text=True).stdout
core = resource.getrlimit(resource.RLIMIT_CORE)
tell(os.environ["PYTHONMALLOC"], os.environ["MALLOC_PERTURB_"], core[0], core[1], inherited != "",
     "KIOSK_LAUNCHER_FD" in os.environ, "NOTIFY_SOCKET" in os.environ, f" {inherited} -> socket" in listed)
live()
"""
    with launched(tmp_path / "told", child, NOTIFY_SOCKET="/nonexistent") as launcher:
        assert told(tmp_path / "told", 0, launcher) == "malloc 165 0 0 True False False False".split()


VISIT = """
left = line.left()
tell(os.getpid(), left.key.hex() if left else "none", line.left() is None, line.fresh().hex())
live()
"""


def test_after_kill_9_the_next_terminal_gets_the_key_of_the_visit_once(tmp_path: Path) -> None:
    with launched(tmp_path / "told", VISIT) as launcher:
        pid, left, _, key = told(tmp_path / "told", 0, launcher)
        assert left == "none"
        os.kill(int(pid), signal.SIGKILL)
        second, left, asked_again, _ = told(tmp_path / "told", 1, launcher)
        assert second != pid
        assert left == key
        assert asked_again == "True"


def test_a_terminal_that_stands_still_is_ended_and_followed_by_one_that_gets_its_key(tmp_path: Path) -> None:
    with launched(tmp_path / "told", VISIT) as launcher:
        pid, _, _, key = told(tmp_path / "told", 0, launcher)
        os.kill(int(pid), signal.SIGSTOP)
        second, left, _, _ = told(tmp_path / "told", 1, launcher)
        assert second != pid
        assert left == key
        assert not Path("/proc", pid).exists()


def test_systemd_hears_that_it_is_ready_only_from_a_child_that_lives_and_then_again_and_again(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(20)
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}
        with launched(tmp_path / "told", VISIT, **environment):
            heard = []
            while heard[-3:] != [b"WATCHDOG=1"] * 3 or b"READY=1" not in b"\n".join(heard):
                heard.append(systemd.recv(256))
        while heard[-1] != b"STOPPING=1":
            heard.append(systemd.recv(256))


def test_launcher_and_terminal_can_be_read_by_no_other_program_of_their_user() -> None:
    script = (
        "import ctypes, resource\n"
        "from kiosk.app.launcher_child import keep_memory_private\n"
        "keep_memory_private()\n"
        "assert ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) == 0\n"  # PR_GET_DUMPABLE
        "assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=60, check=True)
