"""The pages of a store as they lie on the disk: what a deletion left can be seen, and only with the key."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from kiosk.domain.errors import StoreDamaged
from offline_cache import connection
from offline_cache.layout import DATABASE
from offline_cache.pages import pages

KEY = secrets.token_bytes(32)
MARK = b"a text that is nobody else's"


def places(folder: Path) -> set[str]:
    return {page.place for page in pages(folder, KEY) if MARK in page.data}


@pytest.mark.parametrize(("secure", "left"), [(True, set()), (False, {"free page"})])
def test_rows_that_were_deleted_are_seen_on_free_pages_unless_they_were_overwritten(
    tmp_path: Path, secure: bool, left: set[str]
) -> None:
    store = connection.connect(tmp_path / DATABASE, KEY)
    store.execute("CREATE TABLE t (text BLOB) STRICT")
    store.execute("INSERT INTO t VALUES (?)", (MARK * 1000,))
    assert places(tmp_path) == {"log frame"}
    store.pragma("wal_checkpoint", "truncate")
    assert places(tmp_path) == {"page"}

    store.pragma("secure_delete", secure)
    store.execute("DROP TABLE t")
    store.pragma("wal_checkpoint", "truncate")
    assert places(tmp_path) == left
    assert MARK not in (tmp_path / DATABASE).read_bytes()
    store.close()


def test_pages_of_another_key_are_not_taken_for_clean(tmp_path: Path) -> None:
    connection.connect(tmp_path / DATABASE, KEY).close()

    with pytest.raises(StoreDamaged):
        list(pages(tmp_path, secrets.token_bytes(32)))
