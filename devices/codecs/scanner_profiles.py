"""What each family of serial scanners is told and how it answers, one object a family.

A profile holds the bytes that switch the light on and off, the question of the self-test, and how an answer is told
from a code at the head of the stream. Sources: Newland FM530 manual p. 141 and HR52 pp. 35, 234 (unified commands);
Newland EM3095 manual p. 19 and the GM65 manual (frames with CRC); Honeywell 2020/4820 manual p. 218 and relatives
(serial trigger and menu commands).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

ACK, NAK, ENQ = 0x06, 0x15, 0x05
_MAX_REPLY_BYTES = 128


class Verdict(StrEnum):
    """How a module took a command. `damaged`: its frame or ours had a wrong checksum, so it is worth a repeat."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Reply:
    """A module's answer to a command."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Cut:
    """The first `size` bytes of the stream are no code; `reply` is what they say, None when nothing."""

    size: int
    reply: Reply | None


class NotYet:
    """What stands at the head may become a reply: more bytes are needed."""


NOT_YET = NotYet()
#: Looks at the head of the stream; None when a code (or nothing) stands there.
ReplyCutter = Callable[[bytes], Cut | NotYet | None]


@dataclass(frozen=True, slots=True)
class ScannerProfile:
    """One family.

    `start` and `stop` are empty for a module that is always on. `acknowledges`: both are answered. `query` is what the
    self-test asks where start and stop are not answered. `cut_reply` finds answers; where `only_asked` it may do so
    only while one is awaited, because such an answer has no beginning of its own.
    """

    name: str
    start: bytes = b""
    stop: bytes = b""
    query: bytes = b""
    acknowledges: bool = False
    only_asked: bool = False
    cut_reply: ReplyCutter | None = None


# --- Newland unified: 7E 01 "0000" '#' (temporary) TAG SUB data ';' 03, answered 02 01 "0000" … 06|15|05 ';' 03 ------

_NEWLAND_HEAD = b"\x7e\x010000#"
_NEWLAND_TAIL = b";\x03"
NEWLAND_START = _NEWLAND_HEAD + b"SCNTRG1" + _NEWLAND_TAIL
NEWLAND_STOP = _NEWLAND_HEAD + b"SCNTRG0" + _NEWLAND_TAIL
NEWLAND_REPLY_HEAD = b"\x02\x010000"
NEWLAND_COMMAND_HEAD = b"\x7e\x010000"


def newland_reply(command: bytes, verdict: int = ACK) -> bytes:
    """A module's answer to a unified command, as the emulator sends it."""
    body = command[len(NEWLAND_COMMAND_HEAD) : -len(_NEWLAND_TAIL)]
    return NEWLAND_REPLY_HEAD + body + bytes((verdict,)) + _NEWLAND_TAIL


def _cut_newland(buffer: bytes) -> Cut | NotYet | None:
    size = min(len(buffer), len(NEWLAND_REPLY_HEAD))
    if buffer[:size] != NEWLAND_REPLY_HEAD[:size]:
        return _lost_beginning(buffer)
    end = buffer.find(_NEWLAND_TAIL)
    if end < 0:
        # No reply is that long: let the first byte go, the rest falls out as (refused) code bytes.
        return Cut(1, Reply(Verdict.REFUSED)) if len(buffer) > _MAX_REPLY_BYTES else NOT_YET
    accepted = buffer[end - 1] == ACK
    return Cut(end + len(_NEWLAND_TAIL), Reply(Verdict.ACCEPTED if accepted else Verdict.REFUSED))


def _lost_beginning(buffer: bytes) -> Cut | None:
    """The end of a reply whose beginning was lost when the line was cleared: no code holds its last byte."""
    ends = [at for at in (buffer.find(NEWLAND_REPLY_HEAD), buffer.find(b"\r"), buffer.find(b"\n")) if at >= 0]
    tail = buffer.find(_NEWLAND_TAIL, 0, min(ends, default=len(buffer)))
    return Cut(tail + len(_NEWLAND_TAIL), None) if tail >= 0 else None


# --- EM3095, GM65: 7E 00 | type | len | address(2) | data | CRC(2), answered 02 00 | type | len | data | CRC(2) --

EM3095_COMMAND_HEAD = b"\x7e\x00"
EM3095_REPLY_HEAD = b"\x02\x00"
EM3095_WRITE = 0x08
EM3095_TRIGGER_AT = 0x0002
#: In the place of a CRC: do not check.
EM3095_UNCHECKED = b"\xab\xcd"
_EM3095_OK, EM3095_CRC_FAILED, EM3095_UNKNOWN = 0x00, 0x01, 0x03


def crc_xmodem(data: bytes) -> int:
    """CRC-16 CCITT as XMODEM has it: polynomial 1021, from 0, most significant bit first."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def em3095_crc_fits(span: bytes, crc: bytes) -> bool:
    """Whether `crc` is the one of type…data, or says that it is not to be checked."""
    return crc in (EM3095_UNCHECKED, crc_xmodem(span).to_bytes(2, "big"))


def em3095_command(kind: int, address: int, data: bytes) -> bytes:
    """A whole command frame with its CRC."""
    span = bytes((kind, len(data))) + address.to_bytes(2, "big") + data
    return EM3095_COMMAND_HEAD + span + crc_xmodem(span).to_bytes(2, "big")


def em3095_reply(kind: int, data: bytes = b"\x00") -> bytes:
    """A module's answer, as the emulator sends it."""
    span = bytes((kind, len(data))) + data
    return EM3095_REPLY_HEAD + span + crc_xmodem(span).to_bytes(2, "big")


EM3095_START = em3095_command(EM3095_WRITE, EM3095_TRIGGER_AT, b"\x01")
EM3095_STOP = em3095_command(EM3095_WRITE, EM3095_TRIGGER_AT, b"\x00")


def _cut_em3095(buffer: bytes) -> Cut | NotYet | None:
    head = len(EM3095_REPLY_HEAD)
    size = min(len(buffer), head)
    if buffer[:size] != EM3095_REPLY_HEAD[:size]:
        return None
    if len(buffer) < head + 2:
        return NOT_YET
    end = head + 2 + buffer[head + 1] + 2
    if end > _MAX_REPLY_BYTES:
        return Cut(1, Reply(Verdict.DAMAGED))
    if len(buffer) < end:
        return NOT_YET
    if not em3095_crc_fits(buffer[head : end - 2], buffer[end - 2 : end]):
        return Cut(end, Reply(Verdict.DAMAGED))
    verdicts = {_EM3095_OK: Verdict.ACCEPTED, EM3095_CRC_FAILED: Verdict.DAMAGED}
    return Cut(end, Reply(verdicts.get(buffer[head], Verdict.REFUSED)))


# --- Honeywell: SYN T CR and SYN U CR, unanswered; menu: SYN M CR tag '.', answered tag value 06|05|15 '.' -----------

HONEYWELL_START = b"\x16T\r"
HONEYWELL_STOP = b"\x16U\r"
HONEYWELL_MENU_HEAD = b"\x16M\r"
#: "Is the aimer on": a question that changes nothing.
HONEYWELL_QUERY = HONEYWELL_MENU_HEAD + b"cbrena?."


def _cut_honeywell(buffer: bytes) -> Cut | NotYet | None:
    ends = [at for at, byte in enumerate(buffer[:_MAX_REPLY_BYTES]) if byte in (ACK, NAK, ENQ)]
    if not ends:
        return None if len(buffer) >= _MAX_REPLY_BYTES or b"\r" in buffer else NOT_YET
    end = ends[0] + 1
    if buffer[end : end + 1] in (b".", b"!", b","):  # most firmwares repeat the mark that ended the command
        end += 1
    return Cut(end, Reply(Verdict.ACCEPTED if buffer[ends[0]] == ACK else Verdict.REFUSED))


PLAIN = ScannerProfile("plain-suffix")
NEWLAND = ScannerProfile("newland-unified", NEWLAND_START, NEWLAND_STOP, acknowledges=True, cut_reply=_cut_newland)
EM3095 = ScannerProfile("em3095", EM3095_START, EM3095_STOP, acknowledges=True, cut_reply=_cut_em3095)
HONEYWELL = ScannerProfile(
    "honeywell", HONEYWELL_START, HONEYWELL_STOP, HONEYWELL_QUERY, only_asked=True, cut_reply=_cut_honeywell
)
#: By the names the settings may use.
PROFILES: Mapping[str, ScannerProfile] = MappingProxyType(
    {
        "plain-suffix": PLAIN,
        "plain": PLAIN,
        "newland-unified": NEWLAND,
        "newland": NEWLAND,
        "em3095": EM3095,
        "gm65": EM3095,
        "honeywell": HONEYWELL,
    }
)
