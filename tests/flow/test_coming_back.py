"""The code of the slip: who may come back, what they bring, and what everybody else is told."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from kiosk.domain.devices import CODE_SCANNER, CardRead, CodeRefusal, CodeRefused, CodeScanned, Health, StatusChanged
from kiosk.domain.open_work import ALPHABET, check_character, grouped, new_code, read_code
from kiosk.flow.advance import advance
from kiosk.flow.effects import FindWork, PrintReceipt, ScanCode, SubmitCase
from kiosk.flow.events import CommitFailed, Typed, WaitOver, WorkFound, WorkRefused
from kiosk.flow.outcome import receipt_of
from kiosk.flow.view import RowsBody
from kiosk.services.casework import Occasion
from kiosk.services.follow_up import build_following
from tests.flow.coming_back import (
    CODE,
    PART,
    answered,
    asked,
    brought,
    came,
    commit,
    follow_result,
    owed,
    signed,
    take_up,
    work,
    work_sign,
)
from tests.flow.test_part_lost import words
from tests.flow.world import CARD, NOON, Visit, device, place


def test_code_reads_the_same_however_it_is_written() -> None:
    code = new_code()
    assert {read_code(text) for text in (code, grouped(code), code.lower(), f" {grouped(code)} ")} == {code}
    assert read_code("YP0301-261120-ABCDEFGHJK") == "YP0301-261120-ABCDEFGHJK"
    assert read_code("") is None
    assert read_code("https://case.yunpu.example/p/1") is None


def test_one_wrong_character_or_two_that_changed_places_are_noticed() -> None:
    code = new_code()
    for at, right in enumerate(code):
        for wrong in ALPHABET:
            changed = code[:at] + wrong + code[at + 1 :]
            assert (read_code(changed) is None) == (wrong != right)
    for at in range(len(code) - 1):
        swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
        assert (read_code(swapped) is None) == (swapped != code)


def test_letters_that_look_like_figures_are_taken_for_them() -> None:
    body = "01010101010"
    assert read_code(("OIOLOIOLOIO") + check_character(body)) == body + check_character(body)


def test_scanned_code_goes_on_by_itself() -> None:
    visit = take_up()
    assert any(isinstance(effect, ScanCode) for effect in visit.effects)

    visit.feed(CodeScanned(visit.session, grouped(CODE).encode()))

    assert visit.step == "take_up_identify"


@pytest.mark.parametrize("payload", [b"YPC1.a.b", b"hello", b"\xff\xfe"])
def test_other_codes_are_told_apart_and_the_window_looks_again(payload: bytes) -> None:
    visit = take_up()

    visit.feed(CodeScanned(visit.session, payload))

    assert visit.step == "take_up"
    assert visit.view.notice is not None
    assert isinstance(visit.effects[-1], ScanCode)


def test_address_under_the_window_is_no_code_of_a_slip() -> None:
    visit = take_up()

    visit.feed(CodeRefused(visit.session, CodeRefusal.SCHEME))

    assert visit.view.notice is not None


def test_mistyped_code_is_told_before_anything_is_asked() -> None:
    visit = take_up().feed(Typed("code", CODE[:-1] + ("0" if CODE[-1] != "0" else "1")))

    assert visit.view.primary is not None
    assert not visit.view.primary.enabled
    assert "输错" in (visit.view.primary.why_disabled or "")


def test_case_number_is_taken_as_it_is_typed_letter_by_letter() -> None:
    visit, number = take_up(), "YP0301-261120-ABCDEFGHJK"
    for end in range(1, len(number)):
        visit.feed(Typed("code", number[:end].lower()))
        assert visit.view.primary is not None
        assert not visit.view.primary.enabled
        if "-" in number[:end]:
            assert "输错" not in (visit.view.primary.why_disabled or "")
    assert visit.feed(Typed("code", number)).touch("action.next").step == "take_up_identify"


def test_nothing_is_asked_of_the_centre_before_the_person_is_read() -> None:
    visit = asked()
    assert not any(isinstance(effect, FindWork) for effect in visit.effects)

    visit.feed(CardRead(visit.session, CARD))

    assert isinstance(visit.effects[-1], FindWork)
    assert visit.state.phase == "checking"


@pytest.mark.parametrize("reason", ["unknown", "not_yours", "done", "expired", "locked", "away"])
def test_refusal_says_why_and_tells_nothing_of_a_case(reason: str) -> None:
    visit = asked()
    visit.feed(CardRead(visit.session, CARD)).feed(WorkRefused(visit.session, reason))

    assert visit.step == "no_work"
    assert visit.state.session is not None
    assert visit.state.session.subject is None
    assert visit.state.session.code == ""
    said = "".join(words(visit.view))
    assert "租" not in said
    assert "12345" in said
    assert visit.touch("action.home").step == "home"


def test_refusals_have_different_words() -> None:
    titles = set()
    for reason in ("unknown", "not_yours", "done", "expired", "locked", "away"):
        visit = asked()
        visit.feed(CardRead(visit.session, CARD)).feed(WorkRefused(visit.session, reason))
        titles.add(visit.view.title)
    assert len(titles) == 6


def test_fifth_miss_of_a_visit_is_the_last() -> None:
    visit = take_up()
    for _ in range(5):
        visit.feed(Typed("code", CODE)).touch("action.next")
        visit.feed(CardRead(visit.session, CARD)).feed(WorkRefused(visit.session, "unknown"))
        if any(key.name == "take_up.again" for key in visit.pressable()):
            visit.touch("take_up.again")

    assert visit.step == "no_work"
    assert visit.touch("action.home").touch("everyday.progress").step == "no_work"


def test_unreachable_centre_is_no_miss() -> None:
    visit = asked()
    visit.feed(CardRead(visit.session, CARD)).feed(WorkRefused(visit.session, "away"))

    assert visit.state.session is not None
    assert visit.state.session.code_misses == 0


def test_answer_that_comes_after_the_visit_is_nobodys() -> None:
    visit = asked()
    session = visit.session
    visit.feed(CardRead(session, CARD)).touch("action.exit", "action.leave")

    assert advance(visit.state, WorkFound(session, work())).state.session is None


def test_owed_paper_is_photographed_and_the_other_stays_owed() -> None:
    visit = brought()

    assert visit.step == "follow_review"
    visit.touch("action.next")
    session = visit.effect(SubmitCase).session  # type: ignore[attr-defined]
    occasion = Occasion("ab" * 16, lambda: "YP0301-261123-0000000001", 7, NOON, True)
    (sent,), _ = build_following(session, session.work, place(), "zh-Hans", occasion)
    case = json.loads(sent.body)
    assert case["follows"] == {
        "case_id": "YP0301-261120-ABCDEFGHJK",
        "kind": "supplement",
        "key": "supplement",
        "code": CODE,
    }
    assert [material["id"] for material in case["materials"]] == ["lease"]
    assert case["data"] == {}


def test_paper_without_photograph_offers_only_to_bring_it() -> None:
    visit = owed().touch("choice.material.lease.bring", "action.next")

    ways = [key.name for key in visit.pressable() if key.name.startswith("choice.")]

    assert ways == ["choice.material.note.bring"]


def test_who_brings_nothing_submits_nothing() -> None:
    visit = owed().touch("choice.material.lease.bring", "action.next", "choice.material.note.bring", "action.next")
    assert visit.step == "follow_review"

    visit.touch("action.next")

    assert visit.step == "wiped"
    assert not any(isinstance(effect, SubmitCase) for effect in visit.effects)


def test_other_way_instead_of_the_camera_leads_back_to_the_question() -> None:
    visit = owed().touch("choice.material.lease.capture", "action.next")
    assert visit.step == "capture"
    assert "租房合同" in "".join(words(visit.view))

    assert visit.touch("capture.other").step == "owed"


def test_result_and_slip_say_what_was_added_and_what_is_still_owed() -> None:
    visit = follow_result()

    assert visit.step == "follow_result"
    said = "".join(words(visit.view))
    assert "租房合同" in said
    assert "情况说明" in said
    receipt = receipt_of(visit.state)
    assert receipt is not None
    assert receipt.kind == "added"
    assert receipt.case_ids[0].case_id == "YP0301-261120-ABCDEFGHJK"
    assert any("情况说明" in note["zh-Hans"] for note in receipt.notes)
    visit.touch("action.next")
    assert visit.step == "receipt"
    assert isinstance(visit.effects[-1], PrintReceipt)
    assert visit.touch("action.next").step == "rate"


def test_without_an_answer_it_is_kept_here_and_says_so() -> None:
    visit = commit(brought().touch("action.next"))
    visit.feed(WaitOver(visit.session))

    assert visit.step == "follow_result"
    assert "本机已收下" in visit.view.title
    assert "已经交到" in answered(visit).view.title


def test_store_that_fails_comes_back_to_what_was_to_be_handed_in() -> None:
    visit = brought().touch("action.next")

    visit.feed(CommitFailed(visit.session, "disk_full"))

    assert visit.step == "follow_review"
    assert visit.view.notice is not None
    assert visit.touch("action.next").step == "submit"


def test_who_comes_to_confirm_reads_signs_and_hands_in() -> None:
    visit = signed()
    assert visit.step == "follow_review"

    visit.touch("action.next")

    session = visit.effect(SubmitCase).session  # type: ignore[attr-defined]
    occasion = Occasion("ab" * 16, lambda: "YP0301-261123-0000000001", 7, NOON, True)
    (sent,), _ = build_following(session, session.work, place(), "zh-Hans", occasion)
    (party,) = json.loads(sent.body)["parties"]
    assert (party["state"], party["digest"], party["number"]) == ("signed", "0" * 64, CARD.number)


def test_tracking_shows_each_part_of_a_bundle_and_what_it_waits_for() -> None:
    visit = came(work(parts=(PART,), waiting=({"zh-Hans": "等王＊＊来确认", "en": "waits"},), status="received"))

    assert visit.step == "tracking"
    body = visit.view.body
    assert isinstance(body, RowsBody)
    said = [(row.label, row.value) for row in body.rows]
    assert ("食品经营许可", "办好了") in said
    assert any("王＊＊" in value for _, value in said)
    assert visit.touch("action.next").step == "wiped"


def test_lost_scanner_leaves_typing_and_says_so() -> None:
    visit = take_up()

    visit.feed(StatusChanged(device(CODE_SCANNER, Health.OFFLINE)))

    assert visit.view.notice is not None
    assert visit.feed(Typed("code", CODE)).touch("action.next").step == "take_up_identify"


@pytest.mark.parametrize("at", [asked, came, owed, work_sign, brought, follow_result])
def test_idle_wipes_whoever_came_back(at: Callable[[], Visit]) -> None:
    visit = at()

    visit.wait(95)

    assert visit.wiped
    assert visit.state.session is None


def test_back_from_the_code_leaves_nothing_of_it() -> None:
    visit = take_up().feed(Typed("code", CODE)).touch("action.back")

    assert visit.step == "home"
    assert visit.state.session is not None
    assert visit.state.session.code == ""
    assert not visit.state.session.personal
