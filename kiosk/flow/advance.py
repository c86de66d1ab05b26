"""``advance(state, event)``: pure and total. What concerns every page is handled here, first and in one place.

Global: languages, help, leaving, idle, power and door, devices and the catalogue changing, answers that come too late.
Everything else goes to the step the state is at. Between confirm and the store's answer nothing can leave, and a commit
result is never dropped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.diagnostics.guided import SESSION as CHECKS
from kiosk.domain import devices
from kiosk.domain.devices import (
    CaptureFailed,
    CaptureUpdate,
    CardFailed,
    CardPresent,
    CardRead,
    CardRemoved,
    CardStillThere,
    CodeRefused,
    CodeScanned,
    DocumentCaptured,
    DoorChanged,
    HeadsetChanged,
    MrzRead,
    PersonNear,
    Power,
    PowerChanged,
    PrintUpdate,
    StatusChanged,
    UnlistedDevice,
)
from kiosk.domain.modes import MODE_NAMES
from kiosk.domain.parked import Claimed
from kiosk.domain.speech import Spoke, VoiceChanged
from kiosk.flow import identity, laying_aside, licences, listening, sheet, slip, slots, tongue
from kiosk.flow.activities import (
    book,
    cannot,
    capture,
    checklist,
    consent,
    form,
    guide,
    hand_back,
    hand_over,
    identify,
    lookup,
    materials,
    parties,
    party_identify,
    party_sees,
    party_sign,
    precheck,
    rate,
    receipt,
    result,
    review,
    scenario,
    sign,
    submit,
)
from kiosk.flow.comeback import (
    carry_on,
    follow_result,
    follow_review,
    no_work,
    owed,
    parking,
    resume,
    take_up,
    take_up_identify,
    tracking,
    work_sees,
    work_sign,
)
from kiosk.flow.comeback.route import route
from kiosk.flow.effects import Effect, Record, ReleaseWork, Sound
from kiosk.flow.events import (
    CatalogueLoaded,
    CentreReachable,
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
    ParkingFailed,
    ParkingKnown,
    ReceiptReady,
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
    WorkFound,
    WorkParked,
    WorkRefused,
    WorkTaken,
)
from kiosk.flow.frame import (
    attract,
    checking,
    device,
    diagnostics,
    elsewhere,
    home,
    items,
    language,
    looping,
    maintenance,
    out_of_service,
    readiness,
    search,
    staff,
    usage,
    wiped,
)
from kiosk.flow.machine import Direction, Outcome, Steps
from kiosk.flow.state import FlowState, StaffState, Transition, World

STEPS = Steps(
    {
        "attract": attract,
        "language": language,
        "home": home,
        "search": search,
        "items": items,
        "elsewhere": elsewhere,
        "take_up": take_up,
        "take_up_identify": take_up_identify,
        "no_work": no_work,
        "parking": parking,
        "carry_on": carry_on,
        "resume": resume,
        "tracking": tracking,
        "owed": owed,
        "work_sees": work_sees,
        "work_sign": work_sign,
        "follow_review": follow_review,
        "follow_result": follow_result,
        "guide": guide,
        "scenario": scenario,
        "cannot": cannot,
        "checklist": checklist,
        "consent": consent,
        "identify": identify,
        "lookup": lookup,
        "form": form,
        "book": book,
        "materials": materials,
        "capture": capture,
        "precheck": precheck,
        "sign": sign,
        "parties": parties,
        "hand_over": hand_over,
        "party_identify": party_identify,
        "party_sees": party_sees,
        "party_sign": party_sign,
        "hand_back": hand_back,
        "review": review,
        "submit": submit,
        "result": result,
        "receipt": receipt,
        "rate": rate,
        "wiped": wiped,
        "staff_pin": staff,
        "diagnostics": diagnostics,
        "device": device,
        "checking": checking,
        "looping": looping,
        "readiness": readiness,
        "usage": usage,
        "maintenance": maintenance,
        "out_of_service": out_of_service,
    }
)
NOBODY = frozenset({"attract", "wiped", "maintenance", "out_of_service"})
STAFF = frozenset({"staff_pin", "diagnostics", "device", "checking", "looping", "readiness", "usage"})
KNOCK = frozenset({"attract", "maintenance", "out_of_service"})
ENDED = frozenset({"receipt", "rate", "carry_on"})
OWN_TIME = frozenset({"parking", "carry_on", "resume"})
"""Steps that end by themselves: nobody is asked whether they are still there."""
STAFF_IDLE_S = 300.0
LOW_BATTERY_S = 60.0
"""A visit may go on for so long once the battery runs out; then it ends, while the machine can still wipe it."""
UNLISTED_KEPT = 20
_WARNED_AGAIN = frozenset({20, 10})
"""Seconds left at which the warning sounds once more."""
_MODE_KEYS = frozenset(f"mode.{name}" for name in MODE_NAMES)

_OfSession = (
    CardPresent
    | CardRead
    | CardFailed
    | CardStillThere
    | CardRemoved
    | CodeScanned
    | CodeRefused
    | MrzRead
    | CaptureUpdate
    | DocumentCaptured
    | CaptureFailed
    | CodeAccepted
    | CodeRejected
    | LicencesFound
    | LicencesUnavailable
    | RecordFound
    | RecordUnavailable
    | SlotsFound
    | SlotsUnavailable
    | WorkFound
    | WorkRefused
    | WorkParked
    | ParkingFailed
    | WorkTaken
    | VisitFound
    | VisitLost
    | Committed
    | CommitFailed
    | WaitOver
    | WatchOver
    | ReceiptReady
    | SheetReady
)

_OfItem = LicencesFound | LicencesUnavailable | RecordFound | RecordUnavailable


def advance(state: FlowState, event: FlowEvent) -> Transition:
    """The next state and what is asked of the world. ``state.now`` and ``state.mono`` are the moment of the event."""
    if isinstance(event, CardRemoved):
        # Whoever's card it was: the plate is empty now.
        state = replace(state, world=replace(state.world, card_lies=False))
    if isinstance(event, _OfSession) and event.session != _session_of(state):
        return Transition(state)
    if isinstance(event, _OfItem) and event.item and state.session is not None and event.item != state.session.item_id:
        return Transition(state)
    if isinstance(event, Touched | Typed | DatePicked | Signed | HandSeen) and not (
        # The warning is answered by one of its keys; a hand on its way to "leave" must not take the page away first.
        isinstance(event, HandSeen) and state.overlay == "idle"
    ):
        state = replace(state, touched_mono=state.mono)
    plugged_in = isinstance(event, HeadsetChanged) and event.plugged and not state.world.headset
    if plugged_in or isinstance(event, CardPresent | CodeScanned | MrzRead | DocumentCaptured | PrintUpdate):
        # Putting down a card or a paper, showing a code or plugging in is as good as a touch, and answers the warning.
        # So is paper that comes out: whoever waits for it does nothing else.
        state = replace(state, touched_mono=state.mono, overlay=None if state.overlay == "idle" else state.overlay)
    if isinstance(event, Spoke) and state.overlay != "idle":
        # Whoever is read to listens.
        state = replace(state, touched_mono=state.mono)
    state = _world(state, event)
    outcome = _frame(state, event)
    # A question over the page holds back hands alone: what the world reports happens once and must not be lost.
    if outcome is None and (state.overlay is None or not isinstance(event, Touched | Typed | DatePicked | Signed)):
        outcome = STEPS[state.step].handle(state, event)
    if outcome is None:
        return Transition(state)
    return _settle(state, outcome)


def _session_of(state: FlowState) -> str | None:
    """Whose answers are taken in: the resident's, or those of a technician's check."""
    if state.session is not None:
        return state.session.id
    return CHECKS if state.step == "checking" else None


def held(state: FlowState) -> bool:
    """From confirm until the store has answered nothing leads away."""
    return state.step == "submit"


def _world(state: FlowState, event: FlowEvent) -> FlowState:
    """What changes around the resident, whatever page is up."""
    world = state.world
    match event:
        case StatusChanged(status):
            world = replace(world, devices={**world.devices, status.name: status})
            return replace(state, world=world if status.usable else _forgotten(world, status.name))
        case CatalogueLoaded(packages, refused):
            wanted = world.life_events
            offered = tuple(p for p in packages if not wanted or p.life_event in (*wanted, "everyday"))
            return replace(state, world=replace(world, packages=offered, refused_packages=refused))
        case LicencesFound() | LicencesUnavailable():
            return licences.answered(state, event)
        case RecordFound() | RecordUnavailable():
            return lookup.answered(state, event)
        case SlotsFound() | SlotsUnavailable():
            return slots.answered(state, event)
        case VoiceChanged(spoken):
            return replace(state, world=replace(world, voices=spoken))
        case SitesLoaded(sites):
            return replace(state, world=replace(world, sites=sites))
        case ParkingKnown(possible):
            return replace(state, world=replace(world, parking=possible))
        case CentreReachable(reachable):
            return replace(state, world=replace(world, centre_reachable=reachable))
        case CardStillThere():
            return replace(state, world=replace(world, card_lies=True))
        case DoorChanged(is_open):
            return replace(state, world=replace(world, door_open=is_open))
        case PersonNear(near):
            return replace(state, world=replace(world, near=near))
        case HeadsetChanged(plugged):
            return replace(state, world=replace(world, headset=plugged))
        case PowerChanged(power):
            low = state.mono if world.low_since is None else world.low_since
            since = low if power is Power.BATTERY_LOW else None
            return replace(state, world=replace(world, power=power, low_since=since))
        case UnlistedDevice(ident, present):
            others = tuple(name for name in world.unlisted if name != ident)
            seen = (*others, ident)[-UNLISTED_KEPT:] if present else others
            return replace(state, world=replace(world, unlisted=seen))
        case IntakeChanged(is_open, _):
            return replace(state, world=replace(world, intake_open=is_open))
    return state


def _forgotten(world: World, part: str) -> World:
    """What only a lost part could tell is not known any more: nothing stays closed for what nobody can see."""
    match part:
        case devices.UPS:
            return replace(world, power=Power.UNKNOWN, low_since=None)
        case devices.IO_BOARD:
            return replace(world, door_open=False, near=False, headset=False)
        case devices.ID_CARD:
            return replace(world, card_lies=False)
    return world


def _frame(state: FlowState, event: FlowEvent) -> Outcome | None:
    """The global events; None lets the step have it."""
    match event:
        case Touched("staff.corner") if state.step in KNOCK:
            return staff.knocked(state)
        case Touched("action.language") if state.step not in NOBODY | STAFF:
            changed = tongue.changed(state)
            return Outcome(state if held(state) and changed.overlay == "language" else changed)
        case Touched(name) if state.overlay == "language" and (spoken := tongue.chosen(state, name)) is not None:
            return Outcome(spoken if name == tongue.MORE else replace(spoken, overlay=None))
        case Touched("action.display") if state.step not in NOBODY | STAFF and not held(state):
            return Outcome(replace(state, overlay="display"))
        case Touched() | HeadsetChanged() if (heard := listening.heard(state, event)) is not None:
            return heard
        case Touched(name) if name in _MODE_KEYS and state.step not in NOBODY | STAFF:
            chosen = state.modes.toggled(name.removeprefix("mode."))
            told = (
                (Record("display.chosen", code=name.removeprefix("mode.")),)
                if len(chosen.on()) > len(state.modes.on())
                else ()
            )
            return Outcome(replace(state, modes=chosen), told)
        case Touched("action.help") if state.step not in NOBODY | STAFF and not held(state):
            return Outcome(replace(state, overlay="help"))
        case Touched("action.exit") if state.step not in NOBODY | STAFF and not held(state):
            asks = state.session is not None and state.session.personal and state.step not in ENDED
            return Outcome(replace(state, overlay="exit")) if asks else Outcome(state, (), "goto:wiped")
        case Touched("action.stay") if state.overlay is not None:
            return Outcome(replace(state, overlay=None))
        case Touched("action.leave") if state.overlay in ("exit", "idle", "not_parked"):
            return Outcome(replace(state, overlay=None), (), "goto:wiped")
        case Touched(parking.PARK) if state.overlay in ("exit", "idle", "not_parked") and laying_aside.offered(state):
            return parking.begun(state, "asked")
        case Touched("action.discard") if state.overlay == "exit" and (claimed := _claimed(state)) is not None:
            given_up = (ReleaseWork(claimed), Record("work.discarded"))
            return Outcome(replace(state, overlay=None), given_up, "goto:wiped")
        case PowerChanged() | DoorChanged() | Tick() if state.step == "attract" and state.closed is not None:
            return Outcome(state, (), "goto:maintenance")
        case SheetReady() | PrintUpdate() if (followed := sheet.followed(state, event)) is not None:
            return followed
        case ReceiptReady() | PrintUpdate() if (followed := slip.followed(state, event)) is not None:
            return followed
        case Tick() if _battery_over(state):
            return _ended(replace(state, ended="power"), "power", Record("session.power_out"))
        case Tick():
            return _idle(state)
        case HandSeen():
            return Outcome(state)
    return None


def _claimed(state: FlowState) -> Claimed | None:
    return state.session.claimed if state.session is not None else None


def _ended(state: FlowState, why: Literal["idle", "power"], told: Record) -> Outcome:
    """The visit ends by itself: the work is put by where its owner agreed to that beforehand, else nothing is kept."""
    if laying_aside.agreed(state):
        return parking.begun(state, why, told)
    return Outcome(replace(state, overlay=None), (told,), "goto:wiped")


def idle_left(state: FlowState) -> float:
    """Seconds until the session is wiped, counted while the warning is up."""
    times, session = state.times, state.session
    left = state.touched_mono + times.idle_s + times.warn_s - state.mono
    if session is not None:
        left = min(left, session.started_mono + times.absolute_s - state.mono)
    return left


def _battery_over(state: FlowState) -> bool:
    """Whether the visit has to end because the machine is about to go off. A filed case has nothing left to lose."""
    since, session = state.world.low_since, state.session
    safe = session is not None and (session.filing is not None or session.parked is not None)
    if since is None or session is None or safe or held(state) or state.step in NOBODY | STAFF | OWN_TIME:
        return False
    return state.mono - since >= LOW_BATTERY_S


def _idle(state: FlowState) -> Outcome | None:
    """Warn, then wipe. A case being saved holds it; a card being read holds all but the longest time of a session."""
    if state.step in STAFF:
        if state.mono - state.touched_mono <= STAFF_IDLE_S:
            return None
        running = (*device.left(state), *checking.left(state), *looping.left(state))
        return Outcome(replace(state, staff=StaffState()), running, "goto:attract")
    if state.step in NOBODY | OWN_TIME or held(state):
        return None
    busy = identity.busy(state)
    if busy:
        state = replace(state, touched_mono=state.mono)
    left = idle_left(state)
    if left <= 0:
        return _ended(state, "idle", Record("session.idle_out"))
    if left <= state.times.warn_s and state.overlay != "idle":
        return Outcome(replace(state, overlay="idle"), (Record("session.idle_warned"), Sound("warning")))
    if state.overlay == "idle" and round(left) in _WARNED_AGAIN:
        return Outcome(state, (Sound("warning"),))
    return Outcome(state) if busy else None


def _settle(before: FlowState, outcome: Outcome) -> Transition:
    """Follow the moves until a step stays."""
    state, effects, move = outcome.state, list(outcome.effects), outcome.move
    for _ in range(32):
        if move is None:
            return Transition(state, tuple(effects))
        target, direction = _target(state, move)
        state = replace(state, step=target, step_mono=state.mono)
        entered = STEPS[target].enter(state, direction)
        state, move = entered.state, entered.move
        effects += entered.effects
    raise RuntimeError(f"the flow does not come to rest from {before.step}")


def _target(state: FlowState, move: str) -> tuple[str, Direction]:
    """The step a move leads to, and from which side it is entered."""
    kind, _, name = move.partition(":")
    if kind == "goto":
        return name, "forward"
    if name and kind == "back":
        return name, "back"
    package = state.package
    order: tuple[str, ...] = ("guide", *(a for a in package.activities if a != "guide")) if package else ()
    if state.session is not None and state.session.work is not None:
        order = route(state.session.work)
    if kind == "at":
        before = order[: order.index(name) + 1] if name in order else ()
        return next((one for one in reversed(before) if one in STEPS and STEPS[one].applies(state)), name), "again"
    if state.step not in order:
        return "home", "back"
    position = order.index(state.step)
    if move == "forward":
        for name in order[position + 1 :]:
            if name in STEPS and STEPS[name].applies(state):
                return name, "forward"
        return "wiped", "forward"
    for name in reversed(order[:position]):
        if name in STEPS and STEPS[name].applies(state):
            return name, "back"
    return state.came_from, "back"


def begin(state: FlowState) -> tuple[FlowState, tuple[Effect, ...]]:
    """Enter the step a fresh state names, as the program does once at its start."""
    entered = STEPS[state.step].enter(state, "forward")
    return entered.state, entered.effects
