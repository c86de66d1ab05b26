"""Materials of one path: what is asked for, what stands in for it, and the window's own rules over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kiosk.forms.environment import Env
from kiosk.forms.model import JSON, Context, Licence, MaterialCheck, MaterialNeed, PaperGiven, ServicePackage
from kiosk.forms.rules import RuleBook

_NOT_YET = PaperGiven()


def material_needs(
    package: ServicePackage,
    data: Mapping[str, JSON],
    licences: Mapping[str, Licence],
    rules: RuleBook,
    ctx: Context,
) -> Iterator[MaterialNeed]:
    """What happens to each material, in the order of the package."""
    env = Env(data, ctx.today, offices=package.office_rules)
    for material in package.materials:
        licence = licences.get(material.licence_type) if material.licence_type is not None else None
        if not rules.truth(material.relevant, env):
            yield MaterialNeed(material, "not_needed")
        elif material.issued_by_city:
            yield MaterialNeed(material, "waived_agency")
        elif licence is not None and (licence.valid_to is None or licence.valid_to >= ctx.today):
            yield MaterialNeed(material, "waived_licence", licence)
        else:
            yield MaterialNeed(material, "needed")


def checked(
    package: ServicePackage,
    needs: tuple[MaterialNeed, ...],
    data: Mapping[str, JSON],
    given: Mapping[str, PaperGiven],
    rules: RuleBook,
    ctx: Context,
) -> Iterator[MaterialCheck]:
    """The pre-check of each material that is needed or stood in for; the first check that fails is named."""
    for need in needs:
        material = need.material
        paper = given.get(material.id, _NOT_YET)
        if need.state == "not_needed":
            continue
        if need.state == "needed" and (paper.way is None or (paper.way == "capture" and paper.pages == 0)):
            yield MaterialCheck(material, "open")
            continue
        more: dict[str, JSON] = {"paper": {"way": paper.way, "pages": paper.pages}}
        if need.licence is not None:
            more = {"licence": _readable(need.licence)}
        env = Env(data, ctx.today, offices=package.office_rules, more=more)
        failed = None
        if need.state != "waived_agency":
            asked = (check for check in material.checks if _roots(rules.reads(check.rule)) <= set(more))
            failed = next((check for check in asked if not rules.truth(check.rule, env)), None)
        if failed is None:
            yield MaterialCheck(material, "pass")
        else:
            yield MaterialCheck(material, "fail", failed.code, failed.message)


def _roots(reads: frozenset[str]) -> set[str]:
    """Which of ``paper`` and ``licence`` a check speaks of."""
    return {path.partition(".")[0] for path in reads} & {"paper", "licence"}


def _readable(licence: Licence) -> dict[str, JSON]:
    days = {"issued_on": licence.issued_on, "valid_to": licence.valid_to}
    return {**licence.fields, **{name: day.isoformat() if day is not None else None for name, day in days.items()}}
