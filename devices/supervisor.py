"""One thread per device: open, serve, probe, and after a fault try again as `devices.outage` says.

An outage is published and logged once. A card or code that is wanted stays wanted through it and is told of it once; a
slip is never kept for later. A port that comes or goes is announced by `port_changed` and ends any wait.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from devices.drivers.base import (
    CapturePage,
    Condition,
    Driver,
    GuideLight,
    Job,
    ReadCard,
    Request,
    ScanCode,
    Sensing,
    Served,
    Standing,
    WatchCard,
)
from devices.errors import DeviceFault, InternalFault
from devices.outage import FLAPPING, LIFE_STATE, Announcement, Course, LifeState, Means, Timing
from kiosk.domain.devices import (
    CaptureFailed,
    CardFailed,
    CardFailure,
    CodeRefusal,
    CodeRefused,
    DeviceEvent,
    DeviceStatus,
    Health,
    PrintOutcome,
    PrintUpdate,
    SelfTestReport,
    StatusChanged,
    Supply,
)
from kiosk.domain.freed import overwrite_freed
from kiosk.ports.devices import Publish

_log = logging.getLogger("kiosk.devices")


class Clock(Protocol):
    """What is needed of the program's clock."""

    def now(self) -> datetime:
        """The aware UTC time."""


class _Closing(Exception):
    """The terminal ends while a connection is on trial."""


@dataclass(slots=True)
class _SelfTest:
    future: Future[SelfTestReport]


Asked = ReadCard | ScanCode | CapturePage
#: Resets the USB port a device hangs on; whether that was done. Never raises.
UsbReset = Callable[[], bool]


class Supervisor:
    """The life of one device. All methods may be called from any thread and return at once, `self_test` excepted."""

    def __init__(
        self,
        name: str,
        driver: Driver,
        clock: Clock,
        timing: Timing | None = None,
        usb_reset: UsbReset | None = None,
    ) -> None:
        self._name = name
        self._driver = driver
        self._clock = clock
        self._timing = timing or Timing()
        self._usb_reset = usb_reset
        self._changed = threading.Condition()
        self._closing = False
        self._serving = False
        self._nudged = False  # something happened to the port, or somebody asks: no use in waiting on
        self._out = False  # an outage has been published and is not over
        self._standing: Standing | None = None
        self._standing_told = False  # the standing request knows of the present outage
        self._jobs: deque[Job | _SelfTest] = deque()
        self._job: Job | None = None  # the one being served
        self._canceled = False  # the one being served is no longer wanted
        self._setting: GuideLight | None = None
        self._setting_due = False
        self._publish: Publish = _nobody
        self._thread: threading.Thread | None = None
        self._status = DeviceStatus(
            name, driver.driver, "", Health.STARTING, Supply.UNKNOWN, "starting", None, clock.now()
        )

    # --- from other threads -------------------------------------------------------------------------------------

    @property
    def status(self) -> DeviceStatus:
        """The last known status."""
        with self._changed:
            return self._status

    @property
    def state(self) -> LifeState:
        """Where in its life the device is."""
        return LIFE_STATE[self.status.health]

    def present(self) -> bool | None:
        """Whether the port exists; None when that cannot be seen from here. For the one who watches the ports."""
        try:
            return self._driver.present()
        except Exception as error:  # asked from the watcher's thread, which must outlive any driver
            _log.error("device %s: internal error %s", self._name, type(error).__name__)
            return None

    def port_changed(self) -> None:
        """The port came or went: look at once."""
        with self._changed:
            self._nudged = True
            self._changed.notify_all()

    def start(self, publish: Publish) -> None:
        """Start the worker thread."""
        self._publish = publish
        if isinstance(self._driver, Sensing):
            self._driver.tell(publish)
        self._thread = threading.Thread(target=self._run, name=f"device-{self._name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ask the worker to end."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def join(self, timeout_s: float) -> None:
        """Wait for the worker's end."""
        if self._thread is not None:
            self._thread.join(max(0.0, timeout_s))

    def want(self, request: Asked) -> None:
        """Make this the standing request, in place of an earlier one."""
        with self._changed:
            self._standing = request
            self._standing_told = self._out
            told_now = self._out
            self._changed.notify_all()
            detail = self._status.detail
        if told_now:
            self._publish(_fault_event(request, detail))

    def unwant(self, kind: type[ReadCard] | type[ScanCode] | type[CapturePage]) -> None:
        """Drop the standing request if it is of this kind (the watch over a read card goes on)."""
        with self._changed:
            if isinstance(self._standing, kind):
                self._standing = None
                self._changed.notify_all()

    def set(self, setting: GuideLight) -> None:
        """Bring the device into this state, now or when it is back."""
        with self._changed:
            self._setting = setting
            self._setting_due = True
            self._changed.notify_all()

    def print(self, job: Job) -> None:
        """Queue a job, or refuse it at once while the device is out."""
        with self._changed:
            out = self._out or self._closing
            if not out:
                self._jobs.append(job)
                self._changed.notify_all()
            detail = self._status.detail
        self._publish(PrintUpdate(job.job_id, PrintOutcome.FAILED, detail) if out else _queued(job))

    def cancel_jobs(self) -> None:
        """Drop what waits in the queue and stop what is being served; each is told `canceled`."""
        with self._changed:
            dropped = tuple(job for job in self._jobs if not isinstance(job, _SelfTest))
            for job in dropped:
                self._jobs.remove(job)
            self._canceled = self._job is not None
            self._changed.notify_all()
        for job in dropped:
            self._publish(PrintUpdate(job.job_id, PrintOutcome.CANCELED))

    def self_test(self, timeout_s: float) -> SelfTestReport:
        """Run the driver's self-test in its thread; a device that is out, or does not get to it in time, has failed."""
        future: Future[SelfTestReport] = Future()
        with self._changed:
            running = self._serving and not self._closing
            if running:
                self._jobs.append(_SelfTest(future))
            else:
                self._nudged = True  # a technician asks: try now, and not at the end of the back-off
            self._changed.notify_all()
            detail = self._status.detail
        if running:
            try:
                return future.result(timeout_s)
            except TimeoutError:
                detail = "timeout"
        return SelfTestReport(self._name, ok=False, detail=detail, at=self._clock.now())

    # --- the worker ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        course = Course()
        means = Means.REOPEN
        while not self._closing:
            try:
                condition = self._connect(means)
                course, trial_s = course.connected(time.monotonic(), self._timing)
                if trial_s:
                    condition = self._hold(trial_s)
                    course = course.steady()
                self._recovered(condition)
                self._serve_until_closed()
                fault: DeviceFault | None = None
            except DeviceFault as error:
                fault = error
            except _Closing:
                fault = None
            except Exception as error:  # a bug in one driver must not take the other devices down
                _log.error("device %s: internal error %s", self._name, type(error).__name__)
                fault = InternalFault()
            with self._changed:
                self._serving = False
            self._let_go()
            if fault is None:
                break
            course, step = course.failed_with(fault, time.monotonic(), self._timing)
            if step.announce is not None:
                self._outage(step.announce, fault)
            self._wait(step.wait_s)
            means = step.means
        self._refuse_jobs("stopped")

    def _connect(self, means: Means) -> Condition:
        with self._changed:
            self._nudged = False
        if means is Means.USB_RESET and self._usb_reset is not None and self.present() is not False:
            done = self._usb_reset()
            _log.info("device %s: usb reset %s", self._name, "done" if done else "not done")
        return self._driver.connect(reset=means is not Means.REOPEN)

    def _let_go(self) -> None:
        try:
            self._driver.close()
        except Exception as error:  # a driver that cannot close must not end its supervisor
            _log.error("device %s: internal error %s", self._name, type(error).__name__)

    def _hold(self, seconds: float) -> Condition:
        """Keep a connection that is not trusted yet under observation; how the device is after that."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            with self._changed:
                if not self._closing:
                    self._changed.wait(min(left, self._driver.idle_every_s))
                if self._closing:
                    raise _Closing
            self._driver.idle()
        return self._driver.probe()

    def _serve_until_closed(self) -> None:
        probe_at = time.monotonic() + self._driver.probe_every_s
        while True:
            work = self._next(self._driver.idle_every_s)
            if self._closing:
                return
            match work:
                case _SelfTest(future):
                    self._run_self_test(future)
                case None:
                    condition = self._driver.idle()
                    if time.monotonic() >= probe_at:
                        condition = self._driver.probe()
                        probe_at = time.monotonic() + self._driver.probe_every_s
                    if condition is not None:
                        self._set(condition)
                case _:
                    self._serve(work)

    def _next(self, timeout_s: float) -> _SelfTest | Request | None:
        overwrite_freed()
        with self._changed:
            if not (self._jobs or self._setting_due or self._standing is not None or self._closing or self._nudged):
                self._changed.wait(timeout_s)
            self._nudged = False
            if self._setting_due:
                self._setting_due = False
                return self._setting
            if not self._jobs:
                return self._standing
            job = self._jobs.popleft()
            if not isinstance(job, _SelfTest):
                self._job, self._canceled = job, False
            return job

    def _serve(self, request: Request) -> None:
        try:
            served: Served = self._driver.serve(request, _Work(self, request))
        finally:
            with self._changed:
                self._job = None
        with self._changed:
            if served.done and self._standing is request:
                self._standing = None
            if served.follow_up is not None and self._standing is None:
                self._standing = served.follow_up

    def _run_self_test(self, future: Future[SelfTestReport]) -> None:
        ok, detail = False, "failed"
        try:
            ok, detail = self._driver.self_test()
        except DeviceFault as fault:
            detail = fault.code
            raise
        finally:
            future.set_result(SelfTestReport(self._name, ok, detail, self._clock.now()))

    def _wait(self, seconds: float) -> None:
        """Wait before the next try. A port that came (back) into being, or somebody who asks, ends the wait."""
        overwrite_freed()
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            with self._changed:
                self._changed.wait_for(lambda: self._nudged or self._closing, left)
                nudged, self._nudged = self._nudged, False
                if self._closing:
                    return
            if nudged and self.present() is not False:
                return

    # --- status -------------------------------------------------------------------------------------------------

    def _recovered(self, condition: Condition) -> None:
        with self._changed:
            was_out = self._out
            self._out = False
            self._serving = True
            self._setting_due = self._setting is not None
            self._standing_told = False
        if was_out:
            _log.info("device %s: back, %s", self._name, condition.detail)
        self._set(condition)

    def _outage(self, announcement: Announcement, fault: DeviceFault) -> None:
        with self._changed:
            self._out = True
            standing = self._standing
            tell = standing is not None and not self._standing_told
            self._standing_told = True
            if isinstance(standing, WatchCard):
                self._standing = None
        detail = announcement.detail
        if announcement.first:
            word = f"{FLAPPING}, {fault.code}" if detail == FLAPPING else f"out, {detail}"
            _log.warning("device %s: %s", self._name, word)
        self._set(Condition(announcement.health, Supply.UNKNOWN, detail), fault.code)
        if tell and isinstance(standing, Asked):
            self._publish(_fault_event(standing, detail))
        self._refuse_jobs(detail)

    def _refuse_jobs(self, detail: str) -> None:
        with self._changed:
            jobs = tuple(self._jobs)
            self._jobs.clear()
        for job in jobs:
            if isinstance(job, Job):
                self._publish(PrintUpdate(job.job_id, PrintOutcome.FAILED, detail))
            else:
                job.future.set_result(SelfTestReport(self._name, ok=False, detail=detail, at=self._clock.now()))

    def _set(self, condition: Condition, error: str | None = None) -> None:
        """Publish the status if it is not what it was. `error`: the reason, where the detail says more or else."""
        with self._changed:
            old = self._status
            bad = condition.health not in (Health.ONLINE, Health.DEVICE_BUSY) or condition.supply in (
                Supply.OUT,
                Supply.JAMMED,
            )
            new = replace(
                old,
                model=old.model if error else self._driver.model or old.model,
                health=condition.health,
                supply=condition.supply,
                detail=condition.detail,
                last_error=(error or condition.detail) if bad else old.last_error,
            )
            if new == old:
                return
            new = replace(new, at=self._clock.now())
            self._status = new
        self._publish(StatusChanged(new))

    # --- for _Work ----------------------------------------------------------------------------------------------

    def _emit(self, event: DeviceEvent) -> None:
        self._publish(event)

    def _stopped(self, request: Request) -> bool:
        """A job is stopped by its cancelling and the end of the program; a standing request also by what comes next."""
        if self._closing:
            return True
        if isinstance(request, Job):
            return self._canceled
        return self._standing is not request or bool(self._jobs) or self._setting_due

    def _pause(self, request: Request, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._stopped(request), max(0.0, seconds))


class _Work:
    """A driver's view of its supervisor for one request."""

    def __init__(self, supervisor: Supervisor, request: Request) -> None:
        self._supervisor = supervisor
        self._request = request

    def emit(self, event: DeviceEvent) -> None:
        self._supervisor._emit(event)

    def report(self, condition: Condition) -> None:
        self._supervisor._set(condition)

    def stopped(self) -> bool:
        return self._supervisor._stopped(self._request)

    def pause(self, seconds: float) -> bool:
        return self._supervisor._pause(self._request, seconds)


def _nobody(_event: DeviceEvent) -> None:
    """Before `start` nobody listens."""


def _queued(job: Job) -> PrintUpdate:
    return PrintUpdate(job.job_id, PrintOutcome.QUEUED)


def _fault_event(request: Asked, detail: str) -> DeviceEvent:
    match request:
        case ReadCard(session):
            return CardFailed(session, CardFailure.READER_FAULT)
        case ScanCode(session):
            return CodeRefused(session, CodeRefusal.SCANNER_FAULT)
        case CapturePage(session):
            return CaptureFailed(session, detail)
