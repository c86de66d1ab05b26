"""`./run diag check|loop|trace|report|records` on emulated devices: the command line does what the page does."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.emulators.bench import Bench
from devices.emulators.client import ControlClient
from kiosk.app import exits
from kiosk.app.checks import ROUND_S
from kiosk.app.cli import main
from offline_cache.check_book import CheckBookFile

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "devices"
    running = Bench(folder, ROOT / "config" / "demo" / "people.json")
    yield folder
    running.close()


@pytest.fixture
def settings(tmp_path: Path, bench: Path) -> Path:
    file = tmp_path / "kiosk.toml"
    lines = ['[terminal]\nid = "YP0001"\ndemo = true\nstate_dir = "state"\n']
    addresses = json.loads((bench / "addresses.json").read_text())
    for name in ("id_card", "receipt_printer", "ups"):
        binding = addresses[name]
        options = "".join(f"{key} = {json.dumps(value)}\n" for key, value in binding["options"].items())
        lines.append(f'[devices.{name}]\ndriver = "{binding["driver"]}"\n{options}')
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def diag(settings: Path, *arguments: str) -> int:
    return main(["diag", *arguments, "--settings", str(settings)])


def book(settings: Path) -> list[tuple[str, str, str]]:
    records = CheckBookFile(settings.parent / "state").records()
    return [(r.result.device, r.result.test, r.result.outcome.value) for r in records]


def test_a_check_whose_questions_nobody_answers_skips_them_and_fails_nothing(
    settings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with (settings.parent / "nothing").open("w+") as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        assert diag(settings, "check", "receipt_printer") == exits.OK
    assert book(settings)[0] == ("receipt_printer", "self_test", "passed")
    assert book(settings)[-1] == ("receipt_printer", "slip_clean", "skipped")


def test_a_no_fails_the_check_and_is_the_exit_code(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = settings.parent / "answers"
    answers.write_text("n\n", encoding="utf-8")
    with answers.open() as typed:
        monkeypatch.setattr(sys, "stdin", typed)
        assert diag(settings, "check", "id_card") == exits.FAILED
    assert book(settings)[:2] == [("id_card", "self_test", "passed"), ("id_card", "card_read", "failed")]


def test_a_loop_of_two_rounds_counts_and_fails_with_a_sick_device(
    settings: Path, bench: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diag(settings, "loop", "ups", "--rounds", "2") == exits.OK
    ControlClient(bench).do("ups", "stale")
    assert diag(settings, "loop", "ups", "--rounds", "2", "--wait", "1") == exits.FAILED
    assert "2 tests, 2 failed" in capsys.readouterr().out


def test_a_trace_shows_questions_and_status_words(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diag(settings, "trace", "receipt_printer", "--for", "3") == exits.OK
    assert "10 04 01" in capsys.readouterr().out


def test_the_report_says_what_is_missing_and_lies_in_the_state_folder(
    settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diag(settings, "report", "--print") == exits.FAILED  # nothing was checked yet
    out = capsys.readouterr().out
    assert "id_card: never_tested" in out
    assert "slip: confirmed" in out
    (kept,) = (settings.parent / "state" / "readiness").glob("*.json")
    report = json.loads(kept.read_text(encoding="utf-8"))
    assert report["verdict"] == "limited"
    assert {device["name"] for device in report["devices"]} == {"id_card", "receipt_printer", "ups"}
    assert kept.with_suffix(".pdf").read_bytes().startswith(b"%PDF-")


def test_records_are_told_with_their_numbers(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diag(settings, "records") == exits.OK
    assert capsys.readouterr().out.startswith("no records")
    diag(settings, "loop", "id_card", "--rounds", "1")
    capsys.readouterr()
    assert diag(settings, "records") == exits.OK
    assert capsys.readouterr().out.startswith("#1 ")
    assert diag(settings, "records", "--json") == exits.OK
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["number"], row["device"], row["test"], row["outcome"]) == (1, "id_card", "loop", "passed")


def test_a_trace_in_which_nothing_came_says_so(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diag(settings, "trace", "id_card", "--for", "0.2") == exits.OK
    assert "no byte went or came" in capsys.readouterr().out


def test_a_loop_is_no_load_test(settings: Path) -> None:
    began = time.monotonic()
    assert diag(settings, "loop", "id_card", "--rounds", "3") == exits.OK
    assert time.monotonic() - began >= 2 * ROUND_S


@pytest.mark.parametrize(
    "arguments", [("loop", "--rounds", "0"), ("trace", "ups", "--for", "0"), ("records", "--last=-1")]
)
def test_a_count_of_nothing_is_a_usage_error(arguments: tuple[str, ...], settings: Path) -> None:
    assert diag(settings, *arguments) == exits.USAGE
