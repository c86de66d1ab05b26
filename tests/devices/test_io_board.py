"""The lamp and input board on real pseudo-terminals: against the emulated board, and against pymodbus' own server."""

from __future__ import annotations

import asyncio
import os
import select
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from devices.drivers.io_board import parse_buttons, parse_lights
from devices.emulators.io_board_model import IoBoardModel
from devices.emulators.line import EmulatedLine
from devices.emulators.wire import WireLog
from devices.registry import build_hub, check_bindings
from kiosk.domain.devices import (
    DoorChanged,
    HeadsetChanged,
    Health,
    KeypadButton,
    KeypadPressed,
    PersonNear,
    StatusChanged,
)
from kiosk.ports.devices import DeviceBinding, DeviceHub
from tests.devices.rig import QUICK, FixedClock, Recorder, wait_until

NAME = "io_board"
HEADSET = 6
"""The input where the emulated board has the socket for headphones."""


@dataclass(slots=True)
class Board:
    """An emulated board and a hub bound to it."""

    line: EmulatedLine
    hub: DeviceHub
    events: Recorder

    def do(self, verb: str, **args: object) -> None:
        self.line.act(verb, args)

    def state(self) -> dict[str, Any]:
        state = self.line.act("state", {})["state"]
        assert isinstance(state, dict)
        return state


def _hub(port: Path | str, **options: str | int) -> tuple[DeviceHub, Recorder]:
    events = Recorder()
    binding = DeviceBinding(NAME, "modbus-rtu", {"port": str(port), "baud": 115200, **options})
    hub = build_hub([binding], FixedClock(), timing=QUICK)
    hub.start(events.publish)
    return hub, events


@contextmanager
def _board(folder: Path, model: IoBoardModel, **options: str | int) -> Iterator[Board]:
    wire = WireLog(folder / "wire.jsonl")
    line = EmulatedLine(NAME, folder / NAME, model, wire)
    line.plug()
    hub, events = _hub(folder / NAME, **options)
    try:
        yield Board(line, hub, events)
    finally:
        hub.stop(5.0)
        line.close()
        wire.close()


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    with _board(tmp_path, IoBoardModel()) as board:
        board.events.wait_status(NAME, "ok")
        yield board


def test_the_light_of_one_part_burns_and_no_other(board: Board) -> None:
    board.hub.guide_to("id_card")
    wait_until(lambda: board.state()["lamps"] == ["id_card"])
    board.hub.guide_to("document_printer")
    wait_until(lambda: board.state()["lamps"] == ["document_printer"])
    board.hub.guide_to(None)
    wait_until(lambda: board.state()["lamps"] == [])


def test_the_first_door_and_person_are_told_and_then_only_changes(board: Board) -> None:
    assert board.events.wait(DoorChanged) == DoorChanged(open=False)
    assert board.events.wait(PersonNear) == PersonNear(near=False)
    board.do("door", what="open")
    assert board.events.wait(DoorChanged) == DoorChanged(open=True)
    board.do("person", what="near")
    assert board.events.wait(PersonNear) == PersonNear(near=True)
    board.do("person", what="away")
    assert board.events.wait(PersonNear) == PersonNear(near=False)
    assert board.events.count(DoorChanged) == 2


def test_headphones_are_told_at_first_and_then_only_when_they_are_plugged_in_or_pulled_out(tmp_path: Path) -> None:
    with _board(tmp_path, IoBoardModel(), headset_input=HEADSET) as board:
        assert board.events.wait(HeadsetChanged) == HeadsetChanged(plugged=False)
        board.do("headset", what="in")
        assert board.events.wait(HeadsetChanged) == HeadsetChanged(plugged=True)
        assert board.state()["headset"] == "in"
        board.do("door", what="open")
        board.events.wait(DoorChanged)
        board.do("headset", what="out")
        assert board.events.wait(HeadsetChanged) == HeadsetChanged(plugged=False)
        assert board.events.count(HeadsetChanged) == 3


@pytest.mark.usefixtures("caplog")
def test_headphones_that_stay_in_while_the_board_is_away_are_told_again_when_it_comes_back(tmp_path: Path) -> None:
    with _board(tmp_path, IoBoardModel(), headset_input=HEADSET) as board:
        board.events.wait(HeadsetChanged)
        board.do("headset", what="in")
        assert board.events.wait(HeadsetChanged) == HeadsetChanged(plugged=True)
        board.do("unplug")
        board.events.wait_status(NAME, "port_missing")
        board.do("plug")
        assert board.events.wait(HeadsetChanged) == HeadsetChanged(plugged=True)


@pytest.mark.usefixtures("caplog")
def test_what_a_board_said_before_it_was_out_of_order_is_told_again_afterwards(tmp_path: Path) -> None:
    with _board(tmp_path, IoBoardModel(), headset_input=HEADSET) as board:
        board.events.wait(HeadsetChanged)
        board.do("headset", what="in")
        assert board.events.wait(HeadsetChanged) == HeadsetChanged(plugged=True)
        board.do("fail_next", what="exception", code=4, count=100)
        board.events.wait_status(NAME, "board_failure")
        board.do("fail_next", what="none")
        assert board.events.wait(HeadsetChanged) == HeadsetChanged(plugged=True)


def test_a_headset_switch_that_opens_with_the_plug_is_turned_round(tmp_path: Path) -> None:
    with _board(tmp_path, IoBoardModel(), headset_input=HEADSET, headset_in_level=0) as board:
        assert board.events.wait(HeadsetChanged) == HeadsetChanged(plugged=True)
        board.do("headset", what="in")
        assert board.events.wait(HeadsetChanged) == HeadsetChanged(plugged=False)


def test_a_board_without_a_headset_socket_says_nothing_of_headphones(board: Board) -> None:
    board.do("headset", what="in")
    board.do("door", what="open")
    assert board.events.wait(DoorChanged, lambda event: event.open)
    assert board.events.count(HeadsetChanged) == 0


def test_a_button_is_told_when_it_goes_down_and_when_it_comes_up(tmp_path: Path) -> None:
    with _board(tmp_path, IoBoardModel(), keypad_inputs="up=2,down=3,select=4,back=5") as board:
        board.events.wait_status(NAME, "ok")
        for button in KeypadButton:
            board.do("button", what=button.value, how="down")
            assert board.events.wait(KeypadPressed) == KeypadPressed(button, down=True)
            board.do("button", what=button.value, how="up")
            assert board.events.wait(KeypadPressed) == KeypadPressed(button, down=False)
        assert board.events.count(KeypadPressed) == 8


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("up=2,down=3", "names 2 of"),
        ("up=2,down=2,select=3,back=4", "twice"),
        ("up=2,left=3", "BUTTON=INPUT"),
        ("up=70000,down=1,select=2,back=3", "an input is"),
    ],
)
def test_a_keypad_that_is_wired_wrongly_is_refused(written: str, complaint: str) -> None:
    assert complaint in str(parse_buttons(written))


def test_lights_are_out_when_the_line_is_opened_and_when_the_hub_stops(tmp_path: Path) -> None:
    model = IoBoardModel()
    for _ in range(2):
        with _board(tmp_path, model) as board:
            board.events.wait_status(NAME, "ok")
            board.hub.guide_to("code_scanner")
            wait_until(lambda: board.state()["lamps"] == ["code_scanner"])
            board.hub.stop(5.0)
            assert board.state()["lamps"] == []


def test_a_light_left_burning_by_a_host_that_died_is_put_out_at_the_next_start(tmp_path: Path) -> None:
    wire = WireLog(tmp_path / "wire.jsonl")
    model = IoBoardModel()
    line = EmulatedLine(NAME, tmp_path / NAME, model, wire)
    line.plug()
    model.receive(bytes.fromhex("01050002ff002dfa"))
    assert model.state()["lamps"] == ["receipt_printer"]
    hub, events = _hub(tmp_path / NAME)
    try:
        events.wait_status(NAME, "ok")
        assert model.state()["lamps"] == []
    finally:
        hub.stop(5.0)
        line.close()
        wire.close()


@pytest.mark.usefixtures("caplog")
def test_a_board_that_comes_back_gets_its_light_again(board: Board) -> None:
    board.hub.guide_to("id_card")
    wait_until(lambda: board.state()["lamps"] == ["id_card"])
    board.do("unplug")
    assert board.events.wait_status(NAME, "port_missing").health is Health.NO_DEVICE
    board.do("plug")
    board.events.wait_status(NAME, "ok")
    wait_until(lambda: board.state()["lamps"] == ["id_card"])


def test_a_board_that_lost_its_power_behind_the_adapter_is_corrected(board: Board) -> None:
    board.hub.guide_to("id_card")
    wait_until(lambda: board.state()["lamps"] == ["id_card"])
    board.line.act("fail_next", {"what": "none"})
    with board.line._lock:
        board.line._model.power_cycle()
    wait_until(lambda: board.state()["lamps"] == ["id_card"])


def test_a_board_without_function_0f_is_written_coil_by_coil(tmp_path: Path) -> None:
    model = IoBoardModel()
    model.act("fail_next", {"what": "no_multiple"})
    with _board(tmp_path, model) as board:
        board.events.wait_status(NAME, "ok")
        board.hub.guide_to("receipt_printer")
        wait_until(lambda: board.state()["lamps"] == ["receipt_printer"])
        assert board.hub.self_test(NAME).ok


def test_the_self_test_lights_each_lamp_reads_it_back_and_leaves_the_lights_as_they_were(board: Board) -> None:
    board.hub.guide_to("id_card")
    wait_until(lambda: board.state()["lamps"] == ["id_card"])
    report = board.hub.self_test(NAME)
    assert (report.ok, report.detail) == (True, "ok: 5 lights read back; inputs 0=0 1=0")
    assert board.state()["lamps"] == ["id_card"]


@pytest.mark.parametrize(("code", "detail"), [(2, "address_refused"), (4, "board_failure"), (6, "board_busy")])
def test_a_board_that_refuses_is_a_hardware_error_with_its_reason(board: Board, code: int, detail: str) -> None:
    board.do("fail_next", what="exception", code=code, count=100)
    assert board.events.wait_status(NAME, detail).health is Health.HARDWARE_ERROR
    assert board.hub.self_test(NAME).detail == f"{detail}: exception {code}"
    board.do("fail_next", what="none")
    board.events.wait_status(NAME, "ok")


def test_one_busy_garbled_or_foreign_answer_is_asked_again_and_nobody_hears_of_it(board: Board) -> None:
    board.events.wait(DoorChanged)
    board.do("fail_next", what="exception", code=6)
    board.do("door", what="open")
    board.events.wait(DoorChanged)
    board.do("garble")
    board.do("door", what="closed")
    board.events.wait(DoorChanged)
    board.do("fail_next", what="wrong_unit")
    board.do("door", what="open")
    board.events.wait(DoorChanged)
    assert board.events.count(StatusChanged) == 1


@pytest.mark.usefixtures("caplog")
@pytest.mark.parametrize(
    ("verb", "args", "detail"),
    [
        ("silence", {}, "no_answer"),
        ("garble", {"count": 10_000}, "bad_answer"),
        ("fail_next", {"what": "wrong_unit", "count": 10_000}, "bad_answer"),
        ("fail_next", {"what": "wrong_function", "count": 10_000}, "bad_answer"),
    ],
)
def test_a_board_that_stays_silent_or_talks_rubbish_is_out(
    board: Board, verb: str, args: dict[str, object], detail: str
) -> None:
    board.do(verb, **args)
    board.events.wait_status(NAME, detail)
    if verb == "silence":
        board.do("silence", on=False)
        board.events.wait_status(NAME, "ok")


def test_a_light_and_an_input_the_board_does_not_have_are_told_at_once(tmp_path: Path) -> None:
    with _board(tmp_path, IoBoardModel(coils=4)) as board:
        assert board.events.wait_status(NAME, "address_refused").health is Health.HARDWARE_ERROR


def test_inputs_may_be_turned_round_or_left_out(tmp_path: Path) -> None:
    options: dict[str, str | int] = {"door_open_level": 0, "person_input": -1, "lights": "id_card=6"}
    with _board(tmp_path, IoBoardModel(lights={"id_card": 6}), **options) as board:
        assert board.events.wait(DoorChanged) == DoorChanged(open=True)
        board.hub.guide_to("id_card")
        wait_until(lambda: board.state()["coils"] == [6])
        board.hub.guide_to("code_scanner")  # no light of its own: all dark
        wait_until(lambda: board.state()["coils"] == [])
        assert board.events.count(PersonNear) == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("lights", "id_card"),
        ("lights", "door=1"),
        ("lights", "id_card=x"),
        ("lights", "id_card=1,code_scanner=1"),
        ("lights", "id_card=256"),
        ("unit", 0),
        ("unit", 248),
        ("door_input", -2),
        ("door_open_level", 2),
        ("headset_input", 256),
        ("headset_in_level", 2),
    ],
)
def test_a_wrong_option_is_named_with_the_settings(key: str, value: str | int) -> None:
    (problem,) = check_bindings([DeviceBinding(NAME, "modbus-rtu", {"port": "/dev/null", key: value})])
    assert (problem.key, problem.code) == (key, "bad_option")
    assert parse_lights(" id_card = 0 , code_scanner=4") == {"id_card": 0, "code_scanner": 4}


# --- against somebody else's board --------------------------------------------------------------------------------


class _Cable:
    """Two pseudo-terminals back to back."""

    def __init__(self) -> None:
        self._ends = (os.openpty(), os.openpty())
        for _, slave in self._ends:
            tty.setraw(slave)
        self.host, self.device = (os.ttyname(slave) for _, slave in self._ends)
        self._stop_r, self._stop_w = os.pipe()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def _carry(self) -> None:
        (one, _), (two, _) = self._ends
        other = {one: two, two: one}
        while True:
            ready, _, _ = select.select([one, two, self._stop_r], [], [])
            if self._stop_r in ready:
                return
            for end in ready:
                os.write(other[end], os.read(end, 512))

    def close(self) -> None:
        os.write(self._stop_w, b"x")
        self._thread.join(5.0)
        for fd in (*self._ends[0], *self._ends[1], self._stop_r, self._stop_w):
            os.close(fd)


class _PymodbusBoard:
    """pymodbus' serial server in a thread: eight coils, eight inputs."""

    def __init__(self, port: str) -> None:
        self._port = port
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10.0)

    async def _serve(self) -> None:
        blocks = (
            [SimData(0, values=[False] * 16, datatype=DataType.BITS)],
            [SimData(0, values=[False] * 16, datatype=DataType.BITS)],
            [SimData(0, values=0, datatype=DataType.REGISTERS)],
            [SimData(0, values=0, datatype=DataType.REGISTERS)],
        )
        self._server = ModbusSerialServer(SimDevice(id=1, simdata=blocks), port=self._port, baudrate=115200)
        self._loop = asyncio.get_running_loop()
        await self._server.serve_forever(background=True)
        self._ready.set()
        await self._server.serving

    def _run(self, work: Callable[[], Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(5.0)

    def coils(self) -> list[int]:
        values = self._run(lambda: self._server.async_getValues(1, 1, 0, 8))
        return [at for at, on in enumerate(values) if on]

    def set_input(self, at: int, on: bool) -> None:
        self._run(lambda: self._server.async_setValues(1, 2, at, [on]))

    def close(self) -> None:
        self._run(self._server.shutdown)
        self._thread.join(5.0)


def test_pymodbus_own_serial_server_is_lit_read_back_and_sensed() -> None:
    cable = _Cable()
    server = _PymodbusBoard(cable.device)
    hub, events = _hub(cable.host, headset_input=HEADSET)
    try:
        events.wait_status(NAME, "ok")
        assert events.wait(DoorChanged) == DoorChanged(open=False)
        for coil, part in enumerate(("id_card", "code_scanner", "receipt_printer")):
            hub.guide_to(part)
            wait_until(lambda coil=coil: server.coils() == [coil])  # type: ignore[misc]
        server.set_input(0, True)
        assert events.wait(DoorChanged) == DoorChanged(open=True)
        server.set_input(1, True)
        assert events.wait(PersonNear) == PersonNear(near=True)
        server.set_input(HEADSET, True)
        assert events.wait(HeadsetChanged) == HeadsetChanged(plugged=True)
        report = hub.self_test(NAME)
        assert (report.ok, report.detail) == (True, "ok: 5 lights read back; inputs 0=1 1=1 6=1")
        hub.stop(5.0)
        assert server.coils() == []
    finally:
        hub.stop(5.0)
        server.close()
        cable.close()
