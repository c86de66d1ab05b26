"""Sealed cases, missing files, parked work and the keys to seal to: what goes out, and what counts as an answer."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from kiosk.central_api import HttpCaseApi
from kiosk.domain.sealing import ALGORITHM, CASE_MEDIA_TYPE, WORK_MEDIA_TYPE, SealingKey
from kiosk.ports.central import (
    CaseToSend,
    Delivered,
    FilesMissing,
    GatewayFault,
    LoginNeeded,
    ParkedClaim,
    ParkedTaken,
    Rejected,
    Released,
    RetryLater,
)
from tests.central_api.scripted_server import ScriptedCentre, case_answer, problem, reply

CASE = "YP0301-261121-4K7QX2M9ZD"
BODY = b'{"schema":1}'
SHA = hashlib.sha256(BODY).hexdigest()
TRACE = "0123456789abcdef0123456789abcdef"
WORK = "0123456789ABCDEF"
A, B = "a" * 64, "b" * 64


@pytest.fixture
def centre() -> Iterator[ScriptedCentre]:
    with ScriptedCentre() as server:
        yield server


@pytest.fixture
def api(centre: ScriptedCentre) -> HttpCaseApi:
    return HttpCaseApi(centre.url, terminal="YP0301", total_timeout_s=5.0)


def lacking(**changes: object) -> dict[str, object]:
    return {"case_id": CASE, "sha256": SHA, "missing": [A, B], **changes}


def test_202_names_the_files_that_have_to_come_first(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    centre.queue.append(reply(202, lacking()))
    assert api.put_case(CASE, BODY, SHA, TRACE) == FilesMissing((A, B))


@pytest.mark.parametrize(
    "changes",
    [{"missing": []}, {"missing": [A, A]}, {"missing": ["x"]}, {"missing": A}, {"case_id": "other"}, {"sha256": A}],
)
def test_202_that_names_nothing_of_ours_is_no_answer(
    api: HttpCaseApi, centre: ScriptedCentre, changes: dict[str, object]
) -> None:
    centre.queue.append(reply(202, lacking(**changes)))
    assert isinstance(api.put_case(CASE, BODY, SHA, TRACE), GatewayFault)


def test_files_may_be_missing_for_one_case_of_a_batch(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    other = "YP0301-261121-0000000001"
    results = [
        {"case_id": CASE, "status": 202, "answer": None, "problem": None, "missing": [A]},
        {"case_id": other, "status": 201, "answer": case_answer(other, BODY), "problem": None, "missing": None},
    ]
    centre.queue.append(reply(200, {"results": results}))
    outcome = api.batch(tuple(CaseToSend(case_id, BODY, SHA, TRACE) for case_id in (CASE, other)))
    assert outcome[CASE] == FilesMissing((A,))
    assert isinstance(outcome[other], Delivered)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (500, RetryLater(None, "status 500", about_item=True, answered=True)),
        (503, RetryLater(None, "status 503", answered=True)),
        (401, LoginNeeded("status 401")),
        (302, GatewayFault("status 302")),
        (413, GatewayFault("status 413 without a problem")),
    ],
)
def test_status_inside_a_batch_means_what_the_table_says(
    api: HttpCaseApi, centre: ScriptedCentre, status: int, outcome: object
) -> None:
    result = {"case_id": CASE, "status": status, "answer": None, "problem": None, "missing": None}
    centre.queue.append(reply(200, {"results": [result, {"nonsense": 1}]}))
    assert api.batch((CaseToSend(CASE, BODY, SHA, TRACE),)) == {CASE: outcome}


@pytest.mark.parametrize("wrong", [{"type": "about:blank"}, {"status": 404}])
def test_no_inside_a_batch_is_the_centres_only_with_its_problem(
    api: HttpCaseApi, centre: ScriptedCentre, wrong: dict[str, object]
) -> None:
    no = {"type": "urn:kiosk:problem:case-invalid", "title": "t", "status": 422}
    result = {"case_id": CASE, "status": 422, "answer": None, "problem": no, "missing": None}
    bad = {**result, "problem": {**no, **wrong}}
    centre.queue += [reply(200, {"results": [bad]}), reply(200, {"results": [result]})]
    case = CaseToSend(CASE, BODY, SHA, TRACE)
    assert api.batch((case,)) == {CASE: GatewayFault("status 422 without a problem")}
    assert api.batch((case,)) == {CASE: Rejected("urn:kiosk:problem:case-invalid", "t", 422)}


def test_envelope_is_answered_like_the_case_inside(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    centre.queue += [reply(201, case_answer(CASE, BODY)), reply(201, case_answer(CASE, b"envelope"))]
    sent = api.put_sealed(CASE, b"envelope", SHA, TRACE, unconfirmed=True)
    assert isinstance(sent, Delivered)
    headers = centre.seen[0].headers
    assert (headers["content-type"], headers["case-unconfirmed"]) == (CASE_MEDIA_TYPE, "?1")
    digest = base64.b64encode(hashlib.sha256(b"envelope").digest()).decode()
    assert headers["content-digest"] == f"sha-256=:{digest}:"
    assert centre.seen[0].body == b"envelope"
    other = api.put_sealed(CASE, b"envelope", SHA, TRACE, unconfirmed=False)
    assert other == GatewayFault("wrong_hash"), "the hash of the envelope is not that of the case"


def test_work_is_parked_once_its_id_and_hash_come_back(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    answer = {"parked_id": WORK, "sha256": hashlib.sha256(b"work").hexdigest(), "until": "2026-11-28T00:00:00Z"}
    centre.queue += [reply(201, answer), reply(200, answer), reply(201, {**answer, "sha256": A})]
    centre.queue += [reply(201, {**answer, "parked_id": "F" * 16}), problem(410, "work-expired")]
    taken = ParkedTaken(datetime(2026, 11, 28, tzinfo=UTC))
    assert api.park(WORK, b"work") == taken
    assert api.park(WORK, b"work") == taken
    assert (centre.seen[0].method, centre.seen[0].path) == ("PUT", f"/v1/parked/{WORK}")
    assert centre.seen[0].headers["content-type"] == WORK_MEDIA_TYPE
    assert isinstance(api.park(WORK, b"work"), GatewayFault)
    assert isinstance(api.park(WORK, b"work"), GatewayFault)
    assert isinstance(api.park(WORK, b"work"), Rejected)


@pytest.mark.parametrize(("status", "word"), [(409, "case-conflict"), (404, "ticket-unknown"), (422, "case-invalid")])
def test_no_that_is_about_something_else_ends_no_parked_work(
    api: HttpCaseApi, centre: ScriptedCentre, status: int, word: str
) -> None:
    centre.queue += [problem(status, word)] * 2
    meant_for_others = GatewayFault(f"not of this: urn:kiosk:problem:{word}")
    assert api.park(WORK, b"work") == meant_for_others
    assert api.release(WORK, "token") == meant_for_others


def claimed(**changes: object) -> dict[str, object]:
    return {
        "parked_id": WORK,
        "item": {"id": "item", "version": 3, "package_sha256": A},
        "until": "2026-11-28T00:00:00Z",
        "half": base64.urlsafe_b64encode(b"\xfb" * 16).decode().rstrip("="),
        "work": base64.b64encode(b"noise").decode(),
        "release": "r" * 22,
        **changes,
    }


def test_owner_gets_the_other_half_and_the_work(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    centre.queue += [reply(200, claimed()), problem(422, "work-not-yours")]
    found = api.claim("s", WORK, TRACE)
    assert found == ParkedClaim(
        WORK, "item", 3, A, datetime(2026, 11, 28, tzinfo=UTC), b"\xfb" * 16, b"noise", "r" * 22
    )
    assert "noise" not in repr(found)
    assert json.loads(centre.seen[0].body) == {"session": "s"}
    assert isinstance(api.claim("s", WORK, TRACE), Rejected)


@pytest.mark.parametrize(
    "changes", [{"parked_id": "F" * 16}, {"half": "AA"}, {"half": "?" * 22}, {"work": "\u00e9"}, {"item": None}]
)
def test_claim_that_makes_no_sense_is_no_answer(
    api: HttpCaseApi, centre: ScriptedCentre, changes: dict[str, object]
) -> None:
    centre.queue.append(reply(200, claimed(**changes)))
    assert isinstance(api.claim("s", WORK, TRACE), GatewayFault)


def test_work_is_released_with_its_token(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    centre.queue += [reply(200, {"released": True}), reply(200, {"released": False})]
    assert api.release(WORK, "a/b") == Released()
    assert (centre.seen[0].method, centre.seen[0].path) == ("DELETE", f"/v1/parked/{WORK}?release=a%2Fb")
    assert isinstance(api.release(WORK, "a/b"), GatewayFault)


def key_json(x: bytes, **changes: object) -> dict[str, object]:
    value = base64.urlsafe_b64encode(x).decode().rstrip("=")
    return {"kid": SealingKey(x).kid, "alg": ALGORITHM, "x": value, **changes}


def test_keys_to_seal_to_come_best_first(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    centre.queue.append(reply(200, {"keys": [key_json(b"\xff" * 32), key_json(bytes(32))]}))
    assert api.sealing_keys() == (SealingKey(b"\xff" * 32), SealingKey(bytes(32)))


@pytest.mark.parametrize(
    "keys",
    [[], [key_json(bytes(32))] * 9, [key_json(bytes(32), kid="0" * 16)], [key_json(bytes(32), alg="none")], [{}]],
)
def test_key_that_is_not_what_it_is_said_to_be_is_no_key(
    api: HttpCaseApi, centre: ScriptedCentre, keys: list[dict[str, object]]
) -> None:
    centre.queue.append(reply(200, {"keys": keys}))
    assert isinstance(api.sealing_keys(), GatewayFault)
