"""The technician's PIN hash and lock-out, as two small files beside the store.

Not in the database: `./run diag set-pin` works while the terminal runs and holds the store's lock, and a damaged
database must not lock its repairer out. Both files are 0600, written to a temporary name, fsynced and renamed.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from kiosk.ports.staff import Lockout
from offline_cache.files import write_durably


class PinFile:
    """A `PinBook` in the folder `state_dir/staff`."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / "staff"

    def pin_hash(self) -> str | None:
        """The hash, or None when none was set."""
        try:
            return (self._folder / "pin").read_text("ascii").strip() or None
        except (FileNotFoundError, NotADirectoryError):
            return None

    def set_pin_hash(self, value: str) -> None:
        """Replace the hash and forget the misses."""
        self._write("pin", value)
        self.set_lockout(Lockout())

    def lockout(self) -> Lockout:
        """The misses so far; an unreadable file counts as a full lock, never as none."""
        try:
            raw = json.loads((self._folder / "lockout.json").read_text("ascii"))
            at = raw["locked_at"]
            return Lockout(int(raw["misses"]), int(raw["lock_s"]), datetime.fromisoformat(at) if at else None)
        except FileNotFoundError:
            return Lockout()
        except (ValueError, KeyError, TypeError):
            return Lockout(misses=5, lock_s=15, locked_at=None)

    def set_lockout(self, value: Lockout) -> None:
        """Replace the misses."""
        at = value.locked_at.isoformat() if value.locked_at else None
        self._write("lockout.json", json.dumps({"misses": value.misses, "lock_s": value.lock_s, "locked_at": at}))

    def _write(self, name: str, text: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / name
        write_durably(path, (text + "\n").encode("ascii"))
        os.chmod(path, 0o600)
