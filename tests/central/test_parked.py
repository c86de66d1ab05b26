"""Parked work: for its owner, as often as needed, until its day; for nobody else, and nothing of it stays."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta
from typing import Any

import cbor2
import pytest

from central.store import parked
from central.words import stamp
from kiosk.domain.parked import new_carry_on
from kiosk.domain.sealing import WORK_CONTEXT, WORK_MEDIA_TYPE, seal
from tests.central.samples import PERMIT, offer
from tests.central.support import PERSONS, Answer, Running, digest, sha256
from tests.central.test_openings import came_back
from tests.central.test_sealed import changed, public_keys

WORK = b"nonce-of-12-" + bytes(range(200))
HALF = bytes(range(16))


def number_of(key: str) -> dict[str, str]:
    return {"number": PERSONS[key]["number"], "name": PERSONS[key]["name"]}


def envelope(centre: Running, parked_id: str, owner: dict[str, str] | None = None, **head: object) -> bytes:
    told = offer(centre, PERMIT)
    until = stamp(centre.clock.now + timedelta(days=7))
    item = {"item_id": told["id"], "item_version": told["version"], "package_sha256": told["sha256"]}
    whole = {"v": 1, "parked_id": parked_id, **item, "until": until, "work": WORK, **head}
    return seal(public_keys(centre)[0], WORK_CONTEXT, whole, {"half": HALF, "owner": owner or number_of("lin")})


def park(centre: Running, parked_id: str, body: bytes, **headers: str) -> Answer:
    told = {"Content_Type": WORK_MEDIA_TYPE, "Content_Digest": digest(body), **headers}
    return centre.client.ask("PUT", f"/v1/parked/{parked_id}", body, **told)


def parked_now(centre: Running, owner: dict[str, str] | None = None) -> str:
    parked_id = new_carry_on().parked_id
    assert park(centre, parked_id, envelope(centre, parked_id, owner)).status == 201
    return parked_id


def claim(centre: Running, key: str, parked_id: str) -> Answer:
    return centre.client.post(f"/v1/parked/{parked_id}/claim", {"session": came_back(centre, key)})


def release(centre: Running, parked_id: str, token: str) -> Answer:
    return centre.client.ask("DELETE", f"/v1/parked/{parked_id}?release={token}")


def row(centre: Running, parked_id: str) -> Any:
    with centre.centre.store.read() as connection:
        return connection.execute(parked.select().where(parked.c.parked_id == parked_id)).one()


def test_the_owner_gets_the_work_and_the_half_as_often_as_needed(centre: Running) -> None:
    parked_id = parked_now(centre)

    first = claim(centre, "lin", parked_id)

    assert base64.b64decode(first.json["work"]) == WORK
    assert base64.urlsafe_b64decode(first.json["half"] + "==") == HALF
    assert first.json["item"]["id"] == PERMIT
    assert claim(centre, "lin", parked_id).json == first.json


def test_the_same_bytes_again_are_the_same_answer_and_others_are_a_conflict(centre: Running) -> None:
    parked_id = new_carry_on().parked_id
    body = envelope(centre, parked_id)
    first = park(centre, parked_id, body)
    assert (first.status, first.json["sha256"]) == (201, sha256(body))

    again = park(centre, parked_id, body)

    assert (again.status, again.json) == (200, first.json)
    assert park(centre, parked_id, envelope(centre, parked_id)).problem == "parked-conflict"


def test_the_owners_number_and_name_are_nowhere_in_the_row(centre: Running) -> None:
    told = repr(tuple(row(centre, parked_now(centre))))
    assert PERSONS["lin"]["number"] not in told
    assert PERSONS["lin"]["name"] not in told


def test_work_may_belong_to_the_pseudonym_of_a_citizen_code(centre: Running) -> None:
    handle = centre.centre.registry.by_card(**number_of("wang")).handle
    assert claim(centre, "wang", parked_now(centre, {"handle": handle})).status == 200


def test_a_stranger_to_the_registry_gets_back_what_is_theirs(centre: Running) -> None:
    stranger = {"number": "330102198001010010", "name": "无名"}
    parked_id = parked_now(centre, stranger)
    session = centre.client.post("/v1/identity/sessions", {"method": "id_card", "card": stranger, "item_id": None})
    told = {"session": session.json["session"]}
    assert centre.client.post(f"/v1/parked/{parked_id}/claim", told).status == 200


def waits(answer: Answer) -> int:
    assert answer.problem == "work-locked"
    return int(answer.headers["retry-after"])


def test_whoever_has_a_stolen_slip_waits_longer_each_time_and_the_owner_does_not(centre: Running) -> None:
    parked_id = parked_now(centre)
    told = []
    for _ in range(6):
        for _ in range(4):
            if (answer := claim(centre, "li", parked_id)).problem != "work-not-yours":
                break
        told.append(waits(answer))
        assert claim(centre, "lin", parked_id).status == 200
        centre.clock.advance(told[-1])
    assert told == [31, 61, 121, 241, 481, 961]


def test_made_up_people_wait_too_but_never_so_long_that_the_owner_is_kept_out(centre: Running) -> None:
    parked_id = parked_now(centre)
    tries = 0
    while (
        answer := claim(centre, ("li", "chen", "zhao", "rare", "long")[tries % 5], parked_id)
    ).problem != "work-locked":
        tries += 1
    assert (tries, waits(answer)) == (10, 6)
    for number in range(6):
        centre.clock.advance(61)
        made_up = {"number": f"33010219800101{number:03}0", "name": "无名"}
        session = centre.client.post("/v1/identity/sessions", {"method": "id_card", "card": made_up, "item_id": None})
        centre.client.post(f"/v1/parked/{parked_id}/claim", {"session": session.json["session"]})
    assert waits(claim(centre, "lin", parked_id)) <= 61

    centre.clock.advance(61)

    assert claim(centre, "lin", parked_id).status == 200
    assert claim(centre, "wang", parked_id).problem == "work-not-yours"


def test_the_number_with_another_name_is_another_person(centre: Running) -> None:
    parked_id = parked_now(centre, {**number_of("lin"), "name": "林某"})
    assert claim(centre, "lin", parked_id).problem == "work-not-yours"


def test_a_session_of_an_item_or_none_at_all_claims_nothing(centre: Running) -> None:
    parked_id = parked_now(centre)
    for session in (centre.client.session("lin", PERMIT), "x"):
        told = centre.client.post(f"/v1/parked/{parked_id}/claim", {"session": session})
        assert told.problem == "session-unknown"


def test_released_work_is_gone_and_does_not_come_back_with_a_late_errand(centre: Running) -> None:
    parked_id = new_carry_on().parked_id
    body = envelope(centre, parked_id)
    park(centre, parked_id, body)
    token = claim(centre, "lin", parked_id).json["release"]
    assert release(centre, parked_id, token[:-1] + "_").problem == "work-not-yours"
    assert release(centre, parked_id, "").problem == "work-not-yours"

    assert [release(centre, parked_id, token).status for _ in range(2)] == [200, 200]

    assert claim(centre, "lin", parked_id).problem == "work-unknown"
    assert park(centre, parked_id, body).status == 200
    assert claim(centre, "lin", parked_id).problem == "work-unknown"
    kept = row(centre, parked_id)
    assert (kept.handle, kept.half, kept.work) == ("", None, None)


def test_after_its_last_day_the_work_is_gone(centre: Running) -> None:
    parked_id = parked_now(centre)
    centre.clock.advance(7 * 86400)

    assert claim(centre, "lin", parked_id).problem == "work-expired"

    assert row(centre, parked_id).work is None
    late = new_carry_on().parked_id
    over = stamp(centre.clock.now - timedelta(seconds=1))
    assert park(centre, late, envelope(centre, late, until=over)).problem == "work-expired"
    centre.clock.advance(31 * 86400)
    assert claim(centre, "lin", parked_id).problem == "work-unknown"


def test_a_clock_that_is_wrong_by_years_keeps_nothing_for_years(centre: Running) -> None:
    parked_id = new_carry_on().parked_id
    answer = park(centre, parked_id, envelope(centre, parked_id, until="2036-01-01T00:00:00Z"))
    assert answer.json["until"] == stamp(centre.clock.now + timedelta(days=8))


@pytest.mark.parametrize(
    "head",
    [
        {"until": "tomorrow"},
        {"until": "2026-11-30T00:00:00+00:00"},
        {"item_version": 0},
        {"item_version": 1 << 40},
        {"item_id": "../x"},
        {"package_sha256": "x"},
        {"work": "text"},
        {"more": 1},
    ],
)
def test_an_envelope_of_another_form_is_refused(centre: Running, head: dict[str, object]) -> None:
    parked_id = new_carry_on().parked_id
    assert park(centre, parked_id, envelope(centre, parked_id, **head)).problem == "seal-broken"


@pytest.mark.parametrize("owner", [{"number": "1"}, {"handle": ""}, {"handle": "a\0"}, {"number": "1", "handle": "2"}])
def test_work_without_an_owner_is_refused(centre: Running, owner: dict[str, str]) -> None:
    parked_id = new_carry_on().parked_id
    assert park(centre, parked_id, envelope(centre, parked_id, owner)).problem == "seal-broken"


def test_what_is_wrong_around_the_envelope_has_its_own_name(centre: Running) -> None:
    parked_id = new_carry_on().parked_id
    body = envelope(centre, parked_id)
    assert park(centre, "x", body).problem == "work-unknown"
    assert release(centre, "x", "y").problem == "work-unknown"
    assert park(centre, new_carry_on().parked_id, body).problem == "seal-broken"
    assert park(centre, parked_id, body, Content_Digest="").problem == "digest-missing"
    assert park(centre, parked_id, body, Content_Digest=digest(b"")).problem == "digest-mismatch"
    assert park(centre, parked_id, body, Content_Type="application/json").problem == "unsupported-media-type"
    assert park(centre, parked_id, changed(body, kid="0" * 16)).problem == "seal-unknown"
    assert park(centre, parked_id, changed(body, until="2026-11-22T00:00:00Z")).problem == "seal-broken"
    assert park(centre, parked_id, bytes((16 << 20) + 1)).problem == "body-too-large"
    giant = cbor2.dumps({"half": secrets.token_bytes(64)})
    assert park(centre, parked_id, giant).problem == "seal-broken"
