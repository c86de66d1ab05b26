from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from printing.characters import clean, columns
from printing.wrap import wrap

_TEXT = st.text(alphabet="中文字，。（）“”、ab c12-/:.", max_size=80).map(clean)


@given(_TEXT, st.integers(4, 48))
def test_no_line_is_wider_than_the_paper_and_no_character_is_lost(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(columns(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_closing_mark_never_starts_a_line() -> None:
    assert wrap("本机已收件，尚未受理", 10) == ["本机已收", "件，尚未", "受理"]


def test_an_opening_mark_never_ends_a_line() -> None:
    assert wrap("身份证（原件）", 8) == ["身份证", "（原件）"]


def test_a_latin_word_moves_down_whole() -> None:
    assert wrap("Residence permit renewal", 16) == ["Residence permit", "renewal"]


def test_a_word_with_accents_moves_down_whole() -> None:
    assert wrap("Titre de séjour à renouveler", 16) == ["Titre de séjour", "à renouveler"]
    assert wrap("Продлить вид на жительство", 26) == ["Продлить вид", "на жительство"]


def test_an_id_longer_than_the_line_is_broken_after_a_hyphen() -> None:
    assert wrap("YP0301ABCDEFGHIJ-261121-4K7QX2M9ZD", 32) == ["YP0301ABCDEFGHIJ-261121-", "4K7QX2M9ZD"]


def test_a_headline_is_broken_after_its_comma() -> None:
    assert wrap("本机已收件，尚未受理", 16, by_clause=True) == ["本机已收件，", "尚未受理"]


def test_one_character_is_not_left_alone() -> None:
    assert wrap("网络恢复后自动送出", 16) == ["网络恢复后自动", "送出"]


def test_following_lines_hang_under_the_first() -> None:
    assert wrap("1. 个体工商户登记", 12, hang=3) == ["1. 个体工商", "   户登记"]
