"""``./run residue``: visits of invented people, and a search for anything of them that is left (docs/residue.md)."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kiosk.app import exits
from kiosk.app.options import parser
from kiosk.app.residue import report
from kiosk.app.residue.proof import CONTROLS, SMALL_CONTROLS, SMALL_ROUTES, prove
from kiosk.app.residue.visits import ROUTES


def main(arguments: Sequence[str]) -> int:
    """0: nothing is left and every control was found; 1: something is, or a control was not; 70: a visit could not be
    played. With controls alone 1 says that they were found, as a leak is.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(exits.FAILED))  # whatever was started ends with it
    chosen = _options(arguments)
    routes, controls = _chosen(chosen)

    def tell(line: str) -> None:
        if not chosen.quiet:
            print(line, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="residue-", ignore_cleanup_errors=True) as scratch:
        proof = prove(routes, controls, Path(scratch), tell, chosen.platform)
    if chosen.json is not None:
        text = json.dumps(report.as_json(proof), ensure_ascii=False, indent=1) + "\n"
        if str(chosen.json) == "-":
            sys.stdout.write(text)
        else:
            chosen.json.write_text(text, encoding="utf-8")
    if str(chosen.json) != "-":
        print("\n".join(report.table(proof)))
    if proof.clean:
        return exits.OK if routes else exits.FAILED
    return exits.FAILED if proof.played else exits.BUG


def _chosen(chosen: argparse.Namespace) -> tuple[Sequence[str], Sequence[str]]:
    """What is played. Controls asked for by name are shown alone, without a visit that should leave nothing."""
    if chosen.routes or chosen.control:
        return tuple(chosen.routes), tuple(chosen.control)
    return (SMALL_ROUTES, SMALL_CONTROLS) if chosen.small else (tuple(ROUTES), CONTROLS)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    options = parser(
        "residue",
        "Play visits of invented people on the real terminal, end each in its own way, and search memory, files and "
        "store for anything that is left. Controls leak on purpose and have to be found.",
    )
    options.add_argument("routes", nargs="*", metavar="ROUTE", help=f"only these: {', '.join(ROUTES)}")
    options.add_argument("--small", action="store_true", help="two visits and two controls, within a minute")
    options.add_argument(
        "--control", action="append", default=[], choices=CONTROLS, metavar="NAME", help=", ".join(CONTROLS)
    )
    options.add_argument("--json", type=Path, metavar="FILE", help='the whole report, "-" for standard output')
    options.add_argument("--platform", choices=("offscreen", "xcb"), default="offscreen", help="Qt platform")
    options.add_argument("--quiet", action="store_true", help="say nothing before the end")
    chosen = options.parse_args(arguments)
    for route in chosen.routes:
        if route not in ROUTES:
            options.error(f"no route {route!r}; known: {', '.join(ROUTES)}")
    return chosen
