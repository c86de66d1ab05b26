"""The control socket: JSON lines, `{"device", "do", …}` in, `{"ok": true}` or `{"ok": false, "why"}` out.

`do: "verbs"` is answered for every device: the commands it knows.
"""

from __future__ import annotations

import json
import os
import socketserver
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devices.emulators.model import Refused
from devices.emulators.registry import Emulated

_MAX_LINE = 1 << 20


def socket_address(folder: Path) -> tuple[str, int]:
    """An address for `folder/control.sock` that fits the 107 bytes of a socket name, and the descriptor it stands on.

    The caller closes the descriptor when the address is no longer used.
    """
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return f"/proc/self/fd/{fd}/control.sock", fd


class ControlServer(socketserver.ThreadingUnixStreamServer):
    """Serves clients in threads of their own; any number may be connected."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, folder: Path, emulated: Mapping[str, Emulated]) -> None:
        self._emulated = emulated
        self._file = folder / "control.sock"
        self._file.unlink(missing_ok=True)
        address, self._folder_fd = socket_address(folder)
        super().__init__(address, _Client)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="control", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop serving and remove the socket."""
        self.shutdown()
        self.server_close()
        self._thread.join(2.0)
        self._file.unlink(missing_ok=True)
        os.close(self._folder_fd)

    def obey(self, line: bytes) -> dict[str, object]:
        """Carry out one line."""
        try:
            command: Any = json.loads(line)
        except ValueError:
            return {"ok": False, "why": "not JSON"}
        if not isinstance(command, dict):
            return {"ok": False, "why": "not a JSON object"}
        device, do = command.get("device"), command.get("do")
        if not isinstance(device, str) or device not in self._emulated:
            return {"ok": False, "why": f"device must be one of {', '.join(self._emulated)}"}
        if not isinstance(do, str):
            return {"ok": False, "why": "do must be a text"}
        if do == "verbs":
            return {"ok": True, "verbs": sorted(self._emulated[device].verbs)}
        try:
            return {"ok": True, **self._emulated[device].act(do, command)}
        except Refused as refusal:
            return {"ok": False, "why": str(refusal)}


class _Client(socketserver.StreamRequestHandler):
    server: ControlServer

    def handle(self) -> None:
        while line := self.rfile.readline(_MAX_LINE):
            if not line.strip():
                continue
            answer = self.server.obey(line)
            try:
                self.wfile.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
            except OSError:
                return
