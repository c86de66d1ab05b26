"""Values to try at a field: one right value of each kind, and values on both sides of what rules compare it with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from kiosk.authoring.conditions import Condition
from kiosk.authoring.matching import examples_of, sample_of
from kiosk.forms import JSON, Field, OfficeRules, Rule, area_children
from kiosk.forms.environment import RESERVED, Env
from kiosk.forms.paths import Draft, get
from kiosk.forms.rules import SCOPED, CompiledRule, reads
from kiosk.forms.validators import clean, id_check_character, is_empty, problem, real_day, uscc_check_character

_BORN = ("19910416", "19480229", "20180607", "19870903", "20091125", "19651001", "19790512", "20010820")
PEOPLE: tuple[str, ...] = ("林秋禾", "高远山", "陈守田", "李问渠", "周听雨", "何向晚", "许知行", "沈望舒")
ID_NUMBERS: tuple[str, ...] = tuple(
    first + id_check_character(first) for first in (f"339999{born}{981 + n}" for n, born in enumerate(_BORN))
)
"""Numbers of nobody: the region 339999 does not exist. The first three are a grown-up, an old person and a child."""
_AGES = 3
_FEW = 200
_TEXTS: Mapping[str, tuple[JSON, ...]] = {
    "name": PEOPLE,
    "id_number": ID_NUMBERS,
    "uscc": tuple(
        first + uscc_check_character(first)
        for first in (
            f"{kind}330999MA2K0000{n}" for n, kind in enumerate(("91", "92", "93", "51", "52", "53", "12", "11"))
        )
    ),
    "phone": ("13800005520", "13800005521", "13800005522", "13800005523"),
    "address": ("柳桥路77号底商", "人民路18号301室", "桥东路9号", "湖心街21号"),
    "long_text": ("路灯坏了三天，夜里看不见。", "门口的井盖松了。"),
    "text": ("晴川", "问渠", "YP2026000123", "1234567890", "A123456", "2026", "12"),
    "money": ("128.50", "0.00", "1000.00", "100000.00", "1000000.00"),
    "nation": ("01", "03"),
}
_BOUNDS: Mapping[str, tuple[int, int]] = {"<": (-1, 0), ">=": (-1, 0), "<=": (0, 1), ">": (0, 1)}
"""Operator -> the two steps beside the other side's value where the answer turns."""
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One place where a rule compares a field with ``other``; ``near`` says that the field is part of a sum there.

    ``whole`` is the comparison itself, where it does not stand inside a walk over a list. ``passed_on`` marks one of
    something that is computed from the field. The operator ``holds`` is ``in`` seen from its right side.
    """

    operator: str
    other: Rule
    near: bool
    group: str | None
    whole: Rule = None
    passed_on: bool = False


class Samples:
    """Values for the fields of one package on one day."""

    def __init__(
        self,
        conditions: Iterable[Condition],
        computed: Mapping[str, frozenset[str]],
        offices: OfficeRules,
        today: date,
    ) -> None:
        """``computed`` has for each computed path the answers it comes from: what is compared with it is near them."""
        self._sexed: set[str] = set()
        self._bare: set[str] = set()
        self._known: dict[tuple[int, int, bool], tuple[JSON, ...]] = {}
        self._truths: dict[tuple[str, str, str], bool] = {}
        self._offices = offices
        self._today = today
        self._found: dict[str, list[_Comparison]] = {}
        self._compiled: dict[int, CompiledRule] = {}
        for condition in conditions:
            for path, comparison in _comparisons(condition.rule, condition.group, ""):
                self._found.setdefault(path, []).append(comparison)
                for below in computed.get(path, ()):
                    self._found.setdefault(below, []).append(replace(comparison, near=True, passed_on=True))
            self._bare |= {_whole(path, condition.group, "") for path in _outside_comparisons(condition.rule, "")}
            for path in _reads_of_sex(condition.rule):
                whole = _whole(path, condition.group, "")
                self._sexed |= {whole, *computed.get(whole, ())}

    def plain(self, field: Field, number: int = 0) -> tuple[JSON, ...]:
        """Right values of a field that no rule reads, the best first; ``number`` is that of the group's entry."""
        return self._once(field, number, False)

    def around(self, pattern: str, field: Field, data: Mapping[str, JSON], row: JSON, number: int) -> tuple[JSON, ...]:
        """Values to branch on: every choice, or values on both sides of each comparison; all right by themselves.

        ``data`` are the answers so far, ``row`` those of the group's entry the field stands in (None: in no group).
        """
        if field.kind in ("choice", "region"):
            return tuple(o.value for o in field.options)
        if field.kind == "multi":
            values: list[JSON] = [[o.value] for o in field.options]
            return (*values, [o.value for o in field.options])
        bare = pattern in self._bare
        comparisons = [c for c in self._found.get(pattern, ()) if bare or not c.passed_on]
        near = bare or any(comparison.near for comparison in comparisons)
        others = [self._value(comparison, data, row) for comparison in comparisons]
        found: list[JSON] = []
        for comparison, other in zip(comparisons, others, strict=True):
            found += self._sides(field, comparison, other)
        if field.kind == "id_number" and pattern in self._sexed:
            found += [other for value in found for other in _of_the_other_sex(value)]
        if field.kind not in _STEPS:
            # Beside what is compared something plain; two, for a check may refuse the first.
            wanted = _AGES if near and field.kind == "id_number" else 2 if found else 1
            found += self._pool(field, number)[:wanted]
        elif near or not found:
            found += _ends(field, self._today)
        right = self._right(field, found) or self.plain(field, number)
        if bare or len(right) < 2:
            return right
        seen: dict[tuple[bool, ...], JSON] = {}
        for value in right:
            truths = []
            for comparison, other in zip(comparisons, others, strict=True):
                truth = self._truth(pattern, field, comparison, other, value, data, row)
                if truth is None:
                    return right
                truths.append(truth)
            seen.setdefault(tuple(truths), value)
        return tuple(seen.values())

    def _truth(
        self,
        pattern: str,
        field: Field,
        comparison: _Comparison,
        other: JSON,
        value: JSON,
        data: Mapping[str, JSON],
        row: JSON,
    ) -> bool | None:
        """How a comparison turns out for a value; None as long as that hangs on what is asked later."""
        if not comparison.near:
            if other is None and comparison.operator in _BOUNDS:
                return None
            return self._holds(comparison.operator, value, other)
        if comparison.whole is None or comparison.group is not None:
            return None
        read = sorted(path for path in reads(comparison.whole) if path != pattern)
        known = [get(data, path) for path in read if path.partition(".")[0] not in RESERVED]
        if None in known:
            return None
        region = get(data, self._offices.path) if self._offices.path is not None else None
        key = (str(id(comparison.whole)), repr(value), repr((known, region)))
        if key not in self._truths:
            draft = Draft(dict(data))
            draft.put(field.path, value)
            env = Env(draft.data, self._today, offices=self._offices)
            self._truths[key] = CompiledRule(comparison.whole).truth(env)
        return self._truths[key]

    def _holds(self, operator: str, value: JSON, other: JSON) -> bool:
        key = (operator, repr(value), repr(other))
        if key not in self._truths:
            sides = [{"var": "x"}, other]
            rule = {"in": [other, {"var": "x"}]} if operator == "holds" else {operator: sides}
            self._truths[key] = CompiledRule(rule).truth({"x": value})
        return self._truths[key]

    def spare(self, field: Field, number: int) -> tuple[JSON, ...]:
        """More values, for a place where those around the comparisons are all refused."""
        return self._once(field, number, True)

    # ---- inside -------------------------------------------------------------------------------------------------

    def _once(self, field: Field, number: int, spare: bool) -> tuple[JSON, ...]:
        key = (id(field), number, spare)
        if key not in self._known:
            found = [*_ends(field, self._today), *_all_of(field)] if spare else []
            found += self._pool(field, number)
            if spare and field.kind == "id_number":
                found += [other for value in found for other in _of_the_other_sex(value)]
            self._known[key] = self._right(field, found)
        return self._known[key]

    def _right(self, field: Field, values: Iterable[JSON]) -> tuple[JSON, ...]:
        """Those values, each once and as it is kept when it is typed, that stand the field's own check."""
        found: list[JSON] = []
        for typed in values:
            value = clean(field, typed)
            if value not in found and not is_empty(value) and problem(field, value, self._today) is None:
                found.append(value)
        return tuple(found)

    def _pool(self, field: Field, number: int) -> tuple[JSON, ...]:
        kind = field.kind
        if kind in ("choice", "region"):
            return tuple(o.value for o in field.options)
        if kind == "multi":
            return ([field.options[0].value],)
        if kind == "date":
            return tuple(_ends(field, self._today))
        if kind == "digits":
            low = field.minimum if field.minimum is not None else 1
            figures = tuple("8" * n for n in range(1, field.max_length + 1)) if field.max_length <= 30 else ("8",)
            return (low,) if field.numeric else tuple(reversed(figures))
        if kind == "area":
            return tuple(_area_below(field.within, field, which) for which in (0, -1))
        if kind == "file":
            return ()
        pool = _TEXTS[kind]
        if kind == "money" and field.minimum is not None:
            pool = (f"{field.minimum}.00", *pool)
        shift = number % len(pool)
        own = [sample_of(field.pattern, number + n) for n in range(_AGES)] if field.pattern is not None else []
        shown = [value for _, _, values in examples_of(field) for value in values] if field.pattern is not None else []
        return (*pool[shift:], *pool[:shift], *own, *shown)

    def _sides(self, field: Field, comparison: _Comparison, value: JSON) -> Iterator[JSON]:
        """Values at which a comparison with ``value`` turns one way and the other."""
        many = value if isinstance(value, list) else [value]
        for one in many:
            if one is None or isinstance(one, bool):
                continue
            if field.kind == "id_number" and comparison.near:
                yield from _ids_born_about(str(one))
            elif field.kind == "uscc" and comparison.near:
                yield from _codes_beginning(str(one))
            elif field.kind == "area":
                yield _area_below(str(one), field, 0)
            elif field.kind not in _STEPS:
                yield one
            elif comparison.operator in ("in", "holds"):
                yield _step(field, one, 0)
            else:
                low, high = _BOUNDS.get(comparison.operator, (0, 1))
                yield from (_step(field, one, low), _step(field, one, high))
        if comparison.operator == "in" and field.kind in _STEPS and many:
            yield _step(field, many[-1], 1)

    def _value(self, comparison: _Comparison, data: Mapping[str, JSON], row: JSON) -> JSON:
        rule = comparison.other
        if not isinstance(rule, dict):
            return rule
        found = self._compiled.get(id(rule))
        if found is None:
            found = self._compiled[id(rule)] = CompiledRule(rule)
        if comparison.group is not None and isinstance(row, Mapping):
            return found.value(Env(row, self._today, form=data, offices=self._offices))
        return found.value(Env(data, self._today, offices=self._offices))


_STEPS = frozenset({"digits", "money", "date"})


def _step(field: Field, value: JSON, by: int) -> JSON:
    """The value ``by`` steps on: whole numbers, yuan, days; None where it has no steps."""
    if field.kind == "date":
        day = real_day(value)
        return None if day is None else (day + timedelta(days=by)).isoformat()
    try:
        number = float(value) + by
    except (TypeError, ValueError):
        return None
    if field.kind == "money":
        return f"{number:.2f}" if number >= 0 else None
    return int(number) if field.numeric else str(int(number))


def _ends(field: Field, today: date) -> list[JSON]:
    """The smallest and the largest right value, where there are such."""
    if field.kind == "date":
        low, high = (_day(text, today) for text in (field.min_date, field.max_date))
        if low is None and high is None:
            return [today.isoformat(), (today + timedelta(days=30)).isoformat()]
        near = high - timedelta(days=30) if high is not None else None
        far = low + timedelta(days=30) if low is not None else None
        return [day.isoformat() for day in (low or near, high or far) if day is not None]
    if field.kind == "digits" and field.numeric:
        return [field.minimum or 0, field.maximum if field.maximum is not None else 10**6]
    if field.kind == "money":
        return [f"{field.minimum or 0}.00", f"{field.maximum or 10**6}.00"]
    return []


def _all_of(field: Field) -> range:
    """Every whole number of a field that takes few."""
    low, high = field.minimum or 0, field.maximum
    return range(low, high + 1) if field.numeric and high is not None and high - low <= _FEW else range(0)


def _day(text: str | None, today: date) -> date | None:
    if text is None:
        return None
    return today + timedelta(days=int(text[5:] or 0)) if text.startswith("today") else date.fromisoformat(text)


def _ids_born_about(day: str) -> Iterator[str]:
    """Numbers of people born on a day and on the day after it; ``day`` is ISO, eight figures, or a year."""
    digits = day.replace("-", "")
    born = real_day(f"{digits[:4]}-{digits[4:6] or '06'}-{digits[6:8] or '15'}") if digits.isdigit() else None
    for one in (born, born + timedelta(days=1)) if born is not None else ():
        first = f"339999{one:%Y%m%d}982"
        yield first + id_check_character(first)


def siblings(number: JSON, count: int) -> Iterator[str]:
    """Another ID number of the same day and sex, a different one for each ``count``; nothing for other values."""
    if isinstance(number, str) and len(number) == 18 and number[:17].isdigit():
        first = f"{number[:14]}{(int(number[14:17]) + 2 * count) % 1000:03}"
        yield first + id_check_character(first)


def _of_the_other_sex(number: JSON) -> Iterator[str]:
    """The number of somebody born on the same day, of the other sex (the 17th figure is odd for men)."""
    if isinstance(number, str) and len(number) == 18 and number[:17].isdigit():
        first = number[:16] + str((int(number[16]) + 1) % 10)
        yield first + id_check_character(first)


def _outside_comparisons(rule: Rule, scope: str) -> Iterator[str]:
    """Paths a rule reads as a part of something, not just to compare them: in a sum, a text, a result."""
    if not isinstance(rule, dict):
        return
    operator, value = next(iter(rule.items()))
    arguments = value if isinstance(value, list) else [value]
    if operator == "var":
        yield scope + str(arguments[0]).removeprefix("current.") if scope else str(arguments[0])
        return
    inner = scope
    if operator in SCOPED:
        source = next(iter(reads(arguments[0])), "").partition(".*")[0]
        inner = f"{scope}{source}.*."
    for number, argument in enumerate(arguments):
        exact = isinstance(argument, dict) and "var" in argument
        if operator in ("===", "!==", "<", "<=", ">", ">=", "in") and exact:
            continue
        yield from _outside_comparisons(argument, inner if number else scope)


def _reads_of_sex(rule: Rule) -> Iterator[str]:
    """Paths of which a rule reads the 17th figure."""
    if isinstance(rule, dict):
        operator, value = next(iter(rule.items()))
        arguments = value if isinstance(value, list) else [value]
        if operator == "substr" and arguments[1] == 16:
            yield from reads(arguments[0])
        for argument in arguments if operator != "var" else ():
            yield from _reads_of_sex(argument)


def _codes_beginning(start: str) -> Iterator[str]:
    """A unified social credit code that begins so, where one can."""
    try:
        first = (start + "91330999MA2K00001"[len(start) :])[:17]
        yield first + uscc_check_character(first)
    except ValueError:
        return


def _area_below(code: str, field: Field, which: int) -> str:
    """A place as fine as the field wants, below one that a rule or the field names: the first or the last child all the
    way down. An unknown code comes back as it is.
    """
    while below := area_children(code, field.depth):
        code = below[which].value
    return code.ljust(6, "0")


def _comparisons(rule: Rule, group: str | None, scope: str) -> Iterator[tuple[str, _Comparison]]:
    """(whole path with ``*``, comparison) for every field that a rule compares. ``scope`` is the list walked."""
    if not isinstance(rule, dict):
        return
    operator, value = next(iter(rule.items()))
    arguments: list[Any] = value if isinstance(value, list) else [value]
    if operator in ("===", "!==", "<", "<=", ">", ">=", "in"):
        for mine, other, turned in ((0, 1, str(operator)), (1, 0, _TURNED.get(operator, str(operator)))):
            turned = "holds" if operator == "in" and mine == 1 else turned
            exact = isinstance(arguments[mine], dict) and "var" in arguments[mine]
            for path in reads(arguments[mine]):
                yield (
                    _whole(path, group, scope),
                    _Comparison(turned, arguments[other], not exact, group, None if scope else rule),
                )
    if operator == "var":
        return
    if operator in SCOPED:
        source = next(iter(reads({"!!": [arguments[0]]})), "") if isinstance(arguments[0], dict) else ""
        inner = f"{_whole(source.partition('.*')[0], group, scope)}.*."
        yield from _comparisons(arguments[0], group, scope)
        for argument in arguments[1:]:
            yield from _comparisons(argument, None, inner)
        return
    for argument in arguments:
        yield from _comparisons(argument, group, scope)


def _whole(path: str, group: str | None, scope: str) -> str:
    whole = path.removeprefix("form.")
    if scope:
        return scope + whole.removeprefix("current.")
    return whole if group is None or whole != path else f"{group}.*.{path}"
