"""An emulated device behind a TCP port of this machine: carries a model's bytes, and spoils them on request.

The same verbs as a line on a pseudo-terminal. Unplugged, nobody listens and every connection is cut; plugged in again,
the port is the same one.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time

from devices.emulators.line import LINE_VERBS
from devices.emulators.model import Args, Model, Refused, int_arg, seconds_arg
from devices.emulators.wire import WireLog

#: The verbs of a line on a pseudo-terminal but `pace`: a network has no pace of its own.
_TCP_VERBS = LINE_VERBS - {"pace"}
_CHUNK = 4096
_MAX_NOISE_BYTES = 1 << 20
_FLOOD_PIECE = 2048
_SEND_S = 2.0


class EmulatedTcp:
    """`port` 0 takes a free one. Start with `plug()`, end with `close()`. Any number of hosts may be connected."""

    def __init__(self, name: str, model: Model, wire: WireLog | None = None, *, port: int = 0) -> None:
        self._name = name
        self._model = model
        self._wire = wire
        self._port = port
        self._lock = threading.RLock()
        self._listener: socket.socket | None = None
        self._hosts: set[socket.socket] = set()
        self._delay_s = 0.0
        self._silent_until = 0.0
        self._garble, self._garble_at, self._garble_least = 0, -1, 0
        self._cut: tuple[int, int, bool] | None = None  # at, of answers not shorter than, pull the plug then
        self._flooded = 0

    @property
    def address(self) -> str:
        """HOST:PORT, as a driver's `tcp` option wants it."""
        return f"127.0.0.1:{self._port}"

    @property
    def verbs(self) -> frozenset[str]:
        """Every control command it knows."""
        return self._model.verbs | _TCP_VERBS

    def plug(self) -> None:
        """Begin to listen. Raises Refused."""
        with self._lock:
            if self._listener is not None:
                raise Refused("already plugged in")
            self._model.power_cycle()
            self._cut = None
            self._listener = socket.create_server(("127.0.0.1", self._port))
            self._port = self._listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(self._listener,), name=f"tcp-{self._name}", daemon=True).start()

    def unplug(self) -> None:
        """Stop listening and cut every connection. Raises Refused."""
        with self._lock:
            if self._listener is None:
                raise Refused("already unplugged")
            for each in (self._listener, *self._hosts):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
            self._hosts.clear()

    def close(self) -> None:
        """Unplug, if it is not."""
        with contextlib.suppress(Refused):
            self.unplug()

    def act(self, do: str, args: Args) -> dict[str, object]:
        """Carry out a control command; the answer's facts. Raises Refused."""
        with self._lock:
            if do in self._model.verbs:
                reaction = self._model.act(do, args)
                for data in reaction.send:
                    for host in tuple(self._hosts):
                        self._send(host, data)
                return {}
            return self._line_act(do, args)

    def _line_act(self, do: str, args: Args) -> dict[str, object]:
        least = int_arg(args, "least", self._model.notable_bytes)
        match do:
            case "plug":
                self.plug()
            case "unplug":
                self.unplug()
            case "delay":
                key = "ms" if "ms" in args else "seconds"
                self._delay_s = seconds_arg(args, key, 1.0) / (1000 if key == "ms" else 1)
            case "garble":
                self._garble, self._garble_least = int_arg(args, "count", 1), least
                self._garble_at = int_arg(args, "at") if "at" in args else -1
            case "silence":
                on = args.get("on", True)
                self._silent_until = time.monotonic() + seconds_arg(args, "seconds", float("inf") if on else 0.0)
            case "fail_after_bytes" | "unplug_after_bytes":
                self._cut = (int_arg(args, "bytes", 0), least, do == "unplug_after_bytes")
            case "noise":
                count = int_arg(args, "bytes", 256)
                if count > _MAX_NOISE_BYTES:
                    raise Refused(f"bytes must be at most {_MAX_NOISE_BYTES}")
                self._send_all(random.Random(int_arg(args, "seed", 0)).randbytes(count))
            case "flood":
                until = time.monotonic() + seconds_arg(args, "seconds", 1.0)
                self._flooded = 0
                threading.Thread(target=self._flood, args=(until,), name=f"flood-{self._name}", daemon=True).start()
            case "state":
                facts = {"plugged": self._listener is not None, "tcp": self.address, "flooded_bytes": self._flooded}
                return {"state": {**self._model.state(), **facts}}
            case _:
                known = ", ".join(sorted(self.verbs))
                raise Refused(f"{self._name} cannot {do!r}; it can {known}")
        return {}

    def _flood(self, until: float) -> None:
        """Rubbish to every host, as fast as they take it."""
        rubbish = random.Random(0)
        while time.monotonic() < until:
            with self._lock:
                hosts = tuple(self._hosts)
            piece = rubbish.randbytes(_FLOOD_PIECE)
            for host in hosts:
                with contextlib.suppress(OSError):
                    self._flooded += host.send(piece)
            if not hosts:
                time.sleep(0.01)

    def _send_all(self, data: bytes) -> None:
        for host in tuple(self._hosts):
            with contextlib.suppress(OSError):
                host.sendall(data)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                host, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                if self._listener is not listener:
                    host.close()
                    return
                # Only sending may time out: a host that reads nothing must not hold the others up.
                host.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(_SEND_S), 0))
                self._hosts.add(host)
            threading.Thread(target=self._serve, args=(host,), name=f"tcp-{self._name}", daemon=True).start()

    def _serve(self, host: socket.socket) -> None:
        with host, contextlib.suppress(OSError):
            while data := host.recv(_CHUNK):
                with self._lock:
                    if self._wire is not None:
                        self._wire.write(self._name, "host>dev", data)
                    answers = self._model.receive(data)
                    delay_s = self._delay_s
                if delay_s and answers:
                    time.sleep(delay_s)
                with self._lock:
                    for answer in answers:
                        self._send(host, answer)
        with self._lock:
            self._hosts.discard(host)

    def _send(self, host: socket.socket, answer: bytes) -> None:
        """Send an answer, spoilt as ordered."""
        if time.monotonic() < self._silent_until:
            return
        data = bytearray(answer)
        size, pull = len(data), False
        if self._garble and size >= self._garble_least:
            self._garble -= 1
            usual = size // 2 if size > 16 else size - 1
            data[usual if self._garble_at < 0 else min(self._garble_at, size - 1)] ^= 0x55
        if self._cut is not None and size >= self._cut[1]:
            at, _, pull = self._cut
            del data[at:]
            self._cut = None
        with contextlib.suppress(OSError):
            host.sendall(data)
            if self._wire is not None:
                self._wire.write(self._name, "dev>host", bytes(data))
        if pull and self._listener is not None:
            self.unplug()
