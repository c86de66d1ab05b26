"""The sync loop: one thread that sends what is due and fetches what is new.

`step` does all there is to do now and says how long to wait; the thread only calls it again. Cases go first, then
errands, then chores; between two requests it is looked whether a resident waits. When the line may be used at all is
`Link`'s word, what a case's answer means is `Sender`'s.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Mapping

from kiosk.domain.errors import StoreError
from kiosk.domain.freed import overwrite_freed
from kiosk.ports.central import CaseApi, SyncEvent
from kiosk.ports.clock import Clock
from kiosk.ports.storage import CaseStore
from kiosk.sync.catalogue import AcceptPackage
from kiosk.sync.chores import Chores
from kiosk.sync.errands import Errands
from kiosk.sync.files import FileLane
from kiosk.sync.link import Link, boot_id
from kiosk.sync.options import SyncOptions
from kiosk.sync.sending import Sender

log = logging.getLogger("kiosk.sync")


class SyncWorker:
    """Owns the sync thread. `publish` is called from that thread and must not block.

    `accept_package` gets bundle bytes and answers None, or why the package cannot be used. `state` gives what a
    heartbeat says about the terminal, without any resident's data. `boot` names the boot of the monotonic clock.
    `stand_back` is called between two pieces of work and may hold them up for a moment.
    """

    def __init__(
        self,
        store: CaseStore,
        api: CaseApi,
        clock: Clock,
        publish: Callable[[SyncEvent], None],
        *,
        accept_package: AcceptPackage = lambda bundle: None,
        state: Callable[[], Mapping[str, object]] = dict,
        options: SyncOptions | None = None,
        roll: Callable[[], float] = random.random,
        boot: str | None = None,
        stand_back: Callable[[], None] = lambda: None,
    ) -> None:
        self._publish_to = publish
        self._options = options or SyncOptions()
        self._guard = threading.Lock()
        self._signal = threading.Event()
        self._stopping = False
        self._woken: list[str] = []
        self._wake_asked = False
        self._refresh_asked = False
        self._thread: threading.Thread | None = None
        # Everything below belongs to the thread that calls step.
        self._link = Link(store, clock, self._publish, self._options, roll, boot or boot_id())
        self._lane = FileLane(api, self._options, self._signal.set)
        self._sender = Sender(
            store,
            api,
            clock,
            self._link,
            self._lane,
            self._publish,
            self._options,
            roll,
            self._take_woken,
            lambda: self._stopping,
            stand_back,
        )
        self._errands = Errands(store, api, clock, self._link, self._options, roll)
        self._chores = Chores(store, api, clock, self._link, self._publish, accept_package, state, self._options, roll)

    # ------------------------------------------------------------------------------------------------- from any thread

    def start(self) -> None:
        """Run the loop in its own thread."""
        if self._thread is None:
            self._lane.beside = True
            self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
            self._thread.start()

    def wake(self, *case_ids: str) -> None:
        """Something was committed: try at once, these cases first, even while a back-off runs."""
        with self._guard:
            self._woken.extend(case_ids)
            self._wake_asked = True
        self._signal.set()

    def refresh(self) -> None:
        """Run every chore at the next step."""
        with self._guard:
            self._refresh_asked = True
        self.wake()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Ask the loop to end; True when it has. A request under way ends with its own deadline."""
        with self._guard:
            self._stopping = True
        self._signal.set()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def clock_offset_s(self) -> float | None:
        """Centre's time minus ours at the last heartbeat; None before the first."""
        return self._chores.clock_offset_s

    # ------------------------------------------------------------------------------------------------- the loop

    def _run(self) -> None:
        while not self._stopping:
            try:
                wait_s = self.step()
            except StoreError as error:
                log.error("sync stopped by the store: %s", error.code)
                wait_s = self._options.longest_wait_s
            except Exception as error:  # the loop is the only way out of the terminal: it never ends by a bug
                log.error("sync step failed: %s", type(error).__name__)
                wait_s = self._options.longest_wait_s
            overwrite_freed()
            self._signal.wait(min(wait_s, self._options.longest_wait_s))
            self._signal.clear()

    def step(self) -> float:
        """Do all that is due now; returns how many seconds nothing more will be due. For the loop, and for tests."""
        self._link.load()
        if not self._link.may_send(waited_for=self._take_wake()):
            return self._link.wait_s
        while True:
            if not self._sender.run() or self._stopping:
                return self._link.wait_s
            ran = self._errands.run_one()
            if ran is None:
                ran = self._chores.run_one()
            if ran is False:
                return self._link.wait_s
            if ran is None and not self._take_wake():
                return self._next_wait()

    def _take_wake(self) -> bool:
        """Whether something asked for a step since the last time."""
        with self._guard:
            if self._refresh_asked:
                self._refresh_asked = False
                self._chores.all_now()
            asked, self._wake_asked = self._wake_asked, False
        return asked

    def _take_woken(self) -> tuple[str, ...]:
        with self._guard:
            ids, self._woken = tuple(self._woken), []
        return ids

    def _next_wait(self) -> float:
        waits = [self._chores.next_wait_s()]
        if (sender_s := self._sender.next_wait_s()) is not None:
            waits.append(sender_s)
        return min(max(min(waits), 0.05), self._options.longest_wait_s)

    def _publish(self, event: SyncEvent) -> None:
        try:
            self._publish_to(event)
        except Exception as error:  # a listener's bug must not stop the sending
            log.error("listener failed: %s", type(error).__name__)
