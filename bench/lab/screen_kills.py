"""`kill -9` of the whole terminal, screens and all, around the moment when a resident confirms.

One life is one visit: the terminal is killed at a random moment after the touch that confirms, or with strace exactly
on a system call of any of its threads. Whoever saw the result page has a case at the centre, once, after the terminal
was started again. The control shows "submitted" at the touch.

`python -m bench.lab.screen_kills FOLDER URL [control]` is the terminal; `… drain` only sends what is left.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from bench.lab.centres import real_centre
from bench.lab.experiment import Harm, Measure, Outcome, Size
from bench.lab.kills import Voice, kill, on_call
from kiosk.app.options import ROOT
from kiosk.app.story.stage import die_with_parent, environment

LONGEST_PAUSE_S = 0.4
DRAIN_S = 150.0
CALLS: Mapping[str, int] = {"pwrite64": 30, "fdatasync,fsync": 8, "sendto": 6, "recvfrom": 12}


class ScreenKills:
    """The experiment."""

    name = "screen-kills"
    title = "The whole terminal killed as somebody confirms"
    rows = "F1 N1"
    trials: Mapping[Size, int] = {"small": 3, "full": 30}
    slow = True

    def cannot(self) -> str | None:
        return None

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        """Kill `trials` visits."""
        strace = shutil.which("strace")
        seen, lost, doubled, recovered, shown = 0, 0, 0, 0, 0
        kinds: Counter[str] = Counter()
        problems: list[str] = []
        with real_centre(folder / "centre") as centre:
            told_last = False
            for life in range(trials + 1):
                last = life == trials
                words = ["drain"] if last else ["control"] if control else []
                process = subprocess.Popen(
                    [sys.executable, "-m", "bench.lab.screen_kills", str(folder), centre.url, *words],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    cwd=ROOT,
                    env=environment() | {"QT_QPA_PLATFORM": "offscreen"},
                    bufsize=0,
                    preexec_fn=die_with_parent,
                )
                voice = Voice(process)
                try:
                    _, cases, damaged = (voice.line() or "silence 0 0").split()
                    new = int(cases) - seen
                    lost += told_last and new == 0
                    doubled += max(0, new - 1)
                    recovered += int(damaged)
                    seen = int(cases)
                    told_last = False
                    if not last:
                        if voice.line() != "review":
                            raise EOFError
                        kind, told_last = _confirm(process, voice, strace)
                        kinds[kind] += 1
                        shown += told_last
                    elif voice.line(DRAIN_S) != "empty":
                        problems.append("the queue did not empty")
                except (EOFError, ValueError):
                    problems.append(f"life {life} ended too early")
                finally:
                    process.kill()
                    process.wait()
                    voice.close()
                    for pipe in (process.stdin, process.stdout):
                        if pipe is not None:
                            pipe.close()
            held = centre.held()
        return Outcome(
            trials=trials,
            harm=Harm(
                lost=lost + max(0, seen - len(held)),
                duplicated=doubled + sum(1 for count in held.values() if count > 1),
                corrupt=recovered,
            ),
            measures=(Measure("visits that saw the result", shown, ""), Measure("cases at the centre", len(held), "")),
            counts=dict(kinds),
            notes=() if strace else ("strace is not installed: no kill fell on an exact system call",),
            problems=tuple(problems),
        )


def _confirm(process: subprocess.Popen[bytes], voice: Voice, strace: str | None) -> tuple[str, bool]:
    """Let the resident confirm, and kill the terminal: how, and whether the result was shown before."""
    tracer, kind = None, "at a moment"
    if strace is not None and random.random() < 0.7:
        calls, most = random.choice(tuple(CALLS.items()))
        tracer = on_call(strace, process.pid, calls, random.randrange(1, most + 1))
        kind = f"on {calls.split(',')[0]}"
    if process.stdin is not None:
        process.stdin.write(b"!")
    told = False
    deadline = time.monotonic() + (10.0 if tracer is not None else random.random() * LONGEST_PAUSE_S)
    try:
        while (left := deadline - time.monotonic()) > 0 and (line := voice.line(left)) is not None:
            told = told or line == "shown"
            if told and tracer is not None:
                break
    except EOFError:
        pass  # it died where it was meant to
    kill(process.pid)
    if tracer is not None:
        tracer.communicate(timeout=20.0)
    return kind, told


def main(arguments: list[str]) -> int:
    """The terminal of the experiment."""
    from bench.visits import COMPLAINT, Visitor, act
    from kiosk.app.story.player import Wait
    from ui import touch

    folder, url, words = Path(arguments[0]), arguments[1], arguments[2:]

    def say(*told: object) -> None:
        os.write(1, (" ".join(map(str, told)) + "\n").encode())

    def script(visitor: Visitor) -> Wait:
        store = visitor.terminal.store
        say("cases", len(store.cases().result()), int(store.health().recovered))
        if "drain" in words:

            def unsent() -> str | None:
                visitor.terminal.sync.wake("now")
                queue = store.outbox().result()
                return "not all is sent" if queue.waiting + queue.sending else None

            yield from visitor.until(unsent, DRAIN_S, "the queue is not empty")
            say("empty")
            return
        yield from visitor.visit(COMPLAINT)
        yield from visitor.until(lambda: "deaf" if visitor.terminal.window.inert_ms_left() else None, 5.0, "deaf")
        say("review")
        os.read(0, 1)
        if "control" in words:
            say("shown")
        touch.tap(visitor.terminal.window, "action.next")
        yield from visitor.until(lambda: None if visitor.screen == "result" else visitor.screen, 30.0, "no result")
        say("shown")
        yield from visitor.leave()

    act(script, folder, devices=False, centre=url)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
