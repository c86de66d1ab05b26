"""A language nobody speaks: English with accents, longer, in brackets. It shows what is clipped or not translatable."""

from __future__ import annotations

import re

_ACCENTED = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "ÀƁÇĐÉƑĜĤÎĴĶĻṀÑÖÞQŔŠŢÛṼŴẊÝŽàƀçđéƒĝĥîĵķļṁñöþqŕšţûṽŵẋýž",
)
_PLACE = re.compile(r"(\{[^{}]*\})")
_LONGER = 0.35
"""How much longer other languages get than English, of sentences; single words grow more."""
_FILL = "one two three four five six seven eight nine ten"


def pseudo(english: str) -> str:
    """The same with each letter changed but places in braces kept: ``⟦Ŵéļçöṁé öñé ţŵö⟧``. Empty stays empty."""
    if not english.strip():
        return english
    parts = _PLACE.split(english)
    letters = sum(len(part) for part in parts[::2])
    more = round(letters * _LONGER)
    tail = (_FILL * (more // len(_FILL) + 1))[:more].strip()
    words = "".join(part if at % 2 else part.translate(_ACCENTED) for at, part in enumerate(parts))
    return f"⟦{words}{' ' if tail else ''}{tail.translate(_ACCENTED)}⟧"
