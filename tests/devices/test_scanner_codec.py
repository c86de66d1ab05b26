"""Code scanners: suffixes, silence, Newland frames, and which payloads are taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.scanner import (
    NEWLAND_START,
    NEWLAND_STOP,
    CodeSplitter,
    Overlong,
    RawCode,
    TriggerReply,
    clean_payload,
    newland_reply,
)
from kiosk.domain.devices import CodeRefusal


def test_the_newland_trigger_has_the_published_bytes() -> None:
    assert NEWLAND_START.hex() == "7e013030303023" + "53434e54524731" + "3b03"
    assert NEWLAND_STOP.hex() == "7e013030303023" + "53434e54524730" + "3b03"
    assert newland_reply(NEWLAND_START).hex() == "02013030303023" + "53434e54524731" + "063b03"
    documented = bytes.fromhex("7e01303030304031323845 4e41313b03".replace(" ", ""))
    assert newland_reply(documented).hex() == "020130303030403132384 54e4131063b03".replace(" ", "")


@pytest.mark.parametrize("suffix", [b"\r", b"\n", b"\r\n"])
def test_each_suffix_ends_a_code(suffix: bytes) -> None:
    assert CodeSplitter().feed(b"ONE" + suffix + b"TWO" + suffix) == [RawCode(b"ONE"), RawCode(b"TWO")]


def test_a_code_without_suffix_is_cut_by_silence() -> None:
    splitter = CodeSplitter()
    assert splitter.feed(b"NO SUFFIX") == []
    assert splitter.pending
    assert splitter.flush() == [RawCode(b"NO SUFFIX")]
    assert splitter.flush() == []


def test_a_large_code_in_small_pieces_is_one_code() -> None:
    splitter = CodeSplitter()
    data = b"x" * 4096
    items = [item for at in range(0, 4096, 64) for item in splitter.feed(data[at : at + 64])]
    assert items + splitter.feed(b"\r") == [RawCode(data)]


def test_more_than_a_code_can_hold_is_dropped_once_and_the_next_code_is_read() -> None:
    splitter = CodeSplitter()
    items = [item for _ in range(4) for item in splitter.feed(b"y" * 5000)]
    assert items == [Overlong()]
    assert splitter.feed(b"tail\rNEXT\r") == [RawCode(b"NEXT")]


@pytest.mark.parametrize("cut", range(1, 24))
def test_a_trigger_reply_and_a_code_are_told_apart_wherever_they_are_cut(cut: int) -> None:
    splitter = CodeSplitter(newland=True)
    stream = newland_reply(NEWLAND_START) + b"CODE\r"
    assert splitter.feed(stream[:cut]) + splitter.feed(stream[cut:]) == [
        TriggerReply("SCNTRG1", accepted=True),
        RawCode(b"CODE"),
    ]


def test_the_end_of_a_reply_whose_beginning_was_lost_is_dropped() -> None:
    splitter = CodeSplitter(newland=True)
    stream = newland_reply(NEWLAND_STOP)[9:] + newland_reply(NEWLAND_START) + b"CODE\r" + newland_reply(NEWLAND_STOP)
    assert splitter.feed(stream) == [
        TriggerReply("SCNTRG1", accepted=True),
        RawCode(b"CODE"),
        TriggerReply("SCNTRG0", accepted=True),
    ]


@pytest.mark.parametrize("verdict", [0x15, 0x05])
def test_nak_and_enq_are_refusals(verdict: int) -> None:
    assert CodeSplitter(newland=True).feed(newland_reply(NEWLAND_START, verdict)) == [
        TriggerReply("SCNTRG1", accepted=False)
    ]


def test_utf8_is_taken_as_it_is() -> None:
    assert clean_payload("云浦市 YPC1.abc".encode()) == "云浦市 YPC1.abc"


def test_gb18030_is_taken_where_it_is_not_utf8() -> None:
    assert clean_payload("测试".encode("gb18030")) == "测试"


def test_an_aim_id_and_a_byte_order_mark_are_taken_off() -> None:
    assert clean_payload(b"]Q1YPC1.abc") == "YPC1.abc"
    assert clean_payload(b"\xef\xbb\xbfYPC1") == "YPC1"
    assert clean_payload(b"]not an aim id") == "]not an aim id"


@pytest.mark.parametrize(
    ("payload", "refusal"),
    [
        (b"x" * 2049, CodeRefusal.TOO_LONG),
        (b"\xff\xff\xff", CodeRefusal.NOT_TEXT),
        (b"   ", CodeRefusal.NOT_TEXT),
        (b"a\x00b", CodeRefusal.CONTROL_CHARACTER),
        (b"a\x1b[2Jb", CodeRefusal.CONTROL_CHARACTER),
        (b"a\tb", CodeRefusal.CONTROL_CHARACTER),
        ("a\u202eb".encode(), CodeRefusal.CONTROL_CHARACTER),
        ("a\u2066b".encode(), CodeRefusal.CONTROL_CHARACTER),
        ("a\u200fb".encode(), CodeRefusal.CONTROL_CHARACTER),
        ("a\u2028b".encode(), CodeRefusal.CONTROL_CHARACTER),
        ("a\x85b".encode(), CodeRefusal.CONTROL_CHARACTER),
    ],
)
def test_hostile_payloads_are_refused_with_the_reason(payload: bytes, refusal: CodeRefusal) -> None:
    assert clean_payload(payload) is refusal


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_are_survived(pieces: list[bytes]) -> None:
    splitter = CodeSplitter(newland=True, max_bytes=100)
    for piece in pieces:
        for item in splitter.feed(piece):
            if isinstance(item, RawCode):
                clean_payload(item.data)
    splitter.flush()
