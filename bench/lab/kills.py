"""`kill -9` again and again: the terminal's store and sync loop against the real centre, killed between any two writes.

Three ways to be killed: at a random moment; after a step of a commit; and, with strace, exactly on the n-th system call
of a kind (a write, a sync, a rename, a byte to or from the centre), in whatever thread makes it. What was acknowledged
before has to be at the centre once after the terminal was started again and left alone.

The control acknowledges before it commits, and its centre does not know an id again.
"""

from __future__ import annotations

import dataclasses
import json
import os
import random
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.lab.cases import NO_CENTRE
from bench.lab.centres import LittleCentre, little_centre, real_centre
from bench.lab.experiment import Harm, Measure, Outcome, Size
from kiosk.app.clock import SystemClock
from kiosk.app.options import ROOT
from kiosk.app.story.stage import die_with_parent, environment
from kiosk.ports.central import CatalogueItem
from offline_cache import FileKeySource, open_store
from offline_cache.envelopes import stored_ids
from offline_cache.layout import ENVELOPES
from offline_cache.slots import is_slot

KILLS_OF_A_TERMINAL = 100  # then it is drained and judged, and a new one begins
CASES_OF_A_LIFE = 4
VOICE_S = 90.0

# System calls that a kill may fall on, and up to the how-manieth of a thread.
CALLS: Mapping[str, int] = {
    "pwrite64": 120,
    "fsync,fdatasync": 24,
    "write": 6,
    "unlink,unlinkat,rename,renameat,renameat2": 8,
    "ftruncate": 2,
    "openat": 30,
    "connect": 12,
    "sendto": 12,
    "recvfrom": 40,
}


_Held = Callable[[], Counter[str]]


class Voice:
    """The lines of a process, read without waiting for ever."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._out = process.stdout
        self._selector = selectors.DefaultSelector()
        if self._out is None:
            raise ValueError("the process has no voice")
        os.set_blocking(self._out.fileno(), False)
        self._selector.register(self._out, selectors.EVENT_READ)
        self._rest = b""

    def close(self) -> None:
        self._selector.close()

    def line(self, timeout_s: float = VOICE_S) -> str | None:
        """The next line; None when none came in time. EOFError when the process is gone."""
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._rest:
            left = deadline - time.monotonic()
            if left < 0 or not self._selector.select(left):
                return None
            data = os.read(self._out.fileno(), 1 << 16)  # type: ignore[union-attr]
            if not data:
                raise EOFError("the sender is gone")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()


@dataclass(slots=True)
class Told:
    """What one terminal said of itself over its lives."""

    acknowledged: set[str] = field(default_factory=set)
    recovered: int = 0
    made_again: int = 0
    problems: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)


class Sender:
    """The program of `bench.lab.sender`, and one life after the other."""

    def __init__(self, state: Path, url: str, item: CatalogueItem, *, hasty: bool) -> None:
        self._item = {**dataclasses.asdict(item), "title": dict(item.title)}
        self._hasty = hasty
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.lab.sender", str(state), url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment(),
            bufsize=0,
            preexec_fn=die_with_parent,
        )
        self._voice = Voice(self._process)

    def close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._voice.close()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _write(self, data: bytes) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(data)

    def born(self, first: int, count: int, step: int = 0) -> int:
        """Start a life; its process id. It waits for `go`."""
        wanted = {"first": first, "count": count, "step": step, "hasty": self._hasty, "item": self._item}
        self._write(json.dumps(wanted).encode())
        line = self._voice.line()
        if line is None or not line.startswith("born "):
            raise RuntimeError(f"the sender said {line!r}")
        return int(line.split()[1])

    def go(self) -> None:
        """Let a life begin; let one that is idle end."""
        self._write(b"!")

    def line(self, timeout_s: float = VOICE_S) -> str | None:
        return self._voice.line(timeout_s)


class Kills:
    """The experiment."""

    name = "kills"
    title = "Killed between any two writes (kill -9)"
    rows = "F1 F2 F7 F9 N1"
    trials: Mapping[Size, int] = {"small": 16, "full": 1000}
    slow = False

    def cannot(self) -> str | None:
        return None

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        """Kill `trials` times."""
        dice = random.Random(random.getrandbits(64))
        strace = shutil.which("strace")
        total = Told()
        harm, orphans = Harm(), 0
        with _centre(folder / "centre", forgets=control) as (url, item, held):
            done, number = 0, 1
            while done < trials:
                state = folder / f"terminal-{done}"
                state.mkdir()
                told = Told()
                sender = Sender(state, url, item, hasty=control)
                try:
                    for _ in range(min(KILLS_OF_A_TERMINAL, trials - done)):
                        one_life(sender, number, told, dice, strace)
                        number += CASES_OF_A_LIFE
                        done += 1
                    quiet_life(sender, number, told)
                finally:
                    sender.close()
                found, left = judge(state, told, held())
                harm, orphans = _add(harm, found), orphans + left
                _gather(total, told)
                shutil.rmtree(state)
        notes = [] if strace else ["strace is not installed: no kill fell on an exact system call"]
        return Outcome(
            trials=done,
            harm=harm,
            measures=(
                Measure("acknowledged cases", len(total.acknowledged), ""),
                Measure("orphan files", orphans, "", "0", orphans == 0),
                Measure("killed between envelope and COMMIT", total.made_again, "cases"),
            ),
            counts=dict(sorted(total.kills.items())),
            notes=tuple(notes),
            problems=tuple(total.problems),
        )


def one_life(sender: Sender, first: int, told: Told, dice: random.Random, strace: str | None) -> None:
    """A life that ends by a kill."""
    way = dice.choice(("moment", "step", "call", "call", "call") if strace else ("moment", "moment", "step"))
    step = dice.randrange(1, 3 * CASES_OF_A_LIFE + 1) if way == "step" else 0
    pid = sender.born(first, CASES_OF_A_LIFE, step)
    tracer: subprocess.Popen[bytes] | None = None
    kind = {"moment": "at a moment", "step": "after a step of a commit"}.get(way, "")
    if way == "call" and strace is not None:
        calls, most = dice.choice(tuple(CALLS.items()))
        tracer = on_call(strace, pid, calls, dice.randrange(1, most + 1))
        kind = f"on {calls.split(',')[0]}"
    after = dice.randrange(0, CASES_OF_A_LIFE + 2) if way == "moment" else -1
    pause_s = dice.random() * 0.03
    sender.go()
    seen = 0
    while True:
        if way == "moment" and seen >= after:
            time.sleep(pause_s)
            kill(pid)
            way = "killed"
        line = sender.line()
        if line is None:
            told.problems.append("a life said nothing for too long")
            kill(pid)
            continue
        match line.split():
            case ["open", recovered, made_again]:
                told.recovered += int(recovered)
                told.made_again += int(made_again)
                seen += 1
            case ["ok", case_id]:
                told.acknowledged.add(case_id)
                seen += 1
            case ["idle"]:
                # What it was to die of did not come: then it dies here, with nothing to do.
                kind = kind if way == "killed" else "with nothing left to send"
                kill(pid)
                way = "killed"
            case ["gone"]:
                break
            case _:
                told.problems.append(line)
    told.kills[kind] += 1
    if tracer is not None:
        tracer.communicate(timeout=10.0)


def quiet_life(sender: Sender, first: int, told: Told) -> None:
    """Started again and left alone until nothing is left to send, then ended in good order."""
    sender.born(first, 0)
    sender.go()
    while (line := sender.line()) != "gone":
        match (line or "silence").split():
            case ["open", recovered, made_again]:
                told.recovered += int(recovered)
                told.made_again += int(made_again)
            case ["idle"]:
                sender.go()
            case _:
                told.problems.append(f"at the end: {line}")
                return


def judge(state: Path, told: Told, held: Counter[str]) -> tuple[Harm, int]:
    """What harm a terminal came to, and how many files are left that nobody needs."""
    store = open_store(
        state, clock=SystemClock(), keys=FileKeySource(state / "key", demo=True), floor_bytes=0, ballast_bytes=0
    )
    try:
        rows = {row.case_id for row in store.cases().result()}
        report = store.verify().result()
        told.recovered += store.health().recovered
    finally:
        store.close()
    here = {case_id for case_id in held if case_id in rows or case_id in told.acknowledged}
    envelopes = state / ENVELOPES
    left = [*stored_ids(envelopes), *(path for path in envelopes.iterdir() if not is_slot(path))]
    return Harm(
        lost=sum(1 for case_id in told.acknowledged if not held[case_id]),
        duplicated=sum(1 for case_id in here if held[case_id] > 1),
        corrupt=told.recovered + len(report.problems),
    ), len(left)


@contextmanager
def _centre(folder: Path, *, forgets: bool) -> Iterator[tuple[str, CatalogueItem, _Held]]:
    if forgets:
        with little_centre(LittleCentre(forgets=True, think_s=0.003)) as little:
            yield little.url, NO_CENTRE, lambda: Counter(little.held)
    else:
        with real_centre(folder) as real:
            yield real.url, real.item(), real.held


def on_call(strace: str, pid: int, calls: str, nth: int) -> subprocess.Popen[bytes]:
    """Have the process killed as any of its threads begins its n-th call of these; back when strace holds it."""
    quiet = (strace, "-f", "-o", "/dev/null")
    tracer = subprocess.Popen(
        [*quiet, "-p", str(pid), "-e", f"trace={calls}", "-e", f"inject={calls}:signal=KILL:when={nth}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=die_with_parent,
    )
    if tracer.stderr is not None:
        tracer.stderr.readline()  # "Process … attached"; it goes on talking, so the pipe stays open
    return tracer


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _add(one: Harm, other: Harm) -> Harm:
    return Harm(*(getattr(one, each.name) + getattr(other, each.name) for each in dataclasses.fields(Harm)))


def _gather(total: Told, told: Told) -> None:
    total.acknowledged |= told.acknowledged
    total.recovered += told.recovered
    total.made_again += told.made_again
    total.problems += told.problems
    total.kills += told.kills
