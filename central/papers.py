"""Papers that were photographed at a terminal and travel inside a case: whether the bytes are what the case says."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping, Sequence

from central.words import JSON

MAX_ATTACHED_BYTES = 600_000
_BEGINS = {"image/jpeg": b"\xff\xd8\xff", "application/pdf": b"%PDF-"}

Wrong = tuple[str, str, str, str]
"""JSON Pointer, code, Chinese, English."""


def wrong_files(materials: Sequence[Mapping[str, JSON]], capturable: frozenset[str], *, child: bool) -> Iterator[Wrong]:
    """What is wrong with the photographs of one case; ``capturable`` are the materials that may be photographed."""
    total = 0
    for index, material in enumerate(materials):
        at, files = f"/materials/{index}", material.get("files")
        captured = material["state"] == "captured"
        if captured and material["id"] not in capturable:
            yield f"{at}/state", "not_capturable", "这份材料不收照片", "this material is not taken as a photograph"
        if not child and captured != (files is not None):
            yield f"{at}/files", "files", "拍照的材料才有文件", "exactly photographed materials have files"
        if child and files is not None:
            yield f"{at}/files", "files_in_child", "文件只放在主办件里", "files stand in the parent case"
        for number, file in enumerate(files or ()):
            data = _decoded(file["data"])
            total += len(data or b"")
            if (
                data is None
                or len(data) != file["size"]
                or hashlib.sha256(data).hexdigest() != file["sha256"]
                or not data.startswith(_BEGINS[file["media_type"]])
            ):
                yield f"{at}/files/{number}", "file_damaged", "文件与说明不符", "the file is not what it is said to be"
    if total > MAX_ATTACHED_BYTES:
        yield "/materials", "files_too_large", "文件总共太大", "the files are too large together"


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
