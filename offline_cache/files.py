"""Files that are either wholly there or not there, and stay there when the power goes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

FreeBytes = Callable[[Path], int]


def fsync_folder(folder: Path) -> None:
    """Make a rename or unlink in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_temporary(path: Path, data: bytes) -> Path:
    """Write and fsync `path` + ".tmp"; the caller renames. Raises OSError."""
    temporary = path.with_name(path.name + ".tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    return temporary


def write_durably(path: Path, data: bytes) -> None:
    """Temp file, fsync, rename, fsync of the folder. Raises OSError."""
    temporary = write_temporary(path, data)
    temporary.replace(path)
    fsync_folder(path.parent)


def free_bytes(folder: Path) -> int:
    """Bytes an ordinary program may still write on the disk that holds `folder`."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def is_read_only(folder: Path) -> bool:
    """True when the file system is mounted read-only."""
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


class Ballast:
    """A file of no use but to be deleted: on a full disk SQLite cannot even delete rows without new room."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size

    def ensure(self, room: int) -> None:
        """Lay the ballast down when `room` bytes leave space for it; never an error."""
        if self._size <= 0 or room < 2 * self._size:
            return
        try:
            if self._path.exists() and self._path.stat().st_size >= self._size:
                return
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(handle, 0, self._size)
            finally:
                os.close(handle)
        except OSError:
            self.release()

    def release(self) -> bool:
        """Give the room back. True when there was something to give."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
