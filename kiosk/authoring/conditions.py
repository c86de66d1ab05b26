"""Every condition of a package in one list: what it decides, where it stands, and which answers it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from kiosk.authoring.places import Places, page_key
from kiosk.forms import Rule
from kiosk.forms.environment import RESERVED
from kiosk.forms.rules import reads

Decides = Literal[
    "question",
    "cannot",
    "page",
    "field",
    "check",
    "material",
    "child",
    "party",
    "office",
    "paper",
    "decision",
    "computed",
    "authority",
    "twice",
]


@dataclass(frozen=True, slots=True)
class Condition:
    """One rule. ``owner`` names what it decides about (a path, a page key, an id); ``reads`` are whole paths with ``*``
    for the number of a group's entry, answers only; what is computed stands for the answers it comes from.
    ``group`` is the group whose entries the rule sees at the top.
    """

    decides: Decides
    owner: str
    file: str
    pointer: str
    rule: Rule
    reads: frozenset[str]
    group: str | None = None


def conditions(places: Places) -> tuple[Condition, ...]:
    """All of them, in the order of the files. The choice of the office counts as one."""
    package = places.package
    computed = computed_from(places)

    def one(
        decides: Decides, owner: str, file: str, pointer: str, rule: Rule, group: str | None = None
    ) -> Iterator[Condition]:
        if rule is not None:
            found = _expand(_answers(rule, group, package.office_rules.path), computed)
            yield Condition(decides, owner, file, pointer, rule, found, group)

    found: list[Condition] = []
    for index, question in enumerate(package.scenarios):
        at = f"/questions/{index}"
        found += one("question", question.path, "scenarios.json", f"{at}/relevant", question.relevant)
        for number, outcome in enumerate(question.cannot):
            found += one("cannot", question.path, "scenarios.json", f"{at}/cannot/{number}", outcome.rule)
    for page in package.pages:
        key, group = page_key(page), page.repeat.path if page.repeat is not None and page.kind != "repeat" else None
        found += one("page", key, "layout.json", f"{places.pages[key]}/relevant", page.relevant, group)
    for path, place in places.fields.items():
        group = place.page.repeat.path if place.page.repeat is not None else None
        found += one("field", path, "layout.json", f"{place.pointer}/relevant", place.field.relevant, group)
        found += one("computed", path, "layout.json", f"{place.pointer}/computed", place.field.computed)
        for number, check in enumerate(place.field.checks):
            at = f"{place.pointer}/checks/{number}"
            found += one("check", path, "layout.json", at, check.rule, group)
    for index, material in enumerate(package.materials):
        at = f"/materials/{index}"
        found += one("material", material.id, "materials.json", f"{at}/relevant", material.relevant)
        for number, check in enumerate(material.checks):
            # A check is asked of a paper that is needed, so what makes it needed counts as well.
            both = {"and": [check.rule, material.relevant or True]}
            found += one("paper", material.id, "materials.json", f"{at}/checks/{number}", both)
    for index, child in enumerate(package.children):
        found += one("child", child.id, "package.json", f"/children/{index}/relevant", child.relevant)
    for index, party in enumerate(package.parties):
        found += one("party", party.id, "package.json", f"/parties/{index}/relevant", party.relevant)
    if package.office_rules.path is not None:
        office = frozenset({package.office_rules.path})
        found.append(Condition("office", "office", "offices.json", "/path", {"var": package.office_rules.path}, office))
    for index, rule in enumerate(package.decision.rules if package.decision is not None else ()):
        found += one("decision", rule.id, "decision.json", f"/rules/{index}/when", rule.when)
    return tuple(found)


def computed_from(places: Places) -> dict[str, frozenset[str]]:
    """Path of each computed field -> the answers that its value comes from, in the end."""
    office = places.package.office_rules.path
    found: dict[str, frozenset[str]] = {}
    for path, place in places.fields.items():
        if place.field.computed is not None:
            # Where it is hidden there is no value, so what shows it counts as well.
            rules = (place.field.computed, place.field.relevant, place.page.relevant)
            found[path] = frozenset().union(*(_answers(rule, None, office) for rule in rules if rule is not None))
    return {path: _expand(reads, found) for path, reads in found.items()}


def _answers(rule: Rule, group: str | None, office: str | None) -> frozenset[str]:
    """The answers a rule reads, as whole paths; ``region.NAME`` is the answer that chooses the region."""
    found = set()
    for path in reads(rule):
        whole = path.removeprefix("form.")
        name = whole.partition(".")[0]
        if name == "region" and office is not None:
            found.add(office)
        elif name not in RESERVED:
            found.add(whole if group is None or whole != path else f"{group}.*.{path}")
    return frozenset(found)


def _expand(paths: Iterable[str], computed: dict[str, frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    todo = list(paths)
    while todo:
        path = todo.pop()
        if path in computed and path not in found:
            todo += computed[path]
        found.add(path)
    return frozenset(found - set(computed))
