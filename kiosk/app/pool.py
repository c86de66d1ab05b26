"""Threads that do what they are given, and rest with nothing of it left in their memory."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, ParamSpec, TypeVar

from kiosk.domain.freed import overwrite_freed

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[], Any]
    future: Future[Any] = field(default_factory=Future)

    def do(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            value = self.work()
        except BaseException as error:
            self.future.set_exception(error)
        else:
            self.future.set_result(value)


class Pool(Executor):
    """So many threads; each calls ``before`` ahead of a piece of work. Once it is shut `submit` raises RuntimeError."""

    def __init__(self, threads: int, name: str, before: Callable[[], None] = lambda: None) -> None:
        self._before = before
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._guard = Lock()
        self._shut = False
        self._threads = [Thread(target=self._run, name=f"{name}_{number}", daemon=True) for number in range(threads)]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> Future[T]:
        """See Executor."""
        job = _Job(lambda: work(*args, **named))
        with self._guard:
            if self._shut:
                raise RuntimeError("the pool has been shut down")
            self._jobs.put(job)
        return job.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """See Executor."""
        with self._guard:
            if not self._shut:
                self._shut = True
                if cancel_futures:
                    self._cancel()
                for _ in self._threads:
                    self._jobs.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _cancel(self) -> None:
        try:
            while (job := self._jobs.get_nowait()) is not None:
                job.future.cancel()
        except Empty:
            return

    def _run(self) -> None:
        while True:
            overwrite_freed()
            job = self._jobs.get()
            if job is None:
                return
            self._before()
            job.do()
            del job
