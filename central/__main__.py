"""``python -m central``: serve the case centre until SIGTERM or Ctrl-C.

Prints one line ``ready http://HOST:PORT`` on standard output when it listens. Exit codes: 0 ended as asked, 2 usage or
an address that cannot be had, 6 the state folder or the database cannot be used. Two more things it does instead of
serving: ``--import FILE`` files a terminal's sealed export and ends with 1 when any of it was refused;
``--rotate-sealing-key`` makes another key to seal to, which a running centre tells of when it is started again.
"""

from __future__ import annotations

import argparse
import gc
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from central.words import PACKAGES, PEOPLE, RESIDENTS, SEALING_KEYS


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; a usage error ends the program with exit code 2."""
    parser = argparse.ArgumentParser(prog="central", description="The reference case centre.")
    parser.add_argument("--listen", default="127.0.0.1:8600", metavar="HOST:PORT", help="port 0 takes a free one")
    parser.add_argument("--db", metavar="URL", help="SQLAlchemy URL; default: central.sqlite in the state folder")
    parser.add_argument("--state", type=Path, default=Path("state/central"), metavar="DIR", help="keys and database")
    parser.add_argument("--demo", action="store_true", help="add /desk and the verbs of the demo panel")
    parser.add_argument("--packages", type=Path, default=PACKAGES, metavar="DIR", help="folder of service packages")
    parser.add_argument("--people", type=Path, default=PEOPLE, metavar="FILE", help="the demo people")
    parser.add_argument("--residents", type=int, default=RESIDENTS, metavar="N", help="generated residents")
    parser.add_argument("--max-in-flight", type=int, default=64, metavar="N", help="requests at once before 503")
    parser.add_argument("--max-per-terminal", type=int, default=8, metavar="N", help="cases of a terminal before 429")
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate chain; without it plain HTTP")
    parser.add_argument("--tls-key", type=Path, metavar="FILE")
    parser.add_argument("--tls-client-ca", type=Path, metavar="FILE", help="ask terminals for a certificate of this CA")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--import", type=Path, dest="export", metavar="FILE", help="file a terminal's sealed export")
    instead.add_argument("--rotate-sealing-key", action="store_true", help="make another key; the old ones stay")
    found = parser.parse_args(arguments)
    host, _, port = found.listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        parser.error(f"--listen {found.listen}: not HOST:PORT")
    if found.residents < 0:
        parser.error("--residents: must not be negative")
    for name in ("packages", "people", "tls_cert", "tls_key", "tls_client_ca", "export"):
        path = getattr(found, name)
        if path is not None and not path.exists():
            told = "import" if name == "export" else name.replace("_", "-")
            parser.error(f"--{told} {path}: not there")
    if (found.tls_cert is None) != (found.tls_key is None) or (found.tls_client_ca and not found.tls_cert):
        parser.error("--tls-cert and --tls-key belong together, and --tls-client-ca needs them")
    found.host, found.port = host.strip("[]"), int(port)
    return found


def main(arguments: Sequence[str]) -> int:
    """Run the centre; returns the exit code."""
    wanted = parse(arguments)
    if wanted.rotate_sealing_key:
        return rotate(wanted.state)
    listener = None
    if wanted.export is None:
        family = socket.AF_INET6 if ":" in wanted.host else socket.AF_INET
        try:
            listener = socket.create_server((wanted.host, wanted.port), family=family, backlog=256)
        except OSError as error:
            print(f"central: {wanted.listen}: {error.strerror or error}", file=sys.stderr)
            return 2
    # Loading the libraries makes a million objects that all stay; collecting in between only costs time.
    gc.disable()
    from central.app import Options
    from central.server import Tls, bring_in, serve

    options = Options(
        state=wanted.state,
        database=wanted.db or f"sqlite:///{wanted.state / 'central.sqlite'}",
        demo=wanted.demo,
        packages=wanted.packages,
        people=wanted.people,
        residents=wanted.residents,
        max_in_flight=wanted.max_in_flight,
        max_per_terminal=wanted.max_per_terminal,
    )
    if listener is None:
        return bring_in(options, wanted.export)
    tls = Tls(wanted.tls_cert, wanted.tls_key, wanted.tls_client_ca) if wanted.tls_cert else None
    return serve(listener, options, tls)


def rotate(state: Path) -> int:
    """Make another key to seal to; returns the exit code."""
    from central.sealing import SealingKeys

    try:
        state.mkdir(parents=True, exist_ok=True)
        print(SealingKeys(state / SEALING_KEYS).rotate())
    except (OSError, ValueError) as error:
        print(f"central: {state}: {type(error).__name__}: {error}", file=sys.stderr)
        return 6
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
