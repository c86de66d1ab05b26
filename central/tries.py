"""Wrong tries of a day, by code and by person: a handful close a code until tomorrow, some more stop a person."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from central.problems import Problem
from central.store import Store, tries
from central.words import Clock, local_day

TRIES_A_CODE = 5
TRIES_A_PERSON = 20


def hashed(text: str) -> str:
    """A code as it is kept."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class Tries:
    """Counts what was tried with somebody else's code, or with none."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def look(self, connection: Connection, code: str, handle: str) -> None:
        """Raise ``Problem`` work-locked when this code or this person was wrong too often today."""
        for key, most in zip(_keys(code, handle), (TRIES_A_CODE, TRIES_A_PERSON), strict=True):
            day = local_day(self._clock()).isoformat()
            found = connection.execute(select(tries.c.count).where(tries.c.key == key, tries.c.day == day)).scalar()
            if found is not None and found >= most:
                raise Problem("work-locked")

    def missed(self, code: str, handle: str) -> None:
        """One wrong try more, for the code and for the person."""
        day = local_day(self._clock()).isoformat()
        for key in _keys(code, handle):
            try:
                with self._store.write() as connection:
                    connection.execute(insert(tries).values(key=key, day=day, count=1))
            except IntegrityError:
                with self._store.write() as connection:
                    more = update(tries).where(tries.c.key == key, tries.c.day == day)
                    connection.execute(more.values(count=tries.c.count + 1))


def _keys(code: str, handle: str) -> tuple[str, str]:
    return hashed(code), hashed(f"who:{handle}")
