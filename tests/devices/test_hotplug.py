"""What comes and goes: the roll of USB devices, the watcher's one thread, and invented devices on an invented bus."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devices.hotplug import (
    HotplugWatcher,
    Roll,
    TimerBell,
    UsbDevice,
    make_bell,
    positions_of_port,
    usb_devices,
    usb_glance,
)
from kiosk.domain.devices import UnlistedDevice
from tests.devices.rig import Recorder

READER = UsbDevice("1-1", "1a86:7523", ("vendor",))
KEYBOARD = UsbDevice("1-2", "046d:c31c", ("keyboard",))
STICK = UsbDevice("1-3.1", "0951:1666", ("storage",))
NOTHING: frozenset[str] = frozenset()


def _there(device: UsbDevice) -> UnlistedDevice:
    return UnlistedDevice(device.ident, True)


def _gone(device: UsbDevice) -> UnlistedDevice:
    return UnlistedDevice(device.ident, False)


# --- the roll -------------------------------------------------------------------------------------------------------


def test_what_is_there_at_the_start_is_no_alarm_without_a_list_and_may_be_plugged_in_again() -> None:
    roll = Roll()
    assert roll.look((READER, KEYBOARD), NOTHING, 0.0) == []
    assert roll.look((), NOTHING, 1.0) == []
    assert roll.look((READER, KEYBOARD), NOTHING, 2.0) == []


def test_what_appears_later_is_reported_once_and_once_more_when_it_leaves() -> None:
    roll = Roll()
    assert roll.look((READER,), NOTHING, 0.0) == []
    assert roll.look((READER, STICK), NOTHING, 1.0) == []
    assert roll.look((READER, STICK), NOTHING, 2.0) == [_there(STICK)]
    assert roll.look((READER, STICK), NOTHING, 3.0) == []
    assert roll.look((READER,), NOTHING, 4.0) == [_gone(STICK)]
    assert roll.look((READER,), NOTHING, 5.0) == []


def test_a_keyboard_is_reported_at_once() -> None:
    roll = Roll()
    roll.look((), NOTHING, 0.0)
    assert roll.look((KEYBOARD,), NOTHING, 0.1) == [_there(KEYBOARD)]


def test_what_blinks_in_and_out_is_reported_to_nobody() -> None:
    roll = Roll()
    roll.look((), NOTHING, 0.0)
    for second in range(1, 9, 2):
        assert roll.look((STICK,), NOTHING, float(second)) == []
        assert roll.look((), NOTHING, second + 0.9) == []


def test_with_a_list_everything_else_is_reported_from_the_start() -> None:
    roll = Roll(["1A86:7523"])
    assert roll.look((READER, KEYBOARD), NOTHING, 0.0) == [_there(KEYBOARD)]


def test_what_a_bound_port_hangs_on_is_known_for_good_even_if_it_comes_late() -> None:
    roll = Roll(["046d:c31c"])
    hub = UsbDevice("1-3", "05e3:0608", ("hub",))
    assert roll.look((), NOTHING, 0.0) == []
    assert roll.look((hub, STICK), frozenset({"1-3", "1-3.1"}), 1.0) == []
    assert roll.look((hub, STICK), NOTHING, 2.0) == []
    assert roll.look((hub, STICK), NOTHING, 3.0) == []


def test_what_turns_out_to_be_something_else_is_reported_anew() -> None:
    roll = Roll()
    roll.look((), NOTHING, 0.0)
    roll.look((STICK,), NOTHING, 1.0)
    assert roll.look((STICK,), NOTHING, 2.0) == [_there(STICK)]
    turned = UsbDevice(STICK.position, STICK.product, ("keyboard", "storage"))
    assert roll.look((turned,), NOTHING, 3.0) == [_gone(STICK), _there(turned)]


# --- what sysfs says ------------------------------------------------------------------------------------------------


def _plug(bus: Path, position: str, product: str, *interfaces: tuple[str, str, str]) -> None:
    vendor, _, number = product.partition(":")
    (bus / position).mkdir(parents=True)
    (bus / position / "idVendor").write_text(f"{vendor}\n")
    (bus / position / "idProduct").write_text(f"{number}\n")
    for at, values in enumerate(interfaces):
        folder = bus / f"{position}:1.{at}"
        folder.mkdir()
        for name, value in zip(("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol"), values, strict=True):
            (folder / name).write_text(f"{value}\n")


def test_devices_are_named_by_place_product_and_what_they_are_for(tmp_path: Path) -> None:
    bus = tmp_path / "bus/usb/devices"
    _plug(bus, "usb1", "1d6b:0002", ("09", "00", "00"))
    _plug(bus, "1-1", "1A86:7523", ("ff", "01", "02"))
    _plug(bus, "1-2", "046d:c31c", ("03", "01", "01"), ("03", "00", "00"), ("08", "06", "50"))
    _plug(bus, "1-3", "0bda:8153", ("02", "06", "00"), ("0a", "00", "00"))
    _plug(bus, "1-4", "0525:a4a7", ("02", "02", "01"), ("03", "01", "02"), ("7e", "00", "00"))
    _plug(bus, "1-5", "dead:beef")
    assert [each.ident for each in usb_devices(tmp_path)] == [
        "usb 1a86:7523 vendor",
        "usb 046d:c31c hid-keyboard-storage",
        "usb 0bda:8153 network-serial",
        "usb 0525:a4a7 mouse-other-serial",
        "usb dead:beef unknown",
    ]


def test_a_system_without_usb_has_no_devices(tmp_path: Path) -> None:
    assert usb_devices(tmp_path) == ()
    assert usb_glance(tmp_path) == frozenset()


def test_a_glance_sees_another_device_in_the_same_place(tmp_path: Path) -> None:
    bus = tmp_path / "bus/usb/devices"
    _plug(bus, "1-1", "1a86:7523")
    before = usb_glance(tmp_path)
    assert usb_glance(tmp_path) == before
    (bus / "1-1").rename(tmp_path / "unplugged")  # kept, so that its number cannot be given away again
    assert usb_glance(tmp_path) != before
    _plug(bus, "1-1", "1a86:7523")
    assert usb_glance(tmp_path) != before


def test_a_port_belongs_to_its_device_and_the_hubs_before_it(tmp_path: Path) -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    port = os.ttyname(slave)
    number = os.stat(port).st_rdev
    target = tmp_path / "devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3.1/1-3.1:1.0/ttyUSB0/tty/ttyUSB0"
    target.mkdir(parents=True)
    (tmp_path / "dev/char").mkdir(parents=True)
    (tmp_path / f"dev/char/{os.major(number)}:{os.minor(number)}").symlink_to(target)
    link = tmp_path / "reader"
    link.symlink_to(port)
    assert positions_of_port(str(link), tmp_path) == {"1-3", "1-3.1"}
    assert positions_of_port(str(tmp_path / "none"), tmp_path) == frozenset()
    os.close(slave)
    os.close(master)


# --- the watcher ----------------------------------------------------------------------------------------------------


class FakePort:
    def __init__(self) -> None:
        self.there: bool | None = False
        self.changes = 0
        self.changed = threading.Event()

    def present(self) -> bool | None:
        return self.there

    def port_changed(self) -> None:
        self.changes += 1
        self.changed.set()


@contextmanager
def watching(
    ports: list[FakePort], there: list[UsbDevice], every_s: float = 0.01
) -> Iterator[tuple[TimerBell, Recorder]]:
    bell, events, looked = TimerBell(), Recorder(), threading.Event()

    def look() -> tuple[tuple[UsbDevice, ...], frozenset[str]]:
        seen = tuple(there)
        looked.set()
        return seen, NOTHING

    watcher = HotplugWatcher(ports, Roll(), look, every_s, lambda: tuple(there), lambda: bell)
    watcher.start(events.publish)
    try:
        assert looked.wait(5.0)
        yield bell, events
    finally:
        watcher.close()
        watcher.join(5.0)


def test_a_port_that_comes_and_goes_wakes_its_own_supervisor_and_no_other() -> None:
    one, other, network = FakePort(), FakePort(), FakePort()
    network.there = None
    with watching([one, other, network], []):
        one.there = True
        assert one.changed.wait(5.0)
        one.changed.clear()
        one.there = False
        assert one.changed.wait(5.0)
    assert (one.changes, other.changes, network.changes) == (2, 0, 0)


def test_the_bell_has_ports_looked_at_before_their_time() -> None:
    port = FakePort()
    with watching([port], [], every_s=0.9) as (bell, _):
        port.there = True
        bell.ring()
        assert port.changed.wait(0.5)


def test_what_is_not_listed_is_published_and_logged_once_each_way(caplog: pytest.LogCaptureFixture) -> None:
    there = [READER]
    with watching([], there) as (bell, events):
        there.append(KEYBOARD)
        bell.ring()
        assert events.wait(UnlistedDevice) == _there(KEYBOARD)
        there.remove(KEYBOARD)
        bell.ring()
        assert events.wait(UnlistedDevice) == _gone(KEYBOARD)
    assert [record.getMessage() for record in caplog.records] == [
        "unlisted device there: usb 046d:c31c keyboard",
        "unlisted device gone: usb 046d:c31c keyboard",
    ]


def test_every_system_has_some_bell() -> None:
    bell = make_bell()
    assert bell.wait(0.0) is False
    bell.ring()
    assert bell.wait(1.0) is True
    bell.close()


# --- invented devices on an invented bus ----------------------------------------------------------------------------

_BUS = """
import ctypes, sys
import queue
import devices.hotplug as hotplug
from devices.hotplug import SYSFS, HotplugWatcher, Roll, UdevBell, usb_devices

library = ctypes.CDLL("libumockdev.so.0")
library.umockdev_testbed_new.restype = ctypes.c_void_p
bed = ctypes.c_void_p(library.umockdev_testbed_new())


def plug(position, product, kind):
    vendor, number = product.split(":")
    where = f"/devices/pci0000:00/usb1/{position}"
    text = (
        f"P: {where}\\nE: SUBSYSTEM=usb\\nE: DEVTYPE=usb_device\\n"
        f"A: idVendor={vendor}\\\\n\\nA: idProduct={number}\\\\n\\n\\n"
        f"P: {where}/{position}:1.0\\nE: SUBSYSTEM=usb\\nE: DEVTYPE=usb_interface\\n"
        f"A: bInterfaceClass={kind[0]}\\\\n\\nA: bInterfaceSubClass={kind[1]}\\\\n\\n"
        f"A: bInterfaceProtocol={kind[2]}\\\\n\\n"
    )
    assert library.umockdev_testbed_add_from_string(bed, text.encode(), None)


def unplug(position):
    for place in (f"{position}/{position}:1.0", position):
        path = f"/sys/devices/pci0000:00/usb1/{place}".encode()
        library.umockdev_testbed_uevent(bed, path, b"remove")
        library.umockdev_testbed_remove_device(bed, path)


class Port:
    def present(self):
        return (SYSFS / "bus/usb/devices/1-1").exists()

    def port_changed(self):
        heard.put(f"port {'there' if self.present() else 'gone'}")


heard = queue.Queue()
plug("1-1", "1a86:7523", ("ff", "01", "02"))
# A watch by time alone would not notice anything within this test's patience.
watcher = HotplugWatcher([Port()], Roll(), lambda: (usb_devices(), frozenset()), 3600.0, make_bell=UdevBell)
hotplug.USB_EVERY_S = 3600.0
hotplug.SETTLE_S = 3600.0  # but a keyboard is told at once
watcher.start(lambda event: heard.put(f"{event.ident} {event.present}"))
print("started", flush=True)
for line in sys.stdin:
    match line.split():
        case ["plug", position, product, *kind]:
            plug(position, product, kind)
        case ["unplug", position]:
            unplug(position)
    print(heard.get(timeout=10), flush=True)
watcher.close()
watcher.join(5)
"""


@pytest.mark.skipif(shutil.which("umockdev-wrapper") is None, reason="umockdev is not installed (deploy/apt-test.txt)")
def test_udev_events_wake_the_watcher_at_once_for_ports_and_for_strangers() -> None:
    root = Path(__file__).resolve().parents[2]
    program = subprocess.Popen(
        ["umockdev-wrapper", sys.executable, "-c", _BUS],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdin is not None
    assert program.stdout is not None

    def tell(line: str) -> str:
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(line + "\n")
        program.stdin.flush()
        return program.stdout.readline().strip()

    try:
        assert program.stdout.readline() == "started\n"
        assert tell("unplug 1-1") == "port gone"
        assert tell("plug 1-1 1a86:7523 ff 01 02") == "port there"
        assert tell("plug 1-2 046d:c31c 03 01 01") == "usb 046d:c31c keyboard True"
        assert tell("unplug 1-2") == "usb 046d:c31c keyboard False"
    finally:
        program.stdin.close()
        program.wait(20)
        program.stdout.close()
    assert program.returncode == 0
