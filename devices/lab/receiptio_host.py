"""Our emulated receipt printer with receiptio, an ESC/POS host from npm: its states, and slips it believes printed."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

from devices.emulators.model import Args
from devices.emulators.printer_model import PrintedText, PrinterModel, Slip
from devices.emulators.tcp_line import EmulatedTcp
from devices.lab.bench import LabProblem, Report, program

NAME = "receipt"
ABOUT = "our emulated receipt printer with receiptio, an ESC/POS host"
_VERSION = "2.1.2"
_PORT = 9100  # receiptio knows no other
_LANGUAGES = ("epson", "escpos", "citizen", "generic")
_STATES: tuple[tuple[str, str, Args, str, Args], ...] = (
    ("online", "state", {}, "state", {}),
    ("coveropen", "cover_open", {}, "cover_close", {}),
    ("paperempty", "paper_out", {}, "paper_in", {}),
)
_SOURCE = "测试凭证\n\n第一行 | 右边\n---\n^^^大字\n"


def play(report: Report, folder: Path) -> None:
    """See devices.lab."""
    receiptio = _receiptio()
    slips: list[Slip] = []
    came = threading.Event()

    def keep(slip: Slip) -> None:
        slips.append(slip)
        came.set()

    printer = EmulatedTcp("receipt_printer", PrinterModel(lambda data: None, keep), port=_PORT)
    try:
        printer.plug()
    except OSError as error:
        raise LabProblem(f"port {_PORT} is taken") from error
    source = folder / "slip.receipt"
    source.write_text(_SOURCE, encoding="utf-8")
    try:
        for word, verb, args, mend, back in _STATES:
            printer.act(verb, args)
            said = _run(receiptio, ["-q"])
            report.check(f"asked how the printer is, it says {word}", said == word, said)
            printer.act(mend, back)
        for language in _LANGUAGES:
            came.clear()
            before = len(slips)
            said = _run(receiptio, ["-p", language, "-l", "zh-cn", "-t", "20", str(source)])
            report.check(f"a slip in its {language} dialect is a success", said == "success", said)
            came.wait(2.0)
            words = "".join(
                item.text for slip in slips[before:] for item in slip.items if isinstance(item, PrintedText)
            )
            report.check("and is on paper, in Chinese", len(slips) == before + 1 and "测试凭证" in words)
        printer.act("paper_out", {})
        said = _run(receiptio, ["-p", "epson", "-l", "zh-cn", "-t", "3", str(source)])
        report.check("a slip without paper is none", said == "paperempty", said)
    finally:
        printer.close()


def _receiptio() -> list[str]:
    """How to run it; fetched by npm into the user's cache when it is not there."""
    cache = (
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "public-terminal" / f"receiptio-{_VERSION}"
    )
    main = cache / "node_modules" / "receiptio" / "bin" / "cli.js"
    if not main.exists():
        cache.mkdir(parents=True, exist_ok=True)
        npm = [program("npm"), "install", "--no-fund", "--no-audit", "--ignore-scripts", "--prefix", str(cache)]
        done = subprocess.run([*npm, f"receiptio@{_VERSION}"], capture_output=True, text=True, check=False)
        if done.returncode != 0 or not main.exists():
            raise LabProblem("npm cannot fetch receiptio")
    return [program("node"), str(main), "-d", "127.0.0.1"]


def _run(receiptio: list[str], arguments: list[str]) -> str:
    """Its one word."""
    try:
        done = subprocess.run([*receiptio, *arguments], capture_output=True, text=True, check=False, timeout=60)
    except subprocess.TimeoutExpired:
        return "no end"
    return (done.stdout or done.stderr).strip()
