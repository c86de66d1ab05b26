"""Where the lab may work: only where fsync reaches a disk. Elsewhere every experiment would hold and mean nothing."""

from __future__ import annotations

import ctypes
import errno
import os
import re
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

# The fastest disks answer in 10 to 20 microseconds; memory answers in less than one.
FASTEST_FSYNC_US = 8.0
_TRIES = 200
_BLOCK = 4096
_C_LIBRARY = re.compile(r"(libc|libpthread|ld-musl)[.-]")
_MEMORY_KINDS = ("tmpfs", "ramfs", "devtmpfs", "hugetlbfs")
_NO_SYNC_OPTIONS = ("volatile", "fsync=volatile", "nobarrier", "barrier=0")
# A descriptor nobody has: the kernel says so, whoever pretends to sync does not.
_NO_FILE = 1 << 29


class BadGround(Exception):
    """fsync does nothing here; the text is the sentence to show."""


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of the kernel's table of mounts."""

    point: Path
    kind: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the lab stands on: the kind of file system and the median time of write and fsync in microseconds."""

    kind: str
    fsync_us: float


def check(folder: Path) -> Ground:
    """The ground under `folder`, an existing folder. Raises BadGround."""
    for name in ("fsync", "fdatasync"):
        library = answering_library(name)
        if library is not None and not _C_LIBRARY.match(library):
            raise BadGround(f"{name} is answered by {library}, not by the C library; start the lab without LD_PRELOAD")
        if not reaches_the_kernel(name):
            raise BadGround(f"{name} says yes to a file that is not open, so something swallows it")
    mount = mount_of(folder, Path("/proc/self/mountinfo").read_text(encoding="utf-8"))
    if mount.kind in _MEMORY_KINDS:
        raise BadGround(f"{folder} lies on {mount.kind}, in memory; name a folder on a disk with --folder")
    for option in mount.options:
        if option in _NO_SYNC_OPTIONS:
            raise BadGround(f"{folder} lies on {mount.kind} mounted with {option}, where fsync does not reach the disk")
    median = fsync_us(folder)
    if median < FASTEST_FSYNC_US:
        raise BadGround(f"a write with fsync takes {median:.1f} microseconds in {folder}; no disk is that fast")
    return Ground(mount.kind, median)


def answering_library(name: str) -> str | None:
    """File name of the library that answers a C function in this process; None where that cannot be told."""
    address = ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value or 0
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        parts = line.split(maxsplit=5)
        low, high = (int(text, 16) for text in parts[0].split("-"))
        if low <= address < high and len(parts) == 6:
            return Path(parts[5]).name
    return None


def reaches_the_kernel(name: str) -> bool:
    """True when the call fails, as it must, for a descriptor that is not open."""
    library = ctypes.CDLL(None, use_errno=True)
    ctypes.set_errno(0)
    return getattr(library, name)(_NO_FILE) == -1 and ctypes.get_errno() == errno.EBADF


def mount_of(folder: Path, table: str) -> Mount:
    """The mount that `folder` lies on; `table` as /proc/self/mountinfo has it."""
    wanted = folder.resolve()
    best = Mount(Path("/"), "unknown", ())
    for line in table.splitlines():
        left, _, right = line.partition(" - ")
        fields, kinds = left.split(), right.split()
        if len(fields) < 6 or len(kinds) < 3:
            continue
        point = Path(re.sub(r"\\(\d{3})", lambda match: chr(int(match[1], 8)), fields[4]))
        # Later lines cover earlier ones at the same place.
        if wanted.is_relative_to(point) and len(point.parts) >= len(best.point.parts):
            best = Mount(point, kinds[0], (*fields[5].split(","), *kinds[2].split(",")))
    return best


def fsync_us(folder: Path) -> float:
    """Median time of one appended block with fsync, in microseconds."""
    path = folder / "fsync-probe"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    times: list[int] = []
    try:
        for number in range(_TRIES):
            began = time.perf_counter_ns()
            os.pwrite(handle, os.urandom(_BLOCK), number * _BLOCK)
            os.fsync(handle)
            times.append(time.perf_counter_ns() - began)
    finally:
        os.close(handle)
        path.unlink()
    return statistics.median(times) / 1000
