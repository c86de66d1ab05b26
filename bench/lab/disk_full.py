"""The disk fills up in the middle of a commit, by whatever else writes to it: on a small file system of its own."""

from __future__ import annotations

import logging
import os
import random
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.lab.experiment import Outcome, Size
from bench.lab.findings import Findings
from bench.lab.mounts import alone, findings_of, mounted
from bench.lab.stores import Told, a_case, answer_to, got, know_the_centre, look, opened
from kiosk.domain.errors import StoreError
from kiosk.ports.storage import Ended, Submission
from offline_cache import SqliteStore

ROOM = "16m"
BALLAST = 4 << 20
FLOOR = 3 << 20
#: What is left free lies between nothing and more than one commit needs, so it ends at every step of one.
MOST_LEFT = 160 << 10
_STUCK = "answers that could not be recorded"
_OPEN = "intake left open"
_NEVER = (_STUCK, _OPEN, "starts that failed on the full disk")


class DiskFull:
    """Nothing unsafe is called saved, answers are recorded all the same, and with room again everything is there."""

    name = "disk-full"
    title = "The disk fills at any step of a commit: no false ok, sending goes on, everything is there with room again"
    rows = "F21 N6"
    trials: Mapping[Size, int] = {"small": 8, "full": 250}
    slow = False

    def cannot(self) -> str | None:
        return None if alone() else "it needs a small file system of its own, and may not mount one here"

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        if not control:
            return findings_of(__name__, folder, trials, "").outcome()
        stuck = findings_of(__name__, folder, trials, "no ballast")
        found = findings_of(__name__, folder, trials, "heedless")
        found.notes.insert(0, f"without ballast {stuck.never[_STUCK]} of {stuck.trials} answers could not be recorded")
        if not stuck.never[_STUCK]:
            found.problems.append("without ballast every answer could be recorded")
        return found.outcome()


def main(folder: Path, trials: int, weakness: str, dice: random.Random) -> Findings:
    """In a process of its own. `weakness`: none, "no ballast", or "heedless", which says ok to every commit."""
    found = Findings()
    found.never.update(dict.fromkeys(_NEVER, 0))
    place = folder / "small"
    with mounted(place, "-t", "tmpfs", "-o", f"size={ROOM}", "none"):
        for _ in range(trials):
            _trial(place / "state", found, weakness, dice)
            shutil.rmtree(place / "state")
    return found


def _trial(state: Path, found: Findings, weakness: str, dice: random.Random) -> None:
    ballast = 0 if weakness == "no ballast" else BALLAST
    floor = dice.choice((0, FLOOR))
    filler = state.with_name("filler")
    told = Told()
    state.mkdir()
    store = opened(state, floor=floor, ballast=ballast)
    try:
        know_the_centre(store)
        cases = [a_case(number, dice) for number in range(1, dice.randrange(3, 8))]
        for case in cases:
            _commit(store, case, told, heedless=False)
        got(store.outbox())  # what follows an answer is done
        left = dice.randrange(MOST_LEFT)
        _fill(filler, left)
        if floor and store.space().intake_open:
            found.never[_OPEN] += 1
        refused = False
        for number in range(100, 120):
            refused = not _commit(store, a_case(number, dice), told, heedless=weakness == "heedless")
            if refused:
                break
        found.facts["commits refused"] += refused
        if refused and store.space().intake_open:
            found.never[_OPEN] += 1
        _send(store, cases[0], told, found)
    finally:
        store.close()
    try:
        # The next start, still without room but what the ballast left.
        opened(state, floor=floor, ballast=ballast).close()
    except StoreError:
        found.never["starts that failed on the full disk"] += 1
    filler.unlink()
    found.trial(f"{'below the floor, ' if floor else ''}{left >> 15 << 5} KB left", look(state, told))


def _commit(store: SqliteStore, case: Submission, told: Told, *, heedless: bool) -> bool:
    told.offered[case.case_id] = case.sha256
    ok = got(store.commit((case,))).ok
    if ok or heedless:
        told.acknowledged[case.case_id] = case.sha256
    return ok


def _send(store: SqliteStore, case: Submission, told: Told, found: Findings) -> None:
    """The centre has the case; that has to be written down, full disk or not."""
    told.ended.add(case.case_id)
    try:
        got(store.mark_sending((case.case_id,)))
        got(store.record(case.case_id, Ended(answer_to(case))))
    except StoreError:
        found.never[_STUCK] += 1


def _fill(path: Path, left: int) -> None:
    """Take all room but `left` bytes."""
    state = os.statvfs(path.parent)
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, state.f_bavail * state.f_frsize - left))


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    print(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], random.Random(sys.argv[4])).as_json())
