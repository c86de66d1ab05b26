"""The desks answer with an event whatever happens behind them, and keep nothing of a resident who has left."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kiosk.domain.devices import PrintOutcome, PrintUpdate
from kiosk.domain.parked import Claimed
from kiosk.domain.receipt import Receipt
from kiosk.domain.session import IntakeSession
from kiosk.flow.effects import LookUpLicences, PrintReceipt, SubmitCase
from kiosk.flow.events import (
    CommitFailed,
    Committed,
    FlowEvent,
    LicencesFound,
    ReceiptReady,
    RecordFound,
    RecordUnavailable,
    WaitOver,
)
from kiosk.ports import central as centre
from kiosk.ports.central import CallFault, CentreSubject, IdentitySession, LicenceFound, RetryLater
from kiosk.ports.printing import PressedReceipt
from kiosk.ports.storage import Errand, ErrandKind
from kiosk.services.identity_desk import IdentityDesk
from kiosk.services.intake_desk import IntakeDesk
from kiosk.services.receipt_desk import ReceiptDesk
from offline_cache.memory import MemoryStore
from tests.flow.test_visit import renewal_submitted
from tests.flow.world import NOON, Visit, place


class HeldClock:
    """A clock that only moves when told to."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class AtOnce(Executor):
    """Runs work where it is handed in; what it raises stays in the future, as in a pool."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Timers:
    """Remembers what was put off."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def after(self, delay_s: float, call: Callable[[], None]) -> None:
        self.calls.append(call)


class Sender:
    """The sync loop, as far as the intake knows it."""

    def __init__(self) -> None:
        self.woken: list[str] = []

    def wake(self, *case_ids: str) -> None:
        self.woken += case_ids


class BrokenCommit(MemoryStore):
    """A store with a bug behind its future."""

    def commit(self, submissions: Any, with_errands: Any = ()) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(ValueError("a bug"))
        return future


def submitted(store: MemoryStore) -> tuple[list[FlowEvent], Timers, Sender, SubmitCase]:
    visit = renewal_submitted()
    effect, package = visit.effect(SubmitCase), visit.state.package
    assert isinstance(effect, SubmitCase)
    assert package is not None
    events: list[FlowEvent] = []
    timers, sender = Timers(), Sender()
    desk = IntakeDesk(store, sender, HeldClock(), timers, events.append, submit_wait_s=5.0, clock_trusted=lambda: True)
    desk.submit(effect.session, package, place(), "zh-Hans", visit.state.context)
    return events, timers, sender, effect


def test_parked_work_a_case_was_made_of_is_released_in_the_same_commit() -> None:
    visit = renewal_submitted()
    effect, package = visit.effect(SubmitCase), visit.state.package
    assert isinstance(effect, SubmitCase)
    assert package is not None
    clock = HeldClock()
    store, events, told = MemoryStore(clock), list[FlowEvent](), list[tuple[int, tuple[Errand, ...]]]()
    commit = store.commit

    def told_of(submissions: Any, with_errands: Any = ()) -> Future[Any]:
        told.append((len(submissions), with_errands))
        return commit(submissions, with_errands)

    store.commit = told_of  # type: ignore[method-assign]
    desk = IntakeDesk(store, Sender(), clock, Timers(), events.append, submit_wait_s=5.0, clock_trusted=lambda: True)
    session = dataclasses.replace(effect.session, claimed=Claimed("7K2M9XQ4HT0C7K2M", "token"))
    desk.submit(session, package, place(), "zh-Hans", visit.state.context)
    release = Errand(ErrandKind.RELEASE, "7K2M9XQ4HT0C7K2M", b"token")
    assert told == [(1, (release,))]
    assert store.errands_due(clock.now(), 9).result() == (release,)


def test_committed_case_is_told_sent_and_waited_for() -> None:
    events, timers, sender, effect = submitted(MemoryStore(HeldClock()))
    committed = events[0]
    assert isinstance(committed, Committed)
    assert sender.woken == [case.case_id for case in committed.filing.cases]
    timers.calls[0]()
    assert events[1:] == [WaitOver(effect.session.id)]


def test_store_that_breaks_while_committing_still_gets_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    events, _, sender, effect = submitted(BrokenCommit(HeldClock()))
    assert "the store broke over a commit" in caplog.messages
    assert events == [CommitFailed(effect.session.id, "io")]
    assert not sender.woken


def test_closed_store_says_so() -> None:
    store = MemoryStore(HeldClock())
    store.close()
    events, _, _, effect = submitted(store)
    assert events == [CommitFailed(effect.session.id, "closed")]


def test_timer_of_the_wait_does_not_hold_the_residents_session() -> None:
    _, timers, _, effect = submitted(MemoryStore(HeldClock()))
    reached = [timers.calls[0]]
    seen: set[int] = set()
    found: list[object] = []
    while reached:
        thing: Any = reached.pop()
        if id(thing) in seen or isinstance(thing, type):
            continue
        seen.add(id(thing))
        found.append(thing)
        if callable(thing) or type(thing).__name__ in ("cell", "tuple"):
            reached += [r for r in gc.get_referents(thing) if not isinstance(r, dict)]
    assert effect.session not in found


# ---- identity ---------------------------------------------------------------------------------------------------


class Library:
    """The centre: knows everybody, and finds what it was given. ``during`` happens while it is asked."""

    def __init__(self, *found: LicenceFound) -> None:
        self.found = found
        self.during: Callable[[], None] = lambda: None
        self.sessions = 0

    def identity_session(self, number: str, name: str, *_: object) -> IdentitySession:
        self.during()
        self.sessions += 1
        return IdentitySession("s-1", CentreSubject("h-1", name, number), NOON + timedelta(minutes=5))

    def licences(self, *_: object) -> tuple[LicenceFound, ...]:
        return self.found

    def record(self, *_: object) -> CallFault | centre.RecordFound:
        return centre.RecordFound({"months": 14}, NOON.date())


def known_resident() -> tuple[IntakeSession, tuple[str, ...]]:
    visit = Visit().to_form()
    asked = visit.effect(LookUpLicences)
    assert isinstance(asked, LookUpLicences)
    assert visit.state.session is not None
    return visit.state.session, asked.types


def identity_desk(api: Library, clock: HeldClock, events: list[FlowEvent]) -> IdentityDesk:
    return IdentityDesk(MemoryStore(clock), api, AtOnce(), clock, events.append)  # type: ignore[arg-type]


def test_look_up_that_ends_after_the_resident_left_keeps_nothing_of_them() -> None:
    events: list[FlowEvent] = []
    api = Library()
    desk = identity_desk(api, HeldClock(), events)
    session, types = known_resident()
    api.during = desk.forget
    desk.look_up(session, types)
    assert not [kept for kept in vars(desk).values() if isinstance(kept, tuple | IdentitySession | IntakeSession)]


def test_session_of_the_centre_serves_a_second_question_of_the_same_resident() -> None:
    events: list[FlowEvent] = []
    api = Library()
    desk = identity_desk(api, HeldClock(), events)
    session, types = known_resident()
    desk.look_up(session, types)
    desk.look_up(session, types)
    assert api.sessions == 1


def test_registers_are_asked_in_the_same_session_and_any_fault_is_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    events: list[FlowEvent] = []
    api = Library()
    desk = identity_desk(api, HeldClock(), events)
    session, types = known_resident()
    desk.look_up(session, types)
    desk.ask_record(session)
    assert api.sessions == 1
    assert events[1] == RecordFound(session.id, {"months": 14}, NOON.date(), session.item_id or "")
    desk.ask_record(dataclasses.replace(session, item_id="another-item"))
    assert api.sessions == 2, "the centre's session is for one item alone"
    api.record = lambda *_: RetryLater(None, "away")  # type: ignore[method-assign]
    desk.ask_record(session)
    assert events[-1] == RecordUnavailable(session.id, session.item_id or "")
    api.record = lambda *_: 1 / 0  # type: ignore
    desk.ask_record(session)
    assert events[-1] == RecordUnavailable(session.id, session.item_id or "")


@pytest.mark.parametrize(("hour_utc", "found"), [(15, True), (17, False)])
def test_licence_ends_with_the_day_of_the_site_not_of_greenwich(hour_utc: int, found: bool) -> None:
    clock = HeldClock(datetime(2026, 11, 22, hour_utc, tzinfo=UTC))
    api = Library(LicenceFound("x", "found", "1", None, None, date(2026, 11, 22).isoformat(), {}))
    events: list[FlowEvent] = []
    session, types = known_resident()
    identity_desk(api, clock, events).look_up(session, types)
    answer = events[0]
    assert isinstance(answer, LicencesFound)
    assert bool(answer.licences) is found


# ---- receipts ---------------------------------------------------------------------------------------------------


class Press:
    """Lays out nothing."""

    def press(self, receipt: Receipt) -> PressedReceipt:
        return PressedReceipt(None, ("line",))  # type: ignore[arg-type]


class Hub:
    """Devices that fail in ways no device should."""

    def __init__(self) -> None:
        self.printed: list[str] = []
        self.broken = False

    def print_paper(self, job_id: str, paper: object) -> None:
        if self.broken:
            raise RuntimeError("a bug")
        self.printed.append(job_id)


def receipt() -> tuple[str, Receipt]:
    visit = renewal_submitted().commit()
    assert visit.state.session is not None
    visit.feed(WaitOver(visit.state.session.id)).touch("action.next")
    effect = visit.effect(PrintReceipt)
    assert isinstance(effect, PrintReceipt)
    return visit.state.session.id, effect.receipt


@pytest.mark.parametrize("broken", ["hub", "keep", "store"])
def test_whatever_breaks_behind_a_receipt_its_page_hears_of_it(broken: str, caplog: pytest.LogCaptureFixture) -> None:
    events: list[object] = []
    hub, store = Hub(), MemoryStore(HeldClock())
    hub.broken = broken == "hub"

    def keep(*_: object) -> None:
        if broken == "keep":
            raise OSError("a full disk")

    desk = ReceiptDesk(store, Press, hub, AtOnce(), HeldClock(), events.append, keep)  # type: ignore[arg-type]
    if broken == "store":
        store.close()
    session, paper = receipt()
    desk.press(session, paper)
    ready = events[0]
    assert isinstance(ready, ReceiptReady)
    if broken == "hub":
        assert events[1] == PrintUpdate(ready.job_id, PrintOutcome.FAILED, "fault")
    else:
        assert hub.printed == [ready.job_id]
