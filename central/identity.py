"""Who stands at a terminal: sessions opened by card or by a one-time citizen code, and the keys that sign the codes.

A code reads ``YPC1.<payload>.<signature>``: base64url without padding, an Ed25519 signature over ``YPC1.<payload>``,
the payload a JSON object of iss, kid, sub, name_masked, iat, exp (seconds of the epoch) and nonce. The signature is
checked before a byte of the payload is read.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from central.contract import strict_json
from central.packages import Shelf, canonical_bytes, mask_name
from central.problems import Problem
from central.registry import Registry, Resident
from central.store import Store, nonces, sessions
from central.words import JSON, Clock, stamp

PREFIX = "YPC1"
ISSUER = "yunpu"
CODE_LIFE_S = 300
SKEW_S = 60
SESSION_LIFE = timedelta(minutes=30)
KEY_LIFE = timedelta(days=400)
MAX_CODE = 2048


def read_or_make(path: Path, make: bytes) -> bytes:
    """The content of a secret file, made at first with owner-only rights; two starts at once agree on one content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    if not path.exists():
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(make)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
            sync_folder(path.parent)
        except FileExistsError:
            pass  # the other start was first; its content is read below
        finally:
            draft.unlink()
    return path.read_bytes()


def sync_folder(folder: Path) -> None:
    """Have the names in this folder on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _unb64(text: str) -> bytes:
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _b64(data) != text:
        raise ValueError("not the one way to write these bytes")
    return data


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Claim:
    """What a checked code says. ``nonce_hash`` is what makes it good for one time only."""

    handle: str
    nonce_hash: str
    expires_at: datetime


class KeyRing:
    """The centre's own Ed25519 keys, in one file of the state folder. The newest signs, all of them verify."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        fresh = {"kid": f"yp-{secrets.token_hex(4)}", "seed": _b64(secrets.token_bytes(32))}
        fresh["not_after"] = stamp(clock() + KEY_LIFE)
        rows = json.loads(read_or_make(path, json.dumps({"keys": [fresh]}).encode()))["keys"]
        self._keys = {
            str(row["kid"]): (Ed25519PrivateKey.from_private_bytes(_unb64(row["seed"])), str(row["not_after"]))
            for row in rows
        }

    def as_json(self) -> JSON:
        """The ``CitizenCodeKeys`` of the contract."""
        raw = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return {
            "keys": [
                {"kid": kid, "alg": "Ed25519", "x": _b64(key.public_key().public_bytes(*raw)), "not_after": ends}
                for kid, (key, ends) in self._keys.items()
            ]
        }

    def issue(self, resident: Resident, ttl_s: int) -> tuple[str, datetime]:
        """A fresh code for one person and when it ends."""
        kid, (key, _) = next(reversed(self._keys.items()))
        now = int(self._clock().timestamp())
        ends = now + ttl_s
        payload = {
            "iss": ISSUER,
            "kid": kid,
            "sub": resident.handle,
            "name_masked": mask_name(resident.name),
            "iat": min(now, ends - 1),
            "exp": ends,
            "nonce": secrets.token_hex(16),
        }
        signed = f"{PREFIX}.{_b64(canonical_bytes(payload))}"
        return f"{signed}.{_b64(key.sign(signed.encode('ascii')))}", datetime.fromtimestamp(ends, UTC)

    def verify(self, code: str) -> Claim:
        """Read a code; raises ``Problem`` code-invalid or code-expired."""
        now = self._clock()
        try:
            if len(code) > MAX_CODE:
                raise ValueError("too long")
            prefix, payload, signature = code.split(".")
            if prefix != PREFIX:
                raise ValueError("another kind of code")
            kid = self._signer(f"{prefix}.{payload}".encode("ascii"), _unb64(signature), stamp(now))
            claim = strict_json(_unb64(payload))
            if not isinstance(claim, dict) or claim.get("kid") != kid or claim.get("iss") != ISSUER:
                raise ValueError("another key or issuer")
            handle, nonce, issued, ends = claim.get("sub"), claim.get("nonce"), claim.get("iat"), claim.get("exp")
            if not (type(issued) is int and type(ends) is int and isinstance(handle, str) and isinstance(nonce, str)):
                raise ValueError("a claim is missing")
            if issued > now.timestamp() + SKEW_S or not 0 < ends - issued <= 24 * 3600:
                raise ValueError("times do not fit")
        except (ValueError, UnicodeError, Problem):
            raise Problem("code-invalid") from None
        if ends <= now.timestamp():
            raise Problem("code-expired")
        return Claim(handle, _hash(nonce), datetime.fromtimestamp(ends, UTC))

    def _signer(self, signed: bytes, signature: bytes, now: str) -> str:
        for kid, (key, ends) in self._keys.items():
            try:
                key.public_key().verify(signature, signed)
            except InvalidSignature:
                continue
            if ends > now:
                return kid
        raise ValueError("no key of ours signed this")


@dataclass(frozen=True, slots=True)
class Session:
    """An open identity session. ``resident`` None = a person the registry does not hold."""

    handle: str
    resident: str | None = field(repr=False)
    item_id: str


class Identity:
    """Opens sessions and finds them again. Tokens and nonces are kept as hashes."""

    def __init__(self, store: Store, registry: Registry, shelf: Shelf, keys: KeyRing, clock: Clock) -> None:
        self._store = store
        self._registry = registry
        self._shelf = shelf
        self._keys = keys
        self._clock = clock

    def open(self, request: Mapping[str, JSON]) -> JSON:
        """The ``IdentitySession`` for an ``IdentitySessionRequest``; raises ``Problem``."""
        self._check_method(request["item_id"], request["method"])
        claim: Claim | None = None
        number: str | None = None
        if request["method"] in ("id_card", "passport"):
            card = request["card"]
            by_chip = request["method"] == "id_card"
            resident = self._registry.by_card(card["number"], card["name"]) if by_chip else None
            # Number and name together: a wrong name makes a stranger, whose records are not those of the number.
            handle = resident.handle if resident else self._registry.handle(f"{card['number']}\n{card['name']}")
            name = card["name"]
        else:
            claim = self._keys.verify(request["code"])
            resident = self._registry.by_handle(claim.handle)
            if resident is None:
                raise Problem("code-invalid")
            handle, name, number = resident.handle, resident.name, resident.number
        token = secrets.token_urlsafe(32)
        now = self._clock()
        ends = now + SESSION_LIFE
        try:
            with self._store.write() as connection:
                connection.execute(delete(nonces).where(nonces.c.expires_at < stamp(now - timedelta(seconds=SKEW_S))))
                connection.execute(delete(sessions).where(sessions.c.expires_at < stamp(now)))
                if claim is not None:
                    values = {"nonce_hash": claim.nonce_hash, "expires_at": stamp(claim.expires_at)}
                    connection.execute(insert(nonces).values(values))
                connection.execute(
                    insert(sessions).values(
                        token_hash=_hash(token),
                        handle=handle,
                        resident=resident.number if resident else None,
                        item_id=request["item_id"] or "",
                        expires_at=stamp(ends),
                    )
                )
        except IntegrityError:
            raise Problem("code-replayed") from None
        return {
            "session": token,
            "subject": {"handle": handle, "name": name, "number": number},
            "expires_at": stamp(ends),
        }

    def _check_method(self, item_id: str | None, method: str) -> None:
        """Without an item somebody comes back to a case: that takes a card's chip or a citizen code."""
        if item_id is None:
            if method == "passport":
                raise Problem("method-not-accepted")
            return
        item = self._shelf.offered(item_id)
        if item is None:
            raise Problem("item-unknown")
        if not item.accepts(method):
            raise Problem("method-not-accepted")

    def find(self, token: str, item_id: str) -> Session:
        """The open session of a token, for the item it was opened for ("" for none); raises ``Problem``
        session-unknown.
        """
        with self._store.read() as connection:
            row = connection.execute(select(sessions).where(sessions.c.token_hash == _hash(token))).first()
        if row is None or row.expires_at <= stamp(self._clock()) or row.item_id != item_id:
            raise Problem("session-unknown")
        return Session(row.handle, row.resident, row.item_id)
