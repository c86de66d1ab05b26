"""The monkey on a real X server for a moment: nothing gets out, and it says so."""

from __future__ import annotations

import ctypes.util
import json
import shutil
from pathlib import Path

import pytest

from bench.monkey.__main__ import CONTROLS, main
from bench.monkey.holes import HOLES
from bench.monkey.run import Result
from bench.monkey.watch import Breach

pytestmark = pytest.mark.skipif(
    shutil.which("Xvfb") is None or ctypes.util.find_library("Xtst") is None,
    reason="no X server to play on: apt-get install xvfb libxtst6",
)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_three_hundred_senseless_steps_leave_one_window_of_the_same_process(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = main(["--small", "--folder", str(tmp_path), "--json", str(tmp_path / "report.json")])

    said = capfd.readouterr()
    assert code == 0, said
    report = json.loads((tmp_path / "report.json").read_text())["run"]
    assert report["steps"] == 300
    assert report["pings"] >= 300
    assert {step for step, _ in report["pairs"]} >= {"attract", "language", "home"}


def test_every_hole_is_played_and_a_hole_that_was_not_found_is_named() -> None:
    assert {hole for holes, _ in CONTROLS for hole in holes} == set(HOLES)
    result = Result(breaches=[Breach("window.dialog", "of process ours"), Breach("stall", "390 ms of 400 ms")])
    assert result.missed(frozenset({"window.dialog", "sleep 20", "stall"})) == ["sleep 20"]
