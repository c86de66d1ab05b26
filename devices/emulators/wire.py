"""The record of every byte on every emulated line, as JSON lines."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Literal

Direction = Literal["host>dev", "dev>host"]


class WireLog:
    """Append `{"mono_ns", "device", "dir", "hex"}` for each chunk, in the order of time over all devices."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._out = file.open("w", encoding="ascii", buffering=1)

    def write(self, device: str, direction: Direction, data: bytes) -> None:
        """Record one chunk."""
        with self._lock:
            if self._out.closed:
                return
            row = {"mono_ns": time.monotonic_ns(), "device": device, "dir": direction, "hex": data.hex()}
            self._out.write(json.dumps(row, separators=(",", ":")) + "\n")

    def close(self) -> None:
        """End the record."""
        with self._lock:
            self._out.close()
