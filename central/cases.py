"""Cases: stored once under the id the terminal made, with the SHA-256 of the exact bytes that came.

A terminal repeats a case until it has an answer, so the same bytes always get the answer of the first time, and other
bytes under the same id are refused and never replace what is stored. The database's UNIQUE constraint decides a race.
Files that a case names come first; as long as one is missing nothing of the case is stored, and that is the answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from central import papers
from central.bookings import Bookings
from central.contract import Contract, strict_json
from central.files import Files, looked_at
from central.later import Later, facts_of, official_number
from central.openings import Openings, Waiting
from central.packages import Item, Office, Shelf, Verdict, canonical_bytes, mask_name
from central.problems import Fault, Problem
from central.registry import Registry
from central.sealing import SealingKeys
from central.store import Store, cases, decisions, tickets, unconfirmed_cases
from central.words import JSON, Clock, clock_words, local_day, parse_stamp, stamp

MAX_CASE_BYTES = 1 << 20
MAX_SEALED_BYTES = 18 << 20  # a case and all files it may name
CASE_ID = re.compile(r"[A-Z0-9]{2,16}-[0-9]{6}-[0-9A-HJKMNP-TV-Z]{10}")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One line of the desk: what people who watch cases arrive may see."""

    case_id: str
    parent_id: str | None
    title: Mapping[str, str]
    holder_masked: str
    office: str
    terminal: str
    status: str
    accepted_at: str
    official_no: str | None
    ticket_no: str | None
    reason: str
    unconfirmed: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One case as anybody who holds its number may see it. ``reason`` is the centre's sentence, once it has decided."""

    case_id: str
    title: Mapping[str, str]
    office: Mapping[str, str] | None
    status: str
    accepted_at: datetime
    official_no: str | None
    reason: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Coming:
    """The bytes of a case that wants in, their SHA-256, and what came with it: files by hash, each checked, and what
    the open head of an envelope says of it."""

    body: bytes = field(repr=False)
    sha256: str
    unconfirmed: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    head: Mapping[str, JSON] | None = None


class Cases:
    """The case book."""

    def __init__(
        self,
        store: Store,
        contract: Contract,
        shelf: Shelf,
        registry: Registry,
        bookings: Bookings,
        later: Later,
        openings: Openings,
        files: Files,
        sealing: SealingKeys,
        clock: Clock,
    ) -> None:
        self._store = store
        self._contract = contract
        self._shelf = shelf
        self._registry = registry
        self._bookings = bookings
        self._later = later
        self._openings = openings
        self._files = files
        self._sealing = sealing
        self._clock = clock

    # --- writing -------------------------------------------------------------------------------------------------

    def put(
        self, case_id: str, body: bytes, announced: str | None, *, unconfirmed: bool = False
    ) -> tuple[int, dict[str, JSON]]:
        """Store one case: (201, answer), (200, the first answer) for bytes that are there, or (202, what is missing)
        when files it names are not here and nothing was stored. Raises ``Problem``.

        ``announced`` is the SHA-256 the sender computed; None is refused, for without it a body cut short on the way
        could not be told from a short one. ``unconfirmed``: the resident may not have been told "submitted".
        """
        if CASE_ID.fullmatch(case_id) is None:
            raise Problem("case-id-invalid")
        if len(body) > MAX_CASE_BYTES:
            raise Problem("body-too-large", case_id=case_id)
        if announced is None:
            raise Problem("digest-missing", case_id=case_id)
        sha256 = hashlib.sha256(body).hexdigest()
        if announced != sha256:
            raise Problem("digest-mismatch", case_id=case_id)
        return self._take(case_id, Coming(body, sha256, unconfirmed))

    def put_sealed(
        self, case_id: str, envelope: bytes, announced: str | None, *, unconfirmed: bool = False
    ) -> tuple[int, dict[str, JSON]]:
        """Open an envelope and do with the case inside what :meth:`put` does; its files are stored with it."""
        if CASE_ID.fullmatch(case_id) is None:
            raise Problem("case-id-invalid")
        if announced is None:
            raise Problem("digest-missing", case_id=case_id)
        if announced != hashlib.sha256(envelope).hexdigest():
            raise Problem("digest-mismatch", case_id=case_id)
        opened = self._sealing.open_case(envelope)
        if opened.head["case_id"] != case_id:
            raise Problem("case-id-mismatch", case_id=case_id)
        if len(opened.body) > MAX_CASE_BYTES:
            raise Problem("body-too-large", case_id=case_id)
        return self._take(case_id, Coming(opened.body, opened.head["sha256"], unconfirmed, opened.files, opened.head))

    def _take(self, case_id: str, coming: Coming) -> tuple[int, dict[str, JSON]]:
        known = self._stored(case_id, coming.sha256)
        if known is not None:
            return 200, known
        try:
            case, item = self._read(case_id, coming)
            missing = self._missing(case, coming)
            return missing or (201, (self._follow if "follows" in case else self._insert)(case, item, coming))
        except (IntegrityError, Problem):
            # Another request may have stored this id since we looked; then its bytes decide.
            known = self._stored(case_id, coming.sha256)
            if known is None:
                raise
            return 200, known

    def _missing(self, case: Mapping[str, JSON], coming: Coming) -> tuple[int, dict[str, JSON]] | None:
        named = papers.named_files(case)
        kept = self._files.known(named)
        missing = [one for one in named if one not in kept and one not in coming.files]
        return (202, {"case_id": case["case_id"], "sha256": coming.sha256, "missing": missing}) if missing else None

    def batch(self, items: Sequence[Mapping[str, JSON]]) -> JSON:
        """The ``BatchAnswer``: each case answered as if it had come alone; one bad case never stops the others."""
        results: list[JSON] = []
        for item in items:
            case_id = item["case_id"]
            told: dict[str, JSON] = {"case_id": case_id, "answer": None, "problem": None, "missing": None}
            try:
                told["status"], answer = self.put(case_id, item["body"].encode("utf-8"), item["sha256"])
                told |= {"missing": answer["missing"]} if told["status"] == 202 else {"answer": answer}
            except Problem as problem:
                problem.case_id = case_id
                told |= {"status": problem.status, "problem": problem.as_json(self._contract.title(problem.name))}
            results.append(told)
        return {"results": results}

    def _stored(self, case_id: str, sha256: str) -> dict[str, JSON] | None:
        with self._store.read() as connection:
            row = connection.execute(select(cases.c.sha256, cases.c.answer).where(cases.c.case_id == case_id)).first()
        if row is None:
            return None
        if row.sha256 != sha256:
            raise Problem("case-conflict", case_id=case_id)
        answer: dict[str, JSON] = json.loads(row.answer)
        return answer

    def _read(self, case_id: str, coming: Coming) -> tuple[dict[str, JSON], Item]:
        case = strict_json(coming.body)
        try:
            canonical = canonical_bytes(case) == coming.body
        except ValueError:
            canonical = False
        if not canonical:
            raise Problem("not-canonical", case_id=case_id)
        faults = self._contract.faults("Case", case)
        if faults:
            raise Problem("case-invalid", faults=faults, case_id=case_id)
        if case["case_id"] != case_id:
            raise Problem("case-id-mismatch", case_id=case_id)
        if coming.head is not None and _head_of(case).items() - coming.head.items():
            raise Problem("seal-broken", "the head is that of another case", case_id=case_id)
        if parse_stamp(case["created_at"]) is None:
            text = {"zh-Hans": "没有这个时刻", "en": "no such time"}
            raise Problem("case-invalid", faults=(Fault("/created_at", "time", text),), case_id=case_id)
        named = case["item"]
        item = self._shelf.published(named["id"], named["version"], named["package_sha256"])
        if item is None:
            raise Problem("package-version-unknown", case_id=case_id)
        if coming.head is not None and coming.head["kind"] != ("follow_up" if "follows" in case else item.kind):
            raise Problem("seal-broken", "the head is that of another kind of case", case_id=case_id)
        day = self._day_of(case)
        kept = self._files.known(papers.named_files(case))
        kept |= {sha256: looked_at(data) for sha256, data in coming.files.items()}
        if "follows" in case:
            faults = (*item.check_following(case, kept), *self._openings.faults(case, day.isoformat()))
        else:
            faults = item.check(case, day, kept, self._parent_data(case))
        if faults:
            raise Problem("case-invalid", faults=faults, case_id=case_id)
        return case, item

    def _parent_data(self, case: Mapping[str, JSON]) -> Mapping[str, JSON] | None:
        """The data of a child's parent, where that one is stored and of the same item; None otherwise."""
        if case["parent_id"] is None:
            return None
        where = (cases.c.case_id == case["parent_id"]) & (cases.c.item_id == case["item"]["id"])
        with self._store.read() as connection:
            body = connection.execute(select(cases.c.body).where(where)).scalar()
        data: Mapping[str, JSON] | None = None if body is None else json.loads(body)["data"]
        return data

    def _day_of(self, case: Mapping[str, JSON]) -> date:
        """The day whose rules hold: the day of confirmation, unless the terminal's clock cannot be right."""
        now = self._clock()
        created = parse_stamp(case["created_at"])
        if created is None or not case["clock_trusted"] or created > now + timedelta(days=1):
            return local_day(now)
        return local_day(created)

    def _belongings(self, connection: Connection, case: Mapping[str, JSON], coming: Coming) -> None:
        """What is stored beside a case's row, in its transaction: the files it names, and whether it is in doubt."""
        named = papers.named_files(case)
        for sha256 in named:
            if sha256 in coming.files:
                self._files.keep(connection, coming.files[sha256])
        self._files.name(connection, case["case_id"], named)
        if coming.unconfirmed:
            connection.execute(insert(unconfirmed_cases).values(case_id=case["case_id"]))

    def _insert(self, case: Mapping[str, JSON], item: Item, coming: Coming) -> dict[str, JSON]:
        now = self._clock()
        today = local_day(now)
        subject = case["subject"]
        child = case["item"]["child"]
        office = item.office(case["data"], child)
        facts = facts_of(self._registry, case, item)
        row = {
            "case_id": case["case_id"],
            "parent_id": case["parent_id"],
            "sha256": coming.sha256,
            "body": coming.body,
            "item_id": case["item"]["id"],
            "item_version": case["item"]["version"],
            "child": child,
            "title": _text(item.title(child)),
            "holder_masked": mask_name(subject["name"] or ""),
            "office": _text(office.as_json()),
            "terminal": case["terminal"]["id"],
            "trace_id": case["trace_id"],
            "status": "received",
            "accepted_at": stamp(now),
            "answer": "",
        }
        waiting = Waiting(people=False, papers=False)
        with self._store.write() as connection:
            seq = int(connection.execute(insert(cases).values(row).returning(cases.c.seq)).scalar_one())
            self._belongings(connection, case, coming)
            answer: dict[str, JSON] = {
                "case_id": case["case_id"],
                "sha256": coming.sha256,
                "status": "accepted",
                "accepted_at": stamp(now),
                "official_no": None,
                "ticket_no": None,
                "decision": None,
            }
            if item.kind == "complaint":
                answer["status"] = "ticketed"
                answer["ticket_no"] = f"12345-{today:%y%m%d}-{seq:06d}"
                self._open_ticket(connection, answer, item, office, today)
            elif (child is not None and self._later.keep_for(connection, case["case_id"], child)) or (
                waiting := self._openings.note(connection, case)
            ).people:
                answer["status"] = "received"
            else:
                answer["official_no"] = official_number(now, seq)
            verdict = None
            if not (waiting.people or waiting.papers):
                verdict = self._verdict(connection, case, item, office, facts, answer["official_no"])
            if verdict is not None:
                answer["status"] = verdict.outcome
                answer["decision"] = verdict.as_json()
                told = _text(answer["decision"])
                row = {"case_id": case["case_id"], "decided_at": stamp(now), "decision": told}
                connection.execute(insert(decisions).values(row))
            connection.execute(
                update(cases)
                .where(cases.c.seq == seq)
                .values(
                    status=answer["status"],
                    official_no=answer["official_no"],
                    ticket_no=answer["ticket_no"],
                    answer=_text(answer),
                )
            )
        return answer

    def _follow(self, case: Mapping[str, JSON], item: Item, coming: Coming) -> dict[str, JSON]:
        """Store what follows another case, and let that one go on."""
        now = stamp(self._clock())
        answer: dict[str, JSON] = {
            "case_id": case["case_id"],
            "sha256": coming.sha256,
            "status": "accepted",
            "accepted_at": now,
            "official_no": None,
            "ticket_no": None,
            "decision": None,
        }
        with self._store.write() as connection:
            first = self._openings.satisfy(connection, case)
            connection.execute(
                insert(cases).values(
                    case_id=case["case_id"],
                    parent_id=None,
                    sha256=coming.sha256,
                    body=coming.body,
                    item_id=case["item"]["id"],
                    item_version=case["item"]["version"],
                    child=None,
                    title=first.title,
                    holder_masked=mask_name(case["subject"]["name"] or ""),
                    office=first.office,
                    terminal=case["terminal"]["id"],
                    trace_id=case["trace_id"],
                    status="accepted",
                    accepted_at=now,
                    official_no=first.official_no,
                    answer=_text({**answer, "official_no": first.official_no}),
                )
            )
            self._belongings(connection, case, coming)
        return {**answer, "official_no": first.official_no}

    def _verdict(
        self,
        connection: Connection,
        case: Mapping[str, JSON],
        item: Item,
        office: Office,
        facts: dict[str, JSON],
        official_no: str | None,
    ) -> Verdict | None:
        """What can be decided at once: by the place that was booked, and by the rules; None where that takes longer."""
        if case["item"]["child"] is not None:
            return None
        wish = item.wish(case["data"])
        if wish is not None:
            if not self._bookings.take(connection, item, office.code, wish, case["case_id"]):
                return self._full(connection, item, office, wish)
            facts = {**facts, "slot_free": True}
        if not item.decides:
            return None
        if item.decides_after_s is not None:
            self._later.decide_after(connection, case["case_id"], item.decides_after_s)
            return None
        verdict = item.decide(case["data"], facts, local_day(self._clock()), f"{official_no}-1")
        if verdict.outcome == "refused":
            self._bookings.give_back(connection, case["case_id"])
        return verdict

    def _full(self, connection: Connection, item: Item, office: Office, wish: tuple[date, str]) -> Verdict:
        """The time is gone; the reason says so and which times are free instead."""
        others = [clock_words(*other) for other in self._bookings.others(connection, item, office.code, wish[0])]
        zh = f"{clock_words(*wish)['zh-Hans']}已经约不上了。"
        en = f"{clock_words(*wish)['en']} can no longer be had."
        if others:
            zh += f"还有空的：{'、'.join(each['zh-Hans'] for each in others)}。请换一个时间再约。"
            en += f" Still free: {', '.join(each['en'] for each in others)}. Please book another time."
        else:
            zh += "这一段都约满了，过几天再来看看。"
            en += " Everything is taken for now; please look again in a few days."
        return Verdict("refused", {"zh-Hans": zh, "en": en}, "slot_taken", None)

    def _open_ticket(
        self, connection: Connection, answer: Mapping[str, JSON], item: Item, office: Office, today: date
    ) -> None:
        connection.execute(
            insert(tickets).values(
                ticket_no=answer["ticket_no"],
                case_id=answer["case_id"],
                status="open",
                title=_text(item.title(None)),
                office=_text(office.as_json()),
                opened_at=answer["accepted_at"],
                due_on=item.due(today).isoformat(),
            )
        )

    # --- reading -------------------------------------------------------------------------------------------------

    def known(self, ids: Sequence[str]) -> JSON:
        """The ``KnownAnswer``: hashes of those ids that are stored."""
        with self._store.read() as connection:
            rows = connection.execute(select(cases.c.case_id, cases.c.sha256).where(cases.c.case_id.in_(ids)))
            return {"known": {row.case_id: row.sha256 for row in rows}}

    def status(self, case_id: str) -> JSON:
        """The ``CaseStatusAnswer``; raises ``Problem`` case-unknown."""
        self._later.catch_up()
        with self._store.read() as connection:
            row = connection.execute(select(cases).where(cases.c.case_id == case_id)).first()
            if row is None:
                raise Problem("case-unknown")
            below = connection.execute(
                select(cases.c.case_id).where(cases.c.parent_id == case_id).order_by(cases.c.case_id)
            ).scalars()
            return {
                "case_id": row.case_id,
                "status": row.status,
                "accepted_at": row.accepted_at,
                "official_no": row.official_no,
                "ticket_no": row.ticket_no,
                "item": {"id": row.item_id, "version": row.item_version, "child": row.child},
                "office": _parsed(row.office),
                "children": list(below),
            }

    def decision(self, case_id: str) -> JSON:
        """The ``DecisionAnswer``; raises ``Problem`` case-unknown or decision-none."""
        self._later.catch_up()
        with self._store.read() as connection:
            row = connection.execute(select(decisions).where(decisions.c.case_id == case_id)).first()
            if row is None:
                stored = connection.execute(select(cases.c.seq).where(cases.c.case_id == case_id)).first()
                raise Problem("case-unknown" if stored is None else "decision-none")
            return {"case_id": case_id, "decided_at": row.decided_at, "decision": json.loads(row.decision)}

    def ticket(self, ticket_no: str) -> JSON:
        """The ``Ticket``; raises ``Problem`` ticket-unknown."""
        with self._store.read() as connection:
            row = connection.execute(select(tickets).where(tickets.c.ticket_no == ticket_no)).first()
        if row is None:
            raise Problem("ticket-unknown")
        return {
            "ticket_no": row.ticket_no,
            "status": row.status,
            "title": json.loads(row.title),
            "office": _parsed(row.office),
            "opened_at": row.opened_at,
            "due_on": row.due_on,
        }

    def parts(self, case_id: str) -> list[Part]:
        """A case and the parts below it, for the page that a receipt's code opens; raises ``Problem`` case-unknown."""
        self._later.catch_up()
        with self._store.read() as connection:
            rows = connection.execute(
                select(cases, decisions.c.decision)
                .outerjoin(decisions, decisions.c.case_id == cases.c.case_id)
                .where((cases.c.case_id == case_id) | (cases.c.parent_id == case_id))
                .order_by(cases.c.parent_id.is_not(None), cases.c.seq)
            ).all()
        if not rows or rows[0].case_id != case_id:
            raise Problem("case-unknown")
        return [_part(row) for row in rows]

    def arrivals(self, limit: int = 100) -> tuple[int, list[Arrival]]:
        """How many cases are stored, and the newest of them, newest first."""
        self._later.catch_up()
        with self._store.read() as connection:
            count = int(connection.execute(select(func.count()).select_from(cases)).scalar_one())
            rows = connection.execute(
                select(cases, decisions.c.decision, unconfirmed_cases.c.case_id.label("unconfirmed"))
                .outerjoin(decisions, decisions.c.case_id == cases.c.case_id)
                .outerjoin(unconfirmed_cases, unconfirmed_cases.c.case_id == cases.c.case_id)
                .order_by(cases.c.seq.desc())
                .limit(limit)
            ).all()
        return count, [_arrival(row) for row in rows]


def _head_of(case: Mapping[str, JSON]) -> dict[str, JSON]:
    """What the open head of an envelope has to say of this case."""
    item = case["item"]
    return {
        **{name: case[name] for name in ("case_id", "parent_id", "trace_id")},
        "item_id": item["id"],
        "item_version": item["version"],
        "package_sha256": item["package_sha256"],
        "created": case["created_at"],
    }


def _part(row: Any) -> Part:
    office, decision = _parsed(row.office), _parsed(row.decision)
    return Part(
        case_id=row.case_id,
        title=json.loads(row.title),
        office=None if office is None else office["name"],
        status=row.status,
        accepted_at=datetime.fromisoformat(row.accepted_at),
        official_no=row.ticket_no or row.official_no,
        reason=None if decision is None else decision["reason"],
    )


def _arrival(row: Any) -> Arrival:
    office = _parsed(row.office)
    decision = _parsed(row.decision)
    return Arrival(
        row.case_id,
        row.parent_id,
        json.loads(row.title),
        row.holder_masked,
        "" if office is None else str(office["name"]["zh-Hans"]),
        row.terminal,
        row.status,
        row.accepted_at,
        row.official_no,
        row.ticket_no,
        "" if decision is None else str(decision["reason"]["zh-Hans"]),
        row.unconfirmed is not None,
    )


def _text(value: JSON) -> str:
    return json.dumps(value if not isinstance(value, Mapping) else dict(value), ensure_ascii=False)


def _parsed(text: str | None) -> JSON:
    return None if text is None else json.loads(text)
