"""The form of a package: its schema, scenario questions, pages and fields, and what their rules may read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kiosk.forms import schema as schemas
from kiosk.forms.areas import known_area
from kiosk.forms.environment import RESERVED
from kiosk.forms.loading.reading import Reading
from kiosk.forms.loading.words import checks, option, outcomes
from kiosk.forms.model import JSON, Field, Keyboard, Option, Page, Repeat, ScenarioQuestion

_TYPES: dict[str, tuple[str, ...]] = {"multi": ("array",), "digits": ("string", "integer")}
_KEYBOARDS: Mapping[str, Keyboard] = {
    "id_number": "id",
    "uscc": "id",
    "phone": "digits",
    "date": "digits",
    "digits": "digits",
    "money": "digits",
}


ALONE = frozenset({"choice", "multi", "region", "area", "nation", "file"})
"""Kinds of field that fill a page."""


def leaves(reading: Reading) -> dict[str, schemas.Leaf]:
    """Every datum of form.schema.json by path."""
    file = "form.schema.json"
    schema = reading.files[file]
    if not isinstance(schema, dict) or schema.get("$schema") != "https://json-schema.org/draft/2020-12/schema":
        raise reading.fail(file, "/", "must be a JSON Schema 2020-12 and say so in $schema")
    if schema.get("type") != "object":
        raise reading.fail(file, "/", "type must be object")
    found: dict[str, schemas.Leaf] = {}
    try:
        for leaf in schemas.leaves(schema, reading.parts):
            top = leaf.path.rpartition(".*.")[2].partition(".")[0]
            if top in RESERVED:
                raise reading.fail(file, leaf.pointer, f"the name {top!r} is reserved")
            _pattern(reading, file, leaf)
            found[leaf.path] = leaf
    except schemas.SchemaRefused as error:
        raise reading.fail(file, error.pointer, error.reason) from None
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise reading.fail(file, schemas.pointer(error.absolute_path), error.message[:160]) from None
    return found


def _pattern(reading: Reading, file: str, leaf: schemas.Leaf) -> None:
    pattern = leaf.schema.get("pattern")
    if pattern is None:
        return
    import re2

    where = leaf.pointer.rstrip("/") + "/pattern"
    if not isinstance(pattern, str) or len(pattern) > 300:
        raise reading.fail(file, where, "a pattern is a text of at most 300 characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise reading.fail(file, where, f"not an RE2 pattern: {reason[:100]}") from None


def scenarios(reading: Reading, leaves: Mapping[str, schemas.Leaf]) -> tuple[ScenarioQuestion, ...]:
    """All of scenarios.json."""
    file, found = "scenarios.json", []
    raw = reading.files[file]["questions"]
    reading.unique(file, "/questions", (q["path"] for q in raw), "question")
    for index, question in enumerate(raw):
        at = f"/questions/{index}"
        path = question["path"]
        if not path.startswith("scenario."):
            raise reading.fail(file, f"{at}/path", "must start with 'scenario.'")
        reading.unique(file, f"{at}/options", (o["value"] for o in question["options"]), "option")
        reading.rule(file, f"{at}/relevant", question.get("relevant"))
        options = tuple(option(o) for o in question["options"])
        _schema_of(reading, file, at, path, "choice", options, leaves)
        reading.known[path] = "choice"
        reading.all_paths.add(path)
        for number, outcome in enumerate(question.get("cannot", [])):
            reading.rule(file, f"{at}/cannot/{number}/rule", outcome["rule"])
        found.append(
            ScenarioQuestion(
                path=path,
                title=question["title"],
                options=options,
                help=question.get("help"),
                relevant=question.get("relevant"),
                cannot=outcomes(question.get("cannot", ())),
                speech=question.get("speech"),
            )
        )
    return tuple(found)


def pages(reading: Reading, leaves: Mapping[str, schemas.Leaf], regions: tuple[Option, ...]) -> tuple[Page, ...]:
    """All of layout.json; each overview comes before the pages of its entries."""
    file = "layout.json"
    found: list[Page] = []
    raw = reading.files[file]["pages"]
    for index, page in enumerate(raw):
        at = f"/pages/{index}"
        if page["kind"] == "repeat":
            found.extend(_repeat(reading, page, at, leaves, regions))
        else:
            found.append(_page(reading, page, at, "", leaves, regions, None))
    scoped = (f"{p.repeat.path}.{p.id}" if p.repeat and p.kind != "repeat" else p.id for p in found)
    reading.unique(file, "/pages", scoped, "page")
    return tuple(found)


def _repeat(
    reading: Reading, page: Mapping[str, Any], at: str, leaves: Mapping[str, schemas.Leaf], regions: tuple[Option, ...]
) -> list[Page]:
    file, raw = "layout.json", page["repeat"]
    path = raw["path"]
    if raw["min"] > raw["max"]:
        raise reading.fail(file, f"{at}/repeat/min", "is larger than max")
    leaf = leaves.get(path)
    if leaf is None or leaf.schema.get("type") != "array" or path in reading.all_paths:
        raise reading.fail(file, f"{at}/repeat/path", f"{path!r} is not a list of its own in form.schema.json")
    if (leaf.schema.get("minItems", 0), leaf.schema.get("maxItems")) != (raw["min"], raw["max"]):
        raise reading.fail(file, f"{at}/repeat", "min and max are not minItems and maxItems of form.schema.json")
    reading.all_paths.add(path)
    repeat = Repeat(path, raw["min"], raw["max"], raw["item_title"])
    overview = Page(
        id=page["id"],
        title=page["title"],
        fields=(),
        kind="repeat",
        help=page.get("help"),
        relevant=page.get("relevant"),
        repeat=repeat,
        devices=tuple(page.get("devices", ())),
        speech=page.get("speech"),
    )
    inner = [
        _page(reading, {**item, "kind": "question"}, f"{at}/repeat/pages/{n}", f"{path}.*.", leaves, regions, repeat)
        for n, item in enumerate(raw["pages"])
    ]
    reading.known[path] = "list"
    return [overview, *inner]


def _page(
    reading: Reading,
    page: Mapping[str, Any],
    at: str,
    prefix: str,
    leaves: Mapping[str, schemas.Leaf],
    regions: tuple[Option, ...],
    repeat: Repeat | None,
) -> Page:
    fields = []
    for number, raw in enumerate(page["fields"]):
        where = f"{at}/fields/{number}"
        raw = _with_part(reading, raw, where)
        if page["kind"] == "prefilled" and not {"source", "computed"} & set(raw):
            raise reading.fail("layout.json", where, "a field of a prefilled page needs a source or is computed")
        if page["kind"] != "prefilled" and "computed" in raw:
            raise reading.fail("layout.json", where, "what is computed is shown on a page of kind 'prefilled'")
        fields.append(_field(reading, raw, where, prefix, leaves, regions))
    alone = [f for f in fields if f.kind in ALONE]
    if page["kind"] == "question" and alone and len(fields) > 1:
        raise reading.fail("layout.json", at, "a page with a choice or a picture asks nothing else")
    if repeat is not None and any(f.kind == "file" for f in fields):
        raise reading.fail("layout.json", at, "a picture is asked for once, not for each entry of a group")
    return Page(
        id=page["id"],
        title=page["title"],
        fields=tuple(fields),
        kind=page["kind"],
        help=page.get("help"),
        relevant=page.get("relevant"),
        repeat=repeat,
        devices=tuple(page.get("devices", ())),
        speech=page.get("speech"),
    )


def _with_part(reading: Reading, raw: Mapping[str, Any], at: str) -> Mapping[str, Any]:
    """The field with the words of its part, and what every field must say said."""
    name = raw.get("part")
    words: Mapping[str, Any] = {}
    if name is not None:
        part = reading.parts.get(f"urn:kiosk:part:{name}")
        if part is None:
            raise reading.fail("layout.json", f"{at}/part", f"there is no part {name!r}")
        words = part["field"]
    merged = {"retention": "case", **words, **raw}
    for needed in ("kind", "label", "sensitivity"):
        if needed not in merged:
            raise reading.fail("layout.json", at, f"{needed!r} is missing")
    merged.setdefault("keyboard", _KEYBOARDS.get(merged["kind"], "zh"))
    return merged


def _field(
    reading: Reading,
    raw: Mapping[str, Any],
    at: str,
    prefix: str,
    leaves: Mapping[str, schemas.Leaf],
    regions: tuple[Option, ...],
) -> Field:
    file, path, kind = "layout.json", prefix + raw["path"], raw["kind"]
    if path in reading.all_paths:
        raise reading.fail(file, f"{at}/path", f"{path!r} is asked twice")
    options = tuple(option(o) for o in raw.get("options", ()))
    if kind == "region":
        if options or not regions:
            raise reading.fail(file, at, "the choices of a region come from offices.json")
        options = regions
    elif (kind in ("choice", "multi")) != bool(options):
        raise reading.fail(file, at, f"kind {kind!r} {'needs' if not options else 'takes no'} options")
    reading.unique(file, f"{at}/options", (o.value for o in options), "option")
    leaf = _schema_of(reading, file, at, path, kind, options, leaves)
    reading.all_paths.add(path)
    reading.known[path] = kind
    if raw["retention"] == "none":
        reading.private.add(path)
        if schemas.demands(reading.files["form.schema.json"], path):
            raise reading.fail(file, f"{at}/retention", "what is kept nowhere cannot be required in form.schema.json")
        if raw.get("unique"):
            raise reading.fail(file, f"{at}/unique", "what is kept nowhere cannot be compared")
    if raw.get("within") and not (kind == "area" and known_area(raw["within"])):
        raise reading.fail(file, f"{at}/within", "is not a place that an area could be chosen below")
    for name in ("min_date", "max_date"):
        _day(reading, f"{at}/{name}", raw.get(name))
    source = raw.get("source")
    if prefix and source is not None:
        raise reading.fail(file, f"{at}/source", "a field in a group has no source")
    if source is not None and raw.get("computed") is not None:
        raise reading.fail(file, f"{at}/source", "a field is either computed or has a source")
    if source is not None and source.startswith("record.") and source[7:] not in _record_facts(reading):
        raise reading.fail(file, f"{at}/source", f"{source[7:]!r} is not a fact of record.json")
    part = raw.get("part")
    if part is not None and leaf.get("$id") != f"urn:kiosk:part:{part}":
        raise reading.fail(file, f"{at}/part", f"form.schema.json must name urn:kiosk:part:{part} at {path!r}")
    if kind == "file" and raw.get("required", True):
        raise reading.fail(file, f"{at}/required", "not every terminal has a camera, so a picture is never required")
    if raw["sensitivity"] == "secret" and raw["retention"] != "none":
        raise reading.fail(file, f"{at}/retention", "a secret is kept nowhere: retention must be 'none'")
    if raw.get("only_prefilled") and source is None:
        raise reading.fail(file, f"{at}/only_prefilled", "needs a source")
    if raw.get("unique") and not prefix:
        raise reading.fail(file, f"{at}/unique", "only a field in a group can be unique")
    default_length = {"long_text": 500, "address": 100, "name": 60}.get(kind, 50)
    uses_part = "pattern" in leaf and "$id" in leaf
    return Field(
        path=raw["path"],
        kind=kind,
        label=raw["label"],
        keyboard=raw["keyboard"],
        purpose=raw["purpose"],
        retention=raw["retention"],
        sensitivity=raw["sensitivity"],
        help=raw.get("help"),
        example=raw.get("example"),
        options=options,
        required=raw.get("required", True),
        max_length=leaf.get("maxLength", default_length),
        source=source,
        editable=raw.get("editable", True),
        only_prefilled=raw.get("only_prefilled", False),
        numeric=leaf.get("type") == "integer",
        unique=raw.get("unique", False),
        minimum=leaf.get("minimum"),
        maximum=leaf.get("maximum"),
        min_date=raw.get("min_date"),
        max_date=raw.get("max_date"),
        pattern=None if uses_part else leaf.get("pattern"),
        pattern_message=raw.get("pattern_message"),
        relevant=raw.get("relevant"),
        checks=checks(raw.get("checks", ())),
        part=part,
        computed=raw.get("computed"),
        within=raw.get("within", ""),
        depth=raw.get("depth", "county"),
    )


def _day(reading: Reading, at: str, text: str | None) -> None:
    try:
        if text is not None and not text.startswith("today"):
            date.fromisoformat(text)
    except ValueError:
        raise reading.fail("layout.json", at, f"{text!r} is not a real day") from None


def _record_facts(reading: Reading) -> set[str]:
    return {fact["name"] for fact in reading.files.get("record.json", {}).get("facts", ())}


def _schema_of(
    reading: Reading,
    file: str,
    at: str,
    path: str,
    kind: str,
    options: tuple[Option, ...],
    leaves: Mapping[str, schemas.Leaf],
) -> Mapping[str, JSON]:
    """The datum a question fills; its type and choices must be those of the question."""
    leaf = leaves.get(path)
    if leaf is None:
        raise reading.fail(file, f"{at}/path", f"{path!r} is not in form.schema.json")
    expected = _TYPES.get(kind, ("string",))
    if leaf.schema.get("type") not in expected:
        raise reading.fail("form.schema.json", leaf.pointer, f"type of {path!r} must be {' or '.join(expected)}")
    enum = leaf.schema.get("items", {}).get("enum") if kind == "multi" else leaf.schema.get("enum")
    if options and enum != [o.value for o in options]:
        raise reading.fail("form.schema.json", leaf.pointer, f"enum of {path!r} is not the choices that are offered")
    return leaf.schema


def rules_of_form(reading: Reading, pages: tuple[Page, ...]) -> None:
    """Conditions may only read what was asked before, so that visibility can never go round in a circle."""
    file = "layout.json"
    before: set[str] = {q["path"] for q in reading.files["scenarios.json"]["questions"]}
    everything = reading.all_paths
    for index, raw in enumerate(reading.files[file]["pages"]):
        at = f"/pages/{index}"
        reading.check(file, f"{at}/relevant", raw.get("relevant"), before)
        if raw["kind"] != "repeat":
            for number, field in enumerate(raw["fields"]):
                where = f"{at}/fields/{number}"
                _field_rules(reading, file, where, _with_part(reading, field, where), before, everything)
                before.add(field["path"])
            continue
        base = raw["repeat"]["path"]
        outer = {f"form.{path}" for path in before}
        inner: set[str] = set()
        names = {p.removeprefix(f"{base}.*.") for p in everything if p.startswith(f"{base}.*.")}
        for n, item in enumerate(raw["repeat"]["pages"]):
            where = f"{at}/repeat/pages/{n}"
            reading.check(file, f"{where}/relevant", item.get("relevant"), inner | outer, f"{base}.*.")
            for number, field in enumerate(item["fields"]):
                whole = names | {f"form.{path}" for path in everything}
                spot = f"{where}/fields/{number}"
                _field_rules(reading, file, spot, _with_part(reading, field, spot), inner | outer, whole, f"{base}.*.")
                inner.add(field["path"])
        before |= {base} | {f"{base}.*.{name}" for name in names}


def _field_rules(
    reading: Reading,
    file: str,
    at: str,
    field: Mapping[str, Any],
    before: set[str],
    everything: set[str],
    scope: str = "",
) -> None:
    reading.check(file, f"{at}/relevant", field.get("relevant"), before, scope)
    reading.check(file, f"{at}/computed", field.get("computed"), before, scope)
    for number, check in enumerate(field.get("checks", ())):
        reading.check(file, f"{at}/checks/{number}/rule", check["rule"], everything, scope, scope + field["path"])
