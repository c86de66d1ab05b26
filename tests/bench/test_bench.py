"""The bench measures every room and says so in a form that programs can read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.timing import figure


def test_rooms_give_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forms", "paper", "store", "--repeats", "3", "--folder", str(tmp_path), "--json"]) == 0

    report = json.loads(capsys.readouterr().out)
    names = " ".join(each["name"] for each in report["figures"])
    assert report["schema"] == 1
    assert all(each["value"] > 0 for each in report["figures"])
    for part in ("load all packages", "lay out a receipt", "commit a case", "a case against a bare commit"):
        assert part in names
    assert list(tmp_path.iterdir()) == []


def test_start_is_measured_beside_an_empty_window(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["start", "--repeats", "1", "--folder", str(tmp_path), "--json"]) == 0

    figures = {each["name"]: each["value"] for each in json.loads(capsys.readouterr().out)["figures"]}
    assert figures["process start to attract page"] > figures["process start to an empty Qt window"] > 0
    assert figures["attract page against an empty window"] > 1


def test_an_unknown_room_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["kitchen"])

    assert ended.value.code == 2
    assert "kitchen" in capsys.readouterr().err


def test_a_figure_is_the_median_and_the_95th_percentile() -> None:
    times = [float(number) for number in range(1, 101)]

    assert (figure("x", times).value, figure("x", times).p95) == (50.5, 96.0)
