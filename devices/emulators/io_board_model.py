"""A lamp and input board: a Modbus-RTU unit with eight coils and eight inputs (door, person, four buttons, headset)."""

from __future__ import annotations

from collections.abc import Mapping

from devices.codecs.modbus import Function, Refusal, crc16, frame, pack_bits, unpack_bits
from devices.emulators.model import Args, Reaction, Refused, int_arg, text_arg
from kiosk.domain.devices import RESIDENT_PARTS, KeypadButton

_DEFAULT_LIGHTS: Mapping[str, int] = {part: coil for coil, part in enumerate(RESIDENT_PARTS)}
_BUTTONS_FROM = 2
_HEADSET = 6
_SHORT_REQUEST = 8
_LONG_HEAD = 7


class IoBoardModel:
    """Answers as unit `unit`; `lights` is only how `state` names the coils. Input 0 is the door, input 1 the person,
    2 to 5 are the buttons, 6 is the socket for headphones.
    """

    verbs = frozenset({"door", "person", "button", "headset", "fail_next"})
    notable_bytes = 1

    def __init__(
        self, unit: int = 1, lights: Mapping[str, int] | None = None, *, coils: int = 8, inputs: int = 8
    ) -> None:
        self._unit = unit
        self._lights = dict(_DEFAULT_LIGHTS if lights is None else lights)
        self._coils = [False] * coils
        self._inputs = [False] * inputs
        self._presses: list[int] = []
        self._pressing: int | None = None
        self._buffer = bytearray()
        self._failures: list[str] = []
        self._exception = int(Refusal.DEVICE_FAILURE)
        self._unknown: frozenset[int] = frozenset()

    def act(self, do: str, args: Args) -> Reaction:
        """See Model. `door` {"what": open|closed}, `person` {"what": near|away}, `fail_next` {"what", …};
        `button` {"what": up|down|select|back, "how": press|down|up}; `headset` {"what": in|out}.

        `fail_next` knows exception (with `code`), wrong_unit and wrong_function (each `count` times), no_multiple
        (function 0F is refused from now on) and none.
        """
        match do:
            case "door":
                self._inputs[0] = self._level(args, "open", "closed")
            case "person":
                self._inputs[1] = self._level(args, "near", "away")
            case "headset":
                self._inputs[_HEADSET] = self._level(args, "in", "out")
            case "button":
                self._button(text_arg(args, "what", ""), text_arg(args, "how", "press"))
            case _:
                self._fail(text_arg(args, "what", "exception"), args)
        return Reaction()

    def _button(self, what: str, how: str) -> None:
        if what not in tuple(KeypadButton) or how not in ("down", "up", "press"):
            raise Refused(f"what must be one of {', '.join(KeypadButton)}, how must be down, up or press")
        at = _BUTTONS_FROM + tuple(KeypadButton).index(KeypadButton(what))
        if how == "press":
            self._presses.append(at)
        else:
            self._inputs[at] = how == "down"

    def _finger(self) -> None:
        """Presses that wait go down for one look at the inputs and up for the next, one after the other."""
        if self._pressing is not None:
            self._inputs[self._pressing] = False
            self._pressing = None
        elif self._presses:
            self._pressing = self._presses.pop(0)
            self._inputs[self._pressing] = True

    @staticmethod
    def _level(args: Args, yes: str, no: str) -> bool:
        what = text_arg(args, "what", yes)
        if what not in (yes, no):
            raise Refused(f"what must be {yes} or {no}")
        return what == yes

    def _fail(self, what: str, args: Args) -> None:
        match what:
            case "none":
                self._failures.clear()
                self._unknown = frozenset()
            case "no_multiple":
                self._unknown = frozenset({int(Function.WRITE_COILS)})
            case "exception" | "wrong_unit" | "wrong_function":
                self._exception = int_arg(args, "code", self._exception)
                self._failures.extend([what] * int_arg(args, "count", 1))
            case _:
                raise Refused("what must be exception, wrong_unit, wrong_function, no_multiple or none")

    def power_cycle(self) -> None:
        """See Model. The relays fall; door, person and headset stay as they are."""
        self._coils = [False] * len(self._coils)
        self._buffer.clear()
        self._failures.clear()

    def state(self) -> dict[str, object]:
        """See Model."""
        return {
            "lamps": [part for part, coil in self._lights.items() if coil < len(self._coils) and self._coils[coil]],
            "coils": [at for at, on in enumerate(self._coils) if on],
            "door": "open" if self._inputs[0] else "closed",
            "person": "near" if self._inputs[1] else "away",
            "headset": "in" if self._inputs[_HEADSET] else "out",
            "buttons": [button.value for at, button in enumerate(KeypadButton) if self._inputs[_BUTTONS_FROM + at]],
        }

    def receive(self, data: bytes) -> list[bytes]:
        """See Model."""
        self._buffer += data
        answers: list[bytes] = []
        while (size := self._request_size()) and size <= len(self._buffer):
            if crc16(bytes(self._buffer[:size])) != 0:
                del self._buffer[0]
                continue
            request = bytes(self._buffer[: size - 2])
            del self._buffer[:size]
            if request[0] == self._unit:
                answers.append(self._answer(request[1], request[2:]))
        return answers

    def _request_size(self) -> int:
        """Bytes of the request at the head of the buffer, as far as can be told; 0 while nothing is there."""
        buffer = self._buffer
        if not buffer:
            return 0
        if len(buffer) > 1 and buffer[1] == Function.WRITE_COILS:
            return _LONG_HEAD + buffer[6] + 2 if len(buffer) > 6 else _LONG_HEAD + 2
        return _SHORT_REQUEST

    def _answer(self, function: int, data: bytes) -> bytes:
        failure = self._failures.pop(0) if self._failures else ""
        if failure == "exception":
            return frame(self._unit, bytes((function | 0x80, self._exception)))
        body = self._body(function, data)
        if failure == "wrong_unit":
            return frame(self._unit % 247 + 1, body)
        if failure == "wrong_function":
            return frame(self._unit, bytes((body[0] ^ 0x07,)) + body[1:])
        return frame(self._unit, body)

    def _body(self, function: int, data: bytes) -> bytes:
        if function in self._unknown:
            return bytes((function | 0x80, Refusal.ILLEGAL_FUNCTION))
        address, number = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
        match function:
            case Function.READ_COILS | Function.READ_INPUTS:
                if function == Function.READ_INPUTS:
                    self._finger()
                bits = self._coils if function == Function.READ_COILS else self._inputs
                if not 1 <= number <= 2000:
                    return bytes((function | 0x80, Refusal.ILLEGAL_VALUE))
                if address + number > len(bits):
                    return bytes((function | 0x80, Refusal.ILLEGAL_ADDRESS))
                packed = pack_bits(bits[address : address + number])
                return bytes((function, len(packed))) + packed
            case Function.WRITE_COIL:
                if number not in (0x0000, 0xFF00):
                    return bytes((function | 0x80, Refusal.ILLEGAL_VALUE))
                values: tuple[bool, ...] = (number == 0xFF00,)
            case Function.WRITE_COILS:
                if not 1 <= number <= 1968 or data[4] != (number + 7) // 8:
                    return bytes((function | 0x80, Refusal.ILLEGAL_VALUE))
                values = unpack_bits(data[5:], number)
            case _:
                return bytes((function | 0x80, Refusal.ILLEGAL_FUNCTION))
        if address + len(values) > len(self._coils):
            return bytes((function | 0x80, Refusal.ILLEGAL_ADDRESS))
        self._coils[address : address + len(values)] = values
        return bytes((function,)) + data[:4]
