"""What serial code scanners send and take: plain data with a suffix, and Newland's unified trigger command.

A code ends with CR, LF or CR LF; a module set to no suffix is cut by silence, which is the driver's business
(`CodeSplitter.flush`). The payload is bytes: strict UTF-8 is tried first, then GB18030; what is neither, is longer than
2 KB or holds control or direction characters is refused, because nothing this terminal is shown needs them.
Source of the trigger: Newland FM530 manual p. 141, HR52 pp. 35 and 234.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from kiosk.domain.devices import CodeRefusal

MAX_RAW_BYTES = 7089  # what the largest QR code (40-L) can hold
MAX_PAYLOAD_BYTES = 2048
_AIM_ID = re.compile(rb"\](?:[AFGILdhzX][0-9]|[CE][0-4]|Q[0-6])")
_BOM = b"\xef\xbb\xbf"
_REFUSED_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")

# Newland unified command: 7E 01 "0000" '#' (temporary) TAG SUB data ';' 03
_NEWLAND_HEAD = b"\x7e\x010000#"
_NEWLAND_TAIL = b";\x03"
NEWLAND_START = _NEWLAND_HEAD + b"SCNTRG1" + _NEWLAND_TAIL
NEWLAND_STOP = _NEWLAND_HEAD + b"SCNTRG0" + _NEWLAND_TAIL
NEWLAND_REPLY_HEAD = b"\x02\x010000"
NEWLAND_COMMAND_HEAD = b"\x7e\x010000"
ACK, NAK, ENQ = 0x06, 0x15, 0x05
_MAX_REPLY_BYTES = 128


@dataclass(frozen=True, slots=True)
class RawCode:
    """The bytes of one code without its suffix."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Overlong:
    """More bytes than any code can hold arrived without a suffix; they were dropped."""


@dataclass(frozen=True, slots=True)
class TriggerReply:
    """A Newland module's answer: `accepted` (ACK), or refused with NAK (bad value) or ENQ (unknown tag)."""

    command: str
    accepted: bool


ScannerItem = RawCode | Overlong | TriggerReply


class CodeSplitter:
    """Cut a scanner's byte stream into codes, and, where `newland` is set, into trigger replies."""

    def __init__(self, *, newland: bool = False, max_bytes: int = MAX_RAW_BYTES) -> None:
        self._newland = newland
        self._max = max_bytes
        self._buffer = bytearray()
        self._dropping = False

    @property
    def pending(self) -> bool:
        """Whether bytes wait for their suffix."""
        return bool(self._buffer)

    def reset(self) -> None:
        """Forget what was not complete."""
        self._buffer.clear()
        self._dropping = False

    def feed(self, data: bytes) -> list[ScannerItem]:
        """Take some bytes; return what they completed, in order."""
        self._buffer += data
        items: list[ScannerItem] = []
        while self._buffer:
            if self._newland and self._at_reply():
                reply = self._take_reply()
                if reply is None:
                    break
                items.append(reply)
                continue
            end = next((at for at, byte in enumerate(self._buffer) if byte in b"\r\n"), None)
            if self._newland and self._drop_tail_of_reply(end):
                continue
            if end is None:
                if len(self._buffer) > self._max:
                    self._buffer.clear()
                    if not self._dropping:
                        items.append(Overlong())
                    self._dropping = True
                break
            code = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            items.extend(self._close(code))
        return items

    def flush(self) -> list[ScannerItem]:
        """The line has been silent: what waits is one code of a module without suffix."""
        code = bytes(self._buffer)
        self._buffer.clear()
        return self._close(code)

    def _close(self, code: bytes) -> list[ScannerItem]:
        if self._dropping:
            self._dropping = False
            return []
        if len(code) > self._max:
            return [Overlong()]
        return [RawCode(code)] if code else []

    def _at_reply(self) -> bool:
        size = min(len(self._buffer), len(NEWLAND_REPLY_HEAD))
        return bytes(self._buffer[:size]) == NEWLAND_REPLY_HEAD[:size]

    def _drop_tail_of_reply(self, code_end: int | None) -> bool:
        """Drop the end of a reply whose beginning was lost when the line was cleared; no code holds its last byte."""
        head = self._buffer.find(NEWLAND_REPLY_HEAD)
        limit = min(at for at in (code_end, head, len(self._buffer)) if at is not None and at >= 0)
        tail = self._buffer.find(_NEWLAND_TAIL, 0, limit)
        if tail < 0:
            return False
        del self._buffer[: tail + len(_NEWLAND_TAIL)]
        return True

    def _take_reply(self) -> TriggerReply | None:
        end = self._buffer.find(_NEWLAND_TAIL)
        if end < 0:
            if len(self._buffer) > _MAX_REPLY_BYTES:
                del self._buffer[:1]  # no reply is that long: let it fall out as (refused) code bytes
                return TriggerReply("", accepted=False)
            return None
        reply = bytes(self._buffer[len(NEWLAND_REPLY_HEAD) : end])
        del self._buffer[: end + len(_NEWLAND_TAIL)]
        return TriggerReply(reply[1:-1].decode("ascii", "replace"), accepted=reply.endswith(bytes((ACK,))))


def newland_reply(command: bytes, verdict: int = ACK) -> bytes:
    """A module's answer to a unified command, as the emulator sends it."""
    return (
        NEWLAND_REPLY_HEAD
        + command[len(NEWLAND_COMMAND_HEAD) : -len(_NEWLAND_TAIL)]
        + bytes((verdict,))
        + _NEWLAND_TAIL
    )


def clean_payload(raw: bytes) -> str | CodeRefusal:
    """The text of a code without its AIM id (`]Q1`), or why it is refused (a str too: ask for CodeRefusal)."""
    data = _AIM_ID.sub(b"", raw, count=1) if _AIM_ID.match(raw) else raw
    data = data.removeprefix(_BOM)
    if len(data) > MAX_PAYLOAD_BYTES:
        return CodeRefusal.TOO_LONG
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            return CodeRefusal.NOT_TEXT
    if any(unicodedata.category(char) in _REFUSED_CATEGORIES for char in text):
        return CodeRefusal.CONTROL_CHARACTER
    if not text.strip():
        return CodeRefusal.NOT_TEXT
    return text
