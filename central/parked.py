"""Work that a resident may take up again: kept for its owner, given to nobody else, gone when it is over.

The centre holds its half of the key and the work encrypted under both halves; without the slip it cannot read it. The
owner is kept as the pseudonym that an identity session has, never by number or name.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from central.identity import Session
from central.problems import Problem
from central.registry import Registry
from central.sealing import ParkedEnvelope, SealingKeys
from central.store import Store, parked
from central.tries import Tries
from central.words import JSON, Clock, stamp

MAX_PARKED_BYTES = 16 << 20
LONGEST = timedelta(days=8)
"""A terminal promises a week; a clock that is wrong by more does not make it longer."""
REMEMBERED = timedelta(days=30)
"""So long after its last day it is said of parked work that it is over; after that it is unknown."""
PARKED_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{16}")


class ParkedWork:
    """All parked work, by id."""

    def __init__(
        self, store: Store, keys: SealingKeys, registry: Registry, tries: Tries, secret: bytes, clock: Clock
    ) -> None:
        self._store = store
        self._keys = keys
        self._registry = registry
        self._tries = tries
        self._secret = secret
        self._clock = clock

    def put(self, parked_id: str, envelope: bytes, announced: str | None) -> tuple[int, JSON]:
        """Keep an envelope: (201, the ``ParkedAnswer``), or (200, the same) for bytes that came before, also when the
        work is over since. Raises ``Problem``."""
        if PARKED_ID.fullmatch(parked_id) is None:
            raise Problem("work-unknown")
        if announced is None:
            raise Problem("digest-missing")
        sha256 = hashlib.sha256(envelope).hexdigest()
        if announced != sha256:
            raise Problem("digest-mismatch")
        self.sweep()
        known = self._known(parked_id, sha256)
        if known is not None:
            return 200, known
        work = self._keys.open_work(envelope)
        if work.parked_id != parked_id:
            raise Problem("seal-broken", "work of another id")
        now = self._clock()
        if work.until <= now:
            raise Problem("work-expired")
        row = {
            "parked_id": parked_id,
            "sha256": sha256,
            "handle": self._owner(work),
            "item_id": work.item_id,
            "item_version": work.item_version,
            "package_sha256": work.package_sha256,
            "until": stamp(min(work.until, now + LONGEST)),
            "half": work.half,
            "work": work.work,
        }
        try:
            with self._store.write() as connection:
                connection.execute(insert(parked).values(row))
        except IntegrityError:
            known = self._known(parked_id, sha256)
            if known is None:
                raise
            return 200, known
        return 201, {"parked_id": parked_id, "sha256": sha256, "until": row["until"]}

    def _known(self, parked_id: str, sha256: str) -> JSON | None:
        with self._store.read() as connection:
            row = connection.execute(
                select(parked.c.sha256, parked.c.until).where(parked.c.parked_id == parked_id)
            ).first()
        if row is None:
            return None
        if row.sha256 != sha256:
            raise Problem("parked-conflict")
        return {"parked_id": parked_id, "sha256": sha256, "until": row.until}

    def _owner(self, work: ParkedEnvelope) -> str:
        """The handle that a session of the owner will have; number and name together, as sessions have it."""
        if "handle" in work.owner:
            return work.owner["handle"]
        number, name = work.owner["number"], work.owner["name"]
        resident = self._registry.by_card(number, name)
        return resident.handle if resident else self._registry.handle(f"{number}\n{name}")

    def claim(self, parked_id: str, who: Session) -> JSON:
        """The ``ParkedWork`` for its owner, as often as the owner asks: a terminal may have crashed with it. Raises
        ``Problem``; a wrong try counts."""
        self.sweep()
        with self._store.read() as connection:
            self._tries.look(connection, parked_id, who.handle)
            row = connection.execute(select(parked).where(parked.c.parked_id == parked_id)).first()
        if row is None:
            self._tries.missed(parked_id, who.handle)
            raise Problem("work-unknown")
        if row.until <= stamp(self._clock()):
            raise Problem("work-expired")
        if row.half is None:
            raise Problem("work-unknown")  # its owner ended it
        if not hmac.compare_digest(row.handle, who.handle):
            self._tries.missed(parked_id, who.handle)
            raise Problem("work-not-yours")
        self._tries.right(parked_id, who.handle)
        return {
            "parked_id": parked_id,
            "item": {"id": row.item_id, "version": row.item_version, "package_sha256": row.package_sha256},
            "until": row.until,
            "half": _b64url(row.half),
            "work": base64.b64encode(row.work).decode("ascii"),
            "release": self._release(parked_id),
        }

    def release(self, parked_id: str, token: str) -> JSON:
        """Keep nothing of it any more; as often as one likes. Raises ``Problem`` work-unknown or work-not-yours."""
        if PARKED_ID.fullmatch(parked_id) is None:
            raise Problem("work-unknown")
        if not hmac.compare_digest(token.encode("utf-8"), self._release(parked_id).encode("ascii")):
            raise Problem("work-not-yours")
        with self._store.write() as connection:
            # Id and hash stay until its day: an errand that comes late must not bring the work back.
            connection.execute(update(parked).where(parked.c.parked_id == parked_id).values(_EMPTY))
        return {"released": True}

    def release_sealed(self, parked_id: str, envelope: bytes) -> JSON:
        """The same with the token as an export has it. Raises ``Problem`` seal-unknown or seal-broken as well."""
        return self.release(parked_id, self._keys.open_release(parked_id, envelope))

    def _release(self, parked_id: str) -> str:
        """The token that ends this work. Computed, so that each claim tells the same and the end can be repeated."""
        return _b64url(hmac.digest(self._secret, b"release\0" + parked_id.encode("ascii"), "sha256")[:24])

    def sweep(self) -> None:
        """Empty what is past its day, and forget what has been for long."""
        now = self._clock()
        over, long_over = stamp(now), stamp(now - REMEMBERED)
        with self._store.read() as connection:
            due = select(parked.c.parked_id).where(parked.c.until <= over, parked.c.half.is_not(None)).limit(1)
            old = select(parked.c.parked_id).where(parked.c.until <= long_over).limit(1)
            if connection.execute(due).first() is None and connection.execute(old).first() is None:
                return
        with self._store.write() as connection:
            connection.execute(update(parked).where(parked.c.until <= over).values(_EMPTY))
            connection.execute(delete(parked).where(parked.c.until <= long_over))


_EMPTY = {"handle": "", "half": None, "work": None}


def _b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
