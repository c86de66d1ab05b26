"""The form engine: what is asked next, what is wrong, what is sent. Pure over one package.

Questions are worked out in the order in which they are asked; a condition may only read what was asked before (the
loader sees to that), so one pass settles what is visible. What is hidden is absent: from the data, from rules, from the
receipt. Its answer stays in the answer set, so that going back and changing one's mind loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from kiosk.forms import environment, papers, people
from kiosk.forms.areas import area_name, nation_name
from kiosk.forms.computed import computed_value
from kiosk.forms.environment import Env
from kiosk.forms.evaluation import Evaluation, Pass, kept_nowhere
from kiosk.forms.facts import known_fact
from kiosk.forms.messages import message
from kiosk.forms.model import (
    JSON,
    Answer,
    AnswerSet,
    BookingRules,
    ChildItem,
    Context,
    Field,
    FieldError,
    FieldRun,
    Licence,
    MaterialCheck,
    MaterialNeed,
    Office,
    Option,
    Outcome,
    PageRun,
    PaperGiven,
    PartyNeed,
    ScenarioQuestion,
    ServicePackage,
    Source,
    Text,
    TrustLevel,
)
from kiosk.forms.paths import Draft, copied, flatten, get, pattern_of
from kiosk.forms.rules import RuleBook
from kiosk.forms.validators import clean, is_empty, problem, real_day
from kiosk.forms.workdays import is_workday

CARD_NAMES: Mapping[str, Text] = {
    "card": {"zh-Hans": "身份证芯片，刚刚读取", "en": "ID card chip, just read"},
    "citizen_code": {"zh-Hans": "市民码，刚刚核对", "en": "Citizen code, just checked"},
    "passport": {"zh-Hans": "护照或通行证，刚刚读取", "en": "Passport or permit, just read"},
}
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
LICENCE_NAME: Text = {"zh-Hans": "电子证照", "en": "E-licence"}
RECORD_NAME: Text = {"zh-Hans": "部门登记的信息", "en": "The agencies' records"}


def set_answer(answers: AnswerSet, path: str, answer: Answer) -> AnswerSet:
    """A new answer set with one answer put in."""
    changed = answers.copy() if isinstance(answers, dict | MappingProxyType) else dict(answers)
    changed[path] = answer
    return MappingProxyType(changed)


def drop_prefix(answers: AnswerSet, prefix: str) -> AnswerSet:
    """A new answer set without ``prefix`` itself and everything below it."""
    return MappingProxyType({p: a for p, a in answers.items() if p != prefix and not p.startswith(prefix + ".")})


class FormEngine:
    """All questions of one package. Every call gets the answers, so one engine serves any session.

    With ``remember`` it keeps what it last worked out, so that the next call with the same answers costs nothing and
    one with a changed answer only what hangs on it; then :meth:`forget` has to be called when the resident leaves.
    Without it the engine holds nothing of anybody. An answer set is never changed in place: :func:`set_answer` gives a
    new one.
    """

    def __init__(self, package: ServicePackage, *, remember: bool = False) -> None:
        self.package = package
        self._remember = remember
        self._last: Pass | None = None
        self._rules = RuleBook()
        self._evaluation = Evaluation(package, self._rules)
        self._repeats = self._evaluation.repeats
        self._fields: dict[str, Field] = {}
        for page in package.pages:
            for field in page.fields:
                prefix = f"{page.repeat.path}.*." if page.repeat is not None else ""
                self._fields[prefix + field.path] = field
        self._questions = {q.path: q for q in package.scenarios}
        self._booking = {} if package.booking is None else _booking_fields(package.booking)
        self._validator: Any = None

    def forget(self) -> None:
        """Drop everything of a resident. Nothing else changes."""
        self._last = None

    @property
    def holds_answers(self) -> bool:
        """Whether anything of a resident is remembered."""
        return self._last is not None

    def _run(self, answers: AnswerSet, ctx: Context) -> Pass:
        found = self._evaluation.run(answers, ctx.today, self._last)
        if self._remember:
            self._last = found
        return found

    def _env(self, data: Mapping[str, JSON], ctx: Context) -> Env:
        return Env(data, ctx.today, offices=self.package.office_rules)

    # ---- questions ----------------------------------------------------------------------------------------------

    def scenario_questions(self, answers: AnswerSet, ctx: Context) -> tuple[ScenarioQuestion, ...]:
        """The scenario questions that are visible now, in order."""
        return self._run(answers, ctx).questions

    def scenario_outcome(self, answers: AnswerSet, ctx: Context) -> Outcome:
        """``go``, or ``cannot`` with the reason and where else, as far as the questions are answered."""
        return self._outcome(self._run(answers, ctx), answers, ctx)

    def _outcome(self, run: Pass, answers: AnswerSet, ctx: Context) -> Outcome:
        env = self._env(run.data, ctx)
        for question in run.questions:
            if question.path not in answers:
                continue
            for outcome in question.cannot:
                if self._rules.truth(outcome.rule, env):
                    return Outcome("cannot", outcome.reason, outcome.elsewhere)
        return Outcome("go")

    def pages(self, answers: AnswerSet, ctx: Context) -> tuple[PageRun, ...]:
        """The pages that are visible now. Groups are expanded; their overview (key = page id) comes after the items."""
        return self._run(answers, ctx).pages

    def field(self, path: str) -> Field | None:
        """The field at an expanded path, also of a scenario question (as a choice), of a booked day (as a date) and of
        its time (as a choice); None when there is none.
        """
        found = self._fields.get(pattern_of(path)) or self._booking.get(path)
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
        return self._evaluation.entries(answers, self._repeats[repeat_path])

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
        licences: Mapping[str, Licence],
        answers: AnswerSet,
        ctx: Context,
        at: datetime,
        *,
        card_source: Source = "card",
        card_trust: TrustLevel = "A",
        record: Mapping[str, JSON] | None = None,
    ) -> AnswerSet:
        """Answers from the card (or citizen code, or passport; of ``card_trust``), from licences by type (trust A) and
        from ``record``, the facts the registers gave (trust A).

        A typed answer is never overwritten. A value that would not pass its own check is left out, so that the resident
        can type it.
        """
        found: dict[str, Answer] = dict(answers)
        for path, field in self._fields.items():
            if field.source is None or (path in answers and answers[path].source == "typed"):
                continue
            kind, _, rest = field.source.partition(".")
            if kind == "card":
                value: JSON = (card or {}).get(rest)
                if rest == "name" and not value:
                    # Cards of foreign residents may carry a Latin name alone.
                    value = (card or {}).get("english_name")
                name = CARD_NAMES.get(card_source, CARD_NAMES["card"])
                answer = Answer(clean(field, value), card_source, card_trust, at, name)
            elif kind == "record":
                answer = Answer(self._recorded(field, rest, record or {}), "record", "A", at, RECORD_NAME)
            else:
                licence_type, _, key = rest.partition(".")
                licence = licences.get(licence_type)
                if licence is None:
                    continue
                value = clean(field, licence.fields.get(key))
                name = self._licence_name(licence_type)
                answer = Answer(value, "licence", "A", at, name, licence.issued_on, licence.valid_to)
            if not is_empty(answer.value) and problem(field, answer.value, ctx.today) is None:
                found[path] = answer
        return MappingProxyType(found)

    def _recorded(self, field: Field, name: str, facts: Mapping[str, JSON]) -> JSON:
        """A fact of record.json as the field's value; None where it is missing or of another kind."""
        specs = self.package.record.facts if self.package.record is not None else ()
        return next((computed_value(field, known_fact(spec, facts)) for spec in specs if spec.name == name), None)

    def _licence_name(self, licence_type: str) -> Text:
        titles = (m.title for m in self.package.materials if m.licence_type == licence_type)
        return next(titles, LICENCE_NAME)

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
        if field.computed is not None:
            return None
        cleaned = clean(field, value)
        if is_empty(cleaned):
            return FieldError(path, "required", message("required")) if field.required else None
        wrong = self._problem(path, field, cleaned, ctx.today)
        if wrong is not None:
            return FieldError(path, *wrong)
        if not field.checks and not field.unique:
            return None
        # What would be: worked out from here, and not remembered.
        typed = set_answer(answers, path, Answer(value, "typed", "D", _NO_TIME))
        data = self._evaluation.run(typed, ctx.today, self._last).data
        return self._check_rules(path, field, cleaned, data, ctx)

    def _problem(self, path: str, field: Field, value: JSON, today: date) -> tuple[str, Text] | None:
        found = problem(field, value, today)
        booking = self.package.booking
        if found is None and booking is not None and path == booking.day:
            day = real_day(value)
            if day is None or not (is_workday(day) or (booking.saturdays and day.weekday() == 5)):
                return "workday", message("workday")
        return found

    def _check_rules(
        self, path: str, field: Field, value: JSON, data: dict[str, JSON], ctx: Context
    ) -> FieldError | None:
        env = self._env(data, ctx)
        own = data
        parts = path.split(".")
        if len(parts) > 2 and parts[1].isdigit():
            rows = data.get(parts[0], [])
            index = int(parts[1])
            if index >= len(rows):
                return None
            own = rows[index]
            env = env.inside(own)
            same = [n for n, row in enumerate(rows) if get(row, field.path) == value]
            if field.unique and same and same[0] != index:
                return FieldError(path, "not_unique", message("not_unique"))
        if kept_nowhere(field):
            seen = Draft(own)
            seen.put(field.path, value)
            env = env.inside(seen.data) if own is not data else self._env(seen.data, ctx)
        for rule in field.checks:
            if not self._rules.truth(rule.rule, env):
                return FieldError(path, rule.code, rule.message)
        return None

    def check_page(self, key: str, answers: AnswerSet, ctx: Context) -> tuple[FieldError, ...]:
        """Everything that is wrong on one visible page; nothing for a page that is not there."""
        run = self._run(answers, ctx)
        page = self._evaluation.page(run, key)
        return () if page is None else tuple(self._page_errors(page, run, answers, ctx))

    def _page_errors(self, page: PageRun, run: Pass, answers: AnswerSet, ctx: Context) -> Iterator[FieldError]:
        for field in page.fields:
            answer = answers.get(field.path)
            value = field.value
            if field.field.computed is None:
                value = None if answer is None else clean(field.field, answer.value)
            error = self._field_error(field, value, run, ctx)
            if error is not None:
                yield error

    def _field_error(self, field: FieldRun, value: JSON, run: Pass, ctx: Context) -> FieldError | None:
        if is_empty(value):
            return FieldError(field.path, "required", message("required")) if field.required else None
        wrong = problem(field.field, value, ctx.today)
        if wrong is not None:
            return FieldError(field.path, *wrong)
        return self._check_rules(field.path, field.field, value, run.data, ctx)

    # ---- materials ----------------------------------------------------------------------------------------------

    def materials(
        self, answers: AnswerSet, licences_found: Mapping[str, Licence], ctx: Context
    ) -> tuple[MaterialNeed, ...]:
        """What happens to each material on this path, in the order of the package.

        The two waivers stay apart: what a city agency issued is never asked for, whatever the library says; otherwise
        an e-licence that is valid today takes the paper's place.
        """
        data = self._run(answers, ctx).data
        return tuple(papers.material_needs(self.package, data, licences_found, self._rules, ctx))

    def precheck(
        self,
        answers: AnswerSet,
        licences_found: Mapping[str, Licence],
        given: Mapping[str, PaperGiven],
        ctx: Context,
    ) -> tuple[MaterialCheck, ...]:
        """What the window would say of each material that is needed or stood in for, in the order of the package.

        ``given`` has a paper's way and its pages by material id; a paper without a way, or still to be photographed, is
        ``open``. What an agency of the city has passes. A check that reads ``licence.*`` is asked of an e-licence that
        stands in, one that reads ``paper.*`` of a paper, one that reads only answers of both.
        """
        data, needs = self._run(answers, ctx).data, self.materials(answers, licences_found, ctx)
        return tuple(papers.checked(self.package, needs, data, given, self._rules, ctx))

    def licence_fields(self, answers: AnswerSet, ctx: Context) -> Mapping[str, tuple[str, ...]]:
        """Licence type -> the fields that visible questions are bound to (none: only whether the licence exists)."""
        found: dict[str, list[str]] = {}
        run = self._run(answers, ctx)
        env = self._env(run.data, ctx)
        for material in self.package.materials:
            asked = material.licence_type is not None and not material.issued_by_city
            if asked and material.licence_type is not None and self._rules.truth(material.relevant, env):
                found.setdefault(material.licence_type, [])
        shown = {field.path for page in run.pages for field in page.fields}
        for page in self.package.pages:
            there = self._rules.truth(page.relevant, env) if page.repeat is None else False
            for field in page.fields if there else ():
                if field.source is not None and field.source.startswith("licence."):
                    _, licence_type, key = field.source.split(".")
                    # A field that exists only when prefilled is not visible yet, and still has to be asked for.
                    if field.path in shown or (field.only_prefilled and self._rules.truth(field.relevant, env)):
                        found.setdefault(licence_type, []).append(key)
        return {licence_type: tuple(keys) for licence_type, keys in found.items()}

    def licence_types(self, answers: AnswerSet, ctx: Context) -> tuple[str, ...]:
        """The licence types to ask the library for on this path; nothing else may be asked."""
        return tuple(self.licence_fields(answers, ctx))

    def children(self, answers: AnswerSet, ctx: Context) -> tuple[str, ...]:
        """The ids of the child items of a bundle that belong to this path."""
        env = self._env(self._run(answers, ctx).data, ctx)
        return tuple(child.id for child in self.package.children if self._rules.truth(child.relevant, env))

    # ---- people -------------------------------------------------------------------------------------------------

    def parties(self, answers: AnswerSet, ctx: Context) -> tuple[PartyNeed, ...]:
        """Who else has to confirm on this path: each party once, or once for each entry of its group."""
        data = self._run(answers, ctx).data
        env = self._env(data, ctx)
        there = (party for party in self.package.parties if self._rules.truth(party.relevant, env))
        return tuple(need for party in there for need in people.party_needs(party, data))

    def sees(self, need: PartyNeed, answers: AnswerSet, ctx: Context) -> tuple[tuple[str, JSON], ...]:
        """(expanded path, value) of what a party of :meth:`parties` may read, in the order it was asked. Of the group
        it comes from it reads its own entry alone.
        """
        run = self._run(answers, ctx)
        return tuple((path, value) for path, value in self._values(run) if people.may_see(need, path))

    def acts_for(self, data: Mapping[str, JSON]) -> tuple[str, str | None, str] | None:
        """(name, number, role) of the one who is acted for; None when one acts for oneself or nobody said yet."""
        return people.acted_for(self.package.acts_for, data)

    def child_data(self, child: ChildItem, data: Mapping[str, JSON]) -> dict[str, JSON]:
        """What the agency of a child item receives of the data of the whole form."""
        return people.part_of(child, data)

    # ---- data ---------------------------------------------------------------------------------------------------

    def data(self, answers: AnswerSet, ctx: Context) -> dict[str, JSON]:
        """The nested JSON that is sent: cleaned values of visible questions, what is computed from them, and the booked
        day and time; nothing else. What is kept nowhere (retention ``none``) is not in it.
        """
        found: dict[str, JSON] = copied(self._run(answers, ctx).data)
        return found

    def _values(self, run: Pass) -> Iterator[tuple[str, JSON]]:
        """(expanded path, value) of everything in the data, in the order it is asked."""
        asked = [q.path for q in run.questions] + [f.path for page in run.pages for f in page.fields]
        standing = dict(flatten(run.data, self._repeats))
        yield from ((path, standing[path]) for path in (*asked, *self._booking) if path in standing)

    def visible_paths(self, answers: AnswerSet, ctx: Context) -> tuple[str, ...]:
        """The expanded paths that have a value in :meth:`data`, in the order they are asked."""
        return tuple(path for path, _ in self._values(self._run(answers, ctx)))

    def validate(self, data: Mapping[str, JSON], ctx: Context) -> tuple[FieldError, ...]:
        """Everything wrong with a whole form: shape, hidden or unknown values, checks, rules, schema. Empty = right.

        The terminal asks before it sends and the centre asks again; both use this.
        """
        answers: dict[str, Answer] = {}
        errors = list(self._unpack(data, answers, ctx))
        # Not remembered: the centre asks this of everybody's cases.
        run = self._evaluation.run(answers, ctx.today)
        fields = {field.path: field for page in run.pages for field in page.fields}
        computed = {path: field.value for path, field in fields.items() if field.field.computed is not None}
        for path, value in computed.items():
            given = answers[path].value if path in answers else None
            if given != value or type(given) is not type(value):
                errors.append(FieldError(path, "computed", message("computed")))
        kept = {path for path, _ in flatten(run.data, self._repeats)}
        errors += [
            FieldError(path, "hidden", message("hidden"))
            for path in answers
            if path not in kept and path not in self._repeats and path not in computed
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
        if self._outcome(run, answers, ctx).kind == "cannot":
            errors.append(FieldError("scenario", "cannot", message("cannot")))
        for page in run.pages:
            found = self._page_errors(page, run, answers, ctx)
            errors += [error for error in found if not kept_nowhere(fields[error.path].field)]
        if "book" in self.package.activities:
            errors += self._booking_errors(answers, ctx)
        if not errors:
            errors += self._schema_errors(data)
        return tuple(errors)

    def _booking_errors(self, answers: AnswerSet, ctx: Context) -> Iterator[FieldError]:
        for path in self._booking:
            error = self.check(path, answers[path].value if path in answers else None, answers, ctx)
            if error is not None:
                yield error

    def _unpack(self, data: Mapping[str, JSON], answers: dict[str, Answer], ctx: Context) -> Iterator[FieldError]:
        """Turn data back into answers; yields what has no place or has another type than its field."""
        for path, value in flatten(data, self._repeats):
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
        region = get(data, rules.path) if rules.path is not None else None
        return rules.by_region.get(region, rules.default) if isinstance(region, str) else rules.default

    def region_rules(self, data: Mapping[str, JSON]) -> Mapping[str, JSON]:
        """The receiving region's own values by name; empty as long as no region is chosen."""
        return environment.region_rules(self.package.office_rules, data)

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
        if field.kind in ("area", "nation") and isinstance(value, str):
            return area_name(value) if field.kind == "area" else nation_name(value)
        cleaned = clean(field, value)
        day = real_day(cleaned) if field.kind == "date" else None
        if day is not None:
            return {"zh-Hans": f"{day.year} 年 {day.month} 月 {day.day} 日", "en": f"{day.day} {day:%B} {day.year}"}
        return {"zh-Hans": str(cleaned), "en": str(cleaned)}


def _booking_fields(booking: BookingRules) -> dict[str, Field]:
    """Day and time of a booking as fields, so that they are cleaned, checked and shown like every other answer."""
    day: Text = {"zh-Hans": "预约的日子", "en": "Day of the visit"}
    slot: Text = {"zh-Hans": "预约的时间", "en": "Time of the visit"}
    times = tuple(Option(each, {"zh-Hans": each, "en": each}) for each in booking.slots)
    return {
        booking.day: Field(booking.day, "date", day, "digits", day, "case", "personal"),
        booking.slot: Field(booking.slot, "choice", slot, "digits", slot, "case", "personal", options=times),
    }
