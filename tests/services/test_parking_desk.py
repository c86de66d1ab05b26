"""Work that is parked can be opened by slip, centre and owner together, and by nobody with less."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from concurrent.futures import Future
from datetime import UTC, timedelta
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.domain.parked import HALF_BYTES, KEPT, Claimed, read_carry_on, unlock
from kiosk.domain.sealing import WORK_CONTEXT
from kiosk.domain.session import Draft, IdentityProof, IntakeSession, Subject
from kiosk.flow.events import FlowEvent, ParkingFailed, ParkingKnown, WorkParked, WorkRefused, WorkTaken
from kiosk.flow.laying_aside import to_park
from kiosk.forms import bundle_from_folder
from kiosk.ports.central import NotModified, PackageDownload, ParkedClaim, ParkedTaken, Rejected, RetryLater
from kiosk.ports.storage import KV_SEALING_KEYS, CommitFault, CommitResult, ErrandKind
from kiosk.services.identity_desk import IdentityDesk
from kiosk.services.package_shelf import PackageShelf
from kiosk.services.parking_desk import ParkingDesk, sealing_keys
from offline_cache.memory import MemoryStore
from tests.flow.putting_by import ITEM, at_the_form
from tests.flow.world import CARD, NOON, PACKAGES, SERVICES
from tests.services.test_desks import AtOnce, HeldClock, Library

OWNER = Subject(CARD.name, CARD.number, "resident")
PACKAGE = next(package for package in PACKAGES if package.id == ITEM)


class Centre(Library):
    """Opens what was sealed to it, and gives its half to the owner alone."""

    def __init__(self) -> None:
        super().__init__()
        self.private = X25519PrivateKey.generate()
        self.kept: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        self.claims: list[str] = []
        self.bundle: bytes | None = None
        self.answer: object | None = None
        self.takes = True

    @property
    def keys(self) -> str:
        public = self.private.public_key().public_bytes_raw()
        return json.dumps([base64.urlsafe_b64encode(public).decode().rstrip("=")])

    def take(self, envelope: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
        """The open head and what only the centre reads."""
        head = cbor2.loads(envelope)
        sealed = head.pop("sealed")
        suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
        info = WORK_CONTEXT + b"\0" + cbor2.dumps(head, canonical=True)
        secret = cbor2.loads(suite.decrypt(sealed, self.private, info=info))
        self.kept[head["parked_id"]] = head, secret
        return head, secret

    def park(self, parked_id: str, envelope: bytes, timeout_s: float | None = None) -> object:
        if not self.takes:
            return RetryLater(None, "out of reach")
        self.take(envelope)
        return ParkedTaken(NOON + KEPT)

    def claim(self, session: str, parked_id: str, trace_id: str, timeout_s: float | None = None) -> object:
        self.claims.append(parked_id)
        if self.answer is not None:
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer
        head, secret = self.kept[parked_id]
        return ParkedClaim(
            parked_id,
            head["item_id"],
            head["item_version"],
            head["package_sha256"],
            NOON + KEPT,
            secret["half"],
            head["work"],
            "release-1",
        )

    def package(self, id: str, version: int, etag: str | None = None, timeout_s: float | None = None) -> object:
        return NotModified() if self.bundle is None else PackageDownload(self.bundle, "", None)


class Room:
    """A terminal's desk with its store."""

    def __init__(self, centre: Centre | None = None, store: MemoryStore | None = None, *, sealed: bool = True) -> None:
        self.clock = HeldClock()
        self.centre = centre or Centre()
        self.store = store or MemoryStore(self.clock)
        self.woken = 0
        self.events: list[FlowEvent] = []
        if sealed:
            self.store.put(KV_SEALING_KEYS, self.centre.keys).result()
        api: Any = self.centre
        identity = IdentityDesk(self.store, api, AtOnce(), self.clock, self.events.append)
        shelf = PackageShelf(self.store, api)
        self.desk = ParkingDesk(
            self.store, api, identity, shelf, self, AtOnce(), AtOnce(), self.clock, self.events.append
        )

    def wake(self, *case_ids: str) -> None:
        """As the sync loop."""
        self.woken += 1

    def park(self, draft: Draft | None = None, owner: Subject = OWNER) -> FlowEvent:
        self.desk.park("5e55", draft or to_park(at_the_form().state), owner)
        return self.events[-1]

    def parked(self) -> WorkParked:
        event = self.park()
        assert isinstance(event, WorkParked)
        return event

    def errands(self) -> list[tuple[ErrandKind, str, bytes]]:
        return [(one.kind, one.id, one.body) for one in self.store.errands_due(self.clock.now(), 9).result()]

    def take_up(self, code: str, offered: tuple[Any, ...] = PACKAGES, subject: Subject = OWNER) -> FlowEvent:
        session = IntakeSession(
            id="a11e", started_mono=0.0, subject=subject, proof=IdentityProof("id_card", NOON, "A"), code=code
        )
        self.desk.take_up(session, offered)
        return self.events[-1]


def test_saved_is_said_once_the_errand_is_durable_and_the_loop_is_woken() -> None:
    room = Room()
    event = room.parked()
    ((kind, name, body),) = room.errands()
    assert (kind, name) == (ErrandKind.PARK, event.parked.carry_on.parked_id)
    assert room.woken == 1
    head, secret = room.centre.take(body)
    assert head["until"] == (NOON + KEPT).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (head["item_id"], head["item_version"], head["package_sha256"]) == (
        PACKAGE.id,
        PACKAGE.version,
        PACKAGE.sha256,
    )
    assert secret["owner"] == {"number": CARD.number, "name": CARD.name}
    assert len(secret["half"]) == HALF_BYTES


def test_envelope_shows_nothing_of_the_resident_and_neither_half_alone_opens_it() -> None:
    room = Room()
    parked = room.parked().parked
    ((_, _, body),) = room.errands()
    for word in (CARD.name, CARD.number, CARD.address):
        assert word.encode() not in body
    head, secret = room.centre.take(body)
    assert parked.carry_on.half not in body
    assert unlock(head["work"], parked.carry_on, bytes(16)) is None
    assert unlock(head["work"], dataclasses.replace(parked.carry_on, half=bytes(16)), secret["half"]) is None
    assert unlock(head["work"], dataclasses.replace(parked.carry_on, parked_id="0" * 16), secret["half"]) is None
    opened = unlock(head["work"], parked.carry_on, secret["half"])
    assert opened is not None
    assert CARD.number.encode() in opened


def test_two_times_the_same_work_are_two_envelopes_with_nothing_in_common() -> None:
    room = Room()
    first, second = room.parked().parked, room.parked().parked
    assert first.carry_on.parked_id != second.carry_on.parked_id
    assert first.carry_on.half != second.carry_on.half


def test_owner_by_pseudonym_is_sealed_as_one() -> None:
    room = Room()
    room.park(owner=Subject("", "", "", handle="h-1"))
    ((_, _, body),) = room.errands()
    assert room.centre.take(body)[1]["owner"] == {"handle": "h-1"}


@pytest.mark.parametrize("sealed", [True, False])
def test_whether_work_can_be_parked_hangs_on_a_key_of_the_centre(sealed: bool) -> None:
    room = Room(sealed=sealed)
    room.desk.look()
    assert room.events == [ParkingKnown(sealed)]


def test_without_a_key_nothing_is_parked() -> None:
    assert Room(sealed=False).park() == ParkingFailed("5e55", "no_key")


def test_keys_that_cannot_be_read_are_none(caplog: pytest.LogCaptureFixture) -> None:
    for text in ("rubbish", '["AA"]', "[7]", '{"a": 1}', "7"):
        assert sealing_keys(text) == ()
    caplog.clear()


class Refusing(MemoryStore):
    """A disk that takes no more."""

    def add_errand(self, errand: Any) -> Future[CommitResult]:
        future: Future[CommitResult] = Future()
        future.set_result(CommitResult(False, CommitFault.DISK_FULL, NOON))
        return future


class Breaking(MemoryStore):
    """A store with a bug."""

    def add_errand(self, errand: Any) -> Future[CommitResult]:
        future: Future[CommitResult] = Future()
        future.set_exception(ValueError("a bug"))
        return future


def test_store_that_refuses_or_breaks_is_told_and_nobody_hears_saved(caplog: pytest.LogCaptureFixture) -> None:
    clock = HeldClock()
    assert Room(store=Refusing(clock)).park() == ParkingFailed("5e55", "disk_full")
    assert Room(store=Breaking(clock)).park() == ParkingFailed("5e55", "fault")
    assert "work not parked" in caplog.messages
    caplog.clear()


def test_owner_takes_it_up_at_another_terminal() -> None:
    here = Room()
    draft = to_park(at_the_form().state)
    event = here.park(draft)
    assert isinstance(event, WorkParked)
    here.centre.take(here.errands()[0][2])
    there = Room(here.centre)
    taken = there.take_up(event.parked.carry_on.code)
    assert isinstance(taken, WorkTaken)
    assert taken.claimed == Claimed(event.parked.carry_on.parked_id, "release-1")
    assert taken.draft.session.package is PACKAGE
    assert taken.draft.session.answers == draft.session.answers
    assert (taken.draft.step, taken.draft.page) == (draft.step, draft.page)


def test_release_waits_in_the_outbox_and_asking_twice_is_one_errand() -> None:
    room = Room()
    for _ in range(2):
        room.desk.release(Claimed("7K2M9XQ4HT0C7K2M", "token"))
    assert room.errands() == [(ErrandKind.RELEASE, "7K2M9XQ4HT0C7K2M", b"token")]


def rejected(kind: str, status: int) -> Rejected:
    return Rejected(f"urn:kiosk:problem:{kind}", "", status)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (rejected("work-unknown", 404), "unknown"),
        (rejected("work-not-yours", 422), "not_yours"),
        (rejected("work-expired", 410), "expired"),
        (rejected("work-locked", 422), "locked"),
        (rejected("request-invalid", 422), "away"),
        (RetryLater(None, "out of reach"), "away"),
        (ValueError("broken"), "away"),
        (ParkedClaim("7K2M9XQ4HT0C7K2M", "x", 1, "", NOON, bytes(16), b"noise" * 9, "t"), "unreadable"),
        (ParkedClaim("7K2M9XQ4HT0C7K2M", "x", 1, "", NOON, b"short", b"", "t"), "unreadable"),
    ],
)
def test_whatever_goes_wrong_is_one_word(answer: object, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    room = Room()
    room.centre.answer = answer
    code = parked_code(room)
    assert room.take_up(code) == WorkRefused("a11e", reason)
    caplog.clear()


def test_work_that_waits_in_this_terminals_outbox_is_sent_first_and_then_taken_up() -> None:
    room = Room()
    code = room.parked().parked.carry_on.code
    room.store.errand_postponed(*room.errands()[0][:2], NOON + timedelta(hours=1), counts=False).result()
    assert isinstance(room.take_up(code), WorkTaken)
    assert room.store.outbox().result().errands == 0


def test_work_that_cannot_leave_this_terminal_yet_is_on_its_way_and_nobody_tried_a_wrong_code() -> None:
    room = Room()
    code = room.parked().parked.carry_on.code
    room.centre.takes = False
    assert room.take_up(code) == WorkRefused("a11e", "on_its_way")
    assert room.centre.claims == []
    assert room.woken == 2
    assert room.store.outbox().result().errands == 1


def test_code_that_told_no_number_is_asked_about_nobody() -> None:
    room = Room()
    code = parked_code(room)
    assert room.take_up(code, subject=Subject("", "", "", handle="h")) == WorkRefused("a11e", "away")
    assert room.centre.claims == []


# ---- the very version


def seed_bundle() -> bytes:
    return bundle_from_folder(SERVICES / ITEM).to_bytes()


def parked_code(room: Room) -> str:
    event = room.parked()
    kind, name, envelope = room.errands()[0]
    room.centre.take(envelope)
    room.store.errand_done(kind, name).result()
    return event.parked.carry_on.code


def test_version_that_is_offered_no_more_is_taken_from_the_store() -> None:
    room = Room()
    code = parked_code(room)
    room.store.put_package(PACKAGE.id, PACKAGE.version, PACKAGE.sha256, seed_bundle(), None).result()
    taken = room.take_up(code, offered=())
    assert isinstance(taken, WorkTaken)
    assert taken.draft.session.package is not None
    assert taken.draft.session.package.sha256 == PACKAGE.sha256


def test_version_that_is_not_here_is_fetched_checked_and_kept() -> None:
    room = Room()
    code = parked_code(room)
    room.centre.bundle = seed_bundle()
    assert isinstance(room.take_up(code, offered=()), WorkTaken)
    row = room.store.package(PACKAGE.id, PACKAGE.version).result()
    assert row is not None
    assert hashlib.sha256(row.bundle).hexdigest() == PACKAGE.sha256
    assert not row.active


def test_version_that_nobody_has_or_that_is_another_is_told() -> None:
    room = Room()
    code = parked_code(room)
    assert room.take_up(code, offered=()) == WorkRefused("a11e", "no_package")
    room.centre.bundle = seed_bundle().replace("居".encode(), "屋".encode(), 1)
    assert room.take_up(code, offered=()) == WorkRefused("a11e", "no_package")


def test_slip_read_by_the_scanner_is_the_slip_that_was_made() -> None:
    parked = Room().parked().parked
    assert read_carry_on(parked.carry_on.code) == parked.carry_on
    assert parked.until - NOON == timedelta(days=7)
