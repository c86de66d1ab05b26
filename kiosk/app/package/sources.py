"""Packages as an author names them: a folder, a zip, or all that the tree holds."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from kiosk.app.options import ROOT
from kiosk.domain.time import local
from kiosk.forms import PackageBundle, PackageError, bundle_from_folder
from kiosk.forms.bundle import MAX_BUNDLE_BYTES, bundle_from_zip

SERVICES = ROOT / "config" / "services"


@dataclass(frozen=True, slots=True)
class Source:
    """One package where it lies: ``bundle``, or ``error`` when it cannot even be read."""

    path: Path
    bundle: PackageBundle | None
    error: PackageError | None = None

    @property
    def name(self) -> str:
        """How it is called in what is printed: its path as it was given."""
        return str(self.path)


def bundle_of(path: Path) -> PackageBundle:
    """The package in a folder or a zip. Raises :class:`PackageError`."""
    if path.suffix != ".zip":
        return bundle_from_folder(path)
    try:
        with path.open("rb") as file:
            return bundle_from_zip(file.read(MAX_BUNDLE_BYTES + 1))
    except OSError as error:
        raise PackageError(path.name, "/", f"cannot be read ({error.strerror})") from None


def today() -> date:
    """The local day, on which rules are read."""
    return local(datetime.now(UTC)).date()


def sources(paths: Sequence[Path], *, every: bool) -> Iterator[Source]:
    """The packages named, or every one of the tree."""
    for path in every_package() if every else paths:
        try:
            yield Source(path, bundle_of(path))
        except PackageError as error:
            yield Source(path, None, error)


def every_package() -> list[Path]:
    """The folders of the tree's packages, in name order, as one would type them from here."""
    folders = sorted(path for path in SERVICES.iterdir() if path.is_dir() and not path.name.startswith((".", "__")))
    try:
        return [path.relative_to(Path.cwd()) for path in folders]
    except ValueError:
        return folders


def loaded(path: Path) -> PackageBundle | None:
    """The package, or None after saying on standard error why not."""
    try:
        return bundle_of(path)
    except PackageError as error:
        print(f"package: {path}: {error}", file=sys.stderr)
        return None
