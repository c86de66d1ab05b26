"""The whole of the session machine as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from kiosk.diagnostics.guided import GuidedCheck
from kiosk.diagnostics.loop import LoopCheck
from kiosk.domain.devices import CaptureAdvice, CaptureStage, DeviceStatus, Power, PrintOutcome, SelfTestReport
from kiosk.domain.diagnostics import CheckRecord, Readiness, TraceRow
from kiosk.domain.modes import PLAIN, Modes
from kiosk.domain.session import Draft, Filing, IntakeSession, Method
from kiosk.domain.sites import KnownSite
from kiosk.domain.speech import LOUDNESS
from kiosk.domain.time import local
from kiosk.domain.usage import Summary
from kiosk.flow.effects import Effect
from kiosk.flow.events import OutboxCounted
from kiosk.forms import Context, FieldError, FormEngine, ServicePackage, Text

OverlayName = Literal["idle", "exit", "help", "not_parked", "display", "language"]
CARE = 2.0
"""How much longer everything waits while any mode is on."""
IdentifyPhase = Literal["waiting", "reading", "checking", "failed"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where this terminal stands and whom a resident can turn to.

    ``staffed`` names a staffed site and its hours; ``progress_url`` is what the receipt's code opens.
    """

    terminal: str
    site: str
    name: Text
    city: Text
    phone: str
    staffed: Text
    progress_url: str = "https://case.yunpu.example/{case_id}"
    app: Text = field(default_factory=lambda: {"zh-Hans": "云浦办", "en": "Yunpu"})
    """What the city calls its own application for telephones."""
    app_goes_on: bool = False
    """Whether that takes up what was put by here."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds: idle before the warning, the warning itself, and the longest a session may last."""

    idle_s: float = 60.0
    warn_s: float = 30.0
    absolute_s: float = 1800.0
    wiped_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the flow knows of everything that is not the resident."""

    place: Place
    times: Times = Times()
    default_language: str = "zh-Hans"
    languages: tuple[str, ...] = ("zh-Hans", "en")
    """What may be chosen, in the order of the language page."""
    hours: tuple[int, int] | None = None
    """First and last minute of the day in which a visit may begin; None for day and night."""
    life_events: tuple[str, ...] = ()
    """What this place offers, in the order of the tiles; empty for everything."""
    voices: tuple[str, ...] = ()
    """The languages in which the terminal can speak."""
    modes: Modes = PLAIN
    """How every visit begins to be shown here: what the site or a technician set."""
    packages: tuple[ServicePackage, ...] = ()
    refused_packages: tuple[str, ...] = ()
    devices: Mapping[str, DeviceStatus] = field(default_factory=dict)
    centre_reachable: bool = False
    intake_open: bool = True
    parking: bool = False
    """Whether work can be put by: there is a key of the centre to seal to."""
    versions: tuple[tuple[str, str], ...] = ()
    sites: tuple[KnownSite, ...] = ()
    power: Power = Power.UNKNOWN
    low_since: float | None = None
    """When the battery began to run out (monotonic seconds); None while it lasts or there is none."""
    door_open: bool = False
    near: bool = False
    """Somebody stands before the terminal, where it has a part that can tell."""
    headset: bool = False
    """Headphones are plugged in, where the terminal can tell."""
    card_lies: bool = False
    """A card that was read still lies on the reader, where the reader can tell."""
    unlisted: tuple[str, ...] = ()
    """What is plugged in although the settings do not list it; for the technician, never used."""

    def package(self, item_id: str | None) -> ServicePackage | None:
        """The item with this id, if it is offered."""
        return next((package for package in self.packages if package.id == item_id), None)

    def usable(self, device: str) -> bool:
        """Whether a resident can be sent to this device now. A device nobody has heard of is not there."""
        status = self.devices.get(device)
        return status is not None and status.usable

    def fitted(self, device: str) -> bool:
        """Whether this terminal has the device at all, working or not."""
        status = self.devices.get(device)
        return status is not None and not status.disabled

    @property
    def closed(self) -> Literal["power", "door"] | None:
        """Why nobody may start a visit now."""
        if self.power in (Power.BATTERY, Power.BATTERY_LOW):
            return "power"
        return "door" if self.door_open else None


@dataclass(frozen=True, slots=True)
class StaffState:
    """The technician at the PIN page or on the diagnostics page."""

    taps: tuple[float, ...] = ()
    pin: str = field(default="", repr=False)
    locked_s: int = 0
    missed: bool = False
    unset: bool = False
    tests: Mapping[str, SelfTestReport | None] = field(default_factory=dict)
    outbox: OutboxCounted | None = None
    device: str | None = None
    """The device whose page is open."""
    records: tuple[CheckRecord, ...] = ()
    check: GuidedCheck | None = None
    loop: LoopCheck | None = None
    tracing: bool = False
    trace: tuple[TraceRow, ...] = ()
    usage: Summary | None = None
    report: Readiness | None = None
    report_folder: str | None = None
    """Where the report is kept; None while it is being made."""
    report_print: PrintOutcome | None = None


@dataclass(frozen=True, slots=True)
class Parking:
    """Work is being put by: where the resident was, and whether they asked for it or the visit ended by itself."""

    step: str
    page: str | None
    changing: bool
    why: Literal["asked", "idle", "power"]


@dataclass(frozen=True, slots=True)
class Returning:
    """A crash ended a visit: until when its resident may go on (monotonic seconds), and with what once it is found."""

    until: float
    draft: Draft | None = field(default=None, repr=False)
    filing: Filing | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowState:
    """Where the session is. Everything of one resident is inside ``session``; the rest is only the cursor."""

    world: World
    now: datetime
    mono: float
    step: str = "attract"
    language: str = "zh-Hans"
    modes: Modes = PLAIN
    loudness: int = LOUDNESS
    reading_turn: int = 0
    """How often the page was asked for again, where it is read out."""
    session: IntakeSession | None = field(default=None, repr=False)
    overlay: OverlayName | None = None
    touched_mono: float = 0.0
    step_mono: float = 0.0
    came_from: str = "home"
    life_event: str | None = None
    elsewhere: str | None = None
    list_page: int = 0
    language_page: int = 0
    guide_page: int = 0
    search: str = field(default="", repr=False)
    page: str | None = None
    pick: str = ""
    """The place below which the choices of a long list stand."""
    pick_page: int = 0
    active: str | None = None
    errors: Mapping[str, FieldError] = field(default_factory=dict, repr=False)
    changing: bool = False
    """A page was opened from the review; going on returns there."""
    method: Method = "id_card"
    phase: IdentifyPhase = "waiting"
    problem: str | None = None
    capture_stage: CaptureStage | None = None
    """How far the document camera is; None until its first word and while a taken page is looked at."""
    capture_advice: CaptureAdvice | None = None
    parking: Parking | None = None
    returning: Returning | None = None
    ended: Literal["power"] | None = None
    """Why the last visit ended, where the resident did not end it."""
    staff: StaffState = StaffState()

    @property
    def closed(self) -> Literal["power", "door", "hours"] | None:
        """Why nobody may start a visit now."""
        if self.world.closed is not None or self.world.hours is None:
            return self.world.closed
        (begin, end), at = self.world.hours, local(self.now)
        minute = at.hour * 60 + at.minute
        is_open = begin <= minute < end if begin < end else minute >= begin or minute < end
        return None if is_open else "hours"

    @property
    def times(self) -> Times:
        """Seconds that hold for whoever is here: twice as long for those who need longer."""
        times = self.world.times
        if self.modes == PLAIN:
            return times
        return replace(
            times,
            idle_s=CARE * times.idle_s,
            warn_s=CARE * times.warn_s,
            absolute_s=CARE * times.absolute_s,
        )

    @property
    def today(self) -> date:
        """The local date of the site."""
        return local(self.now).date()

    @property
    def package(self) -> ServicePackage | None:
        """The item this session is about, as it was when the session turned to it."""
        return self.session.package if self.session and self.session.item_id else None

    @property
    def visit(self) -> tuple[ServicePackage, IntakeSession]:
        """Item and session, for steps that only exist inside a visit; LookupError outside one is a bug of the flow."""
        package = self.package
        if package is None or self.session is None:
            raise LookupError(f"step {self.step} needs an item and a session")
        return package, self.session

    @property
    def here(self) -> IntakeSession:
        """The session of whoever is here, with or without an item; LookupError when nobody is."""
        if self.session is None:
            raise LookupError(f"step {self.step} needs somebody who is here")
        return self.session

    @property
    def context(self) -> Context:
        """What the rules of the form may know."""
        package = self.package
        return Context(
            today=self.today,
            language=self.language,
            subject_kind=package.subject if package else "person",
            offline=not self.world.centre_reachable,
        )


@dataclass(frozen=True, slots=True)
class Transition:
    """What comes of one event: the next state, and what is asked of the world."""

    state: FlowState
    effects: tuple[Effect, ...] = ()


def with_session(state: FlowState, **changes: Any) -> FlowState:
    """The state with fields of its session replaced; a state without session is returned as it is."""
    if state.session is None:
        return state
    return replace(state, session=replace(state.session, **changes))


def open_item(state: FlowState, item_id: str) -> FlowState:
    """The session turned to an item. Answers for the same item are still there; another item starts empty."""
    session = state.session
    if session is None:
        return state
    if session.draft_of != item_id:
        session = IntakeSession(
            id=session.id,
            started_mono=session.started_mono,
            draft_of=item_id,
            package=state.world.package(item_id),
        )
    return replace(state, session=replace(session, item_id=item_id))


_ENGINES: dict[str, FormEngine] = {}


def engine_of(package: ServicePackage) -> FormEngine:
    """The form engine of a package, made once per package content.

    It remembers what it last worked out, until :func:`forget_answers`.
    """
    engine = _ENGINES.get(package.sha256)
    if engine is None:
        if len(_ENGINES) > 256:
            _ENGINES.clear()
        engine = _ENGINES[package.sha256] = FormEngine(package, remember=True)
    return engine


def forget_answers() -> None:
    """No engine holds anything of a resident any more."""
    for engine in _ENGINES.values():
        engine.forget()
