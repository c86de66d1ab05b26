"""What rules compare with: a value nobody can give, or one of another kind, makes a rule that never or always holds."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kiosk.authoring.conditions import Condition, conditions
from kiosk.authoring.findings import Finding
from kiosk.authoring.places import Places
from kiosk.forms.environment import is_day
from kiosk.forms.rules import ORDER, SCOPED, reads
from kiosk.forms.validators import real_day

_KINDS = {"integer": "a whole number", "boolean": "true or false", "string": "a text"}


@dataclass(frozen=True, slots=True)
class _Known:
    """What stands at a path: one of ``values`` (empty: anything) of a ``kind``; a ``several`` is a list of them."""

    kind: str
    values: tuple[str, ...] = ()
    several: bool = False

    def problem(self, value: Any, ordered: bool) -> str | None:
        """Why an answer is never this value, or never before or after it."""
        if value is None:
            return None
        if self.values and value not in self.values:
            near = difflib.get_close_matches(str(value), self.values, 1)
            hint = f"; {near[0]!r} is meant?" if near else ""
            return f"none of its values, which are {', '.join(self.values)}{hint}"
        if self.kind == "date":
            return None if isinstance(value, str) and real_day(value) is not None else "no day written as 2026-03-31"
        if ordered:
            # A text of figures has the order of its number.
            fits = self.kind == "string" or (self.kind == "integer" and _number(value))
            return None if fits else "no number, and only numbers and days have an order"
        fits = {"integer": _number(value) and not isinstance(value, str), "boolean": isinstance(value, bool)}.get(
            self.kind, isinstance(value, str)
        )
        return None if fits else f"not {_KINDS[self.kind]}"


def _number(value: Any) -> bool:
    """Whether a plain value is a number, or a text of one."""
    try:
        return not isinstance(value, bool) and float(value) == float(value)
    except (TypeError, ValueError):
        return False


SOON = timedelta(days=365)
"""A day that comes sooner is over before anybody looks at the package again."""


def findings(places: Places, today: date) -> Iterator[Finding]:
    """Everything about the values that rules compare with, and about fixed days."""
    yield from _last_days(places, today)
    known = _known(places)
    for condition in conditions(places):
        at, rule = condition.pointer, condition.rule
        if condition.decides == "paper":
            rule = rule["and"][0] if isinstance(rule, dict) else rule
        if condition.decides in ("cannot", "check", "paper"):
            at += "/rule"
        if condition.decides not in ("office", "computed") and not isinstance(rule, bool) and not reads(rule):
            yield places.finding(
                "constant_rule", condition.file, at, "the rule reads nothing, so it is always the same"
            )
        for below, path, value, ordered in _compared(rule, "", ""):
            day = real_day(value)
            # A law may have begun long ago; what is compared with today, or lies about here, is a day of this year.
            if day is not None and day <= today + SOON and (path == "today" or day >= today - SOON):
                shown = f"{path.replace('.*', '')!r} is compared with the fixed day {day}"
                yield places.finding("fixed_date", condition.file, at + below, shown)
            kind = _at(known, path, condition, places)
            if kind is None or (kind.several and ordered):
                continue
            reason = kind.problem(value, ordered)
            if reason is not None:
                shown = f"{path.replace('.*', '')!r} is compared with {value!r}, which is {reason}"
                yield places.finding("wrong_value", condition.file, at + below, shown)


def _last_days(places: Places, today: date) -> Iterator[Finding]:
    """Fixed last days that leave no day to choose soon, and fixed first days about now."""
    for path, place in places.fields.items():
        for name, since in (("min_date", today - SOON), ("max_date", date.min)):
            day = real_day(getattr(place.field, name))
            if day is not None and since <= day <= today + SOON:
                reason = f"the days for {path!r} are limited by the fixed day {day}"
                yield places.finding("fixed_date", "layout.json", f"{place.pointer}/{name}", reason)


def _known(places: Places) -> dict[str, _Known]:
    package = places.package
    found = {q.path: _Known("string", tuple(o.value for o in q.options)) for q in package.scenarios}
    for path, place in places.fields.items():
        field = place.field
        values = tuple(option.value for option in field.options)
        if field.kind == "digits":
            found[path] = _Known("integer" if field.numeric else "string")
        elif field.kind == "date":
            found[path] = _Known("date")
        elif field.kind not in ("money", "file") and field.computed is None:
            found[path] = _Known("string", values, several=field.kind == "multi")
    sources = [package.decision, package.record]
    found |= {f"facts.{fact.name}": _Known(fact.kind) for one in sources if one is not None for fact in one.facts}
    found |= {f"region.{name}": _Known(kind) for name, kind in places.files["offices.json"].get("rules", {}).items()}
    return found


def _at(known: dict[str, _Known], path: str, condition: Condition, places: Places) -> _Known | None:
    if path == "paper.way":
        return _Known("string", next(m.ways for m in places.package.materials if m.id == condition.owner))
    if path == "today" or is_day(path):
        return _Known("date")
    whole = path.removeprefix("form.")
    return known.get(whole if condition.group is None or whole != path else f"{condition.group}.*.{path}") or (
        known.get(whole) if path.partition(".")[0] in ("facts", "region") or ".*." in path else None
    )


def _compared(rule: Any, at: str, scope: str) -> Iterator[tuple[str, str, Any, bool]]:
    """(JSON pointer in the rule, path, plain value, whether in order) for each answer that is held against a value."""
    if not isinstance(rule, dict) or len(rule) != 1:
        return
    ((operator, raw),) = rule.items()
    arguments: Sequence[Any] = raw if isinstance(raw, list) else [raw]
    if operator in ORDER | {"===", "!==", "in"} and len(arguments) == 2:
        for one, other in (arguments, arguments[::-1]):
            if isinstance(one, dict) and set(one) == {"var"} and not isinstance(other, dict):
                path = scope + str(one["var"]).removeprefix("current." if scope else "")
                for value in other if isinstance(other, list) else [other]:
                    yield f"{at}/{operator}", path, value, operator in ORDER
    inner = scope
    if operator in SCOPED:
        source = next(iter(sorted(reads({"!!": [arguments[0]]}), key=len)), "")
        inner = f"{source.removeprefix('form.').partition('.*')[0]}.*."
    for number, argument in enumerate(arguments):
        below = f"{at}/{operator}/{number}" if isinstance(raw, list) else f"{at}/{operator}"
        yield from _compared(argument, below, inner if number else scope)
