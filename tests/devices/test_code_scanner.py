"""The scanner driver against the emulated scanner, over a real pseudo-terminal."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from devices.codecs.mrz import check_digit
from devices.codecs.scanner_profiles import (
    EM3095_START,
    EM3095_STOP,
    HONEYWELL_QUERY,
    HONEYWELL_START,
    HONEYWELL_STOP,
    NEWLAND_START,
    NEWLAND_STOP,
    PLAIN,
)
from devices.drivers import serial_scanner
from devices.drivers.base import Condition, ScanCode
from devices.drivers.serial_scanner import SerialScanner
from kiosk.domain.devices import CodeRefusal, CodeRefused, CodeScanned, DeviceEvent, Health, MrzRead
from tests.devices.rig import Rig, wait_until


def _scanner(profile: str, baud: int = 115200) -> tuple[str, str, dict[str, str | int]]:
    return ("code_scanner", "serial-scanner", {"profile": profile, "baud": baud})


def _listening(rig: Rig) -> None:
    """The worker has taken the request up, and dropped what came before it."""
    scanner = rig.driver("code_scanner")
    assert isinstance(scanner, SerialScanner)
    wait_until(lambda: scanner.listening)


@pytest.mark.parametrize("suffix", ["CR", "LF", "CRLF", "none"])
def test_a_code_is_read_whatever_its_suffix(tmp_path: Path, suffix: str) -> None:
    with Rig(tmp_path, _scanner("plain-suffix")) as rig:
        rig.hub.scan_code("s1")
        _listening(rig)
        rig.do("code_scanner", "show", text="YPC1.abc.def", suffix=suffix)
        scanned = rig.events.wait(CodeScanned)
        assert (scanned.session, scanned.payload) == ("s1", b"YPC1.abc.def")


@pytest.mark.parametrize("suffix", ["CR", "none"])
def test_the_rest_of_a_code_that_was_under_way_before_anybody_asked_is_nobodys(tmp_path: Path, suffix: str) -> None:
    with Rig(tmp_path, _scanner("plain-suffix", 9600)) as rig:
        rig.do("code_scanner", "show", text="A" * 600, suffix=suffix)
        wait_until(lambda: len(rig.wire("code_scanner", "dev>host")) > 100)
        rig.hub.scan_code("s2")
        wait_until(lambda: len(rig.wire("code_scanner", "dev>host")) >= 600)
        _listening(rig)
        rig.do("code_scanner", "show", text="GOOD", suffix=suffix)
        assert rig.events.wait(CodeScanned).payload == b"GOOD"


@pytest.mark.parametrize("length", [600, 7500])
def test_a_visit_that_ends_inside_a_code_leaves_none_of_it_to_the_next(tmp_path: Path, length: int) -> None:
    with Rig(tmp_path, _scanner("plain-suffix", 19200)) as rig:
        rig.hub.scan_code("s1")
        _listening(rig)
        rig.do("code_scanner", "show", text="B" * length)
        wait_until(lambda: len(rig.wire("code_scanner", "dev>host")) > length - 300)
        rig.hub.cancel_scan()
        rig.hub.scan_code("s2")
        wait_until(lambda: len(rig.wire("code_scanner", "dev>host")) > length)
        _listening(rig)
        rig.do("code_scanner", "show", text="GOOD")
        scanned = rig.events.wait(CodeScanned)
        assert (scanned.session, scanned.payload) == ("s2", b"GOOD")


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
        (b"javascript:alert(1)", CodeRefusal.SCHEME),
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


FAMILIES = (
    ("newland-unified", NEWLAND_START, NEWLAND_STOP),
    ("newland", NEWLAND_START, NEWLAND_STOP),
    ("em3095", EM3095_START, EM3095_STOP),
    ("gm65", EM3095_START, EM3095_STOP),
    ("honeywell", HONEYWELL_START, HONEYWELL_STOP),
)


@pytest.mark.parametrize(("profile", "start", "stop"), FAMILIES)
def test_a_module_of_each_family_is_switched_on_read_and_switched_off(
    tmp_path: Path, profile: str, start: bytes, stop: bytes
) -> None:
    with Rig(tmp_path, _scanner(profile)) as rig:
        rig.hub.scan_code("s1")
        wait_until(lambda: start in rig.wire("code_scanner", "host>dev"))
        rig.do("code_scanner", "show", text="YPC1.x", aim="]Q1")
        assert rig.events.wait(CodeScanned).payload == b"YPC1.x"
        wait_until(lambda: rig.wire("code_scanner", "host>dev").endswith(stop))
        wait_until(lambda: not rig.do("code_scanner", "state")["state"]["light"])
        assert rig.hub.self_test("code_scanner").ok


def test_a_honeywell_module_proves_itself_by_a_menu_question(tmp_path: Path) -> None:
    with Rig(tmp_path, _scanner("honeywell")) as rig:
        assert rig.hub.self_test("code_scanner").detail == "menu question accepted"
        assert HONEYWELL_QUERY in rig.wire("code_scanner", "host>dev")
        rig.do("code_scanner", "fail_next", what="enq")
        assert rig.hub.self_test("code_scanner").detail == "menu question refused"  # it is alive all the same
        rig.do("code_scanner", "silence")
        report = rig.hub.self_test("code_scanner")
        assert (report.ok, report.detail) == (False, "no_answer: menu question unanswered")


@pytest.mark.parametrize("what", ["crc", "bad_crc"])
def test_an_em3095_exchange_that_was_damaged_is_repeated(tmp_path: Path, what: str) -> None:
    with Rig(tmp_path, _scanner("em3095")) as rig:
        rig.do("code_scanner", "fail_next", what=what)
        assert rig.hub.self_test("code_scanner").ok
        rig.do("code_scanner", "fail_next", what=what)
        rig.hub.scan_code("s1")
        rig.do("code_scanner", "show", text="YPC1.x")
        assert rig.events.wait(CodeScanned).payload == b"YPC1.x"


@pytest.mark.parametrize(("profile", "what"), [("em3095", "nak"), ("newland-unified", "enq")])
def test_a_module_that_does_not_know_the_trigger_is_a_hardware_error_and_fails_its_self_test(
    tmp_path: Path, profile: str, what: str
) -> None:
    with Rig(tmp_path, _scanner(profile)) as rig:
        rig.do("code_scanner", "fail_next", what=what)
        assert not rig.hub.self_test("code_scanner").ok
        rig.do("code_scanner", "fail_next", what=what)
        rig.hub.scan_code("s1")
        assert rig.events.wait_status("code_scanner", "trigger_refused").health is Health.HARDWARE_ERROR


@pytest.mark.parametrize("profile", ["newland-unified", "em3095", "honeywell"])
def test_a_light_that_went_out_by_itself_is_switched_on_again(
    tmp_path: Path, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serial_scanner, "_TRIGGER_AGAIN_S", 0.3)
    with Rig(tmp_path, _scanner(profile)) as rig:
        rig.hub.scan_code("s1")
        wait_until(lambda: rig.control.do("code_scanner", "light_out")["ok"])
        rig.do("code_scanner", "show", text="YPC1.x")
        assert rig.events.wait(CodeScanned).payload == b"YPC1.x"


def test_the_largest_code_in_pieces_is_one_refusal(tmp_path: Path) -> None:
    with Rig(tmp_path, _scanner("plain-suffix")) as rig:
        rig.hub.scan_code("s1")
        _listening(rig)
        rig.do("code_scanner", "show", text="x" * 4096, pieces=64)
        assert rig.events.wait(CodeRefused).reason is CodeRefusal.TOO_LONG
        rig.do("code_scanner", "show", text="YPC1." + "y" * 2000, pieces=64)
        assert rig.events.wait(CodeScanned).payload == b"YPC1." + b"y" * 2000
        assert rig.events.count(CodeRefused) == 1


def test_a_code_that_a_module_repeats_is_scanned_once_in_a_visit_and_again_in_the_next(tmp_path: Path) -> None:
    with Rig(tmp_path, _scanner("plain-suffix")) as rig:
        rig.hub.scan_code("s1")
        _listening(rig)
        rig.do("code_scanner", "show", text="SAME", count=3)
        rig.events.wait(CodeScanned)
        rig.hub.scan_code("s1")  # the first was not good enough: the page asks for another
        _listening(rig)
        rig.do("code_scanner", "show", text="SAME", count=3)
        rig.do("code_scanner", "show", text="OTHER")
        assert rig.events.wait(CodeScanned).payload == b"OTHER"
        rig.hub.scan_code("s2")
        _listening(rig)
        rig.do("code_scanner", "show", text="SAME")
        assert rig.events.wait(CodeScanned).session == "s2"


def test_a_module_that_sees_one_bad_code_after_another_does_not_fill_the_page(tmp_path: Path) -> None:
    with Rig(tmp_path, _scanner("plain-suffix")) as rig:
        rig.hub.scan_code("s1")
        _listening(rig)
        rig.do("code_scanner", "show", hex=b"".join(b"\x07%d\r" % at for at in range(200)).hex())
        rig.do("code_scanner", "show", text="GOOD")
        assert rig.events.wait(CodeScanned).payload == b"GOOD"
        assert 1 <= rig.events.count(CodeRefused) <= 8


# --- documents --------------------------------------------------------------------------------------------------------

PEOPLE = Path(__file__).parents[2] / "config" / "demo" / "people.json"
PASSPORTS = (
    ("specimen", "SPECIMEN, JOHN TEST"),
    ("eriksson", "ERIKSSON, ANNA MARIA"),
    ("eriksson_card", "ERIKSSON, ANNA MARIA"),
    ("permit", ""),
)


@pytest.mark.parametrize("suffix", ["CR", "LF", "CRLF", "none"])
@pytest.mark.parametrize(("passport", "name"), PASSPORTS)
def test_the_lines_of_a_document_are_one_event_and_no_code(
    tmp_path: Path, passport: str, name: str, suffix: str
) -> None:
    with Rig(tmp_path, _scanner("plain-suffix"), people=PEOPLE) as rig:
        rig.hub.scan_code("s1")
        _listening(rig)
        rig.do("code_scanner", "show_passport", passport=passport, suffix=suffix)
        read = rig.events.wait(MrzRead)
        assert (read.session, read.document.name) == ("s1", name)
        assert rig.events.count(CodeScanned) == 0


@pytest.mark.parametrize("profile", ["newland-unified", "em3095", "honeywell"])
def test_a_triggered_module_reads_a_passport_too(tmp_path: Path, profile: str) -> None:
    with Rig(tmp_path, _scanner(profile), people=PEOPLE) as rig:
        rig.hub.scan_code("s1")
        rig.do("code_scanner", "show_passport", passport="specimen")
        assert rig.events.wait(MrzRead).document.valid_to == date(2034, 2, 14)


def test_a_passport_with_a_digit_misread_is_refused_and_read_the_next_time(tmp_path: Path) -> None:
    with Rig(tmp_path, _scanner("plain-suffix"), people=PEOPLE) as rig:
        rig.hub.scan_code("s1")
        _listening(rig)
        one, two = "P<UTOSPECIMEN<<JOHN<TEST".ljust(44, "<"), "X123456785UTO8506151M3402144<<<<<<<<<<<<<<<2"
        assert check_digit("X12345678") == 5
        rig.do("code_scanner", "show_passport", lines=[one, two.replace("X12345678", "X12345679")])
        assert rig.events.wait(CodeRefused).reason is CodeRefusal.MRZ_CHECKSUM
        rig.do("code_scanner", "show_passport", lines=[one, two])
        assert rig.events.wait(MrzRead).document.number == "X12345678"


def test_half_a_passport_is_refused_when_the_rest_does_not_come(tmp_path: Path) -> None:
    with Rig(tmp_path, _scanner("plain-suffix")) as rig:
        rig.hub.scan_code("s1")
        _listening(rig)
        rig.do("code_scanner", "show_passport", lines=["P<UTOSPECIMEN<<JOHN<TEST".ljust(44, "<")])
        assert rig.events.wait(CodeRefused).reason is CodeRefusal.MRZ_CHECKSUM


def test_a_passport_that_nobody_invented_cannot_be_shown(tmp_path: Path) -> None:
    with Rig(tmp_path, _scanner("plain-suffix"), people=PEOPLE) as rig:
        answer = rig.control.do("code_scanner", "show_passport", passport="nobody")
        assert answer == {"ok": False, "why": "no passport named 'nobody'"}
        assert not rig.control.do("code_scanner", "show_passport", lines=[])["ok"]


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
    with Rig(tmp_path, _scanner("plain-suffix")) as rig:
        refused: tuple[tuple[str, dict[str, object], str], ...] = (
            ("show", {"text": ""}, "empty"),
            ("show", {}, "needs one of"),
            ("show", {"text": "a", "suffix": "TAB"}, "suffix must be"),
            ("fail_next", {"what": "smoke"}, "what must be"),
            ("light_out", {}, "light"),
            ("lift", {}, "cannot"),
        )
        for do, args, why in refused:
            answer = rig.control.do("code_scanner", do, **args)
            assert not answer["ok"]
            assert why in answer["why"]
