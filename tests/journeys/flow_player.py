"""Plays a story on the flow alone: the same steps as on the real screens, with a hand-made world and no waiting.

Time only moves while a story waits. Devices, store, centre and library answer at once, out of the invented people.
"""

from __future__ import annotations

import dataclasses
import json
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from central.registry import demo_people
from devices.codecs.mrz import parse_mrz
from kiosk.app.story.model import (
    Centre,
    DeviceDo,
    Expect,
    Open,
    Sign,
    Step,
    Story,
    Touch,
    Type,
    WaitScreen,
    with_codes,
)
from kiosk.diagnostics.guided import RunSelfTest
from kiosk.domain.captured_document import CapturedDocument
from kiosk.domain.case import CaseAnswer, IssuedDocument
from kiosk.domain.devices import (
    DEVICE_NAMES,
    CaptureAdvice,
    CaptureStage,
    CaptureUpdate,
    CardFailed,
    CardFailure,
    CardPresent,
    CardRead,
    CardRemoved,
    CodeScanned,
    DeviceStatus,
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
    SelfTestReport,
    StatusChanged,
    Supply,
)
from kiosk.domain.identity_card import CardKind, IdCard
from kiosk.domain.receipt import SLIPS
from kiosk.domain.session import Filing, Subject
from kiosk.flow.advance import advance, begin
from kiosk.flow.effects import (
    AskRecord,
    AskSlots,
    CapturePage,
    CheckCitizenCode,
    CheckPin,
    ClaimWork,
    Diagnose,
    Effect,
    FindWork,
    LookUpLicences,
    NewSession,
    ParkWork,
    PrintDocument,
    PrintReceipt,
    ReadCard,
    Record,
    RefreshOutbox,
    ReleaseWork,
    ScanCode,
    StopCapture,
    StopDevices,
    SubmitCase,
    WatchCase,
    WipeSession,
)
from kiosk.flow.events import (
    CaseAnswered,
    CentreReachable,
    CodeAccepted,
    CodeRejected,
    Committed,
    DatePicked,
    FlowEvent,
    LicencesFound,
    LicencesUnavailable,
    OutboxCounted,
    PinAccepted,
    PinRefused,
    ReceiptReady,
    RecordFound,
    RecordUnavailable,
    SelfTested,
    SheetReady,
    Signed,
    SlotsFound,
    SlotsUnavailable,
    Started,
    Tick,
    Touched,
    Typed,
    WaitOver,
    WorkFound,
    WorkParked,
    WorkRefused,
)
from kiosk.flow.present import present, shown_step
from kiosk.flow.state import FlowState, Place, Times, World, engine_of
from kiosk.flow.view import FieldView, FormBody, Key, ScreenView, SearchBody
from kiosk.forms import Licence, ServicePackage, decide, load_packages
from kiosk.forms.booking import booking_days
from kiosk.services.casework import Occasion, build
from kiosk.services.follow_up import build_following
from printing import FontStack, lay_out, to_text
from tests.journeys.books import Books
from tests.journeys.parked_books import ParkedBooks

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = load_packages(ROOT / "config" / "services").packages
_INVENTED = json.loads((ROOT / "config/demo/people.json").read_bytes())
PEOPLE: Mapping[str, dict[str, Any]] = {
    person["key"]: person for person in demo_people(ROOT / "config/demo/people.json")
}
PASSPORTS: Mapping[str, dict[str, Any]] = {passport["key"]: passport for passport in _INVENTED["passports"]}
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
PIN = "271828"
STROKES = tuple(tuple((40 * n + 10 * x, 30 + 7 * x) for x in range(8)) for n in range(3))
PAGE = CapturedDocument("image/jpeg", b"\xff\xd8\xff" + bytes(range(200)), 1240, 1754)


class Unplayable(AssertionError):
    """The flow does not go the way the story says."""


class FlowPlayer:
    """One story. ``seen`` are the pages that were up, in order."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._centre = story.centre
        self._scale = 1.0
        place = Place(
            terminal="YP0301",
            site="nanan",
            name={"zh-Hans": "南岸厅", "en": "Nan'an hall"},
            city={"zh-Hans": "云浦市", "en": "Yunpu"},
            phone="12345",
            staffed={"zh-Hans": "人民路中心", "en": "Renmin centre"},
        )
        said = dict(text.partition("=")[::2] for text in story.overrides)
        times = {key: float(value) for key, value in said.items() if key.startswith("session.")}
        world = World(
            place=place,
            times=Times(times.get("session.idle_s", 90), times.get("session.warn_s", 30), 1800),
            packages=PACKAGES,
            devices={name: _status(name) for name in DEVICE_NAMES},
            centre_reachable=story.centre == "up",
            parking=True,
            voices=("zh-Hans", "en") if said.get("sound.voice") == "silent" else (),
        )
        self.state: FlowState = begin(FlowState(world=world, now=NOON, mono=1000.0))[0]
        self.events: set[str] = set()
        self.receipt = ""
        self.printed: str | None = None
        self.cases: dict[str, str] = {}
        self.seen: list[tuple[str, str]] = []
        self._kept: list[Filing] = []
        self._queue: deque[FlowEvent] = deque()
        self._away = ""
        self._watched: tuple[str, float] | None = None
        self._sessions = 0
        self._card: str | None = None
        self._late_card = self._found = False
        self._reading = self._scanning = False
        self._paper = True
        self._capturing = self._glare = self._sheet_lies = False
        self._sheets = True
        self._sheet: str | None = None
        self.sheets_out = 0
        self._codes: dict[bytes, str] = {}
        self._used: set[bytes] = set()
        self._books = Books()
        self._parked = ParkedBooks()

    def play(self) -> None:
        """All steps; :class:`Unplayable` names the one that does not hold."""
        for step in self.story.steps:
            try:
                self._step(step)
            except Unplayable as wrong:
                page = f"{self.seen[-1][0]}, {len(self.state.errors)} errors" if self.seen else ""
                raise Unplayable(f"{self.story.source.name}:{step.line}: {step.words}: {wrong} ({page})") from None

    # ---- steps

    def _step(self, step: Step) -> None:
        match step.action:
            case Touch("field.signature") | Sign():
                if not any(key.name == "sign.clear" for key in self._keys()):
                    raise Unplayable("nothing to sign on")
                self._feed(Signed(900, 400, STROKES))
            case Touch("staff.corner"):
                self._feed(Touched("staff.corner"))
            case Touch(name) if name.startswith("key.") and shown_step(self.state) == "staff_pin":
                self._feed(Touched(name))
            case Touch(name):
                self._touch(name)
            case Open(name):
                while not any(key.name == name for key in self._keys()):
                    self._touch("page.following")
                self._touch(name)
            case Type(path, text):
                self._type(path, text)
            case DeviceDo(command, citizen, None):
                self._device(command, citizen)
            case Centre("without", _, agency):
                self._away = agency
            case Centre(mode):
                self._away = ""
                self._set_centre(mode)
            case WaitScreen(name):
                self._wait(lambda: None if shown_step(self.state) == name else shown_step(self.state), step.timeout_s)
            case Expect() as expect:
                self._wait(lambda: self._unmet(expect), step.timeout_s)

    def _touch(self, name: str) -> None:
        if name.endswith("*"):
            name = next((k.name for k in self._keys() if k.enabled and k.name.startswith(name[:-1])), name)
        key = next((key for key in self._keys() if key.name == name), None)
        if key is None:
            raise Unplayable(f"not on {shown_step(self.state)}: {', '.join(sorted(k.name for k in self._keys()))}")
        if not key.enabled:
            raise Unplayable("disabled")
        self._feed(Touched(name))

    def _type(self, path: str, text: str) -> None:
        text = with_codes(text, self.receipt)
        body = present(self.state).body
        if path == "search" and isinstance(body, SearchBody):
            self._feed(Typed("search", text))
            return
        field = next((f for f in _fields(body) if f.path == path), None)
        if field is None:
            raise Unplayable("no such field on the page")
        if not field.active:
            self._feed(Touched(f"field.{path}"))
        self._feed(DatePicked(path, text) if field.kind == "date" else Typed(path, text))

    def _device(self, command: Mapping[str, Any], citizen: str | None) -> None:
        device, do = command["device"], command["do"]
        match device, do:
            case "id_card", "place":
                self._card, self._found = str(command["card"]), False
                self._offer_card()
            case "id_card", "lift":
                self._card = None
                if self._reading and self._late_card:
                    self._feed(CardFailed(self._session, CardFailure.LIFTED_EARLY))
                else:
                    self._feed(CardRemoved(self._session))
            case "id_card", "delay":
                self._late_card = float(command.get("seconds", 0)) > 0
            case "code_scanner", "show":
                payload = with_codes(str(command.get("text", "")), self.receipt).encode()
                if citizen is not None:
                    payload = f"code-{len(self._codes)}".encode()
                    self._codes[payload] = citizen
                if self._scanning:
                    self._feed(CodeScanned(self._session, payload))
            case "receipt_printer", "paper_out" | "paper_in":
                self._paper = do == "paper_in"
                self._feed(StatusChanged(_status(device, Supply.FULL if self._paper else Supply.OUT)))
            case "code_scanner", "show_passport" if self._scanning:
                document = parse_mrz(PASSPORTS[str(command["passport"])]["lines"], self.state.now.date())
                self._feed(MrzRead(self._session, document))
            case "document_camera", "place" | "glare" | "remove":
                self._sheet_lies = do == "place" or (do == "glare" and self._sheet_lies)
                self._glare = bool(command.get("on" if do == "glare" else "glare", do == "glare"))
                self._look()
            case "document_printer", "slow":
                self._sheets = False
            case "document_printer", "paper":
                self._set_sheet_paper(command["level"] != "out")
            case "ups", "power":
                powers = {"mains": Power.MAINS, "battery": Power.BATTERY, "low": Power.BATTERY_LOW}
                self._feed(PowerChanged(powers[str(command["what"])]))
            case "io_board", "door":
                self._feed(DoorChanged(command["what"] == "open"))
            case "io_board", "person":
                self._feed(PersonNear(command["what"] == "near"))
            case "io_board", "headset":
                self._feed(HeadsetChanged(command["what"] == "in"))
            case _, "unplug" | "plug":
                health = Health.ONLINE if do == "plug" else Health.OFFLINE
                self._feed(StatusChanged(dataclasses.replace(_status(device), health=health)))
            case _:
                raise Unplayable(f"{device} {do} is not played without screens")

    def _look(self) -> None:
        """What the document camera makes of the plate."""
        if not self._capturing:
            return
        if self._sheet_lies and not self._glare:
            self._capturing = False
            self._feed(DocumentCaptured(self._session, PAGE))
        else:
            advice = CaptureAdvice.GLARE if self._sheet_lies else CaptureAdvice.NO_PAGE
            self._feed(CaptureUpdate(self._session, CaptureStage.LOOKING, advice, PAGE.data))

    def _set_sheet_paper(self, there: bool) -> None:
        self._feed(StatusChanged(_status("document_printer", Supply.FULL if there else Supply.OUT)))
        if not there and self._sheet is not None:
            self._feed(PrintUpdate(self._sheet, PrintOutcome.HELD, "paper_out"))
        if there and self._sheet is not None:
            job, self._sheet = self._sheet, None
            self.sheets_out += 1
            self._feed(PrintUpdate(job, PrintOutcome.SENT))
            self._feed(PrintUpdate(job, PrintOutcome.CONFIRMED))

    def _print_sheet(self) -> None:
        job = f"sheet-{self.sheets_out}"
        self._queue += [SheetReady(self._session, job), PrintUpdate(job, PrintOutcome.SENT)]
        if self._sheets:
            self.sheets_out += 1
            self._queue.append(PrintUpdate(job, PrintOutcome.CONFIRMED))
            return
        self._sheet = job

    def _offer_card(self) -> None:
        if not self._reading or self._card is None or self._found:
            return
        self._found = True  # a card that stays is not found again
        self._feed(CardPresent(self._session))
        if not self._late_card:
            self._feed(CardRead(self._session, card_of(self._card)))

    def _set_centre(self, mode: str) -> None:
        self._centre = mode
        self._feed(CentreReachable(mode == "up"))
        if mode == "up":
            for filing in self._kept:
                self._answer(filing)
            self._kept.clear()
            self._parked.arrive()

    # ---- expectations

    def _unmet(self, expect: Expect) -> str | None:
        view, step = present(self.state), shown_step(self.state)
        texts = list(_texts(view.overlay or view))
        names = {key.name: key for key in self._keys()}
        names |= {f"field.{field.path}": Key(f"field.{field.path}", "") for field in _fields(view.body)}
        checks: list[tuple[bool, str]] = [
            (expect.screen in (None, step), f"{step} is on the screen"),
            (expect.language in (None, view.language), f"the language is {view.language}"),
            (expect.text is None or _among(expect.text, texts), "the text is not on the page"),
            (expect.no_text is None or not _among(expect.no_text, texts), "the text is on the page"),
            (expect.control is None or expect.control in names, f"{expect.control} is not on {step}"),
            (expect.no_control is None or expect.no_control not in names, f"{expect.no_control} is on {step}"),
            (expect.cases is None or expect.cases == len(self.cases), f"{len(self.cases)} cases"),
            (
                expect.case_state is None or set(self.cases.values()) == {expect.case_state},
                f"cases are {set(self.cases.values())}",
            ),
            (expect.print in (None, self.printed), f"print is {self.printed}"),
            (
                expect.receipt_contains is None or _among(expect.receipt_contains, [self.receipt]),
                "the receipt does not say so",
            ),
            (expect.log_event is None or expect.log_event in self.events, "not in the log"),
        ]
        if expect.enabled is not None and expect.control in names:
            checks.append((names[expect.control].enabled is expect.enabled, f"{expect.control} enabled or not"))
        return next((why for holds, why in checks if not holds), None)

    def _wait(self, look: Any, timeout_s: float) -> None:
        """Time passes a second at a time until the world is as expected."""
        for _ in range(int(timeout_s) + 1):
            wrong = look()
            if wrong is None:
                return
            self.state = dataclasses.replace(
                self.state, mono=self.state.mono + 1, now=self.state.now + timedelta(seconds=1)
            )
            self._feed(Tick())
            self._decide_later()
        raise Unplayable(f"within {timeout_s:g} s: {look()}")

    # ---- the world

    @property
    def _session(self) -> str:
        return self.state.session.id if self.state.session else ""

    def _feed(self, event: FlowEvent) -> None:
        self._queue.append(event)
        while self._queue:
            if isinstance(self._queue[0], StatusChanged):
                self.events.add("device.status")
            transition = advance(self.state, self._queue.popleft())
            self.state = transition.state
            view = present(self.state)
            if not self.seen or self.seen[-1] != (view.key, view.language):
                self.seen.append((view.key, view.language))
            for effect in transition.effects:
                self._perform(effect)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case NewSession():
                self._sessions += 1
                self._queue.append(Started(f"{self._sessions:016x}"))
            case ReadCard():
                self._reading = True
                self._offer_card()
            case ScanCode():
                self._scanning = True
            case CapturePage():
                self._capturing = True
                self._look()
            case StopCapture():
                self._capturing = False
            case StopDevices():
                self._reading = self._scanning = self._capturing = False
            case PrintDocument():
                self._print_sheet()
            case Record(name):
                self.events.add(name)
            case WipeSession():
                self.events.add("session.wiped")
                self._sheet = None  # what has not come out never will
            case CheckCitizenCode(payload):
                self._queue.append(self._check(payload))
            case LookUpLicences(types):
                self._queue.append(self._look_up(types))
            case AskSlots(office):
                self._queue.append(self._slots(office))
            case WatchCase(case_id):
                self._watched = (case_id, self.state.mono)
            case AskRecord():
                self._queue.append(self._record())
            case FindWork():
                self._queue.append(self._find_work())
            case ParkWork(draft, owner):
                self._queue.append(WorkParked(self._session, self._parked.park(draft, owner, self.state.now)))
                if self._centre == "up":
                    self._parked.arrive()
            case ClaimWork():
                self._queue.append(self._claim())
            case ReleaseWork(claimed):
                self._parked.release(claimed)
            case SubmitCase(session, language) if session.work is not None:
                self._follow(session, language)
            case SubmitCase(session, language):
                self._submit(session, language)
            case PrintReceipt(receipt):
                self.receipt = to_text(lay_out(receipt, _fonts()))
                job = f"job-{len(self.seen)}"
                slip = receipt.kind in SLIPS
                seen = tuple(to_text(lay_out(receipt.for_screen(), _fonts())).splitlines())
                self._queue.append(ReceiptReady(self._session, job, seen, slip))
                outcome = PrintOutcome.CONFIRMED if self._paper else PrintOutcome.FAILED
                self.printed = outcome.value
                self._queue.append(PrintUpdate(job, outcome, "" if self._paper else "paper_out"))
            case CheckPin(pin):
                self._queue.append(PinAccepted() if pin == PIN else PinRefused(0))
            case Diagnose(RunSelfTest(device)):
                self._queue.append(SelfTested(SelfTestReport(device, ok=True, detail="ok", at=NOON)))
            case RefreshOutbox():
                self._queue.append(OutboxCounted(0, 0, len(self.cases), None))

    def _check(self, payload: bytes) -> FlowEvent:
        if payload not in self._codes:
            return CodeRejected(self._session, "unknown")
        if payload in self._used:
            return CodeRejected(self._session, "replayed")
        self._used.add(payload)
        card = card_of(self._codes[payload])
        subject = Subject(card.name, card.number, card.kind.value, "handle", card.as_prefill())
        return CodeAccepted(self._session, subject, "A")

    def _look_up(self, types: tuple[str, ...]) -> FlowEvent:
        session = self.state.session
        if self._centre != "up" or session is None or session.subject is None:
            return LicencesUnavailable(self._session)
        held = _person(session.subject.number).get("licences", {})
        found = {
            kind: Licence(
                kind,
                held[kind]["number"],
                {"zh-Hans": "云浦市"},
                date.fromisoformat(held[kind]["issued_on"]),
                date.fromisoformat(held[kind]["valid_to"]) if held[kind]["valid_to"] else None,
                held[kind]["fields"],
            )
            for kind in types
            if kind in held
        }
        return LicencesFound(self._session, found)

    def _slots(self, office: str) -> FlowEvent:
        package = self.state.package
        if self._centre != "up" or package is None or package.booking is None:
            return SlotsUnavailable(self._session)
        rules = package.booking
        places = dict.fromkeys(rules.slots, rules.capacity)
        free = {day.isoformat(): places for day in booking_days(rules, self.state.today)}
        return SlotsFound(self._session, office, free)

    def _decide_later(self) -> None:
        """What the centre has taken is decided once its time is over."""
        package = self.state.package
        if self._watched is None or package is None or package.decision is None:
            return
        case_id, since = self._watched
        if self.state.mono - since >= (package.decision.after_s or 0):
            self._watched = None
            answer = self._decided(case_id, package, now=True)
            self.cases[case_id] = "refused" if answer.status == "refused" else "accepted"
            self._feed(CaseAnswered(answer))

    def _record(self) -> FlowEvent:
        """All that is known of the person; that only what is declared is kept is the flow's own business."""
        session = self.state.session
        if self._centre != "up" or session is None or session.subject is None:
            return RecordUnavailable(self._session)
        facts = _person(session.subject.number).get("facts", {})
        return RecordFound(self._session, facts, self.state.today)

    def _submit(self, session: Any, language: str) -> None:
        package = self.state.package
        assert package is not None
        numbers = iter(range(len(self.cases), len(self.cases) + 100))
        occasion = Occasion(
            "ab" * 16, lambda: f"YP0301-261123-{next(numbers):010d}", len(self.cases) + 1, self.state.now, True
        )
        submissions, filing = build(session, package, self.state.world.place, language, self.state.context, occasion)
        for submission in submissions:
            assert json.loads(submission.body)["case_id"] == submission.case_id
        self.cases |= {case.case_id: "committed" for case in filing.cases}
        self._books.keep(filing, session, package, self.state.context)
        self.events.add("case.committed")
        if session.claimed is not None:
            self._parked.release(session.claimed)
        self._queue.append(Committed(session.id, filing))
        match self._centre:
            case "up":
                self._answer(filing, package)
            case mode:
                if mode == "slow":  # the request is still under way when the resident goes on
                    self.cases |= {case.case_id: "sending" for case in filing.cases}
                self._kept.append(filing)
                self._queue.append(WaitOver(session.id))

    def _follow(self, session: Any, language: str) -> None:
        """What follows a case is kept beside it, and what it brings is not open any more."""
        number = f"YP0301-261123-{len(self.cases):010d}"
        occasion = Occasion("ab" * 16, lambda: number, len(self.cases) + 1, self.state.now, True)
        _, filing = build_following(session, session.work, self.state.world.place, language, occasion)
        self.cases |= {case.case_id: "committed" for case in filing.cases}
        self._books.follow(session)
        self._queue.append(Committed(session.id, filing))
        if self._centre == "up":
            self._answer(filing)
        else:
            self._kept.append(filing)
            self._queue.append(WaitOver(session.id))

    def _claim(self) -> FlowEvent:
        session = self.state.session
        assert session is not None
        if self._centre != "up":
            return WorkRefused(session.id, "on_its_way" if self._parked.waiting else "away")
        self._parked.arrive()
        return self._parked.claim(session, PACKAGES)

    def _find_work(self) -> FlowEvent:
        session = self.state.session
        assert session is not None
        found = self._books.find(session) if self._centre == "up" else "away"
        return WorkRefused(session.id, found) if isinstance(found, str) else WorkFound(session.id, found)

    def _answer(self, filing: Filing, package: ServicePackage | None = None) -> None:
        for case in filing.cases:
            answer = self._decided(case.case_id, package)
            if case.child is not None and case.child == self._away:
                answer = CaseAnswer(case.case_id, "received", self.state.now)
            self.cases[case.case_id] = "refused" if answer.status == "refused" else "accepted"
            if self._queue:
                self._queue.append(CaseAnswered(answer))
            else:
                self._feed(CaseAnswered(answer))

    def _decided(self, case_id: str, package: ServicePackage | None, *, now: bool = False) -> CaseAnswer:
        session = self.state.session
        if package is not None and package.decision is not None and package.decision.after_s and not now:
            return CaseAnswer(case_id, "accepted", self.state.now, "YP1")
        if package is None or package.decision is None or session is None or session.subject is None:
            ticket = f"YP{case_id[-6:]}" if package is not None and package.kind == "complaint" else None
            return CaseAnswer(case_id, "ticketed" if ticket else "accepted", self.state.now, "YP1", ticket)
        # A passport proves nothing about a resident's records, as at the real centre.
        known = session.proof is not None and session.proof.method != "passport"
        facts = _person(session.subject.number)["facts"] if known else {}
        data = engine_of(package).data(session.answers, self.state.context)
        decision = decide(package, data, facts, self.state.today)
        document = None
        if decision.document is not None:
            draft = decision.document
            document = IssuedDocument(
                draft.title,
                "YPS-1",
                draft.statement,
                tuple((row.label, row.value) for row in draft.rows),
                draft.issued_on.isoformat(),
                None,
                {"zh-Hans": "市社会保险中心", "en": "Social Insurance Centre"},
                "https://yunpu.example/v/1",
            )
        return CaseAnswer(case_id, decision.outcome, self.state.now, "YP1", None, decision.reason, document)

    def _keys(self) -> list[Key]:
        view = present(self.state)
        return list(_of(Key, view.overlay if view.overlay is not None else view))


def card_of(key: str) -> IdCard:
    """The card of one of the invented people."""
    person = PEOPLE[key]
    return IdCard(
        kind=CardKind(person["kind"]),
        name=person["name"],
        sex=person["sex"],
        nation=person["nation"],
        birth=date.fromisoformat(person["birth"]),
        address=person["address"],
        number=person["number"],
        issuer=person["issuer"],
        valid_from=datetime.strptime(person["valid_from"], "%Y%m%d").replace(tzinfo=UTC).date(),
        valid_to=None
        if person["valid_to"] == "长期"
        else datetime.strptime(person["valid_to"], "%Y%m%d").replace(tzinfo=UTC).date(),
    )


def _person(number: str) -> dict[str, Any]:
    return next(person for person in PEOPLE.values() if person["number"] == number)


def _status(name: str, supply: Supply = Supply.UNKNOWN) -> DeviceStatus:
    return DeviceStatus(name, "test", "T1", Health.ONLINE, supply, "ok", None, NOON)


_STACK: list[FontStack] = []


def _fonts() -> FontStack:
    if not _STACK:
        _STACK.append(FontStack.discover())
    return _STACK[0]


def _fields(body: object) -> tuple[FieldView, ...]:
    return body.fields if isinstance(body, FormBody) else ()


def _of(kind: type, part: object) -> Iterator[Any]:
    if isinstance(part, kind):
        yield part
    elif dataclasses.is_dataclass(part) and not isinstance(part, type):
        for field in dataclasses.fields(part):
            if field.name != "reveal":  # only while a finger rests on its key
                yield from _of(kind, getattr(part, field.name))
    elif isinstance(part, tuple | list):
        for entry in part:
            yield from _of(kind, entry)


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, ScreenView):
        part = dataclasses.replace(part, overlay=None)
    yield from _of(str, part)
    for key in _of(Key, part):
        yield from (text for text in (key.label, key.hint, key.tag) if text)


def _among(wanted: str, texts: list[str]) -> bool:
    squeezed = "".join(wanted.split())
    return any(squeezed in "".join(text.split()) for text in texts)
