"""The reusable field kinds, by golden values of the standards and by what fingers do on a screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.forms import Field, Option
from kiosk.forms.messages import MESSAGES, message
from kiosk.forms.validators import (
    clean,
    id_check_character,
    id_number_problem,
    is_empty,
    name_problem,
    phone_problem,
    problem,
    uscc_check_character,
    uscc_problem,
)

TODAY = date(2026, 11, 23)
LABEL = {"zh-Hans": "一项", "en": "One"}
KINDS = "text long_text choice multi date id_number phone uscc name address digits money region".split()


def field(kind: Any, **more: Any) -> Field:
    base = Field(
        path="a.b",
        kind=kind,
        label=LABEL,
        keyboard="zh",
        purpose=LABEL,
        retention="case",
        sensitivity="personal",
        options=(Option("one", LABEL), Option("two", LABEL)) if kind in ("choice", "multi", "region") else (),
    )
    return replace(base, **more)


def code(kind: str, value: object, **more: Any) -> str | None:
    made = field(kind, **more)
    found = problem(made, clean(made, value), TODAY)
    return None if found is None else found[0]


@pytest.mark.parametrize(
    "number",
    ["11010519491231002X", "931586198001010028", "339999199104169828", "830000199003070019", "UTO330080010100"],
)
def test_a_right_id_number_of_each_kind_of_card_is_taken(number: str) -> None:
    assert id_number_problem(number, TODAY) is None


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("110105194912310021", "id_checksum"),
        ("11010519491231002", "id_length"),
        ("11010519491231002XX", "id_length"),
        ("1101051949123A002X", "id_characters"),
        ("11010519491231002Y", "id_characters"),
        ("00010519491231002X", "id_region"),
        ("11010519490231002X", "id_date"),
        ("110105202612310024", "id_date"),
        ("110105187912310024", "id_date"),
        ("UTO330080990100", "id_date"),
        ("uto330080010100", "id_length"),
        ("１１０１０５19491231002X", "id_characters"),
        ("١١٠١٠٥19491231002X", "id_characters"),
    ],
)
def test_a_wrong_id_number_says_what_is_wrong(number: str, why: str) -> None:
    assert id_number_problem(number, TODAY) == why


def test_any_single_changed_figure_of_an_id_number_is_noticed() -> None:
    right = "11010519491231002X"
    for place in range(17):
        for figure in "0123456789":
            wrong = right[:place] + figure + right[place + 1 :]
            assert (id_number_problem(wrong, TODAY) is None) == (wrong == right)
    assert id_check_character("11010519491231002") == "X"


@pytest.mark.parametrize("uscc", ["91350100M000100Y43", "91110000600007000W"])
def test_a_right_credit_code_is_taken(uscc: str) -> None:
    first17 = uscc[:17]
    assert uscc_problem(first17 + uscc_check_character(first17)) is None
    if uscc == "91350100M000100Y43":
        assert uscc_problem(uscc) is None


@pytest.mark.parametrize(
    ("uscc", "why"),
    [
        ("91350100M000100Y44", "uscc_checksum"),
        ("91350100M000100Y4", "uscc_length"),
        ("91350100I000100Y43", "uscc_characters"),
        ("9135010OM000100Y43", "uscc_characters"),
        ("91A50100M000100Y43", "uscc_characters"),
    ],
)
def test_a_wrong_credit_code_says_what_is_wrong(uscc: str, why: str) -> None:
    assert uscc_problem(uscc) == why


@pytest.mark.parametrize("phone", ["13800005520", "19912345678", "01060005520", "02160005520", "07556000552"])
def test_mobiles_and_landlines_with_area_code_are_phones(phone: str) -> None:
    assert phone_problem(phone) is None


@pytest.mark.parametrize("phone", ["12800005520", "1380000552", "138000055200", "60005520", "110", "0216000552", "abc"])
def test_what_is_no_phone_is_refused(phone: str) -> None:
    assert phone_problem(phone) == "phone"


@pytest.mark.parametrize(
    "name",
    [
        "林秋禾",
        "迪丽努尔·阿卜杜热合曼江",
        "𠮷䶮",
        "〇一",
        "TEST, SAMPLE PERSON",
        "O'Neill",
        "Anna-Lena B.",
        "\ue863立",
        "\U000323af",
    ],
)
def test_names_of_every_kind_and_rare_characters_are_names(name: str) -> None:
    assert name_problem(name) is None
    assert code("name", name) is None


@pytest.mark.parametrize(
    ("name", "why"),
    [("林1", "name_characters"), ("<b>林</b>", "name_characters"), ("·林", "name_mark"), ("买买提··江", "name_mark")],
)
def test_what_is_no_name_is_refused(name: str, why: str) -> None:
    assert name_problem(name) == why


@pytest.mark.parametrize("mark", list("•‧・･∙⋅●"))
def test_dots_that_look_like_the_interpunct_become_the_interpunct(mark: str) -> None:
    assert clean(field("name"), f"古丽 {mark} 阿依") == "古丽\u00b7阿依"


def test_a_name_keeps_its_compatibility_character_and_fifty_characters_fit() -> None:
    assert clean(field("name"), "\uf9dc") == "\uf9dc"
    assert code("name", "林" * 50) is None
    assert code("name", "𠮷" * 51) == "too_long"


@pytest.mark.parametrize(
    ("kind", "raw", "kept"),
    [
        ("id_number", " 110105 19491231 002x ", "11010519491231002X"),
        ("id_number", "１１０１０５１９４９１２３１００２ｘ", "11010519491231002X"),
        ("phone", "+86 138-0000-5520", "13800005520"),
        ("phone", "0086 13800005520", "13800005520"),
        ("phone", "(021) 6000 5520", "02160005520"),
        ("uscc", "91350100m000100y43", "91350100M000100Y43"),
        ("money", "¥1,280.5", "1280.50"),
        ("money", "1280元", "1280.00"),
        ("address", "  柳桥路  128 弄\u200b\u202e ", "柳桥路 128 弄"),
        ("long_text", "一\r\n二\x07\n", "一\n二"),
        ("text", "a\u2028b", "ab"),
        ("multi", ["two", "one", "two"], ["one", "two"]),
        ("name", None, None),
        ("name", 5, 5),
    ],
)
def test_what_fingers_do_is_cleaned_before_it_is_judged(kind: str, raw: object, kept: object) -> None:
    assert clean(field(kind), raw) == kept


@pytest.mark.parametrize(
    ("kind", "value", "more", "why"),
    [
        ("date", "2026-02-30", {}, "date"),
        ("date", "2026-2-3", {}, "date"),
        ("date", "2026-11-22", {"min_date": "today"}, "date_early"),
        ("date", "2026-11-23", {"min_date": "today"}, None),
        ("date", "2026-11-24", {"max_date": "today"}, "date_late"),
        ("date", "1999-01-01", {"min_date": "2000-01-01"}, "date_early"),
        ("money", "12.345", {}, "money"),
        ("money", "-5", {}, "money"),
        ("money", "99", {"maximum": 50}, "out_of_range"),
        ("digits", "12a", {}, "digits"),
        ("digits", "007", {}, None),
        ("digits", "301", {"numeric": True, "minimum": 5, "maximum": 300}, "out_of_range"),
        ("digits", "86", {"numeric": True, "minimum": 5, "maximum": 300}, None),
        ("digits", True, {"numeric": True}, "digits"),
        ("digits", "9" * 400, {"numeric": True}, "digits"),
        ("choice", "three", {}, "choice"),
        ("multi", ["one", "three"], {}, "choice"),
        ("multi", "one", {}, "choice"),
        ("region", "one", {}, None),
        ("text", "x" * 51, {}, "too_long"),
        ("long_text", "路" * 501, {"max_length": 500}, "too_long"),
        ("address", "柳", {}, "address"),
        ("text", {"a": 1}, {}, "type"),
        ("text", "YP1", {"pattern": "^YP[0-9]{10}$"}, "pattern"),
        ("text", "YP2026000123", {"pattern": "^YP[0-9]{10}$"}, None),
    ],
)
def test_each_kind_refuses_its_bad_values(kind: str, value: object, more: dict[str, Any], why: str | None) -> None:
    assert code(kind, value, **more) == why


def test_the_message_of_a_pattern_is_the_one_of_the_package() -> None:
    wanted = {"zh-Hans": "照着短信填", "en": "As in the text message"}
    found = problem(field("text", pattern="^Y$", pattern_message=wanted), "N", TODAY)
    assert found == ("pattern", wanted)


def test_every_message_says_it_in_both_languages_with_its_figures_put_in() -> None:
    facts = {"limit": 5, "count": 6, "low": date(2026, 3, 12), "high": date(2026, 3, 13)}
    for name in MESSAGES:
        text = message(name, **facts)
        assert set(text) == {"zh-Hans", "en"}
        assert "{" not in text["zh-Hans"] + text["en"]
    assert message("date_early", low=date(2026, 3, 12)) == {
        "zh-Hans": "日期不能早于 2026 年 3 月 12 日。",
        "en": "The date cannot be before 12 March 2026.",
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.sampled_from(KINDS), json_values)
def test_any_value_at_any_kind_is_judged_without_a_crash_and_cleaning_twice_is_cleaning_once(
    kind: str, value: object
) -> None:
    made = field(kind)
    once = clean(made, value)
    assert clean(made, once) == once
    if not is_empty(once):
        found = problem(made, once, TODAY)
        assert found is None or set(found[1]) == {"zh-Hans", "en"}
