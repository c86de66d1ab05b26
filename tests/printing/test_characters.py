from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printing import FontStack
from printing.characters import clean, columns, printable

FONTS = FontStack.discover()


@pytest.mark.parametrize(
    "hostile", ["\x1b@", "\x1dV\x00", "\x1c.", "\x10\x14\x01\x00\x01", "\x9b", "\x85", "\x00", "\x7f"]
)
def test_printer_commands_in_a_name_leave_only_their_harmless_letters(hostile: str) -> None:
    shown = clean(f"林{hostile}秋禾")
    assert not any(unicodedata.category(char) == "Cc" for char in shown)
    assert shown.replace(" ", "").startswith("林")
    assert shown.endswith("秋禾")


@pytest.mark.parametrize(
    "mark", ["\u202e", "\u202d", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c", "\ufeff", "\u200b"]
)
def test_bidi_and_invisible_marks_are_gone(mark: str) -> None:
    assert clean(f"A{mark}B") == "AB"


def test_line_ends_and_wide_spaces_become_one_space() -> None:
    assert clean("南岸\r\n\u3000厅\u2028二") == "南岸 厅 二"


def test_a_compatibility_ideograph_in_a_name_stays_itself() -> None:
    assert clean("\uf9d8") == "\uf9d8"


def test_a_letter_and_its_mark_become_one_letter() -> None:
    assert clean("Jose\u0301") == "José"


@pytest.mark.parametrize(
    ("char", "mark"), [("\ue123", "[U+E123]"), ("\U000f0001", "[U+F0001]"), ("\ud840", "[U+D840]")]
)
def test_what_no_font_has_stands_as_its_code_point(char: str, mark: str) -> None:
    assert printable(f"王{char}明", FONTS) == (f"王{mark}明", (mark,))


@settings(deadline=None)  # the first character reads every font's table
@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_gives_only_what_a_font_has_and_no_control_characters(text: str) -> None:
    shown, _ = printable(text, FONTS)
    assert not FONTS.missing(shown)
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co") for char in shown)
    shown.encode("utf-8")


@given(st.text(alphabet=st.characters(), max_size=60))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_columns_follow_the_printers_grid() -> None:
    assert columns("AB 中，é") == 3 + 2 * 3
