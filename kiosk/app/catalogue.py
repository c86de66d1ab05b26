"""Which items may be offered: the packages last fetched, or the seed; wrong ones are named, never used."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from kiosk.domain.errors import StoreError
from kiosk.flow.events import CatalogueLoaded
from kiosk.forms import PackageBundle, PackageError, ServicePackage, load_package, load_packages
from kiosk.ports.events import EventLog
from kiosk.ports.storage import KV_CATALOGUE_REFUSED, CaseStore, PackageRow

log = logging.getLogger("kiosk.app")
STORE_WAIT_S = 30.0
SEED = Path(__file__).resolve().parents[2] / "config" / "services"


def why_refused(bundle: bytes) -> str | None:
    """The check a package must pass before it is kept."""
    try:
        load_package(PackageBundle.from_bytes(bundle))
    except PackageError as error:
        return str(error)
    return None


def load_catalogue(
    store: CaseStore,
    publish: Callable[[object], None],
    events: EventLog,
    stand_back: Callable[[], None] = lambda: None,
) -> None:
    """The packages last fetched; the seed on a terminal that never reached its centre. Wrong ones are only named.

    ``stand_back`` is called before each package and may hold the loading up for a moment.

    A store that cannot be read leaves the seed: whether anything may be filed is for the store to say, not for a list
    that never comes.
    """
    packages: list[ServicePackage] = []
    refused: list[str] = []
    rows, reasons = _kept(store)
    for row in rows:
        stand_back()
        try:
            package = load_package(PackageBundle.from_bytes(row.bundle))
        except PackageError as error:
            refused.append(f"{row.id}/{error}")
        except Exception as error:  # a package must never stop the others, whatever its checker trips over
            log.error("package checker failed: %s", type(error).__name__)
            refused.append(f"{row.id}/checker failed ({type(error).__name__})")
        else:
            if (package.id, package.version) == (row.id, row.version):
                packages.append(package)
            else:
                refused.append(f"{row.id}/package.json: /id: is not the package that the catalogue named")
    if not rows:
        report = load_packages(SEED)
        packages += report.packages
        refused += [str(error) for error in report.errors]
    refused += [f"{item}/{reason}" for item, reason in sorted(reasons.items())]
    for problem in refused:
        events.emit("package.refused", code=problem.partition("/")[0].replace(" ", "."))
        print(f"package refused: {problem}", file=sys.stderr)
    publish(CatalogueLoaded(tuple(packages), tuple(refused)))


def _kept(store: CaseStore) -> tuple[tuple[PackageRow, ...], Mapping[str, str]]:
    """The packages the store keeps, and why the centre's others were refused."""
    try:
        rows = store.active_packages().result(STORE_WAIT_S)
        reasons = store.get(KV_CATALOGUE_REFUSED).result(STORE_WAIT_S)
    except (StoreError, TimeoutError) as error:
        log.error("catalogue not read: %s", type(error).__name__)
        return (), {}
    try:
        return rows, json.loads(reasons or "{}")
    except ValueError:
        log.warning("refused packages are not readable")
        return rows, {}
