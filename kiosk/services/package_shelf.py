"""The very version of an item that a draft began with: among those on offer, kept here, or fetched from the centre.

A package that comes from anywhere is checked like any other, and has to be the one that was named, to the byte.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable

from kiosk.domain.errors import StoreError
from kiosk.forms import PackageBundle, PackageError, ServicePackage, load_package
from kiosk.ports.central import CaseApi, PackageDownload
from kiosk.ports.storage import CaseStore

log = logging.getLogger("kiosk.services")
STORE_WAIT_S = 2.0
FETCH_WAIT_S = 5.0


class PackageShelf:
    """Blocks; for worker threads."""

    def __init__(self, store: CaseStore, api: CaseApi) -> None:
        self._store = store
        self._api = api

    def find(
        self, item_id: str, version: int, sha256: str, offered: Iterable[ServicePackage], *, fetch: bool = True
    ) -> ServicePackage | None:
        """That version with that hash, or None. What is fetched is kept, so that it is there after a crash."""
        named = (item_id, version, sha256)
        for package in offered:
            if (package.id, package.version, package.sha256) == named:
                return package
        row = self._store.package(item_id, version).result(STORE_WAIT_S)
        if row is not None and row.sha256 == sha256:
            return _loaded(row.bundle, named)
        return self._fetched(named) if fetch else None

    def _fetched(self, named: tuple[str, int, str]) -> ServicePackage | None:
        answer = self._api.package(named[0], named[1], None, FETCH_WAIT_S)
        if not isinstance(answer, PackageDownload) or hashlib.sha256(answer.bundle).hexdigest() != named[2]:
            return None
        package = _loaded(answer.bundle, named)
        if package is not None:
            try:
                self._store.put_package(*named, answer.bundle, answer.etag).result(STORE_WAIT_S)
            except (StoreError, TimeoutError) as error:
                log.warning("fetched package not kept: %s", type(error).__name__)
        return package


def _loaded(bundle: bytes, named: tuple[str, int, str]) -> ServicePackage | None:
    try:
        package = load_package(PackageBundle.from_bytes(bundle))
    except PackageError as error:
        log.warning("package of a draft refused: %s", error)
        return None
    return package if (package.id, package.version, package.sha256) == named else None
