"""Which items may be offered: the packages last fetched, or the seed; wrong ones are named, never used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from kiosk.flow.events import CatalogueLoaded
from kiosk.forms import PackageBundle, PackageError, ServicePackage, load_package, load_packages
from kiosk.ports.events import EventLog
from kiosk.ports.storage import KV_CATALOGUE_REFUSED, CaseStore

SEED = Path(__file__).resolve().parents[2] / "config" / "services"


def why_refused(bundle: bytes) -> str | None:
    """The check a package must pass before it is kept."""
    try:
        load_package(PackageBundle.from_bytes(bundle))
    except PackageError as error:
        return str(error)
    return None


def load_catalogue(store: CaseStore, publish: Callable[[object], None], log: EventLog) -> None:
    """The packages last fetched; the seed on a terminal that never reached its centre. Wrong ones are only named."""
    packages: list[ServicePackage] = []
    refused: list[str] = []
    rows = store.active_packages().result()
    for row in rows:
        try:
            packages.append(load_package(PackageBundle.from_bytes(row.bundle)))
        except PackageError as error:
            refused.append(f"{row.id}/{error}")
    if not rows:
        report = load_packages(SEED)
        packages += report.packages
        refused += [str(error) for error in report.errors]
    reasons = json.loads(store.get(KV_CATALOGUE_REFUSED).result() or "{}")
    refused += [f"{item}/{reason}" for item, reason in sorted(reasons.items())]
    for problem in refused:
        log.emit("package.refused", code=problem.partition("/")[0])
    publish(CatalogueLoaded(tuple(packages), tuple(refused)))
