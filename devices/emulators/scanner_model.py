"""A code scanner: continuous with a suffix, or, once it has been triggered in any family's way, on demand."""

from __future__ import annotations

from collections.abc import Callable

from devices.codecs.scanner_profiles import (
    ACK,
    EM3095_COMMAND_HEAD,
    EM3095_CRC_FAILED,
    EM3095_START,
    EM3095_STOP,
    EM3095_UNCHECKED,
    EM3095_UNKNOWN,
    ENQ,
    HONEYWELL_MENU_HEAD,
    HONEYWELL_QUERY,
    HONEYWELL_START,
    HONEYWELL_STOP,
    NAK,
    NEWLAND_COMMAND_HEAD,
    NEWLAND_START,
    NEWLAND_STOP,
    em3095_crc_fits,
    em3095_reply,
    newland_reply,
)
from devices.emulators.model import Args, Reaction, Refused, hex_arg, int_arg, text_arg

_SUFFIXES = {"CR": b"\r", "LF": b"\n", "CRLF": b"\r\n", "none": b""}
_FAILURES = ("nak", "enq", "crc", "bad_crc")
_MAX_COMMAND = 256

PassportLookup = Callable[[str], tuple[str, ...]]


def _no_passports(name: str) -> tuple[str, ...]:
    raise Refused(f"no passport named {name!r}")


class ScannerModel:
    """In trigger mode a code that was shown waits for the trigger, and a trigger waits for a code.

    `passports` gives the lines of a document by name; it raises Refused for a name it does not know.
    """

    verbs = frozenset({"show", "show_passport", "fail_next", "light_out"})
    notable_bytes = 1

    def __init__(self, passports: PassportLookup = _no_passports) -> None:
        self._passports = passports
        self._buffer = bytearray()
        self._trigger_mode = False
        self._triggered = False
        self._shown: tuple[bytes, ...] = ()
        self._failures: list[str] = []

    def receive(self, data: bytes) -> list[bytes]:
        """See Model."""
        self._buffer += data
        answers: list[bytes] = []
        while (command := self._take_command()) is not None:
            answers.extend(self._answer(command))
        return answers

    def act(self, do: str, args: Args) -> Reaction:
        """See Model.

        `show` {"text" | "hex" | "payload", "suffix"?: CR|LF|CRLF|none, "aim"?: "]Q1", "pieces"?: bytes, "count"?},
        `show_passport` {"passport": NAME | "lines": […], "suffix"?}, `fail_next` {"what": nak|enq|crc|bad_crc},
        `light_out` (the module's own one-read time is over).
        """
        match do:
            case "fail_next":
                what = text_arg(args, "what", "nak")
                if what not in _FAILURES:
                    raise Refused(f"what must be one of {', '.join(_FAILURES)}")
                self._failures.append(what)
                return Reaction()
            case "light_out":
                if not self._triggered:
                    raise Refused("the light is not on by a trigger")
                self._triggered = False
                return Reaction()
            case "show_passport":
                self._shown = tuple(line.encode() + _suffix(args) for line in self._document(args))
            case _:
                code = text_arg(args, "aim", "").encode() + _payload(args) + _suffix(args)
                size = int_arg(args, "pieces", len(code)) or len(code)
                pieces = tuple(code[at : at + size] for at in range(0, len(code), size))
                self._shown = pieces * max(1, min(int_arg(args, "count", 1), 1000))
        return Reaction(send=tuple(self._look()))

    def power_cycle(self) -> None:
        """See Model."""
        self._buffer.clear()
        self._trigger_mode = self._triggered = False
        self._shown = ()
        self._failures.clear()

    def state(self) -> dict[str, object]:
        """See Model."""
        return {"light": self._triggered or not self._trigger_mode, "waiting_code": bool(self._shown)}

    def _document(self, args: Args) -> tuple[str, ...]:
        lines = args.get("lines")
        if lines is None:
            return self._passports(text_arg(args, "passport"))
        if not isinstance(lines, list) or not lines or not all(isinstance(line, str) and line for line in lines):
            raise Refused("lines must be a list of texts")
        return tuple(lines)

    # --- commands -----------------------------------------------------------------------------------------------

    def _take_command(self) -> bytes | None:
        """The next whole command of any family; None when none is complete."""
        heads = (NEWLAND_COMMAND_HEAD, EM3095_COMMAND_HEAD, HONEYWELL_START, HONEYWELL_STOP, HONEYWELL_MENU_HEAD)
        found = [(at, head) for head in heads if (at := self._buffer.find(head)) >= 0]
        if not found:
            del self._buffer[: max(0, len(self._buffer) - max(map(len, heads)) + 1)]
            return None
        start, head = min(found)
        del self._buffer[:start]
        end = self._end_of_command(head)
        if end is None:
            if len(self._buffer) > _MAX_COMMAND:
                self._buffer.clear()
            return None
        command = bytes(self._buffer[:end])
        del self._buffer[:end]
        return command

    def _end_of_command(self, head: bytes) -> int | None:
        if head in (HONEYWELL_START, HONEYWELL_STOP):
            return len(head)
        if head == EM3095_COMMAND_HEAD:
            # type, length, address(2), data, CRC(2)
            end = len(head) + 4 + self._buffer[len(head) + 1] + 2 if len(self._buffer) > len(head) + 1 else None
            return end if end is not None and len(self._buffer) >= end else None
        tail = b";\x03" if head == NEWLAND_COMMAND_HEAD else b"."
        at = self._buffer.find(tail, len(head))
        return at + len(tail) if at >= 0 else None

    def _answer(self, command: bytes) -> list[bytes]:
        failure = self._failures.pop(0) if self._failures else None
        if command.startswith(NEWLAND_COMMAND_HEAD):
            known = command in (NEWLAND_START, NEWLAND_STOP)
            verdict = {None: ACK if known else ENQ, "enq": ENQ}.get(failure, NAK)
            reply, accepted = newland_reply(command, verdict), verdict == ACK
            start = command == NEWLAND_START
        elif command.startswith(EM3095_COMMAND_HEAD):
            reply, accepted = _em3095_answer(command, failure)
            start = command[:-2] == EM3095_START[:-2]
        elif command.startswith(HONEYWELL_MENU_HEAD):
            known = command == HONEYWELL_QUERY and failure is None
            verdict = ACK if known else NAK if failure == "nak" else ENQ
            tag = b"CBRENA1" if known else command[len(HONEYWELL_MENU_HEAD) : -1].upper()
            return [tag + bytes((verdict,)) + b"."]
        else:
            reply, accepted, start = b"", True, command == HONEYWELL_START
        if accepted:
            self._trigger_mode = True
            self._triggered = start
            if not start:
                self._shown = ()  # the light goes out: what was held there is taken away unread
        return [*([reply] if reply else []), *(self._look() if accepted else [])]

    def _look(self) -> list[bytes]:
        """Read what is held there, if the light is on."""
        if not self._shown or (self._trigger_mode and not self._triggered):
            return []
        shown, self._shown, self._triggered = self._shown, (), False
        return list(shown)


def _em3095_answer(command: bytes, failure: str | None) -> tuple[bytes, bool]:
    """The module's frame, and whether it does as it was told."""
    span, crc = command[len(EM3095_COMMAND_HEAD) : -2], command[-2:]
    if failure == "crc" or not em3095_crc_fits(span, crc):
        return em3095_reply(EM3095_CRC_FAILED), False
    known = any(command[:-2] == each[:-2] for each in (EM3095_START, EM3095_STOP))
    if failure in ("nak", "enq") or not known:
        return em3095_reply(EM3095_UNKNOWN), False
    reply = em3095_reply(0)
    if failure == "bad_crc":
        reply = reply[:-1] + bytes((reply[-1] ^ 0x55,))
    elif crc == EM3095_UNCHECKED:
        reply = reply[:-2] + EM3095_UNCHECKED
    return reply, True


def _suffix(args: Args) -> bytes:
    suffix = text_arg(args, "suffix", "CR")
    if suffix not in _SUFFIXES:
        raise Refused(f"suffix must be one of {', '.join(_SUFFIXES)}")
    return _SUFFIXES[suffix]


def _payload(args: Args) -> bytes:
    given = [key for key in ("text", "payload", "hex") if key in args]
    if len(given) != 1:
        raise Refused("show needs one of text, payload, hex")
    data = hex_arg(args, "hex") if given[0] == "hex" else text_arg(args, given[0]).encode()
    if not data:
        raise Refused("an empty code cannot be shown")
    return data
