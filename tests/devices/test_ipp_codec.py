"""The IPP codec: against a second implementation in both directions, against itself, and against hostile bytes."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyipp import parser, serializer
from pyipp.enums import IppOperation, IppStatus

from devices.codecs.ipp import (
    MAX_DEPTH,
    MAX_MESSAGE_BYTES,
    MAX_VALUES,
    PREAMBLE,
    Attribute,
    Collection,
    Group,
    GroupTag,
    InLanguage,
    IntRange,
    IppError,
    JobState,
    Message,
    Operation,
    Resolution,
    Tag,
    Value,
    boolean,
    decode,
    encode,
    enums,
    integers,
    keywords,
    texts,
)

# The request of RFC 8010 A.1 (Print-Job), its first attributes; the document is one byte here.
RFC_PRINT_JOB = (
    b"\x01\x01\x00\x02\x00\x00\x00\x01\x01"
    b"\x47\x00\x12attributes-charset\x00\x05utf-8"
    b"\x48\x00\x1battributes-natural-language\x00\x05en-us"
    b"\x45\x00\x0bprinter-uri\x00\x2cipp://printer.example.com/ipp/print/pinetree"
    b"\x42\x00\x08job-name\x00\x06foobar"
    b"\x22\x00\x16ipp-attribute-fidelity\x00\x01\x01"
    b"\x02"
    b"\x21\x00\x06copies\x00\x04\x00\x00\x00\x14"
    b"\x44\x00\x05sides\x00\x13two-sided-long-edge"
    b"\x03"
)


def test_the_print_job_of_the_standard_reads_and_writes_byte_for_byte() -> None:
    message, size = decode(RFC_PRINT_JOB + b"%")
    assert size == len(RFC_PRINT_JOB)
    assert (message.code, message.version, message.request_id) == (Operation.PRINT_JOB, (1, 1), 1)
    asked, job = message.first(GroupTag.OPERATION), message.first(GroupTag.JOB)
    assert asked.text("job-name") == "foobar"
    assert asked.flag("ipp-attribute-fidelity") is True
    assert (job.number("copies"), job.text("sides")) == (20, "two-sided-long-edge")
    assert encode(message) == RFC_PRINT_JOB


def test_the_media_collection_of_the_standard_reads_and_writes_byte_for_byte() -> None:
    raw = (
        b"\x01\x01\x00\x02\x00\x00\x00\x01\x02"
        b"\x34\x00\x09media-col\x00\x00"
        b"\x4a\x00\x00\x00\x0amedia-size\x34\x00\x00\x00\x00"
        b"\x4a\x00\x00\x00\x0bx-dimension\x21\x00\x00\x00\x04\x00\x00\x52\x08"
        b"\x4a\x00\x00\x00\x0by-dimension\x21\x00\x00\x00\x04\x00\x00\x74\x04"
        b"\x37\x00\x00\x00\x00"
        b"\x4a\x00\x00\x00\x0bmedia-color\x44\x00\x00\x00\x04blue"
        b"\x37\x00\x00\x00\x00\x03"
    )
    message, _ = decode(raw)
    attribute = message.first(GroupTag.JOB).get("media-col")
    assert attribute is not None
    media = attribute.values[0].data
    assert isinstance(media, Collection)
    size = media.get("media-size")
    assert size is not None
    assert size.values[0].data == Collection((integers("x-dimension", 21000), integers("y-dimension", 29700)))
    assert encode(message) == raw


# --- a second implementation --------------------------------------------------------------------------------------


def test_what_we_write_pyipp_reads() -> None:
    message = Message(
        0x0000,
        4711,
        (
            Group(GroupTag.OPERATION, PREAMBLE),
            Group(
                GroupTag.PRINTER,
                (
                    enums("printer-state", 5),
                    keywords("printer-state-reasons", "media-empty-error", "toner-low-warning"),
                    boolean("printer-is-accepting-jobs", True),
                    texts(Tag.TEXT, "printer-make-and-model", "示例 A4"),
                    integers("queued-job-count", -3),
                    Attribute("copies-supported", (Value(Tag.RANGE, IntRange(1, 99)),)),
                    Attribute("printer-resolution-default", (Value(Tag.RESOLUTION, Resolution(600, 300, 3)),)),
                    Attribute("printer-location", (Value(Tag.NO_VALUE, None),)),
                    Attribute("printer-current-time", (Value(Tag.DATE_TIME, datetime(2026, 11, 22, 9, tzinfo=UTC)),)),
                ),
            ),
            Group(GroupTag.JOB, (integers("job-id", 1), enums("job-state", JobState.STOPPED))),
            Group(GroupTag.JOB, (integers("job-id", 2), enums("job-state", JobState.PENDING))),
        ),
    )
    read = parser.parse(encode(message))
    assert (read["status-code"], read["request-id"], read["version"]) == (0, 4711, (2, 0))
    printer = read["printers"][0]
    assert printer["printer-state"] == 5
    assert printer["printer-state-reasons"] == ["media-empty-error", "toner-low-warning"]
    assert printer["printer-is-accepting-jobs"] is True
    assert printer["printer-make-and-model"] == "示例 A4"
    assert printer["queued-job-count"] == -3
    assert [job["job-id"] for job in read["jobs"]] == [1, 2]
    assert [job["job-state"] for job in read["jobs"]] == [6, 3]


def test_what_pyipp_writes_we_read() -> None:
    raw = serializer.encode_dict(
        {
            "version": (2, 0),
            "operation": IppOperation.PRINT_JOB,
            "request-id": 9,
            "operation-attributes-tag": {
                "attributes-charset": "utf-8",
                "attributes-natural-language": "en",
                "printer-uri": "ipp://192.0.2.7:631/ipp/print",
                "requesting-user-name": "terminal",
                "job-name": "一",
                "document-format": "application/pdf",
                "requested-attributes": ["printer-state", "printer-state-reasons"],
            },
            "job-attributes-tag": {"copies": 2, "sides": "one-sided"},
            "data": b"%PDF-1.4",
        }
    )
    message, size = decode(raw)
    assert (message.code, message.request_id, raw[size:]) == (Operation.PRINT_JOB, 9, b"%PDF-1.4")
    asked = message.first(GroupTag.OPERATION)
    assert asked.text("job-name") == "一"
    assert asked.texts("requested-attributes") == ("printer-state", "printer-state-reasons")
    assert message.first(GroupTag.JOB).number("copies") == 2
    assert encode(message) == raw[:size]


@given(
    st.sampled_from([status for status in IppStatus if 0 <= status <= 0xFFFF]),
    st.integers(1, 2**31 - 1),
    st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=4),
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40), min_size=1, max_size=4),
)
def test_pyipp_and_we_agree_about_any_numbers_and_texts(
    status: int, request_id: int, numbers: list[int], words: list[str]
) -> None:
    group = Group(GroupTag.PRINTER, (integers("numbers", *numbers), texts(Tag.TEXT, "words", *words)))
    read = parser.parse(encode(Message(int(status), request_id, (Group(GroupTag.OPERATION, PREAMBLE), group))))
    printer = read["printers"][0]
    assert (read["status-code"], read["request-id"]) == (status, request_id)
    assert printer["numbers"] == (numbers if len(numbers) > 1 else numbers[0])
    assert printer["words"] == (words if len(words) > 1 else words[0])


# --- itself -------------------------------------------------------------------------------------------------------

_INT32 = st.integers(-(2**31), 2**31 - 1)
_TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
_ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_DATES = st.datetimes(timezones=_ZONES, allow_imaginary=False).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 100_000 * 100_000)
)
_PLAIN = st.one_of(
    st.builds(Value, st.sampled_from([0x10, 0x12, 0x13, 0x15, 0x16, 0x17]), st.none()),
    st.builds(Value, st.sampled_from([Tag.INTEGER, Tag.ENUM]), _INT32),
    st.builds(Value, st.just(Tag.BOOLEAN), st.booleans()),
    st.builds(Value, st.sampled_from([Tag.OCTETS, 0x7F]), st.binary(max_size=40)),
    st.builds(Value, st.just(Tag.DATE_TIME), _DATES),
    st.builds(Value, st.just(Tag.RESOLUTION), st.builds(Resolution, _INT32, _INT32, st.integers(-128, 127))),
    st.builds(Value, st.just(Tag.RANGE), st.builds(IntRange, _INT32, _INT32)),
    st.builds(
        Value, st.sampled_from([Tag.TEXT_IN_LANGUAGE, Tag.NAME_IN_LANGUAGE]), st.builds(InLanguage, _TEXT, _TEXT)
    ),
    st.builds(Value, st.sampled_from([0x41, 0x42, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49]), _TEXT),
)
_NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


def _attributes(values: st.SearchStrategy[Value]) -> st.SearchStrategy[tuple[Attribute, ...]]:
    one = st.builds(Attribute, _NAMES, st.lists(values, min_size=1, max_size=3).map(tuple))
    return st.lists(one, max_size=3).map(tuple)


_VALUES = st.recursive(
    _PLAIN,
    lambda inner: st.builds(Value, st.just(Tag.BEGIN_COLLECTION), _attributes(inner).map(Collection)),
    max_leaves=8,
)
_MESSAGES = st.builds(
    Message,
    st.integers(0, 0xFFFF),
    _INT32,
    st.lists(st.builds(Group, st.sampled_from(GroupTag), _attributes(_VALUES)), max_size=4).map(tuple),
    st.sampled_from([(1, 1), (2, 0)]),
)


@given(_MESSAGES, st.binary(max_size=10))
def test_whatever_is_written_is_read_back_the_same(message: Message, document: bytes) -> None:
    raw = encode(message)
    assert decode(raw + document) == (message, len(raw))


@given(_MESSAGES, st.data())
def test_a_message_cut_anywhere_is_refused(message: Message, data: st.DataObject) -> None:
    raw = encode(message)
    with pytest.raises(IppError):
        decode(raw[: data.draw(st.integers(0, len(raw) - 1))])


# --- limits and hostile bytes -------------------------------------------------------------------------------------

_HEAD = b"\x02\x00\x00\x00\x00\x00\x00\x01\x04"


def _raw(tag: int, name: bytes, value: bytes) -> bytes:
    return bytes((tag,)) + len(name).to_bytes(2, "big") + name + len(value).to_bytes(2, "big") + value


_OPEN, _CLOSE = _raw(0x34, b"", b""), _raw(0x37, b"", b"")
_MEMBER = _raw(0x4A, b"", b"m")


def _nested(depth: int) -> bytes:
    inside = (_MEMBER + _OPEN) * (depth - 1) + _MEMBER + _raw(0x21, b"", bytes(4)) + _CLOSE * depth
    return _HEAD + _raw(0x34, b"c", b"") + inside + b"\x03"


def test_collections_go_as_deep_as_the_limit_and_no_deeper() -> None:
    decode(_nested(MAX_DEPTH))
    with pytest.raises(IppError, match="too deep"):
        decode(_nested(MAX_DEPTH + 1))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        _HEAD,
        _HEAD[:-1] + b"\x00\x03",  # group tag 0
        _HEAD + _raw(0x21, b"", bytes(4)) + b"\x03",  # a further value of nothing
        _HEAD + _raw(0x21, b"n", bytes(3)) + b"\x03",
        _HEAD + _raw(0x22, b"b", b"\x02") + b"\x03",
        _HEAD + _raw(0x31, b"d", bytes(11)) + b"\x03",
        _HEAD + _raw(0x35, b"t", b"\x00\x09en\x00\x00") + b"\x03",
        _HEAD + _raw(0x37, b"e", b"") + b"\x03",
        _HEAD + _raw(0x4A, b"e", b"m") + b"\x03",
        _HEAD + _raw(0x34, b"c", b"") + b"\x03",  # never closed
        _HEAD + _raw(0x34, b"c", b"") + _raw(0x21, b"", bytes(4)) + _CLOSE + b"\x03",
        _HEAD + _raw(0x34, b"c", b"") + _MEMBER + _CLOSE + b"\x03",
        _HEAD + _raw(0x34, b"c", b"") + _MEMBER + _raw(0x21, b"x", bytes(4)) + _CLOSE + b"\x03",
        _HEAD + b"\x44\x7f\xff" + b"n" * 0x7FFF + b"\x00\x00\x03",
        _HEAD + b"\x44\x00\x01n\xff\xff" + b"v" * 0xFFFF + b"\x03",
        _HEAD + _raw(0x44, b"n", b"v") * (MAX_VALUES + 1) + b"\x03",
        _HEAD + _raw(0x41, b"n", b"v" * 32_000) * (MAX_MESSAGE_BYTES // 32_000 + 1) + b"\x03",
    ],
    ids=range(18),
)
def test_what_is_outside_the_limits_or_makes_no_sense_is_refused(raw: bytes) -> None:
    with pytest.raises(IppError):
        decode(raw)


def test_a_text_that_is_not_utf_8_is_read_with_marks() -> None:
    message, _ = decode(_HEAD + _raw(0x41, b"printer-make-and-model", b"Dr\xfcck A4") + b"\x03")
    assert message.first(GroupTag.PRINTER).text("printer-make-and-model") == "Dr\ufffdck A4"


@pytest.mark.parametrize(
    "attribute",
    [
        Attribute("", (Value(Tag.KEYWORD, "v"),)),
        Attribute("n" * 256, (Value(Tag.KEYWORD, "v"),)),
        Attribute("n", ()),
        integers("n", 2**31),
        texts(Tag.TEXT, "n", "v" * 40_000),
        Attribute("n", (Value(Tag.INTEGER, True),)),
        Attribute("n", (Value(Tag.INTEGER, "1"),)),
        Attribute("n", (Value(Tag.DATE_TIME, datetime(2026, 1, 1)),)),  # noqa: DTZ001
        Attribute("n", (Value(Tag.END_COLLECTION, b""),)),
        Attribute("n", (Value(Tag.BEGIN_COLLECTION, b""),)),
        Attribute("n", (Value(0x05, None),)),
        Attribute("n", (Value(Tag.TEXT_IN_LANGUAGE, InLanguage("en", "v" * 70_000)),)),
    ],
)
def test_what_cannot_be_said_in_ipp_is_not_written(attribute: Attribute) -> None:
    with pytest.raises(IppError):
        encode(Message(0, 1, (Group(GroupTag.PRINTER, (attribute,)),)))


def test_fifty_thousand_mutated_messages_are_read_or_refused() -> None:
    chance = random.Random(8010)
    seeds = [
        RFC_PRINT_JOB,
        _nested(4),
        _HEAD + _raw(0x31, b"d", b"\x07\xea\x0b\x16\x09\x00\x00\x00+\x08\x00") + b"\x03",
    ]
    read = 0
    for _ in range(50_000):
        raw = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(raw))
            match chance.randrange(3):
                case 0:
                    raw[at] = chance.randrange(256)
                case 1:
                    del raw[at : at + chance.randrange(1, 9)]
                case _:
                    raw[at:at] = chance.randbytes(chance.randrange(1, 9))
            if not raw:
                break
        try:
            message, _ = decode(bytes(raw))
        except IppError:
            continue
        read += 1
        assert decode(encode(message))[0] == message
    assert 1_000 < read < 49_000
