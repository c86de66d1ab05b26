"""One resident at one terminal. The session owns every piece of personal data; dropping it is the wipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from kiosk.domain.captured_document import CapturedDocument
from kiosk.domain.case import CaseAnswer, FiledCase
from kiosk.domain.open_work import OpenWork, ResumeCode
from kiosk.domain.parked import Claimed, Parked
from kiosk.forms import AnswerSet, Licence, ServicePackage

Method = Literal["id_card", "citizen_qr", "passport"]
LicenceState = Literal["not_asked", "asking", "answered", "unavailable"]
RecordState = Literal["not_asked", "asking", "answered", "unavailable"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Who acts. ``number`` is empty when a citizen code was used offline; ``handle`` is then the centre's pseudonym."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    card_kind: str
    handle: str = field(default="", repr=False)
    prefill: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class IdentityProof:
    """How it was shown who acts. Trust A: the chip, or the centre confirmed it; B: a signed code, checked offline, or
    the printed lines of a passport, whose check digits fit.
    """

    method: Method
    at: datetime
    trust: Literal["A", "B"]


@dataclass(frozen=True, slots=True)
class Signature:
    """Strokes on the signature area, in its pixels. None at all: the person cannot write, and confirmed with a key;
    who they are was shown.
    """

    width: int
    height: int
    strokes: tuple[tuple[tuple[int, int], ...], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PartyJoined:
    """What became of somebody else on this case: signed ``here``, or comes ``later`` by a code.

    ``digest`` names what they read before they signed; when the answers are others now, nobody has signed them.
    """

    way: Literal["here", "later"]
    at: datetime
    subject: Subject | None = field(default=None, repr=False)
    proof: IdentityProof | None = None
    signature: Signature | None = field(default=None, repr=False)
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Joining:
    """The other person who has the terminal right now, as far as they came."""

    key: str
    subject: Subject | None = field(default=None, repr=False)
    proof: IdentityProof | None = None
    ticked: bool = False
    signature: Signature | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Contest:
    """The resident says that a shown datum is wrong: where it came from, and when that was said."""

    source: Literal["card", "licence", "record", "citizen_code", "passport"]
    at: datetime


@dataclass(frozen=True, slots=True)
class Filing:
    """The cases of this visit once they are committed, and what is known about each."""

    trace_id: str
    at: datetime
    cases: tuple[FiledCase, ...]
    answers: Mapping[str, CaseAnswer] = field(default_factory=dict)
    codes: tuple[ResumeCode, ...] = ()
    """What is still open, each with the code to come back by."""
    settled: bool = False
    """True when the resident no longer waits: answered, or ``submit_wait_s`` is over."""

    @property
    def main(self) -> FiledCase:
        """The case itself, or the parent of a bundle."""
        return self.cases[0]

    @property
    def answer(self) -> CaseAnswer | None:
        """The centre's answer about the main case, if it came."""
        return self.answers.get(self.main.case_id)

    @property
    def all_answered(self) -> bool:
        """Whether the centre answered about every case."""
        return all(case.case_id in self.answers for case in self.cases)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSession:
    """Everything one resident did and said here. ``id`` is random and the only correlator in logs."""

    id: str
    started_mono: float
    item_id: str | None = None
    draft_of: str | None = None
    """The item that the answers belong to; they stay while a resident looks at other guides and comes back."""
    package: ServicePackage | None = field(default=None, repr=False)
    """The very package the draft began with, whatever the centre has published since."""
    answers: AnswerSet = field(default_factory=dict, repr=False)
    consents: Mapping[str, datetime] = field(default_factory=dict)
    subject: Subject | None = field(default=None, repr=False)
    proof: IdentityProof | None = None
    licence_state: LicenceState = "not_asked"
    licences: Mapping[str, Licence] = field(default_factory=dict, repr=False)
    licences_asked: frozenset[str] = frozenset()
    record_state: RecordState = "not_asked"
    record: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the registers say, by the names of the item's record.json; ``record_as_of`` is the day it holds for."""
    record_as_of: date | None = None
    slots_state: RecordState = "not_asked"
    slots_office: str = ""
    slots: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Places left at that office, by day (ISO) and time, as the centre told them last."""
    contests: Mapping[str, Contest] = field(default_factory=dict)
    """By answer path, or ``licence:TYPE`` for an e-licence that took a paper's place."""
    material_ways: Mapping[str, str] = field(default_factory=dict)
    papers: Mapping[str, tuple[CapturedDocument, ...]] = field(default_factory=dict, repr=False)
    """Papers that were photographed here, by material; each has at least one page."""
    capturing: tuple[CapturedDocument, ...] = field(default=(), repr=False)
    """Pages of the paper that is being photographed now; they become ``papers`` when the resident says it is whole."""
    taken: CapturedDocument | None = field(default=None, repr=False)
    """The page the resident has to decide about."""
    preview: bytes = field(default=b"", repr=False)
    """What the document camera saw last."""
    declared: bool = False
    signature: Signature | None = field(default=None, repr=False)
    parties: Mapping[str, PartyJoined] = field(default_factory=dict, repr=False)
    """The others on this case, by the key of the party."""
    joining: Joining | None = field(default=None, repr=False)
    code: str = field(default="", repr=False)
    """What was typed or scanned to come back to a case, and how often that led nowhere."""
    code_misses: int = 0
    work: OpenWork | None = field(default=None, repr=False)
    """The case that somebody came back to."""
    claimed: Claimed | None = None
    """The parked work that was taken up here; it is given up once the case is committed."""
    parked: Parked | None = field(default=None, repr=False)
    """What was put by at the end of this visit."""
    filing: Filing | None = field(default=None, repr=False)
    watch: Literal["none", "watching", "over"] = "none"
    """Whether somebody waits here for a decision that the centre takes a while over."""
    print_job: str | None = None
    print_outcome: str = "none"
    receipt_lines: tuple[str, ...] = field(default=(), repr=False)
    sheet_job: str | None = None
    sheet_outcome: str = "none"
    sheet_detail: str = ""
    """The certificate on A4: its job, how far it came (PrintOutcome, "none" before it is asked for), and why."""
    slip_job: str | None = None
    slip_outcome: str = "none"
    """A slip that was asked for (checklist, register): its job, and how far it came."""
    rating: int | None = None
    rating_reasons: frozenset[str] = frozenset()

    @property
    def waiving(self) -> Mapping[str, Licence]:
        """The e-licences that take a paper's place: those that were found and that the resident does not call wrong."""
        return {kind: found for kind, found in self.licences.items() if f"licence:{kind}" not in self.contests}

    @property
    def personal(self) -> bool:
        """Whether anything of a person is held, so that leaving needs a wipe worth telling about."""
        return bool(
            self.answers or self.subject or self.signature or self.filing or self.papers or self.capturing or self.code
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A visit laid aside: what was said so far, and where the resident was. ``changing`` as in the flow's state.

    The session of a draft that was read back has its package only once somebody has found that very version.
    """

    session: IntakeSession = field(repr=False)
    item_version: int
    package_sha256: str
    step: str
    page: str | None
    changing: bool
    language: str
