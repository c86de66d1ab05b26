"""Work that is put by and taken up again, and the visit that a crash ended."""

from __future__ import annotations

import dataclasses

import pytest

from kiosk.domain.devices import CardRead, CodeScanned, Health, MrzRead, Power, PowerChanged, StatusChanged
from kiosk.domain.session import Subject
from kiosk.flow.effects import (
    AskRecord,
    GoOnWithVisit,
    LookUpLicences,
    ParkWork,
    PrintReceipt,
    ReleaseWork,
    SubmitCase,
    WipeSession,
)
from kiosk.flow.events import (
    CodeAccepted,
    LicencesFound,
    LicencesUnavailable,
    ParkingFailed,
    ParkingKnown,
    Touched,
    Typed,
    VisitLost,
    WorkRefused,
    WorkTaken,
)
from kiosk.flow.laying_aside import CONSENT, of_visit, same_person, to_park
from kiosk.flow.view import AskOverlay, CarryOnBody, IdleOverlay
from tests.flow.putting_by import (
    CARRY_ON,
    CLAIMED,
    asked,
    at_the_form,
    carry_on,
    interrupted,
    put_by,
    read_back,
    scanned,
    started_again,
    taken_up,
)
from tests.flow.test_lookup import QUERY
from tests.flow.test_visit import renewal_to_materials, renewal_to_review
from tests.flow.world import CARD, PASSPORT, Visit, device, fresh, whole

OTHER = dataclasses.replace(CARD, number="339999199001010014", name="陈守")


def with_consent() -> Visit:
    """Agreed beforehand, then on to the form."""
    visit = Visit(whole(parking=True)).to_identify("residence-permit-renewal")
    visit.touch("action.back", "action.back") if visit.step == "identify" else visit
    visit.touch("consent.park", "action.next", "action.next")
    return visit.feed(CardRead(visit.session, CARD))


# ---- who may


def test_work_is_offered_to_be_saved_only_where_it_can_be_sealed() -> None:
    assert "action.park" in {key.name for key in at_the_form().touch("action.exit").pressable()}
    assert "action.park" not in {key.name for key in Visit(whole()).to_form().touch("action.exit").pressable()}


def test_nobody_is_offered_it_who_has_not_shown_who_they_are() -> None:
    visit = Visit(whole(parking=True)).to_identify("residence-permit-renewal")
    assert visit.view.overlay is None
    visit.feed(Touched("action.exit"))
    assert "action.park" not in {key.name for key in visit.pressable()}
    visit.feed(Touched("action.park"))
    assert not any(isinstance(effect, ParkWork) for effect in visit.effects)


def test_code_that_told_only_a_pseudonym_is_enough_to_save() -> None:
    visit = Visit(whole(parking=True)).to_identify("residence-permit-renewal").touch("method.citizen_qr")
    visit.feed(CodeScanned(visit.session, b"YPC1.a.b"))
    visit.feed(CodeAccepted(visit.session, Subject("", "", "", handle="h"), "B"))
    asked(visit)
    effect = visit.effect(ParkWork)
    assert isinstance(effect, ParkWork)
    assert effect.owner.handle == "h"


def test_passport_is_no_way_to_come_back_so_nothing_is_offered_to_be_saved() -> None:
    visit = Visit(whole(parking=True)).to_identify("social-insurance-certificate").touch("method.passport")
    visit.feed(MrzRead(visit.session, PASSPORT)).touch("action.exit")
    assert visit.state.here.subject is not None
    assert "action.park" not in {key.name for key in visit.pressable()}


def test_looking_up_a_record_is_nothing_to_save() -> None:
    from tests.more_packages import samples

    visit = Visit(whole(packages=samples(), parking=True)).to_identify(QUERY).feed(CardRead("5e55", CARD))
    visit.touch("action.exit")
    assert "action.park" not in {key.name for key in visit.pressable()}


def test_somebody_who_joins_is_not_asked_to_save_another_ones_work() -> None:
    from tests.flow.shared_case import party_sees

    visit = party_sees().feed(ParkingKnown(True)).touch("action.exit")
    assert "action.park" not in {key.name for key in visit.pressable()}


# ---- saving


def test_saved_is_said_only_after_the_store_has_it() -> None:
    visit = asked()
    assert visit.step == "parking"
    assert "存好了" not in visit.view.title
    assert put_by(visit).step == "carry_on"
    assert "存好了" in visit.view.title


def test_what_is_saved_holds_no_identity_and_nothing_of_register_or_library() -> None:
    draft = to_park(renewal_to_review(Visit(whole(parking=True))).state)
    session = draft.session
    assert (session.subject, session.proof, session.id) == (None, None, "")
    assert not session.licences
    assert not session.record
    assert not {answer.source for answer in session.answers.values()} & {"licence", "record"}
    assert session.signature is not None
    assert session.consents


def test_after_saving_nothing_of_the_resident_is_left_but_what_the_slip_says() -> None:
    visit = carry_on()
    session = visit.state.here
    assert not session.answers
    assert session.subject == Subject(CARD.name, "", "")
    receipt = visit.effect(PrintReceipt)
    assert isinstance(receipt, PrintReceipt)
    slip = receipt.receipt
    assert slip.kind == "carry_on"
    assert slip.carry_on is not None
    assert slip.carry_on.code == CARRY_ON.code
    assert CARD.name not in repr(dataclasses.asdict(slip))
    assert CARD.number not in repr(dataclasses.asdict(slip))
    visit.touch("action.next")
    assert visit.wiped


def test_without_paper_the_page_says_to_photograph_the_code() -> None:
    visit = asked().feed(StatusChanged(device("receipt_printer", Health.OFFLINE)))
    put_by(visit)
    body = visit.view.body
    assert isinstance(body, CarryOnBody)
    assert body.guide.tone == "caution"
    assert body.code == CARRY_ON.code
    assert "拍" in visit.view.title
    assert not any(isinstance(effect, PrintReceipt) for effect in visit.effects)


@pytest.mark.parametrize("how", ["refused", "silent"])
def test_store_that_says_no_leaves_the_page_as_it_was(how: str) -> None:
    visit = at_the_form()
    before = visit.state.session
    page = visit.state.page
    asked(visit)
    visit.feed(ParkingFailed(visit.session, "disk_full")) if how == "refused" else visit.wait(11)
    assert visit.step == "not_parked"
    assert isinstance(visit.view.overlay, AskOverlay)
    assert visit.view.overlay.title == "没有存上"
    visit.touch("action.stay")
    assert (visit.step, visit.state.page, visit.state.session) == ("form", page, before)
    visit.touch("action.exit", "action.park")
    assert put_by(visit).step == "carry_on"


def test_answer_that_comes_after_giving_up_changes_nothing() -> None:
    visit = asked().wait(11).touch("action.stay")
    put_by(visit)
    assert visit.step == "form"


def test_warning_offers_to_save_and_hides_the_page() -> None:
    visit = at_the_form().wait(65)
    overlay = visit.view.overlay
    assert isinstance(overlay, IdleOverlay)
    assert overlay.park is not None
    visit.touch("action.park")
    assert put_by(visit).step == "carry_on"


# ---- the visit ends by itself


def test_idle_end_saves_by_itself_what_its_owner_agreed_to() -> None:
    visit = with_consent()
    assert visit.state.session is not None
    assert CONSENT in visit.state.session.consents
    visit.wait(91)
    assert visit.step == "parking"
    put_by(visit)
    assert any(isinstance(effect, PrintReceipt) for effect in visit.effects)
    visit.wait(44)
    assert visit.step == "carry_on"
    visit.wait(2)
    assert visit.step == "wiped"


def test_idle_end_without_consent_destroys_it_as_ever() -> None:
    visit = at_the_form().wait(91)
    assert visit.step == "wiped"
    assert not any(isinstance(effect, ParkWork) for effect in visit.effects)


def test_longest_time_of_a_visit_saves_it_too_and_the_slip_stands_its_own_time() -> None:
    visit = with_consent()
    for _ in range(60):
        visit.wait(30).feed(Typed("nothing", ""))
        if visit.step == "parking":
            break
    put_by(visit).wait(10)
    assert visit.step == "carry_on"


def test_battery_that_runs_out_saves_it_and_the_store_that_refuses_ends_the_visit() -> None:
    visit = with_consent().feed(PowerChanged(Power.BATTERY_LOW, 5)).wait(61)
    assert visit.step == "parking"
    visit.feed(ParkingFailed(visit.session, "io"))
    assert visit.step == "wiped"


# ---- taking it up again


def test_owner_goes_on_at_the_very_page_with_all_that_was_said() -> None:
    visit = renewal_to_materials(Visit(whole(parking=True)))
    visit.feed(LicencesUnavailable(visit.session)).touch("action.next")
    assert visit.step == "materials"
    page, draft, before = visit.state.page, to_park(visit.state), visit.state.here

    again = taken_up(draft)

    now = again.state.here
    assert (again.step, again.state.page) == ("materials", page)
    assert now.answers == draft.session.answers
    assert now.consents == before.consents
    assert now.material_ways == before.material_ways
    assert (now.subject, now.claimed) == (
        Subject(CARD.name, CARD.number, "resident", prefill=CARD.as_prefill()),
        CLAIMED,
    )
    assert again.view.who


def test_library_is_asked_again_by_whoever_agreed_to_it() -> None:
    again = taken_up(to_park(renewal_to_materials(Visit(whole(parking=True))).state))
    assert any(isinstance(effect, LookUpLicences) for effect in again.effects)


def test_whoever_was_at_the_review_is_brought_back_there_once_what_is_missing_is_there() -> None:
    visit = renewal_to_review(Visit(whole(parking=True)))
    draft = to_park(visit.state)
    missing = dict(draft.session.answers)
    path = next(path for path, answer in missing.items() if path.endswith("phone"))
    del missing[path]
    again = taken_up(dataclasses.replace(draft, session=dataclasses.replace(draft.session, answers=missing)))
    assert again.step == "form"
    again.feed(LicencesFound(again.session, visit.state.here.licences))
    again.feed(Typed(path, "13800005520")).touch("action.next")
    assert again.step == "review"


def test_language_of_the_work_is_the_language_of_the_page() -> None:
    visit = at_the_form().touch("action.language")
    again = taken_up(to_park(visit.state))
    assert again.view.language == "en"


def test_item_that_takes_no_code_is_not_gone_on_with_by_one() -> None:
    draft = to_park(Visit(whole(parking=True)).to_form("open-restaurant").state)
    visit = scanned().touch("method.citizen_qr")
    visit.feed(CodeScanned(visit.session, b"YPC1.a.b"))
    visit.feed(CodeAccepted(visit.session, Subject(CARD.name, CARD.number, "resident", handle="h"), "A"))
    visit.feed(WorkTaken(visit.session, read_back(draft), CLAIMED))
    assert (visit.step, visit.state.problem) == ("no_work", "other_way")
    assert "take_up.again" in {key.name for key in visit.pressable()}


@pytest.mark.parametrize(
    "reason", ["unknown", "not_yours", "expired", "locked", "away", "unreadable", "no_package", "done"]
)
def test_work_that_is_not_given_back_says_why_and_where_to_go(reason: str) -> None:
    visit = scanned()
    visit.feed(CardRead(visit.session, CARD), WorkRefused(visit.session, reason))
    assert visit.step == "no_work"
    assert visit.view.title
    assert visit.state.here.code == ""
    assert visit.state.here.code_misses == (reason not in ("away", "unreadable", "no_package"))


def test_carry_on_code_is_never_typed() -> None:
    visit = Visit(whole()).touch("action.start", "language.zh-Hans", "everyday.progress")
    visit.feed(Typed("code", CARRY_ON.code))
    next_key = next(key for key in visit.pressable() if key.name == "action.next")
    assert not next_key.enabled


def test_case_that_came_of_it_lets_the_centre_forget_it() -> None:
    again = taken_up(to_park(renewal_to_review(Visit(whole(parking=True))).state))
    for _ in range(8):
        if again.step == "review":
            break
        again.feed(LicencesUnavailable(again.session))
        ways = [key.name for key in again.pressable() if key.name.endswith((".show_later", ".promise"))]
        again.touch(*ways[:1], "action.next")
    again.touch("action.next")
    assert again.step == "submit"
    assert not any(isinstance(effect, ReleaseWork) for effect in again.effects)
    submitted = again.effect(SubmitCase)
    assert isinstance(submitted, SubmitCase)
    assert submitted.session.claimed == CLAIMED  # released in the transaction of the commit
    again.commit()
    assert not any(isinstance(effect, ReleaseWork) for effect in again.effects)


def test_saving_again_gives_the_older_work_up_and_leaving_does_not() -> None:
    draft = to_park(at_the_form().state)
    left = taken_up(draft).touch("action.exit", "action.leave")
    assert left.wiped
    assert not any(isinstance(effect, ReleaseWork) for effect in left.effects)
    saved = asked(taken_up(draft))
    assert not any(isinstance(effect, ReleaseWork) for effect in saved.effects)
    assert put_by(saved).effect(ReleaseWork) == ReleaseWork(CLAIMED)


def test_giving_it_up_is_a_key_of_its_own() -> None:
    visit = taken_up(to_park(at_the_form().state)).touch("action.exit", "action.discard")
    assert visit.effect(ReleaseWork) == ReleaseWork(CLAIMED)
    assert visit.wiped
    assert "action.discard" not in {key.name for key in at_the_form().touch("action.exit").pressable()}


# ---- after a crash


def test_same_card_goes_on_at_the_very_page() -> None:
    before = at_the_form()
    visit = interrupted(before)
    assert CARD.name not in repr(visit.view)
    assert visit.view.who is None
    visit.feed(CardRead(visit.session, CARD))
    assert (visit.step, visit.state.page) == ("form", before.state.page)
    assert visit.state.here.answers == before.state.here.answers
    assert any(isinstance(effect, GoOnWithVisit) for effect in visit.effects)


def test_another_card_destroys_the_visit() -> None:
    visit = interrupted()
    visit.feed(CardRead(visit.session, OTHER))
    assert visit.step == "wiped"
    assert visit.wiped
    assert visit.state.returning is None
    visit.wait(3)
    assert visit.step == "attract"


@pytest.mark.parametrize("how", ["declined", "too late", "nothing there"])
def test_visit_that_nobody_goes_on_with_is_destroyed(how: str) -> None:
    visit = interrupted(left_s=20)
    match how:
        case "declined":
            visit.touch("resume.anew")
        case "too late":
            visit.wait(19)
            assert visit.step == "resume"
            visit.wait(1)
        case _:
            visit = started_again()
            visit.feed(VisitLost(visit.session))
    assert visit.step == "wiped"
    assert any(isinstance(effect, WipeSession) for effect in visit.effects)


def test_seconds_that_are_left_are_counted_down_on_the_page() -> None:
    visit = interrupted(left_s=20)
    assert "还有 20 秒" in str(visit.view.lead)
    visit.wait(5)
    assert "还有 15 秒" in str(visit.view.lead)


def test_card_that_is_being_read_when_the_time_is_over_is_read_to_its_end() -> None:
    from kiosk.domain.devices import CardPresent

    visit = interrupted(left_s=20).wait(19)
    visit.feed(CardPresent(visit.session)).wait(3)
    assert visit.step == "resume"
    visit.feed(CardRead(visit.session, CARD))
    assert visit.step == "form"


def test_another_way_to_show_it_says_nothing_about_the_person_and_destroys_nothing() -> None:
    visit = interrupted().touch("method.citizen_qr")
    visit.feed(CodeScanned(visit.session, b"YPC1.a.b"))
    visit.feed(CodeAccepted(visit.session, Subject("", "", "", handle="h"), "B"))
    assert visit.step == "resume"
    visit.touch("method.id_card")
    visit.feed(CardRead(visit.session, CARD))
    assert visit.step == "form"


def test_visit_that_had_committed_shows_its_result_and_is_never_filed_twice() -> None:
    from kiosk.flow.events import VisitFound
    from tests.flow.test_visit import renewal_submitted

    before = renewal_submitted(Visit(whole(parking=True)))
    draft = read_back(of_visit(before.state))
    filing = before.commit().state.here.filing
    assert filing is not None
    visit = started_again()
    visit.feed(VisitFound(visit.session, draft, filing)).feed(CardRead(visit.session, CARD))
    assert visit.step == "result"
    assert not any(isinstance(effect, SubmitCase) for effect in visit.effects)
    assert visit.state.here.filing is not None
    assert visit.state.here.filing.main.case_id == filing.main.case_id
    visit.touch("action.next")
    assert visit.step == "receipt"
    assert any(isinstance(effect, PrintReceipt) for effect in visit.effects)


def test_same_person_is_told_by_pseudonym_or_by_number_and_name_alone() -> None:
    card, code = Subject("林", "1", "resident"), Subject("", "", "", handle="h")
    assert same_person(card, Subject("林", "1", "resident", handle="h")) is True
    assert same_person(card, Subject("陈", "1", "resident")) is False
    assert same_person(code, Subject("林", "1", "resident", handle="h")) is True
    assert same_person(code, Subject("林", "1", "resident", handle="x")) is False
    assert same_person(card, code) is None


def test_register_is_asked_again_beside_the_page() -> None:
    from kiosk.flow.laying_aside import taken_up as go_on

    state = Visit(whole(parking=True)).to_form("senior-allowance").state
    draft = to_park(state)
    assert draft.session.record_state == "not_asked"
    outcome = go_on(fresh(parking=True), dataclasses.replace(draft, step="review"), here=state.here)
    assert (AskRecord() in outcome.effects) is (state.package is not None and state.package.record is not None)
