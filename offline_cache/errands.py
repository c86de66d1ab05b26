"""What has to reach the centre and is no case: functions over the store's connection, inside its transactions."""

from __future__ import annotations

from datetime import datetime

import apsw

from kiosk.ports.storage import CommitFault, Errand, ErrandKind
from offline_cache.codec import time_text
from offline_cache.connection import fetch


def fresh(connection: apsw.Connection, found: tuple[Errand, ...]) -> tuple[Errand, ...] | CommitFault:
    """Those that are not queued yet; a conflict when there are other bytes under their name."""
    new: list[Errand] = []
    for errand in found:
        known = one(connection, errand.kind, errand.id)
        if known is None:
            new.append(errand)
        elif known.body != errand.body:
            return CommitFault.CONFLICT
    return tuple(new)


def add(connection: apsw.Connection, errand: Errand, now: datetime) -> None:
    """Queue it. Raises apsw.ConstraintError when there is one of its name."""
    at = time_text(now)
    connection.execute(
        "INSERT INTO errands (kind, name, body, attempts, not_before, set_at) VALUES (?, ?, ?, ?, ?, ?)",
        (errand.kind.value, errand.id, errand.body, errand.attempts, at, at),
    )


def due(connection: apsw.Connection, now: datetime, limit: int) -> tuple[Errand, ...]:
    """Those that may be tried now, by attempts, then as they came. A clock set back never hides one."""
    at = time_text(now)
    rows = fetch(
        connection,
        "SELECT kind, name, body, attempts FROM errands WHERE not_before <= ? OR set_at > ?"
        " ORDER BY attempts, id LIMIT ?",
        (at, at, limit),
    )
    return tuple(Errand(ErrandKind(kind), name, body, attempts) for kind, name, body, attempts in rows)


def everything(connection: apsw.Connection) -> tuple[Errand, ...]:
    """All of them, as they came."""
    rows = fetch(connection, "SELECT kind, name, body, attempts FROM errands ORDER BY id")
    return tuple(Errand(ErrandKind(kind), name, body, attempts) for kind, name, body, attempts in rows)


def one(connection: apsw.Connection, kind: ErrandKind, name: str) -> Errand | None:
    """The errand asked for."""
    rows = fetch(connection, "SELECT body, attempts FROM errands WHERE kind = ? AND name = ?", (kind.value, name))
    return Errand(kind, name, *rows[0]) if rows else None


def done(connection: apsw.Connection, kind: ErrandKind, name: str) -> None:
    """The centre has it."""
    connection.execute("DELETE FROM errands WHERE kind = ? AND name = ?", (kind.value, name))


def postponed(
    connection: apsw.Connection, kind: ErrandKind, name: str, until: datetime, counts: bool, now: datetime
) -> None:
    """Try again not before `until`."""
    connection.execute(
        "UPDATE errands SET attempts = attempts + ?, not_before = ?, set_at = ? WHERE kind = ? AND name = ?",
        (int(counts), time_text(until), time_text(now), kind.value, name),
    )
