"""The drivers of the devices, told to the settings loader in its own words; neither may import the other."""

from __future__ import annotations

from config.settings import Driver, Drivers, Rule
from devices.registry import DriverRegistry, default_registry
from devices.spec import DriverSpec, OptionSpec
from kiosk.domain.devices import DEVICE_NAMES


def setting_drivers(registry: DriverRegistry | None = None) -> Drivers:
    """What each driver can be told in its section; listed in the order of the devices."""
    known = registry or default_registry()

    def find(driver: str, device: str) -> Driver | None:
        spec = known.get(driver, device)
        return None if spec is None or spec.device != device else _driver(spec)

    def listed() -> tuple[Driver, ...]:
        return tuple(map(_driver, sorted(known.specs(), key=lambda spec: DEVICE_NAMES.index(spec.device))))

    return Drivers(find, listed)


def _driver(spec: DriverSpec) -> Driver:
    return Driver(
        spec.driver,
        spec.device,
        spec.about,
        {key: _rule(option) for key, option in spec.options.items()},
        required=spec.required(),
        one_of=spec.one_of,
    )


def _rule(option: OptionSpec) -> Rule:
    return Rule(
        option.kind,
        option.about,
        low=option.low,
        high=option.high,
        choices=option.choices,
        pattern=option.pattern,
        example=option.example,
        default=option.default,
        schemes=option.schemes if option.kind == "url" else (),
        problem=option.problem,
    )
