"""Read a package for what no walk shows: words, figures, papers, people, patterns. Says everything it finds at once."""

from __future__ import annotations

from datetime import date, datetime

from kiosk.authoring import lint_asking, lint_patterns, lint_promises, lint_texts, lint_values
from kiosk.authoring.findings import Finding
from kiosk.authoring.places import Places, refusal
from kiosk.forms import PackageBundle, PackageError, load_package


def lint(bundle: PackageBundle, *, today: date | None = None) -> tuple[Finding, ...]:
    """What is wrong in the files. A package that cannot be loaded has one finding, the loader's own reason."""
    try:
        package = load_package(bundle)
    except PackageError as error:
        return (refusal(bundle, error),)
    places = Places(bundle, package)
    found = [
        *lint_texts.findings(places),
        *lint_asking.findings(places),
        *lint_promises.findings(places),
        *lint_values.findings(places),
        *lint_patterns.findings(places, today or datetime.now().astimezone().date()),
    ]
    return tuple(sorted(found, key=lambda f: (f.file, f.line or 0, f.pointer, f.code)))
