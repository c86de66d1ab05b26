"""One driver per kind of hardware: commands and state over a codec and a transport."""

from devices.drivers.base import Condition, Driver, PrintJob, ReadCard, Request, ScanCode, Served, WatchCard, Work
from devices.drivers.escpos_printer import EscPosPrinter
from devices.drivers.sam_reader import SamSerialReader
from devices.drivers.serial_scanner import SerialScanner

__all__ = [
    "Condition",
    "Driver",
    "EscPosPrinter",
    "PrintJob",
    "ReadCard",
    "Request",
    "SamSerialReader",
    "ScanCode",
    "SerialScanner",
    "Served",
    "WatchCard",
    "Work",
]
