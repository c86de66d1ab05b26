"""Power cut at any write of the store: what the disk may hold then is laid out and opened by the real store."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import apsw

from bench.lab.experiment import Outcome, Size
from bench.lab.findings import Findings
from bench.lab.recorded_disk import FATES, Fate, Image, Mark, Recorder, Replay, write_image
from bench.lab.stores import Told, a_case, answer_to, got, know_the_centre, look, memory_folder, opened, swapped
from kiosk.ports.storage import CommitResult, Ended
from offline_cache import SqliteStore
from offline_cache.connection import connect
from offline_cache.layout import DATABASE, ENVELOPES

POINTS_PER_LIFE = 50
COMMITS_PER_LIFE = 12
PROCESSES = 2
Weakness = Literal["", "synchronous=NORMAL", "envelopes not synced"]


@dataclass(frozen=True, slots=True)
class Offered:
    """Cases about to be committed."""

    cases: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The program has been told that these are safe."""

    cases: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """The centre has answered for this case, and that is about to be recorded."""

    case_id: str


class CrashReplay:
    """For each crash point: what was synced is there; the rest is dropped, reordered or torn, as the dice fall."""

    name = "crash-replay"
    title = (
        "Power cut at every write: un-synced data dropped, reordered or torn, then the real store opens what is left"
    )
    rows = "F1 F12 N2"
    trials: Mapping[Size, int] = {"small": 150, "full": 10_000}
    slow = False

    def cannot(self) -> str | None:
        return None

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        if not control:
            return _many(trials, "").outcome()
        both = Findings()
        weaknesses: tuple[Weakness, ...] = ("synchronous=NORMAL", "envelopes not synced")
        for weakness in weaknesses:
            found = _many(max(POINTS_PER_LIFE, trials // 2), weakness)
            both.add(found)
            both.notes.insert(0, f"with {weakness} {found.harmed} of {found.trials} crash points did harm")
            if not found.lost:
                both.problems.append(f"blind to {weakness}")
        return both.outcome()


def _many(points: int, weakness: Weakness) -> Findings:
    """Lives of terminals until there are so many crash points, two at a time."""
    seeds = [random.getrandbits(64) for _ in range(-(-points // POINTS_PER_LIFE))]
    whole = Findings()
    with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
        for found in pool.imap_unordered(partial(_life, weakness=weakness), seeds):
            whole.add(found)
    return whole


# ----------------------------------------------------------------------------------------------------- one life


def _life(seed: int, weakness: Weakness) -> Findings:
    """A terminal's first day, and its day after a power cut, each cut at many places."""
    dice = random.Random(seed)
    found = Findings()
    # What the store believes to be a disk is the log; its real files may lie in memory.
    with tempfile.TemporaryDirectory(dir=memory_folder()) as scratch:
        folder = Path(scratch).resolve()
        image: Image = {}
        told = Told()
        for day in range(2):
            image, told = _day(folder / f"day{day}", image, told, dice, found, weakness)
    return found


def _day(
    folder: Path, start: Image, before: Told, dice: random.Random, found: Findings, weakness: Weakness
) -> tuple[Image, Told]:
    """One day from the disk `start` on. Gives a disk and what had been told, at one of the crash points."""
    folder.mkdir()
    write_image(start, folder)
    if start and dice.random() < 0.5:
        # A day that begins with a rebuild, so that the power also goes in the middle of one.
        _destroy(folder, dice)
        before = Told(before.offered, before.unsent)
    recorder = Recorder(folder, no_sync=_is_envelope if weakness == "envelopes not synced" else lambda path: False)
    with recorder.recording() as vfs, _weak(weakness):
        store = opened(folder, vfs=vfs)
        try:
            _work(store, recorder, dice, len(before.offered) + 1)
        finally:
            store.close()
    found.problems += [f"the recorder missed what was written to {name}" for name in recorder.missed()]

    wanted = POINTS_PER_LIFE // 2
    places = Counter(dice.randrange(1, len(recorder.log) + 1) for _ in range(wanted))
    chosen = dice.choice(sorted(places))
    replay, told, after = Replay(recorder), before.copy(), (start, before)
    for index, op in enumerate(recorder.log):
        replay.apply(index, op)
        if isinstance(op, Mark):
            _learn(told, op.what)
        for _ in range(places[index + 1]):
            fate = dice.choice(FATES)
            image = replay.image(fate, dice)
            if index + 1 == chosen:
                after = (image, told.copy())
            _try(folder.with_name("crashed"), image, told, fate, dice, found, weakness)
    shutil.rmtree(folder)
    return after


def _try(
    folder: Path, image: Image, told: Told, fate: Fate, dice: random.Random, found: Findings, weakness: Weakness
) -> None:
    """Lay the disk out, open it, compare, and count."""
    write_image(image, folder)
    folder.mkdir(exist_ok=True)
    destroyed = weakness == "envelopes not synced" or (weakness == "" and dice.random() < 0.15)
    if destroyed:
        _destroy(folder, dice)
    try:
        seen = look(folder, told, database_lost=destroyed)
    finally:
        shutil.rmtree(folder)
    found.trial(f"{fate}, database destroyed" if destroyed else fate, seen)


def _work(store: SqliteStore, recorder: Recorder, dice: random.Random, number: int) -> None:
    """Residents file cases of one to three parts; some are answered by the centre; small things are written between."""
    know_the_centre(store)
    for _ in range(COMMITS_PER_LIFE):
        items = tuple(a_case(number + place, dice) for place in range(dice.choice((1, 1, 1, 2, 3))))
        number += len(items)
        hashes = {item.case_id: item.sha256 for item in items}
        recorder.mark(Offered(hashes))
        told = store.commit(items)
        told.add_done_callback(partial(_told, recorder, hashes))
        got(told)
        if dice.random() < 0.4:
            item = dice.choice(items)
            recorder.mark(Answered(item.case_id))
            got(store.mark_sending((item.case_id,)))
            got(store.record(item.case_id, Ended(answer_to(item))))
        if dice.random() < 0.3:
            got(store.put("lab", dice.randbytes(dice.choice((10, 3000))).hex()))


def _told(recorder: Recorder, hashes: Mapping[str, str], done: Future[CommitResult]) -> None:
    """On the store's thread, before it does anything else."""
    if done.result().ok:
        recorder.mark(Acknowledged(hashes))


def _learn(told: Told, what: object) -> None:
    match what:
        case Offered(cases):
            told.offered.update(cases)
        case Acknowledged(cases):
            told.acknowledged.update(cases)
        case Answered(case_id):
            told.ended.add(case_id)


def _destroy(folder: Path, dice: random.Random) -> None:
    """The database is damaged in its first page, or wholly gone."""
    database = folder / DATABASE
    if not database.exists():
        return
    if dice.random() < 0.5:
        database.unlink()
        database.with_name(f"{DATABASE}-wal").unlink(missing_ok=True)
    else:
        data = bytearray(database.read_bytes())
        data[:4096] = bytes(min(len(data), 4096))
        database.write_bytes(data)


def _is_envelope(path: str) -> bool:
    return path.startswith(ENVELOPES)


def _careless(*arguments: Any, **named: Any) -> apsw.Connection:
    connection = connect(*arguments, **named)
    connection.pragma("synchronous", "normal")
    return connection


def _weak(weakness: Weakness) -> AbstractContextManager[None]:
    """The store without its full synchronisation, where that is the weakness."""
    return swapped(connect, _careless) if weakness == "synchronous=NORMAL" else nullcontext()
