"""What is committed: no machine paths or addresses, no unfinished words, and every file that a reader expects."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from kiosk.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
MACHINE_PATHS = re.compile(r"(?<![\w./])/(?:home/[a-z]|root/|work/|Users/)|index-url\s*[=:]")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK|lorem ipsum)\b")
TEXT_SUFFIXES = {
    ".cfg",
    ".ini",
    ".json",
    ".lock",
    ".md",
    ".po",
    ".pot",
    ".py",
    ".sh",
    ".svg",
    ".toml",
    ".txt",
    ".yaml",
    ".yml",
    "",
}
RELEASED = Path("tests/offline_cache/released")  # stores that earlier versions wrote, as they wrote them
MADE = {"state", "demo-output", "screens-output", "__pycache__"}
THIS = Path(__file__).relative_to(ROOT)


def tracked() -> list[Path]:
    """Every committed text file; where git is not installed, every file that is not made by a command."""
    git = shutil.which("git")
    done = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False) if git else None
    if done is not None and done.returncode == 0:
        files = [Path(name) for name in done.stdout.decode().split("\0") if name]
    else:
        files = [path.relative_to(ROOT) for path in ROOT.rglob("*") if not MADE & set(path.relative_to(ROOT).parts)]
        files = [path for path in files if path.parts[0] == ".ci" or not path.parts[0].startswith(".")]
    texts = [path for path in files if path.suffix in TEXT_SUFFIXES and RELEASED not in path.parents]
    return [path for path in texts if (ROOT / path).is_file() and path != THIS]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in tracked()
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_committed_file_names_a_machine() -> None:
    assert not lines_with(MACHINE_PATHS)


def test_no_committed_file_is_marked_unfinished() -> None:
    assert not lines_with(UNFINISHED)


def test_no_test_sleeps() -> None:
    sleeping = [
        str(path)
        for path in tracked()
        if path.parts[0] == "tests"
        and path.suffix == ".py"
        and any(
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in {"time.sleep", "sleep", "qtbot.wait", "QTest.qWait"}
            for node in ast.walk(ast.parse((ROOT / path).read_bytes()))
        )
    ]

    assert not sleeping


@pytest.mark.parametrize(
    "name",
    ["run", ".ci/run", "LICENSE", "NOTICE", "THIRD-PARTY.md", "CHANGELOG.md", "README.md", "README.zh.md"]
    + [f"docs/{page}.md" for page in ("architecture", "STATE", "claims", "events", "settings")],
)
def test_the_files_a_reader_expects_are_there(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("name", ["run", ".ci/run", "deploy/setup.sh", "deploy/check.sh"])
def test_the_scripts_can_be_started_and_read_by_a_plain_shell(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)
    subprocess.run(["sh", "-n", name], cwd=ROOT, check=True, timeout=30)


def test_every_decision_record_has_the_same_five_parts() -> None:
    for record in sorted((ROOT / "docs" / "adr").glob("[0-9]*.md")):
        text = record.read_text(encoding="utf-8")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
            "Context",
            "Decision",
            "Consequences",
            "Alternatives",
        ], record
        assert text.startswith(f"# {int(record.name[:3])}. "), record


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{path}: {target}"
        for path in tracked()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", (ROOT / path).read_text(encoding="utf-8"))
        if not (ROOT / path.parent / target).exists()
    ]

    assert not broken


def test_help_lists_every_command_and_an_unknown_one_ends_with_2() -> None:
    script = (ROOT / "run").read_text(encoding="utf-8")
    helped = subprocess.run([ROOT / "run", "help"], capture_output=True, text=True, check=True, timeout=30).stdout
    commands = [
        "demo",
        "test",
        "kiosk",
        "central",
        "diag",
        "cases",
        "story",
        "emulate",
        "check",
        "screens",
        "bench",
        "help",
    ]

    for command in commands:
        assert re.search(rf"^  {command}\b", helped, re.MULTILINE), command
        assert re.search(rf"[( |]{command}\b", script), command
    for arguments, words in ((["frobnicate"], 'no command "frobnicate"'), ([], "")):
        done = subprocess.run([ROOT / "run", *arguments], capture_output=True, text=True, check=False, timeout=30)
        assert done.returncode == 2
        assert words in done.stderr


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert project["project"]["version"] == VERSION


def test_the_lock_holds_every_direct_requirement_with_hashes_and_no_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    asked = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["central"],
        *project["dependency-groups"]["dev"],
    ]
    pins = dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", lock, re.MULTILINE))
    blocks = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)[1:]

    assert {re.split(r"[<>=!~ ]", name)[0].lower() for name in asked} <= set(pins)
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in lock
