"""From a session to bytes: the exact shape the case API publishes, masked nowhere, complete, canonical."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import rfc8785

from kiosk.flow.effects import SubmitCase
from kiosk.ports.central import LocalFile
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


def test_photographed_paper_is_named_by_the_case_and_goes_beside_it() -> None:
    (case,), _ = built(reviewed_paper().touch("action.next"))
    body = json.loads(case.body)
    schema = {"$ref": "#/components/schemas/Case", "components": OPENAPI["components"]}
    jsonschema.Draft202012Validator(schema).validate(body)
    lease = next(material for material in body["materials"] if material["id"] == "lease")
    assert lease["state"] == "captured"
    named = {"media_type": "image/jpeg", "sha256": PAGE.sha256, "size": len(PAGE.data), "pages": PAGE.pages}
    assert lease["files"] == [named]
    assert case.files == (LocalFile(PAGE.sha256, "image/jpeg", PAGE.data),)


def test_one_photograph_in_two_places_goes_once() -> None:
    visit = reviewed_paper()
    session = visit.state.session
    assert session is not None
    papers = {**session.papers, "lease": (PAGE, PAGE)}
    visit.state = dataclasses.replace(visit.state, session=dataclasses.replace(session, papers=papers))
    (case,), _ = built(visit.touch("action.next"))
    lease = next(material for material in json.loads(case.body)["materials"] if material["id"] == "lease")
    assert [file["sha256"] for file in lease["files"]] == [PAGE.sha256] * 2
    assert [file.sha256 for file in case.files] == [PAGE.sha256]


def test_paper_that_is_no_longer_brought_as_a_photograph_leaves_nothing_behind() -> None:
    visit = reviewed_paper()
    session = visit.state.session
    assert session is not None
    ways = {**session.material_ways, "lease": "show_later"}
    visit.state = dataclasses.replace(visit.state, session=dataclasses.replace(session, material_ways=ways))
    (case,), _ = built(visit.touch("action.next"))
    assert case.files == ()
    assert PAGE.sha256 not in case.body.decode()
