"""Sealing to the centre: what the terminal writes so that only the centre can read it. Bytes: docs/sealed.md.

HPKE (RFC 9180) in base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. The open head of an envelope
is bound to what is sealed, as HPKE's ``info``. The terminal can seal and cannot open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

ALGORITHM = "HPKE-X25519-HKDF-SHA256-CHACHA20POLY1305"
CASE_MEDIA_TYPE = "application/vnd.kiosk.sealed-case+cbor"
WORK_MEDIA_TYPE = "application/vnd.kiosk.parked-work+cbor"
CASE_CONTEXT = b"kiosk sealed case 1"
WORK_CONTEXT = b"kiosk parked work 1"
RELEASE_CONTEXT = b"kiosk release of work 1"


@dataclass(frozen=True, slots=True)
class SealingKey:
    """One public key of the centre: ``x`` are its 32 raw bytes, ``kid`` the first 16 hex digits of their SHA-256."""

    x: bytes

    def __post_init__(self) -> None:
        if len(self.x) != 32:
            raise ValueError("an X25519 public key has 32 bytes")

    @property
    def kid(self) -> str:
        return hashlib.sha256(self.x).hexdigest()[:16]


def seal(key: SealingKey, context: bytes, head: Mapping[str, object], secret: Mapping[str, object]) -> bytes:
    """The envelope: a deterministic CBOR map (RFC 8949 §4.2) of ``head``, ``kid`` and ``sealed``.

    Raises ValueError when the head uses a name of the envelope's own.
    """
    # Late: none of this is needed to show a screen.
    import cbor2
    from cryptography.hazmat.primitives import hpke
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    if {"kid", "sealed"} & head.keys():
        raise ValueError("kid and sealed are the envelope's own names")
    open_part = {**head, "kid": key.kid}
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    info = context + b"\0" + cbor2.dumps(open_part, canonical=True)
    public = X25519PublicKey.from_public_bytes(key.x)
    sealed = suite.encrypt(cbor2.dumps(dict(secret), canonical=True), public, info=info)
    return cbor2.dumps({**open_part, "sealed": sealed}, canonical=True)
