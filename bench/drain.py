"""Does sending disturb whoever stands there? 200 queued cases drain while visits go on and receipts are printed.

The terminal, its screens at 1080x1920, the emulated printer and the centre are the real ones. A time is from a touch to
the page it led to, painted. The same visits with nothing to send are measured beside it. And what a catalogue that did
not change costs: requests and bytes of body, counted on the line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.lab.cases import TERMINAL, CaseMaker, offered
from bench.lab.centres import real_centre
from bench.lab.proxy import Proxy, proxy
from bench.timing import Figure, figure
from kiosk.app.clock import SystemClock
from kiosk.app.options import ROOT
from kiosk.central_api import HttpCaseApi
from kiosk.ports.central import Catalogue
from kiosk.sync import SyncWorker
from offline_cache import FileKeySource, open_store

QUEUED = 200
DRAIN_S = 60.0
PRINT_S = 60.0
SETTINGS = ("centre.submit_wait_s=1",)


@dataclass(slots=True)
class Drained:
    """What was measured: milliseconds of touches at the first visit, with and without a queue; seconds of each drain;
    receipts. `own_ms` are those with a queue, less the waiting for a processor.
    """

    first_ms: list[float] = field(default_factory=list)
    own_ms: list[float] = field(default_factory=list)
    busy_ms: list[float] = field(default_factory=list)
    calm_ms: list[float] = field(default_factory=list)
    drain_s: list[float] = field(default_factory=list)
    printed: int = 0


def figures(repeats: int, folder: Path) -> Iterator[Figure]:
    """For `./run bench drain`; the queue is filled and drained once for every twenty repeats."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.drain", str(folder.absolute()), str(max(1, repeats // 20))],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit("bench: the drain broke off")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    drained = Drained(**told)
    yield figure("touch to painted page, the first visit of a start", drained.first_ms)
    yield Figure("the worst of them", max(drained.first_ms), "ms", note="target < 50")
    yield figure("touch to painted page, while 200 cases drain", drained.busy_ms)
    yield Figure("the worst of them", max(drained.busy_ms), "ms", note="target < 50")
    yield figure("the same less waiting for a processor", drained.own_ms, "at most what a quiet machine takes")
    yield Figure("the worst of them", max(drained.own_ms), "ms")
    yield figure("touch to painted page, with nothing to send", drained.calm_ms)
    yield Figure("the worst of them", max(drained.calm_ms), "ms")
    yield figure("200 cases drained", [each * 1000 for each in drained.drain_s])
    yield Figure("receipts printed meanwhile", drained.printed, "")
    requests, body = refresh_without_change(folder / "refresh")
    yield Figure("catalogue refresh without change: requests", requests, "", note="one 304")
    yield Figure("catalogue refresh without change: body", body, "B")


def refresh_without_change(folder: Path) -> tuple[int, int]:
    """Requests and bytes of answer bodies of a second look at the catalogue. Raises RuntimeError for another status."""
    folder.mkdir(parents=True)
    answers: list[tuple[str, bytes]] = []
    with real_centre(folder / "centre") as centre:
        line = Proxy(centre.port, lambda _: None, 1.0, heard=lambda asked, answer: answers.append((asked, answer)))
        clock = SystemClock()
        keys = FileKeySource(folder / "key", demo=True)
        store = open_store(folder / "store", clock=clock, keys=keys, floor_bytes=0, ballast_bytes=0)
        try:
            with proxy(line):
                api = HttpCaseApi(f"http://127.0.0.1:{line.port}", terminal=TERMINAL)
                worker = SyncWorker(store, api, clock, lambda event: None)
                worker.step()
                answers.clear()
                worker.refresh()
                worker.step()
        finally:
            store.close()
    about = [(asked, answer) for asked, answer in answers if "/v1/catalogue" in asked or "/v1/packages" in asked]
    if not all(answer.startswith(b"HTTP/1.1 304") for _, answer in about):
        raise RuntimeError("a catalogue that did not change was sent again")
    return len(about), sum(len(answer.partition(b"\r\n\r\n")[2]) for _, answer in about)


def main(arguments: list[str]) -> int:
    """The terminal that drains: `python -m bench.drain FOLDER ROUNDS`; the last line it prints is JSON."""
    import dataclasses

    from bench.soak import KINDS
    from bench.visits import Visitor, act, story
    from kiosk.app.story.player import Wait

    folder, rounds = Path(arguments[0]), int(arguments[1])
    visit = story(KINDS["complaint"][1], "complaint")
    drained = Drained()

    def fill(visitor: Visitor, first: int) -> None:
        catalogue = HttpCaseApi(visitor.stage.centre_url, terminal=TERMINAL).catalogue(None)
        if not isinstance(catalogue, Catalogue):
            raise RuntimeError("the centre offers nothing")
        maker = CaseMaker(offered(catalogue))
        visitor.stage.ask.fault("down")
        for number in range(first, first + QUEUED):
            visitor.terminal.store.commit((maker.submission(number),)).result()

    def watch(visitor: Visitor, began: float, over: threading.Event) -> None:
        """On a thread of its own: when the queue is empty."""
        while not over.wait(0.02):
            queue = visitor.terminal.store.outbox().result()
            if not queue.waiting + queue.sending:
                drained.drain_s.append(time.monotonic() - began)
                return

    def once(visitor: Visitor) -> Wait:
        yield from visitor.visit(visit)
        yield from visitor.leave()

    def script(visitor: Visitor) -> Wait:
        visitor.hurry()
        yield from once(visitor)
        drained.first_ms += visitor.painted_ms
        for number in range(rounds):
            visitor.painted_ms.clear()
            yield from once(visitor)
            drained.calm_ms += visitor.painted_ms
            fill(visitor, 1 + number * QUEUED)
            visitor.stage.ask.fault("up")
            visitor.painted_ms.clear()
            visitor.own_ms.clear()
            over = threading.Event()
            watcher = threading.Thread(target=watch, args=(visitor, time.monotonic(), over), name="watch")
            visitor.terminal.sync.wake("now")
            watcher.start()
            deadline = time.monotonic() + DRAIN_S
            while watcher.is_alive() and time.monotonic() < deadline:
                yield from once(visitor)
            over.set()
            watcher.join()
            drained.busy_ms += visitor.painted_ms
            drained.own_ms += visitor.own_ms

        def unprinted() -> str | None:
            rows = visitor.terminal.store.journal_rows().result()
            drained.printed = sum(1 for row in rows if row.state == "confirmed")
            return None if drained.printed == len(rows) else "not all receipts are printed"

        yield from visitor.until(unprinted, PRINT_S, "the printer")

    act(script, folder, SETTINGS)
    print(json.dumps(dataclasses.asdict(drained)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
