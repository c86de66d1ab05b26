"""Figures of packages: worked out from the package, never taken from what it says of itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kiosk.authoring.prove import every_path, prove
from kiosk.authoring.skeleton import Wish, skeleton
from kiosk.authoring.stats import Walked, alike, before_figures, item_stats, now_figures, own_rule, saved
from kiosk.forms import Context, Figures, PackageBundle, load_package

SERVICES = Path(__file__).resolve().parents[2] / "config" / "services"
MONDAY = date(2026, 11, 23)
CTX = Context(today=MONDAY)
Files = dict[str, dict[str, Any]]


def bundle(ident: str, sort: str, edit: Callable[[Files], None] = lambda files: None) -> PackageBundle:
    files = skeleton(Wish(ident, sort))
    edit(files)
    return PackageBundle(ident, 1, {name: json.dumps(value, ensure_ascii=False) for name, value in files.items()})


def test_papers_are_told_apart_by_who_waives_them() -> None:
    def licence(files: Files) -> None:
        files["materials.json"]["materials"][0]["licence_type"] = "student_pass"
        offer = {"zh-Hans": "学生证", "en": "Student pass"}
        files["package.json"]["licences"] = [{"type": "student_pass", "title": offer, "why": offer}]

    found = bundle("one", "apply", licence)
    proof = prove(found, today=MONDAY)
    assert proof.default_path is not None

    stats = item_stats(load_package(found), Walked(proof.paths, proof.touches, proof.default_path.answers), CTX, ())

    assert (stats.papers, stats.papers_waived_agency, stats.papers_waived_licence) == (2, 1, 1)
    assert (stats.usual_needed, stats.usual_waived_agency, stats.usual_waived_licence) == (0, 1, 1)
    assert (stats.paths, stats.days_saved) == (2, 75.0)
    assert json.loads(json.dumps(stats.as_json()))["kind"] == "apply"


def test_the_figures_of_a_bundle_are_the_sum_of_its_parts_and_what_the_package_asks_now() -> None:
    found = load_package(bundle("two", "bundle"))

    assert before_figures(found) == Figures(materials=8, visits=4, workdays=20, forms=2)
    assert now_figures(found, MappingProxyType({}), CTX) == Figures(materials=1, visits=0, workdays=5, forms=1)
    assert (saved(17, 4), saved(8, 1), saved(0, 0)) == (76.5, 87.5, None)


def test_the_restaurants_published_figures_follow_from_its_package() -> None:
    source = SERVICES / "open-restaurant"
    found = load_package(source)
    usual = next(path.answers for path in every_path(source, today=MONDAY) if path.end == "submit")

    before, now = before_figures(found), now_figures(found, usual, CTX)

    assert before == Figures(materials=17, visits=8, workdays=45, forms=5)
    assert now == Figures(materials=4, visits=1, workdays=7, forms=1)
    assert saved(before.materials, now.materials) == 76.5
    assert (found.guide.before, found.guide.now) == (before, now)


def test_a_rule_that_stands_in_another_item_too_is_not_its_own() -> None:
    def rule(files: Files) -> None:
        files["materials.json"]["materials"][0]["relevant"] = {"!==": [{"var": "scenario.case"}, "unsure"]}

    one, other = load_package(bundle("one", "apply", rule)), load_package(bundle("other", "apply"))

    assert own_rule(other, [one, other]) is None
    assert own_rule(one, [one, other]) == {
        "zh-Hans": "“您是哪一种情况？”不是“都不是，或说不准”",
        "en": "“Which of these is you?” is not “None of these, or not sure”",
    }


def test_two_items_that_differ_in_words_names_and_codes_alone_are_found() -> None:
    def reworded(files: Files) -> None:
        files["package.json"]["code"] = "330999888888"
        files["package.json"]["title"] = {"zh-Hans": "别的事", "en": "Something else"}

    renamed = bundle("other", "apply", reworded)
    renamed = PackageBundle(
        "other", 1, {name: text.replace("scenario.case", "scenario.state") for name, text in renamed.files.items()}
    )
    schema = renamed.files["form.schema.json"].replace('"case"', '"state"')
    renamed = PackageBundle("other", 1, {**renamed.files, "form.schema.json": schema})
    load_package(renamed)

    assert alike([bundle("one", "apply"), renamed, bundle("third", "filing")]) == (("one", "other"),)


def test_another_number_another_rule_or_another_paper_makes_another_item() -> None:
    def days(files: Files) -> None:
        files["guide.json"]["promised_workdays"] = 4

    def paper(files: Files) -> None:
        files["materials.json"]["materials"].pop()

    def rule(files: Files) -> None:
        files["materials.json"]["materials"][0]["relevant"] = {"===": [{"var": "scenario.case"}, "fits"]}

    one = bundle("one", "apply")
    assert all(alike([one, bundle("other", "apply", edit)]) == () for edit in (days, paper, rule))
