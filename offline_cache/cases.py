"""Cases and their outbox: functions over the store's connection, inside its transactions."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import apsw

from kiosk.domain.errors import StoreError
from kiosk.ports.central import LocalFile
from kiosk.ports.storage import (
    AttemptOutcome,
    CaseRow,
    CaseState,
    CommitFault,
    Ended,
    OutboxEntry,
    Park,
    Postpone,
    Submission,
)
from offline_cache import rows
from offline_cache.codec import answer_text, time_text, time_value
from offline_cache.connection import fetch

UNSENT = "state NOT IN ('accepted', 'refused')"


@dataclass(frozen=True, slots=True)
class Head:
    """What an envelope says openly of its case."""

    case_id: str
    parent_id: str | None
    kind: str
    item_id: str
    item_version: int
    package_sha256: str
    trace_id: str
    created: datetime
    sha256: str


def fresh(connection: apsw.Connection, submissions: tuple[Submission, ...]) -> tuple[Submission, ...] | CommitFault:
    """Those that are not stored yet; a conflict when an id is known with other bytes."""
    new: list[Submission] = []
    for item in submissions:
        known = connection.execute("SELECT sha256 FROM cases WHERE case_id = ?", (item.case_id,)).get
        if known is None:
            new.append(item)
        elif known != item.sha256:
            return CommitFault.CONFLICT
    return tuple(new)


def look_for_none(connection: apsw.Connection) -> None:
    """Have in memory again what the next commit looks its id up in: the first page and ids, which tell of nobody."""
    connection.execute("SELECT sha256 FROM cases WHERE case_id = ''")


def insert(connection: apsw.Connection, item: Submission, now: datetime, *, unconfirmed: bool = False) -> None:
    """A case with its photographs and its outbox entry."""
    seq = _insert(connection, item, item.session, item.body, None, now, unconfirmed=unconfirmed)
    files = {file.sha256: file for file in item.files}
    for file in files.values():
        connection.execute(
            "INSERT OR IGNORE INTO files (sha256, media_type, data) VALUES (?, ?, ?)",
            (file.sha256, file.media_type, file.data),
        )
        connection.execute("INSERT INTO case_files (seq, sha256) VALUES (?, ?)", (seq, file.sha256))
    if files:
        connection.execute("UPDATE cases SET file_count = ? WHERE seq = ?", (len(files), seq))


def insert_sealed(connection: apsw.Connection, head: Head, envelope: bytes, now: datetime) -> None:
    """A case of which nothing is left but what only the centre can open."""
    _insert(connection, head, "", None, envelope, now, unconfirmed=True)


def _insert(
    connection: apsw.Connection,
    head: Head | Submission,
    session: str,
    body: bytes | None,
    envelope: bytes | None,
    now: datetime,
    *,
    unconfirmed: bool,
) -> int:
    at = time_text(now)
    connection.execute(
        "INSERT INTO cases (case_id, parent_id, kind, item_id, item_version, package_sha256, trace_id, session,"
        " created, body, envelope, sha256, state, unconfirmed, committed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'committed', ?, ?)",
        (
            head.case_id,
            head.parent_id,
            head.kind,
            head.item_id,
            head.item_version,
            head.package_sha256,
            head.trace_id,
            session,
            time_text(head.created),
            body,
            envelope,
            head.sha256,
            int(unconfirmed),
            at,
        ),
    )
    seq = connection.last_insert_rowid()
    connection.execute("INSERT INTO outbox (seq, not_before, set_at) VALUES (?, ?, ?)", (seq, at, at))
    return seq


def withdraw(connection: apsw.Connection, case_id: str) -> None:
    """Take the row away; it is to be made again from its envelope."""
    leave_outbox(connection, case_id)
    connection.execute("UPDATE cases SET withdrawn = 1 WHERE case_id = ?", (case_id,))
    connection.execute("DELETE FROM cases WHERE case_id = ?", (case_id,))
    drop_unnamed_files(connection)


def body(connection: apsw.Connection, case_id: str) -> bytes | None:
    """The exact bytes; None when there are none (any more)."""
    found = connection.execute("SELECT body FROM cases WHERE case_id = ?", (case_id,)).get
    return found if isinstance(found, bytes) else None


def file(connection: apsw.Connection, sha256: str) -> LocalFile | None:
    """A photograph by its hash."""
    found = fetch(connection, "SELECT sha256, media_type, data FROM files WHERE sha256 = ?", (sha256,))
    return LocalFile(*found[0]) if found else None


def due(
    connection: apsw.Connection, now: datetime, limit: int, first: tuple[str, ...], last: tuple[str, ...], run: str
) -> tuple[OutboxEntry, ...]:
    """Entries that may be tried now and are not leased to this run."""
    at = time_text(now)
    found = fetch(
        connection,
        "SELECT seq, case_id, coalesce(body, envelope), sha256, trace_id, attempts, unconfirmed, body IS NULL"
        " FROM cases JOIN outbox USING (seq)"
        # set_at later than now: the clock was turned back, so not_before means nothing.
        " WHERE (lease IS NULL OR lease <> ?) AND (not_before <= ? OR set_at > ?)"
        " ORDER BY case_id NOT IN (SELECT value FROM json_each(?)),"
        " case_id IN (SELECT value FROM json_each(?)), attempts, seq LIMIT ?",
        (run, at, at, json.dumps(first), json.dumps(last), limit),
    )
    return tuple(
        OutboxEntry(
            seq=row[0],
            case_id=row[1],
            body=row[2],
            sha256=row[3],
            trace_id=row[4],
            attempts=row[5],
            unconfirmed=bool(row[6]),
            sealed=bool(row[7]),
        )
        for row in found
    )


def next_due(connection: apsw.Connection, run: str) -> datetime | None:
    """The earliest time at which something waits to be tried."""
    found = connection.execute("SELECT min(not_before) FROM outbox WHERE lease IS NULL OR lease <> ?", (run,)).get
    return None if found is None else time_value(str(found))


def mark_sending(connection: apsw.Connection, case_ids: tuple[str, ...], run: str, now: datetime) -> None:
    """Lease them to this run."""
    for case_id in case_ids:
        connection.execute(
            "UPDATE outbox SET lease = ? WHERE seq = (SELECT seq FROM cases WHERE case_id = ?)", (run, case_id)
        )
        if connection.changes():
            _set_state(connection, case_id, CaseState.SENDING, now)


def record(connection: apsw.Connection, case_id: str, outcome: AttemptOutcome, now: datetime) -> CaseRow | None:
    """Write what became of an attempt; the row as it is now."""
    row = one(connection, case_id)
    if row is None or row.state.ended:
        return row
    at = time_text(now)
    match outcome:
        case Ended(answer):
            connection.execute(
                "UPDATE cases SET sent = ?, answer = ?, reason = NULL, detail = NULL, attempts = attempts + 1"
                " WHERE case_id = ?",
                (at, answer_text(answer), case_id),
            )
            leave_outbox(connection, case_id)
            _set_state(
                connection, case_id, CaseState.REFUSED if answer.status == "refused" else CaseState.ACCEPTED, now
            )
        case Park(reason, detail):
            connection.execute(
                "UPDATE cases SET reason = ?, detail = ?, attempts = attempts + 1 WHERE case_id = ?",
                (reason, detail, case_id),
            )
            leave_outbox(connection, case_id)
            _set_state(connection, case_id, CaseState.PARKED, now)
        case Postpone(not_before, counts, why):
            connection.execute("UPDATE cases SET attempts = attempts + ? WHERE case_id = ?", (int(counts), case_id))
            connection.execute(
                "UPDATE outbox SET lease = NULL, not_before = ?, set_at = ?, why = ?"
                " WHERE seq = (SELECT seq FROM cases WHERE case_id = ?)",
                (time_text(not_before), at, why, case_id),
            )
            _unset_sending(connection, case_id)
    return one(connection, case_id)


def queue_again(connection: apsw.Connection, case_id: str, now: datetime) -> None:
    """Back into the outbox, to be sent now."""
    at = time_text(now)
    connection.execute(
        "INSERT INTO outbox (seq, not_before, set_at) SELECT seq, ?, ? FROM cases WHERE case_id = ?", (at, at, case_id)
    )
    connection.execute("UPDATE cases SET reason = NULL, detail = NULL WHERE case_id = ?", (case_id,))
    _set_state(connection, case_id, CaseState.COMMITTED, now)


def retry_parked(connection: apsw.Connection, case_id: str, now: datetime) -> bool:
    """False when it is not parked."""
    row = one(connection, case_id)
    if row is None or row.state is not CaseState.PARKED:
        return False
    queue_again(connection, case_id, now)
    return True


def unsound(connection: apsw.Connection, budget_s: float) -> bool:
    """True when the bytes of an unsent case are not what they were; only as far as the time allows."""
    end = time.monotonic() + budget_s
    for body, sha256 in connection.execute(f"SELECT body, sha256 FROM cases WHERE body IS NOT NULL AND {UNSENT}"):
        if hashlib.sha256(body).hexdigest() != sha256:
            return True
        if time.monotonic() > end:
            return False
    return False


def clear_leases(connection: apsw.Connection) -> int:
    """Whatever was "sending" belonged to a run that is over. Returns how many."""
    connection.execute("UPDATE cases SET state = 'committed' WHERE state = 'sending'")
    cleared = connection.changes()
    connection.execute(
        "DELETE FROM case_states WHERE state = 'sending'"
        " AND id IN (SELECT max(id) FROM case_states GROUP BY seq)"
        " AND seq IN (SELECT seq FROM outbox WHERE lease IS NOT NULL)"
    )
    connection.execute("UPDATE outbox SET lease = NULL WHERE lease IS NOT NULL")
    return cleared


def one(connection: apsw.Connection, case_id: str) -> CaseRow | None:
    """The case asked for."""
    return next(iter(rows.read_cases(connection, case_id)), None)


def submission(connection: apsw.Connection, case_id: str) -> Submission | bytes:
    """A stored case as it was submitted, or its envelope where that is all there is of it."""
    found = fetch(
        connection,
        "SELECT case_id, parent_id, item_id, item_version, package_sha256, trace_id, session, created, body, sha256,"
        " kind, envelope FROM cases WHERE case_id = ?",
        (case_id,),
    )
    if not found or (found[0][8] is None and found[0][11] is None):
        raise StoreError(f"no such case, or its bytes are gone: {case_id}")
    row = found[0]
    if row[8] is None:
        return bytes(row[11])
    files = fetch(
        connection,
        "SELECT sha256, media_type, data FROM files WHERE sha256 IN (SELECT case_files.sha256 FROM case_files"
        " JOIN cases USING (seq) WHERE case_id = ?) ORDER BY sha256",
        (case_id,),
    )
    return Submission(
        case_id=row[0],
        parent_id=row[1],
        item_id=row[2],
        item_version=row[3],
        package_sha256=row[4],
        trace_id=row[5],
        session=row[6],
        created=time_value(row[7]),
        body=row[8],
        sha256=row[9],
        kind=row[10],
        files=tuple(LocalFile(*file) for file in files),
    )


def unsent(connection: apsw.Connection) -> Iterator[tuple[str, Submission | bytes]]:
    """Every case the centre has not answered, in order of commit, one after the other."""
    for row in fetch(connection, f"SELECT case_id FROM cases WHERE {UNSENT} ORDER BY seq"):
        yield row[0], submission(connection, row[0])


def leave_outbox(connection: apsw.Connection, case_id: str) -> None:
    """Nothing of this case is to be sent any more, or not now."""
    connection.execute("DELETE FROM outbox WHERE seq = (SELECT seq FROM cases WHERE case_id = ?)", (case_id,))


def drop_unnamed_files(connection: apsw.Connection) -> int:
    """Photographs that no case names any more."""
    connection.execute("DELETE FROM files WHERE sha256 NOT IN (SELECT sha256 FROM case_files)")
    return connection.changes()


def _set_state(connection: apsw.Connection, case_id: str, state: CaseState, now: datetime) -> None:
    connection.execute("UPDATE cases SET state = ? WHERE case_id = ?", (state.value, case_id))
    connection.execute(
        "INSERT INTO case_states (seq, state, at) SELECT seq, ?, ? FROM cases WHERE case_id = ?",
        (state.value, time_text(now), case_id),
    )


def _unset_sending(connection: apsw.Connection, case_id: str) -> None:
    """Back to committed; an attempt that came to nothing leaves no line, so a long outage does not fill the disk."""
    connection.execute(
        "DELETE FROM case_states WHERE state = 'sending' AND id ="
        " (SELECT max(id) FROM case_states WHERE seq = (SELECT seq FROM cases WHERE case_id = ?))",
        (case_id,),
    )
    connection.execute("UPDATE cases SET state = 'committed' WHERE case_id = ? AND state = 'sending'", (case_id,))
