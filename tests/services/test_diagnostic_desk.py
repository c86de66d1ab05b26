"""The desk behind checks: what it asks of devices, and what comes back when something breaks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from kiosk.diagnostics.guided import JOB, SESSION, Lamp, RunSelfTest, Start, Stop
from kiosk.domain.devices import DeviceStatus, Health, PrintOutcome, PrintUpdate, SelfTestReport, Supply
from kiosk.domain.diagnostics import CheckOutcome, CheckRecord, CheckResult, Machine, Readiness, TraceRow
from kiosk.domain.paper import Feed, Paper
from kiosk.flow.events import ChecksRead, FlowEvent, ReadinessMade, SelfTested, Traced
from kiosk.services.diagnostic_desk import DiagnosticDesk
from tests.services.test_desks import AtOnce, HeldClock

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PAPER = Paper(576, (Feed(1),))


class Hub:
    """Devices that keep what they were asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.broken = False
        self.sinks: dict[str, Callable[[TraceRow], None] | None] = {}

    def statuses(self) -> tuple[DeviceStatus, ...]:
        return (DeviceStatus("id_card", "sam", "", Health.ONLINE, Supply.UNKNOWN, "ok", None, NOW),)

    def self_test(self, name: str) -> SelfTestReport:
        if self.broken:
            raise RuntimeError("a bug")
        return SelfTestReport(name, ok=True, detail="ok", at=NOW)

    def trace(self, name: str, sink: Callable[[TraceRow], None] | None) -> None:
        self.sinks[name] = sink

    def print_paper(self, job_id: str, paper: Paper) -> None:
        if self.broken:
            raise RuntimeError("a bug")
        self.asked.append(("print_paper", job_id, paper))

    def print_document(self, job_id: str, pdf: bytes) -> None:
        self.asked.append(("print_document", job_id, pdf))

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args: self.asked.append((name, *args))


class Book:
    """Records in memory; a disk that can refuse."""

    def __init__(self) -> None:
        self.kept: list[CheckRecord] = []
        self.refuses = False

    def add(self, result: CheckResult, at: datetime) -> CheckRecord:
        if self.refuses:
            raise OSError("a full disk")
        self.kept.append(CheckRecord(len(self.kept) + 1, at, result))
        return self.kept[-1]

    def records(self) -> tuple[CheckRecord, ...]:
        return tuple(self.kept)


class Papers:
    """Draws nothing much."""

    def trial_slip(self, at: datetime) -> Paper:
        return PAPER

    def trial_page(self, at: datetime) -> bytes:
        return b"%PDF-"

    def readiness_slip(self, report: Readiness) -> Paper:
        return PAPER


class Shelf:
    """Keeps reports in memory; a disk that can refuse."""

    def __init__(self) -> None:
        self.kept: list[Readiness] = []
        self.refuses = False

    def machine(self) -> Machine:
        return Machine("YP0001", "nanan", (), True, 0, 0, None, 50_000_000_000, True)

    def keep(self, report: Readiness) -> str:
        if self.refuses:
            raise OSError("a full disk")
        self.kept.append(report)
        return "/reports"


class Scene:
    """One desk and everything around it."""

    def __init__(self) -> None:
        self.hub, self.book, self.shelf = Hub(), Book(), Shelf()
        self.events: list[FlowEvent] = []
        self.desk = DiagnosticDesk(
            self.hub,  # type: ignore[arg-type]
            self.book,
            Papers,
            self.shelf,
            AtOnce(),  # type: ignore[arg-type]
            HeldClock(),  # type: ignore[arg-type]
            self.events.append,
        )


@pytest.mark.parametrize(
    ("device", "begun", "ended"),
    [
        ("id_card", ("read_card", SESSION), ("cancel_card",)),
        ("code_scanner", ("scan_code", SESSION), ("cancel_scan",)),
        ("document_camera", ("capture_document", SESSION), ("cancel_capture",)),
        ("document_printer", ("print_document", JOB, b"%PDF-"), ("cancel_documents",)),
        ("receipt_printer", ("print_paper", JOB, PAPER), None),
    ],
)
def test_each_device_is_started_and_stopped_in_its_own_words(
    device: str, begun: tuple[object, ...], ended: tuple[object, ...] | None
) -> None:
    scene = Scene()
    scene.desk.perform(Start(device))
    scene.desk.perform(Stop(device))
    assert scene.hub.asked == [begun] + ([ended] if ended else [])


def test_a_lamp_is_lit_and_darkened() -> None:
    scene = Scene()
    scene.desk.perform(Lamp("id_card"))
    scene.desk.perform(Lamp(None))
    assert scene.hub.asked == [("guide_to", "id_card"), ("guide_to", None)]


def test_a_self_test_that_breaks_has_failed(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    scene.hub.broken = True
    scene.desk.perform(RunSelfTest("id_card"))
    answer = scene.events[0]
    assert isinstance(answer, SelfTested)
    assert (answer.report.name, answer.report.ok) == ("id_card", False)


def test_a_slip_that_cannot_be_printed_is_told_as_failed(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    scene.hub.broken = True
    scene.desk.perform(Start("receipt_printer"))
    assert scene.events == [PrintUpdate(JOB, PrintOutcome.FAILED, "layout")]


def test_a_result_is_numbered_and_the_book_comes_back() -> None:
    scene = Scene()
    result = CheckResult("id_card", "self_test", CheckOutcome.PASSED, "ok")
    scene.desk.write_down(result)
    assert scene.events == [ChecksRead(scene.book.records())]
    assert scene.book.kept[0].result == result


def test_a_disk_that_refuses_a_record_leaves_the_page_alive(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    scene.book.refuses = True
    scene.desk.write_down(CheckResult("id_card", "self_test", CheckOutcome.PASSED, "ok"))
    assert scene.events == [ChecksRead(())]


def test_a_report_is_kept_and_told_and_one_that_cannot_be_kept_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    scene.desk.make_report()
    scene.shelf.refuses = True
    scene.desk.make_report()
    kept, told = scene.events
    assert isinstance(kept, ReadinessMade)
    assert isinstance(told, ReadinessMade)
    assert kept.report == scene.shelf.kept[0]
    assert (kept.folder, told.folder) == ("/reports", "")


def test_only_one_device_is_traced_at_a_time_and_none_after_the_end() -> None:
    scene = Scene()
    scene.desk.trace("id_card")
    scene.desk.trace("ups")
    assert scene.hub.sinks["id_card"] is None
    sink = scene.hub.sinks["ups"]
    assert sink is not None
    row = TraceRow("ups", 1.0, True, 3, "abc")
    sink(row)
    assert scene.events == [Traced(row)]
    scene.desk.trace(None)
    assert scene.hub.sinks["ups"] is None
