"""The lane of photographs: one at a time, beside the cases, so that a large one delays nobody."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.ports.central import CallFault, CaseApi, FileTaken, LocalFile, RetryLater
from kiosk.sync.options import SyncOptions

log = logging.getLogger("kiosk.sync")


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
