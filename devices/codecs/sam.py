"""The SAM (SDT) protocol of resident-card readers: frames, status words and the shapes of answers.

Source: SAM 通信协议 (2014) and the public drivers that agree with it; GA/T 467 stands above it.
Host to module: `AA AA AA 96 69 | LEN(2, big-endian) | CMD PARA DATA… | CHK`; module to host has SW1 SW2 SW3 in place of
CMD PARA. LEN counts what follows it, CHK included; CHK is the XOR of everything from LEN on. There is no byte stuffing,
so the preamble may occur inside the photo: frames are cut by LEN, and the preamble is hunted for only when out of step.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import reduce
from types import MappingProxyType

PREAMBLE = b"\xaa\xaa\xaa\x96\x69"
_SHORT_PREAMBLE = PREAMBLE[1:]  # one AA may be lost after an idle line
MIN_ANSWER_LENGTH = 4
MAX_ANSWER_LENGTH = 2314  # 30 10 with 256 + 1024 + 1024 bytes
MIN_REQUEST_LENGTH = 2  # sleep and wake; all others have at least 3
TEXT_LENGTH = 256
APPEND_LENGTH = 70


class Status(IntEnum):
    """SW3 of an answer."""

    OK = 0x90
    FOUND = 0x9F
    BAD_CHECKSUM = 0x10
    BAD_LENGTH = 0x11
    BAD_COMMAND = 0x21
    NO_PRIVILEGE = 0x23
    UNKNOWN_ERROR = 0x24
    CARD_REJECTS_SAM = 0x31
    SAM_REJECTS_CARD = 0x32
    VERIFICATION_FAILED = 0x33
    UNKNOWN_CARD = 0x40
    READ_FAILED = 0x41
    NO_RANDOM = 0x47
    SELF_TEST_FAILED = 0x60
    NOT_AUTHORISED = 0x66
    NO_CARD = 0x80
    SELECT_FAILED = 0x81
    NO_CONTENT = 0x91


@dataclass(frozen=True, slots=True)
class Command:
    """CMD and PARA of a request."""

    cmd: int
    para: int

    def encode(self, data: bytes = b"") -> bytes:
        """The whole frame."""
        return encode_frame(bytes((self.cmd, self.para)) + data)


RESET = Command(0x10, 0xFF)
SAM_STATUS = Command(0x11, 0xFF)
SAM_ID = Command(0x12, 0xFF)
FIND = Command(0x20, 0x01)
SELECT = Command(0x20, 0x02)
READ_BASE = Command(0x30, 0x01)
READ_APPEND = Command(0x30, 0x03)
READ_BASE_FINGERPRINT = Command(0x30, 0x10)
#: Line speed -> the command that sets the module to it.
SET_BAUD: Mapping[int, Command] = MappingProxyType(
    {baud: Command(0x60, para) for para, baud in enumerate((115200, 57600, 38400, 19200, 9600))}
)


def checksum(data: bytes) -> int:
    """XOR of all bytes."""
    return reduce(lambda total, byte: total ^ byte, data, 0)


def encode_frame(body: bytes) -> bytes:
    """Frame `body` (CMD PARA DATA, or SW1 SW2 SW3 DATA)."""
    span = struct.pack(">H", len(body) + 1) + body
    return PREAMBLE + span + bytes((checksum(span),))


#: Whole frames that USB modules know, without PARA. Found in one public driver only; a serial line has no use for them.
SLEEP = encode_frame(b"\x00")
WAKE = encode_frame(b"\x01")


def encode_answer(status: int, data: bytes = b"") -> bytes:
    """A module's answer, as the emulator sends it."""
    return encode_frame(bytes((0, 0, status)) + data)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame with a right checksum: everything between LEN and CHK."""

    body: bytes = field(repr=False)

    @property
    def sw3(self) -> int:
        """Third status byte of an answer."""
        return self.body[2]

    @property
    def data(self) -> bytes:
        """What follows the status bytes of an answer."""
        return self.body[3:]


@dataclass(frozen=True, slots=True)
class FrameError:
    """Bytes that looked like a frame and were none: `length` (LEN out of range) or `checksum`."""

    reason: str


class FrameParser:
    """Cut frames out of a byte stream fed in any pieces.

    `min_length` and `max_length` bound LEN. Noise before a preamble is dropped silently; `pending` says whether part of
    a frame has arrived.
    """

    def __init__(self, min_length: int = MIN_ANSWER_LENGTH, max_length: int = MAX_ANSWER_LENGTH) -> None:
        self._min = min_length
        self._max = max_length
        self._buffer = bytearray()

    @property
    def pending(self) -> bool:
        """Whether a preamble stands in the buffer with its frame not complete yet."""
        return self._buffer.startswith(_SHORT_PREAMBLE)

    def reset(self) -> None:
        """Forget what was not complete."""
        self._buffer.clear()

    def feed(self, data: bytes) -> list[Frame | FrameError]:
        """Take some bytes; return what they completed, in order."""
        self._buffer += data
        found: list[Frame | FrameError] = []
        while (item := self._next()) is not None:
            found.append(item)
        return found

    def _next(self) -> Frame | FrameError | None:
        self._hunt()
        head = len(_SHORT_PREAMBLE)
        if not self._buffer.startswith(_SHORT_PREAMBLE) or len(self._buffer) < head + 2:
            return None
        length = int.from_bytes(self._buffer[head : head + 2], "big")
        if not self._min <= length <= self._max:
            del self._buffer[:head]  # the two LEN bytes may begin the next preamble
            return FrameError("length")
        end = head + 2 + length
        if len(self._buffer) < end:
            return None
        span = bytes(self._buffer[head:end])
        del self._buffer[:end]
        if checksum(span) != 0:
            return FrameError("checksum")
        return Frame(span[2:-1])

    def _hunt(self) -> None:
        """Drop everything before the next (possibly still incomplete) preamble."""
        at = self._buffer.find(_SHORT_PREAMBLE)
        if at >= 0:
            del self._buffer[:at]
            return
        keep = 0
        for size in range(min(len(self._buffer), len(_SHORT_PREAMBLE) - 1), 0, -1):
            if self._buffer.endswith(_SHORT_PREAMBLE[:size]):
                keep = size
                break
        del self._buffer[: len(self._buffer) - keep]


@dataclass(frozen=True, slots=True)
class BaseAnswer:
    """The parts of a 30 01 or 30 10 answer, cut by the lengths it carries."""

    text: bytes = field(repr=False)
    photo: bytes = field(repr=False)
    fingerprint: bytes = field(repr=False)


def split_base(data: bytes) -> BaseAnswer | None:
    """Cut an answer's data by its own two or three lengths; None when they do not add up."""
    for count in (2, 3):
        head = 2 * count
        if len(data) < head:
            return None
        lengths = struct.unpack(f">{count}H", data[:head])
        if head + sum(lengths) == len(data):
            parts: list[bytes] = []
            at = head
            for length in lengths:
                parts.append(data[at : at + length])
                at += length
            return BaseAnswer(parts[0], parts[1], parts[2] if count == 3 else b"")
    return None


def join_base(text: bytes, photo: bytes, fingerprint: bytes | None = None) -> bytes:
    """The data of a 30 01 answer, or of a 30 10 answer when `fingerprint` is given."""
    parts = (text, photo) if fingerprint is None else (text, photo, fingerprint)
    return struct.pack(f">{len(parts)}H", *(len(part) for part in parts)) + b"".join(parts)


def append_block(data: bytes) -> bytes | None:
    """The 70 bytes of a 30 03 answer, with or without a length of their own in front; None when it is neither."""
    if len(data) == 2 + APPEND_LENGTH and int.from_bytes(data[:2], "big") == APPEND_LENGTH:
        data = data[2:]
    return data if len(data) == APPEND_LENGTH else None


def format_sam_id(data: bytes) -> str | None:
    """The printed form of the 16 bytes of a SAM id, e.g. 05.01-20101129-0001228293-0296863149; None if not 16 bytes."""
    if len(data) != 16:
        return None
    return "{:02d}.{:02d}-{:08d}-{:010d}-{:010d}".format(*struct.unpack("<HHIII", data))
