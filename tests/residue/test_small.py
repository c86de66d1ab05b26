"""The search itself, small: the real terminal under its launcher, two invented people, and nothing left of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_nothing_of_two_visits_is_left_and_what_leaks_on_purpose_is_found(tmp_path: Path) -> None:
    report = tmp_path / "residue.json"
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "residue", "--small", "--quiet", "--json", str(report)],
        capture_output=True,
        text=True,
        timeout=390,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(report.read_text(encoding="utf-8"))
    assert [(visit["route"], visit["left"], visit["problem"]) for visit in told["visits"]] == [
        ("exit", [], ""),
        ("done", [], ""),
    ]
    for visit in told["visits"]:
        seen = visit["spellings_while_there"]
        assert {"name", "number", "phone", "typed answer", "frame"} <= seen.keys(), "a search that sees nobody is blind"
    assert told["visits"][1]["may_stay"], "a submitted case lies in the store"
    assert {name: bool(hits) for name, hits in told["controls"].items()} == {"text": True, "log": True}
