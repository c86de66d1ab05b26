"""Mutual TLS: only the centre's own CA is believed, and the centre sees the terminal's certificate."""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kiosk.central_api import HttpCaseApi
from kiosk.ports.central import CitizenKey, GatewayFault, RetryLater
from tests.central_api.scripted_server import LATE_S, Handler, ScriptedCentre


class Authority:
    """A private CA that writes certificates into `folder`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.file = self._write(name, self._sign(name, self.key, ca=True))

    def _sign(self, name: str, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> x509.Certificate:
        now = datetime.now(UTC)
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .add_extension(
                x509.KeyUsage(True, False, False, False, False, ca, ca, False, False),
                critical=True,
            )
            .sign(self.key, hashes.SHA256())
        )

    def _write(self, name: str, certificate: x509.Certificate) -> str:
        path = self.folder / f"{name}.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return str(path)

    def issue(self, name: str) -> tuple[str, str]:
        """Certificate file and key file."""
        key = ec.generate_private_key(ec.SECP256R1())
        key_file = self.folder / f"{name}.key"
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return self._write(name, self._sign(name, key, ca=False)), str(key_file)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "ca")


@pytest.fixture
def centre(authority: Authority) -> Iterator[ScriptedCentre]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("centre"))
    context.load_verify_locations(authority.file)
    context.verify_mode = ssl.CERT_REQUIRED
    with ScriptedCentre(tls=context) as server:
        yield server


def terminal(centre: ScriptedCentre, ca_file: str, cert: tuple[str, str] | None, total_s: float = 5.0) -> HttpCaseApi:
    return HttpCaseApi(
        centre.url,
        terminal="YP0301",
        ca_file=ca_file,
        client_cert=cert[0] if cert else None,
        client_key=cert[1] if cert else None,
        total_timeout_s=total_s,
    )


def test_both_sides_show_certificates_of_the_private_ca(centre: ScriptedCentre, authority: Authority) -> None:
    keys = terminal(centre, authority.file, authority.issue("terminal")).citizen_keys()
    assert isinstance(keys, tuple)
    assert isinstance(keys[0], CitizenKey)


def test_a_centre_of_another_ca_gets_no_byte_whatever_the_environment_says(
    centre: ScriptedCentre, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", "other")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.file)
    monkeypatch.setenv("SSL_CERT_FILE", authority.file)
    assert terminal(centre, other.file, authority.issue("terminal")).citizen_keys() == GatewayFault("tls")
    assert centre.seen == []


def test_a_terminal_without_a_certificate_is_not_let_in(centre: ScriptedCentre, authority: Authority) -> None:
    outcome = terminal(centre, authority.file, None).citizen_keys()
    assert isinstance(outcome, GatewayFault | RetryLater)
    assert centre.seen == []


def test_a_dripping_answer_over_tls_ends_at_the_deadline(centre: ScriptedCentre, authority: Authority) -> None:
    def drip(request: Handler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n")
        while not centre.release.wait(0.02):
            request.wfile.write(b" ")

    centre.queue.append(drip)
    started = time.monotonic()
    api = terminal(centre, authority.file, authority.issue("terminal"), total_s=0.4)
    assert api.citizen_keys() == RetryLater(None, "timeout")
    assert time.monotonic() - started < LATE_S
