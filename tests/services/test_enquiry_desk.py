"""Free times and slow decisions: an answer whatever happens, and nobody is asked about once the resident has left."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.flow.events import SlotsFound, SlotsUnavailable, WatchOver
from kiosk.ports.central import CallFault, CaseDecided, CentreDecision, FreeSlots, RetryLater
from kiosk.services.enquiry_desk import PAUSES_S, EnquiryDesk
from tests.services.test_desks import AtOnce, HeldClock

YES = CentreDecision("granted", {"zh-Hans": "可以", "en": "Yes"})
CASE = "YP0301-261123-0000000001"


class Centre:
    """Answers what it was told to, one after the other; the last one again and again."""

    def __init__(self, *decisions: CentreDecision | CallFault | None) -> None:
        self.decisions = list(decisions)
        self.asked = 0

    def slots(self, item_id: str, office: str, timeout_s: float) -> FreeSlots | CallFault:
        if office == "away":
            return RetryLater(None, "away")
        return FreeSlots("A" if office == "other" else office, {"2026-11-25": {"09:00": 3}})

    def decision(self, case_id: str, timeout_s: float) -> CentreDecision | CallFault | None:
        self.asked += 1
        return self.decisions.pop(0) if len(self.decisions) > 1 else self.decisions[0]


class Steps:
    """Time that passes only when a test lets it."""

    def __init__(self, clock: HeldClock) -> None:
        self.clock = clock
        self.due: list[tuple[float, Callable[[], None]]] = []
        self.passed = 0.0

    def after(self, delay_s: float, call: Callable[[], None]) -> None:
        self.due.append((delay_s, call))

    def step(self) -> None:
        from datetime import timedelta

        delay, call = self.due.pop(0)
        self.passed += delay
        self.clock.at += timedelta(seconds=delay)
        call()


def desk(api: Centre) -> tuple[EnquiryDesk, Steps, list[object]]:
    events: list[object] = []
    clock = HeldClock()
    steps = Steps(clock)
    return EnquiryDesk(api, AtOnce(), clock, steps, events.append), steps, events  # type: ignore[arg-type]


def test_free_times_come_back_and_silence_does_too() -> None:
    made, _, events = desk(Centre(None))
    for office in ("A", "away", "other"):
        made.ask_slots("s", "item", office)
    assert events == [SlotsFound("s", "A", {"2026-11-25": {"09:00": 3}}), SlotsUnavailable("s"), SlotsUnavailable("s")]


def test_watch_asks_ever_more_slowly_until_the_decision_is_there() -> None:
    api = Centre(None, RetryLater(None, "busy"), None, YES)
    made, steps, events = desk(api)
    made.watch("s", CASE)
    while steps.due:
        steps.step()
    assert events == [CaseDecided(CASE, YES)]
    assert (api.asked, steps.passed) == (4, sum(PAUSES_S[:4]))


def test_watch_ends_after_a_minute_and_says_so() -> None:
    made, steps, events = desk(Centre(None))
    made.watch("s", CASE)
    while steps.due:
        steps.step()
    assert events == [WatchOver("s")]
    assert 50 <= steps.passed <= 60


def test_watch_ends_with_the_visit_even_while_the_centre_is_asked() -> None:
    api = Centre(YES)
    made, steps, events = desk(api)
    made.watch("s", CASE)
    made.forget()
    steps.step()
    assert (api.asked, events, steps.due) == (0, [], [])
