"""Figures of packages: how much is asked, how many ways there are, what is saved, and what makes each item its own.

Nothing is taken from what an author claims where it can be worked out: what a bundle cost before is the sum of its
parts done alone; what it costs now follows from its materials, visits and days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from kiosk.authoring.rule_words import rule_in_words, shape
from kiosk.authoring.turning import turned
from kiosk.forms import (
    JSON,
    LANGUAGES,
    AnswerSet,
    Context,
    Figures,
    FormEngine,
    PackageBundle,
    Rule,
    ServicePackage,
    Text,
)
from kiosk.forms.bundle import parse_json
from kiosk.forms.environment import RESERVED

READABLE = 260
"""Longest rule, in English letters, that is still shown where there is a shorter one."""


@dataclass(frozen=True, slots=True)
class Walked:
    """What was found by walking a package: how many ways there are, and the usual one with its touches."""

    paths: int
    touches: int
    answers: AnswerSet


@dataclass(frozen=True, slots=True)
class ItemStats:
    """Figures of one item. ``papers_*`` count every material, ``usual_*`` those of the usual path.

    ``days_saved`` and the members of ``saved`` are per cent, one decimal. ``claimed`` is what the guide says of now.
    """

    id: str
    version: int
    kind: str
    subject: str
    life_event: str
    pages: int
    fields: int
    typed: int
    questions: int
    paths: int
    touches: int
    minutes: int
    visits: int
    promised_workdays: int
    statutory_workdays: int
    days_saved: float | None
    papers: int
    papers_waived_agency: int
    papers_waived_licence: int
    usual_needed: int
    usual_waived_agency: int
    usual_waived_licence: int
    agencies: tuple[str, ...]
    before: Figures | None
    now: Figures | None
    saved: Mapping[str, float] | None
    claimed: Figures | None
    own_rule: Text | None

    def as_json(self) -> dict[str, JSON]:
        """Plain values for machines."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RuleAt:
    """A rule of a package, and the repeated group it stands in."""

    rule: Rule
    group: str | None = None


def item_stats(package: ServicePackage, walked: Walked, ctx: Context, others: Iterable[ServicePackage]) -> ItemStats:
    """The figures of one item; ``others`` are those it is told apart from."""
    fields = [field for page in package.pages for field in page.fields]
    needs = FormEngine(package).materials(walked.answers, {}, ctx)
    found = Counter(
        "licence" if need.state == "needed" and _by_licence(need.material.licence_type, package) else need.state
        for need in needs
    )
    materials, guide = package.materials, package.guide
    before, now = before_figures(package), now_figures(package, walked.answers, ctx)
    agencies = dict.fromkeys([package.agency["zh-Hans"], *(child.agency["zh-Hans"] for child in package.children)])
    return ItemStats(
        id=package.id,
        version=package.version,
        kind=package.kind,
        subject=package.subject,
        life_event=package.life_event,
        pages=len(package.pages),
        fields=len(fields),
        typed=sum(1 for field in fields if field.source is None and field.computed is None),
        questions=len(package.scenarios),
        paths=walked.paths,
        touches=walked.touches,
        minutes=guide.minutes,
        visits=guide.visits,
        promised_workdays=guide.promised_workdays,
        statutory_workdays=guide.statutory_workdays,
        days_saved=saved(guide.statutory_workdays, guide.promised_workdays),
        papers=len(materials),
        papers_waived_agency=sum(1 for material in materials if material.issued_by_city),
        papers_waived_licence=sum(
            1 for material in materials if not material.issued_by_city and _by_licence(material.licence_type, package)
        ),
        usual_needed=found["needed"],
        usual_waived_agency=found["waived_agency"],
        usual_waived_licence=found["licence"],
        agencies=tuple(agencies),
        before=before,
        now=now if before is not None else None,
        saved=None if before is None else _all_saved(before, now),
        claimed=guide.now,
        own_rule=own_rule(package, others),
    )


def _by_licence(licence_type: str | None, package: ServicePackage) -> bool:
    return any(offer.type == licence_type for offer in package.licences)


def saved(before: int, now: int) -> float | None:
    """By how many per cent it became less; None where there was nothing before."""
    return round((before - now) / before * 100, 1) if before else None


def _all_saved(before: Figures, now: Figures) -> Mapping[str, float]:
    pairs = {name: saved(value, getattr(now, name)) for name, value in asdict(before).items()}
    return {name: value for name, value in pairs.items() if value is not None}


def before_figures(package: ServicePackage) -> Figures | None:
    """What a bundle costs piece by piece: the sum of its parts, done in turn. None where a part says nothing."""
    alone = [child.alone for child in package.children]
    if not alone or None in alone:
        return None
    known = [figures for figures in alone if figures is not None]
    return Figures(
        materials=sum(figures.materials for figures in known),
        visits=sum(figures.visits for figures in known),
        workdays=sum(figures.workdays for figures in known),
        forms=sum(figures.forms for figures in known),
    )


def now_figures(package: ServicePackage, usual: AnswerSet, ctx: Context) -> Figures:
    """What it costs now, at most: the papers of the way that needs most, the guide's visits, the longest promise, one
    form.
    """
    days = [package.guide.promised_workdays, *(child.promised_workdays for child in package.children)]
    return Figures(materials=most_papers(package, usual, ctx), visits=package.guide.visits, workdays=max(days), forms=1)


def most_papers(package: ServicePackage, usual: AnswerSet, ctx: Context) -> int:
    """The most papers that anybody has to bring, whatever is chosen."""
    engine, most = FormEngine(package), 0
    for answers in turned(package, usual, [material.relevant for material in package.materials]):
        if engine.scenario_outcome(answers, ctx).kind == "go":
            needs = engine.materials(answers, {}, ctx)
            most = max(most, sum(1 for need in needs if need.state == "needed"))
    return most


# ---- what makes an item its own -----------------------------------------------------------------------------------


def rules_of(package: ServicePackage) -> Iterator[RuleAt]:
    """Every rule of a package, in the order of its files."""
    for question in package.scenarios:
        yield RuleAt(question.relevant)
        yield from (RuleAt(outcome.rule) for outcome in question.cannot)
    for page in package.pages:
        group = page.repeat.path if page.repeat is not None and page.kind != "repeat" else None
        yield RuleAt(page.relevant, group)
        for field in page.fields:
            yield RuleAt(field.relevant, group)
            yield RuleAt(field.computed, group)
            yield from (RuleAt(check.rule, group) for check in field.checks)
    for material in package.materials:
        yield RuleAt(material.relevant)
        yield from (RuleAt(check.rule) for check in material.checks)
    yield from (RuleAt(child.relevant) for child in package.children)
    yield from (RuleAt(party.relevant) for party in package.parties)
    if package.decision is not None:
        yield from (RuleAt(rule.when) for rule in package.decision.rules)
    if package.record is not None:
        yield from (RuleAt(outcome.rule) for outcome in package.record.cannot)
        yield from (RuleAt(row.relevant) for row in package.record.rows)


def own_rule(package: ServicePackage, others: Iterable[ServicePackage]) -> Text | None:
    """A rule that no other item has, in words: of those that are unique the one that says most; None when none is."""
    elsewhere = [at.rule for other in others if other.id != package.id for at in rules_of(other) if at.rule is not None]
    shapes, trees = {shape(_without_values(rule)) for rule in elsewhere}, {shape(_tree(rule)) for rule in elsewhere}
    unique = [
        at for at in rules_of(package) if isinstance(at.rule, dict) and shape(_without_values(at.rule)) not in shapes
    ]
    if not unique:
        return None
    words = [(at, rule_in_words(at.rule, package, at.group)) for at in unique]

    def worth(entry: tuple[RuleAt, Text]) -> tuple[bool, bool, int]:
        """Built like no other's; short enough to be read; then the one that says most, or the shortest of the long."""
        at, text = entry
        length = len(text["en"])
        short = length <= READABLE
        return short, shape(_tree(at.rule)) not in trees, length if short else -length

    return max(words, key=worth)[1]


def _without_values(rule: Rule) -> JSON:
    """Operators and paths; what they are compared with left out."""
    return _mapped(rule, keep_paths=True)


def _tree(rule: Rule) -> JSON:
    """Operators alone."""
    return _mapped(rule, keep_paths=False)


def _mapped(node: JSON, *, keep_paths: bool) -> JSON:
    if isinstance(node, dict):
        operator, value = next(iter(node.items()))
        if operator == "var":
            return {"var": value if keep_paths else "*"}
        arguments = value if isinstance(value, list) else [value]
        return {operator: [_mapped(argument, keep_paths=keep_paths) for argument in arguments]}
    return [] if isinstance(node, list) else 0


# ---- items that differ in nothing but words -----------------------------------------------------------------------


def alike(bundles: Sequence[PackageBundle]) -> tuple[tuple[str, str], ...]:
    """Pairs of items that ask, demand and decide the same and differ only in texts, names and codes."""
    bare = {bundle.id: shape(_Bare().of(bundle)) for bundle in bundles}
    return tuple((one, other) for one, other in combinations(sorted(bare), 2) if bare[one] == bare[other])


class _Bare:
    """A package without words: every name of its own becomes a number, in the order in which names are met."""

    _LEFT_OUT = frozenset({"icon", "code", "phone", "keywords", "title", "description", "$comment", "life_event"})
    _OF_THE_FORMAT = frozenset(
        "kind subject activities identify devices retention sensitivity keyboard ways type $schema $ref part source "
        "outcome min_date max_date depth within licence_type slots".split()
    )
    """Members whose texts mean the same in every package."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}

    def of(self, bundle: PackageBundle) -> JSON:
        found = {name: self._node(parse_json(text, name), "") for name, text in sorted(bundle.files.items())}
        for name in ("version", "id"):
            found["package.json"].pop(name, None)
        return found

    def _node(self, node: Any, member: str) -> Any:
        if isinstance(node, dict):
            if set(node) == set(LANGUAGES):
                return None
            named = member == "properties"
            kept = {key: value for key, value in node.items() if named or key not in self._LEFT_OUT}
            return {self._name(key) if named else key: self._node(value, key) for key, value in kept.items()}
        if isinstance(node, list):
            return [self._node(value, member) for value in node]
        return self._name(node) if isinstance(node, str) and member not in self._OF_THE_FORMAT else node

    def _name(self, text: str) -> str:
        return ".".join(self._number(part) for part in text.split("."))

    def _number(self, word: str) -> str:
        known = word in RESERVED or word.isdigit()
        return word if known else self._numbers.setdefault(word, f"#{len(self._numbers)}")
