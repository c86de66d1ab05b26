"""IPP over HTTP (RFC 8010 §4): one POST, one answer, one connection, each with its time and size bounded.

Redirects are not followed and no proxy is asked: the settings name the printer. A document goes out in chunks, and
between two of them the caller is asked whether it is still wanted, also while the printer takes none, and while it has
the whole and does not answer yet.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from devices.codecs.ipp import MAX_MESSAGE_BYTES, IppError, Message, decode, encode
from devices.errors import BadAnswer, DeviceFault, NoAnswer, PortDenied, PortLost, PortMissing

_PIECE_BYTES = 4096  # a socket that is writable takes this much without waiting
_STALL_S = 1.0
_LOOK_S = 0.1
_READ_BYTES = 16384
_DENIED = (401, 403, 426)
DEFAULT_PORT = 631


@dataclass(frozen=True, slots=True)
class PrinterUrl:
    """`ipp://HOST[:PORT]/PATH`, or ipps for TLS."""

    host: str
    port: int
    path: str
    tls: bool

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'ipps' if self.tls else 'ipp'}://{host}:{self.port}{self.path}"


def printer_url(text: str) -> PrinterUrl | None:
    """The parts of a printer's URL; None when it is none."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    odd = parts.username is not None or parts.query or parts.fragment or not text.isascii() or " " in text
    if parts.scheme not in ("ipp", "ipps") or not host or odd or port == 0:
        return None
    return PrinterUrl(host, port or DEFAULT_PORT, parts.path or "/", parts.scheme == "ipps")


class Stopped(Exception):
    """The document was no longer wanted; the connection has been cut. `whole`: the printer may have all of it."""

    def __init__(self, *, whole: bool) -> None:
        super().__init__()
        self.whole = whole


class IppHttp:
    """`ca_file`: whose certificates an ipps printer may show, usually its own; None trusts what the system trusts.

    With a `ca_file` the name in the certificate is not compared: printers make up their own.
    """

    def __init__(
        self, url: PrinterUrl, *, ca_file: str | None = None, connect_s: float = 3.0, answer_s: float = 5.0
    ) -> None:
        self._url = url
        self._ca_file = ca_file
        self._connect_s = connect_s
        self._answer_s = answer_s

    def exchange(
        self, request: Message, document: bytes | None = None, wanted: Callable[[bool], bool] = lambda stalled: True
    ) -> Message:
        """Send a request, and the document behind it; the answer. Raises DeviceFault, or Stopped.

        `wanted` is asked between pieces and until the answer is there, and each second while the printer takes none;
        it is told when that is so.
        """
        connection = self._connection()
        try:
            try:
                connection.connect()
            except (ssl.SSLError, ssl.CertificateError) as error:
                raise PortDenied(str(self._url)) from error
            except OSError as error:
                raise PortMissing(str(self._url)) from error
            return self._ask(connection, request, document, wanted)
        except TimeoutError as error:
            raise NoAnswer(str(self._url)) from error
        except OSError as error:
            raise PortLost(str(self._url)) from error
        except (http.client.HTTPException, IppError, ValueError) as error:
            raise BadAnswer(str(self._url)) from error
        finally:
            with contextlib.suppress(OSError):
                connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        url = self._url
        if not url.tls:
            return http.client.HTTPConnection(url.host, url.port, timeout=self._connect_s)
        return http.client.HTTPSConnection(url.host, url.port, timeout=self._connect_s, context=self._tls)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self._ca_file)
        except OSError as error:
            raise PortDenied(str(self._ca_file)) from error
        context.check_hostname = self._ca_file is None
        return context

    def _ask(
        self,
        connection: http.client.HTTPConnection,
        request: Message,
        document: bytes | None,
        wanted: Callable[[bool], bool],
    ) -> Message:
        head = encode(request)
        connection.sock.settimeout(self._answer_s)
        connection.putrequest("POST", self._url.path, skip_accept_encoding=True)
        connection.putheader("Content-Type", "application/ipp")
        if document is None:
            connection.putheader("Content-Length", str(len(head)))
            connection.endheaders(head)
        else:
            connection.putheader("Transfer-Encoding", "chunked")
            pieces = _pieces(connection.sock, head, document, wanted)
            connection.endheaders(pieces, encode_chunked=True)
        deadline = time.monotonic() + self._answer_s
        connection.response_class = lambda sock, *args, **named: _Answer(sock, deadline, wanted, *args, **named)  # type: ignore[assignment]
        with contextlib.closing(connection.getresponse()) as answer:
            if answer.status != 200:
                raise _refusal(answer.status)(f"{self._url} HTTP {answer.status}")
            if answer.headers.get_content_type() != "application/ipp":
                raise BadAnswer(str(self._url))
            message, _ = decode(_read(answer))
        if message.version[0] not in (1, 2) or message.request_id != request.request_id:
            raise BadAnswer(str(self._url))
        return message


def _refusal(status: int) -> type[DeviceFault]:
    if status in _DENIED:
        return PortDenied
    return PortMissing if status == 404 else BadAnswer


def _read(answer: http.client.HTTPResponse) -> bytes:
    data = bytearray()
    while piece := answer.read(_READ_BYTES):
        data += piece
        if len(data) > MAX_MESSAGE_BYTES:
            raise IppError("answer too long")
    return bytes(data)


def _pieces(sock: socket.socket, head: bytes, document: bytes, wanted: Callable[[bool], bool]) -> Iterator[bytes]:
    yield head
    for at in range(0, len(document), _PIECE_BYTES):
        stalled = False
        while True:
            if not wanted(stalled):
                raise Stopped(whole=False)
            if select.select([], [sock], [], _STALL_S)[1]:
                break
            stalled = True
        yield document[at : at + _PIECE_BYTES]


class _Answer(http.client.HTTPResponse):
    """A response whose head and body together must be there by a deadline, however slowly they drip."""

    def __init__(
        self, sock: socket.socket, deadline: float, wanted: Callable[[bool], bool], debuglevel: int = 0, **named: str
    ) -> None:
        super().__init__(sock, debuglevel, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_Until(sock, deadline, wanted))


class _Until(io.RawIOBase):
    """Reads a socket up to a moment of the monotonic clock, or until what it answers to is not wanted any more."""

    def __init__(self, sock: socket.socket, deadline: float, wanted: Callable[[bool], bool]) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)  # keeps the socket open as long as this is
        self._deadline = deadline
        self._wanted = wanted

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int | None:
        while True:
            left = self._deadline - time.monotonic()
            self._sock.settimeout(max(0.001, min(left, _LOOK_S)))
            try:
                return self._sock.recv_into(buffer)  # type: ignore[arg-type]
            except TimeoutError:
                if left <= 0:
                    raise
                if not self._wanted(False):
                    raise Stopped(whole=True) from None

    def close(self) -> None:
        self._raw.close()
        super().close()
