"""Figures of use: a whole visit leads to the right counts, and nothing of a person is among them."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import date, timedelta
from typing import Any

import pytest

from kiosk.domain.usage import ELSE, FEWEST, Ending, Figure, Mark, Share, What, summary, table
from kiosk.flow.advance import advance
from kiosk.flow.effects import NewSession
from kiosk.flow.events import FlowEvent, Started, Touched, Typed, WaitOver
from kiosk.flow.present import present
from kiosk.flow.view import PlotsBody
from kiosk.ports.central import CaseParked, CaseSent
from kiosk.ports.storage import Park
from kiosk.services.usage import UsageDesk
from offline_cache import MemoryStore
from tests.contracts.samples import HandClock, answer, case_id, got, submission
from tests.flow.test_visit import renewal_to_review
from tests.flow.world import CARD, NOON, Visit

MONDAY = date(2026, 11, 23)
ITEM = "residence-permit-renewal"


class Book:
    """Adds up in memory, and remembers each thing it was given."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[date, Mark]] = Counter()
        self.cut_short: Mark | None = None
        self.writes = 0

    def count_usage(self, day: date, counts: Mapping[Mark, int], cut_short: Mark | None) -> Future[None]:
        self.counts.update({(day, mark): count for mark, count in counts.items()})
        self.cut_short, self.writes = cut_short, self.writes + 1
        return _done(None)

    def settle_usage(self, day: date) -> Future[None]:
        return self.count_usage(day, {self.cut_short: 1} if self.cut_short else {}, None)

    def usage(self, since: date) -> Future[tuple[Figure, ...]]:
        return _done(tuple(sorted(Figure(day, mark, n) for (day, mark), n in self.counts.items() if day >= since)))

    def count(self, page: str, what: What, detail: str = "", item: str = ITEM) -> int:
        return self.counts[MONDAY, Mark(item, page, what, detail)]


def _done(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future


class Noon:
    def now(self) -> Any:
        return NOON

    def monotonic(self) -> float:
        return 0.0


class Counted(Visit):
    """A visit with the desk looking on, as in the runner."""

    def __init__(self, book: Book | None = None) -> None:
        super().__init__()
        self.book = book or Book()
        self.published: list[FlowEvent] = []
        self.desk = UsageDesk(self.book, MemoryStore(HandClock()), Noon(), self.published.append)

    def feed(self, *events: FlowEvent) -> Visit:
        for event in events:
            before, transition = self.state, advance(self.state, event)
            self.state = transition.state
            self.effects += transition.effects
            self.desk.notice(before, event, self.state)
            for effect in transition.effects:
                if isinstance(effect, NewSession):
                    self.feed(Started("5e55"))
        return self


def test_a_whole_visit_is_counted_page_by_page_and_ends_submitted() -> None:
    visit = Counted()
    renewal_to_review(visit)
    written = visit.book.writes
    visit.touch("action.next")
    assert visit.book.writes == written  # the store has a case to save, and somebody waits for it
    visit.commit().feed(WaitOver(visit.session))
    visit.touch("action.next", "action.next", "action.skip")
    book = visit.book
    assert book.count("", What.ENDED, Ending.SUBMITTED.value) == 1
    assert book.count("review", What.SHOWN) == book.count("review", What.LEFT, "next") == 1
    assert book.count("rate", What.LEFT, "end") == 1
    assert book.count("", What.BEGUN, item="") == book.count("", What.HOUR, "12", item="") == 1
    shown = {mark.page: n for (_, mark), n in book.counts.items() if mark.what is What.SHOWN}
    left = Counter[str]()
    for (_, mark), n in book.counts.items():
        if mark.what is What.LEFT:
            left[mark.page] += n
    assert shown == left
    assert any(page.startswith("form.") for page in shown)
    assert "scenario.permit" in shown
    assert book.cut_short is None


def test_help_wrong_answers_and_going_back_are_counted_where_they_happen() -> None:
    visit = Counted()
    visit.to_form().touch("action.next", "choice.residence.kind.rent", "action.next")
    district = next(key.name for key in visit.pressable() if key.name.startswith("choice.residence.district."))
    visit.touch(district, "action.next", "action.help", "action.stay").feed(Typed("residence.address", "短"))
    page = f"form.{visit.state.page}"
    visit.touch("action.next", "action.back")
    refused = [mark for _, mark in visit.book.counts if mark.what is What.REFUSED]
    assert [(mark.page, mark.detail) for mark in refused] == [(page, "residence.address:address")]
    assert visit.book.count(page, What.HELP) == visit.book.count(page, What.LEFT, "back") == 1


@pytest.mark.parametrize(("how", "word"), [("exit", "exit"), ("idle", "idle")])
def test_who_walks_away_in_the_middle_gave_up_on_that_page(how: str, word: str) -> None:
    visit = Counted()
    visit.to_form()
    page = f"form.{visit.state.page}"
    if how == "exit":
        visit.touch("action.exit", "action.leave")
    else:
        visit.wait(92)
    assert visit.book.count(page, What.LEFT, word) == 1
    assert visit.book.count("", What.ENDED, Ending.GIVEN_UP.value) == 1
    assert not any(mark.page == page and mark.what is What.SECONDS for _, mark in visit.book.counts)
    told = summary(visit.book.usage(MONDAY).result())
    assert [(use.page, use.abandoned) for use in told.worst(3)] == [(page, 1)]
    assert (told.given_up.percent, told.visits) == (100, 1)


def test_who_only_looks_round_has_given_nothing_up() -> None:
    visit = Counted()
    visit.touch("action.start", "language.en", "everyday.guide", f"item.{ITEM}", "action.exit")
    told = summary(visit.book.usage(MONDAY).result())
    assert told.endings == {Ending.LOOKED: 1}
    assert visit.book.count("", What.USED, "en", item="") == 1


def test_a_crash_costs_the_figures_of_one_page_and_is_counted_at_the_next_start() -> None:
    visit = Counted()
    visit.to_form()
    page = f"form.{visit.state.page}"
    UsageDesk(visit.book, MemoryStore(HandClock()), Noon(), visit.published.append).start()
    assert visit.book.count(page, What.LEFT, "crash") == 1
    UsageDesk(visit.book, MemoryStore(HandClock()), Noon(), visit.published.append).start()
    assert visit.book.count(page, What.LEFT, "crash") == 1


def test_nothing_of_a_person_stands_in_the_table() -> None:
    visit = Counted()
    renewal_to_review(visit)
    visit.touch("action.exit", "action.leave")
    told = "\n".join(",".join(row) for row in table(visit.book.usage(MONDAY).result()))
    assert "form.phone" in told
    for private in (CARD.name, CARD.number, CARD.number[-6:], "13800138000", "柳桥", "王砚舟", "5e55", "12:0"):
        assert private not in told


def test_the_first_answer_to_each_case_says_whether_it_was_taken_as_it_came() -> None:
    store = MemoryStore(HandClock())
    cases = [submission(number) for number in (1, 2, 3)]
    assert got(store.commit(tuple(cases))).ok
    got(store.record(case_id(2), Park("urn:kiosk:problem:conflict")))
    desk = UsageDesk(store, store, Noon(), lambda event: None)
    desk.answered(CaseParked(case_id(2), "conflict"))
    for number in (1, 2, 3):
        status = "refused" if number == 3 else "accepted"
        desk.answered(CaseSent(case_id(number), dataclasses.replace(answer(cases[number - 1]), status=status)))
    desk.answered("anything else")
    item = cases[0].item_id
    assert {figure.mark.detail: figure.count for figure in got(store.usage(MONDAY))} == {
        "first_time": 1,
        "sent_back": 1,
        "after_sent_back": 1,
        "refused": 1,
    }
    assert summary(got(store.usage(MONDAY))).accepted[item] == Share(1, 3)


def test_staff_see_counts_and_plots_behind_their_own_page() -> None:
    visit = Counted()
    visit.to_form().touch("action.help", "action.stay", "action.exit", "action.leave").wait(3)
    visit.desk.read()
    (read,) = visit.published
    state = dataclasses.replace(visit.state, step="diagnostics")
    for event in (Touched("usage.open"), read):
        state = advance(state, event).state
    body = present(state).body
    assert isinstance(body, PlotsBody)
    assert [row.value for row in body.summary] == ["1", "0%", "—", "100%"]
    titles = []
    for _ in range(3):
        body = present(state).body
        assert isinstance(body, PlotsBody)
        titles += [plot.title for plot in body.plots]
        state = advance(state, Touched("page.following")).state
    assert len(set(titles)) == 6
    assert advance(state, Touched("action.back")).state.step == "diagnostics"


@pytest.mark.parametrize("words", ["林秋禾", "339005199104162416", "a b", "x" * 81, "name=1", "1380001"])
def test_what_could_be_a_persons_is_no_label(words: str) -> None:
    assert Mark("complaint-12345", words, What.SHOWN) == Mark("complaint-12345", ELSE, What.SHOWN)


def test_hours_are_told_by_month_and_only_of_several_visits() -> None:
    nine = Mark("", "", What.HOUR, "09")
    days = [Figure(MONDAY + timedelta(days=n), nine, 1) for n in range(FEWEST)]
    few = Figure(MONDAY, Mark("", "", What.HOUR, "03"), FEWEST - 1)
    saturday = Figure(MONDAY - timedelta(days=2), nine, FEWEST - 1)
    assert table([*days, few, saturday]) == [("2026-11", "1", "", "", "hour", "09", "5")]


def test_the_middle_time_the_workdays_and_the_first_acceptance_are_read_out_of_the_counts() -> None:
    page = "form.who"
    told = summary(
        [
            Figure(MONDAY, Mark("", "", What.BEGUN), 6),
            Figure(MONDAY - timedelta(days=1), Mark("", "", What.BEGUN), 2),
            Figure(MONDAY, Mark(ITEM, page, What.SHOWN), 7),
            Figure(MONDAY, Mark(ITEM, page, What.SECONDS, "5"), 3),
            Figure(MONDAY, Mark(ITEM, page, What.SECONDS, "20"), 4),
            Figure(MONDAY, Mark(ITEM, "", What.CASE, "first_time"), 8),
            Figure(MONDAY, Mark(ITEM, "", What.CASE, "sent_back"), 1),
            Figure(MONDAY, Mark(ITEM, "", What.CASE, "after_sent_back"), 1),
            Figure(MONDAY, Mark(ITEM, "", What.CASE, "refused"), 1),
        ]
    )
    assert (told.slowest(1)[0].page, told.slowest(1)[0].seconds) == (page, 20)
    assert told.away_from_office_hours.percent == 25
    assert told.accepted[ITEM].percent == 80
