"""IPP/2.0 messages as bytes and back (RFC 8010, values and limits of RFC 8011), for both ends of the line.

A message is a header (version, operation or status, request id), attribute groups and an end mark; a document may
follow it. `decode` takes any bytes: what is not a message, or is larger, deeper or more than the limits allow, is an
`IppError`, never a crash or an unbounded wait. Texts are UTF-8; bytes that are not become U+FFFD, because a printer
with a Latin-1 name must not be out of service for it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import IntEnum

MAX_MESSAGE_BYTES = 1 << 20
MAX_VALUES = 20_000  # of a whole message, collection members included
MAX_DEPTH = 8  # of collections in collections
MAX_NAME_BYTES = 255
MAX_VALUE_BYTES = 32_767  # lengths are signed shorts
VERSION_2_0 = (2, 0)
VERSION_1_1 = (1, 1)
_HEADER = struct.Struct(">BBHi")
_INT32 = range(-(1 << 31), 1 << 31)


class IppError(ValueError):
    """Not an IPP message, or one outside the limits. The text names the place, never a value."""


class Operation(IntEnum):
    """The operations used here."""

    PRINT_JOB = 0x0002
    VALIDATE_JOB = 0x0004
    CREATE_JOB = 0x0005
    SEND_DOCUMENT = 0x0006
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B


class StatusCode(IntEnum):
    """The status codes used here; below 0x0100 is success."""

    OK = 0x0000
    OK_IGNORED = 0x0001
    BAD_REQUEST = 0x0400
    FORBIDDEN = 0x0401
    NOT_AUTHENTICATED = 0x0402
    NOT_AUTHORISED = 0x0403
    NOT_POSSIBLE = 0x0404
    NOT_FOUND = 0x0406
    DOCUMENT_FORMAT_NOT_SUPPORTED = 0x040A
    INTERNAL_ERROR = 0x0500
    OPERATION_NOT_SUPPORTED = 0x0501
    VERSION_NOT_SUPPORTED = 0x0503
    NOT_ACCEPTING_JOBS = 0x0506
    BUSY = 0x0507


class JobState(IntEnum):
    """RFC 8011 §5.3.7."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


class PrinterState(IntEnum):
    """RFC 8011 §5.4.11."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


class GroupTag(IntEnum):
    """Delimiters that open a group; 0x03 ends the attributes."""

    OPERATION = 0x01
    JOB = 0x02
    PRINTER = 0x04
    UNSUPPORTED = 0x05
    SUBSCRIPTION = 0x06
    EVENT = 0x07
    RESOURCE = 0x08
    DOCUMENT = 0x09
    SYSTEM = 0x0A


_END = 0x03
_FIRST_VALUE_TAG = 0x10


class Tag(IntEnum):
    """Value tags of RFC 8010 §3.5.2. Other tags from 0x10 on are kept as bytes."""

    UNSUPPORTED = 0x10
    UNKNOWN = 0x12
    NO_VALUE = 0x13
    NOT_SETTABLE = 0x15
    DELETE = 0x16
    ADMIN_DEFINE = 0x17
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    DATE_TIME = 0x31
    RESOLUTION = 0x32
    RANGE = 0x33
    BEGIN_COLLECTION = 0x34
    TEXT_IN_LANGUAGE = 0x35
    NAME_IN_LANGUAGE = 0x36
    END_COLLECTION = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    URI_SCHEME = 0x46
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME_TYPE = 0x49
    MEMBER_NAME = 0x4A


@dataclass(frozen=True, slots=True)
class Resolution:
    """`units`: 3 dots per inch, 4 dots per cm."""

    x: int
    y: int
    units: int


@dataclass(frozen=True, slots=True)
class IntRange:
    """Both ends included."""

    lower: int
    upper: int


@dataclass(frozen=True, slots=True)
class InLanguage:
    """A text or name with its own natural language."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A value made of attributes."""

    members: tuple[Attribute, ...]

    def get(self, name: str) -> Attribute | None:
        """The first member of that name."""
        return next((member for member in self.members if member.name == name), None)


#: None stands for the out-of-band tags; bytes for octetString and tags unknown here.
Data = None | int | bool | str | bytes | datetime | Resolution | IntRange | InLanguage | Collection


@dataclass(frozen=True, slots=True)
class Value:
    """One value with its tag."""

    tag: int
    data: Data


@dataclass(frozen=True, slots=True)
class Attribute:
    """A name and one or more values (1setOf)."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Attributes under one delimiter."""

    tag: int
    attributes: tuple[Attribute, ...] = ()

    def get(self, name: str) -> Attribute | None:
        """The first attribute of that name."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)

    def texts(self, name: str) -> tuple[str, ...]:
        """All values of any text-like tag; empty when there are none."""
        attribute = self.get(name)
        found = (_as_text(value.data) for value in attribute.values) if attribute else ()
        return tuple(text for text in found if text is not None)

    def text(self, name: str) -> str | None:
        """The first text-like value."""
        return next(iter(self.texts(name)), None)

    def numbers(self, name: str) -> tuple[int, ...]:
        """All integer and enum values."""
        attribute = self.get(name)
        values = attribute.values if attribute else ()
        return tuple(v.data for v in values if isinstance(v.data, int) and not isinstance(v.data, bool))

    def number(self, name: str) -> int | None:
        """The first integer or enum value."""
        return next(iter(self.numbers(name)), None)

    def flag(self, name: str) -> bool | None:
        """The first boolean value."""
        attribute = self.get(name)
        values = attribute.values if attribute else ()
        return next((value.data for value in values if isinstance(value.data, bool)), None)


_NO_ATTRIBUTES: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """A request (`code` is an operation) or a response (`code` is a status)."""

    code: int
    request_id: int
    groups: tuple[Group, ...]
    version: tuple[int, int] = VERSION_2_0

    def first(self, tag: int) -> Group:
        """The first group of that kind; an empty one when there is none."""
        return next((group for group in self.groups if group.tag == tag), Group(tag, _NO_ATTRIBUTES))

    def all(self, tag: int) -> tuple[Group, ...]:
        """All groups of that kind, e.g. one for each job."""
        return tuple(group for group in self.groups if group.tag == tag)

    @property
    def succeeded(self) -> bool:
        """For a response."""
        return self.code < 0x0100


# --- making attributes ----------------------------------------------------------------------------------------------


def texts(tag: Tag, name: str, *values: str) -> Attribute:
    """An attribute of keyword, name, uri … values."""
    return Attribute(name, tuple(Value(tag, value) for value in values))


def keywords(name: str, *values: str) -> Attribute:
    """An attribute of keywords."""
    return texts(Tag.KEYWORD, name, *values)


def integers(name: str, *values: int) -> Attribute:
    """An attribute of integers."""
    return Attribute(name, tuple(Value(Tag.INTEGER, value) for value in values))


def enums(name: str, *values: int) -> Attribute:
    """An attribute of enums."""
    return Attribute(name, tuple(Value(Tag.ENUM, int(value)) for value in values))


def boolean(name: str, value: bool) -> Attribute:
    """An attribute of one boolean."""
    return Attribute(name, (Value(Tag.BOOLEAN, value),))


#: What each message must begin with.
PREAMBLE = (
    texts(Tag.CHARSET, "attributes-charset", "utf-8"),
    texts(Tag.LANGUAGE, "attributes-natural-language", "en"),
)


# --- encoding -------------------------------------------------------------------------------------------------------


def encode(message: Message) -> bytes:
    """The bytes of a message, end mark included; a document follows them as it is. Raises IppError."""
    if not 0 <= message.code <= 0xFFFF or message.request_id not in _INT32:
        raise IppError("header")
    out = bytearray(_HEADER.pack(*message.version, message.code, message.request_id))
    for group in message.groups:
        if not 0 < group.tag < _FIRST_VALUE_TAG or group.tag == _END:
            raise IppError("group tag")
        out.append(group.tag)
        for attribute in group.attributes:
            _put_attribute(out, attribute.name, attribute.values)
    out.append(_END)
    return bytes(out)


def _put_attribute(out: bytearray, name: str, values: Iterable[Value]) -> None:
    encoded = name.encode()
    if not 0 < len(encoded) <= MAX_NAME_BYTES:
        raise IppError("name length")
    empty = True
    for value in values:
        _put_value(out, encoded if empty else b"", value, 0)
        empty = False
    if empty:
        raise IppError("attribute without value")


def _put(out: bytearray, tag: int, name: bytes, value: bytes) -> None:
    if len(value) > MAX_VALUE_BYTES:
        raise IppError("value length")
    out.append(tag)
    out += len(name).to_bytes(2, "big") + name + len(value).to_bytes(2, "big") + value


def _put_value(out: bytearray, name: bytes, value: Value, depth: int) -> None:
    if not _FIRST_VALUE_TAG <= value.tag <= 0xFF or value.tag in (Tag.END_COLLECTION, Tag.MEMBER_NAME):
        raise IppError("value tag")
    if not isinstance(value.data, Collection):
        _put(out, value.tag, name, _value_bytes(value))
        return
    if value.tag != Tag.BEGIN_COLLECTION or depth >= MAX_DEPTH:
        raise IppError("collection")
    _put(out, value.tag, name, b"")
    for member in value.data.members:
        if not member.name or not member.values:
            raise IppError("collection member")
        _put(out, Tag.MEMBER_NAME, b"", member.name.encode())
        for each in member.values:
            _put_value(out, b"", each, depth + 1)
    _put(out, Tag.END_COLLECTION, b"", b"")


def _value_bytes(value: Value) -> bytes:
    tag = value.tag
    match value.data:
        case None if tag < 0x20:
            return b""
        case bool(flag) if tag == Tag.BOOLEAN:
            return bytes((flag,))
        case bool():
            pass
        case int(number) if tag in (Tag.INTEGER, Tag.ENUM) and number in _INT32:
            return struct.pack(">i", number)
        case str(text) if 0x40 <= tag < 0x60:
            return text.encode()
        case bytes(octets) if tag not in _TYPED:
            return octets
        case datetime() as moment if tag == Tag.DATE_TIME:
            return _date_bytes(moment)
        case Resolution(x, y, units) if tag == Tag.RESOLUTION and x in _INT32 and y in _INT32 and -128 <= units < 128:
            return struct.pack(">iib", x, y, units)
        case IntRange(lower, upper) if tag == Tag.RANGE and lower in _INT32 and upper in _INT32:
            return struct.pack(">ii", lower, upper)
        case InLanguage(language, text) if tag in (Tag.TEXT_IN_LANGUAGE, Tag.NAME_IN_LANGUAGE):
            halves = (language.encode()[: MAX_VALUE_BYTES + 1], text.encode()[: MAX_VALUE_BYTES + 1])
            return b"".join(len(half).to_bytes(2, "big") + half for half in halves)
        case _:
            pass
    raise IppError(f"value of tag {tag:#04x}")


def _date_bytes(moment: datetime) -> bytes:
    offset = moment.utcoffset()
    if offset is None:
        raise IppError("date without zone")
    minutes = abs(round(offset.total_seconds() / 60))
    return struct.pack(
        ">H6BcBB",
        moment.year,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        moment.microsecond // 100_000,
        b"-" if offset < timedelta() else b"+",
        minutes // 60,
        minutes % 60,
    )


# --- decoding -------------------------------------------------------------------------------------------------------


def decode(data: bytes) -> tuple[Message, int]:
    """The message at the head of `data`, and where it ends: a document may follow. Raises IppError."""
    reader = _Reader(data)
    major, minor, code, request_id = _HEADER.unpack(reader.take(_HEADER.size))
    groups: list[Group] = []
    while (tag := reader.byte()) != _END:
        if not 0 < tag < _FIRST_VALUE_TAG:
            raise IppError("group tag")
        groups.append(Group(tag, reader.attributes()))
    return Message(code, request_id, tuple(groups), (major, minor)), reader.at


class _Reader:
    """Walks through the bytes once; `left` counts down the values still allowed."""

    def __init__(self, data: bytes) -> None:
        self._data = data[:MAX_MESSAGE_BYTES]
        self._left = MAX_VALUES
        self.at = 0

    def take(self, size: int) -> bytes:
        piece = self._data[self.at : self.at + size]
        if len(piece) < size:
            raise IppError("too short, or too long")
        self.at += size
        return piece

    def byte(self) -> int:
        return self.take(1)[0]

    def attributes(self) -> tuple[Attribute, ...]:
        """Up to the next delimiter."""
        found: list[tuple[str, list[Value]]] = []
        while self._next_tag() >= _FIRST_VALUE_TAG:
            tag, name, raw = self._item()
            value = self._value(tag, raw, 0)
            if name:
                found.append((name, [value]))
            elif found:
                found[-1][1].append(value)
            else:
                raise IppError("value without attribute")
        return tuple(Attribute(name, tuple(values)) for name, values in found)

    def _next_tag(self) -> int:
        if self.at >= len(self._data):
            raise IppError("no end mark")
        return self._data[self.at]

    def _item(self) -> tuple[int, str, bytes]:
        self._left -= 1
        if self._left < 0:
            raise IppError("too many values")
        tag = self.byte()
        name = self.take(self._length(MAX_NAME_BYTES))
        return tag, name.decode(errors="replace"), self.take(self._length(MAX_VALUE_BYTES))

    def _length(self, at_most: int) -> int:
        length = int.from_bytes(self.take(2), "big")
        if length > at_most:
            raise IppError("length")
        return length

    def _value(self, tag: int, raw: bytes, depth: int) -> Value:
        if tag == Tag.BEGIN_COLLECTION:
            return Value(tag, self._collection(depth + 1))
        if tag in (Tag.END_COLLECTION, Tag.MEMBER_NAME):
            raise IppError("outside a collection")
        return Value(tag, _value_data(tag, raw))

    def _collection(self, depth: int) -> Collection:
        if depth > MAX_DEPTH:
            raise IppError("too deep")
        found: list[tuple[str, list[Value]]] = []
        while True:
            tag, name, raw = self._item()
            if name or tag < _FIRST_VALUE_TAG:
                raise IppError("in a collection")
            if tag == Tag.END_COLLECTION:
                break
            if tag == Tag.MEMBER_NAME:
                if not 0 < len(raw) <= MAX_NAME_BYTES:
                    raise IppError("member name")
                found.append((raw.decode(errors="replace"), []))
            elif found:
                found[-1][1].append(self._value(tag, raw, depth))
            else:
                raise IppError("value without member")
        if not all(values for _, values in found):
            raise IppError("member without value")
        return Collection(tuple(Attribute(name, tuple(values)) for name, values in found))


def _value_data(tag: int, raw: bytes) -> Data:
    if tag < 0x20:
        return None
    if 0x40 <= tag < 0x60:
        return raw.decode(errors="replace")
    try:
        match tag:
            case Tag.INTEGER | Tag.ENUM:
                number: int = struct.unpack(">i", raw)[0]
                return number
            case Tag.BOOLEAN:
                return {b"\x00": False, b"\x01": True}[raw]
            case Tag.DATE_TIME:
                return _date(raw)
            case Tag.RESOLUTION:
                return Resolution(*struct.unpack(">iib", raw))
            case Tag.RANGE:
                return IntRange(*struct.unpack(">ii", raw))
            case Tag.TEXT_IN_LANGUAGE | Tag.NAME_IN_LANGUAGE:
                return _in_language(raw)
            case _:
                return raw
    except (struct.error, KeyError, ValueError, OverflowError) as error:
        raise IppError(f"value of tag {tag:#04x}") from error


def _date(raw: bytes) -> datetime:
    """RFC 2579 DateAndTime. A leap second is read as the second before it."""
    year, month, day, hour, minute, second, tenths, sign, zone_h, zone_min = struct.unpack(">H6BcBB", raw)
    if sign not in (b"+", b"-") or second > 60 or tenths > 9 or zone_h > 14 or zone_min > 59:
        raise ValueError("date")
    offset = timedelta(hours=zone_h, minutes=zone_min)
    zone = timezone(-offset if sign == b"-" else offset)
    return datetime(year, month, day, hour, minute, min(second, 59), tenths * 100_000, zone)


def _in_language(raw: bytes) -> InLanguage:
    language_size = int.from_bytes(raw[:2], "big")
    text_at = 2 + language_size + 2
    text_size = int.from_bytes(raw[text_at - 2 : text_at], "big")
    if text_at > len(raw) or len(raw) != text_at + text_size:
        raise ValueError("lengths")
    return InLanguage(raw[2 : text_at - 2].decode(errors="replace"), raw[text_at:].decode(errors="replace"))


_TYPED = {Tag.INTEGER, Tag.BOOLEAN, Tag.ENUM, Tag.DATE_TIME, Tag.RESOLUTION, Tag.RANGE} | {
    Tag.TEXT_IN_LANGUAGE,
    Tag.NAME_IN_LANGUAGE,
    Tag.BEGIN_COLLECTION,
}


def _as_text(data: Data) -> str | None:
    if isinstance(data, str):
        return data
    return data.text if isinstance(data, InLanguage) else None
