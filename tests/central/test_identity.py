"""Citizen codes: signed, short-lived, good for one time."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tests.central.support import PERSONS, Answer, Running

ITEM = "residence-permit-renewal"


def code_of(centre: Running, person: str = "lin", **query: object) -> str:
    more = "".join(f"&{key}={value}" for key, value in query.items())
    answer = centre.client.get(f"/demo/citizen-code?person={person}{more}")
    assert answer.status == 200
    return str(answer.json["code"])


def redeem(centre: Running, code: str, item: str = ITEM) -> Answer:
    return centre.client.post("/v1/identity/sessions", {"method": "citizen_qr", "code": code, "item_id": item})


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_code_is_signed_by_a_published_key_and_holds_no_number_and_no_whole_name(centre: Running) -> None:
    code = code_of(centre)
    prefix, payload, signature = code.split(".")
    claim = json.loads(unb64(payload))
    keys = {key["kid"]: key for key in centre.client.get("/v1/citizen-code/keys").json["keys"]}
    key = Ed25519PublicKey.from_public_bytes(unb64(keys[claim["kid"]]["x"]))
    key.verify(unb64(signature), f"{prefix}.{payload}".encode())
    assert set(claim) == {"iss", "kid", "sub", "name_masked", "iat", "exp", "nonce"}
    assert claim["exp"] - claim["iat"] <= 300
    assert claim["name_masked"] == "林＊＊"
    assert PERSONS["lin"]["number"] not in json.dumps(claim)


def test_code_opens_a_session_of_the_person_once(centre: Running) -> None:
    code = code_of(centre)
    opened = redeem(centre, code)
    assert opened.json["subject"]["number"] == PERSONS["lin"]["number"]
    assert opened.json["subject"]["name"] == PERSONS["lin"]["name"]
    assert opened.json["expires_at"] == "2026-11-21T07:16:00Z"
    again = redeem(centre, code)
    assert (again.status, again.problem) == (409, "code-replayed")


def test_two_terminals_with_one_code_at_once_only_one_wins(centre: Running) -> None:
    code = code_of(centre)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: redeem(centre, code).status, range(4)))
    assert sorted(answers) == [200, 409, 409, 409]


def test_a_refused_item_does_not_use_the_code_up(centre: Running) -> None:
    code = code_of(centre)
    assert redeem(centre, code, "no-such-item").problem == "item-unknown"
    assert redeem(centre, code).status == 200


def test_old_code_is_expired(centre: Running) -> None:
    assert redeem(centre, code_of(centre, ttl_s=-1)).problem == "code-expired"
    code = code_of(centre)
    centre.clock.advance(301)
    try:
        answer = redeem(centre, code)
        assert (answer.status, answer.problem) == (410, "code-expired")
    finally:
        centre.clock.advance(-301)


def forged(centre: Running, **changes: Any) -> str:
    """A code with the right shape, signed by a key that is not the centre's."""
    claim = {**json.loads(unb64(code_of(centre).split(".")[1])), **changes}
    signed = f"YPC1.{b64(json.dumps(claim).encode())}"
    return f"{signed}.{b64(Ed25519PrivateKey.generate().sign(signed.encode()))}"


def test_forged_changed_and_broken_codes_are_invalid(centre: Running) -> None:
    good = code_of(centre)
    prefix, payload, signature = good.split(".")
    claim = json.loads(unb64(payload))
    longer = b64(json.dumps({**claim, "exp": claim["exp"] + 9999}).encode())
    bad = [
        forged(centre), f"{prefix}.{longer}.{signature}", f"YPC2.{payload}.{signature}", f"{prefix}.{payload}", "…",
        f"{good}.x", f"{prefix}.{payload}.{signature[:-2]}", f"{good}=", "https://example.invalid/?x=1",
        "\u202e" + good, f"{prefix}..{signature}", good[:-1] + ("A" if good[-1] != "A" else "B"),
    ]  # fmt: skip
    for code in bad:
        answer = redeem(centre, code)
        assert (answer.status, answer.problem) == (422, "code-invalid"), code
    assert redeem(centre, good).status == 200


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "id_card", "item_id": ITEM},
        {"method": "id_card", "code": "x", "item_id": ITEM},
        {"method": "face", "card": {"number": "1", "name": "x"}, "item_id": ITEM},
        {"method": "id_card", "card": {"number": "1", "name": "x", "photo": ""}, "item_id": ITEM},
        [],
        None,
    ],
)
def test_a_request_of_another_shape_is_refused(centre: Running, request_: object) -> None:
    assert centre.client.post("/v1/identity/sessions", request_).problem == "request-invalid"


def test_an_item_that_takes_no_code_refuses_it_unused(centre: Running) -> None:
    closed = [
        offer["id"]
        for offer in centre.client.get("/v1/catalogue").json["items"]
        if not centre.centre.shelf.offered(offer["id"]).accepts("citizen_qr")  # type: ignore[union-attr]
    ]
    assert closed, "no item without citizen code among the packages"
    code = code_of(centre)
    assert redeem(centre, code, closed[0]).problem == "method-not-accepted"
    assert redeem(centre, code).status == 200
