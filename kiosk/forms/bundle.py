"""A package as bytes: canonical JSON (RFC 8785), strict reading, and the files of a folder."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiosk.forms.model import JSON, PackageBundle, PackageError

FILE_NAMES: tuple[str, ...] = (
    "package.json",
    "guide.json",
    "scenarios.json",
    "form.schema.json",
    "layout.json",
    "materials.json",
    "record.json",
    "booking.json",
    "decision.json",
    "offices.json",
    "result.json",
)
OPTIONAL_FILES: frozenset[str] = frozenset({"decision.json", "record.json", "booking.json"})
MAX_FILE_BYTES = 1_000_000
MAX_BUNDLE_BYTES = 4_000_000
MAX_DEPTH = 40
MAX_NODES = 100_000
MAX_WHOLE = 2**53
ZIP_STORED, ZIP_DEFLATED = 0, 8
"""The two ways of packing a zip entry that are read."""
ID_PATTERN = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


def canonical_bytes(value: JSON) -> bytes:
    """RFC 8785 bytes of a JSON value. ValueError where there are none (NaN, lone surrogate, integer over 2^53)."""
    import rfc8785

    try:
        return bytes(rfc8785.dumps(value))
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError) as error:
        raise ValueError(f"no canonical form: {error}") from error


class _Refused(ValueError):
    """Carries a reason out of the JSON hooks."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Refused(f"duplicate key {_short(key)}")
            seen.add(key)
    return found


def _constant(word: str) -> Any:
    raise _Refused(f"{word} is not JSON")


def _float(text: str) -> int | float:
    """A whole number written with a point is the whole number: JSON Schema takes it for one, Python would not."""
    number = float(text)
    if abs(number) > MAX_WHOLE:
        raise _Refused(f"number {_short(text)} is too large")
    return int(number) if number.is_integer() else number


def _int(text: str) -> int:
    if len(text) > 17:
        raise _Refused(f"number {_short(text)} is too large")
    return int(text)


def _short(text: str, limit: int = 60) -> str:
    shown = text if len(text) <= limit else text[:limit] + "…"
    return json.dumps(shown, ensure_ascii=True)


def parse_json(text: str, file: str) -> JSON:
    """One JSON value, read strictly: no duplicate keys, NaN or lone surrogates; 40 levels and 100,000 nodes at most.

    Raises :class:`PackageError` naming ``file`` and, for syntax, the line.
    """
    try:
        value = json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_float, parse_int=_int)
    except _Refused as error:
        place = ""
        if (found := re.match(r"duplicate key (\".*\")", str(error))) is not None:
            place = _line_of_duplicate(text, json.loads(found[1]))
        raise PackageError(file, place or "/", str(error)) from None
    except json.JSONDecodeError as error:
        raise PackageError(file, f"line {error.lineno}", f"not JSON: {error.msg}") from None
    except (RecursionError, ValueError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else "not JSON"
        raise PackageError(file, "/", reason) from None
    _measure(value, file)
    return value


def _line_of_duplicate(text: str, key: str) -> str:
    """The line of the second time a key is written, where it is written plainly."""
    hits = [m.start() for m in re.finditer(re.escape(json.dumps(key, ensure_ascii=False)) + r"\s*:", text)]
    return f"line {text.count(chr(10), 0, hits[1]) + 1}" if len(hits) > 1 else ""


def _measure(value: JSON, file: str) -> None:
    """Refuse what is too deep, too large or no UTF-8. Walks level by level, so depth costs no stack."""
    level, nodes = [value], 0
    for depth in range(MAX_DEPTH + 2):
        if not level:
            return
        if depth > MAX_DEPTH:
            break
        below: list[JSON] = []
        for node in level:
            nodes += 1
            if isinstance(node, dict):
                below.extend(node.values())
                for key in node:
                    _utf8(key, file)
            elif isinstance(node, list):
                below.extend(node)
            elif isinstance(node, str):
                _utf8(node, file)
        if nodes > MAX_NODES:
            raise PackageError(file, "/", f"more than {MAX_NODES} values")
        level = below
    raise PackageError(file, "/", f"nested deeper than {MAX_DEPTH} levels")


def _utf8(text: str, file: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise PackageError(file, "/", f"text {_short(text)} holds half a character") from None


def line_of(text: str, pointer: str) -> int | None:
    """The line (from 1) where the value of a JSON pointer starts, or None; ``text`` is valid JSON."""
    parts = [p.replace("~1", "/").replace("~0", "~") for p in pointer.split("/")[1:]] if pointer != "/" else []
    blank = re.compile(r"[ \t\r\n]*")
    decoder = json.JSONDecoder()

    def skip(at: int) -> int:
        found = blank.match(text, at)
        return found.end() if found else at

    at = skip(0)
    try:
        for part in parts:
            opener = text[at]
            if opener not in "{[":
                return None
            at, index = skip(at + 1), 0
            while text[at] not in "}]":
                if opener == "{":
                    key, at = decoder.raw_decode(text, at)
                    at = skip(skip(at) + 1)
                    hit = key == part
                else:
                    hit = str(index) == part
                if hit:
                    break
                _, at = decoder.raw_decode(text, at)
                at = skip(at)
                at = skip(at + 1) if text[at] == "," else at
                index += 1
            else:
                return None
    except (IndexError, ValueError, RecursionError):
        return None
    return text.count("\n", 0, at) + 1


def bundle_bytes(bundle: PackageBundle) -> bytes:
    """Canonical bytes of a bundle."""
    return canonical_bytes({"id": bundle.id, "version": bundle.version, "files": dict(bundle.files)})


def bundle_from_bytes(data: bytes) -> PackageBundle:
    """Read a bundle; every wrong shape is a :class:`PackageError` with file ``bundle``."""
    if len(data) > MAX_BUNDLE_BYTES:
        raise PackageError("bundle", "/", f"larger than {MAX_BUNDLE_BYTES} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PackageError("bundle", f"byte {error.start}", "not UTF-8") from None
    value = parse_json(text, "bundle")
    if not isinstance(value, dict) or set(value) != {"id", "version", "files"}:
        raise PackageError("bundle", "/", "must hold id, version and files, nothing else")
    files = value["files"]
    if not isinstance(files, dict) or not all(isinstance(v, str) for v in files.values()):
        raise PackageError("bundle", "/files", "must map file names to texts")
    return make_bundle(value["id"], value["version"], files)


def bundle_from_zip(data: bytes) -> PackageBundle:
    """The package in a zip file, as a maker of packages hands it over: its files at the top and nothing else.

    Sizes are counted while reading, whatever the archive says of itself; nothing is unpacked to disk. Everything else
    than a small, plain archive is a :class:`PackageError`: folders, paths, links, other names, a name twice,
    encryption, more entries than a package has files.
    """
    import zipfile

    if len(data) > MAX_BUNDLE_BYTES:
        raise PackageError("zip", "/", f"larger than {MAX_BUNDLE_BYTES} bytes")
    files: dict[str, str] = {}
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > len(FILE_NAMES):
                raise PackageError("zip", "/", f"has {len(entries)} entries, at most {len(FILE_NAMES)} are allowed")
            for entry in entries:
                name = _entry_name(entry)
                if name in files:
                    raise PackageError(name, "/", "is there twice")
                with archive.open(entry) as file:
                    content = file.read(MAX_FILE_BYTES + 1)
                files[name] = _text(content, name)
                total += len(content)
                if total > MAX_BUNDLE_BYTES:
                    raise PackageError("zip", "/", f"inflates to more than {MAX_BUNDLE_BYTES} bytes")
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise PackageError("zip", "/", f"cannot be read ({type(error).__name__})") from None
    return _with_head(files)


def _entry_name(entry: Any) -> str:
    """The name of a zip entry that may be read."""
    name = str(entry.orig_filename)
    shown = _short(name).strip('"')
    if entry.flag_bits & 0x1:
        raise PackageError(shown, "/", "is encrypted")
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        raise PackageError(shown, "/", "is not a plain file")
    if name not in FILE_NAMES:
        raise PackageError(shown, "/", "no file of this name belongs in a package")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise PackageError(shown, "/", "is packed in a way that is not read here")
    return name


def _text(data: bytes, name: str) -> str:
    if len(data) > MAX_FILE_BYTES:
        raise PackageError(name, "/", f"larger than {MAX_FILE_BYTES} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PackageError(name, f"byte {error.start}", "not UTF-8") from None


def _with_head(files: Mapping[str, str], folder: Path | None = None) -> PackageBundle:
    """The bundle of some files; id and version are those of its package.json."""
    if "package.json" not in files:
        raise PackageError("package.json", "/", "file is missing")
    head = parse_json(files["package.json"], "package.json")
    if not isinstance(head, dict):
        raise PackageError("package.json", "/", "must be an object")
    return make_bundle(head.get("id"), head.get("version"), files, folder)


def make_bundle(ident: Any, version: Any, files: Mapping[str, str], folder: Path | None = None) -> PackageBundle:
    """A bundle with its names and sizes checked."""
    if not isinstance(ident, str) or len(ident) > 60 or ID_PATTERN.fullmatch(ident) is None:
        raise PackageError("package.json", "/id", "must be small letters, digits and single hyphens, at most 60")
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= 999_999:
        raise PackageError("package.json", "/version", "must be a whole number from 1 to 999999")
    for name, text in files.items():
        if name not in FILE_NAMES:
            raise PackageError(_short(name).strip('"'), "/", "no file of this name belongs in a package")
        if len(text.encode("utf-8", "surrogatepass")) > MAX_FILE_BYTES:
            raise PackageError(name, "/", f"larger than {MAX_FILE_BYTES} bytes")
    for name in FILE_NAMES:
        if name not in files and name not in OPTIONAL_FILES:
            raise PackageError(name, "/", "file is missing")
    return PackageBundle(ident, version, dict(files), folder)


def printable(name: str) -> str:
    """A file name that can be written anywhere; bytes that are no UTF-8 stand escaped."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def bundle_from_folder(path: Path) -> PackageBundle:
    """The files of a package folder. Symlinks, subfolders, other names and files over 1 MB are refused unread."""
    where = printable(path.name)
    try:
        if path.is_symlink() or not path.is_dir():
            raise PackageError(where, "/", "is not a folder of its own")
        names = sorted(os.listdir(path))
    except OSError as error:
        raise PackageError(where, "/", f"cannot be read ({error.strerror})") from None
    files: dict[str, str] = {}
    for name in names:
        if name not in FILE_NAMES:
            raise PackageError(_short(name).strip('"'), "/", "no file of this name belongs in a package")
        files[name] = _read(path / name, name)
    return _with_head(files, path)


def _read(path: Path, name: str) -> str:
    """One file, opened without following a link, so that a package can never hand out a file from elsewhere."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        reason = "is a link" if path.is_symlink() else f"cannot be read ({error.strerror})"
        raise PackageError(name, "/", reason) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise PackageError(name, "/", "is not a plain file")
    with os.fdopen(handle, "rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
    return _text(data, name)
