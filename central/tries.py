"""Wrong tries with somebody else's code: each makes the next one wait, and none of it keeps the right person out.

Three counts grow, and each has a wait of its own: one person at one code, which is what a stolen slip comes to; one
person at all codes, which is guessing; and all people at one code. The last is for a terminal that makes people up, and
its wait stays so short that whoever has the slip cannot keep its owner away with it. The right person ends the counts
of the code. While a wait runs nothing is looked at, so that it tells nobody whether they were right.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from central.problems import Problem
from central.store import Store, tries
from central.words import Clock, parse_stamp, stamp

FORGOTTEN: Final = timedelta(days=1)
"""A count without another miss for so long is nothing any more."""


@dataclass(frozen=True, slots=True)
class Patience:
    """So many misses are free; then the wait starts with `first_s` seconds, doubles with each, and ends at `most_s`."""

    free: int
    first_s: int
    most_s: int

    def wait_s(self, misses: int) -> int:
        """Seconds after the last of so many misses."""
        over = misses - self.free
        return min(self.most_s, self.first_s << min(over, 16)) if over >= 0 else 0


AT_CODE: Final = Patience(3, 30, 3600)
PERSON: Final = Patience(20, 60, 3600)
CODE: Final = Patience(10, 5, 60)


def hashed(text: str) -> str:
    """A code as it is kept."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class Tries:
    """Counts what was tried with somebody else's code, or with none."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def look(self, connection: Connection, code: str, handle: str) -> None:
        """Raise ``Problem`` work-locked, with the seconds to wait, when one of the three waits still runs."""
        now = self._clock()
        left = 0.0
        for key, patience in _keys(code, handle).items():
            row = connection.execute(
                select(tries.c.count.label("misses"), tries.c.last_at).where(tries.c.key == key)
            ).first()
            last = parse_stamp(row.last_at) if row is not None else None
            if row is None or last is None or now - last >= FORGOTTEN:
                continue
            over = patience.wait_s(row.misses) - (now - last).total_seconds()
            left = max(left, min(over, patience.most_s))  # a clock that was set back lengthens no wait
        if left > 0:
            raise Problem("work-locked", retry_after_s=int(left) + 1)

    def missed(self, code: str, handle: str) -> None:
        """One wrong try more, in all three counts; what is long ago goes."""
        now = self._clock()
        with self._store.write() as connection:
            connection.execute(delete(tries).where(tries.c.last_at <= stamp(now - FORGOTTEN)))
        for key in _keys(code, handle):
            try:
                with self._store.write() as connection:
                    connection.execute(insert(tries).values(key=key, count=1, last_at=stamp(now)))
            except IntegrityError:
                with self._store.write() as connection:
                    more = {"count": tries.c.count + 1, "last_at": stamp(now)}
                    connection.execute(update(tries).where(tries.c.key == key).values(more))

    def right(self, code: str, handle: str) -> None:
        """Who this code is for was here: what was tried with it counts no more, what they guessed elsewhere does."""
        at_code, _, at_all = _keys(code, handle)
        mine = (at_code, at_all)
        with self._store.read() as connection:
            if connection.execute(select(tries.c.key).where(tries.c.key.in_(mine)).limit(1)).first() is None:
                return
        with self._store.write() as connection:
            connection.execute(delete(tries).where(tries.c.key.in_(mine)))


def _keys(code: str, handle: str) -> dict[str, Patience]:
    return {hashed(f"at:{code}\n{handle}"): AT_CODE, hashed(f"who:{handle}"): PERSON, hashed(code): CODE}
