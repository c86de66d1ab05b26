"""The smallest surface a driver needs of a line: read what came, write all, close."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Transport(Protocol):
    """An open line. Every call is bounded in time; `PortLost` means the line is gone and must be opened again."""

    @property
    def byte_time_s(self) -> float:
        """Seconds one byte needs on the wire; 0.0 where the line is no bottleneck."""

    def read(self, timeout_s: float) -> bytes:
        """What has arrived, waiting up to `timeout_s` for the first byte; b"" when nothing came. Raises PortLost."""

    def write(self, data: bytes, timeout_s: float) -> None:
        """Hand over all of `data`. Raises WriteTimeout or PortLost."""

    def close(self) -> None:
        """Let the line go. Never raises; may be called twice."""


TransportFactory = Callable[[], Transport]
