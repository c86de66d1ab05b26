"""Read a package for what no walk shows: words, figures, papers, people, patterns. Says everything it finds at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from kiosk.authoring import lint_asking, lint_patterns, lint_promises, lint_texts, lint_values
from kiosk.authoring.findings import Finding
from kiosk.authoring.places import Places, refusal
from kiosk.forms import PackageBundle, PackageError, load_package


def lint(
    bundle: PackageBundle, *, today: date | None = None, items: Collection[str] | None = None
) -> tuple[Finding, ...]:
    """What is wrong in the files. A package that cannot be loaded has one finding, the loader's own reason.

    ``items`` are the ids of all packages, where all are known: a child that names none of them is a finding.
    """
    try:
        package = load_package(bundle)
    except PackageError as error:
        return (refusal(bundle, error),)
    places = Places(bundle, package)
    day = today or datetime.now().astimezone().date()
    found = [
        *lint_texts.findings(places),
        *lint_asking.findings(places),
        *(lint_asking.strangers(places, items) if items is not None else ()),
        *lint_promises.findings(places),
        *lint_values.findings(places, day),
        *lint_patterns.findings(places, day),
    ]
    return tuple(sorted(found, key=lambda f: (f.file, f.line or 0, f.pointer, f.code)))
