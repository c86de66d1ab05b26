"""A real HTTP server on loopback whose answers are scripted, byte by byte where wanted."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

Answer = Callable[["Handler"], None]

LATE_S = 15.0
"""A call that was to end at its deadline (tenths of a second) and has not by now hangs; a busy machine is no reason."""


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = field(repr=False)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _any(self) -> None:
        if self.server.script.early(self):
            self.close_connection = True
            return
        length = int(self.headers.get("Content-Length", "0"))
        self.body = self.rfile.read(length)
        script = self.server.script
        with script.guard:
            script.seen.append(
                Seen(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self.body)
            )
            answer = script.queue.pop(0) if script.queue else script.default
        self.close_connection = True
        answer(self)

    do_GET = do_PUT = do_POST = do_HEAD = do_PATCH = do_DELETE = _any

    def log_message(self, format: str, *args: object) -> None:
        return

    def json(self, status: int, value: object, kind: str = "application/json", **headers: str) -> None:
        self.bytes(status, json.dumps(value, ensure_ascii=False).encode(), kind, **headers)

    def bytes(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    script: ScriptedCentre

    def handle_error(self, request: object, client_address: object) -> None:
        return  # the client hung up on purpose


class ScriptedCentre:
    """`with ScriptedCentre() as centre:`; answers come from `queue`, then from `default`."""

    def __init__(self, default: Answer | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.guard = threading.Lock()
        self.seen: list[Seen] = []
        self.queue: list[Answer] = []
        self.stored: dict[str, bytes] = {}
        self.puts = 0
        self.default: Answer = default or self.store
        self.early: Callable[[Handler], bool] = lambda request: False  # True: answered before the body was read
        self.missing: set[str] = set()  # hashes of files that have to come first
        self.release = threading.Event()
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.script = self
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            # The handshake belongs to the request's own thread, not to the one that accepts.
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> ScriptedCentre:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # ------------------------------------------------------------------ answers

    def store(self, request: Handler) -> None:
        """A small honest centre: 201, 200 same bytes, 409 other bytes; enough of the rest to keep a worker happy."""
        path = request.path
        if request.command == "PUT" and path.startswith("/v1/cases/"):
            status, answer = self.put(path.rsplit("/", 1)[1], request.body)
            request.json(status, answer, "application/json" if status < 400 else "application/problem+json")
        elif path == "/v1/cases/batch":
            results = []
            for case in json.loads(request.body)["cases"]:
                status, answer = self.put(case["case_id"], case["body"].encode())
                result = {"case_id": case["case_id"], "status": status, "answer": None, "problem": None}
                result["missing"] = answer["missing"] if status == 202 else None
                result["answer" if status in (200, 201) else "problem"] = None if status == 202 else answer
                results.append(result)
            request.json(200, {"results": results})
        elif path == "/v1/cases/known":
            asked = json.loads(request.body)["ids"]
            held = {id: hashlib.sha256(self.stored[id]).hexdigest() for id in asked if id in self.stored}
            request.json(200, {"known": held})
        elif path == "/v1/sealing-keys":
            x = bytes(range(32))
            key = {"kid": hashlib.sha256(x).hexdigest()[:16], "alg": "HPKE-X25519-HKDF-SHA256-CHACHA20POLY1305"}
            request.json(200, {"keys": [{**key, "x": base64.urlsafe_b64encode(x).decode().rstrip("=")}]})
        elif path == "/v1/catalogue":
            request.json(200, {"version": "0", "items": []}, ETag='"0"')
        elif path == "/v1/citizen-code/keys":
            key = {"kid": "k1", "alg": "Ed25519", "x": "A" * 43, "not_after": "2027-01-01T00:00:00Z"}
            request.json(200, {"keys": [key]})
        elif path == "/v1/sites":
            request.json(200, {"sites": []}, ETag='"0"')
        elif path == "/v1/heartbeat":
            request.json(200, {"time": "2026-11-21T06:46:00Z", "catalogue_version": "0", "rating_tokens": []})
        elif path == "/v1/ratings":
            request.json(201, {"accepted": True})
        else:
            problem(404, "not-found")(request)

    def put(self, case_id: str, body: bytes) -> tuple[int, dict[str, object]]:
        """What a PUT of this case answers."""
        needed = [sha256 for sha256 in sorted(self.missing) if sha256.encode() in body]
        with self.guard:
            self.puts += 1
            if needed:
                return 202, {"case_id": case_id, "sha256": hashlib.sha256(body).hexdigest(), "missing": needed}
            before = self.stored.setdefault(case_id, body)
        if before is not body and before != body:
            told = {"type": "urn:kiosk:problem:case-conflict", "title": "case-conflict", "status": 409}
            return 409, {**told, "case_id": case_id}
        return 201 if before is body else 200, case_answer(case_id, body)


def case_answer(case_id: str, body: bytes, status: str = "accepted") -> dict[str, object]:
    return {
        "case_id": case_id,
        "sha256": hashlib.sha256(body).hexdigest(),
        "status": status,
        "accepted_at": "2026-11-21T06:46:00Z",
        "official_no": "YP-1",
        "ticket_no": None,
        "decision": None,
    }


def problem(status: int, word: str, **headers: str) -> Answer:
    def answer(request: Handler) -> None:
        value = {"type": f"urn:kiosk:problem:{word}", "title": word, "status": status}
        if request.command == "PUT" and request.path.startswith("/v1/cases/"):
            value["case_id"] = request.path.rsplit("/", 1)[1]
        request.json(status, value, "application/problem+json", **headers)

    return answer


def html(status: int) -> Answer:
    return lambda request: request.bytes(status, b"<html>please log in</html>", "text/html")


def reply(status: int, value: object, **headers: str) -> Answer:
    return lambda request: request.json(status, value, **headers)


def raw(data: bytes) -> Answer:
    """Exactly these bytes on the wire, then the end."""

    def answer(request: Handler) -> None:
        request.wfile.write(data)

    return answer


def cut(request: Handler) -> None:
    """Hang up without a byte."""
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    request.connection.close()
