"""ESC/POS: paper to bytes, and the one byte stream that comes back to values.

Sources: the command references of Epson, Citizen, Ithaca and SureMark printers, whose bit tables agree.

Paper becomes units: whole commands, between which a status request may be sent. A printer acts on `10 04`, `10 05` and
`10 14` even inside other data, so no unit holds them and no two neighbours form them: between two rows of a picture the
band is split there; inside a row one white dot beside a black one is blackened (10 becomes 18), which no eye and no QR
reader notices.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from kiosk.domain.paper import Feed, ImageBlock, Paper, Raster, TextLine

DLE = 0x10
FORBIDDEN = (b"\x10\x04", b"\x10\x05", b"\x10\x14")
_FORBIDDEN_SECOND = frozenset(pair[1] for pair in FORBIDDEN)

INITIALISE = b"\x1b\x40"
CHINESE_ON = b"\x1c\x26"
CODE_PAGE_437 = b"\x1b\x74\x00"
ASB_ALL = b"\x1d\x61\x0f"
RECOVER_AND_CLEAR = b"\x10\x05\x02"  # DLE ENQ 2: after an error, drop what is buffered
CLEAR_BUFFER = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"  # DLE DC4 8: the same where there is no error
PAPER_SENSOR = b"\x1d\x72\x01"  # GS r 1: answered when all before it was processed
FEED_AND_CUT = b"\x1d\x56\x42\x00"
_HALF_WIDTH_DOTS = 12
_MIN_WHITE_ROWS = 8  # fewer white rows are cheaper inside a band than as a feed of their own
_MAX_FEED = 255
_XON, _XOFF = 0x11, 0x13
_MAX_TEXT = 96

TextSet = Literal["gb18030", "gb2312", "ascii"]
Confirm = Literal["gs_h", "gs_r"]


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """What one family of printers can do. `band_rows` is 24 to 128."""

    name: str
    text: TextSet
    confirm: Confirm
    asb: bool
    cutter: bool
    band_rows: int = 64


PROFILES: Mapping[str, PrinterProfile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            PrinterProfile("generic", text="gb18030", confirm="gs_r", asb=False, cutter=True),
            PrinterProfile("generic-gb2312", text="gb2312", confirm="gs_r", asb=False, cutter=True),
            PrinterProfile("generic-raster", text="ascii", confirm="gs_r", asb=False, cutter=True),
            PrinterProfile("generic-no-cutter", text="gb18030", confirm="gs_r", asb=False, cutter=False),
            PrinterProfile("epson-tm", text="gb18030", confirm="gs_h", asb=True, cutter=True, band_rows=128),
        )
    }
)


def status_request(kind: int) -> bytes:
    """DLE EOT `kind`: 1 printer, 2 cause of being offline, 3 error, 4 paper."""
    return bytes((DLE, 0x04, kind))


def process_id_request(process_id: bytes) -> bytes:
    """GS ( H function 48: answered when everything before it has been printed. Four bytes of 20 to 7E."""
    if len(process_id) != 4 or not all(0x20 <= byte <= 0x7E for byte in process_id):
        raise ValueError("a process id is four printable ASCII bytes")
    return b"\x1d\x28\x48\x06\x00\x30\x30" + process_id


# --- paper to bytes ---------------------------------------------------------------------------------------------


def encode_paper(paper: Paper, profile: PrinterProfile) -> tuple[bytes, ...]:
    """The whole slip as units, in order. What the printer's set lacks is drawn."""
    units = [INITIALISE + CODE_PAGE_437 + (CHINESE_ON if profile.text != "ascii" else b"")]
    for block in paper.blocks:
        match block:
            case Feed(dots):
                units.extend(_feed(dots))
            case ImageBlock(raster):
                units.extend(_draw(raster, profile.band_rows))
            case TextLine() if _is_text(block, paper.width_px, profile.text):
                units.append(_text_line(block, chinese=profile.text != "ascii"))
            case TextLine(raster=raster):
                units.extend(_draw(raster, profile.band_rows))
    if paper.cut and profile.cutter:
        units.append(FEED_AND_CUT)
    else:
        units.extend(_feed(4 * 24))
    return tuple(units)


def in_set(text: str, text_set: TextSet) -> bool:
    """Whether a printer with this set has every character: one byte (ASCII) or two bytes in GB18030 (or GB 2312)."""
    if text_set == "ascii":
        return all(" " <= char <= "~" for char in text)
    for char in text:
        if " " <= char <= "~":
            continue
        # Private-use characters have two-byte codes, but no printer has the glyph that is meant.
        if unicodedata.category(char) in ("Co", "Cc", "Cf", "Cs", "Cn"):
            return False
        try:
            if len(char.encode(text_set)) != 2:
                return False
        except UnicodeEncodeError:
            return False
    return True


def _is_text(line: TextLine, width_px: int, text_set: TextSet) -> bool:
    """In the set, and short enough that the printer does not wrap it."""
    columns = sum(1 if char <= "~" else 2 for char in line.text)
    return in_set(line.text, text_set) and columns * _HALF_WIDTH_DOTS * (2 if line.double else 1) <= width_px


def _text_line(line: TextLine, *, chinese: bool) -> bytes:
    height = max(1, min(_MAX_FEED, line.raster.height_px))
    return b"".join(
        (
            b"\x1b\x61" + bytes((1 if line.align == "center" else 0,)),
            b"\x1b\x45" + bytes((1 if line.bold else 0,)),
            # Clones size Chinese with FS W only, Epson takes whichever came last: both say the same.
            b"\x1d\x21" + bytes((0x11 if line.double else 0x00,)),
            b"\x1c\x57" + bytes((1 if line.double else 0,)) if chinese else b"",
            b"\x1b\x33" + bytes((height,)),
            line.text.encode("gb18030"),
            b"\n",
        )
    )


def _feed(dots: int) -> Iterator[bytes]:
    while dots > 0:
        step = min(dots, _MAX_FEED)
        yield b"\x1b\x4a" + bytes((step,))
        dots -= step


def _draw(raster: Raster, band_rows: int) -> Iterator[bytes]:
    """Bands of GS v 0; white stretches become feeds and white right margins are not sent."""
    stride = raster.stride
    rows = [raster.rows[at : at + stride] for at in range(0, len(raster.rows), stride)]
    blank = bytes(stride)
    at = 0
    first = True
    while at < len(rows):
        white = at
        while white < len(rows) and rows[white] == blank:
            white += 1
        if white - at >= _MIN_WHITE_ROWS or white == len(rows):
            yield from _feed(white - at)
            at = white
            continue
        end = at
        while end < len(rows) and end - at < band_rows and not _white_from(rows, end, blank):
            end += 1
        for band in _bands(rows[at:end]):
            yield (b"\x1b\x61\x00" if first else b"") + band
            first = False
        at = end


def _white_from(rows: list[bytes], at: int, blank: bytes) -> bool:
    """Whether a white stretch worth a feed begins at this row."""
    stretch = rows[at : at + _MIN_WHITE_ROWS]
    return len(stretch) == _MIN_WHITE_ROWS and all(row == blank for row in stretch)


def _bands(rows: list[bytes]) -> Iterator[bytes]:
    """GS v 0 commands for these rows, split where one row's end and the next one's start would form a command."""
    width = max(1, max(len(row.rstrip(b"\x00")) for row in rows))
    band = bytearray()
    count = 0
    for row in rows:
        clean = _without_real_time(row[:width])
        if band and band[-1] == DLE and clean[0] in _FORBIDDEN_SECOND:
            yield _raster_command(width, count, bytes(band))
            band.clear()
            count = 0
        band += clean
        count += 1
    yield _raster_command(width, count, bytes(band))


def _without_real_time(row: bytes) -> bytes:
    """The row with each inner 10 04, 10 05, 10 14 turned into 18 04, 18 05, 18 14: one dot more beside a black one."""
    if not any(pair in row for pair in FORBIDDEN):
        return row
    changed = bytearray(row)
    for at in range(len(changed) - 1):
        if changed[at] == DLE and changed[at + 1] in _FORBIDDEN_SECOND:
            changed[at] = 0x18
    return bytes(changed)


def _raster_command(width_bytes: int, row_count: int, data: bytes) -> bytes:
    return b"\x1d\x76\x30\x00" + width_bytes.to_bytes(2, "little") + row_count.to_bytes(2, "little") + data


# --- bytes back -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RealTimeStatus:
    """The answer to a DLE EOT; which one was asked, only the asker knows."""

    value: int


@dataclass(frozen=True, slots=True)
class AutoStatus:
    """Four bytes of automatic status back."""

    value: bytes


@dataclass(frozen=True, slots=True)
class SensorStatus:
    """The answer to GS r (or GS I): everything sent before it has been processed."""

    value: int


@dataclass(frozen=True, slots=True)
class ProcessDone:
    """The answer to GS ( H: everything sent before that process id has been printed."""

    process_id: bytes


@dataclass(frozen=True, slots=True)
class PrinterText:
    """A text answer of GS I (model name and the like)."""

    value: bytes


@dataclass(frozen=True, slots=True)
class FlowControl:
    """XOFF (`stop`) or XON."""

    stop: bool


PrinterItem = RealTimeStatus | AutoStatus | SensorStatus | ProcessDone | PrinterText | FlowControl


class PrinterStream:
    """Tell a printer's answers apart (the table in Citizen's manuals), fed in any pieces. Unknown bytes are dropped.

    A printer may put one byte (XON, XOFF, a real-time answer) into a longer answer: it is taken out wherever it cannot
    belong there. In doubt a byte counts as part of the longer answer, so that no stray byte ever passes for the word
    that a slip was printed.
    """

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def pending(self) -> bool:
        """Whether the beginning of a longer answer is held."""
        return bool(self._held)

    @property
    def held(self) -> bytes:
        """The beginning of a longer answer."""
        return bytes(self._held)

    def reset(self) -> None:
        """Forget what was not complete: the line was opened again, or has long been silent."""
        self._held.clear()

    def feed(self, data: bytes) -> list[PrinterItem]:
        """Take some bytes; return what they completed, in order."""
        items: list[PrinterItem] = []
        for byte in data:
            if byte in (_XON, _XOFF):
                items.append(FlowControl(stop=byte == _XOFF))
            elif byte & 0x93 == 0x12 and (byte < 0x20 or not self._in_characters()):
                items.append(RealTimeStatus(byte))
            else:
                self._held.append(byte)
                self._settle(items)
        return items

    def _in_characters(self) -> bool:
        """Whether what is held goes on with printable characters."""
        return self._held.startswith((b"\x5f", b"\x37\x22", b"\x37\x23"))

    def _settle(self, items: list[PrinterItem]) -> None:
        while self._held:
            size, item = self._head()
            if size == 0:
                return
            del self._held[:size]
            if item is not None:
                items.append(item)

    def _head(self) -> tuple[int, PrinterItem | None]:
        """(bytes used, value); 0 bytes when more are needed."""
        held = self._held
        first = held[0]
        if first & 0x93 == 0x12:
            return 1, RealTimeStatus(first)
        if first & 0x93 == 0x10:
            for at in range(1, 4):
                if at >= len(held):
                    return 0, None
                if held[at] & 0x90:
                    return at, None  # not an ASB after all: drop what looked like one, keep what broke it
            return 4, AutoStatus(bytes(held[:4]))
        if first == 0x37:
            return self._process_answer()
        if first == 0x5F:
            end = held.find(0, 1)
            if end < 0:
                return (1, None) if len(held) > _MAX_TEXT else (0, None)
            return end + 1, PrinterText(bytes(held[1:end]))
        if first & 0x90 == 0:
            return 1, SensorStatus(first)
        return 1, None

    def _process_answer(self) -> tuple[int, PrinterItem | None]:
        held = self._held
        if len(held) < 2:
            return 0, None
        if held[1] not in (0x22, 0x23):
            return 1, None
        size = 7 if held[1] == 0x22 else 4
        if not all(0x20 <= byte <= 0x7E for byte in held[2 : size - 1]):
            return 2, None
        if len(held) < size:
            return 0, None
        if held[size - 1] != 0:
            return 2, None
        return size, ProcessDone(bytes(held[2:6])) if held[1] == 0x22 else None


@dataclass(frozen=True, slots=True)
class PrinterState:
    """What the four DLE EOT answers, or the four ASB bytes, say."""

    offline: bool = False
    cover_open: bool = False
    feeding: bool = False
    cutter_error: bool = False
    unrecoverable: bool = False
    recoverable: bool = False
    head_hot: bool = False
    paper_low: bool = False
    paper_out: bool = False


def state_from_real_time(answers: Mapping[int, int]) -> PrinterState:
    """The state from DLE EOT answers by n (1 to 4); one that was not asked counts as all well."""
    printer, cause, error, paper = (answers.get(kind, 0x12) for kind in (1, 2, 3, 4))
    return PrinterState(
        offline=bool(printer & 0x08),
        cover_open=bool(cause & 0x04),
        feeding=bool(cause & 0x08),
        cutter_error=bool(error & 0x08),
        unrecoverable=bool(error & 0x20),
        recoverable=bool(error & 0x04),
        head_hot=bool(error & 0x40),
        paper_low=bool(paper & 0x0C),
        paper_out=bool(paper & 0x60) or bool(cause & 0x20),
    )


def state_from_asb(value: bytes) -> PrinterState:
    """The state from four ASB bytes."""
    return PrinterState(
        offline=bool(value[0] & 0x08),
        cover_open=bool(value[0] & 0x20),
        feeding=bool(value[0] & 0x40),
        cutter_error=bool(value[1] & 0x08),
        unrecoverable=bool(value[1] & 0x20),
        recoverable=bool(value[1] & 0x04),
        head_hot=bool(value[1] & 0x40),
        paper_low=bool(value[2] & 0x03),
        paper_out=bool(value[2] & 0x0C),
    )
