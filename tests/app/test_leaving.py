"""The terminal ends itself at night, when nobody is there, and never because a clock was set."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

import pytest

from kiosk.app import exits
from kiosk.app.leaving import LOOK_MS, Leaving, Why, own_spread, resident_mb
from kiosk.domain.time import CHINA

LOOK_S = LOOK_MS / 1000
EVENING = datetime(2026, 11, 22, 20, 0, tzinfo=CHINA)


class World:
    """The clock and the terminal. Days pass in minutes: a look every minute of them is close enough."""

    def __init__(self, *, minute: int | None = 3 * 60 + 30, begins: datetime = EVENING) -> None:
        self.wall, self.mono = begins.astimezone(UTC), 5000.0
        self.there = False
        self.broken = False
        self.mb = 300
        self.offset: float | None = 0.2
        self.tests: list[Future[None]] = []
        self.tested_at_once = True
        self.farewells: list[Why] = []
        self.left: list[tuple[Why, int, datetime]] = []
        self.leaving = Leaving(self, self, minute=minute, above_mb=1024, spread=0.5)

    # the clock
    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.mono

    # the terminal
    def quiet(self) -> bool:
        return not self.there

    def failed(self) -> bool:
        return self.broken

    def memory_mb(self) -> int:
        return self.mb

    def clock_offset_s(self) -> float | None:
        return self.offset

    def test(self) -> Future[None]:
        self.tests.append(Future())
        if self.tested_at_once:
            self.tests[-1].set_result(None)
        return self.tests[-1]

    def farewell(self, why: Why) -> None:
        self.farewells.append(why)

    def leave(self, why: Why, code: int) -> None:
        self.left.append((why, code, self.wall.astimezone(CHINA)))

    # the story
    def passes(self, step_s: float = 60.0, **how_long: float) -> World:
        """Until the terminal has left, or for so long."""
        left_s = timedelta(**how_long).total_seconds()
        while left_s > 0 and not self.left:
            left_s -= step_s
            self.wall += timedelta(seconds=step_s)
            self.mono += step_s
            self.leaving.look()
        return self

    def jumps(self, **how_far: float) -> World:
        self.wall += timedelta(**how_far)
        return self


def test_at_night_it_tests_itself_says_farewell_and_restarts_once() -> None:
    world = World(begins=EVENING - timedelta(hours=8)).passes(hours=24)
    why, code, at = world.left[0]
    assert (why, code) == ("night", exits.RESTART)
    assert "03:37" <= f"{at:%H:%M}" <= "03:45"
    assert len(world.tests) == 1
    assert world.farewells == ["night"]


def test_a_terminal_that_began_in_the_evening_is_fresh_enough() -> None:
    assert World().passes(hours=24).left == []
    assert World().passes(hours=36).left[0][2].day == 24


def test_never_means_never() -> None:
    assert World(minute=None).passes(days=3).left == []


def test_somebody_who_is_there_is_waited_for_and_after_the_window_it_is_the_next_night() -> None:
    world = World(begins=EVENING - timedelta(hours=8))
    world.passes(hours=15)
    world.there = True
    world.passes(hours=1)
    assert world.left == []
    world.there = False
    world.passes(minutes=30)
    assert f"{world.left[0][2]:%H}" == "04"

    world = World(begins=EVENING - timedelta(hours=8)).passes(hours=15)
    world.there = True
    world.passes(hours=3)
    world.there = False
    world.passes(hours=12)
    assert world.left == []


def test_somebody_who_comes_during_the_test_or_the_farewell_is_served() -> None:
    world = World(begins=EVENING - timedelta(hours=8))
    world.tested_at_once = False
    world.passes(hours=16)
    assert len(world.tests) == 1
    assert world.left == []
    world.there = True
    world.tests[0].set_result(None)
    world.passes(minutes=5)
    assert (world.farewells, world.left) == ([], [])
    world.there = False
    world.passes(step_s=LOOK_S, minutes=10)
    assert world.left[0][0] == "night"
    assert len(world.tests) == 1


@pytest.mark.parametrize("hours", [-30, -9, 3, 5.7, 7, 24 * 365])
def test_a_clock_that_is_set_leads_to_no_restart_soon_after(hours: float) -> None:
    world = World(begins=EVENING - timedelta(hours=12)).passes(hours=14)
    assert world.jumps(hours=hours).passes(hours=3).left == []


def test_a_clock_set_into_the_night_by_day_restarts_nothing() -> None:
    # 08:00 to 22:00, then the clock says 03:40.
    world = World(begins=EVENING - timedelta(hours=12)).passes(hours=14)
    world.jumps(hours=5, minutes=40).passes(hours=2)
    assert world.left == []


def test_a_clock_set_back_after_the_restart_does_not_bring_a_second_one_that_night() -> None:
    world = World(begins=datetime(2026, 11, 23, 3, 41, tzinfo=CHINA)).passes(minutes=10)
    world.jumps(hours=-4).passes(hours=8)
    assert world.left == []


def test_a_clock_that_the_centre_contradicts_is_not_followed() -> None:
    world = World(begins=EVENING - timedelta(hours=8))
    world.offset = 7200.0
    assert world.passes(hours=24).left == []
    world = World(begins=EVENING - timedelta(hours=8))
    world.offset = None
    assert world.passes(hours=24).left


def test_a_terminal_that_has_grown_too_big_restarts_as_soon_as_nobody_is_there() -> None:
    world = World(minute=None)
    world.mb = 2000
    world.there = True
    world.passes(hours=3)
    assert world.left == []
    world.there = False
    world.passes(minutes=10)
    assert world.left[0][:2] == ("memory", exits.RESTART)


def test_a_terminal_that_is_too_big_from_the_start_does_not_restart_in_a_circle() -> None:
    world = World(minute=None)
    world.mb = 2000
    assert world.passes(minutes=59).left == []


def test_a_store_that_failed_ends_the_terminal_when_whoever_is_there_has_gone() -> None:
    world = World()
    world.there = world.broken = True
    assert world.passes(step_s=LOOK_S, minutes=5).left == []
    world.there = False
    world.passes(step_s=LOOK_S, minutes=1)
    assert world.left[0][:2] == ("store", exits.STORE)
    assert (world.tests, world.farewells) == ([], [])


def test_terminals_of_one_hall_do_not_all_go_at_once() -> None:
    spreads = {own_spread(f"YP03{number:02}") for number in range(20)}
    assert len(spreads) == 20
    assert all(0 <= each < 1 for each in spreads)


def test_memory_is_that_of_this_process() -> None:
    assert 10 < resident_mb() < 100_000
