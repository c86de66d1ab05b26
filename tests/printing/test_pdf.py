from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from pypdf import PdfReader

from kiosk.domain.receipt import DocumentRow
from printing import FontStack, document_to_pdf, lay_out, to_pdf, to_text
from printing.layout import PDF_COLUMNS
from printing.sheet import to_unicode_cmap
from tests.printing import golden
from tests.printing.receipts import CERTIFICATE, URL, receipt, same, two

RARE = "㐱𠮷𪜀𫝀𫠠𬺰䶮鿭"


def pypdf_text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def lines_of(text: str) -> list[str]:
    """Lines without layout: rules, the code and outer spaces are no text of the page."""
    kept = (line.strip() for line in text.replace("\f", "").splitlines())
    return [line for line in kept if line and not line.startswith("[QR]") and set(line) != {"-"}]


@pytest.mark.parametrize("language", golden.LANGUAGES)
@pytest.mark.parametrize("kind", golden.KINDS)
def test_the_pdf_carries_the_same_text_runs_as_the_paper(
    kind: golden.ReceiptKind, language: str, fonts: FontStack
) -> None:
    layout = lay_out(receipt(kind, language, reprint=True), fonts)
    assert lines_of(pypdf_text(to_pdf(layout))) == lines_of(to_text(layout, PDF_COLUMNS))


def test_characters_beyond_the_basic_plane_are_read_back_by_two_readers(fonts: FontStack, tmp_path: Path) -> None:
    pdf = to_pdf(lay_out(replace(receipt(), holder_masked=RARE), fonts))
    assert f"申请人    {RARE}" in pypdf_text(pdf)
    page = pypdfium2.PdfDocument(pdf)[0]
    assert RARE in page.get_textpage().get_text_range().replace("\ufffe", "")
    if shutil.which("pdftotext"):
        file = tmp_path / "receipt.pdf"
        file.write_bytes(pdf)
        text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True, timeout=30).stdout
        assert RARE in text.decode("utf-8")


def test_more_than_256_different_characters_are_read_back(fonts: FontStack) -> None:
    many = "".join(chr(0x20000 + step * 97) for step in range(400))
    text = pypdf_text(to_pdf(lay_out(replace(receipt(), notes=(two(many, many),)), fonts)))
    assert many in text.replace("\n", "")


def test_every_font_is_embedded(fonts: FontStack) -> None:
    page = PdfReader(io.BytesIO(to_pdf(lay_out(replace(receipt(), holder_masked=RARE), fonts)))).pages[0]
    used = [font.get_object() for name, font in page["/Resources"]["/Font"].items() if "+" in name]
    assert len(used) >= 2
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in used)


@pytest.mark.parametrize("make", ["receipt", "document"])
def test_another_decoder_reads_the_code_from_the_page(make: str, fonts: FontStack) -> None:
    pdf = to_pdf(lay_out(receipt(), fonts)) if make == "receipt" else document_to_pdf(CERTIFICATE, fonts)
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=3).to_pil()
    expected = URL if make == "receipt" else CERTIFICATE.verify_url
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [expected]


def test_nothing_touches_the_edge_of_the_page(fonts: FontStack) -> None:
    picture = pypdfium2.PdfDocument(to_pdf(lay_out(receipt("received", "en"), fonts)))[0].render(scale=2).to_pil()
    ink = picture.convert("L").point([255 if level < 200 else 0 for level in range(256)]).getbbox()
    assert ink is not None
    assert ink[0] >= 15
    assert ink[2] <= picture.width - 15


def test_the_same_receipt_gives_the_same_file(fonts: FontStack) -> None:
    layout = lay_out(receipt(), fonts)
    assert to_pdf(layout) == to_pdf(layout)


def test_the_map_of_a_subset_writes_surrogate_pairs_in_blocks_of_a_hundred() -> None:
    cmap = to_unicode_cmap("X", [0, 0x41, 0x20BB7] + [0x4E00 + step for step in range(150)])
    assert "<01> <0041>" in cmap
    assert "<02> <D842DFB7>" in cmap
    assert "<00> <0000>" not in cmap
    assert "100 beginbfchar" in cmap
    assert "52 beginbfchar" in cmap


def test_a_document_says_all_it_holds_in_both_languages(fonts: FontStack) -> None:
    text = pypdf_text(document_to_pdf(replace(CERTIFICATE, languages=("en", "zh-Hans")), fonts))
    for part in ("Certificate of Social Insurance", "社会保险参保证明", "YPSB-2026-0048213", "林秋禾", "2026-11-21"):
        assert part in text
    assert "Employer" in text
    assert "参保单位" in text


def test_a_long_document_goes_on_over_more_pages_and_loses_no_row(fonts: FontStack) -> None:
    rows = tuple(DocumentRow(two(f"第{order}项", f"Row {order}"), same(f"内容{order}，" * 12)) for order in range(40))
    pdf = document_to_pdf(replace(CERTIFICATE, rows=rows), fonts)
    text = pypdf_text(pdf)
    assert len(PdfReader(io.BytesIO(pdf)).pages) > 1
    assert all(f"第{order}项" in text for order in range(40))


def test_a_document_with_a_character_no_font_has_says_so(fonts: FontStack) -> None:
    rows = (DocumentRow(two("姓名", "Name"), same("王\ue123")),)
    text = pypdf_text(document_to_pdf(replace(CERTIFICATE, rows=rows, title=two("证明\ue124", "x")), fonts))
    assert "王[U+E123]" in text
    assert "[U+E124]" in text
    assert "本机字库里没有的字" in text


def test_a_document_without_address_has_no_code(fonts: FontStack) -> None:
    picture = pypdfium2.PdfDocument(document_to_pdf(replace(CERTIFICATE, verify_url=""), fonts))[0].render(scale=2)
    assert zxingcpp.read_barcodes(picture.to_pil()) == []
