"""Every way is counted, none twice; what a walk costs; what it says while it runs."""

from __future__ import annotations

import copy
import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.authoring.prove import every_path, prove
from tests.authoring.small import (
    DELETE,
    HELP,
    Change,
    Files,
    choice,
    eq,
    field,
    made,
    option,
    page,
    proof_of,
    put,
    t,
)
from tests.forms.walk import TODAY

LAYOUT = "layout.json#/pages"


def shape(**added: Any) -> Change:
    """A change of the form's shape."""

    def change(files: Files) -> None:
        files["form.schema.json"]["properties"].update(copy.deepcopy(added))

    return change


def test_an_item_says_how_many_ways_lead_where() -> None:
    proof = proof_of(made("apply"))

    # For oneself or another; a park is refused; a tall tree with a fence or without one, or a low tree.
    assert proof.ends == {"submit": 6, "cannot": 2}
    assert proof.paths == 8
    assert proof.complete
    assert proof.papers == 2


def test_a_query_ends_in_an_answer_or_a_reason() -> None:
    assert proof_of(made("query")).ends == {"answer": 1, "cannot": 2}


def test_an_item_that_cannot_be_finished_here_is_handed_on() -> None:
    assert proof_of(made("apply", put("guide.json#/can_finish_here", False))).ends == {"hand-off": 6, "cannot": 2}


def test_the_default_way_takes_the_first_answers() -> None:
    way = proof_of(made("apply")).default_path

    assert way is not None
    assert way.end == "submit"
    assert way.answers["scenario.whom"].value == "self"
    assert way.pages == ("me", "height", "code", "helpers.0.name", "helpers.0.grown", "helpers", "phone")


def test_a_group_that_a_rule_reads_has_none_one_and_the_most_entries() -> None:
    rule = {"some": [{"var": "helpers"}, eq("grown", "no")]}
    ways = list(every_path(made("apply", put("materials.json#/materials/1/relevant", rule)), today=TODAY))

    entries = {way.answers["helpers"].value for way in ways if way.end == "submit"}
    mixed = {
        tuple(way.answers[f"helpers.{n}.grown"].value for n in range(2))
        for way in ways
        if way.end == "submit" and way.answers["helpers"].value == 2
    }
    assert entries == {0, 1, 2, 3}
    assert mixed == {("yes", "yes"), ("no", "yes")}


def test_values_are_tried_on_both_sides_of_what_a_rule_compares() -> None:
    ways = every_path(made("apply"), today=TODAY)

    heights = {way.answers["tree.height"].value for way in ways if way.end == "submit"}
    assert any(height > 3 for height in heights)
    assert any(height <= 3 for height in heights)
    assert all(height <= 20 for height in heights)


def test_places_inside_and_outside_what_a_rule_names_are_tried() -> None:
    rule = {"===": [{"substr": [{"var": "tree.area"}, 0, 4]}, "3309"]}
    where = field("tree.area", part="area:1", purpose=t("写在牌子上", "On the sign"))
    package = made(
        "apply",
        put("form.schema.json#/properties/tree/properties/area", {"$ref": "urn:kiosk:part:area:1"}),
        put(f"{LAYOUT}/-", page("area", t("在哪个区？", "In which district?"), where)),
        put("materials.json#/materials/1/relevant", rule),
    )

    areas = {way.answers["tree.area"].value for way in every_path(package, today=TODAY) if way.end == "submit"}

    assert {area.startswith("3309") for area in areas} == {True, False}


def test_people_of_both_sides_of_an_age_are_tried_by_their_number() -> None:
    born = {"cat": [{"substr": [{"var": "applicant.number"}, a, n]} for a, n in ((6, 4), (10, 2), (12, 2))]}
    dashed = {"cat": [born["cat"][0], "-", born["cat"][1], "-", born["cat"][2]]}
    package = made("apply", put("materials.json#/materials/1/relevant", {"<=": [dashed, {"var": "years_ago.70"}]}))

    proof = proof_of(package)
    numbers = {way.answers["applicant.number"].value for way in every_path(package, today=TODAY) if way.pages}

    assert proof.findings == ()
    assert {number[6:14] <= f"{TODAY.year - 70}{TODAY:%m%d}" for number in numbers} == {True, False}


def test_what_a_later_answer_makes_wrong_is_put_right_and_no_way_of_its_own() -> None:
    rule = {
        "code": "grown_up",
        "rule": {"or": [{"<=": [{"var": "tree.height"}, 3]}, {"none": [{"var": "helpers"}, eq("grown", "no")]}]},
        "message": t("树高，帮手要成年。", "With a tall tree helpers must be of age."),
    }
    package = made("apply", put(f"{LAYOUT}/2/fields/0/checks/-", rule))

    proof = proof_of(package)
    ways = [way for way in every_path(package, today=TODAY) if way.end == "submit"]

    assert proof.findings == ()
    assert proof.ends["submit"] == len(ways) > 6
    tall = [way for way in ways if way.answers["tree.height"].value > 3]
    assert all(a.value == "yes" for way in tall for path, a in way.answers.items() if path.endswith("grown"))


def test_a_check_that_does_not_read_its_own_answer_can_leave_no_answer_at_all() -> None:
    check = {"code": "own", "rule": eq("scenario.whom", "self"), "message": t("只能替自己。", "Only for yourself.")}
    for place in (f"{LAYOUT}/3/fields/0/checks", f"{LAYOUT}/4/fields/0/checks", f"{LAYOUT}/6/fields/0/checks"):
        proof = proof_of(made("apply", put(place, [check])))

        assert proof.ends["dead end"]
        assert "dead_end" in {finding.code for finding in proof.findings}


SHORT = {"type": "string", "pattern": "^YP[0-9]{6}$", "maxLength": 7}
"""What fits the pattern is longer than what fits the place."""


def code_of(kind: dict[str, Any], *more: Change) -> Any:
    """The small item whose code is asked only of who acts for another."""
    return made(
        "apply",
        put("form.schema.json#/properties/tree/properties/code", kind),
        put(f"{LAYOUT}/3/fields/0/example", DELETE),
        put(f"{LAYOUT}/3/relevant", eq("scenario.whom", "other")),
        *more,
    )


def test_a_field_that_nothing_fits_traps_who_comes_to_it() -> None:
    proof = proof_of(code_of(SHORT))

    (found,) = proof.findings
    assert proof.ends == {"submit": 3, "cannot": 2, "dead end": 2}
    assert (found.code, found.severity, found.pointer) == ("dead_end", "error", "/pages/3/fields/0")
    assert found.reason.startswith("no value was found that fits 'tree.code' after scenario.whom = other: ")


def test_a_field_that_nothing_fits_traps_also_where_a_rule_reads_it() -> None:
    read = put("materials.json#/materials/1/relevant", eq("tree.code", "T1"))

    proof = proof_of(code_of(SHORT, read))

    assert proof.ends["dead end"] == 2
    assert [f.code for f in proof.findings] == ["dead_end", "unreachable"]


def test_a_pattern_that_cannot_be_read_asks_for_an_example_and_the_walk_goes_on() -> None:
    kind = {"type": "string", "pattern": "^\\101{2}#[0-9]{3}$", "maxLength": 7}

    proof = proof_of(code_of(kind))
    helped = proof_of(code_of(kind, put(f"{LAYOUT}/3/fields/0/example", t("例如：AA#123", "For example: AA#123"))))

    assert proof.ends == helped.ends == {"submit": 6, "cannot": 2}
    assert [(f.code, f.severity) for f in proof.findings] == [("no_sample", "warning")]
    assert helped.findings == ()


def test_a_value_is_tried_as_it_is_kept() -> None:
    kind = {"type": "string", "pattern": "^a {2}b$", "maxLength": 7}

    assert [f.code for f in proof_of(code_of(kind)).findings] == ["no_sample"]


def test_of_several_checks_the_one_that_refuses_is_shown_with_the_answers_that_lead_there() -> None:
    def check(code: str, rule: Any) -> dict[str, Any]:
        return {"code": code, "rule": rule, "message": t("不行。", "It will not do.")}

    height = {"var": "tree.height"}
    checks = [
        check("high", {"<=": [height, 20]}),
        check("low", {">=": [height, 2]}),
        check("own", {"or": [eq("scenario.whom", "self"), {">": [height, 25]}]}),
        check("odd", {"!==": [height, 7]}),
    ]

    proof = proof_of(made("apply", put(f"{LAYOUT}/2/fields/0/checks", checks)))

    (found,) = [f for f in proof.findings if f.code == "dead_end"]
    assert found.pointer == "/pages/2/fields/0/checks/2"
    assert "scenario.whom = other" in found.reason


def test_the_one_figure_that_a_sum_leaves_is_found() -> None:
    product = {"*": [{"var": "tree.height"}, {"var": "tree.height"}]}
    check = {"code": "square", "rule": {"===": [product, 16]}, "message": t("要四米。", "Four metres.")}

    assert proof_of(made("apply", put(f"{LAYOUT}/2/fields/0/checks", [check]))).ends["submit"]


def test_a_walk_without_end_is_given_up_with_a_finding() -> None:
    proof = prove(made("apply"), limit=5, today=TODAY)

    assert not proof.complete
    assert [(f.code, f.file, f.pointer) for f in proof.findings] == [("too_many_paths", "layout.json", "/pages")]


def test_progress_grows_and_ends_with_the_number_of_ways() -> None:
    told: list[tuple[int, int | None]] = []

    proof = prove(many(4, 6), progress=lambda done, of: told.append((done, of)), today=TODAY)

    assert told[-1] == (proof.paths, proof.paths)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len(told) > 2


def test_thousands_of_ways_are_walked_to_the_last() -> None:
    package = many(6, 4)

    proof = prove(package, today=TODAY)

    assert proof.paths == 4**6
    assert proof.complete


def many(questions: int, answers: int) -> Any:
    """An item with so many questions, all of which bear on the last page, so that no two ways are alike."""
    names = [f"q{n}" for n in range(questions)]
    values = [f"a{n}" for n in range(answers)]
    choices = [option(value, "这个", "This one") for value in values]
    pages = [
        page(
            name,
            t("哪一个？", "Which one?"),
            field(f"x.{name}", kind="choice", label=t("哪个", "Which"), options=choices),
        )
        for name in names
    ]
    last = field("y.last", kind="choice", label=t("哪个", "Which"), options=choices[:2])
    rule = {"and": [{"in": [{"var": f"x.{name}"}, values]} for name in names]}
    return made(
        "apply",
        *(put(f"{LAYOUT}/-", one) for one in pages),
        put(f"{LAYOUT}/-", page("last", t("最后？", "The last?"), last, relevant=rule)),
        shape(x={"type": "object", "additionalProperties": False, "properties": {n: choice(*values) for n in names}}),
        shape(y={"type": "object", "additionalProperties": False, "properties": {"last": choice(*values[:2])}}),
        _without_scenarios,
    )


def _without_scenarios(files: Files) -> None:
    """Leave of the small item only what is asked on every way."""
    files["scenarios.json"]["questions"] = []
    files["package.json"]["activities"].remove("scenario")
    del files["package.json"]["acts_for"]
    for name in ("scenario", "other", "tree", "helpers"):
        del files["form.schema.json"]["properties"][name]
    kept = ("me", "phone", "last")
    files["layout.json"]["pages"] = [
        one for one in files["layout.json"]["pages"] if one["id"] in kept or one["id"].startswith("q")
    ]
    files["materials.json"]["materials"] = files["materials.json"]["materials"][1:2]


# ---- counted by brute force -------------------------------------------------------------------------------------

Plan = list[dict[str, Any]]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Up to three scenario questions and four choices of the form; each may hang on one asked before it."""
    found: list[dict[str, Any]] = []
    scenarios = draw(st.integers(1, 3))
    number_of_fields = draw(st.integers(0, 4))
    for number in range(scenarios + number_of_fields):
        kind = "scenario" if number < scenarios else "x"
        values = [f"v{n}" for n in range(draw(st.integers(2, 3)))]
        one: dict[str, Any] = {"path": f"{kind}.q{number}", "values": values, "relevant": None, "cannot": None}
        if draw(st.booleans()) and found:
            above = found[draw(st.integers(0, len(found) - 1))]
            one["relevant"] = (above["path"], draw(st.sampled_from(above["values"])))
        if kind == "scenario" and draw(st.booleans()):
            one["cannot"] = draw(st.sampled_from(values))
        found.append(one)
    return found


def built(plan: Plan) -> Any:
    """The package of a plan."""
    shapes: dict[str, Any] = {}
    questions, pages = [], []
    for one in plan:
        top, name = one["path"].split(".")
        shapes.setdefault(top, {})[name] = choice(*one["values"])
        choices = [option(value, "这个", "This one") for value in one["values"]]
        relevant = {"relevant": eq(*one["relevant"])} if one["relevant"] else {}
        title = t("哪一个？", "Which one?")
        if top == "scenario":
            question: dict[str, Any] = {"path": one["path"], "title": title, "options": choices, **relevant}
            if one["cannot"]:
                reason = t("不行。", "It will not do.")
                question["cannot"] = [{"rule": eq(one["path"], one["cannot"]), "reason": reason, "elsewhere": HELP}]
            questions.append(question)
        else:
            asked = field(one["path"], kind="choice", label=t("哪个", "Which"), options=choices)
            pages.append(page(name, title, asked, **relevant))

    def change(files: Files) -> None:
        _without_scenarios(files)
        files["scenarios.json"]["questions"] = questions
        files["package.json"]["activities"].insert(1, "scenario")
        files["layout.json"]["pages"] += pages
        for top, properties in shapes.items():
            files["form.schema.json"]["properties"][top] = {
                "type": "object",
                "additionalProperties": False,
                "properties": properties,
            }

    return made("apply", change)


def counted(plan: Plan) -> dict[str, int]:
    """The ways of a plan, found by trying every combination of every answer, without any of the code under test."""
    read = {one["relevant"][0] for one in plan if one["relevant"]}
    found: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    for chosen in itertools.product(*(one["values"] for one in plan)):
        seen: dict[str, str] = {}
        end = "submit"
        for one, value in zip(plan, chosen, strict=True):
            if one["relevant"] and seen.get(one["relevant"][0]) != one["relevant"][1]:
                continue
            if one["path"].startswith("x.") and one["path"] not in read:
                continue
            seen[one["path"]] = value
            if one["cannot"] == value:
                end = "cannot"
                break
        found.add((end, tuple(seen.items())))
    return {end: sum(one == end for one, _ in found) for end in {end for end, _ in found}}


@settings(max_examples=40, deadline=None)
@given(plans())
def test_as_many_ways_are_counted_as_trying_everything_finds(plan: Plan) -> None:
    package = built(plan)

    proof = prove(package, today=TODAY)
    each = [way.end for way in every_path(package, today=TODAY)]

    assert proof.ends == counted(plan)
    assert {end: each.count(end) for end in set(each)} == proof.ends
