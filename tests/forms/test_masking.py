"""What others may read of a person."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.forms import mask_id_number, mask_name, mask_phone


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("林秋禾", "林＊＊"),
        ("王舟", "王＊"),
        ("𠮷䶮", "𠮷＊"),
        ("欧阳问渠", "欧＊＊＊"),
        ("迪丽努尔·阿卜杜热合曼江", "迪＊＊＊"),
        ("林", "林＊"),
        ("Anna Berg", "A*** B***"),
        ("TEST, SAMPLE PERSON", "T*** S*** P***"),
        (" ", ""),
    ],
)
def test_of_a_name_the_first_character_stays(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("11010519491231002X", "1101**********002X"),
        ("UTO330080010100", "UTO3*******0100"),
        ("12345678", "********"),
        ("", ""),
    ],
)
def test_of_an_id_number_four_characters_stay_at_each_end(number: str, shown: str) -> None:
    assert mask_id_number(number) == shown


@pytest.mark.parametrize(
    ("phone", "shown"), [("13800005520", "138****5520"), ("60005520", "******20"), ("110", "*10"), ("", "")]
)
def test_of_a_phone_three_and_four_figures_stay(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_a_mask_and_the_middle_of_a_name_never_shows(text: str) -> None:
    mask_id_number(text)
    mask_phone(text)
    shown = mask_name(text)
    if text.strip() and any(ord(c) >= 0x2E80 for c in text):
        assert shown[1:].strip("＊") == ""
