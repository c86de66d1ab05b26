"""Passport, document camera, A4 printer, guide light, power: each on the flow alone."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from kiosk.domain.captured_document import MAX_ATTACHED_BYTES, MAX_PAGES, CapturedDocument
from kiosk.domain.devices import (
    CODE_SCANNER,
    DOCUMENT_CAMERA,
    DOCUMENT_PRINTER,
    ID_CARD,
    IO_BOARD,
    RECEIPT_PRINTER,
    UPS,
    CaptureAdvice,
    CaptureStage,
    CaptureUpdate,
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
    Supply,
    UnlistedDevice,
)
from kiosk.flow.effects import CapturePage, PrintDocument, Record, StopCapture, WipeSession
from kiosk.flow.events import FlowEvent, SheetReady, Tick, Touched
from kiosk.flow.guide_light import next_part
from kiosk.flow.view import AttractBody, CaptureBody, IdentifyBody, Notice, ReceiptBody, RowsBody
from tests.flow.test_part_lost import at, certified, guide, identify
from tests.flow.world import CARD, MALL, NOON, PAGE, PASSPORT, Visit, device, fresh, whole


def advice(visit: Visit) -> Notice:
    body = visit.view.body
    assert isinstance(body, CaptureBody)
    assert body.advice is not None
    return body.advice


# ---- passport


def test_passport_says_who_somebody_is_with_less_trust_than_a_chip() -> None:
    visit = identify("method.passport")
    visit.feed(MrzRead(visit.session, PASSPORT))
    assert visit.step == "form"
    session = visit.state.session
    assert session is not None
    assert session.proof is not None
    assert (session.proof.method, session.proof.trust) == ("passport", "B")
    assert session.subject is not None
    assert session.subject.card_kind == "passport"
    name = session.answers["applicant.name"]
    assert (name.value, name.source, name.trust) == ("LIN QIUHE", "passport", "B")


def test_expired_passport_is_refused_and_another_can_be_shown() -> None:
    visit = identify("method.passport")
    old = dataclasses.replace(PASSPORT, valid_to=NOON.date() - timedelta(days=1))
    visit.feed(MrzRead(visit.session, old))
    body = visit.view.body
    assert isinstance(body, IdentifyBody)
    assert body.message is not None
    assert "过期" in body.message.title
    visit.feed(MrzRead(visit.session, PASSPORT))
    assert visit.step == "form"


def test_passport_where_none_is_taken_and_code_where_none_is_taken_say_so() -> None:
    visit = Visit(whole()).to_identify("open-restaurant")
    for event in (MrzRead(visit.session, PASSPORT), CodeScanned(visit.session, b"YPC1.a.b")):
        visit.feed(event)
        body = visit.view.body
        assert isinstance(body, IdentifyBody)
        assert body.message is not None
        assert visit.step == "identify"


# ---- document camera


@pytest.mark.parametrize("told", CaptureAdvice)
def test_every_advice_has_words_that_say_what_to_do(told: CaptureAdvice) -> None:
    visit = at("capture")
    for language in ("zh-Hans", "en"):
        visit.state = dataclasses.replace(visit.state, language=language)
        visit.feed(CaptureUpdate(visit.session, CaptureStage.LOOKING, told, b"\xff\xd8"))
        assert advice(visit).title
        assert advice(visit).text


def test_page_is_looked_at_and_may_be_taken_again_before_it_counts() -> None:
    visit = at("capture").photograph()
    assert isinstance(visit.effects[-2], StopCapture)
    session = visit.state.session
    assert session is not None
    assert session.papers == {}
    visit.touch("capture.again")
    assert isinstance(visit.effect(CapturePage), CapturePage)
    visit.photograph().touch("capture.use")
    assert visit.state.session is not None
    assert visit.state.session.papers == {"lease": (PAGE,)}
    assert visit.step != "capture"


def test_pages_of_one_paper_end_at_the_limit() -> None:
    visit = at("capture")
    for _ in range(MAX_PAGES - 1):
        visit.photograph().touch("capture.more")
    visit.photograph()
    assert "capture.more" not in {key.name for key in visit.pressable()}
    visit.touch("capture.use")
    assert visit.state.session is not None
    assert len(visit.state.session.papers["lease"]) == MAX_PAGES


def test_page_that_would_burst_the_case_is_not_kept_and_the_others_are() -> None:
    big = CapturedDocument("image/jpeg", b"\xff\xd8\xff" + bytes(MAX_ATTACHED_BYTES // 2), 100, 100)
    visit = at("capture")
    visit.feed(DocumentCaptured(visit.session, big)).touch("capture.more")
    visit.feed(DocumentCaptured(visit.session, big))
    assert "装不下" in advice(visit).title
    visit.touch("capture.done")
    assert visit.state.session is not None
    assert visit.state.session.papers["lease"] == (big,)


def test_old_photograph_stays_until_the_new_one_is_whole() -> None:
    visit = at("review:photographed")
    while "retake.lease" not in {key.name for key in visit.pressable()}:
        visit.touch("page.following")
    body = visit.view.body
    assert isinstance(body, RowsBody)
    assert any(row.picture for row in body.rows)
    visit.touch("retake.lease")
    assert visit.step == "capture"
    visit.touch("action.back", "action.back")
    assert visit.step == "review"
    assert visit.state.session is not None
    assert visit.state.session.papers["lease"] == (PAGE,)
    while "retake.lease" not in {key.name for key in visit.pressable()}:
        visit.touch("page.following")
    other = dataclasses.replace(PAGE, data=PAGE.data + b"2")
    visit.touch("retake.lease").feed(DocumentCaptured(visit.session, other)).touch("capture.use")
    assert visit.step == "review"
    assert visit.state.session is not None
    assert visit.state.session.papers["lease"] == (other,)


def test_another_way_lets_the_photograph_go() -> None:
    visit = at("review:photographed").touch("action.back", "action.back")
    while visit.state.page != "lease":
        visit.touch("action.back")
    visit.touch("choice.material.lease.show_later")
    assert visit.state.session is not None
    assert visit.state.session.papers == {}


def test_paper_that_lies_still_does_not_hold_the_session_and_one_that_moves_does() -> None:
    visit = at("capture")
    for second in range(59):
        stage = (CaptureStage.LOOKING, CaptureStage.STEADY)[second % 2]
        visit.feed(CaptureUpdate(visit.session, stage)).wait(1)
    assert visit.state.overlay is None
    for _ in range(61):
        visit.feed(CaptureUpdate(visit.session, CaptureStage.LOOKING)).wait(1)
    assert visit.state.overlay == "idle"


def test_without_a_camera_nobody_is_offered_a_photograph() -> None:
    from tests.flow.test_visit import renewal_to_materials

    visit = renewal_to_materials(Visit(fresh()))
    assert not [key.name for key in visit.pressable() if key.name.endswith(".capture")]


# ---- A4


def sheet_of(visit: Visit) -> str:
    body = visit.view.body
    assert isinstance(body, ReceiptBody)
    assert body.sheet is not None
    return body.sheet.state


def test_certificate_is_printed_when_asked_for_and_followed_to_its_end() -> None:
    visit = at("receipt:out")
    assert sheet_of(visit) == "offered"
    assert not any(isinstance(effect, PrintDocument) for effect in visit.effects)
    visit.touch("document.print").feed(SheetReady(visit.session, "d1"))
    assert sheet_of(visit) == "queued"
    visit.feed(PrintUpdate("d1", PrintOutcome.SENT))
    assert sheet_of(visit) == "printing"
    visit.feed(PrintUpdate("d1", PrintOutcome.HELD, "paper_out"))
    body = visit.view.body
    assert isinstance(body, ReceiptBody)
    assert body.sheet is not None
    assert "缺纸" in body.sheet.notice.title
    visit.feed(PrintUpdate("d1", PrintOutcome.SENT), PrintUpdate("d1", PrintOutcome.CONFIRMED))
    assert sheet_of(visit) == "confirmed"
    assert "document.print" not in {key.name for key in visit.pressable()}


def test_page_on_its_way_out_is_not_called_off_by_a_hasty_finish_but_by_leaving() -> None:
    visit = at("receipt:sheet_printing")
    done = visit.view.primary
    assert done is not None
    assert not done.enabled
    assert done.why_disabled
    visit.feed(Touched("action.next"))
    assert visit.step == "receipt"
    visit.touch("action.exit")
    assert visit.wiped


def test_update_of_the_slip_is_not_taken_for_the_sheet_nor_the_other_way_round() -> None:
    visit = at("receipt:sheet_printing")
    visit.feed(PrintUpdate("r1", PrintOutcome.FAILED))
    assert sheet_of(visit) == "printing"
    visit.feed(PrintUpdate("d1", PrintOutcome.CONFIRMED), PrintUpdate("nobody", PrintOutcome.FAILED))
    assert visit.state.session is not None
    assert (visit.state.session.print_outcome, visit.state.session.sheet_outcome) == ("failed", "confirmed")


def test_sheet_that_waits_for_paper_does_not_hold_the_session_and_ends_with_it() -> None:
    visit = at("receipt:sheet_held").wait(95)
    assert visit.state.session is None
    assert isinstance(visit.effect(WipeSession), WipeSession)


def test_terminal_that_never_had_an_a4_printer_says_nothing_of_one() -> None:
    devices = {name: device(name) for name in (ID_CARD, CODE_SCANNER, RECEIPT_PRINTER)}
    visit = Visit(fresh(devices=devices)).to_identify("social-insurance-certificate")
    visit.feed(CardRead(visit.session, CARD)).touch("action.next", "action.next")
    body = visit.commit().granted().touch("action.next").view.body
    assert isinstance(body, ReceiptBody)
    assert body.sheet is None


# ---- guide light


@pytest.mark.parametrize(
    ("place", "part"),
    [
        ("home", None),
        ("identify", ID_CARD),
        ("identify:code", CODE_SCANNER),
        ("identify:passport", CODE_SCANNER),
        ("identify:checking", None),
        ("capture", DOCUMENT_CAMERA),
        ("capture:taken", None),
        ("receipt", RECEIPT_PRINTER),
        ("receipt:out", RECEIPT_PRINTER),
        ("receipt:sheet_printing", DOCUMENT_PRINTER),
        ("receipt:sheet_out", DOCUMENT_PRINTER),
        ("receipt:sheet_held", RECEIPT_PRINTER),
        ("help", None),
        ("wiped", None),
    ],
)
def test_light_stands_at_the_part_that_is_used_next(place: str, part: str | None) -> None:
    visit = at(place)
    assert next_part(visit.state) == part
    assert visit.view.part == part


# ---- the offer


def test_stale_news_of_other_places_send_nobody_anywhere() -> None:
    visit = guide("open-restaurant").feed(StatusChanged(device(ID_CARD, Health.OFFLINE)))
    visit.state = dataclasses.replace(visit.state, now=NOON + timedelta(hours=7))
    body = visit.view.body
    assert [row.label for row in body.elsewhere] == ["去柜台", "打电话"]  # type: ignore[union-attr]
    assert "不知道" in str(body.elsewhere[0].hint)  # type: ignore[union-attr]


def test_place_that_lacks_the_same_part_is_not_named() -> None:
    lacking = dataclasses.replace(
        MALL, machines=tuple(dataclasses.replace(m, working=m.working - {ID_CARD}) for m in MALL.machines)
    )
    visit = guide("open-restaurant").feed(StatusChanged(device(ID_CARD, Health.OFFLINE)))
    visit.state = dataclasses.replace(visit.state, world=dataclasses.replace(visit.state.world, sites=(lacking,)))
    assert visit.view.body.elsewhere[0].label == "去柜台"  # type: ignore[union-attr]


def test_receipt_printer_without_paper_keeps_every_item_and_says_where_paper_is() -> None:
    visit = at("home").feed(StatusChanged(device(RECEIPT_PRINTER, supply=Supply.OUT)))
    assert visit.view.notice is not None
    assert "东门商场" in visit.view.notice.text
    assert "10 分钟前还好用" in visit.view.notice.text
    visit.touch("everyday.guide")
    assert not [key for key in visit.pressable() if key.tag == "本机办不了"]


# ---- power, door, the rest of the world


def test_low_battery_gives_a_minute_and_then_wipes_with_the_reason() -> None:
    visit = at("form").feed(PowerChanged(Power.BATTERY_LOW, 8)).wait(59)
    assert visit.step == "form"
    visit.wait(2)
    assert visit.wiped
    assert "电池" in visit.view.title
    assert Record("session.power_out") in visit.effects
    visit.wait(3)
    assert visit.step == "maintenance"


def test_power_that_returns_in_time_ends_nothing() -> None:
    visit = at("form").feed(PowerChanged(Power.BATTERY_LOW, 8)).wait(30).feed(PowerChanged(Power.MAINS, 9)).wait(29)
    assert visit.step == "form"
    assert visit.view.strip is None


@pytest.mark.parametrize(
    ("told", "part"), [(PowerChanged(Power.BATTERY), UPS), (DoorChanged(True), IO_BOARD)], ids=["ups", "io_board"]
)
def test_part_that_was_lost_after_it_closed_the_terminal_does_not_keep_it_closed(told: FlowEvent, part: str) -> None:
    visit = Visit(whole()).feed(told)
    assert visit.step == "maintenance"
    visit.feed(StatusChanged(device(part, Health.OFFLINE)))
    assert visit.step == "attract"


def test_filed_case_is_not_hurried_by_a_low_battery() -> None:
    visit = certified().feed(PowerChanged(Power.BATTERY_LOW, 8)).wait(55)
    assert visit.step == "result"


def test_card_left_behind_is_said_at_the_end_until_it_is_taken() -> None:
    visit = identify()
    visit.feed(CardRead(visit.session, CARD), CardStillThere(visit.session)).touch("action.exit", "action.leave")
    assert "请拿走身份证" in visit.view.title
    visit.wait(5)
    assert visit.step == "wiped"
    visit.feed(CardRemoved("long ago"), Tick())
    assert visit.step == "attract"


def test_somebody_near_is_greeted_and_starts_nothing() -> None:
    visit = Visit(whole()).feed(PersonNear(True))
    body = visit.view.body
    assert isinstance(body, AttractBody)
    assert "您好" in body.line
    assert visit.step == "attract"


def test_headphones_are_known_until_they_are_pulled_out_or_the_board_is_lost() -> None:
    visit = Visit(whole()).feed(HeadsetChanged(True))
    assert visit.state.world.headset
    assert not visit.feed(HeadsetChanged(False)).state.world.headset
    visit.feed(HeadsetChanged(True), StatusChanged(device(IO_BOARD, Health.OFFLINE)))
    assert not visit.state.world.headset


def test_unlisted_device_is_noted_for_the_technician_and_the_session_goes_on() -> None:
    visit = at("form").feed(UnlistedDevice("usb 046d:c31c keyboard", True))
    assert visit.step == "form"
    assert list(visit.state.world.unlisted) == ["usb 046d:c31c keyboard"]
    visit.feed(UnlistedDevice("usb 046d:c31c keyboard", False))
    assert not visit.state.world.unlisted
