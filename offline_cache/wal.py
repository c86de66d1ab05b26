"""Keeping the WAL small, and laid down before it is needed.

Small: on a full disk nothing can be moved out of it any more. Checkpoints are made after a caller has its answer, never
inside a commit. While another program reads for long the WAL cannot start again from its beginning and grows; then
drafts are the first to go without, and intake the second.

Laid down: when nothing goes on it is emptied and filled with zeros. What it held is gone, and the next commits only
overwrite blocks that have their place, which costs half of what growing the file does.
"""

from __future__ import annotations

import os
from pathlib import Path

import apsw

PAGE_BYTES = 4096
_STEP = 256  # pages between two checkpoints
_TRUNCATE = 1024  # pages from which the file is cut as well
_LAID_BYTES = 64 * (PAGE_BYTES + 24)  # room for some ten cases
DRAFTS_BYTES = 8 << 20
INTAKE_BYTES = 12 << 20


class WalKeeper:
    """Counts the pages in the WAL; used on the storage thread, `size` from any."""

    def __init__(self) -> None:
        self._pages = 0
        self._done = 0  # pages at the last checkpoint

    def watch(self, connection: apsw.Connection) -> None:
        """From now on nothing but `checkpoint` moves pages out of the WAL."""
        connection.set_wal_hook(self._grown)

    def _grown(self, connection: apsw.Connection, name: str, pages: int) -> int:
        if pages < self._pages:
            self._done = 0  # it began again
        self._pages = pages
        return apsw.SQLITE_OK

    @property
    def size(self) -> int:
        """Bytes."""
        return self._pages * (PAGE_BYTES + 24)

    def due(self) -> int | None:
        """The kind of checkpoint it is time for while work goes on."""
        if self._pages - self._done < _STEP:
            return None
        return apsw.SQLITE_CHECKPOINT_TRUNCATE if self._pages >= _TRUNCATE else apsw.SQLITE_CHECKPOINT_PASSIVE

    def due_when_idle(self) -> int | None:
        """And while none does."""
        return apsw.SQLITE_CHECKPOINT_TRUNCATE if self._pages else None

    def checkpoint(self, connection: apsw.Connection, mode: int) -> None:
        """Never waits for a reader. Raises apsw errors but those that say that one is in the way."""
        self._done = self._pages
        connection.set_busy_timeout(0)
        try:
            left, _ = connection.wal_checkpoint(mode=mode)
            if mode == apsw.SQLITE_CHECKPOINT_TRUNCATE:
                self._pages = self._done = max(left, 0)
        except apsw.BusyError:
            return
        finally:
            connection.set_busy_timeout(2000)

    def lay_down(self, path: Path) -> None:
        """Zeros into the empty WAL: no header, so whoever reads it finds nothing. Raises OSError."""
        if self._pages or not path.exists() or path.stat().st_size:
            return
        handle = os.open(path, os.O_WRONLY)
        try:
            os.write(handle, bytes(_LAID_BYTES))
            os.fsync(handle)
        finally:
            os.close(handle)
