"""The form engine: what is asked next, what is wrong, what is sent. Pure over one package.

Questions are worked out in the order in which they are asked; a condition may only read what was asked before (the
loader sees to that), so one pass settles what is visible. What is hidden is absent: from the data, from rules, from the
receipt. Its answer stays in the answer set, so that going back and changing one's mind loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from kiosk.forms.messages import message
from kiosk.forms.model import (
    JSON,
    Answer,
    AnswerSet,
    Context,
    Field,
    FieldError,
    FieldRun,
    Licence,
    MaterialNeed,
    Office,
    Outcome,
    Page,
    PageRun,
    Rule,
    ScenarioQuestion,
    ServicePackage,
    Source,
    Text,
    TrustLevel,
)
from kiosk.forms.rules import CompiledRule
from kiosk.forms.validators import clean, is_empty, problem, real_day

CARD_NAMES: Mapping[str, Text] = {
    "card": {"zh-Hans": "身份证芯片，刚刚读取", "en": "ID card chip, just read"},
    "citizen_code": {"zh-Hans": "市民码，刚刚核对", "en": "Citizen code, just checked"},
    "passport": {"zh-Hans": "护照或通行证，刚刚读取", "en": "Passport or permit, just read"},
}
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
LICENCE_NAME: Text = {"zh-Hans": "电子证照", "en": "E-licence"}


def set_answer(answers: AnswerSet, path: str, answer: Answer) -> AnswerSet:
    """A new answer set with one answer put in."""
    return MappingProxyType({**answers, path: answer})


def drop_prefix(answers: AnswerSet, prefix: str) -> AnswerSet:
    """A new answer set without ``prefix`` itself and everything below it."""
    return MappingProxyType({p: a for p, a in answers.items() if p != prefix and not p.startswith(prefix + ".")})


@dataclass(frozen=True, slots=True)
class _Run:
    """One pass over the package: what is visible now and the data it makes."""

    questions: tuple[ScenarioQuestion, ...]
    pages: tuple[PageRun, ...]
    data: dict[str, JSON]


class FormEngine:
    """All questions of one package. Holds no answers: every call gets them, so one engine serves any session."""

    def __init__(self, package: ServicePackage) -> None:
        self.package = package
        self._compiled: dict[int, CompiledRule] = {}
        self._fields: dict[str, Field] = {}
        for page in package.pages:
            for field in page.fields:
                prefix = f"{page.repeat.path}.*." if page.repeat is not None else ""
                self._fields[prefix + field.path] = field
        self._questions = {q.path: q for q in package.scenarios}
        self._repeats = {p.repeat.path: p.repeat for p in package.pages if p.repeat is not None}
        self._validator: Any = None

    # ---- rules and data -----------------------------------------------------------------------------------------

    def _truth(self, rule: Rule, env: Mapping[str, JSON]) -> bool:
        if rule is None:
            return True
        # The package keeps its rules alive, so the identity of a rule is a safe key.
        found = self._compiled.get(id(rule))
        if found is None:
            found = self._compiled[id(rule)] = CompiledRule(rule)
        return found.truth(env)

    def _run(self, answers: AnswerSet, ctx: Context) -> _Run:
        data: dict[str, JSON] = {}
        env = _Env(data, ctx.today)
        questions = []
        for question in self.package.scenarios:
            if not self._truth(question.relevant, env):
                continue
            questions.append(question)
            answer = answers.get(question.path)
            if answer is not None and not is_empty(answer.value):
                _put(data, question.path, answer.value)
        pages: list[PageRun] = []
        groups = _groups(self.package.pages)
        for head, items in groups:
            if not self._truth(head.relevant, env):
                continue
            if head.repeat is None or head.kind != "repeat":
                fields = self._fields_of(head, "", answers, env, data)
                if fields:
                    pages.append(PageRun(head.id, head, None, fields))
                continue
            rows: list[JSON] = []
            for index in range(self.items(answers, head.repeat.path)):
                row: dict[str, JSON] = {}
                rows.append(row)
                inner = _Env(row, ctx.today, data)
                base = f"{head.repeat.path}.{index}"
                for page in items:
                    if self._truth(page.relevant, inner):
                        fields = self._fields_of(page, base + ".", answers, inner, row)
                        if fields:
                            pages.append(PageRun(f"{base}.{page.id}", page, index, fields))
            data[head.repeat.path] = rows
            pages.append(PageRun(head.id, head, None, ()))
        return _Run(tuple(questions), tuple(pages), data)

    def _fields_of(
        self, page: Page, prefix: str, answers: AnswerSet, env: Mapping[str, JSON], data: dict[str, JSON]
    ) -> tuple[FieldRun, ...]:
        found = []
        for field in page.fields:
            path = prefix + field.path
            answer = answers.get(path)
            empty = answer is None or is_empty(answer.value)
            if (field.only_prefilled and empty) or not self._truth(field.relevant, env):
                continue
            # A value that no source brought must be typed, whatever the layout says; else the page would be a trap.
            from_source = not empty and answer is not None and answer.source != "typed"
            found.append(FieldRun(path, field, field.required, field.editable or not from_source))
            if answer is not None and not empty:
                value = clean(field, answer.value)
                if not is_empty(value):
                    _put(data, field.path, value)
        return tuple(found)

    # ---- questions ----------------------------------------------------------------------------------------------

    def scenario_questions(self, answers: AnswerSet, ctx: Context) -> tuple[ScenarioQuestion, ...]:
        """The scenario questions that are visible now, in order."""
        return self._run(answers, ctx).questions

    def scenario_outcome(self, answers: AnswerSet, ctx: Context) -> Outcome:
        """``go``, or ``cannot`` with the reason and where else, as far as the questions are answered."""
        run = self._run(answers, ctx)
        env = _Env(run.data, ctx.today)
        for question in run.questions:
            if question.path not in answers:
                continue
            for outcome in question.cannot:
                if self._truth(outcome.rule, env):
                    return Outcome("cannot", outcome.reason, outcome.elsewhere)
        return Outcome("go")

    def pages(self, answers: AnswerSet, ctx: Context) -> tuple[PageRun, ...]:
        """The pages that are visible now. Groups are expanded; their overview (key = page id) comes after the items."""
        return self._run(answers, ctx).pages

    def field(self, path: str) -> Field | None:
        """The field or the scenario question (as a choice field) at an expanded path; None when there is none."""
        found = self._fields.get(_pattern_of(path))
        if found is not None:
            return found
        question = self._questions.get(path)
        if question is None:
            return None
        return Field(
            path=path,
            kind="choice",
            label=question.title,
            keyboard="zh",
            purpose=question.title,
            retention="case",
            sensitivity="public",
            options=question.options,
        )

    # ---- groups -------------------------------------------------------------------------------------------------

    def items(self, answers: AnswerSet, repeat_path: str) -> int:
        """How many items a group has now, from its ``min`` to its ``max``; kept as the answer at the group's path."""
        repeat = self._repeats[repeat_path]
        answer = answers.get(repeat_path)
        wanted = answer.value if answer is not None and isinstance(answer.value, int) else 0
        return max(repeat.min, min(wanted, repeat.max))

    def add_item(self, answers: AnswerSet, repeat_path: str, at: datetime) -> AnswerSet:
        """One more item at the end; the same answers when the group is full."""
        count = self.items(answers, repeat_path)
        if count >= self._repeats[repeat_path].max:
            return answers
        return set_answer(answers, repeat_path, Answer(count + 1, "computed", "D", at))

    def remove_item(self, answers: AnswerSet, repeat_path: str, index: int, at: datetime) -> AnswerSet:
        """Without the item ``index``; later ones move up. The same answers when the group is at its ``min``."""
        count = self.items(answers, repeat_path)
        if count <= self._repeats[repeat_path].min or not 0 <= index < count:
            return answers
        kept: dict[str, Answer] = {}
        for path, answer in answers.items():
            parts = path[len(repeat_path) + 1 :].split(".") if path.startswith(repeat_path + ".") else []
            if parts and parts[0].isdigit():
                number = int(parts[0])
                if number == index:
                    continue
                if number > index:
                    path = ".".join([repeat_path, str(number - 1), *parts[1:]])
            kept[path] = answer
        kept[repeat_path] = Answer(count - 1, "computed", "D", at)
        return MappingProxyType(kept)

    # ---- prefill ------------------------------------------------------------------------------------------------

    def prefill(
        self,
        card: Mapping[str, str] | None,
        licences: Mapping[str, Mapping[str, str]],
        answers: AnswerSet,
        ctx: Context,
        at: datetime,
        *,
        card_source: Source = "card",
        card_trust: TrustLevel = "A",
    ) -> AnswerSet:
        """Answers from the card (or citizen code, or passport; of ``card_trust``) and from licences (type -> field ->
        text; trust A).

        A typed answer is never overwritten. A value that would not pass its own check is left out, so that the resident
        can type it.
        """
        found: dict[str, Answer] = dict(answers)
        for path, field in self._fields.items():
            if field.source is None or (path in answers and answers[path].source == "typed"):
                continue
            kind, _, rest = field.source.partition(".")
            source: Source = "licence"
            name: Text = LICENCE_NAME
            if kind == "card":
                value = (card or {}).get(rest)
                if rest == "name" and not value:
                    # Cards of foreign residents may carry a Latin name alone.
                    value = (card or {}).get("english_name")
                source, name = card_source, CARD_NAMES.get(card_source, CARD_NAMES["card"])
            else:
                licence_type, _, key = rest.partition(".")
                value = licences.get(licence_type, {}).get(key)
                titles = (m.title for m in self.package.materials if m.licence_type == licence_type)
                name = next(titles, LICENCE_NAME)
            cleaned = clean(field, value)
            if is_empty(cleaned) or problem(field, cleaned, ctx.today) is not None:
                continue
            trust: TrustLevel = card_trust if kind == "card" else "A"
            found[path] = Answer(cleaned, source, trust, at, name)
        return MappingProxyType(found)

    # ---- checks -------------------------------------------------------------------------------------------------

    def clean(self, path: str, value: JSON) -> JSON:
        """What is kept of a typed value: trimmed, full-width figures made plain, letters of an ID number upper-case."""
        field = self.field(path)
        return value if field is None else clean(field, value)

    def check(self, path: str, value: JSON, answers: AnswerSet, ctx: Context) -> FieldError | None:
        """One value at one field, with the field's own rules seeing the other answers. None = right."""
        field = self.field(path)
        if field is None:
            return FieldError(path, "unknown", message("unknown"))
        cleaned = clean(field, value)
        if is_empty(cleaned):
            return FieldError(path, "required", message("required")) if field.required else None
        wrong = problem(field, cleaned, ctx.today)
        if wrong is not None:
            return FieldError(path, *wrong)
        if not field.checks and not field.unique:
            return None
        typed = Answer(value, "typed", "D", _NO_TIME)
        data = self._run(set_answer(answers, path, typed), ctx).data
        return self._check_rules(path, field, cleaned, data, ctx.today)

    def _check_rules(
        self, path: str, field: Field, value: JSON, data: dict[str, JSON], today: date
    ) -> FieldError | None:
        env: Mapping[str, JSON] = _Env(data, today)
        parts = path.split(".")
        if len(parts) > 2 and parts[1].isdigit():
            rows = data.get(parts[0], [])
            index = int(parts[1])
            if index >= len(rows):
                return None
            env = _Env(rows[index], today, data)
            same = [n for n, row in enumerate(rows) if _get(row, field.path) == value]
            if field.unique and same and same[0] != index:
                return FieldError(path, "not_unique", message("not_unique"))
        for rule in field.checks:
            if not self._truth(rule.rule, env):
                return FieldError(path, rule.code, rule.message)
        return None

    def check_page(self, key: str, answers: AnswerSet, ctx: Context) -> tuple[FieldError, ...]:
        """Everything that is wrong on one visible page; nothing for a page that is not there."""
        run = self._run(answers, ctx)
        for page in run.pages:
            if page.key == key:
                return tuple(self._page_errors(page, run, answers, ctx))
        return ()

    def _page_errors(self, page: PageRun, run: _Run, answers: AnswerSet, ctx: Context) -> Iterator[FieldError]:
        for field in page.fields:
            answer = answers.get(field.path)
            value = None if answer is None else clean(field.field, answer.value)
            if is_empty(value):
                if field.required:
                    yield FieldError(field.path, "required", message("required"))
                continue
            wrong = problem(field.field, value, ctx.today)
            error = (
                FieldError(field.path, *wrong)
                if wrong is not None
                else self._check_rules(field.path, field.field, value, run.data, ctx.today)
            )
            if error is not None:
                yield error

    # ---- materials ----------------------------------------------------------------------------------------------

    def materials(
        self, answers: AnswerSet, licences_found: Mapping[str, Licence], ctx: Context
    ) -> tuple[MaterialNeed, ...]:
        """What happens to each material on this path, in the order of the package.

        The two waivers stay apart: what a city agency issued is never asked for, whatever the library says; otherwise
        an e-licence that is valid today takes the paper's place.
        """
        env = _Env(self._run(answers, ctx).data, ctx.today)
        found = []
        for material in self.package.materials:
            licence = licences_found.get(material.licence_type) if material.licence_type is not None else None
            if not self._truth(material.relevant, env):
                found.append(MaterialNeed(material, "not_needed"))
            elif material.issued_by_city:
                found.append(MaterialNeed(material, "waived_agency"))
            elif licence is not None and (licence.valid_to is None or licence.valid_to >= ctx.today):
                found.append(MaterialNeed(material, "waived_licence", licence))
            else:
                found.append(MaterialNeed(material, "needed"))
        return tuple(found)

    def licence_fields(self, answers: AnswerSet, ctx: Context) -> Mapping[str, tuple[str, ...]]:
        """Licence type -> the fields that visible questions are bound to (none: only whether the licence exists)."""
        found: dict[str, list[str]] = {}
        run = self._run(answers, ctx)
        env = _Env(run.data, ctx.today)
        for material in self.package.materials:
            asked = material.licence_type is not None and not material.issued_by_city
            if asked and material.licence_type is not None and self._truth(material.relevant, env):
                found.setdefault(material.licence_type, [])
        shown = {field.path for page in run.pages for field in page.fields}
        for path, field in self._fields.items():
            if field.source is not None and field.source.startswith("licence."):
                _, licence_type, key = field.source.split(".")
                # A field that exists only when prefilled is not visible yet, and still has to be asked for.
                if path in shown or (field.only_prefilled and self._truth(field.relevant, env)):
                    found.setdefault(licence_type, []).append(key)
        return {licence_type: tuple(keys) for licence_type, keys in found.items()}

    def licence_types(self, answers: AnswerSet, ctx: Context) -> tuple[str, ...]:
        """The licence types to ask the library for on this path; nothing else may be asked."""
        return tuple(self.licence_fields(answers, ctx))

    def children(self, answers: AnswerSet, ctx: Context) -> tuple[str, ...]:
        """The ids of the child items of a bundle that belong to this path."""
        env = _Env(self._run(answers, ctx).data, ctx.today)
        return tuple(child.id for child in self.package.children if self._truth(child.relevant, env))

    # ---- data ---------------------------------------------------------------------------------------------------

    def data(self, answers: AnswerSet, ctx: Context) -> dict[str, JSON]:
        """The nested JSON that is sent: cleaned values of visible questions, nothing else."""
        return self._run(answers, ctx).data

    def visible_paths(self, answers: AnswerSet, ctx: Context) -> tuple[str, ...]:
        """The expanded paths that have an answer in :meth:`data`, in the order they are asked."""
        run = self._run(answers, ctx)
        asked = [q.path for q in run.questions] + [f.path for page in run.pages for f in page.fields]
        return tuple(path for path in asked if path in answers and not is_empty(answers[path].value))

    def validate(self, data: Mapping[str, JSON], ctx: Context) -> tuple[FieldError, ...]:
        """Everything wrong with a whole form: shape, hidden or unknown values, checks, rules, schema. Empty = right.

        The terminal asks before it sends and the centre asks again; both use this.
        """
        answers: dict[str, Answer] = {}
        errors = list(self._unpack(data, answers, ctx))
        run = self._run(answers, ctx)
        kept = {path for path, _ in _flatten(run.data, self._repeats)}
        errors += [
            FieldError(path, "hidden", message("hidden"))
            for path in answers
            if path not in kept and path not in self._repeats
        ]
        for path in self._repeats:
            if path in data and path not in run.data:
                errors.append(FieldError(path, "hidden", message("hidden")))
        for question in run.questions:
            answer = answers.get(question.path)
            if answer is None:
                errors.append(FieldError(question.path, "required", message("required")))
            elif all(o.value != answer.value for o in question.options):
                errors.append(FieldError(question.path, "choice", message("choice")))
        if self.scenario_outcome(answers, ctx).kind == "cannot":
            errors.append(FieldError("scenario", "cannot", message("cannot")))
        for page in run.pages:
            errors += self._page_errors(page, run, answers, ctx)
        if not errors:
            errors += self._schema_errors(data)
        return tuple(errors)

    def _unpack(self, data: Mapping[str, JSON], answers: dict[str, Answer], ctx: Context) -> Iterator[FieldError]:
        """Turn data back into answers; yields what has no place or has another type than its field."""
        for path, value in _flatten(data, self._repeats):
            if path in self._repeats:
                repeat = self._repeats[path]
                if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
                    yield FieldError(path, "type", message("type"))
                    continue
                if len(value) < repeat.min:
                    yield FieldError(path, "too_few", message("too_few", low=repeat.min))
                if len(value) > repeat.max:
                    yield FieldError(path, "too_many", message("too_many", high=repeat.max))
                answers[path] = Answer(len(value), "computed", "D", _NO_TIME)
                continue
            field = self.field(path)
            if field is None:
                yield FieldError(path[:200], "unknown", message("unknown"))
                continue
            try:
                same = type(clean(field, value)) is type(value) and clean(field, value) == value
            except (TypeError, ValueError, RecursionError):
                same = False
            if not same or is_empty(value):
                yield FieldError(path, "type", message("type"))
                continue
            answers[path] = Answer(value, "computed", "D", _NO_TIME)

    def _schema_errors(self, data: Mapping[str, JSON]) -> Iterator[FieldError]:
        from kiosk.forms import schema

        if self._validator is None:
            self._validator = schema.data_validator(self.package.schema)
        for parts, _ in schema.problems(self._validator, dict(data)):
            yield FieldError(".".join(map(str, parts)), "schema", message("schema"))

    def office(self, data: Mapping[str, JSON]) -> Office:
        """The office that receives the case; it follows from the region in the address."""
        rules = self.package.office_rules
        region = _get(data, rules.path) if rules.path is not None else None
        return rules.by_region.get(region, rules.default) if isinstance(region, str) else rules.default

    def display(self, path: str, value: JSON) -> Text:
        """How a value reads: labels of choices, dates in words, everything else as typed. Nothing is masked here."""
        field = self.field(path)
        if field is None or is_empty(value):
            return {"zh-Hans": "", "en": ""}
        labels = {o.value: o.label for o in field.options}
        if field.kind == "multi" and isinstance(value, list | tuple):
            shown = [labels.get(v, {"zh-Hans": str(v), "en": str(v)}) for v in value]
            return {"zh-Hans": "、".join(s["zh-Hans"] for s in shown), "en": ", ".join(s["en"] for s in shown)}
        if field.options:
            return labels.get(value, {"zh-Hans": str(value), "en": str(value)})
        cleaned = clean(field, value)
        day = real_day(cleaned) if field.kind == "date" else None
        if day is not None:
            return {"zh-Hans": f"{day.year} 年 {day.month} 月 {day.day} 日", "en": f"{day.day} {day:%B} {day.year}"}
        return {"zh-Hans": str(cleaned), "en": str(cleaned)}


class _Env(Mapping[str, JSON]):
    """What a rule sees: own data first, then ``form`` (inside a group), then ``today``. A view; nothing is copied."""

    __slots__ = ("_data", "_extra")

    def __init__(self, data: Mapping[str, JSON], today: date, form: Mapping[str, JSON] | None = None) -> None:
        self._data = data
        self._extra: dict[str, JSON] = {"today": today.isoformat()}
        if form is not None:
            self._extra["form"] = form

    def __getitem__(self, key: str) -> JSON:
        return self._data[key] if key in self._data else self._extra[key]

    def __iter__(self) -> Iterator[str]:
        yield from self._data
        yield from (key for key in self._extra if key not in self._data)

    def __len__(self) -> int:
        return len({*self._data, *self._extra})


def _groups(pages: tuple[Page, ...]) -> Iterator[tuple[Page, tuple[Page, ...]]]:
    """Pages in order, each overview together with the pages of its items."""
    for page in pages:
        if page.repeat is not None and page.kind != "repeat":
            continue
        items: tuple[Page, ...] = ()
        if page.repeat is not None:
            items = tuple(p for p in pages if p.kind != "repeat" and p.repeat == page.repeat)
        yield page, items


def _pattern_of(path: str) -> str:
    parts = path.split(".")
    return ".".join("*" if n == 1 and p.isdigit() else p for n, p in enumerate(parts))


def _put(data: dict[str, JSON], path: str, value: JSON) -> None:
    *above, last = path.split(".")
    for name in above:
        data = data.setdefault(name, {})
    data[last] = value


def _get(data: JSON, path: str) -> JSON:
    for name in path.split("."):
        if not isinstance(data, Mapping):
            return None
        data = data.get(name)
    return data


def _flatten(data: JSON, repeats: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, JSON]]:
    """(expanded path, leaf value) of nested data; a group yields its own path first. Bounded depth."""
    for name, value in data.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping) and depth < 8 and value:
            yield from _flatten(value, repeats, path + ".", depth + 1)
        elif path in repeats:
            yield path, value
            rows = value if isinstance(value, list) and all(isinstance(r, Mapping) for r in value) else []
            for index, row in enumerate(rows[: repeats[path].max]):
                yield from _flatten(row, {}, f"{path}.{index}.", depth + 1)
        else:
            yield path, value
