"""Lines of Chinese end between words, best where the sense pauses."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from ui.kit.chinese import End, line_ends
from ui.kit.text import set_text, whole_words
from ui.kit.theme import Theme


def shown(text: str) -> str:
    """With ``/`` where the sense pauses and ``|`` between words."""
    marks = {End.SENSE: "/", End.WORD: "|"}
    ends = line_ends(text)
    return "".join((marks[ends[at]] if at in ends else "") + char for at, char in enumerate(text))


@pytest.mark.parametrize(
    "text",
    [
        "爸爸|妈妈|结婚了吗？",
        "请把材料/放到|镜头下",
        "在/这台机器上/能办完",
        "宝宝/是男孩/还是女孩？",
        "记忆/和反应|测试|通过了吗？",
    ],
)
def test_a_line_may_end_where_a_word_does(text: str) -> None:
    assert shown(text.replace("|", "").replace("/", "")) == text


def test_no_line_begins_with_a_stop_or_a_particle_nor_ends_with_an_open_bracket() -> None:
    text = "居住证签注（续签），您的“云浦”好了吗？"

    ends = line_ends(text)

    assert not {text[at] for at in ends} & set("），”的了吗？")
    assert not {text[at - 1] for at in ends} & set("（“")


@pytest.mark.parametrize("title", ["住房方面的事", "医保卡里还有钱吗？", "以前领过健康卡吗？", "税款让银行直接扣吗？"])
def test_a_title_in_two_lines_cuts_no_word(qapp: QApplication, title: str) -> None:
    theme = Theme()
    width = 0.7 * set_text(title, theme, "title", 10_000, bold=True).width_px

    lines = set_text(title, theme, "title", width, bold=True, balance=True).lines

    assert len(lines) == 2
    assert whole_words(lines)
    assert "".join(lines) == title
