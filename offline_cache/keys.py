"""Where the store's key comes from: a credential of systemd, the kernel's key ring, or a file.

A key is 32 bytes. Pages and envelopes use keys derived from it, never the key itself. A key that lies in a file
beside the data protects against nothing but a careless copy, so outside demo mode it counts as degraded, and a
terminal can be told to do without it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from kiosk.domain.errors import StoreKeyError
from offline_cache import key_ring
from offline_cache.files import write_durably

KEY_BYTES = 32
CREDENTIAL_NAME = "kiosk-store-key"


class KeySource(Protocol):
    """Gives the key of a store. `degraded` is None, or plain words for the technician's page."""

    @property
    def name(self) -> str: ...

    @property
    def degraded(self) -> str | None: ...

    def load(self, *, create: bool) -> bytes | None:
        """The key, or None for a store without encryption.

        `create` is True only when no store exists yet. Raises StoreKeyError when a key should be there and is not.
        """
        ...


class NoKeySource:
    """No encryption at all; said so."""

    name = "none"
    degraded: str | None = "not encrypted"

    def load(self, *, create: bool) -> bytes | None:
        return None


class FileKeySource:
    """A key in `path`, made at first start. Right for a demo, degraded anywhere else."""

    name = "file"

    def __init__(self, path: Path, *, demo: bool) -> None:
        self._path = path
        self.degraded: str | None = None if demo else "key lies beside the data"

    def load(self, *, create: bool) -> bytes | None:
        try:
            key = self._path.read_bytes()
        except FileNotFoundError:
            if not create:
                raise StoreKeyError("the key file is gone, the store cannot be opened") from None
            key = secrets.token_bytes(KEY_BYTES)
            write_durably(self._path, key)
            return key
        except OSError as error:
            raise StoreKeyError(f"the key file cannot be read ({error.strerror})") from error
        if len(key) != KEY_BYTES:
            raise StoreKeyError("the key file does not hold 32 bytes")
        return key


class CredentialKeySource:
    """A key handed over by systemd (`LoadCredentialEncrypted=kiosk-store-key`), never written by this program."""

    name = "credential"
    degraded: str | None = None

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, *, create: bool) -> bytes | None:
        try:
            key = self._path.read_bytes()
        except OSError as error:
            raise StoreKeyError(f"the credential cannot be read ({error.strerror})") from error
        if len(key) != KEY_BYTES:
            raise StoreKeyError("the credential does not hold 32 bytes")
        return key


class KeyRingSource:
    """A key that somebody put into the kernel's key ring since the machine was switched on (`./run cases unlock`)."""

    name = "key ring"
    degraded: str | None = None

    def load(self, *, create: bool) -> bytes | None:
        try:
            key = key_ring.get(CREDENTIAL_NAME, KEY_BYTES + 1)
        except key_ring.NoKeyRing as error:
            raise StoreKeyError(f"the key ring cannot be read ({error.strerror})") from error
        if key is None or len(key) != KEY_BYTES:
            raise StoreKeyError("the key ring does not hold 32 bytes under this name")
        return key


class LockedSource:
    """No key anywhere it may lie: the store stays shut until somebody brings one."""

    name = "none"
    degraded: str | None = None

    def load(self, *, create: bool) -> bytes | None:
        raise StoreKeyError("there is no key: no credential, none in the key ring, and none may lie in a file")


def find_key_source(
    state_dir: Path, *, demo: bool, allow_file: bool = True, environ: Mapping[str, str] | None = None
) -> KeySource:
    """The best source this machine offers. A demonstration keeps its key in a file and touches nothing else."""
    values = os.environ if environ is None else environ
    folder = values.get("CREDENTIALS_DIRECTORY")
    if folder and (Path(folder) / CREDENTIAL_NAME).is_file():
        return CredentialKeySource(Path(folder) / CREDENTIAL_NAME)
    if demo:
        return FileKeySource(state_dir / "key", demo=True)
    if in_key_ring():
        return KeyRingSource()
    return FileKeySource(state_dir / "key", demo=False) if allow_file else LockedSource()


def in_key_ring() -> bool:
    """Whether the kernel holds a key for the store."""
    try:
        return key_ring.get(CREDENTIAL_NAME, KEY_BYTES + 1) is not None
    except key_ring.NoKeyRing:
        return False


def put_into_key_ring(key: bytes) -> None:
    """Hand the kernel the store's key, until the power goes. Raises StoreKeyError."""
    if len(key) != KEY_BYTES:
        raise StoreKeyError("a key has 32 bytes")
    try:
        key_ring.put(CREDENTIAL_NAME, key)
    except key_ring.NoKeyRing as error:
        raise StoreKeyError(f"the key ring cannot be used ({error.strerror})") from error


def derive(key: bytes, purpose: str) -> bytes:
    """One key per purpose, so that pages and envelopes never share one."""
    return hmac.new(key, f"kiosk store v1 {purpose}".encode(), hashlib.sha256).digest()


def key_id(key: bytes | None) -> str:
    """Short name of a key, safe to write down."""
    return "none" if key is None else derive(key, "id").hex()[:16]
