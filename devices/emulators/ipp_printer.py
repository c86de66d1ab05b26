"""The emulated IPP printer on the network: an HTTP server on loopback, the documents that came out, and line faults.

What comes out lies as `document-NNN.pdf` in the folder, which is the paper tray of the demo. Faults are those of the
serial lines: silence, delay, garble, a cable that is pulled; `cut_document` pulls it when so many bytes have come.
"""

from __future__ import annotations

import contextlib
import http.client
import http.server
import io
import os
import socket
import threading
import time
from pathlib import Path

from devices.codecs.ipp import IppError, Operation, decode, encode
from devices.emulators.ipp_model import IppModel
from devices.emulators.model import Args, Refused, int_arg, seconds_arg
from devices.emulators.wire import WireLog
from kiosk.domain.devices import DOCUMENT_PRINTER

PATH = "/ipp/print"
LINE_VERBS = frozenset({"delay", "garble", "silence", "fail_after_bytes", "cut_document", "unplug", "plug", "state"})
_MAX_BODY = 64 << 20
_READ_BYTES = 16384
_SOCKET_S = 30.0
_WITH_DOCUMENT = tuple(each.to_bytes(2, "big") for each in (Operation.PRINT_JOB, Operation.SEND_DOCUMENT))


class EmulatedIppPrinter:
    """Plugged in at once, on `port` (0: a free one, kept from then on). End with `close()`."""

    def __init__(
        self, folder: Path, *, port: int = 0, pages_per_minute: int = 120, wire: WireLog | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("document-[0-9][0-9][0-9].pdf"):
            old.unlink()
        self._folder = folder
        self._wire = wire
        self._documents = 0
        self._port = port
        self._changed = threading.Condition(threading.RLock())
        self._model = IppModel(self._keep, pages_per_minute=pages_per_minute)
        self._server: _Server | None = None
        self._closing = False
        self._delay_s = 0.0
        self._garble = 0
        self._silent_until = 0.0
        self._cut_at: int | None = None
        self._cut_document_at: int | None = None
        self.plug()
        self._thread = threading.Thread(target=self._run, name="ipp-printer", daemon=True)
        self._thread.start()

    @property
    def verbs(self) -> frozenset[str]:
        """Every control command it knows."""
        return self._model.verbs | LINE_VERBS

    @property
    def url(self) -> str:
        """Where the printer is reached, also while it is unplugged."""
        return f"ipp://127.0.0.1:{self._port}{PATH}"

    # --- control ------------------------------------------------------------------------------------------------

    def act(self, do: str, args: Args) -> dict[str, object]:
        """Carry out a control command; the answer's facts. Raises Refused."""
        with self._changed:
            facts: dict[str, object] = {}
            if do in self._model.verbs:
                self._model.act(do, args)
            elif do in LINE_VERBS:
                facts = self._line_act(do, args)
            else:
                known = ", ".join(sorted(self.verbs))
                raise Refused(f"{DOCUMENT_PRINTER} cannot {do!r}; it can {known}")
            self._changed.notify_all()
            return facts

    def plug(self) -> None:
        """Switch the printer on at its port."""
        with self._changed:
            if self._server is not None:
                raise Refused("already plugged in")
            self._model.power_cycle()
            self._server = _Server(self._port, self)
            self._port = self._server.server_address[1]
            self._changed.notify_all()

    def unplug(self) -> None:
        """Switch it off: its jobs are gone and every connection is cut."""
        with self._changed:
            if self._server is None:
                raise Refused("already unplugged")
            server, self._server = self._server, None
            self._model.power_cycle()
            self._changed.notify_all()
        server.end()

    def close(self) -> None:
        """Unplug and end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        with contextlib.suppress(Refused):
            self.unplug()
        self._thread.join(2.0)

    def _line_act(self, do: str, args: Args) -> dict[str, object]:
        match do:
            case "plug":
                self.plug()
            case "unplug":
                self.unplug()
            case "delay":
                self._delay_s = seconds_arg(args, "ms", 0.0) / 1000 if "ms" in args else seconds_arg(args, "seconds", 1)
            case "garble":
                self._garble = int_arg(args, "count", 1)
            case "silence":
                self._silent_until = _silence(args)
            case "fail_after_bytes":
                self._cut_at = int_arg(args, "bytes", 0)
            case "cut_document":
                self._cut_document_at = int_arg(args, "bytes", 0)
            case _:
                plugged = self._server is not None
                return {"state": {**self._model.state(), "plugged": plugged, "url": self.url}}
        return {}

    # --- printing -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        with self._changed:
            while not self._closing:
                due = self._model.advance(time.monotonic())
                self._changed.wait(None if due is None else max(0.0, due - time.monotonic()))

    def _keep(self, pdf: bytes) -> None:
        self._documents += 1
        name = f"document-{self._documents:03d}.pdf"
        fresh = self._folder / f".{name}"
        fresh.write_bytes(pdf)
        os.replace(fresh, self._folder / name)

    # --- for the server's threads -------------------------------------------------------------------------------

    def cut_document_at(self) -> int | None:
        """After how many bytes of this request's body the connection breaks, if it does."""
        with self._changed:
            return self._cut_document_at

    def cut(self) -> None:
        """It broke: once is enough."""
        with self._changed:
            self._cut_document_at = None

    def exchange(self, body: bytes) -> bytes | None:
        """The answer's body, as spoilt as ordered; None: no answer."""
        with self._changed:
            try:
                request, size = decode(body)
                self._record("host>dev", body[:size])
                answer = bytearray(encode(self._model.answer(request, body[size:], self.url)))
            except IppError:
                return None
            self._changed.notify_all()  # there may be something to print
            self._changed.wait_for(lambda: self._closing or self._server is None, self._delay_s)
            while time.monotonic() < self._silent_until and not self._closing and self._server is not None:
                self._changed.wait(min(1.0, self._silent_until - time.monotonic()))
            if self._closing or self._server is None:
                return None
            if self._garble:
                self._garble -= 1
                answer[7] ^= 0x55  # the request id: no host may take this for its answer
                answer[len(answer) // 2] ^= 0x55
            self._record("dev>host", answer)
            return bytes(answer)

    def shortened(self, raw: bytes) -> tuple[bytes, bool]:
        """The bytes that reach the host of an answer, and whether the line breaks then."""
        with self._changed:
            at, self._cut_at = self._cut_at, None
            return (raw, False) if at is None else (raw[:at], True)

    def _record(self, direction: str, data: bytes | bytearray) -> None:
        if self._wire is not None:
            self._wire.write(DOCUMENT_PRINTER, "host>dev" if direction == "host>dev" else "dev>host", bytes(data))


def _silence(args: Args) -> float:
    if "seconds" in args:
        return time.monotonic() + seconds_arg(args, "seconds")
    on = args.get("on", True)
    if not isinstance(on, bool):
        raise Refused("on must be true or false")
    return float("inf") if on else 0.0


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, printer: EmulatedIppPrinter) -> None:
        self.printer = printer
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="ipp-http", daemon=True)
        self._thread.start()

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        assert isinstance(request, socket.socket)
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        assert isinstance(request, socket.socket)
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A host that goes away in the middle is nothing to speak of."""

    def end(self) -> None:
        """Stop listening and cut every connection."""
        self.shutdown()
        self.server_close()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(2.0)


class _Cut(Exception):
    """The line breaks while the document comes."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SOCKET_S
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the wire record has it all."""

    def do_POST(self) -> None:
        printer = self.server.printer
        if self.path != PATH:
            return self._refuse(404)
        if self.headers.get_content_type() != "application/ipp":
            return self._refuse(415)
        try:
            body = self._body(printer.cut_document_at())
        except (_Cut, ValueError, OSError, http.client.HTTPException) as error:
            if isinstance(error, _Cut):
                printer.cut()
            self.close_connection = True
            return None
        answer = printer.exchange(body)
        if answer is None:
            self.close_connection = True
            return None
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: {len(answer)}\r\n\r\n".encode()
        raw, broken = printer.shortened(head + answer)
        self.wfile.write(raw)
        self.close_connection = self.close_connection or broken
        return None

    def _refuse(self, status: int) -> None:
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _body(self, cut_at: int | None) -> bytes:
        """Raises _Cut, or ValueError for a body that is none."""
        body = io.BytesIO()

        def take(size: int) -> None:
            while size:
                piece = self.rfile.read(min(size, _READ_BYTES))
                if not piece or body.tell() + len(piece) > _MAX_BODY:
                    raise ValueError("body")
                body.write(piece)
                size -= len(piece)
                if cut_at is not None and body.tell() > cut_at and bytes(body.getbuffer()[2:4]) in _WITH_DOCUMENT:
                    raise _Cut

        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            take(int(self.headers.get("Content-Length", "0")))
            return body.getvalue()
        while size := int(self.rfile.readline(64).split(b";")[0], 16):
            take(size)
            self.rfile.readline(8)
        while self.rfile.readline(1024).strip():
            pass  # trailers
        return body.getvalue()
