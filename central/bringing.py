"""A terminal's sealed export, filed: what comes on a stick is treated like what comes by the line.

The export is a zip without compression: ``manifest.json``, envelopes of cases, errands. It names its files with their
hashes; nothing in it is trusted further than that. Filing it twice, or beside the terminal, is harmless.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from central.cases import MAX_SEALED_BYTES, Cases
from central.parked import ParkedWork
from central.problems import Problem

MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the manifest. ``kind``: case, park or release; ``sha256`` is that of the file in the zip."""

    kind: str
    id: str
    file: str
    sha256: str
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of one entry: its id, whether the centre holds it now, and a word or the problem's name."""

    id: str
    filed: bool
    word: str


class NoExport(Exception):
    """The file is not an export of a terminal."""


def bring(file: Path, cases: Cases, parked: ParkedWork) -> Iterator[Brought]:
    """File every entry of an export, in its order. Raises NoExport or OSError before the first one."""
    try:
        bundle = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        raise NoExport("not an export of a terminal") from None
    with bundle:
        entries, failed = _manifest(bundle)
        for entry in entries:
            yield _brought(bundle, entry, cases, parked)
        for case_id in failed:
            yield Brought(case_id, filed=False, word="the terminal could not put it in")


def _manifest(bundle: zipfile.ZipFile) -> tuple[list[Entry], list[str]]:
    try:
        told = json.loads(_content(bundle, MANIFEST, MAX_MANIFEST_BYTES))
        if told["schema"] != 1:
            raise NoExport("another version of the format")
        entries = [
            Entry("case", str(one["case_id"]), str(one["file"]), str(one["is"]), one.get("unconfirmed") is True)
            for one in told["cases"]
        ]
        entries += [
            Entry(str(one["kind"]), str(one["id"]), str(one["file"]), str(one["is"])) for one in told["errands"]
        ]
        return entries, [str(one) for one in told["failed"]]
    except (*_DAMAGED, TypeError, AttributeError) as error:
        raise NoExport(f"not an export of a terminal ({type(error).__name__})") from error


def _brought(bundle: zipfile.ZipFile, entry: Entry, cases: Cases, parked: ParkedWork) -> Brought:
    try:
        data = _content(bundle, entry.file, MAX_SEALED_BYTES)
    except _DAMAGED:
        data = b""
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        return Brought(entry.id, filed=False, word="damaged")
    try:
        filed, word = _file(entry, data, cases, parked)
    except Problem as problem:
        return Brought(entry.id, filed=False, word=f"{problem.name} {problem.detail}".strip())
    return Brought(entry.id, filed, word)


def _file(entry: Entry, data: bytes, cases: Cases, parked: ParkedWork) -> tuple[bool, str]:
    match entry.kind:
        case "case":
            status, answer = cases.put_sealed(entry.id, data, entry.sha256, unconfirmed=entry.unconfirmed)
            if status == 202:
                return False, f"{len(answer['missing'])} files are missing"
            number = answer["official_no"] or answer["ticket_no"] or ""
            return True, f"{'stored' if status == 201 else 'known before'} {number}".strip()
        case "park":
            status, _ = parked.put(entry.id, data, entry.sha256)
            return True, "kept" if status == 201 else "known before"
        case "release":
            parked.release_sealed(entry.id, data)
            return True, "released"
        case _:
            return False, "another kind of errand"


def _content(bundle: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """One file of the zip. Raises ValueError for what is compressed or too large, KeyError for what is not there."""
    info = bundle.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED or info.file_size > limit:
        raise ValueError("compressed, or too large")
    return bundle.read(info)


# RuntimeError: the zip says that it is encrypted.
_DAMAGED = (zipfile.BadZipFile, ValueError, LookupError, RuntimeError, EOFError)
