"""Our lamp and input board driver on pymodbus' serial server, over a pair of pseudo-terminals."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import threading
import tty
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from devices.lab.bench import LabProblem, Report, Watch, until
from kiosk.domain.devices import IO_BOARD, DoorChanged, HeadsetChanged, PersonNear

NAME = "modbus"
ABOUT = "our lamp and input board driver on pymodbus' server"
_BAUD = 115200
_PARTS = ("id_card", "code_scanner", "receipt_printer")
_DOOR, _PERSON, _HEADSET = 0, 1, 6


@contextmanager
def cable() -> Iterator[tuple[str, str]]:
    """Two serial ports with a wire between them; their paths."""
    ends = [os.openpty() for _ in range(2)]
    for master, slave in ends:
        tty.setraw(slave)
        os.set_blocking(master, False)
    masters = [master for master, _ in ends]
    stop_r, stop_w = os.pipe()

    def carry() -> None:
        while True:
            ready, _, _ = select.select([*masters, stop_r], [], [])
            if stop_r in ready:
                return
            for master in ready:
                with contextlib.suppress(OSError):
                    os.write(masters[1 - masters.index(master)], os.read(master, 4096))

    thread = threading.Thread(target=carry, name="cable", daemon=True)
    thread.start()
    try:
        yield os.ttyname(ends[0][1]), os.ttyname(ends[1][1])
    finally:
        os.write(stop_w, b"x")
        thread.join(5.0)
        for fd in (*ends[0], *ends[1], stop_r, stop_w):
            os.close(fd)


class Board:
    """pymodbus' server in a thread: sixteen coils, sixteen inputs, unit 1."""

    def __init__(self, port: str) -> None:
        try:
            from pymodbus.server import ModbusSerialServer
            from pymodbus.simulator import DataType, SimData, SimDevice
        except ImportError as error:
            raise LabProblem("pymodbus is not installed; ./run check installs it") from error
        bits = [[SimData(0, values=[False] * 16, datatype=DataType.BITS)] for _ in range(2)]
        words = [[SimData(0, values=0, datatype=DataType.REGISTERS)] for _ in range(2)]
        blocks = (bits[0], bits[1], words[0], words[1])
        make: Any = ModbusSerialServer  # it has no types
        self._make: Callable[[], Any] = lambda: make(SimDevice(id=1, simdata=blocks), port=port, baudrate=_BAUD)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="pymodbus", daemon=True)
        self._thread.start()
        if not self._ready.wait(10.0):
            raise LabProblem("pymodbus' server does not start")

    async def _serve(self) -> None:
        server: Any = self._make()
        self._server = server
        self._loop = asyncio.get_running_loop()
        await server.serve_forever(background=True)
        self._ready.set()
        await server.serving

    def _run(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(5.0)

    def coils(self) -> list[int]:
        """The coils that are on."""
        values = self._run(lambda: self._server.async_getValues(1, 1, 0, 8))
        return [at for at, on in enumerate(values) if on]

    def set_input(self, at: int, on: bool) -> None:
        """Switch an input."""
        self._run(lambda: self._server.async_setValues(1, 2, at, [on]))

    def close(self) -> None:
        """End the server."""
        self._run(self._server.shutdown)
        self._thread.join(5.0)


def play(report: Report, folder: Path) -> None:
    """See devices.lab."""
    with cable() as (ours, theirs):
        board = Board(theirs)
        try:
            with Watch(IO_BOARD, "modbus-rtu", {"port": ours, "baud": _BAUD, "headset_input": _HEADSET}) as watch:
                status = watch.status("ok")
                report.check("it is online", status is not None, status.model if status else "")
                for coil, part in enumerate(_PARTS):
                    watch.hub.guide_to(part)
                    lit = until(lambda coil=coil: board.coils() == [coil], 5.0)  # type: ignore[misc]
                    report.check(f"the light of {part} burns and no other", lit, board.coils())
                watch.hub.guide_to(None)
                report.check("all lights go out", until(lambda: board.coils() == [], 5.0), board.coils())
                for number, event in (
                    (_DOOR, DoorChanged(open=True)),
                    (_PERSON, PersonNear(near=True)),
                    (_HEADSET, HeadsetChanged(plugged=True)),
                ):
                    board.set_input(number, on=True)
                    told = watch.wait(type(event), lambda each, event=event: each == event, 5.0)  # type: ignore[misc]
                    report.check(f"an input becomes {event}", told is not None)
                test = watch.hub.self_test(IO_BOARD)
                report.check("the self-test passes", test.ok, test.detail)
                watch.hub.guide_to(_PARTS[0])
                until(lambda: board.coils() == [0], 5.0)
            report.check("no light burns after the program has ended", board.coils() == [], board.coils())
        finally:
            board.close()
