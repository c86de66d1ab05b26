"""``python -m central``: serve the case centre until SIGTERM or Ctrl-C.

Prints one line ``ready http://HOST:PORT`` on standard output when it listens. Exit codes: 0 ended as asked, 2 usage or
an address that cannot be had, 6 the state folder or the database cannot be used.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import signal
import socket
import ssl
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from central.app import PACKAGES, PEOPLE, Centre, Options
from central.faults import Line
from central.registry import RESIDENTS

GRACE_S = 2


class Server(uvicorn.Server):
    """uvicorn, ended by a signal with exit code 0 instead of by raising the signal again."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle SIGTERM and SIGINT while serving; put back what was there."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say where."""
        await super().startup(sockets)
        if sockets and not self.should_exit:
            host, port = sockets[0].getsockname()[:2]
            scheme = "https" if self.config.is_ssl else "http"
            print(f"ready {scheme}://{f'[{host}]' if ':' in host else host}:{port}", flush=True)


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
    found = parser.parse_args(arguments)
    host, _, port = found.listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        parser.error(f"--listen {found.listen}: not HOST:PORT")
    if found.residents < 0:
        parser.error("--residents: must not be negative")
    for name in ("packages", "people", "tls_cert", "tls_key", "tls_client_ca"):
        path = getattr(found, name)
        if path is not None and not path.exists():
            parser.error(f"--{name.replace('_', '-')} {path}: not there")
    if (found.tls_cert is None) != (found.tls_key is None):
        parser.error("--tls-cert and --tls-key belong together")
    found.host, found.port = host.strip("[]"), int(port)
    return found


def main(arguments: Sequence[str]) -> int:
    """Run the centre; returns the exit code."""
    wanted = parse(arguments)
    logging.basicConfig(level=logging.WARNING, format="central: %(levelname)s %(message)s", stream=sys.stderr)
    family = socket.AF_INET6 if ":" in wanted.host else socket.AF_INET
    try:
        listener = socket.create_server((wanted.host, wanted.port), family=family, backlog=256)
    except OSError as error:
        print(f"central: {wanted.listen}: {error.strerror or error}", file=sys.stderr)
        return 2
    try:
        wanted.state.mkdir(parents=True, exist_ok=True)
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
        centre = Centre(options)
    except (OSError, SQLAlchemyError, ValueError) as error:
        listener.close()
        print(f"central: cannot start: {type(error).__name__}: {error}", file=sys.stderr)
        return 6
    for reason in centre.shelf.errors:
        print(f"central: package refused: {reason}", file=sys.stderr)
    gc.freeze()  # what start-up made lives as long as the program
    config = uvicorn.Config(
        centre.asgi,
        http=Line,
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE_S,
        ssl_certfile=wanted.tls_cert,
        ssl_keyfile=wanted.tls_key,
        ssl_ca_certs=None if wanted.tls_client_ca is None else str(wanted.tls_client_ca),
        ssl_cert_reqs=ssl.CERT_NONE if wanted.tls_client_ca is None else ssl.CERT_REQUIRED,
    )
    try:
        asyncio.run(Server(config).serve([listener]))
    finally:
        centre.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
