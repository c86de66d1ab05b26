"""The whole terminal under libfaketime: its wall clock jumps ten years while cases wait, over TLS to a real centre.

One story is three lives of the terminal. Two take in visits with nobody at the centre's address; then the centre
is there, and the third sends. The clock jumps before each life, within each visit and while the queue drains. What is
judged is the centre's database and the terminal's own log of its answers. Certificates are valid for decades: those of
a year would keep a terminal with such a clock off the line until somebody sets it, with its cases waiting.

`python -m bench.lab.clock_program FOLDER URL [drain]` is the terminal; it prints the ids it took in, as a line of JSON.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import random
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.lab.centres import held_in, real_centre
from kiosk.app.options import ROOT
from kiosk.app.story.stage import die_with_parent, environment

TEN_YEARS_D = 3652
LIVES = 2
VISITS = 2
LIFE_S = 240.0
DRAIN_S = 150.0
TURN_S = 1.0
TURNS_FIRST = 3  # while the queue waits and the centre is there
VALID = timedelta(days=20 * 365)
CLOCK = "clock"
MISSING = "the whole terminal was not run: there is no libfaketime here (Debian's package faketime)"


@dataclass(frozen=True, slots=True)
class Lived:
    """What became of the cases of one story; `again` were sent again after the centre had answered them."""

    taken: int
    lost: int
    doubled: int
    again: int
    out_of_order: int
    turns: int


@dataclass(frozen=True, slots=True)
class Told:
    """What one life said at its end: the ids of all cases of its store, and how often its clock was turned."""

    cases: list[str]
    turns: int


def library() -> Path | None:
    """libfaketime for programs with threads."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


def lived(folder: Path) -> Lived:
    """One story. Raises RuntimeError when the terminal could not live through it."""
    preload = library()
    if preload is None:
        raise RuntimeError(MISSING)
    folder.mkdir()
    _certificate(folder)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"https://127.0.0.1:{port}"
    taken: list[str] = []
    turns = 0
    for _ in range(LIVES):
        told = _life(folder, url, preload)
        taken, turns = told.cases, turns + told.turns
    pem, key = str(folder / "both.pem"), str(folder / "both.key")
    tls = ("--tls-cert", pem, "--tls-key", key, "--tls-client-ca", pem)
    with real_centre(folder / "centre", "--listen", f"127.0.0.1:{port}", *tls) as centre:
        told = _life(folder, url, preload, "drain")
        held = held_in(centre.database)
        with contextlib.closing(sqlite3.connect(f"file:{centre.database}?mode=ro", uri=True)) as connection:
            arrived = [row[0] for row in connection.execute("SELECT case_id FROM cases ORDER BY seq")]
    answers = _answered(folder)
    return Lived(
        taken=len(taken),
        lost=sum(1 for case_id in taken if not held[case_id]) + (LIVES * VISITS - len(taken)),
        doubled=sum(1 for count in held.values() if count > 1) + len(set(held) - set(taken)),
        again=sum(answers[case_id] - 1 for case_id in taken if answers[case_id] > 1),
        out_of_order=int(arrived != taken),
        turns=turns + told.turns,
    )


def _life(folder: Path, url: str, preload: Path, *words: str) -> Told:
    turn_to(folder)
    done = subprocess.run(
        [sys.executable, "-m", "bench.lab.clock_program", str(folder), url, *words],
        cwd=ROOT,
        env=environment()
        | {
            "QT_QPA_PLATFORM": "offscreen",
            "LD_PRELOAD": str(preload),
            "FAKETIME_TIMESTAMP_FILE": str(folder / CLOCK),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        },
        capture_output=True,
        text=True,
        timeout=LIFE_S,
        check=False,
        preexec_fn=die_with_parent,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rpartition("\n")[2] or "the terminal ended")
    told = json.loads(done.stdout.splitlines()[-1])
    return Told(told["cases"], told["turns"])


def turn_to(folder: Path) -> None:
    """Ten years ahead, ten behind, or the right time; never the same twice."""
    path = folder / CLOCK
    now = path.read_text("ascii") if path.exists() else "+0d"
    draft = path.with_suffix(".new")
    draft.write_text(
        random.choice([to for to in ("+0d", f"+{TEN_YEARS_D}d", f"-{TEN_YEARS_D}d") if to != now]), "ascii"
    )
    draft.replace(path)  # it is read again after a second at most


def _certificate(folder: Path) -> None:
    """One certificate for both ends, its own authority, in `both.pem` and `both.key`."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lab")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - VALID, now + VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "both.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "both.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _answered(folder: Path) -> Counter[str]:
    """How often the centre's answer ended the sending of each case, by the terminal's log."""
    lines = (folder / "state" / "log" / "kiosk.jsonl").read_text("utf-8").splitlines()
    found = (json.loads(line) for line in lines)
    return Counter(
        told["case_id"] for told in found if told["event"] == "case.send_result" and told["code"] != "postponed"
    )


def main(arguments: list[str]) -> int:
    """The terminal of a story."""
    from bench.visits import COMPLAINT, Visitor, act
    from kiosk.app.story.player import Wait
    from ui import touch

    folder, url, drain = Path(arguments[0]), arguments[1], "drain" in arguments[2:]
    cases: list[str] = []
    turns = 0

    def turn() -> None:
        nonlocal turns
        turn_to(folder)
        turns += 1

    def script(visitor: Visitor) -> Wait:
        store = visitor.terminal.store
        if drain:
            began = time.monotonic()

            def unsent() -> str | None:
                if time.monotonic() > began + turns * TURN_S:
                    turn()
                if turns < TURNS_FIRST:
                    return "the clock goes on being turned"
                visitor.terminal.sync.wake("now")
                queue = store.outbox().result()
                return "not all is sent" if queue.waiting + queue.sending else None

            yield from visitor.until(unsent, DRAIN_S, "the queue is not empty")
        else:
            for number in range(VISITS):
                if number:
                    yield from visitor.leave()
                turn()
                yield from visitor.visit(COMPLAINT)
                yield from visitor.until(
                    lambda: "deaf" if visitor.terminal.window.inert_ms_left() else None, 5.0, "deaf"
                )
                turn()
                touch.tap(visitor.terminal.window, "action.next")
                turn()
                yield from visitor.until(
                    lambda: None if visitor.screen == "result" else visitor.screen, 30.0, "no result"
                )
        cases.extend(row.case_id for row in store.cases().result())

    where = {"ca_file": "both.pem", "client_cert": "both.pem", "client_key": "both.key"}
    overrides = [f"centre.{name}={folder / file}" for name, file in where.items()]
    act(script, folder, overrides, devices=False, centre=url)
    print(json.dumps({"cases": cases, "turns": turns}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
