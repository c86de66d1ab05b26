"""A right package gives no finding; each wrong one gives exactly its own, at the right file and line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kiosk.authoring.findings import CODES
from kiosk.authoring.lint import lint
from kiosk.authoring.lint_texts import icon_names
from kiosk.authoring.places import mend_of
from kiosk.forms.bundle import line_of
from tests.authoring.small import (
    CONSENT,
    DELETE,
    HELP,
    PHONE,
    SORTS,
    Change,
    choice,
    eq,
    field,
    findings_of,
    made,
    option,
    page,
    part,
    put,
    t,
)
from tests.forms.walk import TODAY
from ui.kit import icons

ROOT = Path(__file__).parents[2]
LAYOUT, FORM, HEAD, GUIDE = "layout.json#/pages", "form.schema.json#/properties", "package.json#", "guide.json#"


@dataclass(frozen=True)
class Wrong:
    """One wrong package: the finding it must give (code, file and pointer) and the changes that make it so."""

    code: str
    sort: str
    place: str
    changes: tuple[Change, ...]
    story: str = ""


def wrong(code: str, sort: str, place: str, *changes: Change, story: str = "") -> Wrong:
    return Wrong(code, sort, place, changes, story)


def check(code: str, rule: Any, message: dict[str, str] | None = None) -> dict[str, Any]:
    return {"code": code, "rule": rule, "message": message or t("这样不行。", "This will not do.")}


def question(path: str, rule: Any = None) -> dict[str, Any]:
    found = {
        "path": f"scenario.{path}",
        "title": t("您想好了吗？", "Have you made up your mind?"),
        "options": [option("yes", "想好了", "Yes"), option("no", "还没有", "No")],
    }
    return found | ({"relevant": rule} if rule is not None else {})


def asks(path: str, *rules: Any) -> tuple[Change, ...]:
    """One more scenario question, and pages that read its answer so that it decides something."""
    name = path
    return (
        put("scenarios.json#/questions/-", question(name)),
        put(f"{FORM}/scenario/properties/{name}", choice("yes", "no")),
        *(put(f"{LAYOUT}/{rule}/relevant", eq(f"scenario.{name}", "yes")) for rule in rules),
    )


ASKED = put(
    f"{HEAD}/activities",
    "guide scenario checklist consent identify form materials precheck review submit result receipt rate".split(),
)
"""The activity that asks the checks of papers."""


def both(path: str, one: str, other: str) -> dict[str, Any]:
    """A rule that never holds, of values that can be answered."""
    return {"and": [eq(path, one), eq(path, other)]}


GRANTED = {"outcome": "granted", "reason": t("证明开好了。", "The certificate is ready.")}
AGE = {"<=": [{"var": "applicant.birth"}, {"var": "years_ago.18"}]}
BIRTH = field("applicant.birth", part="date:1", source="card.birth", editable=False, label=t("生日", "Birth"))
NATION = field("applicant.nation", part="nation:1", label=t("民族", "Ethnic group"))
STREET = {"kind": "address", "label": t("哪条街", "Street")}


def planted(**more: Any) -> tuple[Change, ...]:
    """One more page that asks for a day."""
    asked = field("tree.planted", part="date:1", label=t("哪天", "Day"), **more)
    return (
        put(f"{FORM}/tree/properties/planted", part("date:1")),
        put(f"{LAYOUT}/-", page("planted", t("哪天种的？", "When was it planted?"), asked)),
    )


WRONG = [
    # ---- the loader's own
    wrong("refused", "apply", "package.json#/kind", put(f"{HEAD}/kind", "game")),
    wrong(
        "cycle",
        "apply",
        "layout.json#/pages/2/relevant",
        put(f"{LAYOUT}/2/relevant", eq("tree.fence", "yes")),
        story="height needs fence, fence needs height",
    ),
    wrong(
        "asked_twice",
        "apply",
        "layout.json#/pages/6/fields/0/path",
        put(f"{LAYOUT}/6/fields/0/path", "tree.height"),
        story="the same path",
    ),
    wrong("translation", "apply", "guide.json#/after", put(f"{GUIDE}/after/en", DELETE), story="missing"),
    wrong(
        "refused",
        "apply",
        "materials.json#/materials/2",
        put("materials.json#/materials/2/id", "sketch"),
        story="the second of two of a name",
    ),
    wrong(
        "refused",
        "apply",
        "guide.json#/fees",
        put(f"{GUIDE}/fees", t("不收", "None")),
        story="a key that is not known",
    ),
    wrong(
        "refused",
        "apply",
        "layout.json#/pages/2/fields/0/minimum",
        put(f"{LAYOUT}/2/fields/0/minimum", 3),
        story="a key that is not known deeper down",
    ),
    wrong(
        "pattern",
        "apply",
        "form.schema.json#/properties/tree/properties/code/pattern",
        put(f"{FORM}/tree/properties/code/pattern", "(?=T)"),
    ),
    wrong(
        "too_many_options",
        "apply",
        "layout.json#/pages/4/fields/0/options",
        put(f"{LAYOUT}/4/fields/0/options", [option(f"o{n}", "要", "Yes") for n in range(8)]),
    ),
    wrong("deadline", "apply", "guide.json#/promised_workdays", put(f"{GUIDE}/promised_workdays", 11)),
    # ---- ways through
    wrong(
        "dead_end",
        "apply",
        "layout.json#/pages/4/fields/0/checks/0",
        put(f"{LAYOUT}/4/fields/0/checks", [check("own", eq("scenario.whom", "self"))]),
        story="nobody who acts for another gets by",
    ),
    wrong(
        "dead_end",
        "apply",
        "layout.json#/pages/0/fields/2/checks/0",
        put(f"{FORM}/applicant/properties/birth", part("date:1")),
        put(f"{LAYOUT}/0/fields/-", BIRTH | {"checks": [check("young", AGE)]}),
        story="the card's own value is refused and cannot be changed",
    ),
    wrong(
        "contradiction",
        "apply",
        "layout.json#/pages/2/fields/0/checks/1",
        put(f"{LAYOUT}/2/fields/0/checks/-", check("low", {">": [{"var": "tree.height"}, 20]})),
    ),
    wrong(
        "unreachable",
        "apply",
        "layout.json#/pages/4/relevant",
        put(f"{LAYOUT}/4/relevant", {">": [{"var": "tree.height"}, 20]}),
        put("materials.json#/materials/0/relevant", DELETE),
        story="a page",
    ),
    wrong(
        "unreachable",
        "apply",
        "layout.json#/pages/2/fields/1/relevant",
        put(f"{FORM}/tree/properties/width", {"type": "integer", "minimum": 1, "maximum": 9}),
        put(
            f"{LAYOUT}/2/fields/-",
            field(
                "tree.width",
                kind="digits",
                label=t("宽几米", "Width"),
                relevant=eq("scenario.place", "park"),
            ),
        ),
        story="a field",
    ),
    wrong(
        "unreachable",
        "apply",
        "layout.json#/pages/4/fields/0/options/1",
        put(f"{LAYOUT}/4/fields/0/checks", [check("must", eq("tree.fence", "yes"))]),
        story="an answer",
    ),
    wrong(
        "unreachable",
        "apply",
        "materials.json#/materials/1/relevant",
        put("materials.json#/materials/1/relevant", both("tree.fence", "yes", "no")),
        story="a material",
    ),
    wrong(
        "unreachable",
        "bundle",
        "package.json#/children/1/relevant",
        put(f"{HEAD}/children/1/relevant", both("tap.side", "left", "right")),
        story="a child item",
    ),
    wrong(
        "unreachable",
        "bundle",
        "package.json#/parties/0/relevant",
        put(f"{HEAD}/parties/0/relevant", both("tap.side", "left", "right")),
        story="a party",
    ),
    wrong(
        "unreachable",
        "apply",
        "scenarios.json#/questions/2/relevant",
        put("scenarios.json#/questions/-", question("sure", eq("scenario.place", "park"))),
        put(f"{FORM}/scenario/properties/sure", choice("yes", "no")),
        put(f"{LAYOUT}/6/fields/0/relevant", {"!==": [{"var": "scenario.sure"}, "no"]}),
        story="a question",
    ),
    wrong(
        "cannot_never",
        "apply",
        "scenarios.json#/questions/1/cannot/0/rule",
        put("scenarios.json#/questions/1/cannot/0/rule", both("scenario.place", "street", "park")),
        put("materials.json#/materials/1/relevant", eq("scenario.place", "park")),
    ),
    wrong(
        "cannot_never",
        "query",
        "record.json#/cannot/0/rule",
        put("record.json#/cannot/0/rule", {"and": [eq("facts.closed", True), eq("facts.closed", False)]}),
        story="of the registers",
    ),
    wrong(
        "cannot_always",
        "apply",
        "scenarios.json#/questions/1/cannot/0/rule",
        put("scenarios.json#/questions/1/cannot/0/rule", {"!!": [{"var": "scenario.place"}]}),
    ),
    wrong(
        "cannot_always",
        "query",
        "record.json#/cannot/0/rule",
        put("record.json#/cannot/0/rule", {"!==": [{"var": "facts.closed"}, None]}),
        story="of the registers",
    ),
    wrong(
        "no_way_through",
        "apply",
        "scenarios.json#/questions",
        put(
            "scenarios.json#/questions/1/cannot/-",
            {"rule": eq("scenario.place", "street"), "reason": t("街边也不行。", "Nor here."), "elsewhere": HELP},
        ),
    ),
    wrong(
        "no_way_through",
        "apply",
        "layout.json#/pages/2/fields/0/checks/1",
        put(
            f"{LAYOUT}/2/fields/0/checks/-",
            check("low", {">": [{"var": "tree.height"}, 40]}, t("请打 12345。", "Please call 12345.")),
        ),
        story="a check that sends everybody elsewhere",
    ),
    wrong("idle_question", "apply", "scenarios.json#/questions/2", *asks("sure")),
    wrong(
        "too_many_questions",
        "apply",
        "scenarios.json#/questions/3",
        *asks("sure", 2),
        *asks("really", 3),
    ),
    wrong(
        "too_many_touches",
        "certificate",
        "package.json#/activities",
        put(f"{HEAD}/activities", "guide consent identify form sign review submit result receipt rate".split()),
        put(f"{FORM}/applicant/properties/phone", part("phone:1")),
        put(f"{LAYOUT}/-", PHONE),
        put(f"{HEAD}/consents", [CONSENT | {"id": f"c{n}"} for n in range(4)]),
    ),
    wrong(
        "paper_never_right",
        "apply",
        "materials.json#/materials/0/checks",
        ASKED,
        put("materials.json#/materials/0/checks", [check("paper", {">": [{"var": "paper.pages"}, 9]})]),
    ),
    wrong(
        "decision_never",
        "certificate",
        "decision.json#/rules/2/when",
        put("decision.json#/rules/-", GRANTED | {"id": "late", "when": {"<": [{"var": "facts.trees"}, 0]}}),
    ),
    wrong("never_granted", "certificate", "decision.json#/rules", put("decision.json#/rules/1/outcome", "referred")),
    wrong(
        "authority",
        "apply",
        "package.json#/acts_for/authority",
        put("materials.json#/materials/2/relevant", eq("scenario.whom", "self")),
    ),
    wrong(
        "figures",
        "apply",
        "guide.json#/now/materials",
        put(f"{GUIDE}/now/materials", 1),
        story="papers of the path that needs most",
    ),
    wrong(
        "dead_end",
        "apply",
        "form.schema.json#/required",
        put("form.schema.json#/required", ["other"]),
        story="required of what is hidden",
    ),
    # ---- what rules compare with
    wrong(
        "wrong_value",
        "apply",
        "layout.json#/pages/1/relevant/!==",
        put(f"{LAYOUT}/1/relevant", {"!==": [{"var": "scenario.whom"}, "slef"]}),
        put("materials.json#/materials/1/relevant", eq("scenario.whom", "self")),
        story="misspelt",
    ),
    wrong(
        "wrong_value",
        "apply",
        "layout.json#/pages/4/relevant/or/0/in",
        put(
            f"{LAYOUT}/4/relevant",
            {"or": [{"in": [{"var": "scenario.place"}, ["park", "strete"]]}, {">": [{"var": "tree.height"}, 3]}]},
        ),
        story="one of a list",
    ),
    wrong(
        "wrong_value",
        "apply",
        "layout.json#/pages/2/fields/0/checks/0/rule/and/1/!==",
        put(
            f"{LAYOUT}/2/fields/0/checks/0/rule",
            {"and": [{"<=": [{"var": "tree.height"}, 20]}, {"!==": [{"var": "tree.height"}, "20"]}]},
        ),
        put(f"{LAYOUT}/4/relevant", DELETE),
        story="of another kind",
    ),
    wrong(
        "wrong_value",
        "apply",
        "materials.json#/materials/0/checks/0/rule/!==",
        ASKED,
        put("materials.json#/materials/0/checks", [check("paper", {"!==": [{"var": "paper.way"}, "promise"]})]),
        story="a way that is not offered",
    ),
    wrong(
        "wrong_value",
        "certificate",
        "decision.json#/rules/0/when/or/1/===",
        put(
            "decision.json#/rules/0/when",
            {"or": [{"<": [{"var": "facts.trees"}, 1]}, {"===": [{"var": "facts.trees"}, True]}]},
        ),
        story="a fact of another kind",
    ),
    wrong(
        "wrong_value",
        "apply",
        "layout.json#/pages/7/relevant/!/0/some/1/===",
        put(
            f"{LAYOUT}/-",
            page(
                "tag",
                t("牌子上写什么？", "What is on the sign?"),
                field("applicant.tag", kind="text", label=t("字", "Words")),
            ),
        ),
        put(f"{FORM}/applicant/properties/tag", {"type": "string", "maxLength": 9}),
        put(f"{LAYOUT}/7/relevant", {"!": [{"some": [{"var": "helpers"}, eq("grown", "maybe")]}]}),
        story="in a group",
    ),
    wrong(
        "constant_rule",
        "apply",
        "layout.json#/pages/1/relevant",
        put(f"{LAYOUT}/1/relevant", "scenario.whom === other"),
        story="no rule at all",
    ),
    wrong(
        "checks_unasked",
        "apply",
        "materials.json#/materials/0/checks",
        put("materials.json#/materials/0/checks", [check("paper", {">": [{"var": "tree.height"}, 3]})]),
    ),
    wrong(
        "city_material",
        "apply",
        "guide.json#/bring/0",
        put(f"{GUIDE}/bring", [t("街道平面图", "Map of the street")]),
        story="to be brought",
    ),
    wrong(
        "figures",
        "apply",
        "result.json#/by_status/accepted/body/zh-Hans",
        put("result.json#/by_status/accepted/body/zh-Hans", "已经收到，3 个工作日内办好。"),
        story="days of the result",
    ),
    wrong(
        "figures",
        "apply",
        "guide.json#/finish_here/en",
        put(f"{GUIDE}/finish_here/en", "About 9 minutes"),
        story="minutes",
    ),
    wrong(
        "figures",
        "apply",
        "guide.json#/finish_here/zh-Hans",
        put(f"{GUIDE}/finish_here/zh-Hans", "不用再来"),
        put(f"{GUIDE}/visits", 1),
        put(f"{GUIDE}/now/visits", 1),
        story="visits",
    ),
    wrong(
        "translation",
        "apply",
        "guide.json#/fee/en",
        put(f"{GUIDE}/fee", t("3 个工作日内退", "Given back within 13 working days")),
        story="other figures",
    ),
    wrong(
        "contradiction",
        "apply",
        "form.schema.json#/properties/tree/properties/code/pattern",
        put(f"{FORM}/tree/properties/code/maxLength", 4),
        put(f"{LAYOUT}/3/fields/0/required", False),
        put(f"{LAYOUT}/3/fields/0/example", DELETE),
        story="a pattern longer than its place",
    ),
    wrong(
        "example",
        "apply",
        "layout.json#/pages/3/fields/0/example/en",
        put(f"{LAYOUT}/3/fields/0/example", t("T1234", "T12345")),
        story="a bare code",
    ),
    wrong(
        "check_idle",
        "apply",
        "layout.json#/pages/2/fields/0/checks/1",
        put(f"{LAYOUT}/2/fields/0/checks/-", check("low", {">=": [{"var": "tree.height"}, 1]})),
        story="a figure",
    ),
    wrong(
        "check_idle",
        "apply",
        "layout.json#/pages/4/fields/0/checks/0",
        put(f"{LAYOUT}/4/fields/0/checks", [check("one", {"in": [{"var": "tree.fence"}, ["yes", "no"]]})]),
        story="a choice",
    ),
    wrong(
        "fixed_date",
        "apply",
        "layout.json#/pages/7/fields/0/max_date",
        *planted(max_date="2027-06-30"),
        story="the last day",
    ),
    wrong(
        "fixed_date",
        "apply",
        "layout.json#/pages/7/fields/0/min_date",
        *planted(min_date="2026-01-01"),
        story="the first day",
    ),
    wrong(
        "fixed_date",
        "apply",
        "layout.json#/pages/7/fields/0/checks/0/rule/<=",
        *planted(checks=[check("late", {"<=": [{"var": "tree.planted"}, "2026-12-31"]})]),
        story="in a rule",
    ),
    wrong("icon", "apply", "materials.json#/materials/0/icon", put("materials.json#/materials/0/icon", "treehouse")),
    # ---- what is asked and fetched
    wrong(
        "asked_twice",
        "apply",
        "layout.json#/pages/6/fields/1",
        put(f"{FORM}/applicant/properties/mobile", part("phone:1")),
        put(f"{LAYOUT}/6/fields/-", field("applicant.mobile", part="phone:1")),
        story="two telephones of one person",
    ),
    wrong(
        "asked_twice",
        "bundle",
        "layout.json#/pages/4/fields/1",
        put(f"{FORM}/tree/properties/street", part("address:1")),
        put(f"{FORM}/tap/properties/street", part("address:1")),
        put(f"{LAYOUT}/4/fields/-", field("tap.street", **STREET)),
        put(f"{LAYOUT}/3/fields/2", field("tree.street", **STREET)),
        put(f"{FORM}/neighbour/properties/phone", DELETE),
        put(f"{LAYOUT}/3/relevant", DELETE),
        story="for two agencies",
    ),
    wrong(
        "typed_though_known",
        "apply",
        "layout.json#/pages/7/fields/0",
        put(f"{FORM}/applicant/properties/nation", part("nation:1")),
        put(f"{LAYOUT}/-", page("nation", t("您是哪个民族？", "What is your ethnic group?"), NATION)),
    ),
    wrong(
        "city_material",
        "apply",
        "materials.json#/materials/0",
        put("materials.json#/materials/0/issuer", t("市民政局", "Civil Affairs Bureau")),
        story="by its issuer",
    ),
    wrong(
        "city_material",
        "apply",
        "materials.json#/materials/0",
        put("materials.json#/materials/0/title", t("户口簿", "Household register")),
        story="by its name",
    ),
    wrong(
        "over_fetch",
        "certificate",
        "decision.json#/facts/1",
        put("decision.json#/facts/-", {"name": "age", "kind": "integer", "title": t("年龄", "Age")}),
        story="for a decision",
    ),
    wrong(
        "over_fetch",
        "query",
        "record.json#/facts/2",
        put("record.json#/facts/-", {"name": "age", "kind": "integer", "title": t("年龄", "Age")}),
        story="of the registers",
    ),
    wrong("child_gets_all", "bundle", "package.json#/children/0", put(f"{HEAD}/children/0/data", DELETE)),
    wrong(
        "nobody_receives",
        "bundle",
        "layout.json#/pages/3/fields/0",
        put(f"{HEAD}/children/1/data", ["neighbour.number", "neighbour.phone", "tap"]),
        story="a datum",
    ),
    wrong(
        "nobody_receives",
        "bundle",
        "materials.json#/materials/0",
        put(f"{HEAD}/children/0/materials", []),
        story="a paper",
    ),
    wrong(
        "party_sees",
        "bundle",
        "package.json#/parties/0/sees/3",
        put(f"{HEAD}/parties/0/sees/-", "applicant.number"),
    ),
    # ---- what is promised
    wrong("figures", "apply", "guide.json#/now/workdays", put(f"{GUIDE}/now/workdays", 4), story="working days"),
    wrong("figures", "bundle", "guide.json#/before/visits", put(f"{GUIDE}/before/visits", 8), story="done alone"),
    wrong(
        "figures", "bundle", "guide.json#/before", put(f"{HEAD}/children/0/alone", DELETE), story="nothing to add up"
    ),
    wrong(
        "deadline",
        "bundle",
        "package.json#/children/1/promised_workdays",
        put(f"{HEAD}/children/1/statutory_workdays", 2),
        story="of a child",
    ),
    wrong(
        "no_staffed_way",
        "apply",
        "guide.json#/elsewhere",
        put(f"{GUIDE}/elsewhere", t("上网看看", "Look on the web")),
        put(f"{GUIDE}/ask_at", t("上网看看", "Look on the web")),
    ),
    wrong(
        "cannot_elsewhere",
        "apply",
        "scenarios.json#/questions/1/cannot/0/elsewhere",
        put("scenarios.json#/questions/1/cannot/0/elsewhere", t("没有办法", "There is no way")),
    ),
    wrong(
        "refused_otherwise",
        "certificate",
        "decision.json#/otherwise",
        put("decision.json#/otherwise/outcome", "refused"),
    ),
    # ---- words
    wrong("translation", "apply", "guide.json#/after/en", put(f"{GUIDE}/after/en", "五天内"), story="not English"),
    wrong(
        "translation", "apply", "guide.json#/after/zh-Hans", put(f"{GUIDE}/after/zh-Hans", "soon"), story="not Chinese"
    ),
    wrong("translation", "apply", "guide.json#/after/en", put(f"{GUIDE}/after", t("same", "same")), story="the same"),
    wrong(
        "speech",
        "apply",
        "layout.json#/pages/2/title",
        put(f"{LAYOUT}/2/title", t("占地超过 3㎡ 吗？", "More than 3 square metres?")),
        story="a sign",
    ),
    wrong(
        "speech",
        "apply",
        "scenarios.json#/questions/0/title",
        put("scenarios.json#/questions/0/title", t("您有 USCC 吗？", "Do you have a code?")),
        story="an abbreviation",
    ),
    wrong(
        "speech",
        "apply",
        "layout.json#/pages/2/speech",
        put(f"{LAYOUT}/2/title", t("高 3-5 米吗？", "Three to five metres?")),
        put(f"{LAYOUT}/2/speech", t("高 3-5 米吗？", "Three to five metres?")),
        story="words that cannot be said either",
    ),
    wrong("jargon", "apply", "guide.json#/after/zh-Hans", put(f"{GUIDE}/after/zh-Hans", "办结后打电话告诉您。")),
    wrong("jargon", "apply", "guide.json#/after/en", put(f"{GUIDE}/after/en", "You hereby agree."), story="en"),
    wrong("long_sentence", "apply", "guide.json#/after/zh-Hans", put(f"{GUIDE}/after/zh-Hans", "等" * 51)),
    wrong("long_sentence", "apply", "guide.json#/after/en", put(f"{GUIDE}/after/en", "wait " * 31), story="en"),
    # ---- patterns and examples
    wrong(
        "slow_pattern",
        "apply",
        "form.schema.json#/properties/tree/properties/code/pattern",
        put(f"{FORM}/tree/properties/code/pattern", "^T([0-9]+)+$"),
        story="a repeat in a repeat",
    ),
    wrong(
        "slow_pattern",
        "apply",
        "form.schema.json#/properties/tree/properties/code/pattern",
        put(f"{FORM}/tree/properties/code/pattern", "^T[0-9]{1,1000}$"),
        story="a long repeat",
    ),
    wrong(
        "unanchored",
        "apply",
        "form.schema.json#/properties/tree/properties/code/pattern",
        put(f"{FORM}/tree/properties/code/pattern", "^T[0-9]{4}|Y$"),
    ),
    wrong(
        "pattern_message",
        "apply",
        "layout.json#/pages/3/fields/0",
        put(f"{LAYOUT}/3/fields/0/pattern_message", DELETE),
    ),
    wrong(
        "example",
        "apply",
        "layout.json#/pages/3/fields/0/example/zh-Hans",
        put(f"{LAYOUT}/3/fields/0/example/zh-Hans", "例如：1234"),
    ),
]
TRIED_ELSEWHERE = frozenset({"too_many_paths", "no_sample", "no_such_item"})
"""In tests/authoring/test_prove.py, and below."""


@pytest.mark.parametrize("sort", SORTS)
def test_a_right_package_gives_no_finding(sort: str) -> None:
    assert findings_of(made(sort)) == []


@pytest.mark.parametrize("one", WRONG, ids=lambda one: f"{one.code} {one.story}".strip())
def test_a_wrong_package_gives_its_finding_where_it_is_wrong(one: Wrong) -> None:
    package = made(one.sort, *one.changes)
    file, _, pointer = one.place.partition("#")

    found = findings_of(package)

    assert [(f.code, f.file, f.pointer) for f in found] == [(one.code, file, pointer)], "\n".join(map(str, found))
    assert found[0].line == _line(package.files[file], pointer)
    assert found[0].severity == CODES[one.code].severity
    assert found[0].reason
    assert found[0].mend.endswith(".")


def _line(text: str, pointer: str) -> int | None:
    """The line of the place, or of what it stands in where the wrong thing is that it is missing."""
    while (line := line_of(text, pointer)) is None and pointer.count("/") > 1:
        pointer = pointer.rpartition("/")[0]
    return line


def test_every_code_has_a_wrong_package() -> None:
    assert {one.code for one in WRONG} | TRIED_ELSEWHERE == set(CODES)


def test_a_cycle_is_told_with_its_chain() -> None:
    cycle = next(one for one in WRONG if one.code == "cycle")

    (found,) = findings_of(made(cycle.sort, *cycle.changes))

    assert found.reason.startswith("tree.height -> tree.fence -> tree.height goes round in a circle")


@pytest.mark.parametrize(
    ("reason", "place", "says"),
    [
        ("not JSON: Unexpected UTF-8 BOM (decode using utf-8-sig)", "/", "without BOM"),
        ("not JSON: Expecting ',' delimiter", "/", "the one before"),
        ("not UTF-8", "/", "encoding UTF-8"),
        ("no file of this name belongs in a package", "/", "form.schema.json"),
        ("enum of 'a' is not the choices that are offered", "/", "in the order of the options"),
        ("does not have the form asked for", "/pages/0/fields/0/max_date", "without spaces"),
    ],
)
def test_what_the_loader_refuses_has_a_mend_of_its_own(reason: str, place: str, says: str) -> None:
    _, mend = mend_of(reason, place)

    assert mend is not None
    assert says in mend


def test_a_child_names_a_package_that_is_there() -> None:
    package = made("bundle", put(f"{HEAD}/children/1/item", "water"))

    (found,) = lint(package, today=TODAY, items={"tree"})

    assert (found.code, found.pointer) == ("no_such_item", "/children/1/item")
    assert lint(package, today=TODAY, items={"water"}) == lint(package, today=TODAY) == ()


def test_the_icons_are_those_of_the_screens() -> None:
    drawn = json.loads((ROOT / "ui" / "kit" / "icons.json").read_text("utf-8"))

    assert set(drawn) | set(icons._OTHER_NAMES) == icon_names()


@pytest.mark.parametrize("pattern", ["^T[0-9]{4}$", "(?i)^T$|^Y$", r"^[|$]\|$", r"\AT\z", "^(?:T|Y)$", r"^T\\$"])
def test_a_pattern_for_the_whole_value_is_anchored(pattern: str) -> None:
    package = made("apply", put(f"{FORM}/tree/properties/code/pattern", pattern))

    assert "unanchored" not in {found.code for found in lint(package, today=TODAY)}


@pytest.mark.parametrize("pattern", ["T[0-9]{4}", "^T|^Y$", r"^T\$", "^T[$]", "T$", "^T"])
def test_a_pattern_that_fits_a_part_of_a_value_is_not(pattern: str) -> None:
    package = made("apply", put(f"{FORM}/tree/properties/code/pattern", pattern))

    assert "unanchored" in {found.code for found in lint(package, today=TODAY)}


def test_chinese_quoted_in_english_is_no_missing_translation() -> None:
    quoted = put(f"{LAYOUT}/3/fields/0/help", t("写“树”字也行", "You may write 树 too"))

    assert findings_of(made("apply", quoted)) == []


def test_two_fields_that_are_never_shown_together_ask_for_nothing_twice() -> None:
    second = page("mobile", t("您的手机号？", "Your number?"), field("applicant.mobile", part="phone:1"))

    found = findings_of(
        made(
            "apply",
            put(f"{FORM}/applicant/properties/mobile", part("phone:1")),
            put(f"{LAYOUT}/-", second | {"relevant": eq("scenario.whom", "self")}),
            put(f"{LAYOUT}/6/relevant", eq("scenario.whom", "other")),
        )
    )

    assert found == []


def test_a_refusal_that_names_a_counter_is_a_reasoned_end() -> None:
    birth = BIRTH | {"checks": [check("young", AGE, t("请到 3 楼 5 号窗办。", "Please go to counter 5."))]}

    found = findings_of(
        made("apply", put(f"{FORM}/applicant/properties/birth", part("date:1")), put(f"{LAYOUT}/0/fields/-", birth))
    )

    assert found == []
