"""``./run monkey``: senseless hands at a real window for thousands of steps, and what must hold all the while."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from bench.monkey.run import NotReady, Result, run
from bench.monkey.watch import STALL_S, worst
from bench.panel import NoPanel
from kiosk.flow.advance import STEPS

STEPS_WHOLE, STEPS_SMALL, STEPS_CONTROL = 10_000, 300, 600
#: Holes that are opened together, and words of the breaches they have to be found by.
CONTROLS: Final = (
    (
        ("menu", "link", "dialog", "selection", "stall", "child", "memory"),
        frozenset({"window.popup_menu", "example.org", "window.dialog", "selection", "stall", "sleep 20", "memory"}),
    ),
    (("tooltip",), frozenset({"window.tooltip"})),
    (("close",), frozenset({"gone"})),
    (("crash",), frozenset({"ended"})),
)


def main(arguments: Sequence[str]) -> int:
    """0: nothing got out and every hole was found; 1: something did, or one was not; 4: nothing could be tried."""
    chosen = _options(arguments)
    steps = chosen.steps or (STEPS_SMALL if chosen.small else STEPS_WHOLE)
    report: dict[str, Any] = {}
    good = True
    with tempfile.TemporaryDirectory(prefix="monkey-", ignore_cleanup_errors=True) as scratch:
        folder = chosen.folder or Path(scratch)
        try:
            if not chosen.control:
                result = run(steps, chosen.seed, folder / "monkey", _tell)
                report["run"] = _as_json(result)
                good = not result.breaches
                print("\n".join(_table(result)))
            if chosen.control or not chosen.small:
                for number, (holes, wanted) in enumerate(CONTROLS):
                    found = run(
                        STEPS_CONTROL, chosen.seed, folder / f"control{number}", _tell, holes=holes, until=wanted
                    )
                    report.setdefault("controls", []).append({"holes": holes, **_as_json(found)})
                    missed = found.missed(wanted)
                    good = good and not missed
                    verdict = f"NOT FOUND: {', '.join(missed)}" if missed else f"found in {found.steps} steps"
                    print(f"control  {', '.join(holes)}: {verdict}")
        except (NoPanel, NotReady) as error:
            print(f"monkey: {error}", file=sys.stderr)
            return 4
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0 if good else 1


def _table(result: Result) -> list[str]:
    pings = sorted(ping.own_ms for ping in result.pings)
    steps = {step for step, _ in result.pairs}
    lines = [
        f"monkey   {result.steps} steps with seed {result.seed} in {result.took_s:.0f} s: "
        + ", ".join(f"{number} {name}" for name, number in Counter(result.gestures).most_common()),
        f"pages    {len(steps)} of {len(STEPS.by_name)} steps of the flow, {len(result.pairs)} pairs of step and event",
        f"answers  {len(pings)} pings of the screen loop: median {pings[len(pings) // 2] if pings else 0:.1f} ms, worst"
        f" {pings[-1] if pings else 0:.0f} ms of its own (with the machine's load {worst(result.pings, _took):.0f} ms)",
        f"memory   {result.memory_mb[0]:.0f} MB after the first steps, {max(result.memory_mb):.0f} MB at the most, "
        f"{result.memory_mb[-1]:.0f} MB at the end",
    ]
    if result.breaches:
        return [*lines, *(f"BREACH   step {b.step}: {b} (after {b.after})" for b in result.breaches)]
    return [*lines, f"held     one window, the same process, nobody else, no stall over {STALL_S * 1e3:.0f} ms"]


def _took(ping: Any) -> float:
    return float(ping.took_ms)


def _as_json(result: Result) -> dict[str, Any]:
    pings = sorted(result.pings, key=lambda ping: ping.own_ms, reverse=True)
    return {
        "steps": result.steps,
        "seed": result.seed,
        "took_s": round(result.took_s, 1),
        "breaches": [asdict(breach) for breach in result.breaches],
        "pings": len(pings),
        "slowest": [{**asdict(ping), "own_ms": ping.own_ms} for ping in pings[:20]],
        "memory_mb": result.memory_mb,
        "gestures": result.gestures,
        "pairs": sorted(result.pairs),
    }


def _tell(line: str) -> None:
    print(f"monkey: {line}", file=sys.stderr, flush=True)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="./run monkey", description=__doc__)
    options.add_argument("--steps", type=int, help=f"how many (usually {STEPS_WHOLE})")
    options.add_argument("--seed", type=int, default=1, help="another one does other things")
    options.add_argument("--small", action="store_true", help=f"{STEPS_SMALL} steps and no controls")
    options.add_argument("--control", action="store_true", help="only terminals with holes: each has to be found")
    options.add_argument("--folder", type=Path, help="keep state, log and output there")
    options.add_argument("--json", type=Path, metavar="FILE", help="the whole report")
    return options.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
