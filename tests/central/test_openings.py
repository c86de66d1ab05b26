"""Coming back to a case: the right person with the code of the slip, once, in time; everybody else learns nothing."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import Any

import pytest

from kiosk.domain.open_work import new_code
from kiosk.forms import canonical_bytes
from kiosk.services.casework import Occasion, build
from tests.central.support import PERSONS, Running, new_id
from tests.flow.shared_case import ITEM, KEY, OTHER, parties
from tests.flow.world import CARD, NOON, STROKES, place

PAPER = "birth_certificate"
PAGE = b"\xff\xd8\xff" + bytes(range(64))


def filed(centre: Running, *, papers: bool = False, people: bool = True) -> dict[str, Any]:
    """A parent's application that the centre holds; the other parent comes later, a paper is owed."""
    visit = parties().touch(f"choice.party.{KEY}.later", "action.next")
    session, package = visit.state.session, visit.state.package
    assert session is not None
    assert package is not None
    occasion = Occasion("ab" * 16, new_id, 7, NOON, True)
    submissions, filing = build(session, package, place(), "zh-Hans", visit.state.context, occasion)
    case: dict[str, Any] = json.loads(submissions[0].body)
    centre.clock.now = NOON
    if papers:
        owed = {"id": PAPER, "state": "supplement", "licence_no": None, "due_on": "2026-11-27", "code": new_code()}
        case["materials"] = [owed if one["id"] == PAPER else one for one in case["materials"]]
    if not people:
        case["data"]["scenario"]["guardians"] = "single"
        del case["data"]["other"], case["parties"]
        case["sources"] = {}
    answer = centre.client.put_case(canonical_bytes(case))
    assert answer.status == 201, answer.body
    assert [code.kind for code in filing.codes] == ["party"]
    return {**case, "answer": answer.json}


def code_of(case: dict[str, Any], kind: str = "party") -> str:
    entries = case["parties"] if kind == "party" else case["materials"]
    return str(next(entry["code"] for entry in entries if "code" in entry))


def came_back(centre: Running, key: str) -> str:
    """A session of this person that belongs to no item."""
    card = {"number": PERSONS[key]["number"], "name": PERSONS[key]["name"]}
    answer = centre.client.post("/v1/identity/sessions", {"method": "id_card", "card": card, "item_id": None})
    assert answer.status == 200, answer.body
    return str(answer.json["session"])


def opened(centre: Running, key: str, code: str) -> Any:
    return centre.client.post("/v1/open-work", {"session": came_back(centre, key), "code": code})


@pytest.fixture(autouse=True)
def page_is_here(centre: Running) -> None:
    centre.keep(PAGE)


def following(case: dict[str, Any], key: str, kind: str, **changes: Any) -> bytes:
    """What a terminal sends for somebody who came back."""
    person = PERSONS[key]
    entry = next((party for party in case.get("parties", ()) if party["state"] == "later"), {"key": KEY})
    follows = {"case_id": case["case_id"], "kind": kind, "key": entry["key"], "code": code_of(case, kind)}
    if kind == "supplement":
        follows["key"] = "supplement"
    proof = {"method": "id_card", "at": case["created_at"], "trust": "A"}
    subject = {"kind": "person", "name": person["name"], "number": person["number"], "card_kind": "resident"}
    body = {
        **{key: case[key] for key in ("schema", "trace_id", "terminal", "item", "language", "office", "created_at")},
        "case_id": new_id(),
        "parent_id": None,
        "subject": {**subject, "proof": proof, "enterprise": None},
        "data": {},
        "sources": {},
        "materials": [],
        "consents": [],
        "declaration": None,
        "sequence": 8,
        "clock_trusted": True,
        "follows": follows,
        **changes,
    }
    return canonical_bytes(body)


def confirmation(case: dict[str, Any], digest: str) -> dict[str, Any]:
    entry = {key: case["parties"][0][key] for key in ("key", "id", "name", "number")}
    strokes = [[list(point) for point in stroke] for stroke in STROKES]
    return {
        **entry,
        "state": "signed",
        "proof": {"method": "id_card", "at": case["created_at"], "trust": "A"},
        "signature": {"width": 900, "height": 400, "strokes": strokes},
        "signed_at": case["created_at"],
        "digest": digest,
    }


def photograph(data: bytes = PAGE) -> dict[str, Any]:
    file = {
        "media_type": "image/jpeg",
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "pages": 1,
    }
    return {"id": PAPER, "state": "captured", "licence_no": None, "files": [file]}


def status(centre: Running, case: dict[str, Any]) -> str:
    return str(centre.client.get(f"/v1/cases/{case['case_id']}/status").json["status"])


def test_case_that_waits_for_a_person_is_kept_and_not_taken_yet(centre: Running) -> None:
    case = filed(centre)

    assert case["answer"]["status"] == "received"
    assert case["answer"]["official_no"] is None


def test_expected_person_reads_masked_lines_and_confirms_and_the_case_is_taken(centre: Running) -> None:
    case = filed(centre)
    work = opened(centre, "wang", code_of(case)).json

    assert work["kind"] == "party"
    assert work["party"]["key"] == KEY
    said = json.dumps(work, ensure_ascii=False)
    assert CARD.name not in said
    assert CARD.number not in said
    sent = centre.client.put_case(
        following(case, "wang", "party", parties=[confirmation(case, work["party"]["digest"])])
    )
    assert sent.status == 201
    assert status(centre, case) == "accepted"
    assert opened(centre, "wang", code_of(case)).problem == "work-done"


def test_confirmation_of_something_else_is_refused(centre: Running) -> None:
    case = filed(centre)

    sent = centre.client.put_case(following(case, "wang", "party", parties=[confirmation(case, "0" * 64)]))

    assert sent.problem == "case-invalid"
    assert [error["code"] for error in sent.json["errors"]] == ["digest"]
    assert status(centre, case) == "received"


def test_first_person_with_the_code_reads_what_the_case_waits_for(centre: Running) -> None:
    case = filed(centre, papers=True)

    work = opened(centre, "lin", code_of(case)).json

    assert work["kind"] == "status"
    assert work["party"] is None
    assert any("王＊＊" in line["zh-Hans"] for line in work["waiting"])
    assert len(work["waiting"]) == 2


def test_owner_finds_the_case_by_its_number_and_nobody_else_does(centre: Running) -> None:
    case = filed(centre)

    assert opened(centre, "lin", case["case_id"]).json["status"] == "received"
    assert opened(centre, "wang", case["case_id"]).problem == "work-not-yours"
    assert opened(centre, "lin", "YP0301-261121-ZZZZZZZZZZ").problem == "work-unknown"


def test_owed_paper_is_brought_and_the_case_goes_on(centre: Running) -> None:
    case = filed(centre, papers=True, people=False)
    assert case["answer"]["status"] == "accepted"
    work = opened(centre, "lin", code_of(case, "supplement")).json
    assert work["kind"] == "supplement"
    assert [paper["id"] for paper in work["owed"]] == [PAPER]
    assert work["due_on"] == "2026-11-27"

    sent = centre.client.put_case(following(case, "lin", "supplement", materials=[photograph()]))

    assert sent.status == 201
    assert opened(centre, "lin", code_of(case, "supplement")).json["kind"] == "status"


def test_bringing_it_twice_stores_it_once(centre: Running) -> None:
    case = filed(centre, papers=True, people=False)
    body = following(case, "lin", "supplement", materials=[photograph()])
    assert centre.client.put_case(body).status == 201

    assert centre.client.put_case(body).status == 200
    other = centre.client.put_case(following(case, "lin", "supplement", materials=[photograph()]))
    assert [error["code"] for error in other.json["errors"]] == ["done"]


def test_the_same_bytes_sent_by_several_at_once_are_one_case_and_none_is_told_no(centre: Running) -> None:
    case = filed(centre, papers=True, people=False)
    body = following(case, "lin", "supplement", materials=[photograph()])
    told: list[int] = []
    threads = [threading.Thread(target=lambda: told.append(centre.client.put_case(body).status)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [200] * 5 + [201]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"materials": []}, "papers"),
        ({"materials": [{"id": PAPER, "state": "show_later", "licence_no": None}]}, "papers"),
        ({"materials": [photograph()], "data": {"child": {}}}, "data"),
    ],
)
def test_what_follows_brings_exactly_what_is_owed(centre: Running, changes: dict[str, Any], why: str) -> None:
    case = filed(centre, papers=True, people=False)

    sent = centre.client.put_case(following(case, "lin", "supplement", **changes))

    assert sent.problem == "case-invalid"
    assert why in [error["code"] for error in sent.json["errors"]]


def test_another_persons_paper_is_refused_even_with_the_code(centre: Running) -> None:
    case = filed(centre, papers=True, people=False)

    sent = centre.client.put_case(following(case, "wang", "supplement", materials=[photograph()]))

    assert [error["code"] for error in sent.json["errors"]] == ["person"]


def test_after_the_last_day_it_says_so(centre: Running) -> None:
    case = filed(centre, papers=True)
    centre.clock.advance(14 * 86400)

    assert opened(centre, "wang", code_of(case)).problem == "work-expired"
    assert opened(centre, "lin", code_of(case, "supplement")).problem == "work-expired"


def test_wrong_person_waits_and_the_right_one_does_not(centre: Running) -> None:
    case = filed(centre)
    told = [opened(centre, "li", code_of(case)).problem for _ in range(4)]

    assert told == ["work-not-yours"] * 3 + ["work-locked"]
    assert opened(centre, "wang", code_of(case)).status == 200


def test_person_who_tries_codes_is_stopped(centre: Running) -> None:
    session = came_back(centre, "long")
    told = [centre.client.post("/v1/open-work", {"session": session, "code": new_code()}).problem for _ in range(21)]

    assert told == ["work-unknown"] * 20 + ["work-locked"]
    centre.clock.advance(61)
    assert centre.client.post("/v1/open-work", {"session": session, "code": new_code()}).problem == "work-unknown"


def test_session_of_an_item_opens_no_case(centre: Running) -> None:
    case = filed(centre)
    session = centre.client.session("wang", ITEM)

    told = centre.client.post("/v1/open-work", {"session": session, "code": code_of(case)})

    assert told.problem == "session-unknown"


def test_passport_does_not_come_back_to_a_case(centre: Running) -> None:
    card = {"number": "E00007730", "name": "LIN QIUHE"}

    told = centre.client.post("/v1/identity/sessions", {"method": "passport", "card": card, "item_id": None})

    assert told.problem == "method-not-accepted"


def test_people_of_the_form_have_to_be_the_people_who_confirm(centre: Running) -> None:
    case = filed(centre)
    wrong = {key: value for key, value in case.items() if key != "answer"} | {"case_id": new_id()}
    wrong["parties"] = [{**case["parties"][0], "name": OTHER.name + "某", "code": new_code()}]

    sent = centre.client.put_case(canonical_bytes(wrong))

    assert [error["code"] for error in sent.json["errors"]] == ["party"]
