"""The desk: cases are seen to arrive, masked and escaped."""

from __future__ import annotations

import re

from kiosk.forms import canonical_bytes
from tests.central.samples import COMPLAINT, PERMIT, RESTAURANT, case, case_bytes, child_of
from tests.central.support import PERSONS, Running


def desk(centre: Running) -> str:
    answer = centre.client.get("/desk")
    assert answer.status == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    return answer.body.decode()


def test_empty_desk_says_what_will_happen_and_a_case_appears_with_masked_name(centre: Running) -> None:
    assert "还没有办件" in desk(centre)
    answer = centre.client.put_case(case_bytes(centre, "lin")).json
    page = desk(centre)
    assert answer["case_id"] in page
    assert answer["official_no"] in page
    assert "林＊＊" in page
    for private in (PERSONS["lin"]["name"], PERSONS["lin"]["number"]):
        assert private not in page
    assert 'http-equiv="refresh"' in page


def test_every_status_and_number_is_shown_newest_first(centre: Running) -> None:
    refused = centre.client.put_case(case_bytes(centre, "wang")).json
    ticket = centre.client.put_case(case_bytes(centre, "lin", COMPLAINT)).json
    permit = centre.client.put_case(case_bytes(centre, "lin", PERMIT)).json
    centre.client.post("/v1/heartbeat", {"terminal": "YP0301"})
    page = desk(centre)
    assert page.index(permit["case_id"]) < page.index(ticket["case_id"]) < page.index(refused["case_id"])
    assert ticket["ticket_no"] in page
    assert refused["decision"]["reason"]["zh-Hans"][:10] in page
    assert "南岸区" in page
    assert "路灯" not in page


def test_child_cases_stand_below_their_parent_in_whatever_order_they_came(centre: Running) -> None:
    parent = case(centre, "li", RESTAURANT)
    first = child_of(parent, "business-licence", "330999031001")
    second = child_of(parent, "food-permit", "330999031024")
    for told in (first, parent, second):
        assert centre.client.put_case(canonical_bytes(told)).status == 201
    page = desk(centre)
    assert page.index(parent["case_id"]) < page.index(first["case_id"]) < page.index(second["case_id"])


def test_hostile_texts_are_shown_as_texts(centre: Running) -> None:
    told = case(centre, "lin", COMPLAINT)
    told["subject"] |= {"name": "<script>alert(1)</script>"}
    centre.client.put_case(canonical_bytes(told))
    page = desk(centre)
    assert "<script" not in page
    assert "&lt;" in page
    assert re.search(r"\son\w+=", page) is None
