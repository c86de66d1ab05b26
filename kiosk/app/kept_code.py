"""What `dataclass` generates, and what Qt for Python brings as text, is compiled once and kept, not at every start.

The program has some 450 value classes. For each, `dataclasses` writes up to six methods as text and has Python compile
them: a third of all the work from the start of the process to the attract page. The texts are the same at every start,
so their code is kept beside the other compiled files, in `__pycache__`. Qt for Python carries 130 KB of helpers in its
libraries, as text too. A text that is not known, or a file that is not whole, is compiled as ever.
"""

from __future__ import annotations

import builtins
import dataclasses
import importlib
import importlib.util
import marshal
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import CodeType
from typing import Any, Final

#: It writes type stubs for editors and compiles large patterns for that; Qt for Python brings it at every start.
UNUSED: Final = "shibokensupport/signature/lib/pyi_generator.py"
FILE: Final = Path(__file__).parent / "__pycache__" / f"kept-code.{sys.implementation.cache_tag}"
PACKAGES: Final = ("central", "config", "devices", "kiosk", "offline_cache", "printing", "ui")
compile_text: Final = compile
_HEAD: Final = importlib.util.MAGIC_NUMBER
_SUM_BYTES: Final = 4


class KeptCode:
    """The compiled texts of one file. ``use`` comes before the classes, ``keep`` once they are all there.

    Where Qt is imported first belongs between the two, and inside ``compiling``.
    """

    def __init__(self, file: Path = FILE) -> None:
        self._file = file
        self._known = _read(file)
        self._used: dict[tuple[str, str | bytes], CodeType] = {}
        self._new = False

    def use(self) -> None:
        """From now on `dataclasses` gets its code from here: the name stands before Python's own in its module."""
        vars(dataclasses)["exec"] = self._execute

    @contextmanager
    def compiling(self) -> Iterator[None]:
        """While it lasts, whoever compiles a module from its text gets the code from here."""
        setattr(builtins, "compile", self._compile)  # noqa: B010  it is final for everybody else
        try:
            yield
        finally:
            setattr(builtins, "compile", compile_text)  # noqa: B010

    def keep(self) -> None:
        """Write down what was not known yet, if the folder may be written to; what is kept in memory is let go."""
        vars(dataclasses).pop("exec", None)
        used, self._used, self._known = self._used, {}, {}
        if self._new and not sys.dont_write_bytecode:
            _write(self._file, used)

    def _execute(self, text: str, names: dict[str, Any], into: dict[str, Any]) -> None:
        exec(self._code(text, "<string>", inherit=False), names, into)

    def _compile(self, text: Any, file: str, mode: str, /, *more: Any, **named: Any) -> Any:
        if more or named or mode != "exec" or not isinstance(text, (str, bytes)):
            return compile_text(text, file, mode, *more, **named)
        return self._code("" if file == UNUSED else text, file, inherit=True)

    def _code(self, text: str | bytes, file: str, *, inherit: bool) -> CodeType:
        """``inherit``: annotations of the text stay texts, as they do here and in whatever compiles Qt's helpers."""
        code = self._known.get((file, text))
        if code is None:
            code, self._new = compile_text(text, file, "exec", dont_inherit=not inherit), True
        self._used[file, text] = code
        return code


def _read(file: Path) -> dict[tuple[str, str | bytes], CodeType]:
    try:
        data = memoryview(file.read_bytes())
        start = len(_HEAD) + _SUM_BYTES
        if data[: len(_HEAD)] != _HEAD or zlib.crc32(data[start:]).to_bytes(_SUM_BYTES) != data[len(_HEAD) : start]:
            return {}
        known: dict[tuple[str, str | bytes], CodeType] = marshal.loads(data[start:])
    except (OSError, ValueError, EOFError, TypeError):
        return {}
    return known


def _write(file: Path, used: dict[tuple[str, str | bytes], CodeType]) -> None:
    """Whole or not at all; a folder that cannot be written to costs the next start what this one cost."""
    data = marshal.dumps(used)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(exist_ok=True)
        fresh.write_bytes(_HEAD + zlib.crc32(data).to_bytes(_SUM_BYTES) + data)
        fresh.replace(file)
    except OSError:
        with suppress(OSError):
            fresh.unlink()


def make() -> None:
    """At set-up: compile all of the program ahead, for terminals whose user may not write beside it."""
    import compileall

    root = Path(__file__).resolve().parents[2]
    for package in PACKAGES:
        compileall.compile_dir(root / package, quiet=1)
    kept = KeptCode()
    kept.use()
    with kept.compiling():
        importlib.import_module("ui.plain_import")
    importlib.import_module("kiosk.app.compose")
    kept.keep()


if __name__ == "__main__":
    make()
