"""What is looked for: every secret in every way that a program may write it down, all found in one pass."""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import re2

BLOCK: Final = 4096
SHORTEST: Final = 8
"""Fewer bytes than this turn up in any memory by chance."""
AROUND: Final = 24


@dataclass(frozen=True, slots=True)
class Needle:
    """One secret in one spelling. ``secret`` is the kind ("name"), ``how`` the spelling, ``whose`` the visit."""

    whose: str
    secret: str
    how: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a needle was found: the place in words, how far into it, and what stands around it, masked."""

    needle: Needle
    place: str
    offset: int
    around: str


def spellings(text: str) -> Mapping[str, bytes]:
    """A text as the bytes that hold it: as Python and Qt keep it, as a card, a file, JSON or a wire carries it."""
    utf8, utf16 = text.encode(), text.encode("utf-16-le")
    escaped = json.dumps(text)[1:-1].encode()
    found = {
        "UTF-8": utf8,
        "UTF-16LE": utf16,
        "UTF-32LE": text.encode("utf-32-le"),
        "GB 18030": text.encode("gb18030"),
        "JSON escapes": escaped,
        "JSON escapes, capitals": re.sub(rb"(?<=\\u)[0-9a-f]{4}", lambda digits: digits[0].upper(), escaped),
        "percent": quote(text, safe="").encode(),
    }
    for name, raw in (("UTF-8", utf8), ("UTF-16LE", utf16)):
        found |= encoded(raw, f" of {name}")
    return found


def encoded(raw: bytes, what: str = "") -> Mapping[str, bytes]:
    """Bytes as text: hex, and base64 in the three ways that they can lie in it."""
    found = {f"hex{what}": raw.hex().encode(), f"HEX{what}": raw.hex().upper().encode()}
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + raw)
        # Signs that also hold bits of what stands before or behind are left out.
        sure = whole[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6]
        found[f"base64+{shift}{what}"] = sure
        found[f"base64url+{shift}{what}"] = sure.translate(bytes.maketrans(b"+/", b"-_"))
    return found


def of_text(whose: str, secret: str, text: str) -> Iterator[Needle]:
    """A text in all its spellings."""
    yield from _needles(whose, secret, spellings(text))


def of_bytes(whose: str, secret: str, raw: bytes) -> Iterator[Needle]:
    """Bytes as they are, and as text."""
    yield from _needles(whose, secret, {"bytes": raw, **encoded(raw)})


def of_points(whose: str, secret: str, points: Sequence[tuple[int, int]]) -> Iterator[Needle]:
    """A run of a few points of a line: as JSON, as whole numbers, as Qt's doubles."""
    flat = [part for point in points for part in point]
    listed = json.dumps([list(point) for point in points], separators=(",", ":"))[1:-1]
    yield from _needles(whose, secret, {f"JSON, {how}": data for how, data in spellings(listed).items()})
    yield from _needles(
        whose,
        secret,
        {
            "JSON, spaced": json.dumps([list(point) for point in points])[1:-1].encode(),
            "int32": struct.pack(f"<{len(flat)}i", *flat),
            "doubles": struct.pack(f"<{len(flat)}d", *flat),
        },
    )


def _needles(whose: str, secret: str, found: Mapping[str, bytes]) -> Iterator[Needle]:
    seen: set[bytes] = set()
    for how, data in found.items():
        if data not in seen and len(data) >= SHORTEST:
            seen.add(data)
            yield Needle(whose, secret, how, data)


class Search:
    """Looks for all needles at once. A block of memory that held none is not looked at again while it stays the same:
    what a later needle stands for did not exist when the block was last looked at.
    """

    def __init__(self) -> None:
        self._by_data: dict[bytes, Needle] = {}
        self._pattern: re2._Regexp | None = None
        self._margin = 0
        self._clean: set[int] = set()

    def add(self, needles: Iterator[Needle] | Sequence[Needle]) -> None:
        """Look for these, too."""
        for needle in needles:
            self._by_data.setdefault(needle.data, needle)
        self._pattern = None

    def needles(self) -> tuple[Needle, ...]:
        """All that is looked for."""
        return tuple(self._by_data.values())

    def find(self, data: bytes, place: str) -> Iterator[Hit]:
        """Every needle in these bytes."""
        if self._by_data:
            yield from self._hits(data, data, 0, place)

    def find_in_memory(self, data: bytes, place: str) -> Iterator[Hit]:
        """The same for much memory, of which most stays as it was."""
        if not self._by_data:
            return
        self._compiled()
        for at in range(0, len(data), BLOCK):
            piece = data[at : at + BLOCK + self._margin]  # room for what begins in one block and ends in the next
            key = hash(piece)
            if key in self._clean:
                continue
            hits = list(self._hits(piece, data, at, place))
            if not hits:
                self._clean.add(key)
            yield from (hit for hit in hits if hit.offset < at + BLOCK)

    def _hits(self, piece: bytes, data: bytes, at: int, place: str) -> Iterator[Hit]:
        for match in self._compiled().finditer(piece):
            start, end = at + match.start(), at + match.end()
            yield Hit(self._by_data[match.group()], place, start, around(data, start, end))

    def _compiled(self) -> re2._Regexp:
        if self._pattern is None:
            options = re2.Options()
            options.encoding = re2.Options.Encoding.LATIN1
            options.max_mem = 1 << 30
            options.log_errors = False
            # Of two needles of which one begins like the other the longer has to stand first.
            longest_first = sorted(self._by_data, key=len, reverse=True)
            re2.purge()  # it keeps every pattern it was ever given, each with what it learnt: some 40 MB a visit
            self._pattern = re2.compile(b"|".join(map(_literal, longest_first)), options)
            self._margin = len(longest_first[0])
        return self._pattern


def _literal(data: bytes) -> bytes:
    return b"".join(b"\\x%02x" % byte for byte in data)


def around(data: bytes, start: int, end: int) -> str:
    """What stands before and behind; letters, digits and everything foreign are masked, so that no person is told."""
    before, behind = data[max(0, start - AROUND) : start], data[end : end + AROUND]
    return f"{_masked(before)}‹{end - start} bytes›{_masked(behind)}"


def _masked(data: bytes) -> str:
    return "".join(
        "9"
        if 0x30 <= byte <= 0x39
        else "a"
        if chr(byte).isalpha() and byte < 0x80
        else chr(byte)
        if 0x20 <= byte < 0x7F
        else "0"
        if byte == 0
        else "·"
        for byte in data
    )
