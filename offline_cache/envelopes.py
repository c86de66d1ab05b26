"""One envelope per unsent case and per errand, beside the database: what is left when the database is not.

An envelope is written by a thread of its own beside the transaction; "submitted" is said when both are on the disk. The
first one of a case is under the terminal's own key, because a seal to the centre takes as long as the commit; a moment
later, when nobody waits, it is exchanged for one that only the centre can open. It goes when the centre's answer is on
the disk. Where each lies is known from what the files hold.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import logging
import secrets
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.domain.sealing import SealingKey
from kiosk.ports.storage import Errand, Submission
from offline_cache import slots
from offline_cache.codec import CASE_ID, errand_name, is_errand
from offline_cache.files import fsync_folder
from offline_cache.sealed import (
    Envelope,
    look,
    open_errand,
    open_first_release,
    open_own,
    own_key,
    seal_case,
    seal_errand,
    seal_own,
)
from offline_cache.slots import SlotState
from offline_cache.worker import Worker

log = logging.getLogger("kiosk.store")

# Free slots kept ready, and how few make it time for more.
READY = 32
FEW = 8
# How long, while work goes on, an envelope may lie under the terminal's own key; when nothing does it is less.
_OWN_FOR_S = 2.0

Content = Submission | Errand | bytes  # to seal, or an envelope as it is


@dataclass(slots=True)
class Kept:
    """One envelope as it lies in the folder, by case id or name of an errand.

    `sha256` is that of the bytes of the case or errand, empty in the first release. `told`: somebody was told that they
    are saved. `final`: it is not to be exchanged for one to the centre.
    """

    path: Path
    name: str
    sha256: str
    told: bool
    order: int
    final: bool

    def is_of(self, sha256: str) -> bool:
        """True when it may hold these bytes."""
        return self.sha256 in ("", sha256)


@dataclass(frozen=True, slots=True)
class Writing:
    """Envelopes on their way to the disk."""

    kept: tuple[Kept, ...]
    done: Future[None] = field(repr=False)


class Envelopes:
    """The folder; used on the storage thread only. Methods raise OSError where the disk does not do as it is told.

    `to` is the centre's key, once there is one.
    """

    def __init__(self, folder: Path, key: bytes | None) -> None:
        self._folder = folder
        self._key = own_key(key)
        self.to: SealingKey | None = None
        self._helper = Worker("store-envelope")
        self._kept: dict[str, Kept] = {}
        self._rivals: list[Kept] = []
        self._free: list[Path] = []
        self._broken: list[tuple[Path, bool]] = []
        self._unsynced: list[Path] = []
        self._order = itertools.count(1)
        self._growing: Future[list[Path]] | None = None
        self._no_room = False
        self._own_since: float | None = None

    # ------------------------------------------------------------------------------------------------- what is there

    def load(self) -> None:
        """Read the folder. Of two envelopes of the same bytes the one to the centre stays, else the later one."""
        # `kill -9` may have come between laying slots down and syncing the folder, and they look ready all the same.
        fsync_folder(self._folder)
        for path in self._folder.glob("*.tmp"):
            path.unlink(missing_ok=True)  # the first release's way of writing; never part of a commit
        for path in sorted(self._folder.glob("*.json")):
            if CASE_ID.fullmatch(path.stem):
                # In that release the envelope was whole before the row was begun, and bore no mark.
                self._keep(Kept(path, path.stem, "", False, 0, False))
        last = 0
        for slot in slots.read_all(self._folder):
            envelope = look(slot.payload) if slot.state is SlotState.WHOLE else None
            if slot.state is SlotState.FREE:
                self._free.append(slot.path)
            elif envelope is None:
                self._broken.append((slot.path, slot.told))
            else:
                self._keep(
                    Kept(slot.path, envelope.name, envelope.sha256, slot.told, slot.order, not _own_case(envelope))
                )
                last = max(last, slot.order)
        self._order = itertools.count(last + 1)
        for path in self._free[2 * READY :]:
            path.unlink(missing_ok=True)
        del self._free[2 * READY :]
        self.tend()

    def _keep(self, new: Kept) -> None:
        old = self._kept.get(new.name)
        if old is not None and not (new.is_of(old.sha256) or old.is_of(new.sha256)):
            # Only one of them was ever told; if it cannot be seen which, it was the first.
            best = max(old, new, key=lambda one: (one.told, -one.order))
            self._rivals.append(new if best is old else old)
            new = best
        elif old is not None:
            best = max(old, new, key=lambda one: (one.final, one.order))
            best.told = old.told or new.told
            self._discard(new if best is old else old)
            new = best
        self._kept[new.name] = new

    def choose(self, hashes: Mapping[str, str]) -> None:
        """Of envelopes of one name with other bytes that one stays whose hash the row has."""
        rivals, self._rivals = self._rivals, []
        for rival in rivals:
            old = self._kept[rival.name]
            wanted = hashes.get(rival.name, old.sha256)
            if rival.is_of(wanted) and not old.is_of(wanted):
                self._kept[rival.name], rival = rival, old
            log.warning("a second envelope with other bytes discarded: %s", rival.name)
            self._discard(rival)

    def kept(self) -> tuple[Kept, ...]:
        """Every whole envelope, in the order in which they were written."""
        return tuple(sorted(self._kept.values(), key=lambda one: (one.order, one.name)))

    def holds_something(self) -> bool:
        """True when an envelope, or what is left of one, lies here."""
        return bool(self._kept or self._broken)

    def open(self, one: Kept) -> Submission | Errand | Envelope:
        """The case or errand, or what its envelope says openly. Raises ValueError when it does not open, or OSError."""
        if one.path.suffix == ".json":
            return open_first_release(self._key, one.name, one.path.read_bytes())
        envelope = look(slots.read(one.path).payload)
        if envelope is None:
            raise ValueError("no envelope")
        if is_errand(envelope.name):
            return open_errand(self._key, envelope.data)
        return open_own(self._key, envelope.data) if envelope.head is None else envelope

    # ------------------------------------------------------------------------------------------------- writing

    def begin(self, items: Iterable[Submission | Errand]) -> Writing:
        """Have them sealed, without the centre's key, and written. `settle` or `abandon` has to follow."""
        if self._own_since is None:
            self._own_since = time.monotonic()
        return self._begin(((item, None) for item in items), told=False)

    def _begin(self, items: Iterable[tuple[Content, SealingKey | None]], *, told: bool) -> Writing:
        work: list[tuple[Kept, Content, SealingKey | None]] = []
        for item, to in items:
            name, sha256, final = _label(item, to)
            path = self._free.pop() if self._free else self._new_path()
            work.append((Kept(path, name, sha256, told, next(self._order), final), item, to))

        def run() -> None:
            # Sealing here too leaves the rows to the other thread meanwhile, and both flushes of the disk meet.
            for one, item, to in work:
                payload = self._sealed(item, to)
                if not slots.fits(payload):
                    if one.path.exists():
                        self._free.append(one.path)
                    one.path = self._new_path()
                slots.write(one.path, slots.record(payload, one.order, told=told))

        return Writing(tuple(one for one, *_ in work), self._helper.submit(run))

    def settle(self, writing: Writing) -> None:
        """Wait until they are durable. When that fails nothing of them is left."""
        try:
            writing.done.result()
        except BaseException:
            self.abandon(writing)
            raise
        for one in writing.kept:
            self._keep(one)

    def abandon(self, writing: Writing) -> None:
        """What they belong to came to nothing."""
        writing.done.exception()
        for one in writing.kept:
            self._discard(one, sync=True)

    def write(self, items: Iterable[Content]) -> None:
        """For what is stored, and somebody may have been told so: to the centre if it can be. Durable on return."""
        self.settle(self._begin(((item, self.to) for item in items), told=True))

    def _sealed(self, item: Content, to: SealingKey | None) -> bytes:
        if isinstance(item, bytes):
            return item
        if isinstance(item, Errand):
            return seal_errand(self._key, item)
        return seal_own(self._key, item) if to is None else seal_case(to, item)

    def not_to_centre(self) -> list[str]:
        """Cases whose envelope can be exchanged for one to the centre."""
        if self.to is None:
            return []
        self._own_since = None
        return [one.name for one in self.kept() if not one.final]

    def exchange_is_due(self) -> bool:
        """Work goes on and on, and an envelope under the terminal's own key has lain long enough."""
        since = self._own_since
        return self.to is not None and since is not None and time.monotonic() - since > _OWN_FOR_S

    def mark_told(self, writing: Writing) -> None:
        """The store is about to say that these are submitted. Raises OSError: then it must not say so, for a file
        system that turns read-only in this moment may have lost the row as well.
        """
        for one in writing.kept:
            slots.mark_told(one.path)
            one.told = True
            self._unsynced.append(one.path)

    def mark_stored(self, names: Iterable[str]) -> None:
        """At start: what has a row may have been told."""
        for one in (self._kept[name] for name in names if name in self._kept):
            if not one.told and one.path.suffix != ".json":
                self.mark_told(Writing((one,), Future()))

    def remove(self, names: Iterable[str], *, sync: bool = False) -> None:
        """Forget these. One that will not go, or comes back without `sync`, is found again at the next start."""
        for name in names:
            one = self._kept.pop(name, None)
            if one is not None:
                self._discard(one, sync=sync)

    def _discard(self, one: Kept, *, sync: bool = False) -> None:
        try:
            if one.path.suffix != ".json" and slots.is_slot(one.path):
                slots.clear(one.path, sync=sync)
                self._free.append(one.path)
            else:
                one.path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("an envelope could not be removed: %s", type(error).__name__)

    # ------------------------------------------------------------------------------------------------- keeping house

    def tend(self) -> None:
        """After work: see to it that free slots are ready. Never an error: without one, an envelope gets a new file."""
        if self._growing is not None:
            if not self._growing.done():
                return
            self._free += self._growing.result()
            self._growing = None
        if len(self._free) < FEW and not self._no_room:
            self._growing = self._helper.submit(self._grow)

    def _grow(self) -> list[Path]:
        made: list[Path] = []
        try:
            for _ in range(READY):
                path = self._new_path()
                slots.lay_down(path)
                made.append(path)
            fsync_folder(self._folder)
        except OSError as error:
            self._no_room = True
            log.warning("no more slots for envelopes: %s", type(error).__name__)
        return made

    def rest(self) -> None:
        """When nothing goes on: make the marks durable, and try again what there was no room for."""
        paths, self._unsynced = self._unsynced, []
        for path in paths:
            with contextlib.suppress(OSError):
                slots.make_durable(path)
        self._no_room = False
        self.tend()

    def put_broken_aside(self, into: Path, *, everything: bool) -> int:
        """Move what cannot be read out of the way, never to be deleted; returns how many.

        In a healthy database (not `everything`) what nobody was told of was torn by a crash; its slot is used again.
        """
        count = 0
        for path, told in self._broken:
            if everything or told:
                into.mkdir(parents=True, exist_ok=True, mode=0o700)
                path.replace(into / path.name)
                count += 1
            else:
                self._discard(Kept(path, "", "", False, 0, False))
        self._broken = []
        if count:
            fsync_folder(into)
            fsync_folder(self._folder)
        return count

    def give_up(self, one: Kept) -> None:
        """It does not open: it counts as broken, and is never deleted."""
        del self._kept[one.name]
        self._broken.append((one.path, True))

    def close(self) -> None:
        """Finish what was begun."""
        self._helper.shutdown()
        self._helper.join(10.0)

    def _new_path(self) -> Path:
        return self._folder / f"{secrets.token_hex(8)}.env"


def _label(item: Content, to: SealingKey | None) -> tuple[str, str, bool]:
    """Name, hash, and whether its envelope stays as it is. Raises ValueError for bytes that are no envelope."""
    if isinstance(item, Submission):
        return item.case_id, item.sha256, to is not None
    if isinstance(item, Errand):
        return errand_name(item.kind, item.id), hashlib.sha256(item.body).hexdigest(), True
    seen = look(item)
    if seen is None:
        raise ValueError("no envelope")
    return seen.name, seen.sha256, True


def _own_case(envelope: Envelope) -> bool:
    return envelope.head is None and not is_errand(envelope.name)


def stored_ids(folder: Path) -> tuple[str, ...]:
    """Cases and names of errands of which there is a whole envelope, read from the disk. Raises OSError."""
    found = {path.stem for path in folder.glob("*.json") if CASE_ID.fullmatch(path.stem)}
    for slot in slots.read_all(folder):
        envelope = look(slot.payload) if slot.state is SlotState.WHOLE else None
        if envelope is not None:
            found.add(envelope.name)
    return tuple(sorted(found))
