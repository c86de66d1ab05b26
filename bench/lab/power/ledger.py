"""What had left the machine before a cut, and whether it is still there after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.lab.experiment import Harm
from bench.lab.power.machine import Heard


@dataclass(slots=True)
class Ledger:
    """Everything the store on one disk said is durable: cases with their hash, ended cases, errands."""

    cases: dict[str, str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    errands: set[str] = field(default_factory=set)

    def after(self, heard: Iterable[Heard], place: int) -> Ledger:
        """With what left the machine before its disk had more than `place` entries."""
        later = Ledger(dict(self.cases), set(self.ended), set(self.errands))
        for each in heard:
            if each.place <= place:
                match each.message:
                    case ["saved", cases]:
                        later.cases.update(cases)
                    case ["ended", case_id]:
                        later.ended.add(case_id)
                    case ["errand", errand]:
                        later.errands.add(errand)
        return later


@dataclass(frozen=True, slots=True)
class Judgement:
    """`gone` counts what is lost, by kind."""

    harm: Harm
    gone: Counter[str]


def judge(told: Ledger, report: Mapping[str, Any]) -> Judgement:
    """Compare a disk, as the program inside the machine found it, with what had been told."""
    if "broken" in report:
        return Judgement(Harm(corrupt=1), Counter({f"disks ({report['broken']})": 1}))
    start, rest = report["start"], report["envelopes"]
    found = {case_id: sha256 for case_id, sha256, _, _ in start["cases"]}
    open_cases = {case_id for case_id, _, ended, _ in start["cases"] if not ended}
    gone: Counter[str] = Counter()
    gone["cases"] = len(told.cases.keys() - found.keys())
    gone["answers"] = len(told.ended & open_cases)
    gone["errands"] = len(told.errands - set(start["errands"]))
    due, from_envelopes = dict(start["due"]), dict(rest["due"])
    gone["places in the outbox"] = len(open_cases - due.keys())
    # The database is destroyed now: what is not at the centre yet has to come out of the envelopes.
    gone["envelopes"] = len(open_cases - from_envelopes.keys())
    corrupt: Counter[str] = Counter()
    corrupt["damaged databases"] = int(start["recovered"])
    corrupt["wrong hashes"] = sum(
        sha256 != told.cases.get(case_id, sha256)
        for sent in (found, due, from_envelopes)
        for case_id, sha256 in sent.items()
    )
    corrupt["bodies that do not verify"] = len(start["problems"]) + len(rest["problems"])
    corrupt["halves of a visit"] = _halves(start["cases"])
    return Judgement(
        Harm(lost=gone.total(), duplicated=len(start["due"]) - len(due), corrupt=corrupt.total()),
        +(gone + corrupt),
    )


def _halves(cases: Iterable[tuple[str, str, bool, str]]) -> int:
    """Visits that are there in part. A visit's name begins with the hexadecimal number of its cases."""
    visits = Counter(session for _, _, _, session in cases)
    return sum(int(session[0], 16) != count for session, count in visits.items())
