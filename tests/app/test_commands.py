"""Commands as a person or a script meets them: words, exit codes, and what is not imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.app import exits
from kiosk.app.cli import main
from kiosk.app.exits import exit_code
from kiosk.domain.devices import DEVICE_NAMES
from kiosk.domain.errors import (
    CentreError,
    DeviceError,
    DiskFull,
    KioskError,
    SecondCopy,
    SettingsError,
    StoreDamaged,
)
from offline_cache.lock import StateLock

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = '[terminal]\nid = "YP0301"\nstate_dir = "state"\nwindow = "1080x1920"\n'


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "kiosk.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    return file


def run(*arguments: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *map(str, arguments)],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_unknown_command_or_none_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frobnicate"]) == exits.USAGE
    assert main([]) == exits.USAGE
    told = capsys.readouterr().err
    assert 'no command "frobnicate"' in told
    assert "kiosk, central, diag" in told


@pytest.mark.parametrize("command", ["kiosk", "diag", "cases"])
def test_a_wrong_settings_file_ends_with_2_and_says_file_and_line(tmp_path: Path, command: str) -> None:
    (tmp_path / "bad.toml").write_text('[terminal]\nid = "YP0301"\nwindwo = "1080x1920"\n', encoding="utf-8")
    done = run(command, "--settings", tmp_path / "bad.toml")
    assert done.returncode == exits.USAGE
    assert "bad.toml:3:" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_wrong_option_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cases", "--colour"]) == exits.USAGE
    assert main(["cases", "retry"]) == exits.USAGE


def test_each_error_has_its_exit_code() -> None:
    expected: dict[type[KioskError], int] = {
        SettingsError: 2,
        DeviceError: 3,
        CentreError: 4,
        SecondCopy: 5,
        DiskFull: 6,
        StoreDamaged: 6,
    }
    assert {kind: exit_code(kind("x")) for kind in expected} == expected


def test_a_fault_of_the_program_ends_with_70_and_one_line_without_its_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    import kiosk.app.commands.cases as command

    def broken(arguments: object) -> int:
        raise RuntimeError("林秋禾 339999199104169828")

    monkeypatch.setattr(command, "main", broken)
    assert main(["cases"]) == exits.BUG
    told = capsys.readouterr().err
    assert "RuntimeError at test_commands.py:" in told
    assert "林" not in told + caplog.text
    assert "3399" not in told + caplog.text


def test_a_second_copy_on_the_same_store_ends_with_5(settings: Path) -> None:
    state = settings.parent / "state"
    state.mkdir()
    lock = StateLock(state)
    try:
        done = run("kiosk", "--settings", settings, "--platform", "offscreen")
    finally:
        lock.release()
    assert done.returncode == exits.SECOND_COPY
    assert "another copy" in done.stderr


def test_cases_of_a_fresh_terminal_are_an_empty_list(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cases", "--json", "--settings", str(settings)]) == exits.OK
    assert json.loads(capsys.readouterr().out) == []


def test_diag_names_every_device_and_ends_with_3_when_one_that_is_set_up_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(SETTINGS + '[devices.id_card]\ndriver = "sam-serial"\nport = "no/such/port"\n', encoding="utf-8")
    assert main(["diag", "--json", "--wait", "0.3", "--settings", str(file)]) == exits.DEVICE
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == 1
    assert set(report) >= {"terminal", "versions", "devices", "outbox", "disk", "clock"}
    assert [device["name"] for device in report["devices"]] == list(DEVICE_NAMES)
    keys = {"name", "driver", "model", "status", "scale", "last_error", "self_test"}
    assert all(keys <= set(device) for device in report["devices"])
    assert report["devices"][0]["status"] == "noDevice"
    assert report["devices"][1]["scale"] == 4


def test_diag_of_a_terminal_without_devices_is_all_well(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diag", "--settings", str(settings)]) == exits.OK
    assert "停用" in capsys.readouterr().out


def test_a_pin_is_set_only_when_it_is_given_twice_and_not_weak(settings: Path) -> None:
    assert run("diag", "set-pin", "--settings", settings, given="271828\n271829\n").returncode == exits.FAILED
    assert run("diag", "set-pin", "--settings", settings, given="123456\n123456\n").returncode == exits.FAILED
    done = run("diag", "set-pin", "--settings", settings, given="271828\n271828\n")
    assert done.returncode == exits.OK
    kept = b"".join(path.read_bytes() for path in (settings.parent / "state").rglob("*") if path.is_file())
    assert b"argon2id" in kept
    assert b"271828" not in kept


def test_commands_other_than_the_terminal_do_not_load_qt(settings: Path) -> None:
    script = (
        "import sys\n"
        "from kiosk.app.cli import main\n"
        f"assert main(['cases', '--settings', {str(settings)!r}]) == 0\n"
        f"assert main(['diag', '--wait', '0.1', '--settings', {str(settings)!r}]) == 0\n"
        "from kiosk.app.launcher import Launcher\n"
        "import kiosk.app.commands.kiosk, kiosk.app.commands.demo, kiosk.app.commands.story, kiosk.app.story.model\n"
        "assert not [name for name in sys.modules if name.startswith('PySide6')]\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_attract_page_is_painted_before_the_slow_libraries_are_loaded(settings: Path) -> None:
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from config import NO_DRIVERS, load_settings\n"
        "from kiosk.app.compose import build_terminal\n"
        "from kiosk.app.logs import EventLog\n"
        "loaded = []\n"
        "def painted(step, key):\n"
        "    slow = ('requests', 'jsonschema', 'reportlab', 're2', 'cv2')\n"
        "    loaded.append((step, [name for name in slow if name in sys.modules]))\n"
        "    terminal.loop.quit()\n"
        f"settings = load_settings(Path({str(settings)!r}), os.environ, drivers=NO_DRIVERS)\n"
        "terminal = build_terminal(settings, platform='offscreen', log=EventLog(None), on_painted=painted)\n"
        "terminal.run()\n"
        "assert loaded[0] == ('attract', []), loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_state_folder_that_cannot_be_made_ends_with_6_and_says_which(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    (tmp_path / "file").write_text("not a folder")

    code = main(["kiosk", "--child", "--set", f"terminal.state_dir={tmp_path / 'file'}"])

    assert code == exits.STORE
    assert str(tmp_path / "file") in capsys.readouterr().err


def test_a_machine_without_a_display_is_told_so_and_nothing_is_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)

    assert main(["kiosk"]) == exits.USAGE
    assert "no display" in capsys.readouterr().err
