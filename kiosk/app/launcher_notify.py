"""What the launcher tells systemd (sd_notify): it is ready, it is alive, what it does. Nothing where nobody listens."""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping


class Notify:
    """Datagrams to ``NOTIFY_SOCKET``. The variables are taken out of the environment: children do not speak for us.

    ``beat_s``: how often :meth:`alive` is to be said, half of what systemd waits; None: it does not wait for that.
    """

    def __init__(self, environment: MutableMapping[str, str]) -> None:
        self._address = environment.pop("NOTIFY_SOCKET", "")
        waits_us = environment.pop("WATCHDOG_USEC", "")
        for_whom = environment.pop("WATCHDOG_PID", "")
        asked = waits_us.isdigit() and for_whom in ("", str(os.getpid()))
        self.beat_s: float | None = int(waits_us) / 2e6 if self._address and asked else None

    def ready(self, status: str) -> None:
        """The start is over."""
        self._say(f"READY=1\nSTATUS={status}")

    def status(self, status: str) -> None:
        """One line for ``systemctl status``."""
        self._say(f"STATUS={status}")

    def alive(self) -> None:
        """Somebody can see a page."""
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """The end has begun."""
        self._say("STOPPING=1")

    def _say(self, text: str) -> None:
        if not self._address:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out:
                out.sendto(text.encode(), address)
        except OSError:
            return  # systemd will notice silence by itself
