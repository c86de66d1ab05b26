"""A resident who goes one given way through a package: the flow is the terminal's own, the world answers at once.

Nothing is sent, stored or printed. Devices work, the centre says yes, and registers and e-licences know what the way
says that they brought.
"""

from __future__ import annotations

import io
import itertools
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from kiosk.app.package.facts import fitting
from kiosk.authoring.samples import Samples
from kiosk.domain.captured_document import CapturedDocument
from kiosk.domain.case import CaseAnswer, IssuedDocument
from kiosk.domain.devices import (
    DEVICE_NAMES,
    CardPresent,
    CardRead,
    DeviceStatus,
    DocumentCaptured,
    Health,
    MrzRead,
    Supply,
)
from kiosk.domain.identity_card import CardKind, IdCard
from kiosk.domain.modes import PLAIN, Modes
from kiosk.domain.travel_document import MrzFormat, TravelDocument
from kiosk.flow.advance import advance, begin
from kiosk.flow.effects import (
    AskRecord,
    AskSlots,
    CapturePage,
    Effect,
    LookUpLicences,
    NewSession,
    PrintReceipt,
    ReadCard,
    ScanCode,
    SubmitCase,
)
from kiosk.flow.events import (
    CaseAnswered,
    Committed,
    DatePicked,
    FlowEvent,
    LicencesFound,
    ReceiptReady,
    RecordFound,
    Signed,
    SlotsFound,
    Started,
    Touched,
    Typed,
)
from kiosk.flow.present import present
from kiosk.flow.state import FlowState, Place, World, engine_of
from kiosk.flow.view import FormBody, Key, ScreenView, SignBody, parts_of
from kiosk.forms import JSON, LANGUAGES, AnswerSet, Licence, ServicePackage, decide
from kiosk.forms.records import record_view
from kiosk.services.casework import Occasion, build

MOST_TOUCHES = 400
_LAST_PAGES = frozenset({"cannot", "rate"})
_OVER = _LAST_PAGES | {"attract", "wiped"}
_STROKES = tuple(tuple((60 * n + 12 * x, 60 + 20 * (x % 3)) for x in range(8)) for n in range(3))
_CITY = {"zh-Hans": "云浦市", "en": "Yunpu"}
CARD = IdCard(
    kind=CardKind.RESIDENT,
    name="林秋禾",
    sex="2",
    nation="01",
    birth=date(1991, 4, 16),
    address="临水县青石镇柳下村3组18号",
    number="339999199104169828",
    issuer="临水县公安局",
    valid_from=date(2020, 1, 1),
    valid_to=date(2040, 1, 1),
)

PASSPORT = TravelDocument(
    format=MrzFormat.TD3,
    kind="P",
    number="E00007730",
    issuer="UTO",
    name="LIN QIUHE",
    nationality="UTO",
    birth=date(1991, 4, 16),
    sex="F",
    valid_to=date(2031, 5, 1),
)


class Visit:
    """One way through one package. ``stopped_at`` names the page where the way could not be gone on, if any."""

    def __init__(
        self, package: ServicePackage, answers: AnswerSet, language: str, today: date, modes: Modes = PLAIN
    ) -> None:
        self.package = package
        self.stopped_at: str | None = None
        self._answers = answers
        self._language = language
        self._queue: deque[FlowEvent] = deque()
        self._cases = itertools.count(1)
        self._opened: set[str] = set()
        self._taken: set[str] = set()
        self._held: list[FlowEvent] = []
        now = datetime.combine(today, time(4), UTC)
        place = Place(
            "YP0301",
            "nanan",
            {"zh-Hans": "云浦市南岸 24 小时政务服务厅", "en": "Yunpu South Bank Hall"},
            _CITY,
            "12345",
            _STAFFED,
        )
        devices = {
            name: DeviceStatus(name, "preview", "preview", Health.ONLINE, Supply.UNKNOWN, "ok", None, now)
            for name in DEVICE_NAMES
        }
        world = World(
            place=place, packages=(package,), devices=devices, centre_reachable=True, modes=modes, voices=LANGUAGES
        )
        self._state = begin(FlowState(world=world, now=now, mono=1000.0))[0]

    def theirs(self) -> frozenset[str]:
        """What was read of the person or typed by them so far."""
        session = self._state.session
        if session is None:
            return frozenset()
        engine = engine_of(self.package)
        typed = {
            str(answer.value)
            for path, answer in session.answers.items()
            if (field := engine.field(path)) is not None and not field.options and field.kind != "date"
        }
        return frozenset(typed | ({session.subject.name, session.subject.number} if session.subject else set()))

    def views(self) -> Iterator[ScreenView]:
        """Every page of the way as it is when it is left, from the guide on."""
        for name in ("action.start", f"language.{self._language}", "everyday.guide", f"item.{self.package.id}"):
            self._feed(Touched(name))
        for _ in range(MOST_TOUCHES):
            before = self._view
            if before.step in _OVER:
                if before.step in _LAST_PAGES:
                    yield before
                return
            if self._held:
                # The page that asks for a card is seen before the card is put down.
                yield before
                held, self._held = self._held, []
                for event in held:
                    self._feed(event)
                continue
            self._fill(before)
            after = self._view
            if after.key == before.key and after.step == before.step:
                yield after
                self._feed(Touched("action.next"))
                if (self._view.key, self._view.step) == (after.key, after.step) and self._view == after:
                    self.stopped_at = f"{after.step} ({after.key})"
                    return
        self.stopped_at = f"{self._view.step}: more than {MOST_TOUCHES} touches"

    # ---- what the hand does

    @property
    def _view(self) -> ScreenView:
        return present(self._state)

    def _fill(self, view: ScreenView) -> None:
        """Everything a resident does on this page before going on."""
        keys = {key.name: key for key in parts_of(Key, view.body) if key.enabled}
        if isinstance(view.body, FormBody):
            for field in view.body.fields:
                value = self._wanted(field.path)
                if value is None and field.optional is None and not field.options:
                    value = self._spare(field.path)
                if field.options:
                    self._choose(keys, field.path, value)
                elif value is not None and not field.value:
                    self._feed(Touched(field.name))
                    picked = (
                        DatePicked(field.path, str(value)) if field.kind == "date" else Typed(field.path, str(value))
                    )
                    self._feed(picked)
        elif isinstance(view.body, SignBody):
            if not view.body.ticked:
                self._feed(Touched("declare.tick"))
            if not view.body.strokes:
                self._feed(Signed(900, 400, _STROKES))
        elif view.step == "capture":
            for name in ("capture.use", "capture.done"):
                if any(key.name == name for key in parts_of(Key, self._view)):
                    self._feed(Touched(name))
        elif view.step == "consent":
            ticked: frozenset[str] = getattr(view.body, "ticked", frozenset())
            for name in keys:
                if name.startswith("consent.") and name not in ticked and not keys[name].tag:
                    self._feed(Touched(name))
        else:
            self._first_choice(view, keys)
        self._add_entries(keys)

    def _first_choice(self, view: ScreenView, keys: Mapping[str, Key]) -> None:
        """The choice that the way takes; where it says nothing, the first that needs no camera and no second person."""
        choices = [name for name in keys if name.startswith("choice.")]
        selected: frozenset[str] = getattr(view.body, "selected", frozenset())
        mends = [name for name in keys if name.startswith("mend.") and name not in self._opened]
        if mends:
            # A paper that a window would send back is given in another way.
            self._opened.add(mends[0])
            self._feed(Touched(mends[0]))
            others = [
                key.name for key in parts_of(Key, self._view.body) if key.enabled and key.name.startswith("choice.")
            ]
            if len(others) > 1:
                self._feed(Touched(next(name for name in others if name not in self._taken)))
            return
        if not choices or selected & set(choices):
            return
        by_path = [name for name in choices if self._says(name)]
        easy = [name for name in choices if not name.endswith((".capture", ".here"))]
        self._taken.add((by_path or easy or choices)[0])
        self._feed(Touched((by_path or easy or choices)[0]))

    def _says(self, name: str) -> bool:
        path, _, value = name.removeprefix("choice.").rpartition(".")
        answer = self._answers.get(path)
        return answer is not None and answer.value == value

    def _choose(self, keys: Mapping[str, Key], path: str, value: JSON) -> None:
        options = [name for name in keys if name.startswith(f"choice.{path}.")]
        wanted = value if isinstance(value, list | tuple) else [value]
        names = [f"choice.{path}.{one}" for one in wanted if f"choice.{path}.{one}" in options]
        session = self._state.session
        given = session.answers.get(path) if session is not None else None
        if given is None:
            for name in names or options[:1]:
                self._feed(Touched(name))

    def _wanted(self, path: str) -> JSON:
        answer = self._answers.get(path)
        return None if answer is None else answer.value

    def _add_entries(self, keys: Mapping[str, Key]) -> None:
        """On the overview of a group: open each entry once, then add one more while the way has more of them."""
        for name in keys:
            if name.startswith("repeat.") and (".change." in name or name.endswith(".add")):
                group = name.removeprefix("repeat.").partition(".")[0]
                there = sum(1 for key in keys if key.startswith(f"repeat.{group}.change."))
                wanted = self._wanted(group)
                fewest = wanted if isinstance(wanted, int) else 0
                if name in self._opened or (name.endswith(".add") and there >= fewest):
                    continue
                self._opened |= {f"repeat.{group}.change.{there}"} if name.endswith(".add") else {name}
                self._feed(Touched(name))
                return

    # ---- what the world answers

    def _feed(self, event: FlowEvent) -> None:
        self._queue.append(event)
        while self._queue:
            transition = advance(self._state, self._queue.popleft())
            self._state = transition.state
            for effect in transition.effects:
                self._queue.extend(self._answers_to(effect))

    def _answers_to(self, effect: Effect) -> Iterator[FlowEvent]:
        session = self._state.session.id if self._state.session is not None else ""
        match effect:
            case NewSession():
                yield Started("0" * 16)
            case ReadCard():
                self._held = [CardPresent(session), CardRead(session, self._card())]
            case CapturePage():
                self._held = [DocumentCaptured(session, _blank_page())]
            case ScanCode() if self._state.method == "passport":
                self._held = [MrzRead(session, PASSPORT)]
            case LookUpLicences(types):
                yield LicencesFound(session, {kind: found for kind in types if (found := self._licence(kind))})
            case AskRecord():
                yield RecordFound(session, self._facts(), self._state.today)
            case AskSlots(office):
                yield SlotsFound(session, office, self._places())
            case SubmitCase():
                yield from self._filed(effect)
            case PrintReceipt(receipt):
                from printing import FontStack, lay_out, to_text

                preview = lay_out(receipt.for_screen(), FontStack.discover())
                lines = tuple(to_text(preview, 32, single=True).splitlines())
                yield ReceiptReady(session, "preview", lines)

    def _spare(self, path: str) -> JSON:
        """A value that is accepted at a question that the way says nothing of; None where none is found."""
        engine, session = engine_of(self.package), self._state.session
        asked = engine.field(path)
        if asked is None or session is None:
            return None
        samples = Samples((), {}, self.package.office_rules, self._state.today)
        values = (value for number in range(8) for value in samples.plain(asked, number))
        context = self._state.context
        return next((v for v in values if engine.check(path, v, session.answers, context) is None), None)

    def _brought(self, prefix: str) -> dict[str, JSON]:
        """What the way says that a source brought: the rest of the source's name -> value."""
        found: dict[str, JSON] = {}
        for page in self.package.pages:
            for field in page.fields:
                value = self._wanted(field.path)
                if field.source is not None and field.source.startswith(prefix) and value is not None:
                    found[field.source.removeprefix(prefix)] = value
        return found

    def _card(self) -> IdCard:
        """The card of the person the way is about."""
        brought = {name: str(value) for name, value in self._brought("card.").items()}
        number = brought.get("number", CARD.number)
        if len(number) != 18:
            return CARD
        return replace(
            CARD,
            name=brought.get("name", CARD.name),
            number=number,
            birth=date.fromisoformat(brought.get("birth", f"{number[6:10]}-{number[10:12]}-{number[12:14]}")),
            sex="1" if number[16] in "13579" else "2",
            address=brought.get("address", CARD.address),
        )

    def _licence(self, kind: str) -> Licence | None:
        """A licence is found where the way has something of it; other papers are asked for."""
        brought = self._brought(f"licence.{kind}.")
        if not brought:
            return None
        texts = {name: str(value) for name, value in brought.items()}
        return Licence(kind, "YP20250312004417", _CITY, self._state.today - timedelta(days=30), None, texts)

    def _facts(self) -> Mapping[str, JSON]:
        """Facts with which one may go on."""
        spec, today = self.package.record, self._state.today
        if spec is None:
            return {}

        def goes_on(facts: Mapping[str, JSON]) -> bool:
            return record_view(spec, facts, today).stop is None

        return fitting(spec.facts, self.package.id, self._brought("record."), goes_on)

    def _places(self) -> Mapping[str, Mapping[str, int]]:
        """Nearly everything is free: the first time of every day has one place left."""
        rules, today = self.package.booking, self._state.today
        if rules is None:
            return {}
        days = (today + timedelta(days=number) for number in range(2 * rules.last_workday + 14))
        left = {slot: 1 if slot == rules.slots[0] else rules.capacity for slot in rules.slots}
        return {day.isoformat(): left for day in days}

    def _filed(self, effect: SubmitCase) -> Iterator[FlowEvent]:
        state = self._state
        occasion = Occasion("ab" * 16, lambda: f"YP0301-261123-{next(self._cases):010d}", 1, state.now, True)
        _, filing = build(effect.session, self.package, state.world.place, effect.language, state.context, occasion)
        yield Committed(effect.session.id, filing)
        for case in filing.cases:
            yield CaseAnswered(self._decided(case.case_id))

    def _decided(self, case_id: str) -> CaseAnswer:
        package, state = self.package, self._state
        if package.decision is None:
            ticket = "YP20261123001" if package.kind == "complaint" else None
            return CaseAnswer(case_id, "ticketed" if ticket else "accepted", state.now, "YP1", ticket)
        rules, session = package.decision, state.session
        data = engine_of(package).data(session.answers, state.context) if session is not None else {}

        def granted(facts: Mapping[str, JSON]) -> bool:
            return decide(package, data, facts, state.today).outcome == "granted"

        facts = fitting(rules.facts, package.id, self._brought("record."), granted)
        decision = decide(package, data, facts, state.today)
        document = None
        if decision.document is not None:
            draft = decision.document
            rows = tuple((row.label, row.value) for row in draft.rows)
            issued = draft.issued_on.isoformat()
            document = IssuedDocument(
                draft.title, "YPS-1", draft.statement, rows, issued, None, package.agency, "https://yunpu.example/v/1"
            )
        return CaseAnswer(case_id, decision.outcome, state.now, "YP1", None, decision.reason, document)


@cache
def _blank_page() -> CapturedDocument:
    """A sheet with nothing on it, as the document camera would bring it."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (620, 877), "white").save(out, "JPEG")
    return CapturedDocument("image/jpeg", out.getvalue(), 620, 877)


_STAFFED = {"zh-Hans": "云浦市人民路政务服务厅，周一到周六 9:00–17:00", "en": "Renmin Road hall, Mon–Sat 9:00–17:00"}
