"""Reads, writes and syncs that fail now and then, by libfiu, in a program that opens the store and commits.

The module is its own child process: started under `fiu-run -x`, it makes one fork per run, so that what a run breaks
ends with it, and says what each run was told.
"""

from __future__ import annotations

import ctypes
import errno
import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing, nullcontext, suppress
from pathlib import Path
from typing import TypedDict

from bench.lab.experiment import Outcome, Size
from bench.lab.findings import Findings
from bench.lab.stores import Told, a_case, answer_to, got, know_the_centre, look, memory_folder, opened
from kiosk.domain.errors import StoreError
from kiosk.ports.storage import CommitFault, Ended
from offline_cache import SqliteStore
from offline_cache.layout import QUARANTINE

RUNS_PER_CHILD = 50
COMMITS = 8
RUN_S = 30
#: Failure points of libfiu by the name they have in the report.
POINTS: Mapping[str, tuple[str, ...]] = {
    "fsync": ("posix/io/sync/fsync", "posix/io/sync/fdatasync"),
    "write": ("posix/io/rw/write", "posix/io/rw/pwrite"),
    "half a write": ("posix/io/rw/write/reduce", "posix/io/rw/pwrite/reduce"),
    "read": ("posix/io/rw/read", "posix/io/rw/pread"),
    "ftruncate": ("posix/io/rw/ftruncate",),
    "open": ("posix/io/oc/open",),
    "rename and unlink": ("posix/io/dir/rename", "posix/io/dir/unlink"),
    "anything": ("posix/io/sync/*", "posix/io/rw/*", "posix/io/oc/open", "posix/io/dir/*"),
}
_ONLY_EIO = ("read", "anything")  # nothing else comes of a read
ERRORS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC, "EROFS": errno.EROFS}
CHANCES = (0.02, 0.05, 0.1, 0.2)
_UNHANDLED = "exceptions that nobody handled"
_OPEN = "intake left open after an input/output error"
_ROOT = Path(__file__).parents[2]


class Run(TypedDict):
    """What one run says, as JSON."""

    folder: str
    kind: str
    offered: dict[str, str]
    acknowledged: dict[str, str]
    ended: list[str]
    refused: int
    intake_left_open: int
    unhandled: str


class IoErrors:
    """Whatever call fails: no unhandled exception, no false ok, and everything acknowledged is there afterwards."""

    name = "io-errors"
    title = (
        "Calls of the operating system fail at random, two to twenty in a hundred; then the next start without faults"
    )
    rows = "F23 N6"
    trials: Mapping[Size, int] = {"small": 30, "full": 500}
    slow = False

    def cannot(self) -> str | None:
        return None if shutil.which("fiu-run") else "it needs fiu-run (package fiu-utils)"

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        found = Findings()
        found.never.update({_UNHANDLED: 0, _OPEN: 0})
        for first in range(0, trials, RUNS_PER_CHILD):
            runs = min(RUNS_PER_CHILD, trials - first)
            # Half of them in memory, where other calls of the system stand behind the same ones of the program.
            place = memory_folder() if first // RUNS_PER_CHILD % 2 else folder
            with tempfile.TemporaryDirectory(dir=place) as scratch:
                _child(Path(scratch), runs, "heedless" if control else "", found)
        if found.trials < trials:
            found.problems.append(f"{trials - found.trials} runs came to nothing")
        return found.outcome()


def _child(folder: Path, runs: int, weakness: str, found: Findings) -> None:
    """Some runs in a process of their own; then, without faults, a look at what each left."""
    command = ["fiu-run", "-x", "-f", "", sys.executable, "-m", __name__, str(folder), str(runs), weakness]
    done = subprocess.run(
        [*command, str(random.getrandbits(64))],
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        timeout=RUN_S * runs + 60,
        check=False,
    )
    for line in done.stdout.splitlines():
        run: Run = json.loads(line)
        told = Told(run["offered"], run["acknowledged"], set(run["ended"]))
        # A database that could not be read is put aside, and what the centre has is the centre's.
        aside = (folder / run["folder"] / QUARANTINE).exists()
        found.trial(run["kind"], look(folder / run["folder"], told, database_lost=aside))
        found.facts["databases put aside"] += aside
        found.facts["commits acknowledged"] += len(told.acknowledged)
        found.facts["commits refused"] += run["refused"]
        found.never[_OPEN] += run["intake_left_open"]
        if run["unhandled"]:
            found.never[_UNHANDLED] += 1
            found.notes.append(f"{run['kind']}: {run['unhandled']}")


# ----------------------------------------------------------------------------------------------------- the child


def main(folder: Path, runs: int, weakness: str, dice: random.Random) -> None:
    """Fork for each run; a run that does not come back says so too."""
    # Once without faults, so that no module is read for the first time while reading fails.
    _run(folder / "warm", weakness, random.Random(0), faults=False)
    for number in range(runs):
        place = folder / f"run{number}"
        seed = dice.getrandbits(64)
        receiver, sender = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(receiver)
            signal.alarm(RUN_S)
            run = _run(place, weakness, random.Random(seed))
            with os.fdopen(sender, "w") as pipe:
                json.dump(run, pipe)
            os._exit(0)
        os.close(sender)
        with os.fdopen(receiver) as pipe:
            text = pipe.read()
        _, status = os.waitpid(child, 0)
        if not text:
            lost = Run(
                folder=place.name, kind="ended", offered={}, acknowledged={}, ended=[], refused=0, intake_left_open=0,
                unhandled=f"the process ended with status {status}",
            )  # fmt: skip
            text = json.dumps(lost)
        print(text, flush=True)


def _run(place: Path, weakness: str, dice: random.Random, *, faults: bool = True) -> Run:
    """One life with faults. They begin before the store is opened, or after a few good commits."""
    place.mkdir()
    point, chance = dice.choice(sorted(POINTS)), dice.choice(CHANCES)
    error = "EIO" if point in _ONLY_EIO else dice.choice(sorted(ERRORS))
    told = Told()
    run = Run(
        folder=place.name, kind=f"{point}, {error}", offered=told.offered, acknowledged=told.acknowledged, ended=[],
        refused=0, intake_left_open=0, unhandled="",
    )  # fmt: skip
    failing = _Faults(POINTS[point], ERRORS[error], chance, dice.getrandbits(31)) if faults else nullcontext()
    try:
        if dice.random() < 0.4:
            with closing(opened(place)) as store:
                know_the_centre(store)
                _work(store, told, run, range(1, 4), weakness, dice)
        with failing, suppress(StoreError), closing(opened(place)) as store:
            _work(store, told, run, range(10, 10 + COMMITS), weakness, dice)
    except Exception as unhandled:
        run["unhandled"] = f"{type(unhandled).__name__}: {unhandled}"
    run["ended"] = sorted(told.ended)
    return run


def _work(store: SqliteStore, told: Told, run: Run, numbers: range, weakness: str, dice: random.Random) -> None:
    for number in numbers:
        case = a_case(number, dice)
        told.offered[case.case_id] = case.sha256
        result = got(store.commit((case,)))
        if result.ok or weakness == "heedless":
            told.acknowledged[case.case_id] = case.sha256
        if not result.ok:
            run["refused"] += 1
            if result.reason is CommitFault.IO and store.space().intake_open:
                run["intake_left_open"] += 1
        with suppress(StoreError):
            got(store.put("lab", f"{number}"))
            if result.ok and dice.random() < 0.3:
                told.ended.add(case.case_id)
                got(store.mark_sending((case.case_id,)))
                got(store.record(case.case_id, Ended(answer_to(case))))


class _Faults:
    """While it is entered, the calls fail with this error and this chance. Needs the process to run under fiu-run."""

    def __init__(self, points: tuple[str, ...], error: int, chance: float, seed: int) -> None:
        self._library = ctypes.CDLL("libfiu.so.0" if _has("libfiu.so.0") else "libfiu.so.1")
        self._points, self._error, self._chance, self._seed = points, error, chance, seed

    def __enter__(self) -> None:
        self._library.fiu_set_prng_seed(ctypes.c_uint(self._seed))
        for point in self._points:
            self._library.fiu_enable_random(
                point.encode(),
                ctypes.c_int(1),
                ctypes.c_void_p(self._error),
                ctypes.c_uint(0),
                ctypes.c_float(self._chance),
            )

    def __exit__(self, *_: object) -> None:
        for point in self._points:
            self._library.fiu_disable(point.encode())


def _has(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], random.Random(sys.argv[4]))
