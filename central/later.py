"""What the centre does after it has answered: slow decisions, an officer's word, cases kept for an agency.

Nothing here hangs on a timer. What is due is done when somebody asks, in the order of the clock, so a restart loses
nothing; the first answer to a case stays as it was told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from central.packages import Item, Shelf, Verdict
from central.problems import Problem
from central.registry import Registry
from central.store import Store, bookings, cases, decisions, held, pending
from central.words import JSON, Clock, Text, local_day, parse_stamp, stamp

OPEN = ("accepted", "referred")
"""States of a case that an officer can still decide."""


class Later:
    """The centre's second look at its cases. ``down`` tells the child items whose agency cannot be reached now."""

    def __init__(
        self, store: Store, shelf: Shelf, registry: Registry, clock: Clock, down: Callable[[], frozenset[str]]
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._registry = registry
        self._clock = clock
        self._down = down

    # --- putting off, inside the transaction that stores the case ----------------------------------------------------

    def decide_after(self, connection: Connection, case_id: str, seconds: int) -> None:
        """Decide this case by its rules, so many seconds from now at the earliest."""
        at = stamp(self._clock() + timedelta(seconds=seconds))
        connection.execute(insert(pending).values(case_id=case_id, decide_at=at))

    def keep_for(self, connection: Connection, case_id: str, child: str) -> bool:
        """Keep a case whose agency is away; False when the agency can be reached."""
        if child not in self._down():
            return False
        connection.execute(insert(held).values(case_id=case_id, child=child))
        return True

    # --- doing it ------------------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Do everything that is due now."""
        now = self._clock()
        with self._store.read() as connection:
            due = connection.execute(
                select(pending).where(pending.c.decide_at <= stamp(now)).order_by(pending.c.decide_at)
            ).all()
            kept = [row for row in connection.execute(select(held)) if row.child not in self._down()]
        for row in due:
            self._decide_due(row.case_id, parse_stamp(row.decide_at) or now)
        for row in kept:
            self._pass_on(row.case_id, now)

    def _decide_due(self, case_id: str, at: datetime) -> None:
        with self._store.write() as connection:
            # Whoever deletes the row decides: two requests at once make one decision.
            if not connection.execute(delete(pending).where(pending.c.case_id == case_id)).rowcount:
                return
            row, case, item = self._stored(connection, case_id)
            facts = facts_of(self._registry, case, item)
            verdict = item.decide(case["data"], facts, local_day(at), f"{row.official_no}-1")
            self._write(connection, case_id, verdict, at)

    def _pass_on(self, case_id: str, now: datetime) -> None:
        with self._store.write() as connection:
            if not connection.execute(delete(held).where(held.c.case_id == case_id)).rowcount:
                return
            seq = int(connection.execute(select(cases.c.seq).where(cases.c.case_id == case_id)).scalar_one())
            connection.execute(
                update(cases)
                .where(cases.c.case_id == case_id)
                .values(status="accepted", official_no=official_number(now, seq))
            )

    def decide(self, case_id: str, outcome: str, reason: Text) -> JSON:
        """An officer decides a case that is still open; the ``DecisionAnswer``. Raises ``Problem``."""
        self.catch_up()
        now = self._clock()
        with self._store.write() as connection:
            row, case, item = self._stored(connection, case_id)
            if row.status not in OPEN:
                raise Problem("case-closed")
            facts = facts_of(self._registry, case, item)
            number = f"{row.official_no}-1"
            verdict = item.decide_by_officer(outcome, reason, case["data"], facts, local_day(now), number)
            connection.execute(delete(pending).where(pending.c.case_id == case_id))
            connection.execute(delete(decisions).where(decisions.c.case_id == case_id))
            self._write(connection, case_id, verdict, now)
        return {"case_id": case_id, "decided_at": stamp(now), "decision": verdict.as_json()}

    def _stored(self, connection: Connection, case_id: str) -> tuple[Any, Mapping[str, JSON], Item]:
        row = connection.execute(select(cases).where(cases.c.case_id == case_id)).first()
        if row is None:
            raise Problem("case-unknown")
        case = json.loads(row.body)
        item = self._shelf.published(row.item_id, row.item_version, case["item"]["package_sha256"])
        if item is None:
            raise LookupError(f"the package of a stored case is gone: {row.item_id} {row.item_version}")
        return row, case, item

    def _write(self, connection: Connection, case_id: str, verdict: Verdict, at: datetime) -> None:
        if verdict.outcome == "refused":
            connection.execute(delete(bookings).where(bookings.c.case_id == case_id))
        decision = json.dumps(verdict.as_json(), ensure_ascii=False)
        connection.execute(insert(decisions).values(case_id=case_id, decided_at=stamp(at), decision=decision))
        connection.execute(update(cases).where(cases.c.case_id == case_id).values(status=verdict.outcome))


def facts_of(registry: Registry, case: Mapping[str, JSON], item: Item) -> dict[str, JSON]:
    """What may be known of the person of a case when it is decided."""
    subject = case["subject"]
    # What is printed in a passport proves nothing about a resident's records; people decide then.
    known = item.decides and case["item"]["child"] is None and subject["proof"]["method"] != "passport"
    return registry.facts(subject["number"], subject["name"]) if known else {}


def official_number(now: datetime, seq: int) -> str:
    """The centre's own number of a case it has taken."""
    return f"YP{local_day(now):%Y%m%d}{seq:06d}"
