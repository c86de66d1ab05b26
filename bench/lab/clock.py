"""The wall clock jumps ten years, either way, in an outage, in a back-off, between two runs, and in a visit.

The store and the sync loop are real; the clock is a hand's. Every case has to be sent once the centre is back, in the
order it was taken in; nothing that is unsent may be swept away; and the idle warning of the real flow has to come when
it comes with a good clock. The control is a queue that believes in wall time. Now and then the whole terminal
is run besides, with libfaketime for a clock.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from bench.lab import clock_program
from bench.lab.bad_lines import OPTIONS, HandClock
from bench.lab.cases import MADE_AT, CaseMaker
from bench.lab.centres import DirectApi, LittleCentre
from bench.lab.experiment import Harm, Measure, Outcome, Size
from kiosk.flow.advance import advance, begin
from kiosk.flow.events import Started, Tick, Touched
from kiosk.flow.state import FlowState, Place, World
from kiosk.ports.storage import Retention
from kiosk.sync import SyncWorker
from offline_cache import FileKeySource, SqliteStore, open_store

TEN_YEARS = timedelta(days=3652)
CASES = 8
PATIENCE_S = 900.0  # of the monotonic clock, after the centre is back
RESTART_S = 5.0
STORIES_A_PROGRAM = 250


@dataclass(slots=True)
class Seen:
    """What went wrong in one story of jumps."""

    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    swept: int = 0
    turns: int = 0
    slowest_s: float = 0.0
    jumps: list[timedelta] = field(default_factory=list)


class ClockTurned:
    """The experiment."""

    name = "clock"
    title = "Wall clock off by ten years"
    rows = "F20 F40 N21"
    trials: Mapping[Size, int] = {"small": 8, "full": 500}
    slow = False

    def cannot(self) -> str | None:
        return None

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        """Live through `trials` stories of jumps."""
        whole = Seen()
        slowest: list[float] = []
        idle_off = 0
        for trial in range(trials):
            seen = believed() if control else lived(folder / f"{trial}")
            whole.lost += seen.lost
            whole.doubled += seen.doubled
            whole.out_of_order += seen.out_of_order
            whole.swept += seen.swept
            whole.turns += seen.turns
            slowest.append(seen.slowest_s)
            idle_off += idle_story(jumping=True) != idle_story(jumping=False)
        programs = () if control else tuple(self._programs(trials // STORIES_A_PROGRAM, folder))
        whole.lost += sum(each.lost for each in programs)
        whole.doubled += sum(each.doubled + each.again for each in programs)
        whole.out_of_order += sum(each.out_of_order for each in programs)
        whole.turns += sum(each.turns for each in programs)
        missing = trials >= STORIES_A_PROGRAM and clock_program.library() is None
        return Outcome(
            trials=trials,
            harm=Harm(lost=whole.lost + whole.swept, duplicated=whole.doubled),
            measures=(
                Measure("cases out of order", whole.out_of_order, "", "0", whole.out_of_order == 0),
                Measure("unsent cases swept away", whole.swept, "", "0", whole.swept == 0),
                Measure("idle warnings or wipes at another time", idle_off, "", "0", idle_off == 0),
                Measure("longest way after the centre was back", max(slowest), "s", samples=slowest),
                Measure("cases of whole terminals with such a clock", sum(each.taken for each in programs), ""),
            ),
            counts={"clock turned by ten years": whole.turns},
            notes=(clock_program.MISSING,) if missing else (),
        )

    @staticmethod
    def _programs(stories: int, folder: Path) -> Iterator[clock_program.Lived]:
        if clock_program.library() is not None:
            yield from (clock_program.lived(folder / f"program-{story}") for story in range(stories))


def turn(clock: HandClock, seen: Seen) -> None:
    """Ten years, forward or back; never further from the truth than that."""
    off = sum(seen.jumps, timedelta())
    by = random.choice([TEN_YEARS, -TEN_YEARS]) if off == timedelta() else -off
    clock.turn(by)
    seen.jumps.append(by)
    seen.turns += 1


def lived(state: Path) -> Seen:
    """One terminal: cases in an outage, then the centre back, and jumps all the while."""
    state.mkdir()
    seen, clock, maker, centre = Seen(), HandClock(), CaseMaker(), LittleCentre()
    api = DirectApi(centre)
    api.down = True
    store, worker = _terminal(state, clock, api)
    taken: list[str] = []
    # One of them the centre fails on at first: its retries must not be lost to a clock set back.
    stumbler = maker.submission(random.randrange(CASES)).case_id
    centre.stumbles[stumbler] = 2
    try:
        for number in range(CASES):
            if random.random() < 0.6:
                turn(clock, seen)
            case = maker.submission(number)
            store.commit((case,)).result()
            taken.append(case.case_id)
            clock.forward(random.uniform(0.0, 40.0))
            worker.step()
            if random.random() < 0.2:
                store.close()
                store, worker = _terminal(state, clock, api)
            _look(store, clock, taken, centre, seen)
        api.down = False
        back = clock.monotonic()
        while set(taken) - set(centre.held) and clock.monotonic() - back < PATIENCE_S:
            if random.random() < 0.3:
                turn(clock, seen)
            _look(store, clock, taken, centre, seen)
            clock.forward(min(worker.step(), OPTIONS.longest_wait_s) + 0.001)
        seen.slowest_s = clock.monotonic() - back
        clock.forward(RESTART_S)
        worker.step()
    finally:
        store.close()
    seen.lost = sum(1 for case_id in taken if not centre.held[case_id])
    seen.doubled = sum(1 for case_id in taken if centre.held[case_id] > 1)
    return seen


def _terminal(state: Path, clock: HandClock, api: DirectApi) -> tuple[SqliteStore, SyncWorker]:
    keys = FileKeySource(state / "key", demo=True)
    store = open_store(state / "store", clock=clock, keys=keys, floor_bytes=0, ballast_bytes=0)
    return store, SyncWorker(store, api, clock, lambda event: None, options=OPTIONS, roll=random.random)


def _look(store: SqliteStore, clock: HandClock, taken: list[str], centre: LittleCentre, seen: Seen) -> None:
    """Sweep, and see that the queue still stands as it was taken in and nothing of it is gone."""
    store.sweep(clock.now(), Retention()).result()
    unsent = [case_id for case_id in taken if not centre.held[case_id]]
    queued = [case_id for case_id in unsent if case_id not in centre.stumbles]
    seen.swept += sum(1 for case_id in unsent if store.body(case_id).result() is None)
    due = [entry.case_id for entry in store.due(clock.now(), len(taken)).result() if entry.case_id in queued]
    seen.out_of_order += due != queued


@dataclass(slots=True)
class _Waiting:
    case_id: str
    created: datetime
    not_before: datetime


def believed() -> Seen:
    """The control: created and due by the clock on the wall, one try every half minute."""
    seen, clock, maker, centre = Seen(), HandClock(), CaseMaker(), LittleCentre()
    api = DirectApi(centre)
    queue: list[_Waiting] = []
    for number in range(CASES):
        if random.random() < 0.6:
            turn(clock, seen)
        queue.append(_Waiting(maker.submission(number).case_id, clock.now(), clock.now() + timedelta(seconds=30)))
        clock.forward(random.uniform(0.0, 40.0))
    taken = [each.case_id for each in queue]
    for _ in range(int(PATIENCE_S / 30)):
        if random.random() < 0.3 and clock.now() - MADE_AT > TEN_YEARS / 2:
            turn(clock, seen)
        for each in sorted(queue, key=lambda one: one.created):
            if each.not_before <= clock.now():
                body = maker.submission(taken.index(each.case_id)).body
                api.put_case(each.case_id, body, "", "0" * 32)
                queue.remove(each)
        clock.forward(30.0)
    seen.lost = len(queue)
    seen.out_of_order = centre.order != [case_id for case_id in taken if centre.held[case_id]]
    seen.slowest_s = PATIENCE_S
    return seen


def idle_story(*, jumping: bool) -> list[tuple[int, str]]:
    """Seconds into a visit nobody touches, and what then stood there, as the real flow has it."""
    place = Place("YP0301", "nanan", {"en": "Hall"}, {"en": "Yunpu"}, "12345", {"en": "Centre"})
    state = FlowState(world=World(place=place), now=MADE_AT, mono=1000.0, step="attract", language="en")
    state, _ = begin(state)
    for event in (Touched("action.start"), Started("00112233445566aa")):
        state = advance(state, event).state
    found: list[tuple[int, str]] = []
    for second in range(1, 120):
        off = random.choice((-TEN_YEARS, timedelta(), TEN_YEARS)) if jumping else timedelta()
        state = replace(state, now=MADE_AT + timedelta(seconds=second) + off, mono=1000.0 + second)
        state = advance(state, Tick()).state
        shown = state.overlay or state.step
        if not found or found[-1][1] != shown:
            found.append((second, shown))
    return found
