"""The rule subset: the same vectors on the engine of the project and on a second one, and what is refused."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_logic import jsonLogic

from kiosk.forms.rules import CompiledRule, RuleProblem, check_rule, lower, reads

DATA: dict[str, Any] = {
    "today": "2026-11-23",
    "age": 60,
    "word": "rent",
    "empty": "",
    "paid": "1280.50",
    "yes": True,
    "nothing": None,
    "a": {"b": {"c": "deep"}},
    "staff": [
        {"role": "kitchen", "years": 1, "cert": "yes"},
        {"role": "service", "years": 3},
    ],
    "form": {"scenario": {"food": "hot"}},
}
V = [
    ({"===": [{"var": "word"}, "rent"]}, True),
    ({"===": [{"var": "a.b.c"}, "deep"]}, True),
    ({"===": [{"var": "staff.1.role"}, "service"]}, True),
    ({"===": [{"var": "nope"}, None]}, True),
    ({"===": [{"var": "a.nope.c"}, None]}, True),
    ({"===": [{"var": "age"}, "60"]}, False),
    ({"!==": [{"var": "word"}, "own"]}, True),
    ({"!==": [{"var": "nothing"}, None]}, False),
    ({">=": [{"var": "age"}, 60]}, True),
    ({"<": [{"var": "nope"}, 3]}, False),
    ({"<=": [{"var": "nope"}, 0]}, False),
    ({">=": [{"var": "nope"}, 0]}, False),
    ({"<": [{"var": "nope"}, "2030-01-01"]}, False),
    ({">": [3, {"var": "nothing"}]}, False),
    ({"<": [{"var": "today"}, "2026-12-01"]}, True),
    ({">=": ["2026-11-23", {"var": "today"}]}, True),
    ({"in": [{"var": "word"}, ["rent", "own"]]}, True),
    ({"in": [{"var": "nope"}, ["rent", "own"]]}, False),
    ({"in": ["en", {"var": "word"}]}, True),
    ({"!": [{"var": "nope"}]}, True),
    ({"!": {"var": "yes"}}, False),
    ({"!!": [{"var": "empty"}]}, False),
    ({"and": [True, {"var": "yes"}]}, True),
    ({"or": [{"var": "empty"}, {"var": "word"}]}, "rent"),
    ({"if": [{"var": "nope"}, 1, {"var": "yes"}, 2, 3]}, 2),
    ({"some": [{"var": "staff"}, {"===": [{"var": "cert"}, "yes"]}]}, True),
    ({"all": [{"var": "staff"}, {">": [{"var": "years"}, 0]}]}, True),
    ({"none": [{"var": "staff"}, {"===": [{"var": "role"}, "cashier"]}]}, True),
    ({"some": [{"var": "nope"}, True]}, False),
    ({"none": [{"var": "nope"}, True]}, True),
    ({"reduce": [{"var": "staff"}, {"+": [{"var": "accumulator"}, {"var": "current.years"}]}, 0]}, 4),
    (
        {
            "reduce": [
                {"filter": [{"var": "staff"}, {">": [{"var": "years"}, 1]}]},
                {"+": [{"var": "accumulator"}, 1]},
                0,
            ]
        },
        1,
    ),
    ({"map": [{"var": "staff"}, {"var": "role"}]}, ["kitchen", "service"]),
    ({"+": [{"var": "age"}, 1, 2]}, 63),
    ({"-": [{"var": "age"}, 1]}, 59),
    ({"*": [{"var": "age"}, 2]}, 120),
    ({"max": [1, {"var": "age"}]}, 60),
    ({"min": [1, {"var": "age"}]}, 1),
    ({"cat": ["证", {"var": "word"}, {"var": "nope"}]}, "证rent"),
    ({"substr": [{"var": "nope"}, 0, 1]}, ""),
    ({"+": [{"var": "paid"}, 1, {"var": "nope"}]}, 1281.5),
    ({"-": [{"var": "paid"}, {"var": "nope"}]}, 1280.5),
    ({"-": [{"var": "nope"}, 1]}, -1),
    ({"max": [{"var": "paid"}, 3, {"var": "nope"}]}, 1280.5),
    ({"min": [{"var": "age"}, {"var": "nope"}]}, 0),
    ({"<": [{"var": "paid"}, 2000]}, True),
    ({"substr": ["𠮷田", 0, 1]}, "𠮷"),
    ({"===": [{"var": "form.scenario.food"}, "hot"]}, True),
    (True, True),
    ("plain", "plain"),
]


@pytest.mark.parametrize(("rule", "expected"), V)
def test_two_engines_give_the_same_answer_to_a_rule_of_the_subset(rule: Any, expected: Any) -> None:
    check_rule(rule)
    assert CompiledRule(rule).value(DATA) == expected
    assert jsonLogic(lower(rule), DATA) == expected


# The second engine compares as Python does, to which True is 1; so 0 and 1 stay out of the mixed values.
values = st.none() | st.booleans() | st.integers(2, 9) | st.sampled_from(["", "a", "b", "2026-01-01"])
leaf = st.builds(lambda name: {"var": name}, st.sampled_from(["x", "y", "z.w"])) | values
yes_no: st.SearchStrategy[Any] = st.recursive(
    st.builds(lambda op, a, b: {op: [a, b]}, st.sampled_from(["===", "!=="]), leaf, leaf)
    | st.builds(lambda a, many: {"in": [a, many]}, leaf, st.lists(st.sampled_from(["a", "b", 2]), min_size=1)),
    lambda below: (
        st.builds(lambda op, args: {op: args}, st.sampled_from(["and", "or"]), st.lists(below, min_size=1))
        | st.builds(lambda a: {"!": [a]}, below)
        | st.builds(lambda a, b, c: {"if": [a, b, c]}, below, below, below)
    ),
    max_leaves=10,
)


@settings(max_examples=60, deadline=None)
@given(yes_no, values, values, values)
def test_two_engines_agree_on_random_conditions(rule: Any, x: Any, y: Any, w: Any) -> None:
    data = {"x": x, "y": y, "z": {"w": w}}
    check_rule(rule)
    assert CompiledRule(rule).value(data) == jsonLogic(lower(rule), data)


whole = st.none() | st.integers(-(2**53), 2**53)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["<", "<=", ">", ">="]), whole, whole)
def test_two_engines_agree_on_orders_and_null_is_never_in_order(op: str, x: int | None, y: int | None) -> None:
    rule = {op: [{"var": "x"}, {"var": "y"}]}
    found = CompiledRule(rule).truth({"x": x, "y": y})
    assert found == bool(jsonLogic(lower(rule), {"x": x, "y": y}))
    if x is None or y is None:
        assert found is False


@pytest.mark.parametrize(
    ("rule", "pointer", "word"),
    [
        ({"==": [1, 1]}, "", "==="),
        ({"!=": [1, 1]}, "", "!=="),
        ({"log": ["a"]}, "", "subset"),
        ({"missing": ["a"]}, "", "subset"),
        ({"/": [1, 0]}, "", "subset"),
        ({"and": [True, {"==": [1, 1]}]}, "/and/1", "==="),
        ({"!": {"==": [1, 1]}}, "/!", "==="),
        ({"var": ["a", 1]}, "", "arguments"),
        ({"var": ""}, "", "path"),
        ({"var": {"var": "a"}}, "", "path"),
        ({"===": [1]}, "", "arguments"),
        ({"if": [True, 1]}, "", "arguments"),
        ({"if": [True, 1, False, 2]}, "", "otherwise"),
        ({"some": [["a"], True]}, "", "var"),
        ({"===": [[1], 1]}, "/===/0", "list"),
        ({"in": [1, [{"var": "a"}]]}, "/in/1", "list"),
        ({"a": 1, "b": 2}, "", "one operator"),
        ({}, "", "one operator"),
        ([1], "", "list"),
    ],
)
def test_a_rule_outside_the_subset_is_refused_with_its_place(rule: Any, pointer: str, word: str) -> None:
    with pytest.raises(RuleProblem) as caught:
        check_rule(rule)
    assert caught.value.pointer == pointer
    assert word in caught.value.reason


def test_a_rule_that_is_too_deep_or_too_large_is_refused() -> None:
    deep: Any = True
    for _ in range(30):
        deep = {"!": [deep]}
    with pytest.raises(RuleProblem, match="deeper"):
        check_rule(deep)
    with pytest.raises(RuleProblem, match="parts"):
        check_rule({"and": [{"or": [True] * 50} for _ in range(50)]})


def test_a_rule_that_cannot_be_worked_out_is_null_and_so_no() -> None:
    assert CompiledRule({"<": [{"var": "word"}, 9]}).value(DATA) is None
    assert CompiledRule({"<": [{"var": "word"}, 9]}).truth(DATA) is False


@pytest.mark.parametrize(
    ("rule", "paths"),
    [
        ({"and": [{"var": "a.b"}, {"===": [{"var": "c"}, {"var": "today"}]}]}, {"a.b", "c", "today"}),
        ({"some": [{"var": "staff"}, {"===": [{"var": "role"}, "x"]}]}, {"staff", "staff.*.role"}),
        (
            {"reduce": [{"var": "s"}, {"+": [{"var": "accumulator"}, {"var": "current.n"}]}, {"var": "z"}]},
            {"s", "s.*.n", "z"},
        ),
        (
            {"all": [{"filter": [{"var": "s"}, {"var": "p"}]}, {"some": [{"var": "t"}, {"var": "q"}]}]},
            {"s", "s.*.p", "s.*.t", "s.*.t.*.q"},
        ),
        (True, set()),
    ],
)
def test_a_rule_tells_every_path_it_reads(rule: Any, paths: set[str]) -> None:
    assert reads(rule) == paths


# ---- the whole subset at random ---------------------------------------------------------------------------------

NUMBERS = ("n.one", "n.two", "n.none", "n.money")
TEXTS = ("t.one", "t.date", "t.none", "today", "years_ago.60")
LISTS = ("people", "empty", "nobody")


class Writer:
    """Writes random rules whose sides are of one kind, as a person would; nulls stand anywhere."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def rule(self) -> Any:
        if self.rng.random() < 0.1:
            return {"map": [self.list(2), self.rng.choice([self.number, self.text])(2, True)]}
        return self.rng.choice([self.yes_no, self.yes_no, self.number, self.text])(4, False)

    def yes_no(self, depth: int, entry: bool) -> Any:
        rng = self.rng
        if depth <= 0:
            return rng.choice([True, False, {"!!": [self.number(0, entry)]}, {"!": [self.text(0, entry)]}])
        writers = [self.logic, self.equal, self.order, self.within]
        return rng.choice(writers if entry else [*writers, self.walk])(depth - 1, entry)

    def logic(self, depth: int, entry: bool) -> Any:
        some = [self.yes_no(depth, entry) for _ in range(5)]
        operator = self.rng.choice(["and", "or", "!", "!!", "if"])
        count = {"!": 1, "!!": 1, "if": self.rng.choice((3, 5))}.get(operator, self.rng.randint(1, 3))
        return {operator: some[:count]}

    def equal(self, depth: int, entry: bool) -> Any:
        # Money is text, and text is never equal to a number; so sums and money stay out.
        path = "years" if entry else self.rng.choice(NUMBERS[:3])
        number = self.rng.choice([{"var": path}, self.rng.randint(-3, 70)])
        sides = self.rng.choice([(number, 60), (self.text(depth, entry), self.text(0, entry))])
        return {self.rng.choice(["===", "!=="]): [sides[0], self.rng.choice([sides[1], None])]}

    def order(self, depth: int, entry: bool) -> Any:
        side = self.rng.choice([self.number, self.text])
        other = self.rng.choice([side(depth, entry), None])
        return {self.rng.choice(["<", "<=", ">", ">="]): [side(depth, entry), other]}

    def within(self, depth: int, entry: bool) -> Any:
        return {
            "in": [self.text(depth, entry), self.rng.choice([["甲", "rent", "2026-01-01"], self.text(depth, entry)])]
        }

    def walk(self, depth: int, entry: bool) -> Any:
        return {self.rng.choice(["some", "all", "none"]): [self.list(depth), self.yes_no(depth, True)]}

    def number(self, depth: int, entry: bool) -> Any:
        rng = self.rng
        if depth <= 0:
            path = rng.choice(("years", "pay", "gone") if entry else NUMBERS)
            return rng.choice([{"var": path}, rng.randint(-3, 70)])
        below = [self.number(depth - 1, entry) for _ in range(3)]
        operator = rng.choice(["+", "*", "-", "min", "max", "if", "reduce"])
        if operator == "if":
            return {"if": [self.yes_no(depth - 1, entry), *below[:2]]}
        if operator == "reduce" and not entry:
            more = rng.choice([1, {"var": "current.years"}, {"*": [{"var": "current.pay"}, 2]}])
            return {"reduce": [self.list(depth - 1), {"+": [{"var": "accumulator"}, more]}, rng.randint(0, 3)]}
        counts = {"+": (2, 3), "*": (2, 3), "-": (2, 2), "min": (1, 3), "max": (1, 3)}
        return {operator: below[: rng.randint(*counts[operator])]} if operator in counts else below[0]

    def text(self, depth: int, entry: bool) -> Any:
        rng = self.rng
        if depth <= 0:
            path = rng.choice(("role", "gone") if entry else TEXTS)
            return rng.choice([{"var": path}, rng.choice(["甲", "rent", "𠮷a"])])
        below = [self.text(depth - 1, entry) for _ in range(3)]
        operator = rng.choice(["cat", "substr", "if"])
        if operator == "cat":
            return {"cat": below[: rng.randint(1, 3)]}
        if operator == "substr":
            return {"substr": [below[0], *[rng.randint(-3, 3), rng.randint(-2, 4)][: rng.randint(1, 2)]]}
        return {"if": [self.yes_no(depth - 1, entry), *below[:2]]}

    def list(self, depth: int) -> Any:
        path = {"var": self.rng.choice(LISTS)}
        return {"filter": [path, self.yes_no(depth - 1, True)]} if self.rng.random() < 0.4 else path

    def data(self) -> dict[str, Any]:
        rng = self.rng
        number, money = [None, 0, 1, 2, 60, -5, 2**40], ["0.50", "1280.50", "3.00", None]
        text = ["rent", "甲", "𠮷田", "2026-11-23", None]
        people = [
            {"role": rng.choice(text), "years": rng.choice(number), "pay": rng.choice(money)}
            for _ in range(rng.randint(0, 4))
        ]
        return {
            "n": {"one": rng.choice(number), "two": rng.choice(number), "money": rng.choice(money)},
            "t": {"one": rng.choice(text), "date": rng.choice(["1966-11-23", "2030-01-01"])},
            "people": people,
            "empty": [],
            "today": "2026-11-23",
            "years_ago": {"60": "1966-11-23"},
        }


@pytest.mark.parametrize("seed", range(20))
def test_two_engines_agree_on_the_whole_subset(seed: int) -> None:
    writer = Writer(seed)
    for _ in range(150):
        rule, data = writer.rule(), writer.data()
        check_rule(rule)
        compiled = CompiledRule(rule)
        lowered = lower(rule)
        for values in (data, writer.data()):
            ours, theirs = compiled.value(values), jsonLogic(lowered, values)
            assert same(ours, theirs), (rule, values, ours, theirs)


def same(ours: Any, theirs: Any) -> bool:
    """Equal, with figures as near as two roundings bring them."""
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, float) or isinstance(theirs, float):
        return bool(ours == pytest.approx(theirs, rel=1e-12))
    return bool(ours == theirs) and (ours is None) == (theirs is None)


def test_rules_nested_so_that_writing_them_out_would_explode_are_refused() -> None:
    rule: Any = {"var": "x"}
    for _ in range(15):
        rule = {"<": [rule, 1]}
    with pytest.raises(RuleProblem, match="nested too deep"):
        check_rule(rule)
