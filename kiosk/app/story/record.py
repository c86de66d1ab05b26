"""What is kept of a story: a picture and the controls of every page, its log lines, and the paper."""

from __future__ import annotations

import json
import shutil
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.settings import Settings
from kiosk.app.logs import Line
from kiosk.app.story.wire import read_wire
from kiosk.domain.devices import RECEIPT_PRINTER
from kiosk.domain.receipt import Receipt
from kiosk.ports.printing import PressedReceipt
from ui.host import TerminalWindow
from ui.kit.controls import ControlInfo


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its file name without ending, when it was taken, and the words of the steps that led to it."""

    stem: str
    step: str
    language: str
    mono_ns: int
    steps: tuple[str, ...] = ()


def control_rows(controls: tuple[ControlInfo, ...]) -> list[dict[str, Any]]:
    """The controls as the picture's JSON file has them."""
    keys = ("name", "role", "text", "accessible", "rect", "enabled", "font_px", "fg", "bg")
    return [{key: list(v) if isinstance(v := getattr(info, key), tuple) else v for key in keys} for info in controls]


class Recorder:
    """Writes into ``out``, which is emptied first. Pictures are saved on a thread of their own."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.shots: list[Shot] = []
        self.lines: list[Line] = []
        self.receipts: list[tuple[Receipt, PressedReceipt]] = []
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "pictures")
        self._saving: list[Future[None]] = []
        _empty(out)
        (out / "screens").mkdir(parents=True, exist_ok=True)

    def heard(self, line: Line) -> None:
        """A log line; from any thread."""
        with self._lock:
            self.lines.append(line)

    def log_lines(self) -> tuple[Line, ...]:
        """The lines so far."""
        with self._lock:
            return tuple(self.lines)

    def printed(self, receipt: Receipt, pressed: PressedReceipt) -> None:
        """A receipt was laid out; from the print thread."""
        with self._lock:
            self.receipts.append((receipt, pressed))

    def last_receipt(self) -> tuple[Receipt, PressedReceipt] | None:
        """The newest receipt."""
        with self._lock:
            return self.receipts[-1] if self.receipts else None

    def shoot(self, window: TerminalWindow, step: str, language: str, mono_ns: int, steps: tuple[str, ...]) -> Shot:
        """Take a picture of the window as it is now. Main thread."""
        shot = Shot(f"{len(self.shots) + 1:03d}-{step}-{language}", step, language, mono_ns, steps)
        self.shots.append(shot)
        picture, rows = window.picture(), control_rows(window.controls())
        folder = self.out / "screens"

        def save() -> None:
            picture.save(str(folder / f"{shot.stem}.png"))
            text = ",\n ".join(json.dumps(row, ensure_ascii=False) for row in rows)
            (folder / f"{shot.stem}.json").write_text(f"[{text}]\n", encoding="utf-8")

        self._saving.append(self._pool.submit(save))
        return shot

    def finish(self) -> None:
        """Wait for the last picture. Raises OSError when one could not be written."""
        self._pool.shutdown(wait=True)
        for saving in self._saving:
            saving.result()


def _empty(out: Path) -> None:
    """Take away what an earlier story left, and only that."""
    shutil.rmtree(out / "screens", ignore_errors=True)
    for name in ("index.html", "summary.json", "kiosk.jsonl", "wire.jsonl", "FAILED.png", "document.pdf"):
        (out / name).unlink(missing_ok=True)
    for name in ("pdf", "bin", "png", "txt"):
        (out / f"receipt.{name}").unlink(missing_ok=True)


def save_receipt(out: Path, receipt: Receipt, pressed: PressedReceipt, printer_bytes: bytes | None) -> None:
    """``receipt.pdf``, ``.png``, ``.txt`` from one layout, ``.bin``: what the printer really got; ``document.pdf``."""
    from printing import FontStack, document_to_pdf, lay_out, to_pdf, to_png, to_text

    fonts = FontStack.discover()
    layout = lay_out(receipt, fonts)
    if receipt.document is not None:
        (out / "document.pdf").write_bytes(document_to_pdf(receipt.document, fonts))
    (out / "receipt.pdf").write_bytes(to_pdf(layout))
    (out / "receipt.png").write_bytes(to_png(pressed.paper))
    (out / "receipt.txt").write_text(to_text(layout), encoding="utf-8")
    if printer_bytes is not None:
        (out / "receipt.bin").write_bytes(printer_bytes)


def printer_bytes(emulators: Path) -> bytes | None:
    """The bytes of the last slip that was cut; else everything the wire carried to the printer; None without either."""
    slips = sorted(emulators.glob("receipt-[0-9]*.bin"))
    if slips:
        return slips[-1].read_bytes()
    sent = (
        row.hex
        for row in read_wire(emulators / "wire.jsonl", 0)
        if row.device == "receipt_printer" and row.direction.startswith("host")
    )
    try:
        return bytes.fromhex("".join(sent)) or None
    except ValueError:
        return None


def driver_bytes(pressed: PressedReceipt, settings: Settings) -> bytes:
    """What the bound printer's driver sends for this paper; the generic profile when no printer is bound."""
    from devices.codecs.escpos import PROFILES, encode_paper

    bound = next((d.options for d in settings.devices if d.name == RECEIPT_PRINTER), {})
    return b"".join(encode_paper(pressed.paper, PROFILES[str(bound.get("profile", "generic"))]))
