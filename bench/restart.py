"""How long a hall sees nothing: from the death of the terminal until the attract page is painted again.

The real launcher and the real terminal on the offscreen platform, ended by `kill -9`, again and again, and stopped once
so that it hangs. Both ends of each time are read from one clock: the moment of the signal, and the `app.attract_shown`
of the next terminal in the log.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.timing import Figure, figure

ROOT = Path(__file__).resolve().parents[1]
CRASHES = 20
IN_A_ROW = 4
"""Then a new launcher: this one would show the safe page (five crashes in ten minutes)."""
PATIENCE_S = 120.0


def figures(repeats: int, folder: Path) -> Iterator[Figure]:
    """At most twenty crashes, and one hang."""
    crashes: list[float] = []
    rounds = max(1, min(repeats, CRASHES))
    for first in range(0, rounds, IN_A_ROW):
        with Launched(folder / f"crash-{first}") as terminal:
            crashes += [terminal.ended_by(signal.SIGKILL) * 1000 for _ in range(min(IN_A_ROW, rounds - first))]
    yield figure("kill -9 to the attract page", crashes, "launcher, store and screen")
    with Launched(folder / "hang") as terminal:
        hang_s = terminal.ended_by(signal.SIGSTOP)
    yield Figure("hang to the attract page", hang_s, "s", note="SIGSTOP: 15 s of silence, then the same")


class Launched:
    """`./run kiosk`, or a `program` like it, with a state folder of its own; ready when its first attract page is
    painted. `more` are settings of the terminal, a line each.
    """

    def __init__(
        self, folder: Path, *, program: Sequence[str] = (str(ROOT / "main.py"), "kiosk"), more: str = ""
    ) -> None:
        folder.mkdir(parents=True)
        settings = folder / "kiosk.toml"
        told = '[terminal]\nid = "YP0301"\nstate_dir = "state"\nwindow = "1080x1920"\n'
        settings.write_text(told + more, encoding="utf-8")
        self._log = folder / "state/log/kiosk.jsonl"
        self._launcher = subprocess.Popen(
            [sys.executable, *program, "--settings", str(settings), "--platform", "offscreen"],
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
        )
        self._pages = 0

    def __enter__(self) -> Launched:
        self.next_page()
        return self

    def __exit__(self, *_: object) -> None:
        self._launcher.terminate()
        self._launcher.wait(30)

    def ended_by(self, number: signal.Signals) -> float:
        """Seconds from the signal to the next attract page."""
        child = int(Path(f"/proc/{self._launcher.pid}/task/{self._launcher.pid}/children").read_text().split()[0])
        began_ns = time.monotonic_ns()
        os.kill(child, number)
        return (self.next_page() - began_ns) / 1e9

    @property
    def pid(self) -> int:
        """Of the launcher."""
        return self._launcher.pid

    def next_page(self) -> int:
        """Wait for the next attract page; when it was painted, in monotonic nanoseconds."""
        self._pages += 1
        deadline, look = time.monotonic() + PATIENCE_S, threading.Event()
        while time.monotonic() < deadline:
            shown = [at for event, at in self._lines() if event == "app.attract_shown"]
            if len(shown) >= self._pages:
                return shown[self._pages - 1]
            if self._launcher.poll() is not None:
                break
            look.wait(0.02)
        raise SystemExit("bench: the terminal did not come back")

    def _lines(self) -> Iterator[tuple[str, int]]:
        try:
            text = self._log.read_text(encoding="ascii")
        except OSError:
            return
        for line in text.splitlines():
            if line.endswith("}"):  # the last one may be half written
                fields = json.loads(line)
                yield fields["event"], fields["mono_ns"]
