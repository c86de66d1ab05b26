"""From a session to bytes: the exact shape the case API publishes, masked nowhere, complete, canonical."""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import rfc8785

from central.cases import MAX_CASE_BYTES
from kiosk.domain.captured_document import MAX_ATTACHED_BYTES, MAX_PAGES, CapturedDocument
from kiosk.flow.effects import SubmitCase
from kiosk.services.casework import Occasion, build
from tests.flow.test_part_lost import reviewed_paper
from tests.flow.test_visit import renewal_submitted
from tests.flow.world import NOON, PAGE, Visit, place

OPENAPI = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text("utf-8"))


def built(visit: Visit | None = None) -> tuple[Any, Any]:
    visit = visit or renewal_submitted()
    submitted = visit.effect(SubmitCase)
    assert isinstance(submitted, SubmitCase)
    package = visit.state.package
    assert package is not None
    ids = iter(["YP0301-261123-0000000001", "YP0301-261123-0000000002"])
    occasion = Occasion("ab" * 16, lambda: next(ids), 7, NOON, True)
    return build(submitted.session, package, place(), "zh-Hans", visit.state.context, occasion)


def test_body_is_what_the_published_schema_says() -> None:
    submissions, _ = built()
    schema = {"$ref": "#/components/schemas/Case", "components": OPENAPI["components"]}
    jsonschema.Draft202012Validator(schema).validate(json.loads(submissions[0].body))


def test_body_is_canonical_so_that_its_hash_never_depends_on_who_wrote_it() -> None:
    submissions, _ = built()
    assert submissions[0].body == rfc8785.dumps(json.loads(submissions[0].body))


def test_body_carries_sources_consents_materials_and_signature() -> None:
    body = json.loads(built()[0][0].body)
    assert body["sources"]["applicant.name"]["source"] == "card"
    assert {"privacy", "licence:residence_registration"} <= {consent["id"] for consent in body["consents"]}
    assert "waived_licence" in {material["state"] for material in body["materials"]}
    assert body["declaration"]["signature"]["strokes"]
    assert body["office"]["code"]


def test_hidden_answers_leave_no_trace_not_even_their_names() -> None:
    visit = renewal_submitted()
    submitted = visit.effect(SubmitCase)
    assert isinstance(submitted, SubmitCase)
    package = visit.state.package
    assert package is not None
    stale = dataclasses.replace(submitted.session.answers["residence.landlord"])
    answers = {**submitted.session.answers, "study.school": stale}
    session = dataclasses.replace(submitted.session, answers=answers)
    occasion = Occasion("ab" * 16, lambda: "YP0301-261123-0000000001", 7, NOON, True)
    submissions, _ = build(session, package, place(), "zh-Hans", visit.state.context, occasion)
    body = json.loads(submissions[0].body)
    assert "study.school" not in body["sources"]
    assert "residence.landlord" in body["sources"]
    assert "scenario.reason" in body["sources"]


def test_repr_of_a_submission_shows_nothing_of_the_resident() -> None:
    submissions, filing = built()
    assert "林秋禾" not in repr(submissions) + repr(filing)
    assert "339999199104169828" not in repr(submissions) + repr(filing)


@pytest.mark.parametrize("length", [34])
def test_case_id_fits_what_other_systems_allow(length: int) -> None:
    from kiosk.domain.case import CASE_ID, new_case_id

    made = {new_case_id("A" * 16, NOON) for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(case_id) <= length and CASE_ID.fullmatch(case_id) for case_id in made)


def test_as_many_photographs_as_a_visit_may_take_fit_what_the_centre_takes() -> None:
    visit = reviewed_paper()
    session = visit.state.session
    assert session is not None
    most = CapturedDocument("image/jpeg", b"\xff\xd8\xff" + bytes(MAX_ATTACHED_BYTES // MAX_PAGES - 3), 1, 1)
    visit.state = dataclasses.replace(visit.state, session=dataclasses.replace(session, papers={"lease": (most,) * 4}))
    assert len(built(visit.touch("action.next"))[0][0].body) < MAX_CASE_BYTES * 0.9


def test_photographed_paper_travels_inside_the_case_as_the_published_schema_says() -> None:
    body = json.loads(built(reviewed_paper().touch("action.next"))[0][0].body)
    schema = {"$ref": "#/components/schemas/Case", "components": OPENAPI["components"]}
    jsonschema.Draft202012Validator(schema).validate(body)
    lease = next(material for material in body["materials"] if material["id"] == "lease")
    assert lease["state"] == "captured"
    (file,) = lease["files"]
    assert base64.b64decode(file["data"]) == PAGE.data
    assert (file["sha256"], file["size"], file["media_type"]) == (PAGE.sha256, len(PAGE.data), "image/jpeg")
