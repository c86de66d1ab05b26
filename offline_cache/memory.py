"""The same store without a disk: for tests of everything above it, and for a page tried without a terminal.

Futures are done when they are returned. It passes the contract suite of the SQLite store.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Protocol, TypeVar

from kiosk.domain.errors import StoreClosed, StoreError
from kiosk.domain.usage import Figure, Mark
from kiosk.ports.central import LocalFile
from kiosk.ports.storage import (
    KV_SEALING_KEYS,
    AttemptOutcome,
    CaseRow,
    CaseState,
    CommitFault,
    CommitResult,
    DiskSpace,
    Ended,
    Errand,
    ErrandKind,
    ExportReport,
    JournalRow,
    OutboxEntry,
    OutboxSummary,
    PackagePut,
    PackageRow,
    Park,
    Postpone,
    RatingEntry,
    Retention,
    StateAt,
    StoreHealth,
    Submission,
    SweepReport,
    VerifyReport,
)
from offline_cache.codec import is_well_formed, sealing_key
from offline_cache.export import write_export

T = TypeVar("T")


class _WallClock(Protocol):
    def now(self) -> datetime: ...


@dataclass(slots=True)
class _Kept:
    seq: int
    row: CaseRow
    body: bytes | None = field(repr=False)
    not_before: datetime
    set_at: datetime
    leased: bool = False
    files: tuple[LocalFile, ...] = ()
    confirmed: datetime | None = None


@dataclass(slots=True)
class _Waiting:
    seq: int
    errand: Errand
    not_before: datetime
    set_at: datetime


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
        self._ratings: list[RatingEntry] = []
        self._usage: Counter[tuple[date, Mark]] = Counter()
        self._cut_short: Mark | None = None
        self._sequence = 0
        self._errands: dict[tuple[ErrandKind, str], _Waiting] = {}
        self._errand_count = 0
        self._draft: bytes | None = None

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

    def commit(
        self, submissions: tuple[Submission, ...], with_errands: tuple[Errand, ...] = ()
    ) -> Future[CommitResult]:
        future: Future[CommitResult] = Future()
        with self._guard:
            reason = CommitFault.CLOSED if self._closed else self._commit(submissions)
            for errand in with_errands if reason is None else ():
                self._add_errand(errand)
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
                seq=1 + max((kept.seq for kept in self._cases.values()), default=0),
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
                files=item.files,
            )
        return None

    def cases(self, *, state: CaseState | None = None, session: str | None = None) -> Future[tuple[CaseRow, ...]]:
        def run() -> tuple[CaseRow, ...]:
            rows = (kept.row for kept in self._cases.values())
            return tuple(row for row in rows if state in (None, row.state) and session in (None, row.session))

        return self._done(run)

    def case(self, case_id: str) -> Future[CaseRow | None]:
        return self._done(lambda: self._row(case_id))

    def _row(self, case_id: str) -> CaseRow | None:
        kept = self._cases.get(case_id)
        return None if kept is None else kept.row

    def body(self, case_id: str) -> Future[bytes | None]:
        return self._done(lambda: self._cases[case_id].body if case_id in self._cases else None)

    def file(self, sha256: str) -> Future[LocalFile | None]:
        def run() -> LocalFile | None:
            named = (file for kept in self._cases.values() for file in kept.files)
            return next((file for file in named if file.sha256 == sha256), None)

        return self._done(run)

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
                    kept.body or b"",
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
            self._queue_again(kept)
            return True

        return self._done(run)

    def _queue_again(self, kept: _Kept) -> None:
        kept.not_before = kept.set_at = self._clock.now()
        kept.row = replace(kept.row, reason=None, detail=None)
        self._set_state(kept, CaseState.COMMITTED)

    def outbox(self) -> Future[OutboxSummary]:
        def run() -> OutboxSummary:
            rows = [kept.row for kept in self._cases.values()]
            states = [row.state for row in rows]
            return OutboxSummary(
                waiting=states.count(CaseState.COMMITTED),
                sending=states.count(CaseState.SENDING),
                parked=states.count(CaseState.PARKED),
                oldest=min((row.created for row in rows if not row.state.ended), default=None),
                errands=len(self._errands),
                ended=sum(1 for state in states if state.ended),
            )

        return self._done(run)

    def verify(self) -> Future[VerifyReport]:
        def run() -> VerifyReport:
            bad = [
                f"{case_id}: hash"
                for case_id, kept in self._cases.items()
                if kept.body is not None and hashlib.sha256(kept.body).hexdigest() != kept.row.sha256
            ]
            return VerifyReport(len(self._cases), tuple(bad))

        return self._done(run)

    # after the answer

    def to_confirm(self, now: datetime, retention: Retention, limit: int) -> Future[tuple[tuple[str, str], ...]]:
        def run() -> tuple[tuple[str, str], ...]:
            ended = [kept for kept in self._cases.values() if kept.row.state.ended and kept.body is not None]
            asked = [(kept, kept.confirmed or kept.row.sent or now) for kept in ended]
            ask = [kept for kept, at in asked if at <= now - retention.ask_again or at > now]
            return tuple((kept.row.case_id, kept.row.sha256) for kept in ask[:limit])

        return self._done(run)

    def confirmed(self, known: tuple[str, ...], lost: tuple[str, ...], now: datetime) -> Future[None]:
        def run() -> None:
            for kept in self._cases.values():
                if not kept.row.state.ended:
                    continue
                if kept.row.case_id in known:
                    kept.confirmed = now
                if kept.row.case_id in lost and kept.body is not None:
                    kept.confirmed = None
                    kept.row = replace(kept.row, sent=None, answer=None)
                    self._queue_again(kept)

        return self._done(run)

    def sweep(self, now: datetime, retention: Retention) -> Future[SweepReport]:
        def run() -> SweepReport:
            unsent = {kept.row.session for kept in self._cases.values() if not kept.row.state.ended}
            files = self._file_names()
            bodies = 0
            for kept in self._cases.values():
                sent = kept.row.sent
                if sent is None or kept.body is None or kept.confirmed is None or kept.row.session in unsent:
                    continue
                if sent <= now - retention.keep_body or sent > now:
                    answer = None if kept.row.answer is None else replace(kept.row.answer, decision=None)
                    kept.body, kept.files = None, ()
                    kept.row = replace(kept.row, answer=answer, reason=None, detail=None)
                    bodies += 1
            oldest = now - retention.keep_row
            gone = [
                case_id
                for case_id, kept in self._cases.items()
                if kept.body is None and kept.row.sent is not None and kept.row.sent <= oldest
            ]
            for case_id in gone:
                del self._cases[case_id]
            jobs = [row for row in self._journal.values() if row.at <= oldest and row.case_id not in self._cases]
            for row in jobs:
                del self._journal[row.job_id]
            lines = sum(len(row.states) for row in jobs)
            return SweepReport(bodies, len(gone), lines, len(files - self._file_names()))

        return self._done(run)

    def _file_names(self) -> set[str]:
        return {file.sha256 for kept in self._cases.values() for file in kept.files}

    def export_unsent(self, target: Path) -> Future[ExportReport]:
        def run() -> ExportReport:
            unsent = [kept for kept in self._cases.values() if not kept.row.state.ended]
            key = sealing_key(self._values.get(KV_SEALING_KEYS))
            items = [(kept.row.case_id, _submission(kept)) for kept in unsent]
            return write_export(target, items, [waiting.errand for waiting in self._errands.values()], key)

        return self._done(run)

    # errands, draft

    def add_errand(self, errand: Errand) -> Future[CommitResult]:
        future: Future[CommitResult] = Future()
        with self._guard:
            reason = CommitFault.CLOSED if self._closed else self._add_errand(errand)
            future.set_result(CommitResult(reason is None, reason, self._clock.now()))
        return future

    def _add_errand(self, errand: Errand) -> CommitFault | None:
        known = self._errands.get((errand.kind, errand.id))
        if known is not None:
            return None if known.errand.body == errand.body else CommitFault.CONFLICT
        now = self._clock.now()
        self._errand_count += 1
        self._errands[errand.kind, errand.id] = _Waiting(self._errand_count, errand, now, now)
        return None

    def errand(self, kind: ErrandKind, id: str) -> Future[Errand | None]:
        def run() -> Errand | None:
            waiting = self._errands.get((kind, id))
            return waiting.errand if waiting is not None else None

        return self._done(run)

    def errands_due(self, now: datetime, limit: int) -> Future[tuple[Errand, ...]]:
        def run() -> tuple[Errand, ...]:
            ready = [one for one in self._errands.values() if one.not_before <= now or one.set_at > now]
            ready.sort(key=lambda one: (one.errand.attempts, one.seq))
            return tuple(one.errand for one in ready[:limit])

        return self._done(run)

    def errand_done(self, kind: ErrandKind, id: str) -> Future[None]:
        def run() -> None:
            self._errands.pop((kind, id), None)

        return self._done(run)

    def errand_postponed(self, kind: ErrandKind, id: str, until: datetime, counts: bool) -> Future[None]:
        def run() -> None:
            one = self._errands.get((kind, id))
            if one is not None:
                one.errand = replace(one.errand, attempts=one.errand.attempts + int(counts))
                one.not_before, one.set_at = until, self._clock.now()

        return self._done(run)

    def save_draft(self, draft: bytes | None) -> Future[None]:
        def run() -> None:
            self._draft = draft

        return self._done(run)

    def draft(self) -> Future[bytes | None]:
        return self._done(lambda: self._draft)

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
            for id in {id for id, _ in self._packages}:
                needed |= {(id, version) for version in sorted(v for i, v in self._packages if i == id)[-2:]}
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

    def queue_rating(self, item: str, level: int, reasons: tuple[str, ...]) -> Future[None]:
        def run() -> None:
            self._ratings.append(RatingEntry("", item, level, reasons))

        return self._done(run)

    def ratings_due(self, limit: int) -> Future[tuple[RatingEntry, ...]]:
        def run() -> tuple[RatingEntry, ...]:
            for number, entry in enumerate(self._ratings):
                if not entry.token and self._tokens:
                    self._ratings[number] = replace(entry, token=self._tokens.pop(0))
            return tuple(entry for entry in self._ratings if entry.token)[:limit]

        return self._done(run)

    def rating_done(self, token: str) -> Future[None]:
        def run() -> None:
            self._ratings = [entry for entry in self._ratings if entry.token != token]

        return self._done(run)

    def rating_token_void(self, token: str) -> Future[None]:
        def run() -> None:
            self._ratings = [replace(entry, token="") if entry.token == token else entry for entry in self._ratings]

        return self._done(run)

    # usage

    def count_usage(self, day: date, counts: Mapping[Mark, int], cut_short: Mark | None) -> Future[None]:
        def run() -> None:
            self._usage.update({(day, mark): number for mark, number in counts.items()})
            self._cut_short = cut_short

        return self._done(run)

    def settle_usage(self, day: date) -> Future[None]:
        return self.count_usage(day, {self._cut_short: 1} if self._cut_short is not None else {}, None)

    def usage(self, since: date) -> Future[tuple[Figure, ...]]:
        return self._done(
            lambda: tuple(sorted(Figure(day, mark, n) for (day, mark), n in self._usage.items() if day >= since))
        )

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
            cleared_leases=0,
            fault=None,
        )

    def close(self) -> None:
        with self._guard:
            self._closed = True


def _submission(kept: _Kept) -> Submission:
    row = kept.row
    return Submission(
        case_id=row.case_id,
        parent_id=row.parent,
        item_id=row.item,
        item_version=row.item_version,
        package_sha256=row.package_sha256,
        trace_id=row.trace_id,
        session=row.session,
        created=row.created,
        body=kept.body or b"",
        sha256=row.sha256,
        kind=row.kind,
        files=kept.files,
    )
