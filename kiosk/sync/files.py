"""The lane of photographs: one at a time, beside the cases, so that a large one delays nobody."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kiosk.ports.central import CallFault, CaseApi, FileTaken, LocalFile, RetryLater
from kiosk.ports.storage import OutboxEntry
from kiosk.sync.options import SyncOptions

log = logging.getLogger("kiosk.sync")


@dataclass(slots=True)
class Wanted:
    """Which cases wait for which photographs. Kept in memory: after a restart the centre says it again."""

    _missing: dict[str, tuple[OutboxEntry, list[str]]] = field(default_factory=dict)
    _rounds: dict[str, int] = field(default_factory=dict)

    def __contains__(self, case_id: str) -> bool:
        return case_id in self._missing

    def cases(self) -> tuple[str, ...]:
        """Ids of those that wait."""
        return tuple(self._missing)

    def add(self, entry: OutboxEntry, missing: Sequence[str]) -> int:
        """The centre has to be given these first; returns how often in a row it asked for files of this case."""
        self._missing[entry.case_id] = (entry, list(missing))
        self._rounds[entry.case_id] = self._rounds.get(entry.case_id, 0) + 1
        return self._rounds[entry.case_id]

    def next(self, first: Sequence[str]) -> tuple[str, str] | None:
        """(case id, hash) of what goes next; cases that residents wait for before all others."""
        waiting = sorted(self._missing, key=lambda case_id: case_id not in first)
        return (waiting[0], self._missing[waiting[0]][1][0]) if waiting else None

    def arrived(self, sha256: str) -> tuple[OutboxEntry, ...]:
        """It is there: the cases that lack nothing any more."""
        whole: list[OutboxEntry] = []
        for case_id, (entry, missing) in tuple(self._missing.items()):
            if sha256 in missing:
                missing.remove(sha256)
            if not missing:
                del self._missing[case_id]
                whole.append(entry)
        return tuple(whole)

    def give_up(self, sha256: str) -> tuple[OutboxEntry, ...]:
        """It did not come through: the cases that waited for it, and wait for nothing any more."""
        waited = tuple(entry for entry, missing in self._missing.values() if sha256 in missing)
        for entry in waited:
            self.forget(entry.case_id)
        return waited

    def forget(self, case_id: str) -> None:
        """Nothing is known of it any more."""
        self._missing.pop(case_id, None)
        self._rounds.pop(case_id, None)


@dataclass(frozen=True, slots=True)
class FileDone:
    """What became of one file."""

    sha256: str
    outcome: FileTaken | CallFault


class FileLane:
    """`beside` True: each file goes in a thread of its own, and `told` is called when it ends; else in the caller's.

    All methods belong to the thread that steps the loop.
    """

    def __init__(self, api: CaseApi, options: SyncOptions, told: Callable[[], None]) -> None:
        self._api = api
        self._options = options
        self._told = told
        self._done: queue.SimpleQueue[FileDone] = queue.SimpleQueue()
        self._under_way: str | None = None
        self.beside = False

    @property
    def busy(self) -> bool:
        return self._under_way is not None

    def start(self, file: LocalFile) -> None:
        """Begin with `file`; the lane must not be busy."""
        self._under_way = file.sha256
        if self.beside:
            threading.Thread(target=self._bring, args=(file,), name="sync-file", daemon=True).start()
        else:
            self._bring(file)

    def finished(self) -> FileDone | None:
        """The file that has ended since, if one has."""
        try:
            done = self._done.get_nowait()
        except queue.Empty:
            return None
        self._under_way = None
        return done

    def _bring(self, file: LocalFile) -> None:
        outcome: FileTaken | CallFault
        try:
            outcome = self._api.put_file(file, self._options.deadline_s(len(file.data)))
        except Exception as error:  # a bug in the adapter must not end the lane
            log.error("file not sent: %s", type(error).__name__)
            outcome = RetryLater(None, "adapter", about_item=True)
        self._done.put(FileDone(file.sha256, outcome))
        self._told()
