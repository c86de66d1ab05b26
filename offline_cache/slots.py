"""Files that take one record each and were laid down before they are needed.

Overwriting a file that already has its place on the disk needs no change of the folder or of the file's entry, which is
what makes an envelope cheap. A record says itself what it is: magic, length, order, hash, payload; names of files
mean nothing. A slot of zeros is free; what is neither free nor whole is broken: torn by a crash, or damaged since.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from offline_cache.files import fsync_folder

SLOT_BYTES = 32 << 10
_BLOCK = 4096  # whole blocks are written, so that nothing has to be read first
_MAGIC = b"KIOSKEV2"
_HEAD = struct.Struct("<8sIQ32s")
_START = 64
WAIT_BEFORE, WRITE, WAIT_AFTER = 1, 2, 4


class SlotState(Enum):
    """What a file of the folder is found to be."""

    FREE = "free"
    WHOLE = "whole"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Slot:
    """One file as it was read. `order` of a broken one: what it says, 0 when it says nothing."""

    path: Path
    state: SlotState
    order: int = 0
    payload: bytes = field(default=b"", repr=False)


def fits(payload: bytes) -> bool:
    """True when a slot has room for it."""
    return _START + len(payload) <= SLOT_BYTES


def is_slot(path: Path) -> bool:
    """True for a file that can be used again; a record of another size goes with its file. Raises OSError."""
    return path.stat().st_size == SLOT_BYTES


def record(payload: bytes, order: int) -> bytes:
    """The bytes of a record, in whole blocks."""
    head = _HEAD.pack(_MAGIC, len(payload), order, _hash(order, payload))
    rest = -(_START + len(payload)) % _BLOCK
    return b"".join((head.ljust(_START, b"\0"), payload, bytes(rest)))


def write(handle: int, data: bytes) -> None:
    """Whole blocks over a slot; the disk begins with them. `finish` has to follow. Raises OSError."""
    _write_all(handle, data)
    write_out(handle, WRITE)


def finish(handle: int) -> None:
    """What was written is durable on return. Raises OSError."""
    # First to the disk, then its flush: in the moment in which ext4 turns read-only, an fdatasync writes nothing and
    # says that all is well.
    write_out(handle, WAIT_BEFORE | WRITE | WAIT_AFTER)
    os.fdatasync(handle)


def write_out(handle: int, flags: int) -> None:
    """`sync_file_range`: hand the disk what is only in memory, and wait for it if `flags` say so. Raises OSError."""
    if _C.sync_file_range(handle, 0, SLOT_BYTES, flags):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def clear(handle: int, *, flush: bool) -> None:
    """Make a slot free. Without `flush` the old record may come back after a power cut. Raises OSError."""
    _write_all(handle, bytes(SLOT_BYTES))
    if flush:
        os.fdatasync(handle)


def lay_down(path: Path) -> None:
    """A new, free slot, its blocks on the disk; the folder is the caller's to fsync. Raises OSError."""
    _write_new(path, bytes(SLOT_BYTES))


def write_new(path: Path, data: bytes) -> None:
    """A record in a file of its own; durable once it was `moved`. Raises OSError."""
    _write_new(path, data)
    fsync_folder(path.parent)


def moved(path: Path) -> Path:
    """Prove that a sync of its folder told the truth; the file's name from now on, one as good as the other.

    In the moment in which ext4 turns read-only every fsync says that all is well, and new names are gone after the
    repair. A rename needs the journal that has been given up by then, and fails. Raises OSError.
    """
    return path.rename(path.with_stem(path.stem + "m"))


def read(path: Path) -> Slot:
    """What the file holds. Raises OSError: what the disk does not give today may be whole tomorrow."""
    data = path.read_bytes()
    if len(data) == SLOT_BYTES and data.count(0) == SLOT_BYTES:
        return Slot(path, SlotState.FREE)
    if len(data) < _START:
        return Slot(path, SlotState.BROKEN)
    magic, length, order, digest = _HEAD.unpack_from(data)
    payload = data[_START : _START + length]
    if magic != _MAGIC:
        return Slot(path, SlotState.BROKEN)
    if len(payload) != length or _hash(order, payload) != digest:
        return Slot(path, SlotState.BROKEN, order)
    return Slot(path, SlotState.WHOLE, order, payload)


def read_all(folder: Path) -> Iterator[Slot]:
    """Every slot and every record in a file of its own, by name. Raises OSError."""
    for path in sorted(folder.glob("*.env")):
        yield read(path)


def _hash(order: int, payload: bytes) -> bytes:
    digest = hashlib.sha256(order.to_bytes(8, "little"))
    digest.update(payload)
    return digest.digest()


def _write_new(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _write_all(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_all(handle: int, data: bytes) -> None:
    at = os.pwrite(handle, data, 0)
    while at < len(data):
        at += os.pwrite(handle, data[at:], at)


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.sync_file_range.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return library


_C: Final = _library()
