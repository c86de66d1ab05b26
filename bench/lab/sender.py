"""A terminal without screens that is made to be killed: the real store, the real sync loop, the real HTTP.

`python -m bench.lab.sender STATE URL` loads everything once; then each line on its input starts one life, as a fork:

    {"first": 1, "count": 6, "step": 0, "hasty": false, "item": {…}}

It says `born PID`, waits for a byte, and then `open RECOVERED SWEPT`, `ok CASE-ID` after each acknowledged commit, and
`idle` when nothing is left to send; another byte ends it in good order. After a life it says `gone`. With `step` it
kills itself after so many steps of its commits; `hasty` is the control: it acknowledges first and commits afterwards.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.lab.cases import TERMINAL, CaseMaker
from kiosk.app.clock import SystemClock
from kiosk.central_api import HttpCaseApi
from kiosk.central_api import wire as wire  # loaded here, so that a life does not have to
from kiosk.ports.central import CatalogueItem
from kiosk.sync import SyncOptions, SyncWorker
from offline_cache import FileKeySource, open_store

HURRIED = SyncOptions(base_s=0.002, cap_s=0.02, spread_s=0.02, item_base_s=0.002, item_cap_s=0.02)
IDLE_S = 60.0
LOOK_S = 0.002


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def self_kill(at: int) -> Callable[[str], None]:
    """For `open_store(after=…)`: end this process, as a power cut would, after so many steps."""
    left = at

    def after(_: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return after


def live(state: Path, url: str, wanted: dict[str, Any]) -> None:
    """One life; most do not come to the end of it."""
    say("born", os.getpid())
    os.read(0, 1)
    after = self_kill(wanted["step"]) if wanted["step"] else (lambda step: None)
    keys = FileKeySource(state / "key", demo=True)
    clock = SystemClock()
    store = open_store(state, clock=clock, keys=keys, floor_bytes=0, ballast_bytes=0, after=after)
    health = store.health()
    say("open", int(health.recovered), health.recovered_cases)
    sync = SyncWorker(store, HttpCaseApi(url, terminal=TERMINAL), clock, lambda event: None, options=HURRIED)
    sync.start()
    maker = CaseMaker(CatalogueItem(**wanted["item"]))
    for number in range(wanted["first"], wanted["first"] + wanted["count"]):
        case = maker.submission(number)
        if wanted["hasty"]:
            say("ok", case.case_id)
            time.sleep(LOOK_S)
        if not store.commit((case,)).result().ok:
            say("failed", case.case_id)
            break
        if not wanted["hasty"]:
            say("ok", case.case_id)
        sync.wake(case.case_id)
    deadline = time.monotonic() + IDLE_S
    while True:
        queue = store.outbox().result()
        if not queue.waiting + queue.sending:
            break
        if time.monotonic() > deadline:
            say("stuck", queue.waiting, queue.sending)
            break
        time.sleep(LOOK_S)
    say("idle")
    os.read(0, 1)
    sync.stop()
    store.close()


def main() -> None:
    """Start lives until the input ends."""
    logging.disable(logging.CRITICAL)
    state, url = Path(sys.argv[1]), sys.argv[2]
    while line := os.read(0, 1 << 16):
        order = line.lstrip(b"!")
        if not order:
            continue  # a life that was killed before it began has left its "go" behind
        wanted = json.loads(order)
        child = os.fork()
        if child == 0:
            try:
                live(state, url, wanted)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        say("gone")


if __name__ == "__main__":
    main()
