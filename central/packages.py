"""The centre's side of service packages: the only module here that knows :mod:`kiosk.forms`.

Packages are read from a folder and published into the database; what was published once under an id and a version keeps
its bytes for ever, because cases and terminals name them by hash. A package that cannot be read, or that changed
without a new version, is refused with its reason and never stops the others; of the latter kind the content that was
published first goes on being offered.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import insert, select

from central.files import Kept
from central.papers import wrong_files, wrong_pictures
from central.problems import Fault
from central.store import Store, packages
from central.words import JSON, Clock, Text, local_day, stamp
from kiosk.forms import (
    Answer,
    Context,
    DecisionRule,
    FormEngine,
    MaterialNeed,
    PackageBundle,
    PackageError,
    PaperGiven,
    ServicePackage,
    add_workdays,
    bundle_from_folder,
    canonical_bytes,
    load_package,
    mask_name,
    party_digest,
    seen_rows,
)
from kiosk.forms import decide as decide_by_rules
from kiosk.forms.booking import booking_days

__all__ = ["Item", "Offer", "Office", "Shelf", "Verdict", "canonical_bytes", "mask_name"]

FACT_TYPES: Mapping[str, type] = {"integer": int, "boolean": bool, "string": str}
LET_OFF = frozenset({"waived_agency", "waived_licence", "promise"})
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Offer:
    """One line of the catalogue."""

    id: str
    version: int
    sha256: str
    title: Text
    code: str

    def as_json(self) -> JSON:
        """The ``CatalogueItem`` of the contract."""
        return {
            "id": self.id,
            "version": self.version,
            "sha256": self.sha256,
            "title": dict(self.title),
            "code": self.code,
        }


@dataclass(frozen=True, slots=True)
class Office:
    """The office that receives a case."""

    code: str
    name: Text
    phone: str

    def as_json(self) -> dict[str, JSON]:
        """The ``Office`` of the contract."""
        return {"code": self.code, "name": dict(self.name), "phone": self.phone}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules decided. ``outcome``: granted, refused, referred."""

    outcome: str
    reason: Text
    rule_id: str
    document: dict[str, JSON] | None

    def as_json(self) -> dict[str, JSON]:
        """The ``Decision`` of the contract."""
        return {
            "outcome": self.outcome,
            "reason": dict(self.reason),
            "rule_id": self.rule_id,
            "document": self.document,
        }


@dataclass(frozen=True, slots=True)
class Timetable:
    """The times of a bookable day (``09:30``), and how many people one time takes."""

    slots: tuple[str, ...]
    capacity: int


class Item:
    """One published package, ready to check and decide. Safe to use from several threads: it never changes."""

    def __init__(self, package: ServicePackage) -> None:
        self._package = package
        self._engine = FormEngine(package)
        self._children = {child.id: child for child in package.children}
        self._materials = frozenset(material.id for material in package.materials)
        self._capturable = frozenset(material.id for material in package.materials if "capture" in material.ways)
        self._bound = _bound_fields(package)

    @property
    def offer(self) -> Offer:
        """Its line of the catalogue."""
        package = self._package
        return Offer(package.id, package.version, package.sha256, package.title, package.code)

    @property
    def id(self) -> str:
        """Its id."""
        return self._package.id

    @property
    def offices(self) -> tuple[str, ...]:
        """Codes of the offices that receive its cases, the default first."""
        rules = self._package.office_rules
        return tuple(dict.fromkeys([rules.default.code, *(office.code for office in rules.by_region.values())]))

    @property
    def timetable(self) -> Timetable | None:
        """What can be booked; None where nothing can."""
        rules = self._package.booking
        return None if rules is None else Timetable(rules.slots, rules.capacity)

    def booking_days(self, today: date) -> tuple[date, ...]:
        """The days that can be booked now."""
        return () if self._package.booking is None else booking_days(self._package.booking, today)

    def wish(self, data: Mapping[str, JSON]) -> tuple[date, str] | None:
        """The day and time that a case asks for; None for an item that books nothing."""
        rules = self._package.booking
        if rules is None:
            return None
        day, slot = (_at(data, path) for path in (rules.day, rules.slot))
        return (date.fromisoformat(day), slot) if isinstance(day, str) and isinstance(slot, str) else None

    @property
    def kind(self) -> str:
        """apply, certificate, bundle or complaint."""
        return self._package.kind

    @property
    def decides(self) -> bool:
        """Whether the package brings rules to decide by."""
        return self._package.decision is not None

    def accepts(self, method: str) -> bool:
        """Whether a person may be identified by ``method`` for this item."""
        return method in self._package.identify

    @property
    def record(self) -> Mapping[str, type] | None:
        """Facts of the registers that this item may show, with their types; None when it shows none."""
        record = self._package.record
        return None if record is None else {fact.name: FACT_TYPES[fact.kind] for fact in record.facts}

    def bound(self, licence_type: str) -> frozenset[str]:
        """Fields of a licence that the form fills from; nothing else of a licence is handed out."""
        return self._bound.get(licence_type, frozenset())

    def title(self, child: str | None) -> Text:
        """Title of the item, or of one child item of a bundle."""
        return self._package.title if child is None else self._children[child].title

    def check(
        self,
        case: Mapping[str, JSON],
        today: date,
        kept: Mapping[str, Kept],
        parent: Mapping[str, JSON] | None = None,
    ) -> tuple[Fault, ...]:
        """What is wrong with a case that fits the schema, by this package's own words and rules.

        ``kept`` are the files it names that are here; of the others nothing can be wrong yet.
        ``parent`` is the data of the parent case where it is stored: a child's data must be exactly its agency's share
        of it. A child that comes first may hold nothing outside that share; its parent is checked as a whole.
        """
        found: list[Fault] = []
        item = case["item"]
        child = item["child"]
        if child is not None and child not in self._children:
            found.append(_fault("/item/child", "unknown_child", "没有这个子事项", "no such child item"))
        if (child is None) != (case["parent_id"] is None):
            found.append(_fault("/parent_id", "parent", "子事项才有上级办件", "exactly child cases have a parent"))
        code = self._package.code if child is None else getattr(self._children.get(child), "code", item["code"])
        if item["code"] != code:
            found.append(_fault("/item/code", "item_code", "事项编码不对", "not the code of this item"))
        for index, material in enumerate(case["materials"]):
            if material["id"] not in self._materials:
                found.append(_fault(f"/materials/{index}/id", "unknown_material", "没有这份材料", "no such material"))
        pictures, is_child = case.get("attachments", ()), child is not None
        wrong = (
            *wrong_files(case["materials"], self._capturable, kept, pictures, child=is_child),
            *wrong_pictures(pictures, self._named_pictures(case["data"]), kept, child=is_child),
        )
        found += [_fault(*one) for one in wrong]
        if child is None:  # a child case carries the data; consent and declaration stand in its parent
            given = {consent["id"] for consent in case["consents"] if consent["given"]}
            for consent in self._package.consents:
                if consent.required and consent.id not in given:
                    found.append(
                        _fault("/consents", "consent_missing", "缺少必要的同意", "a needed consent is missing")
                    )
        context = Context(today=today, language=case["language"], subject_kind=case["subject"]["kind"], offline=False)
        if child is not None:
            return (*found, *self._wrong_share(case, context, parent))
        errors = self._engine.validate(case["data"], context)
        found.extend(Fault(error.path, error.code, dict(error.message)) for error in errors)
        if not errors:
            found += self._failed_papers(case, context)
            found += self._wrong_parties(case, context)
        return tuple(found)

    def _wrong_share(
        self, case: Mapping[str, JSON], context: Context, parent: Mapping[str, JSON] | None
    ) -> Iterator[Fault]:
        """What a child case holds that is not its agency's."""
        child = self._children.get(case["item"]["child"])
        if child is None:
            return
        for index, material in enumerate(case["materials"]):
            if child.materials is not None and material["id"] not in child.materials:
                yield _fault(
                    f"/materials/{index}/id", "not_its_paper", "这份材料不归这个部门", "not this agency's paper"
                )
        data = case["data"]
        if parent is not None:
            if child.id not in self._engine.children(dict(_answers(parent)), context):
                yield _fault("/item/child", "child_not_needed", "这次不用办这个子事项", "not part of this path")
            elif data != self._engine.child_data(child, parent):
                yield _fault("/data", "projection", "和主办件里的内容不一致", "not this agency's share of the parent")
        elif data != self._engine.child_data(child, data):
            yield _fault("/data", "projection", "有不归这个部门的内容", "holds what is not this agency's")

    def check_following(self, case: Mapping[str, JSON], kept: Mapping[str, Kept]) -> tuple[Fault, ...]:
        """What is wrong with a case that only brings what another one was still waiting for."""
        wrong = wrong_files(case["materials"], self._capturable, kept, child=False)
        found = [_fault(*one) for one in wrong]
        if case["item"]["code"] != self._package.code:
            found.append(_fault("/item/code", "item_code", "事项编码不对", "not the code of this item"))
        return tuple(found)

    def paper(self, material: str) -> JSON:
        """An owed paper in words, and whether a photograph of it is taken."""
        found = next(one for one in self._package.materials if one.id == material)
        return {
            "id": found.id,
            "title": dict(found.title),
            "hint": None if found.hint is None else dict(found.hint),
            "capture": "capture" in found.ways,
        }

    def party(self, case: Mapping[str, JSON], key: str) -> dict[str, JSON]:
        """What this party may read of a stored case (masked), what they confirm, and the digest of just that."""
        answers, context = dict(_answers(case["data"])), self._context_of(case)
        need = next(one for one in self._engine.parties(answers, context) if one.key == key)
        sees = self._engine.sees(need, answers, context)
        return {
            "key": key,
            "id": need.party.id,
            "title": dict(need.party.title),
            "rows": [{"label": dict(row.label), "value": dict(row.value)} for row in seen_rows(self._engine, sees)],
            "confirms": dict(need.party.confirms),
            "digest": party_digest(need, sees),
        }

    def _context_of(self, case: Mapping[str, JSON]) -> Context:
        """The day a stored case was confirmed decides what was asked then."""
        confirmed = datetime.fromisoformat(case["created_at"])
        return Context(local_day(confirmed), case["language"], case["subject"]["kind"], offline=False)

    def _wrong_parties(self, case: Mapping[str, JSON], context: Context) -> Iterator[Fault]:
        """Everybody of this path has confirmed just this case, or may come later and has a code."""
        answers = dict(_answers(case["data"]))
        needs = {need.key: need for need in self._engine.parties(answers, context)}
        given = {party["key"]: party for party in case.get("parties", ())}
        if set(needs) != set(given) or len(given) != len(case.get("parties", ())):
            yield _fault("/parties", "parties", "要确认的人不对", "not the people who have to confirm")
            return
        for index, party in enumerate(case.get("parties", ())):
            need, at = needs[party["key"]], f"/parties/{index}"
            if (party["id"], party["name"], party["number"]) != (need.party.id, need.name, need.number):
                yield _fault(at, "party", "不是表里填的那一位", "not the person of the form")
            elif party["state"] == "later" and need.party.later_workdays is None:
                yield _fault(f"{at}/state", "not_later", "要当场确认", "has to confirm at once")
            elif party["state"] == "signed" and party["digest"] != party_digest(
                need, self._engine.sees(need, answers, context)
            ):
                yield _fault(f"{at}/digest", "digest", "看到的不是办件里的内容", "what was read is not the case")

    def _failed_papers(self, case: Mapping[str, JSON], context: Context) -> Iterator[Fault]:
        """Papers that the window would send back, by the rules the terminal has shown before it sent.

        What an e-licence stands in for is not looked at here: the library may have changed since.
        """
        given = {
            material["id"]: PaperGiven(
                "capture" if material["state"] == "captured" else material["state"], len(material.get("files", ()))
            )
            for material in case["materials"]
        }
        answers = dict(_answers(case["data"]))
        needs = {need.material.id: need for need in self._engine.materials(answers, {}, context)}
        for index, material in enumerate(case["materials"]):
            need = needs.pop(material["id"], None)
            if need is None or need.state == "not_needed":
                yield _fault(
                    f"/materials/{index}/id", "paper", "不用这份材料，或者写了两次", "not needed, or there twice"
                )
            elif material["state"] in LET_OFF and material["state"] not in _let_off(need):
                yield _fault(
                    f"/materials/{index}/state", "paper_state", "这份材料不能这样交", "not a way of this paper"
                )
        for check in self._engine.precheck(answers, {}, given, context):
            way = given.get(check.material.id, PaperGiven()).way
            if check.state == "fail" and check.message is not None and way != "waived_licence":
                yield Fault(f"/materials/{check.material.id}", str(check.code), dict(check.message))

    def _named_pictures(self, data: Mapping[str, JSON]) -> dict[str, str]:
        """The pictures that the data names, by path."""
        named: dict[str, str] = {}
        for page in self._package.pages:
            for field in page.fields:
                value: JSON = data
                for part in field.path.split("."):
                    value = value.get(part) if isinstance(value, dict) else None
                if field.kind == "file" and page.repeat is None and isinstance(value, str):
                    named[field.path] = value
        return named

    def office(self, data: Mapping[str, JSON], child: str | None = None) -> Office:
        """The office that follows from the answers; a child item goes to its own agency."""
        office = self._engine.office(data)
        name = office.name if child is None else self._children[child].agency
        return Office(office.code, dict(name), office.phone)

    def decide(self, data: Mapping[str, JSON], facts: Mapping[str, JSON], today: date, number: str) -> Verdict:
        """Decide by the package's rules. ``number`` is what a document that comes out is called."""
        return self._decide(self._package, data, facts, today, number)

    def _decide(
        self,
        package: ServicePackage,
        data: Mapping[str, JSON],
        facts: Mapping[str, JSON],
        today: date,
        number: str,
    ) -> Verdict:
        decision = decide_by_rules(package, data, facts, today)
        document: dict[str, JSON] | None = None
        if decision.document is not None:
            draft = decision.document
            document = {
                "title": dict(draft.title),
                "number": number,
                "statement": dict(draft.statement),
                "rows": [{"label": dict(row.label), "value": dict(row.value)} for row in draft.rows],
                "issuer": dict(self._package.agency),
                "issued_on": draft.issued_on.isoformat(),
                "valid_to": None if draft.valid_to is None else draft.valid_to.isoformat(),
            }
        return Verdict(decision.outcome, dict(decision.reason), decision.rule_id, document)

    def decide_by_officer(
        self,
        outcome: str,
        reason: Text,
        data: Mapping[str, JSON],
        facts: Mapping[str, JSON],
        today: date,
        number: str,
    ) -> Verdict:
        """A person's decision; a grant brings the item's document as far as the facts for it are known."""
        rules = self._package.decision
        document: dict[str, JSON] | None = None
        if outcome == "granted" and rules is not None:
            always = DecisionRule("officer", True, "granted", reason)
            document = self._decide(
                replace(self._package, decision=replace(rules, rules=(always,))), data, facts, today, number
            ).document
        return Verdict(outcome, dict(reason), "officer", document)

    @property
    def decides_after_s(self) -> int | None:
        """Seconds from taking a case to deciding it by rule; None: at once."""
        return self._package.decision.after_s if self._package.decision is not None else None

    def due(self, start: date) -> date:
        """The day by which the promised working days are over."""
        return add_workdays(start, self._package.guide.promised_workdays)


def _let_off(need: MaterialNeed) -> frozenset[str]:
    """The states of this paper in which nobody will ever hand it in."""
    material = need.material
    if material.issued_by_city:
        return frozenset({"waived_agency"})
    # Whether the library has the licence was seen at the terminal; it may have changed since.
    found = {"waived_licence"} if material.licence_type is not None else set()
    return frozenset(found | ({"promise"} & set(material.ways)))


def _at(data: JSON, path: str) -> JSON:
    for name in path.split("."):
        data = data.get(name) if isinstance(data, Mapping) else None
    return data


def _fault(place: str, code: str, chinese: str, english: str) -> Fault:
    return Fault(place, code, {"zh-Hans": chinese, "en": english})


def _answers(data: JSON, path: str = "") -> Iterator[tuple[str, Answer]]:
    """Data as the engine's answers: what rules look at is the value alone."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in pairs:
        below = f"{path}{key}"
        if isinstance(value, dict):
            yield from _answers(value, f"{below}.")
        elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
            # A group's own answer is how many entries it has.
            yield below, Answer(len(value), "computed", "D", _NO_TIME)
            yield from _answers(value, f"{below}.")
        else:
            yield below, Answer(value, "computed", "D", _NO_TIME)


def _bound_fields(package: ServicePackage) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for page in package.pages:
        for field in page.fields:
            parts = (field.source or "").split(".")
            if len(parts) == 3 and parts[0] == "licence":
                found.setdefault(parts[1], set()).add(parts[2])
    return {licence_type: frozenset(fields) for licence_type, fields in found.items()}


class Shelf:
    """What is offered now, and everything that ever was."""

    def __init__(self, store: Store, folder: Path, clock: Clock) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._items: dict[tuple[str, int], Item] = {}
        self._offers: dict[str, Item] = {}
        self.errors: list[str] = []
        for path in sorted(p for p in folder.iterdir() if not p.name.startswith(".")) if folder.is_dir() else ():
            if path.is_dir():
                self._take(path, clock)
        offers = [item.offer.as_json() for _, item in sorted(self._offers.items())]
        self._version = hashlib.sha256(canonical_bytes(offers)).hexdigest()[:32]
        self._catalogue = canonical_bytes({"version": self._version, "items": offers})

    def _take(self, path: Path, clock: Clock) -> None:
        try:
            bundle = bundle_from_folder(path)
            body = bundle.to_bytes()
            package = load_package(bundle)
            if package.id in self._offers:
                raise PackageError("package.json", "/id", "another folder offers an item of this id")
            if not self._publish(package, body, clock):
                reason = f"version {package.version} was published with other content; raise it"
                self.errors.append(f"{path.name}/{PackageError('package.json', '/version', reason)}")
                published = self.bundle(package.id, package.version)
                if published is None:
                    return
                package = load_package(PackageBundle.from_bytes(published[0]))
        except PackageError as error:
            self.errors.append(f"{path.name}/{error}")
            return
        item = Item(package)
        self._offers[package.id] = item
        self._items[(package.id, package.version)] = item

    def _publish(self, package: ServicePackage, body: bytes, clock: Clock) -> bool:
        """Whether this id and version have this content, now and for ever."""
        where = (packages.c.id == package.id) & (packages.c.version == package.version)
        with self._store.write() as connection:
            known = connection.execute(select(packages.c.sha256).where(where)).scalar()
            if known is None:
                connection.execute(
                    insert(packages).values(
                        id=package.id,
                        version=package.version,
                        sha256=package.sha256,
                        body=body,
                        published_at=stamp(clock()),
                    )
                )
        return known is None or bool(known == package.sha256)

    @property
    def version(self) -> str:
        """Changes when any offered item changes."""
        return self._version

    @property
    def count(self) -> int:
        """How many items are offered."""
        return len(self._offers)

    def catalogue(self) -> bytes:
        """The ``Catalogue`` of the contract, as canonical JSON."""
        return self._catalogue

    def offered(self, item_id: str) -> Item | None:
        """The item as it is offered now."""
        return self._offers.get(item_id)

    def bundle(self, item_id: str, version: int) -> tuple[bytes, str] | None:
        """Exact bytes and hash of a published package, offered or not."""
        where = (packages.c.id == item_id) & (packages.c.version == version)
        with self._store.read() as connection:
            row = connection.execute(select(packages.c.body, packages.c.sha256).where(where)).first()
        return None if row is None else (bytes(row.body), str(row.sha256))

    def published(self, item_id: str, version: int, sha256: str) -> Item | None:
        """The item in exactly this version and content; None if it was never published so."""
        item = self._items.get((item_id, version))
        if item is None:
            found = self.bundle(item_id, version)
            if found is None:
                return None
            with self._lock:
                item = self._items.setdefault(
                    (item_id, version), Item(load_package(PackageBundle.from_bytes(found[0])))
                )
        return item if item.offer.sha256 == sha256 else None
