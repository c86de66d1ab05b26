"""Every way through a package, walked with the engine the terminal uses: question by question, in asking order.

Branched on are the scenario answers and those answers that a rule reads; of everything else one right value is enough.
Two ways that will go on alike (same question next, same answers as far as any rule still to come reads them) are walked
once and counted twice, so that millions of paths are counted in seconds and none is missed.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Literal

from kiosk.authoring.asking import Asking
from kiosk.authoring.conditions import Condition, computed_from, conditions
from kiosk.authoring.matching import why_nothing_fits
from kiosk.authoring.places import Places, page_key
from kiosk.authoring.samples import Samples, siblings
from kiosk.authoring.seen import Dead, Seen
from kiosk.authoring.settling import Settling, frozen, watched
from kiosk.authoring.touches import Touches
from kiosk.authoring.words import names_help
from kiosk.forms import (
    JSON,
    Answer,
    AnswerSet,
    Context,
    Field,
    FieldError,
    FieldRun,
    FormEngine,
    PageRun,
    set_answer,
)
from kiosk.forms.environment import Env
from kiosk.forms.paths import pattern_of
from kiosk.forms.rules import CompiledRule

End = Literal["submit", "answer", "hand-off", "cannot", "dead end"]
"""``answer``: a query has shown what the registers know. ``hand-off``: the case goes in, a person finishes it."""
NOW = datetime(2026, 1, 1, tzinfo=UTC)
_EMPTY: AnswerSet = MappingProxyType({})
_SHOWS = frozenset({"page", "field", "check"})
"""What decides whether a field is asked, and what may be answered there."""
_PROGRESS_EVERY = 50
MAX_LEAVES = 500
_MOST_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class Way:
    """One way through: the answers in asking order, the pages seen, how it ends, how many touches it takes."""

    answers: AnswerSet = field(repr=False)
    pages: tuple[str, ...]
    end: End
    touches: int


@dataclass(frozen=True, slots=True)
class _State:
    """Where a walk stands. ``left`` are the paths left empty on purpose; ``alike`` says for each group whether the
    later entries are like the first.
    """

    answers: AnswerSet
    left: frozenset[str] = frozenset()
    alike: Mapping[str, bool] = field(default_factory=dict)
    touches: int = 0


@dataclass(frozen=True, slots=True)
class _Step:
    """What comes next: a question with the states its answers lead to, or the end. ``order`` is its place in asking
    order; ``stopped`` counts ways that end right here with a reasoned "cannot".
    """

    at: str
    order: float
    state: _State
    after: tuple[_State, ...] = ()
    end: End | None = None
    stopped: int = 0
    pages: tuple[PageRun, ...] = ()


@dataclass(slots=True)
class Tally:
    """What all ways from one point on come to: how many by end, and the most touches and papers still to come."""

    ends: Counter[End] = field(default_factory=Counter)
    longest: int = 0
    papers: int = 0


class TooMany(Exception):
    """The walk was stopped at its limit."""


class Walker:
    """All ways through one package on one day."""

    def __init__(self, places: Places, today: date) -> None:
        self.places = places
        self.package = places.package
        self.conditions = (*conditions(places), *watched(places))
        self.seen = Seen()
        self.default: Way | None = None
        self.steps = 0
        self.engine = FormEngine(self.package, remember=True)
        self.ctx = Context(today=today, subject_kind=self.package.subject)
        self.touches = Touches(self.package)
        self._computed = computed_from(places)
        self._samples = Samples(self.conditions, self._computed, self.package.office_rules, today)
        self._groups = frozenset(p.repeat.path for p in self.package.pages if p.repeat is not None)
        self._asking = Asking(places, self.conditions)
        self._order, self._last = self._asking.order, self._asking.last
        # What is only computed decides nothing by itself; where a condition reads it, it stands for what it comes from.
        # A field with a check is tried as well, for the check may leave it no answer at all. Where it counts entries
        # of the field's own group, one can be taken out.
        checks = (c for c in self.conditions if c.decides == "check" and c.group not in c.reads)
        own = (c.owner for c in checks if c.owner not in self._computed)
        self._read = frozenset((*own, *(p for c in self.conditions if c.decides != "computed" for p in c.reads)))
        self._settling = Settling(self.package, self.engine, self.ctx, self.seen, self.conditions, self._last)
        self._compiled: dict[int, CompiledRule] = {}
        self._later_checks = self._checks_that_read_ahead()
        self._late_checks = tuple(dict.fromkeys(self._late()))
        self.so_far = Tally()
        self.leaves: list[AnswerSet] = []
        """Answers of ways that lead to the end, at most MAX_LEAVES: between them every answer that still mattered."""
        self._progress: Callable[[int, int | None], None] | None = None
        self._limit = 0
        self._memo: dict[tuple[object, ...], Tally] = {}

    # ---- what is asked when -------------------------------------------------------------------------------------

    def _checks_that_read_ahead(self) -> dict[str, list[str]]:
        """Pattern -> the fields asked before it whose checks read it."""
        found: dict[str, list[str]] = {}
        for condition in self.conditions:
            if condition.decides == "check":
                for path in condition.reads:
                    if path != condition.owner and self._order.get(path, -1) >= self._order[condition.owner]:
                        found.setdefault(path, []).append(condition.owner)
        return found

    def _truth(self, condition: Condition, data: Mapping[str, JSON]) -> bool:
        found = self._compiled.get(id(condition))
        if found is None:
            found = self._compiled[id(condition)] = CompiledRule(condition.rule)
        return found.truth(Env(data, self.ctx.today, offices=self.package.office_rules))

    # ---- walking ------------------------------------------------------------------------------------------------

    def count(self, progress: Callable[[int, int | None], None] | None, limit: int) -> Tally:
        """All ways, alike ones merged. Raises :class:`TooMany` after ``limit`` questions; what was met stays."""
        self._progress, self._limit = progress, limit
        # One question is two calls deep; a form may have more questions than Python allows calls.
        allowed = sys.getrecursionlimit()
        sys.setrecursionlimit(allowed + 4 * len(self._order) * _MOST_ENTRIES)
        try:
            tally = self._from(_State(_EMPTY), "", -1)
        finally:
            sys.setrecursionlimit(allowed)
        always = sum(m.relevant is None and not m.issued_by_city for m in self.package.materials)
        tally = Tally(tally.ends, tally.longest + self.touches.of_papers(always), tally.papers + always)
        if progress is not None:
            total = sum(tally.ends.values())
            progress(total, total)
        return tally

    def every(self) -> Iterator[Way]:
        """Each way on its own, the default one first; nothing is merged."""
        todo = [_State(_EMPTY)]
        while todo:
            step = self._step(todo.pop())
            for _ in range(step.stopped):
                yield Way(step.state.answers, (), "cannot", step.state.touches)
            end = self._judged(step) if step.end in ("submit", "answer", "hand-off") else step.end
            if end is not None:
                yield self._way(step, end)
            todo += reversed(step.after)

    def _way(self, step: _Step, end: End) -> Way:
        touches = step.state.touches + (self.touches.of_the_frame(self._papers(step)) if end != "cannot" else 0)
        return Way(step.state.answers, tuple(page.key for page in step.pages), end, touches)

    def _papers(self, step: _Step) -> int:
        needs = self.engine.materials(step.state.answers, {}, self.ctx)
        return sum(need.state == "needed" for need in needs)

    def _from(self, state: _State, at: str, order: float) -> Tally:
        """All ways on from a state in which the question ``at`` has just been answered."""
        # A scenario answer may end it all, and an entry of a group is not the whole group: what hangs on them is looked
        # at with the next question.
        answered = not at.startswith("scenario.") and self._group_of(at) is None
        papers = self._settling.papers(state.answers, order, order) if answered and at else 0
        key = self._key(state, at, order, answered)
        tally = self._memo.get(key)
        if tally is None:
            tally = self._memo[key] = self._on(state, order, order if answered and at else order - 0.5)
        else:
            self._met(tally.ends)
        return Tally(tally.ends, tally.longest + self.touches.of_papers(papers), tally.papers + papers)

    def _on(self, state: _State, order: float, settled: float) -> Tally:
        """As :meth:`_from`, with everything settled that was decided up to ``settled``."""
        step = self._step(state)
        tally = Tally()
        if step.stopped:
            tally.ends["cannot"] += step.stopped
            self._met({"cannot": step.stopped})
        end = self._judged(step) if step.end in ("submit", "answer", "hand-off") else step.end
        if end is not None:
            tally.ends[end] += 1
            self._met({end: 1})
        if end is not None and end not in ("cannot", "dead end"):
            tally.longest = self.touches.of_the_frame(0)
            self.default = self.default or self._way(step, end)
            if len(self.leaves) < MAX_LEAVES:
                self.leaves.append(self._booked(step.state.answers))
        papers = 0 if step.end == "cannot" else self._settling.papers(step.state.answers, settled + 0.5, step.order - 1)
        for after in step.after:
            below = self._from(after, step.at, step.order)
            tally.ends.update(below.ends)
            if below.ends.keys() - {"cannot", "dead end"}:
                tally.longest = max(tally.longest, below.longest + after.touches - step.state.touches)
                tally.papers = max(tally.papers, below.papers)
        tally.papers += papers
        tally.longest += step.state.touches - state.touches + self.touches.of_papers(papers)
        return tally

    def _met(self, ends: Mapping[End, int]) -> None:
        """Keep account of the ways found so far, for the progress and for a walk that is given up."""
        self.so_far.ends.update(ends)
        if self._progress is not None and self.steps % _PROGRESS_EVERY == 0:
            self._progress(sum(self.so_far.ends.values()), None)

    def _key(self, state: _State, at: str, order: float, answered: bool) -> tuple[object, ...]:
        """What is the same for two states that go on alike."""
        answers = state.answers
        live = self._asking.live(order, answered)
        data = self.engine.data(answers, self.ctx) if live.decided else {}
        found: list[object] = [at, *(self._truth(condition, data) for condition in live.decided)]
        for path in live.paths:
            if ".*." in path:
                found += [(p, frozen(a.value)) for p, a in answers.items() if pattern_of(p) == path]
                found.append(state.alike.get(path.partition(".*.")[0]))
            elif path in answers:
                found.append((path, frozen(answers[path].value)))
        # Where a group is being answered, its entries so far decide which page comes next.
        group = self._group_of(at)
        if group is not None:
            inside = ((p, frozen(a.value)) for p, a in answers.items() if p == group or p.startswith(f"{group}."))
            found += [tuple(inside), state.alike.get(group)]
        return tuple(found)

    def _group_of(self, path: str) -> str | None:
        """The group that a path is in or counts the entries of."""
        first = path.partition(".")[0]
        return first if first in self._groups else None

    # ---- one step -----------------------------------------------------------------------------------------------

    def _step(self, state: _State) -> _Step:
        self.steps += 1
        if self._limit and self.steps > self._limit:
            raise TooMany
        step = self._form_step(state) if "scenario" in state.left else self._scenario_step(state)
        error = None if step.end in ("cannot", "dead end") else self._late_error(step)
        if error is None:
            return step
        return _Step("end", math.inf, step.state, (), self._when_refused(step.state, error), step.stopped)

    def _late_error(self, step: _Step) -> FieldError | None:
        """What is wrong at a page behind us, now that everything its checks read has been answered."""
        shown: dict[str, list[str]] = {}
        for owner, last in self._late_checks:
            if last < step.order:
                place = self.places.fields[owner]
                if not shown:
                    for page in self.engine.pages(step.state.answers, self.ctx):
                        shown.setdefault(page_key(page.page), []).append(page.key)
                for key in shown.get(page_key(place.page), ()):
                    for error in self.engine.check_page(key, step.state.answers, self.ctx):
                        if pattern_of(error.path) == owner and error.code != "required":
                            return self._refused_by(error)
        return None

    def _late(self) -> Iterator[tuple[str, float]]:
        """Fields whose checks cannot be tried where the field is answered, with the place where they can: those of what
        is computed, and those that read a whole group.
        """
        groups = {self._order[path] for path in self._groups}
        for condition in self.conditions:
            last = self._last[id(condition)]
            whole_group = last in groups and condition.reads - {condition.owner}
            if condition.decides == "check" and (condition.owner in self._computed or whole_group):
                yield condition.owner, last

    def _scenario_step(self, state: _State) -> _Step:
        answers = state.answers
        questions = self.engine.scenario_questions(answers, self.ctx)
        outcome = self.engine.scenario_outcome(answers, self.ctx)
        answered = [q for q in questions if q.path in answers]
        self.seen.most_questions = max(self.seen.most_questions, len(answered))
        for one in (c for q in answered for c in q.cannot):
            # Reasons of one package are told apart by what they say: the engine hands out the text itself.
            held = outcome.kind == "cannot" and one.reason is outcome.reason
            (self.seen.fired if held else self.seen.passed).add(id(one))
        if outcome.kind == "cannot":
            return _Step("end", math.inf, state, end="cannot")
        self.seen.questions |= {q.path for q in questions}
        for question in questions:
            if question.path not in answers:
                order = self._order[question.path]
                after = tuple(
                    _State(
                        set_answer(answers, question.path, _typed(option.value)),
                        state.left,
                        state.alike,
                        state.touches + self.touches.question,
                    )
                    for option in question.options
                )
                return _Step(question.path, order, state, after)
        done = _State(answers, state.left | {"scenario"}, state.alike, state.touches)
        step = self._form_step(done)
        return _Step(step.at, step.order, step.state, step.after, step.end, self._stops_of_lookup(), step.pages)

    def _stops_of_lookup(self) -> int:
        """Ways that end at the registers: they know nothing, or one of the reasons to stop holds."""
        record = self.package.record
        return 0 if record is None else 1 + len(record.cannot)

    def _form_step(self, state: _State) -> _Step:
        """Fill in what no rule reads, up to the next question that is branched on."""
        answers, left, touches = state.answers, state.left, state.touches
        for path, place in self.places.fields.items():
            # What exists only when a source brought it shows on no page before.
            if place.field.only_prefilled and path not in answers and path not in left:
                if path in self._read:
                    return self._branch(_State(answers, left, state.alike, touches), path, place.field, None, ())
                value = next(iter(self._samples.plain(place.field)), None)
                if value is None:
                    left |= {path}
                else:
                    answers = set_answer(answers, path, _brought(place.field, value))
        while True:
            pages = self.engine.pages(answers, self.ctx)
            self.seen.pages |= {page_key(run.page) for run in pages}
            filled = False
            changed: set[tuple[str, int]] = set()
            for page, run in _lines(pages):
                repeat = page.page.repeat
                if repeat is not None and repeat.path not in answers:
                    if filled:
                        break
                    return self._group(_State(answers, left, state.alike, touches), repeat.path)
                if run is None:
                    continue
                self.seen.fields.add(pattern_of(run.path))
                entry = (repeat.path, page.index or 0) if repeat is not None else None
                # What an entry shows next may hang on what was filled in; it is looked at again.
                if run.path in answers or run.path in left or run.field.computed is not None or entry in changed:
                    continue
                now = _State(answers, left, state.alike, touches)
                if self._is_branched(run, page):
                    if filled:
                        break
                    return self._branch(now, run.path, run.field, page, pages)
                value = self._fill(run, page, now)
                if value is None:
                    if self._nothing_fits(run.path, run.field, page.index or 0, now):
                        return _Step(run.path, self._order[pattern_of(run.path)], now, (), "dead end", 0, pages)
                    left |= {run.path}
                    continue
                touches += self.touches.of_field(run, page)
                answers, filled = set_answer(answers, run.path, _brought(run.field, value)), True
                if entry is not None and pattern_of(run.path) in self._read:
                    changed.add(entry)
            if not filled:
                self._look_at_options(pages, answers)
                return _Step("end", math.inf, _State(answers, left, state.alike, touches), (), self._end(), 0, pages)

    def _is_branched(self, run: FieldRun, page: PageRun) -> bool:
        return pattern_of(run.path) in self._read and not (page.index or 0)

    def _fill(self, run: FieldRun, page: PageRun, state: _State) -> JSON:
        """One value for a field that is not branched on; None where it is left empty."""
        if not run.field.required and run.field.source is None:
            return None
        number = page.index or 0
        if pattern_of(run.path) not in self._read and not run.field.unique:
            return next(iter(self._samples.plain(run.field, number)), None)
        for value in self._later(run, page, state):
            if self._refusal(run.path, value, state.answers) is None:
                return value
        self._dead(state, run.path, None)
        return None

    def _nothing_fits(self, path: str, field: Field, number: int, state: _State) -> bool:
        """Whether a field that has to be answered certainly takes no value at all. One for which merely none could be
        made up is written down, and the way goes on without it.
        """
        if not field.required or field.only_prefilled or self._samples.spare(field, number):
            return False
        why = why_nothing_fits(field, self.ctx.today)
        if why is None:
            self.seen.unbuilt.add(pattern_of(path))
            return False
        self._dead(state, path, None, why)
        return True

    def _later(self, run: FieldRun, page: PageRun, state: _State) -> Iterator[JSON]:
        """Values for a later entry of a group: those of the first entry, or just some that are accepted."""
        number, pattern = page.index or 0, pattern_of(run.path)
        alike = page.page.repeat is not None and state.alike.get(page.page.repeat.path, True)
        first = state.answers.get(run.path.replace(f".{number}.", ".0.", 1))
        if run.field.unique:
            yield from self._samples.plain(run.field, number)[:1]
            if first is not None:
                yield from siblings(first.value, number)
        elif alike and first is not None:
            yield first.value
        data = self.engine.data(state.answers, self.ctx)
        yield from self._samples.around(pattern, run.field, data, self._row(data, run.path), number)
        yield from self._samples.spare(run.field, number)

    def _row(self, data: Mapping[str, JSON], path: str) -> JSON:
        parts = path.split(".")
        if len(parts) > 2 and parts[1].isdigit():
            rows = data.get(parts[0], [])
            return rows[int(parts[1])] if len(rows) > int(parts[1]) else {}
        return None

    def _group(self, state: _State, path: str) -> _Step:
        """How many entries: none or the fewest, one, the most; the later ones like the first, or not."""
        repeat = next(p.repeat for p in self.package.pages if p.repeat is not None and p.repeat.path == path)
        inside = any(name == path or name.startswith(f"{path}.*.") for name in self._read)
        counts = sorted({repeat.min, max(1, repeat.min), repeat.max}) if inside else [max(1, repeat.min)]
        after = []
        for count in counts:
            answers = set_answer(state.answers, path, Answer(count, "computed", "D", NOW))
            touches = state.touches + self.touches.of_entries(count, repeat.min)
            after.append(_State(answers, state.left, {**state.alike, path: True}, touches))
        if inside and repeat.max > 1:
            # Two entries that differ, for what holds for some and not for all.
            count = max(2, repeat.min)
            answers = set_answer(state.answers, path, Answer(count, "computed", "D", NOW))
            touches = state.touches + self.touches.of_entries(count, repeat.min)
            after.append(_State(answers, state.left, {**state.alike, path: False}, touches))
        return _Step(path, self._order[path], state, tuple(after))

    def _branch(
        self, state: _State, path: str, field: Field, page: PageRun | None, pages: tuple[PageRun, ...]
    ) -> _Step:
        """A question that rules read, with every value that is accepted here."""
        pattern, answers = pattern_of(path), state.answers
        data = self.engine.data(answers, self.ctx)
        number = page.index or 0 if page is not None else 0
        touches = state.touches
        if page is not None:
            run = next(one for one in page.fields if one.path == path)
            touches += self.touches.of_field(run, page)
        after: list[_State] = []
        stopped, refused, helped = 0, None, False
        values = self._samples.around(pattern, field, data, self._row(data, path), number)
        locked = field.source is not None and not field.editable
        for value in values:
            error = self._refusal(path, value, answers)
            if error is None:
                self._take(after, state, path, field, value, touches)
            elif locked and error.path == path and names_help(error.message):
                stopped += 1
            elif locked:
                self._dead(state, path, error)
            elif field.options and error.path == path and names_help(error.message):
                self.seen.explained.add((pattern, str(value)))
            refused = self._further(pattern, refused, error)
            helped = helped or (error is not None and error.path == path and names_help(error.message))
        if not after:
            for value in self._samples.spare(field, number):
                error = self._refusal(path, value, answers)
                if error is None:
                    self._take(after, state, path, field, value, touches)
                    break
                refused = self._further(pattern, refused, error)
        self.seen.asked[pattern] += 1
        if field.only_prefilled or not field.required:
            after.append(_State(answers, state.left | {path}, state.alike, state.touches))
        order = self._order[pattern]
        if not after and refused is None:
            if self._nothing_fits(path, field, number, state):
                return _Step(path, order, state, (), "dead end", stopped, pages)
            after.append(_State(answers, state.left | {path}, state.alike, state.touches))
        if not after and helped:
            self.seen.helped.setdefault(pattern, self._dead_at(state, pattern, refused))
            return _Step(path, order, state, (), "cannot", 0, pages)
        if not after:
            self._dead(state, path, refused)
            return _Step(path, order, state, (), "dead end", stopped, pages)
        return _Step(path, order, state, tuple(after), None, stopped, pages)

    def _further(self, pattern: str, one: FieldError | None, other: FieldError | None) -> FieldError | None:
        """The refusal that was met later: checks are asked in order, so the ones before it let that value pass."""
        if one is None or other is None:
            return one or other
        codes = [check.code for check in self.places.fields[pattern].field.checks]

        def met(error: FieldError) -> int:
            own = pattern_of(error.path) == pattern
            return (codes.index(error.code) if error.code in codes else -1) if own else len(codes)

        return max(one, other, key=met)

    def _take(self, after: list[_State], state: _State, path: str, field: Field, value: JSON, touches: int) -> None:
        for one in value if isinstance(value, list) else [value]:
            self.seen.options.add((pattern_of(path), str(one)))
        answers = set_answer(state.answers, path, _brought(field, value))
        after.append(_State(answers, state.left, state.alike, touches))

    def _refusal(self, path: str, value: JSON, answers: AnswerSet) -> FieldError | None:
        """Why a value cannot stand here: the field's own checks, and those of fields before that read it."""
        error = self.engine.check(path, value, answers, self.ctx)
        if error is not None:
            return self._refused_by(error)
        for pattern in self._later_checks.get(pattern_of(path), ()):
            after = set_answer(answers, path, _typed(value))
            for other in answers:
                if pattern_of(other) == pattern and other != path:
                    error = self.engine.check(other, answers[other].value, after, self.ctx)
                    if error is not None:
                        return self._refused_by(error)
        return None

    def _refused_by(self, error: FieldError) -> FieldError:
        self.seen.refusing.add((pattern_of(error.path), error.code))
        return error

    def _dead(self, state: _State, path: str, error: FieldError | None, why: str = "") -> None:
        pattern = pattern_of(path)
        self.seen.dead_times[pattern] += 1
        self.seen.dead.setdefault(pattern, self._dead_at(state, pattern, error, why))

    def _dead_at(self, state: _State, pattern: str, error: FieldError | None, why: str = "") -> Dead:
        names = set(self._asking.live(self._order.get(pattern, math.inf), False).paths) | self._computed.get(
            pattern, frozenset()
        )
        shown = {pattern}
        if pattern in self.places.fields:
            shown.add(page_key(self.places.fields[pattern].page))
        names |= {p for c in self.conditions if c.decides in _SHOWS and c.owner in shown for p in c.reads}
        led = tuple((p, a.value) for p, a in state.answers.items() if pattern_of(p) in names - {pattern})
        return Dead(pattern, led, error, why)

    # ---- the end ------------------------------------------------------------------------------------------------

    def _end(self) -> End:
        if self.package.kind == "query":
            return "answer"
        return "submit" if self.package.guide.can_finish_here else "hand-off"

    def _judged(self, step: _Step) -> End | None:
        """How a way ends when the centre looks at the whole form; None where the resident has to correct what was
        typed, so that this is no way of its own.
        """
        data = self.engine.data(self._booked(step.state.answers), self.ctx)
        errors = self.engine.validate(data, self.ctx)
        error = next((one for one in errors if pattern_of(one.path) not in self.seen.unbuilt), None)
        if error is not None:
            return self._when_refused(step.state, self._refused_by(error))
        self.seen.right |= {*self._computed, *map(pattern_of, step.state.answers)}
        return step.end

    def _when_refused(self, state: _State, error: FieldError) -> End | None:
        """How a way ends that is refused after the page: with a reason that names help; not at all where the resident
        can put right what was typed, for that is another way; else in nothing.
        """
        pattern = pattern_of(error.path)
        if names_help(error.message):
            self.seen.helped.setdefault(pattern, self._dead_at(state, pattern, error))
            return "cannot"
        reads = {p for c in self.conditions if c.decides == "check" and c.owner == pattern for p in c.reads}
        if any(self._can_be_changed(path) for path in {pattern, *reads}):
            self.seen.corrected.setdefault(pattern, self._dead_at(state, pattern, error))
            return None
        self._dead(state, error.path, error)
        return "dead end"

    def _can_be_changed(self, path: str) -> bool:
        """Whether an answer is typed freely, so that another one can be given; entries of a group can be taken out."""
        place = self.places.fields.get(path)
        if place is None:
            return path in self._groups
        if place.field.options or place.field.computed is not None:
            return False
        return place.field.source is None or place.field.editable

    def _booked(self, answers: AnswerSet) -> AnswerSet:
        rules = self.package.booking
        if rules is None:
            return answers
        from kiosk.forms.workdays import add_workdays

        day = add_workdays(self.ctx.today, rules.first_workday or 1).isoformat()
        return set_answer(set_answer(answers, rules.day, _typed(day)), rules.slot, _typed(rules.slots[0]))

    def _look_at_options(self, pages: tuple[PageRun, ...], answers: AnswerSet) -> None:
        for page in pages:
            for run in page.fields:
                if run.field.options and pattern_of(run.path) not in self._read:
                    self.seen.options |= {(pattern_of(run.path), o.value) for o in run.field.options}


def _lines(pages: tuple[PageRun, ...]) -> Iterator[tuple[PageRun, FieldRun | None]]:
    """Every field with its page; a page without fields once."""
    for page in pages:
        for run in page.fields or (None,):
            yield page, run


def _typed(value: JSON) -> Answer:
    return Answer(value, "typed", "D", NOW)


def _brought(field: Field, value: JSON) -> Answer:
    kind = (field.source or "").partition(".")[0]
    if kind == "card":
        return Answer(value, "card", "A", NOW)
    if kind == "licence":
        return Answer(value, "licence", "A", NOW)
    if kind == "record":
        return Answer(value, "record", "A", NOW)
    return _typed(value)
