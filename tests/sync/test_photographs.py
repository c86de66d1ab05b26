"""Photographs: the case first, then what the centre misses, then the same bytes again; and nobody waits for them."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import threading
from pathlib import Path

import pytest

from kiosk.central_api import HttpCaseApi
from kiosk.ports.central import CaseParked, CasePostponed, CaseSent, LocalFile, SyncEvent
from kiosk.ports.storage import CaseState, Submission
from kiosk.sync import StoredPlaces, SyncOptions, SyncWorker
from offline_cache import NoKeySource, open_store
from tests.central_api.scripted_server import Handler, ScriptedCentre, html, problem
from tests.central_api.tus_server import Files
from tests.contracts.samples import HandClock, case_id, got, submission
from tests.sync.scene import HOUR, Scene, cases_of

pytestmark = pytest.mark.usefixtures("caplog")


def picture(seed: int, size: int = 1000) -> LocalFile:
    data = bytes([seed]) * size
    return LocalFile(hashlib.sha256(data).hexdigest(), "image/jpeg", data)


def with_pictures(number: int, *pictures: LocalFile) -> Submission:
    named = submission(number, " ".join(file.sha256 for file in pictures))
    return dataclasses.replace(named, files=pictures)


@pytest.fixture
def files(scene: Scene) -> Files:
    return Files(scene.centre)


def commit(scene: Scene, *items: Submission) -> None:
    scene.centre.missing |= {file.sha256 for item in items for file in item.files}
    assert got(scene.store.commit(items)).ok


def turned_away(request: Handler, status: int, word: str) -> bool:
    problem(status, word)(request)
    return True


def test_missing_photographs_are_brought_and_the_same_bytes_are_sent_again(scene: Scene, files: Files) -> None:
    case = with_pictures(1, picture(1), picture(2))
    commit(scene, case)
    scene.worker.wake(case_id(1))
    scene.worker.step()
    assert scene.state(1) is CaseState.ACCEPTED
    assert scene.centre.stored == {case_id(1): case.body}
    assert scene.puts() == [case_id(1)] * 2
    assert files.files == {file.sha256: file.data for file in case.files}
    assert scene.attempts(1) == 1
    assert [type(event) for event in scene.events] == [CaseSent]


def test_one_photograph_of_two_cases_goes_once(scene: Scene, files: Files) -> None:
    commit(scene, with_pictures(1, picture(1)), with_pictures(2, picture(1)))
    scene.worker.step()
    assert {scene.state(1), scene.state(2)} == {CaseState.ACCEPTED}
    assert files.asked == ["POST", "PATCH"]


def test_cases_without_photographs_go_between_and_before_them(scene: Scene, files: Files) -> None:
    commit(scene, with_pictures(1, picture(1), picture(2)), submission(2), submission(3))
    order: list[str] = []
    real = files.early

    def note(request: Handler) -> bool:
        order.extend([request.command] if "/files/" in request.path else [])
        if request.command == "PATCH" and not got(scene.store.case(case_id(9))):
            scene.commit(9)
        return real(request)

    def note_cases(request: Handler) -> None:
        order.extend(name[-1] for name in cases_of(request))
        scene.centre.store(request)

    scene.centre.early, scene.centre.default = note, note_cases
    scene.worker.step()
    assert order == ["1", "2", "3", "POST", "PATCH", "9", "POST", "PATCH", "1"]


def test_file_the_centre_fails_on_sinks_its_case_and_holds_up_no_other(scene: Scene, files: Files) -> None:
    poison = picture(1)
    real = files.early

    def fail_on_it(request: Handler) -> bool:
        if request.path == "/v1/files/" and poison.sha256.encode() in _named(request):
            problem(500, "internal")(request)
            return True
        return real(request)

    scene.centre.early = fail_on_it
    commit(scene, with_pictures(1, poison), with_pictures(2, picture(2)), submission(3))
    scene.worker.step()
    assert [scene.state(n).value for n in (1, 2, 3)] == ["committed", "accepted", "accepted"]
    assert scene.attempts(1) == 1
    scene.centre.early = real
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert scene.state(1) is CaseState.ACCEPTED


def _named(request: Handler) -> bytes:
    return base64.b64decode(request.headers["Upload-Metadata"].split(",")[0].split(" ")[1])


def test_line_that_breaks_under_a_file_costs_no_attempt_and_goes_on_where_it_ended(scene: Scene, files: Files) -> None:
    commit(scene, with_pictures(1, picture(1)))
    files.cuts = [400]
    scene.worker.step()
    assert scene.state(1) is CaseState.COMMITTED
    assert CasePostponed(case_id(1), "unreachable") in scene.events
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert scene.state(1) is CaseState.ACCEPTED
    assert scene.attempts(1) == 1
    assert files.received == 1000


def test_file_that_does_not_get_through_in_time_holds_up_no_case(centre: ScriptedCentre) -> None:
    scene, hang = Scene(centre, timeout_s=0.2), threading.Event()
    files = Files(centre)
    real = files.early

    def hang_at_bytes(request: Handler) -> bool:
        if request.command == "PATCH" and not hang.is_set():
            centre.release.wait(10)
            return True
        return real(request)

    centre.early = hang_at_bytes
    commit(scene, with_pictures(1, picture(1)))
    assert scene.worker.step() > 1
    scene.commit(2)
    scene.worker.step()
    assert scene.state(2) is CaseState.ACCEPTED, "no back-off of the link"
    assert scene.attempts(1) == 0
    hang.set()
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert scene.state(1) is CaseState.ACCEPTED


def test_file_the_centre_will_not_have_again_and_again_parks_its_case(scene: Scene, files: Files) -> None:
    scene.centre.early = lambda request: "/files/" in request.path and turned_away(request, 413, "body-too-large")
    commit(scene, with_pictures(1, picture(1)))
    for _ in range(3):
        assert scene.state(1) is CaseState.COMMITTED
        scene.worker.step()
        scene.clock.forward(HOUR)
    assert scene.row(1).reason == "urn:kiosk:problem:body-too-large"
    assert CaseParked(case_id(1), "urn:kiosk:problem:body-too-large") in scene.events


def test_one_no_to_a_file_is_not_the_last_word(scene: Scene, files: Files) -> None:
    """It may have been about a request that was changed on the way."""
    scene.centre.early = lambda request: "/files/" in request.path and turned_away(request, 422, "request-invalid")
    commit(scene, with_pictures(1, picture(1)))
    scene.worker.step()
    scene.centre.early = files.early
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert scene.state(1) is CaseState.ACCEPTED


def test_adapter_with_a_bug_sinks_the_case_of_the_file(scene: Scene, files: Files) -> None:
    def trip(*_: object) -> None:
        raise RecursionError

    scene.api.put_file = trip  # type: ignore[method-assign, assignment]
    commit(scene, with_pictures(1, picture(1)), submission(2))
    scene.worker.step()
    assert [scene.state(n).value for n in (1, 2)] == ["committed", "accepted"]
    assert scene.attempts(1) == 1


def test_login_page_at_the_files_alone_holds_up_no_case(scene: Scene, files: Files) -> None:
    def page_for_files(request: Handler) -> bool:
        if "/files/" not in request.path:
            return False
        html(200)(request)
        return True

    scene.centre.early = page_for_files
    commit(scene, with_pictures(1, picture(1)))
    scene.worker.step()
    scene.commit(2)
    scene.worker.step()
    assert [scene.state(n).value for n in (1, 2)] == ["committed", "accepted"]
    assert scene.attempts(1) == 0


@pytest.mark.parametrize("damage", ["gone", "other bytes"])
def test_photograph_that_is_lost_or_damaged_here_parks_its_case(scene: Scene, files: Files, damage: str) -> None:
    commit(scene, with_pictures(1, picture(1)), submission(2))
    kept = scene.store._cases[case_id(1)]
    kept.files = () if damage == "gone" else (LocalFile(picture(1).sha256, "image/jpeg", b"other"),)
    scene.worker.step()
    assert (scene.state(1), scene.row(1).reason) == (CaseState.PARKED, "terminal:file-lost")
    assert files.asked == []
    assert scene.state(2) is CaseState.ACCEPTED


def test_centre_that_forgets_the_files_it_took_is_not_given_them_for_ever(scene: Scene, files: Files) -> None:
    page = picture(1)
    commit(scene, with_pictures(1, page), submission(2))
    real = files.early

    def forget(request: Handler) -> bool:
        answered = real(request)
        scene.centre.missing.add(page.sha256)
        files.files.clear()
        return answered

    scene.centre.early = forget
    scene.worker.step()
    assert [scene.state(n).value for n in (1, 2)] == ["committed", "accepted"]
    assert scene.attempts(1) == 1
    assert files.asked.count("PATCH") == 3


def test_401_at_a_file_pauses_everything(scene: Scene, files: Files) -> None:
    scene.centre.early = lambda request: "/files/" in request.path and turned_away(request, 401, "unknown-terminal")
    commit(scene, with_pictures(1, picture(1)))
    scene.worker.step()
    scene.commit(2)
    scene.worker.wake(case_id(2))
    scene.worker.step()
    assert scene.state(2) is CaseState.COMMITTED


def test_place_of_an_upload_outlives_the_program(scene: Scene) -> None:
    places = StoredPlaces(scene.store)
    for number in range(60):
        places.put(f"{number:064x}", f"/v1/files/{number}")
    places.put(f"{59:064x}", None)
    again = StoredPlaces(scene.store)
    assert again.get(f"{58:064x}") == "/v1/files/58"
    assert again.get(f"{59:064x}") is None
    assert again.get(f"{0:064x}") is None, "only so many are kept"
    got(scene.store.put("sync.uploads", "[nonsense"))
    assert again.get(f"{58:064x}") is None


def test_case_goes_while_a_large_file_is_on_its_way(centre: ScriptedCentre, tmp_path: Path) -> None:
    """The thread: the file hangs at the centre until the other case has arrived."""
    clock, files = HandClock(), Files(centre)
    store = open_store(tmp_path, clock=clock, keys=NoKeySource(), floor_bytes=0, ballast_bytes=0)
    sent: list[str] = []
    second, both = threading.Event(), threading.Event()

    def publish(event: SyncEvent) -> None:
        if isinstance(event, CaseSent):
            sent.append(event.case_id)
            second.set()
            if len(sent) == 2:
                both.set()

    real = files.early

    def wait_for_the_other(request: Handler) -> bool:
        if request.command == "PATCH":
            assert second.wait(10)
        return real(request)

    centre.early = wait_for_the_other
    api = HttpCaseApi(centre.url, terminal="YP0301", places=StoredPlaces(store))
    worker = SyncWorker(store, api, clock, publish, options=SyncOptions(spread_s=0.0))
    case = with_pictures(1, picture(1))
    centre.missing.add(picture(1).sha256)
    got(store.commit((case,)))
    got(store.commit((submission(2),)))
    worker.start()
    assert both.wait(10)
    assert sent == [case_id(2), case_id(1)]
    assert worker.stop(10)
    store.close()
