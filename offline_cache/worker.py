"""A thread that does what it is given, one after the other; callers get futures."""

from __future__ import annotations

import logging
import select
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Final, TypeVar

from kiosk.domain.freed import overwrite_freed

log = logging.getLogger("kiosk.store")

T = TypeVar("T")

GIVE_WAY_S: Final = 0.0003
"""Whoever waits for an answer needs Python's turn to hear it, and would get it only when the tidying lets go."""


class Worker:
    """`after` runs when a future has its result, `idle` once nothing came for `idle_s` seconds after work."""

    def __init__(
        self,
        name: str,
        *,
        after: Callable[[], None] = lambda: None,
        idle: Callable[[], None] = lambda: None,
        idle_s: float = 1.0,
    ) -> None:
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._after = after
        self._idle = idle
        self._idle_s = idle_s
        self._guard = threading.Lock()
        self._shut = False
        # A daemon: whatever it is in the middle of may be cut off at any moment, that is what the store is built for.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, action: Callable[[], T]) -> Future[T]:
        """Do it in its turn. Raises RuntimeError after `shutdown`."""
        future: Future[T] = Future()

        def job() -> None:
            try:
                value = action()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(value)

        with self._guard:
            if self._shut:
                raise RuntimeError("the worker has been shut down")
            self._queue.put(job)
        return future

    def shutdown(self) -> None:
        """What was given before is still done; nothing after it."""
        with self._guard:
            if not self._shut:
                self._shut = True
                self._queue.put(None)

    def join(self, timeout_s: float) -> None:
        """Wait for the end after `shutdown`."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        worked = False
        while True:
            overwrite_freed()
            try:
                job = self._queue.get(timeout=self._idle_s if worked else None)
            except Empty:
                worked = False
                self._quietly(self._idle)
                continue
            if job is None:
                return
            job()
            del job  # what it was given and what came of it may be a resident's
            worked = True
            select.select((), (), (), GIVE_WAY_S)  # `time.sleep` waits until an hour of a clock
            self._quietly(self._after)

    def _quietly(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:
            log.error("tidying failed: %s", type(error).__name__)
