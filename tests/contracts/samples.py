"""Invented cases, answers and a clock for tests of the store and of what stands on it."""

from __future__ import annotations

import base64
import hashlib
import json
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import cbor2
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.domain.sealing import CASE_CONTEXT
from kiosk.ports.central import CentreAnswer, CentreDecision, LocalFile
from kiosk.ports.storage import CaseStore, Submission

T = TypeVar("T")
START = datetime(2026, 11, 21, 6, 46, tzinfo=UTC)


class HandClock:
    """A clock that moves when told to."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at
        self.ticks = 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.ticks

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.ticks += seconds

    def jump(self, seconds: float) -> None:
        """Turn the wall clock only, as a hand or a time server does."""
        self.at += timedelta(seconds=seconds)


def got(future: Future[T]) -> T:
    return future.result(timeout=20)


def at_rest(store: CaseStore) -> None:
    """Wait until what was told has its rows too: from then on whoever reads the files finds them."""
    got(store.get("nothing"))


def submission(number: int = 1, text: str = "body", parent: str | None = None, version: int = 1) -> Submission:
    body = f'{{"n":{number},"t":"{text}"}}'.encode()
    return Submission(
        case_id=case_id(number),
        parent_id=parent,
        item_id="residence-permit-renewal",
        item_version=version,
        package_sha256="a" * 64,
        trace_id=f"{number:032x}",
        session="00112233445566aa",
        created=START,
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
        kind="apply",
    )


def case_id(number: int) -> str:
    return f"YP0301-261121-{number:010d}"


def answer(item: Submission, status: str = "accepted") -> CentreAnswer:
    return CentreAnswer(
        case_id=item.case_id,
        sha256=item.sha256,
        status=status,
        accepted_at=START,
        official_no="YP2026-1",
        decision=CentreDecision("granted", {"zh-Hans": "可以", "en": "yes"}, {"title": {"zh-Hans": "证"}}),
    )


def sealing_keys() -> tuple[str, X25519PrivateKey]:
    """A key of the centre as the store keeps it, and the half that opens."""
    private = X25519PrivateKey.generate()
    x = base64.urlsafe_b64encode(private.public_key().public_bytes_raw()).decode().rstrip("=")
    return json.dumps([x]), private


def unsealed(envelope: bytes, private: X25519PrivateKey) -> dict[str, Any]:
    """What only the centre can read of a sealed case: body and files."""
    raw = cbor2.loads(envelope)
    sealed = raw.pop("sealed")
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    opened = suite.decrypt(sealed, private, info=CASE_CONTEXT + b"\0" + cbor2.dumps(raw, canonical=True))
    inner: dict[str, Any] = cbor2.loads(opened)
    return inner


def photograph(number: int = 1, size: int = 3000) -> LocalFile:
    data = number.to_bytes(4, "big") * (size // 4)
    return LocalFile(hashlib.sha256(data).hexdigest(), "image/jpeg", data)
