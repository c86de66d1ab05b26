"""How long to wait after a fault. Pure: `roll` is a random number in [0, 1)."""

from __future__ import annotations


def full_jitter(faults: int, roll: float, *, base_s: float, cap_s: float) -> float:
    """Seconds to wait after the n-th fault in a row: half a base, plus anything up to min(cap, base × 2^(n-1)).

    Jitter is applied after the cap and never clamped by it, so that terminals do not gather at the cap; the half base
    keeps a lucky roll from hammering.
    """
    top = min(cap_s, base_s * 2.0 ** min(max(faults, 1) - 1, 30))
    return base_s / 2 + roll * top


def stretched(asked_s: float, roll: float) -> float:
    """Retry-After is a lower bound; up to half of it more keeps all terminals from coming back in one second."""
    return asked_s * (1 + roll / 2)
