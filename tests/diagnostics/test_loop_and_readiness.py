"""The endless loop counts, and the readiness report judges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from kiosk.diagnostics.loop import LoopCheck, reported, summary
from kiosk.diagnostics.readiness import readiness
from kiosk.domain.devices import DeviceStatus, Health, SelfTestReport, Supply
from kiosk.domain.diagnostics import CheckOutcome, CheckRecord, CheckResult, Machine, Verdict

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MACHINE = Machine("YP0001", "nanan", (), True, 0, 0, None, 50_000_000_000, True)


def report(name: str, *, ok: bool = True) -> SelfTestReport:
    return SelfTestReport(name, ok, "no_answer" if not ok else "ok", NOW)


def device(name: str, *, detail: str = "ok", health: Health = Health.ONLINE) -> DeviceStatus:
    return DeviceStatus(name, "driver", "", health, Supply.UNKNOWN, detail, None, NOW)


def passed(number: int, name: str, at: datetime = NOW) -> CheckRecord:
    return CheckRecord(number, at, CheckResult(name, "self_test", CheckOutcome.PASSED, "ok"))


def test_a_loop_goes_round_and_writes_down_a_failure_at_once_and_the_sum_at_the_end() -> None:
    loop = LoopCheck(("id_card", "ups"))
    written = []
    for _ in range(3):
        loop, result = reported(loop, report("id_card"))
        assert result is None
        loop, result = reported(loop, report("ups", ok=loop.rounds != 1))
        written += [result] if result else []
    assert loop.rounds == 3
    assert [(r.device, r.outcome, r.message) for r in written] == [("ups", CheckOutcome.FAILED, "test 4: no_answer")]
    sums = {r.device: (r.outcome, r.message) for r in summary(loop)}
    assert sums == {
        "id_card": (CheckOutcome.PASSED, "3 tests, 0 failed"),
        "ups": (CheckOutcome.FAILED, "3 tests, 1 failed"),
    }


def test_a_loop_takes_no_notice_of_another_devices_report() -> None:
    loop = LoopCheck(("id_card", "ups"))
    assert reported(loop, report("ups")) == (loop, None)


def test_a_terminal_whose_devices_work_and_were_checked_is_ready() -> None:
    judged = readiness(NOW, MACHINE, [device("id_card")], [passed(1, "id_card")])
    assert (judged.verdict, judged.findings) == (Verdict.READY, ())


def test_a_device_that_was_never_checked_limits_the_verdict() -> None:
    judged = readiness(NOW, MACHINE, [device("id_card"), device("ups")], [passed(1, "id_card")])
    assert judged.verdict is Verdict.LIMITED
    assert [(f.about, f.code) for f in judged.findings] == [("ups", "never_tested")]


def test_a_check_of_long_ago_does_not_count_for_tonight() -> None:
    old = passed(1, "id_card", NOW - timedelta(days=8))
    judged = readiness(NOW, MACHINE, [device("id_card")], [old])
    assert [f.code for f in judged.findings] == ["tested_long_ago"]


def test_the_newest_record_of_a_check_counts_and_not_the_one_before() -> None:
    failed = CheckRecord(1, NOW, CheckResult("id_card", "self_test", CheckOutcome.FAILED, "no_answer"))
    assert readiness(NOW, MACHINE, [device("id_card")], [failed, passed(2, "id_card")]).verdict is Verdict.READY
    judged = readiness(NOW, MACHINE, [device("id_card")], [passed(1, "id_card"), replace(failed, number=2)])
    assert [f.code for f in judged.findings] == ["test_failed self_test #2"]


def test_a_terminal_on_which_nobody_can_show_who_they_are_is_not_ready() -> None:
    gone = device("id_card", detail="port_missing", health=Health.NO_DEVICE)
    assert readiness(NOW, MACHINE, [gone], [passed(1, "id_card")]).verdict is Verdict.NOT_READY


def test_a_closed_intake_stops_the_terminal_and_a_silent_centre_limits_it() -> None:
    closed = readiness(NOW, replace(MACHINE, intake_open=False), [device("id_card")], [passed(1, "id_card")])
    assert closed.verdict is Verdict.NOT_READY
    silent = readiness(NOW, replace(MACHINE, centre_reachable=False), [device("id_card")], [passed(1, "id_card")])
    assert silent.verdict is Verdict.LIMITED
