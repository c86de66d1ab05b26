"""A bad line: a TCP proxy that reads one request, and then does to it or to its answer what its script says.

The terminal opens a connection for each request, so a connection is one request. What is cut, is cut at a byte of the
script's choosing, wherever that falls in head or body.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import random
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

LOOK_S = 10.0
CRUMB_BYTES = 4096
NOTICED_S = 0.1
CUT_ON_THE_WAY = "cut on the way"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CASE_ID = re.compile(rb'("case_id": ?")[^"]+"')
_SHA256 = re.compile(rb'("sha256": ?")[0-9a-f]{64}"')
LOGIN_PAGE = b"<!DOCTYPE html><html><body><form action='/login'>please log in</form></body></html>"


@dataclass(slots=True)
class Call:
    """One connection: what the terminal asked, and the ways to the two ends."""

    client: socket.socket
    request: bytes
    centre_port: int
    trap_port: int
    dice: random.Random
    slow_s: float
    rest: threading.Event
    """Set when the proxy ends: nobody waits any longer."""

    def forward(self, request: bytes | None = None) -> bytes:
        """Send the request on, and read the centre's whole answer."""
        with socket.create_connection(("127.0.0.1", self.centre_port), LOOK_S) as centre:
            centre.sendall(self.request if request is None else request)
            return _all_of(centre)

    def send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self.client.sendall(data)

    def pause(self, seconds: float) -> None:
        self.rest.wait(seconds)

    def cut(self, data: bytes) -> bytes:
        """The first bytes of it: any number of them but all."""
        return data[: self.dice.randrange(len(data))] if data else data


def _reset(line: socket.socket) -> None:
    """Make the close that follows a RST."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _all_of(line: socket.socket) -> bytes:
    data = bytearray()
    while chunk := line.recv(1 << 16):
        data += chunk
    return bytes(data)


def _answer(status: str, body: bytes, kind: str = "application/json", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def _with_body(answer: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The answer with another body, its length put right."""
    head, _, body = answer.partition(b"\r\n\r\n")
    changed = change(body)
    return _LENGTH.sub(b"\r\nContent-Length: %d" % len(changed), head) + b"\r\n\r\n" + changed


# --- what can happen -------------------------------------------------------------------------------------------------


def _request_cut(call: Call) -> None:
    """The centre sees the beginning of a request and then the end of the line."""
    with socket.create_connection(("127.0.0.1", call.centre_port), LOOK_S) as centre:
        centre.sendall(call.cut(call.request))


def _request_reset(call: Call) -> None:
    with socket.create_connection(("127.0.0.1", call.centre_port), LOOK_S) as centre:
        centre.sendall(call.cut(call.request))
        _reset(centre)
    _reset(call.client)


def _request_drips(call: Call) -> None:
    """The centre gets the request in crumbs, and never the last one."""
    with socket.create_connection(("127.0.0.1", call.centre_port), LOOK_S) as centre:
        end = len(call.request) - 1
        step = max(1, end // 20)
        for start in range(0, end, step):
            centre.sendall(call.request[start : min(end, start + step)])
            call.pause(0.002)


def _request_twice(call: Call) -> None:
    """The line repeats the request; the terminal gets the second answer."""
    call.forward()
    call.send(call.forward())


def _request_late(call: Call) -> None:
    """The terminal has given up when the centre gets it."""
    call.pause(call.slow_s)
    call.forward()


def _request_flipped(call: Call) -> None:
    """One bit of the body is another one."""
    head, mark, body = call.request.partition(b"\r\n\r\n")
    changed = bytearray(body)
    if changed:
        changed[call.dice.randrange(len(changed))] ^= 1 << call.dice.randrange(7)
    call.send(call.forward(head + mark + bytes(changed)))


def _refused(call: Call) -> None:
    """Reset before a byte was answered."""
    _reset(call.client)


def _answer_lost(call: Call) -> None:
    call.forward()


def _answer_cut(call: Call) -> None:
    call.send(call.cut(call.forward()))


def _answer_reset(call: Call) -> None:
    call.send(call.cut(call.forward()))
    _reset(call.client)


def _answer_half_closed(call: Call) -> None:
    """A part of the answer and no more, and the line stays open the other way."""
    call.send(call.cut(call.forward()))
    with contextlib.suppress(OSError):
        call.client.shutdown(socket.SHUT_WR)
        call.client.settimeout(call.slow_s)
        call.client.recv(1)


def _answer_late(call: Call) -> None:
    answer = call.forward()
    call.pause(call.slow_s)
    call.send(answer)


def _answer_drips(call: Call) -> None:
    """A byte now and then: always some, never enough."""
    answer = call.forward()
    pauses = 40
    for number in range(pauses):
        call.send(answer[number : number + 1])
        call.pause(call.slow_s / pauses)


def _answer_twice(call: Call) -> None:
    call.send(call.forward() * 2)


def _answer_stalls(call: Call) -> None:
    """The whole head, no body, and an open line."""
    call.send(call.forward().partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    call.pause(call.slow_s)


def _json_truncated(call: Call) -> None:
    call.send(_with_body(call.forward(), lambda body: call.cut(body)))


def _other_id(call: Call) -> None:
    call.send(_with_body(call.forward(), lambda body: _CASE_ID.sub(rb'\1YP0301-261121-ZZZZZZZZZZ"', body)))


def _other_hash(call: Call) -> None:
    call.send(_with_body(call.forward(), lambda body: _SHA256.sub(rb"\1" + b"0" * 64 + b'"', body)))


def _chunks_without_end(call: Call) -> None:
    body = call.forward().partition(b"\r\n\r\n")[2]
    head = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    call.send(head + b"%x\r\n%s\r\n" % (len(body), body))


def _login_page(call: Call) -> None:
    call.send(_answer("200 OK", LOGIN_PAGE, "text/html"))


def _login_page_as_json(call: Call) -> None:
    call.send(_answer("200 OK", LOGIN_PAGE))


def _empty_object(call: Call) -> None:
    call.send(_answer(call.dice.choice(("200 OK", "201 Created")), b"{}"))


def _no_content(call: Call) -> None:
    call.send(b"HTTP/1.1 204 No Content\r\n\r\n")


def _redirect(status: str) -> Callable[[Call], None]:
    def act(call: Call) -> None:
        where = f"Location: http://127.0.0.1:{call.trap_port}/v1/cases\r\n"
        call.send(_answer(status, b"", more=where))

    return act


def _giant_json(call: Call) -> None:
    """Three megabytes of a number."""
    call.send(_answer("200 OK", b'{"case_id": ' + b"1" * (3 << 20) + b"}"))


def _deep_json(call: Call) -> None:
    call.send(_answer("200 OK", b'{"a":' * 20000 + b"1" + b"}" * 20000))


def _gzip_bomb(call: Call) -> None:
    call.send(_answer("200 OK", _BOMB, more="Content-Encoding: gzip\r\n"))


def _head_without_end(call: Call) -> None:
    call.send(b"HTTP/1.1 200 OK\r\n" + b"X-Flood: " + b"a" * (1 << 20) + b"\r\n")


def _not_http(call: Call) -> None:
    call.send(call.dice.randbytes(200))


def _no_gateway(call: Call) -> None:
    status = call.dice.choice(("502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"))
    call.send(_answer(status, b"<html>gateway</html>", "text/html"))


def _html_404(call: Call) -> None:
    call.send(_answer("404 Not Found", b"<html>nothing here</html>", "text/html"))


def _not_a_number(call: Call) -> None:
    told = {"case_id": float("nan"), "sha256": 2**70, "status": None, "accepted_at": "2099-99-99"}
    call.send(_answer("201 Created", json.dumps(told).encode()))


def _other_charset(call: Call) -> None:
    call.send(_with_body(call.forward(), lambda body: body.decode("utf-8", "replace").encode("utf-16")))


def _asked_to_wait(call: Call) -> None:
    call.send(
        _answer("429 Too Many Requests", b"{}", more=f"Retry-After: {call.dice.choice(('1', '0', '-5', 'soon'))}\r\n")
    )


_BOMB = gzip.compress(b"0" * (64 << 20), 9)
Fault = Callable[[Call], None]

FAULTS: Mapping[str, Fault] = {
    "request cut": _request_cut,
    "request reset": _request_reset,
    "request in crumbs": _request_drips,
    "request twice": _request_twice,
    "request flipped": _request_flipped,
    "refused": _refused,
    "answer lost": _answer_lost,
    "answer cut": _answer_cut,
    "answer reset": _answer_reset,
    "answer twice": _answer_twice,
    "JSON truncated": _json_truncated,
    "other id": _other_id,
    "other hash": _other_hash,
    "chunks without end": _chunks_without_end,
    "login page": _login_page,
    "login page as JSON": _login_page_as_json,
    "200 {}": _empty_object,
    "204": _no_content,
    "301": _redirect("301 Moved Permanently"),
    "302": _redirect("302 Found"),
    "307": _redirect("307 Temporary Redirect"),
    "308": _redirect("308 Permanent Redirect"),
    "giant JSON": _giant_json,
    "deep JSON": _deep_json,
    "gzip bomb": _gzip_bomb,
    "head without end": _head_without_end,
    "not HTTP": _not_http,
    "gateway error": _no_gateway,
    "404 in HTML": _html_404,
    "not a number": _not_a_number,
    "other charset": _other_charset,
    "429": _asked_to_wait,
}
#: These take until the terminal's patience is over.
SLOW_FAULTS: Mapping[str, Fault] = {
    "request late": _request_late,
    "answer late": _answer_late,
    "answer in drops": _answer_drips,
    "answer stalls": _answer_stalls,
    "half closed": _answer_half_closed,
}


@dataclass(slots=True)
class Proxy:
    """`next_fault` is asked for each request and names a fault, or None for a good line; `heard` is told of the whole
    answer that went over a good line."""

    centre_port: int
    next_fault: Callable[[str], str | None]
    slow_s: float
    heard: Callable[[str, bytes], None] = lambda request_line, answer: None
    seed: int = 1
    port: int = 0
    made: Counter[str] = field(default_factory=Counter)
    trapped_bytes: int = 0
    body_bytes: int = 0
    """Bytes of request bodies that the line carried."""
    problems: list[str] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)


@contextlib.contextmanager
def proxy(line: Proxy) -> Iterator[Proxy]:
    """Open the line on loopback; it is closed with the block."""
    rest = threading.Event()
    dice = random.Random(line.seed)
    calls: list[threading.Thread] = []
    front, trap = (socket.create_server(("127.0.0.1", 0), backlog=64) for _ in range(2))
    line.port = front.getsockname()[1]
    trap_port = trap.getsockname()[1]

    def serve(client: socket.socket) -> None:
        name: str | None = None
        with client:
            client.settimeout(LOOK_S)
            try:
                head, begun, length = _head(client)
                with line.guard:
                    name = line.next_fault(_first_line(head))
                    call_dice = random.Random(dice.random())
                    if name is not None:
                        line.made[name] += 1
                call = Call(client, head, line.centre_port, trap_port, call_dice, line.slow_s, rest)
                if name == CUT_ON_THE_WAY:
                    line.body_bytes += _cut_on_the_way(call, begun, length)
                    return
                call.request += _body(client, begun, length)
                line.body_bytes += length
                if name is None:
                    answer = call.forward()
                    line.heard(_first_line(head), answer)
                    call.send(answer)
                else:
                    (FAULTS.get(name) or SLOW_FAULTS[name])(call)
            except OSError:
                return  # the other end has gone, as it may
            except Exception as error:  # a fault that could not be made was not made
                line.problems.append(f"{name}: {type(error).__name__}")

    def spring(client: socket.socket) -> None:
        with client:
            client.settimeout(1.0)
            with contextlib.suppress(OSError):
                line.trapped_bytes += max(1, len(client.recv(1 << 16)))

    def accept(door: socket.socket, act: Callable[[socket.socket], None]) -> None:
        while True:
            try:
                client, _ = door.accept()
            except OSError:
                return
            thread = threading.Thread(target=act, args=(client,), name="bad line", daemon=True)
            calls[:] = [each for each in calls if each.is_alive()]
            calls.append(thread)
            thread.start()

    doors = [
        threading.Thread(target=accept, args=(door, act), name="bad line's door", daemon=True)
        for door, act in ((front, serve), (trap, spring))
    ]
    for thread in doors:
        thread.start()
    try:
        yield line
    finally:
        rest.set()
        for door in (front, trap):
            with contextlib.suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            door.close()
        for thread in [*doors, *calls]:
            thread.join(LOOK_S)


def _first_line(head: bytes) -> str:
    return head.split(b"\r\n", 1)[0].decode("latin-1")


def _head(client: socket.socket) -> tuple[bytes, bytes, int]:
    """The head of a request, what came of its body, and how long that is in all."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = client.recv(1 << 16)
        if not chunk:
            raise ConnectionError("no request")
        data += chunk
    head, mark, body = data.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return head + mark, body, int(length[1]) if length else 0


def _body(client: socket.socket, begun: bytes, length: int) -> bytes:
    """The rest of it."""
    data = bytearray(begun)
    while len(data) < length:
        chunk = client.recv(1 << 16)
        if not chunk:
            raise ConnectionError("half a request")
        data += chunk
    return bytes(data)


def _cut_on_the_way(call: Call, begun: bytes, length: int) -> int:
    """Let a request through as it comes, and cut the line after some bytes of its body; how many."""
    end = call.dice.randrange(length + 1)
    body = begun[:end]
    with socket.create_connection(("127.0.0.1", call.centre_port), LOOK_S) as centre:
        centre.sendall(call.request + body)
        passed = len(body)
        while passed < end:
            chunk = call.client.recv(min(CRUMB_BYTES, end - passed))
            if not chunk:
                break
            centre.sendall(chunk)
            passed += len(chunk)
        # Nobody notices a dead line at once: what had arrived has been read by then.
        call.pause(NOTICED_S)
    _reset(call.client)
    return passed
