"""Proving a package: every way through it, counted and looked at, against the ten seconds that an author waits.

The package has 1,518 ways, as many as a district of Shanghai counted when it broke its items down. Beside it the same
ways are walked one by one by the same form engine, from the first question to the last, without looking at anything:
the least that proving without sharing what ways have in common would cost.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bench.timing import Figure, figure, once_ms
from kiosk.authoring.prove import prove
from kiosk.authoring.skeleton import Wish, skeleton, write
from kiosk.forms import Answer, Context, FormEngine, PackageBundle, ServicePackage, bundle_from_folder, load_package

OPTIONS: Mapping[str, int] = {"a": 6, "b": 7, "c": 6, "d": 6}
"""Four questions make 1,512 ways; one of them has a fifth question of seven answers."""
LAST = 7
WAYS = 6 * 7 * 6 * 6 - 1 + LAST
LIMIT_MS = 10_000.0
REPEATS = 3


def _words(text: str) -> dict[str, str]:
    return {"zh-Hans": f"第{text}项", "en": f"Thing {text}"}


def bundle() -> PackageBundle:
    """An item whose four questions each decide about papers."""
    files = skeleton(Wish("bench-ways", "apply"))
    asked = {**OPTIONS, "e": LAST}
    rule = {"and": [{"===": [{"var": f"scenario.{name}"}, f"{name}0"]} for name in OPTIONS]}
    questions: list[dict[str, Any]] = []
    properties: dict[str, Any] = {}
    for name, count in asked.items():
        values = [f"{name}{number}" for number in range(count)]
        options = [{"value": value, "label": _words(value)} for value in values]
        question: dict[str, Any] = {"path": f"scenario.{name}", "title": _words(name), "options": options}
        if name == "e":
            question["relevant"] = rule
        questions.append(question)
        properties[name] = {"type": "string", "enum": values}
    files["scenarios.json"]["questions"] = questions
    files["form.schema.json"]["properties"]["scenario"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(OPTIONS),
    }
    paper = files["materials.json"]["materials"][0]
    files["materials.json"]["materials"] = [
        {**paper, "id": f"paper_{name}{number}", "relevant": {"===": [{"var": f"scenario.{name}"}, f"{name}{number}"]}}
        for name in OPTIONS
        for number in range(2)
    ]
    with tempfile.TemporaryDirectory() as folder:
        write(files, Path(folder) / "bench-ways")
        return bundle_from_folder(Path(folder) / "bench-ways")


def _walked(item: ServicePackage) -> int:
    """Every way answered from its beginning, nothing shared between two of them."""
    engine, ctx = FormEngine(item), Context(date(2026, 11, 23))
    at, ways = datetime(2026, 11, 23, tzinfo=UTC), 0
    for chosen in itertools.product(*(question.options for question in item.scenarios[:-1])):
        picked = [option.value for option in chosen]
        last = item.scenarios[-1].options if all(value.endswith("0") for value in picked) else (None,)
        for more in last:
            values = [*picked, *([more.value] if more is not None else [])]
            answers: Mapping[str, Answer] = MappingProxyType({})
            for question, value in zip(item.scenarios, values, strict=False):
                answers = MappingProxyType({**answers, question.path: Answer(value, "typed", "D", at)})
                engine.scenario_outcome(answers, ctx)
            engine.pages(answers, ctx)
            engine.materials(answers, {}, ctx)
            ways += 1
    return ways


def figures(repeats: int) -> Iterator[Figure]:
    """Median of three; the count has to be right, or the time says nothing."""
    files = bundle()
    item, proof = load_package(files), prove(files)
    if proof.paths != WAYS or _walked(item) != WAYS:
        raise RuntimeError(f"{proof.paths} ways were proved, not {WAYS}")
    proved = figure(f"prove {WAYS} ways", [once_ms(lambda: prove(files)) for _ in range(REPEATS)])
    yield proved
    walked = figure(f"walk {WAYS} ways one by one", [once_ms(lambda: _walked(item)) for _ in range(REPEATS)])
    yield walked
    yield Figure("proved in the time of walking", proved.value / walked.value, "x", note="smaller is better")
    yield Figure("proved in the ten seconds of an author", proved.value / LIMIT_MS, "x", note="below 1 is within")
