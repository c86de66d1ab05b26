"""docs/howto/write-a-service.md, followed to the letter: files are written, commands run, the item is offered."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import pytest

from kiosk.app.cli import main
from kiosk.app.story.stage import free_port

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "howto" / "write-a-service.md").read_text(encoding="utf-8")


def commands(tool: str) -> list[list[str]]:
    """The page's own commands of one tool, without ``./run``."""
    lines = "\n".join(re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)).replace("\\\n", " ")
    found = [shlex.split(line)[1:] for line in lines.splitlines() if line.startswith("./run")]
    return [words for words in found if words[:2] == ["package", tool] or words[0] == tool]


def run(tool: str, number: int = 0) -> int:
    return main(commands(tool)[number])


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with the item of the page begun and written."""
    monkeypatch.chdir(tmp_path)
    assert run("new") == 0
    files = re.findall(r"^`(services/[^`]+)`\n\n```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(files) == 8
    for name, text in files:
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_what_new_writes_is_found_unfinished_as_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run("new") == 0
    assert run("lint") == 0

    shown = re.search(r"^(services/library-card/guide.json:4: .*\n  mend: .*)$", PAGE, re.MULTILINE)
    assert shown is not None
    assert shown[1] in capsys.readouterr().out


def test_the_item_of_the_page_is_clean_and_every_way_of_it_ends(
    scratch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("lint", 1) == 0
    assert "lint: 1 package, 0 errors, 0 warnings" in capsys.readouterr().out
    assert run("prove") == 0
    assert "0 errors, 0 warnings" in capsys.readouterr().out


def test_a_promise_longer_than_the_law_is_found_as_the_page_shows(
    scratch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(scratch, "guide.json", '"promised_workdays": 2', '"promised_workdays": 9')

    assert run("lint", 1) == 1

    shown = re.search(r"^(services/library-card/guide.json:\d+: error: .*\n  mend: .*)$", PAGE, re.MULTILINE)
    assert shown is not None
    assert shown[1] in capsys.readouterr().out


def test_a_page_that_nobody_sees_is_found_by_prove(scratch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replace(scratch, "layout.json", "years_ago.14", "days_ahead.1")

    assert run("prove") == 1
    assert "unreachable" in capsys.readouterr().out


def test_the_guide_of_the_page_is_written(scratch: Path) -> None:
    assert run("docs") == 0
    assert run("stats") == 0
    assert (scratch / "library-card.pdf").read_bytes().startswith(b"%PDF")


def test_a_change_without_a_new_version_is_refused_as_the_page_shows(
    scratch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["cp", "-r", "services/library-card", "before"], check=True)
    changes = re.findall(r"^`services/library-card/([^`]+)`: replace `([^`]+)` by `([^`]+)`$", PAGE, re.MULTILINE)
    replace(scratch, *changes[0])

    assert run("diff") == 1
    shown = re.search(r"^```\n(事项 · The item\n.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert capsys.readouterr().out == shown[1]

    replace(scratch, *changes[1])
    assert run("diff") == 0
    assert run("lint", 2) == 1
    shown = re.search(r"^```\n(services/library-card/result.json:.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert shown[1] in capsys.readouterr().out

    for change in changes[2:]:
        replace(scratch, *change)
    assert run("lint", 2) == 0


def test_the_centre_offers_the_item_to_terminals(scratch: Path) -> None:
    offered = serve(commands("central")[0])

    assert [(item["id"], item["version"]) for item in offered] == [("library-card", 1)]


def replace(scratch: Path, name: str, old: str, new: str) -> None:
    file = scratch / "services" / "library-card" / name
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def serve(words: Sequence[str]) -> list[dict[str, object]]:
    """Start the centre as the page says, on a free port; its catalogue."""
    port = str(free_port())
    arguments = [word.replace(":8600", f":{port}") for word in words]
    centre = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert centre.stdout is not None
        assert centre.stdout.readline().startswith("ready")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/catalogue", timeout=10) as answer:
            items: list[dict[str, object]] = json.load(answer)["items"]
            return items
    finally:
        centre.terminate()
        centre.wait(10)
        if centre.stdout is not None:
            centre.stdout.close()
