"""Files by tus: whole or not at all, from where a cut left them, by clients that nobody here wrote."""

from __future__ import annotations

import base64
import io
import socket
import threading
from typing import Any

import pytest
from sqlalchemy import func, select
from tusclient.client import TusClient
from tusclient.exceptions import TusUploadFailed

from central.store import upload_parts, uploads
from tests.central.support import Answer, Running, sha256

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4000  # four parts
WEEK_S = 7 * 86400
TUS = {"Tus_Resumable": "1.0.0"}


def announced(data: bytes, kind: str = "image/jpeg", name: str | None = None) -> dict[str, str]:
    def b64(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    told = f"filename {b64(sha256(data) if name is None else name)},filetype {b64(kind)}"
    return {**TUS, "Upload_Length": str(len(data)), "Upload_Metadata": told}


def begun(centre: Running, data: bytes) -> str:
    answer = centre.client.ask("POST", "/v1/files/", None, **announced(data))
    assert answer.status == 201, answer.body
    return answer.headers["location"]


def sent(centre: Running, place: str, data: bytes, at: int = 0, **headers: str) -> Answer:
    told = {**TUS, "Upload_Offset": str(at), "Content_Type": "application/offset+octet-stream", **headers}
    return centre.client.ask("PATCH", place, data, **told)


def offset(centre: Running, place: str) -> int:
    answer = centre.client.ask("HEAD", place, **TUS)
    assert answer.status == 200
    return int(answer.headers["upload-offset"])


def is_here(centre: Running, data: bytes) -> bool:
    return sha256(data) in centre.centre.files.known([sha256(data)])


def another_client(centre: Running, data: bytes, **options: Any) -> Any:
    client = TusClient(f"http://{centre.client.host}:{centre.client.port}/v1/files/")
    told = {"filename": sha256(data), "filetype": "image/jpeg"}
    return client.uploader(file_stream=io.BytesIO(data), metadata=told, chunk_size=300_000, **options)


def test_a_file_that_came_in_parts_is_a_file_with_its_last_byte_and_not_before(centre: Running) -> None:
    data = JPEG + b"parts"
    place = begun(centre, data)
    assert sent(centre, place, data[:-1]).headers["upload-offset"] == str(len(data) - 1)
    assert not is_here(centre, data)

    assert sent(centre, place, data[-1:], len(data) - 1).status == 204

    assert is_here(centre, data)
    assert offset(centre, place) == len(data)
    assert sent(centre, place, b"", len(data)).status == 204


def test_another_tus_client_brings_a_file_and_goes_on_after_a_cut_in_mid_chunk(centre: Running) -> None:
    data = JPEG + b"another client"
    uploader = another_client(centre, data)
    uploader.upload(stop_at=300_000)
    cut(centre, uploader.url.removeprefix(f"http://{centre.client.host}:{centre.client.port}"), data, 300_000, 400_000)

    later = another_client(centre, data, url=uploader.url)
    assert 300_000 <= later.offset <= 700_000
    later.upload()

    assert is_here(centre, data)


def cut(centre: Running, place: str, data: bytes, at: int, size: int) -> None:
    """A PATCH that announces the rest, sends some of it, and is gone; returns when the centre has noticed."""
    head = (
        f"PATCH {place} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {at}\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {len(data) - at}\r\n\r\n"
    ).encode()
    with socket.create_connection((centre.client.host, centre.client.port), timeout=10) as line:
        line.sendall(head + data[at : at + size])
        line.shutdown(socket.SHUT_WR)
        while line.recv(65536):
            pass


def test_the_offset_after_a_cut_is_what_is_here_and_the_rest_makes_the_file(centre: Running) -> None:
    data = JPEG + b"cuts"
    place = begun(centre, data)
    at = 0
    for size in (1, 255_999, 256_001, 300_000):
        cut(centre, place, data, at, size)
        assert at <= offset(centre, place) <= at + size
        at = offset(centre, place)
    assert at > 0

    assert sent(centre, place, data[at:], at).status == 204
    assert is_here(centre, data)


def test_what_is_not_the_announced_file_is_forgotten_whole(centre: Running) -> None:
    data = JPEG + b"announced"
    place = begun(centre, data)
    sent(centre, place, data[:5])

    assert sent(centre, place, b"x" * (len(data) - 5), 5).problem == "digest-mismatch"

    assert sent(centre, place, data).problem == "upload-unknown"
    assert not is_here(centre, data)
    with centre.centre.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(upload_parts)).scalar() == 0


def test_of_a_file_that_is_here_nothing_is_sent(centre: Running) -> None:
    data = JPEG + b"known"
    centre.keep(data)

    answer = centre.client.ask("POST", "/v1/files/", None, **announced(data))

    assert (answer.status, answer.headers["upload-offset"]) == (200, str(len(data)))
    assert offset(centre, answer.headers["location"]) == len(data)
    another_client(centre, data, retries=1, retry_delay=0).upload()
    with pytest.raises(TusUploadFailed):
        another_client(centre, data).upload()  # it does not ask how far the upload is unless it may try again


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"Tus_Resumable": "0.2.2"}, "tus-version"),
        ({"Upload_Length": str((8 << 20) + 1)}, "body-too-large"),
        ({"Upload_Length": "0"}, "request-invalid"),
        ({"Upload_Length": "-5"}, "request-invalid"),
        ({"Upload_Length": "9" * 400}, "request-invalid"),
        ({"Upload_Metadata": "filename"}, "request-invalid"),
        ({"Upload_Metadata": "filename !!!,filetype !!!"}, "request-invalid"),
        (announced(JPEG, name="../../../etc/passwd"), "request-invalid"),
        (announced(JPEG, name="a" * 63 + "\0"), "request-invalid"),
        (announced(JPEG, "text/html"), "request-invalid"),
        ({"Upload_Defer_Length": "1"}, "request-invalid"),
        ({"Upload_Concat": "partial"}, "request-invalid"),
        ({"X_HTTP_Method_Override": "DELETE"}, "method-not-allowed"),
    ],
)
def test_a_creation_that_is_not_offered_is_refused(centre: Running, changes: dict[str, str], problem: str) -> None:
    answer = centre.client.ask_freely("POST", "/v1/files/", None, **{**announced(JPEG), **changes})
    assert answer.problem == problem
    assert answer.headers["tus-resumable"] == "1.0.0"


def test_bytes_with_the_creation_are_refused(centre: Running) -> None:
    assert centre.client.ask("POST", "/v1/files/", b"x", **announced(JPEG)).problem == "request-invalid"


def test_a_part_that_does_not_fit_is_refused_and_changes_nothing(centre: Running) -> None:
    data = JPEG[:2000] + b"fit"
    place = begun(centre, data)
    sent(centre, place, data[:100])
    assert sent(centre, place, data, 0).problem == "upload-conflict"
    assert sent(centre, place, data, 200).problem == "upload-conflict"
    assert sent(centre, place, data[100:] + b"more", 100).problem == "body-too-large"
    assert sent(centre, place, data, 100, Content_Type="image/jpeg").problem == "unsupported-media-type"
    assert sent(centre, place, data, 100, Tus_Resumable="2").problem == "tus-version"
    assert sent(centre, place, data, 100, Upload_Offset="x").problem == "request-invalid"
    assert sent(centre, place, data, 100, Content_Length=str(99 << 20)).problem == "body-too-large"
    assert offset(centre, place) == 100


@pytest.mark.parametrize("name", ["0" * 32, "..%2f..%2fx", "x", "%00", "0" * 31 + "G"])
def test_an_upload_that_nobody_began_is_unknown_whatever_it_is_called(centre: Running, name: str) -> None:
    told = {**TUS, "Upload_Offset": "0", "Content_Type": "application/offset+octet-stream"}
    for method, body in (("PATCH", b"x"), ("HEAD", None), ("DELETE", None)):
        assert centre.client.ask_freely(method, f"/v1/files/{name}", body, **told).status == 404


def test_two_who_send_the_same_part_at_once_add_it_once(centre: Running) -> None:
    data = JPEG + b"at once"
    place = begun(centre, data)
    told: list[int] = []
    threads = [threading.Thread(target=lambda: told.append(sent(centre, place, data).status)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == [204, 409, 409, 409]
    assert is_here(centre, data)


def test_a_half_sent_file_is_given_up_after_a_week_and_forgotten_after_two(centre: Running) -> None:
    before = centre.clock.now
    place = begun(centre, JPEG + b"half")
    sent(centre, place, JPEG[:1000])
    try:
        centre.clock.advance(WEEK_S)
        centre.centre.uploads.sweep()
        assert sent(centre, place, JPEG[1000:], 1000).problem == "upload-expired"
        assert centre.client.ask("HEAD", place, **TUS).status == 410
        assert centre.client.ask("DELETE", place, **TUS).problem == "upload-expired"
        centre.clock.advance(WEEK_S + 1)
        centre.centre.uploads.sweep()
        assert centre.client.ask("HEAD", place, **TUS).status == 404
    finally:
        centre.clock.now = before
    with centre.centre.store.read() as connection:
        for table in (uploads, upload_parts):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 0


def test_ending_an_upload_forgets_its_bytes_and_leaves_a_whole_file(centre: Running) -> None:
    half, whole = JPEG + b"half ended", JPEG + b"whole"
    places = begun(centre, half), begun(centre, whole)
    sent(centre, places[0], half[:50])
    sent(centre, places[1], whole)

    assert [centre.client.ask("DELETE", place, **TUS).status for place in places] == [204, 204]

    assert [centre.client.ask("HEAD", place, **TUS).status for place in places] == [404, 404]
    assert is_here(centre, whole)


def test_what_is_offered_is_said(centre: Running) -> None:
    answer = centre.client.ask("OPTIONS", "/v1/files/")
    assert answer.headers["tus-extension"] == "creation,expiration,termination"
    assert answer.headers["tus-max-size"] == str(8 << 20)
