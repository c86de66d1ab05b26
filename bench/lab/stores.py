"""The real store as the experiments on it use it: opened small, filled with cases, and looked through afterwards."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bench.lab.cases import CaseMaker
from bench.lab.experiment import Harm
from kiosk.domain.errors import StoreError
from kiosk.domain.sealing import CASE_CONTEXT, SealingKey
from kiosk.ports.central import CentreAnswer, LocalFile
from kiosk.ports.storage import KV_SEALING_KEYS, CaseRow, CaseState, OutboxEntry, Submission
from offline_cache import FileKeySource, SqliteStore, open_store

T = TypeVar("T")
AT = datetime(2026, 11, 21, 6, 46, tzinfo=UTC)
FAR = datetime(2099, 1, 1, tzinfo=UTC)
# The centre of the lab: its private key is in the open, so that what was sealed to it can be opened and compared.
CENTRE_PRIVATE = hashlib.sha256(b"the centre of the lab").digest()
_TIMEOUT_S = 60.0


class _Clock:
    def now(self) -> datetime:
        return AT


def opened(state_dir: Path, *, vfs: str | None = None, floor: int = 0, ballast: int = 0) -> SqliteStore:
    """The store in `state_dir`, made when there is none. Raises StoreError."""
    keys = FileKeySource(state_dir / "key", demo=True)
    return open_store(state_dir, clock=_Clock(), keys=keys, floor_bytes=floor, ballast_bytes=ballast, vfs=vfs)


def memory_folder() -> Path | None:
    """Where a disk may be laid out whose durability is not in question; None: the system's temporary folder."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and os.access(memory, os.W_OK) else None


@contextmanager
def swapped(real: object, other: object) -> Iterator[None]:
    """The store with one of its parts exchanged, wherever one of its modules uses it: how a control is made weak."""
    places = [
        (module, name)
        for module_name, module in list(sys.modules.items())
        if module_name.startswith("offline_cache")
        for name, value in vars(module).items()
        if value is real
    ]
    for module, name in places:
        setattr(module, name, other)
    try:
        yield
    finally:
        for module, name in places:
            setattr(module, name, real)


def got(future: Future[T]) -> T:
    return future.result(_TIMEOUT_S)


def know_the_centre(store: SqliteStore) -> None:
    """Give the store the key to seal to, as the sync does when it first reaches the centre."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    public = X25519PrivateKey.from_private_bytes(CENTRE_PRIVATE).public_key().public_bytes_raw()
    got(store.put(KV_SEALING_KEYS, json.dumps([base64.urlsafe_b64encode(public).decode("ascii").rstrip("=")])))


def a_case(number: int, dice: random.Random) -> Submission:
    """A complaint of anything between one and sixteen kilobytes, about every fourth with a photograph."""
    case = CaseMaker().submission(number, dice.randbytes(dice.choice((1, 200, 1500, 7500))).hex())
    return replace(case, files=photographs_of(case.case_id))


def photographs_of(case_id: str) -> tuple[LocalFile, ...]:
    """Always the same for a case, so that one that is gone is missed: none, or one of six or sixty kilobytes."""
    dice = random.Random(case_id)
    if dice.random() < 0.75:
        return ()
    data = dice.randbytes(dice.choice((6_000, 60_000)))
    return (LocalFile(hashlib.sha256(data).hexdigest(), "image/jpeg", data),)


def answer_to(item: Submission | OutboxEntry) -> CentreAnswer:
    return CentreAnswer(
        case_id=item.case_id,
        sha256=item.sha256,
        status="accepted",
        accepted_at=AT,
        official_no="YP2026-1",
        decision=None,
    )


@dataclass(slots=True)
class Told:
    """What the program was told, and what it offered: hashes by case id. `ended` may already be the centre's alone."""

    offered: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)

    def copy(self) -> Told:
        return Told(dict(self.offered), dict(self.acknowledged), set(self.ended))

    @property
    def unsent(self) -> dict[str, str]:
        return {case_id: sha256 for case_id, sha256 in self.acknowledged.items() if case_id not in self.ended}


@dataclass(slots=True)
class Seen:
    """What a store turned out to hold, against what was told."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    rebuilt: bool = False
    unconfirmed: int = 0
    sealed: int = 0

    @property
    def harm(self) -> Harm:
        return Harm(lost=len(self.lost), duplicated=len(self.doubled), corrupt=len(self.wrong))

    def words(self) -> str:
        """The first of each, for the report."""
        kinds = (("lost", self.lost), ("doubled", self.doubled), ("wrong", self.wrong))
        return "; ".join(f"{name} {texts[0]}" for name, texts in kinds if texts)


def look(state_dir: Path, told: Told, *, database_lost: bool = False) -> Seen:
    """Open the store as the program does at its next start and compare it with what was told.

    With `database_lost` the cases the centre has answered may be gone: the centre has them.
    """
    must = told.unsent if database_lost else told.acknowledged
    try:
        store = opened(state_dir)
    except StoreError as error:
        return Seen(lost=sorted(must), wrong=[f"does not open: {type(error).__name__}: {error}"])
    try:
        return _compare(store, told, must)
    finally:
        store.close()


def sealed_hash(entry: OutboxEntry, photographs: Sequence[LocalFile] | None = None) -> str | None:
    """The hash of the case inside an envelope, opened as the centre does.

    None when it does not open, or when a photograph is not what it was; `photographs` are those it must hold.
    """
    import cbor2
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives import hpke
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    private = X25519PrivateKey.from_private_bytes(CENTRE_PRIVATE)
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    try:
        head = cbor2.loads(entry.body)
        sealed = head.pop("sealed")
        if head["kid"] != SealingKey(private.public_key().public_bytes_raw()).kid or head["case_id"] != entry.case_id:
            return None
        info = CASE_CONTEXT + b"\0" + cbor2.dumps(head, canonical=True)
        inside = cbor2.loads(suite.decrypt(sealed, private, info=info))
        files = [(file["sha256"], file["data"]) for file in inside["files"]]
        if any(hashlib.sha256(data).hexdigest() != sha256 for sha256, data in files):
            return None
        if photographs is not None and [data for _, data in files] != [file.data for file in photographs]:
            return None
        return hashlib.sha256(inside["body"]).hexdigest()
    except (InvalidTag, ValueError, KeyError, TypeError, cbor2.CBORDecodeError):
        return None


def _compare(store: SqliteStore, told: Told, must: Mapping[str, str]) -> Seen:
    rows = got(store.cases())
    due = got(store.due(FAR, 1_000_000))
    seen = Seen(
        rebuilt=store.recovered,
        unconfirmed=sum(row.unconfirmed for row in rows),
        sealed=sum(entry.sealed for entry in due),
    )
    seen.doubled = [*_twice(row.case_id for row in rows), *_twice(entry.case_id for entry in due)]
    queue = {entry.case_id: entry for entry in due}
    there = {row.case_id: row for row in rows}
    for case_id, row in there.items():
        if told.offered.get(case_id) != row.sha256:
            seen.wrong.append(f"{case_id}: nobody offered this")
        elif not _whole(store, row, queue.get(case_id)):
            seen.wrong.append(f"{case_id}: its bytes are not what was offered")
    for case_id, entry in queue.items():
        if case_id not in there and sealed_hash(entry, photographs_of(case_id)) != told.offered.get(case_id, ""):
            seen.wrong.append(f"{case_id}: a sealed case that nobody offered")
    for case_id in must:
        row_there = there.get(case_id)
        if row_there is None and case_id not in queue:
            seen.lost.append(case_id)
        elif case_id not in queue and row_there is not None and row_there.state is CaseState.COMMITTED:
            seen.lost.append(f"{case_id}: stored, and will never be sent")
    seen.wrong += got(store.verify()).problems
    return seen


def _whole(store: SqliteStore, row: CaseRow, entry: OutboxEntry | None) -> bool:
    if entry is not None and entry.sealed:
        return sealed_hash(entry, photographs_of(row.case_id)) == row.sha256
    body = got(store.body(row.case_id))
    if row.state.ended:
        return body is None or hashlib.sha256(body).hexdigest() == row.sha256
    photographs = photographs_of(row.case_id)
    whole = all(got(store.file(photograph.sha256)) == photograph for photograph in photographs)
    return whole and body is not None and hashlib.sha256(body).hexdigest() == row.sha256


def _twice(ids: Iterable[str]) -> list[str]:
    once: set[str] = set()
    return [case_id for case_id in ids if case_id in once or once.add(case_id)]  # type: ignore[func-returns-value]
