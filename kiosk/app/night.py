"""The nightly self-test, and what `Leaving` is told about the terminal it is part of."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

from kiosk.app.leaving import Why, resident_mb
from kiosk.domain.devices import Health
from kiosk.domain.diagnostics import RESIDUE, CheckOutcome, CheckResult
from kiosk.domain.errors import StoreError
from kiosk.flow.state import FlowState
from kiosk.ports.clock import Clock
from kiosk.ports.devices import DeviceHub
from kiosk.ports.diagnostics import CheckBook
from kiosk.ports.events import EventLog
from kiosk.ports.storage import CaseStore, VerifyReport

log = logging.getLogger("kiosk.night")

KV_SELF_TEST = "self_test.last"
STORE_WAIT_S = 10.0


class SelfTest:
    """Every device that is fitted, the whole store read back, and whether visits leave anything. ``run`` takes as
    long as it takes: on a worker.

    ``verify`` reads through a connection of its own, so that the store's thread stays free for whoever comes.
    ``residue`` plays visits on a second terminal nobody sees: true for nothing left, None where that was not found out.
    """

    def __init__(
        self,
        hub: DeviceHub,
        book: CheckBook,
        store: CaseStore,
        verify: Callable[[], VerifyReport],
        residue: Callable[[], bool | None],
        clock: Clock,
        events: EventLog,
    ) -> None:
        self._hub = hub
        self._book = book
        self._store = store
        self._verify = verify
        self._residue = residue
        self._clock = clock
        self._events = events

    def run(self) -> None:
        """Test, and leave records where a technician looks for them."""
        failed = [
            status.name for status in self._hub.statuses() if not status.disabled and not self._device(status.name)
        ]
        problems = self._problems()
        clean = self._clean()
        good = not failed and not problems and clean is not False
        result = {
            "at": self._clock.now().isoformat(timespec="seconds"),
            "ok": good,
            "devices": failed,
            "store": problems,
            "residue": clean,
        }
        self._events.emit("self_test.ended", code="ok" if good else "failed")
        try:
            self._store.put(KV_SELF_TEST, json.dumps(result)).result(STORE_WAIT_S)
        except (StoreError, TimeoutError) as error:
            log.error("self-test not written down: %s", type(error).__name__)

    def _device(self, name: str) -> bool:
        try:
            report = self._hub.self_test(name)
            passed, detail = report.ok, report.detail
        except Exception:
            log.exception("self-test of a device failed")
            passed, detail = False, "fault"
        outcome = CheckOutcome.PASSED if passed else CheckOutcome.FAILED
        self._events.emit("check.recorded", device=name, code=f"self_test.{outcome.value}")
        self._write_down(CheckResult(name, "self_test", outcome, detail))
        return passed

    def _clean(self) -> bool | None:
        clean = self._residue()
        outcome = {True: CheckOutcome.PASSED, False: CheckOutcome.FAILED, None: CheckOutcome.SKIPPED}[clean]
        self._write_down(CheckResult(RESIDUE, "self_test", outcome, ""))
        return clean

    def _write_down(self, result: CheckResult) -> None:
        try:
            self._book.add(result, self._clock.now())
        except OSError as error:
            log.error("check not written down: %s", type(error).__name__)

    def _problems(self) -> int:
        try:
            return len(self._verify().problems)
        except StoreError:
            return 1


def last_self_test(text: str | None) -> dict[str, Any] | None:
    """What stands in the store of the last one: `at`, `ok`, names of `devices` that failed, problems of the
    `store`, and whether nothing was left by visits (`residue`; None: not found out).
    """
    try:
        found = json.loads(text or "")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


@dataclass
class Itself:
    """``leaving.Terminal`` of the terminal that runs here. Main thread."""

    state: Callable[[], FlowState]
    hub: DeviceHub
    offset: Callable[[], float | None]
    self_test: SelfTest
    workshop: Executor
    refresh: Callable[[], None]
    quit: Callable[[int], None]
    events: EventLog
    going: Why | None = None
    """Why it is about to end; a heartbeat says so."""

    def quiet(self) -> bool:
        """See leaving.Terminal."""
        state = self.state()
        world = state.world
        nobody = state.session is None and state.overlay is None and not world.near and not world.door_open
        busy = any(status.health is Health.DEVICE_BUSY for status in self.hub.statuses())
        return nobody and state.step in ("attract", "out_of_service") and not busy

    def failed(self) -> bool:
        """See leaving.Terminal. Nothing leads off that page but a fresh start."""
        return self.state().step == "out_of_service"

    def memory_mb(self) -> int:
        """See leaving.Terminal."""
        return resident_mb()

    def clock_offset_s(self) -> float | None:
        """See leaving.Terminal."""
        return self.offset()

    def test(self) -> Future[None]:
        """See leaving.Terminal."""
        return self.workshop.submit(self.self_test.run)

    def farewell(self, why: Why) -> None:
        """See leaving.Terminal."""
        self.going = why
        self.refresh()

    def leave(self, why: Why, code: int) -> None:
        """See leaving.Terminal."""
        self.events.emit("app.leaving", code=why)
        self.quit(code)
