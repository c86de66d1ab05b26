"""The real command of the terminal, launcher and all, with two things more: it tells what it met, and may have holes.

``python -m bench.monkey.terminal OPTIONS`` is ``./run kiosk OPTIONS``. What it tells goes to the datagram socket in
``MONKEY_EAR``, a JSON object each: ``{"pair": [step, event]}`` when a step meets a kind of event for the first time,
and ``{"step": …, "spots": [[name, x, y, width, height], …]}`` for where a finger could press. ``MONKEY_HOLES`` names
holes.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from kiosk.app import compose
from kiosk.app.commands import kiosk
from kiosk.app.launcher import Launcher
from kiosk.app.launcher_line import HeldKey
from kiosk.app.launcher_world import Programs

EAR, HOLES, MARK = "MONKEY_EAR", "MONKEY_HOLES", "MONKEY_MARK"
TELL_MS: Final = 150
_PRESSED: Final = frozenset({"key", "choice", "field"})

Terminal = compose.Terminal


class Teller:
    """Tells the monkey; what it does not listen to is lost."""

    def __init__(self, terminal: Terminal, address: str) -> None:
        self._terminal = terminal
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._address = address
        self._met: set[tuple[str, str]] = set()
        self._last = b""
        self._holes: Sequence[Any] = ()
        record = terminal.runner._record

        def met(event: Any) -> None:
            pair = (terminal.runner.state.step, type(event).__name__)
            if pair not in self._met and self._say({"pair": pair}):
                self._met.add(pair)
            record(event)

        setattr(terminal.runner, "_record", met)  # noqa: B010  the one place where the step before is still known
        terminal.loop.every(TELL_MS, self._spots)

    def also(self, widgets: Sequence[Any]) -> None:
        """Widgets that are no part of a page."""
        self._holes = widgets

    def _spots(self) -> None:
        window = self._terminal.window
        spots = [[each.name, *each.rect] for each in window.controls() if each.enabled and each.role in _PRESSED]
        for widget in self._holes:
            widget.raise_()
            spots += [["hole", widget.x(), widget.y(), widget.width(), widget.height()]] * 5
        self._say({"step": self._terminal.runner.state.step, "spots": spots})

    def _say(self, what: dict[str, Any]) -> bool:
        said = json.dumps(what).encode()
        if said == self._last:
            return True
        try:
            self._socket.sendto(said, self._address)
        except OSError:
            return False
        self._last = said
        return True


def main(arguments: Sequence[str]) -> int:
    """As ``./run kiosk``."""
    if kiosk.CHILD not in arguments:
        held = HeldKey()
        command = [sys.executable, "-m", "bench.monkey.terminal", kiosk.CHILD, *arguments]
        return Launcher(Programs(command, held, os.environ), held).run()
    built: Callable[..., Terminal] = compose.build_terminal

    def build(*given: Any, **named: Any) -> Terminal:
        terminal = built(*given, **named)
        teller = Teller(terminal, os.environ[EAR])
        if holes := os.environ.get(HOLES):
            from bench.monkey.holes import opened

            teller.also(opened(terminal, holes.split(",")))
        return terminal

    setattr(compose, "build_terminal", build)  # noqa: B010  the command composes by itself
    return kiosk.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
