"""Hostile bodies: each gets a problem, none gets a stack trace, and the centre goes on."""

from __future__ import annotations

import json
import random
import socket

import pytest

from central.problems import Problem
from tests.central.samples import case_bytes
from tests.central.support import Running, digest, new_id, sha256

STRICT = [
    (b'{"a":1,"a":2}', "duplicate name"),
    (b'{"x":{"a":1,"a":1}}', "duplicate name inside"),
    (b"NaN", "NaN"),
    (b"[Infinity]", "Infinity"),
    (b"[-Infinity]", "minus infinity"),
    (b'"\\ud800"', "half a surrogate pair"),
    (b'{"\\udfff":1}', "half a surrogate pair as a name"),
    (b"\xff\xfe{}", "not UTF-8"),
    (b"\xef\xbb\xbf{}", "byte order mark"),
    (b"", "nothing"),
    (b"{", "cut short"),
    (b"{} {}", "two values"),
    (b"[" * 100_000, "deep"),
    (b"[" * 200 + b"]" * 200, "deep and closed"),
    (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "deep objects"),
    (b"9" * 5_000, "long number"),
    (b'"\\u0000"', "NUL"),
    (b'{"\\u0000":1}', "NUL in a name"),
]


@pytest.mark.parametrize(("body", "why"), STRICT, ids=[why for _, why in STRICT])
def test_what_is_not_one_strict_json_document_is_refused_everywhere(centre: Running, body: bytes, why: str) -> None:
    put = centre.client.put_case(body, new_id())
    assert (put.status, put.problem) == (400, "invalid-json")
    for address in ("/v1/cases/known", "/v1/cases/batch", "/v1/ratings", "/v1/heartbeat", "/v1/identity/sessions"):
        answer = centre.client.ask("POST", address, body, Content_Type="application/json")
        assert (answer.status, answer.problem) == (400, "invalid-json")
    assert centre.client.get("/health").status == 200


def test_the_same_case_written_another_way_is_not_canonical(centre: Running) -> None:
    body = case_bytes(centre)
    told = json.loads(body)
    spaced = json.dumps(told, ensure_ascii=False).encode()
    turned = json.dumps(dict(reversed(told.items())), ensure_ascii=False, separators=(",", ":")).encode()
    escaped = json.dumps(told, separators=(",", ":"), sort_keys=True).encode()
    zero = body.replace(b'"sequence":12', b'"sequence":12.0')
    for other in (spaced, turned, escaped, zero, body + b"\n", b" " + body):
        assert other != body
        answer = centre.client.put_case(other, told["case_id"])
        assert (answer.status, answer.problem) == (400, "not-canonical")
    assert centre.client.put_case(body).status == 201


def test_wrong_content_type_is_415_everywhere(centre: Running) -> None:
    body = case_bytes(centre)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""):
        answer = centre.client.ask("PUT", f"/v1/cases/{new_id()}", body, Content_Type=kind, Content_Digest=digest(body))
        assert (answer.status, answer.problem) == (415, "unsupported-media-type")
        assert centre.client.ask("POST", "/v1/heartbeat", b"{}", Content_Type=kind).status == 415
    good = centre.client.ask(
        "POST", "/v1/heartbeat", b'{"terminal":"YP0301"}', Content_Type="Application/JSON; charset=utf-8"
    )
    assert good.status == 200


def test_too_large_a_body_is_413_and_the_answer_is_readable(centre: Running) -> None:
    big = b'"' + b"a" * (1 << 20) + b'"'
    assert centre.client.put_case(big, new_id()).problem == "body-too-large"
    assert centre.client.ask("POST", "/v1/heartbeat", big[: 1 << 19], Content_Type="application/json").status == 413
    batch = b" " * ((8 << 20) + 1)
    assert centre.client.ask("POST", "/v1/cases/batch", batch, Content_Type="application/json").status == 413


def test_a_length_beyond_all_measure_is_refused_unread(centre: Running) -> None:
    with socket.create_connection((centre.client.host, centre.client.port), timeout=10) as line:
        head = f"PUT /v1/cases/{new_id()} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        line.sendall(f"{head}Content-Length: 99999999999\r\n\r\n".encode())
        assert line.recv(65536).startswith(b"HTTP/1.1 413")


def test_a_body_cut_short_by_the_line_stores_nothing(centre: Running) -> None:
    body = case_bytes(centre)
    case_id = json.loads(body)["case_id"]
    head = (
        f"PUT /v1/cases/{case_id} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Digest: {digest(body)}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    whole = head + body
    for cut in (10, len(head), len(head) + 1, len(head) + len(body) // 2, len(whole) - 1):
        with socket.create_connection((centre.client.host, centre.client.port), timeout=10) as line:
            line.sendall(whole[:cut])
    assert centre.client.post("/v1/cases/known", {"ids": [case_id]}).json["known"] == {}
    assert centre.client.put_case(body).status == 201


def test_unknown_addresses_and_methods_are_problems_and_never_redirects(centre: Running) -> None:
    for path in ("/", "/docs", "/redoc", "/v1", "/v1/catalogue/", "//v1/catalogue", "/v1/cases", "/desk/", "/%2e%2e/x"):
        assert centre.client.get(path).problem == "not-found"
    for method, path, allowed in (
        ("DELETE", "/v1/catalogue", "GET"),
        ("POST", "/health", "GET"),
        ("GET", "/v1/cases/batch", "POST"),
        ("PATCH", "/desk", "GET"),
        ("GET", "/v1/parked/0123456789ABCDEF", "DELETE, PUT"),
        ("PUT", "/v1/files/0123456789abcdef0123456789abcdef", "DELETE, HEAD, PATCH"),
    ):
        answer = centre.client.ask(method, path)
        assert (answer.status, answer.problem) == (405, "method-not-allowed")
        assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/v1/tickets/%00", "ticket-unknown"),
        ("/v1/cases/%00/status", "case-unknown"),
        ("/track/a%00", "case-unknown"),
        ("/v1/slots/marriage-booking?office=%00", "office-unknown"),
    ],
)
def test_nul_in_an_address_is_a_name_that_nothing_has(centre: Running, path: str, problem: str) -> None:
    assert centre.client.get(path).problem == problem


def test_a_thousand_mutations_of_a_good_case_never_break_the_centre(centre: Running) -> None:
    chance = random.Random(7)
    good = case_bytes(centre, "rare")
    case_id = json.loads(good)["case_id"]
    cases, contract = centre.centre.cases, centre.centre.contract
    names = set()
    for _ in range(1000):
        body = bytearray(good)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(body))
            match chance.randrange(3):
                case 0:
                    body[at] = chance.randrange(256)
                case 1:
                    del body[at : at + chance.randrange(1, 40)]
                case _:
                    body[at:at] = chance.choice([b"null", b"{}", b"[]", b'"', b"-1", b"\x00", "䶮".encode()])
        try:
            cases.put(case_id, bytes(body), sha256(bytes(body)))
        except Problem as problem:
            names.add(problem.name)
            assert contract.faults("Problem", problem.as_json(contract.title(problem.name))) == ()
    assert {"invalid-json", "not-canonical"} <= names
