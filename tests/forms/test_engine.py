"""What a resident meets: questions that come and go, values that are kept, papers that need not be given."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from datetime import date
from pathlib import Path

import pytest

from kiosk.forms import Answer, AnswerSet, FormEngine, Licence, drop_prefix, load_package, set_answer
from tests.forms import made
from tests.forms.made import field, page, question, words
from tests.forms.walk import CARD, CTX, EMPTY, NOW, TODAY, typed

SERVICES = Path(__file__).parents[2] / "config" / "services"
PERMIT = FormEngine(load_package(SERVICES / "residence-permit-renewal"))
SHOP = FormEngine(load_package(SERVICES / "open-restaurant"))
COMPLAINT = FormEngine(load_package(SERVICES / "complaint-12345"))


def answered(**values: object) -> AnswerSet:
    """Answers with ``__`` for a dot."""
    return {path.replace("__", "."): typed(value) for path, value in values.items()}


def keys(engine: FormEngine, answers: AnswerSet) -> list[str]:
    return [page.key for page in engine.pages(answers, CTX)]


# ---- scenario ---------------------------------------------------------------------------------------------------


def test_the_second_scenario_question_comes_only_after_the_first_is_answered_well() -> None:
    assert [q.path for q in PERMIT.scenario_questions(EMPTY, CTX)] == ["scenario.permit"]
    valid = answered(scenario__permit="valid")
    assert [q.path for q in PERMIT.scenario_questions(valid, CTX)] == ["scenario.permit", "scenario.reason"]
    assert PERMIT.scenario_outcome(valid, CTX).kind == "go"


def test_a_lost_permit_cannot_be_renewed_here_and_the_resident_is_told_why_and_where_else() -> None:
    outcome = PERMIT.scenario_outcome(answered(scenario__permit="lost"), CTX)
    assert outcome.kind == "cannot"
    assert outcome.reason is not None
    assert outcome.elsewhere is not None
    assert "补" in outcome.reason["zh-Hans"]
    assert "Renmin Road" in outcome.elsewhere["en"]


# ---- pages ------------------------------------------------------------------------------------------------------


def test_renting_brings_the_landlord_and_the_lease_and_going_back_takes_them_away_without_losing_the_name() -> None:
    rent = answered(
        scenario__permit="valid", scenario__reason="home", residence__kind="rent", residence__landlord="高远山"
    )
    assert [k for k in keys(PERMIT, rent) if k in ("landlord", "lease", "host")] == ["landlord", "lease"]
    own = set_answer(rent, "residence.kind", typed("own"))
    assert "landlord" not in keys(PERMIT, own)
    assert "landlord" not in PERMIT.data(own, CTX)["residence"]
    assert own["residence.landlord"].value == "高远山"
    again = set_answer(own, "residence.kind", typed("rent"))
    assert PERMIT.data(again, CTX)["residence"]["landlord"] == "高远山"


def test_a_dormitory_asks_for_the_employer_unless_the_resident_studies() -> None:
    dorm = {"scenario__permit": "valid", "residence__kind": "dorm"}
    assert "employer" in keys(PERMIT, answered(**dorm, scenario__reason="home"))
    study = keys(PERMIT, answered(**dorm, scenario__reason="study"))
    assert "school" in study
    assert "employer" not in study


def test_a_hidden_answer_is_unseen_by_the_rules_that_follow_it() -> None:
    both = answered(complaint__category="road", complaint__noise_time="night", contact__callback="no")
    assert "noise_time" not in keys(COMPLAINT, both)
    assert COMPLAINT.data(both, CTX)["complaint"] == {"category": "road"}


# ---- prefill ----------------------------------------------------------------------------------------------------


def registration(**fields: str) -> dict[str, Licence]:
    issuer = {"zh-Hans": "云浦市公安局", "en": "Yunpu Public Security Bureau"}
    days = (date(2025, 3, 12), date(2027, 3, 11))
    return {"residence_registration": Licence("residence_registration", "YP-7", issuer, *days, fields)}


def test_the_card_fills_name_number_and_address_and_each_says_where_it_comes_from() -> None:
    answers = PERMIT.prefill(CARD, {}, EMPTY, CTX, NOW)
    assert {path: a.value for path, a in answers.items()} == {
        "applicant.name": "林秋禾",
        "applicant.number": "339999199104169828",
        "applicant.household_address": "临水县青石镇柳下村3组18号",
    }
    assert {(a.source, a.trust) for a in answers.values()} == {("card", "A")}
    assert answers["applicant.name"].source_name == {"zh-Hans": "身份证芯片，刚刚读取", "en": "ID card chip, just read"}


def test_a_typed_answer_is_never_overwritten_by_a_source() -> None:
    mine = set_answer(EMPTY, "applicant.name", typed("林秋和"))
    assert PERMIT.prefill(CARD, {}, mine, CTX, NOW)["applicant.name"].value == "林秋和"


def test_a_new_card_takes_the_place_of_what_an_earlier_card_filled() -> None:
    first = PERMIT.prefill(CARD, {}, EMPTY, CTX, NOW)
    second = PERMIT.prefill({**CARD, "name": "王砚舟"}, {}, first, CTX, NOW)
    assert second["applicant.name"].value == "王砚舟"


def test_a_licence_fills_only_the_fields_bound_to_it() -> None:
    licences = registration(since="2025-03-12", district="nanan", secret="x")
    answers = PERMIT.prefill(CARD, licences, EMPTY, CTX, NOW)
    assert answers["residence.registered_on"].value == "2025-03-12"
    assert answers["residence.registered_on"].source == "licence"
    name = answers["residence.registered_on"].source_name
    assert name is not None
    assert name["zh-Hans"] == "居住登记回执"
    assert answers["residence.registered_on"].issued_on == date(2025, 3, 12)
    assert answers["residence.registered_on"].valid_to == date(2027, 3, 11)
    assert "x" not in [a.value for a in answers.values()]


def test_a_citizen_code_is_named_as_the_source_and_what_it_does_not_carry_can_be_typed() -> None:
    answers = PERMIT.prefill({"name": "林秋禾"}, {}, EMPTY, CTX, NOW, card_source="citizen_code")
    assert answers["applicant.name"].source == "citizen_code"
    page = PERMIT.pages(answers, CTX)[0]
    assert [(f.path, f.editable) for f in page.fields] == [("applicant.name", False), ("applicant.number", True)]


def test_a_card_with_a_latin_name_alone_fills_the_name() -> None:
    card = {"name": "", "english_name": "TEST, SAMPLE PERSON", "number": "931586198001010028", "address": ""}
    answers = PERMIT.prefill(card, {}, EMPTY, CTX, NOW)
    assert answers["applicant.name"].value == "TEST, SAMPLE PERSON"
    assert "applicant.household_address" not in [f.path for f in PERMIT.pages(answers, CTX)[0].fields]


def test_a_source_that_brings_a_wrong_value_brings_nothing() -> None:
    licences = registration(since="last spring", district="atlantis")
    answers = PERMIT.prefill({**CARD, "number": "11010519491231002Y"}, licences, EMPTY, CTX, NOW)
    assert set(answers) == {"applicant.name", "applicant.household_address"}


# ---- checks -----------------------------------------------------------------------------------------------------


def test_an_empty_answer_is_an_error_where_it_is_required_and_none_where_it_is_not() -> None:
    error = COMPLAINT.check("complaint.text", "  ", EMPTY, CTX)
    assert error is not None
    assert error.code == "required"
    assert COMPLAINT.check("place.address", "", EMPTY, CTX) is None


def test_more_seats_than_square_metres_is_told_at_the_seats() -> None:
    answers = answered(shop__area="20", shop__seats="24")
    error = SHOP.check("shop.seats", "24", answers, CTX)
    assert error is not None
    assert (error.path, error.code) == ("shop.seats", "too_many_seats")
    assert SHOP.check("shop.seats", "20", answers, CTX) is None
    assert [e.path for e in SHOP.check_page("size", answers, CTX)] == ["shop.seats"]


def test_the_number_of_the_name_reservation_says_what_right_looks_like() -> None:
    error = SHOP.check("enterprise.name_number", "2026000123", EMPTY, CTX)
    assert error is not None
    assert error.code == "pattern"
    assert "YP2026000123" in error.message["en"]
    assert SHOP.check("enterprise.name_number", "YP2026000123", EMPTY, CTX) is None


def test_a_path_that_no_field_has_is_unknown() -> None:
    error = SHOP.check("shop.owner.cat", "x", EMPTY, CTX)
    assert error is not None
    assert error.code == "unknown"


# ---- groups -----------------------------------------------------------------------------------------------------


def staff(*people: Mapping[str, object]) -> AnswerSet:
    answers: AnswerSet = EMPTY
    for index, person in enumerate(people):
        if index:
            answers = SHOP.add_item(answers, "staff", NOW)
        for name, value in person.items():
            answers = set_answer(answers, f"staff.{index}.{name}", typed(value))
    return answers


def test_a_group_starts_with_one_item_and_its_overview_comes_after_it() -> None:
    found = [k for k in keys(SHOP, EMPTY) if k.startswith("staff")]
    assert found == ["staff.0.name", "staff.0.id_number", "staff.0.role", "staff.0.health", "staff"]


def test_items_are_added_up_to_eight_and_taken_away_down_to_one() -> None:
    answers: AnswerSet = EMPTY
    for _ in range(12):
        answers = SHOP.add_item(answers, "staff", NOW)
    assert SHOP.items(answers, "staff") == 8
    for _ in range(12):
        answers = SHOP.remove_item(answers, "staff", 0, NOW)
    assert SHOP.items(answers, "staff") == 1


def test_taking_one_person_away_moves_the_later_ones_up() -> None:
    answers = staff({"name": "甲"}, {"name": "乙"}, {"name": "丙"})
    answers = SHOP.remove_item(answers, "staff", 1, NOW)
    assert [row["name"] for row in SHOP.data(answers, CTX)["staff"]] == ["甲", "丙"]
    assert "staff.2.name" not in answers


def test_inside_a_group_the_rule_sees_the_item_first_and_the_form_by_its_key() -> None:
    answers = staff(
        {"role": "kitchen", "has_health_certificate": "yes", "health_certificate_until": "2027-01-01"},
        {"role": "service", "has_health_certificate": "no"},
    )
    assert "staff.0.health_until" in keys(SHOP, answers)
    assert "staff.1.health_until" not in keys(SHOP, answers)
    error = SHOP.check("staff.0.has_health_certificate", "no", answers, CTX)
    assert error is not None
    assert error.code == "health_certificate_needed"
    assert SHOP.check("staff.1.has_health_certificate", "no", answers, CTX) is None
    later = set_answer(answers, "shop.opens_on", typed("2027-02-01"))
    late = SHOP.check("staff.0.health_certificate_until", "2027-01-01", later, CTX)
    assert late is not None
    assert late.code == "ends_before_opening"


def test_one_id_number_stands_for_one_person_only() -> None:
    answers = staff({"id_number": "11010519491231002X"}, {"id_number": "11010519491231002x"})
    error = SHOP.check("staff.1.id_number", "11010519491231002x", answers, CTX)
    assert error is not None
    assert error.code == "not_unique"
    assert SHOP.check("staff.0.id_number", "11010519491231002X", answers, CTX) is None


# ---- materials --------------------------------------------------------------------------------------------------


def licence(valid_to: date | None) -> Licence:
    return Licence(
        "lease_registration", "L-1", {"zh-Hans": "市住房局"}, date(2025, 1, 1), valid_to, {"until": "2027-06-30"}
    )


RENT = answered(scenario__permit="valid", scenario__reason="work", residence__kind="rent")


def states(answers: AnswerSet, licences: Mapping[str, Licence]) -> dict[str, str]:
    return {need.material.id: need.state for need in PERMIT.materials(answers, licences, CTX)}


def test_what_a_city_agency_issued_is_waived_and_the_lease_is_needed_when_no_licence_is_found() -> None:
    assert states(RENT, {}) == {
        "residence_registration": "waived_agency",
        "lease": "needed",
        "property_certificate": "not_needed",
        "dorm_letter": "not_needed",
        "host_statement": "not_needed",
        "social_insurance": "waived_agency",
        "student_status": "not_needed",
    }


@pytest.mark.parametrize(
    ("valid_to", "state"), [(None, "waived_licence"), (TODAY, "waived_licence"), (date(2026, 11, 22), "needed")]
)
def test_a_lease_licence_that_is_valid_today_waives_the_lease(valid_to: date | None, state: str) -> None:
    found = licence(valid_to)
    need = next(n for n in PERMIT.materials(RENT, {"lease_registration": found}, CTX) if n.material.id == "lease")
    assert need.state == state
    assert need.licence == (found if state == "waived_licence" else None)


def test_the_two_waivers_stay_apart_when_the_library_has_an_agency_paper_too() -> None:
    found = Licence("residence_registration", "R-1", {"zh-Hans": "市公安局"}, None, None, {})
    assert states(RENT, {"residence_registration": found})["residence_registration"] == "waived_agency"


def test_only_the_licences_and_the_fields_of_this_path_are_asked_for() -> None:
    own = set_answer(RENT, "residence.kind", typed("own"))
    assert PERMIT.licence_fields(RENT, CTX) == {
        "lease_registration": ("until",),
        "residence_registration": ("since", "district", "address"),
    }
    assert PERMIT.licence_types(own, CTX) == ("residence_registration",)
    assert COMPLAINT.licence_types(EMPTY, CTX) == ()


def test_a_licence_of_a_page_that_is_not_on_this_path_is_not_asked_for() -> None:
    number = field("old.number", source="licence.permit.number", only_prefilled=True)
    engine = made.engine(
        page("old", number, kind="prefilled", relevant={"===": [{"var": "scenario.had"}, "yes"]}),
        questions=[question("scenario.had", "yes", "no")],
        licences=[{"type": "permit", "title": words("证"), "why": words("看")}],
    )
    assert engine.licence_types(answered(scenario__had="yes"), CTX) == ("permit",)
    assert engine.licence_types(answered(scenario__had="no"), CTX) == ()


# ---- whole data -------------------------------------------------------------------------------------------------


def good() -> dict[str, object]:
    answers = PERMIT.prefill(CARD, {}, RENT, CTX, NOW)
    more = answered(
        residence__district="nanan",
        residence__address="柳桥路 128 弄 6 号楼 502 室",
        residence__landlord="高远山",
        residence__lease_until="2027-06-30",
        work__employer="云浦晴川食品厂",
        applicant__phone="138 0000 5520",
    )
    return PERMIT.data({**answers, **more}, CTX)


def test_a_whole_form_is_right_when_every_visible_question_is_answered() -> None:
    data = good()
    assert PERMIT.validate(data, CTX) == ()
    assert data["applicant"] == {
        "name": "林秋禾",
        "number": "339999199104169828",
        "household_address": "临水县青石镇柳下村3组18号",
        "phone": "13800005520",
    }


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("residence.host", "高远山", "hidden"),
        ("study.school", "某校", "hidden"),
        ("residence.moon", "x", "unknown"),
        ("applicant.phone", "123", "phone"),
        ("applicant.phone", "138 0000 5520", "type"),
        ("applicant.phone", 13800005520, "type"),
        ("applicant.number", "110105194912310021", "id_checksum"),
        ("residence.district", "atlantis", "choice"),
        ("residence.lease_until", "2020-01-01", "date_early"),
        ("scenario.permit", "lost", "cannot"),
        ("scenario.reason", None, "type"),
        ("applicant.name", "", "type"),
        ("residence.landlord", None, "type"),
    ],
)
def test_a_whole_form_with_one_bad_value_says_which_and_why(path: str, value: object, code: str) -> None:
    data = good()
    head, _, last = path.partition(".")
    data[head] = {**data.get(head, {}), last: value}  # type: ignore[dict-item]
    assert code in [e.code for e in PERMIT.validate(data, CTX)]


def test_a_missing_answer_is_found_in_a_whole_form() -> None:
    data = good()
    del data["work"]
    assert [(e.path, e.code) for e in PERMIT.validate(data, CTX)] == [("work.employer", "required")]


@pytest.mark.parametrize(
    "data", [{}, {"staff": "x"}, {"staff": [1]}, {"staff": [{}] * 9}, {"shop": []}, {"staff": {"a": {}}}]
)
def test_rubbish_for_data_is_answered_with_errors_and_not_with_a_crash(data: dict[str, object]) -> None:
    assert SHOP.validate(data, CTX)


def test_answers_are_immutable_and_helpers_give_new_sets() -> None:
    one = set_answer(EMPTY, "a.b", typed("x"))
    two = drop_prefix(set_answer(one, "a.bc", typed("y")), "a.b")
    assert set(one) == {"a.b"}
    assert set(two) == {"a.bc"}
    with pytest.raises(TypeError):
        one["a.b"] = typed("z")  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        one["a.b"].value = "z"  # type: ignore[misc]


def test_an_answer_never_shows_its_value_in_its_repr() -> None:
    assert "林秋禾" not in repr(Answer("林秋禾", "typed", "D", NOW))
    assert "SECRET" not in repr(Licence("t", "SECRET-1", {"zh-Hans": "局"}, None, None, {"x": "SECRET"}))


def test_values_read_as_a_resident_would_say_them() -> None:
    assert PERMIT.display("residence.kind", "rent") == {"zh-Hans": "租的房子", "en": "A rented home"}
    assert PERMIT.display("residence.lease_until", "2027-06-30")["zh-Hans"] == "2027 年 6 月 30 日"
    assert PERMIT.display("scenario.reason", "work")["en"] == "I work here"
    assert SHOP.display("staff.3.role", "kitchen")["en"] == "Kitchen"
    assert SHOP.display("shop.area", "0086")["en"] == "86"


def test_importing_the_room_loads_no_heavy_library() -> None:
    heavy = ("jsonschema", "datalogic_py", "re2", "chinese_calendar", "rfc8785")
    code = f"import sys, kiosk.forms; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"
