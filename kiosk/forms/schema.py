"""JSON Schema 2020-12 with RE2 patterns. jsonschema and RE2 are imported by the first call, not before.

References are resolved inside ``kiosk/forms/schemas`` only: ``urn:kiosk:package:*`` describe package files and
``urn:kiosk:part:NAME:VERSION`` are reusable parts of forms. Nothing is ever fetched.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.forms.model import JSON

_FOLDER = Path(__file__).parent / "schemas"
PARTS = _FOLDER / "parts"

FORM_KEYWORDS = frozenset(
    "$schema title description $comment type properties required additionalProperties items minItems maxItems "
    "enum const pattern minLength maxLength minimum maximum $ref".split()
)
"""What a form.schema.json may say; everything else is refused, so that each datum stays one plain place in a tree."""


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """The first thing a schema finds: JSON pointer into the value, and why in plain words without the value itself."""

    pointer: str
    reason: str


def pointer(parts: Any) -> str:
    """A JSON pointer (RFC 6901); ``/`` for the whole."""
    return "".join("/" + str(p).replace("~", "~0").replace("/", "~1") for p in parts) or "/"


@functools.cache
def parts_in(folder: Path) -> Mapping[str, Mapping[str, JSON]]:
    """The reusable parts of a folder by URN. What a part says besides its shape (``field``: words, kind) stays in."""
    found = (json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.json")))
    return {schema["$id"]: schema for schema in found}


def shape(part: Mapping[str, JSON]) -> dict[str, JSON]:
    """What a part says of the value alone; a released version never changes it."""
    return {key: value for key, value in part.items() if key not in ("$schema", "$id", "title", "field")}


def resolved(schema: Mapping[str, JSON], parts: Mapping[str, Mapping[str, JSON]]) -> dict[str, JSON]:
    """A form schema that :func:`leaves` has let through, with the shapes of its parts written out."""
    if "$ref" in schema:
        return {**shape(parts[schema["$ref"]]), **{k: v for k, v in schema.items() if k != "$ref"}}
    found = dict(schema)
    if "properties" in schema:
        found["properties"] = {name: resolved(below, parts) for name, below in schema["properties"].items()}
    if isinstance(schema.get("items"), dict):
        found["items"] = resolved(schema["items"], parts)
    return found


@functools.cache
def _validator_class() -> Any:
    """JSON Schema 2020-12 whose patterns are RE2."""
    import re2
    from jsonschema import Draft202012Validator, validators
    from jsonschema.exceptions import ValidationError

    def pattern(validator: Any, wanted: str, instance: Any, schema: Any) -> Iterator[Any]:
        if isinstance(instance, str) and re2.search(wanted, instance) is None:
            yield ValidationError("does not have the form asked for")

    extend: Any = validators.extend  # the stubs leave it untyped
    return extend(Draft202012Validator, {"pattern": pattern})


@functools.cache
def _own_schemas() -> Mapping[str, JSON]:
    """The schemas of package files by URN."""
    found = (json.loads(file.read_text("utf-8")) for file in _FOLDER.glob("*.json"))
    return {schema["$id"]: schema for schema in found}


def _written_out(node: JSON, document: Mapping[str, JSON]) -> JSON:
    """A schema of ours with every reference replaced by what it names: looking them up takes most of the time."""
    if isinstance(node, list):
        return [_written_out(below, document) for below in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        name, _, place = node["$ref"].partition("#/")
        document = _own_schemas()[name] if name else document
        target: JSON = document
        for step in place.split("/"):
            target = target[step]
        return _written_out(target, document)
    return {key: _written_out(below, document) for key, below in node.items() if key != "$defs"}


@functools.cache
def file_validator(file: str) -> Any:
    """The validator of one package file, by its name in the package."""
    found = _own_schemas()[f"urn:kiosk:package:{file}"]
    return _validator_class()(_written_out(found, found))


def data_validator(schema: Mapping[str, JSON]) -> Any:
    """The validator of a form's data; ``schema`` is :func:`resolved`."""
    return _validator_class()(dict(schema))


def first_problem(validator: Any, value: JSON) -> SchemaProblem | None:
    """The first problem a validator sees, or None."""
    error = next(iter(validator.iter_errors(value)), None)
    return None if error is None else SchemaProblem(pointer(error.absolute_path), _reason(error))


def problems(validator: Any, value: JSON, limit: int = 50) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Up to ``limit`` problems as (path in the value, keyword)."""
    for number, error in enumerate(validator.iter_errors(value)):
        if number >= limit:
            return
        yield tuple(error.absolute_path), str(error.validator)


def _reason(error: Any) -> str:
    """Plain words; values are quoted only where they are names, and never at length."""
    keyword, wanted, value = error.validator, error.validator_value, error.instance
    if keyword == "required":
        missing = [name for name in wanted if name not in value]
        if set(wanted) == {"zh-Hans", "en"}:
            return f"translation {missing[0]!r} is missing"
        return f"{missing[0]!r} is missing"
    if keyword == "additionalProperties" and isinstance(value, dict):
        unknown = sorted(set(value) - set(error.schema.get("properties", {})))
        return f"{unknown[0][:40]!r} is not known here"
    if keyword == "maxItems":
        return f"has {len(value)} entries, at most {wanted} are allowed"
    if keyword == "minItems":
        return f"has {len(value)} entries, at least {wanted} are needed"
    if keyword == "maxLength":
        return f"is {len(value)} characters long, at most {wanted} are allowed"
    if keyword in ("enum", "const"):
        allowed = wanted if keyword == "enum" else [wanted]
        shown = json.dumps(value, ensure_ascii=False)[:40]
        return f"{shown} is not known; allowed: {', '.join(map(str, allowed))}"
    if keyword == "type":
        return f"must be of type {wanted}"
    return str(error.message)[:160]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One datum of a form schema: dotted path (``*`` for a list index), its resolved schema and its JSON pointer."""

    path: str
    schema: Mapping[str, JSON]
    pointer: str


class SchemaRefused(ValueError):
    """A form schema that is not in the plain subset."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(reason)
        self.pointer = where
        self.reason = reason


def leaves(schema: Mapping[str, JSON], parts: Mapping[str, Mapping[str, JSON]]) -> Iterator[Leaf]:
    """Walk a form schema and yield each datum; raises :class:`SchemaRefused` on anything outside the subset."""
    yield from _leaves(schema, "", (), parts)


def _leaves(schema: JSON, path: str, at: tuple[str, ...], parts: Mapping[str, Mapping[str, JSON]]) -> Iterator[Leaf]:
    if not isinstance(schema, dict):
        raise SchemaRefused(pointer(at), "must be an object")
    unknown = sorted(set(schema) - FORM_KEYWORDS)
    if unknown:
        raise SchemaRefused(pointer(at), f"keyword {unknown[0][:40]!r} is not in the subset of form schemas")
    if "$ref" in schema:
        found = parts.get(schema["$ref"]) if isinstance(schema["$ref"], str) else None
        if found is None:
            raise SchemaRefused(pointer((*at, "$ref")), "no part of this name and version")
        yield Leaf(path, {**found, **{k: v for k, v in schema.items() if k != "$ref"}}, pointer(at))
        return
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties")
        if not isinstance(properties, dict) or schema.get("additionalProperties") is not False:
            raise SchemaRefused(pointer(at), "an object lists its properties and says additionalProperties false")
        for name, below in properties.items():
            if not name.replace("_", "").isalnum() or not name.isascii() or not name[0].islower():
                raise SchemaRefused(pointer((*at, "properties", name)), "names are small letters, digits and _")
            yield from _leaves(below, f"{path}.{name}" if path else name, (*at, "properties", name), parts)
    elif kind == "array" and isinstance(schema.get("items"), dict) and schema["items"].get("type") == "object":
        yield Leaf(path, schema, pointer(at))
        yield from _leaves(schema["items"], f"{path}.*", (*at, "items"), parts)
    elif kind in ("string", "integer", "array", "boolean"):
        yield Leaf(path, schema, pointer(at))
    else:
        raise SchemaRefused(pointer(at), "type must be object, array, string, integer or boolean")


def demands(schema: Mapping[str, JSON], path: str) -> bool:
    """Whether a form schema that :func:`leaves` has let through lists the datum at ``path`` as required."""
    *above, last = path.split(".")
    node: JSON = schema
    for name in above:
        node = node["items"] if name == "*" else node["properties"][name]
    return last in node.get("required", ())
