"""Compiled texts of value classes are kept for the next start, and nothing is believed that is not whole."""

from __future__ import annotations

import builtins
import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.app.kept_code import KeptCode

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    yield tmp_path / "__pycache__" / "kept"
    vars(dataclasses).pop("exec", None)


def made(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, int]:
    """A value class made now, and how many texts were compiled for it."""
    compiled: list[str] = []

    def counting(text: str, *rest: Any, **named: Any) -> Any:
        compiled.append(text)
        return compile(text, *rest, **named)

    monkeypatch.setattr("kiosk.app.kept_code.compile_text", counting)
    made = dataclasses.make_dataclass("Point", [("x", int), ("y", int, 2)], frozen=True, slots=True)
    return made, len(compiled)


def test_the_second_start_compiles_nothing_and_its_classes_behave_alike(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for _ in range(2):
        kept = KeptCode(file)
        kept.use()
        point, compiled = made(monkeypatch)
        kept.keep()
        counts.append(compiled)
        assert (point(1), repr(point(1)), hash(point(1))) == (point(1, 2), "Point(x=1, y=2)", hash(point(1, 2)))
        with pytest.raises(dataclasses.FrozenInstanceError):
            point(1).x = 3
    assert counts[0] > 0 == counts[1]


@pytest.mark.parametrize("text", ["def at(x: Nowhere) -> int: return x + 1", b"def at(x): return x + 1"])
def test_a_module_compiled_from_its_text_is_kept_too_and_everybody_else_compiles_as_ever(
    file: Path, text: str | bytes
) -> None:
    own = builtins.compile
    for _ in range(2):
        kept = KeptCode(file)
        with kept.compiling():
            code = builtins.compile(text, "helpers/at.py", "exec")
            other = builtins.compile("1", "other", "eval")
        kept.keep()
        assert builtins.compile is own
        names: dict[str, Any] = {}
        exec(code, names)
        assert (names["at"](1), code.co_filename, other.co_filename) == (2, "helpers/at.py", "other")
    assert b"helpers/at.py" in file.read_bytes()


QT = """
import builtins, linecache, sys
from pathlib import Path
from kiosk.app.kept_code import KeptCode
sys.dont_write_bytecode, own = False, builtins.__import__
kept = KeptCode(Path(sys.argv[1]))
with kept.compiling():
    import ui.plain_import
kept.keep()
import ui.app
assert builtins.__import__ is own
assert not [file for file in linecache.cache if "/ui/kit/" in file]
"""


def test_what_qt_brings_as_text_is_kept_and_no_module_is_read_as_text_for_it(file: Path) -> None:
    subprocess.run([sys.executable, "-c", QT, file], cwd=ROOT, check=True, timeout=120)
    assert b"shibokensupport/signature/parser.py" in file.read_bytes()


@pytest.mark.parametrize("spoilt", [b"", b"short", None])
def test_a_file_that_is_not_whole_is_made_anew(
    file: Path, monkeypatch: pytest.MonkeyPatch, spoilt: bytes | None
) -> None:
    first = KeptCode(file)
    first.use()
    made(monkeypatch)
    first.keep()
    whole = file.read_bytes()
    file.write_bytes(whole[:-3] + b"???" if spoilt is None else spoilt)
    kept = KeptCode(file)
    kept.use()
    assert made(monkeypatch)[1] > 0
    kept.keep()
    assert file.read_bytes() == whole


def test_a_folder_that_takes_no_file_costs_nothing_but_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    (tmp_path / "__pycache__").write_text("a file where the folder should be")
    kept = KeptCode(tmp_path / "__pycache__" / "kept")
    kept.use()
    made(monkeypatch)
    kept.keep()
    assert "exec" not in vars(dataclasses)
