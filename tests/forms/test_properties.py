"""Whatever a resident answers in whatever order: what is hidden is never sent, and nothing typed is ever lost."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.forms import AnswerSet, FormEngine, canonical_bytes, load_package, set_answer
from tests.forms.walk import CTX, EMPTY, NOW, SAMPLES, typed

SERVICES = Path(__file__).parents[2] / "config" / "services"
IDS = ("complaint-12345", "open-restaurant", "residence-permit-renewal", "social-insurance-certificate")


@cache
def engine(ident: str) -> FormEngine:
    return FormEngine(load_package(SERVICES / ident))


def paths(ident: str) -> list[tuple[str, list[object]]]:
    """Every path of a package (three items of a group) with right values, wrong values and other people's values."""
    package = engine(ident).package
    found: list[tuple[str, list[object]]] = [(q.path, [o.value for o in q.options]) for q in package.scenarios]
    for page in package.pages:
        heads = [f"{page.repeat.path}.{n}." for n in range(3)] if page.repeat is not None else [""]
        for field in page.fields:
            values: list[object] = [o.value for o in field.options] or [
                SAMPLES.get(field.kind, "12"),
                "",
                "错1",
                7,
                None,
            ]
            found += [(head + field.path, values) for head in heads]
    return found


@st.composite
def moves(draw: st.DrawFn) -> tuple[str, list[tuple[str, object]]]:
    ident = draw(st.sampled_from(IDS))
    table = paths(ident)
    steps = draw(st.lists(st.integers(0, len(table) - 1), max_size=40))
    return ident, [(table[n][0], draw(st.sampled_from(table[n][1]))) for n in steps]


def flat(data: object, prefix: str = "") -> set[str]:
    if isinstance(data, dict):
        return {p for name, below in data.items() for p in flat(below, f"{prefix}{name}.")}
    if isinstance(data, list):
        return {p for n, below in enumerate(data) for p in flat(below, f"{prefix}{n}.")}
    return {prefix[:-1]}


@settings(max_examples=120, deadline=None)
@given(moves())
def test_a_hidden_field_is_never_in_the_data_and_a_visible_answer_always_is(
    drawn: tuple[str, list[tuple[str, object]]],
) -> None:
    ident, steps = drawn
    made = engine(ident)
    answers: AnswerSet = EMPTY
    for path, value in steps:
        if path.startswith("staff.") and int(path.split(".")[1]) >= made.items(answers, "staff"):
            answers = made.add_item(answers, "staff", NOW)
        answers = set_answer(answers, path, typed(value))
    shown = {f.path for page in made.pages(answers, CTX) for f in page.fields}
    shown |= {q.path for q in made.scenario_questions(answers, CTX)}
    data = made.data(answers, CTX)
    assert flat(data) <= shown
    kept = {p for p in shown if p in answers and made.clean(p, answers[p].value) not in (None, "", [])}
    assert flat(data) == kept
    assert json.loads(canonical_bytes(data)) == data
    for error in made.validate(data, CTX):
        assert error.code != "hidden"
        assert set(error.message) == {"zh-Hans", "en"}


@settings(max_examples=80, deadline=None)
@given(moves(), st.data())
def test_going_back_and_choosing_otherwise_and_back_again_gives_the_same_data(
    drawn: tuple[str, list[tuple[str, object]]], more: st.DataObject
) -> None:
    ident, steps = drawn
    made = engine(ident)
    answers: AnswerSet = EMPTY
    for path, value in steps:
        answers = set_answer(answers, path, typed(value))
    before = dict(answers)
    if not before:
        return
    choices = dict(paths(ident))
    path = more.draw(st.sampled_from(sorted(before)))
    other = set_answer(answers, path, typed(more.draw(st.sampled_from(choices[path]))))
    made.pages(other, CTX)
    again = set_answer(other, path, before[path])
    assert dict(again) == before
    assert made.data(again, CTX) == made.data(answers, CTX)
    assert made.pages(again, CTX) == made.pages(answers, CTX)
