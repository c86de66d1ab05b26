"""The running program is held to docs/openapi.json, and the document to the running program."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator

from central.app import build_routes
from central.problems import PREFIX, STATUS
from central.sealing import CASE_MEDIA_TYPE, WORK_MEDIA_TYPE
from central.store import metadata
from kiosk.central_api.answers import (
    ANSWERS,
    FILE_PROBLEMS,
    TRANSPORT_PROBLEMS,
    UNDECIDED,
    WORK_PROBLEMS,
    Action,
)
from kiosk.domain.parked import new_carry_on
from kiosk.forms import canonical_bytes
from tests.central import support, test_openings, test_papers, test_parked, test_uploads
from tests.central.samples import CERTIFICATE, COMPLAINT, PERMIT, case, case_bytes
from tests.central.support import CONTRACT, PERSONS, Running, digest, new_id, running
from tests.more_packages import BOOKING, QUERY

PATHS: dict[str, Any] = CONTRACT.document["paths"]
SHED = {"429", "503"}
OCTETS = "application/offset+octet-stream"


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, ways in PATHS.items():
        for method, operation in ways.items():
            yield path, method, operation


def flat(routes: Sequence[Any]) -> Iterator[APIRoute]:
    """The routes of a program, those of the libraries it takes in as well."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from flat(route.original_router.routes)


def test_the_program_has_exactly_the_addresses_and_methods_of_the_document(centre: Running) -> None:
    def bare(path: str) -> str:
        return re.sub(r"\{[^}]+\}", "{}", path)

    declared = {(bare(path), method) for path, method, _ in operations()}
    app = build_routes(centre.centre, demo=True)
    routes = list(flat(app.routes))
    served = {(bare(route.path), method.lower()) for route in routes for method in route.methods}
    assert served == declared
    assert len(served) == len(routes)


def test_the_document_is_sound_and_is_what_the_program_hands_out(centre: Running) -> None:
    assert centre.client.get("/openapi.json").json == CONTRACT.document
    assert CONTRACT.document["openapi"].startswith("3.1")
    text = json.dumps(CONTRACT.document)
    schemas = CONTRACT.document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    named = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert named == set(schemas)
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))


def test_problem_types_of_document_and_program_are_the_same_and_each_stands_at_its_status() -> None:
    assert set(CONTRACT.document["x-problem-types"]) == {PREFIX + name for name in STATUS}
    told = set()
    for path, method, operation in operations():
        for status, response in operation["responses"].items():
            if "$ref" in response:
                response = CONTRACT.document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
            if "application/problem+json" in response.get("content", {}):
                for name in response["description"].split("; "):
                    assert STATUS[name] == int(status), (path, method, name)
                    told.add(name)
    assert set(STATUS) == told


def walk(centre: Running, plain: Running) -> None:
    """Provoke every answer that is declared, but for those of a loaded or broken centre."""
    client = centre.client
    for path in ("/health", "/openapi.json", "/v1/citizen-code/keys", "/v1/licences/types", "/desk"):
        assert client.get(path).status == 200
    etag = client.get("/v1/catalogue").headers["etag"]
    client.get("/v1/catalogue", If_None_Match=etag)
    client.get("/v1/sites", If_None_Match=client.get("/v1/sites").headers["etag"])
    package = client.get(f"/v1/packages/{CERTIFICATE}/2")
    client.get(f"/v1/packages/{CERTIFICATE}/2", If_None_Match=package.headers["etag"])
    client.get(f"/v1/packages/{CERTIFICATE}/9")

    code = client.get("/demo/citizen-code?person=lin").json["code"]
    client.get("/demo/citizen-code?person=nobody")
    old = client.get("/demo/citizen-code?person=lin&ttl_s=-5").json["code"]
    for shown, item in (
        (code, PERMIT),
        (code, PERMIT),
        (old, PERMIT),
        ("x", PERMIT),
        (code, "none"),
        (code, COMPLAINT),
    ):
        client.post("/v1/identity/sessions", {"method": "citizen_qr", "code": shown, "item_id": item})
    session = client.session("lin", PERMIT)
    for token, types in ((session, ["residence_registration"]), ("x", ["x"]), (session, [])):
        client.post("/v1/licences/query", {"session": token, "types": types, "item_id": PERMIT, "consent": True})

    for token, item in ((client.session("lin", QUERY), QUERY), (session, PERMIT), ("x", PERMIT), ("", PERMIT)):
        client.post("/v1/records", {"session": token, "item_id": item})

    told = case(centre)
    body = canonical_bytes(told)
    for _ in range(2):
        client.put_case(body)
    client.put_case(canonical_bytes({**told, "sequence": 1}))
    client.put_case(canonical_bytes({**told, "case_id": new_id(), "item": {**told["item"], "version": 9}}))
    client.put_case(canonical_bytes({**told, "case_id": new_id(), "data": {}}))
    client.put_case(body, "x")
    client.put_case(b" " * (1 << 20) + b" ", new_id())
    client.ask("PUT", f"/v1/cases/{new_id()}", body, Content_Digest=digest(body))
    ticket = client.put_case(case_bytes(centre, "lin", COMPLAINT)).json["ticket_no"]
    for number in (ticket, "x"):
        client.get(f"/v1/tickets/{number}")
    for case_id in (told["case_id"], new_id()):
        client.get(f"/v1/cases/{case_id}/status")
        client.get(f"/v1/cases/{case_id}/decision")
        client.get(f"/track/{case_id}")
    client.post("/v1/cases/known", {"ids": [told["case_id"]]})
    client.post("/v1/cases/batch", {"cases": [{"case_id": "x", "sha256": "0" * 64, "body": ""}]})

    for address in (BOOKING, f"{BOOKING}?office=330999XX00", f"{BOOKING}?office=x", PERMIT, "none"):
        client.get(f"/v1/slots/{address}")
    said = {"outcome": "granted", "reason": {"zh-Hans": "可以", "en": "Yes"}}
    waiting = client.put_case(case_bytes(centre, "lin", PERMIT)).json["case_id"]
    for case_id in (waiting, waiting, new_id()):
        client.post(f"/demo/decide/{case_id}", said)

    client.put_case(canonical_bytes(test_papers.with_papers(centre, test_papers.file(b"not here"))))
    send_files(centre)
    park_work(centre)
    token = client.post("/v1/heartbeat", {"terminal": "YP0301"}).json["rating_tokens"][0]
    for used in (token, token, "x"):
        client.post("/v1/ratings", {"token": used, "item_id": "newborn", "level": 4, "reasons": []})

    client.get("/demo/fault")
    client.post("/demo/fault", {"mode": "up"})
    for path, method, operation in operations():
        if method == "post" and "requestBody" in operation:
            for broken in (b"{", b"[]", b" " * ((8 << 20) + 1)):
                client.ask("POST", path, broken, Content_Type="application/json")
            client.ask("POST", path, b"{}")
        if operation["tags"] == ["demo"]:
            plain.client.ask(method.upper(), path)
    come_back(centre)


def send_files(centre: Running) -> None:
    """By tus: new, known, half, wrong in each way, given up."""
    client, data = centre.client, test_uploads.JPEG + b"walk"
    client.ask("OPTIONS", "/v1/files/")
    for changes in ({}, {"Tus_Resumable": "2"}, {"Upload_Length": "99999999"}, {"Upload_Length": "x"}):
        client.ask("POST", "/v1/files/", None, **{**test_uploads.announced(data), **changes})
    places = [test_uploads.begun(centre, data) for _ in range(4)]
    whole, wrong, half, ended = places
    for place, body, changes in (
        (whole, data, {}),
        (whole, data, {}),
        (wrong, b"x" * len(data), {}),
        (wrong, data, {}),
        (half, data + b"x", {}),
        (half, b"x", {"Tus_Resumable": "2"}),
        (half, b"x", {"Content_Type": "text/plain"}),
        (half, b"x", {"Upload_Offset": "x"}),
    ):
        test_uploads.sent(centre, place, body, **changes)
    client.ask("POST", "/v1/files/", None, **test_uploads.announced(data))
    by_header = {**test_uploads.TUS, "X_HTTP_Method_Override": "DELETE"}
    for method, place in (*((one, half) for one in ("HEAD", "PATCH", "DELETE")), ("POST", "/v1/files/")):
        client.ask(method, place, **by_header)
    client.ask("OPTIONS", "/v1/files/", **by_header)
    for method in ("HEAD", "DELETE"):
        for place, version in ((ended, "1.0.0"), (wrong, "1.0.0"), (half, "2")):
            client.ask(method, place, Tus_Resumable=version)
    before = centre.clock.now
    centre.clock.advance(test_uploads.WEEK_S)
    test_uploads.sent(centre, half, b"x")
    for method in ("HEAD", "DELETE"):
        client.ask(method, half, **test_uploads.TUS)
    centre.clock.now = before


def park_work(centre: Running) -> None:
    """Parked, again, other bytes, claimed by the right and by others, released, over."""
    client = centre.client
    client.get("/v1/sealing-keys")
    parked_id, late = new_carry_on().parked_id, new_carry_on().parked_id
    body = test_parked.envelope(centre, parked_id)
    for _ in range(2):
        test_parked.park(centre, parked_id, body)
    test_parked.park(centre, parked_id, b"")
    test_parked.park(centre, late, b"")
    test_parked.park(centre, "x", b"")
    test_parked.park(centre, late, b"", Content_Type="text/plain")
    test_parked.park(centre, late, bytes((16 << 20) + 1))
    over = test_parked.envelope(centre, late, until="2026-11-01T00:00:00Z")
    test_parked.park(centre, late, over)
    test_parked.claim(centre, "li", parked_id)
    token = test_parked.claim(centre, "lin", parked_id).json["release"]
    for named, told in ((parked_id, "x"), ("x", "x"), (parked_id, token)):
        test_parked.release(centre, named, told)
    client.post(f"/v1/parked/{late}/claim", {"session": "x"})
    test_parked.park(centre, late, test_parked.envelope(centre, late))
    before = centre.clock.now
    centre.clock.advance(test_uploads.WEEK_S)
    test_parked.claim(centre, "lin", late)
    centre.clock.now = before


def come_back(centre: Running) -> None:
    """With the code of a slip: the right person and a wrong one, done already, and too late."""
    held = test_openings.filed(centre)
    work = test_openings.opened(centre, "wang", test_openings.code_of(held)).json
    test_openings.opened(centre, "li", test_openings.code_of(held))
    test_openings.opened(centre, "li", "0" * 12)
    signed = test_openings.confirmation(held, work["party"]["digest"])
    centre.client.put_case(test_openings.following(held, "wang", "party", parties=[signed]))
    test_openings.opened(centre, "wang", test_openings.code_of(held))
    late = test_openings.filed(centre)
    centre.clock.advance(14 * 86400)
    test_openings.opened(centre, "wang", test_openings.code_of(late))


def test_every_declared_answer_happens_and_no_other(centre: Running, tmp_path: Path) -> None:
    support.SEEN.clear()
    with running(tmp_path, demo=False) as plain:
        walk(centre, plain)
    declared = {(path, method, status) for path, method, operation in operations() for status in operation["responses"]}
    expected = {one for one in declared if one[2] not in SHED | {"500", "403"}}
    assert expected - support.SEEN == set()
    assert declared >= support.SEEN


def test_the_fault_verbs_are_for_this_machine_only(centre: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere:
        is_loopback = False

    monkeypatch.setattr("central.app.ip_address", lambda _host: Elsewhere())
    assert centre.client.get("/demo/fault").problem == "not-local"
    assert centre.client.post("/demo/fault", {"mode": "down"}).problem == "not-local"


def test_a_broken_database_is_a_problem_without_a_word_of_what_was_sent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running(tmp_path) as broken:
        code = broken.client.get("/demo/citizen-code?person=lin").json["code"]
        with broken.centre.store.write() as connection:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            metadata.drop_all(connection)
        bodies: dict[str, Any] = {
            "openIdentitySession": {"method": "citizen_qr", "code": code, "item_id": PERMIT},
            "queryLicences": {"session": "x", "types": ["x"], "item_id": PERMIT, "consent": True},
            "queryRecord": {"session": "x", "item_id": PERMIT},
            "putBatch": {"cases": [{"case_id": new_id(), "sha256": support.sha256(b"{}"), "body": "{}"}]},
            "knownCases": {"ids": [new_id()]},
            "claim": {"session": "x"},
            "openWork": {"session": "x", "code": "0" * 12},
            "rate": {"token": "x", "item_id": PERMIT, "level": 1, "reasons": []},
            "heartbeat": {"terminal": "YP0301"},
        }
        wanted = [one for one in operations() if "500" in one[2]["responses"]]
        assert len(wanted) >= 12
        for path, method, operation in wanted:
            address = path.replace("{case_id}", new_id()).replace("{version}", "1").replace("{id}", "x")
            address = address.replace("{item_id}", "marriage-booking")
            address += "?person=lin" if "citizen" in path else ""
            address = address.replace("{parked_id}", "0" * 16).replace("{upload}", "0" * 32)
            if operation["tags"] == ["files"]:
                told = {**test_uploads.announced(b"x"), "Upload_Offset": "0", "Content_Type": OCTETS}
                answer = broken.client.ask(method.upper(), address, b"x" if method == "patch" else None, **told)
                if method == "head":
                    assert answer.status == 500
                    continue
            elif operation["operationId"] == "park":
                answer = test_parked.park(broken, "0" * 16, b"")
            elif operation["operationId"] == "release":
                answer = test_parked.release(broken, "0" * 16, broken.centre.parked._release("0" * 16))
            elif operation["operationId"] == "putCase":
                answer = broken.client.put_case(case_bytes(broken))
            elif method == "post":
                answer = broken.client.post(address, bodies[operation["operationId"]])
            else:
                answer = broken.client.get(address)
            assert (answer.status, answer.problem) == (500, "internal"), path
        assert broken.client.get("/health").status == 200
    assert "unforeseen OperationalError at " in caplog.text
    for private in (PERSONS["lin"]["name"], PERSONS["lin"]["number"], code):
        assert private not in caplog.text


def test_the_terminals_answer_table_knows_every_answer_to_a_case_and_every_problem_it_names() -> None:
    puts = PATHS["/v1/cases/{case_id}"]["put"]["responses"]
    told = {int(status) for status in puts}
    assert told <= set(ANSWERS), "an answer of the centre that a terminal takes for a login page's"
    done = {status for status in told if ANSWERS[status] in {Action.STORED, Action.KNOWN}}
    assert done == {200, 201}
    problems = TRANSPORT_PROBLEMS | FILE_PROBLEMS | WORK_PROBLEMS | {UNDECIDED}
    assert problems <= set(CONTRACT.document["x-problem-types"])


def test_generated_requests_meet_only_declared_answers(centre: Running) -> None:
    """Requests that a fuzzer makes from the document alone; few of each, the same each time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import hypothesis
        import schemathesis
        from hypothesis import strategies
        from schemathesis.checks import not_a_server_error
        from schemathesis.specs.openapi.checks import (
            content_type_conformance,
            response_schema_conformance,
            status_code_conformance,
        )

        checks = [
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ]
        for kind in (OCTETS, CASE_MEDIA_TYPE, WORK_MEDIA_TYPE):
            schemathesis.openapi.media_type(kind, strategies.binary(max_size=200))

            @schemathesis.serializer(kind)
            def as_it_is(_context: Any, value: Any) -> Any:
                return value if isinstance(value, bytes) else str(value).encode()

        base = f"http://{centre.client.host}:{centre.client.port}"
        schema = schemathesis.openapi.from_dict(json.loads(CONTRACT.text))
        count = 0
        for result in schema.get_all_operations():
            operation = result.ok()
            if operation.path == "/demo/fault":
                continue  # a fuzzer would find "down"

            @hypothesis.settings(
                max_examples=6,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(hypothesis.HealthCheck),
            )
            @hypothesis.given(made=operation.as_strategy())
            def meet(made: Any) -> None:
                made.validate_response(made.call(base_url=base), checks=checks)

            meet()
            count += 1
        assert count == len(list(operations())) - 2
