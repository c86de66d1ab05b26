"""A real centre on loopback for tests, a client that holds every answer to the contract, and the makings of a case."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import uvicorn

from central.app import Centre, Options
from central.contract import Contract
from central.faults import Line
from central.server import Server
from central.words import PEOPLE

CONTRACT = Contract()
PERSONS: dict[str, dict[str, Any]] = {p["key"]: p for p in json.loads(PEOPLE.read_text("utf-8"))["people"]}
NOW = datetime(2026, 11, 21, 6, 46, tzinfo=UTC)


class SetClock:
    """A clock that stands where it is put."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class ThreadServer(Server):
    """The server without its signals, which only a main thread may have, and without its line."""

    def announce(self, url: str) -> None:
        pass

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _templates() -> list[tuple[str, re.Pattern[str]]]:
    return [
        (path, re.compile(re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(path)) + "$"))
        for path in sorted(CONTRACT.document["paths"], key=lambda p: (p.count("{"), p))
    ]


TEMPLATES = _templates()
SEEN: set[tuple[str, str, str]] = set()
"""(path template, method, status) of every answer any test has got."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        """The last part of the problem type, "" when this is none."""
        if self.headers.get("content-type") != "application/problem+json" or not self.body:
            return ""
        return str(self.json["type"]).removeprefix("urn:kiosk:problem:")


def held_to_contract(method: str, path: str, answer: Answer) -> Answer:
    """Fail unless the contract declares this answer: address, method, status, type, schema."""
    bare = path.split("?")[0]
    for template, pattern in TEMPLATES:
        operation = CONTRACT.document["paths"][template].get(method.lower())
        if operation is None or not pattern.match(bare):
            continue
        SEEN.add((template, method.lower(), str(answer.status)))
        declared = operation["responses"].get(str(answer.status))
        assert declared is not None, f"{method} {template} answered {answer.status}, which is not declared"
        if "$ref" in declared:
            declared = CONTRACT.document["components"]["responses"][declared["$ref"].rsplit("/", 1)[1]]
        for header, rule in declared.get("headers", {}).items():
            assert header.lower() in answer.headers, f"{method} {template} {answer.status} lacks {header}: {rule}"
        content = declared.get("content", {})
        kind = answer.headers.get("content-type", "").split(";")[0]
        assert kind in content or not content, f"{method} {template} {answer.status} came as {kind}"
        schema = content.get(kind, {}).get("schema", {})
        if kind.endswith("json") and "$ref" in schema:
            assert CONTRACT.faults(schema["$ref"].rsplit("/", 1)[1], answer.json) == ()
        if kind == "application/problem+json" and method != "HEAD":
            name = answer.problem
            assert name in declared["description"].split("; "), f"{method} {template}: {name} is not declared"
            if template == "/v1/cases/{case_id}" and 400 <= answer.status < 500 and answer.status != 429:
                assert answer.json.get("case_id") == unquote(bare.rsplit("/", 1)[1]), f"{name} names no case"
        return answer
    assert answer.status in (404, 405), f"{method} {path} is not in the contract"
    assert CONTRACT.faults("Problem", answer.json) == ()
    return answer


@dataclass(slots=True)
class Client:
    """Asks one centre; a connection of its own for each request."""

    host: str
    port: int
    timeout_s: float = 20.0

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        return held_to_contract(method, path, self.ask_freely(method, path, body, **headers))

    def ask_freely(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """The same without looking at the contract."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout_s)
        try:
            told = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, told)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, value: Any) -> Answer:
        return self.ask("POST", path, json.dumps(value).encode(), Content_Type="application/json")

    def put_case(self, body: bytes, case_id: str | None = None, **headers: str) -> Answer:
        named = case_id or json.loads(body)["case_id"]
        return self.ask(
            "PUT",
            f"/v1/cases/{named}",
            body,
            **{"Content_Type": "application/json", "Content_Digest": digest(body), **headers},
        )

    def session(self, key: str, item_id: str) -> str:
        """An identity session of a demo person, by card."""
        card = {"number": PERSONS[key]["number"], "name": PERSONS[key]["name"]}
        answer = self.post("/v1/identity/sessions", {"method": "id_card", "card": card, "item_id": item_id})
        assert answer.status == 200, answer.body
        return str(answer.json["session"])


@dataclass(slots=True)
class Running:
    """A centre that runs in this process."""

    centre: Centre
    client: Client
    clock: SetClock

    def keep(self, *files: bytes) -> None:
        """Have these files at the centre, however they came."""
        with self.centre.store.write() as connection:
            for data in files:
                self.centre.files.keep(connection, data)


@contextlib.contextmanager
def running(state: Path, **options: Any) -> Iterator[Running]:
    """Serve a centre on loopback until the block ends."""
    clock = SetClock()
    wanted = {"demo": True, "residents": 50, "database": f"sqlite:///{state / 'central.sqlite'}", **options}
    centre = Centre(Options(state=state, **wanted), clock)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    config = uvicorn.Config(
        centre.asgi, http=Line, ws="none", lifespan="off", log_config=None, access_log=False, proxy_headers=False,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = ThreadServer(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="centre")
    thread.start()
    try:
        yield Running(centre, Client("127.0.0.1", listener.getsockname()[1]), clock)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        centre.close()
    assert not thread.is_alive()


def digest(body: bytes) -> str:
    """A Content-Digest header value."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


_counter = iter(range(1, 1_000_000))
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(terminal: str = "YP0301") -> str:
    """A case id nobody has used."""
    number, text = next(_counter), ""
    for _ in range(10):
        number, rest = divmod(number, 32)
        text = _ALPHABET[rest] + text
    return f"{terminal}-261121-{text}"
