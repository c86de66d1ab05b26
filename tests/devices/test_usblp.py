"""The USB printer's device node. A pseudo-terminal is the character device that stands in for /dev/usb/lp0."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.errors import PortBusy, PortLost, PortMissing, WriteTimeout
from devices.transports.usblp import UsbLpTransport


@pytest.fixture
def printer() -> Iterator[tuple[int, str]]:
    """The printer's end, and the path of the host's."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    path = os.ttyname(theirs)
    os.close(theirs)
    yield ours, path
    os.close(ours)


def test_bytes_go_both_ways_and_silence_is_nothing(printer: tuple[int, str]) -> None:
    ours, path = printer
    line = UsbLpTransport(path)
    assert line.read(0.0) == b""
    line.write(b"\x10\x04\x01", 1.0)
    assert os.read(ours, 100) == b"\x10\x04\x01"
    os.write(ours, b"\x12")
    assert line.read(1.0) == b"\x12"
    line.close()
    line.close()


def test_a_printer_that_takes_no_bytes_is_told_in_time(printer: tuple[int, str]) -> None:
    line = UsbLpTransport(printer[1])
    with pytest.raises(WriteTimeout):
        line.write(bytes(1 << 20), 0.1)
    line.close()


def test_a_printer_that_goes_away_is_a_lost_port() -> None:
    ours, theirs = os.openpty()
    line = UsbLpTransport(os.ttyname(theirs))
    os.close(theirs)
    os.close(ours)
    with pytest.raises(PortLost):
        line.read(0.1)
    with pytest.raises(PortLost):
        line.write(b"x", 0.1)
    line.close()
    with pytest.raises(PortLost):
        line.read(0.0)


def test_a_second_program_is_refused_until_the_first_lets_go(printer: tuple[int, str]) -> None:
    first = UsbLpTransport(printer[1])
    with pytest.raises(PortBusy):
        UsbLpTransport(printer[1])
    first.close()
    UsbLpTransport(printer[1]).close()


def test_what_is_missing_or_no_device_is_no_printer(tmp_path: Path) -> None:
    with pytest.raises(PortMissing):
        UsbLpTransport(str(tmp_path / "lp0"))
    (tmp_path / "lp1").write_bytes(b"")
    with pytest.raises(PortMissing):
        UsbLpTransport(str(tmp_path / "lp1"))
