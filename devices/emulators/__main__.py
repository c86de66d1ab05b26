"""`python -m devices.emulators --dir D`: run until SIGTERM. Prints "ready" once addresses.json and the socket exist."""

from __future__ import annotations

import argparse
import fcntl
import signal
import sys
import threading
from pathlib import Path

from devices.emulators.bench import Bench
from devices.emulators.registry import UnknownEmulator

EXIT_OK, EXIT_USAGE, EXIT_SECOND_COPY = 0, 2, 5
_DOTS = {58: 384, 80: 576}


def main(arguments: list[str] | None = None) -> int:
    """Run; the exit code."""
    parser = argparse.ArgumentParser(prog="emulate", description="Emulated devices.")
    parser.add_argument("--dir", type=Path, required=True, help="folder for the ports, the record and the socket")
    parser.add_argument("--only", action="append", metavar="DRIVER", help="for this driver; may be repeated (all)")
    parser.add_argument("--people", type=Path, default=Path("config/demo/people.json"), help="cards by name")
    parser.add_argument("--width-mm", type=int, choices=(58, 80), default=80, help="width of the printer's paper")
    parser.add_argument("--font", type=Path, default=None, help="font for the pictures of slips")
    options = parser.parse_args(arguments)

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        options.dir.mkdir(parents=True, exist_ok=True)
        lock = (options.dir / ".lock").open("w")
    except OSError as error:
        print(f"emulate: {options.dir}: {error.strerror}", file=sys.stderr)
        return EXIT_USAGE
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print(f"emulate: other emulators run in {options.dir}", file=sys.stderr)
            return EXIT_SECOND_COPY
        try:
            bench = Bench(
                options.dir,
                options.people,
                drivers=options.only,
                paper_width_px=_DOTS[options.width_mm],
                font_file=options.font,
            )
        except UnknownEmulator as error:
            print(f"emulate: {error}", file=sys.stderr)
            return EXIT_USAGE
        print("ready", flush=True)
        stop.wait()
        bench.close()
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
