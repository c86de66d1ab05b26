"""What the registers say of a person: the facts that the item names, of the type it names, and nothing else."""

from __future__ import annotations

import json

from sqlalchemy import select

from central.store import audit
from tests.central.support import PERSONS, Answer, Running
from tests.more_packages import QUERY


def asked(centre: Running, key: str = "lin", item: str = QUERY) -> Answer:
    return centre.client.post("/v1/records", {"session": centre.client.session(key, item), "item_id": item})


def test_only_the_facts_that_the_item_names_come_back(centre: Running) -> None:
    known = PERSONS["lin"]["facts"]
    assert set(known) >= {"social_insurance_months", "record_conflict"}
    answer = asked(centre)
    assert answer.json == {"facts": {"social_insurance_months": 14}, "as_of": "2026-11-21"}


def test_a_person_whom_the_registers_do_not_know_gets_no_facts(centre: Running) -> None:
    card = {"number": PERSONS["lin"]["number"], "name": "林别人"}
    opened = centre.client.post("/v1/identity/sessions", {"method": "id_card", "card": card, "item_id": QUERY})
    answer = centre.client.post("/v1/records", {"session": opened.json["session"], "item_id": QUERY})
    assert answer.json["facts"] == {}


def test_each_look_up_is_audited_without_what_was_found(centre: Running) -> None:
    with centre.centre.store.read() as connection:
        before = len(connection.execute(select(audit.c.id)).all())
    asked(centre, "wang")
    with centre.centre.store.read() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.id)).all()[before:]
    assert [(row.item_id, row.type, row.result) for row in rows] == [(QUERY, "record", "found")]
    assert PERSONS["wang"]["number"] not in json.dumps([list(row) for row in rows], default=str)


def test_an_item_without_a_record_and_a_session_of_another_item_are_refused(centre: Running) -> None:
    assert asked(centre, item="residence-permit-renewal").problem == "record-none"
    token = centre.client.session("lin", "residence-permit-renewal")
    assert centre.client.post("/v1/records", {"session": token, "item_id": QUERY}).problem == "session-unknown"


def test_a_fact_of_another_type_than_the_item_names_is_left_out(centre: Running) -> None:
    registry, number = centre.centre.registry, PERSONS["lin"]["number"]
    wanted = {"record_conflict": int, "social_insurance_months": bool, "nobody_has_this": str}
    assert registry.record("h", number, wanted, QUERY, centre.clock) == {}
