"""Photographs that cases name: each kept once, under the SHA-256 of its bytes, in the database itself.

A file comes by itself (:mod:`central.uploads`) or inside a sealed case, and is here whole or not at all. What no case
has named within a week is given up; whoever still needs it is told that it is missing and sends it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from central.store import Store, case_files, files
from central.words import Clock, stamp

MAX_FILE_BYTES = 8 << 20
KEPT_UNNAMED = timedelta(days=7)
BEGINS: Mapping[str, bytes] = {"image/jpeg": b"\xff\xd8\xff", "application/pdf": b"%PDF-"}
"""Media type -> how every file of it begins."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a file without its bytes. ``media_type`` is what its first bytes say, "" for neither kind."""

    size: int
    media_type: str


def looked_at(data: bytes) -> Kept:
    """The same of bytes at hand."""
    return Kept(len(data), next((kind for kind, begin in BEGINS.items() if data.startswith(begin)), ""))


class Files:
    """All files, by hash."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def known(self, hashes: Iterable[str], connection: Connection | None = None) -> dict[str, Kept]:
        """Those of these hashes that are here; ``connection`` to look inside a transaction."""
        wanted = select(files.c.sha256, files.c.size, files.c.media_type).where(files.c.sha256.in_(set(hashes)))
        if connection is None:
            with self._store.read() as own:
                rows = own.execute(wanted).all()
        else:
            rows = connection.execute(wanted).all()
        return {row.sha256: Kept(row.size, row.media_type) for row in rows}

    def keep(self, connection: Connection, data: bytes) -> None:
        """Store these bytes under their hash, or say of those that are here that they are wanted still."""
        sha256, seen = hashlib.sha256(data).hexdigest(), looked_at(data)
        if self.want(connection, sha256):
            return
        row = {"sha256": sha256, "size": seen.size, "media_type": seen.media_type, "data": data}
        row["stored_at"] = stamp(self._clock())
        try:
            with connection.begin_nested():
                connection.execute(insert(files).values(row))
        except IntegrityError:
            pass  # somebody else brought the same bytes in this moment

    def want(self, connection: Connection, sha256: str) -> bool:
        """Say of a file that it is wanted still; False when it is not here."""
        again = update(files).where(files.c.sha256 == sha256).values(stored_at=stamp(self._clock()))
        return bool(connection.execute(again).rowcount)

    def name(self, connection: Connection, case_id: str, hashes: Iterable[str]) -> None:
        """Say that a case names these files, so that they stay as long as it does."""
        rows = [{"case_id": case_id, "sha256": one} for one in sorted(set(hashes))]
        if rows:
            connection.execute(insert(case_files), rows)

    def sweep(self) -> int:
        """Give up what no case has named for a week; how many."""
        before = stamp(self._clock() - KEPT_UNNAMED)
        given_up = (files.c.stored_at < before) & files.c.sha256.not_in(select(case_files.c.sha256))
        with self._store.read() as connection:
            if connection.execute(select(files.c.sha256).where(given_up).limit(1)).first() is None:
                return 0
        with self._store.write() as connection:
            return connection.execute(delete(files).where(given_up)).rowcount
