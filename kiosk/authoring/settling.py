"""Materials, children, parties and the like: each is looked at once on a way, when its last answer has been given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kiosk.authoring.conditions import Condition, conditions
from kiosk.authoring.lint_asking import twins
from kiosk.authoring.places import Places, page_key
from kiosk.authoring.seen import Dead, Seen
from kiosk.forms import JSON, AnswerSet, Context, FormEngine, ServicePackage
from kiosk.forms.paths import pattern_of

_LOOKED_AT = frozenset({"material", "child", "party", "authority", "twice"})


class Settling:
    """Looks at what is settled, and writes down in ``seen`` what it met. What the same answers have settled once is
    remembered.
    """

    def __init__(
        self,
        package: ServicePackage,
        engine: FormEngine,
        ctx: Context,
        seen: Seen,
        known: tuple[Condition, ...],
        last: Mapping[int, float],
    ) -> None:
        """``last`` has for the id of each condition the place in asking order after which nothing bears on it."""
        self._package = package
        self._engine = engine
        self._ctx = ctx
        self._seen = seen
        self._watched = tuple(
            (condition, last[id(condition)]) for condition in known if condition.decides in _LOOKED_AT
        )
        self._due: dict[tuple[float, float], tuple[Condition, ...]] = {}
        self._papers: dict[tuple[object, ...], int] = {}

    def papers(self, answers: AnswerSet, first: float, last: float) -> int:
        """Look at what is settled from one place in asking order to another; how many papers to bring that adds."""
        due = self._due.get((first, last))
        if due is None:
            due = tuple(condition for condition, at in self._watched if first <= at <= last)
            self._due[first, last] = due
        found = 0
        for condition in due:
            key = _key(condition, answers)
            papers = self._papers.get(key)
            if papers is None:
                papers = self._papers[key] = self._look(condition, answers)
            found += papers
        return found

    def _look(self, condition: Condition, answers: AnswerSet) -> int:
        seen, owner = self._seen, condition.owner
        if condition.decides == "material":
            need = next(n for n in self._engine.materials(answers, {}, self._ctx) if n.material.id == owner)
            seen.materials |= {owner} if need.state != "not_needed" else set()
            return int(need.state == "needed")
        if condition.decides == "child":
            seen.children |= {owner} & set(self._engine.children(answers, self._ctx))
        elif condition.decides == "party":
            seen.parties |= {owner} & {need.party.id for need in self._engine.parties(answers, self._ctx)}
        elif condition.decides == "authority":
            self._look_at_authority(answers)
        else:
            shown = {pattern_of(run.path) for page in self._engine.pages(answers, self._ctx) for run in page.fields}
            seen.twice |= {(str(condition.rule), owner)} if {str(condition.rule), owner} <= shown else set()
        return 0

    def _look_at_authority(self, answers: AnswerSet) -> None:
        acts_for = self._package.acts_for
        if acts_for is None or acts_for.role not in answers:
            return
        role = answers[acts_for.role].value
        needs = self._engine.materials(answers, {}, self._ctx)
        asked = any(n.material.id == acts_for.authority and n.state != "not_needed" for n in needs)
        if role not in acts_for.own and not asked and self._seen.no_authority is None:
            self._seen.no_authority = Dead(acts_for.role, ((acts_for.role, role),), None)


def watched(places: Places) -> Iterator[Condition]:
    """What is no condition of its own and yet hangs on several: the authority of who acts for another, and fields
    that may ask for one datum twice (the rule is the path of the first).
    """
    known = conditions(places)
    acts_for = places.package.acts_for
    if acts_for is not None:
        reads = {acts_for.role}
        reads.update(*(c.reads for c in known if c.decides == "material" and c.owner == acts_for.authority))
        yield Condition("authority", acts_for.authority, "package.json", "/acts_for", None, frozenset(reads))
    for first, second in twins(places):
        names = {first, second} | {page_key(places.fields[path].page) for path in (first, second)}
        showing = (c.reads for c in known if c.decides in ("page", "field") and c.owner in names)
        reads = set[str]().union(*showing)
        yield Condition("twice", second, "layout.json", places.fields[second].pointer, first, frozenset(reads))


def frozen(value: JSON) -> object:
    """An answer's value as part of a key."""
    return tuple(value) if isinstance(value, list) else value


def _key(condition: Condition, answers: AnswerSet) -> tuple[object, ...]:
    """What decides a condition: the answers it reads; of a group every entry's."""
    groups = tuple(path.partition(".*")[0] + "." for path in condition.reads if ".*" in path)
    read = (
        (path, frozen(answer.value))
        for path, answer in answers.items()
        if path in condition.reads or (groups and path.startswith(groups))
    )
    return (id(condition), *read)
