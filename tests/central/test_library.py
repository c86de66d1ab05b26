"""The licence library: 229 types and more, ten thousand people, each look-up audited, nothing over-fetched."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from central.registry import Registry, check_character, load_types
from central.store import Store
from central.words import PEOPLE
from tests.central.support import PERSONS, Running, running

ITEM = "residence-permit-renewal"


def query(centre: Running, session: str, *types: str, **more: Any) -> Any:
    asked = {"session": session, "types": list(types), "item_id": ITEM, "consent": True, **more}
    return centre.client.post("/v1/licences/query", asked)


def test_library_has_its_types_each_with_names_in_both_languages(centre: Running) -> None:
    found = centre.client.get("/v1/licences/types").json
    assert found["count"] == len(found["types"]) >= 229
    assert len({kind["id"] for kind in found["types"]}) == found["count"]
    for kind in found["types"]:
        assert set(kind["title"]) == set(kind["issuer"]) == {"zh-Hans", "en"}
    assert {
        "residence_registration", "social_insurance_record", "lease_registration", "business_name_approval",
        "food_safety_training", "health_certificate",
    } <= {kind["id"] for kind in found["types"]}  # fmt: skip


def test_a_licence_that_is_there_one_that_is_not_and_a_type_nobody_knows(centre: Running) -> None:
    session = centre.client.session("lin", ITEM)
    found = query(centre, session, "residence_registration", "forest_right_certificate", "no_such_type").json["results"]
    assert [one["status"] for one in found] == ["found", "none", "unknown_type"]
    assert found[0]["number"]
    assert found[0]["issuer"]["zh-Hans"] == "云浦市公安局"
    assert found[1] == {
        "type": "forest_right_certificate", "status": "none", "number": None, "issuer": None, "issued_on": None,
        "valid_to": None, "fields": {},
    }  # fmt: skip


def test_fields_that_the_form_is_not_bound_to_are_never_handed_out(centre: Running) -> None:
    session = centre.client.session("lin", ITEM)
    item = centre.centre.shelf.offered(ITEM)
    assert item is not None
    types = tuple(load_types())
    for start in range(0, len(types), 50):
        for one in query(centre, session, *types[start : start + 50]).json["results"]:
            assert set(one["fields"]) <= item.bound(one["type"])


def test_a_person_nobody_has_seen_gets_a_session_and_no_licence(centre: Running) -> None:
    card = {"number": "110105194912310038", "name": "从未见过"}
    opened = centre.client.post("/v1/identity/sessions", {"method": "id_card", "card": card, "item_id": ITEM})
    assert opened.status == 200
    assert [r["status"] for r in query(centre, opened.json["session"], "residence_registration").json["results"]] == [
        "none"
    ]


def test_number_of_one_person_with_the_name_of_another_opens_nothing(centre: Running) -> None:
    card = {"number": PERSONS["lin"]["number"], "name": PERSONS["wang"]["name"]}
    opened = centre.client.post("/v1/identity/sessions", {"method": "id_card", "card": card, "item_id": ITEM})
    own = centre.client.post(
        "/v1/identity/sessions",
        {"method": "id_card", "card": {**card, "name": PERSONS["lin"]["name"]}, "item_id": ITEM},
    )
    assert opened.json["subject"]["handle"] != own.json["subject"]["handle"]
    assert query(centre, opened.json["session"], "residence_registration").json["results"][0]["status"] == "none"


def test_without_consent_nothing_is_looked_up(centre: Running) -> None:
    session = centre.client.session("lin", ITEM)
    answer = query(centre, session, "residence_registration", consent=False)
    assert (answer.status, answer.problem) == (422, "consent-missing")


def test_a_session_is_good_for_its_own_item_and_half_an_hour(centre: Running) -> None:
    session = centre.client.session("lin", ITEM)
    other = query(centre, session, "residence_registration", item_id="complaint-12345")
    assert (other.status, other.problem) == (404, "session-unknown")
    centre.clock.advance(31 * 60)
    try:
        assert query(centre, session, "residence_registration").problem == "session-unknown"
    finally:
        centre.clock.advance(-31 * 60)
    assert query(centre, "x" * 43, "residence_registration").problem == "session-unknown"


def test_each_look_up_is_audited_without_number_or_name(tmp_path: Path) -> None:
    with running(tmp_path) as centre:
        session = centre.client.session("lin", ITEM)
        query(centre, session, "residence_registration", "veteran_card", "<b>339999</b>")
        handle = centre.centre.registry.handle(PERSONS["lin"]["number"])
    with closing(sqlite3.connect(tmp_path / "central.sqlite")) as database:
        rows = database.execute("SELECT at, who, item_id, type, result FROM licence_audit ORDER BY id").fetchall()
    at = "2026-11-21T06:46:00Z"
    assert rows == [
        (at, handle, ITEM, "residence_registration", "found"),
        (at, handle, ITEM, "veteran_card", "none"),
        (at, handle, ITEM, "-", "unknown_type"),
    ]
    assert PERSONS["lin"]["number"] not in repr(rows)


@pytest.mark.parametrize("count", [300])
def test_two_centres_generate_the_same_city_with_valid_numbers(tmp_path: Path, count: int) -> None:
    cities = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.sqlite"
        store = Store(f"sqlite:///{path}")
        assert Registry(store, b"k" * 32, PEOPLE, count=count).count() == count + len(PERSONS)
        store.close()
        with closing(sqlite3.connect(path)) as database:
            cities.append(
                (
                    database.execute("SELECT * FROM residents ORDER BY number").fetchall(),
                    database.execute("SELECT * FROM licences ORDER BY holder, type").fetchall(),
                )
            )
    assert cities[0] == cities[1]
    for row in cities[0][0]:
        number = row[0]
        if len(number) == 18:
            assert check_character(number[:17]) == number[17]
    held = {row[1] for row in cities[0][1]}
    assert len(held) > 50


def test_demo_people_fit_the_card_layouts_and_their_own_numbers() -> None:
    assert {
        "lin", "wang", "zhao", "chen", "rare", "hmt", "foreign17", "foreign23", "expired", "li",
    } <= set(PERSONS)  # fmt: skip
    for person in PERSONS.values():
        assert len(person["name"].encode("utf-16-le")) <= 30
        assert len(person["address"].encode("utf-16-le")) <= 70
        assert len(person["issuer"].encode("utf-16-le")) <= 30
        number = person["number"]
        if len(number) == 18:
            assert check_character(number[:17]) == number[17]
            assert number[6:14] == person["birth"].replace("-", "")
            assert int(number[16]) % 2 == int(person["sex"]) % 2
    assert any(ord(c) > 0x20000 for c in PERSONS["rare"]["name"])
    types = load_types()
    for person in PERSONS.values():
        for kind, held in person.get("licences", {}).items():
            assert set(held["fields"]) <= set(types[kind].fields), kind
