"""A queue of a hundred with three that the centre will never take: the others have to get through.

One is answered with 400, one with 413, one with 500, always; they lie anywhere in the queue. The terminal's clock is a
hand's. The control is a queue that stops at the first thing that fails.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

from bench.lab.bad_lines import OPTIONS, HandClock
from bench.lab.cases import TERMINAL, CaseMaker
from bench.lab.centres import LittleCentre, little_centre
from bench.lab.experiment import Harm, Measure, Outcome, Size
from kiosk.central_api import HttpCaseApi
from kiosk.ports.central import AlreadyKnown, Delivered
from kiosk.ports.storage import CaseRow, CaseState, CaseStore, Ended
from kiosk.sync import SyncWorker
from offline_cache import FileKeySource, open_store

QUEUE = 100
POISONS = (400, 413, 500)
STEPS = 60
BATCH = 1000


class Poison:
    """The experiment."""

    name = "poison"
    title = "Items that the centre never takes"
    rows = "F5"
    trials: Mapping[Size, int] = {"small": 1, "full": 100}
    slow = False

    def cannot(self) -> str | None:
        return None

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        """Poison `trials` queues."""
        lost = doubled = stuck = forgotten = without_reason = 0
        for trial in range(trials):
            maker = CaseMaker()
            cases = [maker.submission(number) for number in range(QUEUE)]
            poisoned = dict(zip((each.case_id for each in random.sample(cases, len(POISONS))), POISONS, strict=True))
            clock = HandClock()
            state = folder / f"{trial}"
            state.mkdir()
            keys = FileKeySource(state / "key", demo=True)
            store = open_store(state / "store", clock=clock, keys=keys, floor_bytes=0, ballast_bytes=0)
            try:
                with little_centre(LittleCentre(say=poisoned)) as centre:
                    api = HttpCaseApi(centre.url, terminal=TERMINAL)
                    for case in cases:
                        store.commit((case,)).result()
                    if control:
                        send_until_one_fails(store, api, clock)
                    else:
                        worker = SyncWorker(store, api, clock, lambda event: None, options=OPTIONS)
                        for _ in range(STEPS):
                            clock.forward(worker.step() + 0.001)
                rows = {row.case_id: row for row in store.cases().result()}
            finally:
                store.close()
            good = [case.case_id for case in cases if case.case_id not in poisoned]
            lost += sum(1 for case_id in good if not centre.held[case_id])
            doubled += sum(1 for case_id in good if centre.held[case_id] > 1)
            stuck += sum(1 for case_id in good if not rows[case_id].state.ended)
            forgotten += len(cases) - len(rows)
            without_reason += sum(1 for case_id, status in poisoned.items() if not is_set_aside(rows[case_id], status))
        return Outcome(
            trials=trials,
            harm=Harm(lost=lost + forgotten, duplicated=doubled),
            measures=(
                Measure("good cases still queued", stuck, "", "0", stuck == 0),
                Measure("poisoned ones not set aside with a reason", without_reason, "", "0", without_reason == 0),
            ),
            counts={f"always {status}": trials for status in POISONS},
        )


def is_set_aside(row: CaseRow, status: int) -> bool:
    """A definite no is parked and says why; what the centre fails on sinks, and is tried again."""
    if status == 500:
        return row.state in (CaseState.COMMITTED, CaseState.SENDING) and row.attempts > 0 and bool(row.reason)
    return row.state is CaseState.PARKED and bool(row.reason)


def send_until_one_fails(store: CaseStore, api: HttpCaseApi, clock: HandClock) -> None:
    """The control: first in, first out, and whatever fails is tried again first."""
    for _ in range(STEPS):
        for entry in store.due(clock.now(), BATCH).result():
            outcome = api.put_case(entry.case_id, entry.body, entry.sha256, entry.trace_id)
            if not isinstance(outcome, Delivered | AlreadyKnown):
                break
            store.record(entry.case_id, Ended(outcome.answer)).result()
        clock.forward(60.0)
