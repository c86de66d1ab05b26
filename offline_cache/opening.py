"""Opening the store: check, bring forward, put a damaged one aside and rebuild it, make envelopes and rows agree."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import apsw

from kiosk.domain.errors import StoreDamaged
from kiosk.ports.storage import KV_SEALING_KEYS
from offline_cache import cases, errands, rows, values
from offline_cache.codec import errand_name, errand_of, is_errand, sealing_key
from offline_cache.connection import connect, fetch, migrate, migrations, quick_check, transaction
from offline_cache.envelopes import Content, Envelopes, Kept
from offline_cache.files import Ballast, fsync_folder
from offline_cache.keys import key_id
from offline_cache.layout import (
    DATABASE,
    ENVELOPES,
    QUARANTINE,
    REBUILD_MARK,
    SUSPECT_MARK,
    check_identity,
    write_identity,
)
from offline_cache.rebuild import (
    clear_mark,
    finish_quarantine,
    mark_rebuild,
    marked_quarantine,
    quarantine,
    restore,
    salvage,
)

log = logging.getLogger("kiosk.store")

CHECK_BUDGET_S = 5.0
# After damage showed itself in the run before, the check may take its time.
SUSPECT_BUDGET_S = 600.0


@dataclass(slots=True)
class Opened:
    """The connection and what was found on the way."""

    connection: apsw.Connection
    schema: int
    cleared_leases: int = 0
    recovered: bool = False
    recovered_cases: int = 0
    notes: list[str] = field(default_factory=list)


def has_store(state_dir: Path) -> bool:
    """True when something was written with a key: then a new key may not be made."""
    folder = state_dir / ENVELOPES
    return (state_dir / DATABASE).exists() or any(any(folder.glob(kind)) for kind in ("*.json", "*.env"))


def open_database(
    state_dir: Path, key: bytes | None, envelopes: Envelopes, ballast: Ballast, now: datetime, vfs: str | None
) -> Opened:
    """A store that can be used, or an error of apsw, of the disk, or a StoreError; `store_error` names them."""
    kid = key_id(key)
    if not has_store(state_dir) or not check_identity(state_dir, kid):
        write_identity(state_dir, kid)
    path = state_dir / DATABASE
    envelopes.load()
    finish_quarantine(state_dir)
    # A mark that is there already names the database to take over what can be read from.
    if not path.exists() and envelopes.holds_something() and not (state_dir / REBUILD_MARK).exists():
        mark_rebuild(state_dir)
    try:
        opened = _checked(path, key, ballast, vfs)
    except (apsw.CorruptError, apsw.NotADBError, UnicodeDecodeError, StoreDamaged) as error:
        log.error("store damaged, rebuilding: %s", type(error).__name__)
        quarantine(state_dir, now)
        connection = connect(path, key, vfs=vfs)
        opened = Opened(connection, migrate(connection))
    try:
        fsync_folder(state_dir)
        if (state_dir / REBUILD_MARK).exists():
            rebuild(opened, state_dir, key, envelopes, now)
        (state_dir / SUSPECT_MARK).unlink(missing_ok=True)
        envelopes.to = sealing_key(values.get(opened.connection, KV_SEALING_KEYS))
        try:
            agree(opened, state_dir, envelopes, now)
        except apsw.FullError:
            # A row that was owed when the disk was full; it comes before what the room is kept for.
            if not ballast.release():
                raise
            agree(opened, state_dir, envelopes, now)
    except BaseException:
        opened.connection.close(True)
        raise
    return opened


def _checked(path: Path, key: bytes | None, ballast: Ballast, vfs: str | None) -> Opened:
    """The database as it lies there, checked and brought forward. Raises what says that it is damaged."""
    budget = SUSPECT_BUDGET_S if path.with_name(SUSPECT_MARK).exists() else CHECK_BUDGET_S
    connection = connect(path, key, vfs=vfs)
    try:
        if not quick_check(connection, budget):
            raise StoreDamaged("quick_check found damage")
        if int(connection.pragma("user_version")) < len(migrations()):
            # Bringing it forward takes room, and a full disk is no reason to stop sending.
            ballast.release()
        opened = Opened(connection, migrate(connection))
        rows.read_cases(opened.connection)
        if cases.unsound(connection, budget):
            raise StoreDamaged("an unsent case is not what it was")
        tidy_leases(opened, ballast)
    except BaseException:
        connection.close(True)
        raise
    return opened


def tidy_leases(opened: Opened, ballast: Ballast) -> None:
    """Only tidying: a lease of another run counts for nothing, so sending can go on from a full disk."""
    try:
        with transaction(opened.connection):
            opened.cleared_leases = cases.clear_leases(opened.connection)
    except apsw.FullError as error:
        log.warning("leases of the last run not cleared: %s", type(error).__name__)
        ballast.release()


def rebuild(opened: Opened, state_dir: Path, key: bytes | None, envelopes: Envelopes, now: datetime) -> None:
    """Fill a new database from the damaged one and from the envelopes; begun again if it is cut off."""
    connection = opened.connection
    with transaction(connection):
        for damaged in marked_quarantine(state_dir):
            opened.recovered_cases += salvage(connection, damaged, key, now)
        opened.recovered_cases += restore(connection, envelopes, now)
        values.leap_sequence(connection)
    unreadable = envelopes.put_broken_aside(state_dir / QUARANTINE / ENVELOPES, everything=True)
    if unreadable:
        opened.notes.append("unreadable envelopes in quarantine")
    clear_mark(state_dir)
    opened.recovered = True
    log.warning("store rebuilt: cases=%d unreadable=%d", opened.recovered_cases, unreadable)


def agree(opened: Opened, state_dir: Path, envelopes: Envelopes, now: datetime) -> None:
    """Make envelopes and rows agree.

    An envelope without a row is a case. Either its row was lost without a trace, with the end of the WAL or an old
    copy; or the power went between envelope and COMMIT, as it may go between COMMIT and "submitted".
    """
    connection = opened.connection
    hashes = _stored(connection)
    envelopes.choose(hashes)
    for one in envelopes.kept():
        if one.name in hashes and not one.is_of(hashes[one.name]):
            _disagree(connection, envelopes, one)
    hashes = _stored(connection)
    ended = {case_id for (case_id,) in fetch(connection, f"SELECT case_id FROM cases WHERE NOT ({cases.UNSENT})")}
    envelopes.remove(ended)
    lost = [one.name for one in envelopes.kept() if one.name not in hashes]
    if lost:
        with transaction(connection):
            opened.recovered_cases += restore(connection, envelopes, now)
            # The numbers given last went with the rows.
            values.leap_sequence(connection)
        log.warning("rows made again from their envelopes: %s", ", ".join(lost))
        hashes = _stored(connection)
    if envelopes.put_broken_aside(state_dir / QUARANTINE / ENVELOPES, everything=bool(lost)):
        opened.notes.append("unreadable envelopes in quarantine")
    done = ended | {one.name for one in envelopes.kept()}
    write_again(connection, envelopes, [name for name in hashes if name not in done])
    reseal(connection, envelopes)


def _stored(connection: apsw.Connection) -> dict[str, str]:
    """Every case and errand by the name of its envelope, with the hash of its bytes."""
    found: dict[str, str] = dict(fetch(connection, "SELECT case_id, sha256 FROM cases"))
    for errand in errands.everything(connection):
        found[errand_name(errand.kind, errand.id)] = hashlib.sha256(errand.body).hexdigest()
    return found


def _disagree(connection: apsw.Connection, envelopes: Envelopes, one: Kept) -> None:
    """Row and envelope hold other bytes. A case proves its own; of an errand the envelope does."""
    log.error("an envelope holds other bytes than its row: %s", one.name)
    if is_errand(one.name):
        with transaction(connection):
            errands.done(connection, *errand_of(one.name))
    else:
        envelopes.give_up(one)


def reseal(connection: apsw.Connection, envelopes: Envelopes) -> None:
    """Once there is a key of the centre, no envelope stays under the terminal's own."""
    write_again(connection, envelopes, envelopes.not_to_centre())


def write_again(connection: apsw.Connection, envelopes: Envelopes, names: list[str]) -> None:
    """For what is stored and unsent. What cannot be written is tried again at the next start."""
    for name in names:
        content: Content | None
        if is_errand(name):
            content = errands.one(connection, *errand_of(name))
        else:
            content = cases.submission(connection, name)
        try:
            if content is not None:
                envelopes.write([content])
        except OSError as error:
            log.error("an envelope was not written: %s %s", name, type(error).__name__)
