"""One hub with the driver under test, an ear for its events and its log, and the waits that checks are made of."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import TypeVar

from devices.conformance.field import CannotDo, Deed, Field
from devices.conformance.kind import Kind, Verdict, tag_of
from devices.outage import Timing
from devices.registry import DriverRegistry, build_hub
from devices.spec import DriverSpec, Options
from kiosk.domain.devices import DEVICE_NAMES, DeviceEvent, DeviceStatus, Health, SelfTestReport, StatusChanged
from kiosk.ports.devices import DeviceBinding

Event = TypeVar("Event")

#: As patient as a terminal in kind, but quicker, and never tired of a port that is pulled a thousand times.
TIMING = Timing(
    back_off_s=(0.05, 0.1, 0.2),
    out_of_service_s=(0.2,),
    out_of_service_after=1_000_000,
    port_watch_s=0.05,
    missing_times=1,
    stable_s=3.0,
    flap_breaks=1_000_000,
    flap_window_s=1.0,
    quiet_s=0.2,
    calm_s=1.0,
)
ONLINE_S = 15.0
STOP_S = 2.0
HAND_S = 0.25  # no hand is quicker than this after the screen has asked for something


class Failed(Exception):
    """The driver does not do what it must; the message says what was seen."""


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class NeverOnline(Failed):
    """It did not come online at all, so there is nothing to be tried on."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The driver under test, where it is connected, and its options beside the address."""

    spec: DriverSpec
    kind: Kind
    field: Field
    options: Options

    @property
    def bound(self) -> dict[str, str | int | float]:
        """The options of the binding."""
        return {**self.field.options, **self.options}

    def registry(self) -> DriverRegistry:
        """A registry that knows this driver and no other."""
        registry = DriverRegistry()
        registry.add(self.spec)
        return registry


class LogEar(logging.Handler):
    """Keeps what the driver and its supervisor log, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line; a broken one is kept as what broke it."""
        try:
            text = f"{record.getMessage()} {record.args!r}"
        except Exception as error:  # a log line that cannot be made is a fault worth seeing
            text = f"unloggable: {type(error).__name__}"
        self.lines.append((record.levelno, text))

    def warnings(self) -> int:
        """How many lines at warning or worse."""
        return sum(level >= logging.WARNING for level, _ in self.lines)


@dataclass
class Running(AbstractContextManager["Running"]):
    """`online` False: start without waiting for the device. `spoilt`: its line is being spoilt, so that where nothing
    is checksummed another content is right too. Leaving stops the hub; a stop that hangs is passed over."""

    subject: Subject
    online: bool = True
    spoilt: bool = False
    events: list[DeviceEvent] = field(default_factory=list)
    ear: LogEar = field(default_factory=LogEar)
    stopped_in_s: float | None = None
    ordered: set[str] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _mark: int = 0

    def __enter__(self) -> Running:
        subject = self.subject
        logger = logging.getLogger("kiosk.devices")
        self._level, self._propagate = logger.level, logger.propagate
        logger.setLevel(logging.DEBUG)
        logger.propagate = False  # the outages made here are no news for the program's log
        logging.getLogger().addHandler(self.ear)
        logger.addHandler(self.ear)
        binding = DeviceBinding(subject.spec.device, subject.spec.driver, subject.bound)
        self.hub = build_hub([binding], _Clock(), subject.registry(), TIMING)
        self.hub.start(self._heard)
        if self.online:
            try:
                self.await_online()
            except Failed as why:
                self.__exit__(None, None, None)
                raise NeverOnline(str(why)) from why
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        logger = logging.getLogger("kiosk.devices")
        logger.removeHandler(self.ear)
        logging.getLogger().removeHandler(self.ear)
        logger.setLevel(self._level)
        logger.propagate = self._propagate

    def stop(self) -> float:
        """Stop the hub once; how long it took in seconds."""
        if self.stopped_in_s is None:
            began = time.monotonic()
            self.hub.stop(STOP_S + 1.0)
            self.stopped_in_s = time.monotonic() - began
        return self.stopped_in_s

    def _heard(self, event: DeviceEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    # --- what a check asks --------------------------------------------------------------------------------------

    @property
    def status(self) -> DeviceStatus:
        """The device's status now."""
        return self.hub.statuses()[DEVICE_NAMES.index(self.subject.spec.device)]

    def mark(self) -> None:
        """From here on `await_event` and `since` look."""
        with self._changed:
            self._mark = len(self.events)

    def since(self) -> tuple[DeviceEvent, ...]:
        """The events since the mark."""
        with self._changed:
            return tuple(self.events[self._mark :])

    def await_event(self, when: Callable[[DeviceEvent], bool], timeout_s: float) -> DeviceEvent | None:
        """The first event since the mark that fits; None when none came in time."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            at = self._mark
            while True:
                while at < len(self.events):
                    if when(self.events[at]):
                        return self.events[at]
                    at += 1
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                self._changed.wait(left)

    def await_status(self, when: Callable[[DeviceStatus], bool], timeout_s: float, what: str) -> DeviceStatus:
        """The status, now or soon. Raises Failed."""
        deadline = time.monotonic() + timeout_s
        while True:
            status = self.status
            if when(status):
                return status
            left = deadline - time.monotonic()
            if left <= 0:
                raise Failed(f"{what} within {timeout_s:g} s; it is {status.health} {status.detail}")
            with self._changed:
                self._changed.wait(min(left, 0.05))

    def await_online(self, timeout_s: float = ONLINE_S) -> DeviceStatus:
        """Raises Failed."""
        return self.await_status(lambda status: status.health is Health.ONLINE, timeout_s, "not online")

    def await_detail(self, health: Health, detail: str, timeout_s: float = ONLINE_S) -> DeviceStatus:
        """Raises Failed."""
        return self.await_status(
            lambda status: (status.health, status.detail) == (health, detail), timeout_s, f"not {health}/{detail}"
        )

    def quiet(self, seconds: float) -> tuple[DeviceEvent, ...]:
        """What comes in so long a time in which nothing should."""
        self.mark()
        self.await_event(lambda _event: False, seconds)
        return self.since()

    def since_and_soon(self, seconds: float) -> tuple[DeviceEvent, ...]:
        """The events since the mark, those of the next seconds among them."""
        self.await_event(lambda _event: False, seconds)
        return self.since()

    def self_test(self) -> tuple[SelfTestReport, float]:
        """The report, and how long it took in seconds. Raises Failed when it hangs."""
        made: list[SelfTestReport] = []
        name = self.subject.spec.device
        began = time.monotonic()
        thread = threading.Thread(target=lambda: made.append(self.hub.self_test(name)), daemon=True)
        thread.start()
        thread.join(12.0)
        if not made:
            raise Failed("the self-test did not come back within 12 s")
        return made[0], time.monotonic() - began

    # --- the device's main function -----------------------------------------------------------------------------

    def act(self, *deeds: Deed) -> None:
        """Do each; those that need not be possible are passed over. Raises CannotDo."""
        for deed in deeds:
            try:
                self.subject.field.act(deed)
            except CannotDo:
                if deed.wanted:
                    raise

    def order(self) -> str:
        """Ask for the main function, with a fresh session or job id; the id."""
        tag = f"conformance-{len(self.ordered) + 1}"
        self.ordered.add(tag)
        self.subject.kind.order(self.hub, tag, self.subject.spec.filled(self.subject.bound))
        return tag

    def verdict(self, event: DeviceEvent) -> Verdict | None:
        """What an event means for the order that is out."""
        return self.subject.kind.judge(event, self.subject.field.emulated and not self.spoilt)

    def await_result(self, tag: str, timeout_s: float | None = None) -> Verdict | None:
        """RIGHT or REFUSED, or None when nothing came in time. Raises Failed on a wrong result."""
        kind = self.subject.kind
        timeout_s = kind.time_s if timeout_s is None else timeout_s
        if kind.seen is not None:
            return self._await_seen(timeout_s)

        def ended(event: DeviceEvent) -> bool:
            verdict = self.verdict(event)
            return verdict in (Verdict.RIGHT, Verdict.WRONG) or (verdict is Verdict.REFUSED and not kind.standing)

        event = self.await_event(lambda event: tag_of(event) in (tag, None) and ended(event), timeout_s)
        self.no_wrong()
        return None if event is None else self.verdict(event)

    def _await_seen(self, timeout_s: float) -> Verdict | None:
        kind = self.subject.kind
        if not self.subject.field.emulated:
            raise CannotDo("its result is seen, not reported: look whether it did it")
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if kind.seen is not None and kind.seen(self.subject.field.state()):
                return Verdict.RIGHT
            self.await_event(lambda _event: False, 0.05)
        return None

    def no_wrong(self) -> None:
        """Raises Failed when any event since the mark is a wrong result."""
        for event in self.since():
            if self.verdict(event) is Verdict.WRONG:
                raise Failed(f"a wrong result was handed on: {type(event).__name__}")

    def seen(self) -> str:
        """What came since the mark, in words without data."""
        return ", ".join(dict.fromkeys(_named(event) for event in self.since())) or "nothing"

    def must_work(self, after: str) -> str:
        """The main function once, in good order; the order's id. Raises Failed or CannotDo."""
        kind = self.subject.kind
        self.await_online()
        self.act(*kind.clear)
        if kind.notices_s:
            self.quiet(kind.notices_s)
        self.mark()
        tag = self.order()
        if kind.standing:
            self.await_event(lambda _event: False, HAND_S)
        self.act(*kind.offer)
        self.spoilt = False
        verdict = self.await_result(tag)
        if verdict is not Verdict.RIGHT:
            self._no_result_of_another(tag)
            seen = self.seen()
            raise Failed(f"{after} it {kind.title} no more ({seen})" if after else f"it does not do it: {seen}")
        self.withdraw()
        self.act(*kind.clear)
        return tag

    def _no_result_of_another(self, tag: str) -> None:
        for event in self.since():
            if self.verdict(event) is Verdict.RIGHT and (other := tag_of(event)) not in (tag, None):
                raise Failed(f"{tag} was ordered, and the {type(event).__name__} that came is marked as {other}")

    def settle(self) -> None:
        """Call the order off and let pass what was on its way: no resident follows another within a second."""
        self.withdraw()
        self.quiet(1.0)
        self.await_online(2 * self.subject.kind.time_s)

    def withdraw(self) -> None:
        """Call the order off, where that can be done."""
        if self.subject.kind.withdraw is not None:
            self.subject.kind.withdraw(self.hub)


def _named(event: DeviceEvent) -> str:
    if isinstance(event, StatusChanged):
        return f"status {event.status.detail}"
    told = [str(value) for key in ("reason", "outcome", "detail") if (value := getattr(event, key, ""))]
    return " ".join([type(event).__name__, *told])
