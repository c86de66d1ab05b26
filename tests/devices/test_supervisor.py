"""One device's thread: outages told and logged once, returns, trials, nudges, resets and floods."""

from __future__ import annotations

import os
import socket
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from devices.drivers.base import ONLINE, Condition, PrintJob, ReadCard, Request, Served, Work
from devices.errors import DeviceFault, Flooding, NoAnswer, PortLost, PortMissing
from devices.outage import LifeState, Timing
from devices.supervisor import Supervisor, UsbReset
from devices.transports import SerialTransport, TcpTransport, Transport, guarded
from devices.transports.guard import FloodGuard
from kiosk.domain.devices import CardFailed, Health, PrintOutcome, PrintUpdate, StatusChanged
from kiosk.domain.paper import Feed, Paper
from tests.devices.rig import QUICK, FixedClock, Recorder, wait_until

SLOW = Timing(back_off_s=(3600.0,), port_watch_s=0.01, stable_s=0.0)


class FakeDriver:
    """Connects as its script says: a fault, or None for a good connection; the last entry goes on for ever."""

    driver = "fake"
    model = "fake 1"
    idle_every_s = 0.01
    probe_every_s = 3600.0

    def __init__(self, *script: DeviceFault | None) -> None:
        self.script = list(script)
        self.resets: list[bool] = []
        self.breaks: DeviceFault | None = None
        self.there = True
        self.idles = 0

    def present(self) -> bool | None:
        return self.there

    def connect(self, *, reset: bool) -> Condition:
        self.resets.append(reset)
        fault = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if fault is not None:
            raise fault
        return ONLINE

    def probe(self) -> Condition:
        return ONLINE

    def idle(self) -> Condition | None:
        self.idles += 1
        fault, self.breaks = self.breaks, None
        if fault is not None:
            raise fault
        return None

    def serve(self, request: Request, work: Work) -> Served:
        work.pause(60.0)
        return Served(done=False)

    def self_test(self) -> tuple[bool, str]:
        return True, "ok"

    def close(self) -> None:
        pass


@contextmanager
def running(
    driver: FakeDriver, timing: Timing = QUICK, usb_reset: UsbReset | None = None
) -> Iterator[tuple[Supervisor, Recorder]]:
    events = Recorder()
    supervisor = Supervisor("id_card", driver, FixedClock(), timing, usb_reset)
    supervisor.start(events.publish)
    try:
        yield supervisor, events
    finally:
        supervisor.close()
        supervisor.join(5.0)


def _lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "kiosk.devices"]


def test_a_blink_of_the_line_is_told_to_nobody_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    driver = FakeDriver(None, PortMissing(), PortMissing(), None)
    with caplog.at_level("INFO"), running(driver) as (supervisor, events):
        events.wait_status("id_card", "ok")
        driver.breaks = PortLost()
        wait_until(lambda: len(driver.resets) == 4)
        idles = driver.idles
        wait_until(lambda: driver.idles > idles + 2)
        assert events.count(StatusChanged) == 1
        assert supervisor.state is LifeState.ONLINE
    assert _lines(caplog) == []


def test_an_outage_is_published_as_it_goes_and_logged_with_one_warning_and_one_return(
    caplog: pytest.LogCaptureFixture,
) -> None:
    driver = FakeDriver(None, *([NoAnswer()] * 9), None)
    with caplog.at_level("INFO"), running(driver) as (supervisor, events):
        events.wait_status("id_card", "ok")
        driver.breaks = NoAnswer()
        assert events.wait_status("id_card", "no_answer").health is Health.OFFLINE
        gone = events.wait_status("id_card", "no_answer.out_of_service")
        assert (gone.health, gone.last_error) == (Health.OFFLINE, "no_answer")
        back = events.wait_status("id_card", "ok")
        assert (back.last_error, supervisor.state) == ("no_answer", LifeState.ONLINE)
    assert _lines(caplog) == [("WARNING", "device id_card: out, no_answer"), ("INFO", "device id_card: back, ok")]
    assert driver.resets[:4] == [False, False, True, True]


@pytest.mark.usefixtures("caplog")
def test_the_usb_port_is_reset_once_milder_means_have_failed_and_only_where_a_helper_is_set() -> None:
    asked: list[int] = []
    driver = FakeDriver(NoAnswer(), NoAnswer(), NoAnswer(), None)

    def reset() -> bool:
        asked.append(len(driver.resets))
        return True

    with running(driver, usb_reset=reset) as (_, events):
        events.wait_status("id_card", "ok")
    assert asked == [3]
    with running(FakeDriver(NoAnswer(), NoAnswer(), NoAnswer(), None)) as (_, events):
        events.wait_status("id_card", "ok")


@pytest.mark.usefixtures("caplog")
def test_a_port_that_is_announced_is_tried_at_once_however_long_the_back_off() -> None:
    driver = FakeDriver(PortMissing(), None)
    driver.there = False
    with running(driver, SLOW) as (supervisor, events):
        events.wait_status("id_card", "port_missing")
        assert supervisor.state is LifeState.ABSENT
        supervisor.port_changed()  # something happened, but the port is still not there
        driver.there = True
        supervisor.port_changed()
        events.wait_status("id_card", "ok")
    assert len(driver.resets) == 2


@pytest.mark.usefixtures("caplog")
def test_a_self_test_of_a_device_that_is_out_fails_and_has_it_tried_at_once() -> None:
    with running(FakeDriver(NoAnswer(), None), SLOW) as (supervisor, events):
        events.wait_status("id_card", "no_answer")
        report = supervisor.self_test(1.0)
        assert (report.ok, report.detail) == (False, "no_answer")
        events.wait_status("id_card", "ok")
        assert supervisor.self_test(5.0).ok


def test_a_flapping_device_is_offered_again_only_after_a_quiet_time_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    driver = FakeDriver(None)
    timing = Timing(back_off_s=(0.01,), stable_s=0.0, flap_breaks=3, flap_window_s=60.0, quiet_s=0.3)
    with caplog.at_level("INFO"), running(driver, timing) as (supervisor, events):
        events.wait_status("id_card", "ok")
        for broken in range(5):
            wait_until(lambda broken=broken: len(driver.resets) > broken)  # type: ignore[misc]
            driver.breaks = PortLost()
            wait_until(lambda: driver.breaks is None)
        status = events.wait_status("id_card", "flapping")
        assert (status.health, status.last_error, status.usable) == (Health.HARDWARE_ERROR, "port_lost", False)
        supervisor.print(PrintJob("j1", Paper(384, (Feed(1),))))
        assert events.wait(PrintUpdate) == PrintUpdate("j1", PrintOutcome.FAILED, "flapping")
        assert not supervisor.self_test(1.0).ok
        events.wait_status("id_card", "ok")
    assert _lines(caplog) == [
        ("WARNING", "device id_card: flapping, port_lost"),
        ("INFO", "device id_card: back, ok"),
    ]


@pytest.mark.usefixtures("caplog")
def test_a_card_that_is_wanted_is_told_of_an_outage_once_and_looked_for_again_after_it() -> None:
    driver = FakeDriver(None, *([NoAnswer()] * 8), None)
    with running(driver) as (supervisor, events):
        events.wait_status("id_card", "ok")
        driver.breaks = NoAnswer()
        events.wait_status("id_card", "no_answer")
        supervisor.want(ReadCard("s1"))
        events.wait_status("id_card", "ok")
        assert events.count(CardFailed) == 1


# --- floods -------------------------------------------------------------------------------------------------------


def test_a_bucket_lets_the_largest_message_pass_and_drains_while_somebody_listens() -> None:
    now = [0.0]
    guard = FloodGuard(lambda: now[0])
    byte_time_s = 10 / 9600
    guard.opened()
    for _ in range(10):
        guard.took(7089, byte_time_s)
        now[0] += 20.0

    def a_full_line(seconds: int) -> None:
        for _ in range(seconds):
            now[0] += 1.0
            guard.took(960, byte_time_s)

    with pytest.raises(Flooding):
        a_full_line(60)
    now[0] += 3600.0
    guard.opened()
    guard.took(100, byte_time_s)  # it may say how it is
    with pytest.raises(Flooding):  # nobody listened in that hour: nothing else is known to be better
        guard.took(600, byte_time_s)
    now[0] += 60.0
    guard.took(7089, byte_time_s)


def test_a_network_device_that_is_connected_to_anew_for_each_question_is_no_flood() -> None:
    now = [0.0]
    guard = FloodGuard(lambda: now[0])
    for _ in range(1000):
        guard.opened()
        guard.took(5000, 0.0)
        now[0] += 1.0


class Flood:
    """Writes rubbish into a line as fast as it is taken, until stopped."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._stop = threading.Event()
        self.sent = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(0.0005):
            try:
                self._write(b"\xaa\x55" * 512)
                self.sent += 1024
            except OSError:
                self._stop.wait(0.005)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5.0)


class LineDriver(FakeDriver):
    """Has a line and reads it until it is empty, as drivers do before they ask something."""

    def __init__(self, open_line: Callable[[], Transport]) -> None:
        super().__init__(None)
        self._open = guarded(open_line)
        self._line: Transport | None = None
        self.read = 0

    def connect(self, *, reset: bool) -> Condition:
        self._line = self._open()
        return super().connect(reset=reset)

    def idle(self) -> Condition | None:
        assert self._line is not None
        while data := self._line.read(0.0):
            self.read += len(data)
        return super().idle()

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


@pytest.mark.usefixtures("caplog")
def test_a_serial_device_that_floods_is_shown_so_costs_little_and_comes_back_when_it_stops() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    name = os.ttyname(slave)
    driver = LineDriver(lambda: SerialTransport(name, 115200))
    with running(driver, FLOOD_TIMING) as (supervisor, events):
        events.wait_status("id_card", "ok")
        flood = Flood(lambda data: os.write(master, data))
        status = events.wait_status("id_card", "flooding")
        assert (status.health, status.usable) == (Health.HARDWARE_ERROR, False)
        assert supervisor.state is LifeState.FAULT
        tries, taken = len(driver.resets), driver.read
        wait_until(lambda: len(driver.resets) >= tries + 5)
        assert driver.read - taken < 5 * 4096, "each try takes in a mouthful, and nothing between tries"
        flood.stop()
        events.wait_status("id_card", "ok")
    os.close(slave)
    os.close(master)


@pytest.mark.usefixtures("caplog")
def test_a_network_device_that_floods_is_shown_so_and_comes_back_when_it_stops() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    flooding = threading.Event()
    flooding.set()
    closing = threading.Event()

    def serve() -> None:
        while not closing.is_set():
            line, _ = server.accept()
            line.settimeout(0.2)
            with line:
                while not closing.is_set():
                    try:
                        if flooding.is_set():
                            line.sendall(b"x" * 65536)
                        elif not line.recv(16):
                            break
                    except TimeoutError:
                        continue
                    except OSError:
                        break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    host, port = server.getsockname()[:2]
    with running(LineDriver(lambda: TcpTransport(host, port)), FLOOD_TIMING) as (_, events):
        assert events.wait_status("id_card", "flooding").health is Health.HARDWARE_ERROR
        flooding.clear()
        events.wait_status("id_card", "ok")
    closing.set()
    socket.create_connection((host, port)).close()
    thread.join(5.0)
    server.close()


FLOOD_TIMING = Timing(back_off_s=(0.1,), stable_s=0.0, calm_s=0.3)
