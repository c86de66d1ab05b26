"""The technician's pages behind the first one: a device, its guided check, the loop, the trace, the report."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kiosk.diagnostics.guided import JOB, SESSION, RunSelfTest, Start, Stop
from kiosk.domain.devices import CardRead, CardRemoved, PrintOutcome, PrintUpdate, SelfTestReport
from kiosk.domain.diagnostics import (
    CheckOutcome,
    CheckRecord,
    CheckResult,
    Finding,
    Machine,
    Readiness,
    TraceRow,
    Verdict,
)
from kiosk.flow.effects import Diagnose, MakeReadiness, PrintReadiness, Trace, WriteDown
from kiosk.flow.events import ChecksRead, PinAccepted, PinRefused, ReadinessMade, SelfTested, Tick, Traced
from kiosk.flow.view import CheckBody, PinBody
from tests.flow.world import CARD, Visit, whole

NOW = datetime(2026, 11, 22, tzinfo=UTC)
REPORT = Readiness(
    NOW,
    Verdict.LIMITED,
    (Finding("ups", "never_tested"), Finding("centre", "not_reachable")),
    Machine("YP0001", "nanan", (), False, 0, 0, None, 1, True),
    (),
    (),
)


def technician() -> Visit:
    visit = Visit(whole())
    visit.feed(*(touch("staff.corner") for _ in range(5)))
    visit.feed(PinAccepted())
    assert visit.step == "diagnostics"
    visit.effects.clear()
    return visit


def test_digits_touched_while_the_last_pin_is_checked_are_not_lost() -> None:
    visit = Visit(whole())
    visit.feed(*(touch("staff.corner") for _ in range(5)))
    visit.feed(*(touch(name) for name in ("key.1", "key.2", "action.next", "key.3", "key.4")))
    visit.feed(PinRefused(0, False))
    body = visit.view.body
    assert isinstance(body, PinBody)
    assert body.message is not None
    assert visit.state.staff.pin == "34"
    visit.feed(PinRefused(30, False))
    assert visit.state.staff.pin == ""


def touch(name: str) -> object:
    from kiosk.flow.events import Touched

    return Touched(name)


def body(visit: Visit) -> CheckBody:
    shown = visit.view.body
    assert isinstance(shown, CheckBody)
    return shown


def report(name: str, *, ok: bool = True) -> SelfTested:
    return SelfTested(SelfTestReport(name, ok, "ok", NOW))


def test_a_guided_check_of_the_reader_runs_on_the_page_and_writes_each_step_down() -> None:
    visit = technician().touch("device.id_card", "check.id_card")
    assert visit.step == "checking"
    assert Diagnose(RunSelfTest("id_card")) in visit.effects
    visit.feed(report("id_card"), CardRead(SESSION, CARD), CardRemoved(SESSION))
    written = [effect.result for effect in visit.effects if isinstance(effect, WriteDown)]
    assert [(r.test, r.outcome) for r in written] == [
        ("self_test", CheckOutcome.PASSED),
        ("card_read", CheckOutcome.PASSED),
        ("card_removed", CheckOutcome.PASSED),
    ]
    assert CARD.name not in repr(visit.view.body)
    visit.touch("action.done")
    assert visit.step == "device"


def test_a_resident_card_that_comes_late_is_no_answer_to_a_check() -> None:
    visit = technician().touch("device.id_card", "check.id_card").feed(report("id_card"))
    before = visit.state
    visit.feed(CardRead("5e55", CARD))
    assert visit.state.staff == before.staff


def test_what_only_a_person_can_see_asks_yes_or_no() -> None:
    visit = technician().touch("device.receipt_printer", "check.receipt_printer")
    names = {key.name for key in body(visit).keys}
    assert names == {"answer.no", "answer.skip"}
    visit.feed(report("receipt_printer"), PrintUpdate(JOB, PrintOutcome.CONFIRMED))
    assert "answer.yes" in {key.name for key in body(visit).keys}
    visit.touch("answer.yes")
    assert visit.view.primary is not None


def test_leaving_a_check_stops_the_device() -> None:
    visit = technician().touch("device.code_scanner", "check.code_scanner").feed(report("code_scanner"))
    assert Diagnose(Start("code_scanner")) in visit.effects
    visit.touch("action.back")
    assert Diagnose(Stop("code_scanner")) in visit.effects
    assert visit.step == "device"


def test_a_check_that_nobody_attends_ends_and_then_the_log_in_ends_and_stops_everything() -> None:
    visit = technician().touch("device.code_scanner", "check.code_scanner").feed(report("code_scanner"))
    visit.state = replace(visit.state, mono=visit.state.mono + 61)
    visit.feed(Tick())
    assert [e.result.message for e in visit.effects if isinstance(e, WriteDown)][-1] == "timeout"
    visit.state = replace(visit.state, mono=visit.state.mono + 301)
    visit.feed(Tick())
    assert visit.step == "attract"
    assert visit.state.staff.check is None


def test_a_loop_goes_on_without_a_touch_and_its_sum_is_written_when_it_is_stopped() -> None:
    visit = technician().touch("device.ups", "loop.ups")
    for _ in range(4):
        visit.state = replace(visit.state, mono=visit.state.mono + 200)
        visit.feed(Tick(), report("ups"))
    assert visit.step == "looping"
    visit.touch("action.done")
    assert visit.step == "device"
    sums = [effect.result for effect in visit.effects if isinstance(effect, WriteDown)]
    assert [(s.device, s.message) for s in sums] == [("ups", "4 tests, 0 failed")]


def test_the_loop_over_all_devices_takes_turns_and_comes_back_to_the_first_page() -> None:
    visit = technician().touch("loop.all")
    order = []
    for _ in range(7):
        order.append([e.command.device for e in visit.effects if isinstance(e, Diagnose)][-1])  # type: ignore[union-attr]
        visit.feed(report(order[-1]))
    assert sorted(order) == sorted(visit.state.world.devices)
    visit.touch("action.done")
    assert visit.step == "diagnostics"


def test_a_trace_shows_the_newest_lines_and_ends_with_the_page() -> None:
    visit = technician().touch("device.ups", "trace.start")
    assert Trace("ups") in visit.effects
    visit.feed(*(Traced(TraceRow("ups", float(n), n % 2 == 0, 3, f"line {n}")) for n in range(40)))
    visit.feed(Traced(TraceRow("id_card", 50.0, True, 3, "another device")))
    lines = body(visit).lines
    assert lines[-1].endswith("line 39")
    assert len(lines) == 16
    visit.touch("action.back")
    assert visit.effects[-3:].count(Trace(None)) == 1


def test_records_of_a_device_stand_on_its_page_newest_first() -> None:
    visit = technician().touch("device.ups")
    records = tuple(
        CheckRecord(n, NOW, CheckResult("ups" if n % 2 else "id_card", "self_test", CheckOutcome.PASSED, "ok"))
        for n in range(1, 30)
    )
    visit.feed(ChecksRead(records))
    labels = [row.label for row in body(visit).rows if row.label.startswith("#")]
    assert [label.split()[0] for label in labels] == ["#29", "#27", "#25", "#23", "#21", "#19"]


def test_the_report_shows_its_verdict_and_reasons_and_can_be_printed() -> None:
    visit = technician().touch("readiness.make")
    assert MakeReadiness() in visit.effects
    visit.feed(ReadinessMade(REPORT, "/reports"))
    assert [row.value for row in body(visit).rows] == ["never_tested", "not_reachable"]
    visit.touch("readiness.print")
    assert PrintReadiness(REPORT) in visit.effects
    visit.feed(PrintUpdate("readiness", PrintOutcome.CONFIRMED))
    notice = body(visit).notice
    assert notice is not None
    assert "已打印" in notice.text


def test_a_report_that_could_not_be_made_says_so() -> None:
    visit = technician().touch("readiness.make").feed(ReadinessMade(None, ""))
    notice = body(visit).notice
    assert notice is not None
    assert "没有生成" in notice.title


@pytest.mark.parametrize("device", sorted(whole().world.devices))
def test_every_device_has_a_page_and_a_check_with_a_way_back(device: str) -> None:
    visit = technician().touch(f"device.{device}")
    assert any(key.name == "action.back" for key in visit.pressable())
    visit.touch(f"check.{device}")
    while visit.step == "checking" and body(visit).keys:
        visit.touch("answer.skip")
    assert visit.view.primary is not None
