from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.domain.receipt import CaseLine, Receipt
from kiosk.texts import PSEUDO
from printing import FontStack, lay_out, to_text
from printing.characters import columns
from printing.layout import FitLine, Qr, fit
from tests.printing import golden
from tests.printing.receipts import CASE_ID, TRACE_ID, URL, bundle, receipt, two


@pytest.mark.parametrize(
    ("name", "value", "width"), tuple(golden.cases()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_receipt_reads_as_it_was_agreed(name: str, value: Receipt, width: int, fonts: FontStack) -> None:
    expected = (golden.FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert to_text(lay_out(value, fonts), width) == expected


@pytest.mark.parametrize("width", [32, 48])
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize("kind", golden.KINDS)
def test_every_line_fits_the_paper(kind: golden.ReceiptKind, language: str, width: int, fonts: FontStack) -> None:
    for row in fit(lay_out(receipt(kind, language, reprint=True), fonts), width):
        if isinstance(row, FitLine):
            assert columns(row.text) * (2 if row.double else 1) <= width, row.text


@pytest.mark.parametrize("width", [32, 48])
def test_ids_are_never_broken_and_the_trace_id_stands_once(width: int, fonts: FontStack) -> None:
    text = to_text(lay_out(bundle(), fonts), width)
    lines = [line.strip() for line in text.splitlines()]
    for case in bundle().case_ids:
        assert case.case_id in lines
    assert lines.count(TRACE_ID) == 1
    assert "11330501MB1234567X4330109001000" in text


def test_offline_state_stands_on_one_line_of_wide_paper_and_breaks_at_its_comma_on_narrow(fonts: FontStack) -> None:
    layout = lay_out(receipt(), fonts)
    wide = [row.text for row in fit(layout, 48) if isinstance(row, FitLine) and row.double]
    narrow = [row.text for row in fit(layout, 32) if isinstance(row, FitLine) and row.double]
    assert wide == ["本机已收件，尚未受理", CASE_ID]
    assert narrow == ["本机已收件，", "尚未受理"]


def test_an_english_receipt_says_everything_in_english_first_and_in_chinese_after(fonts: FontStack) -> None:
    text = to_text(lay_out(receipt("received", "en"), fonts))
    assert text.index("Received here, not yet accepted") < text.index("本机已收件，尚未受理")
    assert text.index("Residence permit renewal") < text.index("居住证签注")
    assert "5 working days" in text
    assert "5 个工作日" in text


def test_a_receipt_in_any_language_has_the_chinese_after_it(fonts: FontStack) -> None:
    lines = to_text(lay_out(receipt(language=PSEUDO), fonts), 48).splitlines()
    assert lines[0].startswith("⟦")
    assert lines.index("本机已收件，尚未受理") > lines.index("⟦Ŕéçéîþţ öñ⟧")
    assert sum("扫码查进度" in line for line in lines) == 1


def test_a_language_without_a_text_falls_back_to_chinese(fonts: FontStack) -> None:
    value = replace(receipt("received", "en"), item_title={"zh-Hans": "居住证签注"})
    assert to_text(lay_out(value, fonts)).count("居住证签注") >= 2


def test_a_reprint_is_marked_in_chinese_in_any_language(fonts: FontStack) -> None:
    assert to_text(lay_out(receipt(reprint=True), fonts)).startswith("【重打】")
    assert to_text(lay_out(receipt("received", "en", reprint=True), fonts)).startswith("【重打·Reprint】")


def test_time_is_local(fonts: FontStack) -> None:
    assert "2026-11-21 14:46" in to_text(lay_out(receipt(), fonts))


def test_a_name_no_font_has_is_printed_as_its_code_point_with_a_note(fonts: FontStack) -> None:
    layout = lay_out(replace(receipt(), holder_masked="王\ue123＊"), fonts)
    assert layout.missing == ("[U+E123]",)
    text = to_text(layout)
    assert "王[U+E123]＊" in text
    assert "注：[U+E123] 是本机字库里没有的字" in text


def test_hostile_texts_reach_no_row(fonts: FontStack) -> None:
    evil = "\x1b@\x1dV\x00\x1c.\x10\x14\u202e\u2066\x9b8m"
    value = replace(
        receipt(),
        holder_masked=evil + "林",
        item_title=two(evil + "甲", evil + "A"),
        case_ids=(CaseLine(evil + "ID", two(evil, evil), two(evil + "处", evil)),),
        trace_id=evil,
        terminal=evil,
        progress_url="https://x.example/" + evil,
        notes=(two(evil, evil),),
    )
    text = to_text(lay_out(value, fonts))
    assert all(char == "\n" or char.isprintable() for char in text)


def test_an_address_too_long_for_a_small_code_is_printed_as_text(fonts: FontStack) -> None:
    layout = lay_out(replace(receipt(), progress_url="https://x.example/" + "a" * 400), fonts)
    assert not any(isinstance(row, Qr) for row in layout.rows)
    assert "https://x.example/aaa" in to_text(layout)


def test_personal_fields_are_not_in_the_repr(fonts: FontStack) -> None:
    assert "林" not in repr(receipt())
    assert "林" not in repr(lay_out(receipt(), fonts))


def test_the_code_holds_the_progress_address(fonts: FontStack) -> None:
    assert [row.payload for row in lay_out(receipt("received", "en"), fonts).rows if isinstance(row, Qr)] == [URL]
