"""The kernel's key ring, checked against keyctl, which nobody here wrote."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from kiosk.domain.errors import StoreKeyError
from offline_cache import find_key_source, key_ring, keys
from offline_cache.keys import CredentialKeySource, FileKeySource, KeyRingSource, LockedSource


@pytest.fixture
def name(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A name of our own in the user's ring, taken away afterwards."""
    ours = f"kiosk-test-{uuid4().hex}"
    monkeypatch.setattr(keys, "CREDENTIAL_NAME", ours)
    try:
        key_ring.put(ours, b"probe")
        key_ring.drop(ours)
    except key_ring.NoKeyRing as error:
        pytest.skip(f"no key ring here: {error.strerror}")
    yield ours
    key_ring.drop(ours)


def keyctl(*arguments: str, given: bytes = b"") -> bytes:
    program = shutil.which("keyctl")
    if program is None:
        pytest.skip("keyctl is not installed")
    return subprocess.run([program, *arguments], input=given, capture_output=True, check=True).stdout


def test_what_is_put_is_found_replaced_and_dropped(name: str) -> None:
    assert key_ring.get(name, 64) is None
    key_ring.put(name, b"one")
    key_ring.put(name, b"another")
    assert key_ring.get(name, 64) == b"another"
    key_ring.drop(name)
    assert key_ring.get(name, 64) is None
    key_ring.drop(name)


def test_keyctl_reads_what_we_put_and_we_read_what_keyctl_put(name: str) -> None:
    value = bytes(range(32))
    key_ring.put(name, value)
    assert keyctl("search", "@u", "user", name)
    assert bytes.fromhex(keyctl_read(name)) == value
    keyctl("padd", "user", name, "@u", given=value[::-1])
    assert key_ring.get(name, 64) == value[::-1]


def keyctl_read(name: str) -> str:
    """Linked to the session first: keyctl alone does not possess what lies in the user's ring."""
    keyctl("link", "@u", "@s")
    number = keyctl("search", "@u", "user", name).decode().strip()
    return "".join(keyctl("read", number).decode().split("\n", 1)[1].split())


def test_the_key_ring_comes_after_a_credential_and_before_a_file(name: str, tmp_path: Path) -> None:
    assert isinstance(find_key_source(tmp_path, demo=False, environ={}), FileKeySource)
    assert isinstance(find_key_source(tmp_path, demo=False, allow_file=False, environ={}), LockedSource)
    keys.put_into_key_ring(bytes(32))
    source = find_key_source(tmp_path, demo=False, allow_file=False, environ={})
    assert isinstance(source, KeyRingSource)
    assert source.degraded is None
    assert source.load(create=True) == bytes(32)
    assert isinstance(find_key_source(tmp_path, demo=True, environ={}), FileKeySource)
    (tmp_path / name).write_bytes(bytes(32))
    handed_over = find_key_source(tmp_path, demo=False, environ={"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert isinstance(handed_over, CredentialKeySource)


def test_a_terminal_that_may_not_use_a_file_says_that_there_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(StoreKeyError, match="none may lie in a file"):
        LockedSource().load(create=True)
    with pytest.raises(StoreKeyError, match="32 bytes"):
        keys.put_into_key_ring(b"short")
