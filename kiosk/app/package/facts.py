"""What registers might say in a preview: what is known of the demo people, else values of the right kind."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from kiosk.app.options import ROOT
from kiosk.forms import JSON, FactSpec

MOST_TRIES = 400
DEMO = ROOT / "config" / "demo"
_SAMPLES: Mapping[str, tuple[JSON, ...]] = {
    "integer": (12, 0, 1, 100),
    "boolean": (True, False),
    "string": ("2026-10", "2030-10-31", "0", "A"),
}


def fitting(
    specs: Sequence[FactSpec], item: str, brought: Mapping[str, JSON], good: Callable[[Mapping[str, JSON]], bool]
) -> Mapping[str, JSON]:
    """Facts that are ``good``, if possible with those ``brought`` kept; the first ones there are where none is."""
    for kept in (brought, {}):
        for facts in itertools.islice(_candidates(specs, item), MOST_TRIES):
            if good({**facts, **kept}):
                return {**facts, **kept}
    return {**next(iter(_candidates(specs, item))), **brought}


def _candidates(specs: Sequence[FactSpec], item: str) -> Iterator[Mapping[str, JSON]]:
    for known in _known(item):
        if any(spec.name in known for spec in specs):
            yield {spec.name: known.get(spec.name, _SAMPLES[spec.kind][0]) for spec in specs}
    for values in itertools.product(*(_SAMPLES[spec.kind] for spec in specs)):
        yield {spec.name: value for spec, value in zip(specs, values, strict=True)}


@cache
def _known(item: str) -> tuple[Mapping[str, Any], ...]:
    """The facts of each demo person, with what this item's own register adds."""
    people = {person["key"]: person.get("facts", {}) for person in _read(DEMO / "people.json").get("people", [])}
    file = DEMO / "records" / f"{item}.json"
    own = _read(file).get("people", {}) if file.is_file() else {}
    return tuple({**facts, **own.get(key, {}).get("facts", {})} for key, facts in people.items())


def _read(file: Any) -> dict[str, Any]:
    value = json.loads(file.read_text("utf-8"))
    return value if isinstance(value, dict) else {}
