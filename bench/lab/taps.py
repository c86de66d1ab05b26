"""Twenty taps a second on the key that confirms, on the real screens, while the centre takes its time.

One case has to come of a visit, however often it was tapped. The control hands the visit over at every tap.

`python -m bench.lab.taps FOLDER VISITS [control]` is the terminal; it prints what it did as a line of JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bench.lab.centres import held_in
from bench.lab.experiment import Harm, Measure, Outcome, Size
from kiosk.app.options import ROOT
from kiosk.app.story.stage import environment

TAPS = 30
TAPS_PER_S = 20
SLOW_S = 1.0
DRAIN_S = 60.0
VISIT_S = 120.0


class Taps:
    """The experiment."""

    name = "taps"
    title = "Twenty taps a second on the key that confirms"
    rows = "F4"
    trials: Mapping[Size, int] = {"small": 1, "full": 30}
    slow = False

    def cannot(self) -> str | None:
        return None

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        """Confirm `trials` visits."""
        words = [str(folder), str(trials), *(["control"] if control else [])]
        done = subprocess.run(
            [sys.executable, "-m", "bench.lab.taps", *words],
            cwd=ROOT,
            env=environment() | {"QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            text=True,
            timeout=VISIT_S * (trials + 1),
            check=False,
        )
        if done.returncode:
            return Outcome(0, problems=(done.stderr.strip().rpartition("\n")[2] or "the terminal ended",))
        told = json.loads(done.stdout.splitlines()[-1])
        return Outcome(
            trials=trials,
            harm=Harm(lost=told["lost"], duplicated=told["doubled"]),
            measures=(Measure("taps a visit", told["taps"] / trials, ""),),
            counts={"taps": told["taps"]},
        )


def main(arguments: list[str]) -> int:
    """The terminal of the experiment."""
    from PySide6.QtCore import QPoint

    from bench.visits import COMPLAINT, Visitor, act
    from kiosk.app.story.player import Wait
    from kiosk.flow.state import FlowState
    from ui import touch

    folder, visits, naive = Path(arguments[0]), int(arguments[1]), "control" in arguments[2:]
    told = {"lost": 0, "doubled": 0, "taps": 0}

    def submit(visitor: Visitor, state: FlowState) -> None:
        """The control: whoever taps, files."""
        if state.session is not None and state.package is not None:
            desk = visitor.terminal.runner._desks.intake
            desk.submit(state.session, state.package, state.world.place, state.language, state.context)

    def hammer(visitor: Visitor) -> Wait:
        state = visitor.terminal.runner.state
        spot: QPoint = touch.reach(visitor.terminal.window, "action.next")
        yield from visitor.until(lambda: "deaf" if visitor.terminal.window.inert_ms_left() else None, 5.0, "deaf")
        began = time.monotonic()
        for tap in range(TAPS):
            while time.monotonic() < began + tap / TAPS_PER_S:
                yield
            touch._stroke(visitor.terminal.window, [spot])
            told["taps"] += 1
            if naive:
                submit(visitor, state)

    def script(visitor: Visitor) -> Wait:
        store = visitor.terminal.store
        seen: set[str] = set()
        for number in range(visits):
            if number:
                yield from visitor.leave()
            yield from visitor.visit(COMPLAINT)
            visitor.stage.ask.fault("slow", SLOW_S)
            yield from hammer(visitor)
            visitor.stage.ask.fault("up")
            visitor.terminal.sync.wake()

            def unsent() -> str | None:
                queue = store.outbox().result()
                return "not all is sent" if queue.waiting + queue.sending else None

            yield from visitor.until(unsent, DRAIN_S, "the queue is not empty")
            held = held_in(visitor.stage.work / "centre" / "central.sqlite")
            new = set(held) - seen
            told["lost"] += not new
            told["doubled"] += max(0, len(new) - 1) + sum(1 for case_id in new if held[case_id] > 1)
            seen |= new

    act(script, folder, devices=False)
    print(json.dumps(told), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
