"""One pass over a package: which questions are visible for some answers, and the data they make.

A package is a row of units in the order in which they are asked: scenario questions, pages, groups, the booking. A unit
reads only what stands before it (the loader sees to that), so one walk from front to back settles everything. For the
same reason a pass can start from an earlier one: only units whose own answers changed, or whose rules read a datum that
changed, are worked out again, and what they bring is compared to see whom it concerns further on.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, compress, islice
from operator import attrgetter, is_, is_not

from kiosk.forms.computed import computed_value
from kiosk.forms.environment import Env, is_day
from kiosk.forms.model import JSON, AnswerSet, Field, FieldRun, Page, PageRun, Repeat, ScenarioQuestion, ServicePackage
from kiosk.forms.paths import Draft
from kiosk.forms.rules import RuleBook
from kiosk.forms.validators import clean, is_empty

_MISSING = object()


@dataclass(frozen=True, slots=True)
class _Unit:
    """One thing that is asked: a question, a page, a group with the pages of an entry, or the booking's paths."""

    question: ScenarioQuestion | None = None
    page: Page | None = None
    entry_pages: tuple[Page, ...] = ()
    booking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Result:
    """What one unit (or one entry of a group) gives: whether it is there, its pages, and its values by path."""

    there: bool = False
    pages: tuple[PageRun, ...] = ()
    values: Mapping[str, JSON] = field(default_factory=dict, repr=False)
    entries: tuple[_Result, ...] = ()
    row: Mapping[str, JSON] = field(default_factory=dict, repr=False)


_NOTHING = _Result()


@dataclass(frozen=True, slots=True)
class Pass:
    """What came out for ``answers`` on the day ``today``. Never changed afterwards; ``data`` is only to be read."""

    answers: AnswerSet = field(repr=False)
    today: date
    questions: tuple[ScenarioQuestion, ...]
    pages: tuple[PageRun, ...]
    data: dict[str, JSON] = field(repr=False)
    results: tuple[_Result, ...] = field(repr=False)


class Evaluation:
    """Works out passes over one package. Holds no answers."""

    def __init__(self, package: ServicePackage, rules: RuleBook) -> None:
        self._rules = rules
        self._offices = package.office_rules
        self.repeats: Mapping[str, Repeat] = {p.repeat.path: p.repeat for p in package.pages if p.repeat is not None}
        self._units = tuple(_units(package))
        self._unit_of: dict[str, int] = {}
        """Answer path (of a group its own) -> the unit that asks it."""
        self._unit_of_page: dict[str, int] = {}
        """Page id (of a group its overview's) -> the unit that shows it."""
        self._readers: dict[str, list[int]] = {}
        """Datum -> the units whose rules read it."""
        for index, unit in enumerate(self._units):
            if unit.page is not None:
                self._unit_of_page[unit.page.id] = index
            for path in _answers_of(unit):
                self._unit_of[path] = index
            for path in {self._datum(path) for path in self._reads(unit)}:
                self._readers.setdefault(path, []).append(index)

    def _reads(self, unit: _Unit) -> Iterator[str]:
        """Every path outside an entry of a group that the unit's rules read."""
        if unit.question is not None:
            yield from self._rules.reads(unit.question.relevant)
        if unit.page is not None:
            yield from self._page_reads(unit.page)
        for page in unit.entry_pages:
            for path in self._page_reads(page):
                if path.startswith("form."):
                    yield path.removeprefix("form.")
                elif path.startswith("region."):
                    yield path

    def _page_reads(self, page: Page) -> Iterator[str]:
        yield from self._rules.reads(page.relevant)
        for one in page.fields:
            yield from self._rules.reads(one.relevant)
            yield from self._rules.reads(one.computed)

    def _datum(self, path: str) -> str:
        """The datum whose change makes a rule that reads ``path`` give something else; "" where only the day does."""
        head = path.partition(".")[0]
        if head in self.repeats:
            return head
        if head == "region":
            return self._offices.path or ""
        return "" if is_day(path) else path

    def entries(self, answers: AnswerSet, repeat: Repeat) -> int:
        """How many entries a group has, from its ``min`` to its ``max``; kept as the answer at the group's path."""
        answer = answers.get(repeat.path)
        wanted = answer.value if answer is not None and isinstance(answer.value, int) else 0
        return max(repeat.min, min(wanted, repeat.max))

    def page(self, run: Pass, key: str) -> PageRun | None:
        """The page that is shown under a key, or None."""
        head = key.partition(".")[0]
        index = self._unit_of[head] if head != key and head in self.repeats else self._unit_of_page.get(key)
        pages = run.results[index].pages if index is not None else ()
        return next((page for page in pages if page.key == key), None)

    # ---- a pass -------------------------------------------------------------------------------------------------

    def run(self, answers: AnswerSet, today: date, before: Pass | None = None) -> Pass:
        """The pass for some answers; starts from ``before`` where there is one of the same day."""
        # Unit -> which entries of a group are to be worked out again (None: all of it).
        again: dict[int, set[int] | None] = {}
        if before is None or before.today != today:
            before = Pass({}, today, (), (), {}, (_NOTHING,) * len(self._units))
            again = dict.fromkeys(range(len(self._units)))
        elif before.answers is answers:
            return before
        else:
            self._touched(before.answers, answers, again)
        results = list(before.results)
        draft = Draft(before.data)
        env = Env(draft.data, today, offices=self._offices)
        todo = list(again)
        heapq.heapify(todo)
        while todo:
            index = heapq.heappop(todo)
            old = results[index]
            for path in old.values:
                draft.drop(path)
            new = results[index] = self._result(self._units[index], answers, env, draft, old, again[index])
            for path in _changed(old.values, new.values):
                for reader in self._readers.get(path, ()):
                    if reader > index:
                        if reader not in again:
                            heapq.heappush(todo, reader)
                        again[reader] = None
        questions, pages, old_results = before.questions, before.pages, before.results
        if any(results[i].there is not old_results[i].there for i in again if self._units[i].question):
            asked = ((unit.question, result) for unit, result in zip(self._units, results, strict=True))
            questions = tuple(question for question, result in asked if question is not None and result.there)
        if any(results[i].pages != old_results[i].pages for i in again):
            pages = tuple(chain.from_iterable(map(attrgetter("pages"), results)))
        return Pass(answers, today, questions, pages, draft.data, tuple(results))

    def _touched(self, old: AnswerSet, new: AnswerSet, again: dict[int, set[int] | None]) -> None:
        """Note the units whose own answers changed; of a group only the entries."""
        for path in _differing(old, new):
            head, _, rest = path.partition(".")
            index = self._unit_of.get(head if head in self.repeats else path)
            if index is None:
                continue
            entries = again.setdefault(index, set())
            number = rest.partition(".")[0]
            if entries is not None and number.isdigit():
                entries.add(int(number))
            elif head not in self.repeats:
                again[index] = None

    # ---- one unit -----------------------------------------------------------------------------------------------

    def _result(
        self, unit: _Unit, answers: AnswerSet, env: Env, draft: Draft, old: _Result, again: set[int] | None
    ) -> _Result:
        values: dict[str, JSON] = {}
        question, page = unit.question, unit.page
        if question is not None:
            there = self._rules.truth(question.relevant, env)
            answer = answers.get(question.path)
            if there and answer is not None and not is_empty(answer.value):
                values[question.path] = answer.value
                draft.put(question.path, answer.value)
            return _Result(there, values=values)
        if page is None:
            for path in unit.booking:
                answer = answers.get(path)
                if answer is not None and not is_empty(answer.value):
                    values[path] = answer.value
                    draft.put(path, answer.value)
            return _Result(True, values=values)
        if not self._rules.truth(page.relevant, env):
            return _NOTHING
        if page.repeat is not None and page.kind == "repeat":
            return self._group(page, page.repeat, unit.entry_pages, answers, env, draft, old, again)
        fields = self._fields(page, "", answers, env, draft, values)
        pages = (PageRun(page.id, page, None, fields),) if fields else ()
        return _Result(True, pages, values)

    def _group(
        self,
        head: Page,
        repeat: Repeat,
        pages: tuple[Page, ...],
        answers: AnswerSet,
        env: Env,
        draft: Draft,
        old: _Result,
        again: set[int] | None,
    ) -> _Result:
        entries: list[_Result] = []
        for index in range(self.entries(answers, repeat)):
            if again is not None and index not in again and index < len(old.entries):
                entries.append(old.entries[index])
                continue
            row = Draft()
            inner = env.inside(row.data)
            base = f"{repeat.path}.{index}"
            found: list[PageRun] = []
            for page in pages:
                if self._rules.truth(page.relevant, inner):
                    fields = self._fields(page, base + ".", answers, inner, row, {})
                    if fields:
                        found.append(PageRun(f"{base}.{page.id}", page, index, fields))
            entries.append(_Result(True, tuple(found), row=row.data))
        rows = [entry.row for entry in entries]
        draft.put(repeat.path, rows)
        runs = tuple(run for entry in entries for run in entry.pages)
        return _Result(True, (*runs, PageRun(head.id, head, None, ())), {repeat.path: rows}, tuple(entries))

    def _fields(
        self, page: Page, prefix: str, answers: AnswerSet, env: Env, draft: Draft, values: dict[str, JSON]
    ) -> tuple[FieldRun, ...]:
        found = []
        for one in page.fields:
            path = prefix + one.path
            if one.computed is not None:
                if self._rules.truth(one.relevant, env):
                    value = computed_value(one, self._rules.value(one.computed, env))
                    found.append(FieldRun(path, one, False, False, value))
                    if value is not None:
                        values[one.path] = value
                        draft.put(one.path, value)
                continue
            answer = answers.get(path)
            empty = answer is None or is_empty(answer.value)
            if (one.only_prefilled and empty) or not self._rules.truth(one.relevant, env):
                continue
            # A value that no source brought must be typed, whatever the layout says; else the page would be a trap.
            from_source = not empty and answer is not None and answer.source != "typed"
            found.append(FieldRun(path, one, one.required, one.editable or not from_source))
            if answer is not None and not empty and not kept_nowhere(one):
                value = clean(one, answer.value)
                if not is_empty(value):
                    values[one.path] = value
                    draft.put(one.path, value)
        return tuple(found)


def kept_nowhere(one: Field) -> bool:
    """Whether the field's value stays out of the data: only the field's own checks see it."""
    return one.retention == "none"


def _units(package: ServicePackage) -> Iterator[_Unit]:
    """Everything that is asked, in order; each overview together with the pages of its entries."""
    for question in package.scenarios:
        yield _Unit(question=question)
    for page in package.pages:
        if page.repeat is None:
            yield _Unit(page=page)
        elif page.kind == "repeat":
            mine = tuple(p for p in package.pages if p.kind != "repeat" and p.repeat == page.repeat)
            yield _Unit(page=page, entry_pages=mine)
    if package.booking is not None:
        yield _Unit(booking=(package.booking.day, package.booking.slot))


def _answers_of(unit: _Unit) -> Iterator[str]:
    if unit.question is not None:
        yield unit.question.path
    if unit.page is not None:
        yield from (one.path for one in unit.page.fields)
        if unit.page.repeat is not None:
            yield unit.page.repeat.path
    yield from unit.booking


def _differing(old: AnswerSet, new: AnswerSet) -> list[str]:
    """The paths whose answer is another one, is new, or is gone. An answer put into a set leaves the order of the rest,
    which is the usual case and needs no looking up.
    """
    if len(old) <= len(new) and all(map(is_, old, new)):
        return [*compress(new, map(is_not, new.values(), old.values())), *islice(new, len(old), None)]
    return [path for path in {**old, **new} if old.get(path) is not new.get(path)]


def _changed(old: Mapping[str, JSON], new: Mapping[str, JSON]) -> Iterator[str]:
    for path in {**old, **new}:
        before, now = old.get(path, _MISSING), new.get(path, _MISSING)
        if before != now or type(before) is not type(now):
            yield path
