"""What an envelope holds: a case sealed to the centre, or, before any centre was met, under the terminal's own key.

Sealed to the centre: docs/sealed.md; the terminal cannot open it. Under its own key: a CBOR map of `v`, `case_id`,
`alg`, `nonce` and `own`, the encrypted submission with its files. Without a key `alg` is "none" and `own` is plain.
The first release wrote JSON in files named by the case; those are read, and written no more.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kiosk.domain.sealing import CASE_CONTEXT, SealingKey, seal
from kiosk.ports.central import LocalFile
from kiosk.ports.storage import Submission
from offline_cache.cases import Head
from offline_cache.codec import CASE_ID, is_well_formed, time_text, time_value
from offline_cache.keys import derive

_TIME = "%Y-%m-%dT%H:%M:%SZ"  # as in the case: whole seconds


@dataclass(frozen=True, slots=True)
class Envelope:
    """What can be told of an envelope without opening it. `head` is None for one under the terminal's own key."""

    case_id: str
    head: Head | None
    data: bytes = field(repr=False)


def seal_case(key: SealingKey, item: Submission) -> bytes:
    """To the centre: nobody else can open it, not even who made it."""
    head = {
        "v": 1,
        "case_id": item.case_id,
        "parent_id": item.parent_id,
        "kind": item.kind,
        "item_id": item.item_id,
        "item_version": item.item_version,
        "package_sha256": item.package_sha256,
        "trace_id": item.trace_id,
        "created": item.created.astimezone(UTC).strftime(_TIME),
        "sha256": item.sha256,
    }
    return seal(key, CASE_CONTEXT, head, {"body": item.body, "files": _files(item)})


def seal_own(key: bytes | None, item: Submission) -> bytes:
    """Under the terminal's own key, whole, so that a lost row can be made again from it."""
    import cbor2

    plain: bytes = cbor2.dumps(
        {
            "case_id": item.case_id,
            "parent_id": item.parent_id,
            "kind": item.kind,
            "item_id": item.item_id,
            "item_version": item.item_version,
            "package_sha256": item.package_sha256,
            "trace_id": item.trace_id,
            "session": item.session,
            "created": time_text(item.created),
            "sha256": item.sha256,
            "body": item.body,
            "files": _files(item),
        }
    )
    nonce = secrets.token_bytes(12)
    own = plain if key is None else _cipher(key).encrypt(nonce, plain, item.case_id.encode())
    alg = "none" if key is None else "chacha20poly1305"
    made: bytes = cbor2.dumps({"v": 1, "case_id": item.case_id, "alg": alg, "nonce": nonce, "own": own})
    return made


def look(data: bytes) -> Envelope | None:
    """Whose it is; None when these are not the bytes of an envelope."""
    try:
        raw = _map(data)
        case_id = raw["case_id"]
        if raw["v"] != 1 or CASE_ID.fullmatch(case_id) is None:
            return None
        if "own" in raw:
            return Envelope(case_id, None, data)
        if not isinstance(raw["kid"], str) or not isinstance(raw["sealed"], bytes):
            return None
        head = Head(
            case_id=case_id,
            parent_id=raw["parent_id"],
            kind=raw["kind"],
            item_id=raw["item_id"],
            item_version=raw["item_version"],
            package_sha256=raw["package_sha256"],
            trace_id=raw["trace_id"],
            created=datetime.strptime(raw["created"], _TIME).replace(tzinfo=UTC),
            sha256=raw["sha256"],
        )
    except (ValueError, TypeError, LookupError):
        return None
    texts = (head.kind, head.item_id, head.package_sha256, head.trace_id, head.sha256, head.parent_id or "")
    whole = all(isinstance(text, str) for text in texts) and isinstance(head.item_version, int)
    return Envelope(case_id, head, data) if whole else None


def open_own(key: bytes | None, data: bytes) -> Submission:
    """Back from the terminal's own key. Raises ValueError when it does not open or does not prove itself."""
    raw = _map(data)
    case_id = raw["case_id"]
    inner = _map(_opened(key, raw["alg"], raw["nonce"], raw["own"], case_id))
    return _proved(case_id, _submission(inner, inner["body"], inner["files"]))


def open_first_release(key: bytes | None, case_id: str, data: bytes) -> Submission:
    """The JSON file of schema 1. Raises ValueError when it does not open or does not prove itself."""
    try:
        outer = json.loads(data)
        if outer["schema"] != 1:
            raise ValueError("not an envelope of the first release")
        nonce, sealed = (base64.b64decode(outer[name], validate=True) for name in ("nonce", "sealed"))
        inner = json.loads(_opened(key, outer["alg"], nonce, sealed, case_id))
        return _proved(case_id, _submission(inner, base64.b64decode(inner["body"], validate=True), []))
    except (TypeError, LookupError) as error:
        raise ValueError("not an envelope of the first release") from error


def own_key(key: bytes | None) -> bytes | None:
    """The key of envelopes, from the store's."""
    return None if key is None else derive(key, "envelope")


def _files(item: Submission) -> list[dict[str, object]]:
    return [{"sha256": file.sha256, "media_type": file.media_type, "data": file.data} for file in item.files]


def _map(data: bytes) -> dict[str, Any]:
    """Raises ValueError for what is no CBOR map."""
    import cbor2

    try:
        raw = cbor2.loads(data)
    except (cbor2.CBORError, RecursionError) as error:
        raise ValueError("not CBOR") from error
    if not isinstance(raw, dict):
        raise ValueError("not a map")
    return raw


def _opened(key: bytes | None, alg: str, nonce: bytes, sealed: bytes, case_id: str) -> bytes:
    if (alg == "none") != (key is None):
        raise ValueError("the envelope is of another kind of store")
    if key is None:
        return sealed
    from cryptography.exceptions import InvalidTag

    try:
        return _cipher(key).decrypt(nonce, sealed, case_id.encode())
    except InvalidTag:
        raise ValueError("the seal is broken") from None


def _submission(inner: Mapping[str, Any], body: bytes, files: list[dict[str, Any]]) -> Submission:
    try:
        return Submission(
            case_id=inner["case_id"],
            parent_id=inner["parent_id"],
            item_id=inner["item_id"],
            item_version=inner["item_version"],
            package_sha256=inner["package_sha256"],
            trace_id=inner["trace_id"],
            session=inner["session"],
            created=time_value(inner["created"]),
            body=body,
            sha256=inner["sha256"],
            kind=inner["kind"],
            files=tuple(LocalFile(file["sha256"], file["media_type"], file["data"]) for file in files),
        )
    except (TypeError, LookupError) as error:
        raise ValueError("the envelope holds no case") from error


def _proved(case_id: str, item: Submission) -> Submission:
    if item.case_id != case_id or not is_well_formed((item,)):
        raise ValueError("the envelope's content does not match what it says of itself")
    return item


class _Aead:
    """The two calls used of cryptography's ChaCha20Poly1305; imported late, it is not needed to show a screen."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        self._inner = ChaCha20Poly1305(key)

    def encrypt(self, nonce: bytes, data: bytes, bound_to: bytes) -> bytes:
        return self._inner.encrypt(nonce, data, bound_to)

    def decrypt(self, nonce: bytes, data: bytes, bound_to: bytes) -> bytes:
        return self._inner.decrypt(nonce, data, bound_to)


def _cipher(key: bytes) -> _Aead:
    return _Aead(key)
