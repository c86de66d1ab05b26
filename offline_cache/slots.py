"""Files that take one record each and were laid down before they are needed.

Overwriting a file that already has its place on the disk needs one `fdatasync` and no change of the folder, which is
what makes an envelope cheap. A record says itself what it is: magic, length, order, hash, payload; names of files mean
nothing. A slot of zeros is free; whatever is neither free nor whole is broken: torn by a crash, or damaged since.

A record also bears a mark, outside the hash, that is set once somebody was told of it. It is what tells a commit that
never happened from a row that was lost.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from offline_cache.files import fsync_folder

SLOT_BYTES = 32 << 10
_BLOCK = 4096  # whole blocks are written, so that nothing has to be read first
_MAGIC = b"KIOSKEV2"
_HEAD = struct.Struct("<8sIQ32s")
_TOLD_AT = 56
_TOLD = b"\xff" * 8
_START = 64


class SlotState(Enum):
    """What a file of the folder is found to be."""

    FREE = "free"
    WHOLE = "whole"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Slot:
    """One file as it was read. `told`: the mark is set, or is not what it was left as."""

    path: Path
    state: SlotState
    told: bool = False
    order: int = 0
    payload: bytes = field(default=b"", repr=False)


def fits(payload: bytes) -> bool:
    """True when a slot has room for it."""
    return _START + len(payload) <= SLOT_BYTES


def is_slot(path: Path) -> bool:
    """True for a file that can be used again; a record of another size goes with its file. Raises OSError."""
    return path.stat().st_size == SLOT_BYTES


def record(payload: bytes, order: int, *, told: bool) -> bytes:
    """The bytes of a record, in whole blocks."""
    head = _HEAD.pack(_MAGIC, len(payload), order, _hash(order, payload))
    data = head.ljust(_TOLD_AT, b"\0") + (_TOLD if told else bytes(len(_TOLD))) + payload
    return data.ljust(-(-len(data) // _BLOCK) * _BLOCK, b"\0")


def write(path: Path, data: bytes) -> None:
    """Over a slot, or into a new file of its own; durable on return. Raises OSError."""
    try:
        handle = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        _write_new(path, data)
        fsync_folder(path.parent)
        return
    try:
        _write_all(handle, data)
        os.fdatasync(handle)
    finally:
        os.close(handle)


def mark_told(path: Path) -> None:
    """Set the mark; not yet durable. Raises OSError."""
    handle = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(handle, _TOLD, _TOLD_AT)
    finally:
        os.close(handle)


def make_durable(path: Path) -> None:
    """What was written to this file before. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fdatasync(handle)
    finally:
        os.close(handle)


def clear(path: Path, *, sync: bool = False) -> None:
    """Make a slot free. Without `sync` the old record may come back after a power cut. Raises OSError."""
    handle = os.open(path, os.O_WRONLY)
    try:
        _write_all(handle, bytes(SLOT_BYTES))
        if sync:
            os.fdatasync(handle)
    finally:
        os.close(handle)


def lay_down(path: Path) -> None:
    """A new, free slot, its blocks on the disk; the folder is the caller's to fsync. Raises OSError."""
    _write_new(path, bytes(SLOT_BYTES))


def read(path: Path) -> Slot:
    """What the file holds. Raises OSError: what the disk does not give today may be whole tomorrow."""
    data = path.read_bytes()
    if len(data) == SLOT_BYTES and data.count(0) == SLOT_BYTES:
        return Slot(path, SlotState.FREE)
    told = any(data[_TOLD_AT:_START])
    if len(data) >= _START:
        magic, length, order, digest = _HEAD.unpack_from(data)
        payload = data[_START : _START + length]
        if magic == _MAGIC and len(payload) == length and _hash(order, payload) == digest:
            return Slot(path, SlotState.WHOLE, told, order, payload)
    return Slot(path, SlotState.BROKEN, told)


def read_all(folder: Path) -> Iterator[Slot]:
    """Every slot and every record in a file of its own, by name. Raises OSError."""
    for path in sorted(folder.glob("*.env")):
        yield read(path)


def _hash(order: int, payload: bytes) -> bytes:
    return hashlib.sha256(order.to_bytes(8, "little") + payload).digest()


def _write_new(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _write_all(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
