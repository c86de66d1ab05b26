"""The invented city: residents, what the agencies know of them, and their e-licences.

Ten thousand residents are generated from one seed, the same on every machine; their numbers use an area code that was
never given out, so nobody real is among them. The demo people of ``config/demo/people.json`` live there too.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import delete, func, insert, select

from central.store import Store, audit, licences, meta, residents
from central.words import JSON, RESIDENTS, Clock, Text, stamp

LICENCE_TYPES = Path(__file__).resolve().parent / "data" / "licence_types.json"
SEED = 20261121
AREA = "339998"
RECORD = "record"
"""What the audit calls a look-up in the registers, where it otherwise names a type of licence."""
GENERATION = 1  # raise when the way of generating changes

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜谢邹喻柏水窦章云苏潘葛范彭鲁韦马苗方俞任袁柳"
GIVEN = "安柏沐晨岚川舟禾宁远青石若澜知微予乐清和景行子衿怀瑾听雨问渠秋白南星之遥月桥竹溪松原书航云起砚初夏冬霁"
STREETS = ("柳桥路", "江尾街", "人民路", "桥东路", "石榴巷", "青石路", "渡口街", "望江路", "学前街", "塘湾路")
DISTRICTS = ("nanan", "chengbei", "jiangwan", "donghu", "linshui")
COMMON: tuple[tuple[str, float], ...] = (
    ("social_security_card", 0.9),
    ("medical_insurance_card", 0.85),
    ("household_register", 0.7),
    ("social_insurance_record", 0.55),
    ("graduation_certificate", 0.4),
    ("driving_licence", 0.35),
    ("marriage_certificate", 0.3),
    ("real_estate_certificate", 0.25),
    ("residence_registration", 0.2),
    ("lease_registration", 0.12),
    ("health_certificate", 0.05),
    ("food_safety_training", 0.03),
)

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_character(first17: str) -> str:
    """The last character of a citizen number (GB 11643, MOD 11-2)."""
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


@dataclass(frozen=True, slots=True)
class LicenceType:
    """One type of the library; ``fields`` are the names a licence of this type may hold."""

    id: str
    title: Text
    issuer: Text
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resident:
    """One person of the registry."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    handle: str


@dataclass(frozen=True, slots=True)
class LicenceFound:
    """Result of one look-up. ``status``: found, none, unknown_type."""

    type: str
    status: str
    number: str | None = field(default=None, repr=False)
    issuer: Text | None = None
    issued_on: str | None = None
    valid_to: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)

    def as_json(self, bound: frozenset[str]) -> JSON:
        """The ``LicenceResult`` of the contract, with those fields alone that the form is bound to."""
        return {
            "type": self.type,
            "status": self.status,
            "number": self.number,
            "issuer": None if self.issuer is None else dict(self.issuer),
            "issued_on": self.issued_on,
            "valid_to": self.valid_to,
            "fields": {name: value for name, value in self.fields.items() if name in bound},
        }


def load_types(path: Path = LICENCE_TYPES) -> dict[str, LicenceType]:
    """The types of the library, in the order of the file."""
    return {
        row["id"]: LicenceType(row["id"], row["title"], row["issuer"], tuple(row["fields"]))
        for row in json.loads(path.read_text("utf-8"))["types"]
    }


def demo_people(file: Path) -> list[dict[str, JSON]]:
    """The people of ``file``, with what ``records/*.json`` beside it says the agencies know of them for each item."""
    people: list[dict[str, JSON]] = json.loads(file.read_text("utf-8"))["people"]
    by_key = {person["key"]: person for person in people}
    for more in sorted((file.parent / "records").glob("*.json")):
        for key, known in json.loads(more.read_text("utf-8"))["people"].items():
            for part in ("facts", "licences"):
                by_key[key].setdefault(part, {}).update(known.get(part, {}))
    return people


class Registry:
    """Residents and licences in the database. ``secret`` keys the handles, so that they tell no number."""

    def __init__(self, store: Store, secret: bytes, people: Path | None, *, count: int = RESIDENTS) -> None:
        self._store = store
        self._secret = secret
        self.types = load_types()
        self._fill(people, count)

    def handle(self, number: str) -> str:
        """Pseudonym of a person. Keyed: the eighteen digits of a number could be tried out against a plain hash."""
        return hmac.new(self._secret, number.encode("utf-8"), hashlib.sha256).hexdigest()[:32]

    # --- looking up ----------------------------------------------------------------------------------------------

    def count(self) -> int:
        """How many residents there are."""
        with self._store.read() as connection:
            return int(connection.execute(select(func.count()).select_from(residents)).scalar_one())

    def by_card(self, number: str, name: str) -> Resident | None:
        """The resident whose number *and* name these are: one alone never opens another person's records."""
        with self._store.read() as connection:
            row = connection.execute(select(residents).where(residents.c.number == number)).first()
        if row is None or name.strip() not in (row.name, json.loads(row.facts).get("english_name") or row.name):
            return None
        return Resident(row.number, row.name, row.handle)

    def by_handle(self, handle: str) -> Resident | None:
        """The resident that a citizen code speaks of."""
        with self._store.read() as connection:
            row = connection.execute(select(residents).where(residents.c.handle == handle)).first()
        return None if row is None else Resident(row.number, row.name, row.handle)

    def by_key(self, key: str) -> Resident | None:
        """A demo person."""
        with self._store.read() as connection:
            row = connection.execute(select(residents).where(residents.c.demo_key == key)).first()
        return None if row is None else Resident(row.number, row.name, row.handle)

    def facts(self, number: str | None, name: str | None) -> dict[str, JSON]:
        """What the agencies know of a person; nothing for one they have never seen."""
        if number is None or name is None or self.by_card(number, name) is None:
            return {}
        with self._store.read() as connection:
            text = connection.execute(select(residents.c.facts).where(residents.c.number == number)).scalar_one()
        found: dict[str, JSON] = json.loads(text)
        found.pop("english_name", None)
        return found

    def record(
        self, handle: str, number: str | None, wanted: Mapping[str, type], item_id: str, clock: Clock
    ) -> dict[str, JSON]:
        """Those of the ``wanted`` facts that the registers hold of a person, each of its type; the look-up is audited.

        ``number`` None = a person nobody has seen. bool is an int to Python, and must not be one here.
        """
        with self._store.write() as connection:
            text = None
            if number is not None:
                where = residents.c.number == number
                text = connection.execute(select(residents.c.facts).where(where)).scalar()
            known: dict[str, JSON] = json.loads(text) if text is not None else {}
            found = {name: known[name] for name, kind in wanted.items() if type(known.get(name)) is kind}
            result = "found" if found else "none"
            row = {"at": stamp(clock()), "who": handle, "item_id": item_id, "type": RECORD, "result": result}
            connection.execute(insert(audit).values(row))
        return found

    def query(
        self, handle: str, number: str | None, types: tuple[str, ...], item_id: str, clock: Clock
    ) -> tuple[LicenceFound, ...]:
        """Look licences up and write each look-up into the audit; ``number`` None = a person nobody has seen."""
        at = clock()
        today = at.date().isoformat()
        found: list[LicenceFound] = []
        with self._store.write() as connection:
            held = {}
            if number is not None:
                rows = connection.execute(
                    select(licences).where(licences.c.holder == number, licences.c.type.in_(types))
                )
                held = {row.type: row for row in rows if row.valid_to is None or row.valid_to >= today}
            for name in types:
                kind = self.types.get(name)
                row = held.get(name)
                if kind is None:
                    found.append(LicenceFound(name, "unknown_type"))
                elif row is None:
                    found.append(LicenceFound(name, "none"))
                else:
                    found.append(
                        LicenceFound(
                            name,
                            "found",
                            row.number,
                            kind.issuer,
                            row.issued_on,
                            row.valid_to,
                            json.loads(row.fields),
                        )
                    )
            connection.execute(
                insert(audit),
                [
                    # An unknown type is text from outside; the audit says only that there was one.
                    {
                        "at": stamp(at),
                        "who": handle,
                        "item_id": item_id,
                        "type": one.type if one.status != "unknown_type" else "-",
                        "result": one.status,
                    }
                    for one in found
                ],
            )
        return tuple(found)

    # --- filling -------------------------------------------------------------------------------------------------

    def _fill(self, people: Path | None, count: int) -> None:
        demo = demo_people(people) if people is not None else []
        mark = hashlib.sha256(
            json.dumps([GENERATION, count, SEED, self.handle("mark"), demo, list(self.types)]).encode()
        ).hexdigest()
        with self._store.read() as connection:
            if connection.execute(select(meta.c.value).where(meta.c.key == "registry")).scalar() == mark:
                return
        person_rows, licence_rows = _generate(count, tuple(self.types.values()))
        for person in demo:
            facts = {**person.get("facts", {}), "english_name": person.get("english_name", "")}
            person_rows.append(
                {"number": person["number"], "name": person["name"], "facts": facts, "demo_key": person["key"]}
            )
            for kind, held in person.get("licences", {}).items():
                licence_rows.append({"holder": person["number"], "type": kind, **held})
        for row in person_rows:
            row["handle"] = self.handle(row["number"])
            row["facts"] = json.dumps(row["facts"], ensure_ascii=False)
        for row in licence_rows:
            row["fields"] = json.dumps(row["fields"], ensure_ascii=False)
        with self._store.write() as connection:
            connection.execute(delete(licences))
            connection.execute(delete(residents))
            connection.execute(insert(residents), person_rows)
            connection.execute(insert(licences), licence_rows)
            connection.execute(delete(meta).where(meta.c.key == "registry"))
            connection.execute(insert(meta).values(key="registry", value=mark))


def _generate(count: int, types: tuple[LicenceType, ...]) -> tuple[list[dict[str, JSON]], list[dict[str, JSON]]]:
    """Residents and their licences, the same for the same arguments."""
    chance = random.Random(SEED)
    by_id = {kind.id: kind for kind in types}
    first, days = date(1940, 1, 1), (date(2008, 12, 31) - date(1940, 1, 1)).days
    people: list[dict[str, JSON]] = []
    held: list[dict[str, JSON]] = []
    seen: set[str] = set()
    while len(people) < count:
        born = first + timedelta(days=chance.randrange(days))
        body = f"{AREA}{born:%Y%m%d}{chance.randrange(1, 1000):03d}"
        if body in seen:
            continue
        seen.add(body)
        number = body + check_character(body)
        name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2, 2))))
        months = chance.randrange(0, 13 * max(1, 2026 - born.year - 22)) if chance.random() < 0.7 else 0
        district = chance.choice(DISTRICTS)
        door = f"{chance.choice(STREETS)}{chance.randrange(1, 300)}号{chance.randrange(101, 1800)}室"
        home = {
            "holder_name": name,
            "district": district,
            "address": door,
            "months": str(months),
        }
        people.append(
            {
                "number": number,
                "name": name,
                "facts": {"social_insurance_months": months, "record_conflict": chance.random() < 0.02},
                "demo_key": None,
            }
        )
        wanted = [kind for kind, share in COMMON if chance.random() < share]
        wanted.append(types[chance.randrange(len(types))].id)
        for kind in dict.fromkeys(wanted):
            held.append(_licence(by_id[kind], number, home, chance))
    return people, held


def _licence(kind: LicenceType, number: str, home: Mapping[str, str], chance: random.Random) -> dict[str, JSON]:
    issued = date(2015, 1, 1) + timedelta(days=chance.randrange(4200))
    ends = None if chance.random() < 0.6 else issued + timedelta(days=365 * chance.choice((1, 5, 10, 20)))
    values: dict[str, str] = {
        "since": issued.isoformat(),
        "until": (ends or issued + timedelta(days=730)).isoformat(),
        "last_month": f"{issued:%Y-%m}",
        "state": "active",
        "hours": "8",
        "passed_on": issued.isoformat(),
        "checked_on": issued.isoformat(),
        "class": "C1",
        **home,
    }
    return {
        "holder": number,
        "type": kind.id,
        "number": f"YP{chance.randrange(10**9, 10**10)}",
        "issued_on": issued.isoformat(),
        "valid_to": None if ends is None else ends.isoformat(),
        "fields": {name: values[name] for name in kind.fields if name in values},
    }
