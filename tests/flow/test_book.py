"""Booking: a day, a time; full ones cannot be chosen; without the centre it is a wish, and everything says so."""

from __future__ import annotations

from kiosk.domain.case import CaseAnswer
from kiosk.domain.devices import CardRead
from kiosk.flow.effects import AskSlots, SubmitCase
from kiosk.flow.events import CaseAnswered, SlotsFound, SlotsUnavailable, Typed, WaitOver
from kiosk.flow.outcome import receipt_of
from kiosk.flow.view import BusyBody, ChoiceBody, ResultBody, RowsBody
from tests.flow.world import CARD, NOON, Visit, fresh
from tests.more_packages import BOOKING, samples

# From Monday 23 November 2026: ten working days, the first is Tuesday.
DAYS = ("2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27", "2026-11-30", "2026-12-01")
SLOTS = ("09:00", "10:00", "14:00", "15:00")


def places(**other: dict[str, int]) -> dict[str, dict[str, int]]:
    free = {day: dict.fromkeys(SLOTS, 20) for day in (*DAYS, "2026-12-02", "2026-12-03", "2026-12-04", "2026-12-07")}
    for day, slots in other.items():
        free[day.removeprefix("d").replace("_", "-")] |= slots
    return free


def to_book() -> Visit:
    visit = Visit(fresh(packages=samples())).to_identify(BOOKING)
    visit.feed(CardRead(visit.session, CARD)).touch("action.next")
    return visit.feed(Typed("applicant.phone", "13800005520")).touch("action.next")


def office(visit: Visit) -> str:
    asked = visit.effect(AskSlots)
    assert isinstance(asked, AskSlots)
    return asked.office


def told(visit: Visit, **other: dict[str, int]) -> Visit:
    return visit.feed(SlotsFound(visit.session, office(visit), places(**other)))


def options(visit: Visit) -> dict[str, object]:
    body = visit.view.body
    assert isinstance(body, ChoiceBody)
    return {key.name.rpartition(".")[2]: (key.enabled, key.tag) for key in body.options}


def chosen(visit: Visit, day: str = DAYS[1], slot: str = "09:00") -> Visit:
    visit.touch(f"choice.booking.day.{day}", "action.next")
    return visit.touch(f"choice.booking.slot.{slot}", "action.next")


def filed(visit: Visit) -> Visit:
    visit.touch("action.next")
    assert visit.step == "submit"
    return visit.commit()


def test_free_days_are_asked_for_while_the_page_waits() -> None:
    visit = to_book()
    assert visit.step == "book"
    assert isinstance(visit.view.body, BusyBody)
    assert list(options(told(visit))) == list(DAYS)
    assert list(options(visit.touch("page.following"))) == list(places())[6:]


def test_full_days_and_times_cannot_be_chosen_and_few_places_are_told() -> None:
    full = dict.fromkeys(SLOTS, 0)
    visit = told(to_book(), d2026_11_24=full, d2026_11_25={"09:00": 0, "10:00": 2})
    assert options(visit)["2026-11-24"] == (False, "约满了")
    visit.touch("choice.booking.day.2026-11-25", "action.next")
    assert options(visit) == {
        "09:00": (False, "约满了"),
        "10:00": (True, "还剩 2 个"),
        "14:00": (True, None),
        "15:00": (True, None),
    }


def test_day_and_time_are_answers_and_stand_in_the_review_where_they_can_be_changed() -> None:
    visit = chosen(told(to_book()))
    assert visit.step == "review"
    assert (visit.answer("booking.day"), visit.answer("booking.slot")) == ("2026-11-25", "09:00")
    body = visit.view.body
    assert isinstance(body, RowsBody)
    assert ("预约的时间", "2026 年 11 月 25 日 09:00") in [(row.label, row.value) for row in body.rows]
    told(visit.touch("change.booking.day"))
    chosen(visit, DAYS[2], "10:00")
    assert visit.step == "review"
    assert visit.answer("booking.day") == DAYS[2]


def test_a_time_that_is_full_on_the_new_day_has_to_be_chosen_anew() -> None:
    visit = chosen(told(to_book()))
    told(visit.touch("change.booking.day"), d2026_11_26={"09:00": 0})
    visit.touch("choice.booking.day.2026-11-26", "action.next")
    key = next(key for key in visit.pressable() if key.name == "action.next")
    assert not key.enabled


def test_booked_time_stands_on_page_and_paper() -> None:
    visit = filed(chosen(told(to_book())))
    assert visit.state.session is not None
    assert visit.state.session.filing is not None
    case = visit.state.session.filing.main.case_id
    visit.feed(CaseAnswered(CaseAnswer(case, "accepted", NOON, "YP1")))
    assert visit.view.title == "约好了"
    body = visit.view.body
    assert isinstance(body, ResultBody)
    assert any("2026 年 11 月 25 日 09:00" in row.value for row in body.numbers)
    receipt = receipt_of(visit.state)
    assert receipt is not None
    assert receipt.state_line["zh-Hans"] == "约好了"
    assert receipt.result[0]["en"] == "When: 25 November 2026 09:00"


def test_without_the_centre_the_wish_is_taken_and_nothing_says_booked() -> None:
    visit = to_book()
    visit.feed(SlotsUnavailable(visit.session))
    assert visit.view.notice is not None
    assert "确认了才算约上" in visit.view.notice.text
    visit = filed(chosen(visit))
    visit.feed(WaitOver(visit.session))
    assert visit.view.title == "已记下您想约的时间，还没有约上"
    receipt = receipt_of(visit.state)
    assert receipt is not None
    assert receipt.state_line["zh-Hans"] == visit.view.title


def test_a_time_that_went_meanwhile_is_refused_and_another_can_be_booked_at_once() -> None:
    visit = filed(chosen(told(to_book())))
    assert visit.state.session is not None
    assert visit.state.session.filing is not None
    case = visit.state.session.filing.main.case_id
    word = {"zh-Hans": "这个时间约不上了", "en": "gone"}
    visit.feed(CaseAnswered(CaseAnswer(case, "refused", NOON, "YP1", None, word)))
    before = sum(isinstance(effect, SubmitCase) for effect in visit.effects)
    told(visit.touch("action.again"))
    filed(chosen(visit, DAYS[3], "14:00"))
    assert sum(isinstance(effect, SubmitCase) for effect in visit.effects) == before + 1


def test_places_of_another_office_or_another_resident_are_dropped() -> None:
    visit = to_book()
    visit.feed(SlotsFound(visit.session, "another", places()), SlotsFound("x", office(visit), places()))
    assert isinstance(visit.view.body, BusyBody)


def test_booking_key_of_the_home_page_lists_what_can_be_booked_and_nothing_else() -> None:
    visit = Visit(fresh(packages=samples())).touch("action.start", "language.zh-Hans", "everyday.booking")
    assert [key.name for key in visit.pressable() if key.name.startswith("item.")] == [f"item.{BOOKING}"]
    nothing = Visit(fresh(packages=())).touch("action.start", "language.zh-Hans", "everyday.booking")
    assert nothing.step == "elsewhere"
