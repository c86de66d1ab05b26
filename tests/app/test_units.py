"""The systemd units: systemd itself finds nothing wrong in them, and what they start is there."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "deploy" / "systemd"
PROGRAMS = re.compile(r"^Exec[A-Za-z]+=(\S+)(?: -- (\S+))?", re.MULTILINE)


def install(root: Path) -> list[str]:
    """The units in a tree of their own, with an empty program wherever one of them starts one."""
    folder = root / "etc/systemd/system"
    folder.mkdir(parents=True)
    names = []
    for unit in sorted(UNITS.iterdir()):
        text = unit.read_text(encoding="utf-8")
        (folder / unit.name).write_text(text, encoding="utf-8")
        names.append(unit.name.replace("@.", "@1."))
        for program in {each for pair in PROGRAMS.findall(text) for each in pair if each}:
            stub = root / program.lstrip("/")
            stub.parent.mkdir(parents=True, exist_ok=True)
            stub.write_text("#!/bin/sh\n", encoding="utf-8")
            stub.chmod(0o755)
    # What systemd brings itself.
    for own in Path("/usr/lib/systemd/system").glob("*.target"):
        there = root / "usr/lib/systemd/system" / own.name
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(own, there)
    return names


def test_systemd_finds_nothing_wrong_in_any_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    names = install(tmp_path)
    done = subprocess.run(
        [analyze, "verify", f"--root={tmp_path}", "--man=no", *names],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_unit_that_is_wrong_is_found(tmp_path: Path) -> None:
    """The check above would see it."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    install(tmp_path)
    unit = tmp_path / "etc/systemd/system/kiosk.service"
    unit.write_text(unit.read_text().replace("WatchdogSec", "WatchdogSecs"), encoding="utf-8")
    done = subprocess.run(
        [analyze, "verify", f"--root={tmp_path}", "--man=no", "kiosk.service"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "WatchdogSecs" in done.stderr


def section(unit: str, name: str) -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((UNITS / unit).read_text(encoding="utf-8"))
    return dict(parser[name])


def test_the_terminal_is_watched_started_for_ever_and_leaves_no_core() -> None:
    service, unit = section("kiosk.service", "Service"), section("kiosk.service", "Unit")
    assert service["Type"] == "notify"
    assert service["Restart"] == "always"
    assert unit["StartLimitIntervalSec"] == "0"
    assert service["LimitCORE"] == "0"
    assert service["NoNewPrivileges"] == "yes"
    assert float(service["WatchdogSec"]) > 0
    assert service["LoadCredentialEncrypted"].startswith("kiosk-store-key:")


def test_what_the_units_start_of_ours_is_in_the_tree() -> None:
    started = {
        program
        for unit in UNITS.iterdir()
        for pair in PROGRAMS.findall(unit.read_text())
        for program in pair
        if program
    }
    ours = {program.removeprefix("/opt/kiosk/") for program in started if program.startswith("/opt/kiosk/")}
    assert ours == {".venv/bin/python", "deploy/display-ready"}
    assert (ROOT / "deploy/display-ready").stat().st_mode & 0o111


LOCKDOWN = ROOT / "deploy" / "lockdown"


def test_no_key_leads_past_the_display() -> None:
    """cage without -s switches no console; the same for an X server, and for what the kernel and systemd hear."""
    start = section("kiosk-display.service", "Service")["ExecStart"].split(" -- ")[0].split()
    assert start == ["/usr/bin/cage"]
    options = dict(re.findall(r'Option "(\w+)" "(\w+)"', (LOCKDOWN / "xorg.conf").read_text()))
    assert {options[name] for name in ("DontVTSwitch", "DontZap", "DontZoom")} == {"on"}
    logind = (LOCKDOWN / "logind.conf").read_text()
    for line in ("NAutoVTs=0", "ReserveVT=0", "HandlePowerKey=ignore", "HandleSuspendKey=ignore"):
        assert f"\n{line}\n" in logind
    assert "CtrlAltDelBurstAction=none" in (LOCKDOWN / "system.conf").read_text()
    assert "kernel.sysrq = 0" in (LOCKDOWN / "sysctl.conf").read_text()


def test_keyboards_are_deaf_and_touch_screens_are_not() -> None:
    classes = (LOCKDOWN / "xorg.conf").read_text().split('Section "InputClass"')[1:]
    assert [re.findall(r'(MatchIs\w+) "on"|Option "Ignore" "(\w+)"', each) for each in classes] == [
        [("MatchIsKeyboard", ""), ("", "on")],
        [("MatchIsTouchscreen", ""), ("", "off")],  # later sections win
    ]
    rules = (ROOT / "deploy/udev/90-kiosk.rules").read_text()
    assert rules.index("ID_INPUT_TOUCHSCREEN") < rules.index('ENV{ID_INPUT_KEYBOARD}=="1", ENV{KIOSK_WEDGE}="1"')
    assert 'ATTR{inhibited}="1"' in rules


def test_all_of_the_lockdown_is_installed_by_the_howto() -> None:
    howto = (ROOT / "docs/howto/install.md").read_text(encoding="utf-8")
    assert all(f"deploy/lockdown/{file.name}" in howto for file in LOCKDOWN.iterdir())
    assert "systemctl mask ctrl-alt-del.target" in howto
