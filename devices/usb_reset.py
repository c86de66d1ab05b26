"""Asking the privileged helper to reset the USB port a device hangs on (deploy/usb-reset).

One line each way over a UNIX socket: the port's path, then `ok` or `no` and a reason. The terminal itself never needs
root; where no helper is installed this step of an outage is left out.
"""

from __future__ import annotations

import socket
from pathlib import Path

_TIMEOUT_S = 10.0
_ANSWER_BYTES = 256


def reset_usb(helper: Path, port: str, timeout_s: float = _TIMEOUT_S) -> bool:
    """Whether the helper listening at `helper` has reset what `port` hangs on. Never raises."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(timeout_s)
            line.connect(str(helper))
            line.sendall(port.encode() + b"\n")
            return line.recv(_ANSWER_BYTES).startswith(b"ok")
    except OSError:
        return False
