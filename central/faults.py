"""Faults on purpose, demo only: a layer of plain ASGI around everything else.

It stands outermost, so that what a terminal meets is what a broken line or a login page would really give it; ``/demo``
and ``/desk`` stay reachable, they stand for the room and not for the line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from central.shed import HANG_UP, answer_first
from central.words import JSON

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
                await answer_first(receive, send, 200, LOGIN_PAGE, (b"content-type", b"text/html; charset=utf-8"))

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
