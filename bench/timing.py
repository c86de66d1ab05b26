"""Taking a time many times and saying it in three numbers."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing. `value` is in `unit`; `p95` is the 95th percentile, where it was repeated."""

    name: str
    value: float
    unit: str
    p95: float | None = None
    repeats: int = 1
    note: str = ""


def once_ms(action: Callable[[], object]) -> float:
    """How long one call takes, in milliseconds."""
    began = time.perf_counter_ns()
    action()
    return (time.perf_counter_ns() - began) / 1e6


def figure(name: str, times_ms: list[float], note: str = "") -> Figure:
    """Median and 95th percentile of times in milliseconds."""
    ordered = sorted(times_ms)
    p95 = ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]
    return Figure(name, statistics.median(ordered), "ms", p95, len(ordered), note)


def repeat(name: str, action: Callable[[], object], repeats: int, note: str = "") -> Figure:
    """Call once to warm up, then `repeats` times."""
    action()
    return figure(name, [once_ms(action) for _ in range(repeats)], note)
