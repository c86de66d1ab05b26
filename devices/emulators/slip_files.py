"""What the emulated receipt printer leaves in its folder."""

from __future__ import annotations

import os
from pathlib import Path

from devices.emulators.paper_picture import slip_picture, slip_text
from devices.emulators.printer_model import Slip


class SlipFiles:
    """Writes what the printer prints: `receipt_printer.bin`, and for each cut `receipt-NNN.png`, `.txt` and `.bin`.

    The files are there before the printer answers that the slip is done; those of an earlier run are removed.
    """

    def __init__(self, folder: Path, width_px: int, font_file: Path | None) -> None:
        for old in folder.glob("receipt-[0-9][0-9][0-9].*"):
            old.unlink()
        self._folder = folder
        self._width_px = width_px
        self._font_file = font_file
        self._count = 0
        self._all = (folder / "receipt_printer.bin").open("wb", buffering=0)

    def add_bytes(self, data: bytes) -> None:
        """Bytes put on paper."""
        self._all.write(data)

    def add_slip(self, slip: Slip) -> None:
        """A slip was cut."""
        self._count += 1
        stem = f"receipt-{self._count:03d}"
        (self._folder / f"{stem}.bin").write_bytes(slip.data)
        (self._folder / f"{stem}.txt").write_text(slip_text(slip), encoding="utf-8")
        fresh = self._folder / f".{stem}.png"
        slip_picture(slip, self._width_px, self._font_file).save(fresh, format="PNG")
        os.replace(fresh, self._folder / f"{stem}.png")

    def close(self) -> None:
        """End the record."""
        self._all.close()
