"""Lamp and input board on Modbus-RTU: guide lights, the cabinet's door, whoever stands before the terminal, buttons,
the socket for headphones.

Lamps are coils; door, person, buttons and headphones are inputs. A light may burn only while this program wants it: all
are put out when the line is opened and when it is let go, and every probe reads them back and corrects what differs (a
board that lost its power comes up as it likes). Inputs are read three times a second; a change counts once the next one
agrees.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from devices.codecs.modbus import (
    Answer,
    AnswerReader,
    Bits,
    Function,
    ReadBits,
    Refusal,
    Refused,
    WriteCoil,
    WriteCoils,
    answer_length,
    encode_request,
    silence_s,
)
from devices.codecs.modbus import Request as ModbusRequest
from devices.drivers.base import ONLINE, Condition, GuideLight, Request, Served, Work
from devices.errors import BadAnswer, DeviceFault, NoAnswer
from devices.spec import PORT, DriverSpec, Options, OptionSpec, baud, serial_line
from devices.trace import Whole
from devices.transports.base import Transport, TransportFactory
from kiosk.domain.devices import (
    IO_BOARD,
    RESIDENT_PARTS,
    DeviceEvent,
    DoorChanged,
    HeadsetChanged,
    Health,
    KeypadButton,
    KeypadPressed,
    PersonNear,
)

_ANSWER_S = 0.3
_TRIES = 3
_ADAPTER_SILENCE_S = 0.02  # USB adapters hand bytes on in bursts up to 16 ms apart
_BUSY_PAUSE_S = 0.05
_NOT_FITTED = -1
_HIGHEST = 255

#: What a refusal says of the board: its code as status detail.
_REFUSALS: Mapping[int, str] = {
    Refusal.ILLEGAL_FUNCTION: "function_refused",
    Refusal.ILLEGAL_ADDRESS: "address_refused",
    Refusal.ILLEGAL_VALUE: "address_refused",
    Refusal.DEVICE_FAILURE: "board_failure",
    Refusal.ACKNOWLEDGE: "board_busy",
    Refusal.BUSY: "board_busy",
}


class _Refusal(Exception):
    """The board answers and will not; `code` is the exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    @property
    def condition(self) -> Condition:
        return Condition(Health.HARDWARE_ERROR, detail=_REFUSALS.get(self.code, "board_failure"))


@dataclass(frozen=True, slots=True)
class Sensor:
    """A discrete input, and the level that means "yes" (door open, person there, headphones in)."""

    address: int
    yes: bool


BUTTONS_EVERY_S = 0.05
"""With a keypad or a socket for headphones on the board: a press of a tenth of a second is seen, and what is pressed
feels immediate. A button needs no second reading: contacts have come to rest between two looks."""


_NO_KEYPAD = "none"


class _Steady:
    """A reading that counts when two in a row agree; the first one ever counts at once."""

    def __init__(self) -> None:
        self._last: bool | None = None
        self.told: bool | None = None

    def take(self, value: bool, *, at_once: bool = False) -> bool:
        """Whether this reading is news; ``at_once``: without waiting for another that agrees."""
        agreed = at_once or self._last is None or self._last == value
        self._last = value
        if not agreed or value == self.told:
            return False
        self.told = value
        return True


class IoBoard:
    """Driver `modbus-rtu`. `lights` says which coil lights which part; an input that is not fitted is None."""

    driver = "modbus-rtu"
    idle_every_s = 0.3
    probe_every_s = 3.0

    def __init__(
        self,
        open_transport: TransportFactory,
        port: str,
        unit: int,
        lights: Mapping[str, int],
        door: Sensor | None,
        person: Sensor | None,
        buttons: Mapping[KeypadButton, int],
        headset: Sensor | None = None,
    ) -> None:
        self._open = open_transport
        self._port = port
        self._unit = unit
        self._lights = dict(lights)
        self._door = door
        self._person = person
        self._headset = headset
        self._coils = tuple(_runs(sorted(set(lights.values()))))
        self._buttons = dict(buttons)
        self._held: set[KeypadButton] = set()
        sensors = (sensor.address for sensor in (door, person, headset) if sensor is not None)
        self._inputs = (*sensors, *self._buttons.values())
        if self._buttons or headset is not None:
            self.idle_every_s = BUTTONS_EVERY_S
        self._one_by_one = False  # the board knows function 05 only
        self._lit: int | None = None
        self._transport: Transport | None = None
        self._quiet_from = 0.0
        self._emit: Callable[[DeviceEvent], None] = _nobody
        self._door_seen, self._person_seen, self._headset_seen = _Steady(), _Steady(), _Steady()

    # --- life ---------------------------------------------------------------------------------------------------

    @property
    def model(self) -> str:
        """Boards do not name themselves: the unit and what hangs on it."""
        return f"modbus unit {self._unit}, {len(self._lights)} lights, {len(self._inputs)} inputs"

    def present(self) -> bool | None:
        """See Driver."""
        return os.path.exists(self._port)

    def tell(self, emit: Callable[[DeviceEvent], None]) -> None:
        """See Sensing."""
        self._emit = emit

    def connect(self, *, reset: bool) -> Condition:
        """See Driver: all lights off, inputs read once. The board has no reset of its own."""
        self._transport = self._open()
        self._one_by_one = False
        self._lit = None
        self._door_seen, self._person_seen, self._headset_seen = _Steady(), _Steady(), _Steady()
        try:
            self._light(None)
            self._read_inputs()
        except _Refusal as refusal:
            return refusal.condition
        return ONLINE

    def probe(self) -> Condition:
        """See Driver: the lights as they are; one that differs from what is wanted is corrected."""
        try:
            if self._read_lights() != self._wanted(self._lit):
                self._light(self._lit)
            self._sense()
        except _Refusal as refusal:
            return self._refused(refusal)
        return ONLINE

    def idle(self) -> Condition | None:
        """Door, person, headset and buttons."""
        try:
            self._sense()
        except _Refusal as refusal:
            return self._refused(refusal)
        return None

    def serve(self, request: Request, work: Work) -> Served:
        """See Driver."""
        if isinstance(request, GuideLight):
            try:
                self._light(None if request.part is None else self._lights.get(request.part))
            except _Refusal as refusal:
                work.report(refusal.condition)
        return Served(done=True)

    def self_test(self) -> tuple[bool, str]:
        """See Driver: lights each lamp for a moment, reads it back, and leaves the lights as they were."""
        before = self._lit
        try:
            for part, coil in self._lights.items():
                self._light(coil)
                if self._read_lights() != self._wanted(coil):
                    return False, f"light_stuck: {part}"
            inputs = " ".join(f"{address}={level:d}" for address, level in self._read_inputs().items())
        except _Refusal as refusal:
            return False, f"{refusal.condition.detail}: exception {refusal.code}"
        finally:
            with contextlib.suppress(_Refusal):
                self._light(before)
        return True, f"ok: {len(self._lights)} lights read back; inputs {inputs or 'none'}"

    def close(self) -> None:
        """See Driver: lights off, if the line still carries that."""
        if self._transport is None:
            return
        with contextlib.suppress(DeviceFault, _Refusal):
            if self._lit is not None:
                self._light(None)
        self._transport.close()
        self._transport = None

    def _refused(self, refusal: _Refusal) -> Condition:
        """Who hears that the board is out of order believes nothing it said before: it is all told again afterwards."""
        self._door_seen, self._person_seen, self._headset_seen = _Steady(), _Steady(), _Steady()
        return refusal.condition

    # --- lamps and inputs ---------------------------------------------------------------------------------------

    def _wanted(self, lit: int | None) -> dict[int, bool]:
        return {coil: coil == lit for run in self._coils for coil in run}

    def _light(self, coil: int | None) -> None:
        """Light this coil and no other of ours; coils of nobody's between them are left alone."""
        self._lit = coil
        wanted = self._wanted(coil)
        for run in self._coils:
            if len(run) > 1 and not self._one_by_one:
                try:
                    self._ask(WriteCoils(run[0], tuple(wanted[each] for each in run)))
                    continue
                except _Refusal as refusal:
                    if refusal.code != Refusal.ILLEGAL_FUNCTION:
                        raise
                    self._one_by_one = True
            for each in sorted(run, key=lambda each: wanted[each]):  # off before on: never two at once
                self._ask(WriteCoil(each, wanted[each]))

    def _read_lights(self) -> dict[int, bool]:
        found: dict[int, bool] = {}
        for run in self._coils:
            found.update(zip(run, self._bits(ReadBits(Function.READ_COILS, run[0], len(run))), strict=True))
        return found

    def _read_inputs(self) -> dict[int, bool]:
        if not self._inputs:
            return {}
        first, last = min(self._inputs), max(self._inputs)
        bits = self._bits(ReadBits(Function.READ_INPUTS, first, last - first + 1))
        return {address: bits[address - first] for address in sorted(set(self._inputs))}

    def _sense(self) -> None:
        levels = self._read_inputs()
        if self._door is not None:
            is_open = levels[self._door.address] == self._door.yes
            if self._door_seen.take(is_open):
                self._emit(DoorChanged(is_open))
        if self._person is not None:
            near = levels[self._person.address] == self._person.yes
            if self._person_seen.take(near):
                self._emit(PersonNear(near))
        if self._headset is not None:
            plugged = levels[self._headset.address] == self._headset.yes
            # Pulled out, what is private must not be heard by all for a moment longer than needed.
            if self._headset_seen.take(plugged, at_once=not plugged):
                self._emit(HeadsetChanged(plugged))
        for button, address in self._buttons.items():
            if levels[address] != (button in self._held):
                self._held ^= {button}
                self._emit(KeypadPressed(button, down=levels[address]))

    # --- bytes --------------------------------------------------------------------------------------------------

    def _bits(self, request: ReadBits) -> Sequence[bool]:
        answer = self._ask(request)
        if not isinstance(answer, Bits):
            raise BadAnswer(self._port)
        return answer.values

    def _ask(self, request: ModbusRequest) -> Answer:
        """Send and wait for the answer, up to three times. Raises NoAnswer, BadAnswer or _Refusal."""
        damaged = False
        refused: Refused | None = None
        for attempt in range(_TRIES):
            if attempt and refused is not None:
                time.sleep(_BUSY_PAUSE_S)
            reader = AnswerReader(self._unit, request)
            match self._exchange(request, reader):
                case Refused(code) as answer:
                    refused = answer
                    if code not in (Refusal.ACKNOWLEDGE, Refusal.BUSY):
                        raise _Refusal(code)
                case None:
                    damaged = damaged or reader.damaged
                    refused = None
                case answer:
                    return answer
        if refused is not None:
            raise _Refusal(refused.code)
        raise BadAnswer(self._port) if damaged else NoAnswer(self._port)

    def _exchange(self, request: ModbusRequest, reader: AnswerReader) -> Answer | None:
        line = self._line()
        while line.read(max(0.0, self._quiet_from - time.monotonic())):  # late bytes of an earlier answer
            self._quiet_from = time.monotonic() + silence_s(line.byte_time_s)
        data = encode_request(self._unit, request)
        line.write(data, 1.0)
        until = time.monotonic() + _ANSWER_S + (len(data) + answer_length(request)) * line.byte_time_s
        gap_s = max(silence_s(line.byte_time_s), _ADAPTER_SILENCE_S)
        answer: Answer | None = None
        while answer is None and (left := until - time.monotonic()) > 0:
            piece = line.read(min(left, gap_s) if reader.pending else left)
            if piece:
                answer = reader.feed(piece)
            else:
                reader.silence()
        self._quiet_from = time.monotonic() + silence_s(line.byte_time_s)
        return answer

    def _line(self) -> Transport:
        if self._transport is None:
            raise NoAnswer(self._port)
        return self._transport


def _runs(addresses: Sequence[int]) -> list[tuple[int, ...]]:
    """Neighbouring addresses together."""
    runs: list[tuple[int, ...]] = []
    for address in addresses:
        if runs and runs[-1][-1] == address - 1:
            runs[-1] = (*runs[-1], address)
        else:
            runs.append((address,))
    return runs


def _nobody(_event: DeviceEvent) -> None:
    """Before `tell` nobody listens."""


# --- settings -----------------------------------------------------------------------------------------------------

DEFAULT_LIGHTS = ",".join(f"{part}={coil}" for coil, part in enumerate(RESIDENT_PARTS))


def parse_lights(text: str) -> dict[str, int] | str:
    """`part=coil` pairs with commas between them; a text says what is wrong."""
    lights: dict[str, int] = {}
    for pair in text.split(","):
        part, equals, number = (each.strip() for each in pair.partition("="))
        if not equals or part not in RESIDENT_PARTS:
            return f"must be PART=COIL pairs; parts: {', '.join(RESIDENT_PARTS)}"
        if not (number.isascii() and number.isdigit()) or int(number) > _HIGHEST:
            return f"{part}: a coil is 0 to {_HIGHEST}"
        if part in lights or int(number) in lights.values():
            return f"{part}: a part or a coil is named twice"
        lights[part] = int(number)
    return lights


def _check_lights(value: str | int) -> str | None:
    lights = parse_lights(str(value))
    return lights if isinstance(lights, str) else None


def parse_buttons(value: str) -> dict[KeypadButton, int] | str:
    """`up=2,down=3,select=4,back=5`, all four, or `none`; or what is wrong with it."""
    buttons: dict[KeypadButton, int] = {}
    if value == _NO_KEYPAD:
        return buttons
    for pair in value.replace(",", " ").split():
        name, _, number = pair.partition("=")
        if name not in tuple(KeypadButton):
            return f"must be BUTTON=INPUT pairs; buttons: {', '.join(KeypadButton)}"
        if not (number.isascii() and number.isdigit()) or int(number) > _HIGHEST:
            return f"{name}: an input is 0 to {_HIGHEST}"
        if KeypadButton(name) in buttons or int(number) in buttons.values():
            return f"{name}: a button or an input is named twice"
        buttons[KeypadButton(name)] = int(number)
    if buttons and len(buttons) < len(KeypadButton):
        return f"names {len(buttons)} of the buttons {', '.join(KeypadButton)}"
    return buttons


def _check_buttons(value: str | int) -> str | None:
    buttons = parse_buttons(str(value))
    return buttons if isinstance(buttons, str) else None


def _sensor(options: Options, address: str, level: str) -> Sensor | None:
    number = int(options[address])
    return None if number == _NOT_FITTED else Sensor(number, options[level] == 1)


def _make(options: Options) -> IoBoard:
    lights, buttons = parse_lights(str(options["lights"])), parse_buttons(str(options["keypad_inputs"]))
    return IoBoard(
        serial_line(options),
        str(options["port"]),
        int(options["unit"]),
        {} if isinstance(lights, str) else lights,
        _sensor(options, "door_input", "door_open_level"),
        _sensor(options, "person_input", "person_near_level"),
        {} if isinstance(buttons, str) else buttons,
        _sensor(options, "headset_input", "headset_in_level"),
    )


SPEC = DriverSpec(
    "modbus-rtu",
    IO_BOARD,
    {
        "port": PORT,
        "baud": baud(9600),
        "unit": OptionSpec("whole", "The board's Modbus address.", default=1, low=1, high=247),
        "lights": OptionSpec(
            "text", "Which coil lights which part: PART=COIL pairs.", default=DEFAULT_LIGHTS, check=_check_lights
        ),
        "door_input": OptionSpec(
            "whole", "The input of the door contact; -1 when there is none.", default=0, low=_NOT_FITTED, high=_HIGHEST
        ),
        "door_open_level": OptionSpec("whole", "Its level while the door is open.", (0, 1), 1),
        "person_input": OptionSpec(
            "whole",
            "The input of the proximity sensor; -1 when there is none.",
            default=1,
            low=_NOT_FITTED,
            high=_HIGHEST,
        ),
        "person_near_level": OptionSpec("whole", "Its level while somebody is there.", (0, 1), 1),
        "keypad_inputs": OptionSpec(
            "text",
            "Which input is which button of the keypad: BUTTON=INPUT pairs, e.g. up=2,down=3,select=4,back=5; none"
            " where there is no keypad. A button closes its input.",
            default=_NO_KEYPAD,
            check=_check_buttons,
        ),
        "headset_input": OptionSpec(
            "whole",
            "The input of the switch in the socket for headphones, which must cut off the loudspeaker; -1 where there"
            " is none.",
            default=_NOT_FITTED,
            low=_NOT_FITTED,
            high=_HIGHEST,
        ),
        "headset_in_level": OptionSpec("whole", "Its level while headphones are plugged in.", (0, 1), 1),
    },
    _make,
    about="Guide lights, door, proximity, headset and buttons on a Modbus-RTU relay and input board.",
    page="docs/devices/io_board.md",
    mask=Whole,
)
