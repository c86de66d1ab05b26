"""The camera scanner against an emulated network camera: a real child process, real motion JPEG over HTTP."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from devices.camera.agreement import PICTURES, Agreement
from devices.camera.host import CameraHost, Source
from devices.camera.messages import BadMessage, Inbox, Message
from devices.errors import BadAnswer, DecoderCrashed, NoAnswer, PortBusy, PortMissing
from kiosk.domain.devices import CodeRefusal, CodeRefused, CodeScanned, Health, Scale
from tests.devices.rig import Rig, wait_until

CAMERA: tuple[str, str, dict[str, str | int]] = ("code_scanner", "camera-scanner", {})


def _light(rig: Rig) -> bool:
    return bool(rig.do("code_scanner", "state")["state"]["light"])


def test_it_names_its_model_and_its_self_test_tells_rate_and_brightness(tmp_path: Path) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        assert rig.hub.statuses()[1].model == "network camera 1280x720"
        report = rig.hub.self_test("code_scanner")
        assert report.ok, report
        assert report.detail.startswith("1280x720, ")
        assert "pictures/s, brightness" in report.detail


@pytest.mark.parametrize("payload", [b"YPC1.abc.def", "居住证签注|三楼".encode(), "测试".encode("gb18030")])
def test_a_code_held_up_is_read_whatever_its_encoding_and_the_light_goes_out(tmp_path: Path, payload: bytes) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.hub.scan_code("s1")
        wait_until(lambda: _light(rig))
        rig.do("code_scanner", "show", hex=payload.hex(), angle=17)
        scanned = rig.events.wait(CodeScanned)
        text = "测试" if payload == "测试".encode("gb18030") else payload.decode()
        assert (scanned.session, scanned.payload.decode()) == ("s1", text)
        wait_until(lambda: not _light(rig))
        assert rig.events.count(CodeScanned) == 1


def test_no_picture_is_taken_while_no_code_is_wanted_and_none_once_the_scan_was_cancelled(
    tmp_path: Path,
) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.do("code_scanner", "show", text="OLD")
        wait_until(lambda: not _light(rig))
        rig.hub.scan_code("s1")
        rig.events.wait(CodeScanned)
        rig.do("code_scanner", "clear")
        rig.hub.scan_code("s2")
        wait_until(lambda: _light(rig))
        rig.hub.cancel_scan()
        wait_until(lambda: not _light(rig))


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"a\x1b[31mb", CodeRefusal.CONTROL_CHARACTER),
        ("a\u202eb".encode(), CodeRefusal.CONTROL_CHARACTER),
        (b"\xff\xfe\xff", CodeRefusal.NOT_TEXT),
        (b"x" * 2100, CodeRefusal.TOO_LONG),
    ],
)
def test_a_hostile_code_is_refused_once_and_the_next_good_one_is_read(
    tmp_path: Path, payload: bytes, reason: CodeRefusal
) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.hub.scan_code("s1")
        rig.do("code_scanner", "show", hex=payload.hex())
        assert rig.events.wait(CodeRefused).reason is reason
        rig.do("code_scanner", "show", text="GOOD")
        assert rig.events.wait(CodeScanned).payload == b"GOOD"
        assert rig.events.count(CodeRefused) == 1


def test_of_two_codes_in_view_none_is_taken_until_one_is_gone(tmp_path: Path) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.do("code_scanner", "show", texts=["ONE", "TWO"])
        rig.hub.scan_code("s1")
        wait_until(lambda: _light(rig))
        time_to_read = time.monotonic() + 1.0
        wait_until(lambda: time.monotonic() > time_to_read)
        assert rig.events.count(CodeScanned) == 0
        rig.do("code_scanner", "show", text="TWO")
        assert rig.events.wait(CodeScanned).payload == b"TWO"


def test_a_covered_lens_is_a_warning_while_scanning_and_fails_the_self_test(tmp_path: Path) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.do("code_scanner", "dark")
        report = rig.hub.self_test("code_scanner")
        assert (report.ok, report.detail.split(":")[0]) == (False, "dark")
        rig.hub.scan_code("s1")
        dark = rig.events.wait_status("code_scanner", "dark")
        assert (dark.health, dark.usable) == (Health.ONLINE, True)
        rig.do("code_scanner", "dark", on=False)
        rig.events.wait_status("code_scanner", "ok")


@pytest.mark.usefixtures("caplog")
def test_a_camera_whose_picture_stands_still_is_a_fault_until_it_lives_again(tmp_path: Path) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.hub.scan_code("s1")
        wait_until(lambda: _light(rig))
        rig.do("code_scanner", "freeze")
        frozen = rig.events.wait_status("code_scanner", "frozen")
        assert (frozen.health, frozen.scale) == (Health.HARDWARE_ERROR, Scale.FAULT)
        assert rig.events.wait(CodeRefused).reason is CodeRefusal.SCANNER_FAULT
        rig.do("code_scanner", "freeze", on=False)
        rig.events.wait_status("code_scanner", "ok")


@pytest.mark.usefixtures("caplog")
def test_a_camera_that_falls_silent_is_a_fault_and_the_code_is_read_when_it_is_back(tmp_path: Path) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.hub.scan_code("s1")
        wait_until(lambda: _light(rig))
        rig.do("code_scanner", "silence")
        rig.events.wait_status("code_scanner", "no_answer")
        rig.do("code_scanner", "silence", on=False)
        rig.do("code_scanner", "show", text="LATER")
        assert rig.events.wait(CodeScanned).payload == b"LATER"


@pytest.mark.usefixtures("caplog")
def test_an_unplugged_camera_is_no_device_and_works_again_later(tmp_path: Path) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.do("code_scanner", "unplug")
        assert rig.events.wait_status("code_scanner", "port_missing").health is Health.NO_DEVICE
        rig.hub.scan_code("s1")
        assert rig.events.wait(CodeRefused).reason is CodeRefusal.SCANNER_FAULT
        rig.do("code_scanner", "plug")
        rig.do("code_scanner", "show", text="LATER")
        assert rig.events.wait(CodeScanned).payload == b"LATER"


# --- the child ------------------------------------------------------------------------------------------------------


def _children() -> set[int]:
    """The processes this one has started; threads may end while they are asked."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            found.update(map(int, (task / "children").read_text().split()))
    return found


@pytest.mark.usefixtures("caplog")
def test_a_killed_child_is_replaced_and_the_code_is_read_all_the_same(tmp_path: Path) -> None:
    before = _children()
    with Rig(tmp_path, CAMERA) as rig:
        rig.hub.scan_code("s1")
        wait_until(lambda: _light(rig))
        (child,) = _children() - before
        os.kill(child, signal.SIGKILL)
        rig.do("code_scanner", "show", text="AFTER")
        assert rig.events.wait(CodeScanned).payload == b"AFTER"


@pytest.mark.usefixtures("caplog")
def test_a_child_that_dies_three_times_in_a_minute_is_a_hardware_error(tmp_path: Path) -> None:
    before = _children()
    with Rig(tmp_path, CAMERA) as rig:
        rig.hub.scan_code("s1")
        killed: set[int] = set()
        while len(killed) < 3:
            wait_until(lambda: bool(_children() - before - killed))
            (child,) = _children() - before - killed
            killed.add(child)
            os.kill(child, signal.SIGKILL)
        assert rig.events.wait_status("code_scanner", "decoder_crashed").health is Health.HARDWARE_ERROR
        rig.events.wait_status("code_scanner", "ok")


def _hang(host: CameraHost) -> None:
    """Stop the child and listen until another stands in its place."""
    hung = host.pid
    assert hung is not None
    os.kill(hung, signal.SIGSTOP)
    while host.pid == hung:
        host.next(0.1)


def test_a_child_that_hangs_is_killed_and_three_of_them_are_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.camera.host.SILENCE_S", 0.2)
    monkeypatch.setattr("devices.camera.host._START_S", 0.2)
    host = CameraHost("codes", Source(str(tmp_path / "no-camera")))
    try:
        host.watch({})
        for _ in range(2):
            _hang(host)
        with pytest.raises(DecoderCrashed):
            _hang(host)
        assert host.restarts == 3
    finally:
        host.close()


def test_a_child_can_write_no_file_and_dies_with_its_parent(tmp_path: Path) -> None:
    limits = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sys; from devices.camera.sandbox import confine; confine(os.getppid())\n"
            "try:\n open(sys.argv[1], 'wb', buffering=0).write(b'x')\nexcept OSError as error:\n print(error.errno)\n"
            "try:\n bytearray(1 << 32)\nexcept MemoryError:\n print('memory')",
            str(tmp_path / "picture"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert limits.stdout.split() == ["27", "memory"]  # EFBIG
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from devices.camera.host import *; h = CameraHost('codes', Source('/dev/none'))\n"
            "try: h.measure()\nexcept Exception: pass\nprint(h.pid, flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    wait_until(lambda: not Path("/proc", str(child)).exists())


def test_a_camera_that_is_not_there_or_is_taken_says_so(tmp_path: Path) -> None:
    with pytest.raises(PortMissing):
        CameraHost("codes", Source(str(tmp_path / "video0"))).claim()
    node = tmp_path / "video1"
    node.touch()
    first, second = CameraHost("codes", Source(str(node))), CameraHost("codes", Source(str(node)))
    first.claim()
    with pytest.raises(PortBusy):
        second.claim()
    first.close()
    second.claim()
    second.close()


def test_the_terminal_process_imports_neither_opencv_nor_a_decoder() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, devices.registry, devices.drivers.camera_scanner, devices.camera.host\n"
            "print([name for name in ('cv2', 'zxingcpp', 'numpy') if name in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "[]"


def test_a_child_out_of_step_is_thrown_away() -> None:
    random = Random(5)
    message = Message({"say": "codes", "picture": 3, "hex": ["41"]}).encode()
    for _ in range(3000):
        mutated = bytearray(message * 2)
        for _ in range(random.randint(1, 4)):
            mutated[random.randrange(len(mutated))] = random.randrange(256)
        inbox = Inbox(max_blob_bytes=0)
        with suppress(BadMessage):
            for at in range(0, len(mutated), 7):
                assert all(isinstance(each.head, dict) for each in inbox.feed(bytes(mutated[at : at + 7])))


def test_a_child_may_not_hand_over_a_picture() -> None:
    with pytest.raises(BadMessage):
        Inbox(max_blob_bytes=0).feed(Message({"say": "codes"}, b"picture").encode())


@pytest.mark.parametrize(
    "rubbish", [b"", b"HTTP/1.0 200 OK\r\n\r\n" + bytes(range(256)) * 400, b"HTTP/1.1 404 Not Found\r\n\r\n"]
)
def test_what_is_no_camera_at_all_is_a_fault_of_a_device_and_not_of_the_program(rubbish: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with suppress(OSError), connection:
                        connection.sendall(rubbish)

        threading.Thread(target=answer, daemon=True).start()
        host = CameraHost("codes", Source(f"http://127.0.0.1:{server.getsockname()[1]}/"))
        try:
            with pytest.raises((NoAnswer, BadAnswer)):
                host.measure()
            assert host.restarts == 0
        finally:
            host.close()
            server.shutdown(socket.SHUT_RDWR)


# --- agreement ------------------------------------------------------------------------------------------------------


def test_a_code_is_believed_at_its_second_sighting_within_the_row() -> None:
    agreement = Agreement()
    assert agreement.add(1, [b"A"]) is None
    assert agreement.add(PICTURES, [b"A"]) == b"A"


def test_a_code_seen_twice_far_apart_is_not_believed() -> None:
    agreement = Agreement()
    assert agreement.add(1, [b"A"]) is None
    assert agreement.add(1 + PICTURES, [b"A"]) is None


def test_a_bogus_code_in_one_picture_only_delays_the_true_one() -> None:
    agreement = Agreement()
    assert agreement.add(1, [b"bogus"]) is None
    assert agreement.add(2, [b"A"]) is None
    assert agreement.add(3, [b"A"]) is None
    assert agreement.add(4, [b"A"]) == b"A"


def test_two_codes_in_one_picture_are_no_evidence_for_either() -> None:
    agreement = Agreement()
    assert agreement.add(1, [b"A"]) is None
    assert agreement.add(2, [b"A", b"B"]) is None
    assert agreement.add(3, [b"A"]) is None
    assert agreement.add(4, [b"A", b"A"]) == b"A"
