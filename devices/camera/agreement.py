"""When a code that a camera saw is believed: not before two pictures of a short row say the same.

A decoder can, once in very many pictures, find a code that is not there (zxing-cpp #1162). And while two different
codes lie in view nobody can say which one is meant.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

PICTURES = 10
SAME = 2


class Agreement:
    """Takes what each picture held; says which code is believed. Pictures without a code need not be told."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, bytes]] = deque()

    def add(self, picture_no: int, codes: Collection[bytes]) -> bytes | None:
        """The code that is believed after this picture; None as long as there is none, or more than one in view."""
        while self._seen and picture_no - self._seen[0][0] >= PICTURES:
            self._seen.popleft()
        distinct = set(codes)
        if len(distinct) != 1:
            if distinct:
                self._seen.clear()
            return None
        code = distinct.pop()
        self._seen.append((picture_no, code))
        others = sum(other != code for _, other in self._seen)
        # A rival within the row (one code was taken away, another is held up; or a bogus one) must be outvoted.
        return code if len(self._seen) - others >= SAME + others else None
