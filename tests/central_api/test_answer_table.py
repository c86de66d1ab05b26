"""Every row of the answer table, through a real server, the adapter and the loop, to what becomes of the case.

`EXPECTED` is the rule as it was agreed on (reliability 1.3), `ANSWERS` the table the program uses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from kiosk.central_api import ANSWERS, Action, action_for
from kiosk.ports.central import CaseParked, GatewaySuspicious, SyncPaused
from kiosk.ports.storage import CaseState
from tests.central_api.scripted_server import Answer, ScriptedCentre, case_answer, cut, html, problem, raw, reply
from tests.central_api.tus_server import Files
from tests.contracts.samples import case_id, submission
from tests.sync.scene import HOUR, Scene

pytestmark = pytest.mark.usefixtures("caplog")


@dataclass(frozen=True)
class Becomes:
    """Of the case that met this answer, and of the one behind it in the queue; `attempts` of the first."""

    state: CaseState
    attempts: int
    behind: CaseState
    told: type | None = None


EXPECTED = {
    Action.STORED: Becomes(CaseState.ACCEPTED, 1, CaseState.ACCEPTED),
    Action.KNOWN: Becomes(CaseState.ACCEPTED, 1, CaseState.ACCEPTED),
    Action.FILES: Becomes(CaseState.COMMITTED, 0, CaseState.COMMITTED),  # a file that the case does not name
    Action.PARK: Becomes(CaseState.PARKED, 1, CaseState.ACCEPTED, CaseParked),
    Action.PAUSE: Becomes(CaseState.COMMITTED, 0, CaseState.COMMITTED, SyncPaused),
    Action.RETRY: Becomes(CaseState.COMMITTED, 0, CaseState.COMMITTED),
    Action.RETRY_ITEM: Becomes(CaseState.COMMITTED, 1, CaseState.ACCEPTED),
    Action.GATEWAY: Becomes(CaseState.COMMITTED, 0, CaseState.COMMITTED),
}

BODY = submission(1).body
MISSING = {"case_id": case_id(1), "sha256": hashlib.sha256(BODY).hexdigest(), "missing": ["a" * 64]}


def as_the_centre_says_it(status: int) -> Answer:
    """A well formed answer with this status."""
    if status == 202:
        return reply(202, MISSING)
    return reply(status, case_answer(case_id(1), BODY)) if status < 300 else problem(status, "some-reason")


def a_no(status: int, kind: str, about: str | None = case_id(1), told: int | None = None) -> Answer:
    """A problem, but not one that the centre would give to this case."""
    value = {"type": kind, "title": "no", "status": told or status, **({"case_id": about} if about else {})}
    return lambda request: request.json(status, value, "application/problem+json")


ROWS: list[tuple[str, Answer, Action]] = [
    *((str(status), as_the_centre_says_it(status), action) for status, action in ANSWERS.items()),
    *((f"{status} in HTML", html(status), Action.GATEWAY) for status in (200, 201, 202, 208, 400, 401, 403, 404, 422)),
    *((f"{status} in HTML", html(status), ANSWERS[status]) for status in (408, 429, 500, 502, 503, 504)),
    *(
        (str(status), reply(status, {}, Location="http://127.0.0.1:9/"), Action.GATEWAY)
        for status in (301, 302, 303, 307, 308)
    ),
    ("404 of a gateway in JSON", reply(404, {"message": "no Route matched with those values"}), Action.GATEWAY),
    ("404 of a gateway in problem+json", a_no(404, "about:blank"), Action.GATEWAY),
    ("404 of a gateway with types of its own", a_no(404, "https://gateway.example/no-route"), Action.GATEWAY),
    ("409 to another case", a_no(409, "urn:kiosk:problem:case-conflict", case_id(2)), Action.GATEWAY),
    ("409 to no case", a_no(409, "urn:kiosk:problem:token-used", None), Action.GATEWAY),
    ("409 around another status", a_no(409, "urn:kiosk:problem:overloaded", told=503), Action.GATEWAY),
    ("another id", reply(201, case_answer(case_id(2), BODY)), Action.GATEWAY),
    ("another hash", reply(201, case_answer(case_id(1), b"other")), Action.GATEWAY),
    ("bad JSON", lambda request: request.bytes(201, b'{"case_id":', "application/json"), Action.GATEWAY),
    ("too large", lambda request: request.bytes(201, b" " * (2 << 20), "application/json"), Action.GATEWAY),
    ("unlisted", problem(418, "teapot"), Action.GATEWAY),
    ("unlisted of the server", problem(599, "odd"), Action.RETRY),
    (
        "early close",
        raw(b"HTTP/1.1 201 C\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"),
        Action.GATEWAY,
    ),
    ("no answer", cut, Action.RETRY),
]


@pytest.fixture
def scene() -> Iterator[Scene]:
    with ScriptedCentre() as centre:
        yield Scene(centre)


@pytest.mark.parametrize(("answer", "action"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_every_answer_ends_as_the_table_says(scene: Scene, answer: Answer, action: Action) -> None:
    expected = EXPECTED[action]
    Files(scene.centre)
    scene.centre.queue.append(answer)
    scene.commit(1, 2)
    scene.worker.step()
    assert (scene.state(1), scene.attempts(1), scene.state(2)) == (expected.state, expected.attempts, expected.behind)
    assert expected.told is None or expected.told in {type(event) for event in scene.events}
    # Whatever it was: once the centre answers, nothing that was not parked stays.
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert scene.state(1) in (CaseState.ACCEPTED, CaseState.PARKED)
    assert scene.state(2) is CaseState.ACCEPTED


@pytest.mark.parametrize(
    ("answer", "told"),
    [(html(200), True), (reply(201, {}), True), (cut, False), (problem(503, "overloaded"), False)],
    ids=["login page", "no echo", "no answer", "busy"],
)
def test_twenty_answers_in_a_row_that_are_not_the_centres_are_told(scene: Scene, answer: Answer, told: bool) -> None:
    scene.centre.queue += [answer] * 20
    scene.commit(1)
    for _ in range(20):
        scene.worker.step()
        scene.clock.forward(HOUR)
    assert (GatewaySuspicious(True) in scene.events) is told


def test_table_is_the_agreed_one() -> None:
    assert {action: {status for status in ANSWERS if ANSWERS[status] is action} for action in Action} == {
        Action.STORED: {201},
        Action.KNOWN: {200, 208},
        Action.FILES: {202},
        Action.PARK: {400, 404, 409, 410, 413, 415, 422},
        Action.PAUSE: {401, 403},
        Action.RETRY: {408, 425, 429, 502, 503, 504},
        Action.RETRY_ITEM: {500, 501},
        Action.GATEWAY: set(),
    }
    assert action_for(302, is_json=True) is Action.GATEWAY
    assert action_for(599, is_json=False) is Action.RETRY
