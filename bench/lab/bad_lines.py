"""Every fault a line can have, between the real sync loop and the real centre, over and over.

The terminal's clock is a hand's: no back-off is waited for. At the end the line is good again, and then every case has
to be at the centre, once, whatever it went through.

The control believes any answer that begins with a 2, and its centre does not know an id again.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.lab.cases import MADE_AT, NO_CENTRE, TERMINAL, CaseMaker
from bench.lab.centres import LittleCentre, little_centre, real_centre
from bench.lab.experiment import Harm, Measure, Outcome, Size
from bench.lab.proxy import CUT_ON_THE_WAY, FAULTS, SLOW_FAULTS, Proxy, proxy
from kiosk.central_api import HttpCaseApi
from kiosk.central_api.wire import Trust, exchange
from kiosk.ports.central import (
    CaseToSend,
    CatalogueItem,
    CentreAnswer,
    Delivered,
    FileTaken,
    GatewayFault,
    LocalFile,
    RetryLater,
    SendOutcome,
)
from kiosk.sync import SyncOptions, SyncWorker
from offline_cache import FileKeySource, open_store

PATIENCE_S = 0.3
QUEUE = 12
FAULTY = 0.8  # share of requests that something happens to
SLOW_SHARE = 6  # a slow kind is drawn so many times more seldom
NEVER_S = 1e9
PHOTO_BYTES = (40_000, 400_000)
MOST_CUTS = 60  # of one photograph
CALM_STEPS = 3000
OPTIONS = SyncOptions(
    timeout_s=PATIENCE_S,
    slowest_line=1e9,
    catalogue_s=NEVER_S,
    keys_s=NEVER_S,
    sites_s=NEVER_S,
    heartbeat_s=NEVER_S,
    upkeep_s=NEVER_S,
)


class HandClock:
    """A clock that moves when told to; the wall clock may be turned alone."""

    def __init__(self) -> None:
        self._now = MADE_AT
        self._mono = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._mono

    def forward(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._mono += seconds

    def turn(self, by: timedelta) -> None:
        """The wall clock only."""
        self._now += by


class CredulousApi(HttpCaseApi):
    """The control: whatever begins with a 2 is a success."""

    def put_case(
        self,
        case_id: str,
        body: bytes,
        sha256: str,
        trace_id: str,
        timeout_s: float | None = None,
        *,
        unconfirmed: bool = False,
    ) -> SendOutcome:
        """One case, believed lightly."""
        reply = exchange(
            "PUT",
            f"{self._base}/v1/cases/{case_id}",
            headers={"Content-Type": "application/json"},
            body=body,
            trust=Trust(None, None, None),
            connect_timeout_s=PATIENCE_S,
            total_timeout_s=PATIENCE_S,
            cap_bytes=8 << 20,
        )
        if isinstance(reply, RetryLater | GatewayFault):
            return reply
        if 200 <= reply.status < 300:
            return Delivered(CentreAnswer(case_id, sha256, "received", datetime.now(UTC)))
        return GatewayFault(f"status {reply.status}")

    def batch(self, cases: tuple[CaseToSend, ...], timeout_s: float | None = None) -> Mapping[str, SendOutcome]:
        """One after the other."""
        return {case.case_id: self.put_case(case.case_id, case.body, case.sha256, case.trace_id) for case in cases}


class Deck:
    """Which fault is next: all kinds in turn, shuffled, the slow ones more seldom; none once there were enough."""

    def __init__(self, faults: int, dice: random.Random) -> None:
        self._left = faults
        self._dice = dice
        self._cards: list[str] = []

    @property
    def empty(self) -> bool:
        return self._left <= 0

    def draw(self, request_line: str) -> str | None:
        """For `Proxy.next_fault`: faults of the cases' way; what else is fetched goes through."""
        if self.empty or "/v1/cases" not in request_line or self._dice.random() > FAULTY:
            return None
        if not self._cards:
            slow = [name for name in SLOW_FAULTS if self._dice.randrange(SLOW_SHARE) == 0]
            self._cards = [*FAULTS, *slow]
            self._dice.shuffle(self._cards)
        self._left -= 1
        return self._cards.pop()


class BadLines:
    """The experiment."""

    name = "bad-lines"
    title = "Faulty requests of every kind"
    rows = "F2 F4 F14 F15 F16 F17 N7"
    trials: Mapping[Size, int] = {"small": 120, "full": 10_000}
    slow = False

    def cannot(self) -> str | None:
        return None

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        """Make `trials` faults."""
        deck = Deck(trials, random.Random(random.getrandbits(64)))
        clock = HandClock()
        with _centre(folder / "centre", forgets=control) as centre:
            line = Proxy(centre.port, deck.draw, slow_s=2 * PATIENCE_S, seed=random.getrandbits(64))
            keys = FileKeySource(folder / "key", demo=True)
            store = open_store(folder / "store", clock=clock, keys=keys, floor_bytes=0, ballast_bytes=0)
            try:
                with proxy(line):
                    kind = CredulousApi if control else HttpCaseApi
                    api = kind(
                        f"http://127.0.0.1:{line.port}",
                        terminal=TERMINAL,
                        connect_timeout_s=PATIENCE_S,
                        total_timeout_s=PATIENCE_S,
                    )
                    worker = SyncWorker(store, api, clock, lambda event: None, options=OPTIONS, roll=random.random)
                    maker, number, steps_left = CaseMaker(centre.item), 0, CALM_STEPS
                    while steps_left:
                        queue = store.outbox().result()
                        if deck.empty:
                            steps_left = 0 if not queue.waiting + queue.sending else steps_left - 1
                        elif queue.waiting + queue.sending < QUEUE:
                            cases = tuple(maker.submission(number + each) for each in range(QUEUE))
                            number += len(cases)
                            store.commit(cases).result()
                        clock.forward(worker.step() + 0.001)
                rows = store.cases().result()
            finally:
                store.close()
            held = centre.held()
            sent = 0.0 if control else uploads(max(2, trials // 50), centre.port)
        parked = [row for row in rows if row.state == "parked"]
        return Outcome(
            trials=line.made.total(),
            harm=Harm(
                lost=sum(1 for row in rows if not held[row.case_id]),
                duplicated=sum(1 for row in rows if held[row.case_id] > 1),
            ),
            measures=(
                Measure("kinds of fault", len(line.made), "", ">= 20", len(line.made) >= 20),
                Measure("cases", len(rows), ""),
                Measure("bytes that followed a redirect", line.trapped_bytes, "B", "0", line.trapped_bytes == 0),
                Measure("bytes sent for a photograph against its size", sent, "x", "< 1.3", sent < 1.3),
                Measure("cases parked by the line", len(parked), "", "0", not parked),
            ),
            counts=dict(line.made.most_common()),
            problems=tuple(line.problems),
        )


def uploads(cuts: int, centre_port: int) -> float:
    """Send photographs over a line that is cut on the way so many times; bytes sent against their size.

    Raises RuntimeError when one does not arrive.
    """
    left = cuts

    def cut(request_line: str) -> str | None:
        nonlocal left
        if not left or not request_line.startswith("PATCH") or random.random() > FAULTY:
            return None
        left -= 1
        return CUT_ON_THE_WAY

    size = 0
    with proxy(Proxy(centre_port, cut, slow_s=PATIENCE_S, seed=random.getrandbits(64))) as line:
        api = HttpCaseApi(f"http://127.0.0.1:{line.port}", terminal=TERMINAL)
        while left:
            data = b"\xff\xd8\xff" + random.randbytes(random.randrange(*PHOTO_BYTES))
            file = LocalFile(hashlib.sha256(data).hexdigest(), "image/jpeg", data)
            before = line.made.total()
            while not isinstance(outcome := api.put_file(file), FileTaken):
                if line.made.total() - before > MOST_CUTS:
                    raise RuntimeError(f"a photograph does not get through: {outcome}")
            size += len(data)
    return line.body_bytes / size


@dataclass(frozen=True, slots=True)
class _Centre:
    port: int
    item: CatalogueItem
    held: Callable[[], Counter[str]]


@contextmanager
def _centre(folder: Path, *, forgets: bool) -> Iterator[_Centre]:
    if forgets:
        with little_centre(LittleCentre(forgets=True)) as little:
            yield _Centre(little.port, NO_CENTRE, lambda: Counter(little.held))
    else:
        with real_centre(folder) as real:
            yield _Centre(real.port, real.item(), real.held)
