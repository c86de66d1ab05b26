"""Power supplies: the mains go away, and it is reported."""

from __future__ import annotations

from devices.conformance.field import Deed
from devices.conformance.kind import Kind, Verdict
from kiosk.domain.devices import UPS, DeviceEvent, Power, PowerChanged


def _judge(event: DeviceEvent, known: bool) -> Verdict | None:
    if isinstance(event, PowerChanged) and event.power in (Power.BATTERY, Power.BATTERY_LOW):
        return Verdict.RIGHT
    return None


def _nothing(*_: object) -> None:
    """A power supply speaks unasked."""


KIND = Kind(
    device=UPS,
    title="reports that the mains are gone",
    order=_nothing,
    offer=(Deed("power", {"what": "battery"}, ask="Pull the mains plug of the UPS"),),
    clear=(Deed("power", {"what": "mains"}, ask="Put the mains plug in again", wanted=False),),
    judge=_judge,
    notices_s=3.0,
)
