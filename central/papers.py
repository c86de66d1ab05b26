"""Papers that were photographed at a terminal and that a case names: whether the files are what the case says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from central.files import Kept
from central.words import JSON

MAX_ATTACHED_BYTES = 16 << 20

Wrong = tuple[str, str, str, str]
"""JSON Pointer, code, Chinese, English."""


def named_files(case: Mapping[str, JSON]) -> list[str]:
    """The hashes of all files a case names, in order, each once."""
    materials = (file for material in case["materials"] for file in material.get("files", ()))
    return list(dict.fromkeys(file["sha256"] for file in (*materials, *case.get("attachments", ()))))


def wrong_files(
    materials: Sequence[Mapping[str, JSON]],
    capturable: frozenset[str],
    kept: Mapping[str, Kept],
    pictures: Sequence[Mapping[str, JSON]] = (),
    *,
    child: bool,
) -> Iterator[Wrong]:
    """What is wrong with the photographs of one case; ``capturable`` are the materials that may be photographed,
    ``kept`` the files that are here already, ``pictures`` those that fields of the form asked for."""
    total = sum(picture["size"] for picture in pictures)
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
            total += file["size"]
            if _damaged(file, kept):
                yield f"{at}/files/{number}", "file_damaged", "文件与说明不符", "the file is not what it is said to be"
    if total > MAX_ATTACHED_BYTES:
        yield "/materials", "files_too_large", "文件总共太大", "the files are too large together"


def wrong_pictures(
    pictures: Sequence[Mapping[str, JSON]], named: Mapping[str, str], kept: Mapping[str, Kept], *, child: bool
) -> Iterator[Wrong]:
    """What is wrong with the pictures of a form; ``named`` is what the data says, answer path -> ``sha256:HEX``."""
    if child:
        if pictures:
            yield "/attachments", "files_in_child", "文件只放在主办件里", "files stand in the parent case"
        return
    there = {picture["path"]: f"sha256:{picture['sha256']}" for picture in pictures}
    if len(there) != len(pictures) or there != named:
        yield "/attachments", "files", "照片和填的对不上", "exactly the pictures that the data names are attached"
    for index, picture in enumerate(pictures):
        if _damaged(picture, kept):
            yield f"/attachments/{index}", "file_damaged", "文件与说明不符", "the file is not what it is said to be"


def _damaged(file: Mapping[str, JSON], kept: Mapping[str, Kept]) -> bool:
    """Whether the file that is here is another than the one told of. Of one that is not here nothing is known."""
    found = kept.get(file["sha256"])
    return found is not None and found != Kept(file["size"], file["media_type"])
