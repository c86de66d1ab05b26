"""Drivers that do one thing wrong each, for the conformance suite to find. Named by `--from MODULE:ATTRIBUTE`."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TypeVar

import serial

from devices.drivers import escpos_printer, sam_reader, serial_scanner
from devices.drivers.base import ONLINE, Condition, Driver, ReadCard, Request, ScanCode, Served, Work
from devices.errors import DeviceFault, NoAnswer, PortLost, PortMissing
from devices.spec import DriverSpec, Options
from kiosk.domain.devices import CardFailed, CardRead, CodeScanned, DeviceEvent, Health, PrintOutcome, PrintUpdate
from kiosk.domain.identity_card import CardKind, IdCard

Result = TypeVar("Result")


class Reader:
    """A good card reader, for others to spoil one thing of."""

    driver = "sam-serial"
    idle_every_s = 0.25
    probe_every_s = 10.0

    def __init__(self, good: Driver) -> None:
        self.good = good

    @property
    def model(self) -> str:
        return self.good.model

    def present(self) -> bool | None:
        return self.good.present()

    def connect(self, *, reset: bool) -> Condition:
        return self.good.connect(reset=reset)

    def probe(self) -> Condition:
        return self.good.probe()

    def idle(self) -> Condition | None:
        return self.good.idle()

    def serve(self, request: Request, work: Work) -> Served:
        return self.good.serve(request, SpoiltWork(work, self.spoil))

    def self_test(self) -> tuple[bool, str]:
        return self.good.self_test()

    def close(self) -> None:
        self.good.close()

    def spoil(self, event: DeviceEvent) -> DeviceEvent:
        return event


class SpoiltWork:
    """The supervisor's work, with events changed on their way."""

    def __init__(self, work: Work, spoil: Callable[[DeviceEvent], DeviceEvent]) -> None:
        self.work = work
        self.spoil = spoil

    def emit(self, event: DeviceEvent) -> None:
        self.work.emit(self.spoil(event))

    def report(self, condition: Condition) -> None:
        self.work.report(condition)

    def stopped(self) -> bool:
        return self.work.stopped()

    def pause(self, seconds: float) -> bool:
        return self.work.pause(seconds)


def reader(kind: type[Reader], **changes: str) -> DriverSpec:
    def make(options: Options) -> Driver:
        return kind(sam_reader.SPEC.make(options))

    return replace(sam_reader.SPEC, make=make, **changes)  # type: ignore[arg-type]


class HangsOnSilence(Reader):
    def probe(self) -> Condition:
        return self.patiently(self.good.probe)

    def serve(self, request: Request, work: Work) -> Served:
        return self.patiently(lambda: self.good.serve(request, work))

    def self_test(self) -> tuple[bool, str]:
        return self.patiently(self.good.self_test)

    @staticmethod
    def patiently(call: Callable[[], Result]) -> Result:
        try:
            return call()
        except NoAnswer:
            threading.Event().wait()
            raise


class TakesBadCards(Reader):
    """What could not be read is handed on as if it had been."""

    def spoil(self, event: DeviceEvent) -> DeviceEvent:
        if not isinstance(event, CardFailed):
            return event
        today = date(2026, 11, 21)
        number = "339999199001010000"
        card = IdCard(CardKind.RESIDENT, "无名", "1", "01", today, "", number, "", today, None)
        return CardRead(event.session, card)


class KeepsThePort(Reader):
    def close(self) -> None:
        """Closes nothing."""


class TellsEveryTick(Reader):
    ticks = 0

    def idle(self) -> Condition | None:
        self.good.idle()
        self.ticks += 1
        return Condition(Health.ONLINE, detail="ok" if self.ticks % 2 else "idle")


class LogsTheCard(Reader):
    def spoil(self, event: DeviceEvent) -> DeviceEvent:
        if isinstance(event, CardRead):
            logging.getLogger("kiosk.devices").info("read %s", event.card.name)
        return event


class NeverStops(Reader):
    def serve(self, request: Request, work: Work) -> Served:
        return self.good.serve(request, EndlessWork(work, self.spoil))


class EndlessWork(SpoiltWork):
    def stopped(self) -> bool:
        return False

    def pause(self, seconds: float) -> bool:
        threading.Event().wait(max(0.0, seconds))
        return False


class AlwaysWell(Reader):
    def self_test(self) -> tuple[bool, str]:
        try:
            self.good.self_test()
        except DeviceFault:
            return True, "ok"
        return True, "ok"


class ForgetsTheSession(Reader):
    def spoil(self, event: DeviceEvent) -> DeviceEvent:
        return replace(event, session="somebody") if isinstance(event, CardRead) else event


class KeepsTheCard(Reader):
    """The card of one session is handed to the next."""

    kept: IdCard | None = None

    def serve(self, request: Request, work: Work) -> Served:
        if isinstance(request, ReadCard) and self.kept is not None:
            card, self.kept = self.kept, None
            work.emit(CardRead(request.session, card))
            return Served(done=True)
        return super().serve(request, work)

    def spoil(self, event: DeviceEvent) -> DeviceEvent:
        if isinstance(event, CardRead):
            self.kept = event.card
        return event


class TellsTwice(Reader):
    def serve(self, request: Request, work: Work) -> Served:
        return self.good.serve(request, TwiceWork(work, self.spoil))


class TwiceWork(SpoiltWork):
    def emit(self, event: DeviceEvent) -> None:
        self.work.emit(event)
        if isinstance(event, CardRead):
            self.work.emit(event)


class ConfirmsUnprinted(Reader):
    """A slip is held to be printed when its last byte was sent."""

    driver = "escpos"

    def spoil(self, event: DeviceEvent) -> DeviceEvent:
        if isinstance(event, PrintUpdate) and event.outcome is PrintOutcome.SENT:
            return replace(event, outcome=PrintOutcome.CONFIRMED)
        return event


class LeavesAThread(Reader):
    def connect(self, *, reset: bool) -> Condition:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        return super().connect(reset=reset)


class Naive:
    """A scanner as it is written in an afternoon: any line is a code, and the port is opened as it comes."""

    driver = "serial-scanner"
    idle_every_s = 0.25
    probe_every_s = 60.0
    model = "scanner"

    def __init__(self, port: str) -> None:
        self.port = port
        self.line: serial.Serial | None = None
        self.heard = bytearray()

    def present(self) -> bool | None:
        return os.path.exists(self.port)

    def connect(self, *, reset: bool) -> Condition:
        try:
            self.line = serial.Serial(self.port, 9600, timeout=0.1)
        except OSError as error:
            raise PortMissing(self.port) from error
        return ONLINE

    def read(self) -> bytes:
        assert self.line is not None
        try:
            return bytes(self.line.read(max(1, self.line.in_waiting)))
        except OSError as error:
            raise PortLost(self.port) from error

    def probe(self) -> Condition:
        return ONLINE

    def idle(self) -> Condition | None:
        self.read()
        return None

    def serve(self, request: Request, work: Work) -> Served:
        while isinstance(request, ScanCode) and not work.stopped():
            self.heard += self.read()
            if self.heard.endswith(b"\r"):
                code, self.heard = bytes(self.heard[:-1]), bytearray()
                work.emit(CodeScanned(request.session, code))
                return Served(done=True)
        return Served(done=not isinstance(request, ScanCode))

    def self_test(self) -> tuple[bool, str]:
        self.read()
        return True, "open"

    def close(self) -> None:
        if self.line is not None:
            self.line.close()


HANGS_ON_SILENCE = reader(HangsOnSilence)
TAKES_BAD_CARDS = reader(TakesBadCards)
KEEPS_THE_PORT = reader(KeepsThePort)
TELLS_EVERY_TICK = reader(TellsEveryTick)
LOGS_THE_CARD = reader(LogsTheCard)
NEVER_STOPS = reader(NeverStops)
ALWAYS_WELL = reader(AlwaysWell)
FORGETS_THE_SESSION = reader(ForgetsTheSession)
KEEPS_THE_CARD = reader(KeepsTheCard)
TELLS_TWICE = reader(TellsTwice)
CONFIRMS_UNPRINTED = replace(
    escpos_printer.SPEC, make=lambda options: ConfirmsUnprinted(escpos_printer.SPEC.make(options))
)
LEAVES_A_THREAD = reader(LeavesAThread)
EXPLAINS_NOTHING = reader(Reader, page="")
NAIVE = replace(serial_scanner.SPEC, make=lambda options: Naive(str(options["port"])))
