"""A resident-card reader: SAM protocol with all its commands, one card that can be placed and lifted.

Kept from the real module: read needs select and select needs find; after a successful read the card is not found again
until it has been lifted; a card lifted while its data are on the wire leaves a truncated answer.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType

from devices.codecs.sam import (
    FIND,
    MIN_REQUEST_LENGTH,
    READ_APPEND,
    READ_BASE,
    READ_BASE_FINGERPRINT,
    RESET,
    SAM_ID,
    SAM_STATUS,
    SELECT,
    SET_BAUD,
    SLEEP,
    TEXT_LENGTH,
    WAKE,
    Command,
    Frame,
    FrameParser,
    Status,
    encode_answer,
    encode_frame,
    join_base,
)
from devices.codecs.sam_text import CardTextError, encode_address
from devices.emulators.model import Args, Reaction, Refused, hex_arg, int_arg, text_arg

_PHOTO = bytes(1024)
_FINGERPRINT_BYTES = (0, 512, 1024)
_BAUD_OF = {command: baud for baud, command in SET_BAUD.items()}
_IDENTITY = struct.pack("<HHIII", 5, 1, 20101129, 1228293, 296863149)
_COMMANDS = {"find": FIND, "select": SELECT, "read": READ_BASE, "append": READ_APPEND, "status": SAM_STATUS}
#: Which command a status word belongs to when `fail_next` does not say.
_USUAL_COMMAND = {
    Status.NO_CARD: FIND,
    Status.SELECT_FAILED: SELECT,
    Status.NO_RANDOM: SELECT,
    Status.SELF_TEST_FAILED: SAM_STATUS,
    Status.NOT_AUTHORISED: SAM_STATUS,
}

CardLookup = Callable[[str], bytes]


class SamModel:
    """`lookup` gives the text block of a card by name; it raises Refused for a name it does not know."""

    verbs = frozenset({"place", "lift", "fail_next", "spoil_next", "old_module"})
    notable_bytes = 64

    def __init__(self, lookup: CardLookup) -> None:
        self._lookup = lookup
        self._parser = FrameParser(MIN_REQUEST_LENGTH, 64)
        self._card: bytes | None = None
        self._photo = _PHOTO
        self._fingerprint = b""
        self._appended: bytes | None = None
        self._old_module = self._asleep = False
        self._module_baud = 115200
        self._spoils: list[str] = []
        self._found = self._selected = self._done = False
        self._failures: list[tuple[Command, int]] = []

    def receive(self, data: bytes) -> list[bytes]:
        """See Model."""
        answers: list[bytes] = []
        for item in self._parser.feed(data):
            if isinstance(item, Frame):
                answers.extend(self._spoilt(answer) for answer in self._hear(item.body))
            else:
                bad = Status.BAD_LENGTH if item.reason == "length" else Status.BAD_CHECKSUM
                answers.append(encode_answer(bad))
        return answers

    def act(self, do: str, args: Args) -> Reaction:
        """See Model.

        `place` {"card": NAME | {"text_hex"}, "address"?: appended, "photo_hex"?, "fingerprint_bytes"?: 0|512|1024},
        `lift`, `fail_next` {"status", "command"?, "count"?}, `spoil_next` {"how", "count"?} of the next answers that
        carry a card's data, `old_module` {"on"?} for one that does not know 30 10.
        """
        if do == "place":
            placed = self._block(args), _photo(args), _appended(args), _fingerprint(args)
            self._leave_field()
            self._card, self._photo, self._appended, self._fingerprint = placed
            return Reaction()
        if do == "old_module":
            self._old_module = args.get("on", True) is True
            return Reaction()
        if do == "spoil_next":
            how = text_arg(args, "how")
            if how not in _SPOILS:
                raise Refused(f"how must be one of {', '.join(_SPOILS)}")
            self._spoils += [how] * max(1, min(int_arg(args, "count", 1), 1000))
            return Reaction()
        if do == "lift":
            if self._card is None:
                raise Refused("no card lies there")
            self._leave_field()
            return Reaction(break_off=True)
        return self._fail_next(args)

    def power_cycle(self) -> None:
        """See Model. The card stays where it lies."""
        self._parser.reset()
        self._asleep = False
        self._module_baud = 115200
        self._spoils.clear()
        self._found = self._selected = self._done = False
        self._failures.clear()

    def state(self) -> dict[str, object]:
        """See Model."""
        return {
            "card": self._card is not None,
            "read": self._done,
            "asleep": self._asleep,
            "module_baud": self._module_baud,
        }

    def _block(self, args: Args) -> bytes:
        card = args.get("card")
        if isinstance(card, str):
            return self._lookup(card)
        if isinstance(card, dict) and isinstance(card.get("text_hex"), str):
            try:
                block = bytes.fromhex(card["text_hex"])
            except ValueError as error:
                raise Refused("text_hex must be hex") from error
            if len(block) != TEXT_LENGTH:
                raise Refused(f"text_hex holds {len(block)} bytes, {TEXT_LENGTH} expected")
            return block
        raise Refused('card must be a name or {"text_hex": …}')

    def _fail_next(self, args: Args) -> Reaction:
        try:
            status = int(text_arg(args, "status"), 16)
        except ValueError as error:
            raise Refused("status must be two hex digits") from error
        if not 0 <= status <= 0xFF:
            raise Refused("status must be two hex digits")
        name = args.get("command")
        command = _USUAL_COMMAND.get(Status(status), READ_BASE) if status in set(Status) else READ_BASE
        if name is not None:
            if not isinstance(name, str) or name not in _COMMANDS:
                raise Refused(f"command must be one of {', '.join(_COMMANDS)}")
            command = _COMMANDS[name]
        count = args.get("count", 1)
        if not isinstance(count, int) or not 1 <= count <= 1000:
            raise Refused("count must be 1 to 1000")
        self._failures += [(command, status)] * count
        return Reaction()

    def _leave_field(self) -> None:
        self._card = None
        self._found = self._selected = self._done = False

    def _hear(self, body: bytes) -> list[bytes]:
        """The answers to one frame: none while it sleeps."""
        frame = encode_frame(body)
        if frame in (SLEEP, WAKE):
            self._asleep = frame == SLEEP
            return [encode_answer(Status.OK)]
        if self._asleep:
            return []
        if len(body) < 2:
            return [encode_answer(Status.BAD_LENGTH)]
        return [self._answer(Command(body[0], body[1]))]

    def _spoilt(self, answer: bytes) -> bytes:
        """An answer as a bad line or a bad module makes it."""
        if not self._spoils or len(answer) < self.notable_bytes:
            return answer
        return _SPOILS[self._spoils.pop(0)](answer)

    def _answer(self, command: Command) -> bytes:
        for planned in self._failures:
            if planned[0] == command:
                self._failures.remove(planned)
                return encode_answer(planned[1])
        if command == RESET:
            self._found = self._selected = False
            return encode_answer(Status.OK)
        if command == SAM_STATUS:
            return encode_answer(Status.OK)
        if command in _BAUD_OF:
            self._module_baud = _BAUD_OF[command]
            return encode_answer(Status.OK)
        if command == SAM_ID:
            return encode_answer(Status.OK, _IDENTITY)
        if command == FIND:
            self._found = self._card is not None and not self._done
            self._selected = self._selected and self._done
            return encode_answer(Status.FOUND, bytes(4)) if self._found else encode_answer(Status.NO_CARD)
        if command == SELECT:
            self._selected = self._found and self._card is not None
            return encode_answer(Status.OK, bytes(8)) if self._selected else encode_answer(Status.SELECT_FAILED)
        if command == READ_APPEND:
            if self._card is None:
                return encode_answer(Status.READ_FAILED)
            if not self._selected:
                return encode_answer(Status.NO_PRIVILEGE)
            return encode_answer(Status.NO_CONTENT if self._appended is None else Status.OK, self._appended or b"")
        if command == READ_BASE or (command == READ_BASE_FINGERPRINT and not self._old_module):
            if not self._selected or self._card is None:
                return encode_answer(Status.NO_PRIVILEGE)
            self._done = True
            fingerprint = self._fingerprint if command == READ_BASE_FINGERPRINT else None
            return encode_answer(Status.OK, join_base(self._card, self._photo, fingerprint))
        return encode_answer(Status.BAD_COMMAND)


def _photo(args: Args) -> bytes:
    return hex_arg(args, "photo_hex") if "photo_hex" in args else _PHOTO


def _fingerprint(args: Args) -> bytes:
    size = int_arg(args, "fingerprint_bytes", 0)
    if size not in _FINGERPRINT_BYTES:
        raise Refused(f"fingerprint_bytes must be one of {', '.join(map(str, _FINGERPRINT_BYTES))}")
    return bytes(size)


def _appended(args: Args) -> bytes | None:
    if "address" not in args:
        return None
    try:
        return encode_address(text_arg(args, "address"))
    except CardTextError as error:
        raise Refused("address is too long") from error


def _with_length(answer: bytes, change: int) -> bytes:
    length = int.from_bytes(answer[5:7], "big") + change
    return answer[:5] + length.to_bytes(2, "big") + answer[7:]


#: What `spoil_next` does to an answer.
_SPOILS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "chk": lambda answer: answer[:-1] + bytes((answer[-1] ^ 0x55,)),
        "len_short": lambda answer: _with_length(answer, -1),
        "len_long": lambda answer: _with_length(answer, 1),
        "len_huge": lambda answer: _with_length(answer, 0xF000),
        "noise": lambda answer: b"\x00\xff\xaa\xaa\x96\x55" + answer,
        "lost_aa": lambda answer: answer[1:],
        "twice": lambda answer: answer + answer,
    }
)
