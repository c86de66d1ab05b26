"""The card reader: from the answer that a card was found to the subject, and from the card's placing to the subject.

The emulated reader paces every byte at the line's baud, so the time of the bytes is the floor, and the figure is a
ratio to it. "Subject" is the driver's `CardRead`; painting it comes on top (`./run bench start` and stories see that).
"""

from __future__ import annotations

import json
import random
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.timing import Figure, figure
from devices.codecs.sam import FIND, SAM_STATUS, FrameParser, Status, encode_answer
from devices.emulators.bench import Bench
from devices.registry import build_hub
from kiosk.domain.devices import ID_CARD, CardRead, DeviceEvent
from kiosk.ports.devices import DeviceBinding, DeviceHub

PEOPLE = Path(__file__).resolve().parents[1] / "config" / "demo" / "people.json"
BITS_PER_BYTE = 10  # start, eight data, stop
NEW_ADDRESS = "云浦市南岸区柳桥路2号"
_FOUND = encode_answer(Status.FOUND, bytes(4))
_ANSWERS = 3  # to select, read and append; each request is as long as a find
_DEADLINE_S = 20.0


def figures(repeats: int, scratch: Path) -> Iterator[Figure]:
    """At the factory speed, with and without an appended address, and at the slowest speed of the modules."""
    some, few = max(10, repeats // 5), max(3, repeats // 40)
    for baud, address, count in ((115200, None, some), (115200, NEW_ADDRESS, few), (9600, None, few)):
        name = f"{baud} baud" + (", newer address" if address else "")
        with _Reader(scratch / f"{baud}-{bool(address)}", baud, address) as reader:
            reader.round()  # warms up
            rounds = [reader.round() for _ in range(count)]
        yield _ratios(f"found to subject, {name}", rounds)
        yield figure(f"card placed to subject, {name}", [each.placed_s * 1000 for each in rounds])


def _ratios(name: str, rounds: list[_Round]) -> Figure:
    ratios = sorted(each.answered_s / each.wire_s for each in rounds)
    p95 = ratios[min(len(ratios) - 1, len(ratios) * 95 // 100)]
    note = f"{rounds[0].wire_bytes} bytes, {rounds[0].wire_s * 1000:.0f} ms"
    return Figure(name, statistics.median(ratios), "x", p95, len(ratios), note)


@dataclass(frozen=True, slots=True)
class _Round:
    """`answered_s`: end of the 9F answer to subject; `wire_s`: what its bytes need; `placed_s`: placing to subject."""

    answered_s: float
    wire_bytes: int
    wire_s: float
    placed_s: float


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the record of bytes."""

    mono_ns: int
    from_host: bool
    hex: str


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class _Reader:
    """One emulated reader and the hub that reads it."""

    def __init__(self, folder: Path, baud: int, address: str | None) -> None:
        self._baud = baud
        self._place: dict[str, object] = {"card": "lin"}
        if address:
            self._place["address"] = address
        self._record = folder / "wire.jsonl"
        self._random = random.Random(baud)
        self._read = threading.Event()
        self._read_ns = 0
        self._round = 0
        self._bench = Bench(folder, PEOPLE, drivers=("sam-serial",))
        self._emulator = self._bench.emulated[ID_CARD]
        options = {**self._emulator.options, "baud": baud}
        self._hub: DeviceHub = build_hub([DeviceBinding(ID_CARD, "sam-serial", options)], _Clock())
        self._hub.start(self._publish)
        self._wait_for(SAM_STATUS.encode(), 0)

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._hub.stop(5.0)
        self._bench.close()

    def round(self) -> _Round:
        """A visit: somebody comes at any moment of the search, is read, and goes."""
        self._round += 1
        self._read.clear()
        mark = self._record.stat().st_size
        self._hub.read_card(f"round-{self._round}")
        self._wait_for(FIND.encode(), mark)
        time.sleep(self._random.uniform(0.0, 0.32))
        mark = self._record.stat().st_size
        placed_ns = time.monotonic_ns()
        self._emulator.act("place", self._place)
        if not self._read.wait(_DEADLINE_S):
            raise SystemExit("bench: the card was not read")
        answered_ns, wire_bytes = self._after_found(mark)
        self._emulator.act("lift", {})
        return _Round(
            (self._read_ns - answered_ns) / 1e9,
            wire_bytes,
            wire_bytes * BITS_PER_BYTE / self._baud,
            (self._read_ns - placed_ns) / 1e9,
        )

    def _publish(self, event: DeviceEvent) -> None:
        if isinstance(event, CardRead):
            self._read_ns = time.monotonic_ns()
            self._read.set()

    def _after_found(self, mark: int) -> tuple[int, int]:
        """When the last byte of the 9F answer was sent, and how many bytes both sides sent from then to the subject.

        Counted by frames, not by time: the record of a byte may come a moment after its reader.
        """
        deadline = time.monotonic() + _DEADLINE_S
        while time.monotonic() < deadline:
            sent, found_ns, parser, answers = b"", 0, FrameParser(), 0
            after = 0
            for row in self._rows(mark):
                if row.from_host:
                    continue
                if not found_ns:
                    sent += bytes.fromhex(row.hex)
                    found_ns = row.mono_ns if sent.endswith(_FOUND) else 0
                    continue
                after += len(row.hex) // 2
                answers += len(parser.feed(bytes.fromhex(row.hex)))
                if answers == _ANSWERS:
                    return found_ns, after + _ANSWERS * len(FIND.encode())
            time.sleep(0.005)
        raise SystemExit("bench: the record of bytes is not complete")

    def _wait_for(self, request: bytes, mark: int) -> None:
        """Until the host has sent this, from that place of the record on."""
        deadline = time.monotonic() + _DEADLINE_S
        while request not in b"".join(bytes.fromhex(row.hex) for row in self._rows(mark) if row.from_host):
            if time.monotonic() > deadline:
                raise SystemExit("bench: the reader is not asked")
            time.sleep(0.005)

    def _rows(self, mark: int) -> list[_Row]:
        with self._record.open("rb") as record:
            record.seek(mark)
            rows = (json.loads(line) for line in record.read().splitlines(keepends=True) if line.endswith(b"\n"))
            return [_Row(row["mono_ns"], row["dir"] == "host>dev", row["hex"]) for row in rows]
