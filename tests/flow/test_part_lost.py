"""Every page and every part: what happens when the part is lost while the page is up, and when it comes back.

A model says which part each page needs, apart from the program. For every pair: nothing breaks, nothing of the resident
is lost, there is a way on; a page that needs the part says so and names the alternative; and it goes back by itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest

from kiosk.domain.devices import (
    CODE_SCANNER,
    DEVICE_NAMES,
    DOCUMENT_CAMERA,
    DOCUMENT_PRINTER,
    ID_CARD,
    IO_BOARD,
    RECEIPT_PRINTER,
    CaptureAdvice,
    CaptureStage,
    CaptureUpdate,
    CardPresent,
    CardRead,
    CodeScanned,
    DoorChanged,
    Health,
    Power,
    PowerChanged,
    PrintOutcome,
    PrintUpdate,
    StatusChanged,
)
from kiosk.flow.advance import NOBODY, STAFF, STEPS
from kiosk.flow.events import (
    CommitFailed,
    FlowEvent,
    LicencesUnavailable,
    ParkingFailed,
    PinAccepted,
    ReceiptReady,
    RecordFound,
    SheetReady,
    SlotsUnavailable,
    Touched,
    Typed,
    WaitOver,
    WorkRefused,
)
from kiosk.flow.guide_light import next_part
from kiosk.flow.view import (
    CaptureBody,
    GuideBody,
    HomeBody,
    IdentifyBody,
    ListBody,
    Notice,
    ReceiptBody,
    ScreenView,
    SearchBody,
)
from tests.flow import coming_back, putting_by
from tests.flow import test_form_kinds as form_kinds
from tests.flow.shared_case import hand_back, hand_over, parties, party_identify, party_sees, party_sign
from tests.flow.test_visit import renewal_submitted, renewal_to_materials, renewal_to_review
from tests.flow.world import CARD, Visit, device, whole
from tests.more_packages import BOOKING, QUERY, samples

CERTIFICATE = "social-insurance-certificate"


def at(step: str) -> Visit:
    """A resident on this page, on the way a resident takes there. ``step:how`` is a page in another condition."""
    return PLACES[step]()


def home() -> Visit:
    return Visit(whole()).touch("action.start", "language.zh-Hans")


def items() -> Visit:
    """The list, at the page that has the certificate's card."""
    visit = home().touch("everyday.guide")
    visit.card(f"item.{CERTIFICATE}")
    return visit


def guide(item: str = CERTIFICATE) -> Visit:
    return home().touch("everyday.guide", f"item.{item}")


def searching() -> Visit:
    from kiosk.flow.events import Typed

    return home().touch("action.search").feed(Typed("search", "社保"))


def elsewhere() -> Visit:
    return home().touch("everyday.ask")


def scenario() -> Visit:
    return guide("residence-permit-renewal").touch("action.next")


def looked_up() -> Visit:
    """A record on the page, with the line that prints it."""
    visit = Visit(whole(packages=samples())).to_identify(QUERY).feed(CardRead("5e55", CARD))
    return visit.feed(RecordFound(visit.session, {"social_insurance_months": 14}, visit.state.today))


def booking() -> Visit:
    """The days that can be booked, none of them known to be full."""
    visit = Visit(whole(packages=samples())).to_identify(BOOKING).feed(CardRead("5e55", CARD)).touch("action.next")
    visit.feed(Typed("applicant.phone", "13800005520")).touch("action.next")
    return visit.feed(SlotsUnavailable(visit.session))


def checklist() -> Visit:
    visit = scenario().touch(
        "choice.scenario.permit.valid", "action.next", "choice.scenario.reason.work", "action.next"
    )
    assert visit.step == "checklist"
    return visit


def consent() -> Visit:
    return guide().touch("action.next")


def identify(*keys: str) -> Visit:
    return Visit(whole()).to_identify(CERTIFICATE).touch(*keys)


def checking() -> Visit:
    visit = identify("method.citizen_qr")
    return visit.feed(CodeScanned(visit.session, b"YPC1.a.b"))


def reading() -> Visit:
    visit = identify()
    return visit.feed(CardPresent(visit.session))


def paper_question() -> Visit:
    visit = renewal_to_materials(Visit(whole()))
    visit.feed(LicencesUnavailable(visit.session)).touch("action.next")
    assert visit.step == "materials"
    return visit


def materials_overview() -> Visit:
    visit = renewal_to_materials(Visit(whole()))
    return visit.feed(LicencesUnavailable(visit.session))


def capture() -> Visit:
    visit = paper_question()
    way = next(key.name for key in visit.pressable() if key.name.endswith(".capture"))
    return visit.touch(way, "action.next")


def looking() -> Visit:
    visit = capture()
    return visit.feed(CaptureUpdate(visit.session, CaptureStage.LOOKING, CaptureAdvice.GLARE, b"\xff\xd8"))


def one_page_kept() -> Visit:
    return capture().photograph().touch("capture.more")


def review() -> Visit:
    return renewal_to_review(Visit(whole()))


def reviewed_paper() -> Visit:
    visit = capture().photograph().touch("capture.use")
    while visit.step == "materials":
        ways = [key.name for key in visit.pressable() if key.name.endswith((".show_later", ".promise"))]
        visit.touch(*ways[:1], "action.next")
    return visit.sign().touch("action.next")


def precheck() -> Visit:
    """A photographed paper that needs another page."""
    visit = form_kinds.at("materials")
    while "choice.material.proof.capture" not in {key.name for key in visit.pressable()}:
        visit.touch("action.next")
    return visit.touch("choice.material.proof.capture", "action.next").photograph().touch("capture.use")


def sign() -> Visit:
    return review().touch("action.back")


def not_saved() -> Visit:
    visit = renewal_submitted(Visit(whole()))
    return visit.feed(CommitFailed(visit.session, "io"))


def certified() -> Visit:
    visit = identify()
    visit.feed(CardRead(visit.session, CARD)).touch("action.next", "action.next")
    return visit.commit().granted()


def receipt(*outcomes: PrintOutcome) -> Visit:
    visit = certified().touch("action.next")
    visit.feed(ReceiptReady(visit.session, "r1", ("line",)))
    return visit.feed(*(PrintUpdate("r1", outcome) for outcome in outcomes))


def sheet(*outcomes: PrintOutcome) -> Visit:
    visit = receipt(PrintOutcome.CONFIRMED).touch("document.print")
    visit.feed(SheetReady(visit.session, "d1"))
    return visit.feed(*(PrintUpdate("d1", outcome, "paper_out") for outcome in outcomes))


def rate() -> Visit:
    return receipt(PrintOutcome.CONFIRMED).touch("action.next")


def refused(visit: Visit) -> Visit:
    return visit.feed(CardRead(visit.session, CARD), WorkRefused(visit.session, "unknown"))


def refused_parking() -> Visit:
    visit = putting_by.asked()
    return visit.feed(ParkingFailed(visit.session, "disk_full"))


def knocked() -> Visit:
    return Visit(whole()).feed(*[Touched("staff.corner")] * 5)


def technician() -> Visit:
    return knocked().feed(PinAccepted())


def cannot() -> Visit:
    visit = scenario().touch("choice.scenario.permit.lapsed", "action.next")
    assert visit.step == "cannot", visit.step
    return visit


def out_of_service() -> Visit:
    return Visit(dataclasses.replace(whole(), step="out_of_service"))


def maintenance() -> Visit:
    return Visit(whole()).feed(DoorChanged(True))


PLACES: dict[str, Callable[[], Visit]] = {
    "attract": lambda: Visit(whole()),
    "language": lambda: Visit(whole()).touch("action.start"),
    "home": home,
    "search": searching,
    "items": items,
    "elsewhere": elsewhere,
    "guide": guide,
    "guide:papers": lambda: guide("residence-permit-renewal"),
    "guide:no_identity": lambda: guide("complaint-12345"),
    "guide:card_only": lambda: guide("open-restaurant"),
    "scenario": scenario,
    "cannot": cannot,
    "checklist": checklist,
    "lookup": looked_up,
    "book": booking,
    "consent": consent,
    "identify": identify,
    "identify:reading": reading,
    "identify:code": lambda: identify("method.citizen_qr"),
    "identify:checking": checking,
    "identify:passport": lambda: identify("method.passport"),
    "identify:card_only": lambda: Visit(whole()).to_identify("open-restaurant"),
    "form": lambda: Visit(whole()).to_form(),
    "materials": materials_overview,
    "materials:paper": paper_question,
    "capture": capture,
    "capture:looking": looking,
    "capture:taken": lambda: capture().photograph(),
    "capture:one_kept": one_page_kept,
    "precheck": precheck,
    "sign": sign,
    "parties": parties,
    "hand_over": hand_over,
    "party_identify": party_identify,
    "party_identify:code": lambda: party_identify().touch("method.citizen_qr"),
    "party_sees": party_sees,
    "party_sign": party_sign,
    "hand_back": hand_back,
    "take_up": coming_back.take_up,
    "take_up_identify": coming_back.asked,
    "take_up_identify:code": lambda: coming_back.asked().touch("method.citizen_qr"),
    "no_work": lambda: refused(coming_back.asked()),
    "tracking": coming_back.came,
    "owed": coming_back.owed,
    "work_sees": lambda: coming_back.came(coming_back.work("party")),
    "work_sign": coming_back.work_sign,
    "follow_review": coming_back.brought,
    "follow_result": coming_back.follow_result,
    "take_up_identify:parked": putting_by.scanned,
    "parking": putting_by.asked,
    "carry_on": putting_by.carry_on,
    "carry_on:sent": lambda: putting_by.slip(PrintOutcome.SENT),
    "carry_on:out": lambda: putting_by.slip(PrintOutcome.CONFIRMED),
    "resume": putting_by.interrupted,
    "resume:looking": putting_by.started_again,
    "review": review,
    "review:photographed": reviewed_paper,
    "review:not_saved": not_saved,
    "submit": lambda: renewal_submitted(Visit(whole())),
    "submit:saved": lambda: renewal_submitted(Visit(whole())).commit(),
    "result": certified,
    "receipt": receipt,
    "receipt:sent": lambda: receipt(PrintOutcome.SENT),
    "receipt:out": lambda: receipt(PrintOutcome.CONFIRMED),
    "receipt:sheet_queued": sheet,
    "receipt:sheet_printing": lambda: sheet(PrintOutcome.SENT),
    "receipt:sheet_held": lambda: sheet(PrintOutcome.HELD),
    "receipt:sheet_out": lambda: sheet(PrintOutcome.CONFIRMED),
    "rate": rate,
    "wiped": lambda: home().touch("action.exit"),
    "help": lambda: identify("action.help"),
    "exit": lambda: review().touch("action.exit"),
    "exit:may_park": lambda: putting_by.at_the_form().touch("action.exit"),
    "idle": lambda: review().wait(65),
    "idle:may_park": lambda: putting_by.at_the_form().wait(65),
    "not_parked": lambda: refused_parking(),
    "staff_pin": knocked,
    "diagnostics": technician,
    "maintenance": maintenance,
    "out_of_service": out_of_service,
}
#: Pages for technicians that have tests of their own, by the part they are about.
CHECKED_ELSEWHERE = {"device", "checking", "looping", "readiness", "usage"}
#: Nobody can press anything here; the page ends by itself or says when it will.
WITHOUT_KEYS = {"submit", "parking", "wiped", "maintenance", "out_of_service"}


def needs(place: str) -> set[str]:
    """The model: which parts the page at this place is about, so that it has to speak of their loss."""
    step, _, how = place.partition(":")
    match step:
        case "identify":
            return {"": {ID_CARD}, "reading": {ID_CARD}, "card_only": {ID_CARD}, "checking": set[str]()}.get(
                how, {CODE_SCANNER}
            )
        case "take_up":
            return {CODE_SCANNER}
        case "carry_on":
            return {RECEIPT_PRINTER}
        case "resume":
            return set() if how == "looking" else {ID_CARD}
        case "owed":
            return {DOCUMENT_CAMERA}
        case "party_identify" | "take_up_identify":
            return {CODE_SCANNER if how == "code" else ID_CARD}
        case "capture":
            return {DOCUMENT_CAMERA}
        case "materials":
            return {DOCUMENT_CAMERA} if how == "paper" else set()
        case "receipt":
            printed = how == "out" or how.startswith("sheet")
            asked = how.startswith("sheet")
            return (set() if printed else {RECEIPT_PRINTER}) | (set() if asked else {DOCUMENT_PRINTER})
        case "review":
            return set() if how == "not_saved" else {RECEIPT_PRINTER}
        case "home":
            return {ID_CARD, RECEIPT_PRINTER}
        case "items" | "search":
            return {ID_CARD, DOCUMENT_PRINTER}
        case "guide":
            return {
                "": {ID_CARD, DOCUMENT_PRINTER, RECEIPT_PRINTER},
                "papers": {ID_CARD, DOCUMENT_CAMERA, RECEIPT_PRINTER},
                "card_only": {ID_CARD, DOCUMENT_CAMERA, RECEIPT_PRINTER},
                "no_identity": {RECEIPT_PRINTER},
            }[how]
    return set()


def lose(visit: Visit, part: str) -> Visit:
    return visit.feed(StatusChanged(device(part, Health.OFFLINE)))


def give_back(visit: Visit, part: str) -> Visit:
    return visit.feed(StatusChanged(device(part)))


def words(view: ScreenView) -> set[str]:
    """All that is to be read on the page."""
    return set(_strings(view.overlay if view.overlay is not None else view))


def _strings(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif dataclasses.is_dataclass(part) and not isinstance(part, type):
        for field in dataclasses.fields(part):
            if field.name not in ("step", "key", "part", "icon", "state", "name"):
                yield from _strings(getattr(part, field.name))
    elif isinstance(part, tuple | frozenset):
        for entry in part:
            yield from _strings(entry)


def notices(part: object) -> Iterator[Notice]:
    if isinstance(part, Notice):
        yield part
    elif dataclasses.is_dataclass(part) and not isinstance(part, type):
        for field in dataclasses.fields(part):
            yield from notices(getattr(part, field.name))
    elif isinstance(part, tuple):
        for entry in part:
            yield from notices(entry)


def holds(visit: Visit) -> tuple[object, ...]:
    """What the resident said, showed and was given here."""
    session = visit.state.session
    if session is None:
        return ()
    return (
        session.answers,
        session.consents,
        session.subject,
        session.material_ways,
        session.papers,
        session.capturing,
        session.taken,
        session.signature,
        session.parties,
        session.joining,
        session.work,
        session.code,
        session.filing,
        session.receipt_lines,
    )


def has_a_way_on(visit: Visit) -> bool:
    return visit.state.step in WITHOUT_KEYS or any(key.enabled for key in visit.pressable())


#: The board that said the door is open: without it nothing keeps the terminal closed, which has a test of its own.
CLOSED_BY = ("maintenance", IO_BOARD)
PAIRS = [(place, part) for place in PLACES for part in DEVICE_NAMES if (place, part) != CLOSED_BY]


def test_every_step_is_one_of_these_places() -> None:
    reached = {at(place).state.step for place in PLACES}
    assert reached | CHECKED_ELSEWHERE == set(STEPS.by_name)
    assert {at(place).state.overlay for place in PLACES} == {None, "help", "exit", "idle", "not_parked"}
    for place in PLACES:
        assert place.partition(":")[0] in (at(place).state.step, at(place).state.overlay), place


@pytest.mark.parametrize(("place", "part"), PAIRS, ids=lambda value: value)
def test_lost_part_leaves_a_way_on_and_nothing_of_the_resident_is_lost(place: str, part: str) -> None:
    visit = at(place)
    before, kept, step = words(visit.view), holds(visit), visit.step

    lose(visit, part)

    assert visit.step == step, "a lost part takes nobody's page away"
    assert holds(visit) == kept
    assert has_a_way_on(visit)
    assert visit.view.title
    assert next_part(visit.state) != part, "no light at a part that is out"
    fresh_words = words(visit.view) - before
    if part in needs(place):
        assert fresh_words, "the page speaks of the part it needs"
        spoken = [notice for notice in notices(visit.view) if {notice.title} & fresh_words]
        disabled = [key.why_disabled for key in visit.pressable() if key.why_disabled in fresh_words]
        tagged = [key.tag for key in visit.pressable() if key.tag in fresh_words]
        verdict = isinstance(visit.view.body, GuideBody) and not visit.view.body.can_finish
        assert spoken or disabled or tagged or verdict


@pytest.mark.parametrize(("place", "part"), PAIRS, ids=lambda value: value)
def test_part_that_comes_back_puts_the_page_right_by_itself(place: str, part: str) -> None:
    visit, undisturbed = at(place), at(place)

    give_back(lose(visit, part), part)

    again = {"identify:reading": ("identify", ID_CARD), "capture:looking": ("capture", DOCUMENT_CAMERA)}.get(place)
    if again is not None and again[1] == part:
        # The part begins again: what it had half done is done anew, without a touch.
        undisturbed = at(again[0])
    assert words(visit.view) == words(undisturbed.view)
    assert visit.view.key == undisturbed.view.key
    assert next_part(visit.state) == next_part(undisturbed.state)


@pytest.mark.parametrize("place", [place for place in PLACES if "identify" in place])
def test_lost_way_to_identify_offers_the_others_or_says_where_to_go(place: str) -> None:
    visit = at(place)
    for part in sorted(needs(place)):
        lose(visit, part)
        body = visit.view.body
        assert isinstance(body, IdentifyBody)
        assert body.state == "unavailable"
        if place == "identify:card_only":
            assert body.elsewhere[0].label == "东门商场便民服务点"
            assert any("10 分钟前还好用" in str(row.hint) for row in body.elsewhere)
            assert any(row.value == "12345" for row in body.elsewhere)
        else:
            assert body.switches
            assert all(key.enabled for key in body.switches)
            visit.touch(body.switches[0].name)
            assert visit.view.body.state == "waiting"  # type: ignore[union-attr]


@pytest.mark.parametrize("place", [place for place in PLACES if place.partition(":")[0] == "capture"])
def test_lost_camera_leaves_the_other_ways_to_provide_the_paper(place: str) -> None:
    visit = lose(at(place), DOCUMENT_CAMERA)
    body = visit.view.body
    assert isinstance(body, CaptureBody)
    assert body.advice is not None
    if place == "capture:taken":
        visit.touch("capture.use")
        assert visit.state.session is not None
        assert len(visit.state.session.papers) == 1
    elif place == "capture:one_kept":
        visit.touch("capture.done")
        assert visit.state.session is not None
        assert len(visit.state.session.papers) == 1
    else:
        visit.touch("capture.other")
        assert visit.step == "materials"
        later = next(key.name for key in visit.pressable() if key.name.endswith(".show_later"))
        visit.touch(later, "action.next")
        assert visit.step in ("materials", "precheck")


def test_lost_camera_at_the_question_disables_that_way_alone_with_its_reason() -> None:
    visit = lose(at("materials:paper"), DOCUMENT_CAMERA)
    ways = {key.name.rpartition(".")[2]: key for key in visit.pressable() if key.name.startswith("choice.material.")}
    assert not ways["capture"].enabled
    assert ways["capture"].why_disabled
    assert ways["show_later"].enabled


@pytest.mark.parametrize("place", ["receipt", "receipt:sent"])
def test_lost_receipt_printer_shows_the_receipt_on_the_screen(place: str) -> None:
    visit = lose(at(place), RECEIPT_PRINTER).feed(PrintUpdate("r1", PrintOutcome.FAILED, "no_answer"))
    body = visit.view.body
    assert isinstance(body, ReceiptBody)
    assert visit.state.session is not None
    assert visit.state.session.filing is not None
    assert visit.state.session.filing.main.case_id in body.lines
    assert body.qr


@pytest.mark.parametrize(
    "outcome", [PrintOutcome.FAILED, PrintOutcome.UNKNOWN, PrintOutcome.HELD, PrintOutcome.CANCELED]
)
def test_lost_a4_printer_says_where_the_certificate_can_be_had(outcome: PrintOutcome) -> None:
    visit = lose(at("receipt:sheet_printing"), DOCUMENT_PRINTER).feed(PrintUpdate("d1", outcome, "no_answer"))
    body = visit.view.body
    assert isinstance(body, ReceiptBody)
    assert body.sheet is not None
    assert body.sheet.state == outcome.value
    assert "下载" in body.sheet.notice.text
    assert body.sheet.key is None


@pytest.mark.parametrize("place", ["scenario", "consent"])
def test_everything_to_identify_with_lost_on_the_way_there_is_said_before_it_is_reached(place: str) -> None:
    visit = lose(lose(at(place), ID_CARD), CODE_SCANNER)
    assert visit.view.notice is not None
    assert "东门商场便民服务点" in visit.view.notice.text


@pytest.mark.parametrize("place", ["home", "items", "search", "guide", "guide:card_only", "guide:papers"])
def test_before_the_start_the_offer_names_another_place_and_how_old_the_news_is(place: str) -> None:
    visit = lose(lose(at(place), ID_CARD), CODE_SCANNER)
    body = visit.view.body
    match body:
        case GuideBody():
            assert not body.can_finish
            assert body.elsewhere[0].label == "东门商场便民服务点"
            assert body.elsewhere[0].hint == "10 分钟前还好用"
            assert len(body.elsewhere) == 3
            assert visit.view.primary is not None
            assert not visit.view.primary.enabled
        case HomeBody():
            assert visit.view.notice is not None
            assert "东门商场便民服务点" in visit.view.notice.text
        case ListBody() | SearchBody():
            cards = [key for key in visit.pressable() if key.name.startswith("item.") and "complaint" not in key.name]
            assert cards
            assert all(key.tag == "本机办不了" for key in cards)


@pytest.mark.parametrize(
    "event",
    [PowerChanged(Power.BATTERY, 80), PowerChanged(Power.BATTERY_LOW, 9), DoorChanged(True)],
    ids=["battery", "battery_low", "door"],
)
@pytest.mark.parametrize("place", PLACES)
def test_power_and_door_end_no_page_but_keep_the_next_visit_from_starting(place: str, event: FlowEvent) -> None:
    visit = at(place)
    kept, step = holds(visit), visit.step

    visit.feed(event)

    assert visit.step == ("maintenance" if step == "attract" else step)
    assert holds(visit) == kept
    assert has_a_way_on(visit)
    if visit.state.session is not None and isinstance(event, PowerChanged):
        assert visit.view.strip
    if place == "maintenance" or visit.state.step in STAFF | {"out_of_service"}:
        return
    if visit.state.step not in NOBODY:
        if visit.state.step == "submit":
            if visit.state.session is not None and visit.state.session.filing is None:
                visit.commit()
            visit.feed(WaitOver(visit.session))
        if visit.state.step == "parking":
            putting_by.put_by(visit)
        while visit.state.overlay is not None:
            visit.touch("action.stay")
        visit.touch("action.exit")
        if visit.state.overlay is not None:
            visit.touch("action.leave")
    visit.wait(3)
    assert visit.step == "maintenance"

    visit.feed(PowerChanged(Power.MAINS, 80), DoorChanged(False)).wait(1)

    assert visit.step == "attract"
