"""A crash of the screens in the middle of a visit: the same resident goes on, and nobody else learns anything."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import pytest

from kiosk.domain.case import CaseAnswer
from kiosk.domain.devices import CardRead
from kiosk.flow.events import (
    CatalogueLoaded,
    FlowEvent,
    LicencesUnavailable,
    Tick,
    Touched,
    WaitOver,
)
from kiosk.flow.laying_aside import of_visit
from kiosk.flow.state import FlowState
from kiosk.ports.central import CentreAnswer
from kiosk.services.desks import Desks
from kiosk.services.intake_desk import IntakeDesk
from kiosk.services.open_visit import OpenVisit, closed, opened
from kiosk.services.package_shelf import PackageShelf
from kiosk.services.runner import SessionRunner
from kiosk.services.usage import UsageDesk
from offline_cache.memory import MemoryStore
from tests.flow.putting_by import at_the_form
from tests.flow.test_putting_by import OTHER
from tests.flow.test_visit import renewal_to_review
from tests.flow.world import CARD, PACKAGES, Visit, whole
from tests.services.fake_keys import FakeLauncher
from tests.services.test_desks import AtOnce, HeldClock, Sender, Timers
from tests.services.test_runner import Anything, HandClock, Lines, Panel


class NoCentre:
    """Nothing is fetched for somebody who has a minute."""

    def package(self, *_: object) -> object:
        raise AssertionError("asked the centre")


class Terminal:
    """A terminal on a store and a launcher that outlive it."""

    def __init__(self, store: MemoryStore, launcher: FakeLauncher, session: str) -> None:
        self.store = store
        self.lines, self.panel, self.clock = Lines(), Panel(), HandClock()
        api: Any = NoCentre()
        nothing: Any = Anything()
        self.timers, self.sender = Timers(), Sender()

        def publish(event: Any) -> None:
            self.runner.dispatch(event)

        self.visit = OpenVisit(store, launcher, PackageShelf(store, api), AtOnce(), publish, answered)
        desks = Desks(
            intake=IntakeDesk(
                store,
                self.sender,
                HeldClock(),
                self.timers,
                publish,
                submit_wait_s=5.0,
                clock_trusted=lambda: True,
            ),
            identity=nothing,
            enquiries=nothing,
            parking=nothing,
            visit=self.visit,
            receipts=nothing,
            documents=nothing,
            staff=nothing,
            diagnostics=nothing,
            usage=UsageDesk(store, store, self.clock, publish),  # type: ignore[arg-type]
        )
        self.runner = SessionRunner(
            whole(parking=True),
            self.panel,  # type: ignore[arg-type]
            nothing,
            desks,
            self.clock,  # type: ignore[arg-type]
            self.lines,  # type: ignore[arg-type]
            lambda: session,
        )
        self.runner.start()
        self.feed(CatalogueLoaded(PACKAGES))

    @property
    def state(self) -> FlowState:
        return self.runner.state

    def feed(self, *events: FlowEvent) -> Terminal:
        for event in events:
            self.runner.dispatch(event)
        return self

    def touch(self, *names: str) -> Terminal:
        return self.feed(*(Touched(name) for name in names))

    def card(self, card: Any = CARD) -> Terminal:
        return self.feed(CardRead(self.state.here.id, card))

    def at(self, visit: Visit) -> Terminal:
        """Where another walk has come to, as if it had been walked here."""
        self.touch("action.start")
        here = self.state.here
        session = dataclasses.replace(visit.state.here, id=here.id)
        moved = dataclasses.replace(visit.state, session=session, world=self.state.world)
        self.runner.state = moved
        self.visit.keep(of_visit(moved))
        return self


def answered(answer: CentreAnswer) -> CaseAnswer:
    return CaseAnswer(answer.case_id, answer.status, answer.accepted_at)


class Machine:
    """The store and the launcher of one machine."""

    def __init__(self) -> None:
        self.store, self.launcher = MemoryStore(HeldClock()), FakeLauncher()
        self.terminals = 0

    def terminal(self) -> Terminal:
        self.terminals += 1
        return Terminal(self.store, self.launcher, f"session-{self.terminals}")

    def draft(self) -> bytes | None:
        return self.store.draft().result()


def form(machine: Machine) -> Terminal:
    return machine.terminal().at(at_the_form())


def test_same_card_after_a_crash_goes_on_with_all_that_was_answered() -> None:
    machine = Machine()
    first = form(machine).touch("action.next")
    page, answers = first.state.page, first.state.here.answers
    machine.launcher.crash()

    second = machine.terminal()
    assert second.state.step == "resume"
    assert second.panel.view is not None
    assert "再出示一次证件" in second.panel.view.title
    second.card()

    assert (second.state.step, second.state.page) == ("form", page)
    assert second.state.here.answers == answers
    assert ("visit.resumed", "session-2") in second.lines.written


def test_second_crash_after_going_on_is_survived_too() -> None:
    machine = Machine()
    form(machine)
    for _ in range(3):
        machine.launcher.crash()
        terminal = machine.terminal().card()
        assert terminal.state.step == "form"
        terminal.touch("action.next")


@pytest.mark.parametrize("how", ["another card", "not me", "too late", "exit"])
def test_whoever_is_not_that_resident_leaves_neither_draft_nor_key(how: str) -> None:
    machine = Machine()
    form(machine)
    machine.launcher.crash()
    terminal = machine.terminal()
    match how:
        case "another card":
            terminal.card(OTHER)
        case "not me":
            terminal.touch("resume.anew")
        case "exit":
            terminal.touch("action.exit")
        case _:
            terminal.clock.mono += 56
            terminal.feed(Tick())
    assert terminal.state.step == "wiped"
    assert machine.draft() is None
    assert machine.launcher.held is None
    assert terminal.panel.wiped == 1


def test_after_a_power_cut_the_draft_is_destroyed_at_the_start() -> None:
    machine = Machine()
    form(machine)
    assert machine.draft() is not None
    machine.launcher.power_cut()
    assert machine.terminal().state.step == "attract"
    assert machine.draft() is None


def test_crash_more_than_a_minute_ago_leaves_nothing() -> None:
    machine = Machine()
    form(machine)
    machine.launcher.crash(ago_s=61)
    assert machine.terminal().state.step == "attract"
    assert machine.draft() is None


def test_visit_without_an_identity_is_never_written_down() -> None:
    machine = Machine()
    machine.terminal().touch("action.start", "language.zh-Hans", "everyday.guide")
    assert machine.draft() is None
    machine.launcher.crash()
    assert machine.terminal().state.step == "wiped"


def test_draft_is_noise_without_the_key() -> None:
    machine = Machine()
    form(machine)
    draft = machine.draft()
    assert draft is not None
    assert CARD.number.encode() not in draft
    assert opened(bytes(32), draft) is None
    assert machine.launcher.held is not None
    plain = opened(machine.launcher.held, draft)
    assert plain is not None
    assert CARD.number.encode() in plain


def test_end_of_a_visit_leaves_neither_draft_nor_key() -> None:
    machine = Machine()
    form(machine).touch("action.exit", "action.leave")
    assert machine.draft() is None
    assert machine.launcher.held is None


def test_draft_of_rubbish_under_the_right_key_is_told_and_nothing_breaks(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    form(machine)
    assert machine.launcher.held is not None
    machine.store.save_draft(closed(machine.launcher.held, b"rubbish")).result()
    machine.launcher.crash()
    assert machine.terminal().state.step == "wiped"
    assert any("not readable" in message for message in caplog.messages)
    caplog.clear()


def to_submit(machine: Machine) -> Terminal:
    """At the review, every paper settled, about to confirm."""
    return machine.terminal().at(renewal_to_review(Visit(whole(parking=True))))


def test_crash_after_the_commit_shows_the_result_and_files_nothing_again() -> None:
    machine = Machine()
    first = to_submit(machine).touch("action.next")
    assert first.state.step == "submit"
    filing = first.state.here.filing
    assert filing is not None
    machine.launcher.crash()

    second = machine.terminal().card()

    assert second.state.step == "result"
    again = second.state.here.filing
    assert again is not None
    assert (again.cases, again.trace_id, again.codes) == (filing.cases, filing.trace_id, filing.codes)
    assert len(machine.store.cases().result()) == len(filing.cases)
    second.touch("action.next")
    assert second.state.step == "receipt"
    second.touch("action.next", "action.skip")
    assert machine.draft() is None
    assert len(machine.store.cases().result()) == len(filing.cases)


def test_crash_on_the_result_page_comes_back_to_it() -> None:
    machine = Machine()
    first = to_submit(machine).touch("action.next")
    first.feed(WaitOver(first.state.here.id))
    assert first.state.step == "result"
    for _ in range(2):
        machine.launcher.crash()
        assert machine.terminal().card().state.step == "result"
    assert len(machine.store.cases().result()) == 1


def test_crash_between_confirming_and_the_commit_files_it_once_when_confirmed_again() -> None:
    machine = Machine()
    first = to_submit(machine)
    machine.launcher.crash()
    second = machine.terminal().card()
    assert second.state.step == "review"
    assert machine.store.cases().result() == ()
    second.feed(LicencesUnavailable(second.state.here.id)).touch("action.next")
    assert second.state.step == "submit"
    assert len(machine.store.cases().result()) == 1
    assert first.state.here.id != second.state.here.id


class Later(Executor):
    """Work waits until it is let go."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.jobs.append(lambda: fn(*args, **kwargs))
        return Future()

    def go(self) -> None:
        jobs, self.jobs = self.jobs, []
        for job in jobs:
            job()


class Counting(MemoryStore):
    """Counts what is written."""

    def __init__(self) -> None:
        super().__init__(HeldClock())
        self.written: list[bytes | None] = []

    def save_draft(self, draft: bytes | None) -> Future[None]:
        self.written.append(draft)
        return super().save_draft(draft)


def kept(store: MemoryStore, executor: Executor) -> OpenVisit:
    api: Any = NoCentre()
    visit = OpenVisit(store, FakeLauncher(), PackageShelf(store, api), executor, lambda _: None, answered)
    visit.begin()
    return visit


def test_of_many_pages_in_a_row_only_the_last_is_written() -> None:
    store, later = Counting(), Later()
    visit = kept(store, later)
    for _ in range(5):
        visit.keep(of_visit(at_the_form().state))
    assert len(later.jobs) == 1
    later.go()
    assert len([one for one in store.written if one is not None]) == 1
    visit.keep(of_visit(at_the_form().state))
    later.go()
    assert len([one for one in store.written if one is not None]) == 2


def test_draft_that_is_made_while_the_visit_ends_is_never_written() -> None:
    store, later = Counting(), Later()
    visit = kept(store, later)
    visit.keep(of_visit(at_the_form().state))
    visit.forget()
    later.go()
    assert store.draft().result() is None
    visit.begin()
    visit.keep(of_visit(at_the_form().state))
    later.go()
    assert store.draft().result() is not None


def test_store_that_is_closed_costs_nobody_the_visit(caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore(HeldClock())
    visit = kept(store, AtOnce())
    store.close()
    visit.keep(of_visit(at_the_form().state))
    visit.keep(of_visit(at_the_form().state))
    visit.drop()
    visit.forget()
    caplog.clear()
