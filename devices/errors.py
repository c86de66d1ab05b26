"""What can go wrong between a driver and its device. These errors never leave the package: the supervisor turns each
into a `DeviceStatus` and the command at hand into an event.

DeviceFault
 ├─ PortMissing   nothing at that path or address        -> noDevice, port_missing
 ├─ PortDenied    no permission                          -> offline, port_denied
 ├─ PortBusy      somebody else holds it                 -> offline, port_busy
 ├─ PortLost      it was open and went away              -> offline, port_lost
 ├─ WriteTimeout  it takes no bytes                      -> offline, write_timeout
 ├─ NoAnswer      it is open and stays silent            -> offline, no_answer
 ├─ BadAnswer     it answers what its protocol forbids   -> hardwareError, bad_answer
 ├─ PictureFrozen a camera gives the same picture only   -> hardwareError, frozen
 └─ DecoderCrashed the process that reads its pictures keeps dying -> hardwareError, decoder_crashed
"""

from __future__ import annotations

from typing import ClassVar

from kiosk.domain.devices import Health


class DeviceFault(Exception):
    """Base: the command at hand cannot go on. `code` is what status and log say."""

    code: ClassVar[str] = "fault"
    health: ClassVar[Health] = Health.OFFLINE


class PortMissing(DeviceFault):
    """The port does not exist (unplugged, or the settings name another one)."""

    code = "port_missing"
    health = Health.NO_DEVICE


class PortDenied(DeviceFault):
    """The user running the terminal may not open the port (group dialout or lp)."""

    code = "port_denied"


class PortBusy(DeviceFault):
    """Another program, or another copy of this one, holds the port."""

    code = "port_busy"


class PortLost(DeviceFault):
    """The port was open and went away."""

    code = "port_lost"


class WriteTimeout(DeviceFault):
    """The device took no bytes for as long as the driver was ready to wait."""

    code = "write_timeout"


class NoAnswer(DeviceFault):
    """The device stays silent."""

    code = "no_answer"


class BadAnswer(DeviceFault):
    """The device answers, but not in its protocol (wrong device, wrong baud, damaged line)."""

    code = "bad_answer"
    health = Health.HARDWARE_ERROR


class PictureFrozen(DeviceFault):
    """A camera gives the very same picture again and again: its sensor or its driver hangs."""

    code = "frozen"
    health = Health.HARDWARE_ERROR


class DecoderCrashed(DeviceFault):
    """The child process that holds the camera died or hung several times in a short while."""

    code = "decoder_crashed"
    health = Health.HARDWARE_ERROR


class Flooding(DeviceFault):
    """The device sends without end, faster than anything its protocol needs."""

    code = "flooding"
    health = Health.HARDWARE_ERROR


class InternalFault(DeviceFault):
    """A driver raised what it must not: a bug, kept away from the other devices."""

    code = "internal_error"
    health = Health.HARDWARE_ERROR
