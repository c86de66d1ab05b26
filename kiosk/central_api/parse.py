"""Answers of the centre into frozen values, by hand and strictly. Unknown extra fields are let through."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import NoReturn

from kiosk.domain.open_work import CasePart, OpenWork, OwedPaper, WorkParty, WorkRow
from kiosk.domain.parked import HALF_BYTES
from kiosk.domain.sealing import ALGORITHM, SealingKey
from kiosk.ports.central import (
    CaseStatusReport,
    Catalogue,
    CatalogueItem,
    CentreAnswer,
    CentreDecision,
    CentreMachine,
    CentreSite,
    CentreSubject,
    CitizenKey,
    FreeSlots,
    HeartbeatAnswer,
    IdentitySession,
    LicenceFound,
    ParkedClaim,
    RecordFound,
    SiteList,
    Text,
    TicketReport,
)

CASE_STATUSES = frozenset({"received", "accepted", "granted", "refused", "referred", "ticketed"})
DECISIONS = frozenset({"granted", "refused", "referred"})
LICENCE_STATUSES = frozenset({"found", "none", "unknown_type"})
WORK_KINDS = frozenset({"supplement", "party", "status"})
TICKET_STATUSES = frozenset({"open", "answered", "closed"})
PROBLEM_TYPE = re.compile(r"urn:kiosk:problem:[a-z0-9-]+")
_HEX = frozenset("0123456789abcdef")

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class BadAnswer(Exception):
    """The bytes are not what docs/openapi.json says. Holds the place, never the value."""


def load(body: bytes) -> Json:
    """UTF-8 JSON without NaN and without a name twice. Raises BadAnswer, whatever is wrong with it."""
    try:
        value: Json = json.loads(body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_no_name_twice)
    except (ValueError, RecursionError):
        raise BadAnswer("not JSON") from None
    return value


def _no_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _no_name_twice(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


class Reader:
    """One JSON object being read; every getter names its place when it refuses."""

    __slots__ = ("_place", "_raw")

    def __init__(self, value: Json, place: str = "$") -> None:
        if not isinstance(value, dict):
            raise BadAnswer(f"{place}: not an object")
        self._raw = value
        self._place = place

    def _bad(self, key: str) -> BadAnswer:
        return BadAnswer(f"{self._place}.{key}")

    def text(self, key: str, longest: int = 4000) -> str:
        value = self._raw.get(key)
        if not isinstance(value, str) or len(value) > longest:
            raise self._bad(key)
        return value

    def text_or_none(self, key: str) -> str | None:
        return None if self._raw.get(key) is None else self.text(key)

    def word(self, key: str, allowed: frozenset[str]) -> str:
        value = self.text(key, 64)
        if value not in allowed:
            raise self._bad(key)
        return value

    def whole(self, key: str) -> int:
        value = self._raw.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
            raise self._bad(key)
        return value

    def metres(self, key: str) -> int:
        value = self._raw.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 1_000_000:
            raise self._bad(key)
        return value

    def switch(self, key: str) -> bool:
        value = self._raw.get(key)
        if not isinstance(value, bool):
            raise self._bad(key)
        return value

    def sha256(self, key: str) -> str:
        value = self.text(key, 64)
        if len(value) != 64 or not _HEX.issuperset(value):
            raise self._bad(key)
        return value

    def time(self, key: str) -> datetime:
        try:
            value = datetime.fromisoformat(self.text(key, 40))
        except ValueError:
            raise self._bad(key) from None
        if value.tzinfo is None:
            raise self._bad(key)
        return value.astimezone(UTC)

    def day(self, key: str) -> date:
        try:
            return date.fromisoformat(self.text(key, 10))
        except ValueError:
            raise self._bad(key) from None

    def day_or_none(self, key: str) -> str | None:
        return None if self._raw.get(key) is None else self.day(key).isoformat()

    def texts(self, key: str) -> Text:
        value = self._raw.get(key)
        if not isinstance(value, dict) or not value:
            raise self._bad(key)
        found: dict[str, str] = {}
        for language, words in value.items():
            if not isinstance(words, str):
                raise self._bad(key)
            found[language] = words
        return found

    def texts_or_none(self, key: str) -> Text | None:
        return None if self._raw.get(key) is None else self.texts(key)

    def raw_bytes(self, key: str, longest: int, *, url_safe: bool = False) -> bytes:
        """Base64, or base64url without padding; `longest` counts characters."""
        value = self.text(key, longest)
        try:
            if not url_safe:
                return base64.b64decode(value, validate=True)
            return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
        except ValueError:
            raise self._bad(key) from None

    def text_list(self, key: str) -> tuple[Text, ...]:
        value = self._raw.get(key)
        if not isinstance(value, list):
            raise self._bad(key)
        return tuple(Reader({"_": words}, f"{self._place}.{key}").texts("_") for words in value)

    def strings(self, key: str) -> Mapping[str, str]:
        value = self._raw.get(key)
        if not isinstance(value, dict):
            raise self._bad(key)
        found: dict[str, str] = {}
        for name, words in value.items():
            if not isinstance(words, str):
                raise self._bad(key)
            found[name] = words
        return found

    def string_list(self, key: str) -> tuple[str, ...]:
        value = self._raw.get(key)
        if not isinstance(value, list):
            raise self._bad(key)
        found: list[str] = []
        for words in value:
            if not isinstance(words, str) or len(words) > 4000:
                raise self._bad(key)
            found.append(words)
        return tuple(found)

    def inner(self, key: str) -> Reader:
        return Reader(self._raw.get(key), f"{self._place}.{key}")

    def inner_or_none(self, key: str) -> Reader | None:
        return None if self._raw.get(key) is None else self.inner(key)

    def objects(self, key: str) -> tuple[Reader, ...]:
        value = self._raw.get(key)
        if not isinstance(value, list):
            raise self._bad(key)
        return tuple(Reader(entry, f"{self._place}.{key}.{index}") for index, entry in enumerate(value))

    def objects_or_none(self, key: str) -> tuple[Reader, ...]:
        return () if self._raw.get(key) is None else self.objects(key)

    def items(self) -> tuple[tuple[str, Json], ...]:
        return tuple(self._raw.items())


def is_problem(raw: Reader, status: int) -> bool:
    """Whether this is a #/components/schemas/Problem for an answer with this status. Raises BadAnswer."""
    return PROBLEM_TYPE.fullmatch(raw.text("type", 200)) is not None and raw.whole("status") == status


def document(raw: Reader) -> Mapping[str, object]:
    """#/components/schemas/Document, as JSON again: it is kept as the centre drew it up, but nothing else gets in."""
    return {
        "title": raw.texts("title"),
        "number": raw.text("number", 64),
        "statement": raw.texts("statement"),
        "rows": [{"label": row.texts("label"), "value": row.texts("value")} for row in raw.objects("rows")],
        "issuer": raw.texts("issuer"),
        "issued_on": raw.day("issued_on").isoformat(),
        "valid_to": raw.day_or_none("valid_to"),
    }


def decision(raw: Reader) -> CentreDecision:
    """#/components/schemas/Decision"""
    inner = raw.inner_or_none("document")
    return CentreDecision(
        raw.word("outcome", DECISIONS), raw.texts("reason"), None if inner is None else document(inner)
    )


def case_answer(raw: Reader) -> CentreAnswer:
    """#/components/schemas/CaseAnswer"""
    inner = raw.inner_or_none("decision")
    return CentreAnswer(
        case_id=raw.text("case_id", 40),
        sha256=raw.sha256("sha256"),
        status=raw.word("status", CASE_STATUSES),
        accepted_at=raw.time("accepted_at"),
        official_no=raw.text_or_none("official_no"),
        ticket_no=raw.text_or_none("ticket_no"),
        decision=None if inner is None else decision(inner),
    )


def catalogue(raw: Reader, etag: str | None) -> Catalogue:
    """#/components/schemas/Catalogue"""
    items = tuple(
        CatalogueItem(
            id=item.text("id", 64),
            version=item.whole("version"),
            sha256=item.sha256("sha256"),
            title=item.texts("title"),
            code=item.text("code"),
        )
        for item in raw.objects("items")
    )
    if len({item.id for item in items}) != len(items):
        raise BadAnswer("$.items: an item twice")
    return Catalogue(raw.text("version"), items, etag)


def identity_session(raw: Reader) -> IdentitySession:
    """#/components/schemas/IdentitySession"""
    subject = raw.inner("subject")
    return IdentitySession(
        session=raw.text("session", 64),
        subject=CentreSubject(subject.text("handle", 64), subject.text("name", 120), subject.text_or_none("number")),
        expires_at=raw.time("expires_at"),
    )


def licences(raw: Reader) -> tuple[LicenceFound, ...]:
    """#/components/schemas/LicenceAnswer"""
    return tuple(
        LicenceFound(
            type=entry.text("type", 64),
            status=entry.word("status", LICENCE_STATUSES),
            number=entry.text_or_none("number"),
            issuer=entry.texts_or_none("issuer"),
            issued_on=entry.day_or_none("issued_on"),
            valid_to=entry.day_or_none("valid_to"),
            fields=entry.strings("fields"),
        )
        for entry in raw.objects("results")
    )


def record(raw: Reader) -> RecordFound:
    """#/components/schemas/RecordAnswer"""
    facts: dict[str, int | bool | str] = {}
    for name, value in raw.inner("facts").items():
        if not isinstance(value, int | bool | str) or (isinstance(value, str) and len(value) > 4000):
            raise BadAnswer("$.facts")
        facts[name] = value
    return RecordFound(facts, raw.day("as_of"))


def slots(raw: Reader) -> FreeSlots:
    """#/components/schemas/Slots"""
    days = {
        entry.day("day").isoformat(): {slot.text("slot", 5): slot.whole("free") for slot in entry.objects("slots")}
        for entry in raw.objects("days")
    }
    return FreeSlots(raw.text("office", 40), days)


def known(raw: Reader) -> Mapping[str, str]:
    """#/components/schemas/KnownAnswer"""
    found = raw.inner("known")
    return {case_id: found.sha256(case_id) for case_id, _ in found.items()}


def case_status(raw: Reader) -> CaseStatusReport:
    """#/components/schemas/CaseStatusAnswer"""
    office = raw.inner_or_none("office")
    return CaseStatusReport(
        case_id=raw.text("case_id", 40),
        status=raw.word("status", CASE_STATUSES),
        accepted_at=raw.time("accepted_at"),
        official_no=raw.text_or_none("official_no"),
        ticket_no=raw.text_or_none("ticket_no"),
        office=None if office is None else office.texts("name"),
        children=raw.string_list("children"),
    )


def open_work(raw: Reader) -> OpenWork:
    """#/components/schemas/OpenWork"""
    item, party = raw.inner("item"), raw.inner_or_none("party")
    kind = raw.word("kind", WORK_KINDS)
    found = OpenWork(
        kind="party" if kind == "party" else "supplement" if kind == "supplement" else "status",
        case_id=raw.text("case_id", 40),
        item_id=item.text("id", 64),
        item_version=item.whole("version"),
        item_code=item.text("code", 64),
        package_sha256=item.sha256("package_sha256"),
        title=raw.texts("title"),
        office=raw.texts("office"),
        status=raw.word("status", CASE_STATUSES),
        accepted_at=raw.time("accepted_at"),
        official_no=raw.text_or_none("official_no"),
        due_on=None if raw.day_or_none("due_on") is None else raw.day("due_on"),
        owed=tuple(
            OwedPaper(
                paper.text("id", 64),
                paper.texts("title"),
                paper.texts_or_none("hint"),
                paper.day("due_on"),
                paper.switch("capture"),
            )
            for paper in raw.objects("owed")
        ),
        party=None if party is None else _work_party(party),
        parts=tuple(
            CasePart(part.texts("title"), part.texts_or_none("office"), part.word("status", CASE_STATUSES))
            for part in raw.objects("parts")
        ),
        waiting=raw.text_list("waiting"),
    )
    if (found.kind == "party") != (found.party is not None) or (found.kind == "supplement") != bool(found.owed):
        raise BadAnswer("$.kind: something else is open")
    return found


def _work_party(raw: Reader) -> WorkParty:
    return WorkParty(
        key=raw.text("key", 80),
        id=raw.text("id", 64),
        title=raw.texts("title"),
        rows=tuple(WorkRow(row.texts("label"), row.texts("value")) for row in raw.objects("rows")),
        confirms=raw.texts("confirms"),
        digest=raw.sha256("digest"),
    )


def ticket(raw: Reader) -> TicketReport:
    """#/components/schemas/Ticket"""
    office = raw.inner_or_none("office")
    return TicketReport(
        ticket_no=raw.text("ticket_no", 64),
        status=raw.word("status", TICKET_STATUSES),
        title=raw.texts("title"),
        office=None if office is None else office.texts("name"),
        opened_at=raw.time("opened_at"),
        due_on=raw.day("due_on"),
    )


def heartbeat(raw: Reader) -> HeartbeatAnswer:
    """#/components/schemas/HeartbeatAnswer"""
    tokens = raw.string_list("rating_tokens")
    if len(tokens) > 100 or any(not 1 <= len(token) <= 64 for token in tokens):
        raise BadAnswer("$.rating_tokens")
    return HeartbeatAnswer(raw.time("time"), tokens)


def sites(raw: Reader, etag: str | None) -> SiteList:
    """#/components/schemas/Sites"""
    found = tuple(
        CentreSite(
            id=site.text("id", 64),
            name=site.texts("name"),
            staffed=site.switch("staffed"),
            hours=site.texts_or_none("hours"),
            east_m=site.metres("east_m"),
            north_m=site.metres("north_m"),
            machines=tuple(
                CentreMachine(machine.string_list("working"), machine.time("as_of"))
                for machine in site.objects("machines")
            ),
        )
        for site in raw.objects("sites")
    )
    if len({site.id for site in found}) != len(found):
        raise BadAnswer("$.sites: a place twice")
    return SiteList(found, etag)


def citizen_keys(raw: Reader) -> tuple[CitizenKey, ...]:
    """#/components/schemas/CitizenCodeKeys"""
    return tuple(
        CitizenKey(
            kid=entry.text("kid", 128),
            alg=entry.word("alg", frozenset({"Ed25519"})),
            x=entry.text("x", 64),
            not_after=entry.time("not_after"),
        )
        for entry in raw.objects("keys")
    )


def missing(raw: Reader) -> tuple[str, ...]:
    """`missing` of #/components/schemas/Missing and BatchResult: hashes of files."""
    hashes = raw.string_list("missing")
    if not 1 <= len(hashes) <= 500 or len(set(hashes)) != len(hashes):
        raise BadAnswer("$.missing")
    return tuple(Reader({"missing": value}).sha256("missing") for value in hashes)


def sealing_keys(raw: Reader) -> tuple[SealingKey, ...]:
    """#/components/schemas/SealingKeys"""
    keys: list[SealingKey] = []
    for entry in raw.objects("keys"):
        entry.word("alg", frozenset({ALGORITHM}))
        x = entry.raw_bytes("x", 43, url_safe=True)
        if len(x) != 32 or entry.text("kid", 16) != SealingKey(x).kid:
            raise BadAnswer("$.keys: not the key it is said to be")
        keys.append(SealingKey(x))
    if not 1 <= len(keys) <= 8:
        raise BadAnswer("$.keys")
    return tuple(keys)


def parked_claim(raw: Reader) -> ParkedClaim:
    """#/components/schemas/ParkedWork"""
    item, half = raw.inner("item"), raw.raw_bytes("half", 22, url_safe=True)
    if len(half) != HALF_BYTES:
        raise BadAnswer("$.half")
    return ParkedClaim(
        parked_id=raw.text("parked_id", 16),
        item_id=item.text("id", 64),
        item_version=item.whole("version"),
        package_sha256=item.sha256("package_sha256"),
        until=raw.time("until"),
        half=half,
        work=raw.raw_bytes("work", 22_369_624),
        release=raw.text("release", 64),
    )
