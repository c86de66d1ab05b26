"""From process start to the first painted page, beside the least a Qt program can do: an empty window of that size.

Both are fresh processes on the offscreen platform, turn by turn, so that a busy machine is busy for both. Memory is the
highest resident size (VmHWM) at that moment, and for the terminal also three seconds later, when all is awake.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.timing import Figure, figure

BARE = "bare"
TERMINAL = "terminal"


def figures(repeats: int, folder: Path) -> Iterator[Figure]:
    """Start a bare window and the terminal in turns, at most ten times each."""
    rounds = max(1, min(repeats, 10))
    runs: dict[str, list[dict[str, float]]] = {BARE: [], TERMINAL: []}
    for number in range(rounds + 1):
        for what, kept in runs.items():
            measured = _run(what, folder / f"{what}-{number}")
            if number:
                kept.append(measured)
    ours = [run["painted_ms"] for run in runs[TERMINAL]]
    theirs = [run["painted_ms"] for run in runs[BARE]]
    yield figure("process start to attract page", ours, "store open, one page painted")
    yield figure("process start to an empty Qt window", theirs)
    yield Figure("attract page against an empty window", statistics.median(ours) / statistics.median(theirs), "times")
    yield Figure("memory at the attract page", _median(runs[TERMINAL], "painted_mb"), "MB", note="resident, highest")
    yield Figure("memory of an empty Qt window", _median(runs[BARE], "painted_mb"), "MB", note="resident, highest")
    yield Figure("memory when all is awake", _median(runs[TERMINAL], "awake_mb"), "MB", note="resident, highest")


def _median(runs: list[dict[str, float]], key: str) -> float:
    return statistics.median(run[key] for run in runs)


def _run(what: str, state: Path) -> dict[str, float]:
    state.mkdir(parents=True)
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.first_paint", what, str(state)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured
