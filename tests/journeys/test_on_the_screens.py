"""A few stories on the real screens, with real emulators, a real centre and a real store."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
JOURNEYS = ROOT / "tests" / "journeys"
DEMO = ROOT / "config" / "demo" / "stories"
PEOPLE = json.loads((ROOT / "config" / "demo" / "people.json").read_bytes())["people"]
FIELDS = {"ts", "mono_ns", "level", "event", "session", "case_id", "device", "code"}
pytestmark = pytest.mark.slow


def play(story: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "main.py"), "story", str(story), "--out", str(out), "--quiet", *more]
    return subprocess.run(command, cwd=out.parent, capture_output=True, text=True, timeout=270, check=False)


def summary(out: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((out / "summary.json").read_bytes())
    return loaded


def log_lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "kiosk.jsonl").read_text(encoding="utf-8").splitlines()]


def assert_nothing_personal(out: Path) -> None:
    """Neither name, number nor address of anybody invented, nor anything typed, stands in the log."""
    text = (out / "kiosk.jsonl").read_text(encoding="utf-8")
    assert all(set(line) <= FIELDS for line in log_lines(out))
    assert text.isascii()
    assert "\\u" not in text
    for person in PEOPLE:
        assert person["number"] not in text
    assert "13800005520" not in text


def test_a_permit_is_renewed_from_touch_to_rating(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = play(DEMO / "online.toml", out)
    assert done.returncode == 0, done.stderr

    told = summary(out)
    assert (told["schema"], told["ok"], len(told["cases"])) == (1, True, 1)
    case = told["cases"][0]
    assert {"case_id", "item", "parent", "states", "print"} <= set(case)
    assert [at["state"] for at in case["states"]] == ["committed", "sending", "accepted"]
    assert case["print"] == "confirmed"
    assert all(value is not None and value > 0 for value in told["timings_ms"].values())
    assert set(told["timings_ms"]) == {
        "start_to_attract",
        "card_to_subject",
        "card_to_prefilled",
        "confirm_to_committed",
    }

    pictures = sorted((out / "screens").glob("*.png"))
    assert all(re.fullmatch(r"\d{3}-[a-z_]+-(zh-Hans|en)", path.stem) for path in pictures)
    assert {path.stem[4:-8] for path in pictures} >= {"attract", "home", "form", "review", "result", "receipt", "wiped"}
    assert all(path.with_suffix(".json").is_file() for path in pictures)
    controls = json.loads(pictures[-1].with_suffix(".json").read_bytes())
    assert set(controls[0]) == {"name", "role", "text", "accessible", "rect", "enabled", "font_px", "fg", "bg"}

    assert case["case_id"] in (out / "receipt.txt").read_text(encoding="utf-8")
    assert (out / "receipt.pdf").read_bytes().startswith(b"%PDF")
    assert (out / "receipt.png").read_bytes().startswith(b"\x89PNG")
    assert (out / "receipt.bin").stat().st_size > 1000
    page = (out / "index.html").read_text(encoding="utf-8")
    assert all(f"screens/{path.name}" in page for path in pictures)
    assert "host&gt;dev" in page
    assert "http" not in page.replace("https://case.yunpu.example", "")
    assert_nothing_personal(out)


def test_the_centre_is_away_until_after_the_receipt(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = play(DEMO / "offline.toml", out)
    assert done.returncode == 0, done.stderr

    states = [at["state"] for at in summary(out)["cases"][0]["states"]]
    assert states[0] == "committed"
    assert states[-1] == "accepted"
    assert "尚未受理" in (out / "receipt.txt").read_text(encoding="utf-8")
    assert_nothing_personal(out)


def test_a_small_restaurant_is_one_parent_and_five_children(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = play(JOURNEYS / "restaurant_two_staff.toml", out)
    assert done.returncode == 0, done.stderr

    cases = summary(out)["cases"]
    parents = {case["parent"] for case in cases}
    assert len(cases) == 6
    assert parents == {None, cases[0]["case_id"]}
    assert_nothing_personal(out)


def test_a_paper_is_photographed_by_the_camera_and_travels_with_the_case(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = play(JOURNEYS / "paper_photographed.toml", out)
    assert done.returncode == 0, done.stderr
    assert {"capture.taken", "capture.kept"} <= {line["event"] for line in log_lines(out)}
    assert_nothing_personal(out)


def test_a_page_that_waits_for_paper_is_called_off_when_its_resident_leaves(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = play(JOURNEYS / "certificate_on_a4.toml", out)
    assert done.returncode == 0, done.stderr
    moved = [
        line["code"] for line in log_lines(out) if line.get("device") == "document_printer" and "print" in line["event"]
    ]
    assert "held.paper_out" in moved
    assert moved[-1] == "canceled"
    assert "confirmed" not in moved


@pytest.mark.parametrize("name", ["reader_lost_code_instead", "passport_shown", "battery_finishes"])
def test_a_lost_part_or_power_leads_on_another_way(tmp_path: Path, name: str) -> None:
    done = play(JOURNEYS / f"{name}.toml", tmp_path / "out")
    assert done.returncode == 0, done.stderr


def test_a_technician_logs_in_and_tests_the_reader(tmp_path: Path) -> None:
    state = tmp_path / "state"
    setting = f"terminal.state_dir={state}"
    pin = [sys.executable, str(ROOT / "main.py"), "diag", "set-pin", "--set", setting]
    subprocess.run(pin, input="271828\n271828\n", text=True, check=True, capture_output=True, timeout=60)
    out = tmp_path / "out"
    done = play(JOURNEYS / "staff_pin.toml", out, "--set", setting)
    assert done.returncode == 0, done.stderr


def test_idle_wipes_after_its_warning(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = play(JOURNEYS / "idle_wipe.toml", out)
    assert done.returncode == 0, done.stderr


def test_a_control_that_is_not_there_or_cannot_be_pressed_fails_the_story(tmp_path: Path) -> None:
    story = tmp_path / "story.toml"
    story.write_text(
        'schema = 1\ncentre = "down"\nstep = [\n'
        '  { touch = "action.start" },\n  { touch = "action.next", timeout_s = 0.5 },\n]\n',
        encoding="utf-8",
    )
    out = tmp_path / "out"
    done = play(story, out)

    assert done.returncode == 1
    assert "story.toml:5: touch action.next: action.next cannot be touched" in done.stderr
    assert summary(out)["ok"] is False
    assert (out / "FAILED.png").is_file()
