"""What the program needs from its devices: one hub that starts, reports and takes a few commands.

All commands return at once; what happens next arrives as `DeviceEvent`s from worker threads through the function given
to `start`. A command to a device that is missing is answered by an event too (CardFailed reader_fault, CodeRefused
scanner_fault, PrintUpdate failed, CaptureFailed), never by an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from kiosk.domain.devices import DeviceEvent, DeviceStatus, SelfTestReport
from kiosk.domain.diagnostics import TraceRow
from kiosk.domain.paper import Paper

Publish = Callable[[DeviceEvent], None]


@dataclass(frozen=True, slots=True)
class DeviceBinding:
    """One `[devices.NAME]` section: which driver serves the device, and that driver's options (`port`, `baud`, …)."""

    name: str
    driver: str
    options: Mapping[str, str | int | float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class UsbPolicy:
    """The `[usb]` section: which USB devices may be plugged in, and who resets a USB port.

    `listed` holds `VENDOR:PRODUCT` (`1a86:7523`). When it is empty, whatever is there at the start may be; otherwise
    everything else is reported, then and later. `reset_helper` is the socket of a privileged helper; None: nobody.
    """

    listed: tuple[str, ...] = ()
    reset_helper: Path | None = None


class DeviceHub(Protocol):
    """All devices of one terminal."""

    def start(self, publish: Publish) -> None:
        """Start the workers. Never blocks; `publish` is called from their threads."""

    def stop(self, timeout_s: float) -> None:
        """End every worker and close every port, waiting at most `timeout_s` in all."""

    def statuses(self) -> tuple[DeviceStatus, ...]:
        """The last known status of each device name, bound or not, in a fixed order."""

    def read_card(self, session: str) -> None:
        """Look for a card until it is read or `cancel_card` is called."""

    def cancel_card(self) -> None:
        """Stop looking for a card. A card that was read is still watched until it is taken away."""

    def scan_code(self, session: str) -> None:
        """Switch the scanner on until a code (or the lines of a passport) is read or `cancel_scan` is called."""

    def cancel_scan(self) -> None:
        """Switch the scanner off."""

    def print_paper(self, job_id: str, paper: Paper) -> None:
        """Queue one slip; `PrintUpdate`s with this job id follow."""

    def capture_document(self, session: str) -> None:
        """Look for a page under the document camera until one is taken or `cancel_capture` is called."""

    def cancel_capture(self) -> None:
        """Switch the document camera off."""

    def print_document(self, job_id: str, pdf: bytes) -> None:
        """Queue one A4 document; `PrintUpdate`s with this job id follow."""

    def cancel_documents(self) -> None:
        """The session is over: whatever A4 page has not come out yet must never come out."""

    def guide_to(self, part: str | None) -> None:
        """Light the guide light beside one of RESIDENT_PARTS and no other; None darkens all."""

    def trace(self, name: str, sink: Callable[[TraceRow], None] | None) -> None:
        """Hand one device's traffic to `sink` from its thread, personal data masked; None ends it."""

    def self_test(self, name: str) -> SelfTestReport:
        """Let one device prove itself. Blocks its caller for up to 10 s: not for the main thread."""
