"""Sealed cases: sealed by the terminal's own code, opened by the centre's reader of the format, answered like a put."""

from __future__ import annotations

import base64
import json
import os
import stat
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cbor2
import pytest

from central.problems import Problem
from central.sealing import SealingKeys
from kiosk.domain.sealing import CASE_CONTEXT, CASE_MEDIA_TYPE, SealingKey, seal
from kiosk.forms import canonical_bytes
from tests.central.samples import CERTIFICATE, PERMIT, RESTAURANT, case, child_of
from tests.central.support import Answer, Running, digest, new_id, sha256
from tests.central.test_papers import JPEG, file, with_papers

KINDS = {PERMIT: "apply", CERTIFICATE: "certificate", RESTAURANT: "bundle"}


def public_keys(centre: Running) -> list[SealingKey]:
    told = centre.client.get("/v1/sealing-keys").json["keys"]
    return [SealingKey(base64.urlsafe_b64decode(key["x"] + "=")) for key in told]


def head_of(told: dict[str, Any], body: bytes) -> dict[str, object]:
    item = told["item"]
    return {
        "v": 1,
        **{name: told[name] for name in ("case_id", "parent_id", "trace_id")},
        "kind": KINDS[item["id"]],
        "item_id": item["id"],
        "item_version": item["version"],
        "package_sha256": item["package_sha256"],
        "created": told["created_at"],
        "sha256": sha256(body),
    }


def inside(body: bytes, *files: bytes) -> dict[str, object]:
    told = [{"sha256": sha256(data), "media_type": "image/jpeg", "data": data} for data in files]
    return {"body": body, "files": told}


def sealed(centre: Running, told: dict[str, Any], *files: bytes, **head: object) -> bytes:
    body = canonical_bytes(told)
    return seal(public_keys(centre)[0], CASE_CONTEXT, {**head_of(told, body), **head}, inside(body, *files))


def put(centre: Running, case_id: str, envelope: bytes, **headers: str) -> Answer:
    told = {"Content_Type": CASE_MEDIA_TYPE, "Content_Digest": digest(envelope), **headers}
    return centre.client.ask("PUT", f"/v1/cases/{case_id}", envelope, **told)


def test_a_sealed_case_is_stored_with_its_files_and_answered_like_the_case_inside(centre: Running) -> None:
    page = JPEG + b"sealed"
    told = with_papers(centre, file(page))

    answer = put(centre, told["case_id"], sealed(centre, told, page))

    assert (answer.status, answer.json["sha256"]) == (201, sha256(canonical_bytes(told)))
    assert sha256(page) in centre.centre.files.known([sha256(page)])
    assert put(centre, told["case_id"], sealed(centre, told, page)).json == answer.json
    again = centre.client.put_case(canonical_bytes(told))
    assert (again.status, again.json) == (200, answer.json)


def test_a_sealed_case_after_the_same_case_gets_its_first_answer(centre: Running) -> None:
    told = case(centre)
    first = centre.client.put_case(canonical_bytes(told))
    answer = put(centre, told["case_id"], sealed(centre, told), Case_Unconfirmed="?1")
    assert (answer.status, answer.json) == (200, first.json)
    assert doubted(centre, told["case_id"]) is False


def test_a_sealed_part_of_a_bundle_is_taken_with_its_parent(centre: Running) -> None:
    parent = case(centre, "li", RESTAURANT)
    child = child_of(parent, "food-permit", "330999031024")
    assert put(centre, parent["case_id"], sealed(centre, parent)).status == 201
    assert put(centre, child["case_id"], sealed(centre, child)).status == 201


def test_a_sealed_case_without_its_files_says_which_are_missing(centre: Running) -> None:
    page = JPEG + b"not inside"
    told = with_papers(centre, file(page))
    answer = put(centre, told["case_id"], sealed(centre, told))
    assert (answer.status, answer.json["missing"]) == (202, [sha256(page)])


def doubted(centre: Running, case_id: str) -> bool:
    _, arrivals = centre.centre.cases.arrivals()
    return next(one.unconfirmed for one in arrivals if one.case_id == case_id)


def test_a_case_in_doubt_is_shown_to_the_people_at_the_desk(centre: Running) -> None:
    told, plain = case(centre), case(centre)
    assert put(centre, told["case_id"], sealed(centre, told), Case_Unconfirmed="?1").status == 201
    assert centre.client.put_case(canonical_bytes(plain), Case_Unconfirmed="?0").status == 201

    assert doubted(centre, told["case_id"])
    assert not doubted(centre, plain["case_id"])
    assert centre.client.get("/desk").body.decode().count("unconfirmed: ask the resident") == 1


def changed(envelope: bytes, **changes: object) -> bytes:
    return cbor2.dumps({**cbor2.loads(envelope), **changes}, canonical=True)


def sealed_anyhow(centre: Running, told: dict[str, Any], plain: bytes) -> bytes:
    """An envelope whose inside is any bytes at all."""
    from cryptography.hazmat.primitives import hpke
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    key = public_keys(centre)[0]
    head = {**head_of(told, canonical_bytes(told)), "kid": key.kid}
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    info = CASE_CONTEXT + b"\0" + cbor2.dumps(head, canonical=True)
    shut = suite.encrypt(plain, X25519PublicKey.from_public_bytes(key.x), info=info)
    return cbor2.dumps({**head, "sealed": shut}, canonical=True)


Told = dict[str, Any]
BROKEN: dict[str, Callable[[Running, Told, bytes], bytes]] = {
    "nothing": lambda _c, _t, _e: b"",
    "not CBOR": lambda _c, _t, _e: b"\xff" * 100,
    "a list": lambda _c, _t, _e: cbor2.dumps([1]),
    "cut short": lambda _c, _t, e: e[:-1],
    "bytes behind it": lambda _c, _t, e: e + b"\x00",
    "deep": lambda _c, _t, _e: b"\x81" * 200_000,
    "a giant that is not there": lambda _c, _t, _e: b"\x5b\x00\x00\xff\xff\xff\xff\xff\xff" + b"x" * 99,
    "a map of giants": lambda _c, _t, _e: b"\xbb\x00\x00\xff\xff\xff\xff\xff\xff",
    "a tag": lambda _c, _t, e: b"\xd9\xd9\xf7" + e,
    "names in another order": lambda _c, _t, e: cbor2.dumps(dict(reversed(cbor2.loads(e).items()))),
    "a name twice": lambda _c, _t, e: bytes([e[0] + 1]) + e[1:] + b"\x61v\x01",
    "without an end said": lambda _c, _t, e: b"\xbf" + e[1:] + b"\xff",
    "a name more": lambda _c, _t, e: changed(e, more=1),
    "a name less": lambda _c, _t, e: cbor2.dumps(
        {name: value for name, value in cbor2.loads(e).items() if name != "kind"}, canonical=True
    ),
    "version 2": lambda _c, _t, e: changed(e, v=2),
    "version true": lambda _c, _t, e: changed(e, v=True),
    "a number for a name": lambda _c, _t, e: changed(e, kind=1),
    "changed after sealing": lambda _c, _t, e: changed(e, kind="other"),
    "a bit of the seal": lambda _c, _t, e: e[:-1] + bytes([e[-1] ^ 1]),
    "hardly any seal": lambda _c, _t, e: changed(e, sealed=b"x"),
    "hash of another body": lambda c, t, _e: sealed(c, t, sha256="0" * 64),
    "head of another item": lambda c, t, _e: sealed(c, t, item_id="other-item"),
    "head of another parent": lambda c, t, _e: sealed(c, t, parent_id=new_id()),
    "head of another visit": lambda c, t, _e: sealed(c, t, trace_id="0" * 32),
    "head of another moment": lambda c, t, _e: sealed(c, t, created="2026-11-21T00:00:00Z"),
    "head of another kind": lambda c, t, _e: sealed(c, t, kind="complaint"),
    "inside is no map": lambda c, t, _e: sealed_anyhow(c, t, b"\x01"),
    "inside has more": lambda c, t, _e: sealed_anyhow(
        c, t, cbor2.dumps({**inside(canonical_bytes(t)), "more": 1}, canonical=True)
    ),
    "inside is deep": lambda c, t, _e: sealed_anyhow(c, t, b"\x81" * 100_000),
    "a file under another hash": lambda c, t, _e: sealed_anyhow(
        c,
        t,
        cbor2.dumps(
            {"body": canonical_bytes(t), "files": [{"sha256": "0" * 64, "media_type": "x", "data": b"y"}]},
            canonical=True,
        ),
    ),
    "a file of other names": lambda c, t, _e: sealed_anyhow(
        c, t, cbor2.dumps({"body": canonical_bytes(t), "files": [{"path": "../x"}]}, canonical=True)
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_whatever_is_not_exactly_the_format_is_refused(centre: Running, broken: str) -> None:
    told = case(centre)
    envelope = BROKEN[broken](centre, told, sealed(centre, told))
    answer = put(centre, told["case_id"], envelope)
    assert (answer.status, answer.problem, answer.json["case_id"]) == (400, "seal-broken", told["case_id"])
    assert centre.client.post("/v1/cases/known", {"ids": [told["case_id"]]}).json["known"] == {}


def test_what_is_wrong_around_an_envelope_has_its_own_name(centre: Running) -> None:
    told = case(centre)
    envelope, case_id = sealed(centre, told), told["case_id"]
    assert put(centre, new_id(), envelope).problem == "case-id-mismatch"
    assert put(centre, "x", envelope).problem == "case-id-invalid"
    assert put(centre, case_id, envelope, Content_Digest="").problem == "digest-missing"
    assert put(centre, case_id, envelope, Content_Digest=digest(b"other")).problem == "digest-mismatch"
    assert put(centre, case_id, changed(envelope, kid="0" * 16)).problem == "seal-unknown"
    assert put(centre, case_id, bytes((18 << 20) + 1)).problem == "body-too-large"
    assert put(centre, case_id, sealed(centre, {**told, "data": {}})).problem == "case-invalid"
    assert put(centre, case_id, envelope).status == 201
    assert put(centre, case_id, sealed(centre, {**told, "sequence": 1})).problem == "case-conflict"


def test_a_case_with_all_the_files_it_may_name_fits_into_its_envelope(centre: Running) -> None:
    pages = [JPEG + os.urandom((4 << 20) - len(JPEG)) for _ in range(4)]
    told = with_papers(centre, *map(file, pages))
    assert put(centre, told["case_id"], sealed(centre, told, *pages)).status == 201


def test_keys_are_kept_for_ever_and_the_newest_stands_first(tmp_path: Path) -> None:
    path = tmp_path / "sealing-keys.json"
    keys = SealingKeys(path)
    old = keys.as_json()["keys"]
    kids = [keys.rotate() for _ in range(10)]

    again = SealingKeys(path)
    assert [key["kid"] for key in again.as_json()["keys"]] == kids[::-1][:8]
    assert len(json.loads(path.read_bytes())["keys"]) == 11
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    head = {**dict.fromkeys(("case_id", "kind", "trace_id", "created"), "x"), "parent_id": None, "v": 1}
    head |= {"item_id": "x", "item_version": 1, "package_sha256": "0" * 64, "sha256": sha256(b"body")}
    oldest = SealingKey(base64.urlsafe_b64decode(old[0]["x"] + "="))
    envelope = seal(oldest, CASE_CONTEXT, head, inside(b"body"))
    assert again.open_case(envelope).body == b"body"
    with pytest.raises(Problem, match="seal-unknown"):
        SealingKeys(tmp_path / "others.json").open_case(envelope)
    with pytest.raises(Problem, match="seal-broken"):
        again.open_work(envelope)


def test_a_permit_that_only_its_envelope_tells_of_is_decided_as_ever(centre: Running) -> None:
    told = case(centre, item_id=PERMIT)
    assert put(centre, told["case_id"], sealed(centre, told)).json["official_no"] is not None


@pytest.mark.parametrize("value", [b"\x00", b"\xa0", b"\x60"], ids=["numbers", "maps", "texts"])
def test_a_million_values_are_refused_before_they_take_up_room(tmp_path: Path, value: bytes) -> None:
    keys = SealingKeys(tmp_path / "keys.json")
    million = b"\x9a" + (1 << 20).to_bytes(4, "big") + value * (1 << 20)
    for envelope in (million, b"\xa1\x61v" + million, b"\xa1\x65files" + million):
        for opened in (keys.open_case, keys.open_work):
            tracemalloc.start()
            try:
                with pytest.raises(Problem, match="seal-broken"):
                    opened(envelope)
                assert tracemalloc.get_traced_memory()[1] < 1 << 20
            finally:
                tracemalloc.stop()
