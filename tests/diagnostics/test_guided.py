"""A guided check walked with what devices report and people answer."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kiosk.diagnostics import guided
from kiosk.diagnostics.guided import JOB, PLANS, SESSION, Lamp, RunSelfTest, Start, Stop
from kiosk.domain.devices import (
    DEVICE_NAMES,
    CardFailed,
    CardFailure,
    CardRead,
    CardRemoved,
    DoorChanged,
    PrintOutcome,
    PrintUpdate,
    SelfTestReport,
)
from kiosk.domain.diagnostics import CheckOutcome
from kiosk.domain.identity_card import CardKind, IdCard
from kiosk.texts import languages, say

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CARD = IdCard(
    kind=CardKind.RESIDENT,
    name="测试甲",
    sex="2",
    nation="01",
    birth=date(1949, 12, 31),
    address="某路1号",
    number="11010519491231002X",
    issuer="某局",
    valid_from=date(2020, 1, 1),
    valid_to=None,
)


def report(name: str, *, ok: bool = True) -> SelfTestReport:
    return SelfTestReport(name, ok, "ok", NOW)


def test_every_device_has_a_check_and_every_step_has_words_in_both_languages() -> None:
    assert set(PLANS) == set(DEVICE_NAMES)
    for steps in PLANS.values():
        assert steps[0].name == "self_test"
        for step in steps:
            for language in languages():
                assert say(language, f"check.{step.name}")
                assert say(language, f"check.{step.name}_do")


def test_a_card_check_ends_the_reading_when_the_card_is_taken_away_and_keeps_nothing_of_the_card() -> None:
    begun = guided.begin("id_card", 0.0)
    assert begun.commands == (RunSelfTest("id_card"),)
    tested = guided.happened(begun.test, report("id_card"), 1.0)
    assert tested.result is not None
    assert tested.result.outcome is CheckOutcome.PASSED
    assert tested.commands == (Start("id_card"),)
    read = guided.happened(tested.test, CardRead(SESSION, CARD), 2.0)
    assert read.result is not None
    assert read.result.message == "resident"
    assert "测试甲" not in repr(read)
    assert CARD.number not in repr(read)
    taken = guided.happened(read.test, CardRemoved(SESSION), 3.0)
    assert taken.commands == (Stop("id_card"),)
    assert taken.test.step is None
    assert [result.outcome for result in taken.test.results] == [CheckOutcome.PASSED] * 3


def test_a_card_of_a_residents_session_counts_for_no_check() -> None:
    tested = guided.happened(guided.begin("id_card", 0.0).test, report("id_card"), 1.0)
    assert guided.happened(tested.test, CardRead("a" * 16, CARD), 2.0).result is None


def test_a_card_that_cannot_be_read_fails_with_the_reason() -> None:
    tested = guided.happened(guided.begin("id_card", 0.0).test, report("id_card"), 1.0)
    failed = guided.happened(tested.test, CardFailed(SESSION, CardFailure.NOT_GENUINE), 2.0)
    assert failed.result is not None
    assert (failed.result.outcome, failed.result.message) == (CheckOutcome.FAILED, "not_genuine")


def test_nobody_can_say_yes_to_what_only_the_device_can_prove() -> None:
    begun = guided.begin("receipt_printer", 0.0)
    assert guided.answered(begun.test, "yes", 1.0) == guided.Advance(begun.test)
    printing = guided.happened(begun.test, report("receipt_printer"), 1.0)
    printed = guided.happened(printing.test, PrintUpdate(JOB, PrintOutcome.CONFIRMED), 2.0)
    assert printed.test.step is not None
    assert printed.test.step.asks
    seen = guided.answered(printed.test, "no", 3.0)
    assert seen.result is not None
    assert seen.result.outcome is CheckOutcome.FAILED


def test_a_slip_that_is_unknown_has_failed() -> None:
    printing = guided.happened(guided.begin("receipt_printer", 0.0).test, report("receipt_printer"), 1.0)
    unknown = guided.happened(printing.test, PrintUpdate(JOB, PrintOutcome.UNKNOWN, "no_confirmation"), 2.0)
    assert unknown.result is not None
    assert unknown.result.message == "unknown no_confirmation"


@pytest.mark.parametrize("device", DEVICE_NAMES)
def test_a_check_that_nobody_attends_ends_by_itself_with_failures(device: str) -> None:
    test, mono = guided.begin(device, 0.0).test, 0.0
    for _ in range(40):
        if test.step is None:
            break
        mono += 301.0
        test = guided.ticked(test, mono).test
    assert test.step is None
    assert {result.message for result in test.results} == {"timeout"}


@pytest.mark.parametrize("device", DEVICE_NAMES)
def test_skipping_everything_ends_every_command_that_was_begun(device: str) -> None:
    begun = guided.begin(device, 0.0)
    test, commands = begun.test, list(begun.commands)
    while test.step is not None:
        went = guided.answered(test, "skip", 1.0)
        test = went.test
        commands += went.commands
    assert {result.outcome for result in test.results} == {CheckOutcome.SKIPPED}
    assert commands.count(Start(device)) - commands.count(Stop(device)) <= (device == "receipt_printer")
    if any(isinstance(command, Lamp) for command in commands):
        assert [command for command in commands if isinstance(command, Lamp)][-1] == Lamp(None)


def test_leaving_in_the_middle_says_what_has_to_be_stopped() -> None:
    scanning = guided.happened(guided.begin("code_scanner", 0.0).test, report("code_scanner"), 1.0)
    assert guided.left(scanning.test) == (Stop("code_scanner"),)


def test_the_door_check_wants_it_open_and_then_closed() -> None:
    test = guided.begin("io_board", 0.0).test
    while test.step is not None and test.step.name != "door_open":
        test = guided.answered(test, "skip", 1.0).test
    assert guided.happened(test, DoorChanged(open=False), 2.0).result is None
    opened = guided.happened(test, DoorChanged(open=True), 3.0).test
    closed = guided.happened(opened, DoorChanged(open=False), 4.0)
    assert closed.test.step is None
