"""The receipt printer driver against the emulated printer, over a real pseudo-terminal or TCP."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from devices.codecs.escpos import ASB_ALL, PAPER_SENSOR, PROFILES
from devices.drivers.base import Driver, PrintJob
from devices.drivers.escpos_printer import EscPosPrinter
from devices.emulators.printer_model import PrinterModel, Slip
from devices.registry import DriverRegistry, build_hub, default_registry
from devices.spec import Options
from devices.supervisor import Supervisor
from devices.transports import SerialTransport, TcpTransport
from kiosk.domain.devices import Health, PrintOutcome, PrintUpdate, StatusChanged, Supply
from kiosk.domain.paper import Feed, ImageBlock, Paper, Raster, TextLine
from kiosk.ports.devices import DeviceBinding
from tests.devices.rig import QUICK, FixedClock, Recorder, Rig, wait_until


def _printer(profile: str = "generic") -> tuple[str, str, dict[str, str | int]]:
    return ("receipt_printer", "escpos", {"width_mm": 58, "profile": profile})


def _text(text: str) -> TextLine:
    return TextLine(text, False, False, "left", Raster(384, 24, b"\x55" * 48 * 24))


RECEIPT = Paper(
    384,
    (
        _text("收件凭证"),
        *(_text(f"第 {row} 行 row") for row in range(20)),
        _text("𠮷"),
        Feed(30),
        ImageBlock(Raster(200, 200, b"\xaa" * 5000)),
    ),
)
LONG = Paper(384, tuple(ImageBlock(Raster(384, 200, b"\xa5" * 9600)) for _ in range(4)))


@pytest.fixture(params=["generic", "epson-tm"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path, _printer(request.param)) as rig:
        yield rig


def _impatient(options: Options) -> Driver:
    """The driver, waiting half a second for the confirmation and not eight."""
    port = str(options["port"])
    return EscPosPrinter(lambda: SerialTransport(port, 115200), port, PROFILES["generic"], 384, confirm_s=0.5)


def _outcome(rig: Rig) -> PrintUpdate:
    """The last word about a job."""
    return rig.events.wait(PrintUpdate, lambda update: update.outcome not in (PrintOutcome.QUEUED, PrintOutcome.SENT))


def test_a_receipt_is_confirmed_within_five_seconds_and_is_on_paper_then(rig: Rig) -> None:
    began = time.monotonic()
    rig.hub.print_paper("j1", RECEIPT)
    assert _outcome(rig) == PrintUpdate("j1", PrintOutcome.CONFIRMED)
    assert time.monotonic() - began < 5.0
    lines = (rig.folder / "receipt-001.txt").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["收件凭证", "第 0 行 row"]
    assert lines[21] == "[384x24 dots]"
    with Image.open(rig.folder / "receipt-001.png") as picture:
        assert picture.width == 576
    assert "收件凭证".encode("gb18030") in (rig.folder / "receipt_printer.bin").read_bytes()
    outcomes = [event.outcome for event in rig.events.events if isinstance(event, PrintUpdate)]
    assert outcomes == [PrintOutcome.QUEUED, PrintOutcome.SENT, PrintOutcome.CONFIRMED]


def test_the_line_runs_at_115200_and_the_printer_is_online_with_paper(rig: Rig) -> None:
    status = rig.hub.statuses()[2]
    assert (status.health, status.supply) == (Health.ONLINE, Supply.FULL)
    assert rig.do("receipt_printer", "state")["state"]["baud"] == 115200


@pytest.mark.parametrize(("verb", "detail"), [("paper_out", "paper_out"), ("cover_open", "cover_open")])
def test_a_printer_that_cannot_print_refuses_before_the_first_byte(rig: Rig, verb: str, detail: str) -> None:
    rig.do("receipt_printer", verb)
    rig.hub.print_paper("j1", RECEIPT)
    assert _outcome(rig) == PrintUpdate("j1", PrintOutcome.FAILED, detail)
    assert (rig.folder / "receipt_printer.bin").read_bytes().count("收".encode("gb18030")) == 0
    assert rig.hub.statuses()[2].detail == detail


@pytest.mark.parametrize("what", ["paper_out", "cutter"])
def test_what_breaks_in_the_middle_is_unknown_and_the_rest_never_comes_out(rig: Rig, what: str) -> None:
    rig.do("receipt_printer", "fail_after_bytes", bytes=3000, what=what)
    rig.hub.print_paper("j1", LONG)
    detail = "cutter_error" if what == "cutter" else what
    assert _outcome(rig) == PrintUpdate("j1", PrintOutcome.UNKNOWN, detail)
    wait_until(lambda: rig.do("receipt_printer", "state")["state"]["held_bytes"] < 200)  # status requests only
    printed = len((rig.folder / "receipt_printer.bin").read_bytes())
    rig.do("receipt_printer", "paper_in")
    rig.do("receipt_printer", "cover_close")
    rig.hub.print_paper("j2", RECEIPT)
    assert _outcome(rig) == PrintUpdate("j2", PrintOutcome.CONFIRMED)
    assert len((rig.folder / "receipt_printer.bin").read_bytes()) - printed < 8000


def test_paper_that_runs_out_is_noticed_while_nothing_is_printed(rig: Rig) -> None:
    rig.do("receipt_printer", "paper_out")
    assert rig.events.wait_status("receipt_printer", "paper_out").supply is Supply.OUT


@pytest.mark.usefixtures("caplog")
@pytest.mark.parametrize("rig", ["generic"], indirect=True)
def test_a_printer_unplugged_in_the_middle_leaves_the_slip_unknown_and_prints_the_next(rig: Rig) -> None:
    rig.hub.print_paper("j1", LONG)
    wait_until(lambda: len(rig.wire("receipt_printer", "host>dev")) > 4000)
    rig.do("receipt_printer", "unplug")
    assert _outcome(rig).outcome is PrintOutcome.UNKNOWN
    rig.events.wait_status("receipt_printer", "port_missing")
    rig.hub.print_paper("j2", RECEIPT)
    assert _outcome(rig) == PrintUpdate("j2", PrintOutcome.FAILED, "port_missing")
    rig.do("receipt_printer", "plug")
    rig.events.wait_status("receipt_printer", "ok")
    rig.hub.print_paper("j3", RECEIPT)
    assert _outcome(rig) == PrintUpdate("j3", PrintOutcome.CONFIRMED)


def test_a_slip_that_is_never_confirmed_is_unknown(tmp_path: Path) -> None:
    registry = DriverRegistry()
    impatient = replace(spec, make=_impatient) if (spec := default_registry().get("escpos")) else None
    assert impatient is not None
    registry.add(impatient)
    with Rig(tmp_path, _printer(), registry=registry) as rig:
        rig.do("receipt_printer", "fail_next", what="no_confirm")
        rig.hub.print_paper("j1", Paper(384, (_text("短"),)))
        assert _outcome(rig) == PrintUpdate("j1", PrintOutcome.UNKNOWN, "no_confirmation")


@pytest.mark.usefixtures("caplog")
def test_a_silent_printer_fails_the_slip_and_goes_offline(tmp_path: Path) -> None:
    with Rig(tmp_path, _printer()) as rig:
        rig.do("receipt_printer", "silence")
        rig.hub.print_paper("j1", RECEIPT)
        assert _outcome(rig) == PrintUpdate("j1", PrintOutcome.FAILED, "no_answer")
        assert rig.events.wait_status("receipt_printer", "no_answer").health is Health.OFFLINE


def test_a_slip_of_another_width_is_refused(tmp_path: Path) -> None:
    with Rig(tmp_path, _printer()) as rig:
        rig.hub.print_paper("j1", Paper(576, (Feed(10),)))
        assert _outcome(rig) == PrintUpdate("j1", PrintOutcome.FAILED, "paper_width")


def test_the_self_test_shows_the_four_answers_and_prints_nothing(tmp_path: Path) -> None:
    with Rig(tmp_path, _printer()) as rig:
        report = rig.hub.self_test("receipt_printer")
        assert (report.ok, report.detail) == (True, "ok: DLE EOT 1=12 2=12 3=12 4=12")
        rig.do("receipt_printer", "cover_open")
        assert rig.hub.self_test("receipt_printer").detail.startswith("cover_open: ")
        assert (rig.folder / "receipt_printer.bin").read_bytes() == b""


def test_a_network_printer_prints_over_tcp() -> None:
    slips: list[Slip] = []
    model = PrinterModel(lambda data: None, slips.append)
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            while data := connection.recv(4096):
                connection.sendall(b"".join(model.receive(data)))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    events = Recorder()
    address = f"127.0.0.1:{server.getsockname()[1]}"
    binding = DeviceBinding("receipt_printer", "escpos", {"tcp": address, "width_mm": 58, "profile": "epson-tm"})
    hub = build_hub([binding], FixedClock(), timing=QUICK)
    hub.start(events.publish)
    try:
        events.wait_status("receipt_printer", "ok")
        hub.print_paper("j1", RECEIPT)
        events.wait(PrintUpdate, lambda update: update.outcome is PrintOutcome.CONFIRMED)
        assert len(slips) == 1
    finally:
        hub.stop(5.0)
        thread.join(5.0)
        server.close()


class _Stub:
    """A printer that answers each status question with "all well"; what else it says, `say` adds before that."""

    def __init__(self, profile: str) -> None:
        self.deaf = False
        self._heard = bytearray()
        self._server = socket.create_server(("127.0.0.1", 0))
        host, port = self._server.getsockname()
        driver = EscPosPrinter(lambda: TcpTransport(host, port), None, PROFILES[profile], 384, confirm_s=2.5)
        self.supervisor = Supervisor("receipt_printer", driver, FixedClock(), QUICK)
        self.events = Recorder()

    def say(self, heard: bytes) -> bytes:
        """What is said upon `heard`, which ends with the newest byte."""
        raise NotImplementedError

    def __enter__(self) -> _Stub:
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self.supervisor.start(self.events.publish)
        return self

    def __exit__(self, *_exception: object) -> None:
        self.supervisor.close()
        self.supervisor.join(5.0)
        self._thread.join(5.0)
        self._server.close()

    def _serve(self) -> None:
        connection, _ = self._server.accept()
        with connection:
            while data := connection.recv(4096):
                for byte in data:
                    self._heard.append(byte)
                    answer = self.say(bytes(self._heard[-11:]))
                    asked = self._heard[-3:-1] == b"\x10\x04" and not self.deaf
                    connection.sendall(answer + (b"\x12" if asked else b""))

    def print_one(self) -> PrintUpdate:
        """How a short slip ends."""
        self.supervisor.print(PrintJob("j1", Paper(384, (_text("短"),))))
        return self.events.wait(
            PrintUpdate, lambda update: update.outcome not in (PrintOutcome.QUEUED, PrintOutcome.SENT)
        )


def test_automatic_status_that_comes_byte_by_byte_confirms_no_slip() -> None:
    class Slow(_Stub):
        """Never says that the slip is done; one byte of automatic status comes before each answer from then on."""

        left = b""

        def say(self, heard: bytes) -> bytes:
            if heard.endswith(PAPER_SENSOR):
                self.left = bytes.fromhex("1000000f")
            elif heard[-3:-1] == b"\x10\x04":
                byte, self.left = self.left[:1], self.left[1:]
                return byte
            return b""

    with Slow("generic") as printer:
        printer.events.wait_status("receipt_printer", "ok")
        assert printer.print_one() == PrintUpdate("j1", PrintOutcome.UNKNOWN, "no_confirmation")


def test_a_stop_sign_left_over_from_a_bad_line_does_not_hold_the_next_slip() -> None:
    class Noisy(_Stub):
        """Said XOFF once, before anybody printed, and never XON."""

        told = False

        def say(self, heard: bytes) -> bytes:
            if heard.endswith(PAPER_SENSOR):
                return b"\x00"
            if heard.endswith(b"\x10\x04\x04") and not self.told:
                self.told = True
                return b"\x13"
            return b""

    with Noisy("generic") as printer:
        printer.events.wait_status("receipt_printer", "ok")
        assert printer.print_one() == PrintUpdate("j1", PrintOutcome.CONFIRMED)


@pytest.mark.usefixtures("caplog")
def test_a_stray_byte_of_a_printer_that_is_switched_off_confirms_no_slip() -> None:
    class SwitchedOff(_Stub):
        """Its line falls to zero while it is asked whether it is done, and it answers nothing more."""

        def say(self, heard: bytes) -> bytes:
            if heard.endswith(PAPER_SENSOR):
                self.deaf = True
                return b"\x00"
            return b""

    with SwitchedOff("generic") as printer:
        printer.events.wait_status("receipt_printer", "ok")
        assert printer.print_one() == PrintUpdate("j1", PrintOutcome.UNKNOWN, "no_answer")


def test_an_old_automatic_status_does_not_break_a_slip_when_the_printer_says_that_it_is_well() -> None:
    class Forgetful(_Stub):
        """Was in trouble once, and never said of itself that this is over."""

        told = False

        def say(self, heard: bytes) -> bytes:
            if heard.endswith(ASB_ALL) and not self.told:
                self.told = True
                return bytes.fromhex("1804000f")
            if heard.startswith(b"\x1d\x28\x48"):
                return b"\x37\x22" + heard[-4:] + b"\x00"
            return b""

    with Forgetful("epson-tm") as printer:
        printer.events.wait_status("receipt_printer", "printer_error")
        assert printer.print_one() == PrintUpdate("j1", PrintOutcome.CONFIRMED)


# --- stopped, hot, powerless, late ---------------------------------------------------------------------------------


def _details(rig: Rig) -> list[str]:
    return [
        event.status.detail
        for event in rig.events.events
        if isinstance(event, StatusChanged) and event.status.name == "receipt_printer"
    ]


def test_data_stop_at_xoff_and_go_on_at_xon(rig: Rig) -> None:
    rig.do("receipt_printer", "fail_after_bytes", bytes=3000, what="xoff")
    rig.hub.print_paper("j1", LONG)
    wait_until(lambda: len(rig.wire("receipt_printer", "dev>host").split(b"\x13")) > 1)
    quiet = _settled(rig)
    assert rig.do("receipt_printer", "state")["state"]["bytes_after_xoff"] < 3000  # what was on the wire, no more
    assert quiet < 20_000
    rig.do("receipt_printer", "xon")
    assert _outcome(rig) == PrintUpdate("j1", PrintOutcome.CONFIRMED)
    (slip,) = rig.folder.glob("receipt-*.txt")
    assert slip.read_text(encoding="utf-8").count("dots") >= 4


def _settled(rig: Rig) -> int:
    """How many data bytes had been sent when no more came for a while (questions go on)."""
    last, now = -1, _data_bytes(rig)
    while now != last:
        threading.Event().wait(0.3)
        last, now = now, _data_bytes(rig)
    return now


def _data_bytes(rig: Rig) -> int:
    sent = rig.wire("receipt_printer", "host>dev")
    return len(sent) - 3 * sum(sent.count(bytes((0x10, 0x04, kind))) for kind in (1, 2, 3, 4))


def test_paper_that_runs_out_while_data_are_stopped_ends_the_slip_soon(rig: Rig) -> None:
    paper = Paper(384, tuple(ImageBlock(Raster(384, 10, b"\xa5" * 480)) for _ in range(80)))
    rig.do("receipt_printer", "fail_after_bytes", bytes=5000, what="xoff")
    rig.hub.print_paper("j1", paper)
    wait_until(lambda: b"\x13" in rig.wire("receipt_printer", "dev>host"))
    rig.do("receipt_printer", "paper_out")
    assert _outcome(rig) == PrintUpdate("j1", PrintOutcome.UNKNOWN, "paper_out")


def test_a_hot_head_makes_the_slip_wait_and_not_break(rig: Rig) -> None:
    rig.hub.print_paper("j1", LONG)
    wait_until(lambda: len(rig.wire("receipt_printer", "host>dev")) > 4000)
    rig.do("receipt_printer", "fail_next", what="head_hot")
    wait_until(lambda: b"\x52" in rig.wire("receipt_printer", "dev>host"))
    rig.do("receipt_printer", "fail_next", what="none")
    assert _outcome(rig) == PrintUpdate("j1", PrintOutcome.CONFIRMED)


@pytest.mark.usefixtures("caplog")
def test_a_printer_switched_off_and_on_in_the_middle_leaves_the_slip_unknown(rig: Rig) -> None:
    rig.do("receipt_printer", "fail_after_bytes", bytes=3000, what="power_off")
    rig.hub.print_paper("j1", LONG)
    assert _outcome(rig).outcome is PrintOutcome.UNKNOWN
    rig.events.wait_status("receipt_printer", "no_answer")
    rig.do("receipt_printer", "power_on")
    rig.events.wait_status("receipt_printer", "ok")
    rig.hub.print_paper("j2", RECEIPT)
    assert _outcome(rig) == PrintUpdate("j2", PrintOutcome.CONFIRMED)
    texts = [file.read_text(encoding="utf-8") for file in rig.folder.glob("receipt-*.txt")]
    assert sum("收件凭证" in text for text in texts) == 1


def test_a_printer_comes_back_by_itself_after_its_cover_was_opened_in_mid_slip(rig: Rig) -> None:
    rig.do("receipt_printer", "fail_after_bytes", bytes=3000, what="cover_open")
    rig.hub.print_paper("j1", LONG)
    assert _outcome(rig) == PrintUpdate("j1", PrintOutcome.UNKNOWN, "cover_open")
    printed = len((rig.folder / "receipt_printer.bin").read_bytes())
    rig.do("receipt_printer", "paper_out")
    rig.do("receipt_printer", "paper_in")
    rig.do("receipt_printer", "cover_close")
    rig.events.wait_status("receipt_printer", "ok")
    assert len((rig.folder / "receipt_printer.bin").read_bytes()) - printed < 200
    rig.hub.print_paper("j2", RECEIPT)
    assert _outcome(rig) == PrintUpdate("j2", PrintOutcome.CONFIRMED)


def test_a_jammed_cutter_is_recovered_without_a_slip_and_without_a_restart(rig: Rig) -> None:
    rig.do("receipt_printer", "fail_next", what="cutter")
    wait_until(lambda: b"\x10\x05\x02" in rig.wire("receipt_printer", "host>dev"))
    wait_until(lambda: not rig.do("receipt_printer", "state")["state"]["offline"])
    wait_until(lambda: rig.hub.statuses()[2].detail == "ok")


def test_a_printer_switched_offline_by_its_own_key_refuses_and_comes_back(rig: Rig) -> None:
    rig.do("receipt_printer", "offline")
    assert rig.events.wait_status("receipt_printer", "printer_offline").health is Health.OFFLINE
    rig.hub.print_paper("j1", RECEIPT)
    assert _outcome(rig) == PrintUpdate("j1", PrintOutcome.FAILED, "printer_offline")
    rig.do("receipt_printer", "online")
    rig.events.wait_status("receipt_printer", "ok")


def test_status_pushed_between_questions_and_answers_disturbs_no_slip(rig: Rig) -> None:
    for _ in range(6):
        rig.do("receipt_printer", "fail_next", what="asb_between")
    rig.hub.print_paper("j1", RECEIPT)
    assert _outcome(rig) == PrintUpdate("j1", PrintOutcome.CONFIRMED)
    assert "offline" not in " ".join(_details(rig))


def test_a_late_confirmation_is_one_within_its_time(rig: Rig) -> None:
    rig.do("receipt_printer", "fail_next", what="late_confirm")
    rig.hub.print_paper("j1", RECEIPT)
    wait_until(lambda: rig.do("receipt_printer", "state")["state"]["held_answers"] == 1)
    rig.do("receipt_printer", "confirm")
    assert _outcome(rig) == PrintUpdate("j1", PrintOutcome.CONFIRMED)


@pytest.mark.parametrize("what", ["wrong_confirm", "no_process_id", "no_confirm", "late_confirm"])
def test_another_slips_word_and_a_word_too_late_confirm_nothing(tmp_path: Path, what: str) -> None:
    def impatient(options: Options) -> Driver:
        port = str(options["port"])
        return EscPosPrinter(lambda: SerialTransport(port, 115200), port, PROFILES["epson-tm"], 384, confirm_s=2.0)

    spec = default_registry().get("escpos")
    assert spec is not None
    registry = DriverRegistry()
    registry.add(replace(spec, make=impatient))
    with Rig(tmp_path, _printer(), registry=registry) as rig:
        rig.do("receipt_printer", "fail_next", what=what)
        rig.hub.print_paper("j1", Paper(384, (_text("短"),)))
        assert _outcome(rig) == PrintUpdate("j1", PrintOutcome.UNKNOWN, "no_confirmation")
        rig.do("receipt_printer", "fail_next", what="none")
        rig.do("receipt_printer", "confirm")  # the late word comes while the next slip is on its way
        rig.hub.print_paper("j2", RECEIPT)
        assert _outcome(rig) == PrintUpdate("j2", PrintOutcome.CONFIRMED)
        assert (
            sum(
                event.outcome is PrintOutcome.CONFIRMED for event in rig.events.events if isinstance(event, PrintUpdate)
            )
            == 1
        )


@pytest.mark.usefixtures("caplog")
@pytest.mark.parametrize("profile", ["generic", "epson-tm"])
def test_a_usb_printer_prints_through_its_device_node(tmp_path: Path, profile: str) -> None:
    """No printer hangs on this machine: a pseudo-terminal is the character device that stands in for /dev/usb/lp0."""
    with Rig(tmp_path, _printer(profile)) as rig:
        rig.hub.stop(5.0)
        events = Recorder()
        options: dict[str, str | int] = {
            "usblp": str(tmp_path / "receipt_printer"),
            "width_mm": 58,
            "profile": profile,
        }
        hub = build_hub([DeviceBinding("receipt_printer", "escpos", options)], FixedClock(), timing=QUICK)
        hub.start(events.publish)
        try:
            events.wait_status("receipt_printer", "ok")
            hub.print_paper("j1", RECEIPT)
            events.wait(PrintUpdate, lambda update: update.outcome is PrintOutcome.CONFIRMED)
            rig.do("receipt_printer", "unplug")
            events.wait_status("receipt_printer", "port_missing")
            rig.do("receipt_printer", "plug")
            events.wait_status("receipt_printer", "ok")
        finally:
            hub.stop(5.0)
