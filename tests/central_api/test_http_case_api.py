"""HttpCaseApi against a real server: every answer ends in one value, in time, and nothing but an echo is success."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from kiosk.central_api import HttpCaseApi
from kiosk.domain.errors import CentreError
from kiosk.domain.open_work import OpenWork
from kiosk.ports.central import (
    AlreadyKnown,
    CaseStatusReport,
    CaseToSend,
    Catalogue,
    CentreDecision,
    Delivered,
    FreeSlots,
    GatewayFault,
    HeartbeatAnswer,
    IdentitySession,
    LoginNeeded,
    NotModified,
    PackageDownload,
    RatingTaken,
    RecordFound,
    Rejected,
    RetryLater,
    TicketReport,
)
from tests.central_api.scripted_server import (
    LATE_S,
    Answer,
    Handler,
    ScriptedCentre,
    case_answer,
    cut,
    html,
    problem,
    raw,
    reply,
)

CASE = "YP0301-261121-4K7QX2M9ZD"
BODY = b'{"schema":1}'
SHA = hashlib.sha256(BODY).hexdigest()
TRACE = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def centre() -> Iterator[ScriptedCentre]:
    with ScriptedCentre() as server:
        yield server


@pytest.fixture
def api(centre: ScriptedCentre) -> HttpCaseApi:
    return HttpCaseApi(centre.url, terminal="YP0301", total_timeout_s=5.0)


def put(api: HttpCaseApi, timeout_s: float | None = None) -> object:
    return api.put_case(CASE, BODY, SHA, TRACE, timeout_s)


def test_a_stored_case_is_delivered_and_the_same_bytes_again_are_already_known(
    api: HttpCaseApi, centre: ScriptedCentre
) -> None:
    first, second = put(api), put(api)
    assert isinstance(first, Delivered)
    assert isinstance(second, AlreadyKnown)
    assert first.answer == second.answer
    assert (first.answer.case_id, first.answer.sha256, first.answer.official_no) == (CASE, SHA, "YP-1")
    assert centre.stored == {CASE: BODY}


def test_a_put_carries_digest_trace_and_idempotency_key_and_no_proxy_or_cookie(
    api: HttpCaseApi, centre: ScriptedCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    put(api)
    headers = centre.seen[0].headers
    digest = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    assert headers["content-digest"] == f"sha-256=:{digest}:"
    version, trace, span, flags = headers["traceparent"].split("-")
    assert (version, trace, len(span), flags) == ("00", TRACE, 16, "01")
    assert headers["idempotency-key"] == f'"{CASE}"'
    assert headers["accept-encoding"] == "identity"
    assert "cookie" not in headers
    assert centre.seen[0].body == BODY


def _echo(**changes: object) -> dict[str, object]:
    return {**case_answer(CASE, BODY), **changes}


CREATED = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"

GARBAGE: dict[str, Answer] = {
    "login page with 200": html(200),
    "login page with 404": html(404),
    "login page with 403": html(403),
    "empty object": reply(201, {}),
    "another id": reply(201, _echo(case_id="YP0301-261121-0000000000")),
    "another hash": reply(201, _echo(sha256="0" * 64)),
    "unknown status word": reply(201, _echo(status="perhaps")),
    "time without zone": reply(201, _echo(accepted_at="2026-11-21T06:46:00")),
    "json of wrong type": reply(200, [1, 2]),
    "redirect": reply(307, {}, Location="http://127.0.0.1:9/"),
    "no content": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "accepted only": reply(202, _echo()),
    "not modified": raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "truncated body": raw(CREATED % 500 + b'{"ca'),
    "truncated json": raw(CREATED % 5 + b'{"ca:'),
    "not http": raw(b"\x00\x01SSH-2.0-nothing\r\n\r\n"),
    "nan": lambda r: r.bytes(201, b'{"case_id":NaN}', "application/json"),
    "a name twice": lambda r: r.bytes(
        201, b'{"status":"granted",' + json.dumps(_echo()).encode()[1:], "application/json"
    ),
    "deep": lambda r: r.bytes(201, b"[" * 100_000, "application/json"),
    "huge number": lambda r: r.bytes(201, b'{"a":' + b"9" * 10_000 + b"}", "application/json"),
    "byte order mark": lambda r: r.bytes(201, b"\xef\xbb\xbf" + json.dumps(_echo()).encode(), "application/json"),
    "not utf-8": lambda r: r.bytes(201, b'{"a":"\xff"}', "application/json"),
    "compressed": lambda r: r.bytes(201, b"\x1f\x8b", "application/json", Content_Encoding="gzip"),
    "too big": lambda r: r.bytes(201, b" " * (1 << 21), "application/json"),
    "digest changed on the way": problem(400, "digest-mismatch"),
    "wrong address": problem(404, "not-found"),
}


@pytest.mark.parametrize("answer", GARBAGE.values(), ids=GARBAGE.keys())
def test_what_is_not_the_centre_is_a_gateway_fault(api: HttpCaseApi, centre: ScriptedCentre, answer: Answer) -> None:
    centre.queue.append(answer)
    assert isinstance(put(api), GatewayFault)


DOCUMENT: dict[str, object] = {
    "title": {"zh-Hans": "参保证明"},
    "number": "CB-1",
    "statement": {"zh-Hans": "特此证明"},
    "rows": [{"label": {"zh-Hans": "姓名"}, "value": {"zh-Hans": "林秋禾"}}],
    "issuer": {"zh-Hans": "云浦市社保中心"},
    "issued_on": "2026-11-21",
    "valid_to": None,
}


def granted(document: object) -> Answer:
    decided = {"outcome": "granted", "reason": {"zh-Hans": "已参保"}, "rule_id": "r1", "document": document}
    return reply(201, {**case_answer(CASE, BODY, "granted"), "decision": decided})


def test_a_document_comes_as_the_centre_drew_it_up(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    centre.queue.append(granted({**DOCUMENT, "extra": "unknown"}))
    outcome = put(api)
    assert isinstance(outcome, Delivered)
    assert outcome.answer.decision is not None
    assert outcome.answer.decision.document == DOCUMENT


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {**DOCUMENT, "issued_on": "soon"},
        {**DOCUMENT, "valid_to": "for ever"},
        {**DOCUMENT, "rows": [{}]},
        {**DOCUMENT, "rows": [["a", "b"]]},
        {**DOCUMENT, "title": "参保证明"},
        {name: value for name, value in DOCUMENT.items() if name != "issuer"},
    ],
)
def test_a_document_that_cannot_be_shown_is_no_answer(
    api: HttpCaseApi, centre: ScriptedCentre, document: object
) -> None:
    centre.queue.append(granted(document))
    assert isinstance(put(api), GatewayFault)


def test_a_redirect_is_never_followed(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    with ScriptedCentre() as elsewhere:
        for status in (301, 302, 307, 308):
            centre.queue.append(reply(status, {}, Location=elsewhere.url + "/v1/cases/x"))
            assert isinstance(put(api), GatewayFault)
        assert elsewhere.seen == []


@pytest.mark.parametrize("status", [400, 404, 409, 410, 413, 415, 422])
def test_a_definite_no_is_rejected_with_its_problem_type(api: HttpCaseApi, centre: ScriptedCentre, status: int) -> None:
    centre.queue.append(problem(status, "case-conflict"))
    outcome = put(api)
    assert outcome == Rejected("urn:kiosk:problem:case-conflict", "case-conflict", status)


def test_a_rejection_names_places_and_never_the_values(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    centre.queue.append(
        reply(
            422,
            {
                "type": "urn:kiosk:problem:case-invalid",
                "title": "invalid",
                "status": 422,
                "case_id": CASE,
                "detail": "林秋禾 is no name",
                "errors": [{"place": "applicant.name", "code": "too_long", "message": {"zh-Hans": "长"}}],
            },
        )
    )
    assert put(api) == Rejected("urn:kiosk:problem:case-invalid", "invalid; applicant.name too_long", 422)


@pytest.mark.parametrize("status", [401, 403])
def test_not_being_welcome_is_login_needed(api: HttpCaseApi, centre: ScriptedCentre, status: int) -> None:
    centre.queue.append(problem(status, "forbidden"))
    assert isinstance(put(api), LoginNeeded)


@pytest.mark.parametrize(
    ("status", "about_item"),
    [(408, False), (425, False), (429, False), (500, True), (501, True), (502, False), (503, False), (599, False)],
)
def test_trouble_at_the_centre_is_retried(
    api: HttpCaseApi, centre: ScriptedCentre, status: int, about_item: bool
) -> None:
    centre.queue.append(html(status))
    assert put(api) == RetryLater(None, f"status {status}", about_item, answered=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("99999999999", 3600.0),
        ("Sat, 21 Nov 2026 06:46:30 GMT", 30.0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_against_the_answers_own_date(
    api: HttpCaseApi, centre: ScriptedCentre, value: str, seconds: float | None
) -> None:
    centre.queue.append(
        raw(
            b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nDate: Sat, 21 Nov 2026 06:46:00 GMT\r\nRetry-After: "
            + value.encode()
            + b"\r\n\r\n"
        )
    )
    assert put(api) == RetryLater(seconds, "status 503", answered=True)


def test_a_centre_that_hangs_up_or_is_not_there_is_retried(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    centre.queue.append(cut)
    assert put(api) == RetryLater(None, "unreachable")
    nobody = HttpCaseApi("http://127.0.0.1:9", terminal="YP0301")
    assert put(nobody) == RetryLater(None, "unreachable")


@pytest.mark.parametrize("where", ["before", "headers", "body"])
def test_a_dripping_answer_ends_at_the_deadline(api: HttpCaseApi, centre: ScriptedCentre, where: str) -> None:
    head = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n"

    def drip(request: Handler) -> None:
        request.wfile.write({"before": b"", "headers": head, "body": head + b"\r\n"}[where])
        byte = {"before": b"", "headers": b"X-A: b\r\n", "body": b" "}[where]
        while not centre.release.wait(0.02):
            request.wfile.write(byte)

    centre.queue.append(drip)
    started = time.monotonic()
    assert put(api, timeout_s=0.3) == RetryLater(None, "timeout")
    assert time.monotonic() - started < LATE_S


def test_no_thread_stays_after_a_call(api: HttpCaseApi) -> None:
    put(api)
    assert [thread.name for thread in threading.enumerate() if thread.name == "http-deadline"] == []


def test_the_catalogue_is_read_and_then_not_modified(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    item = {"id": "a-b", "version": 2, "sha256": "a" * 64, "title": {"zh-Hans": "甲"}, "code": "001"}
    centre.queue += [reply(200, {"version": "7", "items": [item]}, ETag='"7"'), raw(b"HTTP/1.1 304 N\r\n\r\n")]
    first = api.catalogue(None)
    assert isinstance(first, Catalogue)
    assert (first.etag, first.items[0].id, first.items[0].version) == ('"7"', "a-b", 2)
    assert api.catalogue(first.etag) == NotModified()
    assert centre.seen[1].headers["if-none-match"] == '"7"'


def test_a_package_comes_with_its_exact_bytes(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    bundle = '{"files":{},"id":"a","version":1, "x":"甲"}'.encode()
    centre.queue.append(lambda r: r.bytes(200, bundle, "application/json", ETag='"e"'))
    assert api.package("a", 1) == PackageDownload(bundle, hashlib.sha256(bundle).hexdigest(), '"e"')
    assert centre.seen[0].path == "/v1/packages/a/1"


def test_a_record_is_read_and_rubbish_in_it_is_a_fault_of_the_line(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    facts = {"fund_balance": 48230, "fund_sealed": False, "fund_last_month": "2026-10"}
    centre.queue.append(reply(200, {"facts": facts, "as_of": "2026-11-21"}))
    found = api.record("s", "item", TRACE)
    assert isinstance(found, RecordFound)
    assert (dict(found.facts), found.as_of) == (facts, date(2026, 11, 21))
    assert json.loads(centre.seen[-1].body) == {"session": "s", "item_id": "item"}
    for rubbish in ({"facts": {"x": 1.5}, "as_of": "2026-11-21"}, {"facts": {}, "as_of": "soon"}, {"facts": []}):
        centre.queue.append(reply(200, rubbish))
        assert isinstance(api.record("s", "item", TRACE), GatewayFault)


def opened(**changes: object) -> dict[str, object]:
    """What the centre says to somebody who came back."""
    item = {"id": "lease-filing", "version": 3, "code": "330999017021", "package_sha256": "a" * 64}
    words = {"zh-Hans": "租房合同", "en": "Lease"}
    return {
        "kind": "supplement",
        "case_id": CASE,
        "item": item,
        "title": words,
        "office": words,
        "status": "accepted",
        "accepted_at": "2026-11-21T06:46:00Z",
        "official_no": "YP20261121000001",
        "due_on": "2026-12-04",
        "owed": [{"id": "lease", "title": words, "hint": None, "due_on": "2026-12-04", "capture": True}],
        "party": None,
        "parts": [{"title": words, "office": None, "status": "granted"}],
        "waiting": [words],
        **changes,
    }


def test_what_is_open_on_a_case_is_read_and_a_code_for_nobody_is_a_definite_no(
    api: HttpCaseApi, centre: ScriptedCentre
) -> None:
    centre.queue.append(reply(200, opened()))
    found = api.open_work("s", "7K2M9XQ4HT0C", TRACE)
    assert isinstance(found, OpenWork)
    assert (found.kind, found.owed[0].id, found.owed[0].due_on) == ("supplement", "lease", date(2026, 12, 4))
    assert found.parts[0].status == "granted"
    assert json.loads(centre.seen[-1].body) == {"session": "s", "code": "7K2M9XQ4HT0C"}
    party = {"key": "buyer.0", "id": "buyer", "title": {"zh-Hans": "买方"}, "confirms": {"zh-Hans": "对"}}
    row = {"label": {"zh-Hans": "价钱"}, "value": {"zh-Hans": "1"}}
    whole = {**party, "rows": [row], "digest": "b" * 64}
    centre.queue.append(reply(200, opened(kind="party", owed=[], party=whole)))
    found = api.open_work("s", CASE, TRACE)
    assert isinstance(found, OpenWork)
    assert found.party is not None
    assert found.party.rows[0].value == {"zh-Hans": "1"}
    centre.queue.append(problem(422, "work-not-yours"))
    assert isinstance(api.open_work("s", CASE, TRACE), Rejected)


@pytest.mark.parametrize(
    "changes",
    [{"kind": "other"}, {"owed": []}, {"kind": "party"}, {"waiting": ["soon"]}, {"due_on": "soon"}, {"parts": None}],
)
def test_rubbish_about_a_case_is_a_fault_of_the_line(
    api: HttpCaseApi, centre: ScriptedCentre, changes: dict[str, object]
) -> None:
    centre.queue.append(reply(200, opened(**changes)))
    assert isinstance(api.open_work("s", CASE, TRACE), GatewayFault)


def test_free_times_are_read_by_day(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    slots = [{"slot": "09:00", "free": 0}, {"slot": "10:00", "free": 3}]
    answer = {"item_id": "item", "office": "A 1", "days": [{"day": "2026-11-25", "slots": slots}]}
    centre.queue.append(reply(200, answer))
    found = api.slots("item", "A 1")
    assert found == FreeSlots("A 1", {"2026-11-25": {"09:00": 0, "10:00": 3}})
    assert centre.seen[-1].path == "/v1/slots/item?office=A%201"
    centre.queue.append(reply(200, {**answer, "days": [{"day": "soon", "slots": []}]}))
    assert isinstance(api.slots("item", "A 1"), GatewayFault)


def test_identity_licences_ticket_rating_and_heartbeat_are_read(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    session = {
        "session": "s" * 22,
        "subject": {"handle": "a" * 32, "name": "林秋禾", "number": None},
        "expires_at": "2026-11-21T07:00:00Z",
    }
    licence = {
        "type": "housing",
        "status": "found",
        "number": "1",
        "issuer": {"zh-Hans": "局"},
        "issued_on": "2020-01-01",
        "valid_to": None,
        "fields": {"address": "路"},
    }
    ticket = {
        "ticket_no": "T1",
        "status": "open",
        "title": {"zh-Hans": "诉"},
        "office": None,
        "opened_at": "2026-11-21T07:00:00Z",
        "due_on": "2026-11-28",
    }
    centre.queue += [reply(200, session), problem(409, "code-replayed"), reply(200, {"results": [licence]})]
    centre.queue += [reply(200, ticket)]
    opened = api.identity_session("n", "林秋禾", "item", TRACE)
    assert isinstance(opened, IdentitySession)
    assert "林秋禾" not in repr(opened)
    replay = api.redeem_code("YPC1.a.b", "item", TRACE)
    assert isinstance(replay, Rejected)
    assert replay.status == 409
    found = api.licences("s", ("housing",), "item", TRACE)
    assert isinstance(found, tuple)
    assert (found[0].status, found[0].fields["address"]) == ("found", "路")
    assert json.loads(centre.seen[2].body)["consent"] is True
    report = api.ticket("T1")
    assert isinstance(report, TicketReport)
    assert report.due_on == date(2026, 11, 28)
    assert api.rating("t", "newborn", 5, ()) == RatingTaken()
    assert "traceparent" not in centre.seen[-1].headers
    beat = api.heartbeat({"at": "x"})
    assert isinstance(beat, HeartbeatAnswer)
    assert beat.time == datetime(2026, 11, 21, 6, 46, tzinfo=UTC)
    assert json.loads(centre.seen[-1].body) == {"at": "x", "terminal": "YP0301"}
    keys = api.citizen_keys()
    assert isinstance(keys, tuple)
    assert keys[0].kid == "k1"


def test_a_batch_answers_item_by_item_and_a_fault_stands_for_all(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    other = "YP0301-261121-0000000001"
    no = {"type": "urn:kiosk:problem:case-invalid", "title": "t", "status": 422}
    results = [
        {"case_id": CASE, "status": 201, "answer": case_answer(CASE, BODY), "problem": None},
        {"case_id": other, "status": 422, "answer": None, "problem": no},
    ]
    cases = tuple(CaseToSend(case_id, BODY, SHA, TRACE) for case_id in (CASE, other))
    centre.queue += [reply(200, {"results": results}), html(503)]
    outcome = api.batch(cases)
    assert isinstance(outcome[CASE], Delivered)
    assert outcome[other] == Rejected("urn:kiosk:problem:case-invalid", "t", 422)
    assert set(api.batch(cases).values()) == {RetryLater(None, "status 503", answered=True)}


def test_status_and_decision_are_those_of_the_case_that_was_asked_about(
    api: HttpCaseApi, centre: ScriptedCentre
) -> None:
    state = {"case_id": CASE, "status": "granted", "accepted_at": "2026-11-21T06:46:00Z", "office": None}
    state |= {"official_no": "1", "ticket_no": None, "children": []}
    decided = {"outcome": "granted", "reason": {"zh-Hans": "可以"}, "rule_id": "r", "document": None}
    said = {"case_id": CASE, "decision": decided}
    centre.queue += [reply(200, state), reply(200, {**state, "case_id": "other"})]
    centre.queue += [reply(200, said), reply(200, {**said, "case_id": "other"})]
    report = api.status(CASE)
    assert isinstance(report, CaseStatusReport)
    assert (report.status, report.official_no) == ("granted", "1")
    assert isinstance(api.status(CASE), GatewayFault)
    decision = api.decision(CASE)
    assert isinstance(decision, CentreDecision)
    assert decision.outcome == "granted"
    assert isinstance(api.decision(CASE), GatewayFault)


def test_undecided_is_none(api: HttpCaseApi, centre: ScriptedCentre) -> None:
    centre.queue.append(problem(404, "decision-none"))
    assert api.decision(CASE) is None


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1", "http://centre.example", "ftp://127.0.0.1", "http://", "https://a/?x=1", "http://u@127.0.0.1"],
)
def test_an_unsafe_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        HttpCaseApi(url, terminal="YP0301")


def test_https_needs_a_ca_of_its_own() -> None:
    with pytest.raises(CentreError):
        HttpCaseApi("https://centre.example", terminal="YP0301")
    with pytest.raises(CentreError):
        HttpCaseApi("https://centre.example", terminal="YP0301", ca_file="/nowhere/ca.pem")


def test_requests_is_not_imported_before_the_first_call() -> None:
    code = (
        "import sys, kiosk.central_api, kiosk.sync;"
        "kiosk.central_api.HttpCaseApi('http://127.0.0.1:9', terminal='A1');"
        "sys.exit('requests' in sys.modules or 'urllib3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
