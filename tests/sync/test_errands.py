"""Parked work and its release: after the cases, by the same rules."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from kiosk.ports.central import CentreReachable, SyncPaused
from kiosk.ports.storage import Errand, ErrandKind
from tests.central_api.scripted_server import Answer, Handler, ScriptedCentre, cut, html, problem
from tests.contracts.samples import case_id, got
from tests.sync.scene import HOUR, Scene

pytestmark = pytest.mark.usefixtures("caplog")

A, B = "A" * 16, "B" * 16


class Parking:
    """The centre's end; `answers` come first."""

    def __init__(self, scene: Scene) -> None:
        self.kept: dict[str, bytes] = {}
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.scene = scene
        scene.centre.default = self.answer

    def answer(self, request: Handler) -> None:
        if not request.path.startswith("/v1/parked/"):
            self.scene.centre.store(request)
            return
        work = request.path.removeprefix("/v1/parked/").partition("?")[0]
        self.asked.append(f"{request.command} {work[0]}")
        if work in self.answers:
            self.answers[work](request)
        elif request.command == "PUT":
            self.kept[work] = request.body
            echo = {"parked_id": work, "sha256": hashlib.sha256(request.body).hexdigest()}
            request.json(201, {**echo, "until": "2026-11-28T00:00:00Z"})
        else:
            self.kept.pop(work, None)
            request.json(200, {"released": True})


@pytest.fixture
def parking(scene: Scene) -> Parking:
    return Parking(scene)


def add(scene: Scene, kind: ErrandKind, id: str, body: bytes = b"body") -> None:
    assert got(scene.store.add_errand(Errand(kind, id, body))).ok


def left(scene: Scene) -> int:
    return got(scene.store.outbox()).errands


def test_errands_go_after_the_cases_and_end(scene: Scene, parking: Parking) -> None:
    add(scene, ErrandKind.PARK, A)
    add(scene, ErrandKind.RELEASE, B, b"token")
    scene.commit(1)
    scene.worker.wake()
    scene.worker.step()
    assert [seen.path for seen in scene.centre.seen][:3] == [
        f"/v1/cases/{case_id(1)}",
        f"/v1/parked/{A}",
        f"/v1/parked/{B}?release=token",
    ]
    assert parking.kept == {A: b"body"}
    assert left(scene) == 0


def test_definite_no_ends_an_errand(scene: Scene, parking: Parking) -> None:
    parking.answers = {A: problem(410, "work-expired")}
    add(scene, ErrandKind.PARK, A)
    add(scene, ErrandKind.PARK, B)
    scene.worker.step()
    assert parking.kept == {B: b"body"}
    assert left(scene) == 0


def test_errand_the_centre_fails_on_sinks_and_its_attempts_are_kept(scene: Scene, parking: Parking) -> None:
    parking.answers = {A: problem(500, "internal")}
    add(scene, ErrandKind.PARK, A)
    add(scene, ErrandKind.PARK, B)
    scene.worker.step()
    assert parking.asked == ["PUT A", "PUT B"]
    scene.clock.forward(HOUR)
    (waiting,) = got(scene.store.errands_due(scene.clock.now(), 5))
    assert (waiting.id, waiting.attempts) == (A, 1)
    parking.answers.clear()
    scene.worker.step()
    assert left(scene) == 0


def test_errand_the_centre_asks_time_for_is_given_it(scene: Scene, parking: Parking) -> None:
    parking.answers = {A: problem(500, "internal", Retry_After="3000")}
    add(scene, ErrandKind.PARK, A)
    scene.worker.step()
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert parking.asked == ["PUT A"]


@pytest.mark.parametrize("answer", [cut, html(200), problem(503, "overloaded")])
def test_fault_of_the_line_loses_no_errand_and_the_next_one_is_the_probe(
    scene: Scene, parking: Parking, answer: Answer
) -> None:
    parking.answers = {A: answer}
    add(scene, ErrandKind.PARK, A)
    add(scene, ErrandKind.PARK, B)
    scene.clock.forward(scene.worker.step())
    assert (left(scene), parking.asked) == (2, ["PUT A"])
    scene.worker.step()
    assert parking.asked == ["PUT A", "PUT B"]
    parking.answers.clear()
    scene.clock.forward(HOUR)
    (waiting,) = got(scene.store.errands_due(scene.clock.now(), 5))
    assert waiting.attempts == 0
    scene.worker.step()
    assert parking.kept == {A: b"body", B: b"body"}


def test_403_at_an_errand_pauses_the_cases_too(scene: Scene, parking: Parking) -> None:
    parking.answers = {A: problem(403, "forbidden")}
    add(scene, ErrandKind.PARK, A)
    scene.worker.step()
    assert SyncPaused(True, "status 403") in scene.events
    scene.commit(1)
    scene.worker.wake(case_id(1))
    scene.worker.step()
    assert scene.puts() == []


def test_adapter_with_a_bug_ends_neither_the_errand_nor_the_loop(scene: Scene, parking: Parking) -> None:
    def trip(*_: object) -> None:
        raise RecursionError

    real: Callable[..., object] = scene.api.park
    scene.api.park = trip  # type: ignore[method-assign, assignment]
    add(scene, ErrandKind.PARK, A)
    scene.worker.step()
    assert left(scene) == 1
    scene.api.park = real  # type: ignore[method-assign, assignment]
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert left(scene) == 0


def test_backlog_of_errands_alone_waits_for_its_turn_too(centre: ScriptedCentre) -> None:
    scene = Scene(centre)
    parking = Parking(scene)
    add(scene, ErrandKind.PARK, A)
    late = scene.new_worker(spread_s=120.0)
    assert late.step() == 60.0
    assert parking.asked == []
    assert CentreReachable(False) not in scene.events
