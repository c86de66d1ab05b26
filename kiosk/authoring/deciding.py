"""Which rules over found facts can ever hold: decision.json and the reasons to stop of record.json."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from kiosk.forms import JSON, DecisionRules, FactSpec, OfficeRules, RecordSpec, Rule, decide
from kiosk.forms.environment import Env
from kiosk.forms.model import ServicePackage
from kiosk.forms.records import record_view
from kiosk.forms.rules import CompiledRule, reads
from kiosk.forms.validators import real_day

MAX_COMBINATIONS = 3000
"""Facts tried together; of more combinations than this, so many are drawn, always the same ones."""


def decisions_that_fall(
    package: ServicePackage, rules: DecisionRules, forms: Sequence[Mapping[str, JSON]], today: date
) -> frozenset[str]:
    """The ids of the rules that decide for some facts and some of these forms."""
    conditions = [rule.when for rule in rules.rules]
    found: set[str] = set()
    for form in forms:
        env = Env({"form": form}, today, offices=package.office_rules)
        for facts in _combinations(rules.facts, conditions, env):
            found.add(decide(package, form, facts, today).rule_id)
            if len(found) >= len(rules.rules) and found >= {rule.id for rule in rules.rules}:
                return frozenset(found)
    return frozenset(found)


def stops_that_hold(record: RecordSpec, today: date, offices: OfficeRules) -> frozenset[int]:
    """The numbers of the reasons to stop that hold first for some facts; -1 when some facts let a resident go on."""
    conditions = [outcome.rule for outcome in record.cannot]
    found: set[int] = set()
    for facts in _combinations(record.facts, conditions, Env({}, today, offices=offices)):
        stop = record_view(record, facts, today).stop
        found.add(-1 if stop is None else next(n for n, o in enumerate(record.cannot) if o is stop))
        if len(found) > len(record.cannot):
            break
    return frozenset(found)


def _combinations(
    specs: Iterable[FactSpec], rules: Iterable[Rule], env: Mapping[str, JSON]
) -> Iterator[dict[str, JSON]]:
    specs, rules = list(specs), list(rules)
    values = {spec.name: _values(spec, rules, env) for spec in specs}
    read = {path.removeprefix("facts.") for rule in rules for path in reads(rule)}
    sizes = 1
    for name, some in values.items():
        sizes *= len(some) if name in read else 1
    if sizes <= MAX_COMBINATIONS:
        choices = [some if name in read else some[:1] for name, some in values.items()]
        for chosen in itertools.product(*choices):
            yield dict(zip(values, chosen, strict=True))
        return
    draw = random.Random(0)
    for _ in range(MAX_COMBINATIONS):
        yield {name: draw.choice(some) for name, some in values.items()}


def _values(spec: FactSpec, rules: Iterable[Rule], env: Mapping[str, JSON]) -> list[JSON]:
    """Values on both sides of everything the fact is compared with."""
    if spec.kind == "boolean":
        return [False, True]
    found: list[JSON] = []
    for other in (o for rule in rules for o in _compared(rule, f"facts.{spec.name}")):
        value = CompiledRule(other).value(env) if isinstance(other, dict) else other
        for one in value if isinstance(value, list) else [value]:
            if spec.kind == "integer" and isinstance(one, int | float):
                found += [int(one), int(one) - 1, int(one) + 1]
            elif spec.kind == "string" and isinstance(one, str):
                day = real_day(one)
                found += [one] if day is None else [(day + timedelta(days=n)).isoformat() for n in (0, -1, 1)]
    found += [0, 1, 1_000_000] if spec.kind == "integer" else ["x"]
    return list(dict.fromkeys(found))


def _compared(rule: Rule, path: str) -> Iterator[Rule]:
    """The other side of each comparison in which ``path`` stands, alone or as part of a sum."""
    if not isinstance(rule, dict):
        return
    operator, value = next(iter(rule.items()))
    arguments = value if isinstance(value, list) else [value]
    if operator in ("===", "!==", "<", "<=", ">", ">=", "in"):
        for mine, other in ((0, 1), (1, 0)):
            if path in reads(arguments[mine]):
                yield arguments[other]
    if operator != "var":
        for argument in arguments:
            yield from _compared(argument, path)
