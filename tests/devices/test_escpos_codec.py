"""ESC/POS: paper to bytes without forbidden sequences, and answers told apart."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.codecs.escpos import (
    FORBIDDEN,
    PROFILES,
    RECOVER_AND_CLEAR,
    AutoStatus,
    FlowControl,
    PrinterItem,
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


#: Sizes that put the hurtful bytes into the heads of bands, and more rows than one band holds.
_sizes = st.sampled_from([1, 3, 4, 5, 16, 17, 20, 64, 65, 130, 260, 276])


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([1, 4, 5, 16, 20, 48, 72]), _sizes, st.randoms(use_true_random=False), st.booleans())
def test_no_band_edge_and_no_head_forms_a_real_time_command(
    stride: int, height: int, random: Random, hurtful: bool
) -> None:
    pool = [0x10, 0x04, 0x05, 0x14] if hurtful else list(range(256))
    rows = bytes(random.choices(pool, k=stride * height))
    for profile in PROFILES.values():
        units = encode_paper(Paper(576, (Feed(16), ImageBlock(Raster(stride * 8, height, rows)), Feed(20))), profile)
        assert not any(pair in b"".join(units) for pair in FORBIDDEN)
        # Between any two units the driver may ask; that alone must be seen as a real-time command.
        model = PrinterModel(lambda data: None, lambda slip: None)
        answers = [answer for unit in units for answer in model.receive(unit + status_request(1))]
        assert answers == [b"\x12"] * len(units)


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


_high = st.sampled_from([0x00, 0x08, 0x20, 0x28, 0x40, 0x60, 0x68])
_real_time = st.tuples(_high, st.sampled_from([0x00, 0x04])).map(lambda bits: RealTimeStatus(0x12 | bits[0] | bits[1]))
_auto_bytes = st.tuples(
    st.sampled_from([0x10, 0x14, 0x18, 0x30, 0x38, 0x50]),
    *[st.integers(0, 0x7F).map(lambda value: value & 0x6F)] * 3,
).map(bytes)
_auto = _auto_bytes.map(AutoStatus)
_done = st.binary(min_size=4, max_size=4).map(lambda four: ProcessDone(bytes(0x20 + byte % 0x5F for byte in four)))
_sensor = st.integers(0, 0x7F).map(lambda value: SensorStatus(value & 0x6F))
_flow = st.booleans().map(lambda stop: FlowControl(stop=stop))
_text = st.binary(max_size=12).map(lambda data: PrinterText(bytes(0x20 + byte % 0x5F for byte in data)))


def _bytes_of(item: PrinterItem) -> bytes:
    match item:
        case RealTimeStatus(value) | SensorStatus(value):
            return bytes((value,))
        case AutoStatus(four):
            return four
        case ProcessDone(process_id):
            return b"\x37\x22" + process_id + b"\x00"
        case PrinterText(text):
            return b"\x5f" + text + b"\x00"
        case FlowControl(stop=stop):
            return b"\x13" if stop else b"\x11"


@settings(max_examples=300)
@given(st.lists(_real_time | _auto | _done | _sensor | _flow | _text, max_size=8), st.data())
def test_any_answers_in_any_order_are_told_apart_at_any_split(items: list[PrinterItem], data: st.DataObject) -> None:
    stream = b"".join(_bytes_of(item) for item in items)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    parser = PrinterStream()
    got: list[PrinterItem] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += parser.feed(stream[start:end])
    assert got == items
    assert not parser.pending


@given(_real_time, _auto, st.integers(1, 3), _flow)
def test_a_real_time_answer_or_xoff_between_the_bytes_of_automatic_status_spoils_neither(
    answer: RealTimeStatus, auto: AutoStatus, at: int, flow: FlowControl
) -> None:
    for inserted in (answer, flow):
        stream = auto.value[:at] + _bytes_of(inserted) + auto.value[at:]
        assert PrinterStream().feed(stream) == [inserted, auto]
        assert PrinterStream().feed(auto.value + _bytes_of(inserted)) == [auto, inserted]


@given(_flow, _done, st.integers(1, 6))
def test_xoff_between_the_bytes_of_a_confirmation_does_not_hide_it(
    flow: FlowControl, done: ProcessDone, at: int
) -> None:
    frame = _bytes_of(done)
    assert PrinterStream().feed(frame[:at] + _bytes_of(flow) + frame[at:]) == [flow, done]


def test_automatic_status_broken_off_never_leaves_a_byte_that_passes_for_a_confirmation() -> None:
    parser = PrinterStream()
    assert parser.feed(bytes.fromhex("1000")) == []
    assert parser.pending
    parser.reset()  # the line has long been silent
    assert parser.feed(bytes.fromhex("00")) == [SensorStatus(0)]
    assert PrinterStream().feed(bytes.fromhex("10 11 00 13 00 0f")) == [
        FlowControl(stop=False),
        FlowControl(stop=True),
        AutoStatus(bytes.fromhex("1000000f")),
    ]


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


def test_the_emulated_printer_waits_to_be_recovered_after_its_cover_was_opened_in_mid_slip() -> None:
    model = PrinterModel(lambda data: None, lambda slip: None)
    model.receive("半张".encode("gb18030"))
    model.act("cover_open", {})
    model.receive(RECOVER_AND_CLEAR)
    model.act("cover_close", {})
    assert model.receive(status_request(3)) == [b"\x16"]
    model.receive(RECOVER_AND_CLEAR)
    assert model.receive(status_request(1)) == [b"\x12"]


def test_the_emulated_printer_holds_data_after_xoff_counts_them_and_answers_questions() -> None:
    printed = bytearray()
    model = PrinterModel(printed.extend, lambda slip: None)
    assert model.act("xoff", {}).send == (b"\x13",)
    assert model.receive(b"abc" + status_request(1)) == [b"\x12"]
    assert (bytes(printed), model.state()["bytes_after_xoff"]) == (b"", 3)
    assert model.act("xon", {}).send == (b"\x11",)
    assert bytes(printed) == b"abc"


def test_the_emulated_printer_without_power_is_deaf_and_forgets() -> None:
    slips: list[Slip] = []
    model = PrinterModel(lambda data: None, slips.append)
    model.receive(b"abc\n")
    model.act("power_off", {})
    assert model.receive(status_request(1) + b"def\n") == []
    model.act("power_on", {})
    model.receive(b"ghi\n\x1dV\x00")
    assert [item.text for item in slips[0].items if isinstance(item, PrintedText)] == ["ghi"]


@pytest.mark.parametrize(
    ("what", "answers"),
    [("no_confirm", []), ("late_confirm", []), ("wrong_confirm", [b"\x37\x22~~~~\x00"]), ("no_process_id", [])],
)
def test_the_emulated_printer_can_fail_to_confirm_in_every_way(what: str, answers: list[bytes]) -> None:
    model = PrinterModel(lambda data: None, lambda slip: None)
    model.act("fail_next", {"what": what})
    assert model.receive(process_id_request(b"1357")) == answers
    late = (b"\x37\x221357\x00",) if what == "late_confirm" else ()
    assert model.act("confirm", {}).send == late


def test_the_emulated_printer_can_push_status_between_a_question_and_its_answer() -> None:
    model = PrinterModel(lambda data: None, lambda slip: None)
    model.act("fail_next", {"what": "asb_between"})
    assert model.receive(status_request(4)) == [bytes.fromhex("1000000f"), b"\x12"]
    assert model.act("push_status", {}).send == (bytes.fromhex("1000000f"),)


def test_the_emulated_printer_finds_the_end_of_commands_that_only_other_hosts_send() -> None:
    slips: list[Slip] = []
    model = PrinterModel(lambda data: None, slips.append)
    model.receive(bytes.fromhex("1c284102003000 1d6b430c 323031323334353637383930 1d6b04 3132 00") + b"ok\n\x1dV\x00")
    texts = [item.text for item in slips[0].items if isinstance(item, PrintedText)]
    assert texts == ["[bar code 201234567890]", "[bar code 12]", "ok"]
