"""`python -m devices.lab [--only NAME] [--keep DIR]`: play with every peer; exit code 0 when all is well, else 1."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from devices.lab import cups_queue, ipp_everywhere, nut_server, pymodbus_board, receiptio_host
from devices.lab.bench import LabProblem, Report, install

PEERS = (ipp_everywhere, cups_queue, receiptio_host, pymodbus_board, nut_server)
_PACKAGES = Path(__file__).resolve().parents[2] / "deploy" / "apt-lab.txt"


def main(arguments: Sequence[str] | None = None) -> int:
    """Play; the exit code."""
    names = [peer.NAME for peer in PEERS]
    parser = argparse.ArgumentParser(
        prog="devices lab",
        description="Our drivers and emulators against programs that nobody here wrote; they are installed if missing.",
    )
    parser.add_argument("--only", action="append", choices=names, help="this peer (may be given more than once)")
    parser.add_argument("--keep", type=Path, help="leave logs, spools and pages in this folder")
    parser.add_argument("--no-install", action="store_true", help="install nothing; what is missing has failed")
    options = parser.parse_args(arguments)
    chosen = [peer for peer in PEERS if not options.only or peer.NAME in options.only]
    reports: list[Report] = []
    with ExitStack() as opened:
        folder = options.keep or Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="lab-")))
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # the filters of CUPS are another user
        for peer in chosen:
            print(f"{peer.NAME}: {peer.ABOUT}", flush=True)
            report = Report(peer.NAME)
            reports.append(report)
            own = folder / peer.NAME
            own.mkdir(parents=True, exist_ok=True)
            try:
                if not options.no_install:
                    install(_PACKAGES, [peer.NAME])
                peer.play(report, own)
            except LabProblem as problem:
                report.check("the peer runs", ok=False, facts=problem)
    print()
    for report in reports:
        verdict = f"{len(report.failed)} failed" if report.failed else "all well"
        print(f"{report.peer:<8} {report.passed} ok, {verdict}")
    return 1 if any(report.failed for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
