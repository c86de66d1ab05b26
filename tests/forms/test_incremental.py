"""Working out only what changed gives what comes out from scratch; and nothing is kept once it is to be forgotten."""

from __future__ import annotations

import gc
import random
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.forms import (
    Answer,
    AnswerSet,
    Context,
    FormEngine,
    Page,
    ServicePackage,
    drop_prefix,
    load_package,
    set_answer,
)
from kiosk.forms.evaluation import Evaluation
from tests.forms import made
from tests.forms.made import field, group, options, page, question
from tests.forms.walk import CTX, EMPTY, NOW, typed

SERVICES = Path(__file__).parents[2] / "config" / "services"
SHIPPED = tuple(sorted(path.parent.name for path in SERVICES.glob("*/package.json")))


def condition(rng: random.Random, known: list[str]) -> Any:
    """A rule over some of the paths, each of which holds "a", "b" or "c", or a number."""
    path = {"var": rng.choice(known)}
    plain = rng.choice([{"===": [path, rng.choice("abc")]}, {"in": [path, ["a", "b"]]}, {"!": [path]}])
    return {"and": [plain, condition(rng, known)]} if rng.random() < 0.2 else plain


@cache
def tangle(seed: int) -> ServicePackage:
    """A package of thirty pages that hang on each other at random, with a group and sums."""
    rng, known = random.Random(seed), ["scenario.q0"]
    numbers: list[str] = []
    questions = [question("scenario.q0", "a", "b", "c")]
    for n in range(1, 4):
        questions.append(question(f"scenario.q{n}", "a", "b", "c", relevant=condition(rng, known)))
        known.append(f"scenario.q{n}")
    pages = []
    for n in range(30):
        relevant = {"relevant": condition(rng, known)} if rng.random() < 0.6 else {}
        if n == 15:
            outer = [f"form.{path}" for path in known]
            first = page("first", field("one", "choice", options=options("a", "b", "c")))
            more = page("more", field("two"), field("three", relevant=condition(rng, ["one", "two", *outer])))
            pages.append({**group("people", first, {**more, "relevant": condition(rng, ["one", *outer])}), **relevant})
            pages.append(page("after", field("after", relevant={"some": [{"var": "people"}, condition(rng, ["two"])]})))
        elif numbers and rng.random() < 0.3:
            total = {"+": [{"var": rng.choice(numbers)}, {"var": rng.choice(numbers)}, 1]}
            pages.append(
                page(f"p{n}", field(f"x.n{n}", "digits", whole=True, computed=total), kind="prefilled", **relevant)
            )
            numbers.append(f"x.n{n}")
        elif rng.random() < 0.3:
            pages.append(page(f"p{n}", field(f"x.n{n}", "digits", whole=True), **relevant))
            numbers.append(f"x.n{n}")
        else:
            pages.append(page(f"p{n}", field(f"x.f{n}", "choice", options=options("a", "b", "c")), **relevant))
            known.append(f"x.f{n}")
    return made.package(*pages, questions=questions)


def places(package: ServicePackage) -> list[str]:
    found = [q.path for q in package.scenarios]
    for each in package.pages:
        heads = [f"{each.repeat.path}.{n}." for n in range(4)] if each.repeat is not None else [""]
        found += [head + one.path for head in heads for one in each.fields]
    return [*found, "nobody.asks"]


def same(engine: FormEngine, package: ServicePackage, answers: AnswerSet, ctx: Context) -> None:
    fresh = FormEngine(package)
    assert engine.scenario_questions(answers, ctx) == fresh.scenario_questions(answers, ctx)
    assert engine.scenario_outcome(answers, ctx) == fresh.scenario_outcome(answers, ctx)
    assert engine.pages(answers, ctx) == fresh.pages(answers, ctx)
    assert engine.data(answers, ctx) == fresh.data(answers, ctx)


def wander(package: ServicePackage, rng: random.Random, steps: int) -> None:
    engine, answers, ctx, paths = FormEngine(package, remember=True), EMPTY, CTX, places(package)
    choices: dict[str, list[str]] = {q.path: [o.value for o in q.options] for q in package.scenarios}
    for each in package.pages:
        choices |= {one.path: [o.value for o in one.options] for one in each.fields if one.options}
    groups = sorted({each.repeat.path for each in package.pages if each.repeat is not None})
    for _ in range(steps):
        move = rng.random()
        if groups and move < 0.15:
            answers = engine.add_item(answers, rng.choice(groups), NOW)
        elif groups and move < 0.25:
            answers = engine.remove_item(answers, rng.choice(groups), rng.randrange(3), NOW)
        elif answers and move < 0.35:
            answers = drop_prefix(answers, rng.choice(sorted(answers)))
        elif move < 0.4:
            ctx = Context(date(2026, 11, rng.choice((23, 24))))
        else:
            path = rng.choice(paths)
            known = choices.get(path) or choices.get(path.split(".", 2)[-1]) or ["a", "b", "7", "", "2026-01-01"]
            answers = set_answer(answers, path, typed(rng.choice([*known, None])))
            engine.check(path, "a", answers, ctx)
        same(engine, package, answers, ctx)


@pytest.mark.parametrize("seed", range(12))
def test_answers_in_any_order_give_what_they_give_from_scratch(seed: int) -> None:
    wander(tangle(seed), random.Random(seed), 60)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(SHIPPED))
def test_the_shipped_packages_too(seed: int, ident: str) -> None:
    wander(shipped(ident), random.Random(seed), 15)


@cache
def shipped(ident: str) -> ServicePackage:
    return load_package(SERVICES / ident)


@pytest.fixture
def worked_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages (inside a group ``ENTRY.PAGE``) whose fields were worked out, in order."""
    asked: list[str] = []
    real = Evaluation._fields

    def noting(self: Evaluation, page: Page, prefix: str, *rest: Any) -> Any:
        asked.append(prefix + page.id)
        return real(self, page, prefix, *rest)

    monkeypatch.setattr(Evaluation, "_fields", noting)
    return asked


def test_a_changed_answer_works_out_only_what_hangs_on_it(worked_out: list[str]) -> None:
    plain, hidden = {"relevant": True}, {"relevant": {"===": [{"var": "f3"}, "x"]}}
    fields = [page(f"p{n}", field(f"f{n}"), **(hidden if n in (7, 9) else plain)) for n in range(100)]
    engine = FormEngine(made.package(*fields), remember=True)
    answers = set_answer(EMPTY, "f3", typed("x"))
    assert len(engine.pages(answers, CTX)) == 100
    worked_out.clear()
    assert len(engine.pages(set_answer(answers, "f3", typed("y")), CTX)) == 98
    assert worked_out == ["p3"]
    worked_out.clear()
    engine.pages(set_answer(answers, "f50", typed("y")), CTX)
    assert worked_out == ["p3", "p7", "p9", "p50"]  # back to "x", and one more
    worked_out.clear()
    engine.pages(later := set_answer(answers, "f50", typed("z")), CTX)
    engine.check_page("p50", later, CTX)
    engine.data(later, CTX)
    assert worked_out == ["p50"]


def test_of_a_group_only_the_entry_that_changed_is_worked_out(worked_out: list[str]) -> None:
    engine = FormEngine(made.package(group("people", page("who", field("name")), most=50)), remember=True)
    answers: AnswerSet = set_answer(EMPTY, "people", typed(40))
    engine.pages(answers, CTX)
    worked_out.clear()
    engine.pages(set_answer(answers, "people.17.name", typed("林秋禾")), CTX)
    assert worked_out == ["people.17.who"]


def test_data_that_is_handed_out_is_the_callers_own() -> None:
    engine = FormEngine(made.package(page("a", field("x.a"), field("x.b"))), remember=True)
    answers = set_answer(EMPTY, "x.a", typed("1"))
    engine.data(answers, CTX)["x"]["a"] = "spoilt"
    assert engine.data(answers, CTX) == {"x": {"a": "1"}}
    assert engine.data(set_answer(answers, "x.b", typed("2")), CTX) == {"x": {"a": "1", "b": "2"}}


# ---- forgetting -------------------------------------------------------------------------------------------------


def reachable(root: object) -> list[Answer]:
    """Every answer that the garbage collector can reach from an object."""
    todo: list[object] = [root]
    seen: set[int] = set()
    found: list[Answer] = []
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, type) or callable(one):
            continue
        seen.add(id(one))
        if isinstance(one, Answer):
            found.append(one)
        todo += gc.get_referents(one)
    return found


def test_nothing_of_a_resident_is_left_after_forgetting() -> None:
    engine = FormEngine(
        made.package(page("a", field("name", checks=[CHECK])), group("g", page("b", field("c")))), remember=True
    )
    secret = "".join(["林", "秋", "禾", "7"])
    answers = set_answer(set_answer(EMPTY, "name", typed(secret)), "g", typed(1))
    engine.pages(answers, CTX)
    engine.check("name", secret, answers, CTX)
    engine.validate(engine.data(answers, CTX), CTX)
    assert reachable(engine)
    engine.forget()
    assert not engine.holds_answers
    assert reachable(engine) == []


CHECK = {"code": "c", "rule": {"!==": [{"var": "name"}, "x"]}, "message": made.words("不行")}


def test_an_engine_that_was_not_asked_to_remember_holds_nothing() -> None:
    engine = FormEngine(made.package(page("a", field("name"))))
    engine.pages(set_answer(EMPTY, "name", typed("林秋禾")), CTX)
    assert not engine.holds_answers
    assert reachable(engine) == []
