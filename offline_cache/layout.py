"""Names inside the state folder, and which key it was written with."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from kiosk.domain.errors import StoreKeyError
from offline_cache.files import write_durably

DATABASE = "store.db"
ENVELOPES = "envelopes"
QUARANTINE = "quarantine"
IDENTITY = "store.json"
# Present from before a damaged database is moved away until its envelopes are committed to the new one: a crash in
# between must not make the new, empty database look like the truth.
REBUILD_MARK = "rebuild"
# Present from when a running program met damage until a start has looked at all of the file.
SUSPECT_MARK = "suspect"


def read_identity(state_dir: Path) -> str | None:
    """The id of the key the store was written with, None where that cannot be told: a flipped bit is no other key."""
    try:
        raw = json.loads((state_dir / IDENTITY).read_bytes())
    except (OSError, ValueError):
        return None
    kid = raw.get("kid") if isinstance(raw, dict) else None
    # The first release wrote no check.
    return kid if isinstance(kid, str) and raw.get("check") in (None, _check(kid)) else None


def check_identity(state_dir: Path, kid: str) -> bool:
    """False when the folder is not yet marked; raises StoreKeyError when it was written with another key."""
    found = read_identity(state_dir)
    if found is not None and found != kid:
        raise StoreKeyError("the store was written with another key")
    return found is not None


def write_identity(state_dir: Path, kid: str) -> None:
    """Say, durably, which key the store is written with."""
    write_durably(state_dir / IDENTITY, json.dumps({"schema": 1, "kid": kid, "check": _check(kid)}).encode())


def _check(kid: str) -> str:
    return hashlib.sha256(kid.encode()).hexdigest()[:8]


def unreadable_envelopes(state_dir: Path) -> tuple[Path, ...]:
    """Envelopes that were put aside because nobody here can read them."""
    return tuple(sorted((state_dir / QUARANTINE / ENVELOPES).glob("*")))
