"""A sealed export: everything unsent in one file that only the centre can open.

A zip without compression: `manifest.json`, `cases/<case id>.cbor` and `errands/<kind>-<id>.cbor` (all sealed to the
centre, docs/sealed.md), and what could not be read in `unreadable/`. The manifest names each case and errand with the
hash of its bytes and the hash of its envelope.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.errors import StoreError, StoreIoError
from kiosk.domain.sealing import SealingKey
from kiosk.ports.storage import Errand, ErrandKind, ExportReport, Submission
from offline_cache.files import fsync_folder
from offline_cache.sealed import look, seal_case, seal_release

MANIFEST = "manifest.json"


def write_export(
    target: Path,
    unsent: Iterable[tuple[str, Submission | bytes]],
    errands: Iterable[Errand],
    key: SealingKey | None,
    unreadable: Iterable[Path] = (),
) -> ExportReport:
    """Write it, durable on return; an envelope stands for a case of which there is nothing else.

    Raises StoreError without a key of the centre, when the file is there already, or cannot be written; then no file
    is left.
    """
    if key is None:
        raise StoreError(
            "no key of the centre is known, so nothing can be sealed to it; start it once with the centre in reach"
        )
    try:
        handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise StoreError(f"{target} is there already; an export is never written over") from error
    except OSError as error:
        raise StoreIoError(f"the export cannot be written ({error.strerror})") from error
    try:
        with os.fdopen(handle, "w+b") as file:
            with zipfile.ZipFile(file, "w") as bundle:
                report = _fill(bundle, unsent, errands, key, unreadable)
            file.flush()
            os.fsync(file.fileno())
        fsync_folder(target.parent)
    except BaseException as error:
        target.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise StoreIoError(f"the export cannot be written ({error.strerror})") from error
        raise
    return report


def _fill(
    bundle: zipfile.ZipFile,
    unsent: Iterable[tuple[str, Submission | bytes]],
    errands: Iterable[Errand],
    key: SealingKey,
    unreadable: Iterable[Path],
) -> ExportReport:
    cases: list[dict[str, object]] = []
    others: list[dict[str, object]] = []
    pieces: list[dict[str, object]] = []
    failed: list[str] = []
    for case_id, item in unsent:
        envelope = item if isinstance(item, bytes) else seal_case(key, item)
        seen = look(envelope)
        if seen is None or seen.head is None or seen.name != case_id:
            failed.append(case_id)
            continue
        name = f"cases/{case_id}.cbor"
        bundle.writestr(name, envelope)
        cases.append({"case_id": case_id, "sha256": seen.head.sha256, "file": name, "is": _sha(envelope)})
    for errand in errands:
        name = f"errands/{errand.kind.value}-{errand.id}.cbor"
        # Parked work is an envelope already; whoever reads a release token can end the work of its owner.
        envelope = errand.body if errand.kind is ErrandKind.PARK else seal_release(key, errand)
        bundle.writestr(name, envelope)
        others.append(
            {
                "kind": errand.kind.value,
                "id": errand.id,
                "sha256": _sha(errand.body),
                "file": name,
                "is": _sha(envelope),
            }
        )
    for number, path in enumerate(sorted(unreadable)):
        data = path.read_bytes()
        name = f"unreadable/{number}"
        bundle.writestr(name, data)
        pieces.append({"file": name, "is": _sha(data)})
    manifest = {"schema": 1, "cases": cases, "errands": others, "unreadable": pieces, "failed": failed}
    bundle.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return ExportReport(len(cases), len(others), tuple(failed))


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export proves to hold: (case id, hash of the case), (kind, id, hash of the errand), other hashes."""

    cases: frozenset[tuple[str, str]]
    errands: frozenset[tuple[str, str, str]]
    unreadable: frozenset[str]


def read_export(path: Path) -> Exported:
    """Read it back whole; whatever does not have the hash the manifest gives it is not in it. Raises StoreError."""
    cases: set[tuple[str, str]] = set()
    errands: set[tuple[str, str, str]] = set()
    unreadable: set[str] = set()
    try:
        with zipfile.ZipFile(path) as bundle:
            manifest = json.loads(bundle.read(MANIFEST))
            for entry in manifest["cases"]:
                data = bundle.read(entry["file"])
                seen = look(data)
                if _sha(data) == entry["is"] and seen is not None and seen.head is not None:
                    cases.add((seen.name, seen.sha256))
            for entry in manifest["errands"]:
                if _sha(bundle.read(entry["file"])) == entry["is"]:
                    errands.add((entry["kind"], entry["id"], entry["sha256"]))
            for entry in manifest["unreadable"]:
                unreadable.add(_sha(bundle.read(entry["file"])))
    except (OSError, ValueError, TypeError, LookupError, zipfile.BadZipFile) as error:
        raise StoreError(f"{path} is no export that can be read ({type(error).__name__})") from error
    return Exported(frozenset(cases), frozenset(errands), frozenset(unreadable))


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
