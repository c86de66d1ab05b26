"""What a package promises before anybody begins: figures, deadlines, papers never asked for, where people help."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict

from kiosk.authoring.findings import Finding
from kiosk.authoring.places import Places
from kiosk.authoring.words import names_help, words
from kiosk.forms import LANGUAGES

_DONE = {
    "zh-Hans": re.compile(r"(\d+) ?个工作日[内里]?(?:就能|就|能)?(?:办好|办完|办结)"),
    "en": re.compile(r"done within (\d+) working days?"),
}
_MINUTES = {"zh-Hans": re.compile(r"(\d+) ?分钟"), "en": re.compile(r"(\d+) minutes?")}
_NO_RETURN = {"zh-Hans": re.compile("不用再(?:来|跑)"), "en": re.compile("no need to come back|need not return")}


def findings(places: Places) -> Iterator[Finding]:
    """Everything about promises."""
    yield from _figures(places)
    yield from _deadlines(places)
    yield from _help(places)
    yield from _city_materials(places)
    yield from _otherwise(places)
    yield from _said(places)
    yield from _brought(places)
    yield from _unasked(places)


def _figures(places: Places) -> Iterator[Finding]:
    guide, children = places.package.guide, places.package.children
    longest = max((child.promised_workdays for child in children), default=guide.promised_workdays)
    wanted: list[tuple[str, int, int, str]] = []
    if children:
        wanted.append(("/promised_workdays", guide.promised_workdays, longest, "the slowest child"))
    if guide.now is not None:
        wanted.append(("/now/workdays", guide.now.workdays, longest, "the slowest case"))
        wanted.append(("/now/visits", guide.now.visits, guide.visits, "'visits'"))
        wanted.append(("/now/forms", guide.now.forms, 1, "one form"))
    if guide.before is not None and children:
        alone = [asdict(child.alone) for child in children if child.alone is not None]
        if len(alone) < len(children):
            reason = "a child does not say under 'alone' what it costs by itself, so nothing follows"
            yield places.finding("figures", "guide.json", "/before", reason)
        else:
            for name, value in asdict(guide.before).items():
                wanted.append((f"/before/{name}", value, sum(one[name] for one in alone), "all children done alone"))
    for pointer, said, follows, whose in wanted:
        if said != follows:
            reason = f"says {said}; {whose} come to {follows}"
            yield places.finding("figures", "guide.json", pointer, reason)


def _deadlines(places: Places) -> Iterator[Finding]:
    for index, child in enumerate(places.package.children):
        if child.promised_workdays > child.statutory_workdays:
            at = f"/children/{index}/promised_workdays"
            reason = f"{child.promised_workdays} working days are promised, the law allows {child.statutory_workdays}"
            yield places.finding("deadline", "package.json", at, reason)


def _help(places: Places) -> Iterator[Finding]:
    package = places.package
    if not names_help(package.guide.elsewhere) and not names_help(package.guide.ask_at):
        reason = "neither 'elsewhere' nor 'ask_at' names a place with staff or a telephone"
        yield places.finding("no_staffed_way", "guide.json", "/elsewhere", reason)
    stops = [
        ("scenarios.json", f"/questions/{index}/cannot/{number}/elsewhere", outcome)
        for index, question in enumerate(package.scenarios)
        for number, outcome in enumerate(question.cannot)
    ]
    if package.record is not None:
        stops += [
            ("record.json", f"/cannot/{number}/elsewhere", outcome)
            for number, outcome in enumerate(package.record.cannot)
        ]
        stops.append(("record.json", "/empty/elsewhere", package.record.empty))
    for file, pointer, outcome in stops:
        if not names_help(outcome.elsewhere):
            yield places.finding("cannot_elsewhere", file, pointer, "no place with staff and no telephone is named")


def _city_materials(places: Places) -> Iterator[Finding]:
    for index, material in enumerate(places.package.materials):
        if material.issued_by_city or material.licence_type is not None:
            continue
        issuer, title = material.issuer["zh-Hans"], material.title["zh-Hans"]
        if words().elsewhere_issuer.search(issuer):
            continue
        if words().city_issuer.search(issuer):
            reason = f"{title!r} is asked for, and {issuer!r} of this city issues it"
        elif title in words().city_papers:
            reason = f"{title!r} is asked for, and an agency of this city issues such papers"
        else:
            continue
        yield places.finding("city_material", "materials.json", f"/materials/{index}", reason)


def _otherwise(places: Places) -> Iterator[Finding]:
    decision = places.package.decision
    if decision is not None and decision.otherwise.outcome == "refused" and not names_help(decision.otherwise.reason):
        reason = "where a fact is missing, the resident is refused and not told where to ask"
        yield places.finding("refused_otherwise", "decision.json", "/otherwise", reason)


def _said(places: Places) -> Iterator[Finding]:
    """Days, minutes and visits that the texts name are those of guide.json."""
    package, guide = places.package, places.package.guide
    for language in LANGUAGES:
        for found in _MINUTES[language].findall(guide.finish_here[language]):
            if int(found) != guide.minutes:
                reason = f"says {found} minutes; 'minutes' is {guide.minutes}"
                yield places.finding("figures", "guide.json", f"/finish_here/{language}", reason)
        if guide.visits > 0 and _NO_RETURN[language].search(guide.finish_here[language]):
            reason = f"says that nobody has to come back; 'visits' is {guide.visits}"
            yield places.finding("figures", "guide.json", f"/finish_here/{language}", reason)
    if package.children or guide.promised_workdays == 0:
        return
    said = [("guide.json", "/after", guide.after)]
    accepted = package.result.by_status.get("accepted") if package.result is not None else None
    if accepted is not None:
        said.append(("result.json", "/by_status/accepted/body", accepted.body))
    for file, pointer, text in said:
        for language in LANGUAGES:
            for found in _DONE[language].findall(text[language]):
                if int(found) != guide.promised_workdays:
                    reason = (
                        f"says {found} working days; 'promised_workdays' of guide.json is {guide.promised_workdays}"
                    )
                    yield places.finding("figures", file, f"{pointer}/{language}", reason)


def _brought(places: Places) -> Iterator[Finding]:
    """Nobody is told to bring a paper that an agency of the city issued."""
    issued = {m.title["zh-Hans"] for m in places.package.materials if m.issued_by_city}
    for index, text in enumerate(places.package.guide.bring):
        if text["zh-Hans"] in issued:
            reason = f"{text['zh-Hans']!r} is to be brought, and materials.json says that an agency of the city has it"
            mend = "Leave it out here; residents see under materials that they need not bring it."
            yield places.finding("city_material", "guide.json", f"/bring/{index}", reason, mend)


def _unasked(places: Places) -> Iterator[Finding]:
    """Checks of a paper are asked by the activity precheck alone."""
    if "precheck" in places.package.activities:
        return
    for index, material in enumerate(places.package.materials):
        if material.checks:
            reason = f"the checks of {material.id!r} are never asked, for the activity 'precheck' is not listed"
            yield places.finding("checks_unasked", "materials.json", f"/materials/{index}/checks", reason)
