"""The other end of the control socket, for stories and tests."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

from devices.emulators.control import socket_address


class ControlClient:
    """Talks to the emulators of one folder. Each command is a connection of its own, so nothing has to be closed."""

    def __init__(self, folder: Path, timeout_s: float = 5.0) -> None:
        self._folder = folder
        self._timeout_s = timeout_s

    def do(self, device: str, do: str, **args: object) -> dict[str, Any]:
        """Send one command and return the answer. OSError when no emulator is there or it does not answer."""
        return self.send({"device": device, "do": do, **args})

    def send(self, command: dict[str, object]) -> dict[str, Any]:
        """The same for a command that is a dictionary already, as in a story's `device={…}` step."""
        address, fd = socket_address(self._folder)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(self._timeout_s)
                connection.connect(address)
                connection.sendall(json.dumps(command, ensure_ascii=False).encode() + b"\n")
                with connection.makefile("rb") as lines:
                    answer = lines.readline()
        finally:
            os.close(fd)
        if not answer:
            raise ConnectionError("the emulators closed the connection")
        result: dict[str, Any] = json.loads(answer)
        return result
