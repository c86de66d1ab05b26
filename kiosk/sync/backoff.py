"""How long to wait after a fault. Pure: `roll` is a random number in [0, 1)."""

from __future__ import annotations


def full_jitter(faults: int, roll: float, *, base_s: float, cap_s: float, wide_s: float = 0.0) -> float:
    """Seconds to wait after the n-th fault in a row: half a base, plus anything up to min(cap, base × 2^(n-1)).

    Jitter is applied after the cap and never clamped by it, so that terminals do not gather at the cap; the half base
    keeps a lucky roll from hammering. `wide_s` is the least width of the jitter: what spreads a fleet.
    """
    top = min(cap_s, base_s * 2.0 ** min(max(faults, 1) - 1, 30))
    return base_s / 2 + roll * max(top, wide_s)


def stretched(asked_s: float, roll: float) -> float:
    """Retry-After is a lower bound; up to as much again keeps all terminals from coming back in one second."""
    return asked_s * (1 + roll)
