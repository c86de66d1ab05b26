"""A receipt: laid out, drawn, turned into bytes, and how long those bytes take on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from typing import Literal

from bench.timing import Figure, repeat
from devices.codecs.escpos import PROFILES, encode_paper
from kiosk.domain.receipt import CaseLine, DeadlineLine, Receipt, WaivedLine
from printing import FontStack, Layout, lay_out, to_paper, to_pdf

WidthPx = Literal[384, 576]

BITS_PER_BYTE = 10  # start, eight data, stop
BAUD = 115200
WIDTHS: tuple[tuple[int, WidthPx], ...] = ((58, 384), (80, 576))


def figures(repeats: int) -> Iterator[Figure]:
    """Layout, both widths, and PDF, for a usual receipt and for one with a rare character in the name."""
    few = max(3, repeats // 10)
    fonts = FontStack.discover()
    usual = sample("林**")
    yield repeat("lay out a receipt", lambda: lay_out(usual, fonts), repeats)
    layout = lay_out(usual, fonts)
    for width_mm, width_px in WIDTHS:
        yield repeat(f"draw it for {width_mm} mm", partial(to_paper, layout, width_px), few)
        yield from _wire(f"{width_mm} mm", lay_out(usual, fonts), width_px)
        yield from _wire(f"{width_mm} mm, a rare character", lay_out(sample("𠮷**"), fonts), width_px)
    yield repeat("make its PDF", lambda: to_pdf(layout), few)


def _wire(name: str, layout: Layout, width_px: WidthPx) -> Iterator[Figure]:
    paper = to_paper(layout, width_px)
    for profile in ("generic", "generic-raster"):
        size = sum(len(chunk) for chunk in encode_paper(paper, PROFILES[profile]))
        yield Figure(
            f"on the wire, {name}, {profile}", size * BITS_PER_BYTE / BAUD, "s", note=f"{size} bytes at {BAUD} baud"
        )


def sample(holder_masked: str) -> Receipt:
    """An invented receipt with every usual part."""
    case_id = "YP0301-261121-4K7QX2M9ZD"
    return Receipt(
        kind="received",
        languages=("zh-Hans",),
        city={"zh-Hans": "云浦市"},
        state_line={"zh-Hans": "本机已收件，尚未受理"},
        item_title={"zh-Hans": "居住证签注"},
        item_code="11330300MB0000000X4330109001000",
        holder_masked=holder_masked,
        case_ids=(CaseLine(case_id, {"zh-Hans": "居住证签注"}, {"zh-Hans": "云浦市公安局南岸派出所"}),),
        trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
        at=datetime(2026, 11, 21, 6, 46, tzinfo=UTC),
        terminal="YP0301",
        site={"zh-Hans": "南岸 24 小时政务服务厅"},
        handed_in=({"zh-Hans": "申请表"}, {"zh-Hans": "住房租赁合同（领证时出示）"}),
        waived=(WaivedLine({"zh-Hans": "参保证明"}, {"zh-Hans": "本市出具"}),),
        deadlines=(
            DeadlineLine({"zh-Hans": "承诺时限"}, 3, date(2026, 11, 26)),
            DeadlineLine({"zh-Hans": "法定时限"}, 15, date(2026, 12, 14)),
        ),
        ask_at=({"zh-Hans": "12345"},),
        progress_url=f"https://zw.yunpu.example/p/{case_id}",
    )
