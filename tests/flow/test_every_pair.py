"""Every step and every kind of event: all of them are thrown at all pages, with the right session and with no sense.

The random walks of test_total go where chance leads; here each (step, event) pair is met on purpose. None may be
missing: a new step needs a place in PLACES, a new event a line in ``events``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

import pytest

from kiosk.diagnostics.guided import SESSION as CHECKS
from kiosk.domain.case import CaseAnswer
from kiosk.domain.devices import (
    CaptureAdvice,
    CaptureFailed,
    CaptureStage,
    CaptureUpdate,
    CardFailed,
    CardFailure,
    CardPresent,
    CardRead,
    CardRemoved,
    CardStillThere,
    CodeRefusal,
    CodeRefused,
    CodeScanned,
    DocumentCaptured,
    DoorChanged,
    HeadsetChanged,
    Health,
    KeypadButton,
    KeypadPressed,
    MrzRead,
    PersonNear,
    Power,
    PowerChanged,
    PrintOutcome,
    PrintUpdate,
    SelfTestReport,
    StatusChanged,
    Supply,
    UnlistedDevice,
)
from kiosk.domain.diagnostics import CheckOutcome, CheckRecord, CheckResult, TraceRow
from kiosk.domain.parked import KEPT, Parked
from kiosk.domain.session import Draft, Filing, Subject
from kiosk.domain.speech import Spoke, VoiceChanged
from kiosk.domain.usage import DayCount, Ending, Share, Summary
from kiosk.flow.advance import STEPS
from kiosk.flow.events import (
    CaseAnswered,
    CatalogueLoaded,
    CentreReachable,
    ChecksRead,
    CodeAccepted,
    CodeRejected,
    CommitFailed,
    Committed,
    DatePicked,
    FlowEvent,
    HandSeen,
    IntakeChanged,
    LicencesFound,
    LicencesUnavailable,
    OutboxCounted,
    ParkingFailed,
    ParkingKnown,
    PinAccepted,
    PinRefused,
    Pointed,
    ReadinessMade,
    ReceiptReady,
    RecordFound,
    RecordUnavailable,
    SelfTested,
    SheetReady,
    Signed,
    SitesLoaded,
    SlotsFound,
    SlotsUnavailable,
    Started,
    Tick,
    Touched,
    Traced,
    Typed,
    UsageRead,
    VisitFound,
    VisitLost,
    WaitOver,
    WatchOver,
    WorkFound,
    WorkParked,
    WorkRefused,
    WorkTaken,
)
from kiosk.flow.laying_aside import to_park
from tests.flow import coming_back, putting_by
from tests.flow.test_part_lost import PLACES, certified, technician
from tests.flow.test_staff_pages import REPORT
from tests.flow.world import CARD, MALL, NOON, PACKAGES, PAGE, PASSPORT, STROKES, Visit, device

ALL_PLACES = PLACES | {
    "device": lambda: technician().touch("device.id_card"),
    "checking": lambda: technician().touch("device.id_card", "check.id_card"),
    "looping": lambda: technician().touch("device.ups", "loop.ups"),
    "readiness": lambda: technician().touch("readiness.make").feed(ReadinessMade(REPORT, "")),
    "usage": lambda: technician().touch("usage.open"),
}
"""A place of every step, and of several conditions of some."""

USED = Summary((DayCount(NOON.date(), True, 3),), {Ending.FINISHED: 3}, (), {"x": Share(1, 2)})
CHECK = CheckRecord(1, NOON, CheckResult("ups", "quick", CheckOutcome.PASSED, "ok"))


@cache
def filing() -> Filing:
    """A case as a store keeps it."""
    session = certified().state.session
    assert session is not None
    assert session.filing is not None
    return session.filing


@cache
def draft() -> Draft:
    """Work that was put by."""
    return putting_by.read_back(to_park(putting_by.at_the_form().state))


@cache
def place(name: str) -> Visit:
    """Built once; what is thrown at it is thrown at a copy."""
    return ALL_PLACES[name]()


def events(visit: Visit) -> Iterator[FlowEvent]:
    """Each kind of event at least once, as it would come to this visit."""
    state = visit.state
    session = state.session.id if state.session else CHECKS
    item = (state.session.item_id if state.session else None) or ""
    field = state.active or "residence.address"
    case = filing().main.case_id
    parked = Parked(putting_by.CARRY_ON, "x", 1, "", {"zh-Hans": "事项", "en": "Item"}, NOON + KEPT)

    for name in (*{key.name for key in visit.pressable()}, "no.such.key", "staff.corner", "action.leave", "mode.elder",
                 "mode.speech", "speech.again", "speech.louder", "speech.quieter"):  # fmt: skip
        yield Touched(name)
    yield from (Pointed("action.next", "x", 1, 2, moved) for moved in (True, False))
    yield from (VoiceChanged(("zh-Hans", "en")), VoiceChanged(()), Spoke(), Spoke(last=True))
    yield from (Typed(field, text) for text in ("", "柳桥路77号", "x" * 3000, "\u202e"))
    yield from (DatePicked(field, day) for day in ("2026-11-30", "not a day"))
    yield from (Signed(900, 400, STROKES), Signed(0, 0, ()), HandSeen(), Tick(), Started(session))
    for name in ("id_card", "code_scanner", "receipt_printer", "ups"):
        yield StatusChanged(device(name, Health.OFFLINE))
        yield StatusChanged(device(name, supply=Supply.OUT))
    yield from (CardPresent(session), CardRead(session, CARD), CardStillThere(session), CardRemoved(session))
    yield from (CardFailed(session, reason) for reason in CardFailure)
    yield from (CodeScanned(session, code) for code in (b"", b"YPC1.a.b", coming_back.CODE.encode(), b"\xff" * 300))
    yield from (CodeRefused(session, reason) for reason in CodeRefusal)
    yield MrzRead(session, PASSPORT)
    for job in {state.session and state.session.sheet_job, "r1", "d1", "s1"} - {None}:
        yield from (PrintUpdate(str(job), outcome, "paper_out") for outcome in PrintOutcome)
    yield from (CaptureUpdate(session, stage, CaptureAdvice.GLARE, b"x") for stage in CaptureStage)
    yield from (DocumentCaptured(session, PAGE), CaptureFailed(session, "no_answer"))
    yield from (DoorChanged(True), DoorChanged(False), PersonNear(True), PersonNear(False))
    yield from (HeadsetChanged(True), HeadsetChanged(False))
    yield from (KeypadPressed(button, True) for button in KeypadButton)
    yield from (PowerChanged(power) for power in Power)
    yield from (UnlistedDevice("usb 046d:c31c keyboard", there) for there in (True, False))
    yield from (CatalogueLoaded(PACKAGES), CatalogueLoaded((), ("x/y: z",)), SitesLoaded((MALL,)), SitesLoaded(()))
    yield from (CentreReachable(True), CentreReachable(False), IntakeChanged(False), IntakeChanged(False, broken=True))
    subject = Subject(CARD.name, CARD.number, {})
    yield from (CodeAccepted(session, subject, "A"), CodeRejected(session, "expired"))
    yield from (LicencesFound(session, {}, item), LicencesUnavailable(session, item))
    yield from (
        RecordFound(session, {"social_insurance_months": 14}, state.today, item),
        RecordUnavailable(session, item),
    )
    yield from (SlotsFound(session, "x", {"2026-11-25": {"09:00": 2}}), SlotsUnavailable(session))
    yield from (WorkFound(session, coming_back.work(kind)) for kind in ("status", "supplement", "party"))
    yield from (WorkRefused(session, reason) for reason in ("unknown", "not_yours", "locked", "away", "unreadable"))
    yield from (ParkingKnown(True), ParkingKnown(False), WorkParked(session, parked), ParkingFailed(session, "io"))
    yield from (WorkTaken(session, draft(), putting_by.CLAIMED), VisitFound(session, draft()), VisitLost(session))
    yield from (VisitFound(session, draft(), filing()), Committed(session, filing()))
    yield from (CommitFailed(session, reason) for reason in ("disk_full", "read_only", "io", "damaged"))
    for status in ("accepted", "granted", "refused", "referred", "ticketed"):
        yield CaseAnswered(CaseAnswer(case, status, NOON, "YP1"))
    yield from (WaitOver(session), WatchOver(session), SheetReady(session, "d1"))
    yield from (ReceiptReady(session, "r1", ("line",)), ReceiptReady(session, "s1", ("line",), slip=True))
    yield from (PinAccepted(), PinRefused(0), PinRefused(30), PinRefused(0, unset=True))
    yield from (SelfTested(SelfTestReport("ups", ok, "ok", NOON)) for ok in (True, False))
    yield from (
        OutboxCounted(1, 0, 2, 60),
        ChecksRead((CHECK,)),
        UsageRead(USED),
        Traced(TraceRow("ups", 1.0, True, 2, "x")),
    )
    yield from (ReadinessMade(REPORT, "/x"), ReadinessMade(None, ""))


def kinds(part: Any = FlowEvent) -> set[type]:
    """Every kind of event there is."""
    return {kind for each in get_args(part) for kind in (kinds(each) if get_args(each) else {each})}


@pytest.mark.parametrize("name", ALL_PLACES)
def test_whatever_happens_on_a_page_leaves_a_page_that_can_be_shown(name: str) -> None:
    before = place(name)
    for event in events(before):
        visit = copy.copy(before)
        visit.effects = []
        visit.feed(event, Tick())

        assert visit.state.step in STEPS, event
        assert visit.view.title, event


def test_no_pair_of_step_and_event_is_missing() -> None:
    met = {(visit.state.step, type(event)) for visit in map(place, ALL_PLACES) for event in events(visit)}
    missing = sorted(f"{step} {kind.__name__}" for step in STEPS.by_name for kind in kinds() if (step, kind) not in met)

    assert not missing
