"""What an experiment is: something that breaks the program many times over, and a control that shows it is not blind.

A control is the same experiment with the protection taken away (no fsync, no envelope, a centre that forgets ids). It
must find harm; an experiment whose control finds none proves nothing, and fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

Size = Literal["small", "full"]


@dataclass(frozen=True, slots=True)
class Harm:
    """What must never be: acknowledged cases that are gone, cases that exist twice, data that cannot be read, and
    cases called submitted that never were."""

    lost: int = 0
    duplicated: int = 0
    corrupt: int = 0
    false_submitted: int = 0

    @property
    def any(self) -> bool:
        return bool(self.lost or self.duplicated or self.corrupt or self.false_submitted)


@dataclass(frozen=True, slots=True)
class Measure:
    """One number beside its target; `met` None where it is only told. `samples` are drawn in the HTML report."""

    name: str
    value: float
    unit: str
    target: str = ""
    met: bool | None = None
    samples: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of an experiment, or of its control, came to.

    `trials` is how often something was broken; `notes` are sentences for whoever reads the report, `problems` what went
    wrong with the experiment itself (it could not do what it should): any of them fails it.
    """

    trials: int
    harm: Harm = Harm()
    measures: tuple[Measure, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    """How often what kind of fault was made, by its name."""
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Experiment(Protocol):
    """One way to break the terminal. A module of this package each, listed in `bench/lab/__main__.py`."""

    name: str
    """As it is typed: `./run lab NAME`."""
    title: str
    rows: str
    """Failure rows and numbers it is about, as in "F1 N2"."""
    trials: Mapping[Size, int]
    slow: bool
    """Only when asked for by name or with --slow: takes long or needs more than this program."""

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        """Break it `trials` times. `folder` is empty and goes afterwards. With `control` the protection is off."""
        ...

    def cannot(self) -> str | None:
        """Why it cannot run on this machine; None when it can."""
        ...


@runtime_checkable
class Prepared(Protocol):
    """An experiment that needs more than packages."""

    def prepare(self) -> None:
        """Fetch it, outside this tree. Raises LabProblem."""
        ...
