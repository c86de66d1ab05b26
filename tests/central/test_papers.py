"""Photographed papers inside a case, and sessions opened by a passport."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from kiosk.forms import canonical_bytes
from tests.central.samples import CERTIFICATE, PERMIT, RESTAURANT, case, child_of
from tests.central.support import PERSONS, Running, new_id, sha256

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4


HTML = b"<html>" * 20


def told_id(body: bytes) -> str:
    return str(json.loads(body)["case_id"])


def file(content: bytes = JPEG, /, **changes: Any) -> dict[str, Any]:
    told = {
        "media_type": "image/jpeg",
        "sha256": sha256(content),
        "size": len(content),
        "pages": 1,
    }
    return told | changes


def with_papers(centre: Running, *files: dict[str, Any], name: str = "lease", **changes: Any) -> dict[str, Any]:
    told = case(centre, item_id=PERMIT, **changes)
    others = [material for material in told["materials"] if material["id"] != name]
    material = {"id": name, "state": "captured", "licence_no": None, "files": list(files)}
    return {**told, "materials": [*others, material]}


def test_a_photographed_paper_is_taken_with_its_case(centre: Running) -> None:
    centre.keep(JPEG, JPEG + b"2")
    answer = centre.client.put_case(canonical_bytes(with_papers(centre, file(), file(JPEG + b"2"))))
    assert answer.status == 201


def test_nothing_is_stored_while_a_file_is_missing_and_the_answer_says_which(centre: Running) -> None:
    pages = [JPEG + bytes([number]) * 9 for number in range(3)]
    centre.keep(pages[1])
    told = with_papers(centre, *map(file, pages))
    body, known = canonical_bytes(told), {"ids": [told["case_id"]]}

    for _ in range(2):
        answer = centre.client.put_case(body)
        assert (answer.status, answer.json["sha256"]) == (202, sha256(body))
        assert answer.json["missing"] == [sha256(pages[0]), sha256(pages[2])]
    assert centre.client.post("/v1/cases/known", known).json["known"] == {}
    centre.keep(pages[0])
    assert centre.client.put_case(body).json["missing"] == [sha256(pages[2])]
    centre.keep(pages[2])

    assert [centre.client.put_case(body).status for _ in range(2)] == [201, 200]


def test_in_a_batch_a_missing_file_stops_its_own_case_alone(centre: Running) -> None:
    page = JPEG + b"batch"
    bodies = [canonical_bytes(with_papers(centre, file(page))), canonical_bytes(case(centre))]
    batch = {"cases": [{"case_id": told_id(one), "sha256": sha256(one), "body": one.decode()} for one in bodies]}

    first, second = centre.client.post("/v1/cases/batch", batch).json["results"]
    assert (first["status"], first["answer"], first["missing"]) == (202, None, [sha256(page)])
    assert (second["status"], second["missing"]) == (201, None)

    centre.keep(page)
    results = centre.client.post("/v1/cases/batch", batch).json["results"]
    assert [(one["status"], one["missing"]) for one in results] == [(201, None), (200, None)]


def test_nobody_is_asked_for_a_file_of_a_case_that_would_be_refused(centre: Running) -> None:
    told = with_papers(centre, file(JPEG + b"never sent"))
    told["data"]["residence"]["kind"] = "castle"
    assert centre.client.put_case(canonical_bytes(told)).problem == "case-invalid"


WRONG: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "other size": lambda: [file(size=3)],
    "not a JPEG": lambda: [file(HTML)],
    "a PDF by name alone": lambda: [file(media_type="application/pdf")],
    "no files": list,
    "five files": lambda: [file()] * 5,
    "the bytes themselves": lambda: [file(data="/9j/")],
    "one too large": lambda: [file(size=(8 << 20) + 1)],
    "too much together": lambda: [file(JPEG + bytes([one]), size=6 << 20) for one in range(3)],
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_that_is_not_what_the_case_says_is_refused(centre: Running, wrong: str) -> None:
    centre.keep(JPEG, HTML)
    answer = centre.client.put_case(canonical_bytes(with_papers(centre, *WRONG[wrong]())))
    assert (answer.status, answer.problem) == (422, "case-invalid")


def test_a_file_that_no_case_names_is_given_up_after_a_week(centre: Running) -> None:
    pages = [JPEG + b"named", JPEG + b"unnamed"]
    centre.keep(*pages)
    assert centre.client.put_case(canonical_bytes(with_papers(centre, file(pages[0])))).status == 201
    before = centre.clock.now

    centre.clock.advance(7 * 86400 + 1)
    centre.centre.files.sweep()
    centre.clock.now = before

    assert set(centre.centre.files.known(map(sha256, pages))) == {sha256(pages[0])}


def test_a_paper_that_the_package_does_not_take_as_a_photograph_is_refused(centre: Running) -> None:
    told = with_papers(centre, file(), name="host_statement")
    assert centre.client.put_case(canonical_bytes(told)).problem == "case-invalid"


def test_files_of_a_paper_that_is_shown_later_are_refused(centre: Running) -> None:
    told = with_papers(centre, file())
    told["materials"][-1]["state"] = "show_later"
    assert centre.client.put_case(canonical_bytes(told)).problem == "case-invalid"


def test_part_of_a_bundle_names_the_photograph_and_carries_no_file(centre: Running) -> None:
    parent = case(centre, "li", RESTAURANT)
    centre.keep(JPEG)
    parent["materials"] = [{"id": "floor_plan", "state": "captured", "licence_no": None, "files": [file()]}]
    assert centre.client.put_case(canonical_bytes(parent)).status == 201
    told = child_of(parent, "food-permit", "330999031024")

    assert centre.client.put_case(canonical_bytes(told)).problem == "case-invalid"
    told["materials"] = [{"id": "floor_plan", "state": "captured", "licence_no": None}]
    assert centre.client.put_case(canonical_bytes(told)).status == 201


def test_a_passport_opens_a_session_that_holds_no_record_of_a_resident(centre: Running) -> None:
    lin = PERSONS["lin"]
    wanted = {"card": {"number": lin["number"], "name": lin["name"]}, "item_id": CERTIFICATE}
    by_card = centre.client.post("/v1/identity/sessions", {"method": "id_card", **wanted}).json
    by_passport = centre.client.post("/v1/identity/sessions", {"method": "passport", **wanted}).json
    assert by_passport["subject"]["handle"] != by_card["subject"]["handle"]


def test_an_item_that_takes_no_passport_opens_no_session_by_one(centre: Running) -> None:
    wanted = {"method": "passport", "card": {"number": "X12345678", "name": "SPECIMEN"}, "item_id": RESTAURANT}
    assert centre.client.post("/v1/identity/sessions", wanted).problem == "method-not-accepted"


def test_what_is_printed_in_a_passport_decides_nothing_about_a_residents_records(centre: Running) -> None:
    told = case(centre, "lin")
    assert centre.client.put_case(canonical_bytes(told)).json["status"] == "granted"
    shown = {**told["subject"], "card_kind": "passport"}
    shown["proof"] = {**shown["proof"], "method": "passport", "trust": "B"}
    answer = centre.client.put_case(canonical_bytes({**told, "case_id": new_id(), "subject": shown}))
    assert answer.json["status"] in ("refused", "referred")


@pytest.mark.parametrize(
    ("name", "state"),
    [("lease", "waived_agency"), ("lease", "waived_licence"), ("host_statement", "waived_licence"), ("lease", "twice")],
)
def test_a_paper_is_let_off_only_as_its_package_says(centre: Running, name: str, state: str) -> None:
    told = case(centre, item_id=PERMIT)
    paper = {"id": name, "state": "show_later" if state == "twice" else state, "licence_no": None}
    told["materials"] = [paper] * (2 if state == "twice" else 1)
    answer = centre.client.put_case(canonical_bytes(told))
    # Somebody who rents brings a lease, which the library may know; the host's statement is not on this path.
    assert answer.status == (201 if (name, state) == ("lease", "waived_licence") else 422)
