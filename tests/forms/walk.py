"""Walk every path of a package the way a resident would: answer what is asked, page by page, trying every choice that a
rule reads. What the walk yields has reached submit or a reasoned "cannot".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType

from kiosk.forms import (
    Answer,
    AnswerSet,
    Context,
    Field,
    FormEngine,
    Outcome,
    ServicePackage,
    set_answer,
)
from kiosk.forms.rules import reads

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CTX = Context(today=TODAY, language="zh-Hans", subject_kind="person", offline=False)
EMPTY: AnswerSet = MappingProxyType({})
ID_NUMBERS = ("11010519491231002X", "931586198001010028", "339999199104169828", "339999198709039714")
CARD = {
    "kind": "resident",
    "name": "林秋禾",
    "number": "339999199104169828",
    "address": "临水县青石镇柳下村3组18号",
    "birth": "1991-04-16",
    "sex": "2",
    "nation": "01",
}
SAMPLES = {
    "text": "云浦晴川食品厂",
    "long_text": "路灯坏了三天。\n夜里看不见。",
    "date": "2027-06-30",
    "phone": "13800005520",
    "uscc": "91350100M000100Y43",
    "name": "迪丽努尔·阿卜杜热合曼",
    "address": "柳桥路 128 弄 6 号楼 502 室",
    "money": "128.50",
}


def typed(value: object) -> Answer:
    return Answer(value, "typed", "D", NOW)


def sample(field: Field, path: str) -> object:
    """A right value for a field that is not a choice."""
    if field.kind == "id_number":
        index = int(path.split(".")[1]) if path.split(".")[1].isdigit() else 3
        return ID_NUMBERS[index % len(ID_NUMBERS)]
    if field.kind == "digits":
        return str(8 if field.minimum is None else field.minimum)
    if field.pattern is not None:
        return "YP2026000123"
    return SAMPLES[field.kind]


@dataclass(frozen=True, slots=True)
class Walked:
    answers: AnswerSet
    outcome: Outcome
    pages: tuple[str, ...]


def branching(package: ServicePackage) -> frozenset[str]:
    """Paths that some rule of the package reads; of every other choice one value is enough."""
    rules = [p.relevant for p in package.pages]
    for page in package.pages:
        rules += [f.relevant for f in page.fields] + [c.rule for f in page.fields for c in f.checks]
    rules += [m.relevant for m in package.materials] + [c.relevant for c in package.children]
    rules += [q.relevant for q in package.scenarios] + [c.rule for q in package.scenarios for c in q.cannot]
    names = {path.removeprefix("form.") for rule in rules if rule is not None for path in reads(rule)}
    return frozenset(name.split(".*.")[-1] for name in names)


def every_path(package: ServicePackage) -> Iterator[Walked]:
    engine, branches = FormEngine(package), branching(package)
    start = engine.prefill(CARD, {}, EMPTY, CTX, NOW) if package.identify else EMPTY
    yield from _scenario(engine, branches, start)


def _scenario(engine: FormEngine, branches: frozenset[str], answers: AnswerSet) -> Iterator[Walked]:
    open_questions = [q for q in engine.scenario_questions(answers, CTX) if q.path not in answers]
    outcome = engine.scenario_outcome(answers, CTX)
    if outcome.kind == "cannot":
        yield Walked(answers, outcome, ())
        return
    if not open_questions:
        yield from _form(engine, branches, answers, 0)
        return
    for option in open_questions[0].options:
        yield from _scenario(engine, branches, set_answer(answers, open_questions[0].path, typed(option.value)))


def _form(engine: FormEngine, branches: frozenset[str], answers: AnswerSet, depth: int) -> Iterator[Walked]:
    assert depth < 200, "the form never ends"
    pages = engine.pages(answers, CTX)
    for page in pages:
        for run in page.fields:
            if run.path in answers:
                continue
            if not run.field.options:
                value = sample(run.field, run.path)
                error = engine.check(run.path, value, answers, CTX)
                assert error is None, error
                yield from _form(engine, branches, set_answer(answers, run.path, typed(value)), depth + 1)
                return
            known = run.path in branches or run.field.path in branches
            tried = 0
            for option in run.field.options if known else run.field.options[:1]:
                if engine.check(run.path, option.value, answers, CTX) is not None:
                    continue
                tried += 1
                yield from _form(engine, branches, set_answer(answers, run.path, typed(option.value)), depth + 1)
            assert tried, f"{run.path}: no choice is allowed, so a resident is trapped"
            return
    for page in pages:
        assert engine.check_page(page.key, answers, CTX) == (), page.key
    yield Walked(answers, Outcome("go"), tuple(page.key for page in pages))
