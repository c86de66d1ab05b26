"""The same store without a disk: for tests of everything above it, and for a page tried without a terminal.

Futures are done when they are returned. It passes the contract suite of the SQLite store.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, TypeVar

from kiosk.domain.errors import StoreClosed, StoreError
from kiosk.ports.storage import (
    AttemptOutcome,
    CaseRow,
    CaseState,
    CommitFault,
    CommitResult,
    DiskSpace,
    Ended,
    JournalRow,
    OutboxEntry,
    OutboxSummary,
    PackagePut,
    PackageRow,
    Park,
    Postpone,
    RatingEntry,
    StateAt,
    StoreHealth,
    Submission,
    VerifyReport,
)
from offline_cache.codec import is_well_formed

T = TypeVar("T")


class _WallClock(Protocol):
    def now(self) -> datetime: ...


@dataclass(slots=True)
class _Kept:
    seq: int
    row: CaseRow
    body: bytes = field(repr=False)
    not_before: datetime
    set_at: datetime
    leased: bool = False


class MemoryStore:
    """`CaseStore` in memory. `fail_next` makes the next commit fail with that fault."""

    def __init__(self, clock: _WallClock, *, floor_bytes: int = 0, free_bytes: int = 1 << 40) -> None:
        self._clock = clock
        self._floor = floor_bytes
        self.free_bytes = free_bytes
        self.fail_next: CommitFault | None = None
        self._guard = threading.RLock()
        self._closed = False
        self._cases: dict[str, _Kept] = {}
        self._journal: dict[str, JournalRow] = {}
        self._packages: dict[tuple[str, int], PackageRow] = {}
        self._values: dict[str, str] = {}
        self._nonces: dict[str, datetime] = {}
        self._tokens: list[str] = []
        self._ratings: dict[str, RatingEntry] = {}
        self._sequence = 0

    def _done(self, action: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._guard:
            if self._closed:
                future.set_exception(StoreClosed("the store is closed"))
                return future
            try:
                future.set_result(action())
            except StoreError as error:
                future.set_exception(error)
        return future

    # cases

    def commit(self, submissions: tuple[Submission, ...]) -> Future[CommitResult]:
        future: Future[CommitResult] = Future()
        with self._guard:
            reason = CommitFault.CLOSED if self._closed else self._commit(submissions)
            future.set_result(CommitResult(reason is None, reason, self._clock.now()))
        return future

    def _commit(self, submissions: tuple[Submission, ...]) -> CommitFault | None:
        if not is_well_formed(submissions):
            return CommitFault.INVALID
        for item in submissions:
            known = self._cases.get(item.case_id)
            if known is not None and known.row.sha256 != item.sha256:
                return CommitFault.CONFLICT
        if self.fail_next is not None:
            fault, self.fail_next = self.fail_next, None
            return fault
        now = self._clock.now()
        for item in submissions:
            if item.case_id in self._cases:
                continue
            self._cases[item.case_id] = _Kept(
                seq=len(self._cases) + 1,
                row=CaseRow(
                    case_id=item.case_id,
                    item=item.item_id,
                    item_version=item.item_version,
                    package_sha256=item.package_sha256,
                    parent=item.parent_id,
                    kind=item.kind,
                    trace_id=item.trace_id,
                    session=item.session,
                    state=CaseState.COMMITTED,
                    attempts=0,
                    sha256=item.sha256,
                    created=item.created,
                    sent=None,
                    reason=None,
                    detail=None,
                    answer=None,
                    states=(StateAt(CaseState.COMMITTED, now),),
                ),
                body=item.body,
                not_before=now,
                set_at=now,
            )
        return None

    def cases(self) -> Future[tuple[CaseRow, ...]]:
        return self._done(lambda: tuple(kept.row for kept in self._cases.values()))

    def case(self, case_id: str) -> Future[CaseRow | None]:
        return self._done(lambda: self._row(case_id))

    def _row(self, case_id: str) -> CaseRow | None:
        kept = self._cases.get(case_id)
        return None if kept is None else kept.row

    def body(self, case_id: str) -> Future[bytes | None]:
        return self._done(lambda: self._cases[case_id].body if case_id in self._cases else None)

    def _queued(self) -> list[_Kept]:
        return [kept for kept in self._cases.values() if kept.row.state is CaseState.COMMITTED and not kept.leased]

    def due(
        self, now: datetime, limit: int, first: tuple[str, ...] = (), last: tuple[str, ...] = ()
    ) -> Future[tuple[OutboxEntry, ...]]:
        def run() -> tuple[OutboxEntry, ...]:
            ready = [kept for kept in self._queued() if kept.not_before <= now or kept.set_at > now]
            ready.sort(
                key=lambda kept: (
                    kept.row.case_id not in first,
                    kept.row.case_id in last,
                    kept.row.attempts,
                    kept.seq,
                )
            )
            return tuple(
                OutboxEntry(
                    kept.seq,
                    kept.row.case_id,
                    kept.body,
                    kept.row.sha256,
                    kept.row.trace_id,
                    kept.row.attempts,
                    kept.row.unconfirmed,
                )
                for kept in ready[:limit]
            )

        return self._done(run)

    def next_due(self) -> Future[datetime | None]:
        return self._done(lambda: min((kept.not_before for kept in self._queued()), default=None))

    def mark_sending(self, case_ids: tuple[str, ...]) -> Future[None]:
        def run() -> None:
            for case_id in case_ids:
                kept = self._cases.get(case_id)
                if kept is not None and kept.row.state is CaseState.COMMITTED:
                    kept.leased = True
                    self._set_state(kept, CaseState.SENDING)

        return self._done(run)

    def _set_state(self, kept: _Kept, state: CaseState) -> None:
        line = StateAt(state, self._clock.now())
        kept.row = replace(kept.row, state=state, states=(*kept.row.states, line))

    def record(self, case_id: str, outcome: AttemptOutcome) -> Future[CaseRow | None]:
        def run() -> CaseRow | None:
            kept = self._cases.get(case_id)
            if kept is None or kept.row.state.ended:
                return self._row(case_id)
            kept.leased = False
            match outcome:
                case Ended(answer):
                    kept.row = replace(
                        kept.row,
                        sent=self._clock.now(),
                        answer=answer,
                        reason=None,
                        detail=None,
                        attempts=kept.row.attempts + 1,
                    )
                    self._set_state(kept, CaseState.REFUSED if answer.status == "refused" else CaseState.ACCEPTED)
                case Park(reason, detail):
                    kept.row = replace(kept.row, reason=reason, detail=detail, attempts=kept.row.attempts + 1)
                    self._set_state(kept, CaseState.PARKED)
                case Postpone(not_before, counts, why):
                    kept.not_before, kept.set_at = not_before, self._clock.now()
                    states = kept.row.states
                    if states[-1].state is CaseState.SENDING:
                        states = states[:-1]
                    state = CaseState.COMMITTED if kept.row.state is CaseState.SENDING else kept.row.state
                    kept.row = replace(
                        kept.row,
                        state=state,
                        states=states,
                        attempts=kept.row.attempts + int(counts),
                        reason=why,
                    )
            return kept.row

        return self._done(run)

    def retry_parked(self, case_id: str) -> Future[bool]:
        def run() -> bool:
            kept = self._cases.get(case_id)
            if kept is None or kept.row.state is not CaseState.PARKED:
                return False
            kept.not_before = kept.set_at = self._clock.now()
            kept.row = replace(kept.row, reason=None, detail=None)
            self._set_state(kept, CaseState.COMMITTED)
            return True

        return self._done(run)

    def outbox(self) -> Future[OutboxSummary]:
        def run() -> OutboxSummary:
            rows = [kept.row for kept in self._cases.values()]
            states = [row.state for row in rows]
            return OutboxSummary(
                waiting=states.count(CaseState.COMMITTED),
                sending=states.count(CaseState.SENDING),
                parked=states.count(CaseState.PARKED),
                oldest=min((row.created for row in rows if not row.state.ended), default=None),
            )

        return self._done(run)

    def verify(self) -> Future[VerifyReport]:
        def run() -> VerifyReport:
            bad = [
                f"{case_id}: hash"
                for case_id, kept in self._cases.items()
                if hashlib.sha256(kept.body).hexdigest() != kept.row.sha256
            ]
            return VerifyReport(len(self._cases), tuple(bad))

        return self._done(run)

    # journal

    def journal(self, job_id: str, case_id: str | None, state: str, at: datetime) -> Future[None]:
        def run() -> None:
            before = self._journal.get(job_id)
            self._journal[job_id] = JournalRow(
                job_id,
                case_id if before is None else before.case_id or case_id,
                state,
                at,
                (*(() if before is None else before.states), (state, at)),
            )

        return self._done(run)

    def journal_rows(self) -> Future[tuple[JournalRow, ...]]:
        return self._done(lambda: tuple(self._journal.values()))

    # packages

    def put_package(self, id: str, version: int, sha256: str, bundle: bytes, etag: str | None) -> Future[PackagePut]:
        def run() -> PackagePut:
            if hashlib.sha256(bundle).hexdigest() != sha256:
                return PackagePut.BAD_HASH
            known = self._packages.get((id, version))
            if known is not None:
                return PackagePut.SAME if known.sha256 == sha256 else PackagePut.CONFLICT
            self._packages[(id, version)] = PackageRow(id, version, sha256, etag, False, bundle)
            return PackagePut.STORED

        return self._done(run)

    def activate_packages(self, chosen: tuple[tuple[str, int], ...]) -> Future[None]:
        def run() -> None:
            if len({id for id, _ in chosen}) != len(chosen):
                raise StoreError("one version of each package can be active")
            for id, version in chosen:
                if (id, version) not in self._packages:
                    raise StoreError(f"package {id} {version} is not stored")
            needed = {
                (kept.row.item, kept.row.item_version) for kept in self._cases.values() if not kept.row.state.ended
            }
            self._packages = {
                key: replace(row, active=key in chosen)
                for key, row in self._packages.items()
                if key in chosen or key in needed
            }

        return self._done(run)

    def active_packages(self) -> Future[tuple[PackageRow, ...]]:
        return self._done(
            lambda: tuple(sorted((row for row in self._packages.values() if row.active), key=lambda row: row.id))
        )

    def package(self, id: str, version: int) -> Future[PackageRow | None]:
        return self._done(lambda: self._packages.get((id, version)))

    # values

    def get(self, key: str) -> Future[str | None]:
        return self._done(lambda: self._values.get(key))

    def put(self, key: str, value: str | None) -> Future[None]:
        return self.put_many({key: value})

    def put_many(self, values: Mapping[str, str | None]) -> Future[None]:
        def run() -> None:
            for key, value in values.items():
                if value is None:
                    self._values.pop(key, None)
                else:
                    self._values[key] = value

        return self._done(run)

    def use_nonce(self, nonce: str, expires: datetime, now: datetime) -> Future[bool]:
        def run() -> bool:
            self._nonces = {known: end for known, end in self._nonces.items() if end >= now}
            if nonce in self._nonces:
                return False
            self._nonces[nonce] = expires
            return True

        return self._done(run)

    def next_sequence(self) -> Future[int]:
        def run() -> int:
            self._sequence += 1
            return self._sequence

        return self._done(run)

    # ratings

    def add_rating_tokens(self, tokens: tuple[str, ...]) -> Future[int]:
        def run() -> int:
            self._tokens = sorted({*self._tokens, *tokens})
            return len(self._tokens)

        return self._done(run)

    def queue_rating(self, level: int, reasons: tuple[str, ...]) -> Future[bool]:
        def run() -> bool:
            if not self._tokens:
                return False
            token = self._tokens.pop(0)
            self._ratings[token] = RatingEntry(token, level, reasons)
            return True

        return self._done(run)

    def ratings_due(self, limit: int) -> Future[tuple[RatingEntry, ...]]:
        return self._done(lambda: tuple(self._ratings[token] for token in sorted(self._ratings)[:limit]))

    def rating_done(self, token: str) -> Future[None]:
        def run() -> None:
            self._ratings.pop(token, None)

        return self._done(run)

    # condition

    def space(self) -> DiskSpace:
        why = CommitFault.CLOSED.value if self._closed else None
        if why is None and self.free_bytes < self._floor:
            why = "disk_floor"
        return DiskSpace(self.free_bytes, self._floor, why is None, why)

    def health(self) -> StoreHealth:
        return StoreHealth(
            sqlite_version="none",
            schema=0,
            encrypted=False,
            key_source="none",
            degraded=("in memory only",),
            recovered=False,
            recovered_cases=0,
            swept_envelopes=0,
            cleared_leases=0,
            fault=None,
        )

    def close(self) -> None:
        with self._guard:
            self._closed = True
