"""The pages of a store as they lie on the disk: those in use, free ones, and every frame of the write-ahead log.

SQLite shows a row and hides what it deleted; this reads the file itself, so that what a deletion left can be seen. A
page is encrypted by ChaCha20 under a key and a nonce of its own and sealed by Poly1305 (SQLite3 Multiple Ciphers,
"chacha20"); a page whose seal does not fit was not read rightly, and is an error.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.poly1305 import Poly1305

from kiosk.domain.errors import StoreDamaged
from offline_cache.keys import derive
from offline_cache.layout import DATABASE

NONCE_BYTES: Final = 16
TAG_BYTES: Final = 16
PLAIN_HEAD: Final = 24
"""So much of the first page is not encrypted: SQLite reads the page size there before it has the key."""
WAL_HEAD, FRAME_HEAD = 32, 24


@dataclass(frozen=True, slots=True)
class Page:
    """One page, decrypted. ``place`` is "page", "free page" or "log frame"; of a page that was never written ``data``
    is as it lies there.
    """

    place: str
    number: int
    data: bytes


def pages(state_dir: Path, key: bytes | None) -> Iterator[Page]:
    """Every page and frame of a store. ``key`` None: a store without encryption. Raises StoreDamaged.

    The files are read as they are: whoever writes meanwhile should stand still, or be gone.
    """
    secret = None if key is None else derive(key, "pages")
    raw = (state_dir / DATABASE).read_bytes()
    log = state_dir / f"{DATABASE}-wal"
    frames = log.read_bytes() if log.exists() else b""
    size = _page_size(raw, frames)
    whole = {
        number: _opened(raw[(number - 1) * size : number * size], number, secret)
        for number in range(1, len(raw) // size + 1)
    }
    free = set(_free(whole))
    for number, data in whole.items():
        yield Page("free page" if number in free else "page", number, data)
    for at in range(WAL_HEAD, len(frames) - FRAME_HEAD - size + 1, FRAME_HEAD + size):
        (number,) = struct.unpack_from(">I", frames, at)
        if number:
            start = at + FRAME_HEAD
            yield Page("log frame", number, _opened(frames[start : start + size], number, secret))


def _page_size(raw: bytes, frames: bytes) -> int:
    size: int
    if raw:
        (size,) = struct.unpack_from(">H", raw, 16)
        return 65536 if size == 1 else size
    if not frames:
        return 4096
    (size,) = struct.unpack_from(">I", frames, 8)
    return size


def _opened(data: bytes, number: int, secret: bytes | None) -> bytes:
    if secret is None or not any(data):
        return data
    body, nonce, tag = data[: -NONCE_BYTES - TAG_BYTES], data[-NONCE_BYTES - TAG_BYTES : -TAG_BYTES], data[-TAG_BYTES:]
    # The last word of the nonce is mixed with the page's number into the counter; the rest is the cipher's nonce.
    (last,) = struct.unpack("<I", nonce[-4:])
    counter = last ^ number
    once = _stream(secret, counter, nonce[:12], bytes(64))
    seal = Poly1305(once[:32])
    seal.update(body + nonce)
    try:
        seal.verify(tag)
    except InvalidSignature:
        raise StoreDamaged(f"page {number} is not sealed by this store's key") from None
    head = PLAIN_HEAD if number == 1 else 0
    return body[:head] + _stream(once[32:], counter + 1, nonce[:12], body[head:])


def _stream(key: bytes, counter: int, nonce: bytes, data: bytes) -> bytes:
    start = struct.pack("<I", counter & 0xFFFFFFFF) + nonce
    return Cipher(algorithms.ChaCha20(key, start), mode=None).encryptor().update(data)


def _free(whole: dict[int, bytes]) -> Iterator[int]:
    """The numbers of free pages: a chain of trunks, each with the numbers of its leaves."""
    if 1 not in whole:
        return
    (trunk,) = struct.unpack_from(">I", whole[1], 32)
    seen: set[int] = set()
    while trunk in whole and trunk not in seen:
        seen.add(trunk)
        yield trunk
        following, count = struct.unpack_from(">II", whole[trunk])
        yield from struct.unpack_from(f">{min(count, len(whole[trunk]) // 4 - 2)}I", whole[trunk], 8)
        trunk = following
