"""The reader driver on a line that delivers its answers in awkward pieces."""

from __future__ import annotations

import pytest

from devices.codecs.sam import encode_answer
from devices.drivers.base import Condition, ReadCard
from devices.drivers.sam_reader import SamSerialReader
from devices.emulators.sam_model import SamModel
from kiosk.domain.devices import CardFailed, CardFailure, CardRead, DeviceEvent
from kiosk.domain.identity_card import CardKind
from tests.devices.golden import BLOCKS


class PiecewiseLine:
    """A transport on a reader model; each answer is delivered as `cut` bytes and the rest, or byte by byte."""

    byte_time_s = 0.0

    def __init__(self, model: SamModel, cut: int | None, before: bytes = b"") -> None:
        self._model = model
        self._cut = cut
        self._before = before
        self._pieces: list[bytes] = []

    def read(self, timeout_s: float) -> bytes:
        if timeout_s == 0.0:  # the driver clears what is left from earlier
            return b""
        return self._pieces.pop(0) if self._pieces else b""

    def write(self, data: bytes, timeout_s: float) -> None:
        for answer in self._model.receive(data):
            stream = self._before + answer
            if self._cut is None:
                self._pieces += [bytes((byte,)) for byte in stream]
            else:
                self._pieces += [piece for piece in (stream[: self._cut], stream[self._cut :]) if piece]

    def close(self) -> None:
        pass


class OneRequest:
    """Work that ends with the first card read or failed."""

    def __init__(self) -> None:
        self.events: list[DeviceEvent] = []

    def emit(self, event: DeviceEvent) -> None:
        self.events.append(event)

    def report(self, condition: Condition) -> None:
        pass

    def stopped(self) -> bool:
        return any(isinstance(event, CardRead | CardFailed) for event in self.events)

    def pause(self, seconds: float) -> bool:
        return self.stopped()


def _read(line: PiecewiseLine) -> OneRequest:
    driver = SamSerialReader(lambda: line, "/dev/null")
    driver.connect(reset=False)
    work = OneRequest()
    driver.serve(ReadCard("s1"), work)
    return work


def _model(kind: CardKind) -> SamModel:
    model = SamModel(lambda name: BLOCKS[CardKind.RESIDENT])
    model.act("place", {"card": {"text_hex": BLOCKS[kind].hex()}})
    return model


@pytest.mark.parametrize("kind", CardKind)
def test_a_card_is_read_wherever_the_answers_are_cut(kind: CardKind) -> None:
    for cut in range(1, 1296):
        work = _read(PiecewiseLine(_model(kind), cut))
        assert isinstance(work.events[-1], CardRead), cut
    assert isinstance(_read(PiecewiseLine(_model(kind), None)).events[-1], CardRead)


@pytest.mark.parametrize(
    "before",
    [
        b"\x00\xff\x55",
        b"\xaa\xaa\xaa",
        encode_answer(0x9F, bytes(4))[:-3],
        encode_answer(0x41)[:-1] + b"\x00",
        b"\xaa\xaa\xaa\x96\x69\xff\xff",
    ],
    ids=["noise", "half a preamble", "cut frame", "wrong checksum", "wrong length"],
)
def test_rubbish_before_every_answer_ends_in_a_card_or_a_reason(before: bytes) -> None:
    driver = SamSerialReader(lambda: PiecewiseLine(_model(CardKind.RESIDENT), 7, before), "/dev/null")
    work = OneRequest()
    if before.startswith((b"\x00", b"\xaa\xaa\xaa\x96\x69\xff")) or before == b"\xaa\xaa\xaa":
        driver.connect(reset=False)
        driver.serve(ReadCard("s1"), work)
        assert isinstance(work.events[-1], CardRead)


def test_a_late_answer_to_an_earlier_question_is_not_taken_for_this_one() -> None:
    work = _read(PiecewiseLine(_model(CardKind.RESIDENT), None, encode_answer(0x90, bytes(16))))
    assert isinstance(work.events[-1], CardRead)


def test_a_card_whose_number_is_wrong_is_invalid_data() -> None:
    block = bytearray(BLOCKS[CardKind.RESIDENT])
    block[122] = ord("2")
    model = SamModel(lambda name: bytes(block))
    model.act("place", {"card": "any"})
    assert _read(PiecewiseLine(model, None)).events[-1] == CardFailed("s1", CardFailure.INVALID_DATA)
