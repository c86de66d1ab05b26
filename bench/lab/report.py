"""What a run came to: lines for the terminal, report.json for programs, report.html with plots for people."""

from __future__ import annotations

import dataclasses
import html
import json
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.lab import plots
from bench.lab.experiment import Outcome
from bench.lab.ground import Ground
from bench.lab.runner import HARMS, Ran, Wish, harm_words, judged


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole run."""

    wish: Wish
    ground: Ground
    began: datetime
    seconds: float
    done: tuple[Ran, ...]

    @property
    def held(self) -> bool:
        """True when something ran and nothing failed."""
        verdicts = {ran.verdict for ran in self.done}
        return "failed" not in verdicts and "held" in verdicts


def machine() -> str:
    return (
        f"Linux {platform.release()}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )


# ----------------------------------------------------------------------------------------------------- terminal


def heading() -> str:
    harms = "".join(f"{word:>9}" for word in _short_harms())
    return f"{'experiment':14}{'trials':>8}{harms}   {'control':30}{'seconds':>8}  verdict"


def line(ran: Ran) -> str:
    """One experiment; below it why it failed or was skipped."""
    below = ([f"skipped: {ran.skipped}"] if ran.skipped else []) + list(ran.failures)
    first = (
        f"{ran.experiment.name:14}{_cells(ran.run)}   {_control_words(ran.control):30}{ran.seconds:8.1f}  {ran.verdict}"
    )
    return "\n".join([first, *(f"    {text}" for text in below)])


def numbers_table(whole: Whole) -> str:
    rows = [f"\n{'number':7}{'':9}target; what was found"]
    for number, found, word in judged(whole.done):
        if word not in ("not run", "elsewhere"):
            rows.append(f"{number.key:7}{word:9}{number.subject}: {number.target}\n{'':16}{found}")
    return "\n".join(rows)


def verdict(whole: Whole) -> str:
    counts = {word: sum(1 for ran in whole.done if ran.verdict == word) for word in ("held", "failed", "skipped")}
    words = ", ".join(f"{count} {word}" for word, count in counts.items() if count or word == "failed")
    return f"lab: {words}; {whole.seconds:.0f} s, seed {whole.wish.seed}"


def _short_harms() -> tuple[str, ...]:
    return tuple(word.split()[0].replace("falsely", "false") for word in HARMS.values())


def _cells(outcome: Outcome | None) -> str:
    if outcome is None:
        return f"{'-':>8}" + f"{'-':>9}" * len(HARMS)
    return f"{outcome.trials:8}" + "".join(f"{getattr(outcome.harm, name):9}" for name in HARMS)


def _control_words(outcome: Outcome | None) -> str:
    if outcome is None:
        return "-"
    found = zip(HARMS, _short_harms(), strict=True)
    harms = [f"{getattr(outcome.harm, name)} {word}" for name, word in found if getattr(outcome.harm, name)]
    return f"{', '.join(harms) or 'no harm'} of {outcome.trials}"


# ----------------------------------------------------------------------------------------------------- files


def write(whole: Whole, folder: Path) -> tuple[Path, Path]:
    """Write both files into `folder`; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for_programs, for_people = folder / "report.json", folder / "report.html"
    for_programs.write_text(json.dumps(as_json(whole), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for_people.write_text(as_html(whole), encoding="utf-8")
    return for_programs, for_people


def as_json(whole: Whole) -> dict[str, object]:
    return {
        "schema": 1,
        "verdict": "held" if whole.held else "failed",
        "began": whole.began.isoformat(timespec="seconds"),
        "seconds": round(whole.seconds, 1),
        "size": whole.wish.size,
        "seed": whole.wish.seed,
        "control_only": whole.wish.control_only,
        "machine": machine(),
        "file_system": whole.ground.kind,
        "fsync_us": round(whole.ground.fsync_us, 1),
        "numbers": [
            {"key": number.key, "subject": number.subject, "target": number.target, "found": found, "verdict": word}
            for number, found, word in judged(whole.done)
        ],
        "experiments": [
            {
                "name": ran.experiment.name,
                "title": ran.experiment.title,
                "rows": ran.experiment.rows,
                "verdict": ran.verdict,
                "why": [*([ran.skipped] if ran.skipped else []), *ran.failures],
                "seconds": round(ran.seconds, 1),
                "run": None if ran.run is None else dataclasses.asdict(ran.run),
                "control": None if ran.control is None else dataclasses.asdict(ran.control),
            }
            for ran in whole.done
        ],
    }


_STYLE = """
:root { color: #1d2733; background: #f4f6f8; font: 15px/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; }
body { max-width: 68rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; }
h1 { font-size: 1.7rem; margin: 0 0 .2rem; } h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0; }
p { margin: .35rem 0; } .quiet { color: #5a6b7d; }
table { border-collapse: collapse; width: 100%; background: #fff; border: 1px solid #dde3e9; }
th, td { padding: .4rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid #e8edf1; }
th { font-weight: 600; background: #edf1f5; white-space: nowrap; }
td.count { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
section { background: #fff; border: 1px solid #dde3e9; padding: 1rem 1.2rem; margin: 0 0 1rem; }
.mark { display: inline-block; padding: 0 .6em; border-radius: 1em; font-size: .85rem; font-weight: 600;
  white-space: nowrap; }
.held, .met { background: #dcefe3; color: #14613a; } .failed, .missed { background: #fbe0dd; color: #9b1c13; }
.skipped, .not-run, .elsewhere, .short, .told { background: #e8edf1; color: #46566a; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; margin-top: .6rem; } svg { max-width: 100%; height: auto; }
.numbers td:nth-child(2) { min-width: 11rem; } .numbers td:nth-child(3) { min-width: 15rem; }
ul { margin: .4rem 0; padding-left: 1.2rem; }
"""


def as_html(whole: Whole) -> str:
    """One page that needs nothing but itself."""
    return "".join(_page(whole))


def _page(whole: Whole) -> Iterator[str]:
    word = "held" if whole.held else "failed"
    yield (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Fault lab</title>'
        f"<style>{_STYLE}</style></head><body><h1>Fault lab {_mark(word)}</h1>"
        f'<p class="quiet">{whole.began:%Y-%m-%d %H:%M} UTC, {whole.seconds:.0f} s, {whole.wish.size} size,'
        f" seed {whole.wish.seed}. {_text(machine())}. {_text(whole.ground.kind)}, write with fsync"
        f" {whole.ground.fsync_us:.0f} µs.</p>"
    )
    if whole.wish.control_only:
        yield "<p><b>Controls only: the protection was off, so this run has to fail.</b></p>"
    yield "<h2>Harm</h2>" + plots.harm(
        [(ran.experiment.name, ran.run, ran.control) for ran in whole.done if ran.control is not None]
    )
    yield (
        '<p class="quiet">Cases acknowledged and lost, doubled, corrupt or falsely called submitted, per 100 trials.'
        " The control is the same experiment with the protection taken away: without harm there, an experiment proves"
        " nothing. The bars are logarithmic.</p>"
        '<h2>Numbers</h2><table class="numbers">'
        "<tr><th></th><th>Subject</th><th>Target</th><th>Found</th><th></th></tr>"
    )
    for number, found, verdict_word in judged(whole.done):
        yield (
            f"<tr><td>{number.key}</td><td>{_text(number.subject)}</td><td>{_text(number.target)}</td>"
            f"<td>{_text(found)}</td><td>{_mark(verdict_word)}</td></tr>"
        )
    yield "</table><h2>Experiments</h2>"
    for ran in whole.done:
        yield from _section(ran)
    yield "</body></html>\n"


def _section(ran: Ran) -> Iterator[str]:
    yield (
        f"<section><h3>{_text(ran.experiment.name)} {_mark(ran.verdict)}</h3><p>{_text(ran.experiment.title)}"
        f' <span class="quiet">{_text(ran.experiment.rows)}, {ran.seconds:.0f} s</span></p>'
    )
    told = [*([ran.skipped] if ran.skipped else []), *ran.failures]
    if ran.run is not None:
        yield f"<p>{_text(harm_words(ran.run))}.</p>"
        told += ran.run.notes
    if ran.control is not None:
        yield f'<p class="quiet">Control: {_text(harm_words(ran.control))}.</p>'
        told += [f"Control: {text}" for text in ran.control.notes]
    if told:
        yield "<ul>" + "".join(f"<li>{_text(text)}</li>" for text in told) + "</ul>"
    outcome = ran.run or ran.control
    if outcome is not None:
        yield from _measures(outcome)
    yield "</section>"


def _measures(outcome: Outcome) -> Iterator[str]:
    if outcome.measures:
        yield "<table><tr><th>Measure</th><th>Value</th><th>Target</th><th></th></tr>"
        for each in outcome.measures:
            word = {None: "told", True: "met", False: "missed"}[each.met]
            yield (
                f'<tr><td>{_text(each.name)}</td><td class="count">{each.value:,.4g} {_text(each.unit)}</td>'
                f"<td>{_text(each.target)}</td><td>{_mark(word)}</td></tr>"
            )
        yield "</table>"
    drawn = [plots.spread(each) for each in outcome.measures if len(each.samples) > 1]
    if outcome.counts:
        drawn.insert(0, plots.counts(outcome.counts))
    if drawn:
        yield f'<div class="plots">{"".join(drawn)}</div>'


def _mark(word: str) -> str:
    return f'<span class="mark {word.replace(" ", "-")}">{word}</span>'


def _text(text: str) -> str:
    return html.escape(text)
