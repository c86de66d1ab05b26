"""What every driver must do, whatever its device: one suite, run on each with its emulator."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.registry import build_hub
from kiosk.domain.devices import DEVICE_NAMES, Health, Scale, StatusChanged
from kiosk.ports.devices import DeviceBinding
from tests.devices.rig import QUICK, FixedClock, Recorder, Rig

DRIVERS: tuple[tuple[str, str, dict[str, str | int]], ...] = (
    ("id_card", "sam-serial", {}),
    ("code_scanner", "serial-scanner", {"profile": "plain-suffix"}),
    ("code_scanner", "serial-scanner", {"profile": "newland-unified"}),
    ("receipt_printer", "escpos", {"profile": "generic"}),
    ("receipt_printer", "escpos", {"profile": "epson-tm"}),
)
Bound = tuple[Rig, str]


@pytest.fixture(params=DRIVERS, ids=lambda each: f"{each[1]}-{each[2].get('profile', 'only')}")
def bound(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bound]:
    with Rig(tmp_path, request.param) as rig:
        yield rig, request.param[0]


def test_it_comes_online_names_its_model_and_passes_its_self_test(bound: Bound) -> None:
    rig, name = bound
    status = rig.hub.statuses()[DEVICE_NAMES.index(name)]
    assert (status.health, status.scale, status.detail) == (Health.ONLINE, Scale.NORMAL, "ok")
    assert status.usable
    assert status.model
    report = rig.hub.self_test(name)
    assert (report.name, report.ok) == (name, True)
    assert report.detail


def test_unplugged_it_is_no_device_and_plugged_in_again_it_is_online(
    bound: Bound, caplog: pytest.LogCaptureFixture
) -> None:
    rig, name = bound
    rig.do(name, "unplug")
    gone = rig.events.wait_status(name, "port_missing")
    assert (gone.health, gone.scale, gone.usable) == (Health.NO_DEVICE, Scale.FAULT, False)
    assert not rig.hub.self_test(name).ok
    rig.do(name, "plug")
    back = rig.events.wait_status(name, "ok")
    assert (back.usable, back.last_error) == (True, "port_missing")
    assert [record.levelname for record in caplog.records if record.levelname == "WARNING"] == ["WARNING"]


@pytest.mark.usefixtures("caplog")
def test_a_port_that_somebody_else_holds_is_busy_and_stays_theirs(bound: Bound) -> None:
    rig, name = bound
    binding = next(each for each in DRIVERS if each[0] == name)
    events = Recorder()
    other = build_hub(
        [DeviceBinding(name, binding[1], {"port": str(rig.folder / name), **binding[2]})], FixedClock(), timing=QUICK
    )
    other.start(events.publish)
    assert events.wait_status(name, "port_busy").health is Health.OFFLINE
    other.stop(2.0)
    assert rig.hub.self_test(name).ok


def test_at_rest_it_publishes_nothing_and_it_stops_at_once(bound: Bound) -> None:
    rig, name = bound
    assert rig.hub.self_test(name).ok
    assert rig.events.count(StatusChanged) == 1
    began = time.monotonic()
    rig.hub.stop(5.0)
    assert time.monotonic() - began < 1.0
