"""``advance`` is total: whatever happens in whatever order, there is a next state and a screen for it."""

from __future__ import annotations

import random

import pytest

from kiosk.domain.devices import (
    DEVICE_NAMES,
    CaptureAdvice,
    CaptureFailed,
    CaptureStage,
    CaptureUpdate,
    CardFailed,
    CardFailure,
    CardRead,
    CardRemoved,
    CardStillThere,
    CodeScanned,
    DocumentCaptured,
    DoorChanged,
    HeadsetChanged,
    Health,
    MrzRead,
    PersonNear,
    Power,
    PowerChanged,
    PrintOutcome,
    PrintUpdate,
    StatusChanged,
    UnlistedDevice,
)
from kiosk.domain.parked import KEPT, Parked
from kiosk.flow.advance import STEPS
from kiosk.flow.events import (
    CommitFailed,
    FlowEvent,
    HandSeen,
    IntakeChanged,
    LicencesFound,
    LicencesUnavailable,
    ParkingFailed,
    ParkingKnown,
    RecordFound,
    RecordUnavailable,
    SheetReady,
    Signed,
    SitesLoaded,
    SlotsFound,
    SlotsUnavailable,
    Tick,
    Touched,
    Typed,
    VisitFound,
    VisitLost,
    WaitOver,
    WatchOver,
    WorkParked,
    WorkTaken,
)
from kiosk.flow.laying_aside import to_park
from kiosk.flow.state import FlowState
from tests.flow import putting_by
from tests.flow.world import CARD, MALL, NOON, PAGE, PASSPORT, STROKES, Visit, device, fresh, whole
from tests.more_packages import samples


def some_event(visit: Visit, chance: random.Random) -> FlowEvent:
    """Mostly what a hand can do on this page, sometimes anything at all."""
    session = visit.state.session.id if visit.state.session else "none"
    enabled = [key.name for key in visit.pressable() if key.enabled and key.name not in ("action.exit", "action.leave")]
    if enabled and chance.random() < 0.7:
        return Touched(chance.choice(enabled))
    active = visit.state.active or "residence.address"
    return chance.choice(
        [
            Typed(active, chance.choice(["", "柳桥路77号", "13800138000", "x" * 3000, "339999199104169828", "\u202e"])),
            Signed(900, 400, STROKES),
            Tick(),
            HandSeen(),
            CardRead(session, CARD),
            CardFailed(session, CardFailure.UNREADABLE),
            CardRemoved(session),
            StatusChanged(device("id_card", chance.choice([Health.ONLINE, Health.OFFLINE]))),
            LicencesFound(session, {}),
            LicencesUnavailable(session),
            CommitFailed(session, "io"),
            WaitOver(session),
            IntakeChanged(chance.random() < 0.8),
            Touched(chance.choice(["action.language", "action.help", "action.exit", "action.leave", "no.such.key"])),
        ]
    )


def some_part(visit: Visit, chance: random.Random) -> FlowEvent:
    """Anything that the parts of a whole terminal can say."""
    session = visit.state.session.id if visit.state.session else "none"
    job = visit.state.session.sheet_job if visit.state.session else None
    return chance.choice(
        [
            StatusChanged(device(chance.choice(DEVICE_NAMES), chance.choice([Health.ONLINE, Health.OFFLINE]))),
            CaptureUpdate(session, chance.choice(list(CaptureStage)), chance.choice([None, *CaptureAdvice]), b"x"),
            DocumentCaptured(session, PAGE),
            CaptureFailed(session, "no_answer"),
            MrzRead(session, PASSPORT),
            CardStillThere(session),
            SheetReady(session, "d1"),
            PrintUpdate(job or "d1", chance.choice(list(PrintOutcome)), "paper_out"),
            PowerChanged(chance.choice(list(Power))),
            DoorChanged(chance.random() < 0.2),
            PersonNear(chance.random() < 0.5),
            HeadsetChanged(chance.random() < 0.5),
            SitesLoaded(chance.choice([(), (MALL,)])),
            UnlistedDevice("usb 046d:c31c keyboard", chance.random() < 0.5),
        ]
    )


@pytest.mark.parametrize("seed", range(40))
def test_any_order_of_events_always_leaves_a_page_with_a_way_on(seed: int) -> None:
    chance, visit = random.Random(seed), Visit(whole() if seed % 2 else None)
    for _ in range(250):
        parts = seed % 2 and chance.random() < 0.3
        visit.feed(some_part(visit, chance) if parts else some_event(visit, chance))
        view = visit.view
        assert view.step in STEPS
        assert view.title
        if view.rail:  # on any page the language is a key, or one key away
            assert {"action.language", "action.display"} & {key.name for key in view.rail}
        if visit.step not in ("submit", "wiped", "maintenance"):
            assert any(key.enabled for key in visit.pressable()), visit.step
        if visit.step == "submit":
            visit.commit()
            assert visit.state.session is not None
            visit.feed(WaitOver(visit.state.session.id))


@pytest.mark.parametrize("seed", range(12))
def test_any_order_of_answers_about_records_and_free_times_leaves_a_page_with_a_way_on(seed: int) -> None:
    chance, visit = random.Random(seed), Visit(whole(packages=samples()))
    for _ in range(250):
        session = visit.state.session.id if visit.state.session else "none"
        asked = visit.state.session.slots_office if visit.state.session else ""
        answers = [
            RecordFound(session, {"social_insurance_months": chance.choice([0, 14])}, visit.state.today),
            RecordUnavailable(session),
            SlotsFound(session, asked, {"2026-11-25": {"09:00": chance.choice([0, 2])}}),
            SlotsUnavailable(session),
            WatchOver(session),
        ]
        visit.feed(chance.choice(answers) if chance.random() < 0.2 else some_event(visit, chance))
        assert visit.view.title
        if visit.step not in ("submit", "wiped", "maintenance"):
            assert any(key.enabled for key in visit.pressable()), visit.step
        if visit.step == "submit":
            visit.commit()
            visit.feed(WaitOver(visit.session))


@pytest.mark.parametrize("seed", range(10))
def test_any_order_of_saving_taking_up_and_going_on_leaves_a_page_with_a_way_on(seed: int) -> None:
    chance, draft = random.Random(seed), putting_by.read_back(to_park(putting_by.at_the_form().state))
    parked = Parked(putting_by.CARRY_ON, "x", 1, "", {"zh-Hans": "事项"}, NOON + KEPT)
    visit = putting_by.interrupted() if seed % 2 else putting_by.at_the_form()
    for _ in range(250):
        session = visit.state.session.id if visit.state.session else "none"
        events = [
            WorkParked(session, parked),
            ParkingFailed(session, "io"),
            WorkTaken(session, draft, putting_by.CLAIMED),
            VisitFound(session, draft),
            VisitLost(session),
            ParkingKnown(chance.random() < 0.9),
            CodeScanned(session, putting_by.CARRY_ON.code.encode()),
            CardRead(session, CARD),
            Touched("action.park"),
            Touched("action.discard"),
            Touched("action.exit"),
            Tick(),
        ]
        visit.feed(chance.choice(events) if chance.random() < 0.5 else some_event(visit, chance))
        assert visit.view.title
        if visit.step not in ("submit", "parking", "wiped", "maintenance"):
            assert any(key.enabled for key in visit.pressable()), visit.step
        if visit.step == "submit":
            visit.commit()
            visit.feed(WaitOver(visit.session))
        if visit.step in ("wiped", "attract"):
            assert (visit.state.session, visit.state.parking, visit.state.returning) == (None, None, None)


@pytest.mark.parametrize("step", sorted(STEPS.by_name))
def test_every_step_drops_events_it_does_not_know(step: str) -> None:
    visit = Visit().to_form()
    state: FlowState = visit.state if step not in ("attract", "wiped", "staff_pin", "diagnostics") else fresh()
    assert STEPS[step].handle(state, Touched("no.such.key")) is None
