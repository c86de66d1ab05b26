"""`./run lab [NAME …]`: break the terminal on purpose, and count what was lost."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.lab import ground, report, runner
from bench.lab.bad_lines import BadLines
from bench.lab.bit_flips import BitFlips
from bench.lab.clock import ClockTurned
from bench.lab.crash_replay import CrashReplay
from bench.lab.disk_full import DiskFull
from bench.lab.experiment import Experiment, Prepared
from bench.lab.io_errors import IoErrors
from bench.lab.kills import Kills
from bench.lab.poison import Poison
from bench.lab.power.cuts import PowerCuts
from bench.lab.read_only import ReadOnly
from bench.lab.reconnect import Reconnect
from bench.lab.screen_kills import ScreenKills
from bench.lab.taps import Taps
from bench.lab.two_programs import TwoPrograms
from devices.lab.bench import LabProblem, install

#: A new experiment is a line here.
EXPERIMENTS: tuple[Experiment, ...] = (
    CrashReplay(),
    BitFlips(),
    DiskFull(),
    ReadOnly(),
    IoErrors(),
    TwoPrograms(),
    Kills(),
    BadLines(),
    Poison(),
    ClockTurned(),
    Taps(),
    ScreenKills(),
    PowerCuts(),
    Reconnect(),
)
PACKAGES = Path(__file__).parents[2] / "deploy" / "apt-lab.txt"


def main(arguments: Sequence[str], experiments: Sequence[Experiment] = EXPERIMENTS) -> int:
    """Run what is asked for. 0: all held, 1: something did not, 2: wrong usage, or fsync does nothing here."""
    options = _options(arguments, [each.name for each in experiments])
    if options.list:
        for each in experiments:
            print(f"{each.name:14} {each.title}  [{each.rows}]{'  slow' if each.slow else ''}")
        return 0
    chosen = [each for each in experiments if each.name in options.names or not options.names]
    if not options.names:
        chosen = [each for each in chosen if options.slow or not each.slow]
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        under = ground.check(options.folder)
    except ground.BadGround as bad:
        print(f"lab: nothing was tried: {bad}", file=sys.stderr)
        return 2
    if not options.no_install:
        _install(chosen)

    began, clock = datetime.now(UTC), time.monotonic()
    wish = runner.Wish("small" if options.small else "full", options.trials, options.seed, options.control)
    print(report.heading(), flush=True)
    with tempfile.TemporaryDirectory(prefix="lab-", dir=options.folder) as scratch:
        done = runner.run_all(
            chosen,
            Path(scratch),
            wish,
            named=bool(options.names),
            tell=lambda ran: print(report.line(ran), flush=True),
        )
    whole = report.Whole(wish, under, began, time.monotonic() - clock, tuple(done))
    print(report.numbers_table(whole))
    paths = report.write(whole, options.out)
    print(f"\n{report.verdict(whole)}\n{' '.join(str(path) for path in paths)}")
    return 0 if whole.held else 1


def _options(arguments: Sequence[str], names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="run lab",
        description="Break the terminal on purpose and count what was lost. Each experiment is followed by its control,"
        " the same with the protection taken away, which must show harm.",
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="experiments; all but the slow ones when none is named"
    )
    parser.add_argument("--list", action="store_true", help="say what experiments there are")
    parser.add_argument("--small", action="store_true", help="few trials: all of it within a minute")
    parser.add_argument("--slow", action="store_true", help="the slow ones too")
    parser.add_argument("--control", action="store_true", help="only the controls: shows the harm and ends with 1")
    parser.add_argument("--trials", type=int, help="how often each is broken")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32), help="to repeat a run")
    parser.add_argument("--out", type=Path, default=Path("lab-output"), help="reports go here (default lab-output/)")
    parser.add_argument("--folder", type=Path, default=Path("state"), help="disk to work on (default state/)")
    parser.add_argument("--no-install", action="store_true", help="install nothing; what lacks a package is skipped")
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in names:
            parser.error(f"no experiment {name!r}; known: {', '.join(names)}")
    if options.trials is not None and options.trials < 1:
        parser.error("--trials must be at least 1")
    return options


def _install(chosen: Sequence[Experiment]) -> None:
    """Install the packages of experiments that cannot run; those that still cannot will say why."""
    lacking = [each for each in chosen if each.cannot() is not None]
    if lacking:
        try:
            install(PACKAGES, [each.name for each in lacking])
            for each in lacking:
                if isinstance(each, Prepared):
                    each.prepare()
        except LabProblem as problem:
            print(f"lab: {problem}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
