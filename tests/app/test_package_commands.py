"""``./run package``: words, exit codes, pictures, and the window that follows what is saved."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.app import exits
from kiosk.app.cli import main
from kiosk.app.package.preview import good_bundle, stamp_of
from kiosk.app.package.shots import MODE_NAMES
from kiosk.app.story.model import load_story
from kiosk.forms import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / "config" / "services"
RENEWAL = str(SERVICES / "residence-permit-renewal")


def package(*arguments: object) -> int:
    return main(["package", *map(str, arguments)])


@pytest.fixture
def item(tmp_path: Path) -> Path:
    """A fresh query, as ``new`` writes it."""
    folder = tmp_path / "my-item"
    assert package("new", "my-item", "--kind", "query", "--to", folder, "--yes") == exits.OK
    return folder


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


def test_new_says_what_is_left_and_what_comes_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    item = tmp_path / "my-item"

    assert package("new", "my-item", "--kind", "query", "--to", item, "--yes") == exits.OK

    assert (item / "record.json").is_file()
    told = capsys.readouterr().out
    assert "lines are still to be written, marked 【…】" in told
    assert f"./run package lint {item}" in told


def test_new_asks_nobody_when_nobody_is_there() -> None:
    done = subprocess.run(
        [sys.executable, "main.py", "package", "new"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )

    assert done.returncode == exits.USAGE
    assert "id is missing" in done.stderr


def test_new_never_writes_over_a_folder(item: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert package("new", "my-item", "--kind", "query", "--to", item, "--yes") == exits.USAGE
    assert "File exists" in capsys.readouterr().err


@pytest.mark.parametrize("tool", ["lint", "prove", "stats"])
def test_packages_are_named_or_all_of_them_are_meant(tool: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert package(tool) == exits.USAGE
    assert package(tool, RENEWAL, "--all") == exits.USAGE
    assert package(tool, "nowhere") == exits.USAGE
    assert "nowhere: is not there" in capsys.readouterr().err


def test_findings_say_file_line_reason_and_mend(item: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(item, "guide.json", '"promised_workdays": 0', '"promised_workdays": 9')

    assert package("lint", item) == exits.FAILED

    told = capsys.readouterr().out.splitlines()
    at = next(number for number, line in enumerate(told) if ": error: " in line)
    assert told[at].startswith(f"{item}/guide.json:")
    assert told[at + 1].startswith("  mend: ")
    assert told[-1].startswith("lint: 1 package, 1 errors")


def test_a_zip_is_as_good_as_a_folder(item: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = shutil.make_archive(str(tmp_path / "sent"), "zip", item)

    assert package("lint", archive) == exits.OK
    assert package("diff", item, archive) == exits.OK
    assert "nothing changes for residents" in capsys.readouterr().out


def test_a_zip_that_is_none_is_refused_and_the_others_are_looked_at(
    item: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.zip").write_bytes(b"PK")

    assert package("lint", tmp_path / "bad.zip", item) == exits.FAILED

    told = capsys.readouterr().out
    assert "bad.zip" in told
    assert "lint: 2 packages, 1 errors" in told


def test_findings_for_machines_are_json(item: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()

    assert package("lint", item, "--json") == exits.OK

    report = json.loads(capsys.readouterr().out)
    assert report[0]["package"] == str(item)
    assert {finding["code"] for finding in report[0]["findings"]} >= {"placeholder"}


def test_prove_says_how_many_ways_there_are_and_how_they_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert package("prove", SERVICES / "complaint-12345") == exits.OK
    assert " ways: " in capsys.readouterr().out
    assert package("prove", SERVICES / "complaint-12345", "--json") == exits.OK
    report = json.loads(capsys.readouterr().out)
    assert report[0]["paths"] == sum(report[0]["ends"].values())


def test_prove_writes_the_usual_way_as_a_story(tmp_path: Path) -> None:
    assert package("prove", RENEWAL, "--stories", tmp_path / "stories") == exits.OK

    story = load_story(tmp_path / "stories" / "residence-permit-renewal.toml")
    assert "Residence permit renewal" in story.name


def test_the_diff_of_a_version_that_was_not_raised_fails(item: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    newer.mkdir()
    for file in item.iterdir():
        (newer / file.name).write_bytes(file.read_bytes())
    assert package("diff", item, newer) == exits.OK
    edit(newer, "guide.json", '"minutes": 5', '"minutes": 6')
    assert package("diff", item, newer) == exits.FAILED
    edit(newer, "package.json", '"version": 1', '"version": 2')
    assert package("diff", item, newer, "--json") == exits.OK


def test_the_guide_is_written_as_its_name_says(item: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert package("docs", RENEWAL, "--out", tmp_path / "guide.md") == exits.OK
    assert package("docs", RENEWAL, "--out", tmp_path / "guide.pdf") == exits.OK
    assert package("docs", RENEWAL, "--out", tmp_path / "guide.txt") == exits.USAGE
    assert (tmp_path / "guide.md").read_text(encoding="utf-8").startswith("# 居住证签注")
    assert (tmp_path / "guide.pdf").read_bytes().startswith(b"%PDF")


def test_stats_of_one_item_tell_it_apart_from_all_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert package("stats", RENEWAL, "--json") == exits.OK
    report = json.loads(capsys.readouterr().out)
    assert report["items"][0]["own_rule"]["zh-Hans"]
    assert package("stats", RENEWAL) == exits.OK
    assert "  papers   " in capsys.readouterr().out


def test_pictures_show_every_page_in_each_language_and_mode(item: Path, tmp_path: Path) -> None:
    out = tmp_path / "shots"
    done = subprocess.run(
        [sys.executable, "main.py", "package", "preview", item, "--shots", out],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == exits.OK, done.stderr
    pictures = {path.name for path in out.glob("*.png")}
    steps = {name.split("-")[1] for name in pictures}
    assert {"guide", "consent", "identify", "lookup", "rate"} <= steps
    assert len(pictures) % (len(LANGUAGES) * len(MODE_NAMES)) == 0
    page = (out / "index.html").read_text(encoding="utf-8")
    assert all(f'src="{name}"' in page for name in pictures)


def test_a_preview_needs_a_display(
    item: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)

    assert package("preview", item) == exits.USAGE
    assert "--shots DIR" in capsys.readouterr().err


def test_a_preview_sees_what_was_saved_and_keeps_the_last_version_that_loads(
    item: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stamp_of(item)
    assert stamp_of(item) == before
    assert good_bundle(item) is not None

    edit(item, "guide.json", '"minutes": 5', '"minutes": 500')

    assert stamp_of(item) != before
    capsys.readouterr()
    assert good_bundle(item) is None
    assert "guide.json" in capsys.readouterr().out
