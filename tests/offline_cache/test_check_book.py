"""The book of check records: numbered over processes, durable, readable after a torn line."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from kiosk.domain.diagnostics import CheckOutcome, CheckResult
from offline_cache.check_book import CheckBookFile

NOW = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
RESULT = CheckResult("id_card", "self_test", CheckOutcome.PASSED, "ok: SAM 05.01")
WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from kiosk.domain.diagnostics import CheckOutcome, CheckResult
from offline_cache.check_book import CheckBookFile
book = CheckBookFile(Path(sys.argv[1]))
for _ in range(25):
    book.add(CheckResult("ups", "loop", CheckOutcome.FAILED, "x"), datetime.now(UTC))
"""


def test_a_record_comes_back_as_it_was_written_and_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    first = CheckBookFile(tmp_path).add(RESULT, NOW)
    second = CheckBookFile(tmp_path).add(RESULT, NOW)
    assert (first.number, second.number) == (1, 2)
    assert CheckBookFile(tmp_path).records() == (first, second)


def test_two_programs_at_once_never_give_a_number_twice(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)]) for _ in range(2)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    numbers = [record.number for record in CheckBookFile(tmp_path).records()]
    assert numbers == list(range(1, 51))


def test_a_line_torn_by_a_power_cut_costs_that_line_alone(tmp_path: Path) -> None:
    book = CheckBookFile(tmp_path)
    book.add(RESULT, NOW)
    with (tmp_path / "staff" / "checks.jsonl").open("ab") as file:
        file.write(b'{"number": 2, "at": "2026-11')
    assert book.add(RESULT, NOW).number == 2
    assert [record.number for record in book.records()] == [1, 2]


def test_a_full_book_lets_its_older_half_go_and_keeps_counting(tmp_path: Path) -> None:
    book = CheckBookFile(tmp_path, most_records=10)
    for _ in range(11):
        last = book.add(RESULT, NOW)
    assert last.number == 11
    assert [record.number for record in book.records()] == [6, 7, 8, 9, 10, 11]
