"""Parked work: what a resident may take up again later, here or at another terminal.

There is one way to come back to unfinished work, and this is it: time-out, "save for later", a second party. The work
is encrypted with a key of two halves. One half leaves with the resident, in the code of the carry-on slip; the other is
sent to the centre, sealed, and given back to the owner alone. Neither half is made of anything that can be looked up:
an ID number is never key material. docs/sealed.md has the bytes.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kiosk.domain.open_work import ALPHABET
from kiosk.domain.sealing import WORK_CONTEXT as _CONTEXT
from kiosk.forms import Text

HALF_BYTES = 16
KEPT = timedelta(days=7)
PREFIX = "KP1"
_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{16}")
_HALF_LENGTH = 26  # 128 bits in base32
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class CarryOn:
    """What the carry-on slip's code holds: which work, and the resident's half of its key."""

    parked_id: str
    half: bytes = field(repr=False)

    @property
    def code(self) -> str:
        """``KP1.ID.HALF``: digits, capitals and dots alone, so that a QR code of it stays small."""
        number = int.from_bytes(self.half, "big")
        half = "".join(ALPHABET[number >> 5 * at & 31] for at in range(_HALF_LENGTH - 1, -1, -1))
        return f"{PREFIX}.{self.parked_id}.{half}"


def new_carry_on() -> CarryOn:
    """A fresh id and a fresh half of a key."""
    return CarryOn("".join(secrets.choice(ALPHABET) for _ in range(16)), secrets.token_bytes(HALF_BYTES))


def read_carry_on(text: str) -> CarryOn | None:
    """The slip's code as it was scanned; None: it is none."""
    prefix, _, rest = text.strip().upper().partition(".")
    parked_id, _, half = rest.partition(".")
    if prefix != PREFIX or _ID.fullmatch(parked_id) is None:
        return None
    if len(half) != _HALF_LENGTH or any(character not in ALPHABET for character in half):
        return None
    number = 0
    for character in half:
        number = number << 5 | ALPHABET.index(character)
    return None if number >> 8 * HALF_BYTES else CarryOn(parked_id, number.to_bytes(HALF_BYTES, "big"))


@dataclass(frozen=True, slots=True)
class Owner:
    """Who alone may take the work up: by number and name from a card, or by the centre's pseudonym."""

    number: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    handle: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Parked:
    """Work that waits: what it is, until when, and the code that opens it together with its owner's identity."""

    carry_on: CarryOn = field(repr=False)
    item_id: str
    item_version: int
    package_sha256: str
    title: Text
    until: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """Parked work that was taken up, and the token that ends it at the centre."""

    parked_id: str
    release: str = field(repr=False)


def lock(draft: bytes, carry_on: CarryOn, centre_half: bytes) -> bytes:
    """The draft as it leaves the terminal: a nonce and what only both halves together open again."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    nonce, name = secrets.token_bytes(_NONCE_BYTES), carry_on.parked_id.encode()
    return nonce + ChaCha20Poly1305(_key(carry_on, centre_half)).encrypt(nonce, draft, name)


def unlock(work: bytes, carry_on: CarryOn, centre_half: bytes) -> bytes | None:
    """The draft; None when these halves do not open it, or it was changed on the way."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    if len(centre_half) != HALF_BYTES or len(work) < _NONCE_BYTES:
        return None
    nonce, name = work[:_NONCE_BYTES], carry_on.parked_id.encode()
    try:
        return ChaCha20Poly1305(_key(carry_on, centre_half)).decrypt(nonce, work[_NONCE_BYTES:], name)
    except InvalidTag:
        return None


def _key(carry_on: CarryOn, centre_half: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = _CONTEXT + b"\0" + carry_on.parked_id.encode()
    return HKDF(SHA256(), 32, salt=None, info=info).derive(carry_on.half + centre_half)
