"""The whole search as part of the nightly self-test: a program of its own that stands back and ends for a resident."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Final

from kiosk.app import exits
from kiosk.app.launcher_child import MEMORY
from kiosk.app.options import ROOT
from kiosk.app.story.stage import die_with_parent, environment

log = logging.getLogger("kiosk.night")

LONGEST_S: Final = 3600.0
LOOK_S: Final = 1.0
END_S: Final = 60.0
LOWEST: Final = 19


def nothing_is_left(quiet: Callable[[], bool]) -> bool | None:
    """Whether the search found nothing; None when somebody came (``quiet`` turned false), or it could not be made.

    Blocks for minutes.
    """
    try:
        search = subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), "residue", "--quiet"],
            cwd=ROOT,
            # The search is in no hurry, but it is no terminal either: only the one it starts needs such a memory.
            env={name: value for name, value in environment().items() if name not in MEMORY},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_beside,
        )
    except OSError as error:
        log.error("search for residue not started: %s", type(error).__name__)
        return None
    deadline = time.monotonic() + LONGEST_S
    while quiet() and time.monotonic() < deadline:
        try:
            return {exits.OK: True, exits.FAILED: False}.get(search.wait(LOOK_S))
        except subprocess.TimeoutExpired:
            continue
    search.terminate()
    try:
        search.wait(END_S)
    except subprocess.TimeoutExpired:
        search.kill()
        search.wait()
    return None


def _beside() -> None:
    """In the search, before it begins: it stands back behind everything, and ends with the terminal."""
    os.setpriority(os.PRIO_PROCESS, 0, LOWEST)
    die_with_parent(signal.SIGTERM)
