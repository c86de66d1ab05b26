"""The conformance suite on every driver and profile with its emulator, and on drivers that do one thing wrong each.

All runs are programs of their own and go side by side, as a vendor would start them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from devices.codecs.escpos import PROFILES
from devices.conformance import suite
from devices.conformance.check import places
from devices.conformance.kinds import KINDS
from devices.conformance.report import Line, Outcome, Report
from devices.emulators.registry import default_emulators
from devices.registry import shipped_registry
from kiosk.app.cli import main
from kiosk.domain.devices import DEVICE_NAMES

ROOT = Path(__file__).resolve().parents[2]
SIDE_BY_SIDE = 8
SCANNER_PROFILES = shipped_registry().get("serial-scanner").options["profile"].choices  # type: ignore[union-attr]
#: Profiles of which two names mean the same are tried once.
SAME = {"plain", "newland", "gm65"}
#: What our own drivers are tried with beside their defaults.
PROFILE_RUNS = (
    *((("serial-scanner"), f"profile={each}") for each in SCANNER_PROFILES if each not in SAME),
    *(("escpos", f"profile={each}") for each in PROFILES if each in ("generic", "epson-tm")),
)
OURS = (
    *((driver, "") for driver in default_emulators().drivers() if driver not in ("serial-scanner", "escpos")),
    *PROFILE_RUNS,
)
#: attribute of wrong_drivers, driver, the checks that must find it
WRONG = (
    ("HANGS_ON_SILENCE", "sam-serial", ("silence",)),
    ("TAKES_BAD_CARDS", "sam-serial", ("unfit", "garbled")),
    ("KEEPS_THE_PORT", "sam-serial", ("stop",)),
    ("TELLS_EVERY_TICK", "sam-serial", ("rest",)),
    ("LOGS_THE_CARD", "sam-serial", ("privacy",)),
    ("NEVER_STOPS", "sam-serial", ("stop", "cancel")),
    ("ALWAYS_WELL", "sam-serial", ("self_test_sick",)),
    ("FORGETS_THE_SESSION", "sam-serial", ("works",)),
    ("KEEPS_THE_CARD", "sam-serial", ("next",)),
    ("TELLS_TWICE", "sam-serial", ("works",)),
    ("CONFIRMS_UNPRINTED", "escpos", ("unfit",)),
    ("LEAVES_A_THREAD", "sam-serial", ("leak",)),
    ("EXPLAINS_NOTHING", "sam-serial", ("declares",)),
    ("NAIVE", "serial-scanner", ("exclusive", "unfit", "flood")),
)


@dataclass(frozen=True)
class Ran:
    """How one run ended."""

    code: int
    said: str
    report: dict[str, Any]

    def outcomes(self) -> dict[str, str]:
        return {check["id"]: check["outcome"] for check in self.report.get("checks", [])}

    def failed(self) -> list[str]:
        return [f"{check['id']}: {check['message']}" for check in self.report["checks"] if check["outcome"] == "failed"]


@dataclass(frozen=True)
class Run:
    """A run that goes side by side with others. What it says about time is only worth something when they left it any:
    one that comes out otherwise than it should is made once more, after the others.
    """

    arguments: tuple[str, ...]
    folder: Path
    first: Future[Ran]

    def result(self, expected: Callable[[Ran], bool]) -> Ran:
        ran = self.first.result()
        return ran if expected(ran) else conform(self.folder, *self.arguments)


Runs = dict[tuple[str, ...], Run]


def conform(folder: Path, *arguments: str) -> Ran:
    file = folder / f"{'-'.join(arguments).replace('/', '_')[:120]}.json"
    command = [sys.executable, "main.py", "devices", "conformance", *arguments, "--quick", "--json", str(file)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=270, check=False)
    except subprocess.TimeoutExpired:
        return Ran(-1, "did not end", {})
    return Ran(done.returncode, done.stdout + done.stderr, json.loads(file.read_text()) if file.is_file() else {})


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("conformance")
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        started: Runs = {}
        for driver, option in OURS:
            arguments = (driver, *(("--set", option) if option else ()))
            started[driver, option] = Run(arguments, folder, pool.submit(conform, folder, *arguments))
        for attribute, driver, checks in WRONG:
            origin = f"tests.devices.wrong_drivers:{attribute}"
            arguments = (driver, "--from", origin, *(word for check in checks for word in ("--only", check)))
            started[attribute,] = Run(arguments, folder, pool.submit(conform, folder, *arguments))
        yield started


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("driver", "option"), OURS)
def test_each_of_our_drivers_passes_the_suite_on_its_emulator(driver: str, option: str, runs: Runs) -> None:
    ran = runs[driver, option].result(lambda ran: ran.code == 0)

    assert (ran.code, ran.failed()) == (0, []), ran.said
    assert set(ran.outcomes()) == {check.id for check in suite.CHECKS}
    for check in ("declares", "online", "rest", "self_test", "absent", "unplug", "works", "stop", "leak", "privacy"):
        assert ran.outcomes()[check] == "passed", check


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("attribute", "checks"), [(attribute, checks) for attribute, _, checks in WRONG])
def test_a_driver_that_does_one_thing_wrong_fails_the_check_for_it(
    attribute: str, checks: tuple[str, ...], runs: Runs
) -> None:
    expected = dict.fromkeys(checks, "failed")
    ran = runs[attribute,].result(lambda ran: ran.outcomes() == expected)

    assert ran.code == 1, ran.said
    assert ran.outcomes() == expected, ran.said


def test_the_report_names_driver_version_and_checks_and_neither_addresses_nor_the_machine(runs: Runs) -> None:
    report = runs["serial-scanner", "profile=newland-unified"].result(lambda ran: True).report

    assert report["schema"] == "device-conformance/1"
    assert (report["driver"], report["device"], report["on"]) == ("serial-scanner", "code_scanner", "emulator")
    assert report["options"] == {"profile": "newland-unified"}
    assert report["version"]
    assert report["terminal"]
    assert (report["effort"], report["only"]) == ("quick", [])
    assert {"id", "title", "outcome", "message", "seconds"} == set(report["checks"][0])
    assert "/tmp" not in json.dumps(report)


def test_without_anybody_to_ask_what_needs_a_hand_is_left_out_on_real_hardware(tmp_path: Path) -> None:
    ran = conform(tmp_path, "sam-serial", "--port", str(tmp_path / "nothing"), "--only", "absent", "--only", "cut")

    assert ran.code == 1  # nothing passed: that is no conformance
    assert ran.report["on"] == "hardware"
    assert ran.outcomes() == {"absent": "skipped", "cut": "skipped"}
    assert "nobody to ask" in ran.said


def test_a_device_that_never_comes_online_is_tried_no_further_and_the_ports_are_pointed_at(tmp_path: Path) -> None:
    ran = conform(tmp_path, "sam-serial", "--port", str(tmp_path / "nothing"))

    assert ran.code == 1
    assert ran.outcomes() == {"declares": "passed", "online": "failed"}
    assert "./run devices ports" in ran.said


def test_a_part_of_the_suite_and_a_main_function_not_tried_are_not_called_conforming(tmp_path: Path) -> None:
    ran = conform(tmp_path, "sam-serial", "--only", "declares")

    assert ran.code == 0
    assert ran.report["only"] == ["declares"]
    assert "not the whole suite: 1 passed" in ran.said

    line = Line("works", "", Outcome.SKIPPED, "", 0.0)
    report = Report("a", "ups", "1", "hardware", {}, "", (replace(line, outcome=Outcome.PASSED), line), "1", "quick")
    assert report.verdict() == "found no fault, but its main function was not tried: 1 passed, 1 skipped"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no-such-driver"], "there is no driver 'no-such-driver'"),
        (["sam-serial", "--set", "buad=9600"], "must read option=value"),
        (["sam-serial", "--set", "baud=1"], "baud must be one of"),
        (["sam-serial", "--only", "nothing"], "there is no check nothing"),
        (["sam-serial", "--from", "nowhere:SPEC"], "No module named"),
        (["sam-serial", "--emulator", "no-such-driver"], "no emulator for 'no-such-driver'"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(arguments: list[str], words: str, tmp_path: Path) -> None:
    ran = conform(tmp_path, *arguments)

    assert ran.code == 2
    assert words in ran.said


def test_a_report_that_cannot_be_written_is_said_before_minutes_are_spent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["devices", "conformance", "sam-serial", "--json", str(tmp_path / "nowhere" / "report.json")]) == 2
    printed = capsys.readouterr()
    assert "its folder cannot be written to" in printed.err
    assert not printed.out


def test_every_device_has_a_kind_and_every_shipped_driver_an_emulator() -> None:
    assert set(KINDS) == set(DEVICE_NAMES)
    assert {spec.driver for spec in shipped_registry().specs()} <= set(default_emulators().drivers())


def test_the_places_that_are_tried_begin_with_the_first_and_end_with_the_last() -> None:
    assert places(3, None) == [0, 1, 2, 3]
    assert places(3, 9) == [0, 1, 2, 3]
    assert places(1295, 5) == [0, 324, 648, 971, 1295]
