"""docs/openapi.json as a thing that checks: request bodies are held to its schemas, problems take their titles from it.

There is no second description of the bodies in this program, so the document and the behaviour cannot part.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from central.problems import PREFIX, Fault, Problem
from central.words import JSON

CONTRACT = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"
MAX_DEPTH = 64


class Contract:
    """The parsed document; validators are made when first asked for."""

    def __init__(self, path: Path = CONTRACT) -> None:
        self.text = path.read_bytes()
        self.document: Mapping[str, JSON] = json.loads(self.text)
        self._validators: dict[str, Draft202012Validator] = {}

    def title(self, problem: str) -> str:
        """The title of a problem type."""
        return str(self.document["x-problem-types"][PREFIX + problem])

    def methods(self, path: str) -> str:
        """For Allow (RFC 9110 §15.5.6): all methods of an address, where a router tells those of one route."""
        # Plain addresses stand before patterns in the order of braces, as they do in the router.
        for template in sorted(self.document["paths"], key=lambda known: known.count("{")):
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
                return ", ".join(sorted(method.upper() for method in self.document["paths"][template]))
        return ""

    def validator(self, name: str) -> Draft202012Validator:
        """The validator of one named schema."""
        found = self._validators.get(name)
        if found is None:
            found = Draft202012Validator(
                {"components": self.document["components"], "$ref": f"#/components/schemas/{name}"}
            )
            self._validators[name] = found
        return found

    def faults(self, name: str, value: JSON) -> tuple[Fault, ...]:
        """What is wrong with ``value`` as a ``name``; at most a hundred faults, none repeats a value."""
        found: list[Fault] = []
        for error in self._errors(name, value):
            place = "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in error.absolute_path)
            word = str(error.validator)
            found.append(Fault(place, word, {"zh-Hans": f"不符合接口规定({word})", "en": f"breaks the schema: {word}"}))
            if len(found) == 100:
                break
        return tuple(found)

    def _errors(self, name: str, value: JSON) -> Iterator[ValidationError]:
        try:
            yield from self.validator(name).iter_errors(value)
        except RecursionError:
            raise Problem("invalid-json", "nested too deep") from None


def strict_json(body: bytes) -> JSON:
    """One JSON value out of bytes, or a ``Problem`` "invalid-json".

    Python's reader takes more than JSON allows: NaN, duplicate names (the last wins), half a surrogate pair. Two
    programs that read such a body differently would store different cases under one hash, so they are refused.
    """
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse, parse_int=_integer)
        _measure(value)
    except (UnicodeError, json.JSONDecodeError) as error:
        raise Problem("invalid-json", f"not JSON in UTF-8 ({type(error).__name__})") from None
    except RecursionError:
        raise Problem("invalid-json", "nested too deep") from None
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Problem("invalid-json", "a name stands twice in one object")
    return found


def _refuse(word: str) -> Any:
    raise Problem("invalid-json", f"{word} is not JSON")


def _integer(text: str) -> int:
    # Python reads integers of any length, in quadratic time; RFC 8785 has none beyond 2^53.
    if len(text) > 17:
        raise Problem("invalid-json", "a number is too large")
    return int(text)


def _measure(value: JSON) -> None:
    """Refuse depth and lone surrogates, level by level, so that depth costs no stack."""
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[JSON] = []
        for node in level:
            if isinstance(node, str):
                _plain(node)
            elif isinstance(node, dict):
                for key in node:
                    _plain(key)
                below.extend(node.values())
            elif isinstance(node, list):
                below.extend(node)
        if not below:
            return
        level = below
    raise Problem("invalid-json", "nested too deep")


def _plain(text: str) -> None:
    text.encode("utf-8")
    if "\0" in text:  # PostgreSQL has no place for it, and nobody types it
        raise Problem("invalid-json", "NUL in a text")
