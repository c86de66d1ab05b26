"""The scanner driver against the emulated scanner, over a real pseudo-terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from devices.codecs.scanner_profiles import (
    NEWLAND_START,
    NEWLAND_STOP,
    PLAIN,
)
from devices.drivers.base import Condition, ScanCode
from devices.drivers.serial_scanner import SerialScanner
from kiosk.domain.devices import CodeRefusal, CodeRefused, CodeScanned, DeviceEvent, Health
from tests.devices.rig import Rig, wait_until


def _scanner(profile: str, baud: int = 115200) -> tuple[str, str, dict[str, str | int]]:
    return ("code_scanner", "serial-scanner", {"profile": profile, "baud": baud})


def _listening(rig: Rig) -> None:
    """The worker has taken the request up: a self-test is only run between two requests."""
    wait_until(lambda: rig.hub.self_test("code_scanner").ok)


@pytest.mark.parametrize("suffix", ["CR", "LF", "CRLF", "none"])
def test_a_code_is_read_whatever_its_suffix(tmp_path: Path, suffix: str) -> None:
    with Rig(tmp_path, _scanner("plain-suffix")) as rig:
        rig.hub.scan_code("s1")
        _listening(rig)
        rig.do("code_scanner", "show", text="YPC1.abc.def", suffix=suffix)
        scanned = rig.events.wait(CodeScanned)
        assert (scanned.session, scanned.payload) == ("s1", b"YPC1.abc.def")


def test_without_a_baud_in_the_settings_the_line_runs_at_the_factory_9600(tmp_path: Path) -> None:
    with Rig(tmp_path, ("code_scanner", "serial-scanner", {})) as rig:
        assert rig.do("code_scanner", "state")["state"]["baud"] == 9600


def test_a_gb18030_code_arrives_as_utf8(tmp_path: Path) -> None:
    with Rig(tmp_path, _scanner("plain-suffix")) as rig:
        rig.hub.scan_code("s1")
        _listening(rig)
        rig.do("code_scanner", "show", hex="测试".encode("gb18030").hex())
        assert rig.events.wait(CodeScanned).payload.decode() == "测试"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"a\x1b[31mb", CodeRefusal.CONTROL_CHARACTER),
        ("a\u202eb".encode(), CodeRefusal.CONTROL_CHARACTER),
        (b"\xff\xfe\xff", CodeRefusal.NOT_TEXT),
        (b"x" * 2100, CodeRefusal.TOO_LONG),
        (b"x" * 7500, CodeRefusal.TOO_LONG),
    ],
)
def test_a_hostile_code_is_refused_and_the_next_good_one_is_read(
    tmp_path: Path, payload: bytes, reason: CodeRefusal
) -> None:
    with Rig(tmp_path, _scanner("plain-suffix")) as rig:
        rig.hub.scan_code("s1")
        _listening(rig)
        rig.do("code_scanner", "show", hex=payload.hex())
        assert rig.events.wait(CodeRefused).reason is reason
        rig.do("code_scanner", "show", text="GOOD")
        assert rig.events.wait(CodeScanned).payload == b"GOOD"


def test_two_hostile_codes_of_one_kind_are_both_refused(tmp_path: Path) -> None:
    with Rig(tmp_path, _scanner("plain-suffix")) as rig:
        rig.hub.scan_code("s1")
        _listening(rig)
        for code in ("a\u202eb", "c\u202ed"):
            rig.do("code_scanner", "show", text=code)
            assert rig.events.wait(CodeRefused).reason is CodeRefusal.CONTROL_CHARACTER


class SlowLine:
    """A transport at 9600 whose pieces come as fast as the line can carry them: 64 bytes each 67 ms."""

    byte_time_s = 10 / 9600

    def __init__(self, code: bytes) -> None:
        self._pieces = [code[at : at + 64] for at in range(0, len(code), 64)]
        self._until_next_s = 64 * self.byte_time_s

    def read(self, timeout_s: float) -> bytes:
        if timeout_s == 0.0 or not self._pieces:
            return b""
        self._until_next_s -= timeout_s
        if self._until_next_s > 0:
            return b""
        self._until_next_s = 64 * self.byte_time_s
        return self._pieces.pop(0)

    def write(self, data: bytes, timeout_s: float) -> None:
        pass

    def close(self) -> None:
        pass


class OneCode:
    """Work that ends with the first code, taken or refused."""

    def __init__(self) -> None:
        self.events: list[DeviceEvent] = []

    def emit(self, event: DeviceEvent) -> None:
        self.events.append(event)

    def report(self, condition: Condition) -> None:
        pass

    def stopped(self) -> bool:
        return bool(self.events)

    def pause(self, seconds: float) -> bool:
        return self.stopped()


def test_a_code_in_pieces_on_a_slow_line_is_one_code() -> None:
    code = b"YPC1." + b"A" * 200
    driver = SerialScanner(lambda: SlowLine(code), "none", PLAIN)
    driver.connect(reset=False)
    work = OneCode()
    driver.serve(ScanCode("s1"), work)
    assert work.events == [CodeScanned("s1", code)]


class ScriptedLine:
    """A transport on which each look brings the next of these."""

    byte_time_s = 0.0

    def __init__(self, *looks: bytes) -> None:
        self._looks = list(looks)

    def read(self, timeout_s: float) -> bytes:
        return self._looks.pop(0)

    def write(self, data: bytes, timeout_s: float) -> None:
        pass

    def close(self) -> None:
        pass


class OneLook(OneCode):
    """Work that is broken off after one look at the line."""

    def __init__(self) -> None:
        super().__init__()
        self._asked = iter((False, True))

    def stopped(self) -> bool:
        return next(self._asked)


@pytest.mark.parametrize(("session", "code"), [("s1", b"YPC1.abc"), ("s2", b"NEW")])
def test_a_code_under_way_survives_asking_again_but_not_the_next_resident(session: str, code: bytes) -> None:
    line = ScriptedLine(b"", b"YPC1.", b"abc\r", b"", b"NEW\r")
    driver = SerialScanner(lambda: line, "none", PLAIN)
    driver.connect(reset=False)
    assert not driver.serve(ScanCode("s1"), OneLook()).done
    work = OneCode()
    assert driver.serve(ScanCode(session), work).done
    assert work.events == [CodeScanned(session, code)]


def test_a_code_shown_while_none_is_wanted_never_reaches_the_next_resident(tmp_path: Path) -> None:
    with Rig(tmp_path, _scanner("plain-suffix")) as rig:
        rig.do("code_scanner", "show", text="OLD")
        wait_until(lambda: rig.wire("code_scanner", "dev>host") == b"OLD\r")
        rig.hub.scan_code("s1")
        _listening(rig)
        rig.do("code_scanner", "show", text="NEW")
        assert rig.events.wait(CodeScanned).payload == b"NEW"
        assert rig.events.count(CodeScanned) == 1


def test_a_newland_module_is_triggered_and_waits_for_the_code(tmp_path: Path) -> None:
    with Rig(tmp_path, _scanner("newland-unified")) as rig:
        rig.hub.scan_code("s1")
        wait_until(lambda: NEWLAND_START in rig.wire("code_scanner", "host>dev"))
        rig.do("code_scanner", "show", text="YPC1.x")
        assert rig.events.wait(CodeScanned).payload == b"YPC1.x"


def test_a_cancelled_newland_module_has_its_light_switched_off(tmp_path: Path) -> None:
    with Rig(tmp_path, _scanner("newland-unified")) as rig:
        rig.hub.scan_code("s1")
        wait_until(lambda: NEWLAND_START in rig.wire("code_scanner", "host>dev"))
        rig.hub.cancel_scan()
        wait_until(lambda: rig.wire("code_scanner", "host>dev").endswith(NEWLAND_STOP))
        wait_until(lambda: not rig.do("code_scanner", "state")["state"]["light"])


def test_a_newland_module_that_refuses_the_trigger_is_a_hardware_error(tmp_path: Path) -> None:
    with Rig(tmp_path, _scanner("newland-unified")) as rig:
        rig.do("code_scanner", "fail_next", what="nak")
        rig.hub.scan_code("s1")
        assert rig.events.wait_status("code_scanner", "trigger_refused").health is Health.HARDWARE_ERROR


@pytest.mark.usefixtures("caplog")
def test_an_unplugged_newland_module_is_a_fault_and_works_again_later(tmp_path: Path) -> None:
    with Rig(tmp_path, _scanner("newland-unified")) as rig:
        rig.do("code_scanner", "unplug")
        rig.events.wait_status("code_scanner", "port_missing")
        rig.hub.scan_code("s1")
        assert rig.events.wait(CodeRefused).reason is CodeRefusal.SCANNER_FAULT
        rig.do("code_scanner", "plug")
        rig.events.wait_status("code_scanner", "ok")
        rig.do("code_scanner", "show", text="LATER")
        assert rig.events.wait(CodeScanned).payload == b"LATER"


def test_an_empty_or_unknown_show_is_refused_by_the_emulator(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        assert not rig.control.do("code_scanner", "show", text="")["ok"]
        assert not rig.control.do("code_scanner", "show")["ok"]
        assert not rig.control.do("code_scanner", "show", text="a", suffix="TAB")["ok"]
        assert not rig.control.do("code_scanner", "lift")["ok"]
