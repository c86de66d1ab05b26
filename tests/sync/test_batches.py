"""How many cases go together, and what becomes of a batch that is turned down as a whole."""

from __future__ import annotations

import dataclasses
from concurrent.futures import Future
from datetime import datetime

import pytest

from kiosk.domain.sealing import CASE_MEDIA_TYPE
from kiosk.ports.central import CasePostponed, GatewaySuspicious
from kiosk.ports.storage import CaseState, OutboxEntry
from offline_cache import MemoryStore
from tests.central_api.scripted_server import Handler, ScriptedCentre, cut, html, problem
from tests.contracts.samples import case_id, got, submission
from tests.sync.scene import HOUR, Scene, cases_of

pytestmark = pytest.mark.usefixtures("caplog")


def sizes(scene: Scene) -> list[int]:
    return [len(sent) for sent in scene.requests()]


def test_two_hundred_cases_go_in_a_dozen_requests_that_begin_with_one(scene: Scene) -> None:
    scene.commit(*range(1, 201))
    scene.worker.step()
    assert sizes(scene) == [1, 2, 4, 8, 16] + [20] * 8 + [9]
    assert scene.puts() == [case_id(n) for n in range(1, 201)]
    assert len(scene.centre.stored) == 200


def slowly(scene: Scene, seconds: float) -> None:
    def answer(request: Handler) -> None:
        if cases_of(request):
            scene.clock.forward(seconds)
        scene.centre.store(request)

    scene.centre.default = answer


def test_centre_that_takes_three_seconds_is_given_no_larger_batches(scene: Scene) -> None:
    slowly(scene, 3.0)
    scene.commit(*range(1, 6))
    scene.worker.step()
    assert sizes(scene) == [1] * 5


def test_centre_that_takes_half_the_time_there_is_is_left_alone_for_longer_each_time(scene: Scene) -> None:
    slowly(scene, 13.0)
    scene.commit(*range(1, 6))
    waits = []
    for _ in range(4):
        waits.append(scene.worker.step())
        scene.clock.forward(waits[-1])
    assert sizes(scene) == [1] * 4
    assert waits == sorted(waits)
    assert waits[-1] > 3 * waits[0]
    assert scene.state(4) is CaseState.ACCEPTED, "it answered, and that counts"


def test_413_for_a_whole_batch_parks_nothing(scene: Scene) -> None:
    def at_most_three(request: Handler) -> None:
        (problem(413, "body-too-large") if len(cases_of(request)) > 3 else scene.centre.store)(request)

    scene.centre.default = at_most_three
    scene.commit(*range(1, 31))
    scene.worker.step()
    assert len(scene.centre.stored) == 30
    assert {scene.state(n) for n in range(1, 31)} == {CaseState.ACCEPTED}
    assert {scene.attempts(n) for n in range(1, 31)} == {1}


def test_failing_centre_that_asks_for_time_is_given_it(scene: Scene) -> None:
    scene.centre.queue += [scene.centre.store, problem(500, "internal", Retry_After="100")]
    scene.commit(1, 2, 3)
    assert scene.worker.step() == 150.0
    assert sizes(scene) == [1, 2]
    scene.clock.forward(151)
    scene.worker.step()
    assert sizes(scene) == [1, 2, 1, 1]
    assert {scene.attempts(n) for n in (1, 2, 3)} == {1}


def test_batch_ends_where_it_would_become_too_large(scene: Scene) -> None:
    scene = Scene(scene.centre, batch_bytes=100)
    big = submission(3, "x" * 200)
    assert got(scene.store.commit((submission(1), submission(2), big, submission(4), submission(5)))).ok
    scene.worker.step()
    assert scene.requests() == [[case_id(1)], [case_id(2)], [case_id(3)], [case_id(4), case_id(5)]]


def test_residents_case_goes_first_and_alone(scene: Scene) -> None:
    scene.commit(*range(1, 40))

    def somebody_submits(request: Handler) -> None:
        if len(scene.requests()) == 3:
            scene.commit(100, 101)
            scene.worker.wake(case_id(100), case_id(101))
        scene.centre.store(request)

    scene.centre.default = somebody_submits
    scene.worker.step()
    assert scene.requests()[3:5] == [[case_id(100)], [case_id(101)]]
    assert len(scene.centre.stored) == 41


def test_case_that_was_sent_before_its_wake_came_is_not_waited_for(scene: Scene) -> None:
    scene.commit(1)
    scene.worker.step()
    scene.worker.wake(case_id(1))
    scene.worker.step()
    assert scene.worker._sender._first == []


def test_order_is_attempts_and_then_as_they_came(scene: Scene) -> None:
    scene.centre.queue.append(problem(500, "internal"))
    scene.commit(1)
    scene.worker.step()
    scene.commit(3, 2)
    scene.clock.forward(HOUR)
    scene.centre.default = cut
    for _ in range(3):
        scene.clock.forward(scene.worker.step())
    scene.centre.default = scene.centre.store
    scene.clock.forward(HOUR)
    scene.centre.seen.clear()
    scene.worker.step()
    assert scene.puts() == [case_id(3), case_id(2), case_id(1)]


def test_link_that_breaks_under_a_batch_costs_nobody_an_attempt_and_begins_with_one_again(scene: Scene) -> None:
    def break_the_fourth(request: Handler) -> None:
        (cut if len(scene.requests()) == 4 else scene.centre.store)(request)

    scene.centre.default = break_the_fourth
    scene.commit(*range(1, 31))
    scene.worker.step()
    assert sizes(scene) == [1, 2, 4, 8]
    assert scene.events.count(CasePostponed(case_id(8), "unreachable")) == 1
    assert got(scene.store.outbox()).waiting == 23
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert sizes(scene)[4:] == [1, 2, 4, 8, 8]
    assert {scene.attempts(n) for n in range(1, 31)} == {1}


def test_case_that_a_batch_answer_leaves_out_is_asked_about_alone(scene: Scene) -> None:
    real = scene.centre.put

    def never_in_a_batch(case_id_: str, body: bytes) -> tuple[int, dict[str, object]]:
        status, answer = real(case_id_, body)
        return (status, {**answer, "sha256": "0" * 64}) if case_id_ == case_id(3) else (status, answer)

    scene.centre.put = never_in_a_batch  # type: ignore[method-assign]

    def alone_it_is_right(request: Handler) -> None:
        if cases_of(request) == [case_id(3)]:
            scene.centre.put = real  # type: ignore[method-assign]
        scene.centre.store(request)

    scene.centre.default = alone_it_is_right
    scene.commit(*range(1, 6))
    scene.worker.step()
    assert {scene.state(n) for n in range(1, 6)} == {CaseState.ACCEPTED}
    assert scene.requests() == [
        [case_id(1)],
        [case_id(2), case_id(3)],
        [case_id(4)],
        [case_id(5), case_id(3)],
        [case_id(3)],
    ]


def test_login_page_in_the_way_of_twenty_attempts_is_told(centre: ScriptedCentre) -> None:
    scene = Scene(centre)
    centre.default = html(200)
    scene.commit(*range(1, 31))
    for _ in range(20):
        scene.worker.step()
        scene.clock.forward(HOUR)
    assert scene.events.count(GatewaySuspicious(True)) == 1
    assert sizes(scene) == [1] * 20


class Rebuilt(MemoryStore):
    """A store that was rebuilt; of some cases only envelopes survived, which the scripted centre opens by looking."""

    sealed = True

    def due(
        self, now: datetime, limit: int, first: tuple[str, ...] = (), last: tuple[str, ...] = ()
    ) -> Future[tuple[OutboxEntry, ...]]:
        found: Future[tuple[OutboxEntry, ...]] = Future()
        rows = super().due(now, limit, first, last).result()
        found.set_result(tuple(dataclasses.replace(row, sealed=self.sealed, unconfirmed=True) for row in rows))
        return found


@pytest.mark.parametrize(("sealed", "kind"), [(True, CASE_MEDIA_TYPE), (False, "application/json")])
def test_cases_of_a_rebuilt_store_go_one_by_one_and_are_marked(scene: Scene, sealed: bool, kind: str) -> None:
    rebuilt = Rebuilt(scene.clock)
    rebuilt.sealed = sealed
    scene.store = rebuilt
    scene.worker = scene.new_worker()
    scene.commit(1, 2, 3)
    scene.worker.step()
    sent = [seen for seen in scene.centre.seen if cases_of(seen)]
    assert [cases_of(seen) for seen in sent] == [[case_id(1)], [case_id(2)], [case_id(3)]]
    assert {seen.headers["content-type"] for seen in sent} == {kind}
    assert {seen.headers["case-unconfirmed"] for seen in sent} == {"?1"}
    assert scene.state(3) is CaseState.ACCEPTED
