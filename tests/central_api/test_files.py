"""Files by tus: whatever is cut, the centre's offset is believed, and no byte goes to another host."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.central_api import HttpCaseApi
from kiosk.central_api.tus import CHUNK_BYTES, MemoryPlaces
from kiosk.ports.central import FileTaken, GatewayFault, LocalFile, LoginNeeded, Rejected, RetryLater
from tests.central_api.scripted_server import Handler, ScriptedCentre, cut, problem, raw
from tests.central_api.tus_server import Files


def picture(size: int, seed: int = 1) -> LocalFile:
    data = random.Random(seed).randbytes(size)
    return LocalFile(hashlib.sha256(data).hexdigest(), "image/jpeg", data)


@pytest.fixture
def centre() -> Iterator[ScriptedCentre]:
    with ScriptedCentre() as server:
        yield server


@pytest.fixture
def files(centre: ScriptedCentre) -> Files:
    return Files(centre)


@pytest.fixture
def api(centre: ScriptedCentre) -> HttpCaseApi:
    return HttpCaseApi(centre.url, terminal="YP0301", total_timeout_s=5.0)


def test_file_goes_in_pieces_and_is_not_sent_again_when_it_is_there(api: HttpCaseApi, files: Files) -> None:
    page = picture(CHUNK_BYTES + 1000)
    assert api.put_file(page) == FileTaken()
    assert files.files == {page.sha256: page.data}
    assert files.asked == ["POST", "PATCH", "PATCH"]
    assert api.put_file(page) == FileTaken()
    assert files.asked[3:] == ["POST"]


def test_two_hundred_cuts_at_random_bytes_cost_less_than_a_third_more(api: HttpCaseApi, files: Files) -> None:
    page, dice = picture(300_000), random.Random(7)
    files.cuts = [dice.randrange(0, 2000) for _ in range(200)]
    ends = 0
    while api.put_file(page) != FileTaken():
        ends += 1
    assert ends == 200
    assert files.files == {page.sha256: page.data}
    assert files.received < 1.3 * len(page.data)


def test_answer_that_is_lost_after_the_last_byte_is_found_out(api: HttpCaseApi, files: Files) -> None:
    page = picture(1000)
    files.cuts = [1000]
    assert api.put_file(page) == RetryLater(None, "unreachable")
    assert api.put_file(page) == FileTaken()
    assert files.received == 1000


def test_upload_that_the_centre_gave_up_begins_again(api: HttpCaseApi, files: Files) -> None:
    page = picture(1000)
    files.cuts = [500]
    api.put_file(page)
    files.forget()
    assert api.put_file(page) == FileTaken()
    assert files.asked == ["POST", "PATCH", "HEAD", "POST", "PATCH"]


def test_upload_that_is_given_up_between_two_pieces_begins_again(
    api: HttpCaseApi, files: Files, centre: ScriptedCentre
) -> None:
    page = picture(CHUNK_BYTES + 10)
    real = files.early

    def give_up_after_the_first(request: Handler) -> bool:
        answered = real(request)
        if request.command == "PATCH":
            files.forget()
            centre.early = real
        return answered

    centre.early = give_up_after_the_first
    assert api.put_file(page) == FileTaken()
    assert files.asked == ["POST", "PATCH", "PATCH", "POST", "PATCH", "PATCH"]


def test_other_offset_than_thought_is_asked_for(api: HttpCaseApi, files: Files, centre: ScriptedCentre) -> None:
    page = picture(1000)
    real = files.early

    def half_is_there_already(request: Handler) -> bool:
        answered = real(request)
        for upload in files.uploads.values():
            upload.data[:] = page.data[:500]
        centre.early = real
        return answered

    centre.early = half_is_there_already
    assert api.put_file(page) == FileTaken()
    assert files.asked == ["POST", "PATCH", "HEAD", "PATCH"]
    assert files.received == 500


def test_new_run_goes_on_where_the_last_one_ended(centre: ScriptedCentre, files: Files) -> None:
    page, places = picture(1000), MemoryPlaces()
    files.cuts = [600]
    HttpCaseApi(centre.url, terminal="YP0301", places=places).put_file(page)
    assert HttpCaseApi(centre.url, terminal="YP0301", places=places).put_file(page) == FileTaken()
    assert files.received == 1000
    assert places.get(page.sha256) is None


def test_place_on_another_host_is_never_visited(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    with ScriptedCentre() as elsewhere:
        for place in (elsewhere.url + "/v1/files/x", "//" + elsewhere.url.removeprefix("http://") + "/x", ""):
            head = f"HTTP/1.1 201 C\r\nTus-Resumable: 1.0.0\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n"
            centre.queue.append(raw(head.encode()))
            assert api.put_file(picture(10)) == GatewayFault("tus location")
        assert elsewhere.seen == []


@pytest.mark.parametrize("offset", ["-1", "11", "x", "0"])
def test_offset_that_makes_no_sense_is_not_the_centres(api: HttpCaseApi, centre: ScriptedCentre, offset: str) -> None:
    made = b"HTTP/1.1 201 C\r\nTus-Resumable: 1.0.0\r\nLocation: /v1/files/x\r\nContent-Length: 0\r\n\r\n"
    taken = f"HTTP/1.1 204 N\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n\r\n"
    centre.queue += [raw(made), raw(taken.encode())]
    assert api.put_file(picture(10)) == GatewayFault("tus offset")


@pytest.mark.parametrize(
    ("head", "ended"),
    [
        ("Upload-Offset: 11", FileTaken()),
        ("Upload-Offset: 5\r\nUpload-Length: 11", FileTaken()),
        ("X-A: b", GatewayFault("tus offset")),
    ],
)
def test_place_that_tells_of_another_file_is_left_for_a_new_one(
    api: HttpCaseApi, files: Files, centre: ScriptedCentre, head: str, ended: object
) -> None:
    page = picture(10)
    files.cuts = [5]
    api.put_file(page)

    def early(request: Handler) -> bool:
        if request.command != "HEAD":
            return files.early(request)
        raw(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode())(request)
        return True

    centre.early = early
    assert api.put_file(page) == ended
    assert (page.sha256 in files.files) is (ended == FileTaken())


@pytest.mark.parametrize(("status", "word"), [(409, "case-conflict"), (422, "case-invalid"), (404, "ticket-unknown")])
def test_no_that_is_about_something_else_ends_no_file(
    api: HttpCaseApi, centre: ScriptedCentre, status: int, word: str
) -> None:
    centre.queue.append(problem(status, word))
    assert api.put_file(picture(10)) == GatewayFault(f"not of this: urn:kiosk:problem:{word}")


def test_answer_to_the_question_for_the_offset_may_be_a_fault_like_any_other(
    api: HttpCaseApi, files: Files, centre: ScriptedCentre
) -> None:
    page = picture(10)
    files.cuts = [5]
    api.put_file(page)
    centre.early = lambda request: False
    centre.queue += [cut, raw(b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n\r\n")]
    assert api.put_file(page) == RetryLater(None, "unreachable")
    assert api.put_file(page) == RetryLater(7.0, "status 503", answered=True)


def test_centre_that_never_agrees_on_the_offset_is_left(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    made = b"HTTP/1.1 201 C\r\nTus-Resumable: 1.0.0\r\nLocation: /v1/files/x\r\nContent-Length: 0\r\n\r\n"
    there, no = b"HTTP/1.1 200 OK\r\nUpload-Offset: 0\r\n\r\n", b"HTTP/1.1 409 C\r\nContent-Length: 0\r\n\r\n"
    centre.queue += [raw(made), *[raw(no), raw(there)] * 3, raw(no)]
    assert api.put_file(picture(10)) == GatewayFault("tus without end")
    assert centre.queue == []


def test_centre_that_moved_is_begun_with_anew(centre: ScriptedCentre, files: Files) -> None:
    page, places = picture(10), MemoryPlaces()
    places.put(page.sha256, "http://127.0.0.1:9/v1/files/x")
    assert HttpCaseApi(centre.url, terminal="YP0301", places=places).put_file(page) == FileTaken()


def test_time_that_is_over_before_a_piece_is_a_time_out(api: HttpCaseApi, files: Files) -> None:
    assert api.put_file(picture(10), timeout_s=0.0) == RetryLater(None, "timeout")
    assert files.asked == []


def test_faults_of_an_upload_are_those_of_every_call(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    centre.queue += [problem(413, "body-too-large"), problem(503, "overloaded", Retry_After="7")]
    centre.queue += [problem(401, "unknown-terminal"), raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    page = picture(10)
    assert api.put_file(page) == Rejected("urn:kiosk:problem:body-too-large", "body-too-large", 413)
    assert api.put_file(page) == RetryLater(7.0, "status 503", answered=True)
    assert isinstance(api.put_file(page), LoginNeeded)
    assert isinstance(api.put_file(page), GatewayFault), "200 that is not of tus is a login page"


def test_whole_upload_has_one_deadline(api: HttpCaseApi, files: Files, centre: ScriptedCentre) -> None:
    real = files.early

    def hang_at_the_bytes(request: Handler) -> bool:
        if request.command == "PATCH":
            centre.release.wait(10)
        return real(request)

    centre.early = hang_at_the_bytes
    assert api.put_file(picture(10), timeout_s=0.3) == RetryLater(None, "timeout")


@pytest.mark.filterwarnings("ignore")
def test_a_server_that_is_not_ours_takes_the_file_too(tmp_path: Path) -> None:
    import uvicorn
    from fastapi import FastAPI
    from tuspyserver import create_tus_router

    app = FastAPI()
    app.include_router(create_tus_router(files_dir=str(tmp_path), prefix="v1/files"))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    started = threading.Event()
    startup = server.startup

    async def tell(sockets: object = None) -> None:
        await startup()
        started.set()

    server.startup = tell  # type: ignore[method-assign]
    logging.getLogger("tuspyserver").setLevel(logging.CRITICAL)
    thread.start()
    try:
        assert started.wait(10)
        port = server.servers[0].sockets[0].getsockname()[1]
        places = MemoryPlaces()
        api = HttpCaseApi(f"http://127.0.0.1:{port}", terminal="YP0301", places=places)
        page = picture(CHUNK_BYTES + 1000)
        assert api.put_file(page) == FileTaken()
        assert any(path.is_file() and path.read_bytes() == page.data for path in tmp_path.rglob("*"))
    finally:
        server.should_exit = True
        thread.join()
