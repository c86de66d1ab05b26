"""The layers around the application: faults on purpose (demo only), and shedding load.

Both are plain ASGI. The faults stand outermost, so that what a terminal meets is what a broken line or a login page
would really give it; ``/demo`` and ``/desk`` stay reachable, they stand for the room and not for the line.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from central.problems import Problem
from central.words import JSON

HANG_UP = "central.hang_up"
LOGIN_PAGE = (
    "<!DOCTYPE html><html><head><title>Network login</title></head><body><h1>请先登录网络 / Log in to the network</h1>"
    "<form method='post' action='/login'>"
    "<input name='user'><input name='password' type='password'></form></body></html>"
).encode()


class Line(H11Protocol):
    """uvicorn's HTTP/1.1 protocol, which also lets a layer close the connection without an answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner: Callable[..., Any] = self.app

        async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
            scope[HANG_UP] = self.hang_up
            await inner(scope, receive, send)

        self.app = app

    def hang_up(self) -> None:
        """Close the connection now, whatever was or was not sent."""
        self.transport.close()


@dataclass(slots=True)
class FaultState:
    """The fault in force. Changed by the demo panel alone; read in the server's one thread."""

    mode: str = "up"
    delay_s: float = 0.0
    only: str = ""
    agency_down: str = ""
    """A child item of bundles whose agency cannot be reached; "" none. The line to the centre is another matter."""

    def set(self, request: JSON) -> None:
        """Take over a ``Fault`` of the contract; slow without a delay takes five seconds."""
        self.mode = request["mode"]
        self.delay_s = float(request.get("delay_s", 5.0 if self.mode == "slow" else 0.0))
        self.only = request.get("only", "")
        self.agency_down = request.get("agency_down", self.agency_down)

    def agencies_down(self) -> frozenset[str]:
        """The child items whose agency cannot be reached now."""
        return frozenset({self.agency_down}) if self.agency_down else frozenset()

    def as_json(self) -> JSON:
        """The ``Fault`` of the contract."""
        return {"mode": self.mode, "delay_s": self.delay_s, "only": self.only, "agency_down": self.agency_down}


class FaultLayer:
    """Applies the fault in force to every request it touches."""

    def __init__(self, app: ASGIApp, state: FaultState) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or not self._touches(scope["path"]):
            await self._app(scope, receive, send)
            return
        match self._state.mode:
            case "down":
                await _hang_up(scope, receive)
            case "cut":
                await self._app(scope, receive, _swallow)
                await _hang_up(scope, receive)
            case "slow":
                await self._app(scope, receive, _late(send, self._state.delay_s))
            case _:
                await _drain(receive)
                await _answer(send, 200, LOGIN_PAGE, (b"content-type", b"text/html; charset=utf-8"))

    def _touches(self, path: str) -> bool:
        if self._state.mode == "up" or path == "/desk" or path.startswith("/demo/"):
            return False
        return path.startswith(self._state.only)


async def _swallow(_message: Message) -> None:
    """Stands where the answer would have gone."""


def _late(send: Send, delay_s: float) -> Send:
    async def later(message: Message) -> None:
        # The work is done, the answer is late: what a terminal must not take for "not stored".
        if message["type"] == "http.response.start":
            await asyncio.sleep(delay_s)
        await send(message)

    return later


async def _hang_up(scope: Scope, receive: Receive) -> None:
    scope[HANG_UP]()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drain(receive: Receive, limit: int = 16 << 20) -> None:
    """Read the body away, so that closing does not reset the line before the answer is read."""
    left = limit
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


async def _answer(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": body})


class ShedLayer:
    """Refuses with 503 what would be too much for the centre, and with 429 what is too much for one terminal.

    A late "no" costs more than an early one: the refusal comes before the body is looked at, and carries Retry-After.
    """

    def __init__(self, app: ASGIApp, title: Callable[[str], str], *, max_in_flight: int, max_per_terminal: int) -> None:
        self._app = app
        self._title = title
        self._max = max_in_flight
        self._max_per_terminal = max_per_terminal
        self._all = 0
        self._by_terminal: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or not scope["path"].startswith(("/v1/", "/track/")):
            await self._app(scope, receive, send)
            return
        terminal = _terminal(scope)
        if self._all >= self._max:
            await self._refuse(Problem("overloaded", retry_after_s=5), receive, send)
            return
        if terminal and self._by_terminal[terminal] >= self._max_per_terminal:
            await self._refuse(Problem("too-many-requests", retry_after_s=2), receive, send)
            return
        self._all += 1
        self._by_terminal[terminal] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._all -= 1
            self._by_terminal[terminal] -= 1
            if not self._by_terminal[terminal]:
                del self._by_terminal[terminal]

    async def _refuse(self, problem: Problem, receive: Receive, send: Send) -> None:
        await _drain(receive)
        body = json.dumps(problem.as_json(self._title(problem.name)), ensure_ascii=False).encode()
        after = (b"retry-after", str(problem.retry_after_s).encode())
        await _answer(send, problem.status, body, (b"content-type", b"application/problem+json"), after)


def _terminal(scope: Scope) -> str:
    """The terminal whose case this is, "" for all other requests."""
    parts = scope["path"].split("/")
    return parts[3].split("-")[0] if len(parts) == 4 and parts[2] == "cases" and scope["method"] == "PUT" else ""
