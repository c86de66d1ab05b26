"""Heartbeats of terminals, and ratings that nobody can trace.

A heartbeat hands out rating tokens from a pool. A token is kept as a hash, without the terminal or the hour. A rating
is added to the counts of its item and month, and then is nowhere: neither knows the other, a case, or an order.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from central.problems import Problem
from central.store import Store, heartbeats, rating_counts, rating_tokens
from central.words import JSON, Clock, local_day, stamp

POOL = 20
TOKEN_LIFE = timedelta(days=60)  # a terminal may be offline for weeks
FEWEST = 5  # an item's ratings are told only from so many on


@dataclass(frozen=True, slots=True)
class ItemRatings:
    """What was said of one item: how often each level, and each reason of a bad one."""

    item_id: str
    levels: Mapping[int, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def given(self) -> int:
        """How many ratings."""
        return sum(self.levels.values())

    @property
    def mean(self) -> float:
        """Of one to five."""
        return sum(level * count for level, count in self.levels.items()) / self.given


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

    def rate(self, token: str, item_id: str, level: int, reasons: Sequence[str]) -> None:
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
            for said in (f"level.{level}", *sorted({f"reason.{word}" for word in reasons})):
                _count(connection, item_id, today[:7], said)

    def seen(self) -> list[tuple[str, str]]:
        """Terminal and time of the last heartbeat, by terminal."""
        with self._store.read() as connection:
            rows = connection.execute(
                select(heartbeats.c.terminal, heartbeats.c.at).order_by(heartbeats.c.terminal)
            ).all()
        return [(row.terminal, row.at) for row in rows]

    def levels(self) -> dict[int, int]:
        """How often each level was given."""
        found: dict[int, int] = {}
        for item in self._by_item():
            for level, count in item.levels.items():
                found[level] = found.get(level, 0) + count
        return found

    def rated(self) -> list[ItemRatings]:
        """By item, the worst first; not those of which so few were rated that one could be told."""
        often = [item for item in self._by_item() if item.given >= FEWEST]
        return sorted(often, key=lambda item: (item.mean, item.item_id))

    def _by_item(self) -> list[ItemRatings]:
        with self._store.read() as connection:
            rows = connection.execute(
                select(rating_counts.c.item_id, rating_counts.c.said, func.sum(rating_counts.c.count))
                .group_by(rating_counts.c.item_id, rating_counts.c.said)
                .order_by(rating_counts.c.item_id, rating_counts.c.said)
            ).all()
        levels: dict[str, dict[int, int]] = {}
        reasons: dict[str, dict[str, int]] = {}
        for item_id, said, count in rows:
            kind, _, word = said.partition(".")
            if kind == "level":
                levels.setdefault(item_id, {})[int(word)] = int(count)
            else:
                reasons.setdefault(item_id, {})[word] = int(count)
        return [ItemRatings(item_id, by, reasons.get(item_id, {})) for item_id, by in levels.items()]


def _count(connection: Connection, item_id: str, month: str, said: str) -> None:
    """One more. The writer is alone, so nobody comes between looking and writing."""
    here = (rating_counts.c.item_id == item_id, rating_counts.c.month == month, rating_counts.c.said == said)
    if not connection.execute(update(rating_counts).where(*here).values(count=rating_counts.c.count + 1)).rowcount:
        connection.execute(insert(rating_counts).values(item_id=item_id, month=month, said=said, count=1))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8")).hexdigest()
