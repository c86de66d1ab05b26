"""Cases: stored once, answered the same for ever, decided by the package, refused with reasons."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from central.words import PACKAGES
from kiosk.forms import canonical_bytes
from tests.central.samples import CERTIFICATE, COMPLAINT, PERMIT, RESTAURANT, case, case_bytes, child_of, offer
from tests.central.support import PERSONS, Running, digest, new_id, running, sha256

# --- once -------------------------------------------------------------------------------------------------------------


def test_put_stores_once_and_answers_the_same_to_the_same_bytes(centre: Running) -> None:
    body = case_bytes(centre)
    first = centre.client.put_case(body)
    assert first.status == 201
    assert (first.json["case_id"], first.json["sha256"]) == (json.loads(body)["case_id"], sha256(body))
    centre.clock.advance(3600)
    try:
        again = centre.client.put_case(body)
    finally:
        centre.clock.advance(-3600)
    assert (again.status, again.body) == (200, first.body)


def test_other_bytes_under_the_same_id_are_refused_and_the_first_stay(centre: Running) -> None:
    told = case(centre)
    first = canonical_bytes(told)
    assert centre.client.put_case(first).status == 201
    other = canonical_bytes({**told, "sequence": 13})
    answer = centre.client.put_case(other)
    assert (answer.status, answer.problem, answer.json["case_id"]) == (409, "case-conflict", told["case_id"])
    assert centre.client.post("/v1/cases/known", {"ids": [told["case_id"]]}).json["known"] == {
        told["case_id"]: sha256(first)
    }


def test_same_case_from_eight_threads_is_stored_once_and_all_get_one_answer(centre: Running) -> None:
    body = case_bytes(centre)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: centre.client.put_case(body), range(8)))
    assert sorted(a.status for a in answers) == [200] * 7 + [201]
    assert len({a.body for a in answers}) == 1


def test_two_cases_race_for_one_id_and_exactly_one_wins(centre: Running) -> None:
    for _ in range(6):
        told = case(centre)
        bodies = [canonical_bytes({**told, "sequence": n}) for n in (1, 2)]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(centre.client.put_case, bodies))
        assert sorted(a.status for a in answers) == [201, 409]
        winner = bodies[[a.status for a in answers].index(201)]
        known = centre.client.post("/v1/cases/known", {"ids": [told["case_id"]]}).json["known"]
        assert known[told["case_id"]] == sha256(winner)


def test_what_is_stored_is_the_very_bytes_and_outlives_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as centre:
        body = case_bytes(centre, "rare")
        first = centre.client.put_case(body)
    with closing(sqlite3.connect(tmp_path / "central.sqlite")) as database:
        stored, hashed = database.execute("SELECT body, sha256 FROM cases").fetchone()
    assert stored == body
    assert hashed == hashlib.sha256(body).hexdigest()
    with running(tmp_path) as centre:
        assert centre.client.put_case(body).body == first.body


def test_batch_answers_each_case_for_itself(centre: Running) -> None:
    old, new, conflict = case_bytes(centre), case_bytes(centre, "wang"), case(centre)
    centre.client.put_case(old)
    centre.client.put_case(canonical_bytes(conflict))
    conflict_now = canonical_bytes({**conflict, "sequence": 99})
    rotten = case_bytes(centre, data={})
    huge = case_bytes(centre, data={"x": "a" * (1 << 20)})
    entries = [(json.loads(b)["case_id"], b) for b in (old, new, conflict_now, rotten, huge)]
    items = [{"case_id": i, "sha256": sha256(b), "body": b.decode()} for i, b in entries]
    items.append({"case_id": "../../etc", "sha256": "0" * 64, "body": "{}"})
    items.append({"case_id": new_id(), "sha256": "0" * 64, "body": "{}"})
    unknown = case(centre)
    unknown["item"]["version"] = 77
    items.append(
        {
            "case_id": unknown["case_id"],
            "sha256": sha256(canonical_bytes(unknown)),
            "body": canonical_bytes(unknown).decode(),
        }
    )
    results = centre.client.post("/v1/cases/batch", {"cases": items}).json["results"]
    assert [r["case_id"] for r in results] == [i["case_id"] for i in items]
    assert [r["status"] for r in results] == [200, 201, 409, 422, 413, 400, 400, 404]
    assert results[1]["answer"]["status"] == "refused"
    assert results[2]["problem"]["type"] == "urn:kiosk:problem:case-conflict"


def test_known_tells_only_what_is_stored(centre: Running) -> None:
    body = case_bytes(centre)
    centre.client.put_case(body)
    here, absent = json.loads(body)["case_id"], new_id()
    assert centre.client.post("/v1/cases/known", {"ids": [absent, here]}).json == {"known": {here: sha256(body)}}
    assert centre.client.post("/v1/cases/known", {"ids": []}).json == {"known": {}}


# --- what comes out ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "outcome"), [("lin", "granted"), ("wang", "refused"), ("zhao", "referred")])
def test_certificate_is_decided_by_the_package_and_the_registry(centre: Running, key: str, outcome: str) -> None:
    answer = centre.client.put_case(case_bytes(centre, key)).json
    assert answer["status"] == answer["decision"]["outcome"] == outcome
    assert set(answer["decision"]["reason"]) == {"zh-Hans", "en"}
    document = answer["decision"]["document"]
    assert (document is not None) == (outcome == "granted")
    if document is not None:
        values = [row["value"]["zh-Hans"] for row in document["rows"]]
        assert PERSONS[key]["name"] in values
        assert "14 个月" in values
        assert document["number"].startswith(answer["official_no"])
        assert document["issued_on"] == "2026-11-21"
    told = centre.client.get(f"/v1/cases/{answer['case_id']}/decision")
    assert told.json["decision"] == answer["decision"]


def test_certificate_of_a_person_nobody_knows_goes_to_an_officer(centre: Running) -> None:
    told = case(centre)
    told["subject"] |= {"name": "从未见过", "number": "339999199104169801"}
    assert centre.client.put_case(canonical_bytes(told)).json["status"] == "referred"


def test_facts_of_a_number_are_not_used_for_another_name(centre: Running) -> None:
    told = case(centre)
    told["subject"] |= {"name": "王砚舟"}
    assert centre.client.put_case(canonical_bytes(told)).json["status"] == "referred"


def test_permit_is_accepted_by_the_office_of_the_address(centre: Running) -> None:
    answer = centre.client.put_case(case_bytes(centre, "lin", PERMIT)).json
    assert (answer["status"], answer["ticket_no"], answer["decision"]) == ("accepted", None, None)
    assert answer["official_no"].startswith("YP20261121")
    status = centre.client.get(f"/v1/cases/{answer['case_id']}/status").json
    assert status["office"]["name"]["zh-Hans"].startswith("南岸区")
    assert status["children"] == []
    assert centre.client.get(f"/v1/cases/{answer['case_id']}/decision").problem == "decision-none"


def test_complaint_gets_a_ticket_without_its_text(centre: Running) -> None:
    answer = centre.client.put_case(case_bytes(centre, "lin", COMPLAINT)).json
    assert (answer["status"], answer["official_no"]) == ("ticketed", None)
    ticket = centre.client.get(f"/v1/tickets/{answer['ticket_no']}").json
    assert ticket["status"] == "open"
    assert ticket["office"]["name"]["zh-Hans"].startswith("城北区")
    assert ticket["due_on"] > "2026-11-21"
    assert "路灯" not in json.dumps(ticket, ensure_ascii=False)


def test_unknown_case_and_ticket_are_said_to_be_unknown(centre: Running) -> None:
    assert centre.client.get(f"/v1/cases/{new_id()}/status").problem == "case-unknown"
    assert centre.client.get("/v1/cases/%2e%2e/status").problem == "case-unknown"
    assert centre.client.get(f"/v1/cases/{new_id()}/decision").problem == "case-unknown"
    assert centre.client.get("/v1/tickets/12345-%").problem == "ticket-unknown"


# --- packages ---------------------------------------------------------------------------------------------------------


def test_catalogue_and_packages_come_with_etags_and_hashes(centre: Running) -> None:
    catalogue = centre.client.get("/v1/catalogue")
    assert {i["id"] for i in catalogue.json["items"]} >= {CERTIFICATE, COMPLAINT, PERMIT, RESTAURANT}
    assert centre.client.get("/v1/catalogue", If_None_Match=f'"x", W/{catalogue.headers["etag"]}').status == 304
    for item in catalogue.json["items"]:
        address = f"/v1/packages/{item['id']}/{item['version']}"
        package = centre.client.get(address)
        assert sha256(package.body) == item["sha256"]
        assert package.headers["etag"] == f'"{item["sha256"]}"'
        unchanged = centre.client.get(address, If_None_Match=package.headers["etag"])
        assert (unchanged.status, unchanged.body) == (304, b"")
    for wrong in ("no-such/1", f"{CERTIFICATE}/9", f"{CERTIFICATE}/02", f"{CERTIFICATE}/x", "%2e%2e/1"):
        assert centre.client.get(f"/v1/packages/{wrong}").problem == "package-unknown"


def edited(source: Path, target: Path, version: int, word: str) -> None:
    shutil.copytree(source, target)
    package = json.loads((target / "package.json").read_text("utf-8"))
    package["version"] = version
    package["title"]["en"] = word
    (target / "package.json").write_text(json.dumps(package, ensure_ascii=False), "utf-8")


def test_a_case_for_a_withdrawn_version_is_still_taken_and_one_never_published_is_not(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    shutil.copytree(PACKAGES / CERTIFICATE, one / CERTIFICATE)
    with running(tmp_path, packages=one) as centre:
        late = case_bytes(centre)
        never = case(centre)
    edited(PACKAGES / CERTIFICATE, two / CERTIFICATE, 3, "Second edition")
    with running(tmp_path, packages=two) as centre:
        assert offer(centre, CERTIFICATE)["version"] == 3
        assert centre.client.put_case(late).status == 201
        for changes in ({"version": 4}, {"package_sha256": "0" * 64}, {"id": "no-such-item"}, {"version": 3}):
            body = canonical_bytes({**never, "case_id": new_id(), "item": {**never["item"], **changes}})
            answer = centre.client.put_case(body)
            assert (answer.status, answer.problem) == (404, "package-version-unknown")
        assert centre.client.get(f"/v1/packages/{CERTIFICATE}/2").status == 200


def test_same_version_with_other_content_is_refused_and_the_first_goes_on_being_offered(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    shutil.copytree(PACKAGES / CERTIFICATE, one / CERTIFICATE)
    shutil.copytree(PACKAGES / COMPLAINT, two / COMPLAINT)
    edited(PACKAGES / CERTIFICATE, two / CERTIFICATE, 2, "Changed in secret")
    with running(tmp_path, packages=one):
        pass
    with running(tmp_path, packages=two) as centre:
        offered = {i["id"]: i["title"]["en"] for i in centre.client.get("/v1/catalogue").json["items"]}
        assert set(offered) == {CERTIFICATE, COMPLAINT}
        assert offered[CERTIFICATE] != "Changed in secret"
        assert centre.client.put_case(case_bytes(centre)).status == 201
        assert centre.client.get("/health").json["package_errors"] == 1
        assert "raise it" in centre.centre.shelf.errors[0]
        assert "Changed" not in centre.client.get(f"/v1/packages/{CERTIFICATE}/2").body.decode()


# --- refused ----------------------------------------------------------------------------------------------------------


def test_a_case_that_breaks_the_rules_is_refused_with_places_and_no_values(centre: Running) -> None:
    told = case(centre, "lin", PERMIT)
    told["data"]["residence"]["kind"] = "castle of secrets"
    told["data"]["applicant"]["phone"] = "13800"
    answer = centre.client.put_case(canonical_bytes(told))
    assert (answer.status, answer.problem) == (422, "case-invalid")
    assert {e["place"] for e in answer.json["errors"]} >= {"residence.kind", "applicant.phone"}
    assert b"castle" not in answer.body
    assert told["case_id"] not in centre.client.post("/v1/cases/known", {"ids": [told["case_id"]]}).json["known"]


def test_hidden_answers_missing_consent_and_strange_material_are_refused(centre: Running) -> None:
    told = case(centre, "lin", PERMIT)
    told["data"]["residence"]["host"] = "王某"  # asked only of those who live with relatives
    told["consents"][0]["given"] = False
    told["materials"] = [{"id": "gold", "state": "promise", "licence_no": None}]
    told["item"]["code"] = "000"
    told["parent_id"] = new_id()
    errors = centre.client.put_case(canonical_bytes(told)).json["errors"]
    places = {e["place"] for e in errors}
    assert {"/consents", "/materials/0/id", "/item/code", "/parent_id"} <= places
    assert any("residence" in place for place in places)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"language": "French"},
        {"trace_id": "X"},
        {"created_at": "2026-02-30T00:00:00Z"},
        {"created_at": "2026-11-21T14:46:00+08:00"},
        {"sequence": -1},
        {"sequence": 1.5},
        {"clock_trusted": 1},
        {"subject": None},
        {"unheard": "of"},
        {"data": []},
        {"declaration": {"at": "2026-11-21T06:46:00Z", "signature": {"width": 1, "height": 1, "strokes": [[[1]]]}}},
    ],
)
def test_a_case_of_another_shape_is_refused(centre: Running, change: dict[str, object]) -> None:
    answer = centre.client.put_case(canonical_bytes({**case(centre), **change}))
    assert (answer.status, answer.problem) == (422, "case-invalid")


def test_id_in_the_address_must_be_the_one_in_the_body_and_have_the_form(centre: Running) -> None:
    body = case_bytes(centre)
    assert centre.client.put_case(body, new_id()).problem == "case-id-mismatch"
    for wrong in ("yp0301-261121-0000000001", "YP0301-261121-000000000I", "YP0301-261121-00000000011", "X", "%00"):
        answer = centre.client.ask(
            "PUT", f"/v1/cases/{wrong}", body, Content_Type="application/json", Content_Digest=digest(body)
        )
        assert (answer.status, answer.problem) == (400, "case-id-invalid")


def test_digest_must_be_there_and_right(centre: Running) -> None:
    body = case_bytes(centre)
    address = f"/v1/cases/{json.loads(body)['case_id']}"
    kind = {"Content_Type": "application/json"}
    assert centre.client.ask("PUT", address, body, **kind).problem == "digest-missing"
    for odd in ("sha-512=:AAAA:", "sha-256=:short:", "sha-256", ""):
        assert centre.client.ask("PUT", address, body, Content_Digest=odd, **kind).problem == "digest-missing"
    assert centre.client.ask("PUT", address, body, Content_Digest=digest(b"x"), **kind).problem == "digest-mismatch"
    both = f"sha-512=:{'A' * 86}==:, {digest(body)}"
    assert centre.client.ask("PUT", address, body, Content_Digest=both, **kind).status == 201


# --- bundle -----------------------------------------------------------------------------------------------------------


CHILDREN = {
    "business-licence": "330999031001",
    "food-permit": "330999031024",
    "fire-promise": "330999095003",
    "drain-and-fume": "330999016012",
}


def test_a_bundle_is_one_parent_and_its_children_sent_apart_in_any_order(centre: Running) -> None:
    parent = case(centre, "li", RESTAURANT)
    children = [canonical_bytes(child_of(parent, child, code)) for child, code in CHILDREN.items()]
    bodies = [children[0], canonical_bytes(parent), *children[1:]]
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(centre.client.put_case, bodies))
    assert [a.status for a in answers] == [201] * 5
    assert {a.json["status"] for a in answers} == {"accepted"}
    assert len({a.json["official_no"] for a in answers}) == 5
    status = centre.client.get(f"/v1/cases/{parent['case_id']}/status").json
    assert status["children"] == sorted(json.loads(body)["case_id"] for body in children)
    below = centre.client.get(f"/v1/cases/{status['children'][0]}/status").json
    assert below["item"]["child"] in CHILDREN


def test_a_child_holds_exactly_its_agencys_share_of_the_parent(centre: Running) -> None:
    parent = case(centre, "li", RESTAURANT)
    early = child_of(parent, "fire-promise", CHILDREN["fire-promise"])
    too_much = {**early, "data": parent["data"]}
    assert "projection" in centre.client.put_case(canonical_bytes(too_much)).body.decode()
    assert centre.client.put_case(canonical_bytes(early)).status == 201, "a child may come before its parent"
    assert centre.client.put_case(canonical_bytes(parent)).status == 201
    late = child_of(parent, "drain-and-fume", CHILDREN["drain-and-fume"])
    changed = {**late, "data": {**late["data"], "shop": {**late["data"]["shop"], "address": "别处 1 号"}}}
    for wrong in (changed, {**late, "data": {}}, {**late, "data": parent["data"]}):
        answer = centre.client.put_case(canonical_bytes(wrong))
        assert (answer.status, [e["code"] for e in answer.json["errors"]]) == (422, ["projection"])
    assert centre.client.put_case(canonical_bytes(late)).status == 201
    assert "staff" not in late["data"]
    stranger = {**late, "case_id": new_id(), "materials": [{"id": "lease", "state": "show_later", "licence_no": None}]}
    assert "not_its_paper" in centre.client.put_case(canonical_bytes(stranger)).body.decode()


def test_a_child_that_is_not_on_this_path_or_lacks_its_parent_is_refused(centre: Running) -> None:
    parent = case(centre, "li", RESTAURANT)
    assert centre.client.put_case(canonical_bytes(parent)).status == 201
    unwanted = child_of(parent, "shop-sign", "330999017006")  # the form says: no sign
    orphan = {**child_of(parent, "food-permit", CHILDREN["food-permit"]), "parent_id": None}
    invented = child_of(parent, "gold-mine", "330999031001")
    foreign = child_of(parent, "food-permit", CHILDREN["business-licence"])
    for told, place in (
        (unwanted, "/item/child"),
        (orphan, "/parent_id"),
        (invented, "/item/child"),
        (foreign, "/item/code"),
    ):
        answer = centre.client.put_case(canonical_bytes(told))
        assert (answer.status, [e["place"] for e in answer.json["errors"]]) == (422, [place])
