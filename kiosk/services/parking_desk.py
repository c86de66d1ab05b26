"""Puts work by for its owner and takes it up again: two halves of a key, sealed to the centre, through the outbox.

Nobody hears "saved" from here before the store has committed. The bytes are docs/sealed.md; neither this terminal nor
the centre can read what was put by without the resident's slip.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from kiosk.domain.case import new_trace_id
from kiosk.domain.errors import KioskError
from kiosk.domain.parked import HALF_BYTES, KEPT, Claimed, Parked, lock, new_carry_on, read_carry_on, unlock
from kiosk.domain.sealing import WORK_CONTEXT, SealingKey, seal
from kiosk.domain.session import Draft, IntakeSession, Subject
from kiosk.flow.events import FlowEvent, ParkingFailed, ParkingKnown, WorkParked, WorkRefused, WorkTaken
from kiosk.forms import ServicePackage
from kiosk.ports.central import CaseApi, IdentitySession, ParkedClaim, ParkedTaken, Rejected
from kiosk.ports.clock import Clock
from kiosk.ports.storage import KV_SEALING_KEYS, CaseStore, CommitResult, Errand, ErrandKind
from kiosk.services.draft import DraftUnreadable, from_bytes, to_bytes
from kiosk.services.identity_desk import WORK_REFUSALS
from kiosk.services.intake_desk import release
from kiosk.services.package_shelf import PackageShelf

log = logging.getLogger("kiosk.services")
STORE_WAIT_S = 5.0
CLAIM_WAIT_S = 8.0


class Identified(Protocol):
    """What this desk needs of the identity desk."""

    def opened(self, session: IntakeSession, trace_id: str, wait_s: float) -> IdentitySession | None:
        """The centre's session for whoever is here, for no item."""


class Sender(Protocol):
    """What this desk needs of the sync loop."""

    def wake(self, *case_ids: str) -> None:
        """Look for what is due, now."""


class ParkingDesk:
    """Holds nothing of anybody between two calls."""

    def __init__(
        self,
        store: CaseStore,
        api: CaseApi,
        identity: Identified,
        shelf: PackageShelf,
        sender: Sender,
        calls: Executor,
        chores: Executor,
        clock: Clock,
        publish: Callable[[FlowEvent], None],
    ) -> None:
        self._store = store
        self._api = api
        self._identity = identity
        self._shelf = shelf
        self._sender = sender
        self._calls = calls
        self._chores = chores
        self._clock = clock
        self._publish = publish

    def look(self) -> None:
        """Tell whether work can be put by: whether there is a key of the centre."""

        def told(future: Future[str | None]) -> None:
            known = future.exception() is None and bool(sealing_keys(future.result()))
            self._publish(ParkingKnown(known))

        try:
            self._store.get(KV_SEALING_KEYS).add_done_callback(told)
        except KioskError:
            self._publish(ParkingKnown(False))

    # ---- putting by

    def park(self, session: str, draft: Draft, owner: Subject) -> None:
        """Encrypt, seal, commit; then :class:`WorkParked`. Whatever goes wrong is :class:`ParkingFailed`."""
        self._chores.submit(self._park, session, draft, owner)

    def _park(self, session: str, draft: Draft, owner: Subject) -> None:
        try:
            keys = sealing_keys(self._store.get(KV_SEALING_KEYS).result(STORE_WAIT_S))
            if not keys:
                self._publish(ParkingFailed(session, "no_key"))
                return
            parked, envelope = sealed_work(draft, owner, keys[0], self._clock.now())
            errand = Errand(ErrandKind.PARK, parked.carry_on.parked_id, envelope)
            result = self._store.add_errand(errand).result(STORE_WAIT_S)
        except KioskError as error:
            log.error("work not parked: %s", error.code)
            self._publish(ParkingFailed(session, error.code.rpartition(".")[2]))
            return
        except Exception:
            log.exception("work not parked")
            self._publish(ParkingFailed(session, "fault"))
            return
        if not result.ok:
            self._publish(ParkingFailed(session, result.reason.value if result.reason else "io"))
            return
        self._publish(WorkParked(session, parked))
        self._sender.wake()

    def release(self, claimed: Claimed) -> None:
        """Let the centre forget work that was given up or parked anew; waits in the outbox like a case."""

        def queued(future: Future[CommitResult]) -> None:
            if future.exception() is None and future.result().ok:
                self._sender.wake()
            else:
                log.error("release of parked work not queued")

        try:
            self._store.add_errand(release(claimed)).add_done_callback(queued)
        except KioskError as error:
            log.error("release of parked work not queued: %s", error.code)

    # ---- taking up

    def take_up(self, session: IntakeSession, offered: Sequence[ServicePackage]) -> None:
        """Claim the work of the session's code for whoever is here; whatever goes wrong is one word."""
        self._calls.submit(self._take_up, session, offered)

    def _take_up(self, session: IntakeSession, offered: Sequence[ServicePackage]) -> None:
        try:
            self._publish(self._taken(session, offered))
        except Exception:
            log.exception("taking up parked work failed")
            self._publish(WorkRefused(session.id, "away"))

    def _taken(self, session: IntakeSession, offered: Sequence[ServicePackage]) -> FlowEvent:
        deadline = self._clock.monotonic() + CLAIM_WAIT_S
        carry_on, trace_id = read_carry_on(session.code), new_trace_id()
        if carry_on is None:
            return WorkRefused(session.id, "away")
        # What was parked here may be on its way still. Nobody can open it before the centre has its half.
        waiting = self._store.errand(ErrandKind.PARK, carry_on.parked_id).result(STORE_WAIT_S)
        away = "away" if waiting is None else "on_its_way"
        opened = self._identity.opened(session, trace_id, CLAIM_WAIT_S)
        if opened is None or (waiting is not None and not self._sent(waiting, deadline)):
            return WorkRefused(session.id, away)
        claim = self._api.claim(opened.session, carry_on.parked_id, trace_id, self._left(deadline))
        if isinstance(claim, Rejected):
            return WorkRefused(session.id, WORK_REFUSALS.get(claim.problem_type, "away"))
        if not isinstance(claim, ParkedClaim):
            return WorkRefused(session.id, "away")
        plain = unlock(claim.work, carry_on, claim.half)
        try:
            draft = from_bytes(plain) if plain is not None else None
        except DraftUnreadable as error:
            log.warning("parked work not readable: %s", error)
            draft = None
        if draft is None or draft.session.item_id is None:
            return WorkRefused(session.id, "unreadable")
        package = self._shelf.find(draft.session.item_id, draft.item_version, draft.package_sha256, offered)
        if package is None:
            return WorkRefused(session.id, "no_package")
        whole = replace(draft, session=replace(draft.session, package=package))
        return WorkTaken(session.id, whole, Claimed(claim.parked_id, claim.release))

    def _sent(self, errand: Errand, deadline: float) -> bool:
        """Whether the centre has said something about this parked work, now; the same bytes twice are once there."""
        match self._api.park(errand.id, errand.body, self._left(deadline)):
            case ParkedTaken():
                self._store.errand_done(errand.kind, errand.id).result(STORE_WAIT_S)
                return True
            case Rejected():
                return True  # the sync loop hears it too, and ends the errand; the claim says what the centre has
        self._sender.wake()
        return False

    def _left(self, deadline: float) -> float:
        return max(0.5, deadline - self._clock.monotonic())


def sealed_work(draft: Draft, owner: Subject, key: SealingKey, now: datetime) -> tuple[Parked, bytes]:
    """What the slip says, and the envelope for the centre. Fresh halves each time; ValueError when nobody owns it."""
    package = draft.session.package
    if package is None or draft.session.item_id is None:
        raise ValueError("only work on an item is parked")
    if owner.number and owner.name:
        who = {"number": owner.number, "name": owner.name}
    elif owner.handle:
        who = {"handle": owner.handle}
    else:
        raise ValueError("parked work has an owner")
    carry_on, half = new_carry_on(), secrets.token_bytes(HALF_BYTES)
    until = (now.astimezone(UTC) + KEPT).replace(microsecond=0)
    head = {
        "v": 1,
        "parked_id": carry_on.parked_id,
        "item_id": package.id,
        "item_version": package.version,
        "package_sha256": package.sha256,
        "until": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "work": lock(to_bytes(draft), carry_on, half),
    }
    envelope = seal(key, WORK_CONTEXT, head, {"half": half, "owner": who})
    return Parked(carry_on, package.id, package.version, package.sha256, package.title, until), envelope


def sealing_keys(text: str | None) -> tuple[SealingKey, ...]:
    """The centre's keys as the sync loop keeps them, best first; what cannot be read is none."""
    try:
        entries = json.loads(text or "[]")
        return tuple(SealingKey(base64.urlsafe_b64decode(entry + "=" * (-len(entry) % 4))) for entry in entries)
    except (ValueError, TypeError, binascii.Error):
        log.warning("sealing keys are not readable")
        return ()
