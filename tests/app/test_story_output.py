"""What a story leaves: times taken from the log, and a page that shows each screen beside its bytes."""

from __future__ import annotations

import json
from pathlib import Path

from config.settings import Settings
from kiosk.app.logs import Line
from kiosk.app.story.record import Shot, driver_bytes, printer_bytes
from kiosk.app.story.report import write_index
from kiosk.app.story.summary import timings_ms
from kiosk.app.story.wire import read_wire
from kiosk.domain.paper import Paper, Raster, TextLine
from kiosk.ports.printing import PressedReceipt


def line(mono_ms: float, event: str, code: str | None = None) -> Line:
    return Line("2026-11-21T00:00:00.000Z", int(mono_ms * 1e6), "info", event, None, None, None, code)


def test_times_are_taken_between_the_agreed_events() -> None:
    lines = [
        line(1000, "app.attract_shown"),
        line(5000, "card.present"),
        line(6000, "card.present"),
        line(6100, "card.subject_shown"),
        line(6120, "page.painted", "form"),
        line(9050, "case.committed"),
        line(9500, "app.attract_shown"),
    ]
    assert timings_ms(lines, int(250e6), int(9000e6)) == {
        "start_to_attract": 750.0,
        "card_to_subject": 100.0,
        "card_to_prefilled": 120.0,
        "confirm_to_committed": 50.0,
    }


def test_what_did_not_happen_is_null() -> None:
    assert timings_ms([line(10, "app.attract_shown")], 0, None) == {
        "start_to_attract": 10.0,
        "card_to_subject": None,
        "card_to_prefilled": None,
        "confirm_to_committed": None,
    }


def test_the_page_gives_each_screen_its_own_bytes_and_lines_and_escapes_them(tmp_path: Path) -> None:
    wire = tmp_path / "wire.jsonl"
    rows = [
        {"mono_ns": 1500, "device": "id_card", "dir": "host>dev", "hex": "aaaaaa9669"},
        {"mono_ns": 2500, "device": "receipt_printer", "dir": "host>dev", "hex": "1b40"},
    ]
    wire.write_text("".join(json.dumps(row) + "\n" for row in rows) + "broken\n", encoding="utf-8")
    summary = {"story": "<b>story</b>", "ok": True, "cases": [], "timings_ms": {"start_to_attract": None}}
    shots = [
        Shot("001-identify-zh-Hans", "identify", "zh-Hans", 1000, ("touch <x>",)),
        Shot("002-receipt-zh-Hans", "receipt", "zh-Hans", 2000),
    ]
    write_index(tmp_path, summary, shots, [], read_wire(wire, 0), None)

    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    first, second = page.split('<section id="002')
    assert "<b>story" not in page
    assert "touch &lt;x&gt;" in first
    assert "aa aa aa 96 69" in first
    assert "1b 40" not in first
    assert "1b 40" in second
    assert "<script" not in page


def test_the_printer_s_bytes_are_the_last_slip_or_what_the_wire_carried(tmp_path: Path) -> None:
    assert printer_bytes(tmp_path) is None
    wire = {"mono_ns": 1, "device": "receipt_printer", "dir": "host>dev", "hex": "1b40"}
    (tmp_path / "wire.jsonl").write_text(json.dumps(wire) + "\n", encoding="utf-8")
    assert printer_bytes(tmp_path) == b"\x1b@"
    (tmp_path / "receipt-001.bin").write_bytes(b"slip 1")
    (tmp_path / "receipt-002.bin").write_bytes(b"slip 2")
    assert printer_bytes(tmp_path) == b"slip 2"


def test_foreign_emulators_that_keep_no_bytes_leave_what_the_driver_makes_of_the_paper() -> None:
    raster = Raster(8, 1, b"\x80")
    pressed = PressedReceipt(Paper(384, (TextLine("回执", False, False, "left", raster),)), ("回执",))

    sent = driver_bytes(pressed, Settings())

    assert sent.startswith(b"\x1b@")
    assert "回执".encode("gb18030") in sent
