"""Citizen codes: signature first, then freshness; nothing hostile ever raises."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ports.central import CitizenKey
from kiosk.services.citizen_code import CitizenClaim, check

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PRIVATE = Ed25519PrivateKey.generate()


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


KEY = CitizenKey(
    "k1", "Ed25519", b64(PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)), NOW + timedelta(days=30)
)


def code(private: Ed25519PrivateKey = PRIVATE, **changes: object) -> bytes:
    now = int(NOW.timestamp())
    claims = {"iss": "yunpu", "kid": "k1", "sub": "h-1", "name_masked": "林＊＊", "iat": now - 5, "exp": now + 60}
    body = b64(json.dumps({**claims, "nonce": "n-1", **changes}).encode())
    return f"YPC1.{body}.{b64(private.sign(f'YPC1.{body}'.encode()))}".encode()


def test_genuine_fresh_code_says_who_by_pseudonym() -> None:
    claim = check(code(), [KEY], NOW)
    assert isinstance(claim, CitizenClaim)
    assert (claim.handle, claim.nonce) == ("h-1", "n-1")
    assert "h-1" not in repr(claim)


def test_code_signed_by_somebody_else_is_forged() -> None:
    assert check(code(Ed25519PrivateKey.generate()), [KEY], NOW) == "forged"


def test_code_that_names_another_key_than_signed_it_is_not_taken() -> None:
    assert check(code(kid="k2"), [KEY], NOW) == "unknown"


def test_code_under_a_key_that_has_ended_is_forged() -> None:
    assert check(code(), [KEY], NOW + timedelta(days=31)) == "forged"


@pytest.mark.parametrize("shift", [timedelta(seconds=61), timedelta(hours=2)])
def test_code_past_its_end_is_expired(shift: timedelta) -> None:
    assert check(code(), [KEY], NOW + shift) == "expired"


def test_code_from_the_future_is_expired() -> None:
    later = int(NOW.timestamp()) + 3600
    assert check(code(iat=later, exp=later + 60), [KEY], NOW) == "expired"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"YPC1",
        b"YPC1..",
        b"YPC1.e30.AA",
        b"https://example.org/?q=1",
        "健康码".encode(),
        b"\xff\xfe",
        b"YPC1." + b"A" * 5000 + b".AA",
        f"YPC1.{b64(b'[' * 1500)}.AA".encode(),
        f"YPC1.{b64(json.dumps([1]).encode())}.AA".encode(),
    ],
)
def test_anything_else_is_not_a_citizen_code(payload: bytes) -> None:
    assert check(payload, [KEY], NOW) in ("unknown", "forged")


@given(st.binary(max_size=2100))
def test_random_bytes_never_raise_and_never_pass(payload: bytes) -> None:
    assert not isinstance(check(payload, [KEY], NOW), CitizenClaim)


@pytest.mark.parametrize("wrong", [{"iat": "1"}, {"exp": None}, {"nonce": 5}, {"sub": ["x"]}, {"exp": True}])
def test_signed_but_misshapen_claims_are_not_taken(wrong: dict[str, object]) -> None:
    assert check(code(**wrong), [KEY], NOW) == "unknown"
