"""Settings to hub, ports to faults, and the emulators as a program."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from devices.emulators.client import ControlClient
from devices.errors import PortBusy, PortLost, PortMissing
from devices.registry import (
    BindingProblem,
    DriverRegistry,
    DuplicateDriver,
    build_hub,
    check_bindings,
    default_registry,
)
from devices.supervisor import Timing
from devices.transports import SerialTransport, TcpTransport
from kiosk.domain.devices import (
    DEVICE_NAMES,
    CaptureFailed,
    CardFailed,
    CodeRefused,
    Health,
    PrintOutcome,
    PrintUpdate,
    Scale,
)
from kiosk.domain.paper import Feed, Paper
from kiosk.ports.devices import DeviceBinding
from tests.devices.rig import FixedClock, Recorder

_TIOCGEXCL = 0x80045440


def test_a_terminal_without_devices_says_so_and_answers_every_command() -> None:
    events = Recorder()
    hub = build_hub([], FixedClock())
    hub.start(events.publish)
    assert [(status.health, status.detail, status.usable) for status in hub.statuses()] == [
        (Health.NO_DEVICE, "not_configured", False)
    ] * len(DEVICE_NAMES)
    assert {status.scale for status in hub.statuses()} == {Scale.DISABLED}
    hub.read_card("s1")
    hub.scan_code("s1")
    hub.print_paper("j1", Paper(384, (Feed(1),)))
    hub.capture_document("s1")
    hub.print_document("j2", b"%PDF-")
    hub.cancel_card()
    hub.cancel_scan()
    hub.cancel_capture()
    hub.cancel_documents()
    hub.guide_to("id_card")
    kinds = [type(event) for event in events.events]
    assert kinds == [CardFailed, CodeRefused, PrintUpdate, CaptureFailed, PrintUpdate]
    assert events.events[2] == PrintUpdate("j1", PrintOutcome.FAILED, "not_configured")
    assert events.events[4] == PrintUpdate("j2", PrintOutcome.FAILED, "not_configured")
    assert not hub.self_test("id_card").ok
    assert hub.self_test("camera").detail == "unknown_device"
    hub.stop(1.0)


@pytest.mark.parametrize(
    ("binding", "key", "code"),
    [
        (DeviceBinding("camera", "x"), "driver", "unknown_device"),
        (DeviceBinding("id_card", "no-such"), "driver", "unknown_driver"),
        (DeviceBinding("id_card", "escpos", {"port": "/dev/x"}), "driver", "wrong_device"),
        (DeviceBinding("id_card", "sam-serial"), "port", "bad_option"),
        (DeviceBinding("id_card", "sam-serial", {"port": ""}), "port", "bad_option"),
        (DeviceBinding("id_card", "sam-serial", {"port": "/dev/x", "baud": 1234}), "baud", "bad_option"),
        (DeviceBinding("id_card", "sam-serial", {"port": "/dev/x", "baud": "9600"}), "baud", "bad_option"),
        (DeviceBinding("id_card", "sam-serial", {"port": "/dev/x", "speed": 1}), "speed", "bad_option"),
        (DeviceBinding("code_scanner", "serial-scanner", {"port": "/dev/x", "profile": "?"}), "profile", "bad_option"),
        (DeviceBinding("receipt_printer", "escpos"), "usblp", "bad_option"),
        (DeviceBinding("receipt_printer", "escpos", {"port": "/dev/x", "tcp": "h"}), "tcp", "bad_option"),
        (DeviceBinding("receipt_printer", "escpos", {"tcp": "h:99999"}), "tcp", "bad_option"),
        (DeviceBinding("receipt_printer", "escpos", {"port": "/dev/x", "width_mm": 76}), "width_mm", "bad_option"),
    ],
)
def test_a_wrong_binding_is_a_problem_with_its_key_and_the_device_is_not_there(
    binding: DeviceBinding, key: str, code: str
) -> None:
    (problem,) = check_bindings([binding])
    assert isinstance(problem, BindingProblem)
    assert (problem.key, problem.code) == (key, code)
    assert str(problem).startswith(f"devices.{binding.name}.{key}: ")
    hub = build_hub([binding], FixedClock())
    for status in hub.statuses():
        if status.name == binding.name:
            assert (status.health, status.detail, status.driver) == (Health.NO_DEVICE, code, binding.driver)
            assert status.scale is Scale.FAULT


def test_good_bindings_have_no_problems_and_a_second_one_for_a_device_has() -> None:
    good = [
        DeviceBinding("id_card", "sam-serial", {"port": "/dev/x", "baud": 115200}),
        DeviceBinding("code_scanner", "serial-scanner", {"port": "/dev/y", "profile": "newland-unified"}),
        DeviceBinding("receipt_printer", "escpos", {"tcp": "printer.local", "width_mm": 80, "profile": "epson-tm"}),
    ]
    assert check_bindings(good) == ()
    assert [problem.code for problem in check_bindings([*good, good[0]])] == ["bound_twice"]


def test_a_driver_name_is_registered_once_in_each_registry() -> None:
    registry = default_registry()
    first = registry.specs()[0]
    with pytest.raises(DuplicateDriver, match=first.driver):
        registry.add(first)
    own = DriverRegistry()
    own.add(registry.specs()[0])
    assert len(own.specs()) == 1


@pytest.mark.usefixtures("caplog")
def test_a_hub_with_missing_ports_starts_and_stops_at_once() -> None:
    events = Recorder()
    hub = build_hub(
        [DeviceBinding("id_card", "sam-serial", {"port": "/dev/no-such-port"})], FixedClock(), timing=Timing()
    )
    assert hub.statuses()[0].scale is Scale.STARTING
    hub.start(events.publish)
    assert events.wait_status("id_card", "port_missing").health is Health.NO_DEVICE
    hub.stop(2.0)


# --- ports --------------------------------------------------------------------------------------------------------


def test_a_second_opener_is_refused_while_the_port_is_open() -> None:
    master, slave = os.openpty()
    name = os.ttyname(slave)
    first = SerialTransport(name, 115200)
    with pytest.raises(PortBusy):
        SerialTransport(name, 115200)
    first.close()
    SerialTransport(name, 9600).close()
    os.close(slave)
    os.close(master)


def test_tiocexcl_is_set_where_asked_and_given_back_on_close() -> None:
    master, slave = os.openpty()
    name = os.ttyname(slave)

    def exclusive() -> bool:
        return bool(struct.unpack("i", fcntl.ioctl(slave, _TIOCGEXCL, bytes(4)))[0])

    transport = SerialTransport(name, 115200, tty_exclusive=True)
    assert exclusive()
    if not _may_pass_tiocexcl():
        with pytest.raises(OSError, match="busy"):
            os.open(name, os.O_RDWR | os.O_NOCTTY)
    transport.close()
    assert not exclusive()
    # On a pseudo-terminal it is not set unless asked: it would outlive a killed terminal.
    transport = SerialTransport(name, 115200)
    assert not exclusive()
    transport.close()
    os.close(slave)
    os.close(master)


def _may_pass_tiocexcl() -> bool:
    status = Path("/proc/self/status").read_text()
    effective = next(line for line in status.splitlines() if line.startswith("CapEff"))
    return bool(int(effective.split()[1], 16) >> 21 & 1)  # CAP_SYS_ADMIN


def test_the_line_runs_at_the_baud_of_the_settings_eight_bits_no_parity() -> None:
    master, slave = os.openpty()
    transport = SerialTransport(os.ttyname(slave), 115200)
    flags = termios.tcgetattr(master)
    assert (flags[4], flags[5]) == (termios.B115200, termios.B115200)
    assert flags[2] & termios.CSIZE == termios.CS8
    assert transport.byte_time_s == pytest.approx(10 / 115200)
    transport.close()
    os.close(slave)
    os.close(master)


def test_an_unplugged_port_is_lost_for_reading_and_writing() -> None:
    master, slave = os.openpty()
    transport = SerialTransport(os.ttyname(slave), 115200)
    os.close(slave)
    os.write(master, b"last words")
    assert transport.read(1.0) == b"last words"
    os.close(master)
    with pytest.raises(PortLost):
        transport.read(0.1)
    with pytest.raises(PortLost):
        transport.write(b"x", 0.1)
    transport.close()
    with pytest.raises(PortLost):
        transport.read(0.1)
    transport.close()


@pytest.mark.parametrize("port", ["/dev/no-such-port", "/dev/null/x"])
def test_a_port_that_is_not_there_is_missing(port: str) -> None:
    with pytest.raises(PortMissing):
        SerialTransport(port, 115200)


def test_a_file_that_is_no_serial_port_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(PortMissing):
        SerialTransport(str(file), 115200)


def test_a_network_printer_that_is_not_there_is_missing() -> None:
    with pytest.raises(PortMissing):
        TcpTransport("127.0.0.1", 9, connect_timeout_s=0.5)


# --- the emulators as a program -------------------------------------------------------------------------------------


def _start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "devices.emulators", "--dir", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_program_says_ready_serves_and_ends_on_sigterm(tmp_path: Path) -> None:
    folder = tmp_path / ("long-" * 20)  # a socket's name is limited to 107 bytes, a folder's is not
    program = _start(folder)
    try:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        for name in ("id_card", "code_scanner", "receipt_printer"):
            assert os.path.realpath(folder / name).startswith("/dev/pts/")
        control = ControlClient(folder)
        assert control.do("id_card", "place", card="lin") == {"ok": True}
        assert control.do("id_card", "lift") == {"ok": True}
        assert not control.do("id_card", "lift")["ok"]
        assert not control.do("id_card", "dance")["ok"]
        assert not control.do("camera", "place")["ok"]
        assert not control.send({"device": "id_card"})["ok"]
        second = _start(folder)
        assert second.wait(10) == 5
        second.communicate()
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            program.kill()
        program.communicate()
    assert not (folder / "id_card").exists()
    assert not (folder / "control.sock").exists()
    assert (folder / "wire.jsonl").exists()
