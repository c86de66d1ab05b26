"""Faults on purpose: what a terminal meets is what a broken line would give, and the way out stays open."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.central.samples import case_bytes
from tests.central.support import CONTRACT, Running, running


@pytest.fixture
def faulty(centre: Running) -> Iterator[Running]:
    yield centre
    centre.client.post("/demo/fault", {"mode": "up"})


def test_line_down_closes_without_an_answer_while_panel_and_desk_stay(faulty: Running) -> None:
    assert faulty.client.post("/demo/fault", {"mode": "down"}).json == {
        "mode": "down", "delay_s": 0.0, "only": "", "agency_down": "",
    }  # fmt: skip
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        faulty.client.get("/health")
    assert faulty.client.get("/demo/fault").json["mode"] == "down"
    assert "线路已断" in faulty.client.get("/desk").body.decode()
    faulty.client.post("/demo/fault", {"mode": "up"})
    assert faulty.client.get("/health").status == 200


def test_cut_after_storing_gives_no_answer_and_the_repeat_finds_the_case(faulty: Running) -> None:
    body = case_bytes(faulty, "lin")
    faulty.client.post("/demo/fault", {"mode": "cut", "only": "/v1/cases"})
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        faulty.client.put_case(body)
    faulty.client.post("/demo/fault", {"mode": "up"})
    assert faulty.client.put_case(body).status == 200


def test_line_down_in_the_middle_of_a_body_is_a_closed_connection(faulty: Running) -> None:
    faulty.client.post("/demo/fault", {"mode": "down"})
    body = case_bytes(faulty, "lin")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        faulty.client.put_case(body * 200, "YP0301-261121-0000000ZZZ")


def test_login_page_answers_every_request_with_200_and_html(faulty: Running) -> None:
    body = case_bytes(faulty, "lin")
    faulty.client.post("/demo/fault", {"mode": "garbage"})
    answer = faulty.client.ask_freely("PUT", "/v1/cases/X", body, Content_Type="application/json")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"<form" in answer.body


def test_slow_centre_does_the_work_first_and_answers_late(faulty: Running) -> None:
    body = case_bytes(faulty, "lin")
    case_id = body.split(b'"case_id":"')[1].split(b'"')[0].decode()
    faulty.client.post("/demo/fault", {"mode": "slow", "delay_s": 30, "only": "/v1/cases/YP"})
    done = threading.Event()

    def send() -> None:
        with pytest.raises((TimeoutError, OSError)):
            type(faulty.client)(faulty.client.host, faulty.client.port, timeout_s=0.7).put_case(body)
        done.set()

    started = time.monotonic()
    thread = threading.Thread(target=send)
    thread.start()
    assert done.wait(5)
    thread.join()
    assert time.monotonic() - started < 5
    assert case_id in faulty.client.post("/v1/cases/known", {"ids": [case_id]}).json["known"]


def test_a_fault_for_one_address_leaves_the_others_alone(faulty: Running) -> None:
    faulty.client.post("/demo/fault", {"mode": "down", "only": "/v1/licences"})
    assert faulty.client.get("/health").status == 200
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        faulty.client.get("/v1/licences/types")


def test_too_much_at_once_is_refused_with_retry_after(tmp_path: Path) -> None:
    with running(tmp_path, max_in_flight=0) as full:
        paths = CONTRACT.document["paths"]
        told = [(m, p) for p, ways in paths.items() for m, way in ways.items() if "503" in way["responses"]]
        assert len(told) >= 12
        for method, path in told:
            answer = full.client.ask(method.upper(), path.replace("{", "").replace("}", ""), b"{}")
            assert (answer.status, answer.headers["retry-after"]) == (503, "5")
            assert method == "head" or answer.problem == "overloaded"


def test_a_refusal_comes_before_the_body_is_read(tmp_path: Path) -> None:
    with (
        running(tmp_path, max_in_flight=0) as full,
        socket.create_connection((full.client.host, full.client.port), timeout=10) as line,
    ):
        line.sendall(b"POST /v1/cases/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n")
        assert line.recv(65536).startswith(b"HTTP/1.1 503")


def test_a_body_that_does_not_come_ends_the_line_and_frees_its_place(tmp_path: Path) -> None:
    with running(tmp_path, max_in_flight=1, body_idle_s=0.2) as centre:
        with socket.create_connection((centre.client.host, centre.client.port), timeout=10) as line:
            line.sendall(b"POST /v1/heartbeat HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{")
            assert line.recv(65536) == b""
        # The line is shut a moment before its place is free.
        assert any(centre.client.get("/v1/catalogue").status == 200 for _ in range(50))


def test_one_terminal_with_too_many_cases_under_way_is_told_to_wait(tmp_path: Path) -> None:
    with running(tmp_path, max_per_terminal=0) as strict:
        answer = strict.client.put_case(b"{}", "YP0301-261121-0000000001")
        assert (answer.status, answer.problem, answer.headers["retry-after"]) == (429, "too-many-requests", "2")
        assert strict.client.get("/v1/catalogue").status == 200


def test_without_demo_there_is_no_desk_and_no_fault(tmp_path: Path) -> None:
    with running(tmp_path, demo=False) as plain:
        for path in ("/desk", "/demo/citizen-code?person=lin", "/demo/fault"):
            assert plain.client.get(path).problem == "not-found"
        assert plain.client.post("/demo/fault", {"mode": "down"}).problem == "not-found"
