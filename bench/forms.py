"""The form engine: what stands between a touch and the next page."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from itertools import cycle
from pathlib import Path

from bench.timing import Figure, figure, once_ms, repeat
from kiosk.forms import (
    Answer,
    AnswerSet,
    Context,
    Field,
    FormEngine,
    Option,
    Page,
    ServicePackage,
    load_packages,
    set_answer,
)
from kiosk.forms.model import FieldKind, PageKind
from kiosk.forms.rules import lower

SEEDS = Path(__file__).resolve().parents[1] / "config" / "services"
TODAY = date(2026, 11, 21)
AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
CONTEXT = Context(TODAY)
LIMIT_MS = 2.0
"""What an answered page of a form with 200 fields may take."""
BLOCK = 5
"""Pages that hang on one answer, however large the form is."""


def figures(repeats: int) -> Iterator[Figure]:
    """Loading all packages and their pages; then an answered page of forms of 200 and of 2,000 fields."""
    report = load_packages(SEEDS)
    if not report.packages:
        raise SystemExit(f"bench: no package loads from {SEEDS}")
    yield repeat("load all packages", lambda: load_packages(SEEDS), max(3, repeats // 20))
    for package in report.packages:
        engine = FormEngine(package)
        answers = _first_choices(engine)
        pages = engine.pages(answers, CONTEXT)
        yield repeat(f"{package.id}: pages", partial(engine.pages, answers, CONTEXT), repeats, f"{len(pages)} pages")
    yield from _growth(report.packages[0], repeats)


def _growth(model: ServicePackage, repeats: int) -> Iterator[Figure]:
    small, large = _form(model, 200), _form(model, 2000)
    times: dict[str, list[float]] = {name: [] for name in ("small", "large", "scratch", "peer")}
    for _ in range(3):  # in turns, so that a slow moment of the machine meets all of them
        times["small"] += _answered(small, repeats, remember=True)
        times["large"] += _answered(large, repeats, remember=True)
        times["scratch"] += _answered(small, max(20, repeats // 10), remember=False)
        times["peer"] += _peer(small, max(20, repeats // 10))
    middle = {name: statistics.median(each) for name, each in times.items()}
    verdict = f"{'within' if middle['small'] < LIMIT_MS else 'OVER'} {LIMIT_MS} ms; {BLOCK} pages hang on the answer"
    yield figure("answered page, 200 fields", times["small"], verdict)
    yield figure("answered page, 2,000 fields", times["large"], f"as many hang on it; {verdict}")
    yield figure("answered page, 200 fields, all worked out anew", times["scratch"], "an engine that remembers nothing")
    yield figure("its rules alone with panzi-json-logic", times["peer"], "each condition once over the same answers")
    yield Figure("ten times the fields, the same changes", middle["large"] / middle["small"], "times")
    yield Figure("all anew against what changed", middle["scratch"] / middle["small"], "times", note="200 fields")
    yield Figure("panzi-json-logic against what changed", middle["peer"] / middle["small"], "times", note="200 fields")


def _form(model: ServicePackage, fields: int) -> ServicePackage:
    """Pages of two fields; in each block of pages the first one's choice decides on the others, and a sum ends it."""
    yes_no = tuple(Option(value, {"zh-Hans": value, "en": value}) for value in ("yes", "no"))
    pages: list[Page] = []
    for number in range(fields // 2):
        block, place = divmod(number, BLOCK)
        relevant = {"===": [{"var": f"x.choice{block}"}, "yes"]} if place else None
        first = _field(f"x.a{number}", "digits")
        second = replace(_field(f"x.b{number}", "text"), relevant=relevant)
        if place == 0:
            first = replace(_field(f"x.choice{block}", "choice"), options=yes_no)
        if place == BLOCK - 1:
            terms = [{"var": f"x.a{block * BLOCK + n}"} for n in range(1, BLOCK - 1)]
            first = replace(_field(f"x.sum{block}", "digits"), computed={"+": terms})
        kind: PageKind = "prefilled" if place == BLOCK - 1 else "question"
        pages.append(Page(f"p{number}", {"zh-Hans": "页", "en": "page"}, (first, second), kind, relevant=relevant))
    return replace(model, scenarios=(), pages=tuple(pages), materials=(), children=(), parties=(), booking=None)


def _field(path: str, kind: FieldKind) -> Field:
    words = {"zh-Hans": path, "en": path}
    return Field(path, kind, words, "digits", words, "case", "public", numeric=kind == "digits")


def _filled(package: ServicePackage) -> AnswerSet:
    values = {"choice": "yes", "digits": 7, "text": "柳桥路"}
    fields = (field for page in package.pages for field in page.fields if field.computed is None)
    return {field.path: Answer(values[field.kind], "typed", "D", AT) for field in fields}


def _answered(package: ServicePackage, times: int, *, remember: bool) -> list[float]:
    """Milliseconds from an answer to the page that follows: rules, checks of the page, all pages, the next one."""
    engine = FormEngine(package, remember=remember)
    answers = _filled(package)
    engine.pages(answers, CONTEXT)
    turns = cycle(("no", "yes"))
    middle = len(package.pages) // 2 // BLOCK
    found: list[float] = []

    def answer() -> None:
        nonlocal answers
        answers = set_answer(answers, f"x.choice{middle}", Answer(next(turns), "typed", "D", AT))
        if engine.check_page(f"p{middle * BLOCK}", answers, CONTEXT):
            raise SystemExit("bench: a right answer was refused")
        pages = engine.pages(answers, CONTEXT)
        after = [page.key for page in pages].index(f"p{middle * BLOCK}") + 1
        engine.check_page(pages[after].key, answers, CONTEXT)

    for _ in range(times + 2):
        found.append(once_ms(answer))
    return found[2:]


def _peer(package: ServicePackage, times: int) -> list[float]:
    """Milliseconds in which panzi-json-logic evaluates every condition and sum of the form once."""
    from json_logic import jsonLogic

    data: dict[str, object] = {path.removeprefix("x."): answer.value for path, answer in _filled(package).items()}
    rules = [page.relevant for page in package.pages]
    rules += [rule for page in package.pages for field in page.fields for rule in (field.relevant, field.computed)]
    lowered = [lower(rule) for rule in rules if rule is not None]
    return [once_ms(lambda: [jsonLogic(rule, {"x": data}) for rule in lowered]) for _ in range(times)]


def _first_choices(engine: FormEngine) -> AnswerSet:
    """The answers of somebody who takes the first choice of every scenario question."""
    answers: AnswerSet = {}
    while True:
        open_questions = [each for each in engine.scenario_questions(answers, CONTEXT) if each.path not in answers]
        if not open_questions:
            return answers
        question = open_questions[0]
        answers = set_answer(answers, question.path, Answer(question.options[0].value, "typed", "D", AT, None))
