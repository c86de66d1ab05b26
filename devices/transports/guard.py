"""Keeps a flood off a driver: counts what a line brings, and ends the connection when that is more than it may be.

A leaky bucket. What a protocol needs drains away; a message of the largest size fits in; a device that sends without
end fills it, and reading raises `Flooding`. The supervisor then closes the port, so that a flood costs a few kilobytes
at each try and nothing between them. The bucket outlives the connection. After a flood it drains only while somebody
listens: a line nobody listened to has proved nothing, and a device that floods on is found out at once at the next try.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from devices.errors import Flooding
from devices.transports.base import Transport, TransportFactory

_SHARE_OF_LINE = 0.5  # of the line's speed; the largest answers, one behind the other, stay below
_NETWORK_BYTES_PER_S = 64 * 1024
_BURST_S = 4.0
_ROOM_AFTER_A_FLOOD = 1 / 16  # of the bucket: a device that is quiet again must be able to say how it is
_LEAST_BURST_BYTES = 8 * 1024  # the largest QR code has 7089 bytes


class FloodGuard:
    """The bucket of one device. `monotonic` gives seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._level = 0.0
        self._at = 0.0
        self._flooded = False

    def opened(self) -> None:
        """Somebody listens from now on."""
        if self._flooded:
            self._at = self._monotonic()

    def took(self, count: int, byte_time_s: float) -> None:
        """So many bytes came. Raises Flooding."""
        now = self._monotonic()
        may_bytes_per_s = _SHARE_OF_LINE / byte_time_s if byte_time_s else _NETWORK_BYTES_PER_S
        most_bytes = max(_LEAST_BURST_BYTES, _BURST_S * may_bytes_per_s)
        self._level = max(0.0, self._level - (now - self._at) * may_bytes_per_s) + count
        self._at = now
        self._flooded = self._flooded and self._level > most_bytes / 2
        if self._level > most_bytes:
            self._flooded = True
            self._level = most_bytes * (1 - _ROOM_AFTER_A_FLOOD)
            raise Flooding


class _Guarded:
    """A transport under guard."""

    def __init__(self, line: Transport, guard: FloodGuard) -> None:
        self._line = line
        self._guard = guard
        guard.opened()

    @property
    def byte_time_s(self) -> float:
        return self._line.byte_time_s

    def read(self, timeout_s: float) -> bytes:
        data = self._line.read(timeout_s)
        if data:
            self._guard.took(len(data), self._line.byte_time_s)
        return data

    def write(self, data: bytes, timeout_s: float) -> None:
        self._line.write(data, timeout_s)

    def close(self) -> None:
        self._line.close()


def guarded(open_line: TransportFactory) -> TransportFactory:
    """The same line under guard; the guard stays the same over all openings."""
    guard = FloodGuard()
    return lambda: _Guarded(open_line(), guard)
