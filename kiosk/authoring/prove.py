"""Prove a package: walk every way through it and say what is wrong with where the ways lead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from kiosk.authoring.findings import Finding
from kiosk.authoring.judging import judge
from kiosk.authoring.paths import TooMany, Walker, Way
from kiosk.authoring.places import Places
from kiosk.forms import PackageBundle, bundle_from_folder, load_package

Progress = Callable[[int, int | None], None]
"""Called with the ways found so far and, once it is known, how many there are."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What walking every way through a package has shown.

    ``ends`` says how many ways end in ``submit``, ``answer`` (a query showed it), ``hand-off`` (a person finishes it),
    a reasoned ``cannot``, and, where there is a finding, a ``dead end``. ``touches`` and ``longest`` count the touches
    of the default path and of the longest one, ``papers`` the papers to bring on the path that needs most.
    ``complete`` is False when the walk was stopped at its limit.
    """

    paths: int
    ends: Mapping[str, int]
    findings: tuple[Finding, ...]
    touches: int
    longest: int
    papers: int
    default_path: Way | None = field(repr=False)
    complete: bool = True


def prove(
    source: Path | PackageBundle,
    *,
    progress: Progress | None = None,
    limit: int = 200_000,
    today: date | None = None,
) -> Proof:
    """Walk every way through a package. Raises :class:`kiosk.forms.PackageError` for a package that cannot be loaded.

    At most ``limit`` questions are answered before the walk is given up with a finding.
    """
    bundle = source if isinstance(source, PackageBundle) else bundle_from_folder(source)
    places = Places(bundle, load_package(bundle))
    walker = Walker(places, today or _today())
    complete = True
    try:
        tally = walker.count(progress, limit)
    except TooMany:
        tally, complete = walker.so_far, False
    found = sorted(judge(walker, tally, complete), key=lambda f: (f.file, f.line or 0, f.pointer, f.code))
    default = walker.default
    return Proof(
        sum(tally.ends.values()),
        {str(end): count for end, count in tally.ends.items()},
        tuple(found),
        default.touches if default is not None else 0,
        tally.longest,
        tally.papers,
        default,
        complete,
    )


def every_path(source: Path | PackageBundle, *, today: date | None = None) -> Iterator[Way]:
    """Each way through a package on its own, the default one first. May be very many."""
    bundle = source if isinstance(source, PackageBundle) else bundle_from_folder(source)
    yield from Walker(Places(bundle, load_package(bundle)), today or _today()).every()


def _today() -> date:
    return datetime.now().astimezone().date()
