"""Takes a confirmed session in: bytes, the store, then the way to the centre; and ratings."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from kiosk.domain.case import new_case_id, new_trace_id
from kiosk.domain.errors import StoreError
from kiosk.domain.open_work import OpenWork
from kiosk.domain.parked import Claimed
from kiosk.domain.session import Filing, IntakeSession
from kiosk.flow.events import CommitFailed, Committed, FlowEvent, WaitOver
from kiosk.flow.state import Place
from kiosk.forms import Context, ServicePackage
from kiosk.ports.clock import Clock, Scheduler
from kiosk.ports.storage import CaseStore, CommitResult, Errand, ErrandKind, Submission
from kiosk.services.casework import Occasion, build
from kiosk.services.follow_up import build_following

log = logging.getLogger("kiosk.services")


Build = Callable[[Occasion], tuple[tuple[Submission, ...], Filing]]


def release(claimed: Claimed) -> Errand:
    """What lets the centre forget work that was finished, given up or parked anew."""
    return Errand(ErrandKind.RELEASE, claimed.parked_id, claimed.release.encode())


class Sender(Protocol):
    """What the intake needs of the sync loop."""

    def wake(self, *case_ids: str) -> None:
        """Send these first, now."""


class IntakeDesk:
    """Nobody hears "submitted" from here before the store has committed."""

    def __init__(
        self,
        store: CaseStore,
        sender: Sender,
        clock: Clock,
        scheduler: Scheduler,
        publish: Callable[[FlowEvent], None],
        *,
        submit_wait_s: float,
        clock_trusted: Callable[[], bool],
    ) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._scheduler = scheduler
        self._publish = publish
        self._submit_wait_s = submit_wait_s
        self._clock_trusted = clock_trusted

    def submit(
        self, session: IntakeSession, package: ServicePackage, place: Place, language: str, context: Context
    ) -> None:
        """A whole case, or a bundle with its parts. Parked work that it was made of is over with its commit."""
        self._take_in(
            session.id,
            place,
            lambda occasion: build(session, package, place, language, context, occasion),
            (release(session.claimed),) if session.claimed is not None else (),
        )

    def follow_up(self, session: IntakeSession, work: OpenWork, place: Place, language: str) -> None:
        """What somebody who came back brings to a case."""
        self._take_in(session.id, place, lambda occasion: build_following(session, work, place, language, occasion))

    def _take_in(self, session_id: str, place: Place, made: Build, over: tuple[Errand, ...] = ()) -> None:
        """Number, build, commit, send; each stage starts when the one before it has answered. What outlives the commit
        holds the session's id, not the resident's answers.
        """

        def numbered(future: Future[int]) -> None:
            try:
                now = self._clock.now()
                occasion = Occasion(
                    trace_id=new_trace_id(),
                    new_case_id=lambda: new_case_id(place.terminal, now),
                    sequence=future.result(),
                    now=now,
                    clock_trusted=self._clock_trusted(),
                )
                submissions, filing = made(occasion)
                self._store.commit(submissions, over).add_done_callback(lambda done: committed(done, filing))
            except StoreError as error:
                self._publish(CommitFailed(session_id, error.code.removeprefix("store.")))
            except Exception:
                # A case that cannot even be written down is a bug; the resident still gets an honest answer.
                log.exception("a case could not be built")
                self._publish(CommitFailed(session_id, "io"))

        def committed(future: Future[CommitResult], filing: Filing) -> None:
            try:
                result = future.result()
            except Exception:
                # Nothing leads away from the page that waits for this answer, so there has to be one.
                log.exception("the store broke over a commit")
                self._publish(CommitFailed(session_id, "io"))
                return
            if not result.ok:
                self._publish(CommitFailed(session_id, result.reason.value if result.reason else "io"))
                return
            self._publish(Committed(session_id, filing))
            self._scheduler.after(self._submit_wait_s, lambda: self._publish(WaitOver(session_id)))
            self._sender.wake(*(case.case_id for case in filing.cases))

        try:
            self._store.next_sequence().add_done_callback(numbered)
        except StoreError as error:
            self._publish(CommitFailed(session_id, error.code.removeprefix("store.")))

    def rate(self, item: str, level: int, reasons: tuple[str, ...]) -> None:
        """Let it wait among the others: nobody is woken, so that its way to the centre begins at any other time."""
        self._store.queue_rating(item, level, reasons)
