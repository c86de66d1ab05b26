"""The UPS driver against the emulated NUT server, over TCP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from devices.emulators.tcp_line import EmulatedTcp
from devices.emulators.ups_model import UpsModel
from devices.registry import build_hub, check_bindings
from kiosk.domain.devices import Health, Power, PowerChanged, Scale, StatusChanged
from kiosk.ports.devices import DeviceBinding, DeviceHub
from tests.devices.rig import QUICK, FixedClock, Recorder

NAME = "ups"


@dataclass(slots=True)
class Server:
    """The emulated server and a hub bound to it."""

    line: EmulatedTcp
    hub: DeviceHub
    events: Recorder

    def do(self, verb: str, **args: object) -> None:
        self.line.act(verb, args)


@pytest.fixture
def server() -> Iterator[Server]:
    line = EmulatedTcp(NAME, UpsModel())
    line.plug()
    events = Recorder()
    hub = build_hub([DeviceBinding(NAME, "nut", {"tcp": line.address})], FixedClock(), timing=QUICK)
    hub.start(events.publish)
    try:
        assert events.wait(PowerChanged) == PowerChanged(Power.MAINS, 100)
        events.wait_status(NAME, "ok")
        yield Server(line, hub, events)
    finally:
        hub.stop(5.0)
        line.close()


def test_a_power_cut_a_low_battery_and_the_return_of_the_mains_are_told_in_order(server: Server) -> None:
    server.do("power", what="battery")
    assert server.events.wait(PowerChanged) == PowerChanged(Power.BATTERY, 100)
    status = server.events.wait_status(NAME, "on_battery")
    assert (status.health, status.scale, status.usable) == (Health.ONLINE, Scale.WARNING, True)
    server.do("power", what="low")
    assert server.events.wait(PowerChanged) == PowerChanged(Power.BATTERY_LOW, 100)
    server.events.wait_status(NAME, "battery_low")
    server.do("charge", percent=40)
    server.events.wait(PowerChanged, lambda event: event.charge_percent == 40)
    server.do("power", what="mains")
    assert server.events.wait(PowerChanged) == PowerChanged(Power.MAINS, 40)
    server.events.wait_status(NAME, "ok")


def test_at_rest_nothing_is_told_twice(server: Server) -> None:
    assert server.hub.self_test(NAME).ok
    assert server.hub.self_test(NAME).ok
    assert server.events.count(PowerChanged) == 1
    assert server.events.count(StatusChanged) == 1


def test_a_worn_battery_is_a_warning_and_fails_the_self_test(server: Server) -> None:
    server.do("battery", what="replace")
    status = server.events.wait_status(NAME, "replace_battery")
    assert (status.scale, status.usable) == (Scale.WARNING, True)
    report = server.hub.self_test(NAME)
    assert (report.ok, report.detail) == (False, "replace_battery: status OL RB; charge 100 %; runtime 1200 s")


def test_maker_and_model_are_shown(server: Server) -> None:
    assert server.hub.statuses()[-1].model == "Emulated UPS 1000"


@pytest.mark.parametrize(("what", "detail"), [("stale", "data_stale"), ("disconnected", "driver_not_connected")])
def test_a_server_without_fresh_data_is_offline_and_tells_the_power_anew_when_it_is_back(
    server: Server, what: str, detail: str
) -> None:
    server.do("stale", what=what)
    assert server.events.wait_status(NAME, detail).health is Health.OFFLINE
    assert not server.hub.self_test(NAME).ok
    server.do("stale", what="fresh")
    server.events.wait_status(NAME, "ok")
    assert server.events.count(PowerChanged) == 2


@pytest.mark.usefixtures("caplog")
@pytest.mark.parametrize(
    ("verb", "args", "detail"),
    [
        ("unplug", {}, "port_missing"),
        ("silence", {"seconds": 6}, "no_answer"),
        ("fail_next", {"what": "rubbish"}, ""),
        ("fail_after_bytes", {"bytes": 30}, ""),
    ],
)
def test_a_server_that_goes_away_or_talks_rubbish_comes_back_by_itself(
    server: Server, verb: str, args: dict[str, object], detail: str
) -> None:
    server.do(verb, **args)
    if detail:
        server.events.wait_status(NAME, detail)
    if verb == "unplug":
        server.do("plug")
    server.do("power", what="battery")
    assert server.events.wait(PowerChanged) == PowerChanged(Power.BATTERY, 100)
    server.events.wait_status(NAME, "on_battery")


def test_a_name_the_server_does_not_know_is_no_device() -> None:
    line = EmulatedTcp(NAME, UpsModel("other"))
    line.plug()
    events = Recorder()
    hub = build_hub([DeviceBinding(NAME, "nut", {"tcp": line.address})], FixedClock(), timing=QUICK)
    hub.start(events.publish)
    try:
        assert events.wait_status(NAME, "unknown_ups").health is Health.NO_DEVICE
    finally:
        hub.stop(5.0)
        line.close()


def test_a_name_no_ups_can_have_is_named_with_the_settings() -> None:
    (problem,) = check_bindings([DeviceBinding(NAME, "nut", {"ups": "ups\nFSD ups"})])
    assert (problem.key, problem.code) == ("ups", "bad_option")
