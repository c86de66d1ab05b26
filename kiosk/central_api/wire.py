"""One HTTP exchange with an end: total deadline, size cap, no redirect, no proxy, no system trust.

Imported at the first call, not at start: `requests` is not needed to paint the attract screen.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager

from kiosk.ports.central import GatewayFault, RetryLater

CHUNK_BYTES = 16 << 10


@dataclass(frozen=True, slots=True)
class Trust:
    """Files of mutual TLS: the private CA, and this terminal's certificate and key."""

    ca_file: str | None
    client_cert: str | None
    client_key: str | None


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def is_json(self) -> bool:
        kind = self.headers.get("content-type", "").split(";")[0].strip().lower()
        return kind in ("application/json", "application/problem+json")


class _Deadline:
    """Shuts the sockets of one exchange down when its time is over.

    A read time-out counts between bytes only, so a peer that drips one byte now and then would hold us for ever.
    """

    def __init__(self, seconds: float) -> None:
        self._guard = threading.Lock()
        self._sockets: list[socket.socket] = []
        self.hit = False
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True
        self._timer.name = "http-deadline"

    def __enter__(self) -> _Deadline:
        self._timer.start()
        _current.deadline = self
        return self

    def __exit__(self, *_: object) -> None:
        _current.deadline = None
        self._timer.cancel()
        self._timer.join()

    def watch(self, sock: socket.socket) -> None:
        with self._guard:
            self._sockets.append(sock)
            if self.hit:
                _shut(sock)

    def _fire(self) -> None:
        with self._guard:
            self.hit = True
            for sock in self._sockets:
                _shut(sock)


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class _Current(threading.local):
    deadline: _Deadline | None = None


_current = _Current()


class _Plain(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _watch(self.sock)


class _Secure(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _watch(self.sock)


def _watch(sock: socket.socket | None) -> None:
    if _current.deadline is not None and sock is not None:
        _current.deadline.watch(sock)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Adapter(HTTPAdapter):
    """The stock adapter over connections that a deadline can end."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        manager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **options)
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
        self.poolmanager = manager


def _is_not_http(error: BaseException) -> bool:
    """True when bytes came that are no HTTP; a peer that hung up without a byte is only out of reach."""
    for cause in error.args:
        for inner in (cause, *getattr(cause, "args", ())):
            if isinstance(inner, http.client.HTTPException) and not isinstance(inner, http.client.RemoteDisconnected):
                return True
    return False


def exchange(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None,
    trust: Trust,
    connect_timeout_s: float,
    total_timeout_s: float,
    cap_bytes: int,
) -> Reply | RetryLater | GatewayFault:
    """Send and read to the end. Never raises for what the other side does."""
    started = time.monotonic()
    with requests.Session() as session, _Deadline(total_timeout_s) as deadline:
        session.trust_env = False
        adapter = _Adapter(max_retries=0)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        cert = None if trust.client_cert is None else (trust.client_cert, trust.client_key or trust.client_cert)
        try:
            with session.request(
                method,
                url,
                data=body,
                # Identity only: a compressed answer could be small on the wire and endless in memory.
                headers={"Accept-Encoding": "identity", "Connection": "close", **headers},
                timeout=(min(connect_timeout_s, total_timeout_s), total_timeout_s),
                allow_redirects=False,
                stream=True,
                verify=trust.ca_file or True,
                cert=cert,
            ) as answer:
                if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                    return GatewayFault("encoded")
                data = bytearray()
                while chunk := answer.raw.read(CHUNK_BYTES, decode_content=False):
                    data += chunk
                    if len(data) > cap_bytes:
                        return GatewayFault("too_big")
                if deadline.hit:
                    return RetryLater(None, "timeout")
                names = {name.lower(): value for name, value in answer.headers.items()}
                return Reply(answer.status_code, names, bytes(data))
        except requests.exceptions.SSLError:
            return RetryLater(None, "timeout") if deadline.hit else GatewayFault("tls")
        except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError):
            return RetryLater(None, "timeout")
        except (requests.exceptions.ConnectionError, urllib3.exceptions.ProtocolError, OSError) as error:
            if deadline.hit or time.monotonic() - started >= total_timeout_s:
                return RetryLater(None, "timeout")
            if isinstance(error, urllib3.exceptions.ProtocolError):
                return GatewayFault("cut_short")
            return GatewayFault("not_http") if _is_not_http(error) else RetryLater(None, "unreachable")
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, ValueError):
            return RetryLater(None, "timeout") if deadline.hit else GatewayFault("not_http")
