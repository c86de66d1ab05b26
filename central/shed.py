"""How much the centre takes on: refusals while it is busy, and an end to bodies that do not come.

Plain ASGI around the application. A late "no" costs more than an early one, so a refusal is written before a byte of
the body is read, and carries Retry-After.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central.problems import Problem

HANG_UP: Final = "central.hang_up"
"""Where in a scope the server leaves the means to close the connection."""
MOST_READ_AWAY: Final = 20 << 20
READ_AWAY_S: Final = 5.0


class ShedLayer:
    """Refuses with 503 what would be too much for the centre, and with 429 what is too much for one terminal.

    Of what is taken on, each piece of the body has to come within ``body_idle_s`` seconds; else the line counts as cut.
    """

    def __init__(
        self,
        app: ASGIApp,
        title: Callable[[str], str],
        *,
        max_in_flight: int,
        max_per_terminal: int,
        body_idle_s: float,
    ) -> None:
        self._app = app
        self._title = title
        self._max = max_in_flight
        self._max_per_terminal = max_per_terminal
        self._body_idle_s = body_idle_s
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
            await self._app(scope, _patient(scope, receive, self._body_idle_s), send)
        finally:
            self._all -= 1
            self._by_terminal[terminal] -= 1
            if not self._by_terminal[terminal]:
                del self._by_terminal[terminal]

    async def _refuse(self, problem: Problem, receive: Receive, send: Send) -> None:
        body = json.dumps(problem.as_json(self._title(problem.name)), ensure_ascii=False).encode()
        after = (b"retry-after", str(problem.retry_after_s).encode())
        await answer_first(receive, send, problem.status, body, (b"content-type", b"application/problem+json"), after)


async def answer_first(receive: Receive, send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    """Answer, then read the request's body away for a while: whoever is still sending would not read a closed line."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    left = MOST_READ_AWAY
    try:
        async with asyncio.timeout(READ_AWAY_S):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    break
    except TimeoutError:
        pass
    await send({"type": "http.response.body", "body": b""})


def _patient(scope: Scope, receive: Receive, idle_s: float) -> Receive:
    """The same, but a body that stands still is a client that has gone."""
    whole = False

    async def within() -> Message:
        nonlocal whole
        if whole:  # from now on this waits for the client to go, which may take as long as the answer
            return await receive()
        try:
            async with asyncio.timeout(idle_s):
                message = await receive()
        except TimeoutError:
            if HANG_UP in scope:
                scope[HANG_UP]()
            return {"type": "http.disconnect"}
        whole = not message.get("more_body", False)
        return message

    return within


def _terminal(scope: Scope) -> str:
    """The terminal whose case this is, "" for all other requests."""
    parts = scope["path"].split("/")
    return parts[3].split("-")[0] if len(parts) == 4 and parts[2] == "cases" and scope["method"] == "PUT" else ""
