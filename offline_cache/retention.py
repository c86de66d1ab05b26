"""After the answer: ask the centre again, send again what it lost, and keep no person longer than needed.

Nothing goes by age alone. The bytes of a case go only after the centre has said once more that it holds it, and while
a case of the same visit is unsent none of that visit go.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import apsw

from kiosk.ports.storage import Retention
from offline_cache import cases, usage
from offline_cache.codec import time_text, without_person
from offline_cache.connection import fetch


def to_confirm(
    connection: apsw.Connection, now: datetime, wanted: Retention, limit: int
) -> tuple[tuple[str, str], ...]:
    """(case id, hash) of ended cases whose bytes are here and about which it is time to ask."""
    rows = fetch(
        connection,
        "SELECT case_id, sha256 FROM cases WHERE state IN ('accepted', 'refused')"
        " AND (body IS NOT NULL OR envelope IS NOT NULL)"
        # Later than now: the clock was turned back.
        " AND (coalesce(confirmed, sent) <= ? OR coalesce(confirmed, sent) > ?) ORDER BY seq LIMIT ?",
        (_before(now, wanted.ask_again), time_text(now), limit),
    )
    return tuple((case_id, sha256) for case_id, sha256 in rows)


def confirm(connection: apsw.Connection, known: tuple[str, ...], now: datetime) -> None:
    """The centre says that it still holds these."""
    connection.execute(
        "UPDATE cases SET confirmed = ? WHERE state IN ('accepted', 'refused')"
        " AND case_id IN (SELECT value FROM json_each(?))",
        (time_text(now), json.dumps(known)),
    )


def lost_here(connection: apsw.Connection, lost: tuple[str, ...]) -> tuple[str, ...]:
    """Which of these have ended and can be sent again."""
    rows = fetch(
        connection,
        "SELECT case_id FROM cases WHERE state IN ('accepted', 'refused')"
        " AND (body IS NOT NULL OR envelope IS NOT NULL) AND case_id IN (SELECT value FROM json_each(?)) ORDER BY seq",
        (json.dumps(lost),),
    )
    return tuple(row[0] for row in rows)


def send_again(connection: apsw.Connection, case_ids: tuple[str, ...], now: datetime) -> None:
    """What the centre once took and has lost is unsent again."""
    for case_id in case_ids:
        connection.execute(
            "UPDATE cases SET sent = NULL, answer = NULL, confirmed = NULL WHERE case_id = ?", (case_id,)
        )
        cases.queue_again(connection, case_id, now)


def done_with(connection: apsw.Connection, now: datetime, wanted: Retention) -> tuple[int, ...]:
    """Cases whose bytes may go, by their seq."""
    rows = fetch(
        connection,
        "SELECT seq FROM cases WHERE state IN ('accepted', 'refused')"
        " AND (body IS NOT NULL OR envelope IS NOT NULL) AND confirmed IS NOT NULL"
        " AND (sent <= ? OR sent > ?)"
        f" AND session NOT IN (SELECT session FROM cases WHERE {cases.UNSENT})",
        (_before(now, wanted.keep_body), time_text(now)),
    )
    return tuple(row[0] for row in rows)


def drop_bytes(connection: apsw.Connection, seq: int) -> int:
    """What is left of this case says nothing of a person. Returns how many photographs went with it."""
    answer = connection.execute("SELECT answer FROM cases WHERE seq = ?", (seq,)).get
    connection.execute("DELETE FROM case_files WHERE seq = ?", (seq,))
    connection.execute(
        "UPDATE cases SET body = NULL, envelope = NULL, reason = NULL, detail = NULL, answer = ? WHERE seq = ?",
        (without_person(answer), seq),
    )
    return cases.drop_unnamed_files(connection)


def drop_rows(connection: apsw.Connection, now: datetime, wanted: Retention) -> tuple[int, int]:
    """The rows of old cases, figures as old, the print jobs of no case; how many rows and lines of the journal."""
    oldest = _before(now, wanted.keep_row)
    connection.execute(
        "DELETE FROM cases WHERE state IN ('accepted', 'refused') AND body IS NULL AND envelope IS NULL AND sent <= ?",
        (oldest,),
    )
    rows = connection.changes()
    usage.forget(connection, (now - wanted.keep_row).date())
    # The journal follows its case; a job without a case goes by its own time, it names nobody.
    connection.execute(
        "DELETE FROM print_journal WHERE job_id IN (SELECT job_id FROM print_journal GROUP BY job_id"
        " HAVING max(at) <= ? AND (max(case_id) IS NULL OR max(case_id) NOT IN (SELECT case_id FROM cases)))",
        (oldest,),
    )
    return rows, connection.changes()


def _before(now: datetime, span: timedelta) -> str:
    return time_text(now - span)
