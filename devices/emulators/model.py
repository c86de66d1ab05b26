"""What an emulated device is to the port that carries its bytes: a state machine without IO or clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

Args = Mapping[str, object]


class Refused(Exception):
    """A control command that cannot be done; the message goes back as `why`."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a control command makes the device do: send something, or break off what it is sending."""

    send: tuple[bytes, ...] = ()
    break_off: bool = False


class Model(Protocol):
    """One device. `verbs` are the control commands it knows itself; faults of the line belong to the port.

    Answers shorter than `notable_bytes` are left alone by `garble` and `fail_after_bytes`, so that a fault meant for a
    card's data does not hit the next poll.
    """

    verbs: frozenset[str]
    notable_bytes: int

    def receive(self, data: bytes) -> list[bytes]:
        """Take bytes from the host; return the answers, in order."""

    def act(self, do: str, args: Args) -> Reaction:
        """Carry out a control command. Raises Refused."""

    def power_cycle(self) -> None:
        """Forget all a power cut makes the device forget."""

    def state(self) -> dict[str, object]:
        """What a person standing at the device would see."""


def text_arg(args: Args, key: str, default: str | None = None) -> str:
    """A text argument. Raises Refused."""
    value = args.get(key, default)
    if not isinstance(value, str):
        raise Refused(f"{key} must be a text")
    return value


def int_arg(args: Args, key: str, default: int | None = None) -> int:
    """A whole-number argument, not negative. Raises Refused."""
    value = args.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Refused(f"{key} must be a whole number, 0 or more")
    return value


def seconds_arg(args: Args, key: str, default: float | None = None) -> float:
    """A duration in seconds, not negative. Raises Refused."""
    value = args.get(key, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise Refused(f"{key} must be a number of seconds, 0 or more")
    return float(value)


def hex_arg(args: Args, key: str) -> bytes:
    """Bytes given in hex. Raises Refused."""
    try:
        return bytes.fromhex(text_arg(args, key))
    except ValueError as error:
        raise Refused(f"{key} must be hex") from error
