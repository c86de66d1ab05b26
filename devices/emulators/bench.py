"""All emulators of one folder, started and ended together."""

from __future__ import annotations

import os
from pathlib import Path

from devices.emulators.control import ControlServer
from devices.emulators.line import EmulatedLine
from devices.emulators.model import Model
from devices.emulators.paper_picture import slip_picture, slip_text
from devices.emulators.people import People
from devices.emulators.printer_model import PrinterModel, Slip
from devices.emulators.sam_model import SamModel
from devices.emulators.scanner_model import ScannerModel
from devices.emulators.wire import WireLog
from kiosk.domain.devices import CODE_SCANNER, ID_CARD, RECEIPT_PRINTER


class SlipFiles:
    """Writes what the printer prints: `receipt_printer.bin`, and for each cut `receipt-NNN.png`, `.txt` and `.bin`.

    The files are there before the printer answers that the slip is done.
    """

    def __init__(self, folder: Path, width_px: int, font_file: Path | None) -> None:
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


class Bench:
    """Three lines, their record and their control socket in `folder`, which is made if it is missing."""

    def __init__(
        self, folder: Path, people_file: Path, *, paper_width_px: int = 576, font_file: Path | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("receipt-[0-9][0-9][0-9].*"):
            old.unlink()
        self._wire = WireLog(folder / "wire.jsonl")
        self._files = SlipFiles(folder, paper_width_px, font_file)
        models: dict[str, Model] = {
            ID_CARD: SamModel(People(people_file).block),
            CODE_SCANNER: ScannerModel(),
            RECEIPT_PRINTER: PrinterModel(self._files.add_bytes, self._files.add_slip),
        }
        self.lines = {name: EmulatedLine(name, folder / name, model, self._wire) for name, model in models.items()}
        for line in self.lines.values():
            line.plug()
        self._server = ControlServer(folder, self.lines)

    def close(self) -> None:
        """Unplug everything and remove links and socket."""
        self._server.end()
        for line in self.lines.values():
            line.close()
        self._files.close()
        self._wire.close()
