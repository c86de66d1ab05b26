"""A resident-card reader: SAM protocol, one card that can be placed and lifted.

Kept from the real module: read needs select and select needs find; after a successful read the card is not found again
until it has been lifted; a card lifted while its data are on the wire leaves a truncated answer.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

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
    TEXT_LENGTH,
    Command,
    Frame,
    FrameParser,
    Status,
    encode_answer,
    join_base,
)
from devices.emulators.model import Args, Reaction, Refused, text_arg

_PHOTO = bytes(1024)
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

    verbs = frozenset({"place", "lift", "fail_next"})
    notable_bytes = 64

    def __init__(self, lookup: CardLookup) -> None:
        self._lookup = lookup
        self._parser = FrameParser(MIN_REQUEST_LENGTH, 64)
        self._card: bytes | None = None
        self._found = self._selected = self._done = False
        self._failures: list[tuple[Command, int]] = []

    def receive(self, data: bytes) -> list[bytes]:
        """See Model."""
        answers: list[bytes] = []
        for item in self._parser.feed(data):
            if isinstance(item, Frame):
                answers.append(self._answer(Command(item.body[0], item.body[1])))
            else:
                bad = Status.BAD_LENGTH if item.reason == "length" else Status.BAD_CHECKSUM
                answers.append(encode_answer(bad))
        return answers

    def act(self, do: str, args: Args) -> Reaction:
        """See Model. `place` {"card": NAME | {"text_hex"}}, `lift`, `fail_next` {"status", "command"?, "count"?}."""
        if do == "place":
            self._leave_field()
            self._card = self._block(args)
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
        self._found = self._selected = self._done = False
        self._failures.clear()

    def state(self) -> dict[str, object]:
        """See Model."""
        return {"card": self._card is not None, "read": self._done}

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

    def _answer(self, command: Command) -> bytes:
        for planned in self._failures:
            if planned[0] == command:
                self._failures.remove(planned)
                return encode_answer(planned[1])
        if command == RESET:
            self._found = self._selected = False
            return encode_answer(Status.OK)
        if command == SAM_STATUS or (command.cmd == 0x60 and command.para <= 4):
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
            return encode_answer(Status.NO_CONTENT if self._selected else Status.NO_PRIVILEGE)
        if command in (READ_BASE, READ_BASE_FINGERPRINT):
            if not self._selected or self._card is None:
                return encode_answer(Status.NO_PRIVILEGE)
            self._done = True
            fingerprint = b"" if command == READ_BASE_FINGERPRINT else None
            return encode_answer(Status.OK, join_base(self._card, _PHOTO, fingerprint))
        return encode_answer(Status.BAD_COMMAND)
