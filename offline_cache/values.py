"""Small values, nonces, the sequence, the draft and ratings: functions over the store's connection."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime

import apsw

from kiosk.ports.storage import RatingEntry
from offline_cache.codec import time_text
from offline_cache.connection import fetch

_LEAP = 1_000_000
_STARTS = 1 << 20  # any of them stays exact in JSON


def get(connection: apsw.Connection, key: str) -> str | None:
    """A small value."""
    found = connection.execute("SELECT value FROM kv WHERE key = ?", (key,)).get
    return None if found is None else str(found)


def put(connection: apsw.Connection, values: Mapping[str, str | None]) -> None:
    """Set them; None removes."""
    for key, value in values.items():
        if value is None:
            connection.execute("DELETE FROM kv WHERE key = ?", (key,))
        else:
            connection.execute("INSERT OR REPLACE INTO kv (key, value) VALUES (?, ?)", (key, value))


def use_nonce(connection: apsw.Connection, nonce: str, expires: datetime, now: datetime) -> bool:
    """True the first time before it expires."""
    connection.execute("DELETE FROM nonces WHERE expires < ?", (time_text(now),))
    connection.execute("INSERT OR IGNORE INTO nonces (nonce, expires) VALUES (?, ?)", (nonce, time_text(expires)))
    return bool(connection.changes())


def next_sequence(connection: apsw.Connection) -> int:
    """1, 2, 3 …"""
    return int(
        connection.execute(
            "INSERT INTO counters (name, value) VALUES ('sequence', 1)"
            " ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
        ).get
    )


def leap_sequence(connection: apsw.Connection) -> None:
    """Numbers given last may be lost, and none is given twice. Where nothing is known, chance says where to begin."""
    connection.execute(
        "INSERT INTO counters (name, value) VALUES ('sequence', ?1)"
        " ON CONFLICT (name) DO UPDATE SET value = value + ?2",
        (_LEAP * (1 + secrets.randbelow(_STARTS)), _LEAP),
    )


def save_draft(connection: apsw.Connection, draft: bytes | None) -> None:
    """Replace the one draft; None removes it."""
    if draft is None:
        connection.execute("DELETE FROM draft")
    else:
        connection.execute("INSERT OR REPLACE INTO draft (one, bytes) VALUES (1, ?)", (draft,))


def draft(connection: apsw.Connection) -> bytes | None:
    """The one draft there is."""
    found = connection.execute("SELECT bytes FROM draft").get
    return found if isinstance(found, bytes) else None


def add_rating_tokens(connection: apsw.Connection, tokens: tuple[str, ...]) -> int:
    """How many are in the pool now."""
    connection.executemany("INSERT OR IGNORE INTO rating_tokens (token) VALUES (?)", ((t,) for t in tokens))
    return int(connection.execute("SELECT count(*) FROM rating_tokens").get)


def queue_rating(connection: apsw.Connection, item: str, level: int, reasons: tuple[str, ...]) -> None:
    """Under a random name, so that nothing keeps the order in which ratings came."""
    connection.execute(
        "INSERT INTO ratings (name, item, level, reasons) VALUES (?, ?, ?, ?)",
        (secrets.token_hex(16), item, level, json.dumps(reasons)),
    )


def ratings_due(connection: apsw.Connection, limit: int) -> tuple[RatingEntry, ...]:
    """Those that have a token, or can be given one; it stays theirs until the centre has spoken."""
    waiting = fetch(connection, "SELECT name FROM ratings WHERE token IS NULL ORDER BY name LIMIT ?", (limit,))
    tokens = fetch(connection, "SELECT token FROM rating_tokens ORDER BY token LIMIT ?", (limit,))
    for (name,), (token,) in zip(waiting, tokens, strict=False):
        connection.execute("DELETE FROM rating_tokens WHERE token = ?", (token,))
        connection.execute("UPDATE ratings SET token = ? WHERE name = ?", (token, name))
    found = connection.execute(
        "SELECT token, item, level, reasons FROM ratings WHERE token IS NOT NULL ORDER BY name LIMIT ?", (limit,)
    )
    return tuple(RatingEntry(row[0], row[1], row[2], tuple(json.loads(row[3]))) for row in found)


def rating_done(connection: apsw.Connection, token: str) -> None:
    """The centre counted it."""
    connection.execute("DELETE FROM ratings WHERE token = ?", (token,))


def rating_token_void(connection: apsw.Connection, token: str) -> None:
    """The centre does not know the token any more: the rating waits for another."""
    connection.execute("UPDATE ratings SET token = NULL WHERE token = ?", (token,))
