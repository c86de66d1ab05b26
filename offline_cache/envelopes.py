"""One envelope per unsent case and per errand, beside the database: what is left when the database is not.

Those of one commit lie in one record, so that after a power cut all of them are there or none. It is durable before
anybody is told; their rows come after the answer. The first envelope of a case is under the terminal's own key, because
a seal to the centre takes as long as a commit; a moment later, when nobody waits, it is exchanged for one that only the
centre can open. It goes when the centre's answer is on the disk. Where each lies is known from what the files hold.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import logging
import os
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.sealing import SealingKey
from kiosk.ports.storage import Errand, Submission
from offline_cache import slots
from offline_cache.codec import CASE_ID, errand_name, is_errand
from offline_cache.files import fsync_folder
from offline_cache.sealed import (
    Envelope,
    look,
    look_at_all,
    open_errand,
    open_first_release,
    open_own,
    own_key,
    seal_case,
    seal_errand,
    seal_own,
    together,
)
from offline_cache.slots import SlotState

log = logging.getLogger("kiosk.store")

# Free slots: so many are ready when nothing goes on; so few make it time for as many more in the middle of work; and
# more than so many are not kept even then.
READY = 32
FEW = 8
MOST = 64
# How long, while work goes on, an envelope may lie under the terminal's own key; when nothing does it is less.
_OWN_FOR_S = 2.0

Content = Submission | Errand | bytes  # to seal, or an envelope as it is


@dataclass(slots=True)
class Kept:
    """One envelope as it lies in the folder, by case id or name of an errand; others may lie in the same file.

    `sha256` is that of the bytes of the case or errand, empty in the first release. `final`: it is not to be exchanged
    for one to the centre.
    """

    path: Path
    name: str
    sha256: str
    final: bool
    order: int

    def is_of(self, sha256: str) -> bool:
        """True when it may hold these bytes."""
        return self.sha256 in ("", sha256)


@dataclass(frozen=True, slots=True)
class Written:
    """Envelopes on their way to the disk, in one record; `handle` is that of the slot, None for a file of their own."""

    kept: tuple[Kept, ...]
    path: Path
    handle: int | None


class Envelopes:
    """The folder; used on the storage thread only. Methods raise OSError where the disk does not do as it is told.

    `to` is the centre's key, once there is one.
    """

    def __init__(self, folder: Path, key: bytes | None) -> None:
        self._folder = folder
        self._key = own_key(key)
        self.to: SealingKey | None = None
        self._kept: dict[str, Kept] = {}
        self._rivals: list[Kept] = []
        self._in_file: Counter[Path] = Counter()  # how many of those lie in it
        self._free: list[tuple[Path, int]] = []  # with their open handles
        self._used: list[int] = []  # handles to be closed when nobody waits
        self._broken: list[tuple[Path, bool]] = []
        self._left: list[Path] = []  # files that would not go
        self._order = itertools.count(1)
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
                self._keep([Kept(path, path.stem, "", False, 0)])
        last, broken = 0, []
        for slot in slots.read_all(self._folder):
            envelopes = look_at_all(slot.payload) if slot.state is SlotState.WHOLE else ()
            if slot.state is SlotState.FREE:
                self._add_free(slot.path)
            elif slot.state is SlotState.WHOLE:
                last = max(last, slot.order)
            if slot.state is not SlotState.FREE and not envelopes:
                broken.append(slot)
            self._keep([Kept(slot.path, each.name, each.sha256, not _own_case(each), slot.order) for each in envelopes])
        # Before a record is written all others have been flushed: only the last one can have been torn.
        self._broken = [(slot.path, 0 < slot.order <= last) for slot in broken]
        self._order = itertools.count(last + 1)

    def _keep(self, together: Sequence[Kept]) -> None:
        """All that lie in one file."""
        for new in together:
            self._in_file[new.path] += 1
        for new in together:
            old = self._kept.get(new.name)
            best = new
            if old is not None and (new.is_of(old.sha256) or old.is_of(new.sha256)):
                best = max(old, new, key=lambda one: (one.final, one.order))
                self._let_go(new if best is old else old)
            elif old is not None:
                # The first of them is what is left of a commit that failed, else there had been no second.
                best = max(old, new, key=lambda one: one.order)
                self._rivals.append(new if best is old else old)
            self._kept[new.name] = best

    def choose(self, hashes: Mapping[str, str]) -> None:
        """Of envelopes of one name with other bytes that one stays whose hash the row has."""
        rivals, self._rivals = self._rivals, []
        for rival in rivals:
            old = self._kept[rival.name]
            wanted = hashes.get(rival.name, old.sha256)
            if rival.is_of(wanted) and not old.is_of(wanted):
                self._kept[rival.name], rival = rival, old
            log.warning("a second envelope with other bytes discarded: %s", rival.name)
            self._let_go(rival)

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
        envelopes = {envelope.name: envelope for envelope in look_at_all(slots.read(one.path).payload)}
        envelope = envelopes.get(one.name)
        if envelope is None:
            raise ValueError("no envelope")
        if is_errand(envelope.name):
            return open_errand(self._key, envelope.data)
        return open_own(self._key, envelope.data) if envelope.head is None else envelope

    # ------------------------------------------------------------------------------------------------- writing

    def begin(self, items: Iterable[Submission | Errand]) -> Written:
        """Write what is new, without the centre's key, as one record. `finish` or `abandon` has to follow.

        Raises OSError, and then nothing of them is left.
        """
        if self._own_since is None:
            self._own_since = time.monotonic()
        return self._begin([(item, None) for item in items])

    def _begin(self, items: list[tuple[Content, SealingKey | None]]) -> Written:
        labels = [_label(item, to) for item, to in items]
        payload, order = together([self._sealed(item, to) for item, to in items]), next(self._order)
        data = slots.record(payload, order)
        path, handle = self._free.pop() if self._free and slots.fits(payload) else (self._folder / _new_name(), None)
        try:
            if handle is None:
                slots.write_new(path, data)
                path = slots.moved(path)
            else:
                self._used.append(handle)
                slots.write(handle, data)
        except OSError:
            self._empty(path, flush=True)
            raise
        return Written(tuple(Kept(path, *label, order) for label in labels), path, handle)

    def finish(self, written: Written) -> None:
        """Durable on return; `settle` has to follow. Raises OSError, and then `abandon` has to."""
        if written.handle is not None:
            slots.finish(written.handle)

    def abandon(self, written: Written) -> None:
        """Nobody was told of them. What cannot be cleared now is tried again by `rest`."""
        self._empty(written.path, flush=True)

    def settle(self, written: Written) -> None:
        """Their rows are on the disk."""
        self._keep(written.kept)

    def write(self, items: Iterable[Content]) -> None:
        """For what is stored already: each by itself, to the centre if it can be. Durable on return."""
        for item in items:
            written = self._begin([(item, self.to)])
            try:
                self.finish(written)
            except OSError:
                self.abandon(written)
                raise
            self.settle(written)

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

    def remove(self, names: Iterable[str], *, flush: bool = False) -> None:
        """Forget these. One that will not go, or comes back without `flush`, is found again at the next start."""
        for name in names:
            one = self._kept.pop(name, None)
            if one is not None:
                self._let_go(one, flush=flush)

    def _let_go(self, one: Kept, *, flush: bool = False) -> None:
        """Its file is used again once nothing else in it is needed."""
        self._in_file[one.path] -= 1
        if not self._in_file[one.path]:
            del self._in_file[one.path]
            self._empty(one.path, flush=flush)

    def _empty(self, path: Path, *, flush: bool) -> None:
        """A slot is cleared and used again, any other file goes."""
        try:
            if path.suffix == ".env" and len(self._free) < MOST and path.exists() and slots.is_slot(path):
                handle = os.open(path, os.O_WRONLY)
                try:
                    slots.clear(handle, flush=flush)
                except BaseException:
                    os.close(handle)
                    raise
                self._free.append((path, handle))
            else:
                path.unlink(missing_ok=True)
                if flush:
                    fsync_folder(self._folder)
        except OSError as error:
            self._left.append(path)
            log.warning("an envelope could not be removed: %s", type(error).__name__)

    def _add_free(self, path: Path) -> None:
        if len(self._free) < MOST:
            self._free.append((path, os.open(path, os.O_WRONLY)))
        else:
            path.unlink(missing_ok=True)

    # ------------------------------------------------------------------------------------------------- keeping house

    def tend(self) -> None:
        """After work: see to it that free slots are ready. Never an error: without one, an envelope gets a new file."""
        while self._used:
            os.close(self._used.pop())
        if len(self._free) < FEW:
            self._grow(FEW)

    def rest(self) -> None:
        """When nothing goes on: make all slots ready and no more, and try again what would not go, or had no room."""
        self._no_room = False
        self._empty_what_is_left()
        self._grow(READY - len(self._free))
        while len(self._free) > READY:
            path, handle = self._free.pop()
            os.close(handle)
            with contextlib.suppress(OSError):  # it is free, and found so at the next start
                path.unlink()

    def _empty_what_is_left(self) -> None:
        left, self._left = self._left, []
        for path in left:
            self._empty(path, flush=True)

    def _grow(self, count: int) -> None:
        if count <= 0 or self._no_room:
            return
        made = [self._folder / _new_name() for _ in range(count)]
        try:
            for path in made:
                slots.lay_down(path)
            fsync_folder(self._folder)
            made[-1] = slots.moved(made[-1])
            for path in made:
                self._add_free(path)
        except OSError as error:
            # What of them is there is found at the next start.
            self._no_room = True
            log.warning("no more slots for envelopes: %s", type(error).__name__)

    def put_broken_aside(self, into: Path, *, everything: bool) -> int:
        """Move what cannot be read out of the way, never to be deleted; returns how many.

        Where no row was lost (not `everything`) the slot of one that was torn by a crash is used again.
        """
        count = 0
        for path, damaged in self._broken:
            if everything or damaged:
                into.mkdir(parents=True, exist_ok=True, mode=0o700)
                path.replace(into / path.name)
                count += 1
            else:
                self._empty(path, flush=False)
        self._broken = []
        if count:
            fsync_folder(into)
            fsync_folder(self._folder)
        return count

    def close(self) -> None:
        """Nothing is written any more."""
        self._empty_what_is_left()
        for handle in [*self._used, *(handle for _, handle in self._free)]:
            os.close(handle)
        self._used, self._free = [], []

    def give_up(self, one: Kept) -> None:
        """It does not open: its file counts as broken, with all that lies in it, and is never deleted."""
        if one.path in self._in_file:
            self._kept = {name: kept for name, kept in self._kept.items() if kept.path != one.path}
            del self._in_file[one.path]
            self._broken.append((one.path, True))


def _new_name() -> str:
    return f"{secrets.token_hex(8)}.env"


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
        if slot.state is SlotState.WHOLE:
            found.update(envelope.name for envelope in look_at_all(slot.payload))
    return tuple(sorted(found))
