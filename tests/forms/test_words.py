"""The words of the format one by one: days, regions, computed fields, records, bookings, pre-checks, people."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from kiosk.forms import (
    AnswerSet,
    Context,
    FormEngine,
    Licence,
    PackageError,
    PaperGiven,
    RecordRowSpec,
    RecordSpec,
    decide,
    load_package,
    record_view,
)
from kiosk.forms.environment import day_away
from kiosk.forms.model import FactSpec, ScenarioOutcome
from tests.forms import made
from tests.forms.made import field, group, material, options, page, question, words
from tests.forms.walk import CTX, EMPTY, NOW, TODAY, typed


def given(**values: object) -> AnswerSet:
    """Answers with ``__`` for a dot."""
    return {path.replace("__", "."): typed(value) for path, value in values.items()}


def var(path: str) -> dict[str, str]:
    return {"var": path}


# ---- days -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "number", "today", "day"),
    [
        ("years_ago", 60, "2026-11-23", "1966-11-23"),
        ("years_ago", 1, "2028-02-29", "2027-02-28"),
        ("years_ago", 4, "2028-02-29", "2024-02-29"),
        ("months_ago", 1, "2026-03-31", "2026-02-28"),
        ("months_ago", 11, "2026-11-30", "2025-12-30"),
        ("months_ago", 600, "2026-01-15", "1976-01-15"),
        ("days_ago", 1, "2026-03-01", "2026-02-28"),
        ("days_ahead", 30, "2026-12-15", "2027-01-14"),
    ],
)
def test_a_day_counted_from_today_is_a_real_day(name: str, number: int, today: str, day: str) -> None:
    assert day_away(name, number, date.fromisoformat(today)) == date.fromisoformat(day)


def test_whoever_is_sixty_today_is_asked_and_whoever_will_be_tomorrow_is_not() -> None:
    old = {"<=": [var("born"), var("years_ago.60")]}
    engine = made.engine(page("birth", field("born", "date")), page("allowance", field("bank"), relevant=old))
    assert [p.key for p in engine.pages(given(born="1966-11-23"), CTX)] == ["birth", "allowance"]
    assert [p.key for p in engine.pages(given(born="1966-11-24"), CTX)] == ["birth"]


def test_inside_a_group_and_in_a_decision_the_days_are_the_same() -> None:
    minor = {">": [var("born"), var("years_ago.18")]}
    child = group("kids", page("one", field("born", "date"), field("school", relevant=minor)))
    fact = {"facts": [{"name": "since", "kind": "string", "title": words("自")}], "otherwise": refusal("不行")}
    rule = {"id": "old", "when": {"<=": [var("facts.since"), var("months_ago.6")]}, **refusal("太久")}
    package = made.package(child, decision={**fact, "rules": [rule]})
    answers = given(kids=1, kids__0__born="2015-01-01")
    assert [f.path for f in FormEngine(package).pages(answers, CTX)[0].fields] == ["kids.0.born", "kids.0.school"]
    assert decide(package, {}, {"since": "2026-05-23"}, TODAY).rule_id == "old"
    assert decide(package, {}, {"since": "2026-05-24"}, TODAY).rule_id == "otherwise"


def refusal(why: str) -> dict[str, Any]:
    return {"outcome": "refused", "reason": words(why)}


@pytest.mark.parametrize(
    "path", ["years_ago.121", "years_ago.0", "years_ago.x", "years_ago", "days_ago.4001", "today.x"]
)
def test_a_day_that_nobody_counts_is_no_path(path: str) -> None:
    with pytest.raises(PackageError, match="not a path"):
        made.package(page("a", field("a")), page("b", field("b"), relevant={"<": [var("a"), var(path)]}))


# ---- the receiving region ---------------------------------------------------------------------------------------

REGIONS: list[dict[str, Any]] = [
    {**options("nanan")[0], "office": made.OFFICE, "rules": {"lease_months": 6, "photo": True}},
    {**options("linshui")[0], "office": made.OFFICE, "rules": {"lease_months": 12, "photo": False}},
]
RULES = {"lease_months": "integer", "photo": "boolean"}


def test_the_chosen_region_brings_its_own_rules_and_another_region_others() -> None:
    enough = {"code": "short", "rule": {">=": [var("months"), var("region.lease_months")]}, "message": words("太短")}
    months = field("months", "digits", whole=True, checks=[enough])
    engine = made.engine(
        page("where", field("district", "region")),
        page("lease", months),
        page("photo", field("photo_at"), relevant=var("region.photo")),
        regions=("district", REGIONS, RULES),
    )
    south, east = given(district="nanan", months=8), given(district="linshui", months=8)
    assert engine.check_page("lease", south, CTX) == ()
    assert [e.code for e in engine.check_page("lease", east, CTX)] == ["short"]
    assert [p.key for p in engine.pages(south, CTX)] == ["where", "lease", "photo"]
    assert [p.key for p in engine.pages(east, CTX)] == ["where", "lease"]
    assert [p.key for p in engine.pages(EMPTY, CTX)] == ["where", "lease"]
    assert engine.region_rules({"district": "linshui"}) == {"lease_months": 12, "photo": False}
    assert engine.region_rules({}) == {}


# ---- computed ---------------------------------------------------------------------------------------------------


def bill() -> FormEngine:
    return made.engine(
        page("amount", field("total", "money"), field("paid", "money", required=False)),
        page(
            "sum",
            field("due", "money", computed={"-": [var("total"), var("paid")]}),
            field("fee", "money", computed={"*": [var("due"), 0.005]}),
            kind="prefilled",
        ),
        page("big", field("reason"), relevant={">": [var("due"), 1000]}),
    )


def test_what_is_computed_follows_the_answers_and_is_rounded_half_up() -> None:
    engine = bill()
    answers = given(total="1280.5", paid="79.50")
    assert engine.data(answers, CTX) == {"total": "1280.50", "paid": "79.50", "due": "1201.00", "fee": "6.01"}
    (run,) = [p for p in engine.pages(answers, CTX) if p.key == "sum"]
    assert [(f.value, f.editable, f.required) for f in run.fields] == [
        ("1201.00", False, False),
        ("6.01", False, False),
    ]
    assert "big" in [p.key for p in engine.pages(answers, CTX)]
    assert engine.visible_paths(answers, CTX) == ("total", "paid", "due", "fee")


def test_an_answer_at_a_computed_path_is_ignored() -> None:
    engine = bill()
    assert engine.data(given(total="10.00", due="1.00"), CTX)["due"] == "10.00"
    assert engine.check("due", "1.00", given(total="10.00"), CTX) is None


def test_the_centre_works_it_out_again_and_refuses_another_value() -> None:
    engine = bill()
    data = engine.data(given(total="10.00"), CTX)
    assert engine.validate(data, CTX) == ()
    assert [(e.path, e.code) for e in engine.validate({**data, "fee": "0.06"}, CTX)] == [("fee", "computed")]
    without = {name: value for name, value in data.items() if name != "due"}
    assert [(e.path, e.code) for e in engine.validate(without, CTX)] == [("due", "computed")]


@pytest.mark.parametrize(
    ("kind", "whole", "result", "value"),
    [
        ("digits", True, {"+": [1, 2]}, 3),
        ("digits", True, {"*": [1.5, 2]}, 3),
        ("digits", True, {"*": [1.5, 3]}, None),
        ("digits", False, {"+": [1, 2]}, "3"),
        ("digits", True, {"===": [1, 1]}, None),
        ("money", False, {"+": [0.1, 0.2]}, "0.30"),
        ("money", False, {"+": [2.675, 0]}, "2.68"),
        ("money", False, {"+": [var("words"), 1]}, None),
        ("money", False, {"===": [1, 1]}, None),
        ("text", False, {"cat": ["甲", 3]}, "甲3"),
        ("text", False, {"===": [1, 1]}, None),
        ("date", False, var("years_ago.1"), "2025-11-23"),
    ],
)
def test_a_result_of_another_kind_is_absent(kind: str, whole: bool, result: Any, value: Any) -> None:
    out = field("out", kind, computed=result, **({"whole": True} if whole else {}))
    engine = made.engine(page("in", field("words")), page("out", out, kind="prefilled"))
    answers = given(words="三块钱")
    assert engine.data(answers, CTX).get("out") == value
    assert engine.validate(engine.data(answers, CTX), CTX) == ()


# ---- records ----------------------------------------------------------------------------------------------------

SPEC = RecordSpec(
    facts=(FactSpec("months", "integer", words("月")), FactSpec("open", "boolean", words("开"))),
    rows=(
        RecordRowSpec(words("缴了"), var("facts.months"), words("个月")),
        RecordRowSpec(words("账户"), var("facts.open")),
        RecordRowSpec(words("少了"), words("要补"), relevant={"<": [var("facts.months"), 12]}),
    ),
    empty=ScenarioOutcome(None, words("查不到"), words("窗口")),
    cannot=(ScenarioOutcome({"!": [var("facts.open")]}, words("停了"), words("窗口")),),
)


def test_a_record_is_shown_as_rows_in_words() -> None:
    view = record_view(SPEC, {"months": 8, "open": True, "other": 1}, TODAY)
    rows = [(row.label["en"], row.value["en"]) for row in view.rows]
    assert rows == [("缴了", "8 个月"), ("账户", "Yes"), ("少了", "要补")]
    assert (view.stop, view.known) == (None, True)


def test_a_record_that_stops_says_why_and_one_with_a_missing_fact_says_nothing_else() -> None:
    assert record_view(SPEC, {"months": 12, "open": False}, TODAY).stop is SPEC.cannot[0]
    for facts in ({"months": 8}, {"months": True, "open": True}, {"months": "8", "open": True}, {}):
        view = record_view(SPEC, facts, TODAY)
        assert (view.rows, view.stop, view.known) == ((), SPEC.empty, False)


def test_a_record_fills_the_form_unless_the_resident_typed_or_the_fact_is_of_another_kind() -> None:
    facts = [
        {"name": "months", "kind": "integer", "title": words("月")},
        {"name": "card", "kind": "string", "title": words("卡")},
    ]
    record = {"facts": facts, "rows": [{"label": words("月"), "value": var("facts.months")}], "empty": made.STOP}
    engine = made.engine(
        page(
            "known",
            field("months", "digits", whole=True, source="record.months"),
            field("card", source="record.card"),
            kind="prefilled",
        ),
        record=record,
    )
    answers = engine.prefill(None, {}, EMPTY, CTX, NOW, record={"months": 8, "card": "66"})
    assert engine.data(answers, CTX) == {"months": 8, "card": "66"}
    assert {(a.source, a.trust) for a in answers.values()} == {("record", "A")}
    assert answers["card"].source_name == {"zh-Hans": "部门登记的信息", "en": "The agencies' records"}
    mine = engine.prefill(None, {}, given(card="77"), CTX, NOW, record={"months": True, "card": "66"})
    assert engine.data(mine, CTX) == {"card": "77"}


# ---- bookings ---------------------------------------------------------------------------------------------------

BOOKING = {
    "day": "visit.day",
    "slot": "visit.slot",
    "first_workday": 1,
    "last_workday": 10,
    "slots": ["09:30", "14:00"],
    "capacity": 3,
}


def test_a_booked_day_and_time_stand_in_the_data_and_are_demanded() -> None:
    engine = made.engine(page("a", field("a")), booking=BOOKING)
    answers = given(a="甲", visit__day="2026-11-24", visit__slot="09:30")
    data = engine.data(answers, CTX)
    assert data == {"a": "甲", "visit": {"day": "2026-11-24", "slot": "09:30"}}
    assert engine.validate(data, CTX) == ()
    assert engine.visible_paths(answers, CTX) == ("a", "visit.day", "visit.slot")
    assert engine.display("visit.day", "2026-11-24")["en"] == "24 November 2026"
    missing = engine.validate({"a": "甲"}, CTX)
    assert [(e.path, e.code) for e in missing] == [("visit.day", "required"), ("visit.slot", "required")]


@pytest.mark.parametrize(
    ("day", "slot", "codes"),
    [
        ("2026-11-28", "09:30", ["workday"]),  # a Saturday
        ("2026-10-01", "09:30", ["workday"]),  # National Day
        ("tomorrow", "09:30", ["date"]),
        ("2026-11-24", "10:00", ["choice"]),
    ],
)
def test_a_day_without_work_or_a_time_that_is_not_offered_is_refused(day: str, slot: str, codes: list[str]) -> None:
    engine = made.engine(page("a", field("a")), booking=BOOKING)
    errors = engine.validate({"a": "甲", "visit": {"day": day, "slot": slot}}, CTX)
    assert [e.code for e in errors] == codes


def test_a_saturday_can_be_booked_where_the_office_opens_on_saturdays() -> None:
    engine = made.engine(page("a", field("a")), booking={**BOOKING, "saturdays": True})
    assert engine.check("visit.day", "2026-11-28", EMPTY, CTX) is None
    sunday = engine.check("visit.day", "2026-11-29", EMPTY, CTX)
    assert sunday is not None
    assert sunday.code == "workday"


# ---- the pre-check ----------------------------------------------------------------------------------------------


def checked(**given_papers: PaperGiven) -> dict[str, tuple[str, str | None]]:
    pages = {"code": "pages", "rule": {">=": [var("paper.pages"), 2]}, "message": words("要两页")}
    promise = {"code": "no_promise", "rule": {"!==": [var("paper.way"), "promise"]}, "message": words("不能承诺")}
    fresh = {
        "code": "stale",
        "rule": {">=": [var("licence.valid_to"), var("days_ahead.30")]},
        "message": words("快过期"),
    }
    engine = made.engine(
        page("a", field("a")),
        materials=[
            material("lease", ways=["capture", "promise", "show_later"], checks=[pages, promise]),
            material("permit", licence_type="permit", checks=[fresh, pages]),
            material("book", ways=[], issued_by_city=True),
            material("never", relevant={"===": [var("a"), "x"]}),
        ],
        licences=[{"type": "permit", "title": words("证"), "why": words("核对")}],
    )
    licence = Licence("permit", "7", words("局"), None, date(2026, 12, 1), {})
    found = engine.precheck(given(a="甲"), {"permit": licence}, given_papers, CTX)
    return {check.material.id: (check.state, check.code) for check in found}


def test_the_pre_check_says_pass_fail_or_open_of_each_material() -> None:
    city = ("pass", None)
    assert checked() == {"lease": ("open", None), "permit": ("fail", "stale"), "book": city}
    assert checked(lease=PaperGiven("capture", 0))["lease"] == ("open", None)
    assert checked(lease=PaperGiven("capture", 1))["lease"] == ("fail", "pages")
    assert checked(lease=PaperGiven("capture", 2))["lease"] == ("pass", None)
    assert checked(lease=PaperGiven("promise", 2))["lease"] == ("fail", "no_promise")


def test_a_check_speaks_of_the_paper_or_of_the_licence() -> None:
    both = {"code": "b", "rule": {"or": [var("paper.pages"), var("licence.valid_to")]}, "message": words("不行")}
    with pytest.raises(PackageError, match="not of both"):
        made.package(page("a", field("a")), materials=[material("m", licence_type="permit", checks=[both])])


# ---- people -----------------------------------------------------------------------------------------------------

PARTY = {"title": words("另一位"), "identify": ["id_card"], "confirms": words("我同意")}


def test_each_member_of_a_group_confirms_and_reads_its_own_entry_alone() -> None:
    owners = group("owners", page("who", field("name", "name"), field("number", "id_number"), field("share")))
    engine = made.engine(
        page("house", field("address", "address"), field("secret_price", "money")),
        owners,
        parties=[
            {
                **PARTY,
                "id": "owner",
                "each": "owners",
                "name": "name",
                "number": "number",
                "sees": ["address", "owners"],
            }
        ],
    )
    names = given(owners=2, owners__0__name="林秋禾", owners__0__number="339999199104169828", owners__1__name="高远山")
    answers = {**names, **given(address="柳桥路 1 号", secret_price="9.00")}
    first, second = engine.parties(answers, CTX)
    assert (first.key, first.name, first.number) == ("owner.0", "林秋禾", "339999199104169828")
    assert (second.key, second.name, second.number) == ("owner.1", "高远山", "")
    assert engine.sees(second, answers, CTX) == (("address", "柳桥路 1 号"), ("owners.1.name", "高远山"))


def test_a_party_that_is_not_part_of_this_path_is_not_asked() -> None:
    party = {**PARTY, "id": "spouse", "name": "spouse.name", "number": "spouse.number", "sees": ["married"]}
    engine = made.engine(
        page("m", field("married", "choice", options=options("yes", "no"))),
        page(
            "s",
            field("spouse.name", "name"),
            field("spouse.number", "id_number"),
            relevant={"===": [var("married"), "yes"]},
        ),
        parties=[{**party, "relevant": {"===": [var("married"), "yes"]}}],
    )
    assert engine.parties(given(married="no", spouse__name="高远山"), CTX) == ()
    (need,) = engine.parties(given(married="yes", spouse__name="高远山"), CTX)
    assert (need.key, need.name) == ("spouse", "高远山")
    assert engine.sees(need, given(married="yes", spouse__name="高远山"), CTX) == (("married", "yes"),)


def test_whoever_acts_for_somebody_is_told_from_whoever_acts_for_oneself() -> None:
    engine = made.engine(
        page("for", field("other.name", "name"), relevant={"!==": [var("scenario.role"), "me"]}),
        questions=[question("scenario.role", "me", "child", "parent")],
        materials=[material("letter")],
        acts_for={"role": "scenario.role", "self": ["me"], "name": "other.name", "authority": "letter"},
    )
    assert engine.acts_for({"scenario": {"role": "me"}}) is None
    assert engine.acts_for({}) is None
    assert engine.acts_for({"scenario": {"role": "child"}, "other": {"name": "林小满"}}) == ("林小满", None, "child")


def test_each_agency_of_a_bundle_receives_its_own_part() -> None:
    child = {"title": words("子"), "agency": words("局"), "promised_workdays": 1, "statutory_workdays": 2}
    engine = made.engine(
        page("a", field("person.name", "name"), field("person.phone", "phone")),
        page("b", field("shop.name"), field("shop.size")),
        group("staff", page("c", field("name", "name"))),
        children=[
            {**child, "id": "one", "code": "330999000002", "data": ["person.name", "shop", "staff"]},
            {**child, "id": "two", "code": "330999000003"},
        ],
    )
    one, two = engine.package.children
    data = engine.data(
        given(person__name="林秋禾", person__phone="13800005520", shop__size="9", staff=1, staff__0__name="高远山"), CTX
    )
    assert engine.child_data(one, data) == {
        "person": {"name": "林秋禾"},
        "shop": {"size": "9"},
        "staff": [{"name": "高远山"}],
    }
    assert engine.child_data(two, data) == data
    assert engine.child_data(two, data) is not data


# ---- what is kept nowhere ---------------------------------------------------------------------------------------

PIN = {"sensitivity": "secret", "retention": "none"}
SAME = {"code": "other", "rule": {"!==": [var("pin"), var("name")]}, "message": words("不能一样")}


def test_a_secret_is_checked_here_and_never_sent_nor_missed_by_the_centre() -> None:
    engine = made.engine(page("login", field("name"), field("pin", **PIN, checks=[SAME])))
    answers = given(name="甲", pin="甲")
    assert [e.code for e in engine.check_page("login", answers, CTX)] == ["other"]
    wrong = engine.check("pin", "甲", answers, CTX)
    assert wrong is not None
    assert wrong.code == "other"
    assert engine.check("pin", "乙", answers, CTX) is None
    assert [e.code for e in engine.check_page("login", given(name="甲"), CTX)] == ["required"]
    data = engine.data(given(name="甲", pin="乙"), CTX)
    assert data == {"name": "甲"}
    assert engine.visible_paths(given(name="甲", pin="乙"), CTX) == ("name",)
    assert engine.validate(data, CTX) == ()
    assert [e.code for e in engine.validate({**data, "pin": "乙"}, CTX)] == ["hidden"]


@pytest.mark.parametrize(
    ("place", "change"),
    [
        ("layout.json", {"pages": [page("b", field("b"), relevant=var("pin"))]}),
        ("layout.json", {"pages": [page("b", field("b", computed=var("pin")), kind="prefilled")]}),
        ("layout.json", {"pages": [page("b", field("b", checks=[{**SAME, "rule": var("pin")}]))]}),
        ("materials.json", {"materials": [material("m", relevant=var("pin"))]}),
        ("package.json", {"parties": [{**PARTY, "id": "p", "name": "pin", "number": "a", "sees": ["a"]}]}),
        ("package.json", {"parties": [{**PARTY, "id": "p", "name": "a", "number": "a", "sees": ["pin"]}]}),
    ],
)
def test_nothing_else_reads_a_secret(place: str, change: dict[str, Any]) -> None:
    pages = [page("a", field("a"), field("pin", **PIN)), *change.pop("pages", [])]
    with pytest.raises(PackageError, match="kept nowhere") as caught:
        made.package(*pages, **change)
    assert caught.value.file == place


def test_in_a_group_too_only_its_own_check_reads_a_secret() -> None:
    ok = {**SAME, "rule": {"!==": [var("pin"), "0000"]}}
    people = page("who", field("name", "name"), field("pin", **PIN, checks=[ok]))
    engine = made.engine(group("people", people))
    answers = given(people=1, people__0__name="林秋禾", people__0__pin="0000")
    assert [(e.path, e.code) for e in engine.check_page("people.0.who", answers, CTX)] == [("people.0.pin", "other")]
    assert engine.data(answers, CTX) == {"people": [{"name": "林秋禾"}]}
    other = page("more", field("more", relevant=var("pin")))
    with pytest.raises(PackageError, match="kept nowhere"):
        made.package(group("people", people, other))
    some = {"some": [var("people"), {"===": [var("pin"), "1"]}]}
    with pytest.raises(PackageError, match="kept nowhere"):
        made.package(group("people", people), page("b", field("b"), relevant=some))


def test_a_secret_that_the_schema_requires_or_a_day_that_is_none_is_refused() -> None:
    files = made.files(page("a", field("a"), field("pin", **PIN)))
    files["form.schema.json"]["required"] = ["pin"]
    with pytest.raises(PackageError, match="cannot be required"):
        load_package(made.bundle(files))
    with pytest.raises(PackageError, match="not a real day"):
        made.package(page("a", field("a", "date", min_date="2026-02-30")))


def test_another_language_or_another_day_is_another_question() -> None:
    engine = FormEngine(
        made.package(page("a", field("a", relevant={"===": [var("today"), "2026-11-23"]}))), remember=True
    )
    assert [p.key for p in engine.pages(EMPTY, CTX)] == ["a"]
    assert engine.pages(EMPTY, Context(date(2026, 11, 24))) == ()
