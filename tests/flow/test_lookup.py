"""What the registers say: asked once, shown with its day and masked, on paper when asked for; or nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pytest

from kiosk.flow.effects import AskRecord, PrintReceipt, SubmitCase
from kiosk.flow.events import RecordFound, RecordUnavailable
from kiosk.flow.view import BusyBody, InfoBody, RowsBody
from kiosk.forms import ServicePackage, mask_numbers
from tests.flow.world import CARD, Visit, fresh
from tests.more_packages import BILL, QUERY, samples

MONTHS = {"social_insurance_months": 14}
BILL_FACTS = {"period": "2026-11", "amount": "128.50"}


def visit_to(item: str, *packages: ServicePackage) -> Visit:
    """To the page of the look-up, the question under way."""
    from kiosk.domain.devices import CardRead

    visit = Visit(fresh(packages=packages or samples())).to_identify(item)
    return visit.feed(CardRead(visit.session, CARD))


def answered(visit: Visit, facts: Mapping[str, object]) -> Visit:
    return visit.feed(RecordFound(visit.session, facts, visit.state.today))


def asked(visit: Visit) -> int:
    return sum(isinstance(effect, AskRecord) for effect in visit.effects)


def test_registers_are_asked_as_soon_as_it_is_known_who_is_here_and_the_page_waits() -> None:
    visit = visit_to(QUERY)
    assert visit.step == "lookup"
    assert asked(visit) == 1
    assert isinstance(visit.view.body, BusyBody)
    assert not [key for key in visit.pressable() if key.name == "action.next"]


def test_answer_is_shown_with_its_source_and_its_day() -> None:
    visit = answered(visit_to(QUERY), MONTHS)
    body = visit.view.body
    assert isinstance(body, RowsBody)
    assert (body.rows[0].value, body.rows[0].source) == ("14 个月", "部门登记的信息，截至 2026 年 11 月 23 日")
    visit.touch("action.next")
    assert visit.step == "rate"
    assert not [effect for effect in visit.effects if isinstance(effect, SubmitCase)]


def test_slip_says_the_rows_and_that_it_is_no_certificate_with_the_name_masked() -> None:
    visit = answered(visit_to(QUERY), MONTHS).touch("slip.print")
    effect = visit.effect(PrintReceipt)
    assert isinstance(effect, PrintReceipt)
    slip = effect.receipt
    assert (slip.kind, slip.case_ids, slip.holder_masked) == ("query", (), "林＊＊")
    assert [row.value["zh-Hans"] for row in slip.record] == ["14 个月", "2026-11-23"]
    assert "不是证明" in slip.state_line["zh-Hans"]


def test_facts_that_nobody_declared_are_not_kept() -> None:
    visit = answered(visit_to(QUERY), {**MONTHS, "criminal_record": "none"})
    assert visit.state.session is not None
    assert dict(visit.state.session.record) == MONTHS


def test_nothing_on_record_is_said_with_where_else() -> None:
    visit = answered(visit_to(QUERY), {})
    assert isinstance(visit.view.body, InfoBody)
    assert {key.name for key in visit.pressable()} >= {"action.home", "action.back"}
    visit.touch("action.home")
    assert visit.step == "home"


def test_record_that_stops_the_item_says_why_and_leads_nowhere_on() -> None:
    visit = answered(visit_to(QUERY), {"social_insurance_months": 0})
    body = visit.view.body
    assert isinstance(body, InfoBody)
    assert body.paragraphs == ("一个月也没有缴过。",)
    assert "action.next" not in {key.name for key in visit.pressable()}


def test_silence_of_the_registers_ends_a_query_until_it_is_asked_again() -> None:
    visit = visit_to(QUERY)
    visit.feed(RecordUnavailable(visit.session))
    assert "action.next" not in {key.name for key in visit.pressable()}
    visit.touch("action.retry")
    assert asked(visit) == 2
    assert isinstance(answered(visit, MONTHS).view.body, RowsBody)


def test_form_is_filled_from_the_record_and_can_be_typed_without_it() -> None:
    visit = answered(visit_to(BILL), BILL_FACTS)
    assert visit.answer("bill.amount") == "128.50"
    other = visit_to(BILL)
    other.feed(RecordUnavailable(other.session)).touch("action.next")
    assert other.step == "form"
    assert other.answer("bill.amount") is None


def test_answer_for_somebody_who_left_or_asked_for_another_item_is_dropped() -> None:
    visit = visit_to(QUERY)
    visit.feed(RecordFound("another", MONTHS, visit.state.today))
    assert visit.state.session is not None
    assert not visit.state.session.record
    settled = answered(visit_to(QUERY), MONTHS)
    answered(settled, {"social_insurance_months": 0})
    assert settled.state.session is not None
    assert dict(settled.state.session.record) == MONTHS


def test_whoever_comes_back_is_not_asked_to_wait_again() -> None:
    visit = answered(visit_to(BILL), BILL_FACTS).touch("action.next")
    visit.touch("action.back")
    assert visit.step == "lookup"
    assert asked(visit) == 1


@pytest.mark.parametrize(
    ("full", "shown"),
    [
        ("339999199104169828", "3399**********9828"),
        ("手机 13800138000", "手机 138****8000"),
        ("账号 622202000000123456", "账号 6222**********3456"),
        ("15230 元", "15230 元"),
        ("2026-11-23", "2026-11-23"),
    ],
)
def test_numbers_of_people_and_accounts_are_masked_on_the_screen(full: str, shown: str) -> None:
    assert mask_numbers(full) == shown


def test_masked_row_can_be_held_open() -> None:
    (package,) = (one for one in samples() if one.id == BILL)
    visit = answered(visit_to(BILL, package), {**BILL_FACTS, "period": "339999199104169828"})
    body = visit.view.body
    assert isinstance(body, RowsBody)
    row = body.rows[0]
    assert (row.value, row.reveal) == ("3399**********9828", "339999199104169828")
    assert dataclasses.replace(row, reveal=None).source


def test_withdrawn_consent_takes_the_record_back_and_what_it_had_filled_in() -> None:
    visit = answered(visit_to(BILL), BILL_FACTS)
    while visit.step != "consent":
        visit.touch("action.back")
    visit.touch("consent.record_query")
    assert visit.state.session is not None
    assert not visit.state.session.record
    assert visit.answer("bill.amount") is None
    late = RecordFound(visit.session, BILL_FACTS, visit.state.today)
    assert visit.feed(late).state.session == visit.state.session
    visit.touch("consent.record_query", "action.next")
    assert visit.step == "lookup"
    assert asked(visit) == 2


def test_answer_asked_for_another_item_is_not_taken_whoever_stands_here_now() -> None:
    visit = visit_to(QUERY)
    visit.feed(RecordFound(visit.session, MONTHS, visit.state.today, BILL))
    assert visit.state.session is not None
    assert visit.state.session.record_state == "asking"
