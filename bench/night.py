"""A terminal's night: what the search for residue beside it takes, from its start until a fresh terminal stands there.

The real launcher and the real terminal on the offscreen platform, without devices. `python -m bench.night OPTION…` is
`./run kiosk OPTION…` in a hurry: its night comes as soon as nobody has been there for some seconds.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench.restart import Launched
from bench.timing import Figure
from kiosk.app.residue.places import family
from kiosk.domain.diagnostics import RESIDUE
from kiosk.domain.time import local
from offline_cache.check_book import CheckBookFile

LOOK_S: Final = 0.5
LONGEST_S: Final = 4000.0
QUIET_S: Final = 5.0
SINCE: Final = timedelta(minutes=30)
"""The night began so long ago; terminals are spread over a quarter of an hour of it."""
PAGE_MB: Final = os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def figures(_repeats: int, folder: Path) -> Iterator[Figure]:
    """One night."""
    at = local(datetime.now(UTC) - SINCE)
    with Launched(folder / "night", program=("-m", "bench.night"), more=f'restart_at = "{at:%H:%M}"\n') as terminal:
        deadline, look = time.monotonic() + LONGEST_S, threading.Event()
        began = ended = 0.0
        beside = alone = 0.0
        while not ended and time.monotonic() < deadline:
            look.wait(LOOK_S)
            everybody = family(terminal.pid)
            searching = next((family(pid) for pid in everybody if _is_search(pid)), ())
            if searching:
                began = began or time.monotonic()
                beside = max(beside, sum(map(_own_mb, searching)))
                alone = max(alone, sum(_own_mb(pid) for pid in everybody if pid not in searching))
            elif began:
                ended = time.monotonic()
        if not ended:
            raise SystemExit("bench: there was no search, or no end of it")
        terminal.next_page()
        shown = time.monotonic()
    found = [each.result for each in CheckBookFile(folder / "night/state").records() if each.result.device == RESIDUE]
    outcome = found[-1].outcome.value if found else "nothing written down"
    yield Figure("search for residue at night", ended - began, "s", note=f"{outcome}; lowest priority")
    yield Figure("memory of the search, with its terminal and centre", beside, "MB", note="at most, shared pages apart")
    yield Figure("memory of launcher and terminal meanwhile", alone, "MB", note="at most, shared pages apart")
    yield Figure("end of the search to a fresh attract page", shown - ended, "s")


def _is_search(pid: int) -> bool:
    try:
        return b"\0residue\0--quiet\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _own_mb(pid: int) -> float:
    """Resident pages that belong to no file and no other process."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except (OSError, ValueError):
        return 0.0
    return (int(resident) - int(shared)) * PAGE_MB


def main(arguments: Sequence[str]) -> int:
    """The launcher of a terminal in a hurry, or that terminal."""
    from kiosk.app.commands import kiosk

    if kiosk.CHILD in arguments:
        from kiosk.app import leaving

        for name, seconds in (("AT_LEAST_UP_S", 0.0), ("SETTLED_S", 0.0), ("QUIET_S", QUIET_S)):
            setattr(leaving, name, seconds)
        return kiosk.main(arguments)
    from kiosk.app.launcher import Launcher
    from kiosk.app.launcher_line import HeldKey
    from kiosk.app.launcher_world import Programs

    held = HeldKey()
    command = [sys.executable, "-m", "bench.night", kiosk.CHILD, *arguments]
    return Launcher(Programs(command, held, os.environ), held).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
