"""Hostile bytes for every codec: what a broken, strange or malicious device may send.

Frames are made up and made from good ones by every mutilation a line or an attacker knows, in an order that a seed
fixes, and fed in pieces of any size. A codec passes when it neither raises anything but its own refusal, nor takes
longer than `SLOW_S` of processor time over one frame, nor hangs, nor holds more than `MOST_HELD_BYTES`.

A codec is a row of `CODECS`; a test sees to it that no module of `devices.codecs` is without one.
"""

from __future__ import annotations

import random
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from types import FrameType
from typing import Any

from devices.codecs import escpos, ipp, modbus, mrz, mrz_lines, nut, sam, sam_text, scanner, scanner_profiles
from kiosk.domain.devices import CodeRefusal
from kiosk.domain.identity_card import CardKind

SLOW_S = 0.25
HANG_S = 5.0
MOST_HELD_BYTES = 64 * 1024
MOST_GROWTH_BYTES = 64 * 1024 * 1024  # of the whole process over all frames of one codec
_PIECES_AT_MOST = 4
_FRAMES_PER_LIFE = 40
_LONGEST_FRAME = 8192
_TODAY = date(2026, 11, 21)

Feed = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Codec:
    """How a codec is attacked.

    `module` is its name in devices.codecs, `begin` gives a new one: the object that holds its bytes (None when it holds
    none) and what feeds it. `refusals` are the errors it may answer with; it is begun anew after one.
    """

    module: str
    samples: tuple[bytes, ...]
    begin: Callable[[], tuple[object, Feed]]
    refusals: tuple[type[Exception], ...] = ()
    name: str = ""

    @property
    def title(self) -> str:
        """How it is named in reports."""
        return f"{self.module} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Finding:
    """One frame a codec did not take well. `kind` is crash, slow, hang or memory."""

    codec: str
    kind: str
    detail: str
    number: int
    frame: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """How one codec did."""

    codec: str
    frames: int
    slowest_ms: float
    most_held_bytes: int
    findings: tuple[Finding, ...]


class _Hang(Exception):
    """A frame took so long that it would never have ended."""


# --- the codecs -----------------------------------------------------------------------------------------------------


_DATES = {"valid_from": "20200101", "valid_to": "20391231"}
_CARDS = (
    sam_text.encode_text(
        CardKind.RESIDENT,
        {"name": "测试甲", "sex": "2", "nation": "01", "birth": "19491231", "number": "11010519491231002X", **_DATES},
    ),
    sam_text.encode_text(
        CardKind.HMT_PERMIT,
        {"name": "测试乙", "sex": "1", "birth": "19900307", "number": "830000199003070019", **_DATES},
    ),
    sam_text.encode_text(
        CardKind.FOREIGN_2017,
        {"english_name": "TEST", "sex": "2", "birth": "19800101", "number": "UTO330080010100", **_DATES},
    ),
    sam_text.encode_text(
        CardKind.FOREIGN_2023,
        {"english_name": "TEST", "sex": "2", "birth": "19800101", "number": "931586198001010028", **_DATES},
    ),
)
_ADDRESS = "测试路2号".ljust(sam.APPEND_LENGTH // 2).encode("utf-16-le")


def _sam() -> tuple[object, Feed]:
    parser = sam.FrameParser()

    def feed(data: bytes) -> None:
        for item in parser.feed(data):
            if isinstance(item, sam.Frame):
                _ = item.sw3
                sam.split_base(item.data)
                sam.append_block(item.data)
                sam.format_sam_id(item.data)

    return parser, feed


def _sam_samples() -> tuple[bytes, ...]:
    text = _CARDS[0]
    return (
        sam.encode_answer(sam.Status.NO_CARD),
        sam.encode_answer(sam.Status.FOUND, bytes(4)),
        sam.encode_answer(sam.Status.OK, bytes(range(16))),
        sam.encode_answer(sam.Status.OK, _ADDRESS),
        sam.encode_answer(sam.Status.OK, sam.join_base(text, bytes(1024))),
        sam.encode_answer(sam.Status.OK, sam.join_base(text, sam.PREAMBLE * 200, bytes(1024))),
    )


def _escpos() -> tuple[object, Feed]:
    stream = escpos.PrinterStream()

    def feed(data: bytes) -> None:
        answers: dict[int, int] = {}
        for item in stream.feed(data):
            match item:
                case escpos.AutoStatus(value):
                    escpos.state_from_asb(value)
                case escpos.RealTimeStatus(number):
                    answers[len(answers) % 4 + 1] = number
                case _:
                    pass
        escpos.state_from_real_time(answers)

    return stream, feed


def _scanner(profile: scanner_profiles.ScannerProfile) -> Callable[[], tuple[object, Feed]]:
    def begin() -> tuple[object, Feed]:
        splitter = scanner.CodeSplitter(profile)

        def feed(data: bytes) -> None:
            splitter.awaiting = len(data) % 2 == 0
            items = splitter.feed(data)
            if len(data) % 5 == 0:
                items += splitter.flush()
            for item in items:
                if isinstance(item, scanner.RawCode):
                    payload = scanner.clean_payload(item.data)
                    if not isinstance(payload, CodeRefusal):
                        payload.encode()

        return splitter, feed

    return begin


def _replies(data: bytes) -> None:
    for profile in _FAMILIES:
        if profile.cut_reply is not None and data:
            cut = profile.cut_reply(data)
            if isinstance(cut, scanner_profiles.Cut) and not 0 < cut.size <= len(data):
                raise AssertionError("a cut of nothing, or of more than there is")


def _lines() -> tuple[object, Feed]:
    collector = mrz_lines.LineCollector()
    now_s = [0.0]

    def feed(data: bytes) -> None:
        now_s[0] += len(data) / 100
        collector.take(data.decode("latin-1"), now_s[0])
        collector.due(now_s[0] + 0.5)

    return collector, feed


def _modbus(request: modbus.Request) -> Callable[[], tuple[object, Feed]]:
    def begin() -> tuple[object, Feed]:
        reader = modbus.AnswerReader(1, request)
        return reader, reader.feed

    return begin


def _nut() -> tuple[object, Feed]:
    reader = nut.AnswerReader("ups")
    return reader, reader.feed


def _ipp(data: bytes) -> None:
    message, _ = ipp.decode(data)
    for group in message.groups:
        for attribute in group.attributes:
            group.texts(attribute.name)
            group.numbers(attribute.name)
            group.flag(attribute.name)


def _ipp_samples() -> tuple[bytes, ...]:
    printer = ipp.Group(
        ipp.GroupTag.PRINTER,
        (
            ipp.enums("printer-state", 3),
            ipp.keywords("printer-state-reasons", "media-empty-error", "cover-open"),
            ipp.integers("queued-job-count", 7),
            ipp.boolean("printer-is-accepting-jobs", True),
        ),
    )
    plain = ipp.Message(0, 1, (ipp.Group(ipp.GroupTag.OPERATION, ipp.PREAMBLE), printer))
    size = ipp.Collection((ipp.integers("x-dimension", 21000), ipp.integers("y-dimension", 29700)))
    nested = ipp.Attribute("media-size", (ipp.Value(ipp.Tag.BEGIN_COLLECTION, size),))
    deep = ipp.Message(0, 2, (ipp.Group(ipp.GroupTag.PRINTER, (nested,)),))
    return ipp.encode(plain), ipp.encode(deep), ipp.encode(ipp.Message(0x0400, 3, ()))


_MRZ = (
    b"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
    b"I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    b"CSC123456784<2512310<8001019<1",
)
_CODES = (
    b"https://example.org/x?y=1\r\n",
    "]Q1\ufeff受理号 YP0301-261121\r".encode(),
    "社保".encode("gb18030") + b"\n",
    scanner_profiles.newland_reply(scanner_profiles.NEWLAND_START),
    scanner_profiles.em3095_reply(0x00),
    b"\x16M\rcbrena1\x06.",
    b"A" * 3000 + b"\r",
)
_READ = modbus.ReadBits(modbus.Function.READ_INPUTS, 0, 12)
_WRITE = modbus.WriteCoils(0, (True,) * 9)
_MODBUS = (
    modbus.frame(1, b"\x02\x02\xa5\x05"),
    modbus.frame(1, b"\x82\x02"),
    modbus.frame(1, b"\x0f\x00\x00\x00\x09"),
    modbus.frame(2, b"\x02\x02\x00\x00"),
)
_NUT = (
    b'BEGIN LIST VAR ups\nVAR ups ups.status "OL CHRG"\nVAR ups battery.charge "97"\nEND LIST VAR ups\n',
    b"ERR DATA-STALE\n",
    b'VAR ups device.model "a \\"b\\" \\\\ c"\n',
)


_FAMILIES = tuple({each.name: each for each in scanner_profiles.PROFILES.values()}.values())


def _whole(decode: Feed) -> Callable[[], tuple[object, Feed]]:
    """A codec that is given whole frames and holds nothing."""
    return lambda: (None, decode)


CODECS: tuple[Codec, ...] = (
    Codec("sam", _sam_samples(), _sam),
    Codec("sam_text", _CARDS, _whole(sam_text.decode_text), (sam_text.CardTextError,)),
    Codec("sam_text", (_ADDRESS,), _whole(sam_text.decode_address), (sam_text.CardTextError,), name="address"),
    *(Codec("scanner", _CODES, _scanner(each), name=each.name) for each in _FAMILIES),
    Codec("scanner_profiles", _CODES, _whole(_replies)),
    Codec(
        "mrz",
        _MRZ,
        _whole(lambda data: mrz.parse_mrz(data.decode("latin-1").split("\n"), _TODAY)),
        (mrz.MrzError,),
    ),
    Codec("mrz_lines", tuple(line for each in _MRZ for line in each.split(b"\n")), _lines),
    Codec(
        "escpos",
        (
            b"\x12",
            b"\x14\x00\x00\x0f",
            b"\x37\x220001\x00",
            b"\x5fEPSON\x00",
            b"\x13\x11",
            b"\x1a\x7e",
            b"\x10\x00\x0c\x00",
        ),
        _escpos,
    ),
    Codec("modbus", _MODBUS, _modbus(_READ), name="read"),
    Codec("modbus", _MODBUS, _modbus(_WRITE), name="write"),
    Codec("nut", _NUT, _nut, (nut.NotNut,)),
    Codec("ipp", _ipp_samples(), _whole(_ipp), (ipp.IppError,)),
)


# --- frames ---------------------------------------------------------------------------------------------------------


def frames(samples: Sequence[bytes], count: int, seed: str) -> Iterator[bytes]:
    """So many hostile frames made after these good ones; the same for the same seed."""
    chance = random.Random(seed)
    alphabet = b"".join(samples)
    for _ in range(count):
        match chance.randrange(10):
            case 0:
                yield chance.randbytes(_length(chance))
            case 1:
                yield bytes(chance.choices(alphabet, k=_length(chance)))
            case 2:
                yield chance.choice(samples) + _mutilated(chance.choice(samples), chance)
            case 3:
                one, other = chance.choice(samples), chance.choice(samples)
                yield one[: chance.randint(0, len(one))] + other[chance.randint(0, len(other)) :]
            case 4:
                yield chance.choice(samples)
            case _:
                data = chance.choice(samples)
                for _ in range(chance.choice((1, 1, 2, 4))):
                    data = _mutilated(data, chance)
                yield data[:_LONGEST_FRAME]


def _length(chance: random.Random) -> int:
    return chance.choice((chance.randint(0, 16), chance.randint(0, 64), chance.randint(0, 600)))


def _mutilated(data: bytes, chance: random.Random) -> bytes:
    """One mutilation: bits, bytes, length fields, cuts, repeats, noise."""
    out = bytearray(data or b"\x00")
    at = chance.randrange(len(out))
    size = chance.randint(1, 8)
    match chance.randrange(9):
        case 0:
            out[at] ^= 1 << chance.randrange(8)
        case 1:
            out[at] = chance.choice((0x00, 0x7F, 0x80, 0xFF, 0x0A, 0x0D, 0x10, 0x22, 0x3C, 0x5C))
        case 2:
            out[at : at + 2] = chance.choice((0, 1, 0x7FFF, 0x8000, 0xFFFF, len(data))).to_bytes(
                2, chance.choice(("big", "little"))
            )
        case 3:
            del out[at:]
        case 4:
            del out[at : at + size]
        case 5:
            out[at:at] = chance.randbytes(size)
        case 6:
            out[at:at] = out[at : at + size] * chance.choice((1, 2, 50, 400))
        case 7:
            out[at : at + size] = bytes(reversed(out[at : at + size]))
        case _:
            out[:0] = chance.randbytes(size)
    return bytes(out)


def _pieces(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """The frame as a line may hand it over."""
    if len(data) < 64 and chance.random() < 0.1:
        yield from (data[at : at + 1] for at in range(len(data)))
        return
    cuts = sorted(chance.randint(0, len(data)) for _ in range(chance.randrange(_PIECES_AT_MOST)))
    for begin, end in zip((0, *cuts), (*cuts, len(data)), strict=True):
        yield data[begin:end]


# --- the attack -----------------------------------------------------------------------------------------------------


def attack(codec: Codec, count: int, seed: int = 1, most_findings: int = 5) -> Report:
    """Feed so many frames. Ends early after `most_findings` of what a codec must not do."""
    chance = random.Random(f"{seed} pieces {codec.title}")
    state, feed = codec.begin()
    findings: list[Finding] = []
    slowest_s, most_held, number = 0.0, 0, 0
    resident = _resident_bytes()
    with _watchdog():
        for number, frame in enumerate(frames(codec.samples, count, f"{seed} {codec.title}"), 1):
            pieces = (frame,) if state is None else tuple(_pieces(frame, chance))
            began = time.thread_time()
            trouble: tuple[str, str] | None = None
            anew = number % _FRAMES_PER_LIFE == 0
            _arm()
            try:
                for piece in pieces:
                    feed(piece)
            except codec.refusals:
                anew = True
            except _Hang:
                trouble = ("hang", f"more than {HANG_S:g} s")
            except Exception as error:
                trouble = ("crash", type(error).__name__)
            _disarm()
            taken_s = time.thread_time() - began
            slowest_s = max(slowest_s, taken_s)
            held = _held_bytes(state)
            most_held = max(most_held, held)
            if trouble is None and taken_s > SLOW_S:
                trouble = ("slow", f"{taken_s * 1000:.0f} ms")
            if trouble is None and held > MOST_HELD_BYTES:
                trouble = ("memory", f"holds {held} bytes")
            if trouble is not None:
                findings.append(Finding(codec.title, *trouble, number, frame))
                if len(findings) >= most_findings:
                    break
            if anew or trouble is not None:
                state, feed = codec.begin()
    growth = _resident_bytes() - resident
    if growth > MOST_GROWTH_BYTES:
        findings.append(Finding(codec.title, "memory", f"the process grew by {growth} bytes", number, b""))
    return Report(codec.title, number, slowest_s * 1000, most_held, tuple(findings))


MODULES = tuple(sorted({codec.module for codec in CODECS}))


def attack_all(count: int, seed: int = 1, only: str | None = None) -> Iterator[Report]:
    """Attack every codec, or those of one module."""
    for codec in CODECS:
        if only is None or codec.module == only:
            yield attack(codec, count, seed)


def lines_of(reports: Sequence[Report]) -> Iterator[str]:
    """The reports as a person reads them."""
    for each in reports:
        verdict = "well" if not each.findings else f"{len(each.findings)} findings"
        yield (
            f"{each.codec:28} {each.frames:7} frames  slowest {each.slowest_ms:7.2f} ms"
            f"  held {each.most_held_bytes:6} bytes  {verdict}"
        )
        for finding in each.findings:
            shown = finding.frame[:64].hex() + ("…" if len(finding.frame) > 64 else "")
            yield f"    {finding.kind} {finding.detail} at frame {finding.number}: {shown}"


def _held_bytes(state: object, depth: int = 0) -> int:
    """Bytes in the containers that hang on a codec's attributes."""
    match state:
        case None:
            return 0
        case bytes() | bytearray() | str():
            return len(state)
        case dict():
            items: Sequence[Any] = [each for pair in state.items() for each in pair]
        case list() | tuple() | set() | frozenset():
            items = list(state)
        case _:
            if depth:
                return 16
            items = list(vars(state).values())
    return 16 * len(items) + sum(_held_bytes(each, depth + 1) for each in items)


def _resident_bytes() -> int:
    """The highest resident size so far, the only one that cannot be missed between two looks."""
    high = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return high if sys.platform == "darwin" else high * 1024


_can_watch = threading.local()


@contextmanager
def _watchdog() -> Iterator[None]:
    """Have a frame that never ends broken off; only the main thread can be interrupted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def bark(_number: int, _frame: FrameType | None) -> None:
        raise _Hang

    before = signal.signal(signal.SIGVTALRM, bark)
    _can_watch.on = True
    try:
        yield
    finally:
        _can_watch.on = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _arm() -> None:
    if getattr(_can_watch, "on", False):
        signal.setitimer(signal.ITIMER_VIRTUAL, HANG_S)


def _disarm() -> None:
    if getattr(_can_watch, "on", False):
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
