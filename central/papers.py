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


def wrong_files(
    materials: Sequence[Mapping[str, JSON]],
    capturable: frozenset[str],
    pictures: Sequence[Mapping[str, JSON]] = (),
    *,
    child: bool,
) -> Iterator[Wrong]:
    """What is wrong with the photographs of one case; ``capturable`` are the materials that may be photographed,
    ``pictures`` those that fields of the form asked for."""
    total = sum(len(_decoded(picture["data"]) or b"") for picture in pictures)
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
            total += len(_decoded(file["data"]) or b"")
            if _damaged(file):
                yield f"{at}/files/{number}", "file_damaged", "文件与说明不符", "the file is not what it is said to be"
    if total > MAX_ATTACHED_BYTES:
        yield "/materials", "files_too_large", "文件总共太大", "the files are too large together"


def wrong_pictures(pictures: Sequence[Mapping[str, JSON]], named: Mapping[str, str], *, child: bool) -> Iterator[Wrong]:
    """What is wrong with the pictures of a form; ``named`` is what the data says, answer path -> ``sha256:HEX``."""
    if child:
        if pictures:
            yield "/attachments", "files_in_child", "文件只放在主办件里", "files stand in the parent case"
        return
    there = {picture["path"]: f"sha256:{picture['sha256']}" for picture in pictures}
    if len(there) != len(pictures) or there != named:
        yield "/attachments", "files", "照片和填的对不上", "exactly the pictures that the data names are attached"
    for index, picture in enumerate(pictures):
        if _damaged(picture):
            yield f"/attachments/{index}", "file_damaged", "文件与说明不符", "the file is not what it is said to be"


def _damaged(file: Mapping[str, JSON]) -> bool:
    data = _decoded(file["data"])
    return (
        data is None
        or len(data) != file["size"]
        or hashlib.sha256(data).hexdigest() != file["sha256"]
        or not data.startswith(_BEGINS[file["media_type"]])
    )


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
