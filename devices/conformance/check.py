"""One check: what it is called, and a function that raises `Failed` when the driver does not do what it must."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from devices.conformance.running import Subject


@dataclass(frozen=True, slots=True)
class Effort:
    """How far a run goes: `cuts` and `garbles` are how many places of an answer are tried, None: each of them.

    `spoilt_s`: how long a spoilt answer may take to end in something. `name` stands in the report.
    """

    cuts: int | None = 200
    garbles: int | None = 32
    flood_s: float = 2.0
    spoilt_s: float = 2.5
    name: str = "usual"


EVERY_BYTE = Effort(cuts=None, garbles=None, name="every_byte")
QUICK = Effort(cuts=5, garbles=4, flood_s=0.5, name="quick")


@dataclass(frozen=True, slots=True)
class Check:
    """`run` returns what was measured, for the report ("" when there is nothing to say).

    It raises Failed, or CannotDo where this device, or nobody being there, leaves it undone.
    """

    id: str
    title: str
    run: Callable[[Subject, Effort], str]


def places(size: int, most: int | None) -> list[int]:
    """At most so many of the places 0 to `size`, the first and the last among them."""
    if most is None or size < most:
        return list(range(size + 1))
    return sorted({round(size * step / (most - 1)) for step in range(most)})
