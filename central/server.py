"""The centre on a socket: uvicorn with a clean end, and one line that says where it listens."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from central.app import Centre, Options
from central.bringing import NoExport, bring
from central.faults import Line

GRACE_S = 2


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificate files; with ``client_ca`` a terminal must show a certificate of that authority."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


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
            self.announce(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}")

    def announce(self, url: str) -> None:
        """Tell whoever started the program that it can be asked now."""
        print(f"ready {url}", flush=True)


def serve(listener: socket.socket, options: Options, tls: Tls | None) -> int:
    """Serve until a signal; returns the exit code. Owns ``listener``."""
    logging.basicConfig(level=logging.WARNING, format="central: %(levelname)s %(message)s", stream=sys.stderr)
    try:
        centre = Centre(options)
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
            ssl_certfile=None if tls is None else tls.certificate,
            ssl_keyfile=None if tls is None else tls.key,
            ssl_ca_certs=None if tls is None or tls.client_ca is None else str(tls.client_ca),
            ssl_cert_reqs=ssl.CERT_NONE if tls is None or tls.client_ca is None else ssl.CERT_REQUIRED,
        )
        config.load()
    except (OSError, SQLAlchemyError, ValueError) as error:
        listener.close()
        print(f"central: cannot start: {type(error).__name__}: {error}", file=sys.stderr)
        return 6
    for reason in centre.shelf.errors:
        print(f"central: package refused: {reason}", file=sys.stderr)
    gc.freeze()  # what start-up made lives as long as the program
    gc.enable()
    try:
        asyncio.run(Server(config).serve([listener]))
    finally:
        centre.close()
    return 0


def bring_in(options: Options, file: Path) -> int:
    """File a terminal's sealed export and say of each entry what became of it; returns the exit code."""
    try:
        centre = Centre(options)
    except (OSError, SQLAlchemyError, ValueError) as error:
        print(f"central: cannot start: {type(error).__name__}: {error}", file=sys.stderr)
        return 6
    filed = refused = 0
    try:
        for one in bring(file, centre.cases, centre.parked):
            filed, refused = filed + one.filed, refused + (not one.filed)
            print(f"{one.id}: {'' if one.filed else 'REFUSED '}{one.word}", flush=True)
    except (NoExport, OSError) as error:
        print(f"central: {file}: {error}", file=sys.stderr)
        return 2
    finally:
        centre.close()
    print(f"{filed} filed, {refused} refused")
    return 1 if refused else 0
