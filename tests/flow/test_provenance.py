"""Beside each prefilled answer: where it comes from, of which day, how sure it is, and the way to call it wrong."""

from __future__ import annotations

import pytest

from kiosk.flow.events import Touched
from kiosk.flow.provenance import filled_in
from kiosk.flow.view import FormBody, Row, RowsBody
from tests.flow.test_visit import renewal_to_materials, renewal_to_review
from tests.flow.world import Visit


def rows(visit: Visit) -> dict[str, Row]:
    body = visit.view.body
    assert isinstance(body, RowsBody)
    return {row.label: row for row in body.rows}


def form(visit: Visit) -> FormBody:
    body = visit.view.body
    assert isinstance(body, FormBody)
    return body


def test_a_prefilled_row_says_chip_validity_and_trust_and_can_be_called_wrong() -> None:
    visit = Visit()
    visit.to_form()
    for row in rows(visit).values():
        assert row.source is not None
        assert row.source.startswith("身份证芯片，刚刚读取，到 20")
        assert row.source.endswith("，已核实")
        assert row.key is not None
        assert row.key.name.startswith(("contest.", "change."))
        assert row.reveal


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_what_the_card_brought_is_called_wrong_on_the_review_too_and_the_receipt_says_both(language: str) -> None:
    visit = renewal_to_review()
    name = next(row for row in rows(visit).values() if row.key and row.key.name == "contest.applicant.name")
    assert name.source is not None
    assert name.value == "林＊＊"
    before = [line[language] for line in filled_in(visit.state)]
    visit.touch("contest.applicant.name")
    after = [line[language] for line in filled_in(visit.state)]
    assert visit.step == "review"
    assert rows(visit)[name.label].tag
    told = {
        "zh-Hans": ("预填（身份证芯片）：姓名", "您说不对，会核对：姓名"),
        "en": ("Filled in from ID card chip: ", "You said it is wrong"),
    }
    assert before[0].startswith(told[language][0])
    assert after[-1].startswith(told[language][1])
    assert len(after) == len(before) + 1
    visit.touch("contest.applicant.name")
    assert [line[language] for line in filled_in(visit.state)] == before


def test_a_number_that_was_typed_is_masked_as_soon_as_its_page_was_left_and_whole_when_it_is_pressed_again() -> None:
    visit = renewal_to_materials()
    visit.touch("action.back")
    (field,) = form(visit).fields
    assert (field.path, field.active, field.value) == ("applicant.phone", False, "138****8000")
    assert visit.view.primary is not None
    assert visit.view.primary.enabled
    visit.feed(Touched("field.applicant.phone"))
    (field,) = form(visit).fields
    assert (field.active, field.value) == (True, "13800138000")
    assert visit.touch("action.next").step == "materials"
