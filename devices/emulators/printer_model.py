"""An ESC/POS receipt printer: interprets what it is sent, answers about its state, and hands finished slips over.

Real-time requests (DLE EOT, DLE ENQ, DLE DC4) are acted on wherever they stand, inside picture data too, as real
printers do; a driver that lets them slip into its data gets answers it did not ask for. While the cover is open or
paper is out, data wait in the buffer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from devices.codecs.escpos import CLEAR_BUFFER
from devices.emulators.model import Args, Reaction, Refused, int_arg, text_arg

_ESC, _FS, _GS, _DLE = 0x1B, 0x1C, 0x1D, 0x10
_ESC_TWO_BYTES = b"@2"
_ESC_ARGUMENTS = {ord("p"): 3, ord("D"): 0, ord("c"): 2, ord("$"): 2, ord("\\"): 2}
_FS_ARGUMENTS = {ord("&"): 0, ord("."): 0, ord("S"): 2, ord("!"): 1, ord("W"): 1, ord("-"): 1}
_GS_TWO_ARGUMENTS = b"LWP"
_BUFFER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Style:
    """How the next characters look."""

    bold: bool = False
    double: bool = False
    center: bool = False
    line_dots: int = 30


@dataclass(frozen=True, slots=True)
class PrintedText:
    """One line of characters."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class PrintedRows:
    """A stretch of dots: `width_bytes` bytes a row, 1 = black."""

    width_bytes: int
    rows: bytes
    center: bool


@dataclass(frozen=True, slots=True)
class Fed:
    """Empty paper."""

    dots: int


Printed = PrintedText | PrintedRows | Fed


@dataclass(frozen=True, slots=True)
class Slip:
    """What came out up to a cut, and the bytes that made it."""

    items: tuple[Printed, ...]
    data: bytes


SlipSink = Callable[[Slip], None]
ByteSink = Callable[[bytes], None]


class PrinterModel:
    """`on_bytes` gets every byte as it is put on paper, `on_slip` each slip when it is cut."""

    verbs = frozenset(
        {
            "paper_out",
            "paper_in",
            "paper_low",
            "cover_open",
            "cover_close",
            "fail_next",
            "fail_after_bytes",
        }
    )
    notable_bytes = 1

    def __init__(self, on_bytes: ByteSink, on_slip: SlipSink) -> None:
        self._on_bytes = on_bytes
        self._on_slip = on_slip
        self._paper = "in"
        self._cover_open = False
        self._cutter_error = False
        self._head_hot = False
        self._asb = 0
        self._no_confirm = 0
        self._fail_after: tuple[int, str] | None = None
        self._buffer = bytearray()
        self._tail = bytearray()  # the last bytes received, to see real-time requests across reads
        self._style = Style()
        self._chinese = True
        self._line = ""
        self._items: list[Printed] = []
        self._slip_bytes = bytearray()

    # --- control ------------------------------------------------------------------------------------------------

    def act(self, do: str, args: Args) -> Reaction:
        """See Model. `fail_next` {"what": no_confirm|cutter|head_hot|none}, `fail_after_bytes` {"bytes", "what"?}."""
        match do:
            case "paper_out":
                self._paper = "out"
            case "paper_in":
                self._paper = "in"
            case "paper_low":
                self._paper = "low"
            case "cover_open":
                self._cover_open = True
            case "cover_close":
                self._cover_open = False
            case "fail_after_bytes":
                what = text_arg(args, "what", "paper_out")
                if what not in ("paper_out", "cover_open", "cutter"):
                    raise Refused("what must be paper_out, cover_open or cutter")
                self._fail_after = (int_arg(args, "bytes"), what)
                return Reaction()
            case _:
                self._fail(text_arg(args, "what", "no_confirm"))
        return Reaction(send=(*self._auto_status(), *self._interpret()))

    def power_cycle(self) -> None:
        """See Model. Paper and cover stay as they are; what was not cut yet is lost."""
        self._buffer.clear()
        self._tail.clear()
        self._items.clear()
        self._slip_bytes.clear()
        self._line = ""
        self._asb = 0
        self._style = Style()
        self._chinese = True
        self._cutter_error = self._head_hot = False
        self._fail_after = None
        self._no_confirm = 0

    def state(self) -> dict[str, object]:
        """See Model."""
        return {"paper": self._paper, "cover_open": self._cover_open, "held_bytes": len(self._buffer)}

    def _fail(self, what: str) -> None:
        match what:
            case "no_confirm":
                self._no_confirm += 1
            case "cutter":
                self._cutter_error = True
            case "head_hot":
                self._head_hot = True
            case "none":
                self._cutter_error = self._head_hot = False
                self._no_confirm = 0
            case _:
                raise Refused("what must be no_confirm, cutter, head_hot or none")

    # --- bytes in -----------------------------------------------------------------------------------------------

    def receive(self, data: bytes) -> list[bytes]:
        """See Model."""
        answers: list[bytes] = []
        for byte in data:
            self._buffer.append(byte)
            self._tail.append(byte)
            del self._tail[: -len(CLEAR_BUFFER)]
            answers.extend(self._real_time())
        if len(self._buffer) > _BUFFER_BYTES:
            del self._buffer[_BUFFER_BYTES:]
        answers.extend(self._interpret())
        return answers

    def _real_time(self) -> list[bytes]:
        if bytes(self._tail) == CLEAR_BUFFER:
            self._clear()
            return []
        if len(self._tail) < 3 or self._tail[-3] != _DLE:
            return []
        second, third = self._tail[-2], self._tail[-1]
        if second == 0x04 and 1 <= third <= 4:
            return [bytes((self._status_byte(third),))]
        if second == 0x05 and third in (1, 2):
            self._cutter_error = False
            if third == 2:
                self._clear()
        return []

    def _clear(self) -> None:
        """Data received and not printed are forgotten; the paper so far stays."""
        self._buffer.clear()
        self._line = ""

    def _status_byte(self, kind: int) -> int:
        out = self._paper == "out"
        offline = out or self._cover_open or self._cutter_error or self._head_hot
        match kind:
            case 1:
                bits = 0x08 if offline else 0
            case 2:
                bits = (0x04 if self._cover_open else 0) | (0x20 if out else 0)
                bits |= 0x40 if self._cutter_error or self._head_hot else 0
            case 3:
                bits = (0x08 if self._cutter_error else 0) | (0x40 if self._head_hot else 0)
            case _:
                bits = 0x60 if out else 0x0C if self._paper == "low" else 0
        return 0x12 | bits

    def _auto_status(self) -> list[bytes]:
        if not self._asb:
            return []
        out = self._paper == "out"
        offline = out or self._cover_open or self._cutter_error or self._head_hot
        first = 0x10 | (0x08 if offline else 0) | (0x20 if self._cover_open else 0)
        second = (0x08 if self._cutter_error else 0) | (0x40 if self._head_hot else 0)
        third = 0x0C if out else 0x03 if self._paper == "low" else 0
        return [bytes((first, second, third, 0x0F))]

    # --- interpreting -------------------------------------------------------------------------------------------

    def _blocked(self) -> bool:
        return self._paper == "out" or self._cover_open or self._cutter_error or self._head_hot

    def _interpret(self) -> list[bytes]:
        answers: list[bytes] = []
        while self._buffer and not self._blocked():
            size = self._command_size()
            if size == 0:
                break
            command = bytes(self._buffer[:size])
            del self._buffer[:size]
            if command[0] == _DLE:
                continue  # acted on when it arrived
            self._slip_bytes += command
            self._on_bytes(command)
            answers.extend(self._execute(command))
            answers.extend(self._count_down(size))
        return answers

    def _count_down(self, size: int) -> list[bytes]:
        if self._fail_after is None:
            return []
        left, what = self._fail_after
        left -= size
        self._fail_after = (left, what) if left > 0 else None
        if left > 0:
            return []
        if what == "paper_out":
            self._paper = "out"
        elif what == "cover_open":
            self._cover_open = True
        else:
            self._cutter_error = True
        return self._auto_status()

    def _command_size(self) -> int:
        """Bytes of the command at the head of the buffer; 0 while it is not complete."""
        size = self._needed()
        return size if size <= len(self._buffer) else 0

    def _needed(self) -> int:
        buffer = self._buffer
        first = buffer[0]
        if first not in (_ESC, _FS, _GS, _DLE):
            if first >= 0x81 and self._chinese:
                return 4 if len(buffer) > 1 and 0x30 <= buffer[1] <= 0x39 else 2
            return 1
        if len(buffer) < 2:
            return 2
        second = buffer[1]
        if first == _DLE:
            if second == 0x14:
                return (10 if buffer[2] == 8 else 5) if len(buffer) > 2 else 3
            return 3 if second in (0x04, 0x05) else 1
        if first == _ESC:
            if second in _ESC_TWO_BYTES:
                return 2
            if second == ord("*"):
                if len(buffer) < 5:
                    return 5
                return 5 + (buffer[3] + 256 * buffer[4]) * (3 if buffer[2] >= 32 else 1)
            return 2 + _ESC_ARGUMENTS.get(second, 1)
        if first == _FS:
            return 2 + _FS_ARGUMENTS.get(second, 1)
        if second == ord("v"):
            if len(buffer) < 8:
                return 8
            return 8 + (buffer[4] + 256 * buffer[5]) * (buffer[6] + 256 * buffer[7])
        if second == ord("("):
            return 5 + buffer[3] + 256 * buffer[4] if len(buffer) >= 5 else 5
        if second == ord("V"):
            return (4 if buffer[2] in (65, 66) else 3) if len(buffer) > 2 else 3
        return 4 if second in _GS_TWO_ARGUMENTS else 3

    def _execute(self, command: bytes) -> list[bytes]:
        first = command[0]
        if first == _ESC:
            self._escape(command)
        elif first == _FS:
            if command[1] == ord("&"):
                self._chinese = True
            elif command[1] == ord("."):
                self._chinese = False
            elif command[1] == ord("W"):
                self._style = replace(self._style, double=bool(command[2] & 1))
        elif first == _GS:
            return self._group(command)
        elif command == b"\n":
            self._end_line()
        elif first >= 0x20:
            self._characters(command)
        return []

    def _escape(self, command: bytes) -> None:
        match chr(command[1]):
            case "@":
                self._style = Style()
                self._line = ""
            case "a":
                self._style = replace(self._style, center=command[2] in (1, 49))
            case "E" | "G":
                self._style = replace(self._style, bold=bool(command[2] & 1))
            case "3":
                self._style = replace(self._style, line_dots=command[2])
            case "2":
                self._style = replace(self._style, line_dots=30)
            case "J":
                self._items.append(Fed(command[2]))
            case "d":
                self._items.append(Fed(command[2] * self._style.line_dots))
            case _:
                pass

    def _group(self, command: bytes) -> list[bytes]:
        match chr(command[1]):
            case "!":
                self._style = replace(self._style, double=command[2] != 0)
            case "v":
                width = command[4] + 256 * command[5]
                self._items.append(PrintedRows(width, command[8:], self._style.center))
            case "V":
                self._cut()
            case "a":
                self._asb = command[2]
                return self._auto_status()
            case "r":
                if self._no_confirm:
                    self._no_confirm -= 1
                    return []
                return [bytes((0x03 if self._paper == "low" else 0x00,))]
            case "I":
                return [b"_EMULATED\x00"] if command[2] in (66, 67) else [b"\x02"]
            case "(" if command[2] == ord("H") and command[5:7] == b"00":
                if self._no_confirm:
                    self._no_confirm -= 1
                    return []
                return [b"\x37\x22" + command[7:11] + b"\x00"]
            case _:
                pass
        return []

    def _characters(self, code: bytes) -> None:
        if len(code) == 4:
            self._line += "？"  # like most printers, this one knows the two-byte zones only
            return
        try:
            self._line += code.decode("gb18030" if self._chinese else "cp437")
        except UnicodeDecodeError:
            self._line += "？"

    def _end_line(self) -> None:
        self._items.append(PrintedText(self._line, self._style))
        self._line = ""

    def _cut(self) -> None:
        if self._line:
            self._end_line()
        slip = Slip(tuple(self._items), bytes(self._slip_bytes))
        self._items.clear()
        self._slip_bytes.clear()
        if slip.items:
            self._on_slip(slip)
