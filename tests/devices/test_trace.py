"""The byte trace shows commands and status, and nothing of a person, however the stream is cut."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.sam import FIND, READ_BASE, encode_frame
from devices.trace import Counts, EscPosMask, SamMask, ScannerMask, Tap, Whole, current_tap, tapping, traced
from kiosk.domain.diagnostics import TraceRow

NAME_ON_THE_LINE = "测试甲".encode("utf-16-le")


class Wire:
    """A line that says what it is told to say."""

    byte_time_s = 0.0

    def __init__(self, says: list[bytes]) -> None:
        self.says = says
        self.sent: list[bytes] = []

    def read(self, timeout_s: float) -> bytes:
        return self.says.pop(0) if self.says else b""

    def write(self, data: bytes, timeout_s: float) -> None:
        self.sent.append(data)

    def close(self) -> None:
        """Nothing to close."""


def test_a_line_that_nobody_watches_hands_everything_on_and_notes_nothing() -> None:
    tap = Tap("id_card", Whole())
    with tapping(tap):
        opened = traced(lambda: Wire([b"abc"]))()
    opened.write(b"x", 1.0)
    assert opened.read(0.0) == b"abc"
    assert current_tap() is None


def test_a_watched_line_tells_direction_size_and_bytes_until_it_is_left() -> None:
    tap, rows = Tap("io_board", Whole()), []
    with tapping(tap):
        opened = traced(lambda: Wire([b"\x01\x02", b"\x03"]))()
    tap.listen(rows.append)
    opened.write(b"\xff", 1.0)
    opened.read(0.0)
    tap.listen(None)
    opened.read(0.0)
    assert [(row.device, row.sent, row.size, row.text) for row in rows] == [
        ("io_board", True, 1, "FF"),
        ("io_board", False, 2, "01 02"),
    ]


def test_a_driver_that_is_made_for_no_hub_opens_its_line_as_it_is() -> None:
    wire = Wire([])
    assert traced(lambda: wire)() is wire


@given(st.binary(max_size=1400), st.lists(st.integers(0, 1500), max_size=6))
def test_a_card_answer_shows_its_status_and_never_its_data_wherever_it_is_cut(data: bytes, cuts: list[int]) -> None:
    frame = encode_frame(b"\x00\x00\x90" + data)
    mask = SamMask()
    mask.show(True, READ_BASE.encode())
    edges = [0, *sorted(min(cut, len(frame)) for cut in cuts), len(frame)]
    told = [mask.show(False, frame[a:b]) for a, b in itertools.pairwise(edges) if a < b]
    assert any("SW 00 00 90" in text for text in told)
    allowed = set("SW 0123456789ABCDEF‹›damged()lenthcksu")
    for text in told:
        assert set(text) <= allowed
        assert len(text) < 60


def test_a_request_is_shown_whole() -> None:
    assert SamMask().show(True, FIND.encode()) == "AA AA AA 96 69 00 03 20 01 22"


def test_a_code_is_a_count_and_a_trigger_reply_is_bytes() -> None:
    mask = ScannerMask()
    assert mask.show(False, b"YPC1.secret\r\n") == "‹13›"
    assert mask.show(False, b"\x02\x010000#SCNTRG1\x06;\x03").startswith("02 01")
    assert mask.show(False, b"\x02\x010000#SCNTRG1\x06;\x03YPC1.secret\r") == "‹29›"


def test_a_line_of_text_is_a_count_and_a_status_question_is_bytes() -> None:
    mask = EscPosMask()
    assert mask.show(True, "测试".encode("gb18030")) == "‹4›"
    assert mask.show(True, b"\x1b@" + b"name") == "‹6›"
    assert mask.show(True, b"\x10\x04\x01") == "10 04 01"
    assert mask.show(False, b"\x12") == "12"


def test_a_driver_without_a_mask_shows_counts_alone() -> None:
    assert Counts().show(False, NAME_ON_THE_LINE) == "‹6›"


def test_a_row_keeps_nothing_but_what_is_shown() -> None:
    rows: list[TraceRow] = []
    tap = Tap("code_scanner", ScannerMask())
    tap.listen(rows.append)
    tap.note(False, b"YPC1.secret\r")
    assert "secret" not in repr(rows)
