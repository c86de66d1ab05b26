"""One program per state folder: an flock that the kernel drops when the program dies, however it dies."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from kiosk.domain.errors import DiskFull, ReadOnlyStore, SecondCopy, StoreIoError


class StateLock:
    """Holds `state_dir/lock` from construction to `release`. Raises SecondCopy when another program has it."""

    def __init__(self, state_dir: Path) -> None:
        try:
            # Not inheritable, so a child process never keeps the lock alive.
            self._handle = os.open(state_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise ReadOnlyStore(f"the state folder cannot be written ({error.strerror})") from error
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull(f"no room for the lock file ({error.strerror})") from error
            raise StoreIoError(f"the lock file cannot be opened ({error.strerror})") from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._handle)
            raise SecondCopy("another copy of the program uses this state folder") from None

    def release(self) -> None:
        """Let the next program in. Safe to call twice."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def run_id() -> str:
    """Names this run of the program on this boot: the mark of a lease."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = "unknown-boot"
    return f"{boot}:{os.urandom(8).hex()}"
