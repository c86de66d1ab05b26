"""The centres of the lab: the real one as a program of its own, and a little one that can be told to do wrong.

Whoever judges asks the real centre's database, not the centre: what is in there is what the city holds.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.lab.cases import TERMINAL, offered
from kiosk.app.options import ROOT
from kiosk.app.story.stage import die_with_parent, environment
from kiosk.central_api import HttpCaseApi
from kiosk.central_api.wire import Reply
from kiosk.ports.central import Catalogue, CatalogueItem, GatewayFault, RetryLater

READY_S = 60.0


@dataclass(frozen=True, slots=True)
class RealCentre:
    """The reference centre in a process of its own."""

    url: str
    database: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def item(self) -> CatalogueItem:
        """What the lab's cases are about, as this centre offers it."""
        catalogue = HttpCaseApi(self.url, terminal=TERMINAL).catalogue(None)
        if not isinstance(catalogue, Catalogue):
            raise RuntimeError(f"the centre offers nothing: {catalogue}")
        return offered(catalogue)

    def held(self) -> Counter[str]:
        """How often the centre's database holds each case."""
        return held_in(self.database)


def held_in(database: Path) -> Counter[str]:
    """How often a real centre's database holds each case."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10.0)) as connection:
        return Counter(row[0] for row in connection.execute("SELECT case_id FROM cases"))


@contextlib.contextmanager
def real_centre(folder: Path, *more: str) -> Iterator[RealCentre]:
    """Start it with its data in `folder`; it ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    arguments = ["-m", "central", "--listen", "127.0.0.1:0", "--state", str(folder), "--residents", "20", "--demo"]
    with (folder / "centre.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments, *more],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=ROOT,
            env=environment(),
            text=True,
            preexec_fn=die_with_parent,
        )
    try:
        if process.stdout is None:
            raise RuntimeError("the centre has no voice")
        for line in process.stdout:
            if line.startswith("ready "):
                yield RealCentre(line.split()[1], folder / "central.sqlite")
                break
        else:
            raise RuntimeError(f"the centre did not start: {(folder / 'centre.log').read_text('utf-8')[-400:]}")
    finally:
        process.terminate()
        try:
            process.wait(5.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


@dataclass(slots=True)
class LittleCentre:
    """Takes every well-formed case and keeps a book of it. For controls, and where the centre has to answer on cue.

    `forgets`: it does not know an id again, so a case that comes twice is there twice. `say`: case id -> status that
    this case always gets. `stumbles`: how often it fails on a case before it takes it. `think_s`: how long an answer
    takes after the case was written into the book.
    """

    forgets: bool = False
    say: Mapping[str, int] = field(default_factory=dict)
    stumbles: dict[str, int] = field(default_factory=dict)
    think_s: float = 0.0
    held: Counter[str] = field(default_factory=Counter)
    order: list[str] = field(default_factory=list)
    requests: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, case_id: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and answer for one case."""
        status = self.say.get(case_id)
        if self.stumbles.get(case_id):
            self.stumbles[case_id] -= 1
            status = 500
        if status is not None:
            told = {"type": f"urn:kiosk:problem:lab-{status}", "title": "as told", "status": status}
            return status, {**told, "case_id": case_id}
        with self.guard:
            known = case_id in self.held and not self.forgets
            if not known:
                self.held[case_id] += 1
                self.order.append(case_id)
        return 200 if known else 201, {
            "case_id": case_id,
            "sha256": hashlib.sha256(body).hexdigest(),
            "status": "received",
            "accepted_at": "2026-11-21T06:46:00Z",
            "official_no": None,
            "ticket_no": None,
            "decision": None,
        }

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and JSON of any request a terminal makes."""
        parts = path.strip("/").split("/")
        if method == "PUT" and parts[:2] == ["v1", "cases"]:
            return self.put(parts[2], body)
        match path:
            case "/v1/cases/batch":
                results = []
                for entry in json.loads(body)["cases"]:
                    status, told = self.put(entry["case_id"], entry["body"].encode())
                    good = status < 300
                    results.append(
                        {
                            "case_id": entry["case_id"],
                            "status": status,
                            "answer": told if good else None,
                            "problem": None if good else told,
                        }
                    )
                return 200, {"results": results}
            case "/v1/catalogue":
                return 200, {"version": "1", "items": []}
            case "/v1/citizen-code/keys" | "/v1/sealing-keys":
                return 200, {"keys": []}
            case "/v1/sites":
                return 200, {"sites": []}
            case "/v1/heartbeat":
                return 200, {"time": "2026-11-21T06:46:00Z", "rating_tokens": []}
        return 404, {"type": "urn:kiosk:problem:not-found", "title": "not found", "status": 404}


@contextlib.contextmanager
def little_centre(centre: LittleCentre) -> Iterator[LittleCentre]:
    """Serve it on loopback until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with centre.guard:
                centre.requests += 1
            status, told = centre.answer(self.command, self.path, body)
            if centre.think_s:
                time.sleep(centre.think_s)
            data = json.dumps(told).encode()
            kind = "application/json" if status < 400 else "application/problem+json"
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = _do

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = False
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A terminal that was killed in the middle of an answer is what this is for."""

    server = Server(("127.0.0.1", 0), Handler)
    centre.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="little centre")
    thread.start()
    try:
        yield centre
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class DirectApi(HttpCaseApi):
    """A little centre without a wire between: for clocks that run ahead of ours. `down`: nobody answers."""

    def __init__(self, centre: LittleCentre) -> None:
        super().__init__("http://127.0.0.1:9", terminal=TERMINAL)
        self._centre = centre
        self.down = False

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        cap: int | None = None,
    ) -> Reply | RetryLater | GatewayFault:
        if self.down:
            return RetryLater(None, "unreachable")
        self._centre.requests += 1
        status, told = self._centre.answer(method, path, body or b"")
        kind = "application/json" if status < 400 else "application/problem+json"
        return Reply(status, {"content-type": kind}, json.dumps(told).encode())
