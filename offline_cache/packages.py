"""Service packages in the store: kept by id and version, made visible all at once."""

from __future__ import annotations

import hashlib

import apsw

from kiosk.domain.errors import StoreError
from kiosk.ports.storage import PackagePut, PackageRow


def put(connection: apsw.Connection, offered: PackageRow) -> PackagePut:
    """Keep a package, inactive; inside the caller's transaction. The same id and version is never replaced."""
    if hashlib.sha256(offered.bundle).hexdigest() != offered.sha256:
        return PackagePut.BAD_HASH
    known = connection.execute(
        "SELECT sha256 FROM packages WHERE id = ? AND version = ?", (offered.id, offered.version)
    ).get
    if known is not None:
        return PackagePut.SAME if known == offered.sha256 else PackagePut.CONFLICT
    connection.execute(
        "INSERT INTO packages (id, version, sha256, etag, active, bundle) VALUES (?, ?, ?, ?, 0, ?)",
        (offered.id, offered.version, offered.sha256, offered.etag, offered.bundle),
    )
    return PackagePut.STORED


def activate(connection: apsw.Connection, chosen: tuple[tuple[str, int], ...]) -> None:
    """Make exactly these active and drop the others, except what somebody may still need.

    That is what an unsent case was filled in with, and the last two versions of each: parked work and the draft do not
    say in the open which they need, and were begun with one of those.
    """
    if len({id for id, _ in chosen}) != len(chosen):
        raise StoreError("one version of each package can be active")
    connection.execute("UPDATE packages SET active = 0 WHERE active = 1")
    for id, version in chosen:
        connection.execute("UPDATE packages SET active = 1 WHERE id = ? AND version = ?", (id, version))
        if connection.changes() != 1:
            raise StoreError(f"package {id} {version} is not stored")
    connection.execute(
        "DELETE FROM packages WHERE active = 0"
        " AND version < (SELECT version FROM packages AS other WHERE other.id = packages.id"
        " ORDER BY version DESC LIMIT 1 OFFSET 1)"
        " AND NOT EXISTS (SELECT 1 FROM cases WHERE item_id = packages.id AND item_version = packages.version"
        " AND state NOT IN ('accepted', 'refused'))"
    )
