"""What the suite has to know of one sort of device, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from devices.conformance.field import Deed
from devices.spec import Options
from kiosk.domain.devices import DeviceEvent
from kiosk.ports.devices import DeviceHub


class Verdict(StrEnum):
    """What an event means for the order that is out."""

    RIGHT = "right"
    REFUSED = "refused"  # the device said honestly that it could not
    WRONG = "wrong"  # a result that is not what lay there


@dataclass(frozen=True, slots=True)
class Unfit:
    """Something offered that must not be taken: what it is, the deeds that offer it, and those that clear it away."""

    what: str
    offer: tuple[Deed, ...]
    clear: tuple[Deed, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of device.

    `order(hub, tag, options)` asks for its main function; `tag` is the session or job, and comes back in the events.
    `offer` is what must be done for it to succeed, `clear` what takes that away again. `judge(event, known)` says what
    an event means; `known`: what was offered is exactly what `offer` says, so another content is wrong (on real
    hardware any consistent content is right). `seen(state)`: success is read from the emulator's state, for a device
    that answers with no event. `withdraw` calls the order off. `standing`: the order stays wanted over an outage; else
    it ends with it. `refusal(event)`: the answer to an order while the device is out; None: there is none by nature.
    `sick` are deeds after each of which the self-test must say no, with those that make it well. `secrets` are texts of
    what was offered or ordered that must stand in no log line and no repr. `checked` False: what comes over its line
    carries no checksum, so that another content is nobody's fault there; it must still be a proper one. `notices_s`:
    how long it may take until the device has noticed that `clear` was done.
    """

    device: str
    title: str
    order: Callable[[DeviceHub, str, Options], None]
    judge: Callable[[DeviceEvent, bool], Verdict | None]
    offer: tuple[Deed, ...] = ()
    clear: tuple[Deed, ...] = ()
    seen: Callable[[Mapping[str, Any]], bool] | None = None
    withdraw: Callable[[DeviceHub], None] | None = None
    standing: bool = True
    refusal: Callable[[DeviceEvent], bool] | None = None
    unfit: tuple[Unfit, ...] = ()
    sick: tuple[tuple[Deed, tuple[Deed, ...]], ...] = ()
    secrets: tuple[str, ...] = ()
    checked: bool = True
    notices_s: float = 0.0
    time_s: float = 15.0


def tag_of(event: DeviceEvent) -> str | None:
    """The session or job an event belongs to; None where it belongs to none."""
    tag = getattr(event, "session", None) or getattr(event, "job_id", None)
    return tag if isinstance(tag, str) else None
