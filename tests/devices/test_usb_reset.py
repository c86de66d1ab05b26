"""The privileged helper and who asks it, on an invented bus; and the rules that keep keyboards out."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.registry import build_hub
from devices.usb_reset import reset_usb
from kiosk.ports.devices import DeviceBinding, UsbPolicy
from tests.devices.rig import QUICK, FixedClock, Recorder

ROOT = Path(__file__).resolve().parents[2]
HELPER = ROOT / "deploy" / "usb-reset"
RULES = ROOT / "deploy" / "udev" / "90-kiosk.rules"


class Bus:
    """A port at `dev/ttyUSB0`, which is a pseudo-terminal, hanging on 1-3.1 of an invented sysfs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        name = os.ttyname(self.slave)
        number = os.stat(name).st_rdev
        self.device = folder / "sys/devices/pci0000:00/usb1/1-3/1-3.1"
        target = self.device / "1-3.1:1.0/ttyUSB0"
        target.mkdir(parents=True)
        (folder / "sys/devices/pci0000:00/usb1/1-3/1-3.1/idVendor").write_text("1a86\n")
        for place in ("usb1/1-3/1-3.1", "usb1/1-3", "usb1", "usb1/1-3/1-3.1/1-3.1:1.0"):
            (folder / "sys/devices/pci0000:00" / place / "authorized").write_text("1\n")
        (folder / "sys/dev/char").mkdir(parents=True)
        (folder / f"sys/dev/char/{os.major(number)}:{os.minor(number)}").symlink_to(target)
        (folder / "dev/usb").mkdir(parents=True)
        self.port = folder / "dev/ttyUSB0"
        self.port.symlink_to(name)

    def ask(self, line: str) -> str:
        env = {
            "PATH": os.environ["PATH"],
            "SYSFS": str(self.folder / "sys"),
            "DEV": str(self.folder / "dev"),
            "PAUSE_S": "0",
        }
        done = subprocess.run([HELPER], input=line, capture_output=True, text=True, env=env, timeout=20, check=False)
        assert (done.returncode == 0) == (done.stdout == "ok\n")
        return done.stdout.strip()

    def close(self) -> None:
        os.close(self.slave)
        os.close(self.master)


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    bus = Bus(tmp_path)
    yield bus
    bus.close()


def test_the_helper_resets_the_device_and_neither_interface_nor_hub(bus: Bus) -> None:
    before = {path: path.stat().st_mtime_ns for path in bus.folder.rglob("authorized")}
    assert bus.ask(f"{bus.port}\n") == "ok"
    touched = [path for path, at in before.items() if path.stat().st_mtime_ns != at]
    assert touched == [bus.device / "authorized"]
    assert (bus.device / "authorized").read_text() == "1\n"


@pytest.mark.parametrize(
    ("port", "answer"),
    [
        ("", "no: not a port"),
        ("/etc/passwd", "no: not a port"),
        ("{dev}/ttyUSB0/../sda", "no: not a port"),
        ("{dev}/ttyUSB0; reboot", "no: not a port"),
        ("{dev}/ttyS0", "no: not a port"),
        ("{dev}/ttyUSB9", "no: not there"),
        ("{dev}/usb/lp0", "no: not there"),
    ],
)
def test_the_helper_takes_nothing_but_ports(port: str, answer: str, bus: Bus) -> None:
    assert bus.ask(port.format(dev=bus.folder / "dev") + "\n") == answer


def test_a_port_that_is_not_on_usb_is_left_alone(bus: Bus) -> None:
    for path in bus.folder.rglob("authorized"):
        path.unlink()
    assert bus.ask(f"{bus.port}\n") == "no: not on USB"


def _answering(path: Path, answer: bytes) -> tuple[threading.Thread, list[bytes]]:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    server.listen(1)
    heard: list[bytes] = []

    def serve() -> None:
        line, _ = server.accept()
        with line, server:
            heard.append(line.recv(256))
            line.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread, heard


@pytest.mark.parametrize(("answer", "done"), [(b"ok\n", True), (b"no: not there\n", False), (b"", False)])
def test_the_terminal_asks_with_the_port_and_believes_only_an_ok(answer: bytes, done: bool, tmp_path: Path) -> None:
    helper = tmp_path / "helper.sock"
    thread, heard = _answering(helper, answer)
    assert reset_usb(helper, "/dev/kiosk/id_card", 5.0) is done
    thread.join(5.0)
    assert heard == [b"/dev/kiosk/id_card\n"]


@pytest.mark.usefixtures("caplog")
def test_a_device_that_stays_silent_has_its_port_reset_by_the_helper_of_the_settings(bus: Bus, tmp_path: Path) -> None:
    helper = tmp_path / "helper.sock"
    thread, heard = _answering(helper, b"ok\n")
    binding = DeviceBinding("receipt_printer", "escpos", {"port": str(bus.port)})
    hub = build_hub([binding], FixedClock(), timing=QUICK, usb=UsbPolicy(reset_helper=helper))
    events = Recorder()
    hub.start(events.publish)
    events.wait_status("receipt_printer", "no_answer")
    thread.join(20.0)
    assert heard == [f"{bus.port}\n".encode()]
    hub.stop(5.0)


def test_without_a_helper_nothing_is_reset_and_nothing_breaks(tmp_path: Path) -> None:
    assert reset_usb(tmp_path / "none.sock", "/dev/ttyUSB0", 0.5) is False


# --- rules ----------------------------------------------------------------------------------------------------------

_PAIR = re.compile(r'([A-Z_]+)(?:\{([^}"]+)\})?(==|!=|\+=|=)"([^"]*)"')
_MATCH = {"ACTION", "SUBSYSTEM", "SUBSYSTEMS", "KERNEL", "ENV", "ATTRS", "TEST"}
_SET = {"ENV", "ATTR", "SYMLINK", "GOTO", "LABEL"}


def _rules() -> list[list[tuple[str, str, str, str]]]:
    rules: list[list[tuple[str, str, str, str]]] = []
    for line in RULES.read_text().splitlines():
        text = line.removeprefix("#") if line.startswith("#SUBSYSTEMS") else line
        if not text or text.startswith("#"):
            continue
        pairs = [match.groups("") for match in _PAIR.finditer(text)]
        assert ", ".join(match.group() for match in _PAIR.finditer(text)) == text, f"not a rule: {text}"
        rules.append(pairs)  # type: ignore[arg-type]
    return rules


def test_every_rule_can_be_read_and_every_jump_has_its_label() -> None:
    rules = _rules()
    labels = {value for rule in rules for key, _, _, value in rule if key == "LABEL"}
    for rule in rules:
        for key, name, sign, value in rule:
            assert key in (_MATCH if sign in ("==", "!=") or key == "TEST" else _SET)
            assert bool(name) == (key in ("ENV", "ATTR", "ATTRS"))
            if key == "GOTO":
                assert value in labels


def test_the_rules_ignore_wedges_and_keep_other_programs_off_the_ports() -> None:
    text = RULES.read_text()
    for what in ("LIBINPUT_IGNORE_DEVICE", "ID_MM_DEVICE_IGNORE", "BRLTTY_BRAILLE_DRIVER", "UDISKS_IGNORE", "SYMLINK"):
        assert what in text


def test_udev_itself_finds_nothing_wrong_with_the_rules() -> None:
    udevadm = shutil.which("udevadm")
    if udevadm is None or b"verify" not in subprocess.run([udevadm, "--help"], capture_output=True, check=False).stdout:
        pytest.skip("no udevadm here that can verify (systemd 254 and later)")
    done = subprocess.run([udevadm, "verify", RULES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
