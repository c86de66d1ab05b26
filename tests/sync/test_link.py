"""When the line may be used: back-off, breaker, a fleet's spread, restarts, and clocks that jump."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.ports.central import SyncPaused
from kiosk.ports.storage import KV_SYNC_LINK, CaseState, Errand, ErrandKind
from kiosk.sync import full_jitter, stretched
from tests.central_api.scripted_server import ScriptedCentre, cut, html, problem
from tests.contracts.samples import case_id, got
from tests.sync.scene import HOUR, Scene

pytestmark = pytest.mark.usefixtures("caplog")

TEN_YEARS = timedelta(days=3652).total_seconds()


def test_full_jitter_grows_to_the_cap_and_keeps_its_width_there() -> None:
    tops = [full_jitter(n, 1.0, base_s=2.0, cap_s=60.0) for n in range(1, 9)]
    assert tops == [3.0, 5.0, 9.0, 17.0, 33.0, 61.0, 61.0, 61.0]
    assert full_jitter(50, 0.0, base_s=2.0, cap_s=60.0) == 1.0


@pytest.mark.parametrize("faults", [1, 2, 5, 9, 40])
@pytest.mark.parametrize("wide_s", [0.0, 120.0])
def test_jitter_is_never_narrower_than_half_the_delay(faults: int, wide_s: float) -> None:
    least, most = (full_jitter(faults, roll, base_s=1.0, cap_s=120.0, wide_s=wide_s) for roll in (0.0, 1.0))
    assert most - least >= most / 2
    assert least > 0


def test_retry_after_is_never_undercut_and_its_jitter_is_as_wide_as_itself() -> None:
    assert (stretched(10, 0.0), stretched(10, 1.0)) == (10.0, 20.0)


def test_after_three_faults_the_jitter_is_as_wide_as_the_fleets_spread(centre: ScriptedCentre) -> None:
    scene = Scene(centre, spread_s=120.0)
    centre.default = cut
    scene.commit(1)
    waits = []
    for _ in range(5):
        waits.append(scene.worker.step())
        scene.clock.forward(waits[-1])
    assert waits == [1.0, 1.5, 60.5, 60.5, 60.5], "at a roll of one half"


@pytest.mark.parametrize("answer", [cut, html(200), problem(503, "overloaded")])
def test_in_an_outage_one_request_flies_each_time_the_gate_opens(centre: ScriptedCentre, answer: object) -> None:
    scene = Scene(centre, heartbeat_s=1.0)
    centre.default = answer  # type: ignore[assignment]
    scene.commit(*range(1, 31))
    got(scene.store.add_errand(Errand(ErrandKind.PARK, "A" * 16, b"")))
    for _ in range(8):
        scene.clock.forward(HOUR)
        before = len(centre.seen)
        scene.worker.step()
        assert len(centre.seen) == before + 1
    scene.worker.wake(case_id(30))
    scene.worker.step()
    assert scene.puts()[-1] == case_id(30), "a resident who waits is the probe"
    assert len(scene.puts()) == 9


def test_outage_with_nothing_to_send_asks_one_thing_at_a_time(centre: ScriptedCentre) -> None:
    scene = Scene(centre, heartbeat_s=1.0, sites_s=1.0, catalogue_s=1.0, keys_s=1.0)
    centre.default = cut
    for _ in range(4):
        scene.clock.forward(HOUR)
        scene.worker.step()
    centre.default = html(200)
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert len(centre.seen) == 5


def test_backlog_at_start_waits_for_its_turn_in_the_fleet_but_no_resident_does(scene: Scene) -> None:
    scene.commit(1)
    for roll, wait_s in ((0.0, 0.0), (0.25, 30.0), (0.99, 118.8)):
        late = scene.new_worker(spread_s=120.0, roll=roll)
        late._link.load()
        assert late._link.wait_s == pytest.approx(wait_s)
        if roll < 0.9:
            got(scene.store.put(KV_SYNC_LINK, None))
    assert late.step() == pytest.approx(118.8)
    assert scene.new_worker(spread_s=120.0, roll=0.0).step() == pytest.approx(118.8), "a restart draws no other"
    assert scene.puts() == []
    scene.commit(2)
    late.wake(case_id(2))
    late.step()
    assert scene.puts() == [case_id(2), case_id(1)]


def test_start_without_a_backlog_waits_for_nothing(scene: Scene) -> None:
    scene.new_worker(spread_s=120.0).step()
    assert scene.centre.seen[0].path == "/v1/catalogue"


def test_restart_takes_the_same_gate_up_whatever_the_wall_clock_says(scene: Scene) -> None:
    scene.centre.default = problem(503, "overloaded", Retry_After="100")
    scene.commit(1)
    assert scene.worker.step() == 150.0
    for years in (1, -2, 1):
        scene.clock.jump(years * TEN_YEARS)
        late = scene.new_worker()
        late.wake(case_id(1))
        assert late.step() == 150.0, "asked for by the centre: no resident gets around it"
    scene.clock.forward(149)
    assert scene.new_worker().step() == 1.0
    assert len(scene.puts()) == 1


def test_after_a_reboot_the_gate_is_drawn_anew_and_what_was_asked_for_is_waited_again(scene: Scene) -> None:
    scene.commit(1)
    scene.centre.queue += [cut] * 8
    for _ in range(8):
        scene.clock.forward(scene.worker.step())
    # The new boot's monotonic clock begins near zero.
    scene.clock.ticks = 5.0
    assert scene.new_worker(boot="next").step() == 60.5
    scene.clock.forward(HOUR)
    scene.centre.queue.append(problem(429, "too-many-requests", Retry_After="100"))
    asked = scene.new_worker(boot="next")
    assert asked.step() == 150.0
    scene.clock.ticks = 5.0
    assert scene.new_worker(boot="third").step() == 150.0


def test_saved_back_off_that_is_not_readable_stops_nothing(scene: Scene) -> None:
    for text in ("", "[]", "{}", '{"faults": "x"}', '{"faults": 1, "garbage": 1, "gate": null}'):
        got(scene.store.put(KV_SYNC_LINK, text))
        scene.commit(1)
        scene.new_worker().step()
    assert scene.state(1) is CaseState.ACCEPTED


def test_wall_clock_turned_ten_years_in_an_outage_brings_no_retry_early_and_changes_no_order(scene: Scene) -> None:
    scene.centre.queue += [problem(500, "internal"), problem(500, "internal"), cut]
    scene.commit(1, 2, 3)
    scene.worker.step()
    assert scene.puts() == [case_id(1), case_id(2), case_id(3)]
    for turned in (TEN_YEARS, -2 * TEN_YEARS, TEN_YEARS):
        scene.clock.jump(turned)
        scene.clock.forward(0.3)
        scene.worker.step()
        assert len(scene.puts()) == 3, "not early"
    scene.clock.forward(0.2)
    scene.clock.jump(TEN_YEARS)
    wait_s = scene.worker.step()
    assert scene.puts()[3:] == [case_id(3)], "the others have their back-off still"
    assert 10 < wait_s <= 30, "and nothing spins meanwhile"
    scene.clock.jump(-2 * TEN_YEARS)
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert scene.puts()[4:] == [case_id(1), case_id(2)], "not lost, and in their order"


def test_401_is_told_once_and_the_pause_outlives_a_restart(scene: Scene) -> None:
    scene.centre.queue += [problem(401, "unknown-terminal")] * 2
    scene.commit(1)
    assert scene.worker.step() == 300.0
    late = scene.new_worker()
    late.wake(case_id(1))
    late.step()
    assert len(scene.puts()) == 1
    scene.clock.forward(301)
    scene.worker.step()
    assert len(scene.puts()) == 2
    assert scene.events.count(SyncPaused(True, "status 401")) == 1
    assert scene.attempts(1) == 0
