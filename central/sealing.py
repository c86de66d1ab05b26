"""What terminals sealed to this centre (docs/sealed.md): the keys, and opening. An independent reader of the format.

Whatever is not exactly the format is refused: it would mean other bytes to somebody else. Nothing here is a cipher of
our own: HPKE (RFC 9180) comes from cryptography, CBOR from cbor2.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import NoneType
from typing import Any, Final, NoReturn

import cbor2
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from central.identity import read_or_make, sync_folder
from central.problems import Problem
from central.words import JSON, parse_stamp, stamp

ALGORITHM: Final = "HPKE-X25519-HKDF-SHA256-CHACHA20POLY1305"
CASE_MEDIA_TYPE: Final = "application/vnd.kiosk.sealed-case+cbor"
WORK_MEDIA_TYPE: Final = "application/vnd.kiosk.parked-work+cbor"
CASE_CONTEXT: Final = b"kiosk sealed case 1"
WORK_CONTEXT: Final = b"kiosk parked work 1"
RELEASE_CONTEXT: Final = b"kiosk release of work 1"
PUBLISHED: Final = 8
HALF_BYTES: Final = 16
MOST_VALUES: Final = 5000
"""In one map: the head, or what is sealed, with seven values for each of its files."""
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ITEM_ID = re.compile(r"(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*")

Shape = Mapping[str, type | tuple[type, ...]]
"""Name -> type of every entry of a map; there are no others."""

_HEAD: Shape = {"v": int, "item_id": str, "item_version": int, "package_sha256": str, "kid": str, "sealed": bytes}
CASE_HEAD: Shape = {
    **_HEAD,
    **dict.fromkeys(("case_id", "kind", "trace_id", "created", "sha256"), str),
    "parent_id": (str, NoneType),
}
CASE_INSIDE: Shape = {"body": bytes, "files": list}
CASE_FILE: Shape = {"sha256": str, "media_type": str, "data": bytes}
WORK_HEAD: Shape = {**_HEAD, "parked_id": str, "until": str, "work": bytes}
WORK_INSIDE: Shape = {"half": bytes, "owner": dict}
RELEASE_HEAD: Shape = {"v": int, "parked_id": str, "kid": str, "sealed": bytes}
RELEASE_INSIDE: Shape = {"token": bytes}
WORK_OWNERS: tuple[Shape, ...] = ({"number": str, "name": str}, {"handle": str})


@dataclass(frozen=True, slots=True)
class SealedCase:
    """An opened case: its open head, its exact bytes, and its files by hash, each checked."""

    head: Mapping[str, JSON]
    body: bytes = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ParkedEnvelope:
    """Opened parked work: ``work`` stays encrypted, ``half`` is the centre's half of its key.

    ``owner`` has a number and a name, or a handle.
    """

    parked_id: str
    item_id: str
    item_version: int
    package_sha256: str
    until: datetime
    work: bytes = field(repr=False)
    half: bytes = field(repr=False)
    owner: Mapping[str, str] = field(repr=False)


class SealingKeys:
    """The centre's private keys, in one file of the state folder, newest first. None is ever thrown away."""

    def __init__(self, path: Path) -> None:
        first = _written([X25519PrivateKey.generate()])
        seeds = json.loads(read_or_make(path, first))["keys"]
        keys = [X25519PrivateKey.from_private_bytes(base64.b64decode(seed)) for seed in seeds]
        self._path = path
        self._keys = {_kid(key): key for key in keys}

    def as_json(self) -> JSON:
        """The ``SealingKeys`` of the contract, best first."""
        newest = list(self._keys.items())[:PUBLISHED]
        return {
            "keys": [
                {"kid": kid, "alg": ALGORITHM, "x": base64.urlsafe_b64encode(_public(key)).rstrip(b"=").decode()}
                for kid, key in newest
            ]
        }

    def rotate(self) -> str:
        """Make another key the best one; it is on disk on return. Gives its kid."""
        key = X25519PrivateKey.generate()
        self._keys = {_kid(key): key, **self._keys}
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(_written(list(self._keys.values())))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        sync_folder(self._path.parent)
        return _kid(key)

    def open_case(self, envelope: bytes) -> SealedCase:
        """Open a sealed case; raises ``Problem`` seal-unknown or seal-broken."""
        head, inside = self._open(CASE_CONTEXT, envelope, CASE_HEAD, CASE_INSIDE)
        if hashlib.sha256(inside["body"]).hexdigest() != head["sha256"]:
            _broken("the body is not the one that the head names")
        files: dict[str, bytes] = {}
        for file in inside["files"]:
            _held_to(file, CASE_FILE)
            if hashlib.sha256(file["data"]).hexdigest() != file["sha256"]:
                _broken("a file is not the one it is called")
            files[file["sha256"]] = file["data"]
        return SealedCase(head, inside["body"], files)

    def open_work(self, envelope: bytes) -> ParkedEnvelope:
        """Open parked work; raises ``Problem`` seal-unknown or seal-broken."""
        head, inside = self._open(WORK_CONTEXT, envelope, WORK_HEAD, WORK_INSIDE)
        until, half, owner = parse_stamp(head["until"]), inside["half"], inside["owner"]
        if until is None or until.tzinfo is None or stamp(until) != head["until"]:
            _broken("no such time")
        if len(half) != HALF_BYTES:
            _broken("half a key of another length")
        _held_to(owner, WORK_OWNERS["handle" in owner])
        if not all(0 < len(value) <= 200 and value.isprintable() for value in owner.values()):
            _broken("nobody owns this")
        return ParkedEnvelope(
            head["parked_id"],
            head["item_id"],
            head["item_version"],
            head["package_sha256"],
            until,
            head["work"],
            half,
            owner,
        )

    def open_release(self, parked_id: str, envelope: bytes) -> str:
        """Open the token that ends parked work; raises ``Problem`` seal-unknown or seal-broken."""
        head, inside = self._open(RELEASE_CONTEXT, envelope, RELEASE_HEAD, RELEASE_INSIDE)
        if head["parked_id"] != parked_id:
            _broken("work of another id")
        token: bytes = inside["token"]
        return token.decode("utf-8", "replace")

    def _open(self, context: bytes, envelope: bytes, head: Shape, inside: Shape) -> tuple[dict[str, Any], Any]:
        told = _read(envelope, head)
        sealed = told.pop("sealed")
        if told["v"] != 1 or not 0 < told.get("item_version", 1) < 1 << 31:
            _broken("another version of the format")
        if "item_id" in head and not (
            _SHA256.fullmatch(told["package_sha256"]) and _ITEM_ID.fullmatch(told["item_id"])
        ):
            _broken("no package has this name")
        key = self._keys.get(told["kid"])
        if key is None:
            raise Problem("seal-unknown", "sealed to a key that this centre does not have")
        info = context + b"\0" + cbor2.dumps(told, canonical=True)
        try:
            plain = _SUITE.decrypt(sealed, key, info=info)
        except (InvalidTag, ValueError):
            _broken("it does not open")
        return told, _read(plain, inside)


def _read(data: bytes, shape: Shape) -> dict[str, Any]:
    """One map of this shape out of its deterministic CBOR (RFC 8949 §4.2). Depth and tags end the reading at once."""
    if not _is_small(data):
        _broken("more values than the format has")
    try:
        value = cbor2.loads(
            data,
            max_depth=4,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            strict_hashable_types=True,
            semantic_decoders=_NO_TAGS,
            tag_hook=_no_tag,
        )
        _held_to(value, shape)
        # Trailing bytes, longer forms of numbers and another order of names all end here.
        same = cbor2.dumps(value, canonical=True) == data
    except (cbor2.CBORError, ValueError, RecursionError, MemoryError, OverflowError):
        _broken("not CBOR as it has to be")
    if not same:
        _broken("not deterministic CBOR")
    found: dict[str, Any] = value
    return found


def _is_small(data: bytes) -> bool:
    """Whether this is at most :data:`MOST_VALUES` values of CBOR, found without building any: a byte each as it comes,
    a hundred once it is read."""
    at, seen, to_come = 0, 0, 1
    while to_come and at < len(data):
        kind, low = data[at] >> 5, data[at] & 31
        more = 1 << (low - 24) if 24 <= low <= 27 else 0
        number = int.from_bytes(data[at + 1 : at + 1 + more], "big") if more else low
        at, seen, to_come = at + 1 + more, seen + 1, to_come - 1
        if kind in (2, 3):
            at += number
        elif kind in (4, 5, 6):
            to_come += {4: number, 5: 2 * number, 6: 1}[kind]
        if seen + to_come > MOST_VALUES:
            return False
    return True


def _held_to(value: Any, shape: Shape) -> None:
    """Raise seal-broken unless this is a map of exactly these names and types."""
    if type(value) is not dict or value.keys() != shape.keys():
        _broken("other names than those of the format")
    for name, wanted in shape.items():
        if type(value[name]) not in (wanted if isinstance(wanted, tuple) else (wanted,)):
            _broken(f"{name}: another type")


def _broken(why: str) -> NoReturn:
    raise Problem("seal-broken", why)


def _no_tag(*_: Any) -> NoReturn:
    raise ValueError("there are no tags in this format")


# The library knows these by itself: dates, big numbers, references, patterns, messages, sets, addresses.
_NO_TAGS = dict.fromkeys((*range(300), 1004, 43000, 55799), _no_tag)


def _written(keys: list[X25519PrivateKey]) -> bytes:
    return json.dumps({"keys": [base64.b64encode(key.private_bytes_raw()).decode() for key in keys]}).encode()


def _public(key: X25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _kid(key: X25519PrivateKey) -> str:
    return hashlib.sha256(_public(key)).hexdigest()[:16]
