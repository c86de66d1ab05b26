"""`./run bench [ROOM …] [--repeats N] [--folder DIR] [--json]`: print the figures behind the claims."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bench import cards, chromium, drain, forms, idle, night, paper, restart, slips, soak, start, store, ways
from bench.timing import Figure
from kiosk.app.launcher_child import MEMORY


def _qr(repeats: int) -> Iterator[Figure]:
    """Each of the twelve kinds of trouble gets its share; OpenCV is loaded for this room alone."""
    from bench import qr

    return iter(qr.figures(max(3, repeats // 6)))


def _pages(repeats: int) -> Iterator[Figure]:
    """OpenCV is loaded for this room alone."""
    from bench import pages

    return pages.figures(repeats)


#: What needs no disk, by how often; and what does, by how often and where. A new one is a line in either.
IN_MEMORY: Mapping[str, Callable[[int], Iterator[Figure]]] = {
    "forms": forms.figures,
    "ways": ways.figures,
    "paper": paper.figures,
    "qr": _qr,
    "pages": _pages,
}
ON_DISK: Mapping[str, Callable[[int, Path], Iterator[Figure]]] = {
    "store": store.figures,
    "start": start.figures,
    "cards": cards.figures,
    "idle": idle.figures,
    "restart": restart.figures,
    "slips": slips.figures,
}
#: What takes long: measured only when it is named.
LONG: Mapping[str, Callable[[int, Path], Iterator[Figure]]] = {
    "chromium": chromium.figures,
    "drain": drain.figures,
    "night": night.figures,
    "soak": soak.figures,
}
USUAL = (*IN_MEMORY, *ON_DISK)
ROOMS = (*USUAL, *LONG)


def main(arguments: Sequence[str]) -> int:
    """Measure the rooms asked for; 0 when all of them could be measured."""
    parser = argparse.ArgumentParser(prog="run bench", description="Measure what docs/claims.md promises.")
    parser.add_argument(
        "rooms",
        nargs="*",
        metavar="ROOM",
        help=f"{', '.join(USUAL)}; all of these when none is named; and {', '.join(LONG)}",
    )
    parser.add_argument("--repeats", type=int, default=200, help="how often each thing is done (default 200)")
    parser.add_argument("--sessions", type=int, default=soak.SESSIONS, help="visits of a soak (default %(default)s)")
    parser.add_argument("--folder", type=Path, default=Path("state"), help="disk to write to (default state/)")
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_args(arguments)
    unknown = [room for room in options.rooms if room not in ROOMS]
    if unknown:
        parser.error(f"no room {unknown[0]!r}; known: {', '.join(ROOMS)}")
    if options.repeats < 1:
        parser.error("--repeats must be at least 1")
    if options.sessions < 1:
        parser.error("--sessions must be at least 1")
    measured = list(_measure(options.rooms or USUAL, options.repeats, options.sessions, options.folder))
    if options.json:
        report = {"schema": 1, "machine": _machine(), "figures": [dataclasses.asdict(each) for _, each in measured]}
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        _show(measured)
    return 0


def _measure(rooms: Sequence[str], repeats: int, sessions: int, folder: Path) -> Iterator[tuple[str, Figure]]:
    for room in rooms:
        if room in IN_MEMORY:
            yield from ((room, each) for each in IN_MEMORY[room](repeats))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as scratch:
                often = sessions if room == "soak" else repeats
                yield from ((room, each) for each in {**ON_DISK, **LONG}[room](often, Path(scratch)))


def _machine() -> str:
    return f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"


def _show(measured: Sequence[tuple[str, Figure]]) -> None:
    print(f"{_machine()}; median, 95th percentile\n")
    for room, each in measured:
        p95 = f"{each.p95:10.3f}" if each.p95 is not None else " " * 10
        print(f"{room:8} {each.name:56} {each.value:10.3f}{p95} {each.unit:5} {each.note}")


if __name__ == "__main__":
    if any(os.environ.get(name) != value for name, value in MEMORY.items()):
        # The terminal runs in this memory environment, so its figures are taken in it.
        os.execve(sys.executable, [sys.executable, "-m", "bench", *sys.argv[1:]], os.environ | MEMORY)
    sys.exit(main(sys.argv[1:]))
