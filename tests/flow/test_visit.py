"""A resident's way, without a screen."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from kiosk.domain.case import CaseAnswer
from kiosk.domain.devices import CardFailed, CardFailure, CardRead, Health, PrintOutcome, PrintUpdate, StatusChanged
from kiosk.flow.effects import LookUpLicences, PrintReceipt, ReadCard, ScanCode, SendRating, SubmitCase, WipeSession
from kiosk.flow.events import (
    CaseAnswered,
    CatalogueLoaded,
    CodeRejected,
    CommitFailed,
    DatePicked,
    HandSeen,
    IntakeChanged,
    LicencesFound,
    LicencesUnavailable,
    ReceiptReady,
    Touched,
    Typed,
    WaitOver,
)
from kiosk.flow.parts import find_page
from kiosk.flow.view import InfoBody, RateBody, ReceiptBody
from kiosk.forms import Licence
from tests.flow.world import CARD, NOON, Visit, device, fresh


def licence(kind: str) -> Licence:
    return Licence(kind, "L-1", {"zh-Hans": "云浦市公安局"}, date(2025, 1, 1), date(2030, 1, 1), {})


def renewal_to_materials(visit: Visit | None = None) -> Visit:
    visit = (visit or Visit()).to_form().touch("action.next", "choice.residence.kind.rent", "action.next")
    visit.touch(
        next(k.name for k in visit.pressable() if k.name.startswith("choice.residence.district.")), "action.next"
    )
    visit.feed(Typed("residence.address", "柳桥路77号1202室")).touch("action.next")
    visit.feed(Typed("residence.landlord", "王砚舟")).touch("action.next")
    visit.feed(Touched("field.residence.lease_until"))
    visit.feed(DatePicked("residence.lease_until", "2027-12-31")).touch("action.next")
    visit.feed(Typed("work.employer", "云浦市柳桥食品店")).touch("action.next")
    visit.feed(Typed("applicant.phone", "13800138000")).touch("action.next")
    return visit


def renewal_to_sign(visit: Visit | None = None) -> Visit:
    visit = renewal_to_materials(visit)
    assert visit.step == "materials"
    asked = visit.effect(LookUpLicences)
    assert isinstance(asked, LookUpLicences)
    assert visit.state.session is not None
    visit.feed(LicencesFound(visit.state.session.id, {kind: licence(kind) for kind in asked.types}))
    while visit.step == "materials":
        ways = (k.name for k in visit.pressable() if k.name.startswith("choice.material."))
        way = next((name for name in ways if not name.endswith(".capture")), None)
        visit.touch(*([way] if way else []), "action.next")
    return visit


def renewal_to_review(visit: Visit | None = None) -> Visit:
    return renewal_to_sign(visit).sign().touch("action.next")


def renewal_submitted(visit: Visit | None = None) -> Visit:
    visit = renewal_to_review(visit)
    assert visit.step == "review"
    return visit.touch("action.next")


def test_whole_way_ends_wiped_with_one_case_one_receipt_and_an_unlinked_rating() -> None:
    visit = renewal_submitted()
    assert visit.step == "submit"
    visit.commit()
    assert visit.state.session is not None
    assert visit.state.session.filing is not None
    main = visit.state.session.filing.main.case_id
    visit.feed(CaseAnswered(CaseAnswer(main, "accepted", NOON, official_no="SL-1")))
    assert visit.step == "result"
    visit.touch("action.next")
    assert visit.step == "receipt"
    printed = [effect for effect in visit.effects if isinstance(effect, PrintReceipt)]
    assert len(printed) == 1
    assert main in str(printed[0].receipt.case_ids)
    visit.touch("action.next", "rate.5", "action.next")
    assert visit.effect(SendRating) == SendRating("residence-permit-renewal", 5, ())
    assert visit.step == "wiped"
    assert visit.state.session is None
    visit.wait(3)
    assert visit.step == "attract"


def test_before_the_store_answers_nothing_is_called_submitted_and_nothing_leads_away() -> None:
    visit = renewal_submitted()
    for name in ("action.exit", "action.back", "action.help", "action.next"):
        visit.feed(Touched(name))
        assert visit.step == "submit"
    visit.wait(500)
    assert visit.step == "submit"
    assert not visit.wiped


def test_commit_fails_then_the_review_says_nothing_was_submitted_and_keeps_every_answer() -> None:
    visit = renewal_submitted()
    session = visit.state.session
    assert session is not None
    visit.feed(CommitFailed(session.id, "disk_full"))
    assert visit.step == "review"
    assert visit.view.notice is not None
    assert "还没有提交" in visit.view.notice.title
    assert visit.answer("residence.landlord") == "王砚舟"


@pytest.mark.parametrize("reason", ["disk_full", "read_only", "io", "damaged", "conflict", "closed", "invalid"])
def test_every_reason_for_not_saving_has_words(reason: str) -> None:
    visit = renewal_submitted()
    assert visit.state.session is not None
    visit.feed(CommitFailed(visit.state.session.id, reason))
    assert visit.view.notice is not None
    assert visit.view.notice.text


def test_centre_does_not_answer_in_time_then_page_and_paper_say_received_here() -> None:
    visit = renewal_submitted().commit()
    assert visit.state.session is not None
    visit.feed(WaitOver(visit.state.session.id))
    assert visit.step == "result"
    assert visit.view.title == "本机已收件，尚未受理"
    visit.touch("action.next")
    printed = visit.effect(PrintReceipt)
    assert isinstance(printed, PrintReceipt)
    assert printed.receipt.state_line["zh-Hans"] == "本机已收件，尚未受理"
    assert printed.receipt.holder_masked != CARD.name


def test_answer_about_another_case_changes_nothing_here() -> None:
    visit = renewal_submitted().commit()
    visit.feed(CaseAnswered(CaseAnswer("YP0301-261123-ZZZZZZZZZZ", "accepted", NOON)))
    assert visit.step == "submit"


def test_back_from_the_end_to_the_guide_and_forward_again_keeps_every_answer() -> None:
    visit = renewal_to_review()
    session = visit.state.session
    assert session is not None
    before = dict(session.answers)
    for _ in range(60):
        if visit.step == "guide":
            break
        visit.touch("action.back")
    assert visit.step == "guide"
    for _ in range(60):
        if visit.step == "review":
            break
        visit.touch("action.next")
    assert visit.step == "review"
    assert visit.state.session is not None
    assert visit.state.session.answers == before


def test_language_changes_on_every_page_without_losing_an_answer() -> None:
    visit = renewal_to_review()
    session = visit.state.session
    assert session is not None
    visit.touch("action.language")
    assert visit.view.language == "en"
    assert visit.state.session is not None
    assert visit.state.session.answers == session.answers
    assert visit.view.title == "Check once more"


def test_changing_one_answer_in_the_review_returns_to_the_review() -> None:
    visit = renewal_to_review().touch("page.following")
    name = next(k.name for k in visit.pressable() if k.name.startswith("change."))
    visit.touch(name)
    assert visit.step in ("form", "materials")
    visit.touch("action.next")
    assert visit.step == "review"


def test_change_that_opens_a_new_question_asks_it_before_the_review() -> None:
    visit = renewal_to_review()
    while not any(k.name == "change.residence.kind" for k in visit.pressable()):
        visit.touch("page.following")
    visit.touch("change.residence.kind", "choice.residence.kind.relatives", "action.next")
    assert visit.state.page == "host"
    visit.feed(Typed("residence.host", "赵听澜")).touch("action.next")
    while visit.step == "materials":
        way = next((k.name for k in visit.pressable() if k.name.startswith("choice.material.")), None)
        visit.touch(*([way] if way else []), "action.next")
    assert visit.step == "review"
    submitted = visit.touch("action.next").effect(SubmitCase)
    assert isinstance(submitted, SubmitCase)


def test_idle_warns_with_a_countdown_then_wipes() -> None:
    visit = Visit().to_form()
    visit.wait(61)
    assert visit.step == "idle"
    visit.feed(HandSeen())
    assert visit.step == "idle"
    visit.touch("action.stay")
    assert visit.step == "form"
    visit.wait(91)
    assert visit.step in ("wiped", "attract")
    assert any(isinstance(effect, WipeSession) for effect in visit.effects)


def test_leaving_with_answers_asks_once_then_wipes() -> None:
    visit = Visit().to_form().touch("action.exit")
    assert visit.step == "exit"
    visit.touch("action.stay")
    assert visit.step == "form"
    visit.touch("action.exit", "action.leave")
    assert visit.step == "wiped"
    assert visit.state.session is None


def test_help_shows_number_and_place_and_leads_back() -> None:
    visit = Visit().to_form().touch("action.help")
    assert visit.step == "help"
    assert "12345" in str(visit.view.overlay)
    assert visit.touch("action.stay").step == "form"


@pytest.mark.parametrize("reason", list(CardFailure))
def test_card_that_cannot_be_read_says_why_and_what_to_do(reason: CardFailure) -> None:
    visit = Visit().to_identify("social-insurance-certificate", "en")
    assert visit.step == "identify"
    assert visit.state.session is not None
    visit.feed(CardFailed(visit.state.session.id, reason))
    assert visit.step == "identify"
    assert "identify." not in str(visit.view)
    visit.feed(CardRead(visit.state.session.id, CARD))
    assert visit.step != "identify"


def test_expired_card_is_refused_and_nothing_of_it_is_kept() -> None:
    visit = Visit().to_identify("social-insurance-certificate")
    assert visit.state.session is not None
    visit.feed(CardRead(visit.state.session.id, dataclasses.replace(CARD, valid_to=date(2015, 1, 1))))
    assert visit.step == "identify"
    assert visit.state.session.subject is None
    assert "过期" in str(visit.view.body)


def test_reader_lost_on_the_card_page_offers_the_code_and_comes_back_by_itself() -> None:
    visit = Visit().touch("action.start", "language.zh-Hans", "everyday.guide", "item.residence-permit-renewal")
    visit.touch("action.next", "choice.scenario.permit.valid", "action.next")
    visit.touch(
        "choice.scenario.reason.work", "action.next", "action.next", "consent.privacy", "action.next", "action.next"
    )
    visit.feed(StatusChanged(device("id_card", Health.OFFLINE)))
    assert "method.citizen_qr" in {key.name for key in visit.pressable()}
    count = sum(isinstance(effect, ReadCard) for effect in visit.effects)
    visit.feed(StatusChanged(device("id_card")))
    assert sum(isinstance(effect, ReadCard) for effect in visit.effects) == count + 1
    visit.touch("method.citizen_qr")
    assert visit.effect(ScanCode)
    assert visit.state.session is not None
    visit.feed(CodeRejected(visit.state.session.id, "replayed"))
    assert "用过" in str(visit.view.body)


def test_event_of_an_ended_session_is_dropped() -> None:
    visit = Visit().to_form()
    before = visit.state
    visit.feed(LicencesUnavailable("0ther"), CommitFailed("0ther", "io"))
    assert visit.state == before


def test_slow_licence_library_degrades_to_capture() -> None:
    visit = renewal_to_materials()
    assert visit.state.session is not None
    visit.feed(LicencesUnavailable(visit.state.session.id))
    assert visit.view.notice is not None
    visit.touch("action.next")
    assert any(key.name.startswith("choice.material.") for key in visit.pressable())


def test_no_consent_to_the_library_asks_nobody() -> None:
    visit = Visit().touch("action.start", "language.zh-Hans", "everyday.guide", "item.residence-permit-renewal")
    visit.touch("action.next", "choice.scenario.permit.valid", "action.next")
    visit.touch(
        "choice.scenario.reason.work", "action.next", "action.next", "consent.privacy", "action.next", "action.next"
    )
    assert not any(isinstance(effect, LookUpLicences) for effect in visit.effects)


def test_without_any_device_the_terminal_says_what_it_cannot_do_and_offers_the_rest() -> None:
    visit = Visit(fresh(devices={})).touch("action.start", "language.zh-Hans")
    assert visit.view.notice is not None
    visit.touch("everyday.complaint")
    assert visit.step == "guide"
    visit.touch("action.next")
    assert visit.step == "consent"
    visit.touch("action.exit")


def test_item_that_needs_a_missing_reader_is_marked_before_and_cannot_be_started() -> None:
    visit = Visit(fresh(devices={})).touch("action.start", "language.zh-Hans", "everyday.guide")
    assert visit.card("item.open-restaurant").tag == "本机办不了"
    visit.touch("item.open-restaurant")
    primary = visit.view.primary
    assert primary is not None
    assert not primary.enabled
    assert "刷身份证" in str(visit.view.body)


def test_intake_closed_is_told_before_the_first_question() -> None:
    visit = Visit().feed(IntakeChanged(False)).touch("action.start", "language.zh-Hans")
    assert visit.view.notice is not None
    assert "存满" in visit.view.notice.title
    visit.touch("everyday.guide", "item.social-insurance-certificate")
    assert visit.view.primary is not None
    assert not visit.view.primary.enabled


def test_new_catalogue_leaves_the_open_item_as_it_began() -> None:
    visit = Visit().to_form()
    before = visit.state.package
    visit.feed(CatalogueLoaded(()))
    assert visit.state.package is before
    assert visit.touch("action.next").step == "form"


def test_search_finds_an_item_in_a_residents_own_words() -> None:
    visit = Visit().touch("action.start", "language.zh-Hans", "action.search").feed(Typed("search", "续居住证"))
    assert visit.touch("item.residence-permit-renewal").step == "guide"
    assert visit.touch("action.back").step == "search"


def test_function_that_comes_later_says_where_to_go_instead() -> None:
    visit = Visit().touch("action.start", "language.en", "everyday.ask")
    assert visit.step == "elsewhere"
    assert "12345" in str(visit.view.body)
    assert visit.touch("action.back").step == "home"


def test_unknown_print_outcome_is_never_printed_again_by_itself_and_a_reprint_is_marked() -> None:
    visit = renewal_submitted().commit()
    assert visit.state.session is not None
    visit.feed(WaitOver(visit.state.session.id)).touch("action.next")
    visit.feed(ReceiptReady(visit.state.session.id, "job1", ("回执",)))
    visit.feed(PrintUpdate("job1", PrintOutcome.UNKNOWN, "no_answer"))
    visit.wait(20)
    assert sum(isinstance(effect, PrintReceipt) for effect in visit.effects) == 1
    visit.touch("action.reprint")
    again = visit.effect(PrintReceipt)
    assert isinstance(again, PrintReceipt)
    assert again.receipt.reprint


def test_five_taps_in_three_seconds_open_only_a_keypad() -> None:
    visit = Visit()
    for _ in range(4):
        visit.feed(Touched("staff.corner"))
    visit.wait(4)
    for _ in range(4):
        visit.feed(Touched("staff.corner"))
    assert visit.step == "attract"
    visit.feed(Touched("staff.corner"))
    assert visit.step == "staff_pin"


def test_staff_gesture_inside_a_visit_does_nothing() -> None:
    visit = Visit().to_form()
    for _ in range(10):
        visit.feed(Touched("staff.corner"))
    assert visit.step == "form"


def restaurant_to_staff() -> Visit:
    """The restaurant's form up to the overview of its staff, always taking the first answer."""
    visit = Visit().to_identify("open-restaurant")
    assert visit.state.session is not None
    visit.feed(CardRead(visit.state.session.id, CARD))
    typed = {
        "enterprise.name_number": "YP2026110916",
        "enterprise.name": "问渠小馆",
        "shop.address": "柳桥路77号底商",
        "shop.area": "60",
        "shop.seats": "20",
    }
    while not any(key.name == "repeat.staff.add" for key in visit.pressable()):
        run = find_page(visit.state)
        assert run is not None, visit.step
        for field in run.fields:
            if field.path in typed:
                visit.feed(Typed(field.path, typed[field.path]))
            elif field.field.options:
                visit.touch(f"choice.{field.path}.{field.field.options[0].value}")
            elif field.field.kind == "date":
                visit.feed(DatePicked(field.path, "2026-12-24"))
        visit.touch("action.next")
    return visit


def test_group_with_an_unfinished_entry_says_which_before_it_is_left() -> None:
    visit = restaurant_to_staff()
    if not any(key.name == "repeat.staff.change.0" for key in visit.pressable()):
        visit.touch("repeat.staff.add", "action.back")
    visit.touch("action.next")
    assert find_page(visit.state) is not None
    assert "员工 1还没填完" in str(visit.view.body)
    visit.touch("repeat.staff.change.0")
    assert visit.state.page == "staff.0.name"
    assert visit.touch("action.back").state.page == "staff"


def test_receipt_of_an_offline_case_names_no_last_day_and_no_paper_that_was_not_handed_in() -> None:
    visit = renewal_to_materials()
    assert visit.state.session is not None
    visit.feed(LicencesUnavailable(visit.state.session.id)).touch("action.next")
    while visit.step == "materials":
        visit.touch(next(k.name for k in visit.pressable() if k.name.endswith(".show_later")), "action.next")
    visit.sign().touch("action.next", "action.next").commit()
    visit.feed(WaitOver(visit.state.session.id)).touch("action.next")

    printed = visit.effect(PrintReceipt)

    assert isinstance(printed, PrintReceipt)
    receipt = printed.receipt
    assert receipt.deadlines
    assert all(line.by is None for line in receipt.deadlines)
    assert "以后出示" not in str(receipt.handed_in)
    assert "以后出示" in str(receipt.notes)


@pytest.mark.parametrize("outcome", [PrintOutcome.FAILED, PrintOutcome.UNKNOWN])
def test_page_that_stands_for_the_receipt_begins_with_state_and_number(outcome: PrintOutcome) -> None:
    visit = renewal_submitted().commit()
    assert visit.state.session is not None
    visit.feed(WaitOver(visit.state.session.id)).touch("action.next")
    lines = ("云浦市政务服务", *(f"第{row}行" for row in range(30)))
    visit.feed(ReceiptReady(visit.state.session.id, "job1", lines), PrintUpdate("job1", outcome, "paper_out"))

    body = visit.view.body

    assert isinstance(body, ReceiptBody)
    assert visit.state.session is not None
    assert visit.state.session.filing is not None
    assert "本机已收件，尚未受理" in body.lines[:2]
    assert visit.state.session.filing.main.case_id in body.lines[:4]


def complaining(visit: Visit | None = None) -> Visit:
    """A bad rating was given."""
    visit = renewal_submitted(visit).commit()
    assert visit.state.session is not None
    assert visit.state.session.filing is not None
    visit.feed(CaseAnswered(CaseAnswer(visit.state.session.filing.main.case_id, "accepted", NOON)))
    return visit.touch("action.next", "action.next", "rate.1", "rate.reason.slow", "action.next")


def test_rating_has_five_equal_choices_none_taken_beforehand_and_one_press_skips_it() -> None:
    visit = renewal_submitted().commit().feed(WaitOver("5e55")).touch("action.next", "action.next")
    body = visit.view.body
    assert isinstance(body, RateBody)
    assert [key.name for key in body.levels] == ["rate.5", "rate.4", "rate.3", "rate.2", "rate.1"]
    assert len({(key.kind, key.enabled, key.tag) for key in body.levels}) == 1
    assert (body.selected, body.reasons) == (None, ())
    assert not any(isinstance(effect, SendRating) for effect in visit.touch("action.skip").effects)
    assert visit.step == "wiped"


def test_a_bad_rating_is_counted_first_and_a_ticket_is_another_visit_with_nothing_of_this_one() -> None:
    visit = complaining()
    assert visit.effect(SendRating) == SendRating("residence-permit-renewal", 1, ("slow",))
    assert isinstance(visit.view.body, InfoBody)
    visit.touch("rate.ticket")
    assert (visit.step, visit.state.package and visit.state.package.id) == ("guide", "complaint-12345")
    assert visit.wiped
    session = visit.state.session
    assert session is not None
    assert (session.subject, dict(session.answers), session.filing, session.rating) == (None, {}, None, None)
    assert sum(isinstance(effect, SendRating) for effect in visit.effects) == 1


def test_who_wants_no_ticket_is_done_and_cannot_rate_twice() -> None:
    visit = complaining()
    visit.feed(Touched("rate.5"), Touched("action.next"))
    assert sum(isinstance(effect, SendRating) for effect in visit.effects) == 1
    assert visit.touch("action.done").step == "wiped"
