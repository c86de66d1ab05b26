"""A sealed export: everything unsent in one file that only the centre can open.

A zip without compression: `manifest.json`, `cases/<case id>.cbor` (envelopes to the centre, docs/sealed.md) and
`errands/<kind>-<id>.cbor`. The manifest names each case with the hash of its bytes and the hash of its envelope.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path

from kiosk.domain.errors import StoreError, StoreIoError
from kiosk.domain.sealing import SealingKey
from kiosk.ports.storage import Errand, ExportReport, Submission
from offline_cache.files import fsync_folder
from offline_cache.sealed import case_of, seal_case

MANIFEST = "manifest.json"


def write_export(
    target: Path, unsent: Iterable[tuple[str, Submission | bytes]], errands: Iterable[Errand], key: SealingKey | None
) -> ExportReport:
    """Write it, durable on return; an envelope stands for a case of which there is nothing else.

    Raises StoreError without a key of the centre, when the file is there already, or cannot be written.
    """
    if key is None:
        raise StoreError("no key of the centre is known, so nothing can be sealed to it")
    cases: list[dict[str, object]] = []
    others: list[dict[str, object]] = []
    failed: list[str] = []
    try:
        handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w+b") as file:
            with zipfile.ZipFile(file, "w") as bundle:
                for case_id, item in unsent:
                    envelope = item if isinstance(item, bytes) else seal_case(key, item)
                    head = case_of(envelope)
                    if head is None or head.case_id != case_id:
                        failed.append(case_id)
                        continue
                    name = f"cases/{case_id}.cbor"
                    bundle.writestr(name, envelope)
                    cases.append({"case_id": case_id, "sha256": head.sha256, "file": name, "is": _sha(envelope)})
                for errand in errands:
                    name = f"errands/{errand.kind.value}-{errand.id}.cbor"
                    bundle.writestr(name, errand.body)
                    others.append({"kind": errand.kind.value, "id": errand.id, "file": name, "is": _sha(errand.body)})
                manifest = {"schema": 1, "cases": cases, "errands": others, "failed": failed}
                bundle.writestr(MANIFEST, json.dumps(manifest, indent=1))
            file.flush()
            os.fsync(file.fileno())
        fsync_folder(target.parent)
    except FileExistsError as error:
        raise StoreError(f"{target} is there already; an export is never written over") from error
    except OSError as error:
        raise StoreIoError(f"the export cannot be written ({error.strerror})") from error
    return ExportReport(len(cases), len(others), tuple(failed))


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
