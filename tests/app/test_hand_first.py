"""What else the program does waits while a page is changed, or until nobody is there."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from kiosk.app.hand_first import ALONE_S, STAND_BACK_S, HandFirst
from kiosk.app.pool import Pool
from tests.flow.world import Visit, fresh


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def now(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds


class Ring:
    """Something that only a search finds to be garbage."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def clock() -> Iterator[Clock]:
    before = sys.getswitchinterval(), gc.get_threshold()
    yield Clock()
    gc.enable()
    sys.setswitchinterval(before[0])
    gc.set_threshold(*before[1])
    gc.unfreeze()


def hand_of(clock: Clock) -> HandFirst:
    """One that is the only one to search for garbage."""
    hand = HandFirst(clock)
    gc.disable()
    return hand


def test_work_asked_for_by_a_touch_begins_when_its_page_is_painted(clock: Clock) -> None:
    hand, began = hand_of(clock), threading.Event()
    pool = Pool(1, "chores", hand.stand_back)
    hand.touched()
    done = pool.submit(began.set)
    assert not began.wait(0.02)
    hand.painted()
    done.result(5)
    assert began.is_set()
    pool.shutdown()


def test_a_touch_that_leads_nowhere_holds_nobody_up_for_long(clock: Clock) -> None:
    hand, done = hand_of(clock), threading.Event()
    hand.touched()
    clock.seconds += STAND_BACK_S
    pool = Pool(1, "chores", hand.stand_back)
    pool.submit(done.set)
    assert done.wait(5)
    pool.shutdown()


def test_garbage_of_a_visit_waits_until_it_is_over_and_no_longer(clock: Clock) -> None:
    hand = hand_of(clock)
    left = weakref.ref(Ring())
    clock.seconds += ALONE_S + 1
    hand.look(Visit().touch("action.start").state)
    assert left() is not None
    hand.touched()
    hand.look(fresh())
    assert left() is None


def test_packages_that_went_wait_until_nobody_has_touched_for_a_while(clock: Clock) -> None:
    hand, package = hand_of(clock), Ring()
    gone = weakref.ref(package)
    hand.loaded()
    del package
    hand.loaded()
    hand.touched()
    hand.look(fresh())
    assert gone() is not None
    clock.seconds += ALONE_S + 1
    hand.look(fresh())
    assert gone() is None


def test_what_a_visit_left_is_found_although_packages_came_during_it(clock: Clock) -> None:
    hand, left = hand_of(clock), Ring()
    gone = weakref.ref(left)
    hand.look(Visit().touch("action.start").state)
    del left
    hand.loaded()
    hand.look(fresh())
    assert gone() is None
