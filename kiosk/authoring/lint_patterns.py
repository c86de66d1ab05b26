"""Patterns and examples: quick to match, explained, and right by the field's own check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from kiosk.authoring.findings import Finding
from kiosk.authoring.matching import examples_of, why_nothing_fits
from kiosk.authoring.places import FieldPlace, Places
from kiosk.forms import Field
from kiosk.forms.validators import clean, is_empty, problem

MAX_REPEAT = 200
"""A counted repeat is written out state by state; more than this costs memory, and maxLength says it better."""

_BEGINS = re.compile(r"(?:\(\?[a-zA-Z]+\))?(?:\^|\\A)")
_ENDS = re.compile(r"(?<!\\)(?:\\\\)*(?:\$|\\z)$")
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
"""One sign of a pattern: escaped, a whole class, or plain."""
_NESTED = re.compile(r"\((?:[^()\\]|\\.)*(?<!\\)[+*](?:[^()\\]|\\.)*\)[+*{]")
_COUNTED = re.compile(r"(?<!\\)\{(\d+)(?:,(\d*))?\}")


def findings(places: Places, today: date) -> Iterator[Finding]:
    """Everything about patterns and examples."""
    for path, place in places.fields.items():
        pattern = place.field.pattern
        if pattern is not None:
            slow = _slow(pattern)
            if slow is not None:
                yield places.finding("slow_pattern", "form.schema.json", _pattern_at(path), slow)
            if not all(_BEGINS.match(one) and _ENDS.search(one) for one in _alternatives(pattern)):
                reason = f"{pattern[:40]!r} also fits a longer value that has something right in it"
                yield places.finding("unanchored", "form.schema.json", _pattern_at(path), reason)
            excluded = why_nothing_fits(place.field, today)
            if excluded is not None:
                mend = "Raise maxLength, or let the pattern take shorter values."
                yield places.finding("contradiction", "form.schema.json", _pattern_at(path), excluded, mend)
            if place.field.pattern_message is None:
                reason = f"{path!r} has a pattern, and nothing tells the resident what is right"
                yield places.finding("pattern_message", "layout.json", place.pointer, reason)
        yield from _examples(places, place, today)


def _pattern_at(path: str) -> str:
    """The JSON pointer of a datum's pattern in form.schema.json."""
    steps = ("items" if name == "*" else f"properties/{name}" for name in path.split("."))
    return f"/{'/'.join(steps)}/pattern"


def _alternatives(pattern: str) -> list[str]:
    """The parts between the bars that stand in no brackets."""
    found, depth = [""], 0
    for sign in _TOKEN.findall(pattern):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "|" and not depth:
            found.append("")
        else:
            found[-1] += sign
    return found


def _slow(pattern: str) -> str | None:
    if _NESTED.search(pattern):
        return "a repeat stands inside a repeat"
    for found in _COUNTED.finditer(pattern):
        most = max(int(number) for number in found.groups() if number)
        if most > MAX_REPEAT:
            return f"a part is repeated {most} times, more than {MAX_REPEAT}"
    return None


def _examples(places: Places, place: FieldPlace, today: date) -> Iterator[Finding]:
    """Every example that says 'for example' must be a value the field takes. A date is shown in words and not tried."""
    field = place.field
    if field.kind in ("date", "choice", "multi", "region", "area", "nation", "file"):
        return
    for language, text, values in examples_of(field):
        if not any(_right(field, value, today) for value in values):
            reason = f"the field refuses its own example {text[:30]!r}"
            yield places.finding("example", "layout.json", f"{place.pointer}/example/{language}", reason)


def _right(field: Field, text: str, today: date) -> bool:
    value = clean(field, text)
    return not is_empty(value) and problem(field, value, today) is None
