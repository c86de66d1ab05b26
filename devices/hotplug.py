"""What comes and goes: ports, for the supervisors that wait for them, and USB devices that the settings do not list.

One thread for all. Where there is udev its events ring the bell; the look itself is the same everywhere (does the path
exist; what stands in /sys/bus/usb/devices), so that a system without udev differs only in how soon it looks. Nothing is
ever bound to what is found here: a device serves the terminal because the settings name its port.

Sources: Documentation/ABI/testing/sysfs-bus-usb of the kernel; interface classes of the USB-IF.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import select
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kiosk.domain.devices import UnlistedDevice
from kiosk.ports.devices import Publish

_log = logging.getLogger("kiosk.devices")

SYSFS = Path("/sys")
USB_EVERY_S = 1.0
SETTLE_S = 0.5
_UDEV_CONTROL = Path("/run/udev/control")
_SUBSYSTEMS = ("usb", "tty", "usbmisc", "video4linux")
_ROOT_HUB = "1d6b"  # the kernel's own vendor number for the hubs inside a controller
_POSITION = re.compile(r"[0-9]+-[0-9]+(?:\.[0-9]+)*")
_KIND_OF_CLASS: Mapping[str, str] = {
    "01": "audio",
    "03": "hid",
    "06": "camera",
    "07": "printer",
    "08": "storage",
    "09": "hub",
    "0a": "serial",
    "0b": "smartcard",
    "0e": "video",
    "e0": "wireless",
    "ff": "vendor",
}
_BOOT_HID = {"01": "keyboard", "02": "mouse"}
_NETWORK_SUBCLASSES = ("06", "0a", "0d", "0e")


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """One device on the bus: where it is plugged (`1-1.2`), `VENDOR:PRODUCT`, and what its interfaces are for."""

    position: str
    product: str
    kinds: tuple[str, ...]

    @property
    def ident(self) -> str:
        """How it is named to people and in the log."""
        return f"usb {self.product} {'-'.join(self.kinds) or 'unknown'}"


def usb_devices(sysfs: Path = SYSFS) -> tuple[UsbDevice, ...]:
    """What is plugged in now, the hubs inside the controllers left out; empty where there is no sysfs."""
    try:
        names = sorted(os.listdir(sysfs / "bus/usb/devices"))
    except OSError:
        return ()
    kinds: dict[str, set[str]] = {}
    for name in names:
        position, colon, _ = name.partition(":")
        if colon:
            kinds.setdefault(position, set()).add(_kind(sysfs / "bus/usb/devices" / name))
    found: list[UsbDevice] = []
    for name in names:
        folder = sysfs / "bus/usb/devices" / name
        vendor, product = _attribute(folder, "idVendor"), _attribute(folder, "idProduct")
        if ":" not in name and vendor and product and vendor != _ROOT_HUB:
            found.append(UsbDevice(name, f"{vendor}:{product}", tuple(sorted(kinds.get(name, ())))))
    return tuple(found)


def usb_glance(sysfs: Path = SYSFS) -> frozenset[tuple[str, int]]:
    """A cheap value that is another one whenever something was plugged in or out, even at the same place."""
    try:
        with os.scandir(sysfs / "bus/usb/devices") as entries:
            return frozenset((entry.name, entry.inode()) for entry in entries)
    except OSError:
        return frozenset()


def _attribute(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text("ascii", "replace").strip().lower()
    except OSError:
        return ""


def _kind(interface: Path) -> str:
    number = _attribute(interface, "bInterfaceClass")
    if number == "03":
        return _BOOT_HID.get(_attribute(interface, "bInterfaceProtocol"), "hid")
    if number == "02":
        return "network" if _attribute(interface, "bInterfaceSubClass") in _NETWORK_SUBCLASSES else "serial"
    return _KIND_OF_CLASS.get(number, "other")


def positions_of_port(port: str, sysfs: Path = SYSFS) -> frozenset[str]:
    """The USB device a port belongs to, and the hubs before it; empty for a port that is not there or not on USB."""
    try:
        number = os.stat(port).st_rdev
    except OSError:
        return frozenset()
    path = os.path.realpath(sysfs / "dev/char" / f"{os.major(number)}:{os.minor(number)}")
    return frozenset(part for part in path.split("/") if _POSITION.fullmatch(part))


class Roll:
    """Who may be plugged in, and what is there in spite of that.

    `listed` holds `VENDOR:PRODUCT`. When it is empty, whatever is there at the first look counts as listed. What a
    bound port hangs on is always known.
    """

    def __init__(self, listed: Iterable[str] = ()) -> None:
        self._known = {each.lower() for each in listed}
        self._take_first = not self._known
        self._strangers: dict[tuple[str, str], str] = {}
        self._since: dict[tuple[str, str], float] = {}

    @property
    def unsettled(self) -> bool:
        """Whether something is there that has not been reported yet and may have to be."""
        return any(key not in self._strangers for key in self._since)

    def look(self, devices: Iterable[UsbDevice], bound: frozenset[str], now: float) -> list[UnlistedDevice]:
        """What to report of the devices there at `now` (s); `bound` are the positions the terminal's own ports hang on.

        A device is reported when it has been there long enough for its port, if it has one, to exist; a keyboard at
        once.
        """
        devices = tuple(devices)
        self._known |= {each.product for each in devices if self._take_first or each.position in bound}
        self._take_first = False
        there = {(each.position, each.product): each for each in devices if each.product not in self._known}
        left = {key: ident for key, ident in self._strangers.items() if key not in there or there[key].ident != ident}
        events = [UnlistedDevice(ident, False) for ident in left.values()]
        self._strangers = {key: ident for key, ident in self._strangers.items() if key not in left}
        self._since = {key: self._since.get(key, now) for key in there}
        for key, device in there.items():
            ripe = now - self._since[key] >= SETTLE_S or "keyboard" in device.kinds
            if ripe and key not in self._strangers:
                self._strangers[key] = device.ident
                events.append(UnlistedDevice(device.ident, True))
        return events


class Bell(Protocol):
    """What a watcher sleeps on."""

    def wait(self, timeout_s: float) -> bool:
        """Sleep for so long or until it is rung; whether it was."""

    def ring(self) -> None:
        """End the sleep, from any thread."""

    def close(self) -> None:
        """Let go of what it holds."""


class TimerBell:
    """Rung by nobody but `ring`: the watcher looks by time alone."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def wait(self, timeout_s: float) -> bool:
        """See Bell."""
        rung = self._rung.wait(timeout_s)
        self._rung.clear()
        return rung

    def ring(self) -> None:
        """See Bell."""
        self._rung.set()

    def close(self) -> None:
        """See Bell."""


class UdevBell:
    """Rung by udev's events, which come after its rules have made the names in /dev. Raises OSError, ImportError."""

    def __init__(self) -> None:
        import pyudev  # loads libudev, which a terminal can do without

        self._monitor: Any = pyudev.Monitor.from_netlink(pyudev.Context())
        for subsystem in _SUBSYSTEMS:
            self._monitor.filter_by(subsystem)
        self._monitor.start()
        self._wake_r, self._wake_w = os.pipe()

    def wait(self, timeout_s: float) -> bool:
        """See Bell."""
        ready, _, _ = select.select([self._monitor.fileno(), self._wake_r], [], [], max(0.0, timeout_s))
        if self._wake_r in ready:
            os.read(self._wake_r, 64)
        with contextlib.suppress(OSError):  # events were lost: the look that follows finds out
            while self._monitor.poll(0) is not None:
                pass
        return bool(ready)

    def ring(self) -> None:
        """See Bell."""
        os.write(self._wake_w, b"x")

    def close(self) -> None:
        """See Bell."""
        os.close(self._wake_r)
        os.close(self._wake_w)


def make_bell() -> Bell:
    """udev's bell where udev runs, else a timer."""
    if _UDEV_CONTROL.exists():
        try:
            return UdevBell()
        except (OSError, ImportError) as error:
            _log.info("hot-plug: no udev events, %s; looking by time", type(error).__name__)
    return TimerBell()


class Watched(Protocol):
    """A supervisor, as the watcher sees it."""

    def present(self) -> bool | None:
        """Whether its port exists; None when that cannot be seen."""

    def port_changed(self) -> None:
        """Its port came or went."""


class HotplugWatcher:
    """Looks for ports every `every_s` and for USB devices every second, and for both when the bell rings.

    `look_usb` gives what is plugged in and where the bound ports hang; `glance` tells cheaply whether to look at all.
    """

    def __init__(
        self,
        watched: Iterable[Watched],
        roll: Roll,
        look_usb: Callable[[], tuple[tuple[UsbDevice, ...], frozenset[str]]],
        every_s: float,
        glance: Callable[[], object] = usb_glance,
        make_bell: Callable[[], Bell] = make_bell,
    ) -> None:
        self._watched = [(each, each.present()) for each in watched]
        self._roll = roll
        self._look_usb = look_usb
        self._every_s = every_s
        self._glance = glance
        self._glanced: object = None
        self._make_bell = make_bell
        self._closing = threading.Event()
        self._bell: Bell | None = None
        self._thread: threading.Thread | None = None

    def start(self, publish: Publish) -> None:
        """Start the thread; `publish` is called from it."""
        self._bell = self._make_bell()
        self._thread = threading.Thread(target=self._run, args=(self._bell, publish), name="hotplug", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ask the thread to end."""
        self._closing.set()
        if self._bell is not None:
            self._bell.ring()

    def join(self, timeout_s: float) -> None:
        """Wait for its end."""
        if self._thread is not None:
            self._thread.join(max(0.0, timeout_s))
            if not self._thread.is_alive() and self._bell is not None:
                self._bell.close()
                self._bell = None

    def _run(self, bell: Bell, publish: Publish) -> None:
        self._look_at_usb(publish)
        usb_at = time.monotonic() + USB_EVERY_S
        while not self._closing.is_set():
            rung = bell.wait(min(self._every_s, max(0.0, usb_at - time.monotonic())))
            if self._closing.is_set():
                return
            self._look_at_ports()
            if rung or time.monotonic() >= usb_at:
                self._look_at_usb(publish)
                usb_at = time.monotonic() + USB_EVERY_S

    def _look_at_ports(self) -> None:
        for at, (watched, was_there) in enumerate(self._watched):
            there = watched.present()
            if there != was_there:
                self._watched[at] = (watched, there)
                watched.port_changed()

    def _look_at_usb(self, publish: Publish) -> None:
        glanced = self._glance()
        if glanced == self._glanced and not self._roll.unsettled:
            return
        self._glanced = glanced
        for event in self._roll.look(*self._look_usb(), time.monotonic()):
            _log.warning("unlisted device %s: %s", "there" if event.present else "gone", event.ident)
            publish(event)
