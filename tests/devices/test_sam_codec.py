"""The SAM protocol: frames, split anywhere, damaged anyhow; lengths and status words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.sam import (
    PREAMBLE,
    Command,
    Frame,
    FrameError,
    FrameParser,
    Status,
    checksum,
    encode_answer,
    encode_frame,
    format_sam_id,
    join_base,
    split_base,
)
from devices.drivers.status_tables import SAM_MEANINGS, sam_meaning
from kiosk.domain.devices import CardFailure, Health
from kiosk.domain.identity_card import CardKind
from tests.devices.golden import (
    ANSWERS,
    BLOCKS,
    FRAME_CHECKSUMS,
    HOST_TIMEOUT_MARKER,
    REQUESTS,
    SAM_ID_DATA,
    SAM_ID_TEXT,
)


@pytest.mark.parametrize(("what", "body", "frame"), REQUESTS)
def test_a_request_is_encoded_to_the_published_bytes(what: str, body: str, frame: str) -> None:
    cmd, para = bytes.fromhex(body)
    assert Command(cmd, para).encode().hex() == frame, what


@pytest.mark.parametrize(("status", "data", "frame"), ANSWERS)
def test_an_answer_reads_back_from_the_published_bytes(status: int, data: str, frame: str) -> None:
    (item,) = FrameParser().feed(bytes.fromhex(frame))
    assert isinstance(item, Frame)
    assert (item.sw3, item.data) == (status, bytes.fromhex(data))
    assert encode_answer(status, bytes.fromhex(data)).hex() == frame


def test_the_sam_id_prints_as_the_document_prints_it() -> None:
    assert format_sam_id(SAM_ID_DATA) == SAM_ID_TEXT
    assert format_sam_id(SAM_ID_DATA[:-1]) is None


@pytest.mark.parametrize("kind", CardKind)
def test_a_card_answer_has_the_golden_length_and_checksum(kind: CardKind) -> None:
    frame = encode_answer(Status.OK, join_base(BLOCKS[kind], bytes(1024)))
    assert (len(frame), frame[-1]) == (1295, FRAME_CHECKSUMS[kind])


@pytest.mark.parametrize("kind", CardKind)
def test_a_card_answer_split_at_every_byte_is_the_same_frame(kind: CardKind) -> None:
    frame = encode_answer(Status.OK, join_base(BLOCKS[kind], bytes(1024)))
    parser = FrameParser()
    for cut in range(1, len(frame)):
        items = parser.feed(frame[:cut]) + parser.feed(frame[cut:])
        assert [type(item) for item in items] == [Frame], cut
    single = [item for byte in frame for item in parser.feed(bytes((byte,)))]
    assert [type(item) for item in single] == [Frame]


def test_two_frames_in_one_read_both_come_out() -> None:
    items = FrameParser().feed(encode_answer(Status.NO_CARD) + encode_answer(Status.FOUND, bytes(4)))
    assert [item.sw3 for item in items if isinstance(item, Frame)] == [Status.NO_CARD, Status.FOUND]


def test_noise_before_the_preamble_is_dropped() -> None:
    items = FrameParser().feed(b"\x00\xff\xaa\x96" + encode_answer(Status.OK))
    assert [type(item) for item in items] == [Frame]


def test_a_lost_first_aa_is_tolerated() -> None:
    items = FrameParser().feed(encode_answer(Status.OK)[1:])
    assert [type(item) for item in items] == [Frame]


def test_the_preamble_inside_the_photo_does_not_split_the_frame() -> None:
    photo = (PREAMBLE * 300)[:1024]
    (item,) = FrameParser().feed(encode_answer(Status.OK, join_base(BLOCKS[CardKind.RESIDENT], photo)))
    assert isinstance(item, Frame)
    answer = split_base(item.data)
    assert answer is not None
    assert answer.photo == photo


def test_a_wrong_checksum_is_an_error_and_the_next_frame_is_read() -> None:
    bad = bytearray(encode_answer(Status.OK))
    bad[-1] ^= 1
    items = FrameParser().feed(bytes(bad) + encode_answer(Status.NO_CARD))
    assert items[0] == FrameError("checksum")
    assert isinstance(items[1], Frame)


@pytest.mark.parametrize("length", [0, 3, 2315, 0xFFFF])
def test_a_length_out_of_range_is_an_error_and_the_next_frame_is_read(length: int) -> None:
    items = FrameParser().feed(PREAMBLE + length.to_bytes(2, "big") + encode_answer(Status.OK))
    assert items[0] == FrameError("length")
    assert isinstance(items[1], Frame)


def test_the_hosts_own_timeout_marker_is_no_frame() -> None:
    parser = FrameParser()
    assert parser.feed(HOST_TIMEOUT_MARKER) == []
    assert parser.pending


@pytest.mark.parametrize(("size", "total"), [(0, 1297), (512, 1809), (1024, 2321)])
def test_a_fingerprint_answer_is_cut_by_its_own_lengths(size: int, total: int) -> None:
    frame = encode_answer(Status.OK, join_base(BLOCKS[CardKind.RESIDENT], bytes(1024), bytes(size)))
    assert len(frame) == total
    (item,) = FrameParser().feed(frame)
    assert isinstance(item, Frame)
    answer = split_base(item.data)
    assert answer is not None
    assert (len(answer.text), len(answer.photo), len(answer.fingerprint)) == (256, 1024, size)


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01\x00\x04\x00", b"\x00\x01" + bytes(6)])
def test_lengths_that_do_not_add_up_are_refused(data: bytes) -> None:
    assert split_base(data) is None


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.data())
def test_frames_come_out_whole_however_they_are_cut(bodies: list[bytes], data: st.DataObject) -> None:
    answers = [encode_answer(Status.OK, body) for body in bodies]
    stream = b"".join(answers)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    parser = FrameParser()
    items = [
        item
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for item in parser.feed(stream[start:end])
    ]
    assert [item.data for item in items if isinstance(item, Frame)] == bodies


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(noise: bytes) -> None:
    parser = FrameParser()
    for item in parser.feed(noise):
        assert isinstance(item, Frame | FrameError)
    parser.reset()
    assert not parser.pending


def test_the_checksum_over_length_and_body_is_zero() -> None:
    assert checksum(encode_frame(b"\x30\x01")[5:]) == 0


def test_every_published_status_word_has_a_meaning() -> None:
    assert set(SAM_MEANINGS) == set(Status)
    assert sam_meaning(0x60).condition.health is Health.HARDWARE_ERROR
    assert sam_meaning(0x66).condition.health is Health.HARDWARE_ERROR
    assert sam_meaning(0x32).failure is CardFailure.NOT_GENUINE
    assert sam_meaning(0x55).failure is CardFailure.UNREADABLE
