"""Read a package for what no walk shows: words, figures, papers, people, patterns. Says everything it finds at once."""

from __future__ import annotations

from kiosk.authoring.findings import Finding
from kiosk.authoring.places import Places, refusal
from kiosk.forms import PackageBundle, PackageError, load_package


def lint(bundle: PackageBundle) -> tuple[Finding, ...]:
    """What is wrong in the files. A package that cannot be loaded has one finding, the loader's own reason."""
    try:
        package = load_package(bundle)
    except PackageError as error:
        return (refusal(bundle, error),)
    Places(bundle, package)
    return ()
