"""Facts that the centre found, held to the kinds a package asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kiosk.forms.model import JSON, FactSpec, Text

_KINDS: dict[str, type] = {"integer": int, "boolean": bool, "string": str}
_YES_NO: dict[bool, Text] = {
    True: {"zh-Hans": "是", "en": "Yes"},
    False: {"zh-Hans": "否", "en": "No"},
}


def known_fact(spec: FactSpec, facts: Mapping[str, JSON]) -> JSON:
    """The fact, or None where it is missing or of another kind."""
    value = facts.get(spec.name)
    # bool is an int to Python, and must not be one to a rule.
    return value if type(value) is _KINDS[spec.kind] else None


def known_facts(specs: Iterable[FactSpec], facts: Mapping[str, JSON]) -> dict[str, JSON] | None:
    """All facts by name, or None as soon as one is missing or of another kind. Other names are ignored."""
    found = {spec.name: known_fact(spec, facts) for spec in specs}
    return None if any(value is None for value in found.values()) else found


def shown(value: JSON, unit: Text | None) -> Text:
    """A fact, or what a rule made of facts, as a person reads it; the unit comes behind it."""
    if isinstance(value, bool):
        return _YES_NO[value]
    if unit is None:
        return {"zh-Hans": str(value), "en": str(value)}
    return {"zh-Hans": f"{value} {unit['zh-Hans']}", "en": f"{value} {unit['en']}"}
