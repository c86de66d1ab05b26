"""Heartbeats of terminals, and ratings that nobody can trace.

A heartbeat hands out rating tokens from a pool. A token is kept as a hash, without the terminal or the hour; a rating
is kept with its level, reasons and the day. Neither knows the other, a case, or an order of arrival.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import delete, func, insert, select, update

from central.problems import Problem
from central.store import Store, heartbeats, rating_tokens, ratings
from central.words import JSON, Clock, local_day, stamp

POOL = 20
TOKEN_LIFE = timedelta(days=60)  # a terminal may be offline for weeks


class Terminals:
    """What terminals say of themselves, and the ratings of their users."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def heartbeat(self, body: Mapping[str, JSON], catalogue_version: str) -> JSON:
        """Keep a ``Heartbeat`` as the terminal's last; the ``HeartbeatAnswer`` fills its pool of tokens up."""
        now = self._clock()
        today = local_day(now)
        wanted = max(0, POOL - int(body.get("rating_tokens_left", 0)))
        tokens = [secrets.token_urlsafe(24) for _ in range(wanted)]
        rows = [
            {"token_hash": _hash(token), "expires_on": (today + TOKEN_LIFE).isoformat(), "used": False}
            for token in tokens
        ]
        with self._store.write() as connection:
            connection.execute(delete(heartbeats).where(heartbeats.c.terminal == body["terminal"]))
            connection.execute(
                insert(heartbeats).values(
                    terminal=body["terminal"], at=stamp(now), body=json.dumps(dict(body), ensure_ascii=False)
                )
            )
            connection.execute(delete(rating_tokens).where(rating_tokens.c.expires_on < today.isoformat()))
            if rows:
                connection.execute(insert(rating_tokens), rows)
        return {"time": stamp(now), "catalogue_version": catalogue_version, "rating_tokens": tokens}

    def rate(self, token: str, level: int, reasons: Sequence[str]) -> None:
        """Count one rating and use the token up; raises ``Problem`` token-unknown or token-used."""
        hashed = _hash(token)
        today = local_day(self._clock()).isoformat()
        with self._store.write() as connection:
            spent = connection.execute(
                update(rating_tokens)
                .where(
                    rating_tokens.c.token_hash == hashed,
                    rating_tokens.c.used.is_(False),
                    rating_tokens.c.expires_on >= today,
                )
                .values(used=True)
            ).rowcount
            if not spent:
                used = connection.execute(
                    select(rating_tokens.c.used).where(rating_tokens.c.token_hash == hashed)
                ).scalar()
                raise Problem("token-used" if used else "token-unknown")
            connection.execute(
                insert(ratings).values(
                    id=secrets.token_hex(16),
                    level=level,
                    reasons=json.dumps(sorted(set(reasons))),
                    received_on=today,
                )
            )

    def seen(self) -> list[tuple[str, str]]:
        """Terminal and time of the last heartbeat, by terminal."""
        with self._store.read() as connection:
            rows = connection.execute(
                select(heartbeats.c.terminal, heartbeats.c.at).order_by(heartbeats.c.terminal)
            ).all()
        return [(row.terminal, row.at) for row in rows]

    def levels(self) -> dict[int, int]:
        """How often each level was given."""
        with self._store.read() as connection:
            rows = connection.execute(select(ratings.c.level, func.count()).group_by(ratings.c.level)).all()
        return {int(level): int(count) for level, count in rows}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8")).hexdigest()
