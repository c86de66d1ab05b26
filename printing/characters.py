"""Characters on paper: what may reach a printer at all, and how many columns each takes.

The receipt's grid is the printer's own: ASCII is one column (12 dots), everything else two (24 dots).
"""

from __future__ import annotations

import unicodedata

from printing.fonts import FontStack

_DROPPED = ("Cc", "Cf")
_SPACES = ("Zs", "Zl", "Zp")
_MARKS = ("Mn", "Me", "Mc")


def clean(text: str) -> str:
    """`text` on one line, without anything a printer or a reader could take for a command.

    C0 and C1 (ESC, GS, FS, DLE, ...), bidi controls, zero-width and tag characters and variation selectors go; every
    kind of white space becomes one space; a base letter and its mark become one character where Unicode has one.
    Ideographs are never normalised: compatibility forms in names are kept as they are.
    """
    kept: list[str] = []
    for char in text:
        category = unicodedata.category(char)
        if char in "\t\n\v\f\r\x85" or category in _SPACES:
            if kept and kept[-1] != " ":
                kept.append(" ")
        elif category in _DROPPED or _is_variation_selector(char):
            continue
        elif category in _MARKS and kept:
            composed = unicodedata.normalize("NFC", kept[-1] + char)
            if len(composed) == 1:
                kept[-1] = composed
            else:
                kept.append(char)
        else:
            kept.append(char)
    return "".join(kept).strip(" ")


def printable(text: str, fonts: FontStack) -> tuple[str, tuple[str, ...]]:
    """`text` cleaned, with what no font has written as its code point `[U+2A6D6]`; and those marks in order of
    appearance.
    """
    marks: list[str] = []
    kept: list[str] = []
    for char in clean(text):
        if char == " " or fonts.face_for(char) is not None:
            kept.append(char)
        else:
            mark = f"[U+{ord(char):04X}]"
            kept.append(mark)
            marks.append(mark)
    return "".join(kept), tuple(dict.fromkeys(marks))


def columns(text: str) -> int:
    """Columns of the printer's grid that `text` takes in single size."""
    return sum(1 if char.isascii() else 2 for char in text)


def _is_variation_selector(char: str) -> bool:
    code = ord(char)
    return 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or 0x180B <= code <= 0x180D
