"""What a new version changes for residents, and rules in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from kiosk.authoring.diff import Change, diff
from kiosk.authoring.rule_words import rule_in_words
from kiosk.authoring.skeleton import Wish, skeleton
from kiosk.forms import PackageBundle, ServicePackage, load_package

Files = dict[str, dict[str, Any]]
Edit = Callable[[Files], None]


def package(edit: Edit = lambda files: None, sort: str = "apply", version: int = 2) -> ServicePackage:
    files = skeleton(Wish("my-item", sort))
    files["package.json"]["version"] = version
    edit(files)
    texts = {name: json.dumps(value, ensure_ascii=False) for name, value in files.items()}
    return load_package(PackageBundle("my-item", version, texts))


def changes(edit: Edit, sort: str = "apply") -> tuple[Change, ...]:
    return diff(package(sort=sort, version=1), package(edit, sort))


def said(found: tuple[Change, ...], topic: str) -> list[str]:
    return [change.words["en"] for change in found if change.topic == topic]


def test_the_same_version_changes_nothing() -> None:
    assert diff(package(), package()) == ()


def test_other_content_under_the_same_version_is_an_error() -> None:
    def edit(files: Files) -> None:
        files["guide.json"]["promised_workdays"] = 3

    found = diff(package(), package(edit))

    assert found[0].severity == "error"
    assert "version was not raised" in found[0].words["en"]


def test_figures_of_the_guide_are_said_before_and_after() -> None:
    def edit(files: Files) -> None:
        files["guide.json"] |= {"promised_workdays": 3, "visits": 1, "fee": {"zh-Hans": "20 元", "en": "20 yuan"}}

    found = changes(edit)

    assert said(found, "guide") == [
        "The item, promised working days: was 5, is now 3",
        "The item, fee: was “No charge”, is now “20 yuan”",
        "The item, visits: was 0, is now 1",
    ]
    assert found[0].words["zh-Hans"] == "这个事项，承诺几个工作日：原来 5，现在 3"


def test_questions_and_choices_that_came_and_went_are_named() -> None:
    def edit(files: Files) -> None:
        question = files["scenarios.json"]["questions"][0]
        question["options"].insert(1, {"value": "late", "label": {"zh-Hans": "过期了", "en": "Too late"}})
        files["form.schema.json"]["properties"]["scenario"]["properties"]["case"]["enum"].insert(1, "late")
        files["layout.json"]["pages"].pop()
        applicant = files["form.schema.json"]["properties"]["applicant"]
        del applicant["properties"]["phone"]
        applicant["required"].remove("phone")

    assert said(changes(edit), "question") == [
        "“Which of these is you?”: choice, new: “Too late”",
        "Thing to fill in, no longer there: “Phone number”",
    ]


def test_papers_and_the_ways_to_give_them_are_compared() -> None:
    def edit(files: Files) -> None:
        materials = files["materials.json"]["materials"]
        materials[0]["ways"] = ["show_later", "promise"]
        materials.pop()

    found = said(changes(edit), "material")

    assert any("was photographed here, shown later, is now shown later, a promise instead" in each for each in found)
    assert any("no longer there" in each for each in found)


def test_a_rule_is_shown_before_and_after_in_words() -> None:
    def edit(files: Files) -> None:
        files["materials.json"]["materials"][0]["relevant"] = {"===": [{"var": "scenario.case"}, "unsure"]}

    found = said(changes(edit), "rule")

    assert len(found) == 1
    assert found[0].endswith("before: always; now: “Which of these is you?” is “None of these, or not sure”")


def test_only_one_language_reworded_is_said_so_in_the_other() -> None:
    def edit(files: Files) -> None:
        files["package.json"]["declaration"]["en"] = "All of it is true."

    found = changes(edit)

    assert found[0].topic == "sentence"
    assert found[0].words["zh-Hans"].endswith("（只改了英文）")
    assert "is now “All of it is true.”" in found[0].words["en"]


def test_parties_children_records_and_times_are_compared() -> None:
    def party(files: Files) -> None:
        files["package.json"]["parties"][0]["later_workdays"] = 20

    def child(files: Files) -> None:
        files["package.json"]["children"][1]["promised_workdays"] = 1

    def row(files: Files) -> None:
        files["record.json"]["rows"].pop()

    def times(files: Files) -> None:
        files["booking.json"]["capacity"] = 9

    assert said(changes(party, "multi_party"), "people")[0].endswith("was 10, is now 20")
    assert said(changes(child, "bundle"), "guide")[0].endswith("was 3, is now 1")
    assert "no longer there" in said(changes(row, "query"), "decision")[0]
    assert said(changes(times, "booking"), "decision") == ["Booking, people a time: was 4, is now 9"]


CASE = {"var": "scenario.case"}
NUMBER = {"var": "applicant.number"}
BORN = {"cat": [{"substr": [NUMBER, 6, 4]}, "-", {"substr": [NUMBER, 10, 2]}, "-", {"substr": [NUMBER, 12, 2]}]}


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        (None, "总是", "always"),
        (
            {"===": [CASE, "unsure"]},
            "“您是哪一种情况？”是“都不是，或说不准”",
            "“Which of these is you?” is “None of these, or not sure”",
        ),
        ({"===": [NUMBER, None]}, "“身份证号”没填", "“ID number” is not answered"),
        (
            {"<=": [BORN, {"var": "years_ago.60"}]},
            "“身份证号”里的出生日期不晚于60 年前的今天",
            "the date of birth in “ID number” is not after the day 60 years ago",
        ),
        (
            {"and": [{"!": CASE}, {"or": [{"!!": NUMBER}, {"in": [CASE, ["fits", "unsure"]]}]}]},
            "“您是哪一种情况？”为否，并且（填了“身份证号”，或者“您是哪一种情况？”是“【能在这里办的情形】”、“都不是，或说不准”中的一个）",
            "“Which of these is you?”: no, and (“ID number” is given, or “Which of these is you?” is one of "
            "“【The situation that fits】”, “None of these, or not sure”)",
        ),
        ({"<": [{"+": [NUMBER, 0]}, 5]}, "“身份证号”小于 5", "“ID number” is less than 5"),
    ],
)
def test_a_rule_reads_as_a_sentence(rule: Any, zh: str, en: str) -> None:
    assert rule_in_words(rule, package()) == {"zh-Hans": zh, "en": en}
