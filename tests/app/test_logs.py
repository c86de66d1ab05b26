"""The event log holds closed fields and stays within its size."""

from __future__ import annotations

import json
import logging
import re
import threading
from pathlib import Path

import pytest

from kiosk.app.logs import EventLog, Line, bridge_loggers

FIELDS = {"ts", "mono_ns", "level", "event", "session", "case_id", "device", "code"}


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_line_has_the_agreed_fields_and_nothing_else(tmp_path: Path) -> None:
    log = EventLog.in_state_dir(tmp_path)
    log.emit(
        "receipt.outcome",
        session="0123456789abcdef",
        case_id="YP0301-261121-4K7QX2M9ZD",
        device="receipt_printer",
        code="confirmed",
    )
    log.close()

    (line,) = lines(tmp_path / "log" / "kiosk.jsonl")
    assert set(line) == FIELDS
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(line["ts"]))
    assert isinstance(line["mono_ns"], int)


@pytest.mark.parametrize("field", ["session", "case_id", "device", "code"])
def test_free_text_in_any_field_is_not_written(tmp_path: Path, field: str) -> None:
    log = EventLog(tmp_path / "log.jsonl")
    log.emit("page.painted", **{field: "林秋禾 339999199104169828"})  # type: ignore[arg-type]
    log.emit("林秋禾")
    log.close()

    text = (tmp_path / "log.jsonl").read_text(encoding="utf-8")
    assert "林" not in text
    assert "\\u" not in text
    assert "3399" not in text
    assert lines(tmp_path / "log.jsonl")[0][field] == "unfit"


def test_size_and_number_of_files_are_bounded(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "kiosk.jsonl", max_bytes=2000, kept=3)
    for number in range(400):
        log.emit("page.painted", code=f"step.{number}")
    log.close()

    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["kiosk.jsonl", "kiosk.jsonl.1", "kiosk.jsonl.2"]
    assert all(path.stat().st_size <= 2000 for path in tmp_path.iterdir())
    assert lines(tmp_path / "kiosk.jsonl")[-1]["code"] == "step.399"


def test_many_threads_write_whole_lines(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "kiosk.jsonl")
    threads = [threading.Thread(target=lambda: [log.emit("page.painted") for _ in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()

    assert len(lines(tmp_path / "kiosk.jsonl")) == 800


def test_a_folder_that_cannot_be_written_does_not_stop_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("a file where the folder should be", encoding="utf-8")
    log = EventLog.in_state_dir(tmp_path)
    log.emit("page.painted")
    log.close()
    assert log.failed


def test_records_of_other_loggers_come_in_without_their_text(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Line] = []
    log = EventLog(None)
    log.listen(heard.append)
    end = bridge_loggers(log)
    logging.getLogger("kiosk.devices").warning("card of %s", "林秋禾")
    end()

    assert [(line.event, line.code, line.level) for line in heard] == [("log", "kiosk.devices", "warning")]
