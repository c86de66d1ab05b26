"""Sending the cases that are due: in what order, how many at once, and what each answer means for them.

The table is the queue: it is read again until nothing is due. Attempts grow on a definite answer about the case alone;
a fault of the line costs none. A case stays out of reach of the queue in three ways that are all in memory and all
forgotten by a restart: its outcome could not be written yet, its photographs are on the way, or its back-off runs.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import assert_never

from kiosk.domain.errors import StoreError
from kiosk.ports.central import (
    AlreadyKnown,
    CaseApi,
    CaseParked,
    CasePostponed,
    CaseSent,
    CaseToSend,
    Delivered,
    FilesMissing,
    FileTaken,
    GatewayFault,
    LoginNeeded,
    Rejected,
    RetryLater,
    SendOutcome,
    SyncEvent,
)
from kiosk.ports.clock import Clock
from kiosk.ports.storage import AttemptOutcome, CaseStore, Ended, OutboxEntry, Park, Postpone
from kiosk.sync.backoff import full_jitter, stretched
from kiosk.sync.batching import BatchSize
from kiosk.sync.files import FileDone, FileLane, Wanted
from kiosk.sync.link import Link
from kiosk.sync.options import STORE_WAIT_S, SyncOptions

log = logging.getLogger("kiosk.sync")

# Why a case is parked by the terminal itself.
DAMAGED_HERE = "terminal:body-damaged"
FILE_LOST_HERE = "terminal:file-lost"

LINK_FAULTS = (RetryLater, GatewayFault, LoginNeeded)
_LAST_MOST = 1000


class Sender:
    """Belongs to the thread that steps the loop. `woken` gives the cases that residents wait for since it was asked."""

    def __init__(
        self,
        store: CaseStore,
        api: CaseApi,
        clock: Clock,
        link: Link,
        lane: FileLane,
        publish: Callable[[SyncEvent], None],
        options: SyncOptions,
        roll: Callable[[], float],
        woken: Callable[[], tuple[str, ...]],
        stopping: Callable[[], bool],
        stand_back: Callable[[], None],
    ) -> None:
        self._store = store
        self._api = api
        self._clock = clock
        self._link = link
        self._lane = lane
        self._publish = publish
        self._options = options
        self._roll = roll
        self._woken = woken
        self._stopping = stopping
        self._stand_back = stand_back
        self._size = BatchSize(options)
        self._first: list[str] = []
        self._last: list[str] = []
        self._item_faults = 0
        self._unrecorded: dict[str, AttemptOutcome] = {}
        self._not_before: dict[str, float] = {}
        self._wanted = Wanted()

    # ------------------------------------------------------------------------------------------------- the queue

    def run(self) -> bool:
        """Send until nothing is due. False when the link gave out."""
        self._record_late()
        while not self._stopping():
            self._first += self._woken()
            while (done := self._lane.finished()) is not None:
                if not self._file_done(done):
                    return False
            entries = self._due()
            if entries:
                if not self._attempt(self._size.choose(entries, frozenset(self._first))):
                    return False
                if self._lane.beside:
                    self._next_file()
            elif not self._next_file():
                # Whoever was waited for and is not here any more was sent in passing.
                self._first = [case_id for case_id in self._first if case_id in self._wanted]
                return True
        return False

    def next_wait_s(self) -> float | None:
        """Seconds until another case is due; None when none waits."""
        if self._unrecorded:
            # While the store does not take an outcome, asking it twenty times a second helps nobody.
            return 5.0
        due = self._store.next_due().result(STORE_WAIT_S)
        if due is None:
            return None
        # Wall time here is only an estimate; the table itself, and the back-offs of this run, decide what is due.
        wait_s = (due - self._clock.now()).total_seconds()
        if wait_s <= 0 and self._not_before:
            wait_s = min(self._not_before.values()) - self._clock.monotonic()
        return wait_s

    def _due(self) -> tuple[OutboxEntry, ...]:
        now = self._clock.monotonic()
        for case_id in [case_id for case_id, at in self._not_before.items() if at <= now]:
            del self._not_before[case_id]
        held = {*self._unrecorded, *self._wanted.cases(), *self._not_before}
        last = (*held, *self._last)[:_LAST_MOST]
        entries = self._store.due(self._clock.now(), self._size.cases, tuple(self._first), last).result(STORE_WAIT_S)
        return tuple(entry for entry in entries if entry.case_id not in held)

    # ------------------------------------------------------------------------------------------------- one request

    def _attempt(self, group: tuple[OutboxEntry, ...]) -> bool:
        """Send what goes together. False when the link gave out."""
        self._stand_back()
        group = tuple(entry for entry in group if self._is_whole(entry))
        if not group:
            return True
        try:
            self._store.mark_sending(tuple(entry.case_id for entry in group)).result(STORE_WAIT_S)
        except StoreError as error:
            # The mark is for people; sending goes on although the disk takes no more.
            log.warning("no lease written: case=%s %s", group[0].case_id, error.code)
        deadline_s = self._options.deadline_s(sum(len(entry.body) for entry in group))
        started = self._clock.monotonic()
        faults = self._link.faults
        outcomes = self._ask(group, deadline_s)
        took_s = self._clock.monotonic() - started
        if len(group) > 1 and (whole := _one_fault(outcomes)) is not None:
            return self._turned_down(group, whole)
        goes_on = True
        for entry in sorted(group, key=lambda entry: isinstance(outcomes[entry.case_id], LINK_FAULTS)):
            goes_on = self._settle(entry, outcomes[entry.case_id], alone=len(group) == 1) and goes_on
        if not goes_on:
            self._size.probe()
        elif took_s > deadline_s / 2:
            # It answered, late: more of us would only make it worse.
            self._size.probe()
            self._link.late(faults)
            return False
        elif took_s <= self._options.fast_s and not any(isinstance(one, LINK_FAULTS) for one in outcomes.values()):
            self._size.grow()
        return goes_on

    def _is_whole(self, entry: OutboxEntry) -> bool:
        if entry.sealed or hashlib.sha256(entry.body).hexdigest() == entry.sha256:
            return True
        # Whatever happened to these bytes, the resident did not sign them.
        log.error("case damaged in the store, not sent: case=%s", entry.case_id)
        self._park(entry.case_id, DAMAGED_HERE)
        return False

    def _ask(self, group: tuple[OutboxEntry, ...], deadline_s: float) -> Mapping[str, SendOutcome]:
        try:
            if len(group) > 1:
                cases = tuple(CaseToSend(one.case_id, one.body, one.sha256, one.trace_id) for one in group)
                return self._api.batch(cases, deadline_s)
            (one,) = group
            put = self._api.put_sealed if one.sealed else self._api.put_case
            outcome = put(
                one.case_id, one.body, one.sha256, one.trace_id, unconfirmed=one.unconfirmed, timeout_s=deadline_s
            )
        except Exception as error:  # a bug in the adapter must not leave the entry leased
            log.error("send failed: case=%s %s", group[0].case_id, type(error).__name__)
            outcome = RetryLater(None, "adapter", about_item=True)
        return {entry.case_id: outcome for entry in group}

    def _turned_down(self, group: tuple[OutboxEntry, ...], fault: SendOutcome) -> bool:
        """A batch came to nothing as a whole. That says nothing about any case in it: smaller ones will."""
        for entry in group:
            self._record(entry.case_id, Postpone(self._clock.now(), False, "batch"))
        if isinstance(fault, Rejected) or (isinstance(fault, RetryLater) and fault.about_item):
            self._size.halve(len(group))
            if isinstance(fault, RetryLater) and fault.after_s is not None:
                self._link.back_off(fault.after_s)
                return False
            return True
        assert isinstance(fault, LINK_FAULTS)
        self._size.probe()
        for entry in group:
            self._publish(CasePostponed(entry.case_id, fault.why))
        self._link.fault(fault)
        return False

    def _settle(self, entry: OutboxEntry, outcome: SendOutcome, *, alone: bool) -> bool:
        """Write down what became of one attempt. False when the link gave out."""
        case_id = entry.case_id
        if isinstance(outcome, FilesMissing) and not _names(entry, outcome.missing):
            outcome = GatewayFault("files that the case does not name")
        if not isinstance(outcome, FilesMissing) and case_id in self._first:
            self._first.remove(case_id)
        if case_id in self._last:
            self._last.remove(case_id)
        match outcome:
            case Delivered(answer) | AlreadyKnown(answer):
                self._definite()
                self._wanted.forget(case_id)
                self._record(case_id, Ended(answer))
                self._publish(CaseSent(case_id, answer))
                return True
            case FilesMissing(missing):
                self._definite()
                self._wants(entry, missing)
                return True
            case Rejected(problem_type, detail):
                self._definite()
                self._park(case_id, problem_type, detail)
                return True
            case RetryLater(after_s, why, about_item=True):
                self._item_faults += 1
                broken = self._item_faults >= self._options.item_faults_to_stop
                if not broken:
                    self._link.answered()
                self._sink(entry, why, after_s)
                if broken:
                    self._link.back_off()
                return not broken
            case RetryLater() | GatewayFault() | LoginNeeded():
                # Not about the item: it keeps its place by attempts, but another one is the next probe.
                self._last.append(case_id)
                del self._last[:-_LAST_MOST]
                self._record(case_id, Postpone(self._clock.now(), False, outcome.why))
                self._publish(CasePostponed(case_id, outcome.why))
                if not alone:
                    # The others of the batch were answered, this one was not. By itself it will be.
                    self._size.probe()
                    return True
                self._link.fault(outcome)
                return False
            case _:
                assert_never(outcome)

    def _definite(self) -> None:
        self._item_faults = 0
        self._link.answered()

    def _sink(self, entry: OutboxEntry, why: str, after_s: float | None = None, *, counts: bool = True) -> None:
        """It comes again later, behind those with fewer attempts."""
        options = self._options
        delay = full_jitter(entry.attempts + 1, self._roll(), base_s=options.item_base_s, cap_s=options.item_cap_s)
        if after_s is not None:
            delay = max(delay, stretched(after_s, self._roll()))
        self._not_before[entry.case_id] = self._clock.monotonic() + delay
        self._record(entry.case_id, Postpone(self._clock.now() + timedelta(seconds=delay), counts, why))
        self._publish(CasePostponed(entry.case_id, why))

    def _park(self, case_id: str, reason: str, detail: str = "") -> None:
        self._wanted.forget(case_id)
        self._record(case_id, Park(reason, detail))
        self._publish(CaseParked(case_id, reason))

    def _record(self, case_id: str, outcome: AttemptOutcome) -> None:
        self._stand_back()
        try:
            self._store.record(case_id, outcome).result(STORE_WAIT_S)
        except StoreError as error:
            # Kept until the store takes it; the case is not sent again meanwhile.
            self._unrecorded[case_id] = outcome
            log.error("outcome not recorded: case=%s %s", case_id, error.code)

    def _record_late(self) -> None:
        late, self._unrecorded = self._unrecorded, {}
        for case_id, outcome in late.items():
            self._record(case_id, outcome)

    # ------------------------------------------------------------------------------------------------- photographs

    def _wants(self, entry: OutboxEntry, missing: tuple[str, ...]) -> None:
        """The centre has to be given these files before it takes the case."""
        if self._wanted.add(entry, missing) > self._options.file_rounds:
            # It was given them and asks again: that is a fault of the centre on this very case.
            self._wanted.forget(entry.case_id)
            self._sink(entry, "files asked for again")

    def _next_file(self) -> bool:
        """Begin with the next file. False when there is none, or one is under way."""
        if self._lane.busy or self._link.wait_s > 0 or (wanted := self._wanted.next(self._first)) is None:
            return False
        case_id, sha256 = wanted
        file = self._store.file(sha256).result(STORE_WAIT_S)
        if file is None or hashlib.sha256(file.data).hexdigest() != sha256:
            log.error("photograph lost or damaged in the store: case=%s", case_id)
            self._park(case_id, FILE_LOST_HERE)
            return True
        self._lane.start(file)
        return not self._lane.beside

    def _file_done(self, done: FileDone) -> bool:
        """Let the cases that waited for it go on, or come again later. False when the link gave out."""
        match done.outcome:
            case FileTaken():
                self._link.answered()
                for entry in self._wanted.arrived(done.sha256):
                    self._record(entry.case_id, Postpone(self._clock.now(), False, "files sent"))
                return True
            case Rejected(problem_type, detail):
                self._link.answered()
                for entry in self._wanted.give_up(done.sha256):
                    # It names no file and may be about a request that was changed on the way: it has to be said again.
                    if entry.attempts + 1 < self._options.file_rounds:
                        self._sink(entry, problem_type)
                    else:
                        self._park(entry.case_id, problem_type, detail)
                return True
            case RetryLater(after_s, why, about_item=True):
                self._link.answered()
                for entry in self._wanted.give_up(done.sha256):
                    self._sink(entry, why, after_s)
                return True
            case GatewayFault(why) | RetryLater(_, "timeout" as why):
                # Cases may get through where a file does not. What arrived of it stays at the centre.
                if isinstance(done.outcome, GatewayFault):
                    self._link.strange()
                for entry in self._wanted.give_up(done.sha256):
                    self._sink(entry, why, counts=False)
                return True
            case RetryLater() | LoginNeeded():
                for entry in self._wanted.give_up(done.sha256):
                    self._record(entry.case_id, Postpone(self._clock.now(), False, done.outcome.why))
                    self._publish(CasePostponed(entry.case_id, done.outcome.why))
                self._link.fault(done.outcome)
                return False
            case _:
                assert_never(done.outcome)


def _names(entry: OutboxEntry, files: tuple[str, ...]) -> bool:
    """Whether the case names all these files. Of an envelope nobody here can tell."""
    return entry.sealed or all(sha256.encode("ascii") in entry.body for sha256 in files)


def _one_fault(outcomes: Mapping[str, SendOutcome]) -> SendOutcome | None:
    """The fault that stands for every case of a batch; None when they were answered one by one."""
    different = list({repr(outcome): outcome for outcome in outcomes.values()}.values())
    return different[0] if len(different) == 1 and isinstance(different[0], (Rejected, *LINK_FAULTS)) else None
