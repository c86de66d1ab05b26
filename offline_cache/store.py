"""The store over SQLite: one file, one connection, one thread.

Everything that touches the connection runs on the thread named "store"; callers get futures. `CommitResult.ok` is said
when the envelope of a commit is durable; its rows come next, in one transaction with `synchronous=FULL`, before
anything else is done.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import apsw

from kiosk.domain.errors import StoreClosed, StoreError, StoreIoError
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
    Errand,
    ErrandKind,
    ExportReport,
    JournalRow,
    OutboxEntry,
    OutboxSummary,
    PackagePut,
    PackageRow,
    RatingEntry,
    Retention,
    StoreHealth,
    Submission,
    SweepReport,
    VerifyReport,
)
from offline_cache import cases, errands, packages, rows
from offline_cache import retention as after_answer
from offline_cache import usage as figures
from offline_cache import values as small
from offline_cache.codec import errand_name, is_well_formed, sealing_key, time_text
from offline_cache.connection import (
    assert_library,
    fault_of,
    forget_rows,
    overwrite_first_page,
    sqlite_version,
    store_error,
    transaction,
)
from offline_cache.envelopes import Envelopes, Written, stored_ids
from offline_cache.export import write_export
from offline_cache.files import Ballast, FreeBytes, free_bytes, is_read_only
from offline_cache.keys import KeySource, find_key_source
from offline_cache.layout import DATABASE, ENVELOPES, SUSPECT_MARK, unreadable_envelopes
from offline_cache.lock import StateLock, run_id
from offline_cache.opening import has_store, open_database, reseal
from offline_cache.wal import DRAFTS_BYTES, INTAKE_BYTES, WalKeeper
from offline_cache.worker import Worker

log = logging.getLogger("kiosk.store")

DEFAULT_FLOOR_BYTES = 200 << 20
DEFAULT_BALLAST_BYTES = 32 << 20  # twice the largest WAL
# After these the file or the disk cannot be trusted any more in this run: a later fsync may succeed with data lost.
_LASTING = (CommitFault.IO, CommitFault.DAMAGED)

T = TypeVar("T")


class WallClock(Protocol):
    """The part of the program's clock the store needs."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...


@dataclass(frozen=True, slots=True)
class _Owed:
    """What somebody was told is safe, which is an envelope; it still has no rows."""

    items: tuple[Submission | Errand, ...]
    written: Written
    at: datetime


class SqliteStore:
    """`CaseStore` on disk. Built by `open_store`."""

    def __init__(
        self,
        state_dir: Path,
        keys: KeySource,
        clock: WallClock,
        *,
        floor_bytes: int,
        ballast_bytes: int,
        free: FreeBytes,
        vfs: str | None,
        after: Callable[[str], None],
    ) -> None:
        self._dir = state_dir
        self._clock = clock
        self._floor = floor_bytes
        self._free = free
        self._after = after  # called with the name of each step of a commit that is done; for crash tests
        self._guard = threading.Lock()
        self._fault: CommitFault | None = None
        self._probing = False
        self._closed = True  # until it is open
        self._run = run_id()
        self._owed: deque[_Owed] = deque()
        self._wal = WalKeeper()
        assert_library()
        _make_folders(state_dir)
        self._lock = StateLock(state_dir)
        self._worker = Worker("store", after=self._tend, idle=self._rest)
        undo = contextlib.ExitStack()
        undo.callback(self._lock.release)
        undo.callback(self._worker.shutdown)
        try:
            self._ballast = Ballast(state_dir / "ballast", ballast_bytes)
            self._key = keys.load(create=not has_store(state_dir))
            self._keys = keys
            self._envelopes = Envelopes(state_dir / ENVELOPES, self._key)
            undo.callback(self._envelopes.close)
            self._worker.submit(lambda: self._open(vfs)).result()
        except BaseException as error:
            undo.close()
            leaf = store_error(error)
            if leaf is None or leaf is error:
                raise
            raise leaf from error

    def _open(self, vfs: str | None) -> None:
        now = self._clock.now()
        self._opened = open_database(self._dir, self._key, self._envelopes, self._ballast, now, vfs)
        self._connection = self._opened.connection
        self._wal.watch(self._connection)
        self._ballast.ensure(self._free(self._dir) - self._floor)
        self._closed = False

    # ------------------------------------------------------------------------------------------------- cases

    def commit(
        self, submissions: tuple[Submission, ...], with_errands: tuple[Errand, ...] = ()
    ) -> Future[CommitResult]:
        return self._saved(lambda: self._commit(submissions, with_errands))

    def _saved(self, action: Callable[[], CommitFault | None]) -> Future[CommitResult]:
        def run() -> CommitResult:
            reason = action()
            return CommitResult(reason is None, reason, self._clock.now())

        try:
            return self._worker.submit(run)
        except RuntimeError:
            done: Future[CommitResult] = Future()
            done.set_result(CommitResult(False, CommitFault.CLOSED, self._clock.now()))
            return done

    def _commit(self, submissions: tuple[Submission, ...], with_errands: tuple[Errand, ...]) -> CommitFault | None:
        if not is_well_formed(submissions):
            return CommitFault.INVALID

        def fresh(connection: apsw.Connection) -> tuple[Submission | Errand, ...] | CommitFault:
            new, more = cases.fresh(connection, submissions), errands.fresh(connection, with_errands)
            # No case fails on an errand: one of the same name waits already, and does as well.
            return new if isinstance(new, CommitFault) or isinstance(more, CommitFault) else (*new, *more)

        return self._save((*submissions, *with_errands), fresh)

    def _save(
        self,
        items: tuple[Submission | Errand, ...],
        new_of: Callable[[apsw.Connection], tuple[Submission | Errand, ...] | CommitFault],
    ) -> CommitFault | None:
        """A durable envelope of what is new among `items`, or nothing; `new_of` finds it, or a conflict.

        `_pay` gives it its rows, when the caller has the answer.
        """
        if self._fault in _LASTING:
            return self._fault
        if self._owed:  # what was told before comes first
            return self._fault or CommitFault.IO
        try:
            written = self._envelopes.begin(items)
        except OSError as error:
            return self._note_fault(error)
        try:
            # The disk has begun with the envelopes meanwhile; hardly ever is one of the ids known.
            new = new_of(self._connection)
            if new == items:
                self._envelopes.finish(written)
        except Exception as error:
            # Whatever it was: an envelope that stayed would be taken for the case itself.
            self._envelopes.abandon(written)
            if isinstance(error, (apsw.Error, OSError)):
                return self._note_fault(error)
            raise
        if new != items:
            self._envelopes.abandon(written)
            if isinstance(new, CommitFault):
                return new
            return self._save(new, new_of) if new else None
        self._after("envelopes")
        self._owed.append(_Owed(items, written, self._clock.now()))
        return None

    def _pay(self) -> None:
        """What was told gets its rows. Where they cannot be written they stay owed, and nothing new is taken in."""
        while self._owed and self._fault not in _LASTING:
            owed = self._owed[0]
            try:
                self._once(partial(self._insert, owed=owed))
            except apsw.Error as error:
                if self._note_fault(error) not in _LASTING:
                    return
                break
            self._owed.popleft()
            self._envelopes.settle(owed.written)
            self._after("commit")
            self._fault = None
        self._owed.clear()  # out of service: the next start finds the envelope, and until then nobody lies in memory

    def _insert(self, connection: apsw.Connection, owed: _Owed) -> None:
        for item in owed.items:
            if isinstance(item, Errand):
                errands.add(connection, item, owed.at)
            else:
                cases.insert(connection, item, owed.at)
        self._after("rows")

    def cases(self, *, state: CaseState | None = None, session: str | None = None) -> Future[tuple[CaseRow, ...]]:
        return self._read(lambda c: rows.read_cases(c, state=state, session=session))

    def case(self, case_id: str) -> Future[CaseRow | None]:
        return self._read(lambda c: cases.one(c, case_id))

    def body(self, case_id: str) -> Future[bytes | None]:
        return self._read(lambda c: cases.body(c, case_id))

    def file(self, sha256: str) -> Future[LocalFile | None]:
        return self._read(lambda c: cases.file(c, sha256))

    def due(
        self, now: datetime, limit: int, first: tuple[str, ...] = (), last: tuple[str, ...] = ()
    ) -> Future[tuple[OutboxEntry, ...]]:
        return self._read(lambda c: cases.due(c, now, limit, first, last, self._run))

    def next_due(self) -> Future[datetime | None]:
        return self._read(lambda c: cases.next_due(c, self._run))

    def mark_sending(self, case_ids: tuple[str, ...]) -> Future[None]:
        return self._write(lambda c: cases.mark_sending(c, case_ids, self._run, self._clock.now()))

    def record(self, case_id: str, outcome: AttemptOutcome) -> Future[CaseRow | None]:
        def tidy(row: CaseRow | None) -> None:
            # Only now: the answer is durable, so the case no longer hangs on its envelope.
            if row is not None and row.state.ended:
                self._envelopes.remove((case_id,))

        return self._write(lambda c: cases.record(c, case_id, outcome, self._clock.now()), tidy)

    def retry_parked(self, case_id: str) -> Future[bool]:
        return self._write(lambda c: cases.retry_parked(c, case_id, self._clock.now()))

    def outbox(self) -> Future[OutboxSummary]:
        return self._read(rows.read_outbox)

    def verify(self) -> Future[VerifyReport]:
        def run(connection: apsw.Connection) -> VerifyReport:
            try:
                return VerifyReport(*rows.verify_rows(connection, lambda: stored_ids(self._dir / ENVELOPES)))
            except apsw.Error as error:
                return VerifyReport(0, (f"database: {type(error).__name__}",))

        return self._read(run)

    # -------------------------------------------------------------------------------------------- after the answer

    def to_confirm(self, now: datetime, retention: Retention, limit: int) -> Future[tuple[tuple[str, str], ...]]:
        return self._read(lambda c: after_answer.to_confirm(c, now, retention, limit))

    def confirmed(self, known: tuple[str, ...], lost: tuple[str, ...], now: datetime) -> Future[None]:
        def run() -> None:
            again = after_answer.lost_here(self._connection, lost)
            # Unsent once more, so it hangs on an envelope once more.
            self._envelopes.write(cases.submission(self._connection, case_id) for case_id in again)

            def both(connection: apsw.Connection) -> None:
                after_answer.confirm(connection, known, now)
                after_answer.send_again(connection, again, now)

            self._wrote(both)

        return self._submit(run)

    def sweep(self, now: datetime, retention: Retention) -> Future[SweepReport]:
        def run() -> SweepReport:
            # Case by case: what is deleted is overwritten as well, and all at once would not fit into the log.
            done = after_answer.done_with(self._connection, now, retention)
            files = 0
            for seq in done:
                files += self._wrote(partial(after_answer.drop_bytes, seq=seq))
                self._checkpoint(self._wal.due())
            rows, lines = self._wrote(lambda c: after_answer.drop_rows(c, now, retention))
            return SweepReport(len(done), rows, lines, files)

        return self._submit(run)

    def export_unsent(self, target: Path) -> Future[ExportReport]:
        def run(connection: apsw.Connection) -> ExportReport:
            key = sealing_key(small.get(connection, KV_SEALING_KEYS))
            aside = unreadable_envelopes(self._dir)
            return write_export(target, cases.unsent(connection), errands.everything(connection), key, aside)

        return self._read(run)

    # --------------------------------------------------------------------------------------------- errands, draft

    def add_errand(self, errand: Errand) -> Future[CommitResult]:
        return self._saved(lambda: self._save((errand,), lambda c: errands.fresh(c, (errand,))))

    def errand(self, kind: ErrandKind, id: str) -> Future[Errand | None]:
        return self._read(lambda c: errands.one(c, kind, id))

    def errands_due(self, now: datetime, limit: int) -> Future[tuple[Errand, ...]]:
        return self._read(lambda c: errands.due(c, now, limit))

    def errand_done(self, kind: ErrandKind, id: str) -> Future[None]:
        # Flushed: its row is gone, so an envelope that came back would be one of a lost row.
        return self._write(
            lambda c: errands.done(c, kind, id),
            lambda _: self._envelopes.remove((errand_name(kind, id),), flush=True),
        )

    def errand_postponed(self, kind: ErrandKind, id: str, until: datetime, counts: bool) -> Future[None]:
        return self._write(lambda c: errands.postponed(c, kind, id, until, counts, self._clock.now()))

    def save_draft(self, draft: bytes | None) -> Future[None]:
        def run(connection: apsw.Connection) -> None:
            if draft is not None and self._wal.size > DRAFTS_BYTES:
                raise StoreError("the log of the database cannot be emptied; the draft is not saved")
            small.save_draft(connection, draft)

        return self._write(run)

    def draft(self) -> Future[bytes | None]:
        return self._read(small.draft)

    # ------------------------------------------------------------------------------------------------- journal

    def journal(self, job_id: str, case_id: str | None, state: str, at: datetime) -> Future[None]:
        def run(connection: apsw.Connection) -> None:
            connection.execute(
                "INSERT INTO print_journal (job_id, case_id, state, at) VALUES (?, ?, ?, ?)",
                (job_id, case_id, state, time_text(at)),
            )

        return self._write(run)

    def journal_rows(self) -> Future[tuple[JournalRow, ...]]:
        return self._read(rows.read_journal)

    # ------------------------------------------------------------------------------------------------- packages

    def put_package(self, id: str, version: int, sha256: str, bundle: bytes, etag: str | None) -> Future[PackagePut]:
        return self._write(lambda c: packages.put(c, PackageRow(id, version, sha256, etag, False, bundle)))

    def activate_packages(self, chosen: tuple[tuple[str, int], ...]) -> Future[None]:
        return self._write(lambda c: packages.activate(c, chosen))

    def active_packages(self) -> Future[tuple[PackageRow, ...]]:
        return self._read(lambda c: rows.read_packages(c, active_only=True))

    def package(self, id: str, version: int) -> Future[PackageRow | None]:
        return self._read(lambda c: next(iter(rows.read_packages(c, active_only=False, key=(id, version))), None))

    # ------------------------------------------------------------------------------------------------- values

    def get(self, key: str) -> Future[str | None]:
        return self._read(lambda c: small.get(c, key))

    def put(self, key: str, value: str | None) -> Future[None]:
        return self.put_many({key: value})

    def put_many(self, values: Mapping[str, str | None]) -> Future[None]:
        wanted = dict(values)

        def sealing(_: None) -> None:
            if KV_SEALING_KEYS in wanted:
                self._envelopes.to = sealing_key(wanted[KV_SEALING_KEYS])

        return self._write(lambda c: small.put(c, wanted), sealing)

    def use_nonce(self, nonce: str, expires: datetime, now: datetime) -> Future[bool]:
        return self._write(lambda c: small.use_nonce(c, nonce, expires, now))

    def next_sequence(self) -> Future[int]:
        return self._write(small.next_sequence)

    # ------------------------------------------------------------------------------------------------- ratings

    def add_rating_tokens(self, tokens: tuple[str, ...]) -> Future[int]:
        return self._write(lambda c: small.add_rating_tokens(c, tokens))

    def queue_rating(self, item: str, level: int, reasons: tuple[str, ...]) -> Future[None]:
        return self._write(lambda c: small.queue_rating(c, item, level, reasons))

    def ratings_due(self, limit: int) -> Future[tuple[RatingEntry, ...]]:
        return self._write(lambda c: small.ratings_due(c, limit))

    def rating_done(self, token: str) -> Future[None]:
        return self._write(lambda c: small.rating_done(c, token))

    def rating_token_void(self, token: str) -> Future[None]:
        return self._write(lambda c: small.rating_token_void(c, token))

    # --------------------------------------------------------------------------------------------------------- usage

    def count_usage(self, day: date, counts: Mapping[Mark, int], cut_short: Mark | None) -> Future[None]:
        # Not worth the room that is kept for answers of the centre.
        return self._submit(lambda: self._once(lambda c: figures.count(c, day, counts, cut_short)))

    def settle_usage(self, day: date) -> Future[None]:
        return self._submit(lambda: self._once(lambda c: figures.settle(c, day)))

    def usage(self, since: date) -> Future[tuple[Figure, ...]]:
        return self._read(lambda c: figures.figures(c, since))

    # ------------------------------------------------------------------------------------------------- condition

    def space(self) -> DiskSpace:
        fault = self._fault
        if fault is not None and fault not in _LASTING:
            self._probe()
        try:
            room = self._free(self._dir)
            closed = "read_only" if is_read_only(self._dir) else None
        except OSError:
            room, closed = 0, CommitFault.IO.value
        if self._closed:
            closed = CommitFault.CLOSED.value
        elif fault is not None:
            closed = fault.value
        elif closed is None and room < self._floor:
            closed = "disk_floor"
        elif closed is None and self._wal.size > INTAKE_BYTES:
            closed = CommitFault.DISK_FULL.value  # of the log: a reader is in the way of emptying it
        return DiskSpace(room, self._floor, closed is None, closed)

    def health(self) -> StoreHealth:
        opened = self._opened
        notes = [note for note in (self._keys.degraded, *opened.notes) if note is not None]
        if self._envelopes.to is None:
            notes.append("no key of the centre, cases are sealed under the key of this terminal")
        return StoreHealth(
            sqlite_version=sqlite_version(),
            schema=opened.schema,
            encrypted=self._key is not None,
            key_source=self._keys.name,
            degraded=tuple(notes),
            recovered=opened.recovered,
            recovered_cases=opened.recovered_cases,
            cleared_leases=opened.cleared_leases,
            fault=None if self._fault is None else self._fault.value,
        )

    @property
    def recovered(self) -> bool:
        """True when the database was damaged or gone at start and was rebuilt."""
        return self._opened.recovered

    def close(self, timeout_s: float = 10.0) -> None:
        with self._guard:
            if self._closed:
                return
            self._closed = True
        shut = self._worker.submit(self._shut)
        self._worker.shutdown()
        wait((shut,), timeout_s)
        self._lock.release()

    def _shut(self) -> None:
        self._owed.clear()  # the next start finds their envelopes
        try:
            reseal(self._connection, self._envelopes)
            self._envelopes.close()
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.Error as error:
            log.warning("no checkpoint at close: %s", type(error).__name__)
        self._connection.close(True)

    # ------------------------------------------------------------------------------------------------- inside

    def _tend(self) -> None:
        """After each piece of work, when its future has its result."""
        self._pay()
        if self._closed:
            return
        self._envelopes.tend()
        if self._envelopes.exchange_is_due():
            reseal(self._connection, self._envelopes)
        self._checkpoint(self._wal.due())
        self._forget()

    def _rest(self) -> None:
        """Nothing has come for a moment."""
        if self._closed:
            return
        if self._owed and self._fault is CommitFault.DISK_FULL:
            self._ballast.release()  # what was told comes before whatever the room is kept for
        self._pay()
        reseal(self._connection, self._envelopes)
        self._envelopes.rest()
        self._put_in_place()
        room = self._free(self._dir) - self._floor
        self._ballast.ensure(room)
        if room > 0:
            self._wal.lay_down(self._dir / (DATABASE + "-wal"))

    def _forget(self) -> None:
        """Nothing of the rows that were read or written stays in memory."""
        with contextlib.suppress(apsw.Error):  # a store that takes no more is told of by the next commit
            forget_rows(self._connection)
            cases.look_for_none(self._connection)

    def _put_in_place(self) -> None:
        """What was written goes to its place on the disk, and nothing of it stays in memory."""
        mode = self._wal.due_when_idle()
        self._checkpoint(mode)
        if mode is not None and self._fault not in _LASTING:
            with contextlib.suppress(apsw.Error):  # a disk that takes no more is told of by the next commit
                overwrite_first_page(self._connection)
            self._checkpoint(mode)
        self._forget()

    def _checkpoint(self, mode: int | None) -> None:
        if mode is None or self._fault in _LASTING:
            return
        try:
            self._wal.checkpoint(self._connection, mode)
        except apsw.FullError:
            if self._ballast.release():
                self._wal.checkpoint(self._connection, mode)

    def _read(self, action: Callable[[apsw.Connection], T]) -> Future[T]:
        return self._submit(lambda: action(self._connection))

    def _write(self, action: Callable[[apsw.Connection], T], then: Callable[[T], None] | None = None) -> Future[T]:
        def run() -> T:
            value = self._wrote(action)
            if then is not None:
                then(value)
            return value

        return self._submit(run)

    def _wrote(self, action: Callable[[apsw.Connection], T]) -> T:
        """One transaction, on the store's thread."""
        try:
            value = self._once(action)
        except apsw.FullError:
            # Sending must go on although the disk is full: recording an answer gets the ballast's room.
            if not self._ballast.release():
                raise
            value = self._once(action)
        if self._fault is not None and self._fault not in _LASTING:
            self._fault = None
        return value

    def _once(self, action: Callable[[apsw.Connection], T]) -> T:
        with transaction(self._connection):
            return action(self._connection)

    def _submit(self, action: Callable[[], T]) -> Future[T]:
        def run() -> T:
            try:
                return action()
            except (apsw.Error, OSError) as error:
                leaf = store_error(error)
                if leaf is None:
                    raise
                self._note_fault(error)
                raise leaf from error

        try:
            return self._worker.submit(run)
        except RuntimeError:
            done: Future[T] = Future()
            done.set_exception(StoreClosed("the store is closed"))
            return done

    def _note_fault(self, error: BaseException) -> CommitFault:
        fault = fault_of(error) or CommitFault.IO
        if fault is CommitFault.IO:
            # A full disk shows as an I/O error when SQLite cannot grow its shared memory.
            try:
                if self._free(self._dir) < (1 << 20):
                    fault = CommitFault.DISK_FULL
            except OSError:
                log.warning("free space cannot be read")
        if fault is CommitFault.DAMAGED:
            with contextlib.suppress(OSError):
                (self._dir / SUSPECT_MARK).touch()
        if self._fault not in _LASTING:
            self._fault = fault
        log.error("store fault: %s %s", fault.value, type(error).__name__)
        return fault

    def _probe(self) -> None:
        """After a full or read-only disk: one small write, later, tells whether the store works again."""
        with self._guard:
            if self._probing or self._closed:
                return
            self._probing = True

        def done(_: Future[None]) -> None:
            with self._guard:
                self._probing = False

        self.put("store.probe", os.urandom(4).hex()).add_done_callback(done)


def open_store(
    state_dir: Path,
    *,
    floor_bytes: int = DEFAULT_FLOOR_BYTES,
    clock: WallClock,
    keys: KeySource | None = None,
    ballast_bytes: int = DEFAULT_BALLAST_BYTES,
    free: FreeBytes = free_bytes,
    vfs: str | None = None,
    after: Callable[[str], None] = lambda step: None,
) -> SqliteStore:
    """Open the store in `state_dir`, making it when there is none. Blocks for the start-up check.

    `free` tells the room on the disk in bytes; `vfs` and `after` are for fault tests. Raises SecondCopy, or another
    StoreError leaf when the store can be neither opened nor rebuilt.
    """
    source = keys or find_key_source(state_dir, demo=False)
    return SqliteStore(
        state_dir,
        source,
        clock,
        floor_bytes=floor_bytes,
        ballast_bytes=ballast_bytes,
        free=free,
        vfs=vfs,
        after=after,
    )


# ----------------------------------------------------------------------------------------------------- helpers


def _make_folders(state_dir: Path) -> None:
    try:
        for folder in (state_dir, state_dir / ENVELOPES):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        leaf = type(store_error(error) or StoreIoError())
        raise leaf(f"the state folder {state_dir} cannot be made or written: {error.strerror}") from error
