"""The course of an outage, by a table and by any story of breaks and returns."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import (
    BadAnswer,
    DeviceFault,
    Flooding,
    InternalFault,
    NoAnswer,
    PortBusy,
    PortDenied,
    PortLost,
    PortMissing,
    WriteTimeout,
)
from devices.outage import LIFE_STATE, Course, LifeState, Means, Step, Timing
from kiosk.domain.devices import Health

TIMING = Timing()
FAULTS = (PortMissing, PortDenied, PortBusy, PortLost, WriteTimeout, NoAnswer, BadAnswer, Flooding, InternalFault)


def _online(at: float = 0.0) -> Course:
    course, trial_s = Course().connected(at, TIMING)
    assert trial_s == 0.0
    return course


def _fails(course: Course, fault: DeviceFault, times: int, at: float = 100.0) -> tuple[Course, list[Step]]:
    steps: list[Step] = []
    for _ in range(times):
        course, step = course.failed_with(fault, at, TIMING)
        steps.append(step)
    return course, steps


def _told(steps: list[Step]) -> list[str | None]:
    return [step.announce.detail if step.announce else None for step in steps]


def test_every_health_word_has_its_place_in_the_life_of_a_device() -> None:
    assert set(LIFE_STATE) == set(Health)
    assert set(LIFE_STATE.values()) == set(LifeState)


def test_a_device_that_is_not_there_at_the_start_is_announced_at_once() -> None:
    _, (step,) = _fails(Course(), PortMissing(), 1)
    assert step.announce is not None
    assert (step.announce.detail, step.announce.health, step.announce.first) == ("port_missing", Health.NO_DEVICE, True)


def test_a_line_that_breaks_after_good_days_is_opened_again_silently() -> None:
    course, (step,) = _fails(_online(), PortLost(), 1)
    assert step == Step(0.0, Means.REOPEN, None)
    course, trial_s = course.connected(100.1, TIMING)
    assert (trial_s, course.announced) == (0.0, False)


def test_a_port_is_missing_three_times_running_before_anybody_is_told() -> None:
    course, (silent,) = _fails(_online(), PortLost(), 1)
    _, steps = _fails(course, PortMissing(), 4)
    assert silent.announce is None
    assert _told(steps) == [None, None, "port_missing", "port_missing"]
    assert [step.wait_s for step in steps] == [0.5, 0.5, 1.0, 2.0]


def test_a_port_that_blinks_is_no_outage() -> None:
    course, _ = _fails(_online(), PortLost(), 1)
    course, steps = _fails(course, PortMissing(), 2)
    assert _told(steps) == [None, None]
    course, trial_s = course.connected(101.0, TIMING)
    assert (trial_s, course.announced) == (0.0, False)


def test_a_port_that_blinks_twice_in_a_row_is_no_outage_either() -> None:
    course, _ = _fails(_online(), PortLost(), 1)
    course, _ = course.connected(101.0, TIMING)
    course, steps = _fails(course, PortLost(), 1, 102.0)
    assert steps == [Step(0.5, Means.REOPEN, None)]
    _, steps = _fails(course, PortMissing(), 3, 102.5)
    assert _told(steps) == [None, None, "port_missing"]


def test_a_device_that_falls_silent_twice_in_a_row_is_out() -> None:
    course, _ = _fails(_online(), NoAnswer(), 1)
    course, _ = course.connected(101.0, TIMING)
    _, steps = _fails(course, NoAnswer(), 1, 102.0)
    assert _told(steps) == ["no_answer"]


def test_tries_are_ever_later_and_by_stronger_means_until_the_device_is_out_of_service() -> None:
    course, (silent,) = _fails(_online(), NoAnswer(), 1)
    course, steps = _fails(course, NoAnswer(), 15)
    assert silent.means is Means.REOPEN
    assert [step.wait_s for step in steps[:6]] == [1, 2, 4, 8, 16, 30]
    assert [step.wait_s for step in steps[6:]] == [30, 30, 60, 60, 120, 120, 300, 300, 300]
    assert [step.means for step in steps[:3]] == [Means.PROTOCOL_RESET, Means.PROTOCOL_RESET, Means.USB_RESET]
    assert _told(steps) == ["no_answer"] * 6 + ["no_answer.out_of_service"] * 9
    assert [step.announce.first for step in steps if step.announce] == [True] + [False] * 14


@pytest.mark.parametrize("fault", [PortMissing(), PortDenied(), PortBusy()])
def test_no_reset_is_tried_against_a_port_that_cannot_be_had(fault: DeviceFault) -> None:
    _, steps = _fails(Course(), fault, 12)
    assert {step.means for step in steps} == {Means.REOPEN}


def test_a_device_that_is_simply_not_there_is_absent_and_never_out_of_service() -> None:
    _, steps = _fails(Course(), PortMissing(), 20)
    assert set(_told(steps)) == {"port_missing"}
    assert max(step.wait_s for step in steps) == 30


def test_a_fault_of_the_driver_or_a_flood_is_announced_without_a_second_look() -> None:
    for fault in (InternalFault(), Flooding()):
        _, (step,) = _fails(_online(), fault, 1)
        assert step.announce is not None
        assert step.announce.detail == fault.code


def test_a_flood_is_looked_at_every_few_seconds_as_long_as_it_lasts() -> None:
    _, steps = _fails(_online(), Flooding(), 20)
    assert {step.wait_s for step in steps} == {1.0, 2.0, 4.0}
    assert set(_told(steps)) == {"flooding"}


def test_after_a_flood_the_line_must_be_calm_for_a_while() -> None:
    course, _ = _fails(_online(), Flooding(), 1)
    course, trial_s = course.connected(101.0, TIMING)
    assert trial_s == TIMING.calm_s
    assert course.announced
    again, (step,) = _fails(course, Flooding(), 1, 102.0)
    assert step.announce is not None
    assert not step.announce.first
    assert again.tries > course.tries
    assert course.steady() == Course(connected_at=101.0)


def test_a_connection_that_breaks_again_and_again_is_flapping_until_it_holds() -> None:
    course, now = Course(), 0.0
    told: list[str | None] = []
    trials: list[float] = []
    for _ in range(TIMING.flap_breaks + 2):
        course, trial_s = course.connected(now, TIMING)
        trials.append(trial_s)
        now += TIMING.stable_s + 1  # each time long enough to be forgiven one break
        course, step = course.failed_with(PortLost(), now, TIMING)
        told += _told([step])
    assert told == [None] * (TIMING.flap_breaks - 1) + ["flapping"] * 3
    assert trials == [0.0] * TIMING.flap_breaks + [TIMING.quiet_s] * 2
    course, trial_s = course.connected(now, TIMING)
    assert trial_s == TIMING.quiet_s
    course = course.steady()
    assert not course.announced
    assert not course.is_flapping(now, TIMING)


def test_flapping_that_ends_in_absence_becomes_absence() -> None:
    course = replace(_online(), breaks=(1.0, 2.0, 3.0, 4.0, 5.0))
    course, step = course.failed_with(PortLost(), 6.0, TIMING)
    assert _told([step]) == ["flapping"]
    _, step = course.failed_with(PortMissing(), 6.0 + TIMING.flap_window_s, TIMING)
    assert _told([step]) == ["port_missing"]


@given(
    st.lists(st.tuples(st.sampled_from((None, *FAULTS)), st.floats(0.0, 100.0), st.booleans()), min_size=1, max_size=60)
)
def test_whatever_happens_waits_are_bounded_and_an_outage_is_announced_once(
    story: list[tuple[type[DeviceFault] | None, float, bool]],
) -> None:
    course, now, out = Course(), 0.0, False
    for kind, seconds, holds in story:
        now += seconds
        if kind is None:
            course, trial_s = course.connected(now, TIMING)
            assert trial_s in (0.0, TIMING.calm_s, TIMING.quiet_s)
            if trial_s and holds:
                course = course.steady()
            if not trial_s or holds:
                out = False
            assert course.announced == out
            continue
        course, step = course.failed_with(kind(), now, TIMING)
        assert 0.0 <= step.wait_s <= 300.0
        assert step.wait_s > 0.0 or step.announce is None
        if step.announce is None:
            assert not out, "during an outage each failure is told, even if nothing changes"
            assert step.wait_s <= TIMING.port_watch_s
        else:
            assert step.announce.first == (not out)
            out = True
        assert course.connected_at is None
        assert len(course.breaks) <= TIMING.flap_breaks


@given(st.sampled_from(FAULTS), st.integers(1, 40))
def test_a_lasting_fault_is_told_within_four_failures_and_tried_for_ever(kind: type[DeviceFault], times: int) -> None:
    course, steps = _fails(_online(), kind(), times + 4)
    assert any(step.announce is not None for step in steps[:4])
    assert course.announced
