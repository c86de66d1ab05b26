"""Numbers of things in the English lines of commands and logs; residents' texts have plural forms of their own."""

from __future__ import annotations


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 case``, ``2 cases``; ``many`` where it is not ``one`` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
