"""Modbus-RTU: our frames against a second implementation, and answers found in whatever the line brings."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import (
    ReadCoilsRequest,
    ReadCoilsResponse,
    ReadDiscreteInputsRequest,
    ReadDiscreteInputsResponse,
    WriteMultipleCoilsRequest,
    WriteMultipleCoilsResponse,
    WriteSingleCoilRequest,
    WriteSingleCoilResponse,
)

from devices.codecs.modbus import (
    MAX_FRAME,
    Answer,
    AnswerReader,
    Bits,
    Function,
    ReadBits,
    Refused,
    Request,
    WriteCoil,
    WriteCoils,
    Written,
    answer_length,
    crc16,
    encode_request,
    function_of,
)

_units = st.integers(1, 247)
_addresses = st.integers(0, 0xF000)
_reads = st.builds(
    ReadBits, st.sampled_from((Function.READ_COILS, Function.READ_INPUTS)), _addresses, st.integers(1, 2000)
)
_writes = st.builds(WriteCoil, _addresses, st.booleans()) | st.builds(
    WriteCoils, _addresses, st.lists(st.booleans(), min_size=1, max_size=1968).map(tuple)
)
_requests = _reads | _writes


def _theirs(unit: int, request: Request) -> ModbusPDU:
    match request:
        case ReadBits(Function.READ_COILS, address, count):
            return ReadCoilsRequest(address=address, count=count, dev_id=unit)
        case ReadBits(_, address, count):
            return ReadDiscreteInputsRequest(address=address, count=count, dev_id=unit)
        case WriteCoil(address, on):
            return WriteSingleCoilRequest(address=address, bits=[on], dev_id=unit)
        case WriteCoils(address, values):
            return WriteMultipleCoilsRequest(address=address, bits=list(values), dev_id=unit)


def _their_answer(unit: int, request: Request, bits: list[bool]) -> ModbusPDU:
    match request:
        case ReadBits(Function.READ_COILS):
            return ReadCoilsResponse(bits=bits, dev_id=unit)
        case ReadBits():
            return ReadDiscreteInputsResponse(bits=bits, dev_id=unit)
        case WriteCoil(address, on):
            return WriteSingleCoilResponse(address=address, bits=[on], dev_id=unit)
        case WriteCoils(address, values):
            return WriteMultipleCoilsResponse(address=address, count=len(values), dev_id=unit)


def _answer(data: st.DataObject, unit: int, request: Request) -> tuple[bytes, Answer]:
    """An answer as the other implementation frames it, and what it means."""
    framer = FramerRTU(DecodePDU(True))
    bits: list[bool] = []
    if isinstance(request, ReadBits):
        bits = data.draw(st.lists(st.booleans(), min_size=request.count, max_size=request.count))
    frame = bytes(framer.buildFrame(_their_answer(unit, request, bits)))
    return frame, Bits(tuple(bits)) if isinstance(request, ReadBits) else Written()


@given(_units, _requests)
def test_a_request_has_the_bytes_the_other_implementation_gives_it(unit: int, request: Request) -> None:
    assert encode_request(unit, request) == FramerRTU(DecodePDU(True)).buildFrame(_theirs(unit, request))


@settings(max_examples=60)
@given(_units, _requests, st.data())
def test_an_answer_of_the_other_implementation_is_understood_in_any_pieces(
    unit: int, request: Request, data: st.DataObject
) -> None:
    frame, expected = _answer(data, unit, request)
    assert len(frame) == answer_length(request) <= MAX_FRAME
    reader = AnswerReader(unit, request)
    at = 0
    found = None
    while at < len(frame):
        assert found is None
        size = data.draw(st.integers(1, len(frame) - at))
        found = reader.feed(frame[at : at + size])
        at += size
    assert found == expected
    assert not reader.damaged
    assert not reader.pending


@given(_units, _requests, st.integers(1, 11))
def test_a_refusal_is_told_with_its_code(unit: int, request: Request, code: int) -> None:
    refusal = ExceptionResponse(int(function_of(request)), code, device_id=unit)
    frame = bytes(FramerRTU(DecodePDU(True)).buildFrame(refusal))
    assert AnswerReader(unit, request).feed(frame) == Refused(code)


@settings(max_examples=60)
@given(_units, _reads, st.binary(max_size=12), st.data())
def test_noise_before_an_answer_is_passed_over(unit: int, request: ReadBits, noise: bytes, data: st.DataObject) -> None:
    frame, expected = _answer(data, unit, request)
    reader = AnswerReader(unit, request)
    reader.feed(noise)
    reader.silence()
    assert reader.feed(frame) == expected


@given(_units, _requests, st.data())
def test_one_wrong_bit_is_no_answer(unit: int, request: Request, data: st.DataObject) -> None:
    frame, _ = _answer(data, unit, request)
    spoilt = bytearray(frame)
    spoilt[data.draw(st.integers(0, len(frame) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    reader = AnswerReader(unit, request)
    assert reader.feed(bytes(spoilt)) is None
    reader.silence()
    assert reader.damaged


def test_another_units_answer_and_another_questions_answer_are_not_taken() -> None:
    framer = FramerRTU(DecodePDU(True))
    request = WriteCoil(3, on=True)
    for strange in (
        WriteSingleCoilResponse(address=3, bits=[True], dev_id=2),
        WriteSingleCoilResponse(address=4, bits=[True], dev_id=1),
        WriteSingleCoilResponse(address=3, bits=[False], dev_id=1),
        ReadCoilsResponse(bits=[True], dev_id=1),
    ):
        reader = AnswerReader(1, request)
        assert reader.feed(bytes(framer.buildFrame(strange))) is None
        reader.silence()
        assert reader.damaged


@given(_units, _requests, st.lists(st.binary(max_size=400), max_size=4))
def test_any_bytes_are_survived_and_never_more_than_a_frame_is_held(
    unit: int, request: Request, pieces: list[bytes]
) -> None:
    reader = AnswerReader(unit, request)
    for piece in pieces:
        answer = reader.feed(piece)
        assert answer is None or isinstance(answer, Bits | Written | Refused)
        assert len(reader._buffer) < MAX_FRAME


def test_the_published_check_sum() -> None:
    assert crc16(b"123456789") == 0x4B37


@pytest.mark.parametrize(
    "build",
    [
        lambda: ReadBits(Function.WRITE_COIL, 0, 1),
        lambda: ReadBits(Function.READ_COILS, 0, 2001),
        lambda: ReadBits(Function.READ_COILS, 0xFFFF, 2),
        lambda: WriteCoils(0, ()),
        lambda: WriteCoil(-1, on=True),
        lambda: encode_request(0, WriteCoil(0, on=True)),
        lambda: encode_request(248, WriteCoil(0, on=True)),
    ],
)
def test_a_request_that_no_frame_can_carry_is_refused(build: object) -> None:
    with pytest.raises(ValueError, match=r"\d|function"):
        build()  # type: ignore[operator]
