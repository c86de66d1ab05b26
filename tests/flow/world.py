"""A visit without a screen: the flow fed by hand, with the seed packages and devices that work."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.app.package.visit import CARD as CARD
from kiosk.app.package.visit import PASSPORT as PASSPORT
from kiosk.domain.captured_document import CapturedDocument
from kiosk.domain.case import CaseAnswer, IssuedDocument
from kiosk.domain.devices import DEVICE_NAMES, CardRead, DeviceStatus, DocumentCaptured, Health, Supply
from kiosk.domain.sites import KnownMachine, KnownSite
from kiosk.flow.advance import advance, begin
from kiosk.flow.effects import Effect, NewSession, SubmitCase, WipeSession
from kiosk.flow.events import CaseAnswered, Committed, FlowEvent, Signed, Started, Tick, Touched
from kiosk.flow.present import present, shown_step
from kiosk.flow.state import FlowState, Place, Times, World
from kiosk.flow.view import Key, ScreenView
from kiosk.forms import load_packages
from kiosk.services.casework import Occasion, build

SERVICES = Path(__file__).resolve().parents[2] / "config" / "services"
PACKAGES = load_packages(SERVICES).packages
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
PAGE = CapturedDocument("image/jpeg", b"\xff\xd8\xff" + bytes(range(200)), 1240, 1754)
MALL = KnownSite(
    id="dongmen-mall",
    name={"zh-Hans": "东门商场便民服务点", "en": "Dongmen mall service point"},
    staffed=False,
    hours={"zh-Hans": "每天 10:00–22:00", "en": "daily 10:00–22:00"},
    distance_m=900,
    machines=(KnownMachine(frozenset(DEVICE_NAMES), NOON - timedelta(minutes=10)),),
)
STROKES = tuple(tuple((x + 10 * n, 20 + x) for x in range(6)) for n in range(3))


def device(name: str, health: Health = Health.ONLINE, supply: Supply = Supply.UNKNOWN) -> DeviceStatus:
    """A device in one state."""
    return DeviceStatus(name, "test", "T1", health, supply, "ok", None, NOON)


def place() -> Place:
    """An invented hall."""
    return Place(
        terminal="YP0301",
        site="nanan",
        name={"zh-Hans": "南岸厅", "en": "Nan'an hall"},
        city={"zh-Hans": "云浦市", "en": "Yunpu"},
        phone="12345",
        staffed={"zh-Hans": "人民路中心", "en": "Renmin centre"},
    )


def fresh(**changes: object) -> FlowState:
    """The attract page with everything working."""
    names = ("id_card", "code_scanner", "receipt_printer")
    world = World(
        place=place(),
        times=Times(60, 30, 1800),
        packages=PACKAGES,
        devices={name: device(name) for name in names},
        centre_reachable=True,
    )
    world = dataclasses.replace(world, **changes)  # type: ignore[arg-type]
    return begin(FlowState(world=world, now=NOON, mono=1000.0))[0]


def whole(**changes: object) -> FlowState:
    """A terminal that has every part, and news of another place."""
    return fresh(devices={name: device(name) for name in DEVICE_NAMES}, sites=(MALL,), **changes)


class Visit:
    """Feeds events, remembers effects, answers the ones a test does not care about."""

    def __init__(self, state: FlowState | None = None) -> None:
        self.state = state or fresh()
        self.effects: list[Effect] = []
        self.filing_built = False

    def feed(self, *events: FlowEvent) -> Visit:
        """Let these happen, one after the other."""
        for event in events:
            transition = advance(self.state, event)
            self.state = transition.state
            self.effects += transition.effects
            for effect in transition.effects:
                if isinstance(effect, NewSession):
                    self.feed(Started("5e55"))
        return self

    def touch(self, *names: str) -> Visit:
        """Press these controls; each has to be on the page and enabled, as for a finger."""
        for name in names:
            keys = {key.name: key for key in self.pressable()}
            while name.startswith("item.") and name not in keys and "page.following" in keys:
                self.feed(Touched("page.following"))  # the list may be longer than a page
                keys = {key.name: key for key in self.pressable()}
            assert name in keys, f"{name} is not on {self.step}: {sorted(keys)}"
            assert keys[name].enabled, f"{name} is disabled on {self.step}"
            self.feed(Touched(name))
        return self

    def card(self, name: str) -> Key:
        """The card of an item, on whatever page of the list it stands."""
        while (found := next((key for key in self.pressable() if key.name == name), None)) is None:
            self.touch("page.following")
        return found

    def wait(self, seconds: float) -> Visit:
        """Time passes, a tick at a time."""
        for _ in range(int(seconds)):
            self.state = dataclasses.replace(self.state, mono=self.state.mono + 1)
            self.feed(Tick())
        return self

    @property
    def step(self) -> str:
        """What is on the panel."""
        return shown_step(self.state)

    @property
    def view(self) -> ScreenView:
        """The page itself."""
        return present(self.state)

    def pressable(self) -> Iterable[Key]:
        """Every pressable thing of the page."""
        yield from _keys(self.view.overlay if self.view.overlay else self.view)

    def effect(self, kind: type) -> Effect:
        """The newest effect of a kind."""
        return next(effect for effect in reversed(self.effects) if isinstance(effect, kind))

    def answer(self, path: str) -> object:
        """The bare value at a path."""
        assert self.state.session is not None
        given = self.state.session.answers.get(path)
        return given.value if given else None

    def to_form(self, item: str = "residence-permit-renewal") -> Visit:
        """From attract to the first page of the form, through the residence permit's scenario."""
        self.touch("action.start", "language.zh-Hans", "everyday.guide", f"item.{item}", "action.next")
        if item == "residence-permit-renewal":
            self.touch("choice.scenario.permit.valid", "action.next", "choice.scenario.reason.work", "action.next")
        if self.step == "checklist":
            self.touch("action.next")
        for consent in ("consent.privacy", "consent.licences"):
            if any(key.name == consent for key in self.pressable()):
                self.touch(consent, "action.next")
        if self.step == "identify":
            assert self.state.session is not None
            self.feed(CardRead(self.state.session.id, CARD))
        return self

    def to_identify(self, item: str, language: str = "zh-Hans") -> Visit:
        """From attract to the card page, always taking the first answer that leads on."""
        self.touch("action.start", f"language.{language}", "everyday.guide", f"item.{item}", "action.next")
        while self.step == "scenario":
            self.touch(next(key.name for key in self.pressable() if key.name.startswith("choice.")), "action.next")
        if self.step == "checklist":
            self.touch("action.next")
        assert self.step == "consent", self.step
        self.touch(*[key.name for key in self.pressable() if key.name.startswith("consent.") and not key.tag])
        self.touch("action.next")
        return self.touch("action.next") if self.step == "consent" else self

    @property
    def session(self) -> str:
        """Its id."""
        assert self.state.session is not None
        return self.state.session.id

    def photograph(self) -> Visit:
        """The camera takes the page that lies there."""
        return self.feed(DocumentCaptured(self.session, PAGE))

    def granted(self) -> Visit:
        """The centre says yes at once, with a certificate."""
        assert self.state.session is not None
        assert self.state.session.filing is not None
        word = {"zh-Hans": "证明", "en": "Certificate"}
        document = IssuedDocument(word, "YPS-1", word, ((word, word),), "2026-11-23", None, word, "https://x.example/1")
        for case in self.state.session.filing.cases:
            self.feed(CaseAnswered(CaseAnswer(case.case_id, "granted", NOON, "YP1", None, word, document)))
        return self

    def sign(self) -> Visit:
        """Past the pre-check, where there is one; then tick and sign."""
        if self.step == "precheck":
            self.touch("action.next")
        return self.touch("declare.tick").feed(Signed(900, 400, STROKES))

    def commit(self) -> Visit:
        """Let the store say yes to the newest submission."""
        submitted = self.effect(SubmitCase)
        assert isinstance(submitted, SubmitCase)
        package = self.state.package
        assert package is not None
        counter = iter(range(1000, 2000))
        occasion = Occasion("ab" * 16, lambda: f"YP0301-261123-000000{next(counter)}", 7, NOON, True)
        _, filing = build(submitted.session, package, place(), "zh-Hans", self.state.context, occasion)
        return self.feed(Committed(submitted.session.id, filing))

    @property
    def wiped(self) -> bool:
        """Whether the end was asked for."""
        return any(isinstance(effect, WipeSession) for effect in self.effects)


def _keys(part: object) -> Iterable[Key]:
    if isinstance(part, Key):
        yield part
    elif dataclasses.is_dataclass(part) and not isinstance(part, type):
        for field in dataclasses.fields(part):
            yield from _keys(getattr(part, field.name))
    elif isinstance(part, tuple | list):
        for entry in part:
            yield from _keys(entry)
