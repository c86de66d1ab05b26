"""Two programs on one store: the second has to wait until the first is gone, however it went."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import tempfile
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from bench.lab.experiment import Outcome, Size
from bench.lab.findings import Findings
from bench.lab.stores import FAR, Told, a_case, answer_to, got, look, memory_folder, opened, swapped
from kiosk.domain.errors import SecondCopy, StoreError
from kiosk.ports.storage import Ended
from offline_cache.lock import StateLock

#: Both try together for at most so long before the first is killed, and the second has so long to get in after that.
TOGETHER_S = 0.06
BATCH = 5
PATIENCE_S = 10.0
#: The control lets both work side by side for a while.
LONG_S = 0.25
_LET_IN = "second programs let in beside the first"
_LEFT_OUT = "second programs kept out after the first was gone"


class TwoPrograms:
    """One commits and sends, the other knocks all the time; the first is killed, the other goes on with its work."""

    name = "two-programs"
    title = "A second program is refused while the first lives, and takes over at once when it is killed"
    rows = "F3 F7"
    trials: Mapping[Size, int] = {"small": 6, "full": 300}
    slow = False

    def cannot(self) -> str | None:
        return None

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        found = Findings()
        found.never.update({_LET_IN: 0, _LEFT_OUT: 0})
        for _ in range(trials):
            with tempfile.TemporaryDirectory(dir=memory_folder()) as scratch:
                state = Path(scratch)
                with swapped(StateLock, _NoLock) if control else nullcontext():
                    told, twice = _trial(state, found, LONG_S if control else random.uniform(0, TOGETHER_S))
                seen = look(state, told)
            seen.doubled += twice
            found.trial("killed while both tried", seen)
        return found.outcome()


class _NoLock:
    """The control: whoever comes may write."""

    def __init__(self, state_dir: Path) -> None:
        pass

    def release(self) -> None:
        pass


@dataclass(slots=True)
class _Said:
    """What one program said until it ended."""

    opened: bool = False
    knocked: int = 0
    sent: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    told: Told = field(default_factory=Told)


def _trial(state: Path, found: Findings, together_s: float) -> tuple[Told, list[str]]:
    """What was told by both, and the ids that both sent."""
    first = _Program(state, 1)
    first.wait_for("open")
    second = _Program(state, 100_000)
    second.wait_for("refused", "open")
    time.sleep(together_s)
    beside = second.said_open()
    first.kill()
    got_in = second.wait_for("open")
    if got_in:
        time.sleep(random.uniform(0, TOGETHER_S))
    second.kill()
    one, two = first.said(), second.said()
    found.never[_LET_IN] += beside
    found.never[_LEFT_OUT] += not got_in
    found.facts["times the second was refused"] += two.knocked
    found.facts["cases sent"] += len(one.sent) + len(two.sent)
    told = Told(
        one.told.offered | two.told.offered,
        one.told.acknowledged | two.told.acknowledged,
        one.told.ended | two.told.ended,
    )
    # What was under way when the first was killed is sent again, and rightly; what it had an answer for is not.
    return told, sorted(one.answered & two.sent)


class _Program:
    """A fork that opens the store, commits and sends, and says each step on a pipe."""

    def __init__(self, state: Path, number: int) -> None:
        self._text = b""
        self._receiver, sender = os.pipe()
        seed = random.getrandbits(64)
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.close(self._receiver)
                _live(state, sender, number, random.Random(seed))
            finally:
                os._exit(1)
        os.close(sender)
        os.set_blocking(self._receiver, False)

    def wait_for(self, *words: str) -> bool:
        """True once one of these lines has come; False when it does not come in time."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            self._read()
            if any(word.encode() in self._text.splitlines() for word in words):
                return True
            time.sleep(0.001)
        return False

    def said_open(self) -> bool:
        self._read()
        return b"open" in self._text.splitlines()

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def said(self) -> _Said:
        """Everything it said; after `kill`."""
        self._read()
        os.close(self._receiver)
        said = _Said()
        # A line without an end was not said.
        for line in self._text.decode("ascii").split("\n")[:-1]:
            match line.split():
                case ["open"]:
                    said.opened = True
                case ["refused"]:
                    said.knocked += 1
                case ["offered", case_id, sha256]:
                    said.told.offered[case_id] = sha256
                case ["ok", case_id, sha256]:
                    said.told.acknowledged[case_id] = sha256
                case ["sending", case_id]:
                    said.sent.add(case_id)
                    said.told.ended.add(case_id)
                case ["answered", case_id]:
                    said.answered.add(case_id)
        return said

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._receiver, 65_536):
                self._text += data


def _live(state: Path, sender: int, number: int, dice: random.Random) -> None:
    """Knock until the store opens; then commit and send until killed."""

    def say(*words: str) -> None:
        os.write(sender, " ".join(words).encode() + b"\n")

    store = None
    while store is None:
        try:
            store = opened(state)
        except SecondCopy:
            say("refused")
            time.sleep(0.001)
    say("open")
    while True:
        case = a_case(number, dice)
        number += 1
        say("offered", case.case_id, case.sha256)
        with contextlib.suppress(StoreError):
            if got(store.commit((case,))).ok:
                say("ok", case.case_id, case.sha256)
            if number % 3:
                continue  # more waits than one, as on a terminal
            batch = got(store.due(FAR, BATCH))
            got(store.mark_sending(tuple(entry.case_id for entry in batch)))
            for entry in batch:
                say("sending", entry.case_id)
                got(store.record(entry.case_id, Ended(answer_to(entry))))
                say("answered", entry.case_id)
