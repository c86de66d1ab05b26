"""Citizen codes: ``YPC1.<payload>.<signature>``, checked here with cached keys, so that it works without a network.

Both parts are base64url without padding. The signature is Ed25519 (RFC 8032) over ``YPC1.<payload>``; the payload is a
JSON object of iss, kid, sub (the centre's pseudonym), name_masked, iat, exp (seconds of the epoch) and nonce. A code
says who somebody is without saying a number, is good for a few minutes and for one time only.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from kiosk.ports.central import CitizenKey

PREFIX = "YPC1"
MAX_BYTES = 2048
SKEW = timedelta(seconds=60)
Refusal = Literal["unknown", "forged", "expired"]


@dataclass(frozen=True, slots=True)
class CitizenClaim:
    """A genuine, fresh code. Whether its nonce was used before is for the store to say."""

    handle: str = field(repr=False)
    name_masked: str = field(repr=False)
    nonce: str = field(repr=False)
    expires: datetime


def check(payload: bytes, keys: Iterable[CitizenKey], now: datetime) -> CitizenClaim | Refusal:
    """The claim of a code, or why it is not taken. Signature first, contents after; never raises for bad input."""
    if len(payload) > MAX_BYTES:
        return "unknown"
    try:
        text = payload.decode("ascii")
    except UnicodeDecodeError:
        return "unknown"
    parts = text.strip().split(".")
    if len(parts) != 3 or parts[0] != PREFIX:
        return "unknown"
    claims, signature = _unpack(parts[1]), _unpack(parts[2])
    if claims is None or signature is None:
        return "unknown"
    message = f"{PREFIX}.{parts[1]}".encode("ascii")
    signer = next((key for key in keys if key.not_after >= now and _signed(key, message, signature)), None)
    if signer is None:
        return "forged"
    document = _object(claims)
    if document is None or document.get("kid") != signer.kid:
        return "unknown"
    return _claim(document, now)


def _unpack(part: str) -> bytes | None:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _signed(key: CitizenKey, message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    public = _unpack(key.x)
    if key.alg != "Ed25519" or public is None or len(public) != 32:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _claim(document: dict[str, Any], now: datetime) -> CitizenClaim | Refusal:
    handle, nonce, name = document.get("sub"), document.get("nonce"), document.get("name_masked")
    issued, ends = document.get("iat"), document.get("exp")
    if not (isinstance(handle, str) and isinstance(nonce, str) and isinstance(name, str)):
        return "unknown"
    if type(issued) is not int or type(ends) is not int or not 0 < issued < ends < 2**40:
        return "unknown"
    expires = datetime.fromtimestamp(ends, UTC)
    if expires < now or datetime.fromtimestamp(issued, UTC) > now + SKEW:
        return "expired"
    return CitizenClaim(handle, name, nonce, expires)
