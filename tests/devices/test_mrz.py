"""Document lines: published specimens, every check digit, and a second library as oracle."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mrz.checker.td3 import TD3CodeChecker
from mrz.generator.td1 import TD1CodeGenerator
from mrz.generator.td3 import TD3CodeGenerator

from devices.codecs.mrz import MrzError, begins_mrz, check_digit, cut_lines, parse_mrz
from devices.codecs.mrz_lines import WINDOW_S, DocumentLines, Incomplete, LineCollector, PlainText
from kiosk.domain.travel_document import MrzFormat

TODAY = date(2026, 11, 22)
TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD1 = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
CS30 = ("CSC000000004<3001019<9003071<2",)
ALL = [TD3, TD1, CS30]
NAMES = ["td3", "td1", "cs30"]


def test_the_specimen_passport_says_what_is_printed_on_it() -> None:
    document = parse_mrz(TD3, TODAY)
    assert (document.format, document.kind, document.issuer) == (MrzFormat.TD3, "P", "UTO")
    assert (document.name, document.number, document.nationality) == ("ERIKSSON, ANNA MARIA", "L898902C3", "UTO")
    assert (document.birth, document.sex, document.valid_to) == (date(1974, 8, 12), "2", date(2012, 4, 15))
    assert document.expired(TODAY)


def test_the_specimen_card_says_what_is_printed_on_it() -> None:
    document = parse_mrz(TD1, TODAY)
    assert (document.format, document.kind, document.issuer) == (MrzFormat.TD1, "I", "UTO")
    assert (document.name, document.number) == ("ERIKSSON, ANNA MARIA", "D23145890")
    assert (document.birth, document.sex, document.valid_to) == (date(1974, 8, 12), "2", date(2012, 4, 15))


def test_the_line_of_a_permit_has_number_and_dates_only() -> None:
    document = parse_mrz(CS30, TODAY)
    assert (document.format, document.kind, document.number) == (MrzFormat.CS30, "CS", "C00000000")
    assert (document.birth, document.valid_to, document.name) == (date(1990, 3, 7), date(2030, 1, 1), "")


@pytest.mark.parametrize("lines", ALL, ids=NAMES)
def test_nothing_personal_stands_in_the_repr(lines: tuple[str, ...]) -> None:
    document = parse_mrz(lines, TODAY)
    assert not any(part in repr(document) for part in ("ERIKSSON", document.number, "1974", "1990"))


@pytest.mark.parametrize("lines", ALL, ids=NAMES)
def test_any_one_digit_misread_is_noticed(lines: tuple[str, ...]) -> None:
    """Names carry no check digit, and a digit of a field without one may change unseen; every digit here has one."""
    for at, line in enumerate(lines):
        for column, char in enumerate(line):
            if not char.isdigit():
                continue
            wrong = line[:column] + str((int(char) + 1) % 10) + line[column + 1 :]
            with pytest.raises(MrzError):
                parse_mrz((*lines[:at], wrong, *lines[at + 1 :]), TODAY)


def test_the_error_names_the_field_and_not_what_stands_there() -> None:
    with pytest.raises(MrzError) as caught:
        parse_mrz((TD3[0], TD3[1].replace("L898902C3", "L898902C4")), TODAY)
    assert caught.value.field_name == "number"
    assert "L8989" not in str(caught.value)


def test_a_number_longer_than_nine_goes_on_in_the_optional_data() -> None:
    number = "D23145890734"
    one = f"I<UTO{number[:9]}<{number[9:]}{check_digit(number)}".ljust(30, "<")
    two = TD1[1][:-1]
    two += str(check_digit(one[5:30] + two[0:7] + two[8:15] + two[18:29]))
    assert parse_mrz((one, two, TD1[2]), TODAY).number == number


@pytest.mark.parametrize(
    ("yymmdd", "birth"),
    [("261122", date(2026, 11, 22)), ("261123", date(1926, 11, 23)), ("000229", date(2000, 2, 29))],
)
def test_a_birth_year_is_the_latest_that_is_not_in_the_future(yymmdd: str, birth: date) -> None:
    assert parse_mrz(_td3(birth=yymmdd), TODAY).birth == birth


def test_an_unknown_day_of_birth_leaves_the_date_open() -> None:
    assert parse_mrz(_td3(birth="7408<<"), TODAY).birth is None


@pytest.mark.parametrize("column", [column for column in range(28) if TD3[1][column] == "0"])
def test_a_filler_read_in_place_of_a_zero_is_noticed_though_both_count_as_nothing(column: int) -> None:
    with pytest.raises(MrzError):
        parse_mrz((TD3[0], TD3[1][:column] + "<" + TD3[1][column + 1 :]), TODAY)


@pytest.mark.parametrize(
    "change", [{"number": "<<<<<<<<<"}, {"birth": "741312"}, {"expiry": "120431"}, {"sex": "7"}, {"name": "ER1K<<ANNA"}]
)
def test_right_digits_do_not_make_an_impossible_field_good(change: dict[str, str]) -> None:
    with pytest.raises(MrzError):
        parse_mrz(_td3(**change), TODAY)


def _td3(
    *, number: str = "L898902C3", birth: str = "740812", expiry: str = "120415", sex: str = "F", name: str = "E<<A"
) -> tuple[str, str]:
    """A passport with right digits."""
    two = f"{number:<<9}{check_digit(number)}UTO{birth}{check_digit(birth)}{sex}{expiry}{check_digit(expiry)}"
    two += "<" * 14 + "<"
    return f"P<UTO{name}".ljust(44, "<"), two + str(check_digit(two[0:10] + two[13:20] + two[21:43]))


_name = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=12)
_number = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=9)
_born = st.dates(date(1930, 1, 1), TODAY)
_ends = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(_name, _name, _number, _born, st.sampled_from("MF"), _ends, st.text("ABC123", max_size=14))
def test_what_another_library_writes_as_a_passport_is_read(
    surname: str, given_name: str, number: str, born: date, sex: str, ends: date, optional: str
) -> None:
    text = str(
        TD3CodeGenerator(
            "P", "UTO", surname, given_name, number, "UTO", f"{born:%y%m%d}", sex, f"{ends:%y%m%d}", optional
        )
    )
    lines = tuple(text.splitlines())
    document = parse_mrz(lines, TODAY)
    assert document.name == f"{surname}, {given_name}"
    assert (document.number, document.valid_to) == (number, ends)
    assert (document.birth, document.sex) == (born, {"M": "1", "F": "2"}[sex])
    assert cut_lines("".join(lines)) == lines


@given(_name, _name, _number, _born, st.sampled_from("MF"), _ends)
def test_what_another_library_writes_as_a_card_is_read(
    surname: str, given_name: str, number: str, born: date, sex: str, ends: date
) -> None:
    text = str(
        TD1CodeGenerator("I", "UTO", number, f"{born:%y%m%d}", sex, f"{ends:%y%m%d}", "UTO", surname, given_name)
    )
    document = parse_mrz(tuple(text.splitlines()), TODAY)
    assert document.name == f"{surname}, {given_name}"
    assert (document.number, document.birth, document.valid_to) == (number, born, ends)


@given(st.data())
def test_a_passport_is_refused_whenever_the_other_library_refuses_it(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, 43))
    char = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"))
    two = TD3[1][:at] + char + TD3[1][at + 1 :]
    if bool(TD3CodeChecker(f"{TD3[0]}\n{two}", check_expiry=False)):
        return
    try:
        document = parse_mrz((TD3[0], two), TODAY)
    except MrzError:
        return
    # The other library knows which countries there are and no sex but M, F and '<'; digits are judged alike.
    assert at in (10, 11, 12, 20), (at, char, document)


@given(st.lists(st.text("ABCPI<0123456789\u0660", max_size=46), max_size=4))
def test_any_lines_are_a_document_or_a_refusal(lines: list[str]) -> None:
    try:
        parse_mrz(lines, TODAY)
    except MrzError:
        return


@pytest.mark.parametrize(
    "text",
    ["YPC1.abc.def", "ABCDEFGHIJKLMNOPQRSTUVWXYZ123", "6901234567892", "", "p<utoeriksson".ljust(44, "<"), "<" * 44],
)
def test_other_codes_begin_no_document(text: str) -> None:
    assert begins_mrz(text) is None
    assert cut_lines(text) is None


# --- lines one by one -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", ALL, ids=NAMES)
def test_lines_that_follow_each_other_are_one_document(lines: tuple[str, ...]) -> None:
    collector = LineCollector()
    results = [collector.take(line, 0.9 * at) for at, line in enumerate(lines)]
    assert results == [None] * (len(lines) - 1) + [DocumentLines(lines)]
    assert not collector.waiting


@pytest.mark.parametrize("separator", ["", " ", "  "])
@pytest.mark.parametrize("lines", ALL, ids=NAMES)
def test_all_lines_in_one_payload_are_one_document(lines: tuple[str, ...], separator: str) -> None:
    assert LineCollector().take(separator.join(lines), 0.0) == DocumentLines(lines)


def test_a_line_whose_rest_never_comes_is_incomplete_after_the_window() -> None:
    collector = LineCollector()
    assert collector.take(TD3[0], 10.0) is None
    assert collector.due(10.0 + WINDOW_S / 2) is None
    assert collector.due(10.0 + WINDOW_S) == Incomplete()
    assert collector.due(100.0) is None


def test_an_ordinary_code_that_looks_like_a_first_line_is_handed_on_after_the_window() -> None:
    code = "ABCDE12345ABCDE12345ABCDE12345"
    collector = LineCollector()
    assert collector.take(code, 0.0) is None
    assert collector.due(WINDOW_S) == PlainText(code)


def test_the_first_line_read_twice_begins_again() -> None:
    collector = LineCollector()
    assert [collector.take(line, 0.0) for line in (TD1[0], TD1[0], TD1[1])] == [None] * 3
    assert collector.take(TD1[2], 0.0) == DocumentLines(TD1)


def test_another_code_between_the_lines_ends_the_document() -> None:
    collector = LineCollector()
    assert collector.take(TD3[0], 0.0) is None
    assert collector.take("YPC1.abc", 0.1) == PlainText("YPC1.abc")
    assert not collector.waiting
