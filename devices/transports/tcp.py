"""A raw TCP line, as network receipt printers offer on port 9100."""

from __future__ import annotations

import contextlib
import select
import socket
import time

from devices.errors import DeviceFault, PortLost, PortMissing, WriteTimeout

_READ_CHUNK = 4096


class TcpTransport:
    """Connect at once; raises PortMissing when nobody answers there within `connect_timeout_s`."""

    def __init__(self, host: str, port: int, *, connect_timeout_s: float = 3.0) -> None:
        self._where = f"{host}:{port}"
        try:
            self._socket = socket.create_connection((host, port), timeout=connect_timeout_s)
        except OSError as error:
            raise PortMissing(self._where) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)

    @property
    def byte_time_s(self) -> float:
        """The network is no bottleneck for a receipt."""
        return 0.0

    def read(self, timeout_s: float) -> bytes:
        """See Transport. The far end closing the connection is PortLost."""
        try:
            readable, _, _ = select.select([self._socket], [], [], max(0.0, timeout_s))
            if not readable:
                return b""
            data = self._socket.recv(_READ_CHUNK)
        except BlockingIOError:
            return b""
        except (OSError, ValueError) as error:
            raise self._lost() from error
        if not data:
            raise self._lost()
        return data

    def write(self, data: bytes, timeout_s: float) -> None:
        """See Transport."""
        deadline = time.monotonic() + timeout_s
        view = memoryview(data)
        while view:
            try:
                _, writable, _ = select.select([], [self._socket], [], max(0.0, deadline - time.monotonic()))
                if not writable:
                    raise WriteTimeout(self._where)
                view = view[self._socket.send(view) :]
            except BlockingIOError:
                continue
            except (OSError, ValueError) as error:
                raise self._lost() from error

    def close(self) -> None:
        """See Transport."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _lost(self) -> DeviceFault:
        return PortLost(self._where)
