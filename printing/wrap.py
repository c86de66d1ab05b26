"""Line breaking for Chinese and for alphabets on a fixed grid, with the basics of kinsoku.

A line never starts with a closing mark and never ends with an opening one; words of letters and numbers stay whole;
an id longer than a line is broken after a hyphen, or else anywhere.
"""

from __future__ import annotations

import unicodedata

from printing.characters import columns

_NOT_FIRST = frozenset("，。、；：？！）》」』】〉〕’”…—～·%‰℃,.;:?!)]}%°")
_NOT_LAST = frozenset("（《「『【〈〔‘“([{$￥¥")
_SOFT = frozenset("-/?&=")


def wrap(text: str, width: int, hang: int = 0, *, by_clause: bool = False) -> list[str]:
    """Lines of at most `width` columns; all but the first are indented by `hang` columns. Empty text gives no line.

    `by_clause` breaks after commas where that gives lines that fit, as a headline wants it. A single Chinese
    character is not left alone on the last line.
    """
    if by_clause and columns(text) > width:
        clauses = _clauses(text)
        if all(columns(clause) <= width for clause in clauses):
            return clauses
    lines: list[str] = []
    rest = text
    indent = 0
    while rest:
        room = max(width - indent, 2)
        head, left = _take(rest, room)
        if _is_orphan(left) and len(head) > 3:
            shorter = next((at for at in range(len(head) - 1, len(head) - 3, -1) if _may_break(head, at)), 0)
            if shorter:
                head, left = head[:shorter].rstrip(" "), rest[shorter:].lstrip(" ")
        lines.append(" " * indent + head)
        rest = left
        indent = hang if hang <= width // 2 else 0
    return lines


def _clauses(text: str) -> list[str]:
    clauses = [""]
    for char in text:
        clauses[-1] += char
        if char in "，；：。,;":
            clauses.append("")
    return [clause.strip(" ") for clause in clauses if clause.strip(" ")]


def _is_orphan(text: str) -> bool:
    return 0 < len(text) <= 2 and not text[0].isascii() and (len(text) == 1 or text[1] in _NOT_FIRST)


def longest_word(text: str) -> int:
    """Columns of the longest piece that should not be broken."""
    longest = start = 0
    for position in range(1, len(text) + 1):
        if position == len(text) or _may_break(text, position):
            longest = max(longest, columns(text[start:position].strip(" ")))
            start = position
    return longest


def _take(text: str, room: int) -> tuple[str, str]:
    used = 0
    fits = len(text)
    for position, char in enumerate(text):
        used += columns(char)
        if used > room and char != " ":
            fits = position
            break
    else:
        return text.rstrip(" "), ""
    cut = next((at for at in range(fits, 0, -1) if _may_break(text, at)), 0)
    if not text[:cut].strip(" "):
        cut = next((at for at in range(fits, 1, -1) if text[at - 1] in _SOFT), 0) or max(fits, 1)
    return text[:cut].rstrip(" "), text[cut:].lstrip(" ")


def _may_break(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if before in _NOT_LAST or after in _NOT_FIRST:
        return False
    if before == " " or after == " ":
        return True
    return not (_in_word(before) and _in_word(after))


def _in_word(char: str) -> bool:
    """ASCII, and the letters of other alphabets; each ideograph is a word of its own."""
    return char.isascii() or (char.isalpha() and unicodedata.east_asian_width(char) not in "WF")
