"""``package stats``: the figures of every item, printed or as JSON, and a check that no two differ only in words."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import MappingProxyType

from kiosk.app import exits
from kiosk.app.package.checks import proved
from kiosk.app.package.sources import Source, every_package, sources, today
from kiosk.authoring.stats import ItemStats, Walked, alike, item_stats
from kiosk.domain.counting import counted
from kiosk.forms import Context, PackageBundle, PackageError, ServicePackage, load_package

LIMIT = 200_000


def stats_command(paths: Sequence[Path], *, every: bool, as_json: bool) -> int:
    """Print the figures; 1 when a package cannot be read, or two of them differ only in words."""
    wanted = _loaded(sources(paths, every=every))
    # An item is told apart from all the tree holds, not only from those that were named.
    around = {package.id: package for _, package in _loaded(sources(every_package(), every=False))[0]}
    around |= {package.id: package for _, package in wanted[0]}
    found, failed = [], wanted[1]
    for bundle, package in wanted[0]:
        ctx = Context(today=today(), subject_kind=package.subject)
        proof, _ = proved(Source(Path(bundle.id), bundle), LIMIT, None)
        usual = proof.default_path if proof is not None else None
        walked = Walked(
            paths=proof.paths if proof is not None else 0,
            touches=proof.touches if proof is not None else 0,
            answers=usual.answers if usual is not None else MappingProxyType({}),
        )
        found.append(item_stats(package, walked, ctx, around.values()))
    same = alike([bundle for bundle, _ in wanted[0]])
    if as_json:
        report = {"items": [item.as_json() for item in found], "alike": same}
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        for item in found:
            _print(item)
        _print_totals(found)
        for one, other in same:
            print(f"error: {one} and {other} differ in nothing but words")
        if len(found) > 1 and not same:
            print(f"no two of these {len(found)} items differ only in words")
    return exits.FAILED if failed or same else exits.OK


def _loaded(found: Iterable[Source]) -> tuple[list[tuple[PackageBundle, ServicePackage]], bool]:
    """Those that load; whether one did not, which is said on standard error."""
    good: list[tuple[PackageBundle, ServicePackage]] = []
    failed = False
    for source in found:
        try:
            if source.error is not None:
                raise source.error
            if source.bundle is not None:
                good.append((source.bundle, load_package(source.bundle)))
        except PackageError as error:
            print(f"package: {source.name}: {error}", file=sys.stderr)
            failed = True
    return good, failed


def _print(item: ItemStats) -> None:
    print(f"{item.id} v{item.version}: {item.kind}, {item.subject}, {item.life_event}")
    print(
        f"  asks     {counted(item.pages, 'page')}, {counted(item.fields, 'field')} ({item.typed} to answer), "
        f"{counted(item.questions, 'question')} at the start; {counted(item.paths, 'way')}; "
        f"{counted(item.touches, 'touch', 'touches')}, {counted(item.minutes, 'minute')} on the usual one"
    )
    print(
        f"  papers   {item.papers}: {item.papers_waived_agency} waived by an agency, {item.papers_waived_licence} by "
        f"an e-licence; on the usual way {item.usual_needed} needed, {item.usual_waived_agency} + "
        f"{item.usual_waived_licence} waived"
    )
    days = "at once" if item.statutory_workdays == 0 else f"{item.promised_workdays} of {item.statutory_workdays} days"
    less = f" (−{item.days_saved:g} %)" if item.days_saved is not None else ""
    print(f"  time     {days}{less}, {counted(item.visits, 'visit')}; {', '.join(item.agencies)}")
    if item.before is not None and item.now is not None and item.saved is not None:
        pairs = [
            f"{name} {was} → {now} (−{item.saved[name]:g} %)" if name in item.saved else f"{name} {was} → {now}"
            for name, was, now in (
                ("materials", item.before.materials, item.now.materials),
                ("visits", item.before.visits, item.now.visits),
                ("workdays", item.before.workdays, item.now.workdays),
                ("forms", item.before.forms, item.now.forms),
            )
        ]
        print(f"  saves    {', '.join(pairs)}")
        if item.claimed is not None and item.claimed != item.now:
            said = item.claimed
            print(
                f"           but guide.json says of now: materials {said.materials}, visits {said.visits}, "
                f"workdays {said.workdays}, forms {said.forms}"
            )
    if item.own_rule is not None:
        print(f"  its own  {item.own_rule['zh-Hans']}\n           {item.own_rule['en']}")
    else:
        print("  its own  every rule of it stands in another item too")


def _print_totals(items: Sequence[ItemStats]) -> None:
    if len(items) < 2:
        return
    less = [item.days_saved for item in items if item.days_saved is not None]
    bundles = sum(1 for item in items if item.kind == "bundle")
    untyped = sum(1 for item in items if item.typed == 0)
    average = f"{sum(less) / len(less):.1f} %" if less else "nothing"
    print(
        f"{len(items)} items, {bundles} of them bundles; {sum(item.paths for item in items):,} ways; "
        f"promised days are {average} below the law on average; {untyped} items ask for nothing to be answered"
    )
