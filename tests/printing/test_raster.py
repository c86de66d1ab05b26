from __future__ import annotations

import io
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image

from kiosk.domain.paper import Feed, ImageBlock, Paper, PaperWidth, Raster, TextLine
from printing import FontStack, lay_out, to_paper, to_png
from printing.raster import LINE_DOTS
from tests.printing import golden
from tests.printing.receipts import CASE_ID, URL, receipt

WIDTHS: tuple[PaperWidth, ...] = (384, 576)
RARE = {"Ext A": "㐱", "Ext B": "𠮷", "Ext C": "𪜀", "Ext D": "𫝀", "Ext E": "𫠠", "Ext F": "𬺰", "URO end": "鿭"}
SERIAL_BYTES_PER_S = 11_520


def picture(paper: Paper) -> Image.Image:
    return Image.open(io.BytesIO(to_png(paper)))


def black(raster: Raster) -> int:
    return sum(byte.bit_count() for byte in raster.rows)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", golden.LANGUAGES)
@pytest.mark.parametrize("kind", golden.KINDS)
def test_nothing_is_wider_than_the_paper(
    kind: golden.ReceiptKind, language: str, width: PaperWidth, fonts: FontStack
) -> None:
    paper = to_paper(lay_out(receipt(kind, language, reprint=True), fonts), width)
    for block in paper.blocks:
        if not isinstance(block, Feed):
            assert block.raster.width_px <= width
        if isinstance(block, TextLine):
            cells = sum(12 if char.isascii() else 24 for char in block.text) * (2 if block.double else 1)
            assert cells <= width, block.text
            assert block.raster.height_px == LINE_DOTS * (2 if block.double else 1)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "url", [URL, "https://zw.yunpu.example/p/" + "YP0301-261121-4K7QX2M9ZD/" * 10], ids=["usual", "long"]
)
def test_another_decoder_reads_the_code_from_the_paper(width: PaperWidth, url: str, fonts: FontStack) -> None:
    paper = to_paper(lay_out(replace(receipt(), progress_url=url), fonts), width)
    found = zxingcpp.read_barcodes(picture(paper).convert("L"))
    assert [code.text for code in found] == [url]
    assert found[0].ec_level == "M"


def test_the_modules_of_the_code_are_large_enough_for_a_phone(fonts: FontStack) -> None:
    for width in WIDTHS:
        code = max(
            (
                block.raster
                for block in to_paper(lay_out(receipt(), fonts), width).blocks
                if isinstance(block, ImageBlock)
            ),
            key=lambda raster: raster.height_px,
        )
        assert code.height_px / 8 >= 25  # at least 25 mm high with its quiet zone, at 8 dots a millimetre


@pytest.mark.parametrize("char", RARE.values(), ids=RARE.keys())
def test_a_rare_character_is_drawn(char: str, fonts: FontStack) -> None:
    def line(name: str) -> TextLine:
        paper = to_paper(lay_out(replace(receipt(), holder_masked=name), fonts), 576)
        return next(block for block in paper.blocks if isinstance(block, TextLine) and block.text.startswith("申请人"))

    with_char, without = line("王" + char), line("王")
    assert char in with_char.text
    assert black(with_char.raster) - black(without.raster) > 20


def test_text_lines_hold_no_command_byte_in_the_printers_encoding(fonts: FontStack) -> None:
    evil = "林\x1b@\x1dV\x00\x1c.\x10\x14\x01\u202e𠮷"
    paper = to_paper(lay_out(replace(receipt(), holder_masked=evil, item_code=evil), fonts), 384)
    for block in paper.blocks:
        if isinstance(block, TextLine):
            assert all(byte >= 0x20 and byte != 0x7F for byte in block.text.encode("gb18030"))


def test_the_state_and_the_case_number_are_the_largest_lines(fonts: FontStack) -> None:
    paper = to_paper(lay_out(receipt(), fonts), 576)
    assert [block.text for block in paper.blocks if isinstance(block, TextLine) and block.double] == [
        "本机已收件，尚未受理",
        CASE_ID,
    ]


def test_a_bold_line_is_blacker_than_a_plain_one(fonts: FontStack) -> None:
    lines = {
        block.text: block for block in to_paper(lay_out(receipt(), fonts), 576).blocks if isinstance(block, TextLine)
    }
    bold, plain = lines["已交材料"], lines["办件编号"]
    assert bold.bold
    assert not plain.bold
    assert black(bold.raster) > black(plain.raster)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_receipt_is_out_within_five_seconds_at_115200_with_room_to_spare(width: PaperWidth, fonts: FontStack) -> None:
    paper = to_paper(lay_out(receipt("received", "en"), fonts), width)
    sent = 0
    for block in paper.blocks:
        if isinstance(block, TextLine):
            sent += len(block.text.encode("gb18030")) + 16
        elif isinstance(block, ImageBlock):
            sent += len(block.raster.rows) + 8 * (block.raster.height_px // 24 + 1)
    assert sent / SERIAL_BYTES_PER_S < 2.5


def test_the_same_receipt_gives_the_same_paper(fonts: FontStack) -> None:
    assert to_paper(lay_out(receipt(), fonts), 384) == to_paper(lay_out(receipt(), FontStack.discover()), 384)
