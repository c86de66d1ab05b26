"""Patterns and examples: quick to match, explained, and right by the field's own check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from kiosk.authoring.findings import Finding
from kiosk.authoring.matching import sample_of
from kiosk.authoring.places import FieldPlace, Places
from kiosk.forms import LANGUAGES, Field
from kiosk.forms.validators import clean, is_empty, problem

MAX_REPEAT = 200
"""A counted repeat is written out state by state; more than this costs memory, and maxLength says it better."""

_NESTED = re.compile(r"\((?:[^()\\]|\\.)*(?<!\\)[+*](?:[^()\\]|\\.)*\)[+*{]")
_COUNTED = re.compile(r"(?<!\\)\{(\d+)(?:,(\d*))?\}")
_INTRODUCED = {"zh-Hans": re.compile("例如[：:]"), "en": re.compile("(?:For example|for example|e.g.)[:,]? ")}
_BARE = re.compile(r"[0-9A-Za-z./_-]*[0-9][0-9A-Za-z./_-]*")
"""An example that is nothing but a code or a figure."""
_BETWEEN = {"zh-Hans": re.compile("[、，；。]|或者?"), "en": re.compile(r"[,;.](?:\s|$)| or ")}


def findings(places: Places, today: date) -> Iterator[Finding]:
    """Everything about patterns and examples."""
    for path, place in places.fields.items():
        pattern = place.field.pattern
        if pattern is not None:
            slow = _slow(pattern)
            if slow is not None:
                yield places.finding("slow_pattern", "form.schema.json", _pattern_at(path), slow)
            shortest = sample_of(pattern)
            if shortest is not None and len(shortest) > place.field.max_length:
                reason = f"what fits the pattern, such as {shortest[:40]!r}, is longer than {place.field.max_length}"
                mend = "Raise maxLength, or let the pattern take shorter values."
                yield places.finding("contradiction", "form.schema.json", _pattern_at(path), reason, mend)
            if place.field.pattern_message is None:
                reason = f"{path!r} has a pattern, and nothing tells the resident what is right"
                yield places.finding("pattern_message", "layout.json", place.pointer, reason)
        yield from _examples(places, place, today)


def _pattern_at(path: str) -> str:
    """The JSON pointer of a datum's pattern in form.schema.json."""
    steps = ("items" if name == "*" else f"properties/{name}" for name in path.split("."))
    return f"/{'/'.join(steps)}/pattern"


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
    if field.example is None or field.kind in ("date", "choice", "multi", "region", "area", "nation", "file"):
        return
    for language in LANGUAGES:
        whole, *shown = _INTRODUCED[language].split(field.example[language], maxsplit=1)
        if not shown and field.pattern is not None and _BARE.fullmatch(whole):
            shown = [whole]
        for text in shown:
            if not any(_right(field, candidate, today) for candidate in _candidates(text, language)):
                reason = f"the field refuses its own example {text.strip()[:30]!r}"
                yield places.finding("example", "layout.json", f"{place.pointer}/example/{language}", reason)


def _candidates(text: str, language: str) -> list[str]:
    whole = text.strip().rstrip("。.")
    return [whole, *(part.strip() for part in _BETWEEN[language].split(whole))]


def _right(field: Field, text: str, today: date) -> bool:
    value = clean(field, text)
    return not is_empty(value) and problem(field, value, today) is None
