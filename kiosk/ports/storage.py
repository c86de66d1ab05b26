"""The store the terminal needs: cases with their outbox, print journal, packages, small values.

Every method that touches the database runs on the store's single executor thread and returns a
`concurrent.futures.Future`; nothing blocks the caller. Failures of `commit` are values (`CommitResult.ok` False),
failures of other calls come out of the future as a `StoreError` leaf. Times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kiosk.ports.central import CentreAnswer

# Names of the small values several rooms share (see CaseStore.get / put).
KV_CATALOGUE_ETAG = "catalogue.etag"
KV_CATALOGUE_VERSION = "catalogue.version"
KV_CATALOGUE_REFUSED = "catalogue.refused"
KV_CITIZEN_KEYS = "citizen.keys"
KV_SITES = "sites.list"
KV_SITES_ETAG = "sites.etag"
KV_SYNC_LINK = "sync.link"


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
    """One confirmed case: `body` is the exact bytes that will be sent, `sha256` their lower-case hex digest."""

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


@dataclass(frozen=True, slots=True)
class CommitResult:
    """`ok` True only after COMMIT with synchronous=FULL; `at` is when it was known."""

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
    """One thing still to be sent."""

    seq: int
    case_id: str
    body: bytes = field(repr=False)
    sha256: str
    trace_id: str
    attempts: int
    unconfirmed: bool


@dataclass(frozen=True, slots=True)
class OutboxSummary:
    """Counts for the technician and for the sync loop."""

    waiting: int
    sending: int
    parked: int
    oldest: datetime | None


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
    swept_envelopes: int  # envelopes without a row removed at start
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
    def commit(self, submissions: tuple[Submission, ...]) -> Future[CommitResult]:
        """Save all cases and their outbox rows in one transaction, or none. Same id and bytes again is ok."""
        ...

    def cases(self) -> Future[tuple[CaseRow, ...]]:
        """Every case, in order of commit."""
        ...

    def case(self, case_id: str) -> Future[CaseRow | None]: ...

    def body(self, case_id: str) -> Future[bytes | None]:
        """The exact stored bytes."""
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

    def queue_rating(self, level: int, reasons: tuple[str, ...]) -> Future[bool]:
        """Spend one token and queue the rating; False when the pool is empty."""
        ...

    def ratings_due(self, limit: int) -> Future[tuple[RatingEntry, ...]]: ...

    def rating_done(self, token: str) -> Future[None]: ...

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
