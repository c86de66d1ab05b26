"""Small packages made in a test: only what the test is about is written out."""

from __future__ import annotations

import copy
import json
from typing import Any

from kiosk.forms import FormEngine, PackageBundle, ServicePackage, load_package

Files = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def words(text: str) -> dict[str, str]:
    return {"zh-Hans": text, "en": text}


OFFICE = {"code": "330999000000", "name": words("窗口"), "phone": "12345"}
RESULT = {"title": words("好了"), "body": words("好了")}
STOP = {"reason": words("办不了"), "elsewhere": words("请到窗口")}


def field(path: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    base = {"path": path, "kind": kind, "label": words(path), "purpose": words("为了办事"), "sensitivity": "personal"}
    return {**base, **more}


def page(ident: str, *fields: dict[str, Any], kind: str = "question", **more: Any) -> dict[str, Any]:
    return {"id": ident, "kind": kind, "title": words(ident), "fields": list(fields), **more}


def group(path: str, *pages: dict[str, Any], least: int = 0, most: int = 5) -> dict[str, Any]:
    inner = [{key: value for key, value in each.items() if key != "kind"} for each in pages]
    repeat = {"path": path, "min": least, "max": most, "item_title": words("第"), "pages": inner}
    return {"id": path, "kind": "repeat", "title": words(path), "repeat": repeat}


def question(path: str, *values: str, **more: Any) -> dict[str, Any]:
    return {"path": path, "title": words(path), "options": options(*values), **more}


def options(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": words(value)} for value in values]


def material(ident: str, **more: Any) -> dict[str, Any]:
    base = {"id": ident, "title": words(ident), "issuer": words("机关"), "issued_by_city": False}
    return {**base, "ways": ["show_later"], **more}


def _leaf(raw: dict[str, Any], regions: list[Any]) -> dict[str, Any]:
    if "part" in raw:
        return {"$ref": f"urn:kiosk:part:{raw['part']}"}
    if raw.pop("whole", False):
        return {"type": "integer"}
    chosen = raw.get("options") or (regions if raw["kind"] == "region" else None)
    if raw["kind"] == "multi":
        return {"type": "array", "items": {"type": "string", "enum": [o["value"] for o in raw["options"]]}}
    return {"type": "string", **({"enum": [o["value"] for o in chosen]} if chosen else {})}


def _put(schema: dict[str, Any], path: str, leaf: dict[str, Any]) -> None:
    *above, last = path.split(".")
    for name in above:
        empty = {"type": "object", "additionalProperties": False, "properties": {}}
        schema = schema["properties"].setdefault(name, empty)
    schema["properties"][last] = leaf


def files(
    *pages: dict[str, Any],
    questions: list[dict[str, Any]] | None = None,
    materials: list[dict[str, Any]] | None = None,
    regions: tuple[str, list[dict[str, Any]], dict[str, str]] | None = None,
    record: dict[str, Any] | None = None,
    booking: dict[str, Any] | None = None,
    decision: dict[str, Any] | None = None,
    **head: Any,
) -> Files:
    """All files of a package whose schema follows from its pages. ``regions``: path, regions, rules."""
    laid, questions, materials = copy.deepcopy(list(pages)), questions or [], materials or []
    schema: dict[str, Any] = {"$schema": DIALECT, "type": "object", "additionalProperties": False, "properties": {}}
    places = regions[1] if regions else []
    for each in questions:
        _put(schema, each["path"], {"type": "string", "enum": [o["value"] for o in each["options"]]})
    for each in laid:
        if each["kind"] != "repeat":
            for raw in each["fields"]:
                _put(schema, raw["path"], _leaf(raw, places))
            continue
        repeat = each["repeat"]
        entry: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
        for inner in repeat["pages"]:
            for raw in inner["fields"]:
                _put(entry, raw["path"], _leaf(raw, places))
        limits = {"minItems": repeat["min"], "maxItems": repeat["max"]}
        schema["properties"][repeat["path"]] = {"type": "array", "items": entry, **limits}
    for name in ("day", "slot") if booking else ():
        _put(schema, (booking or {})[name], {"type": "string"} if name == "day" else _enum(booking))
    activities = ["guide", "scenario"] if questions else ["guide"]
    activities += ["consent", *(["identify", "lookup"] if record else []), *(["form"] if laid else [])]
    activities += [
        *(["book"] if booking else []),
        *(["materials"] if materials else []),
        *(["parties"] if "parties" in head else []),
    ]
    made: Files = {
        "package.json": {
            "format": 1,
            "id": "made-up",
            "version": 1,
            "kind": "bundle" if "children" in head else "apply",
            "code": "330999000001",
            "title": words("样子"),
            "short": words("样子"),
            "keywords": ["样子"],
            "life_event": "everyday",
            "agency": words("机关"),
            "subject": "person",
            "identify": ["id_card"] if record else [],
            "activities": [*activities, "submit", "result"],
            "devices": [],
            "consents": [{"id": "privacy", "title": words("同意"), "text": words("同意"), "required": True}],
            "declaration": words("是真的"),
            **head,
        },
        "guide.json": {
            "who": [words("谁都可以")],
            "fee": words("不收费"),
            "visits": 0,
            "promised_workdays": 1,
            "statutory_workdays": 5,
            "minutes": 5,
            "finish_here": words("能"),
            "can_finish_here": True,
            "after": words("等通知"),
            "elsewhere": words("窗口"),
            "ask_at": words("12345"),
        },
        "scenarios.json": {"questions": questions},
        "form.schema.json": schema,
        "layout.json": {"pages": laid},
        "materials.json": {"materials": materials},
        "offices.json": {"default": OFFICE},
        "result.json": {"by_status": {"received": RESULT, "accepted": RESULT}, "next_steps": [words("等通知")]},
    }
    if regions is not None:
        path, places, rules = regions
        made["offices.json"] |= {"path": path, "regions": places, **({"rules": rules} if rules else {})}
    for name, value in (("record", record), ("booking", booking), ("decision", decision)):
        if value is not None:
            made[f"{name}.json"] = value
    return made


def _enum(booking: dict[str, Any] | None) -> dict[str, Any]:
    return {"type": "string", "enum": (booking or {})["slots"]}


def bundle(made: Files) -> PackageBundle:
    texts = {name: json.dumps(value, ensure_ascii=False, indent=1) for name, value in made.items()}
    head = made["package.json"]
    return PackageBundle(head["id"], head["version"], texts)


def package(*pages: dict[str, Any], **more: Any) -> ServicePackage:
    return load_package(bundle(files(*pages, **more)))


def engine(*pages: dict[str, Any], **more: Any) -> FormEngine:
    return FormEngine(package(*pages, **more))
