"""Runs experiments one after another, each followed by its control, and judges them."""

from __future__ import annotations

import logging
import random
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bench.lab.experiment import Experiment, Outcome, Size
from bench.lab.numbers import NUMBERS, Number

#: The fields of Harm and what they are called in a report.
HARMS = {"lost": "lost", "duplicated": "doubled", "corrupt": "corrupt", "false_submitted": "falsely submitted"}
Verdict = Literal["held", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Wish:
    """How to run. `trials` None: as many as the size has. `control_only` breaks what is unprotected, and must fail."""

    size: Size
    trials: int | None
    seed: int
    control_only: bool


@dataclass(frozen=True, slots=True)
class Ran:
    """One experiment as it went. `run` is None with controls only, both are None when it was skipped."""

    experiment: Experiment
    run: Outcome | None
    control: Outcome | None
    seconds: float
    skipped: str | None = None
    failures: tuple[str, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        if self.skipped is not None:
            return "skipped"
        return "failed" if self.failures else "held"


def run_all(
    experiments: Sequence[Experiment], folder: Path, wish: Wish, named: bool, tell: Callable[[Ran], None]
) -> list[Ran]:
    """Run them in `folder`. An experiment asked for by name that cannot run has failed; else it is skipped."""
    done: list[Ran] = []
    for experiment in experiments:
        began = time.monotonic()
        why_not = experiment.cannot()
        if why_not is not None:
            ran = Ran(experiment, None, None, 0.0, None if named else why_not, (why_not,) if named else ())
        else:
            run, control = _run_one(experiment, folder, wish)
            ran = Ran(experiment, run, control, time.monotonic() - began, None, failures(run, control))
        done.append(ran)
        tell(ran)
    return done


def failures(run: Outcome | None, control: Outcome) -> tuple[str, ...]:
    """Why it did not hold; nothing when it did. Without a run it never holds: the protection was off."""
    found: list[str] = []
    if run is None:
        found.append(f"the protection was off: {harm_words(control)}")
    else:
        if run.harm.any:
            found.append(harm_words(run))
        found += [f"{m.name}: {m.value:g} {m.unit}, target {m.target}" for m in run.measures if m.met is False]
        found += run.problems
    if not control.harm.any:
        found.append("blind: the control shows no harm")
    found += [f"control: {text}" for text in control.problems]
    return tuple(found)


def harm_words(outcome: Outcome) -> str:
    counts = ", ".join(f"{getattr(outcome.harm, name)} {word}" for name, word in HARMS.items())
    return f"{counts} in {outcome.trials:,} trials"


def judge(number: Number, done: Sequence[Ran]) -> tuple[str, str]:
    """What was found about one number, and the word for it.

    met; missed; short: no harm, with fewer trials than it asks for; not run; elsewhere: what was found is the command.
    """
    about = [ran for ran in done if number.key in ran.experiment.rows.split() and ran.run is not None]
    outcomes = [ran.run for ran in about if ran.run is not None]
    if not outcomes:
        return number.elsewhere, "elsewhere" if number.elsewhere else "not run"
    trials = sum(outcome.trials for outcome in outcomes)
    words = [f"{trials:,} trials"]
    for name, word in HARMS.items():
        words.append(f"{sum(getattr(outcome.harm, name) for outcome in outcomes)} {word}")
    # What has to be nothing and is nothing need not be told.
    told = [m for outcome in outcomes for m in outcome.measures if m.target and (m.value or m.target != "0")]
    words += [f"{m.name} {m.value:g} {m.unit}".rstrip() for m in told]
    if any(ran.verdict == "failed" for ran in about):
        word = "missed"
    else:
        word = "met" if trials >= number.trials else "short"
    return ", ".join(words), word


def judged(done: Sequence[Ran]) -> Iterator[tuple[Number, str, str]]:
    """Every number with what was found and the word for it."""
    for number in NUMBERS:
        yield number, *judge(number, done)


def _run_one(experiment: Experiment, folder: Path, wish: Wish) -> tuple[Outcome | None, Outcome]:
    trials = wish.trials or experiment.trials[wish.size]
    if wish.control_only:
        return None, _run(experiment, trials, folder, wish.seed, control=True)
    run = _run(experiment, trials, folder, wish.seed, control=False)
    # A control has to show that harm can be seen at all; that takes no more than the small size.
    return run, _run(experiment, min(trials, experiment.trials["small"]), folder, wish.seed, control=True)


def _run(experiment: Experiment, trials: int, folder: Path, seed: int, *, control: bool) -> Outcome:
    random.seed(f"{seed} {experiment.name} {control}")
    with tempfile.TemporaryDirectory(prefix=f"{experiment.name}-", dir=folder) as scratch, _quiet():
        try:
            return experiment.run(trials, Path(scratch), control=control)
        except Exception as error:
            traceback.print_exc()
            return Outcome(0, problems=(f"it broke off: {type(error).__name__}: {error}",))


@contextmanager
def _quiet() -> Iterator[None]:
    """A program that is broken on purpose says so in its log, thousands of times over."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
