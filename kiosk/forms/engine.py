"""The form engine: what is asked next, what is wrong, what is sent. Pure over one package."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from kiosk.forms.model import (
    JSON,
    Answer,
    AnswerSet,
    Context,
    FieldError,
    Licence,
    MaterialNeed,
    Office,
    Outcome,
    PageRun,
    ScenarioQuestion,
    ServicePackage,
    Source,
)


def set_answer(answers: AnswerSet, path: str, answer: Answer) -> AnswerSet:
    """A new answer set with one answer put in."""
    return MappingProxyType({**answers, path: answer})


def drop_prefix(answers: AnswerSet, prefix: str) -> AnswerSet:
    """A new answer set without ``prefix`` itself and everything below it."""
    return MappingProxyType({p: a for p, a in answers.items() if p != prefix and not p.startswith(prefix + ".")})


class FormEngine:
    """All questions and answers of one package; holds no answers itself."""

    def __init__(self, package: ServicePackage) -> None:
        self.package = package

    def scenario_questions(self, answers: AnswerSet, ctx: Context) -> tuple[ScenarioQuestion, ...]:
        """The visible ones in order."""
        raise NotImplementedError

    def scenario_outcome(self, answers: AnswerSet, ctx: Context) -> Outcome:
        """go or cannot."""
        raise NotImplementedError

    def pages(self, answers: AnswerSet, ctx: Context) -> tuple[PageRun, ...]:
        """Visible pages, repeats expanded; the overview of a group (key = page id) comes after its item pages."""
        raise NotImplementedError

    def items(self, answers: AnswerSet, repeat_path: str) -> int:
        """How many items a group has now."""
        raise NotImplementedError

    def add_item(self, answers: AnswerSet, repeat_path: str, at: datetime) -> AnswerSet:
        """One more item at the end."""
        raise NotImplementedError

    def remove_item(self, answers: AnswerSet, repeat_path: str, index: int, at: datetime) -> AnswerSet:
        """Without one item; later ones move up."""
        raise NotImplementedError

    def prefill(
        self,
        card: Mapping[str, str] | None,
        licences: Mapping[str, Mapping[str, str]],
        answers: AnswerSet,
        ctx: Context,
        at: datetime,
        *,
        card_source: Source = "card",
    ) -> AnswerSet:
        """Answers from card and licences; a typed answer is never overwritten."""
        raise NotImplementedError

    def clean(self, path: str, value: JSON) -> JSON:
        """What a typed value means: trimmed, full-width digits made plain, id letters upper-case."""
        raise NotImplementedError

    def check(self, path: str, value: JSON, answers: AnswerSet, ctx: Context) -> FieldError | None:
        """One field."""
        raise NotImplementedError

    def check_page(self, key: str, answers: AnswerSet, ctx: Context) -> tuple[FieldError, ...]:
        """All fields of a page."""
        raise NotImplementedError

    def materials(
        self, answers: AnswerSet, licences_found: Mapping[str, Licence], ctx: Context
    ) -> tuple[MaterialNeed, ...]:
        """What happens to each material."""
        raise NotImplementedError

    def licence_types(self, answers: AnswerSet, ctx: Context) -> tuple[str, ...]:
        """Types to ask the library for."""
        raise NotImplementedError

    def data(self, answers: AnswerSet, ctx: Context) -> dict[str, JSON]:
        """Pruned nested JSON."""
        raise NotImplementedError

    def validate(self, data: Mapping[str, JSON], ctx: Context) -> tuple[FieldError, ...]:
        """Whole data, used by the centre too."""
        raise NotImplementedError

    def office(self, data: Mapping[str, JSON]) -> Office:
        """The receiving office."""
        raise NotImplementedError
