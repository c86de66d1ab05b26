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
from devices.emulators.printer_commands import DLE, ESC, FS, GS, command_size

_BUFFER_BYTES = 1 << 20
_XON, _XOFF = b"\x11", b"\x13"
_OTHER_ID = b"\x37\x22~~~~\x00"
_FAILURES = (
    "no_confirm",
    "late_confirm",
    "wrong_confirm",
    "no_process_id",
    "asb_between",
    "cutter",
    "head_hot",
    "none",
)


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
            "offline",
            "online",
            "xoff",
            "xon",
            "push_status",
            "power_off",
            "power_on",
            "confirm",
            "fail_next",
            "fail_after_bytes",
        }
    )
    notable_bytes = 1

    def __init__(self, on_bytes: ByteSink, on_slip: SlipSink) -> None:
        self._on_bytes = on_bytes
        self._on_slip = on_slip
        self._powered = True
        self._paper = "in"
        self._cover_open = False
        self._switched_off = False  # the printer's own offline key
        self._cutter_error = False
        self._to_recover = False  # the cover was opened in mid-slip: wants DLE ENQ once it is closed
        self._head_hot = False
        self._stopped = False  # XOFF was sent and no XON since
        self._after_stop = 0  # bytes of data that came all the same
        self._asb = 0
        self._no_confirm = 0
        self._wrong_confirm = 0
        self._late_confirm = 0
        self._late: list[bytes] = []  # answers kept back until `confirm`
        self._knows_process_id = True
        self._asb_between = 0
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
        """See Model.

        `fail_next` {"what"}: no_confirm, late_confirm (until `confirm`), wrong_confirm, asb_between (before the next
        real-time answer): once; no_process_id (GS ( H is not known), cutter, head_hot: until none.
        `fail_after_bytes` {"bytes", "what"?: paper_out|cover_open|cutter|xoff|power_off}. `push_status`: automatic
        status now, asked for or not.
        """
        match do:
            case "power_off":
                self._power_off()
                return Reaction(break_off=True)
            case "power_on":
                self._powered = True
                return Reaction()
        if not self._powered:
            raise Refused("the printer is switched off")
        match do:
            case "paper_out" | "paper_in" | "paper_low":
                self._paper = do.removeprefix("paper_")
            case "cover_open" | "cover_close":
                self._cover_open = do == "cover_open"
                self._to_recover = self._to_recover or (self._cover_open and bool(self._items or self._line))
            case "offline" | "online":
                self._switched_off = do == "offline"
            case "xoff":
                self._stopped = True
                return Reaction(send=(_XOFF,))
            case "xon":
                self._stopped, self._after_stop = False, 0
                return Reaction(send=(_XON, *self._interpret()))
            case "push_status":
                return Reaction(send=(self._status_four(),))
            case "confirm":
                late, self._late = tuple(self._late), []
                return Reaction(send=late)
            case "fail_after_bytes":
                what = text_arg(args, "what", "paper_out")
                if what not in ("paper_out", "cover_open", "cutter", "xoff", "power_off"):
                    raise Refused("what must be paper_out, cover_open, cutter, xoff or power_off")
                self._fail_after = (int_arg(args, "bytes"), what)
                return Reaction()
            case _:
                self._fail(text_arg(args, "what", "no_confirm"))
        return Reaction(send=(*self._auto_status(), *self._interpret()))

    def power_cycle(self) -> None:
        """See Model. Paper and cover stay as they are; what was not cut yet is lost."""
        self._power_off()
        self._powered = True

    def _power_off(self) -> None:
        self._powered = False
        self._clear()
        self._tail.clear()
        self._items.clear()
        self._slip_bytes.clear()
        self._late.clear()
        self._asb = 0
        self._style = Style()
        self._chinese = True
        self._cutter_error = self._to_recover = self._head_hot = self._switched_off = self._stopped = False
        self._fail_after = None
        self._no_confirm = self._wrong_confirm = self._late_confirm = self._asb_between = self._after_stop = 0

    def state(self) -> dict[str, object]:
        """See Model."""
        return {
            "powered": self._powered,
            "paper": self._paper,
            "cover_open": self._cover_open,
            "offline": self._offline(),
            "held_bytes": len(self._buffer),
            "bytes_after_xoff": self._after_stop,
            "held_answers": len(self._late),
        }

    def _fail(self, what: str) -> None:
        match what:
            case "no_confirm":
                self._no_confirm += 1
            case "late_confirm":
                self._late_confirm += 1
            case "wrong_confirm":
                self._wrong_confirm += 1
            case "no_process_id":
                self._knows_process_id = False
            case "asb_between":
                self._asb_between += 1
            case "cutter":
                self._cutter_error = True
            case "head_hot":
                self._head_hot = True
            case "none":
                self._cutter_error = self._head_hot = False
                self._knows_process_id = True
                self._no_confirm = self._late_confirm = self._wrong_confirm = self._asb_between = 0
            case _:
                raise Refused(f"what must be one of {', '.join(_FAILURES)}")

    # --- bytes in -----------------------------------------------------------------------------------------------

    def receive(self, data: bytes) -> list[bytes]:
        """See Model."""
        answers: list[bytes] = []
        for byte in data:
            if not self._powered:
                break
            self._buffer.append(byte)
            self._after_stop += self._stopped
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
        if len(self._tail) < 3 or self._tail[-3] != DLE:
            return []
        second, third = self._tail[-2], self._tail[-1]
        if second == 0x04 and 1 <= third <= 4:
            self._after_stop -= 3 * self._stopped  # asked past the stop, as it should be
            answer = [bytes((self._status_byte(third),))]
            if self._asb_between:
                self._asb_between -= 1
                answer.insert(0, self._status_four())
            return answer
        if second == 0x05 and third in (1, 2) and not self._cover_open:
            self._cutter_error = self._to_recover = False
            if third == 2:
                self._clear()
                return self._auto_status()
        return []

    def _clear(self) -> None:
        """Data received and not printed are forgotten; the paper so far stays."""
        self._buffer.clear()
        self._line = ""

    def _offline(self) -> bool:
        broken = self._cutter_error or self._head_hot or self._to_recover
        return self._paper == "out" or self._cover_open or broken or self._switched_off

    def _status_byte(self, kind: int) -> int:
        out = self._paper == "out"
        match kind:
            case 1:
                bits = 0x08 if self._offline() else 0
            case 2:
                bits = (0x04 if self._cover_open else 0) | (0x20 if out else 0)
                bits |= 0x40 if self._cutter_error or self._head_hot or self._to_recover else 0
            case 3:
                bits = (0x08 if self._cutter_error else 0) | (0x40 if self._head_hot else 0)
                bits |= 0x04 if self._to_recover else 0
            case _:
                bits = 0x60 if out else 0x0C if self._paper == "low" else 0
        return 0x12 | bits

    def _status_four(self) -> bytes:
        first = 0x10 | (0x08 if self._offline() else 0) | (0x20 if self._cover_open else 0)
        second = (0x08 if self._cutter_error else 0) | (0x40 if self._head_hot else 0)
        second |= 0x04 if self._to_recover else 0
        third = 0x0C if self._paper == "out" else 0x03 if self._paper == "low" else 0
        return bytes((first, second, third, 0x0F))

    def _auto_status(self) -> list[bytes]:
        return [self._status_four()] if self._asb else []

    # --- interpreting -------------------------------------------------------------------------------------------

    def _interpret(self) -> list[bytes]:
        answers: list[bytes] = []
        while self._powered and self._buffer and not self._offline() and not self._stopped:
            size = command_size(self._buffer, chinese=self._chinese)
            if size == 0:
                break
            command = bytes(self._buffer[:size])
            del self._buffer[:size]
            if command[0] == DLE:
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
        match what:
            case "paper_out":
                self._paper = "out"
            case "cover_open":
                self._cover_open = self._to_recover = True
            case "cutter":
                self._cutter_error = True
            case "xoff":
                self._stopped = True
                return [_XOFF]
            case _:
                self._power_off()
        return self._auto_status()

    def _execute(self, command: bytes) -> list[bytes]:
        first = command[0]
        if first == ESC:
            self._escape(command)
        elif first == FS:
            if command[1] == ord("&"):
                self._chinese = True
            elif command[1] == ord("."):
                self._chinese = False
            elif command[1] == ord("W"):
                self._style = replace(self._style, double=bool(command[2] & 1))
        elif first == GS:
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
            case "k":
                data = command[4:] if command[2] >= 65 else command[3:-1]
                self._items.append(PrintedText(f"[bar code {data.decode('ascii', 'replace')}]", self._style))
            case "(" if command[2] == ord("k") and command[5:7] == b"1Q":
                self._items.append(PrintedText("[QR code]", self._style))
            case "a":
                self._asb = command[2]
                return self._auto_status()
            case "r":
                return self._confirm(bytes((0x03 if self._paper == "low" else 0x00,)))
            case "I":
                return [b"_EMULATED\x00"] if command[2] in (66, 67) else [b"\x02"]
            case "(" if command[2] == ord("H") and command[5:7] == b"00":
                if not self._knows_process_id:
                    return []
                if self._wrong_confirm:
                    self._wrong_confirm -= 1
                    return [_OTHER_ID]
                return self._confirm(b"\x37\x22" + command[7:11] + b"\x00")
            case _:
                pass
        return []

    def _confirm(self, answer: bytes) -> list[bytes]:
        """The answer that all before was printed: now, later, or never."""
        if self._no_confirm:
            self._no_confirm -= 1
            return []
        if self._late_confirm:
            self._late_confirm -= 1
            self._late.append(answer)
            return []
        return [answer]

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
