"""What a damaged database still gives, and how the new one is filled from it and from the envelopes.

A damaged file is moved aside, never reset. Case rows are taken over only when their bytes still have their hash;
envelopes fill in what is missing. A case known from its envelope alone is marked unconfirmed: the power may have
gone before the resident saw "submitted".
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import apsw

from offline_cache.codec import CASE_ID, time_text
from offline_cache.connection import connect
from offline_cache.files import fsync_folder, write_durably
from offline_cache.layout import DATABASE, ENVELOPES, QUARANTINE, REBUILD_MARK

_CASE_COLUMNS = (
    "case_id, parent_id, kind, item_id, item_version, package_sha256, trace_id, session, created, body, sha256,"
    " state, attempts, sent, reason, detail, answer, unconfirmed"
)
_SQL_VALUE = None | int | float | str | bytes


def mark_rebuild(state_dir: Path, folder: str = "") -> None:
    """Say, durably, that the envelopes are the truth until `clear_mark`; `folder` names the quarantine, if any."""
    write_durably(state_dir / REBUILD_MARK, folder.encode())


def clear_mark(state_dir: Path) -> None:
    """The new database holds everything."""
    (state_dir / REBUILD_MARK).unlink(missing_ok=True)
    fsync_folder(state_dir)


def quarantine(state_dir: Path, now: datetime) -> None:
    """Mark the rebuild, then move database, WAL and shared memory aside."""
    name = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    folder = state_dir / QUARANTINE / name
    folder.mkdir(parents=True, mode=0o700)
    mark_rebuild(state_dir, name)
    # The WAL goes first: a database without its WAL is old, a new database with an old WAL is wrong.
    for suffix in ("-wal", "-shm", ""):
        source = state_dir / (DATABASE + suffix)
        if source.exists():
            source.replace(folder / source.name)
    for path in (folder, folder.parent, state_dir):
        fsync_folder(path)


def marked_quarantine(state_dir: Path) -> Path | None:
    """The damaged database the running rebuild is about."""
    name = (state_dir / REBUILD_MARK).read_text(encoding="utf-8")
    path = state_dir / QUARANTINE / name / DATABASE
    return path if name and path.exists() else None


def keep_unreadable(state_dir: Path, names: tuple[str, ...]) -> None:
    """Put envelopes that cannot be opened aside; they are never deleted."""
    if not names:
        return
    folder = state_dir / QUARANTINE / ENVELOPES
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in names:
        (state_dir / ENVELOPES / name).replace(folder / name)
    fsync_folder(folder)
    fsync_folder(state_dir / ENVELOPES)


def salvage(connection: apsw.Connection, damaged: Path, key: bytes | None, at: datetime) -> int:
    """Copy what can still be read and proves itself; inside the caller's transaction. Returns the count of cases.

    Errors of the damaged file end the reading of one table, never the rebuild.
    """
    # A copy is read, so that the evidence keeps its WAL as it was found.
    work = damaged.with_name("reading.db")
    try:
        for suffix in ("", "-wal"):
            source = damaged.with_name(damaged.name + suffix)
            if source.exists():
                work.with_name(work.name + suffix).write_bytes(source.read_bytes())
        try:
            old = connect(work, key)
        except apsw.Error:
            return 0
        try:
            return _copy(old, connection, at)
        finally:
            old.close(True)
    except OSError:
        return 0
    finally:
        for suffix in ("", "-wal", "-shm"):
            work.with_name(work.name + suffix).unlink(missing_ok=True)


def _copy(old: apsw.Connection, new: apsw.Connection, at: datetime) -> int:
    count = 0
    for row in _rows(old, "cases", "seq", _CASE_COLUMNS):
        case_id, body, sha256, state = row[0], row[9], row[10], row[11]
        whole = (
            isinstance(case_id, str)
            and CASE_ID.fullmatch(case_id)
            and isinstance(body, bytes)
            and hashlib.sha256(body).hexdigest() == sha256
        )
        if not whole or new.execute("SELECT 1 FROM cases WHERE case_id = ?", (case_id,)).get:
            continue
        if state == "sending":
            state = "committed"
        marks = ",".join("?" * len(row))
        try:
            new.execute(f"INSERT INTO cases ({_CASE_COLUMNS}) VALUES ({marks})", (*row[:11], state, *row[12:]))
        except (apsw.ConstraintError, apsw.MismatchError):
            continue
        seq = new.last_insert_rowid()
        new.execute("INSERT INTO case_states (seq, state, at) VALUES (?, ?, ?)", (seq, state, time_text(at)))
        if state == "committed":
            new.execute(
                "INSERT INTO outbox (seq, not_before, set_at) VALUES (?, ?, ?)", (seq, time_text(at), time_text(at))
            )
        count += 1
    for row in _rows(old, "packages", "rowid", "id, version, sha256, etag, active, bundle"):
        bundle = row[5]
        if isinstance(bundle, bytes) and hashlib.sha256(bundle).hexdigest() == row[2]:
            new.execute(
                "INSERT OR IGNORE INTO packages (id, version, sha256, etag, active, bundle) VALUES (?,?,?,?,?,?)", row
            )
    for table, order, columns in (
        ("kv", "key", "key, value"),
        ("counters", "name", "name, value"),
        ("nonces", "nonce", "nonce, expires"),
        ("rating_tokens", "token", "token"),
        ("ratings", "token", "token, level, reasons"),
        ("print_journal", "id", "id, job_id, case_id, state, at"),
    ):
        marks = ",".join("?" * len(columns.split(",")))
        for row in _rows(old, table, order, columns):
            new.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", row)
    return count


def _rows(old: apsw.Connection, table: str, order: str, columns: str) -> Iterator[tuple[_SQL_VALUE, ...]]:
    """Rows from the front up to the damage, then from the back down to it."""
    seen: set[tuple[_SQL_VALUE, ...]] = set()
    for direction in ("ASC", "DESC"):
        try:
            for row in old.execute(f"SELECT {columns} FROM {table} ORDER BY {order} {direction}"):
                values = tuple(row)
                if values not in seen:
                    seen.add(values)
                    yield values
            return
        except apsw.Error:
            continue
