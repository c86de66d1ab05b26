"""What freed memory of a thread still holds, overwritten.

The launcher has glibc overwrite what is freed (``MALLOC_PERTURB_``). But of small blocks a thread keeps the last few of
each size to itself, as they were. Without that a page, for which 40,000 blocks come and go, is painted a tenth later;
with it a name is left lying there. So every thread calls :func:`overwrite_freed` before it rests: it takes all these
blocks, writes over them and lets them go again.
"""

from __future__ import annotations

import sys
from typing import Final

LARGEST: Final = 264
"""Bytes; glibc is told so (``tcache_max``). Larger ones are overwritten as they are freed."""
KEPT: Final = 7
"""Blocks of each size that a thread keeps (``tcache_count``)."""

_HEAD: Final = sys.getsizeof(b"")
"""Bytes of such a block that are not content of the `bytes` in it."""
_FILL: Final = b"\xa5"
_LENGTHS: Final = tuple(size - _HEAD for size in range(40, LARGEST + 1, 16))


def overwrite_freed() -> None:
    """Write over what this thread has freed and kept; some 20 µs. Nothing else is allocated meanwhile."""
    _smallest(KEPT)
    for length in _LENGTHS:
        _hold(length, KEPT)


def _hold(length: int, more: int) -> None:
    """So many blocks of one size at once; each is written from end to end."""
    block = _FILL * length  # noqa: F841
    if more > 1:
        _hold(length, more - 1)


def _smallest(more: int) -> None:
    """The same with blocks of 24 bytes, which no `bytes` has: three pointers each."""
    block = [None] * 3  # noqa: F841
    if more > 1:
        _smallest(more - 1)
