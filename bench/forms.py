"""The form engine: what stands between a touch and the next page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from bench.timing import Figure, repeat
from kiosk.forms import Answer, AnswerSet, Context, FormEngine, load_packages, set_answer

SEEDS = Path(__file__).resolve().parents[1] / "config" / "services"
TODAY = date(2026, 11, 21)


def figures(repeats: int) -> Iterator[Figure]:
    """Loading all packages; then, for each, its pages worked out anew, and its longest page checked."""
    report = load_packages(SEEDS)
    if not report.packages:
        raise SystemExit(f"bench: no package loads from {SEEDS}")
    yield repeat("load all packages", lambda: load_packages(SEEDS), max(3, repeats // 20))
    context = Context(TODAY)
    for package in report.packages:
        engine = FormEngine(package)
        answers = _first_choices(engine, context)
        pages = engine.pages(answers, context)
        yield repeat(f"{package.id}: pages", partial(engine.pages, answers, context), repeats, f"{len(pages)} pages")
        if pages:
            longest = max(pages, key=lambda page: len(page.fields))
            yield repeat(
                f"{package.id}: check a page",
                partial(engine.check_page, longest.key, answers, context),
                repeats,
                f"{len(longest.fields)} fields",
            )


def _first_choices(engine: FormEngine, context: Context) -> AnswerSet:
    """The answers of somebody who takes the first choice of every scenario question."""
    answers: AnswerSet = {}
    at = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    while True:
        open_questions = [each for each in engine.scenario_questions(answers, context) if each.path not in answers]
        if not open_questions:
            return answers
        question = open_questions[0]
        answers = set_answer(answers, question.path, Answer(question.options[0].value, "typed", "D", at, None))
