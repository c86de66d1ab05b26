"""Which emulators there are: for each driver, how its device is emulated and which options lead to it.

A new emulator is a function that takes a `Stand` and gives an `Emulated`, and a line in `EMULATORS`. What is a tty is a
`Model` (a state machine without IO) on an `EmulatedLine`, which brings pace, faults of the line and the record:

    def _io_board(stand: Stand) -> Emulated:
        return stand.line(IoBoardModel())                       # bound by {"port": <its link>}

What is no tty (a camera, a network printer, a UPS daemon) is an object of its own, in this process or another, on
loopback, that knows `act(do, args)`, `close()` and the common verbs `plug`, `unplug` and `state`:

    def _camera(stand: Stand) -> Emulated:
        return Reached(CameraEmulator(stand.name), {"url": …})  # bound by whatever options its driver takes

It starts plugged in. `verbs` tells what it can be asked; the conformance suite leaves out the faults it does not know.
The registry is an instance: `default_emulators()` holds the program's and those that installed packages offer through
the entry point group `kiosk.emulators` (each an Emulator, or a function without arguments that gives one).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from devices.emulators.camera import CameraEmulator
from devices.emulators.io_board_model import IoBoardModel
from devices.emulators.ipp_printer import EmulatedIppPrinter
from devices.emulators.line import EmulatedLine
from devices.emulators.model import Args, Model
from devices.emulators.people import People
from devices.emulators.printer_model import PrinterModel
from devices.emulators.sam_model import SamModel
from devices.emulators.scanner_model import ScannerModel
from devices.emulators.slip_files import SlipFiles
from devices.emulators.tcp_line import EmulatedTcp
from devices.emulators.ups_model import UpsModel
from devices.emulators.wire import WireLog
from kiosk.domain.devices import (
    CODE_SCANNER,
    DOCUMENT_CAMERA,
    DOCUMENT_PRINTER,
    ID_CARD,
    IO_BOARD,
    RECEIPT_PRINTER,
    UPS,
)

_log = logging.getLogger("kiosk.devices")

#: Where installed packages offer emulators.
ENTRY_POINTS = "kiosk.emulators"
BindingOptions = Mapping[str, str | int | float]


class Actor(Protocol):
    """An emulated device as the control socket sees it."""

    def act(self, do: str, args: Args) -> dict[str, object]:
        """Carry out a control command; the answer's facts. Raises Refused."""

    def close(self) -> None:
        """Go away and leave nothing behind."""


class Emulated(Actor, Protocol):
    """A running emulator. `options` is what a `[devices.NAME]` section needs to reach it, `verbs` what it can do."""

    @property
    def options(self) -> BindingOptions:
        """The options of the binding, `driver` apart."""

    @property
    def verbs(self) -> frozenset[str]:
        """Every control command it knows, the common three among them."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an emulator stands. `name` is its name on the control socket, `folder` the bench's, for what it leaves."""

    name: str
    folder: Path
    people: Path
    wire: WireLog
    paper_width_px: int = 576
    font_file: Path | None = None

    def line(self, model: Model, *, closing: Callable[[], None] | None = None) -> Emulated:
        """The model on a tty of its own whose link is `folder/name`; `closing` is called after the line is gone."""
        link = self.folder / self.name
        line = EmulatedLine(self.name, link, model, self.wire)
        line.plug()
        return Reached(line, {"port": str(link)}, line.verbs, closing)

    def tcp(self, model: Model, *, closing: Callable[[], None] | None = None) -> Emulated:
        """The model behind a free TCP port of this machine, bound by `tcp`."""
        server = EmulatedTcp(self.name, model, self.wire)
        server.plug()
        return Reached(server, {"tcp": server.address}, server.verbs, closing)


@dataclass(frozen=True, slots=True)
class Reached:
    """An emulator together with the options that lead to it."""

    actor: Actor
    options: BindingOptions
    verbs: frozenset[str] = frozenset({"plug", "unplug", "state"})
    closing: Callable[[], None] | None = None

    def act(self, do: str, args: Args) -> dict[str, object]:
        """See Actor."""
        return self.actor.act(do, args)

    def close(self) -> None:
        """See Actor."""
        self.actor.close()
        if self.closing is not None:
            self.closing()


@dataclass(frozen=True, slots=True)
class Emulator:
    """How the device of one driver is emulated."""

    driver: str
    device: str
    start: Callable[[Stand], Emulated] = field(repr=False)


def _sam_reader(stand: Stand) -> Emulated:
    return stand.line(SamModel(People(stand.people).block))


def _serial_scanner(stand: Stand) -> Emulated:
    return stand.line(ScannerModel(People(stand.people).passport))


def _escpos(stand: Stand) -> Emulated:
    files = SlipFiles(stand.folder, stand.paper_width_px, stand.font_file)
    return stand.line(PrinterModel(files.add_bytes, files.add_slip), closing=files.close)


def _modbus(stand: Stand) -> Emulated:
    return stand.line(IoBoardModel())


def _nut(stand: Stand) -> Emulated:
    return stand.tcp(UpsModel())


def _ipp(stand: Stand) -> Emulated:
    printer = EmulatedIppPrinter(stand.folder, wire=stand.wire)
    return Reached(printer, {"url": printer.url}, printer.verbs)


def _desk_camera(stand: Stand) -> Emulated:
    camera = CameraEmulator(stand.name, desk=True, font_file=stand.font_file)
    return Reached(camera, {"url": camera.url}, camera.verbs)


def _hall_camera(stand: Stand) -> Emulated:
    camera = CameraEmulator(stand.name, desk=False, font_file=stand.font_file)
    return Reached(camera, {"url": camera.url}, camera.verbs)


#: The emulators this program brings, one line a driver. The first for a device is the one that bears its name.
EMULATORS: tuple[Emulator, ...] = (
    Emulator("sam-serial", ID_CARD, _sam_reader),
    Emulator("serial-scanner", CODE_SCANNER, _serial_scanner),
    Emulator("camera-scanner", CODE_SCANNER, _hall_camera),
    Emulator("uvc-document-camera", DOCUMENT_CAMERA, _desk_camera),
    Emulator("escpos", RECEIPT_PRINTER, _escpos),
    Emulator("modbus-rtu", IO_BOARD, _modbus),
    Emulator("ipp", DOCUMENT_PRINTER, _ipp),
    Emulator("nut", UPS, _nut),
)


class UnknownEmulator(ValueError):
    """There is no emulator for a driver of that name; the message names those there are."""


class EmulatorRegistry:
    """Emulators by the driver they serve, in order."""

    def __init__(self, emulators: Iterable[Emulator] = EMULATORS) -> None:
        self._emulators = {emulator.driver: emulator for emulator in emulators}

    def add(self, emulator: Emulator) -> None:
        """Another one; the first of a name stays."""
        self._emulators.setdefault(emulator.driver, emulator)

    def get(self, driver: str) -> Emulator | None:
        """The one for a driver."""
        return self._emulators.get(driver)

    def drivers(self) -> tuple[str, ...]:
        """The drivers that have one."""
        return tuple(self._emulators)

    def named(self, drivers: Iterable[str] | None = None) -> dict[str, Emulator]:
        """The chosen ones (None: all) by their names on the bench: the device, or for a second one the driver.

        Raises UnknownEmulator.
        """
        chosen: dict[str, Emulator] = {}
        for driver in self._emulators if drivers is None else drivers:
            emulator = self._emulators.get(driver)
            if emulator is None:
                raise UnknownEmulator(f"no emulator for {driver!r}; there are {', '.join(self._emulators)}")
            chosen[emulator.driver if emulator.device in chosen else emulator.device] = emulator
        return chosen


def default_emulators() -> EmulatorRegistry:
    """The program's own and those of installed packages; what cannot be loaded is logged by name and left out."""
    registry = EmulatorRegistry()
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            emulator = entry.load()
            emulator = emulator if isinstance(emulator, Emulator) else emulator()
        except Exception as error:  # somebody else's code: whatever it raises, the others start
            _log.warning("emulator entry %s: skipped, %s", entry.name, type(error).__name__)
            continue
        if isinstance(emulator, Emulator):
            registry.add(emulator)
        else:
            _log.warning("emulator entry %s: skipped, not_an_emulator", entry.name)
    return registry
