"""After the answer: the centre is asked again, what it lost is sent again, and what may go is swept."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from datetime import timedelta

import pytest

from kiosk.ports.central import CaseParked, LocalFile
from kiosk.ports.storage import KV_SEALING_KEYS, CaseState
from tests.central_api.scripted_server import Answer, Handler, cut, html, problem, reply
from tests.central_api.tus_server import Files
from tests.contracts.samples import case_id, got, submission
from tests.sync.scene import Scene

pytestmark = pytest.mark.usefixtures("caplog")

DAY = 86400.0


def later(scene: Scene, days: float) -> None:
    scene.clock.forward(days * DAY)
    scene.worker.refresh()
    scene.worker.step()


def asked(scene: Scene) -> list[list[str]]:
    return [json.loads(seen.body)["ids"] for seen in scene.centre.seen if seen.path == "/v1/cases/known"]


def test_case_that_the_centre_no_longer_knows_is_sent_again_with_its_photographs(scene: Scene) -> None:
    files = Files(scene.centre)
    data = b"picture"
    page = LocalFile(hashlib.sha256(data).hexdigest(), "image/jpeg", data)
    first = dataclasses.replace(submission(1, page.sha256), files=(page,))
    scene.centre.missing.add(page.sha256)
    assert got(scene.store.commit((first, submission(2)))).ok
    scene.worker.step()
    assert {scene.state(1), scene.state(2)} == {CaseState.ACCEPTED}
    del scene.centre.stored[case_id(1)]
    files.files.clear()
    scene.centre.missing.add(page.sha256)
    later(scene, 2)
    scene.worker.step()
    assert asked(scene) == [[case_id(1), case_id(2)]]
    assert scene.centre.stored == {case_id(1): first.body, case_id(2): submission(2).body}
    assert files.files == {page.sha256: data}
    assert scene.state(1) is CaseState.ACCEPTED
    assert scene.puts().count(case_id(2)) == 1


def test_other_bytes_under_our_id_are_told_and_never_overwritten(scene: Scene) -> None:
    scene.commit(1)
    scene.worker.step()
    scene.centre.stored[case_id(1)] = b"other"
    later(scene, 2)
    scene.worker.step()
    assert scene.centre.stored == {case_id(1): b"other"}
    assert scene.state(1) is CaseState.PARKED
    assert CaseParked(case_id(1), "urn:kiosk:problem:case-conflict") in scene.events


def test_nothing_is_asked_before_its_day_and_never_twice_a_day(scene: Scene) -> None:
    scene.commit(1)
    scene.worker.step()
    later(scene, 0.5)
    assert asked(scene) == []
    later(scene, 0.6)
    later(scene, 0.1)
    assert asked(scene) == [[case_id(1)]]


@pytest.mark.parametrize("answer", [cut, html(200), problem(500, "internal"), reply(200, {"known": {"a": "b"}})])
def test_question_without_an_answer_changes_nothing(scene: Scene, answer: Answer) -> None:
    scene.commit(1)
    scene.worker.step()
    real = scene.centre.store

    def deaf(request: Handler) -> None:
        (answer if request.path == "/v1/cases/known" else real)(request)

    scene.centre.default = deaf
    later(scene, 2)
    assert scene.state(1) is CaseState.ACCEPTED
    assert scene.puts() == [case_id(1)]


def test_bytes_go_once_the_centre_has_said_again_that_it_knows_them(scene: Scene) -> None:
    scene.commit(1)
    scene.worker.step()
    later(scene, 2)
    assert got(scene.store.body(case_id(1))) is not None
    later(scene, 2)
    assert got(scene.store.body(case_id(1))) is None
    later(scene, 200)
    assert got(scene.store.cases()) == ()


def test_nothing_is_swept_while_a_case_of_the_visit_is_unsent(scene: Scene) -> None:
    scene.commit(1)
    scene.worker.step()
    real = scene.centre.store
    scene.centre.default = lambda request: (problem(500, "internal") if case_id(2) in request.path else real)(request)
    scene.commit(2)
    for _ in range(4):
        later(scene, 2)
    assert got(scene.store.body(case_id(1))) is not None
    assert scene.state(2) is CaseState.COMMITTED


def test_keys_to_seal_to_are_kept_best_first_and_nonsense_leaves_them(scene: Scene) -> None:
    kept = got(scene.store.get(KV_SEALING_KEYS))
    assert kept is not None
    (x,) = json.loads(kept)
    assert base64.urlsafe_b64decode(x + "=") == bytes(range(32))
    real = scene.centre.store
    for nonsense in (reply(200, {"keys": []}), html(200), problem(404, "case-unknown"), reply(200, {"keys": [{}]})):
        scene.centre.default = lambda request, said=nonsense: (  # type: ignore[misc]
            said if request.path == "/v1/sealing-keys" else real
        )(request)
        scene.clock.forward(timedelta(days=1).total_seconds())
        scene.worker.refresh()
        scene.worker.step()
        assert got(scene.store.get(KV_SEALING_KEYS)) == kept
