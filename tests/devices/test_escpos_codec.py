"""ESC/POS: paper to bytes without forbidden sequences, and answers told apart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.codecs.escpos import (
    FORBIDDEN,
    PROFILES,
    AutoStatus,
    FlowControl,
    PrinterState,
    PrinterStream,
    PrinterText,
    ProcessDone,
    RealTimeStatus,
    SensorStatus,
    encode_paper,
    in_set,
    process_id_request,
    state_from_asb,
    state_from_real_time,
    status_request,
)
from devices.drivers.base import Condition
from devices.drivers.status_tables import printer_condition
from devices.emulators.printer_model import PrintedRows, PrintedText, PrinterModel, Slip
from kiosk.domain.devices import Health, Supply
from kiosk.domain.paper import Feed, ImageBlock, Paper, Raster, TextLine

GENERIC = PROFILES["generic"]


def _line(text: str, *, double: bool = False, bold: bool = False, width_px: int = 384) -> TextLine:
    height = 48 if double else 24
    raster = Raster(width_px, height, b"\x81" * (width_px // 8 * height))
    return TextLine(text, bold, double, "left", raster)


def _print(paper: Paper, profile_name: str = "generic") -> list[Slip]:
    """What the emulated printer makes of the bytes."""
    slips: list[Slip] = []
    model = PrinterModel(lambda data: None, slips.append)
    for unit in encode_paper(paper, PROFILES[profile_name]):
        assert model.receive(unit) == []  # a stray answer would mean that a real-time request slipped into the data
    return slips


def test_a_line_in_the_set_goes_out_as_the_published_text_bytes() -> None:
    data = b"".join(encode_paper(Paper(384, (_line("测试"),)), GENERIC))
    assert data.startswith(bytes.fromhex("1b40 1b7400 1c26"))
    assert bytes.fromhex("b2e2cad40a") in data
    assert b"\x1dv0" not in data


@pytest.mark.parametrize("text", ["㐱", "𠮷田", "\ue863", "a\tb", "테"])
def test_a_line_with_a_character_outside_the_set_is_drawn(text: str) -> None:
    data = b"".join(encode_paper(Paper(384, (_line(text),)), GENERIC))
    assert b"\x1dv0" in data


def test_a_character_of_gbk_is_text_for_one_profile_and_drawn_for_another() -> None:
    assert in_set("镕", "gb18030")
    assert not in_set("镕", "gb2312")
    assert in_set("Step 1 of 3", "ascii")
    assert not in_set("a 好", "ascii")


def test_a_line_too_wide_for_the_paper_is_drawn() -> None:
    data = b"".join(encode_paper(Paper(384, (_line("字" * 9, double=True),)), GENERIC))
    assert b"\x1dv0" in data


def test_the_printer_prints_the_text_that_was_meant() -> None:
    (slip,) = _print(Paper(384, (_line("云浦市 ABC", bold=True), Feed(20), _line("双倍", double=True))))
    texts = [item for item in slip.items if isinstance(item, PrintedText)]
    assert [(each.text, each.style.bold, each.style.double) for each in texts] == [
        ("云浦市 ABC", True, False),
        ("双倍", False, True),
    ]


def test_white_rows_are_fed_and_not_sent() -> None:
    rows = b"\xff" * 48 + bytes(48 * 100) + b"\xff" * 48
    data = b"".join(encode_paper(Paper(384, (ImageBlock(Raster(384, 102, rows)),)), GENERIC))
    assert len(data) < 300
    assert b"\x1bJ\x64" in data


def test_a_long_feed_is_given_in_steps() -> None:
    data = b"".join(encode_paper(Paper(384, (Feed(600),), cut=False), GENERIC))
    assert b"\x1bJ\xff\x1bJ\xff\x1bJ\x5a" in data


def test_a_receipt_at_115200_is_out_within_five_seconds() -> None:
    blocks: tuple[TextLine | ImageBlock, ...] = (
        *(_line("一二三四五六七八九十一二三四五六") for _ in range(30)),
        ImageBlock(Raster(240, 240, b"\xa5" * 30 * 240)),
    )
    size = sum(len(unit) for unit in encode_paper(Paper(384, blocks), GENERIC))
    assert size * 10 / 115200 < 2.0


def _rows_of(slip: Slip, width_bytes: int) -> bytes:
    """The dots that were printed, right margins filled up again."""
    out = b""
    for item in slip.items:
        if isinstance(item, PrintedRows):
            for at in range(0, len(item.rows), item.width_bytes):
                out += item.rows[at : at + item.width_bytes].ljust(width_bytes, b"\x00")
    return out


#: Mostly the bytes that hurt.
_dots = st.lists(st.sampled_from([0x10, 0x04, 0x05, 0x14, 0x00, 0x01, 0xFF]), min_size=1, max_size=400).map(bytes)


@settings(max_examples=150)
@given(_dots, st.integers(1, 9), st.sampled_from(sorted(PROFILES)))
def test_no_picture_ever_holds_a_real_time_command(dots: bytes, stride: int, profile: str) -> None:
    height = max(1, len(dots) // stride)
    rows = dots.ljust(stride * height, b"\xff")[: stride * height]
    paper = Paper(384, (ImageBlock(Raster(stride * 8, height, rows)), _line("完"), ImageBlock(Raster(8, 1, b"\x10"))))
    units = encode_paper(paper, PROFILES[profile])
    stream = b"".join(units)
    assert not any(pair in stream for pair in FORBIDDEN)


@settings(max_examples=100)
@given(_dots, st.integers(1, 9))
def test_a_picture_loses_no_dot_and_gains_only_one_beside_a_black_one(dots: bytes, stride: int) -> None:
    height = max(1, len(dots) // stride)
    rows = dots.ljust(stride * height, b"\xff")[: stride * height]
    (slip,) = _print(Paper(384, (ImageBlock(Raster(stride * 8, height, rows)), _line("完"))))
    printed = [row for row in _split(_rows_of(slip, stride), stride) if any(row)]
    meant = [row for row in _split(rows, stride) if any(row)]
    assert len(printed) == len(meant)
    for got, want in zip(printed, meant, strict=True):
        assert all(b == a or (a == 0x10 and b == 0x18) for a, b in zip(want, got, strict=True))


def _split(rows: bytes, stride: int) -> list[bytes]:
    return [rows[at : at + stride] for at in range(0, len(rows), stride)]


def test_status_requests_have_the_published_bytes() -> None:
    assert [status_request(kind).hex() for kind in (1, 2, 3, 4)] == ["100401", "100402", "100403", "100404"]
    assert process_id_request(b"0001").hex() == "1d28480600303030303031"
    with pytest.raises(ValueError, match="printable"):
        process_id_request(b"\x001")


def test_answers_of_every_kind_are_told_apart_on_one_stream() -> None:
    stream = bytes.fromhex("12 1000000f 00 37223030303100 13 11 5f544d00 380000 0f 0c".replace(" ", ""))
    expected = [
        RealTimeStatus(0x12),
        AutoStatus(bytes.fromhex("1000000f")),
        SensorStatus(0x00),
        ProcessDone(b"0001"),
        FlowControl(stop=True),
        FlowControl(stop=False),
        PrinterText(b"TM"),
        AutoStatus(bytes.fromhex("3800000f")),
        SensorStatus(0x0C),
    ]
    assert PrinterStream().feed(stream) == expected
    parser = PrinterStream()
    assert [item for byte in stream for item in parser.feed(bytes((byte,)))] == expected


def test_automatic_status_broken_off_by_another_answer_loses_nothing_else() -> None:
    assert PrinterStream().feed(bytes.fromhex("100012")) == [RealTimeStatus(0x12)]


@given(st.binary(max_size=80))
def test_any_answer_bytes_are_survived(noise: bytes) -> None:
    for item in PrinterStream().feed(noise):
        if isinstance(item, AutoStatus):
            state_from_asb(item.value)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12}, Condition(Health.ONLINE, Supply.FULL)),
        ({4: 0x1E}, Condition(Health.ONLINE, Supply.LOW, "paper_low")),
        ({1: 0x1A, 2: 0x32, 4: 0x72}, Condition(Health.ONLINE, Supply.OUT, "paper_out")),
        ({4: 0x7E}, Condition(Health.ONLINE, Supply.OUT, "paper_out")),
        ({1: 0x1A, 2: 0x16}, Condition(Health.USER_ERROR, Supply.FULL, "cover_open")),
        ({1: 0x1A, 3: 0x1A}, Condition(Health.HARDWARE_ERROR, Supply.JAMMED, "cutter_error")),
        ({3: 0x32}, Condition(Health.HARDWARE_ERROR, Supply.FULL, "printer_error")),
        ({3: 0x52}, Condition(Health.DEVICE_BUSY, Supply.FULL, "head_hot")),
        ({1: 0x1A}, Condition(Health.OFFLINE, Supply.FULL, "printer_offline")),
    ],
)
def test_real_time_answers_become_status_words(answers: dict[int, int], expected: Condition) -> None:
    assert printer_condition(state_from_real_time(answers)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1000000f", PrinterState()),
        ("3800000f", PrinterState(offline=True, cover_open=True)),
        ("18000c0f", PrinterState(offline=True, paper_out=True)),
        ("1000030f", PrinterState(paper_low=True)),
        ("1808000f", PrinterState(offline=True, cutter_error=True)),
    ],
)
def test_automatic_status_bytes_become_the_state(value: str, expected: PrinterState) -> None:
    assert state_from_asb(bytes.fromhex(value)) == expected


@pytest.mark.parametrize(
    ("verb", "answers"),
    [
        ("paper_in", "12121212"),
        ("paper_out", "1a321272"),
        ("paper_low", "1212121e"),
        ("cover_open", "1a161212"),
    ],
)
def test_the_emulated_printer_answers_with_the_published_status_bytes(verb: str, answers: str) -> None:
    model = PrinterModel(lambda data: None, lambda slip: None)
    model.act(verb, {})
    got = b"".join(answer for kind in (1, 2, 3, 4) for answer in model.receive(status_request(kind)))
    assert got.hex() == answers


def test_the_emulated_printer_acts_on_a_request_inside_picture_data() -> None:
    model = PrinterModel(lambda data: None, lambda slip: None)
    assert model.receive(b"\x1dv0\x00\x08\x00\x01\x00" + b"\x00\x10\x04\x01\x00\x00\x00\x00") == [b"\x12"]


def test_the_emulated_printer_pushes_automatic_status_on_change_only_when_asked_to() -> None:
    model = PrinterModel(lambda data: None, lambda slip: None)
    assert model.act("cover_open", {}).send == ()
    model.act("cover_close", {})
    assert model.receive(b"\x1da\x0f") == [bytes.fromhex("1000000f")]
    assert model.act("cover_open", {}).send == (bytes.fromhex("3800000f"),)
