"""A SQLite VFS that fails on command, and a disk whose room is told."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

_names = itertools.count()


class FaultyDisk(apsw.VFS):
    """Real files; while `fault` is set, writes, syncs or both fail with that error."""

    def __init__(self) -> None:
        self.name = f"faulty-{next(_names)}"
        self.fault: type[apsw.Error] | None = None
        self.on_write = True
        self.on_sync = False
        super().__init__(self.name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _File:
        return _File(self, name, flags)

    def hit(self, place: str) -> None:
        if self.fault is not None and ((place == "write" and self.on_write) or (place == "sync" and self.on_sync)):
            raise self.fault("made to fail")


class _File(apsw.VFSFile):
    def __init__(self, disk: FaultyDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self.disk = disk
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        self.disk.hit("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        self.disk.hit("sync")
        super().xSync(flags)


@contextmanager
def faulty_disk() -> Iterator[FaultyDisk]:
    disk = FaultyDisk()
    try:
        yield disk
    finally:
        disk.unregister()


class Room:
    """Free bytes as the test says."""

    def __init__(self, free: int = 1 << 40) -> None:
        self.free = free

    def __call__(self, folder: Path) -> int:
        return self.free
