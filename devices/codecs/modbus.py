"""Modbus-RTU, the host's side: requests for coils and inputs, and the one answer that may come.

Source: MODBUS Application Protocol V1.1b3 and MODBUS over Serial Line V1.02 (modbus.org). A frame is unit, function,
data and CRC16 (polynomial A001, start FFFF, low byte first). On the wire frames end with 3.5 characters of silence,
which no program behind a USB adapter can time; so an answer is recognised by the length its request calls for, and
silence only ends a hopeless one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

MAX_FRAME = 256
MAX_READ = 2000
MAX_WRITE = 1968
_MIN_ANSWER = 5  # unit, function, one byte, CRC
_WRITE_ANSWER = 8
_SILENT_CHARACTERS = 3.5
_FIXED_SILENCE_S = 0.00175  # above 19200 baud


class Function(IntEnum):
    """The functions a lamp and input board needs."""

    READ_COILS = 0x01
    READ_INPUTS = 0x02
    WRITE_COIL = 0x05
    WRITE_COILS = 0x0F


class Refusal(IntEnum):
    """Exception codes."""

    ILLEGAL_FUNCTION = 1
    ILLEGAL_ADDRESS = 2
    ILLEGAL_VALUE = 3
    DEVICE_FAILURE = 4
    ACKNOWLEDGE = 5
    BUSY = 6


@dataclass(frozen=True, slots=True)
class ReadBits:
    """Ask for `count` coils or inputs from `address` on."""

    function: Function
    address: int
    count: int

    def __post_init__(self) -> None:
        if self.function not in (Function.READ_COILS, Function.READ_INPUTS):
            raise ValueError("coils and inputs are read with functions 1 and 2")
        _check_range(self.address, self.count, MAX_READ)


@dataclass(frozen=True, slots=True)
class WriteCoil:
    """Switch one coil."""

    address: int
    on: bool

    def __post_init__(self) -> None:
        _check_range(self.address, 1, 1)


@dataclass(frozen=True, slots=True)
class WriteCoils:
    """Switch neighbouring coils at once."""

    address: int
    values: tuple[bool, ...]

    def __post_init__(self) -> None:
        _check_range(self.address, len(self.values), MAX_WRITE)


Request = ReadBits | WriteCoil | WriteCoils


@dataclass(frozen=True, slots=True)
class Bits:
    """The coils or inputs asked for, in order."""

    values: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """The write was done."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The board will not; `code` is a Refusal or a number outside the published ones."""

    code: int


Answer = Bits | Written | Refused


def _check_range(address: int, count: int, most: int) -> None:
    if not 0 <= address <= 0xFFFF or not 1 <= count <= most or address + count > 0x10000:
        raise ValueError("addresses are 0 to 65535, counts 1 to what one frame holds")


def crc16(data: bytes) -> int:
    """The check sum of a frame."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def frame(unit: int, body: bytes) -> bytes:
    """Unit, body (function and data), CRC."""
    data = bytes((unit,)) + body
    return data + crc16(data).to_bytes(2, "little")


def encode_request(unit: int, request: Request) -> bytes:
    """The frame of a request. `unit` is 1 to 247: nobody answers a broadcast."""
    if not 1 <= unit <= 247:
        raise ValueError("a unit is 1 to 247")
    return frame(unit, _body(request))


def function_of(request: Request) -> Function:
    """The function code of a request."""
    match request:
        case ReadBits(function=function):
            return function
        case WriteCoil():
            return Function.WRITE_COIL
        case WriteCoils():
            return Function.WRITE_COILS


def answer_length(request: Request) -> int:
    """Bytes of the answer when the board does what it is asked; a refusal has five."""
    return _MIN_ANSWER + (request.count + 7) // 8 if isinstance(request, ReadBits) else _WRITE_ANSWER


def silence_s(byte_time_s: float) -> float:
    """How long the line is silent between frames: 3.5 characters, 1.75 ms above 19200 baud."""
    return max(_SILENT_CHARACTERS * byte_time_s, _FIXED_SILENCE_S)


def pack_bits(values: Sequence[bool]) -> bytes:
    """Bits to bytes, the first one in the lowest place."""
    packed = bytearray((len(values) + 7) // 8)
    for at, value in enumerate(values):
        packed[at // 8] |= value << at % 8
    return bytes(packed)


def unpack_bits(data: bytes, count: int) -> tuple[bool, ...]:
    """The first `count` bits of these bytes."""
    return tuple(bool(data[at // 8] >> at % 8 & 1) for at in range(count))


def _body(request: Request) -> bytes:
    function = bytes((function_of(request),))
    match request:
        case ReadBits(address=address, count=count):
            return function + address.to_bytes(2, "big") + count.to_bytes(2, "big")
        case WriteCoil(address, on):
            return function + address.to_bytes(2, "big") + (b"\xff\x00" if on else b"\x00\x00")
        case WriteCoils(address, values):
            packed = pack_bits(values)
            head = address.to_bytes(2, "big") + len(values).to_bytes(2, "big") + bytes((len(packed),))
            return function + head + packed


class AnswerReader:
    """Finds the answer to one request among bytes fed in any pieces; never holds more than one frame.

    Bytes that cannot begin the answer are passed over, so noise, an echo of half a request or the late answer of
    another unit do not hide it. `damaged` says whether anything but the answer came.
    """

    def __init__(self, unit: int, request: Request) -> None:
        self._unit = unit
        self._request = request
        self._function = int(function_of(request))
        self._length = answer_length(request)
        self._buffer = bytearray()
        self.damaged = False

    @property
    def pending(self) -> bool:
        """Whether the beginning of what may be the answer is held."""
        return bool(self._buffer)

    def silence(self) -> None:
        """The line has been silent for more than 3.5 characters: what is held will not be completed."""
        self.damaged = self.damaged or bool(self._buffer)
        self._buffer.clear()

    def feed(self, data: bytes) -> Answer | None:
        """Take some bytes; the answer once it is whole. What follows it is dropped."""
        for byte in data:
            self._buffer.append(byte)
            answer = self._look()
            if answer is not None:
                self._buffer.clear()
                return answer
        return None

    def _look(self) -> Answer | None:
        while self._buffer:
            wanted = self._wanted()
            if wanted > len(self._buffer):
                return None
            if wanted and crc16(bytes(self._buffer[:wanted])) == 0:  # over a frame with its CRC the sum is nothing
                return self._decode(bytes(self._buffer[: wanted - 2]))
            del self._buffer[0]
            self.damaged = True
        return None

    def _wanted(self) -> int:
        """Bytes the frame at the head of the buffer has; 0 when it cannot be the answer."""
        head = self._buffer
        if head[0] != self._unit:
            return 0
        if len(head) == 1:
            return 2
        if head[1] == self._function | 0x80:
            return _MIN_ANSWER
        if head[1] != self._function:
            return 0
        if isinstance(self._request, ReadBits):
            if len(head) > 2 and head[2] != self._length - _MIN_ANSWER:
                return 0
        elif not _body(self._request)[:5].startswith(bytes(head[1:6])):
            return 0  # a write is answered by its own address and value, or address and count
        return self._length

    def _decode(self, data: bytes) -> Answer:
        if data[1] & 0x80:
            return Refused(data[2])
        if isinstance(self._request, ReadBits):
            return Bits(unpack_bits(data[3:], self._request.count))
        return Written()
