"""One agency of a bundle away: its case is kept, the others go on, and it is passed on when the agency is back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kiosk.forms import canonical_bytes
from tests.central.samples import RESTAURANT, case, child_of
from tests.central.support import PERSONS, Running, running

AWAY, OTHER = ("fire-promise", "330999095003"), ("food-permit", "330999031024")


@pytest.fixture
def fresh(tmp_path: Path) -> Any:
    with running(tmp_path) as centre:
        yield centre


def sent(centre: Running) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    parent = case(centre, "li", RESTAURANT)
    told = [parent, child_of(parent, *AWAY), child_of(parent, *OTHER)]
    return parent, [centre.client.put_case(canonical_bytes(one)).json for one in told]


def test_case_for_an_agency_that_is_away_is_kept_and_passed_on_later(fresh: Running) -> None:
    fresh.client.post("/demo/fault", {"mode": "up", "agency_down": AWAY[0]})
    parent, (main, away, other) = sent(fresh)
    assert [one["status"] for one in (main, away, other)] == ["accepted", "received", "accepted"]
    assert away["official_no"] is None
    address = f"/v1/cases/{away['case_id']}/status"
    assert fresh.client.get(address).json["status"] == "received"
    fresh.client.post("/demo/fault", {"mode": "down"})
    fresh.client.post("/demo/fault", {"mode": "up"})
    assert fresh.client.get(address).json["status"] == "received", "the line is another matter"
    fresh.client.post("/demo/fault", {"mode": "up", "agency_down": ""})
    later = fresh.client.get(address).json
    assert later["status"] == "accepted"
    assert later["official_no"]
    assert fresh.client.get(f"/v1/cases/{parent['case_id']}/status").json["status"] == "accepted"


def test_kept_case_outlives_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as centre:
        centre.client.post("/demo/fault", {"mode": "up", "agency_down": AWAY[0]})
        _, (_, away, _) = sent(centre)
    with running(tmp_path) as centre:
        assert centre.client.get(f"/v1/cases/{away['case_id']}/status").json["status"] == "accepted"


def test_page_of_a_receipts_code_lists_the_parts_and_says_nothing_of_a_person(fresh: Running) -> None:
    fresh.client.post("/demo/fault", {"mode": "up", "agency_down": AWAY[0]})
    parent, answers = sent(fresh)
    page = fresh.client.get(f"/track/{parent['case_id']}").body.decode()
    assert parent["case_id"] in page
    assert "已收下，等着转过去" in page
    assert page.count('class="pill good"') == 2
    assert all(one["official_no"] in page for one in answers if one["official_no"])
    person = PERSONS["li"]
    for private in (person["name"], person["number"], "问渠小馆", "13800005520", json.dumps(person["name"])):
        assert private not in page
    assert fresh.client.get("/track/YP0301-261121-ZZZZZZZZZZ").problem == "case-unknown"


def test_each_part_is_its_own_agencys(fresh: Running) -> None:
    _, (_, away, other) = sent(fresh)
    names = [fresh.client.get(f"/v1/cases/{one['case_id']}/status").json["office"]["name"] for one in (away, other)]
    assert names[0] != names[1]
