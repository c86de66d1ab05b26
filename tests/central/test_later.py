"""Decisions that take their time, an officer's word, and cases kept for an agency that is away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kiosk.forms import canonical_bytes
from tests.central.samples import CERTIFICATE, COMPLAINT, PERMIT, case, case_bytes, case_of
from tests.central.support import PERSONS, Running, running
from tests.more_packages import NAME_CHECK, write_samples

YES = {"outcome": "granted", "reason": {"zh-Hans": "核过了，可以", "en": "Checked; yes"}}


@pytest.fixture
def fresh(tmp_path: Path) -> Any:
    with running(tmp_path / "state", packages=write_samples(tmp_path / "p", with_services=True)) as centre:
        yield centre


def name_check(centre: Running, key: str = "lin") -> bytes:
    person = PERSONS[key]
    applicant = {"name": person["name"], "number": person["number"], "phone": "13800005520"}
    data = {"applicant": applicant, "enterprise": {"name": "云浦市问渠商贸有限公司"}}
    told = case_of(centre, NAME_CHECK, data, key)
    return canonical_bytes({**told, "subject": {**told["subject"], "kind": "enterprise"}})


def test_a_slow_decision_is_accepted_first_and_decided_when_its_time_has_come(fresh: Running) -> None:
    first = fresh.client.put_case(name_check(fresh))
    case_id = first.json["case_id"]
    assert (first.json["status"], first.json["decision"]) == ("accepted", None)
    assert fresh.client.get(f"/v1/cases/{case_id}/decision").problem == "decision-none"
    fresh.clock.advance(61)
    decided = fresh.client.get(f"/v1/cases/{case_id}/decision").json
    assert (decided["decision"]["outcome"], decided["decided_at"]) == ("granted", "2026-11-21T06:47:00Z")
    assert decided["decision"]["document"]["number"] == f"{first.json['official_no']}-1"
    assert fresh.client.get(f"/v1/cases/{case_id}/status").json["status"] == "granted"


def test_a_slow_decision_outlives_a_restart(tmp_path: Path) -> None:
    packages = write_samples(tmp_path / "p", with_services=True)
    with running(tmp_path / "state", packages=packages) as centre:
        case_id = centre.client.put_case(name_check(centre, "zhao")).json["case_id"]
    with running(tmp_path / "state", packages=packages) as centre:
        centre.clock.advance(61)
        assert centre.client.get(f"/v1/cases/{case_id}/status").json["status"] == "refused"


def test_an_officer_decides_a_referred_case_once(fresh: Running) -> None:
    referred = fresh.client.put_case(case_bytes(fresh, "zhao", CERTIFICATE)).json
    assert referred["status"] == "referred"
    answer = fresh.client.post(f"/demo/decide/{referred['case_id']}", YES)
    assert answer.json["decision"]["reason"] == YES["reason"]
    assert answer.json["decision"]["document"]["rows"]
    assert fresh.client.get(f"/v1/cases/{referred['case_id']}/decision").json == answer.json
    assert fresh.client.get(f"/v1/cases/{referred['case_id']}/status").json["status"] == "granted"
    assert fresh.client.post(f"/demo/decide/{referred['case_id']}", YES).problem == "case-closed"


def test_an_officer_who_is_faster_than_the_rules_has_the_word(fresh: Running) -> None:
    case_id = fresh.client.put_case(name_check(fresh)).json["case_id"]
    fresh.client.post(f"/demo/decide/{case_id}", {**YES, "outcome": "refused"})
    fresh.clock.advance(61)
    assert fresh.client.get(f"/v1/cases/{case_id}/status").json["status"] == "refused"


def test_tickets_and_decided_cases_are_not_an_officers_to_decide(fresh: Running) -> None:
    for key, item in (("lin", CERTIFICATE), ("lin", COMPLAINT)):
        case_id = fresh.client.put_case(case_bytes(fresh, key, item)).json["case_id"]
        assert fresh.client.post(f"/demo/decide/{case_id}", YES).problem == "case-closed"
    accepted = fresh.client.put_case(case_bytes(fresh, "lin", PERMIT)).json["case_id"]
    assert fresh.client.post(f"/demo/decide/{accepted}", YES).json["decision"]["document"] is None


def test_the_desk_shows_what_became_of_a_case_later(fresh: Running) -> None:
    fresh.client.put_case(canonical_bytes(case(fresh, "lin", PERMIT)))
    case_id = fresh.client.put_case(name_check(fresh)).json["case_id"]
    fresh.clock.advance(61)
    page = fresh.client.get("/desk").body.decode()
    assert case_id in page
    assert "已办结 · 同意" in page
