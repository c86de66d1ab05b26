"""docs/howto/add-a-driver.md, followed to the letter: its files are written, and its driver passes the suite."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "howto" / "add-a-driver.md"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The package of the page, installed: its folder is on the path with the entry points of its pyproject.toml."""
    page = PAGE.read_text(encoding="utf-8")
    files = re.findall(r"^`(kiosk-tally/[^`]+)`\n\n```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(files) == 5
    for name, text in files:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    folder = tmp_path / "kiosk-tally"
    described = (folder / "pyproject.toml").read_text(encoding="utf-8")
    points = re.findall(r'^\[project\.entry-points\."([^"]+)"\]\n(\w+) = "([^"]+)"', described, re.MULTILINE)
    about = folder / "kiosk_tally-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: kiosk-tally\nVersion: 1.0\n", encoding="utf-8")
    text = "".join(f"[{group}]\n{name} = {where}\n" for group, name, where in points)
    (about / "entry_points.txt").write_text(text, encoding="utf-8")
    return folder


def devices(package: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "main.py", "devices", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        timeout=270,
        check=False,
    )


def test_the_driver_of_the_page_is_listed_and_passes_every_check(package: Path) -> None:
    listed = devices(package, "list")
    assert "tally  [devices.code_scanner]\n    The Tally T1 code scanner." in listed.stdout

    done = devices(package, "conformance", "tally", "--quick")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "tally 1.0 for code_scanner on emulator" in done.stdout
    assert "skipped" not in done.stdout


def test_a_broken_entry_point_is_named_in_the_log_and_the_others_go_on(package: Path) -> None:
    with (package / "kiosk_tally-1.0.dist-info" / "entry_points.txt").open("a", encoding="utf-8") as points:
        points.write("[kiosk.drivers]\nbroken = kiosk_tally.nowhere:SPEC\n")

    listed = devices(package, "list")

    assert listed.returncode == 0
    assert "sam-serial" in listed.stdout
    assert "driver entry broken: skipped, ModuleNotFoundError" in listed.stderr
