"""The store the terminal needs: cases with their outbox, print journal, packages, small values.

Every method that touches the database runs on the store's single executor thread and returns a
`concurrent.futures.Future`; nothing blocks the caller. Failures of `commit` are values (`CommitResult.ok` False),
failures of other calls come out of the future as a `StoreError` leaf. Times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from kiosk.ports.central import CentreAnswer, LocalFile

# Names of the small values several rooms share (see CaseStore.get / put).
KV_CATALOGUE_ETAG = "catalogue.etag"
KV_CATALOGUE_VERSION = "catalogue.version"
KV_CATALOGUE_REFUSED = "catalogue.refused"
KV_CITIZEN_KEYS = "citizen.keys"
KV_SITES = "sites.list"
KV_SITES_ETAG = "sites.etag"
KV_SYNC_LINK = "sync.link"
KV_SEALING_KEYS = "sealing.keys"  # JSON list of the centre's public keys, base64url, best first


class CaseState(StrEnum):
    """What is known of a case on this terminal.

    committed: durably here; sending: a request is under way; accepted: the centre durably holds it;
    refused: the centre holds it and its answer says refused; parked: the centre will not take it as it is.
    """

    COMMITTED = "committed"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    PARKED = "parked"

    @property
    def ended(self) -> bool:
        """True once the centre has durably answered; nothing is left to send."""
        return self in (CaseState.ACCEPTED, CaseState.REFUSED)


class CommitFault(StrEnum):
    """Why nothing was saved. After any of these the resident must not be told "submitted"."""

    DISK_FULL = "disk_full"
    READ_ONLY = "read_only"
    IO = "io"
    DAMAGED = "damaged"
    CONFLICT = "conflict"  # the case id exists with other bytes
    CLOSED = "closed"  # the store is shut or out of service after an earlier I/O error
    INVALID = "invalid"  # the submission itself is not well formed (id, hash, empty tuple)


@dataclass(frozen=True, slots=True)
class Submission:
    """One confirmed case: `body` is the exact bytes that will be sent, `sha256` their lower-case hex digest.

    `files` are the photographs it names; they are stored with it and sent before it. The parts of a bundle bring none.
    """

    case_id: str
    parent_id: str | None
    item_id: str
    item_version: int
    package_sha256: str
    trace_id: str
    session: str
    created: datetime
    body: bytes = field(repr=False)
    sha256: str
    kind: str
    files: tuple[LocalFile, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class CommitResult:
    """`ok` True only when it is durable and will be found again after any crash; `at` is when it was known."""

    ok: bool
    reason: CommitFault | None
    at: datetime


@dataclass(frozen=True, slots=True)
class StateAt:
    """One line of a case's history."""

    state: CaseState
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case without its body. `sent` is when the centre's answer was durably recorded.

    `reason` is why it is parked, or why the last attempt came to nothing.
    """

    case_id: str
    item: str
    item_version: int
    package_sha256: str
    parent: str | None
    kind: str
    trace_id: str
    session: str
    state: CaseState
    attempts: int
    sha256: str
    created: datetime
    sent: datetime | None
    reason: str | None
    detail: str | None
    answer: CentreAnswer | None
    states: tuple[StateAt, ...]
    unconfirmed: bool = False  # rebuilt from an envelope after damage: the resident may not have seen "submitted"


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One thing still to be sent. `sealed`: its row was lost, and `body` is the envelope that the centre opens."""

    seq: int
    case_id: str
    body: bytes = field(repr=False)
    sha256: str
    trace_id: str
    attempts: int
    unconfirmed: bool
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class OutboxSummary:
    """Counts for the technician and for the sync loop. `oldest` of what is unsent; `errands` wait beside the cases.

    `ended`: cases kept here that the centre has durably answered.
    """

    waiting: int
    sending: int
    parked: int
    oldest: datetime | None
    errands: int = 0
    ended: int = 0


class ErrandKind(StrEnum):
    """What has to reach the centre and is no case."""

    PARK = "park"  # body: the envelope of parked work; id: the parked id
    RELEASE = "release"  # body: the release token; id: the parked id


@dataclass(frozen=True, slots=True)
class Errand:
    """One of them. Id and kind together are unique."""

    kind: ErrandKind
    id: str
    body: bytes = field(repr=False)
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what the centre durably holds stays here. Nothing unsent is ever touched by it.

    `ask_again`: so long after the answer, and so far apart, the centre is asked whether it still knows the case.
    `keep_body`: after that, and only when the centre said once more that it knows the case, the case's bytes go.
    `keep_row`: after that the row itself goes, which by then says nothing of a person.
    """

    ask_again: timedelta = timedelta(hours=24)
    keep_body: timedelta = timedelta(days=3)
    keep_row: timedelta = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep took away: bytes of cases, rows of cases, lines of the print journal, files nobody names."""

    bodies: int = 0
    rows: int = 0
    journal: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class ExportReport:
    """A sealed export: how many unsent cases and errands lie in it, and those that could not be put in."""

    cases: int
    errands: int
    failed: tuple[str, ...]


# --- what became of one attempt; `record` takes exactly one of these -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ended:
    """The centre durably holds the case: accepted, or refused when its status says so."""

    answer: CentreAnswer


@dataclass(frozen=True, slots=True)
class Park:
    """The centre will not take this item as it is. It stays here, out of the queue, until staff act."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Postpone:
    """Try again not before `not_before`. `counts` is True only for a definite answer about this very item."""

    not_before: datetime
    counts: bool
    why: str


AttemptOutcome = Ended | Park | Postpone


@dataclass(frozen=True, slots=True)
class JournalRow:
    """The latest state of one print job and its history, oldest first."""

    job_id: str
    case_id: str | None
    state: str
    at: datetime
    states: tuple[tuple[str, datetime], ...]


@dataclass(frozen=True, slots=True)
class PackageRow:
    """One stored service package: `bundle` are the exact bytes whose SHA-256 is `sha256`."""

    id: str
    version: int
    sha256: str
    etag: str | None
    active: bool
    bundle: bytes = field(repr=False)


class PackagePut(StrEnum):
    """What became of an offered package."""

    STORED = "stored"
    SAME = "same"
    CONFLICT = "conflict"  # same id and version, other content: never replaced
    BAD_HASH = "bad_hash"  # the bytes do not have the announced hash


@dataclass(frozen=True, slots=True)
class RatingEntry:
    """A rating waiting to be sent. It carries no time and no case on purpose."""

    token: str = field(repr=False)
    item: str
    level: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """Room on the state folder's disk. Intake is closed below the floor, or when the store is out of service."""

    free_bytes: int
    floor_bytes: int
    intake_open: bool
    closed_because: str | None = None  # "disk_floor" or a CommitFault word


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """What the technician sees of the store."""

    sqlite_version: str
    schema: int
    encrypted: bool
    key_source: str
    degraded: tuple[str, ...]  # plain words, e.g. "key beside the data", "not encrypted"
    recovered: bool  # the database was damaged at start and was rebuilt
    recovered_cases: int
    cleared_leases: int  # cases found "sending" from an earlier run
    fault: str | None  # a CommitFault word once the store is out of service


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Result of reading everything back; `problems` holds ids and codes only."""

    cases: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


class CaseStore(Protocol):
    """The one store of a terminal. All implementations pass tests/contracts/store_contract.py."""

    # cases and outbox
    def commit(
        self, submissions: tuple[Submission, ...], with_errands: tuple[Errand, ...] = ()
    ) -> Future[CommitResult]:
        """Save all cases and their outbox rows in one transaction, or none. Same id and bytes again is ok.

        `with_errands` are saved with them, or none of either; one whose name waits already adds nothing.
        """
        ...

    def cases(self, *, state: CaseState | None = None, session: str | None = None) -> Future[tuple[CaseRow, ...]]:
        """Every case, or those in one state or of one visit, in order of commit.

        Half a year of rows is a lot: a running terminal asks for counts (`outbox`) and for the few it needs.
        """
        ...

    def case(self, case_id: str) -> Future[CaseRow | None]: ...

    def body(self, case_id: str) -> Future[bytes | None]:
        """The exact stored bytes; None when there is no such case, or its bytes are gone (sent) or only sealed here."""
        ...

    def file(self, sha256: str) -> Future[LocalFile | None]:
        """One photograph that a stored case names."""
        ...

    def due(
        self, now: datetime, limit: int, first: tuple[str, ...] = (), last: tuple[str, ...] = ()
    ) -> Future[tuple[OutboxEntry, ...]]:
        """Entries that may be tried now, ordered by attempts, then by commit. A clock set back never hides one.

        Case ids in `first` come before all others (a resident waits), those in `last` after them.
        """
        ...

    def next_due(self) -> Future[datetime | None]:
        """The earliest `not_before` of the waiting entries, None when nothing waits."""
        ...

    def mark_sending(self, case_ids: tuple[str, ...]) -> Future[None]:
        """Lease the entries to this run of the program."""
        ...

    def record(self, case_id: str, outcome: AttemptOutcome) -> Future[CaseRow | None]:
        """Write what became of an attempt; returns the row as it is now. An ended case never changes again."""
        ...

    def retry_parked(self, case_id: str) -> Future[bool]:
        """Put a parked case back into the queue. False when it is not parked."""
        ...

    def outbox(self) -> Future[OutboxSummary]: ...

    # after the answer: never believe one answer for ever, never keep a person longer than needed
    def to_confirm(self, now: datetime, retention: Retention, limit: int) -> Future[tuple[tuple[str, str], ...]]:
        """(case id, hash) of ended cases whose bytes are still here and about which the centre is to be asked again."""
        ...

    def confirmed(self, known: tuple[str, ...], lost: tuple[str, ...], now: datetime) -> Future[None]:
        """The centre still knows `known`; `lost` it does not: those go back into the outbox and are sent again."""
        ...

    def sweep(self, now: datetime, retention: Retention) -> Future[SweepReport]:
        """Take away what may go. Never while a case of the same visit is unsent, and never by age alone."""
        ...

    def export_unsent(self, target: Path) -> Future[ExportReport]:
        """Write everything unsent into a new file `target`, each case sealed to the centre. Changes nothing here.

        Durable on return. Raises StoreError (through the future) when there is no key of the centre to seal to, or the
        file cannot be written.
        """
        ...

    # errands: what has to reach the centre and is no case
    def add_errand(self, errand: Errand) -> Future[CommitResult]:
        """Durable when the result says ok, like `commit`. The same errand again is ok."""
        ...

    def errand(self, kind: ErrandKind, id: str) -> Future[Errand | None]:
        """One that waits, due or not."""
        ...

    def errands_due(self, now: datetime, limit: int) -> Future[tuple[Errand, ...]]:
        """In order of attempts, then as they came."""
        ...

    def errand_done(self, kind: ErrandKind, id: str) -> Future[None]: ...

    def errand_postponed(self, kind: ErrandKind, id: str, until: datetime, counts: bool) -> Future[None]: ...

    # the draft of the visit that is going on: noise to everybody without its key
    def save_draft(self, draft: bytes | None) -> Future[None]:
        """Replace the one draft there is; None removes it."""
        ...

    def draft(self) -> Future[bytes | None]: ...

    def verify(self) -> Future[VerifyReport]:
        """Read every body back, compare hashes, run the database's own check."""
        ...

    # print journal
    def journal(self, job_id: str, case_id: str | None, state: str, at: datetime) -> Future[None]:
        """Append a state to a print job."""
        ...

    def journal_rows(self) -> Future[tuple[JournalRow, ...]]: ...

    # packages
    def put_package(self, id: str, version: int, sha256: str, bundle: bytes, etag: str | None) -> Future[PackagePut]:
        """Keep a package, inactive. `activate_packages` makes it visible."""
        ...

    def activate_packages(self, chosen: tuple[tuple[str, int], ...]) -> Future[None]:
        """Make exactly these (id, version) active, in one transaction; drop others no unsent case needs.

        Raises StoreError (through the future) when one of them is not stored; then nothing changed.
        """
        ...

    def active_packages(self) -> Future[tuple[PackageRow, ...]]: ...

    def package(self, id: str, version: int) -> Future[PackageRow | None]: ...

    # small values
    def get(self, key: str) -> Future[str | None]: ...

    def put(self, key: str, value: str | None) -> Future[None]:
        """Set a value, None removes it."""
        ...

    def put_many(self, values: Mapping[str, str | None]) -> Future[None]:
        """Set several values in one transaction."""
        ...

    def use_nonce(self, nonce: str, expires: datetime, now: datetime) -> Future[bool]:
        """True the first time this nonce is seen before it expires; expired ones are forgotten."""
        ...

    def next_sequence(self) -> Future[int]:
        """1, 2, 3 … across restarts; never the same twice."""
        ...

    # ratings: never linked to a case
    def add_rating_tokens(self, tokens: tuple[str, ...]) -> Future[int]:
        """Add one-time tokens to the pool; returns how many are in it."""
        ...

    def queue_rating(self, item: str, level: int, reasons: tuple[str, ...]) -> Future[None]:
        """Let it wait; it takes a token when it is sent."""
        ...

    def ratings_due(self, limit: int) -> Future[tuple[RatingEntry, ...]]:
        """In no order that means anything, each with a token that stays its own; those without one go on waiting."""
        ...

    def rating_done(self, token: str) -> Future[None]: ...

    def rating_token_void(self, token: str) -> Future[None]:
        """The centre does not know this token: the rating waits for another."""
        ...

    # condition
    def space(self) -> DiskSpace:
        """Answered at once, from any thread."""
        ...

    def health(self) -> StoreHealth:
        """Answered at once, from any thread."""
        ...

    def close(self) -> None:
        """Finish what was queued, checkpoint, release the lock. Safe to call twice."""
        ...
