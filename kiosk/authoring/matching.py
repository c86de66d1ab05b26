"""A text that a pattern matches: the shortest plain one, for trying a field whose pattern nobody gave a sample for."""

from __future__ import annotations

from kiosk.forms.validators import matches

_CLASSES = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a", "p": "云"}
_ENDS = {"A", "z", "Z", "b", "B"}


def sample_of(pattern: str) -> str | None:
    """A text that matches, or None where this small reader of patterns finds none."""
    try:
        text, at = _alternatives(pattern, 0)
    except (IndexError, ValueError):
        return None
    return text if at == len(pattern) and matches(pattern, text) else None


def _alternatives(pattern: str, at: int) -> tuple[str, int]:
    """The first alternative's text; ``at`` moves behind the last one."""
    text, at = _sequence(pattern, at)
    while at < len(pattern) and pattern[at] == "|":
        _, at = _sequence(pattern, at + 1)
    return text, at


def _sequence(pattern: str, at: int) -> tuple[str, int]:
    found = ""
    while at < len(pattern) and pattern[at] not in "|)":
        one, at = _atom(pattern, at)
        low, at = _times(pattern, at)
        found += one * low
    return found, at


def _atom(pattern: str, at: int) -> tuple[str, int]:
    sign = pattern[at]
    if sign in "^$":
        return "", at + 1
    if sign == ".":
        return "a", at + 1
    if sign == "(":
        at = pattern.index(":", at) + 1 if pattern.startswith("(?", at) else at + 1
        text, at = _alternatives(pattern, at)
        return text, at + 1
    if sign == "[":
        return _class(pattern, at + 1)
    if sign == "\\":
        return _escaped(pattern, at + 1)
    return sign, at + 1


def _escaped(pattern: str, at: int) -> tuple[str, int]:
    sign = pattern[at]
    if sign in _ENDS:
        return "", at + 1
    if sign == "p":
        return "云", pattern.index("}", at) + 1
    if sign == "x":
        end = pattern.index("}", at) if pattern[at + 1] == "{" else at + 2
        return chr(int(pattern[at + 1 : end + 1].strip("{}"), 16)), end + 1
    return _CLASSES.get(sign, sign), at + 1


def _class(pattern: str, at: int) -> tuple[str, int]:
    """The first member of a class; for a negated one a letter or figure that stands in none of its members."""
    negated = pattern[at] == "^"
    at += negated
    start, members = at, ""
    while pattern[at] != "]" or at == start:
        one, after = _escaped(pattern, at + 1) if pattern[at] == "\\" else (pattern[at], at + 1)
        if pattern[after] == "-" and pattern[after + 1] != "]":
            last, after = (
                _escaped(pattern, after + 2) if pattern[after + 1] == "\\" else (pattern[after + 1], after + 2)
            )
            members += "".join(chr(code) for code in range(ord(one), min(ord(last), ord(one) + 300) + 1))
        else:
            members += one
        at = after
    first = next(c for c in "a0A云-" if c not in members) if negated else members[0]
    return first, at + 1


def _times(pattern: str, at: int) -> tuple[int, int]:
    """How often at least; ``at`` moves behind the repeat and its lazy mark."""
    if at >= len(pattern) or pattern[at] not in "*+?{":
        return 1, at
    low, end = {"*": 0, "+": 1, "?": 0, "{": 1}[pattern[at]], at
    if pattern[at] == "{":
        end = pattern.index("}", at)
        low = int(pattern[at + 1 : end].partition(",")[0])
    end += 1
    return low, end + (end < len(pattern) and pattern[end] == "?")
