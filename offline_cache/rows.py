"""Reading the tables: shared by the store's writer thread and the read-only view."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import apsw

from kiosk.ports.storage import CaseRow, CaseState, ErrandKind, JournalRow, OutboxSummary, PackageRow, StateAt
from offline_cache.codec import answer_value, errand_name, time_value
from offline_cache.connection import fetch

_CASE = (
    "SELECT seq, case_id, item_id, item_version, package_sha256, parent_id, kind, trace_id, session, state, attempts,"
    " sha256, created, sent, coalesce(reason, why), detail, answer, unconfirmed, coalesce(committed, created)"
    " FROM cases LEFT JOIN outbox USING (seq)"
)


def read_cases(
    connection: apsw.Connection,
    case_id: str | None = None,
    *,
    state: CaseState | None = None,
    session: str | None = None,
) -> tuple[CaseRow, ...]:
    """All cases in order of commit, or those asked for."""
    asked = {"case_id": case_id, "state": state and state.value, "session": session}
    wanted = {name: value for name, value in asked.items() if value is not None}
    which = f" WHERE {' AND '.join(f'{name} = ?' for name in wanted)}" if wanted else ""
    values = tuple(wanted.values())
    rows = fetch(connection, f"{_CASE}{which} ORDER BY seq", values)
    history: dict[int, list[StateAt]] = {}
    states = fetch(
        connection,
        f"SELECT seq, state, at FROM case_states WHERE seq IN (SELECT seq FROM cases{which}) ORDER BY id",
        values,
    )
    for seq, word, at in states:
        history.setdefault(seq, []).append(StateAt(CaseState(word), time_value(at)))
    return tuple(
        CaseRow(
            case_id=row[1],
            item=row[2],
            item_version=row[3],
            package_sha256=row[4],
            parent=row[5],
            kind=row[6],
            trace_id=row[7],
            session=row[8],
            state=CaseState(row[9]),
            attempts=row[10],
            sha256=row[11],
            created=time_value(row[12]),
            sent=None if row[13] is None else time_value(row[13]),
            reason=row[14],
            detail=row[15],
            answer=None if row[16] is None else answer_value(row[16]),
            states=(StateAt(CaseState.COMMITTED, time_value(row[18])), *history.get(row[0], ())),
            unconfirmed=bool(row[17]),
        )
        for row in rows
    )


def read_journal(connection: apsw.Connection) -> tuple[JournalRow, ...]:
    """One row per print job, in order of its first entry."""
    jobs: dict[str, JournalRow] = {}
    for job_id, case_id, state, at_text in fetch(
        connection, "SELECT job_id, case_id, state, at FROM print_journal ORDER BY id"
    ):
        at = time_value(at_text)
        before = jobs.get(job_id)
        jobs[job_id] = JournalRow(
            job_id=job_id,
            case_id=case_id if before is None else before.case_id or case_id,
            state=state,
            at=at,
            states=(*(() if before is None else before.states), (state, at)),
        )
    return tuple(jobs.values())


def read_outbox(connection: apsw.Connection) -> OutboxSummary:
    """How much is unsent."""
    counts: dict[str, int] = dict(fetch(connection, "SELECT state, count(*) FROM cases GROUP BY state"))
    oldest = fetch(connection, "SELECT min(created) FROM cases WHERE state NOT IN ('accepted', 'refused')")[0][0]
    return OutboxSummary(
        waiting=counts.get("committed", 0),
        sending=counts.get("sending", 0),
        parked=counts.get("parked", 0),
        oldest=None if oldest is None else time_value(oldest),
        errands=int(connection.execute("SELECT count(*) FROM errands").get),
        ended=counts.get("accepted", 0) + counts.get("refused", 0),
    )


def read_packages(
    connection: apsw.Connection, *, active_only: bool, key: tuple[str, int] | None = None
) -> tuple[PackageRow, ...]:
    """Stored packages by id; all, the active ones, or the one asked for."""
    sql = "SELECT id, version, sha256, etag, active, bundle FROM packages"
    if key is not None:
        rows = fetch(connection, f"{sql} WHERE id = ? AND version = ?", key)
    elif active_only:
        rows = fetch(connection, f"{sql} WHERE active = 1 ORDER BY id")
    else:
        rows = fetch(connection, f"{sql} ORDER BY id, version")
    return tuple(
        PackageRow(id=row[0], version=row[1], sha256=row[2], etag=row[3], active=bool(row[4]), bundle=row[5])
        for row in rows
    )


def verify_rows(connection: apsw.Connection, envelopes: Callable[[], tuple[str, ...]]) -> tuple[int, tuple[str, ...]]:
    """Count of cases and everything that does not hold: hashes, outbox rows, envelopes, the file itself.

    The envelopes are listed before and after, so that a case that comes or goes meanwhile is no problem.
    """
    problems: list[str] = []
    unsent: list[str] = []
    seen = set(envelopes())
    count = 0
    for case_id, body, sha256, state, queued in connection.execute(
        "SELECT case_id, body, sha256, state, EXISTS (SELECT 1 FROM outbox WHERE outbox.seq = cases.seq)"
        " FROM cases ORDER BY seq"
    ):
        count += 1
        if body is not None and hashlib.sha256(body).hexdigest() != sha256:
            problems.append(f"{case_id}: hash")
        if bool(queued) != (state in ("committed", "sending")):
            problems.append(f"{case_id}: outbox")
        if state not in ("accepted", "refused"):
            unsent.append(case_id)
    for kind, name in connection.execute("SELECT kind, name FROM errands ORDER BY id"):
        unsent.append(errand_name(ErrandKind(kind), name))
    seen.update(envelopes())
    problems.extend(f"{name}: envelope missing" for name in unsent if name not in seen)
    answer = connection.pragma("integrity_check", 1)
    if answer != "ok":
        problems.append("database: integrity")
    return count, tuple(problems)
