"""Making a terminal empty: only when nothing is unsent, or when what is unsent provably lies in an export."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from kiosk.domain.counting import counted
from kiosk.domain.errors import UnsentCases
from offline_cache import cases, errands
from offline_cache.connection import fetch, store_error
from offline_cache.envelopes import Envelopes
from offline_cache.export import Exported, read_export
from offline_cache.files import Ballast, fsync_folder
from offline_cache.keys import KeySource
from offline_cache.layout import (
    DATABASE,
    ENVELOPES,
    IDENTITY,
    QUARANTINE,
    REBUILD_MARK,
    SUSPECT_MARK,
    unreadable_envelopes,
)
from offline_cache.lock import StateLock
from offline_cache.opening import has_store, open_database
from offline_cache.store import WallClock

_NOTHING = Exported(frozenset(), frozenset(), frozenset())


def wipe_state(state_dir: Path, *, keys: KeySource, clock: WallClock, exported: Path | None = None) -> None:
    """Remove store, envelopes and quarantine. Blocks; the terminal must not run.

    Raises UnsentCases while something unsent lies here that is not, with its hash, in the export `exported`; SecondCopy
    while the store is in use; another StoreError when it cannot be opened or the export cannot be read. The key stays.
    """
    if not state_dir.is_dir():
        return
    lock = StateLock(state_dir)
    try:
        if has_store(state_dir) or (state_dir / QUARANTINE).exists():
            _refuse_unsent(state_dir, keys, clock, _NOTHING if exported is None else read_export(exported))
        _remove(state_dir)
    except Exception as error:
        leaf = store_error(error)
        if leaf is None or leaf is error:
            raise
        raise leaf from error
    finally:
        lock.release()


def _refuse_unsent(state_dir: Path, keys: KeySource, clock: WallClock, safe: Exported) -> None:
    key = keys.load(create=not has_store(state_dir))
    (state_dir / ENVELOPES).mkdir(exist_ok=True, mode=0o700)
    envelopes = Envelopes(state_dir / ENVELOPES, key)
    try:
        connection = open_database(
            state_dir, key, envelopes, Ballast(state_dir / "ballast", 0), clock.now(), None
        ).connection
        try:
            unsent = set(fetch(connection, f"SELECT case_id, sha256 FROM cases WHERE {cases.UNSENT}"))
            waiting = {(one.kind.value, one.id, _sha(one.body)) for one in errands.everything(connection)}
        finally:
            connection.close(True)
    finally:
        envelopes.close()
    aside = {_sha(path.read_bytes()) for path in unreadable_envelopes(state_dir)}
    left = tuple(len(here - there) for here, there in ((unsent, safe.cases), (waiting, safe.errands)))
    pieces = len(aside - safe.unreadable)
    if any(left) or pieces:
        kept = counted(left[0], "case"), counted(left[1], "errand"), counted(pieces, "unreadable envelope")
        raise UnsentCases(f"unsent and not exported: {', '.join(kept)}")


def _remove(state_dir: Path) -> None:
    # The database goes last: with it gone and envelopes left, the next start would rebuild from them.
    for folder in (ENVELOPES, QUARANTINE):
        if (state_dir / folder).exists():
            shutil.rmtree(state_dir / folder)
    for name in (f"{DATABASE}-wal", f"{DATABASE}-shm", DATABASE, REBUILD_MARK, SUSPECT_MARK, "ballast", IDENTITY):
        (state_dir / name).unlink(missing_ok=True)
    fsync_folder(state_dir)


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
