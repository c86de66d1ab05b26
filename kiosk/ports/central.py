"""The centre as the terminal sees it: the case API, its answers, and what the sync loop publishes.

Every method of `CaseApi` blocks its caller up to its deadline, so it is called from worker threads only. Whatever the
other side does comes back as a value; nothing here raises for a bad answer. The wire shapes are docs/openapi.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from kiosk.domain.open_work import OpenWork
from kiosk.domain.sealing import SealingKey

Text = Mapping[str, str]  # language -> text


# --- what a case's receipt at the centre says ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CentreDecision:
    """Outcome "granted", "refused" or "referred"; the document, if any, as the centre drew it up (JSON)."""

    outcome: str
    reason: Text = field(repr=False)
    document: Mapping[str, object] | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class CentreAnswer:
    """The centre durably holds the case. status: received accepted granted refused referred ticketed."""

    case_id: str
    sha256: str
    status: str
    accepted_at: datetime
    official_no: str | None = None
    ticket_no: str | None = None
    decision: CentreDecision | None = None


# --- faults shared by every call -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rejected:
    """A definite "no" in problem+json (RFC 9457): `problem_type` is its type, `status` the HTTP status."""

    problem_type: str
    detail: str
    status: int = 400


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Busy, broken or out of reach.

    `answered` is True when an HTTP answer came at all, `about_item` when it was a definite one about this very request.
    """

    after_s: float | None
    why: str
    about_item: bool = False
    answered: bool = False


@dataclass(frozen=True, slots=True)
class LoginNeeded:
    """401 or 403: this terminal is not welcome; everything pauses."""

    why: str


@dataclass(frozen=True, slots=True)
class GatewayFault:
    """Something that is not the centre answered: HTML, redirect, broken JSON, wrong echo, too big, cut short."""

    why: str


CallFault = Rejected | RetryLater | LoginNeeded | GatewayFault


# --- sending a case --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delivered:
    """Stored now (201)."""

    answer: CentreAnswer


@dataclass(frozen=True, slots=True)
class AlreadyKnown:
    """The centre had these very bytes under this id before (200 or 208)."""

    answer: CentreAnswer


@dataclass(frozen=True, slots=True)
class FilesMissing:
    """202: nothing is stored; these files (SHA-256) have to be there first."""

    missing: tuple[str, ...]


SendOutcome = Delivered | AlreadyKnown | FilesMissing | Rejected | RetryLater | LoginNeeded | GatewayFault


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A photograph as it lies on the terminal; `sha256` is of `data`, lower-case hex."""

    sha256: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FileTaken:
    """The centre has the whole file, and its hash is right."""


@dataclass(frozen=True, slots=True)
class CaseToSend:
    """What a batch needs of one case."""

    case_id: str
    body: bytes = field(repr=False)
    sha256: str
    trace_id: str


# --- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NotModified:
    """304: what the terminal has is current."""


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """One item the centre offers; `sha256` is of its package bundle's bytes."""

    id: str
    version: int
    sha256: str
    title: Text
    code: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The whole list; `etag` as sent, to be given back."""

    version: str
    items: tuple[CatalogueItem, ...]
    etag: str | None


@dataclass(frozen=True, slots=True)
class PackageDownload:
    """Bundle bytes, hash already compared with the catalogue's by the caller's wish."""

    bundle: bytes = field(repr=False)
    sha256: str
    etag: str | None


@dataclass(frozen=True, slots=True)
class CentreSubject:
    """Who the centre says the shown proof belongs to."""

    handle: str
    name: str = field(repr=False)
    number: str | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class IdentitySession:
    """Short-lived right to ask the licence library for one person."""

    session: str = field(repr=False)
    subject: CentreSubject
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LicenceFound:
    """One e-licence asked for. status: "found", "none", "unknown_type". `fields` are the licence's own names."""

    type: str
    status: str
    number: str | None = field(repr=False, default=None)
    issuer: Text | None = None
    issued_on: str | None = None
    valid_to: str | None = None
    fields: Mapping[str, str] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordFound:
    """What the registers say: the facts that the item may show, by name; a fact that is not known is absent."""

    facts: Mapping[str, int | bool | str] = field(repr=False)
    as_of: date


@dataclass(frozen=True, slots=True)
class FreeSlots:
    """Places left at one office: day (ISO), time (``09:30``), how many."""

    office: str
    free: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class CaseStatusReport:
    """Progress of a case; `status` as in CentreAnswer."""

    case_id: str
    status: str
    accepted_at: datetime
    official_no: str | None
    ticket_no: str | None
    office: Text | None = None
    children: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TicketReport:
    """Progress of a 12345 ticket: status "open", "answered", "closed"."""

    ticket_no: str
    status: str
    title: Text
    office: Text | None
    opened_at: datetime
    due_on: date


@dataclass(frozen=True, slots=True)
class HeartbeatAnswer:
    """The centre's time and fresh one-time rating tokens."""

    time: datetime
    rating_tokens: tuple[str, ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class CitizenKey:
    """One Ed25519 public key for citizen codes: `x` base64url, `not_after` aware UTC."""

    kid: str
    alg: str
    x: str
    not_after: datetime


@dataclass(frozen=True, slots=True)
class CentreMachine:
    """One terminal of a place: names of the devices that worked when it was last heard of (UTC)."""

    working: tuple[str, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class CentreSite:
    """One place, in metres east and north of the city hall; `staffed` where people serve."""

    id: str
    name: Text
    staffed: bool
    hours: Text | None
    east_m: int
    north_m: int
    machines: tuple[CentreMachine, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteList:
    """All places; `etag` as sent, to be given back."""

    sites: tuple[CentreSite, ...]
    etag: str | None


@dataclass(frozen=True, slots=True)
class ParkedTaken:
    """The centre keeps the work until then; id and hash were echoed."""

    until: datetime


@dataclass(frozen=True, slots=True)
class ParkedClaim:
    """What the centre gives the owner of parked work: its half of the key, the encrypted work, and how to end it."""

    parked_id: str
    item_id: str
    item_version: int
    package_sha256: str
    until: datetime
    half: bytes = field(repr=False)
    work: bytes = field(repr=False)
    release: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Released:
    """Nothing of the work is kept at the centre any more."""


@dataclass(frozen=True, slots=True)
class RatingTaken:
    """The rating was counted (or had been before)."""


class CaseApi(Protocol):
    """The centre. `timeout_s` is a total deadline for the call; None takes the adapter's own."""

    def catalogue(self, etag: str | None, timeout_s: float | None = None) -> Catalogue | NotModified | CallFault: ...

    def package(
        self, id: str, version: int, etag: str | None = None, timeout_s: float | None = None
    ) -> PackageDownload | NotModified | CallFault: ...

    def identity_session(
        self,
        number: str,
        name: str,
        item_id: str | None,
        trace_id: str,
        timeout_s: float | None = None,
        method: Literal["id_card", "passport"] = "id_card",
    ) -> IdentitySession | CallFault:
        """Open a session on an ID card or a passport that was read here; without an item to come back to a case."""
        ...

    def redeem_code(
        self, code: str, item_id: str | None, trace_id: str, timeout_s: float | None = None
    ) -> IdentitySession | CallFault:
        """Open a session on a citizen code, with or without an item. A replayed code is Rejected with status 409."""
        ...

    def licences(
        self, session: str, types: tuple[str, ...], item_id: str, trace_id: str, timeout_s: float | None = None
    ) -> tuple[LicenceFound, ...] | CallFault:
        """Ask the e-licence library; call it only after the resident consented."""
        ...

    def record(
        self, session: str, item_id: str, trace_id: str, timeout_s: float | None = None
    ) -> RecordFound | CallFault:
        """Ask the registers what the item may show of the session's person."""
        ...

    def open_work(self, session: str, code: str, trace_id: str, timeout_s: float | None = None) -> OpenWork | CallFault:
        """Come back to a case with the code of its slip, or with its number. The session belongs to no item."""
        ...

    def slots(self, item_id: str, office: str, timeout_s: float | None = None) -> FreeSlots | CallFault:
        """Days and times that can be booked at an office."""
        ...

    def put_case(
        self,
        case_id: str,
        body: bytes,
        sha256: str,
        trace_id: str,
        timeout_s: float | None = None,
        *,
        unconfirmed: bool = False,
    ) -> SendOutcome:
        """Send one case. `unconfirmed`: the resident may not have been told, and may have filed again."""
        ...

    def put_sealed(
        self,
        case_id: str,
        envelope: bytes,
        sha256: str,
        trace_id: str,
        *,
        unconfirmed: bool,
        timeout_s: float | None = None,
    ) -> SendOutcome:
        """Send a case whose row was lost as its envelope; the answer echoes `sha256`, that of the case inside."""
        ...

    def put_file(self, file: LocalFile, timeout_s: float | None = None) -> FileTaken | CallFault:
        """Bring one file, from wherever the last attempt ended (tus 1.0); `timeout_s` is for the whole call."""
        ...

    def batch(self, cases: tuple[CaseToSend, ...], timeout_s: float | None = None) -> Mapping[str, SendOutcome]:
        """Per-item outcome by case id; a fault of the whole call stands for every item."""
        ...

    def known(self, case_ids: tuple[str, ...], timeout_s: float | None = None) -> Mapping[str, str] | CallFault:
        """case id -> sha256 of those the centre holds."""
        ...

    def status(self, case_id: str, timeout_s: float | None = None) -> CaseStatusReport | CallFault: ...

    def decision(self, case_id: str, timeout_s: float | None = None) -> CentreDecision | CallFault | None:
        """None while undecided."""
        ...

    def ticket(self, ticket_no: str, timeout_s: float | None = None) -> TicketReport | CallFault: ...

    def rating(
        self, token: str, item: str, level: int, reasons: tuple[str, ...], timeout_s: float | None = None
    ) -> RatingTaken | CallFault: ...

    def heartbeat(self, state: Mapping[str, object], timeout_s: float | None = None) -> HeartbeatAnswer | CallFault: ...

    def sites(self, etag: str | None, timeout_s: float | None = None) -> SiteList | NotModified | CallFault:
        """The city's places, and what worked there when it was last heard of."""
        ...

    def sealing_keys(self, timeout_s: float | None = None) -> tuple[SealingKey, ...] | CallFault:
        """The centre's public keys to seal to, best first."""
        ...

    def park(self, parked_id: str, envelope: bytes, timeout_s: float | None = None) -> ParkedTaken | CallFault: ...

    def claim(
        self, session: str, parked_id: str, trace_id: str, timeout_s: float | None = None
    ) -> ParkedClaim | CallFault:
        """Take parked work up. The session belongs to no item."""
        ...

    def release(self, parked_id: str, token: str, timeout_s: float | None = None) -> Released | CallFault: ...

    def citizen_keys(self, timeout_s: float | None = None) -> tuple[CitizenKey, ...] | CallFault: ...

    def close(self) -> None: ...


# --- what the sync loop publishes (from its own thread, to one callable) ---------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseSent:
    """The centre durably holds the case; `answer.status` "refused" means it was decided against."""

    case_id: str
    answer: CentreAnswer


@dataclass(frozen=True, slots=True)
class CaseDecided:
    """The centre has decided a case that it had taken before."""

    case_id: str
    decision: CentreDecision


@dataclass(frozen=True, slots=True)
class CaseParked:
    """The centre will not take the case as it is; it stays on the terminal for staff."""

    case_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CasePostponed:
    """An attempt did not end the case; it stays queued."""

    case_id: str
    why: str


@dataclass(frozen=True, slots=True)
class CentreReachable:
    """Published on change only."""

    reachable: bool


@dataclass(frozen=True, slots=True)
class CatalogueChanged:
    """`count` packages are active now."""

    count: int


@dataclass(frozen=True, slots=True)
class SitesChanged:
    """`count` places are kept now."""

    count: int


@dataclass(frozen=True, slots=True)
class PackageRefused:
    """One package of the catalogue cannot be used; the others work."""

    item_id: str
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class SyncPaused:
    """401/403: nothing is sent until the terminal's credentials are put right."""

    paused: bool
    why: str


@dataclass(frozen=True, slots=True)
class GatewaySuspicious:
    """Twenty answers in a row did not come from the centre: a login page or proxy is in the way."""

    suspicious: bool


SyncEvent = (
    CaseSent
    | CaseDecided
    | CaseParked
    | CasePostponed
    | CentreReachable
    | CatalogueChanged
    | SitesChanged
    | PackageRefused
    | SyncPaused
    | GatewaySuspicious
)
