"""On which line of a TOML file a key stands, so that an error can point at it.

`tomllib` keeps no positions. This reads only what is needed for them: table headers and the keys at the start of a
line, skipping the inside of multi-line strings and arrays. What it does not see (keys of an inline table) is answered
with the nearest parent's line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Place = tuple[str, ...]

_PART = r"(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')"
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]\]?")
_ASSIGNMENT = re.compile(rf"\s*({_DOTTED})\s*=(.*)")
_STRINGS = re.compile(r"\"\"\"|'''|\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*")


def key_lines(text: str) -> Mapping[Place, int]:
    """Key path -> line number (from 1). A later line wins where a header stands twice."""
    lines: dict[Place, int] = {}
    table: Place = ()
    until: str | None = None  # the quotes that end a multi-line string
    depth = 0  # of brackets of a multi-line array
    for number, line in enumerate(text.splitlines(), start=1):
        rest = line
        if until is None and depth == 0:
            if header := _HEADER.match(line):
                table = _parts(header[1])
                lines.setdefault(table, number)
                continue
            if not (assignment := _ASSIGNMENT.match(line)):
                continue
            lines[table + _parts(assignment[1])] = number
            rest = assignment[2]
        until, depth = _after(rest, until, depth)
    return lines


def line_of(lines: Mapping[Place, int], place: Place) -> int:
    """The line of `place` or of its nearest parent; 1 when there is none."""
    for end in range(len(place), 0, -1):
        if place[:end] in lines:
            return lines[place[:end]]
    return 1


def _parts(dotted: str) -> Place:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))


def _after(rest: str, until: str | None, depth: int) -> tuple[str | None, int]:
    """The state after one line: inside which multi-line string, how deep in brackets."""
    while True:
        if until is not None:
            _, found, rest = rest.partition(until)
            if not found:
                return until, depth
            until = None
        token = _STRINGS.search(rest)
        plain = rest[: token.start()] if token else rest
        depth = max(0, depth + plain.count("[") - plain.count("]"))
        if token is None:
            return None, depth
        rest = rest[token.end() :]
        if token[0] in ('"""', "'''"):
            until = token[0]
