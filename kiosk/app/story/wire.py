"""The emulators' record of every byte, read back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class WireRow:
    """One chunk on one emulated line."""

    mono_ns: int
    device: str
    direction: str
    hex: str


def read_wire(file: Path, since_ns: int) -> tuple[WireRow, ...]:
    """The record of the emulators from a moment on; nothing when there is none. A broken line is passed over."""
    rows: list[WireRow] = []
    if not file.is_file():
        return ()
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            raw = json.loads(line)
            row = WireRow(int(raw["mono_ns"]), str(raw["device"]), str(raw["dir"]), str(raw["hex"]))
        except (ValueError, KeyError, TypeError):
            continue
        if row.mono_ns >= since_ns:
            rows.append(row)
    return tuple(rows)
