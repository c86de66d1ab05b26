"""The program as it is started: one line when it listens, a clean end, clear refusals."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from central.words import ROOT


@contextmanager
def started(state: Path, *more: str, scheme: str = "http") -> Iterator[tuple[subprocess.Popen[str], str, int]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "central", "--listen", "127.0.0.1:0", "--state", str(state), *more],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line.startswith(f"ready {scheme}://127.0.0.1:"), process.communicate(timeout=5)
        yield process, line, int(line.rsplit(":", 1)[1])
    finally:
        process.kill()
        process.communicate(timeout=10)


def health(port: int) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/health")
    found: dict[str, object] = json.loads(connection.getresponse().read())
    connection.close()
    return found


def test_first_start_fills_ten_thousand_residents_and_sigterm_ends_with_zero(tmp_path: Path) -> None:
    with started(tmp_path / "state", "--demo") as (process, _, port):
        found = health(port)
        assert found["residents"] == 10_000 + len(json.loads((ROOT / "config/demo/people.json").read_text())["people"])
        assert int(str(found["licence_types"])) >= 229
        assert found["package_errors"] == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        rest, errors = process.communicate()
        assert (rest, errors) == ("", "")
    keys = tmp_path / "state" / "citizen-keys.json"
    assert stat.S_IMODE(os.stat(keys).st_mode) == 0o600


def test_second_start_keeps_residents_and_keys(tmp_path: Path) -> None:
    def shape() -> tuple[object, ...]:
        with sqlite3.connect(tmp_path / "central.sqlite") as database:
            rows = database.execute("SELECT number, name, handle FROM residents ORDER BY number").fetchall()
        return (rows, (tmp_path / "citizen-keys.json").read_bytes())

    with started(tmp_path, "--residents", "40") as (process, _, _):
        process.terminate()
        process.wait(10)
    first = shape()
    with started(tmp_path, "--residents", "40") as (process, _, _):
        process.terminate()
        process.wait(10)
    assert shape() == first


def test_address_in_use_is_said_plainly_with_exit_two(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("--listen", address, "--state", str(tmp_path))
    assert done.returncode == 2
    assert address in done.stderr


def test_unreadable_listen_address_is_a_usage_error(tmp_path: Path) -> None:
    done = run("--listen", "nowhere", "--state", str(tmp_path))
    assert done.returncode == 2
    assert "HOST:PORT" in done.stderr


def test_state_folder_that_is_a_file_ends_with_six(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("--listen", "127.0.0.1:0", "--state", str(tmp_path / "file"))
    assert done.returncode == 6
    assert "cannot start" in done.stderr


def test_broken_package_is_named_and_the_centre_starts(tmp_path: Path) -> None:
    (tmp_path / "services" / "odd").mkdir(parents=True)
    (tmp_path / "services" / "odd" / "package.json").write_text("{")
    process = subprocess.Popen(
        [sys.executable, "-m", "central", "--listen", "127.0.0.1:0", "--state", str(tmp_path / "s"),
         "--packages", str(tmp_path / "services"), "--residents", "5"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().startswith("ready ")
    process.terminate()
    _, errors = process.communicate(timeout=10)
    assert "package refused: odd/package.json: line 1" in errors


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "central", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )


def test_a_terminal_must_show_its_certificate_when_the_centre_asks_for_one(tmp_path: Path) -> None:
    authority, server, terminal = certificates(tmp_path)
    names = [
        "--tls-cert", str(server.with_suffix(".pem")), "--tls-key", str(server.with_suffix(".key")),
        "--tls-client-ca", str(authority), "--residents", "5",
    ]  # fmt: skip
    with started(tmp_path / "state", *names, scheme="https") as (_, _, port):
        known = ssl.create_default_context(cafile=str(authority))
        stranger = ssl.create_default_context(cafile=str(authority))
        known.load_cert_chain(terminal.with_suffix(".pem"), terminal.with_suffix(".key"))
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=known)
        connection.request("GET", "/health")
        assert connection.getresponse().status == 200
        connection.close()
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=stranger)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            ask_health(connection)
        connection.close()


def ask_health(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/health")
    return connection.getresponse().status


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """A throw-away authority with a certificate for the centre and one for a terminal."""
    now = datetime.now(UTC)
    root_key = ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test authority")])

    def sign(name: x509.Name, key: ec.EllipticCurvePrivateKey, *, root: bool) -> x509.Certificate:
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(root_name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
        here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        usage = x509.KeyUsage(not root, False, False, False, False, root, root, False, False)
        for extension, critical in ((own, False), (above, False), (here, False), (usage, True)):
            builder = builder.add_extension(extension, critical)
        return builder.sign(root_key, hashes.SHA256())

    authority = folder / "authority.pem"
    authority.write_bytes(sign(root_name, root_key, root=True).public_bytes(Encoding.PEM))
    for word in ("server", "terminal"):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, word)])
        (folder / f"{word}.pem").write_bytes(sign(name, key, root=False).public_bytes(Encoding.PEM))
        (folder / f"{word}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return authority, folder / "server", folder / "terminal"
