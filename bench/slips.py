"""The receipt printer: from the order to the first byte on the line, and the whole slip against its bytes' time.

The emulated printer takes bytes at the line's baud, so their time is the floor and the figure is a ratio to it. The
end is the driver's `confirmed`: the printer said that all is on paper. A real receipt is printed, as text where the
printer's set allows and as dots where not.
"""

from __future__ import annotations

import json
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.paper import BITS_PER_BYTE, sample
from bench.timing import Figure, figure
from devices.codecs.escpos import INITIALISE, PROFILES, encode_paper
from devices.emulators.line import EmulatedLine
from devices.emulators.printer_model import PrinterModel
from devices.emulators.wire import WireLog
from devices.registry import build_hub
from kiosk.domain.devices import RECEIPT_PRINTER, DeviceEvent, PrintOutcome, PrintUpdate, StatusChanged
from kiosk.domain.paper import Paper
from kiosk.ports.devices import DeviceBinding
from printing import FontStack, lay_out, to_paper

_DEADLINE_S = 120.0
#: Profile and baud: as text at the usual speed, all as dots, with GS ( H and ASB, and at the slowest usual speed.
_CASES = (("generic", 115200), ("generic-raster", 115200), ("epson-tm", 115200), ("generic", 9600))


def figures(repeats: int, scratch: Path) -> Iterator[Figure]:
    """First byte in milliseconds, and the slip as a ratio to the time its bytes need."""
    some, few = max(5, repeats // 10), max(2, repeats // 100)
    receipt = to_paper(lay_out(sample("林**"), FontStack.discover()), 576)
    for profile, baud in _CASES:
        name = f"{profile}, {baud} baud"
        with _Printer(scratch / f"{profile}-{baud}", profile, baud) as printer:
            printer.round(receipt)  # warms up
            rounds = [printer.round(receipt) for _ in range(some if baud == 115200 else few)]
        yield figure(f"order to the slip's first byte, {name}", [each.first_s * 1000 for each in rounds])
        ratios = sorted(each.slip_s / each.wire_s for each in rounds)
        p95 = ratios[min(len(ratios) - 1, len(ratios) * 95 // 100)]
        note = f"{rounds[0].wire_bytes} bytes, {rounds[0].wire_s:.2f} s"
        yield Figure(f"order to confirmed, {name}", statistics.median(ratios), "x", p95, len(ratios), note)


@dataclass(frozen=True, slots=True)
class _Round:
    """`first_s`: order to the first byte of the slip on the line; `slip_s`: order to confirmed; `wire_s`: its bytes."""

    first_s: float
    slip_s: float
    wire_bytes: int
    wire_s: float


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class _Printer:
    """One emulated printer and the hub that prints on it."""

    def __init__(self, folder: Path, profile: str, baud: int) -> None:
        folder.mkdir(parents=True)
        self._profile, self._baud = PROFILES[profile], baud
        self._record = folder / "wire.jsonl"
        self._wire = WireLog(self._record)
        self._line = EmulatedLine(
            RECEIPT_PRINTER, folder / "printer", PrinterModel(lambda data: None, lambda slip: None), self._wire
        )
        self._line.plug()
        self._changed = threading.Condition()
        self._events: list[tuple[float, DeviceEvent]] = []
        self._jobs = 0
        self._random = random.Random(baud)
        options: dict[str, str | int] = {"port": str(folder / "printer"), "baud": baud, "profile": profile}
        self._hub = build_hub([DeviceBinding(RECEIPT_PRINTER, "escpos", options)], _Clock())

    def __enter__(self) -> _Printer:
        self._hub.start(self._publish)
        self._wait(lambda event: isinstance(event, StatusChanged) and event.status.usable)
        return self

    def __exit__(self, *_: object) -> None:
        self._hub.stop(5.0)
        self._line.close()
        self._wire.close()

    def round(self, paper: Paper) -> _Round:
        """An order at any moment."""
        self._jobs += 1
        time.sleep(self._random.uniform(0.0, 0.5))  # whatever else the driver is asking the printer just then
        job_id = f"bench-{self._jobs}"
        before = self._record.stat().st_size
        began_ns = time.monotonic_ns()
        self._hub.print_paper(job_id, paper)
        done = self._wait(lambda event: isinstance(event, PrintUpdate) and event.outcome is PrintOutcome.CONFIRMED)
        first_ns = self._first_byte_ns(before)
        # What must be on the wire whatever the driver does: the slip itself.
        count = sum(len(unit) for unit in encode_paper(paper, self._profile))
        return _Round((first_ns - began_ns) / 1e9, done - began_ns / 1e9, count, count * BITS_PER_BYTE / self._baud)

    def _first_byte_ns(self, offset: int) -> int:
        """When the first byte of the slip (ESC @, after the questions about the printer) was seen on the line."""
        seen = b""
        with self._record.open("rb") as record:
            record.seek(offset)
            for line in record:
                row = json.loads(line)
                if row["dir"] == "host>dev":
                    seen = seen[-1:] + bytes.fromhex(row["hex"])
                    if INITIALISE in seen:
                        return int(row["mono_ns"])
        raise RuntimeError("no slip on the line")

    def _publish(self, event: DeviceEvent) -> None:
        with self._changed:
            self._events.append((time.monotonic(), event))
            self._changed.notify_all()

    def _wait(self, wanted: Callable[[DeviceEvent], bool]) -> float:
        """When the event wanted came; those up to it are forgotten."""
        deadline = time.monotonic() + _DEADLINE_S
        with self._changed:
            while True:
                while self._events:
                    at, event = self._events.pop(0)
                    if wanted(event):
                        return at
                if not self._changed.wait(deadline - time.monotonic()):
                    raise TimeoutError("the printer did not get there")
