"""Parked work at the centre, for stories that are played without one: sealed, opened and given back as there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.domain.parked import Claimed, Parked, read_carry_on, unlock
from kiosk.domain.sealing import WORK_CONTEXT, SealingKey
from kiosk.domain.session import Draft, IntakeSession, Subject
from kiosk.flow.events import FlowEvent, WorkRefused, WorkTaken
from kiosk.forms import ServicePackage
from kiosk.services.draft import from_bytes
from kiosk.services.parking_desk import sealed_work


class ParkedBooks:
    """What was parked; ``waiting`` has not reached the centre yet."""

    def __init__(self) -> None:
        self._private = X25519PrivateKey.generate()
        self._there: dict[str, dict[str, Any]] = {}
        self.waiting: list[bytes] = []

    def park(self, draft: Draft, owner: Subject, now: datetime) -> Parked:
        """Into the outbox."""
        key = SealingKey(self._private.public_key().public_bytes_raw())
        parked, envelope = sealed_work(draft, owner, key, now)
        self.waiting.append(envelope)
        return parked

    def arrive(self) -> None:
        """What waited reaches the centre."""
        suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
        for envelope in self.waiting:
            head = cbor2.loads(envelope)
            sealed = head.pop("sealed")
            info = WORK_CONTEXT + b"\0" + cbor2.dumps(head, canonical=True)
            self._there[head["parked_id"]] = head | cbor2.loads(suite.decrypt(sealed, self._private, info=info))
        self.waiting.clear()

    def release(self, claimed: Claimed) -> None:
        """Finished or given up."""
        self._there.pop(claimed.parked_id, None)

    def claim(self, session: IntakeSession, packages: tuple[ServicePackage, ...]) -> FlowEvent:
        """What the owner gets, or why nobody gets anything."""
        carry_on, subject = read_carry_on(session.code), session.subject
        work = self._there.get(carry_on.parked_id) if carry_on is not None else None
        if work is None or carry_on is None or subject is None:
            return WorkRefused(session.id, "unknown")
        owner = work["owner"]
        if owner not in ({"number": subject.number, "name": subject.name}, {"handle": subject.handle}):
            return WorkRefused(session.id, "not_yours")
        plain = unlock(work["work"], carry_on, work["half"])
        assert plain is not None
        draft = from_bytes(plain)
        package = next(one for one in packages if one.sha256 == draft.package_sha256)
        whole = replace(draft, session=replace(draft.session, package=package))
        return WorkTaken(session.id, whole, Claimed(carry_on.parked_id, "token"))
