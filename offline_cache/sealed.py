"""A case sealed to the centre: what goes in, and what its open head says. Bytes: docs/sealed.md."""

from __future__ import annotations

from datetime import UTC, datetime

from kiosk.domain.sealing import CASE_CONTEXT, SealingKey, seal
from kiosk.ports.storage import Submission
from offline_cache.cases import Head
from offline_cache.codec import CASE_ID

_TIME = "%Y-%m-%dT%H:%M:%SZ"  # as in the case: whole seconds


def seal_case(key: SealingKey, item: Submission) -> bytes:
    """The envelope. Nobody but the centre can open it, not even who made it."""
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
    files = [{"sha256": file.sha256, "media_type": file.media_type, "data": file.data} for file in item.files]
    return seal(key, CASE_CONTEXT, head, {"body": item.body, "files": files})


def case_of(envelope: bytes) -> Head | None:
    """What an envelope says openly; None when it is none of ours, or torn."""
    import cbor2

    try:
        raw = cbor2.loads(envelope)
        if raw["v"] != 1 or not isinstance(raw["kid"], str) or not isinstance(raw["sealed"], bytes):
            return None
        head = Head(
            case_id=raw["case_id"],
            parent_id=raw["parent_id"],
            kind=raw["kind"],
            item_id=raw["item_id"],
            item_version=raw["item_version"],
            package_sha256=raw["package_sha256"],
            trace_id=raw["trace_id"],
            created=datetime.strptime(raw["created"], _TIME).replace(tzinfo=UTC),
            sha256=raw["sha256"],
        )
    except (cbor2.CBORError, ValueError, TypeError, LookupError, RecursionError):
        return None
    texts = (head.case_id, head.kind, head.item_id, head.package_sha256, head.trace_id, head.sha256)
    if not all(isinstance(text, str) for text in texts) or not isinstance(head.item_version, int):
        return None
    return head if CASE_ID.fullmatch(head.case_id) else None
