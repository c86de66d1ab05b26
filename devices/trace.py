"""The live byte trace: what goes over a device's line, for a technician's eyes, with personal data masked.

Masking is by permission: only what is known to be a command or a status word is shown as bytes, everything else as its
count. A stream is cut anywhere, so a mask that needs more than one piece keeps its own state. Nothing is kept, and a
line that nobody watches costs one comparison.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from devices.codecs.sam import Frame, FrameError, FrameParser
from devices.transports.base import Transport, TransportFactory
from kiosk.domain.diagnostics import TraceRow

Sink = Callable[[TraceRow], None]


class Mask(Protocol):
    """One device's way of showing its traffic. `sent` is from the terminal to the device."""

    def show(self, sent: bool, data: bytes) -> str:
        """What may be seen of one piece."""


def spaced(data: bytes) -> str:
    """Bytes in hex."""
    return data.hex(" ").upper()


def count(data: bytes) -> str:
    """Bytes that nobody may see."""
    return f"‹{len(data)}›"


class Counts:
    """Nothing but how many bytes: for a driver that does not say what else may be seen."""

    def show(self, sent: bool, data: bytes) -> str:
        """See Mask."""
        return count(data)


class Whole:
    """Every byte: for devices that never carry anything of a person."""

    def show(self, sent: bool, data: bytes) -> str:
        """See Mask."""
        return spaced(data)


class SamMask:
    """Requests whole; of an answer its status word and how many bytes of card data came with it."""

    def __init__(self) -> None:
        self._parser = FrameParser()

    def show(self, sent: bool, data: bytes) -> str:
        """See Mask."""
        if sent:
            self._parser.reset()
            return spaced(data)
        told = [self._item(item) for item in self._parser.feed(data)]
        return " ".join(told) if told else count(data)

    @staticmethod
    def _item(item: Frame | FrameError) -> str:
        if isinstance(item, Frame):
            return f"SW {spaced(item.body[:3])}" + (f" {count(item.data)}" if item.data else "")
        return f"damaged ({item.reason})"


class ScannerMask:
    """Commands and their replies whole; a code only by its length."""

    _REPLY = re.compile(
        rb"[\x05\x06\x15]|\x02\x010000[@#][0-9A-Z]{1,24}[\x05\x06\x15];\x03|\x02\x00.{1}\x01\x00.{2}", re.DOTALL
    )

    def show(self, sent: bool, data: bytes) -> str:
        """See Mask."""
        return spaced(data) if sent or self._REPLY.fullmatch(data) else count(data)


class EscPosMask:
    """Status and control whole; text and pictures by their length."""

    _CONTROL = re.compile(
        rb"\x10[\x04\x05].|\x10\x14.{8}|\x1b@|\x1da.|\x1dr.|\x1dV(?:[\x00\x01]|B.)|\x1d\(H\x06\x000.{5}", re.DOTALL
    )

    def show(self, sent: bool, data: bytes) -> str:
        """See Mask."""
        return spaced(data) if not sent or self._CONTROL.fullmatch(data) else count(data)


class Tap:
    """Where one device's traffic passes. `listen` may be called from any thread, `note` is called from the device's."""

    def __init__(self, device: str, mask: Mask) -> None:
        self._device = device
        self._mask = mask
        self._sink: Sink | None = None

    def listen(self, sink: Sink | None) -> None:
        """Hand every piece to `sink` from now on; None ends it."""
        self._sink = sink

    def note(self, sent: bool, data: bytes) -> None:
        """One piece went by."""
        sink = self._sink
        if sink is not None and data:
            sink(TraceRow(self._device, time.monotonic(), sent, len(data), self._mask.show(sent, data)))


_MAKING: ContextVar[Tap | None] = ContextVar("tap", default=None)


@contextmanager
def tapping(tap: Tap) -> Iterator[None]:
    """While a driver is made inside this, what it opens later is tapped."""
    token = _MAKING.set(tap)
    try:
        yield
    finally:
        _MAKING.reset(token)


def current_tap() -> Tap | None:
    """The tap of the driver that is being made, for drivers whose bytes pass through no `Transport`."""
    return _MAKING.get()


def traced(open_transport: TransportFactory) -> TransportFactory:
    """The same factory with the tap of the driver that is being made."""
    tap = _MAKING.get()
    return open_transport if tap is None else lambda: _Tapped(open_transport(), tap)


class _Tapped:
    """A transport whose traffic is noted."""

    def __init__(self, line: Transport, tap: Tap) -> None:
        self._line = line
        self._tap = tap

    @property
    def byte_time_s(self) -> float:
        return self._line.byte_time_s

    def read(self, timeout_s: float) -> bytes:
        data = self._line.read(timeout_s)
        self._tap.note(False, data)
        return data

    def write(self, data: bytes, timeout_s: float) -> None:
        self._tap.note(True, data)
        self._line.write(data, timeout_s)

    def close(self) -> None:
        self._line.close()
