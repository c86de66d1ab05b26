"""Turn the usual answers: the same way with other choices at the questions that a condition hangs on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice, product

from kiosk.forms import Answer, AnswerSet, Rule, ServicePackage
from kiosk.forms.rules import reads

MOST_TRIES = 5000
_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def turned(package: ServicePackage, usual: AnswerSet, rules: Iterable[Rule]) -> Iterator[AnswerSet]:
    """The usual answers with every choice tried that these rules, or the questions they read, hang on.

    At most :data:`MOST_TRIES`. Of a group only the first entry is turned. Whether such a way can be gone is for the
    engine to say.
    """
    options = _choices(package)
    todo = {path for rule in rules for path in _read(rule)}
    behind: set[str] = set()
    while todo:
        path = todo.pop()
        behind.add(path)
        todo |= {other for rule in conditions_of(package, path) for other in _read(rule)} - behind
    paths = sorted(behind & set(options))
    for values in islice(product(*(options[path] for path in paths)), MOST_TRIES):
        answers = dict(usual)
        for path, value in zip(paths, values, strict=True):
            answers[path.replace(".*.", ".0.")] = Answer(value, "typed", "D", _ANY_TIME)
        yield answers


def conditions_of(package: ServicePackage, path: str) -> Iterator[Rule]:
    """When the question at a path is asked; a path in a group is written with ``*``."""
    yield from (question.relevant for question in package.scenarios if question.path == path)
    for page in package.pages:
        prefix = f"{page.repeat.path}.*." if page.repeat is not None else ""
        for field in page.fields:
            if prefix + field.path == path:
                yield from (page.relevant, field.relevant)


def _read(rule: Rule) -> frozenset[str]:
    return frozenset() if rule is None else frozenset(path.removeprefix("form.") for path in reads(rule))


def _choices(package: ServicePackage) -> dict[str, tuple[str, ...]]:
    """Path -> the values to choose from, for every question with choices."""
    found = {question.path: tuple(option.value for option in question.options) for question in package.scenarios}
    for page in package.pages:
        prefix = f"{page.repeat.path}.*." if page.repeat is not None else ""
        for field in page.fields:
            if field.kind == "choice":
                found[prefix + field.path] = tuple(option.value for option in field.options)
    return found
