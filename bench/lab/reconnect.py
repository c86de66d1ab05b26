"""Twelve hundred terminals come back at once, each with twenty cases, to a centre that takes sixty a second.

Every terminal is the real sync loop over a store in memory; time is virtual, and the centre is a model: one queue, a
batch of n costs as much as 1 + 0.2 (n - 1) cases, and what would wait for long is turned away with 503. A terminal is a
thread that runs only while it is its turn, so that a request takes virtual time.

In the control the terminals ask one by one, every half minute and all together, and the centre turns nobody away: what
waits for too long is done for nothing. What has not arrived after a quarter of an hour counts as lost.
"""

from __future__ import annotations

import heapq
import itertools
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bench.lab.cases import MADE_AT, CaseMaker
from bench.lab.centres import DirectApi, LittleCentre
from bench.lab.experiment import Harm, Measure, Outcome, Size
from kiosk.central_api.wire import Reply
from kiosk.ports.central import AlreadyKnown, Delivered, GatewayFault, RetryLater
from kiosk.ports.storage import Ended, Submission
from kiosk.sync import SyncOptions, SyncWorker
from offline_cache import MemoryStore

FLEET = 1200
CASES = 20
CENTRE_PER_S = 60.0  # of the whole fleet; a smaller one meets a slower centre
PEAK_PER_S = 200.0
SPREAD_S = 120.0
OUTAGE_S = 1200.0
WATCHED_S = 900.0
GIVE_UP_S = 1800.0
IN_FLIGHT = 64  # requests at once; more are turned away, as the reference centre does (`--max-in-flight`)
LINE_S = 0.05
PATIENCE_S = 10.0
ASK_AGAIN_S = 30.0
STACK_BYTES = 256 << 10


class Virtual:
    """One clock for all, and whose turn it is."""

    def __init__(self) -> None:
        self.time = 0.0
        self._turns: list[tuple[float, int, threading.Semaphore]] = []
        self._order = itertools.count()
        self._mine = threading.local()
        self._back = threading.Semaphore(0)
        self._over = False

    def now(self) -> datetime:
        """Aware UTC."""
        return MADE_AT + timedelta(seconds=self.time)

    def monotonic(self) -> float:
        """Virtual seconds."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """For a terminal: the others' turn, until then. Raises Over at the end of the experiment."""
        heapq.heappush(self._turns, (self.time + seconds, next(self._order), self._mine.turn))
        self._back.release()
        self._mine.turn.acquire()
        if self._over:
            raise Over

    def begin(self, at: float, life: Callable[[], None]) -> threading.Thread:
        """A terminal that begins to live then."""
        turn = threading.Semaphore(0)

        def run() -> None:
            self._mine.turn = turn
            turn.acquire()
            try:
                if not self._over:
                    life()
            except Over:
                return
            finally:
                self._back.release()

        heapq.heappush(self._turns, (at, next(self._order), turn))
        thread = threading.Thread(target=run, name="terminal", daemon=True)
        thread.start()
        return thread

    def run(self, done: Callable[[], bool]) -> None:
        """Give turns in the order of time until it is done or nobody wants one."""
        while self._turns and not done():
            self.time, _, turn = heapq.heappop(self._turns)
            turn.release()
            self._back.acquire()

    def end(self) -> None:
        """Let every terminal end."""
        self._over = True
        while self._turns:
            _, _, turn = heapq.heappop(self._turns)
            turn.release()
            self._back.acquire()


class Over(BaseException):
    """The experiment has ended; no terminal may take this for a fault of its own."""


@dataclass(slots=True)
class Model:
    """The centre as a queue."""

    clock: Virtual
    per_s: float
    most: float
    """Requests at once; one more is turned away."""
    in_flight: int = 0
    book: LittleCentre = field(default_factory=LittleCentre)
    busy_until: float = 0.0
    seconds: Counter[int] = field(default_factory=Counter)
    """Requests by the second they came in, from the moment the centre was back."""
    first: dict[int, float] = field(default_factory=dict)
    turned_away: int = 0
    in_time: int = 0
    """Cases that were there after the time that is watched."""


class ModelApi(DirectApi):
    """One terminal's way to the model."""

    def __init__(self, model: Model, terminal: int) -> None:
        super().__init__(model.book)
        self._model = model
        self._number = terminal

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        cap: int | None = None,
    ) -> Reply | RetryLater | GatewayFault:
        model = self._model
        clock = model.clock
        if clock.time < OUTAGE_S:
            clock.sleep(LINE_S)
            return RetryLater(None, "unreachable")
        model.seconds[int(clock.time - OUTAGE_S)] += 1
        model.first.setdefault(self._number, clock.time - OUTAGE_S)
        cases = len(json.loads(body or b"{}").get("cases", [])) if path.endswith("/batch") else 1
        cost_s = (1 + 0.2 * (cases - 1)) / model.per_s if "/cases" in path else 0.1 / model.per_s
        waits_s = max(model.busy_until - clock.time, 0.0)
        if model.in_flight >= model.most:
            model.turned_away += 1
            clock.sleep(LINE_S)
            told = b'{"type": "urn:kiosk:problem:overloaded", "title": "busy", "status": 503}'
            return Reply(503, {"content-type": "application/problem+json", "retry-after": "5"}, told)
        model.busy_until = clock.time + waits_s + cost_s
        if timeout_s is not None and waits_s + cost_s > timeout_s:
            clock.sleep(timeout_s)
            super()._call(method, path, body=body)
            return RetryLater(None, "timeout")
        model.in_flight += 1
        try:
            clock.sleep(waits_s + cost_s + LINE_S)
        finally:
            model.in_flight -= 1
        return super()._call(method, path, body=body, headers=headers, timeout_s=timeout_s, cap=cap)


class Reconnect:
    """The experiment; a trial is a terminal."""

    name = "reconnect"
    title = "Twelve hundred terminals come back at once"
    rows = "F18 N10 N11"
    trials: Mapping[Size, int] = {"small": 60, "full": FLEET}
    slow = False

    def cannot(self) -> str | None:
        return None

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        """Bring back `trials` terminals."""
        share = trials / FLEET
        clock = Virtual()
        model = Model(clock, CENTRE_PER_S * share, float("inf") if control else max(IN_FLIGHT * share, 2.0))
        wanted = {case.case_id for number in range(trials) for case in _cases(number)}
        drained_s = -1.0

        def done() -> bool:
            nonlocal drained_s
            if clock.time <= OUTAGE_S + WATCHED_S:
                model.in_time = len(model.book.held)
            if drained_s < 0 and len(model.book.held) == len(wanted):
                drained_s = clock.time - OUTAGE_S
            return drained_s >= 0 or clock.time > OUTAGE_S + (WATCHED_S if control else GIVE_UP_S)

        before = threading.stack_size(STACK_BYTES)
        try:
            lives = [
                clock.begin(0.0 if control else random.uniform(0.0, 60.0), _life(clock, model, number, control))
                for number in range(trials)
            ]
        finally:
            threading.stack_size(before)
        clock.run(done)
        clock.end()
        for thread in lives:
            thread.join()
        per_second = [model.seconds[second] / share for second in range(max(model.seconds, default=0) + 1)]
        # A smaller fleet is looked at for as much longer, so that chance weighs the same.
        width = max(1, round(1 / share))
        means = [sum(per_second[at : at + width]) / width for at in range(1, max(2, len(per_second) - width + 1))]
        peak = max(means)
        spread = max(model.first.values(), default=0.0) - min(model.first.values(), default=0.0)
        # The first and the last of a few lie closer together than those of many: less than this in one fleet of 1,000.
        least_s = SPREAD_S * (1 - 9 / trials)
        in_time = drained_s if drained_s >= 0 else GIVE_UP_S
        return Outcome(
            trials=trials,
            harm=Harm(
                lost=len(wanted) - model.in_time,
                duplicated=sum(1 for count in model.book.held.values() if count > 1),
            ),
            measures=(
                Measure("drained after", in_time, "s", "<= 900", in_time <= WATCHED_S),
                Measure(
                    "most requests in a second, for the whole fleet",
                    peak,
                    "/s",
                    "<= 200",
                    peak <= PEAK_PER_S,
                    per_second,
                ),
                Measure("first requests spread over", spread, "s", f">= {least_s:.0f}", spread >= least_s),
                Measure("requests turned away", model.turned_away, ""),
            ),
            counts={"terminals": trials, "requests": model.seconds.total()},
        )


def _cases(terminal: int) -> list[Submission]:
    maker = CaseMaker(terminal=f"T{terminal:04d}")
    return [maker.submission(number) for number in range(CASES)]


def _life(clock: Virtual, model: Model, number: int, control: bool) -> Callable[[], None]:
    """One terminal: cases are there, the loop runs."""

    def live() -> None:
        store = MemoryStore(clock)
        for case in _cases(number):
            store.commit((case,)).result()
        api = ModelApi(model, number)
        while control:
            for entry in store.due(clock.now(), CASES).result():
                outcome = api.put_case(entry.case_id, entry.body, entry.sha256, entry.trace_id, PATIENCE_S)
                if not isinstance(outcome, Delivered | AlreadyKnown):
                    break
                store.record(entry.case_id, Ended(outcome.answer)).result()
            clock.sleep(ASK_AGAIN_S)
        options = SyncOptions()
        worker = SyncWorker(store, api, clock, lambda event: None, options=options, roll=random.random)
        while True:
            clock.sleep(min(max(worker.step(), 0.001), options.longest_wait_s))

    return live
