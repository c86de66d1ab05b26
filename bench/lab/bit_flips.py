"""A disk that gives back other bytes than were written: in the database, in its log, or in single envelopes."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from bench.lab.experiment import Outcome, Size
from bench.lab.findings import Findings
from bench.lab.recorded_disk import Image, read_image, write_image
from bench.lab.stores import Told, a_case, answer_to, got, know_the_centre, look, memory_folder, opened
from kiosk.ports.storage import Ended
from offline_cache.layout import DATABASE, ENVELOPES

TRIALS_PER_STORE = 25
CASES = 12
PAGE = 4096
PROCESSES = 2
_LOG = f"{DATABASE}-wal"
#: What is damaged; in nine of ten the database or its log, in one an envelope beside a whole database.
_PLACES = ("database", "database", "database", "log", "log", "log", "both", "both", "both", "envelope")
_REBUILT = "databases rebuilt"
_KINDS = ("bit", "bits", "page zeroed", "page of junk", "cut short")


class BitFlips:
    """Twelve cases are acknowledged, two of them answered by the centre; then the disk decays, and it starts."""

    name = "bit-flips"
    title = "Bits flipped, pages zeroed or lost in the database, its log or single envelopes; then the next start"
    rows = "F24"
    trials: Mapping[Size, int] = {"small": 60, "full": 1_000}
    slow = False

    def cannot(self) -> str | None:
        return None

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        jobs = [
            (random.getrandbits(64), min(TRIALS_PER_STORE, trials - at)) for at in range(0, trials, TRIALS_PER_STORE)
        ]
        whole = Findings()
        with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
            for found in pool.imap_unordered(partial(_store, no_envelopes=control), jobs):
                whole.add(found)
        if not whole.facts[_REBUILT]:
            whole.problems.append("no damage was ever noticed")
        return whole.outcome()


def _store(job: tuple[int, int], *, no_envelopes: bool) -> Findings:
    """One store, damaged in many ways, each time from the whole one."""
    seed, trials = job
    dice = random.Random(seed)
    found = Findings()
    with tempfile.TemporaryDirectory(dir=memory_folder()) as scratch:
        folder = Path(scratch).resolve()
        image, told = _filled(folder / "whole", dice)
        if no_envelopes:
            image = {name: data for name, data in image.items() if not name.startswith(ENVELOPES)}
        for _ in range(trials):
            place = "both" if no_envelopes else dice.choice(_PLACES)
            kind, broken = _damaged(image, place, dice)
            write_image(broken, folder / "broken")
            (folder / "broken" / ENVELOPES).mkdir(exist_ok=True)
            seen = look(folder / "broken", told, database_lost=place != "envelope")
            shutil.rmtree(folder / "broken")
            found.trial(f"{place}: {kind}", seen)
            found.facts[_REBUILT] += seen.rebuilt
            found.facts["cases kept as unconfirmed"] += seen.unconfirmed
            found.facts["cases kept as a sealed envelope only"] += seen.sealed
    return found


def _filled(folder: Path, dice: random.Random) -> tuple[Image, Told]:
    """The disk of a terminal in use. Some of it is still in the database's log, all of it in one store in two."""
    folder.mkdir()
    told = Told()
    store = opened(folder)
    try:
        know_the_centre(store)
        if dice.random() < 0.5:
            # The log is moved into the database by a proper end.
            store.close()
            store = opened(folder)
        for number in range(1, CASES + 1):
            item = a_case(number, dice)
            told.offered[item.case_id] = item.sha256
            if got(store.commit((item,))).ok:
                told.acknowledged[item.case_id] = item.sha256
            if number in (3, 4):
                got(store.mark_sending((item.case_id,)))
                got(store.record(item.case_id, Ended(answer_to(item))))
                told.ended.add(item.case_id)
        got(store.outbox())  # the rows of the last one come after its answer (ADR 9), and what decays has lain there
        return read_image(folder), told
    finally:
        store.close()


def _damaged(image: Image, place: str, dice: random.Random) -> tuple[str, Image]:
    """A copy with the damage, and what it was."""
    broken = dict(image)
    envelopes = [name for name in image if name.startswith(ENVELOPES)]
    names = {
        "database": [DATABASE],
        "log": [_LOG],
        "both": [DATABASE, _LOG],
        "envelope": envelopes and [dice.choice(envelopes)],
    }
    kind = dice.choice(_KINDS)
    for name in names[place]:
        if image.get(name):
            broken[name] = _decayed(image[name], kind, dice)
    return kind, broken


def _decayed(data: bytes, kind: str, dice: random.Random) -> bytes:
    copy = bytearray(data)
    start = dice.randrange(len(copy)) // PAGE * PAGE
    size = min(PAGE, len(copy) - start)
    match kind:
        case "bit" | "bits":
            for _ in range(1 if kind == "bit" else dice.randrange(2, 200)):
                copy[dice.randrange(len(copy))] ^= 1 << dice.randrange(8)
        case "page zeroed":
            copy[start : start + size] = bytes(size)
        case "page of junk":
            copy[start : start + size] = dice.randbytes(size)
        case _:
            del copy[dice.randrange(len(copy)) :]
    return bytes(copy)
