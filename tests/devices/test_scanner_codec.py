"""Code scanners: suffixes, silence, Newland frames, and which payloads are taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.scanner import CodeSplitter, Overlong, RawCode, clean_payload
from devices.codecs.scanner_profiles import (
    EM3095,
    EM3095_START,
    EM3095_STOP,
    HONEYWELL,
    HONEYWELL_QUERY,
    HONEYWELL_START,
    HONEYWELL_STOP,
    NEWLAND,
    NEWLAND_START,
    NEWLAND_STOP,
    PROFILES,
    Reply,
    ScannerProfile,
    Verdict,
    crc_xmodem,
    em3095_reply,
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
    splitter = CodeSplitter(NEWLAND)
    stream = newland_reply(NEWLAND_START) + b"CODE\r"
    assert splitter.feed(stream[:cut]) + splitter.feed(stream[cut:]) == [
        Reply(Verdict.ACCEPTED),
        RawCode(b"CODE"),
    ]


def test_the_end_of_a_reply_whose_beginning_was_lost_is_dropped() -> None:
    splitter = CodeSplitter(NEWLAND)
    stream = newland_reply(NEWLAND_STOP)[9:] + newland_reply(NEWLAND_START) + b"CODE\r" + newland_reply(NEWLAND_STOP)
    assert splitter.feed(stream) == [
        Reply(Verdict.ACCEPTED),
        RawCode(b"CODE"),
        Reply(Verdict.ACCEPTED),
    ]


@pytest.mark.parametrize("verdict", [0x15, 0x05])
def test_nak_and_enq_are_refusals(verdict: int) -> None:
    assert CodeSplitter(NEWLAND).feed(newland_reply(NEWLAND_START, verdict)) == [Reply(Verdict.REFUSED)]


def test_the_em3095_frames_and_their_checksums_are_the_published_ones() -> None:
    assert EM3095_START.hex() == "7e000801000201" + "02da"
    assert EM3095_STOP.hex() == "7e000801000200" + "12fb"
    assert [em3095_reply(kind).hex() for kind in (0, 1, 3)] == ["02000001003331", "02000101000401", "02000301006a61"]
    assert crc_xmodem(b"123456789") == 0x31C3  # the check value that every list of CRCs gives for XMODEM


@pytest.mark.parametrize(
    ("frame", "verdict"),
    [
        ("02000001003331", Verdict.ACCEPTED),
        ("0200000100abcd", Verdict.ACCEPTED),
        ("02000101000401", Verdict.DAMAGED),
        ("02000301006a61", Verdict.REFUSED),
        ("02000001003330", Verdict.DAMAGED),
    ],
)
def test_an_em3095_reply_says_what_it_says_wherever_it_is_cut(frame: str, verdict: Verdict) -> None:
    stream = bytes.fromhex(frame) + b"CODE\r"
    for cut in range(1, len(stream)):
        splitter = CodeSplitter(EM3095)
        assert splitter.feed(stream[:cut]) + splitter.feed(stream[cut:]) == [Reply(verdict), RawCode(b"CODE")]


def test_an_em3095_reply_longer_than_any_is_damaged_and_the_next_code_is_read() -> None:
    splitter = CodeSplitter(EM3095)
    items = splitter.feed(b"\x02\x00\x00\xff" + b"x" * 300 + b"\rCODE\r")
    assert items[0] == Reply(Verdict.DAMAGED)
    assert items[-1] == RawCode(b"CODE")


def test_the_honeywell_commands_are_the_published_ones() -> None:
    assert (HONEYWELL_START.hex(), HONEYWELL_STOP.hex()) == ("16540d", "16550d")
    assert HONEYWELL_QUERY.hex() == "164d0d" + "636272656e613f2e"


@pytest.mark.parametrize(("mark", "verdict"), [(6, Verdict.ACCEPTED), (5, Verdict.REFUSED), (21, Verdict.REFUSED)])
@pytest.mark.parametrize("end", [b"", b".", b"!"])
def test_a_honeywell_menu_answer_is_taken_only_when_one_was_asked_for(mark: int, verdict: Verdict, end: bytes) -> None:
    stream = b"CBRENA1" + bytes((mark,)) + end
    splitter = CodeSplitter(HONEYWELL)
    splitter.awaiting = True
    assert splitter.feed(stream) + splitter.feed(b"CODE\r") == [Reply(verdict), RawCode(b"CODE")]
    unasked = CodeSplitter(HONEYWELL)
    assert unasked.feed(stream + b"\r") == [RawCode(stream)]
    assert clean_payload(stream) is CodeRefusal.CONTROL_CHARACTER


@pytest.mark.parametrize("profile", [NEWLAND, EM3095, HONEYWELL], ids=lambda each: each.name)
def test_two_names_of_one_family_are_one_profile(profile: ScannerProfile) -> None:
    assert profile in PROFILES.values()
    assert PROFILES["gm65"] is PROFILES["em3095"]
    assert PROFILES["newland"] is PROFILES["newland-unified"]


def test_utf8_is_taken_as_it_is() -> None:
    assert clean_payload("云浦市 YPC1.abc".encode()) == "云浦市 YPC1.abc"


def test_gb18030_is_taken_where_it_is_not_utf8() -> None:
    assert clean_payload("测试".encode("gb18030")) == "测试"


def test_an_aim_id_and_a_byte_order_mark_are_taken_off() -> None:
    assert clean_payload(b"]Q1YPC1.abc") == "YPC1.abc"
    assert clean_payload(b"\xef\xbb\xbfYPC1") == "YPC1"
    assert clean_payload(b"]not an aim id") == "]not an aim id"


@pytest.mark.parametrize(
    "text", ["https://zw.yunpu.example/p/1", "HTTPS://X", "YPC1.abc", "姓名:测试", "12:30", "a b: c"]
)
def test_an_address_of_the_list_and_what_is_no_address_are_taken(text: str) -> None:
    assert clean_payload(text.encode()) == text


@pytest.mark.parametrize(
    ("payload", "refusal"),
    [
        (b"x" * 2049, CodeRefusal.TOO_LONG),
        ("测".encode("gb18030") * 1000, CodeRefusal.TOO_LONG),  # 2000 bytes as sent, 3000 as handed on
        (b"javascript:alert(1)", CodeRefusal.SCHEME),
        (b"  JavaScript:alert(1)", CodeRefusal.SCHEME),
        (b"]Q1data:text/html,x", CodeRefusal.SCHEME),
        (b"file:///etc/passwd", CodeRefusal.SCHEME),
        (b"intent://scan/#Intent;end", CodeRefusal.SCHEME),
        (b"tel:12345", CodeRefusal.SCHEME),
        (b"http://yunpu.example/", CodeRefusal.SCHEME),
        (b"WIFI:T:WPA;S:x;;", CodeRefusal.SCHEME),
        (b"C:/x.exe", CodeRefusal.SCHEME),
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


@given(st.lists(st.binary(max_size=60), max_size=8), st.sampled_from(sorted(set(PROFILES))), st.booleans())
def test_any_bytes_are_survived(pieces: list[bytes], name: str, awaiting: bool) -> None:
    profile = PROFILES[name]
    splitter = CodeSplitter(profile, max_bytes=100)
    splitter.awaiting = awaiting
    for piece in pieces:
        for item in splitter.feed(piece):
            if isinstance(item, RawCode):
                clean_payload(item.data)
    splitter.flush()
