"""What a walk over every way has met, for the findings to be read from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from kiosk.forms import JSON, FieldError


@dataclass(frozen=True, slots=True)
class Dead:
    """A question where nothing is accepted: its path with ``*``, and the answers that lead there. ``why`` says
    what excludes every value.
    """

    pattern: str
    answers: tuple[tuple[str, JSON], ...]
    error: FieldError | None
    why: str = ""


@dataclass(slots=True)
class Seen:
    """What the walk has met."""

    pages: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    options: set[tuple[str, str]] = field(default_factory=set)
    explained: set[tuple[str, str]] = field(default_factory=set)
    materials: set[str] = field(default_factory=set)
    children: set[str] = field(default_factory=set)
    parties: set[str] = field(default_factory=set)
    questions: set[str] = field(default_factory=set)
    fired: set[int] = field(default_factory=set)
    passed: set[int] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    dead: dict[str, Dead] = field(default_factory=dict)
    dead_times: Counter[str] = field(default_factory=Counter)
    refusing: set[tuple[str, str]] = field(default_factory=set)
    unbuilt: set[str] = field(default_factory=set)
    helped: dict[str, Dead] = field(default_factory=dict)
    corrected: dict[str, Dead] = field(default_factory=dict)
    right: set[str] = field(default_factory=set)
    no_authority: Dead | None = None
    twice: set[tuple[str, str]] = field(default_factory=set)
    most_questions: int = 0
