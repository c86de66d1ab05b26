"""One exchange against peers that misbehave on the wire: it ends in time, with little memory, and in one value."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from kiosk.central_api.wire import Reply, Trust, exchange
from kiosk.ports.central import GatewayFault, RetryLater
from tests.central_api.scripted_server import LATE_S, Answer, Handler, ScriptedCentre, raw

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BODY = b'{"a":1}'
WHOLE = OK + b"Content-Length: 7\r\n\r\n" + BODY


@pytest.fixture
def centre() -> Iterator[ScriptedCentre]:
    with ScriptedCentre() as server:
        yield server


def ask(centre: ScriptedCentre, body: bytes | None = None, total_s: float = 5.0) -> Reply | RetryLater | GatewayFault:
    return exchange(
        "GET" if body is None else "PUT",
        centre.url + "/x",
        headers={},
        body=body,
        trust=Trust(None, None, None),
        connect_timeout_s=1.0,
        total_timeout_s=total_s,
        cap_bytes=1 << 16,
    )


def endless(piece: bytes, head: bytes = b"") -> Answer:
    """`piece` again and again, for as long as somebody reads."""

    def answer(request: Handler) -> None:
        request.wfile.write(head)
        while not request.server.script.release.is_set():
            request.wfile.write(piece)

    return answer


FINE: dict[str, bytes] = {
    "bytes after the answer": WHOLE + b"HTTP/1.1 500 No\r\n\r\nmore",
    "continue before the answer": b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + WHOLE,
    "chunked with a trailer": CHUNKED + b"7\r\n" + BODY + b"\r\n0\r\nX-A: b\r\n\r\n",
    "until the end of the line": OK + b"\r\n" + BODY,
}


@pytest.mark.parametrize("data", FINE.values(), ids=FINE.keys())
def test_what_http_allows_is_read(centre: ScriptedCentre, data: bytes) -> None:
    centre.queue.append(raw(data))
    reply = ask(centre)
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body, reply.is_json) == (200, BODY, True)


STRANGE: dict[str, Answer] = {
    "chunked without end": endless(b"4000\r\n" + b" " * 0x4000 + b"\r\n", CHUNKED),
    "no length and no end": endless(b" " * 4096, OK + b"\r\n"),
    "chunks cut short": raw(CHUNKED + b"7\r\n" + BODY),
    "chunk of no length": raw(CHUNKED + b"zz\r\n" + BODY),
    "chunk that says more than comes": raw(CHUNKED + b"ffffffff\r\n" + BODY),
    "header of a megabyte": raw(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * (1 << 20) + b"\r\n\r\n"),
    "headers without end": endless(b"X-A: b\r\n", b"HTTP/1.1 200 OK\r\n"),
    "status of a megabyte": raw(b"HTTP/1.1 200 " + b"O" * (1 << 20) + b"\r\n\r\n"),
    "a bomb that says what it is": lambda r: r.bytes(
        200, gzip.compress(bytes(1 << 20)), "application/json", Content_Encoding="gzip"
    ),
    "a bomb in two coats": lambda r: r.bytes(200, b"x", "application/json", Content_Encoding="gzip, identity"),
    "longer than it says the line is": raw(OK + b"Content-Length: 99\r\n\r\n" + BODY),
}


@pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE.keys())
def test_what_is_endless_or_broken_is_not_the_centre(centre: ScriptedCentre, answer: Answer) -> None:
    centre.queue.append(answer)
    started = time.monotonic()
    assert isinstance(ask(centre), GatewayFault)
    assert time.monotonic() - started < LATE_S


@pytest.mark.parametrize("piece", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 C\r\nX-A: b\r\n\r\n"])
def test_flood_of_interim_answers_ends_at_the_deadline(centre: ScriptedCentre, piece: bytes) -> None:
    centre.queue.append(endless(piece))
    started = time.monotonic()
    assert ask(centre, total_s=0.3) == RetryLater(None, "timeout")
    assert time.monotonic() - started < LATE_S


def test_peer_that_takes_the_request_slowly_is_left_at_the_deadline(centre: ScriptedCentre) -> None:
    def read_nothing(request: Handler) -> bool:
        centre.release.wait(10)
        return True

    centre.early = read_nothing
    started = time.monotonic()
    assert ask(centre, body=bytes(64 << 20), total_s=0.3) == RetryLater(None, "timeout")
    assert time.monotonic() - started < LATE_S


def test_peer_that_accepts_and_never_speaks_is_left_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as quiet:
        url = f"http://127.0.0.1:{quiet.getsockname()[1]}"
        assert exchange(
            "GET",
            url,
            headers={},
            body=None,
            trust=Trust(None, None, None),
            connect_timeout_s=0.2,
            total_timeout_s=0.3,
            cap_bytes=1000,
        ) == RetryLater(None, "timeout")


def test_cookie_is_never_given_back_and_the_environment_is_not_read(
    centre: ScriptedCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    centre.queue += [lambda r: r.json(200, {}, Set_Cookie="a=b; Path=/")] * 2
    for _ in range(2):
        assert isinstance(ask(centre), Reply)
    assert "cookie" not in centre.seen[1].headers
    assert "authorization" not in centre.seen[1].headers


def test_calls_side_by_side_have_deadlines_of_their_own(centre: ScriptedCentre) -> None:
    answers: dict[str, object] = {}
    begun = threading.Event()

    def drip(request: Handler) -> None:
        begun.set()
        while not centre.release.wait(0.02):
            request.wfile.write(b"H")

    def call(name: str, total_s: float) -> Callable[[], None]:
        return lambda: answers.__setitem__(name, ask(centre, total_s=total_s))

    centre.queue.append(drip)
    slow = threading.Thread(target=call("slow", 0.4))
    slow.start()
    assert begun.wait(5.0)
    centre.queue.append(lambda request: request.json(200, json.loads(BODY)))
    call("fast", 5.0)()
    slow.join()
    assert answers["slow"] == RetryLater(None, "timeout")
    assert isinstance(answers["fast"], Reply)
