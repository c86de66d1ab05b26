"""Conditions: a written subset of JsonLogic behind one adapter. Nothing else in the project evaluates rules.

The subset
  ``var`` (a dotted path as one text, no default) · ``===`` ``!==`` · ``<`` ``<=`` ``>`` ``>=`` (two sides) · ``!``
  ``!!`` ``and`` ``or`` ``if`` · ``in`` · ``some`` ``all`` ``none`` ``filter`` ``map`` ``reduce`` over a ``var`` (or a
  ``filter`` of one) · ``+`` ``-`` ``*`` ``min`` ``max`` · ``cat`` ``substr``. Dates are ISO texts and compare as texts;
  ``today`` is data.

Meaning where JsonLogic leaves room
  A missing answer is null. An order (``<`` …) with a null side is false, whatever the engine would make of it. In
  ``cat`` and ``substr`` null is empty text. In ``+ - * min max`` null counts as 0, and a number written as text (an
  amount of money) counts as that number. A rule that cannot be worked out (text against number, say) is null. A list
  that is not there is an empty one; of an empty list ``all`` is false. Inside a repeated group the item's own fields
  stand at the top and the whole form under ``form``; inside ``some`` and its like only the entry's fields are seen.

:func:`lower` writes these meanings out, so that every engine gives the same answer to a lowered rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from kiosk.forms.model import JSON, Rule

ORDER = frozenset({"<", "<=", ">", ">="})
SCOPED = frozenset({"some", "all", "none", "filter", "map", "reduce"})
ARITY: dict[str, tuple[int, int]] = {
    "var": (1, 1),
    "===": (2, 2),
    "!==": (2, 2),
    "<": (2, 2),
    "<=": (2, 2),
    ">": (2, 2),
    ">=": (2, 2),
    "!": (1, 1),
    "!!": (1, 1),
    "and": (1, 50),
    "or": (1, 50),
    "if": (3, 51),
    "in": (2, 2),
    "some": (2, 2),
    "all": (2, 2),
    "none": (2, 2),
    "filter": (2, 2),
    "map": (2, 2),
    "reduce": (3, 3),
    "+": (2, 20),
    "-": (2, 2),
    "*": (2, 20),
    "min": (1, 20),
    "max": (1, 20),
    "cat": (1, 20),
    "substr": (2, 3),
}
MAX_RULE_NODES = 300
MAX_RULE_DEPTH = 16
MAX_LOWERED_NODES = 5000


class RuleProblem(ValueError):
    """A rule outside the subset; ``pointer`` is the JSON pointer inside the rule."""

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(reason)
        self.pointer = pointer
        self.reason = reason


def _arguments(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else [value]


def check_rule(rule: Rule) -> None:
    """Raise :class:`RuleProblem` for the first thing that is not in the subset."""
    _check_parts(rule)
    if _lowered_nodes(rule) > MAX_LOWERED_NODES:
        raise RuleProblem("", "orders and texts are nested too deep in each other")


def _lowered_nodes(node: JSON) -> int:
    """How many parts :func:`lower` would make of a rule, without making them."""
    if not isinstance(node, dict):
        return len(node) if isinstance(node, list) else 1
    operator, value = next(iter(node.items()))
    below = sum(_lowered_nodes(argument) for argument in _arguments(value))
    return 4 + (2 * below if operator in ORDER or operator in ("cat", "substr") else below)


def _check_parts(rule: Rule) -> None:
    nodes = 0
    todo: list[tuple[JSON, str, int, bool]] = [(rule, "", 0, False)]
    while todo:
        node, at, depth, list_allowed = todo.pop()
        nodes += 1
        if nodes > MAX_RULE_NODES:
            raise RuleProblem("", f"rule has more than {MAX_RULE_NODES} parts")
        if depth > MAX_RULE_DEPTH:
            raise RuleProblem(at, f"rule is nested deeper than {MAX_RULE_DEPTH}")
        if isinstance(node, list):
            if not list_allowed or any(isinstance(v, dict | list) for v in node):
                raise RuleProblem(at, "a list may only stand behind 'in', and holds plain values")
            continue
        if not isinstance(node, dict):
            continue
        if len(node) != 1:
            raise RuleProblem(at, "a rule is an object with one operator")
        operator, value = next(iter(node.items()))
        if operator in ("==", "!="):
            raise RuleProblem(at, f"operator {operator!r} is not allowed; write {operator + '='!r}")
        if operator not in ARITY:
            raise RuleProblem(at, f"operator {operator[:20]!r} is not in the subset")
        arguments = _arguments(value)
        low, high = ARITY[operator]
        if not low <= len(arguments) <= high:
            raise RuleProblem(at, f"operator {operator!r} takes {low} to {high} arguments, not {len(arguments)}")
        if operator == "var":
            if not isinstance(arguments[0], str) or not arguments[0]:
                raise RuleProblem(at, "'var' takes one dotted path as text")
            continue
        if operator == "if" and len(arguments) % 2 == 0:
            raise RuleProblem(at, "'if' needs an 'otherwise' at its end")
        if operator in SCOPED:
            _list_source(arguments[0], at)
        for index, argument in enumerate(arguments):
            below = f"{at}/{operator.replace('~', '~0').replace('/', '~1')}"
            below += f"/{index}" if isinstance(value, list) else ""
            todo.append((argument, below, depth + 1, operator == "in" and index == 1))


def _list_source(node: JSON, at: str) -> str:
    """The path of the list that a scoped operator walks."""
    if isinstance(node, dict) and len(node) == 1:
        operator, value = next(iter(node.items()))
        arguments = _arguments(value)
        if operator == "var" and len(arguments) == 1 and isinstance(arguments[0], str):
            return arguments[0]
        if operator == "filter" and arguments:
            return _list_source(arguments[0], at)
    raise RuleProblem(at, "the list must be a 'var' or a 'filter' of one")


def reads(rule: Rule) -> frozenset[str]:
    """Every path a checked rule reads; what it reads of list items is written ``LIST.*.FIELD``."""
    return frozenset(_reads(rule, ""))


def _reads(node: JSON, scope: str) -> Iterator[str]:
    if not isinstance(node, dict):
        return
    operator, value = next(iter(node.items()))
    arguments = _arguments(value)
    if operator == "var":
        path = str(arguments[0])
        yield f"{scope}{path}"
        return
    if operator not in SCOPED:
        for argument in arguments:
            yield from _reads(argument, scope)
        return
    yield from _reads(arguments[0], scope)
    inner = f"{scope}{_list_source(arguments[0], '')}.*."
    for path in _reads(arguments[1], inner):
        if operator != "reduce":
            yield path
        elif path.startswith(inner + "current."):
            yield inner + path[len(inner) + len("current.") :]
        elif path not in (inner + "accumulator", inner + "current"):
            yield path
    for argument in arguments[2:]:
        yield from _reads(argument, scope)


def lower(rule: Rule) -> Rule:
    """The same rule with the meanings of the subset written out for an engine of plain JsonLogic."""
    if not isinstance(rule, dict):
        return rule
    operator, value = next(iter(rule.items()))
    arguments = [lower(argument) for argument in _arguments(value)]
    if operator in ORDER:
        guards = [{"!==": [argument, None]} for argument in arguments if isinstance(argument, dict) or argument is None]
        return {"and": [*guards, {operator: arguments}]} if guards else {operator: arguments}
    if operator == "cat":
        return {"cat": [_as_text(argument) for argument in arguments]}
    if operator == "substr":
        return {"substr": [_as_text(arguments[0]), *arguments[1:]]}
    if operator in ("-", "min", "max"):
        return {operator: [_as_number(argument) for argument in arguments]}
    return {operator: arguments}


def _as_text(argument: Rule) -> Rule:
    if argument is None:
        return ""
    return {"if": [{"===": [argument, None]}, "", argument]} if isinstance(argument, dict) else argument


def _as_number(argument: Rule) -> Rule:
    """Adding nothing makes a number of null and of text; engines differ in what the other operators make of them."""
    return argument if isinstance(argument, int | float) else {"+": [argument, 0]}


class CompiledRule:
    """A rule ready to run. ``reads`` are the paths it needs; the rest of the data is never handed to the engine."""

    __slots__ = ("_paths", "_rule", "reads")

    def __init__(self, rule: Rule) -> None:
        self.reads = reads(rule)
        heads = {tuple(path.partition(".*")[0].split(".")) for path in self.reads}
        # Where a whole object is read, its parts come with it.
        self._paths = tuple(sorted(h for h in heads if not any(h[:n] in heads for n in range(1, len(h)))))
        self._rule = _engine().compile(json.dumps(lower(rule), ensure_ascii=False))

    def value(self, data: Mapping[str, JSON]) -> JSON:
        """What the rule gives for ``data``; null when it cannot be worked out."""
        from datalogic_py import DataLogicError

        needed: dict[str, JSON] = {}
        for path in self._paths:
            _copy_path(data, path, needed)
        try:
            return self._rule.evaluate(needed)
        except DataLogicError:
            return None

    def truth(self, data: Mapping[str, JSON]) -> bool:
        """Whether the value counts as yes, by JsonLogic's own table."""
        return bool(self.value(data))


def _copy_path(data: Mapping[str, JSON], path: tuple[str, ...], into: dict[str, JSON]) -> None:
    """Put what stands at ``path`` of ``data`` into ``into``; a list on the way comes whole. What is not there is null
    by its absence.
    """
    node: JSON = data
    for count, name in enumerate(path):
        if not isinstance(node, Mapping):
            path = path[:count]
            break
        node = node.get(name)
        if node is None:
            return
    *above, last = path
    for name in above:
        into = into.setdefault(name, {})
    into[last] = node


class RuleBook:
    """The compiled rules of one package, each made when it is first needed. A missing rule means "always"."""

    def __init__(self) -> None:
        self._compiled: dict[int, CompiledRule] = {}

    def _rule(self, rule: Rule) -> CompiledRule:
        # The package keeps its rules alive, so the identity of a rule is a safe key.
        found = self._compiled.get(id(rule))
        if found is None:
            found = self._compiled[id(rule)] = CompiledRule(rule)
        return found

    def truth(self, rule: Rule, env: Mapping[str, JSON]) -> bool:
        """Whether the rule says yes."""
        return rule is None or self._rule(rule).truth(env)

    def value(self, rule: Rule, env: Mapping[str, JSON]) -> JSON:
        """What the rule gives."""
        return self._rule(rule).value(env)

    def reads(self, rule: Rule) -> frozenset[str]:
        """The paths the rule reads."""
        return frozenset() if rule is None else self._rule(rule).reads


_ENGINE: Any = None


def _engine() -> Any:
    global _ENGINE
    if _ENGINE is None:
        import datalogic_py

        _ENGINE = datalogic_py.Engine(families=["Core"])
    return _ENGINE
