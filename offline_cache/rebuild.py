"""What a damaged database still gives, and how the new one is filled from it and from the envelopes.

A damaged file is moved aside, never reset. Case rows are taken over only when their bytes still have their hash;
envelopes fill in what is missing. A case known from its envelope alone is marked unconfirmed: the power may have
gone before the resident saw "submitted".
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import apsw

from kiosk.ports.storage import Errand, Submission
from offline_cache import cases, errands
from offline_cache.codec import CASE_ID, errand_name, time_text
from offline_cache.connection import connect, fetch
from offline_cache.envelopes import Envelopes
from offline_cache.files import fsync_folder, write_durably
from offline_cache.layout import DATABASE, QUARANTINE, REBUILD_MARK
from offline_cache.sealed import look

_FIRST_COLUMNS = (
    "case_id, parent_id, kind, item_id, item_version, package_sha256, trace_id, session, created, body, sha256,"
    " state, attempts, sent, reason, detail, answer, unconfirmed"
)
_BREATH_BYTES = 1 << 20
_CASE_COLUMNS = _FIRST_COLUMNS + ", envelope, confirmed, file_count, committed"
log = logging.getLogger("kiosk.store")

_SQL_VALUE = None | int | float | str | bytes


def mark_rebuild(state_dir: Path, *folders: str) -> None:
    """Say, durably, that the envelopes are the truth until `clear_mark`; `folders` of the quarantine, first to last."""
    write_durably(state_dir / REBUILD_MARK, "\n".join(folders).encode())


def _marked(state_dir: Path) -> list[str]:
    mark = state_dir / REBUILD_MARK
    return mark.read_text(encoding="utf-8").split() if mark.exists() else []


def clear_mark(state_dir: Path) -> None:
    """The new database holds everything."""
    (state_dir / REBUILD_MARK).unlink(missing_ok=True)
    fsync_folder(state_dir)


def quarantine(state_dir: Path, now: datetime) -> None:
    """Mark the rebuild, then move database, WAL and shared memory aside.

    When it was the new database of a rebuild that was cut off, the mark goes on naming the one before as well.
    """
    name = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    (state_dir / QUARANTINE / name).mkdir(parents=True, mode=0o700)
    mark_rebuild(state_dir, *_marked(state_dir), name)
    _move_aside(state_dir, name)


def finish_quarantine(state_dir: Path) -> None:
    """After a crash between the moves: what is left of the damaged database follows the rest of it."""
    for name in _marked(state_dir)[-1:]:
        folder = state_dir / QUARANTINE / name
        if folder.exists() and not (folder / DATABASE).exists():
            _move_aside(state_dir, name)


def _move_aside(state_dir: Path, name: str) -> None:
    folder = state_dir / QUARANTINE / name
    # The WAL goes first: a database without its WAL is old, a new database with an old WAL is wrong.
    for suffix in ("-wal", "-shm", ""):
        source = state_dir / (DATABASE + suffix)
        if source.exists():
            source.replace(folder / source.name)
    for path in (folder, folder.parent, state_dir):
        fsync_folder(path)


def marked_quarantine(state_dir: Path) -> list[Path]:
    """The damaged databases the running rebuild is about, the first one first."""
    paths = [state_dir / QUARANTINE / name / DATABASE for name in _marked(state_dir)]
    return [path for path in paths if path.exists()]


class Breath:
    """Ends the caller's transaction and begins another whenever much was written, so that the log stays small.

    A rebuild may stop anywhere: until its mark is taken away the next start goes on with it.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._bytes = 0

    def after(self, *written: object) -> None:
        """These values went into the database."""
        self._bytes += sum(len(value) for value in written if isinstance(value, bytes))
        if self._bytes > _BREATH_BYTES:
            self._connection.execute("COMMIT")
            self._connection.execute("BEGIN IMMEDIATE")
            self._bytes = 0


def restore(connection: apsw.Connection, envelopes: Envelopes, now: datetime) -> int:
    """A row for every envelope that has none, inside the caller's transaction, or several; returns how many cases.

    One that only the centre can open becomes a row without a body. So does a case whose photographs are not all there.
    """
    count = 0
    breath = Breath(connection)
    errands_here = {errand_name(errand.kind, errand.id) for errand in errands.everything(connection)}
    for one in envelopes.kept():
        if one.name in errands_here:
            continue
        known = fetch(
            connection,
            "SELECT file_count > (SELECT count(*) FROM case_files WHERE case_files.seq = cases.seq)"
            f" AND body IS NOT NULL AND {cases.UNSENT} FROM cases WHERE case_id = ?",
            (one.name,),
        )
        if known and not known[0][0]:
            continue
        try:
            found = envelopes.open(one)
        except ValueError as error:
            log.error("envelope does not open: %s %s", one.name, type(error).__name__)
            envelopes.give_up(one)
            continue
        if isinstance(found, Errand):
            errands.add(connection, found, now)
            breath.after(found.body)
            log.warning("errand made again from its envelope: %s", one.name)
            continue
        if known:
            cases.withdraw(connection, one.name)
        if isinstance(found, Submission):
            cases.insert(connection, found, now, unconfirmed=True)
            breath.after(found.body, *(file.data for file in found.files))
        elif found.head is not None:
            cases.insert_sealed(connection, found.head, found.data, now)
            breath.after(found.data)
        count += not known
    return count


def salvage(connection: apsw.Connection, damaged: Path, key: bytes | None, at: datetime) -> int:
    """Copy what can still be read and proves itself; inside the caller's transaction, or several. Returns the cases.

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
    columns = _CASE_COLUMNS if old.pragma("user_version") >= 2 else _FIRST_COLUMNS
    moved: dict[_SQL_VALUE, int] = {}
    breath = Breath(new)
    for row in _rows(old, "cases", "seq", f"{columns}, seq"):
        found = dict(zip([*columns.replace(" ", "").split(","), "seq"], row, strict=True))
        case_id, state, before = found["case_id"], found["state"], found.pop("seq")
        if not _proves_itself(found):
            continue
        known = new.execute("SELECT seq FROM cases WHERE case_id = ?", (case_id,)).get
        if known is not None:
            moved[before] = known
            continue
        if state == "sending":
            found["state"] = state = "committed"
        marks = ",".join("?" * len(found))
        try:
            new.execute(f"INSERT INTO cases ({','.join(found)}) VALUES ({marks})", tuple(found.values()))
        except (apsw.ConstraintError, apsw.MismatchError):
            continue
        moved[before] = seq = new.last_insert_rowid()
        if state != "committed":
            new.execute("INSERT INTO case_states (seq, state, at) VALUES (?, ?, ?)", (seq, state, time_text(at)))
        if state == "committed":
            new.execute(
                "INSERT INTO outbox (seq, not_before, set_at) VALUES (?, ?, ?)", (seq, time_text(at), time_text(at))
            )
        count += 1
        breath.after(*found.values())
    for row in _rows(old, "files", "sha256", "sha256, media_type, data"):
        if isinstance(row[2], bytes) and hashlib.sha256(row[2]).hexdigest() == row[0]:
            _put(new, "files (sha256, media_type, data)", row)
            breath.after(*row)
    for row in _rows(old, "case_files", "seq, sha256", "seq, sha256"):
        if row[0] in moved and new.execute("SELECT 1 FROM files WHERE sha256 = ?", (row[1],)).get:
            _put(new, "case_files (seq, sha256)", (moved[row[0]], row[1]))
    for row in _rows(old, "packages", "rowid", "id, version, sha256, etag, active, bundle"):
        if isinstance(row[5], bytes) and hashlib.sha256(row[5]).hexdigest() == row[2]:
            _put(new, "packages (id, version, sha256, etag, active, bundle)", row)
    for table, order, columns in (
        ("kv", "key", "key, value"),
        ("counters", "name", "name, value"),
        ("nonces", "nonce", "nonce, expires"),
        ("rating_tokens", "token", "token"),
        ("ratings", "name", "name, token, item, level, reasons"),
        ("usage", "day, item, page, what, detail", "day, item, page, what, detail, count"),
        ("print_journal", "id", "id, job_id, case_id, state, at"),
        ("errands", "id", "id, kind, name, body, attempts, not_before, set_at"),
        ("draft", "one", "one, bytes"),
    ):
        for row in _rows(old, table, order, columns):
            _put(new, f"{table} ({columns})", row)
    return count


def _put(new: apsw.Connection, where: str, row: tuple[_SQL_VALUE, ...]) -> None:
    """What the table will not have is damage."""
    with contextlib.suppress(apsw.ConstraintError, apsw.MismatchError):
        new.execute(f"INSERT OR IGNORE INTO {where} VALUES ({','.join('?' * len(row))})", row)


def _proves_itself(found: Mapping[str, _SQL_VALUE]) -> bool:
    case_id, body, envelope = found["case_id"], found["body"], found.get("envelope")
    if not isinstance(case_id, str) or CASE_ID.fullmatch(case_id) is None:
        return False
    if isinstance(body, bytes):
        return hashlib.sha256(body).hexdigest() == found["sha256"]
    if isinstance(envelope, bytes):
        seen = look(envelope)
        return seen is not None and seen.name == case_id
    # Its bytes have gone because the centre has it for sure; nothing of it is to be sent.
    return found["state"] in ("accepted", "refused")


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
        except (apsw.Error, UnicodeDecodeError):
            continue
