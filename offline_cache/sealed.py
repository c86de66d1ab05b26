"""What an envelope holds: a case sealed to the centre, or, before any centre was met, under the terminal's own key.

Sealed to the centre: docs/sealed.md; the terminal cannot open it. Under its own key: a CBOR map of `v`, `case_id`,
`sha256`, `alg`, `nonce` and `own`, the encrypted submission with its files. Without a key `alg` is "none" and `own` is
plain. An errand is a map of `v`, `errand`, `id` and `sha256`, with `body` as it is for parked work, which is sealed to
the centre already, and with `alg`, `nonce` and `own` for a release token.
The first release wrote JSON in files named by the case; those are read, and written no more.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kiosk.domain.sealing import CASE_CONTEXT, RELEASE_CONTEXT, SealingKey, seal
from kiosk.ports.central import LocalFile
from kiosk.ports.storage import Errand, ErrandKind, Submission
from offline_cache.cases import Head
from offline_cache.codec import CASE_ID, errand_name, is_well_formed, time_text, time_value
from offline_cache.keys import derive

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

_TIME = "%Y-%m-%dT%H:%M:%SZ"  # as in the case: whole seconds


@dataclass(frozen=True, slots=True)
class Envelope:
    """What can be told of an envelope without opening it; `sha256` is that of the bytes of the case or errand.

    `name`: a case id, or what `errand_name` makes. `head`: only of a case that is sealed to the centre.
    """

    name: str
    sha256: str
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
    made: bytes = cbor2.dumps(
        {"v": 1, "case_id": item.case_id, "sha256": item.sha256, "alg": alg, "nonce": nonce, "own": own}
    )
    return made


def seal_errand(key: bytes | None, errand: Errand) -> bytes:
    """Parked work as it is, a release token under the terminal's own key."""
    import cbor2

    made: dict[str, object] = {
        "v": 1,
        "errand": errand.kind.value,
        "id": errand.id,
        "sha256": hashlib.sha256(errand.body).hexdigest(),
    }
    if errand.kind is ErrandKind.PARK:
        made["body"] = errand.body
    else:
        nonce, name = secrets.token_bytes(12), errand_name(errand.kind, errand.id)
        made["alg"] = "none" if key is None else "chacha20poly1305"
        made["nonce"] = nonce
        made["own"] = errand.body if key is None else _cipher(key).encrypt(nonce, errand.body, name.encode())
    data: bytes = cbor2.dumps(made)
    return data


def seal_release(key: SealingKey, errand: Errand) -> bytes:
    """A release token to the centre, for an export."""
    return seal(key, RELEASE_CONTEXT, {"v": 1, "parked_id": errand.id}, {"token": errand.body})


def look(data: bytes) -> Envelope | None:
    """Whose it is; None when these are not the bytes of an envelope."""
    try:
        raw = _map(data)
        if raw["v"] != 1 or not isinstance(raw["sha256"], str) or not isinstance(raw.get("id", ""), str):
            return None
        if "errand" in raw:
            return Envelope(errand_name(ErrandKind(raw["errand"]), raw["id"]), raw["sha256"], None, data)
        case_id = raw["case_id"]
        if CASE_ID.fullmatch(case_id) is None:
            return None
        if "own" in raw:
            return Envelope(case_id, raw["sha256"], None, data)
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
    return Envelope(case_id, head.sha256, head, data) if whole else None


def together(envelopes: list[bytes]) -> bytes:
    """Those of one commit as one piece: one as it is, several in a CBOR list."""
    import cbor2

    if len(envelopes) == 1:
        return envelopes[0]
    data: bytes = cbor2.dumps(envelopes)
    return data


def look_at_all(data: bytes) -> tuple[Envelope, ...]:
    """What `together` made; empty when these are not, all of them, envelopes."""
    import cbor2

    try:
        raw = cbor2.loads(data)
    except (ValueError, cbor2.CBORError, RecursionError):
        return ()
    pieces = raw if isinstance(raw, list) else [data]
    found = [look(piece) if isinstance(piece, bytes) else None for piece in pieces]
    return tuple(one for one in found if one is not None) if None not in found else ()


def open_errand(key: bytes | None, data: bytes) -> Errand:
    """Back from its envelope. Raises ValueError when it does not open or does not prove itself."""
    raw = _map(data)
    kind, id = ErrandKind(raw["errand"]), raw["id"]
    if "body" in raw:
        body = raw["body"]
    else:
        body = _opened(key, raw["alg"], raw["nonce"], raw["own"], errand_name(kind, id))
    if hashlib.sha256(body).hexdigest() != raw["sha256"]:
        raise ValueError("the envelope's content does not match what it says of itself")
    return Errand(kind, id, body)


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


def _opened(key: bytes | None, alg: str, nonce: bytes, sealed: bytes, name: str) -> bytes:
    if (alg == "none") != (key is None):
        raise ValueError("the envelope is of another kind of store")
    if key is None:
        return sealed
    from cryptography.exceptions import InvalidTag

    try:
        return _cipher(key).decrypt(nonce, sealed, name.encode())
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


@functools.cache
def _cipher(key: bytes) -> ChaCha20Poly1305:
    # Late: it is not needed to show a screen.
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305(key)
