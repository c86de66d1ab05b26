"""Adding up what many broken stores were found to hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields

from bench.lab.experiment import Harm, Measure, Outcome
from bench.lab.stores import Seen

_MOST_NOTES = 6


@dataclass(slots=True)
class Findings:
    """Counts over trials. `facts` are numbers that are only told, `never` those that have to be 0."""

    trials: int = 0
    harmed: int = 0
    lost: int = 0
    doubled: int = 0
    corrupt: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    facts: Counter[str] = field(default_factory=Counter)
    never: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def trial(self, kind: str, seen: Seen) -> None:
        """One store looked through after one fault of this kind."""
        self.trials += 1
        self.counts[kind] += 1
        self.harmed += seen.harm.any
        self.lost += len(seen.lost)
        self.doubled += len(seen.doubled)
        self.corrupt += len(seen.wrong)
        if seen.harm.any:
            self.notes.append(f"{kind}: {seen.words()}")

    def add(self, other: Findings) -> None:
        self.trials += other.trials
        self.harmed += other.harmed
        self.lost += other.lost
        self.doubled += other.doubled
        self.corrupt += other.corrupt
        for mine, more in ((self.counts, other.counts), (self.facts, other.facts), (self.never, other.never)):
            mine.update(more)  # unlike +=, keeps a name whose count is 0
        self.notes += other.notes
        self.problems += other.problems

    def outcome(self) -> Outcome:
        return Outcome(
            self.trials,
            Harm(lost=self.lost, duplicated=self.doubled, corrupt=self.corrupt),
            measures=tuple(self._measures()),
            counts=dict(sorted(self.counts.items())),
            notes=tuple(self.notes[:_MOST_NOTES]),
            problems=tuple(dict.fromkeys(self.problems)),
        )

    def _measures(self) -> Iterator[Measure]:
        yield Measure("trials with any harm", self.harmed, "trials")
        for name, count in self.never.items():
            yield Measure(name, count, "times", "0", count == 0)
        for name, count in self.facts.items():
            yield Measure(name, count, "times")

    def as_json(self) -> str:
        return json.dumps({each.name: getattr(self, each.name) for each in fields(self)})

    @classmethod
    def from_json(cls, text: str) -> Findings:
        """What another process found. Raises ValueError."""
        raw = json.loads(text)
        for name in ("counts", "facts", "never"):
            raw[name] = Counter(raw[name])
        return cls(**raw)
