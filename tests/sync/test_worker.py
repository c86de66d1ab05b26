"""The sync loop, step by step, over a real HTTP server with scripted answers."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.central_api import HttpCaseApi
from kiosk.domain.errors import StoreIoError
from kiosk.ports.central import (
    CaseParked,
    CasePostponed,
    CaseSent,
    CentreAnswer,
    CentreReachable,
    GatewaySuspicious,
    SitesChanged,
    SyncEvent,
    SyncPaused,
)
from kiosk.ports.storage import KV_CITIZEN_KEYS, KV_SITES, KV_SITES_ETAG, CaseState
from kiosk.sync import SyncOptions, SyncWorker
from offline_cache import MemoryStore, NoKeySource, open_store
from tests.central_api.scripted_server import (
    Answer,
    Handler,
    ScriptedCentre,
    cut,
    html,
    problem,
    raw,
    reply,
)
from tests.contracts.samples import HandClock, case_id, got, submission
from tests.sync.scene import HOUR, Scene, cases_of

# Retries are logged; that is meant here.
pytestmark = pytest.mark.usefixtures("caplog")


def test_a_committed_case_is_sent_at_once_and_told(scene: Scene) -> None:
    scene.commit(1)
    scene.worker.wake(case_id(1))
    scene.worker.step()
    assert scene.state(1) is CaseState.ACCEPTED
    assert [type(event) for event in scene.events] == [CaseSent]
    assert scene.centre.stored == {case_id(1): submission(1).body}


def test_an_answer_cut_after_the_centre_stored_is_sent_again_under_the_same_id(scene: Scene) -> None:
    def store_then_cut(request: Handler) -> None:
        scene.centre.stored[request.path.rsplit("/", 1)[1]] = request.body
        cut(request)

    scene.centre.queue.append(store_then_cut)
    scene.commit(1)
    scene.worker.step()
    assert scene.state(1) is CaseState.COMMITTED
    assert scene.attempts(1) == 0
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert scene.state(1) is CaseState.ACCEPTED
    assert scene.puts() == [case_id(1)] * 2
    assert len(scene.centre.stored) == 1


ODD: dict[str, Answer] = {
    "login page": html(200),
    "redirect": reply(302, {}, Location="http://127.0.0.1:9/"),
    "truncated": raw(b'HTTP/1.1 201 C\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"case_id"'),
    "empty object": reply(200, {}),
    "cut": cut,
    "busy": problem(503, "overloaded"),
    "bad gateway": html(502),
}


@pytest.mark.parametrize("answer", ODD.values(), ids=ODD.keys())
def test_a_fault_of_the_link_costs_no_attempt_and_the_case_arrives_once(scene: Scene, answer: Answer) -> None:
    scene.centre.queue += [answer, answer, answer]
    scene.commit(1)
    for _ in range(4):
        scene.worker.step()
        scene.clock.forward(HOUR)
    assert scene.state(1) is CaseState.ACCEPTED
    assert scene.attempts(1) == 1
    assert scene.puts() == [case_id(1)] * 4
    assert scene.centre.puts == 1


def test_a_slow_centre_is_left_at_the_deadline_and_the_case_stays(centre: ScriptedCentre) -> None:
    scene = Scene(centre, timeout_s=0.2)

    def say_nothing(request: Handler) -> None:
        centre.release.wait(10)

    centre.queue.append(say_nothing)
    scene.commit(1)
    scene.worker.step()
    assert scene.state(1) is CaseState.COMMITTED
    assert CentreReachable(False) in scene.events


def test_other_bytes_under_the_same_id_park_the_case_with_its_reason(scene: Scene) -> None:
    scene.centre.stored[case_id(1)] = b"other"
    scene.commit(1, 2)
    scene.worker.step()
    row = got(scene.store.case(case_id(1)))
    assert row is not None
    assert (row.state, row.reason) == (CaseState.PARKED, "urn:kiosk:problem:case-conflict")
    assert CaseParked(case_id(1), "urn:kiosk:problem:case-conflict") in scene.events
    assert scene.state(2) is CaseState.ACCEPTED
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert scene.puts().count(case_id(1)) == 1


def test_three_poison_cases_among_a_hundred_hold_nothing_up_and_end_alone(centre: ScriptedCentre) -> None:
    """One is refused by itself, one makes the centre fail on all that it stands among, one is too large for a proxy."""
    poison = {case_id(10): 400, case_id(20): 500, case_id(30): 413}

    def answer(request: Handler) -> None:
        sent = cases_of(request)
        worst = max((poison.get(one, 0) for one in sent), default=0)
        if worst == 0 or (worst == 400 and len(sent) > 1):
            centre.store(request)
        else:
            problem(worst, "case-invalid" if worst < 500 else "internal")(request)

    scene = Scene(centre)
    centre.default = answer
    real = centre.put
    centre.put = lambda id, body: (  # type: ignore[method-assign]
        (400, {"type": "urn:kiosk:problem:case-invalid", "title": "no", "status": 400})
        if id == case_id(10)
        else real(id, body)
    )
    scene.commit(*range(1, 101))
    scene.worker.step()
    assert len(centre.stored) == 97
    assert [scene.state(n).value for n in (10, 20, 30)] == ["parked", "committed", "parked"]
    assert [scene.attempts(n) for n in (10, 20, 30)] == [1, 1, 1]
    assert len(scene.requests()) < 40
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert scene.attempts(20) == 2


def test_one_case_that_always_meets_garbage_does_not_block_the_others(centre: ScriptedCentre) -> None:
    def answer(request: Handler) -> None:
        (html(200) if case_id(1) in cases_of(request) else centre.store)(request)

    scene = Scene(centre)
    centre.default = answer
    scene.commit(1, 2, 3)
    for _ in range(3):
        scene.worker.step()
        scene.clock.forward(HOUR)
    assert [scene.state(n).value for n in (1, 2, 3)] == ["committed", "accepted", "accepted"]


def test_a_centre_that_fails_on_everything_is_left_alone_for_longer_each_time(centre: ScriptedCentre) -> None:
    scene = Scene(centre)
    centre.default = problem(500, "internal")
    scene.commit(*range(1, 31))
    waits = [scene.worker.step()]
    assert len(scene.puts()) == 5
    for _ in range(3):
        scene.clock.forward(waits[-1])
        waits.append(scene.worker.step())
    assert len(scene.puts()) == 8
    assert waits == sorted(waits)
    assert waits[-1] > 3 * waits[0]


def test_401_pauses_everything_and_a_wake_does_not_break_it(scene: Scene) -> None:
    scene.centre.queue.append(problem(401, "unknown-terminal"))
    scene.commit(1, 2)
    scene.worker.step()
    assert SyncPaused(True, "status 401") in scene.events
    scene.worker.wake(case_id(2))
    scene.worker.step()
    assert len(scene.puts()) == 1
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert [scene.state(n) for n in (1, 2)] == [CaseState.ACCEPTED] * 2
    assert SyncPaused(False, "") in scene.events


def test_retry_after_is_kept_even_when_woken_and_stretched_a_little(scene: Scene) -> None:
    scene.centre.queue.append(problem(429, "too-many-requests", Retry_After="100"))
    scene.commit(1)
    assert scene.worker.step() == pytest.approx(150.0)
    scene.worker.wake(case_id(1))
    scene.clock.forward(99)
    scene.worker.step()
    assert len(scene.puts()) == 1
    scene.clock.forward(52)
    scene.worker.step()
    assert scene.state(1) is CaseState.ACCEPTED


def test_a_wake_tries_at_once_during_a_back_off_and_the_residents_case_goes_first(scene: Scene) -> None:
    scene.centre.queue += [cut, cut]
    scene.commit(1, 2)
    scene.worker.step()
    scene.worker.step()
    assert scene.puts() == [case_id(1)], "the back-off holds"
    scene.commit(3)
    scene.worker.wake(case_id(3))
    scene.worker.step()
    assert scene.puts() == [case_id(1), case_id(3)]
    scene.worker.wake(case_id(3))
    scene.worker.step()
    assert scene.puts()[2:] == [case_id(3), case_id(2), case_id(1)]


def test_a_case_stored_while_another_is_sent_goes_in_the_same_step(scene: Scene) -> None:
    def commit_another(request: Handler) -> None:
        scene.commit(2)
        scene.centre.store(request)

    scene.centre.queue.append(commit_another)
    scene.commit(1)
    scene.worker.step()
    assert [scene.state(n) for n in (1, 2)] == [CaseState.ACCEPTED] * 2


def test_twenty_strange_answers_in_a_row_flag_the_gateway_until_the_centre_answers(scene: Scene) -> None:
    scene.centre.queue += [html(200)] * 20
    scene.commit(1)
    for _ in range(19):
        scene.worker.step()
        scene.clock.forward(HOUR)
    assert GatewaySuspicious(True) not in scene.events
    scene.worker.step()
    assert scene.events.count(GatewaySuspicious(True)) == 1
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert scene.events[-2:] == [GatewaySuspicious(False), CaseSent(case_id(1), scene_answer(scene, 1))]


def scene_answer(scene: Scene, number: int) -> CentreAnswer:
    row = got(scene.store.case(case_id(number)))
    assert row is not None
    assert row.answer is not None
    return row.answer


def test_restarting_in_an_outage_asks_no_more_often(scene: Scene) -> None:
    scene.centre.default = cut
    scene.commit(1)
    for _ in range(6):
        scene.clock.forward(scene.worker.step())
    scene.worker.step()
    asked = len(scene.centre.seen)
    for _ in range(20):
        scene.new_worker().step()
    assert len(scene.centre.seen) == asked
    late = scene.new_worker()
    scene.clock.forward(HOUR)
    assert late.step() > 30, "the count of faults was kept, so the next wait is long"


def test_a_wall_clock_turned_ten_years_either_way_loses_no_retry(scene: Scene) -> None:
    for number, years in enumerate((10, -20, 10)):
        scene.centre.queue.append(problem(500, "internal"))
        scene.commit(number + 100)
        scene.worker.step()
        assert scene.state(number + 100) is CaseState.COMMITTED
        scene.clock.jump(timedelta(days=365 * years).total_seconds())
        scene.clock.forward(HOUR)
        scene.worker.step()
        assert scene.state(number + 100) is CaseState.ACCEPTED


def test_reachability_is_told_on_change_only(scene: Scene) -> None:
    scene.centre.queue += [cut, cut]
    scene.commit(1)
    for _ in range(3):
        scene.worker.step()
        scene.clock.forward(HOUR)
    told = [event for event in scene.events if isinstance(event, CentreReachable)]
    assert told == [CentreReachable(False), CentreReachable(True)]
    assert scene.events.count(CasePostponed(case_id(1), "unreachable")) == 2


def test_an_outcome_the_store_cannot_take_is_written_later_and_not_sent_again(scene: Scene) -> None:
    real = scene.store.record

    def broken(*_: object) -> object:
        raise StoreIoError("made to fail")

    scene.store.record = broken  # type: ignore[method-assign, assignment]
    scene.commit(1)
    scene.worker.step()
    assert [type(event) for event in scene.events] == [CaseSent]
    scene.store.record = real  # type: ignore[method-assign]
    scene.worker.step()
    assert scene.state(1) is CaseState.ACCEPTED
    assert scene.puts() == [case_id(1)]


def test_disk_that_takes_no_lease_stops_no_sending(scene: Scene) -> None:
    def broken(*_: object) -> object:
        raise StoreIoError("made to fail")

    scene.store.mark_sending = broken  # type: ignore[method-assign, assignment]
    scene.commit(1, 2, 3)
    scene.worker.step()
    assert {scene.state(n) for n in (1, 2, 3)} == {CaseState.ACCEPTED}


def test_disk_that_takes_no_back_off_still_backs_off(scene: Scene) -> None:
    def broken(*_: object) -> object:
        raise StoreIoError("made to fail")

    scene.centre.queue.append(cut)
    scene.store.put = broken  # type: ignore[method-assign, assignment]
    scene.commit(1)
    assert scene.worker.step() == 1.0
    assert scene.worker.step() == 1.0


def test_adapter_with_a_bug_sinks_the_case_it_trips_over(scene: Scene) -> None:
    real = scene.api.put_case

    def trip(case: str, *more: Any, **named: Any) -> Any:
        if case == case_id(1):
            raise RecursionError
        return real(case, *more, **named)

    scene.api.put_case = trip  # type: ignore[method-assign]
    scene.commit(1, 2)
    scene.worker.step()
    assert [scene.state(n).value for n in (1, 2)] == ["committed", "accepted"]
    assert scene.attempts(1) == 1


def test_outcome_that_waits_for_the_disk_is_not_asked_about_all_the_time(scene: Scene) -> None:
    def broken(*_: object) -> object:
        raise StoreIoError("made to fail")

    scene.store.record = broken  # type: ignore[method-assign, assignment]
    scene.commit(1)
    assert scene.worker.step() == 5.0


def test_ratings_are_sent_with_token_and_item_and_nothing_else_long_after_they_were_given(scene: Scene) -> None:
    def sent() -> list[object]:
        return [json.loads(seen.body) for seen in scene.centre.seen if seen.path == "/v1/ratings"]

    got(scene.store.add_rating_tokens(("t1",)))
    got(scene.store.queue_rating("newborn", 1, ("slow",)))
    for _ in range(3):
        scene.worker.wake()
        scene.worker.refresh()
        scene.worker.step()
        scene.clock.forward(60)
    assert sent() == []
    scene.clock.forward(1.5 * SyncOptions().ratings_s)
    scene.worker.step()
    assert sent() == [{"token": "t1", "item_id": "newborn", "level": 1, "reasons": ["slow"]}]
    assert got(scene.store.ratings_due(5)) == ()


def test_a_rating_whose_token_the_centre_has_forgotten_goes_with_another(scene: Scene) -> None:
    def answer(request: Handler) -> None:
        forgotten = request.path == "/v1/ratings" and json.loads(request.body)["token"] == "old"
        (problem(404, "token-unknown") if forgotten else scene.centre.store)(request)

    scene.centre.default = answer
    got(scene.store.add_rating_tokens(("old",)))
    got(scene.store.queue_rating("newborn", 4, ()))
    scene.clock.forward(1.5 * SyncOptions().ratings_s)
    scene.worker.step()
    assert got(scene.store.ratings_due(5)) == ()
    got(scene.store.add_rating_tokens(("young",)))
    assert [entry.token for entry in got(scene.store.ratings_due(5))] == ["young"]


def test_a_heartbeat_fills_the_token_pool_and_tells_the_clock_offset(scene: Scene) -> None:
    scene.centre.default = lambda request: (
        request.json(200, {"time": "2026-11-21T06:47:00Z", "catalogue_version": "0", "rating_tokens": ["a" * 22]})
        if request.path == "/v1/heartbeat"
        else scene.centre.store(request)
    )
    scene.worker.refresh()
    scene.worker.step()
    assert scene.worker.clock_offset_s == 60.0
    assert got(scene.store.add_rating_tokens(())) == 1
    keys = json.loads(got(scene.store.get(KV_CITIZEN_KEYS)) or "")
    assert [key["kid"] for key in keys] == ["k1"]


def test_a_broken_heartbeat_address_keeps_no_case_waiting(scene: Scene) -> None:
    scene.centre.default = lambda request: (
        html(200)(request) if request.path == "/v1/heartbeat" else scene.centre.store(request)
    )
    scene.worker.refresh()
    scene.worker.step()
    scene.commit(1)
    scene.worker.step()
    assert scene.state(1) is CaseState.ACCEPTED


def test_bytes_that_changed_in_the_store_are_not_sent(scene: Scene) -> None:
    scene.commit(1, 2)
    scene.store._cases[case_id(1)].body = b"changed"
    scene.worker.step()
    assert [scene.state(n).value for n in (1, 2)] == ["parked", "accepted"]
    assert scene.puts() == [case_id(2)]


# --------------------------------------------------------------------------------------------------------- the thread


def test_the_thread_sends_what_is_committed_and_ends_when_told(centre: ScriptedCentre, tmp_path: Path) -> None:
    clock = HandClock()
    store = open_store(tmp_path, clock=clock, keys=NoKeySource(), floor_bytes=0, ballast_bytes=0)
    sent = threading.Event()

    def publish(event: SyncEvent) -> None:
        if isinstance(event, CaseSent):
            sent.set()
        raise ValueError("a listener with a bug")

    worker = SyncWorker(store, HttpCaseApi(centre.url, terminal="YP0301"), clock, publish)
    worker.start()
    got(store.commit((submission(1),)))
    worker.wake(case_id(1))
    assert sent.wait(10)
    assert worker.stop(10)
    assert got(store.cases())[0].state is CaseState.ACCEPTED
    assert centre.puts == 1
    store.close()


def test_loop_outlives_a_store_that_fails_and_a_bug(centre: ScriptedCentre) -> None:
    clock, store = HandClock(), MemoryStore(HandClock())
    sent = threading.Event()
    failures = [StoreIoError("made to fail"), KeyError("a bug")]
    real = store.get

    def fail_twice(key: str) -> Any:
        if failures:
            raise failures.pop()
        return real(key)

    store.get = fail_twice  # type: ignore[method-assign]
    options = SyncOptions(spread_s=0.0, longest_wait_s=0.01)
    worker = SyncWorker(
        store, HttpCaseApi(centre.url, terminal="YP0301"), clock, lambda event: sent.set(), options=options
    )
    got(store.commit((submission(1),)))
    worker.start()
    assert sent.wait(10)
    assert worker.stop(10)


# --------------------------------------------------------------------------------------------------------- places


def answer_places(scene: Scene, answer: Answer) -> None:
    def handle(request: Handler) -> None:
        if request.path == "/v1/sites":
            answer(request)
        else:
            scene.centre.store(request)

    scene.centre.default = handle


def test_places_are_kept_with_their_tag_and_told(scene: Scene) -> None:
    place = {"id": "a", "name": {"zh-Hans": "甲"}, "staffed": False, "hours": None, "east_m": 1, "north_m": -2}
    place |= {"machines": [{"working": ["id_card"], "as_of": "2026-11-21T06:40:00Z"}]}
    answer_places(scene, reply(200, {"sites": [place]}, ETag='"s1"'))
    scene.worker.refresh()
    scene.worker.step()
    assert SitesChanged(1) in scene.events
    assert json.loads(got(scene.store.get(KV_SITES)) or "")[0]["machines"][0]["working"] == ["id_card"]
    assert got(scene.store.get(KV_SITES_ETAG)) == '"s1"'


def test_list_of_places_that_makes_no_sense_leaves_the_one_that_is_kept(scene: Scene) -> None:
    got(scene.store.put(KV_SITES, "kept"))
    answer_places(scene, reply(200, {"sites": [{"id": "a"}]}))
    scene.worker.refresh()
    scene.worker.step()
    assert got(scene.store.get(KV_SITES)) == "kept"
