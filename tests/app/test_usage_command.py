"""`./run usage`: the figures as a table and in a few lines, while nothing else is needed."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.app import exits
from kiosk.app.cli import main
from kiosk.domain.time import local
from kiosk.domain.usage import COLUMNS, FEWEST, Mark, What
from tests.app.test_cases_command import file as file
from tests.app.test_cases_command import opened
from tests.contracts.samples import got

PAGE = Mark("newborn", "form.child", What.LEFT, "exit")


def test_counts_come_out_as_a_table_and_as_words(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    today = local(datetime.now(UTC)).date()
    store = opened(file)
    hour = Mark("", "", What.HOUR, "09")
    got(store.count_usage(today, {PAGE: 2, Mark("", "", What.BEGUN): 3, hour: FEWEST - 1}, None))
    store.close()
    out = tmp_path / "use.csv"
    assert main(["usage", "--csv", str(out), "--settings", str(file)]) == exits.OK
    with out.open(encoding="utf-8", newline="") as written:
        head, *rows = csv.reader(written)
    assert tuple(head) == COLUMNS
    assert [row[2:] for row in rows] == [["", "", "begun", "", "3"], ["newborn", "form.child", "left", "exit", "2"]]
    assert {row[0] for row in rows} == {today.isoformat()}
    assert main(["usage", "--settings", str(file)]) == exits.OK
    assert "given up at: newborn form.child: 2 given up" in capsys.readouterr().out
    assert main(["usage", "--csv", str(tmp_path), "--settings", str(file)]) == exits.USAGE


def test_a_terminal_without_a_store_has_an_empty_table(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--csv", "-", "--settings", str(file)]) == exits.OK
    assert capsys.readouterr().out == ",".join(COLUMNS) + "\n"
