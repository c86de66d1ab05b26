"""Which drivers there are, what options each takes, and how a terminal's bindings become a running hub.

The registry is an instance: `default_registry()` makes the product's own, tests make theirs. Settings are checked here
as values (`BindingProblem`), so that the program can name the line and end, or start without that device.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from types import MappingProxyType
from typing import Final, Literal

from devices.hotplug import HotplugWatcher, Roll, UsbDevice, positions_of_port, usb_devices
from devices.hub import Hub
from devices.outage import Timing
from devices.spec import DriverSpec
from devices.supervisor import Clock, Supervisor
from devices.trace import Tap, tapping
from devices.usb_reset import reset_usb
from kiosk.domain.devices import (
    CODE_SCANNER,
    DEVICE_NAMES,
    DOCUMENT_CAMERA,
    DOCUMENT_PRINTER,
    ID_CARD,
    IO_BOARD,
    RECEIPT_PRINTER,
    UPS,
)
from kiosk.ports.devices import DeviceBinding, DeviceHub, UsbPolicy

_log = logging.getLogger("kiosk.devices")

#: Where installed packages offer drivers.
ENTRY_POINTS = "kiosk.drivers"
#: The modules whose `SPEC` this product ships, by the device they serve; a new driver is a word here. Each is brought
#: when its device is: the first page of a terminal waits for no driver that it has not.
SHIPPED: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        ID_CARD: ("devices.drivers.sam_reader",),
        CODE_SCANNER: ("devices.drivers.serial_scanner", "devices.drivers.camera_scanner"),
        RECEIPT_PRINTER: ("devices.drivers.escpos_printer",),
        DOCUMENT_CAMERA: ("devices.drivers.document_camera",),
        DOCUMENT_PRINTER: ("devices.drivers.ipp_printer",),
        IO_BOARD: ("devices.drivers.io_board",),
        UPS: ("devices.drivers.nut_ups",),
    }
)


@dataclass(frozen=True, slots=True)
class BindingProblem:
    """What is wrong with a `[devices.NAME]` section. `key` is the option, or "driver"; `code` is the status detail."""

    device: str
    key: str
    code: Literal["unknown_device", "unknown_driver", "wrong_device", "bad_option", "bound_twice"]
    reason: str

    def __str__(self) -> str:
        return f"devices.{self.device}.{self.key}: {self.reason}"


class DuplicateDriver(ValueError):
    """A driver name was registered twice."""


Installed = Callable[[], Sequence[tuple[str, DriverSpec]]]


class DriverRegistry:
    """Driver specifications by name: those of `shipped` modules, by device, and of `installed` packages, by entry name.

    Either is brought when it is asked for.
    """

    def __init__(
        self, shipped: Mapping[str, Sequence[str]] = MappingProxyType({}), installed: Installed = tuple
    ) -> None:
        self._specs: dict[str, DriverSpec] = {}
        self._shipped = dict(shipped)
        self._installed = installed

    def add(self, spec: DriverSpec) -> None:
        """Register a driver. Raises DuplicateDriver."""
        if spec.driver in self._specs:
            raise DuplicateDriver(spec.driver)
        self._specs[spec.driver] = spec

    def specs(self) -> tuple[DriverSpec, ...]:
        """All drivers, by name. A shipped name cannot be taken over by an installed package."""
        for device in tuple(self._shipped):
            self._bring(device)
        installed, self._installed = self._installed(), tuple
        for entry, spec in installed:
            try:
                self.add(spec)
            except DuplicateDriver:
                _skipped(entry, "duplicate_driver")
        return tuple(self._specs[name] for name in sorted(self._specs))

    def get(self, driver: str, device: str | None = None) -> DriverSpec | None:
        """One driver. That of a shipped driver's own `device` is found without bringing any other's."""
        if device is not None:
            self._bring(device)
        if driver not in self._specs:
            self.specs()
        return self._specs.get(driver)

    def _bring(self, device: str) -> None:
        for module in self._shipped.pop(device, ()):
            self.add(import_module(module).SPEC)

    def check(self, binding: DeviceBinding) -> BindingProblem | None:
        """The first thing wrong with a binding; None when a driver can be made from it."""
        name = binding.name
        if name not in DEVICE_NAMES:
            return BindingProblem(name, "driver", "unknown_device", f"no such device; known: {', '.join(DEVICE_NAMES)}")
        spec = self.get(binding.driver, name)
        if spec is None:
            known = ", ".join(each.driver for each in self.specs() if each.device == name) or "none"
            return BindingProblem(name, "driver", "unknown_driver", f"no driver {binding.driver!r}; known: {known}")
        if spec.device != name:
            return BindingProblem(name, "driver", "wrong_device", f"{binding.driver!r} serves {spec.device}")
        return _check_options(spec, binding)


def _check_options(spec: DriverSpec, binding: DeviceBinding) -> BindingProblem | None:
    def problem(key: str, reason: str) -> BindingProblem:
        return BindingProblem(binding.name, key, "bad_option", reason)

    for key, value in binding.options.items():
        option = spec.options.get(key)
        if option is None:
            return problem(key, f"unknown option; {spec.driver} takes {', '.join(sorted(spec.options))}")
        if (wrong := option.problem(value)) is not None:
            return problem(key, wrong)
    for key in spec.required():
        if key not in binding.options:
            return problem(key, f"missing: {spec.options[key].about}")
    given = [key for key in spec.one_of if key in binding.options]
    if spec.one_of and len(given) != 1:
        return problem((given or list(spec.one_of))[-1], f"exactly one of {' and '.join(spec.one_of)} must be given")
    return None


def check_bindings(
    bindings: Sequence[DeviceBinding], registry: DriverRegistry | None = None
) -> tuple[BindingProblem, ...]:
    """Everything wrong with a terminal's bindings, at most one problem for each."""
    registry = registry or default_registry()
    problems: list[BindingProblem] = []
    seen: set[str] = set()
    for binding in bindings:
        if binding.name in seen:
            problems.append(BindingProblem(binding.name, "driver", "bound_twice", "this device is bound twice"))
        elif (problem := registry.check(binding)) is not None:
            problems.append(problem)
        seen.add(binding.name)
    return tuple(problems)


def build_hub(
    bindings: Sequence[DeviceBinding],
    clock: Clock,
    registry: DriverRegistry | None = None,
    timing: Timing | None = None,
    usb: UsbPolicy | None = None,
) -> DeviceHub:
    """The hub of a terminal. Never raises for bad settings: such a device is noDevice, the problem's code its detail.

    Ports are opened by the workers after `start`, so building never blocks.
    """
    registry = registry or default_registry()
    timing = timing or Timing()
    usb = usb or UsbPolicy()
    ports: list[str] = []
    supervisors: dict[str, Supervisor] = {}
    taps: dict[str, Tap] = {}
    unbound: dict[str, tuple[str, str]] = dict.fromkeys(DEVICE_NAMES, ("", "not_configured"))
    for binding in bindings:
        problem = registry.check(binding)
        spec = registry.get(binding.driver, binding.name)
        if problem is not None or spec is None:
            if binding.name in unbound:
                unbound[binding.name] = (binding.driver, problem.code if problem else "unknown_driver")
            continue
        taps[binding.name] = Tap(binding.name, spec.mask())
        with tapping(taps[binding.name]):
            driver = spec.make(spec.filled(binding.options))
        own = [str(value) for key, value in binding.options.items() if spec.options[key].kind == "port"]
        reset = partial(reset_usb, usb.reset_helper, own[0]) if usb.reset_helper is not None and own else None
        supervisors[binding.name] = Supervisor(binding.name, driver, clock, timing, reset)
        ports += own

    def look_usb() -> tuple[tuple[UsbDevice, ...], frozenset[str]]:
        return usb_devices(), frozenset().union(*map(positions_of_port, ports))

    watcher = HotplugWatcher(supervisors.values(), Roll(usb.listed), look_usb, timing.port_watch_s)
    return Hub(supervisors, clock, unbound, watcher, taps)


def shipped_registry() -> DriverRegistry:
    """The drivers this product ships."""
    return DriverRegistry(SHIPPED)


def default_registry() -> DriverRegistry:
    """The drivers this product ships, and those of installed packages."""
    return DriverRegistry(SHIPPED, installed_specs)


@cache
def installed_specs() -> tuple[tuple[str, DriverSpec], ...]:
    """Drivers of installed packages with the names of their entry points; what cannot be used is logged and left out.

    An entry of the group `kiosk.drivers` names a DriverSpec, or a function without arguments that gives one. Looked
    for once in a process.
    """
    from importlib.metadata import entry_points  # costs as much as two drivers

    found: list[tuple[str, DriverSpec]] = []
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            spec = entry.load()
            spec = spec if isinstance(spec, DriverSpec) else spec()
        except Exception as error:  # somebody else's code: whatever it raises, the terminal starts
            _skipped(entry.name, type(error).__name__)
            continue
        if isinstance(spec, DriverSpec):
            found.append((entry.name, spec))
        else:
            _skipped(entry.name, "not_a_driver_spec")
    return tuple(found)


@cache
def _skipped(entry: str, why: str) -> None:
    """Say once that an installed driver is not used."""
    _log.warning("driver entry %s: skipped, %s", entry, why)
