"""Cases as a terminal would send them, one for each of the four packages that come with the project."""

from __future__ import annotations

from typing import Any

from central.words import PACKAGES as SERVICES
from kiosk.forms import FormEngine, canonical_bytes, load_packages
from tests.central.support import PERSONS, Running, new_id

PACKAGES = {package.id: package for package in load_packages(SERVICES).packages}
CERTIFICATE = "social-insurance-certificate"
COMPLAINT = "complaint-12345"
PERMIT = "residence-permit-renewal"
RESTAURANT = "open-restaurant"
AT = "2026-11-21T06:46:00Z"


def offer(centre: Running, item_id: str) -> dict[str, Any]:
    """The catalogue's line of an item, by way of the program, not of the wire."""
    item = centre.centre.shelf.offered(item_id)
    assert item is not None, item_id
    found: dict[str, Any] = item.offer.as_json()
    return found


def case(centre: Running, key: str = "lin", item_id: str = CERTIFICATE, **changes: Any) -> dict[str, Any]:
    """A case that the centre takes; ``changes`` replace top-level members."""
    person = PERSONS[key]
    offered = offer(centre, item_id)
    consents = {CERTIFICATE: ("privacy", "record_query")}.get(item_id, ("privacy",))
    applicant = {"name": person["name"], "number": person["number"]}
    data: dict[str, Any] = {
        CERTIFICATE: {"applicant": applicant},
        COMPLAINT: {
            "complaint": {"category": "road", "text": "柳桥路 88 号门口的路灯坏了三天。"},
            "place": {"district": "chengbei"},
            "contact": {"callback": "no"},
        },
        PERMIT: {
            "scenario": {"permit": "valid", "reason": "work"},
            "applicant": {**applicant, "household_address": person["address"], "phone": "13800005520"},
            "residence": {
                "registered_on": "2025-03-12", "kind": "rent", "district": "nanan",
                "address": "柳桥路128弄6号楼502室", "landlord": "周一楠", "lease_until": "2027-03-09",
            },
            "work": {"employer": "云浦市青石木器厂"},
        },
        RESTAURANT: {
            "scenario": {"shop": "new", "food": "hot", "size": "small"},
            "agent": {**applicant, "role": "owner", "phone": "13800005520"},
            "enterprise": {"name": "云浦市南岸区问渠小馆", "name_number": "YP2611090162"},
            "shop": {
                "district": "nanan", "address": "柳桥路77号底商", "premises": "rent", "area": 60, "seats": 24,
                "sign": "no", "hood": "installed", "opens_on": "2026-12-20",
            },
            "staff": [
                {
                    "name": PERSONS["rare"]["name"], "id_number": PERSONS["rare"]["number"], "role": "kitchen",
                    "has_health_certificate": "yes", "health_certificate_until": "2027-09-17",
                },
                {
                    "name": "陈守田", "id_number": PERSONS["chen"]["number"], "role": "cashier",
                    "has_health_certificate": "no",
                },
            ],
        },
    }[item_id]  # fmt: skip
    shown = item_id != COMPLAINT
    return {
        "schema": 1,
        "case_id": new_id(),
        "parent_id": None,
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "terminal": {"id": "YP0301", "site": "nanan"},
        "item": {
            "id": item_id,
            "version": offered["version"],
            "code": offered["code"],
            "package_sha256": offered["sha256"],
            "child": None,
        },
        "language": "zh-Hans",
        "subject": {
            "kind": "enterprise" if item_id == RESTAURANT else "person",
            "name": person["name"] if shown else None,
            "number": person["number"] if shown else None,
            "card_kind": person["kind"] if shown else None,
            "proof": {"method": "id_card" if shown else "none", "at": AT if shown else None, "trust": "A"},
            "enterprise": {"name": "云浦市南岸区问渠小馆", "uscc": None} if item_id == RESTAURANT else None,
        },
        "data": data,
        "sources": {"applicant.name": {"source": "card", "trust": "A", "at": AT}} if shown else {},
        "materials": [],
        "consents": [{"id": one, "given": True, "at": AT} for one in consents],
        "declaration": {"at": AT, "signature": {"width": 400, "height": 200, "strokes": [[[1, 2], [30, 40]]]}},
        "office": None,
        "created_at": AT,
        "sequence": 12,
        "clock_trusted": True,
        **changes,
    }


def case_of(centre: Running, item_id: str, data: dict[str, Any], key: str = "lin", **changes: Any) -> dict[str, Any]:
    """A case of any other item that asks for no consent but to privacy."""
    offered = offer(centre, item_id)
    item = {name: offered[name] for name in ("id", "version", "code")}
    item |= {"package_sha256": offered["sha256"], "child": None}
    return {**case(centre, key), "item": item, "data": data, **changes}


def child_of(parent: dict[str, Any], child: str, code: str) -> dict[str, Any]:
    """A child case of a bundle: its agency's share of the parent under an id and a code of its own."""
    item = {**parent["item"], "child": child, "code": code}
    package = PACKAGES[item["id"]]
    own = next((one for one in package.children if one.id == child), None)
    data = parent["data"] if own is None else FormEngine(package).child_data(own, parent["data"])
    return {**parent, "case_id": new_id(), "parent_id": parent["case_id"], "item": item, "data": data}


def case_bytes(centre: Running, key: str = "lin", item_id: str = CERTIFICATE, **changes: Any) -> bytes:
    """The same in the bytes a terminal sends."""
    return canonical_bytes(case(centre, key, item_id, **changes))
