"""What to do when a device fails: the course of an outage as a pure machine, without clock, thread or IO.

A supervisor tells a `Course` that a connection stands (`connected`), that it has held through its trial (`steady`) or
that something failed (`failed`), each with the monotonic time in seconds. The answer to a failure is a `Step`: what to
publish, how long to wait, and by which means to try again.

* A break after good days is met with one silent reopening; a port that is missing is looked for three times running
  before anybody is told, since a USB adapter that is enumerated anew is away for a second.
* Then tries follow after 1, 2, 4 … 30 s, by stronger means each: reopen, the protocol's own reset, a reset of the USB
  port. When all that did not help the device is out of service: still tried, but ever more seldom.
* A connection that breaks again and again is flapping. It is offered again after it has held for a quiet time; so is a
  device that flooded its line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from devices.errors import DeviceFault, Flooding, InternalFault, PortBusy, PortDenied, PortLost, PortMissing
from kiosk.domain.devices import Health

FLAPPING = "flapping"
OUT_OF_SERVICE = "out_of_service"
_FLOOD_STEPS = 3
_USB_RESET_EACH = 4  # tries; the third is the first of them


class LifeState(StrEnum):
    """Where in its life a device is; the reason of a fault is the status detail."""

    ABSENT = "absent"
    CONNECTING = "connecting"
    ONLINE = "online"
    BUSY = "busy"
    FAULT = "fault"


LIFE_STATE: Mapping[Health, LifeState] = MappingProxyType(
    {
        Health.STARTING: LifeState.CONNECTING,
        Health.ONLINE: LifeState.ONLINE,
        Health.DEVICE_BUSY: LifeState.BUSY,
        Health.NO_DEVICE: LifeState.ABSENT,
        Health.OFFLINE: LifeState.FAULT,
        Health.POWER_OFF: LifeState.FAULT,
        Health.HARDWARE_ERROR: LifeState.FAULT,
        Health.USER_ERROR: LifeState.FAULT,
    }
)


class Means(StrEnum):
    """How a device is tried again, from the mildest to the strongest."""

    REOPEN = "reopen"
    PROTOCOL_RESET = "protocol_reset"
    USB_RESET = "usb_reset"


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient a supervisor is; all times in seconds.

    `stable_s`: a connection that held this long is forgiven one silent break. `port_watch_s`: how often missing ports
    are looked for where no event announces them. `flap_breaks` breaks within `flap_window_s` are flapping.
    """

    back_off_s: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
    out_of_service_s: tuple[float, ...] = (30.0, 30.0, 60.0, 60.0, 120.0, 120.0, 300.0)
    out_of_service_after: int = 6
    port_watch_s: float = 0.5
    missing_times: int = 3
    stable_s: float = 5.0
    flap_breaks: int = 6
    flap_window_s: float = 60.0
    quiet_s: float = 10.0
    calm_s: float = 3.0


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the world is told of an outage. `first`: it begins with this, so it is logged."""

    health: Health
    detail: str
    first: bool


@dataclass(frozen=True, slots=True)
class Step:
    """Wait so long (less, when the port appears), then try by these means. `announce` None: nobody is told yet."""

    wait_s: float
    means: Means
    announce: Announcement | None


@dataclass(frozen=True, slots=True)
class Course:
    """One device's outages so far.

    `failed` counts failures since the last stable connection, `tries` those that were announced, `looks` how often the
    port was missing since the line broke; `breaks` are the times at which a standing connection broke.
    """

    failed: int = 0
    tries: int = 0
    looks: int = 0
    announced: bool = False
    flooded: bool = False
    connected_at: float | None = None
    breaks: tuple[float, ...] = ()

    def connected(self, now: float, timing: Timing) -> tuple[Course, float]:
        """A connection stands. It must hold for so many seconds before it is offered (0.0: it is offered now)."""
        course = replace(self, connected_at=now, looks=0)
        if self.announced and course.is_flapping(now, timing):
            return course, timing.quiet_s
        if self.flooded:
            return course, timing.calm_s
        return replace(course, announced=False), 0.0

    def steady(self) -> Course:
        """The connection held through its trial: what was before is forgiven."""
        return Course(connected_at=self.connected_at)

    def is_flapping(self, now: float, timing: Timing) -> bool:
        """Whether the connection broke too often of late."""
        return sum(now - at < timing.flap_window_s for at in self.breaks) >= timing.flap_breaks

    def failed_with(self, fault: DeviceFault, now: float, timing: Timing) -> tuple[Course, Step]:
        """A connection broke, or could not be made."""
        course = replace(self, failed=self.failed + 1, connected_at=None, flooded=isinstance(fault, Flooding))
        if self.connected_at is not None:
            if not self.announced and now - self.connected_at >= timing.stable_s:
                course = replace(course, failed=1, tries=0)
            if not course.flooded:  # a flood has a word of its own
                course = replace(course, breaks=(*self.breaks, now)[-timing.flap_breaks :])
        flapping = course.is_flapping(now, timing)
        if not (flapping or self.announced):
            if self.connected_at is not None and course.failed == 1 and not isinstance(fault, Flooding | InternalFault):
                return course, Step(0.0, Means.REOPEN, None)
            if self.connected_at is not None and isinstance(fault, PortLost | PortMissing):
                return course, Step(timing.port_watch_s, Means.REOPEN, None)  # blinks again: flapping, if it goes on
            if isinstance(fault, PortMissing) and self.failed and self.looks + 1 < timing.missing_times:
                course = replace(course, looks=self.looks + 1)
                return course, Step(timing.port_watch_s, Means.REOPEN, None)
        return replace(course, tries=course.tries + 1, announced=True), Step(
            _wait_s(fault, course.tries, timing),
            _means(fault, course.tries),
            _announcement(fault, course.tries, timing, flapping=flapping, first=not self.announced),
        )


def _announcement(fault: DeviceFault, tries: int, timing: Timing, *, flapping: bool, first: bool) -> Announcement:
    if flapping:
        return Announcement(Health.HARDWARE_ERROR, FLAPPING, first)
    detail = f"{fault.code}.{OUT_OF_SERVICE}" if _out_of_service(fault, tries, timing) else fault.code
    return Announcement(fault.health, detail, first)


def _out_of_service(fault: DeviceFault, tries: int, timing: Timing) -> bool:
    """A device that is not there is absent, however long: nothing was tried in vain. A flood may end at any moment."""
    return tries >= timing.out_of_service_after and not isinstance(fault, PortMissing | Flooding)


def _wait_s(fault: DeviceFault, tries: int, timing: Timing) -> float:
    steps, at = timing.back_off_s, tries
    if isinstance(fault, Flooding):
        steps = steps[:_FLOOD_STEPS]  # a try costs next to nothing
    if _out_of_service(fault, tries, timing):
        steps, at = timing.out_of_service_s, tries - timing.out_of_service_after
    return steps[min(at, len(steps) - 1)]


def _means(fault: DeviceFault, tries: int) -> Means:
    """No reset helps against a port that is missing, forbidden or taken."""
    if isinstance(fault, PortMissing | PortDenied | PortBusy):
        return Means.REOPEN
    return Means.USB_RESET if tries % _USB_RESET_EACH == _USB_RESET_EACH // 2 else Means.PROTOCOL_RESET
