"""Opening the database: key, pragmas, library check, migrations, and what SQLite's errors mean here."""

from __future__ import annotations

import errno
import importlib.resources
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import apsw

from kiosk.domain.errors import (
    DiskFull,
    ReadOnlyStore,
    StoreDamaged,
    StoreError,
    StoreIoError,
    StoreLibraryTooOld,
    StoreTooNew,
)
from kiosk.ports.storage import CommitFault
from offline_cache.keys import derive

SqlValue = None | int | float | str | bytes

# The WAL-reset bug (3.7.0 to 3.51.2) can lose pages when two connections write or checkpoint.
OLDEST_SQLITE = (3, 51, 3)
WAL_LIMIT_BYTES = 4 << 20  # what is left of the file after a checkpoint
# How the check words a read that failed; a short read is a file that was cut, which is damage.
_UNREAD = re.compile(r"unable to get the page\. error code=(\d+)")
_ROW_BYTES = 4000  # fills the one page in which SQLite puts a row together
_FILE_NAME = re.compile(r"(\d{3})_[a-z0-9_]+\.sql")


# Small values are not put into a piece of memory that each connection keeps: what is freed there is not overwritten.
# This has to be said before SQLite begins; the import of apsw has begun it.
apsw.shutdown()
apsw.config(apsw.SQLITE_CONFIG_LOOKASIDE, 0, 0)
apsw.initialize()


def sqlite_version() -> str:
    """Version of the SQLite library that is really loaded."""
    return apsw.sqlite_lib_version()


def assert_library(version: str | None = None) -> None:
    """Raise StoreLibraryTooOld for a library with the WAL-reset bug."""
    text = version or sqlite_version()
    if tuple(int(part) for part in text.split(".")[:3]) < OLDEST_SQLITE:
        raise StoreLibraryTooOld(f"SQLite {text} is older than {'.'.join(map(str, OLDEST_SQLITE))}")


def connect(path: Path, key: bytes | None, *, vfs: str | None = None, read_only: bool = False) -> apsw.Connection:
    """A connection with key and pragmas set; the first page is read, so a wrong key or a damaged header shows here.

    Raises apsw errors; `fault_of` names them.
    """
    flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    # No statements are kept: each would hold on to the values it was last given.
    connection = apsw.Connection(str(path), flags=flags, vfs=vfs, statementcachesize=0)
    try:
        if key is not None:
            connection.pragma("cipher", "chacha20")
            connection.pragma("key", "raw:" + derive(key, "pages").hex())
        connection.set_busy_timeout(2000)
        connection.pragma("trusted_schema", False)
        connection.pragma("cell_size_check", True)
        connection.pragma("foreign_keys", True)
        connection.pragma("user_version")
        if not read_only:
            mode = connection.pragma("journal_mode", "wal")
            connection.pragma("synchronous", "full")
            connection.pragma("secure_delete", True)
            connection.pragma("journal_size_limit", WAL_LIMIT_BYTES)
            connection.pragma("temp_store", "memory")
            if mode != "wal" or connection.pragma("synchronous") != 2:
                raise StoreIoError("the database cannot be put into WAL mode with full synchronisation")
    except BaseException:
        connection.close(True)
        raise
    return connection


def migrations() -> tuple[tuple[int, str], ...]:
    """All migrations as (number, SQL), in order, without a gap."""
    found: list[tuple[int, str]] = []
    for entry in importlib.resources.files("offline_cache.migrations").iterdir():
        match = _FILE_NAME.fullmatch(entry.name)
        if match:
            found.append((int(match[1]), entry.read_text(encoding="utf-8")))
    found.sort()
    if [number for number, _ in found] != list(range(1, len(found) + 1)):
        raise StoreError("the migrations are not numbered 001, 002, …")
    return tuple(found)


def migrate(connection: apsw.Connection, steps: tuple[tuple[int, str], ...] | None = None) -> int:
    """Bring the schema forward, each step in its own transaction. Returns the schema number.

    Raises StoreTooNew, before anything is touched, when a later program wrote the file.
    """
    known = migrations() if steps is None else steps
    current = int(connection.pragma("user_version"))
    if current > len(known):
        raise StoreTooNew(f"the store has schema {current}, this program knows {len(known)}")
    for number, script in known[current:]:
        with transaction(connection):
            connection.execute(script)
            connection.pragma("user_version", number)
    return len(known)


def rollback(connection: apsw.Connection) -> None:
    """End a failed transaction; some errors have already ended it."""
    if connection.in_transaction:
        try:
            connection.execute("ROLLBACK")
        except apsw.Error:
            return


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """All of what is done inside, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise


def fetch(connection: apsw.Connection, sql: str, values: Sequence[SqlValue] = ()) -> list[tuple[Any, ...]]:
    """All rows. The tables are STRICT, so a column's type is what the migration says."""
    return cast("list[tuple[Any, ...]]", connection.execute(sql, tuple(values)).fetchall())


def forget_rows(connection: apsw.Connection) -> None:
    """Let go of what SQLite keeps in memory of rows: the place where a row is put together is overwritten by a long one
    that is never written, and cached pages go. No disk is touched. Raises apsw errors.
    """
    if not connection.readonly("main"):
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute("INSERT INTO print_journal (job_id, state, at) VALUES ('', ?, '')", (" " * _ROW_BYTES,))
        finally:
            rollback(connection)
    connection.pragma("shrink_memory")


def overwrite_first_page(connection: apsw.Connection) -> None:
    """Write the first page as it is. The checkpoint after it takes that page, which tells of nobody, through the
    piece of memory where the page of a case went before. Raises apsw errors.
    """
    connection.pragma("user_version", connection.pragma("user_version"))


def quick_check(connection: apsw.Connection, budget_s: float) -> bool:
    """True when the file looks whole, or when the time ran out before anything wrong was seen.

    Raises StoreIoError when a page could not be read: that says nothing about what is on it.
    """
    end = time.monotonic() + budget_s
    connection.set_progress_handler(lambda: time.monotonic() > end, 20_000)
    try:
        said = str(connection.pragma("quick_check", 1))
    except apsw.InterruptError:
        return True
    finally:
        connection.set_progress_handler(None)
    unread = _UNREAD.search(said)
    if unread and int(unread[1]) & 0xFF == apsw.SQLITE_IOERR and int(unread[1]) != apsw.SQLITE_IOERR_SHORT_READ:
        raise StoreIoError("a page of the database cannot be read")
    return said == "ok"


def fault_of(error: BaseException) -> CommitFault | None:
    """The commit fault an exception stands for; None for one that is a bug."""
    match error:
        case apsw.FullError():
            return CommitFault.DISK_FULL
        case apsw.ReadOnlyError() | apsw.PermissionsError():
            return CommitFault.READ_ONLY
        case apsw.CorruptError() | apsw.NotADBError() | apsw.FormatError():
            return CommitFault.DAMAGED
        case apsw.IOError() | apsw.CantOpenError() | apsw.BusyError() | apsw.LockedError() | apsw.NoMemError():
            return CommitFault.IO
        case OSError(errno=number):
            if number in (errno.ENOSPC, errno.EDQUOT):
                return CommitFault.DISK_FULL
            if number in (errno.EROFS, errno.EACCES, errno.EPERM):
                return CommitFault.READ_ONLY
            return CommitFault.IO
        case _:
            return None


def store_error(error: BaseException) -> StoreError | None:
    """The error leaf an exception becomes at the store's edge; None for one that is a bug."""
    if isinstance(error, StoreError):
        return error
    fault = fault_of(error)
    if fault is None:
        return None
    words = type(error).__name__
    match fault:
        case CommitFault.DISK_FULL:
            return DiskFull(f"no room on the disk ({words})")
        case CommitFault.READ_ONLY:
            return ReadOnlyStore(f"the store cannot be written ({words})")
        case CommitFault.DAMAGED:
            return StoreDamaged(f"the database is damaged ({words})")
        case _:
            return StoreIoError(f"input/output error ({words})")
