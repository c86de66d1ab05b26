"""The text protocol of Network UPS Tools: one request line, an answer of one line or a list.

Source: RFC 9271 and NUT's developer guide, "Network protocol information". Words with spaces stand in double quotes, in
which a backslash stands before `"` and before itself. Lines and lists are bounded: a UPS has some hundred variables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

MAX_LINE = 1024
MAX_VARIABLES = 1000
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"|([^\s"]+)')


class NotNut(ValueError):
    """The far end does not speak this protocol, or an answer is larger than any UPS needs."""


@dataclass(frozen=True, slots=True)
class Variables:
    """All variables of the UPS."""

    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """`ERR CODE`: DATA-STALE, DRIVER-NOT-CONNECTED, UNKNOWN-UPS, ACCESS-DENIED, …"""

    code: str


Answer = Variables | Refused


def is_ups_name(text: str) -> bool:
    """Whether a UPS can have this name."""
    return _NAME.fullmatch(text) is not None


def list_variables(ups: str) -> bytes:
    """Ask for everything. Raises ValueError for what cannot be a name."""
    if not is_ups_name(ups):
        raise ValueError("a UPS name has letters, digits, dot, dash and underscore")
    return f"LIST VAR {ups}\n".encode("ascii")


LOGOUT = b"LOGOUT\n"


class AnswerReader:
    """Takes the answer to one `LIST VAR`, fed in any pieces. Raises NotNut."""

    def __init__(self, ups: str) -> None:
        self._ups = ups
        self._buffer = bytearray()
        self._begun = False
        self._values: dict[str, str] = {}

    def feed(self, data: bytes) -> Answer | None:
        """Take some bytes; the answer once it is whole."""
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            if end > MAX_LINE:
                raise NotNut("a line is too long")
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            answer = self._line(line)
            if answer is not None:
                return answer
        if len(self._buffer) > MAX_LINE:
            raise NotNut("a line is too long")
        return None

    def _line(self, line: bytes) -> Answer | None:
        words = split_words(line)
        if words[:1] == ["ERR"] and len(words) >= 2:
            return Refused(words[1][:64])
        if not self._begun:
            if words != ["BEGIN", "LIST", "VAR", self._ups]:
                raise NotNut("no list begins")
            self._begun = True
        elif words == ["END", "LIST", "VAR", self._ups]:
            return Variables(MappingProxyType(self._values))
        elif len(words) == 4 and words[:2] == ["VAR", self._ups]:
            self._values[words[2]] = words[3]
            if len(self._values) > MAX_VARIABLES:
                raise NotNut("too many variables")
        else:
            raise NotNut("a line of no list")
        return None


def split_words(line: bytes) -> list[str]:
    """The words of a line, quotes and backslashes undone. Bytes that are no UTF-8 are replaced. Raises NotNut."""
    words: list[str] = []
    at = 0
    text = line.strip()
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            raise NotNut("a quotation mark that nothing closes")
        quoted, plain = found.groups()
        word = re.sub(rb"\\(.)", rb"\1", quoted) if quoted is not None else plain
        words.append(word.decode("utf-8", "replace"))
        at = found.end()
        while at < len(text) and text[at : at + 1].isspace():
            at += 1
    return words


def quote(text: str) -> str:
    """A word as it stands on the line."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
