"""What is known of the city's other places: who could help where this terminal cannot, and how old that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Older than this nobody is sent anywhere because of it: a machine may have broken since.
STALE = timedelta(hours=6)
#: A clock that runs a little behind the centre's must not make fresh news look as if it came from tomorrow.
SKEW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class KnownMachine:
    """One terminal of a place: which devices worked (by name, see DEVICE_NAMES) when it was last heard of (UTC)."""

    working: frozenset[str]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class KnownSite:
    """One place. Texts are language -> words; ``distance_m`` is as the crow flies from this terminal's own place, None
    when this terminal's place is not on the list. ``staffed`` places have people who can do what a machine cannot.
    """

    id: str
    name: Mapping[str, str]
    staffed: bool
    hours: Mapping[str, str] | None = None
    distance_m: int | None = None
    machines: tuple[KnownMachine, ...] = ()

    def worked_at(self, alternatives: Iterable[frozenset[str]], now: datetime) -> datetime | None:
        """When one machine here last had everything of one of the ``alternatives``; None when none lately had."""
        sets = tuple(alternatives)
        fits = (
            machine.as_of
            for machine in self.machines
            if now - STALE <= machine.as_of <= now + SKEW and any(needed <= machine.working for needed in sets)
        )
        return max(fits, default=None)


def nearest(
    sites: Iterable[KnownSite], here: str, alternatives: Iterable[frozenset[str]], now: datetime
) -> tuple[KnownSite, datetime] | None:
    """The nearest other place where one of the ``alternatives`` worked lately, and when it did."""
    sets = tuple(alternatives)
    found = [(site, at) for site in sites if site.id != here and (at := site.worked_at(sets, now)) is not None]
    far = 10**9
    return min(found, key=lambda pair: far if pair[0].distance_m is None else pair[0].distance_m, default=None)
