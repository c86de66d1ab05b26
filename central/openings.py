"""What is still open on a case: papers that may be handed in later, people who have not confirmed yet; and coming back.

Each open thing has the code that the terminal printed on the slip. A code alone tells nothing: it takes the person it
was made for; wrong tries wait longer each time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from central.identity import Session
from central.later import Later, official_number
from central.packages import Item, Shelf, mask_name
from central.problems import Fault, Problem
from central.registry import Registry
from central.store import Store, cases, openings
from central.tries import Tries, hashed
from central.words import JSON, Clock, Text, local_day

CASE_NUMBER = re.compile(r"[A-Z0-9]{2,16}-[0-9]{6}-[0-9A-HJKMNP-TV-Z]{10}")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a case waits for: ``people`` before it is taken at all, ``papers`` before it is decided."""

    people: bool
    papers: bool


class Openings:
    """The open things of all cases, by code. Codes are kept as hashes."""

    def __init__(
        self, store: Store, shelf: Shelf, registry: Registry, later: Later, tries: Tries, clock: Clock
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._registry = registry
        self._later = later
        self._tries = tries
        self._clock = clock

    # --- writing, inside the transaction that stores a case ----------------------------------------------------------

    def note(self, connection: Connection, case: Mapping[str, JSON]) -> Waiting:
        """Keep what this case leaves open."""
        if case["parent_id"] is not None:
            return Waiting(people=False, papers=False)
        owed = [one for one in case["materials"] if one["state"] == "supplement" and "code" in one]
        people = [party for party in case.get("parties", ()) if party["state"] == "later"]
        rows = [_row(case, "party", party["key"], party["code"], party["due_on"]) for party in people]
        if owed:
            papers = {one["id"]: one["due_on"] for one in owed}
            rows.append(_row(case, "supplement", "supplement", owed[0]["code"], max(papers.values()), papers))
        if rows:
            connection.execute(insert(openings), rows)
        return Waiting(people=bool(people), papers=bool(owed))

    def faults(self, case: Mapping[str, JSON], day: str) -> tuple[Fault, ...]:
        """What is wrong with a case that follows another one: the code, the person, and what is brought."""
        follows = case["follows"]
        with self._store.read() as connection:
            row = _opening(connection, follows["code"])
            first = None if row is None else _case(connection, row.case_id)
        named = None if row is None else (row.case_id, row.kind, row.key)
        if row is None or first is None or named != (follows["case_id"], follows["kind"], follows["key"]):
            return (_fault("/follows/code", "code", "没有这个码", "no such code"),)
        if row.state != "open":
            return (_fault("/follows/code", "done", "已经办过了", "done already"),)
        original, item = json.loads(first.body), case["item"]
        found: list[Fault] = []
        if (item["id"], item["version"]) != (first.item_id, first.item_version) or item["child"] is not None:
            found.append(_fault("/item", "item", "不是原来的事项", "not the item of that case"))
        if case["data"] or case["parent_id"] is not None:
            found.append(_fault("/data", "data", "后补的办件不带表单", "what follows a case brings no form"))
        if day > row.due_on:
            found.append(_fault("/follows/code", "expired", "已经过了日子", "too late"))
        subject = case["subject"]
        expected = _person_of(original, row)
        if (subject["number"], subject["name"]) != (expected["number"], expected["name"]) and not _same_handle(
            subject, expected
        ):
            found.append(_fault("/subject", "person", "不是这一位", "another person"))
        checked = _papers_wrong if row.kind == "supplement" else self._party_wrong
        return (*found, *checked(case, original, row))

    def _party_wrong(self, case: Mapping[str, JSON], original: Mapping[str, JSON], row: Any) -> list[Fault]:
        signed = [p for p in case.get("parties", ()) if p["state"] == "signed" and p["key"] == row.key]
        if len(signed) != 1 or len(case["parties"]) != 1 or case["materials"]:
            return [_fault("/parties", "party", "要有这一位的确认，别的都不要", "exactly this person's confirmation")]
        if signed[0]["digest"] != self._item(original).party(original, row.key)["digest"]:
            return [_fault("/parties/0/digest", "digest", "看到的不是办件里的内容", "what was read is not the case")]
        return []

    def satisfy(self, connection: Connection, case: Mapping[str, JSON]) -> Any:
        """Mark what this case brings; a case that waits for nothing any more goes on. Gives the row of that case."""
        row = _opening(connection, case["follows"]["code"])
        owed = json.loads(row.owed)
        for material in case["materials"]:
            owed.pop(material["id"], None)
        state = "open" if owed else "done"
        changed = connection.execute(
            update(openings)
            .where(openings.c.code_hash == row.code_hash, openings.c.state == "open", openings.c.owed == row.owed)
            .values(state=state, owed=json.dumps(owed))
        )
        if not changed.rowcount:
            fault = _fault("/follows/code", "done", "已经办过了", "done already")
            raise Problem("case-invalid", faults=(fault,), case_id=case["case_id"])
        left = connection.execute(
            select(openings.c.kind).where(openings.c.case_id == row.case_id, openings.c.state == "open")
        ).scalars()
        self._go_on(connection, row.case_id, set(left))
        return _case(connection, row.case_id)

    def _go_on(self, connection: Connection, case_id: str, left: set[str]) -> None:
        if "party" in left:
            return
        first = _case(connection, case_id)
        if first.status == "received":
            number = official_number(self._clock(), first.seq)
            taken = {"status": "accepted", "official_no": number}
            connection.execute(update(cases).where(cases.c.case_id == case_id).values(taken))
        item = self._item(json.loads(first.body))
        if not left and item.decides:
            self._later.decide_after(connection, case_id, item.decides_after_s or 0)

    # --- coming back -------------------------------------------------------------------------------------------------

    def open(self, who: Session, code: str) -> JSON:
        """The ``OpenWork`` of a code, or of a case number, for the person of this session; raises ``Problem``."""
        self._later.catch_up()
        day = local_day(self._clock()).isoformat()
        with self._store.read() as connection:
            self._tries.look(connection, code, who.handle)
            row = None if CASE_NUMBER.fullmatch(code) else _opening(connection, code)
            first = _case(connection, code if row is None else row.case_id)
            all_rows = (
                connection.execute(select(openings).where(openings.c.case_id == first.case_id)).all() if first else []
            )
            parts = _parts(connection, first.case_id) if first else []
        if first is None or (row is None and not CASE_NUMBER.fullmatch(code)) or first.parent_id is not None:
            self._tries.missed(code, who.handle)
            raise Problem("work-unknown")
        original = json.loads(first.body)
        if row is not None and row.kind == "party" and self._is(who, _person_of(original, row)):
            self._tries.right(code, who.handle)
            if row.state != "open":
                raise Problem("work-done")
            if day > row.due_on:
                raise Problem("work-expired")
            item = self._item(original)
            told = self._told(first, original, [], [])
            return {**told, "kind": "party", "due_on": row.due_on, "party": item.party(original, row.key)}
        if not self._is(who, original["subject"]):
            self._tries.missed(code, who.handle)
            raise Problem("work-not-yours")
        self._tries.right(code, who.handle)
        told = self._told(first, original, [each for each in all_rows if each.state == "open"], parts)
        if row is not None and row.kind == "supplement" and row.state == "open":
            owed = {name: due for name, due in json.loads(row.owed).items() if due >= day}
            if not owed:
                raise Problem("work-expired")
            papers = [{**self._item(original).paper(name), "due_on": due} for name, due in owed.items()]
            return {**told, "kind": "supplement", "due_on": min(owed.values()), "owed": papers}
        return told

    def _told(
        self, first: Any, original: Mapping[str, JSON], still_open: Sequence[Any], parts: list[JSON]
    ) -> dict[str, JSON]:
        item = original["item"]
        return {
            "kind": "status",
            "case_id": first.case_id,
            "item": {key: item[key] for key in ("id", "version", "code", "package_sha256")},
            "title": json.loads(first.title),
            "office": json.loads(first.office)["name"],
            "status": first.status,
            "accepted_at": first.accepted_at,
            "official_no": first.official_no,
            "due_on": None,
            "owed": [],
            "party": None,
            "parts": parts,
            "waiting": [self._waits_for(original, row) for row in still_open],
        }

    def _waits_for(self, original: Mapping[str, JSON], row: Any) -> Text:
        item = self._item(original)
        if row.kind == "party":
            title, name = item.party(original, row.key)["title"], mask_name(_person_of(original, row)["name"] or "")
            return {
                "zh-Hans": f"等{title['zh-Hans']} {name} 来确认，最晚 {row.due_on}",
                "en": f"{title['en']} {name} has to confirm by {row.due_on}",
            }
        titles = [item.paper(name)["title"] for name in json.loads(row.owed)]
        return {
            "zh-Hans": f"等您补交{'、'.join(title['zh-Hans'] for title in titles)}，最晚 {row.due_on}",
            "en": f"Still to hand in by {row.due_on}: {', '.join(title['en'] for title in titles)}",
        }

    def _item(self, case: Mapping[str, JSON]) -> Item:
        named = case["item"]
        item = self._shelf.published(named["id"], named["version"], named["package_sha256"])
        if item is None:
            raise LookupError(f"the package of a stored case is gone: {named['id']} {named['version']}")
        return item

    def _is(self, who: Session, person: Mapping[str, JSON]) -> bool:
        """Whether the session is this person's: number and name together, or the pseudonym of a citizen code."""
        number, name = person["number"], person["name"]
        if not number or not name:
            return bool(person.get("handle")) and person["handle"] == who.handle
        known = self._registry.by_card(number, name)
        return who.handle == (known.handle if known else self._registry.handle(f"{number}\n{name}"))


def _row(
    case: Mapping[str, JSON], kind: str, key: str, code: str, due_on: str, owed: Mapping[str, str] | None = None
) -> dict[str, JSON]:
    return {
        "code_hash": hashed(code),
        "case_id": case["case_id"],
        "kind": kind,
        "key": key,
        "due_on": due_on,
        "owed": json.dumps(dict(owed or {})),
        "state": "open",
    }


def _opening(connection: Connection, code: str) -> Any:
    return connection.execute(select(openings).where(openings.c.code_hash == hashed(code))).first()


def _case(connection: Connection, case_id: str) -> Any:
    return connection.execute(select(cases).where(cases.c.case_id == case_id)).first()


def _parts(connection: Connection, case_id: str) -> list[JSON]:
    """The children of a bundle, each with its office and how far it is."""
    rows = connection.execute(select(cases).where(cases.c.parent_id == case_id).order_by(cases.c.seq))
    return [
        {"title": json.loads(row.title), "office": json.loads(row.office)["name"], "status": row.status} for row in rows
    ]


def _person_of(original: Mapping[str, JSON], row: Any) -> Mapping[str, JSON]:
    """Whom a code was made for."""
    if row.kind == "party":
        party: Mapping[str, JSON] = next(p for p in original["parties"] if p["key"] == row.key)
        return party
    subject = original["subject"]
    return {**subject, "handle": subject["proof"].get("handle")}


def _same_handle(subject: Mapping[str, JSON], expected: Mapping[str, JSON]) -> bool:
    handle = subject["proof"].get("handle")
    return handle is not None and handle == expected.get("handle")


def _papers_wrong(case: Mapping[str, JSON], original: Mapping[str, JSON], row: Any) -> list[Fault]:
    owed = json.loads(row.owed)
    brought = [material["id"] for material in case["materials"]]
    if case.get("parties") or not brought or len(set(brought)) != len(brought):
        return [_fault("/materials", "papers", "要有补交的材料，别的都不要", "exactly the papers that are owed")]
    wrong = [one for one in case["materials"] if one["id"] not in owed or one["state"] != "captured"]
    return [_fault("/materials", "papers", "不是欠着的材料", "not a paper that is owed")] if wrong else []


def _fault(place: str, code: str, chinese: str, english: str) -> Fault:
    return Fault(place, code, {"zh-Hans": chinese, "en": english})
