"""A layout as paper for a receipt printer: text lines with their drawn twins, drawn blocks; and a picture of it.

The grid is the printer's: 12 dots an ASCII column, 24 dots a Chinese character, 32 dots from line to line, twice that
for double size. A left line's raster ends at its last black dot (rounded up to bytes), so that a fully drawn receipt
still goes out fast; a centred line's raster is as wide as the paper. The QR block brings its own left margin: drivers
print blocks left-aligned.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from kiosk.domain.paper import Block, Feed, ImageBlock, Paper, PaperWidth, Raster, TextLine
from printing.characters import columns
from printing.fonts import FontFace, FontStack
from printing.layout import FitLine, Gap, Layout, Qr, Rule, fit
from printing.qr import QUIET_MODULES, qr_matrix

if TYPE_CHECKING:
    from PIL import Image, ImageFont

COLUMN_DOTS = 12
LINE_DOTS = 32
_EM_DOTS = 24
_BASELINE_DOTS = 25
_THRESHOLD = 128
_THIN_THRESHOLD = 60
"""Grey level from which a dot is black; lower for faces whose hairlines are thinner than a dot."""

_QUARTER_DOTS = LINE_DOTS // 4
_RULE_SPACE_DOTS = 9
_QR_MODULE_DOTS = 7
_OPENING_QUOTES = "“‘"
_CLOSING_QUOTES = "”’"
_PNG_MARGIN_DOTS = 32


def to_paper(layout: Layout, width_px: PaperWidth, stand_back: Callable[[], None] = lambda: None) -> Paper:
    """The receipt on paper of 384 dots (58 mm) or 576 dots (80 mm).

    ``stand_back`` is called before each line and may hold the drawing up for a moment.
    """
    blocks: list[Block] = [Feed(_QUARTER_DOTS)]
    for row in fit(layout, width_px // COLUMN_DOTS):
        stand_back()
        match row:
            case FitLine():
                raster = _draw_line(row, layout.fonts, width_px)
                blocks.append(TextLine(row.text, row.bold, row.double, row.align, raster))
            case Rule():
                blocks += [Feed(_RULE_SPACE_DOTS), ImageBlock(_draw_rule(width_px)), Feed(_RULE_SPACE_DOTS)]
            case Gap(quarters=quarters):
                blocks.append(Feed(quarters * _QUARTER_DOTS))
            case Qr(payload=payload):
                blocks.append(ImageBlock(_draw_qr(payload, width_px)))
    blocks.append(Feed(LINE_DOTS))
    return Paper(width_px, tuple(blocks))


def to_png(paper: Paper) -> bytes:
    """The paper as a one-bit PNG with a white margin, as it looks when every line is drawn."""
    from PIL import Image

    pieces: list[tuple[int, Raster]] = []
    height = _PNG_MARGIN_DOTS
    for block in paper.blocks:
        if isinstance(block, Feed):
            height += block.dots
            continue
        pieces.append((height, block.raster))
        height += block.raster.height_px
    picture = Image.new("1", (paper.width_px + 2 * _PNG_MARGIN_DOTS, height + _PNG_MARGIN_DOTS), 1)
    for top, raster in pieces:
        picture.paste(_to_image(raster), (_PNG_MARGIN_DOTS, top))
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw_line(line: FitLine, fonts: FontStack, width_px: int) -> Raster:
    from PIL import Image, ImageChops, ImageDraw

    scale = 2 if line.double else 1
    cell = COLUMN_DOTS * scale
    length = columns(line.text) * cell
    left = (width_px - length) // 2 if line.align == "center" else 0
    layers = {thin: Image.new("L", (width_px, LINE_DOTS * scale), 0) for thin in (False, True)}
    pens = {thin: ImageDraw.Draw(layer) for thin, layer in layers.items()}
    x = left
    for char in line.text:
        box = columns(char) * cell
        face = fonts.face_for(char, grid=True)
        if face is not None and char != " ":
            font = _font(face, _EM_DOTS * scale)
            at = (_in_box(char, x, box, font.getlength(char)), _BASELINE_DOTS * scale)
            pens[face.thin].text(at, char, 255, font, anchor="ls")
        x += box
    ink = ImageChops.logical_or(_blacken(layers[False], _THRESHOLD), _blacken(layers[True], _THIN_THRESHOLD))
    if line.bold:
        ink = _embolden(ink, scale)
    bounds = ink.getbbox()
    width = width_px if line.align == "center" or bounds is None else min(width_px, (bounds[2] + 7) // 8 * 8)
    if bounds is None and line.align != "center":
        width = 8
    return _to_raster(ink.crop((0, 0, width, ink.height)))


def _in_box(char: str, x: int, box: int, advance: float) -> float:
    # A quotation mark stands at the side of its square that faces the words; other narrow characters stand in the
    # middle.
    spare = box - advance
    if spare <= 0 or char in _CLOSING_QUOTES:
        return x
    return x + spare if char in _OPENING_QUOTES else x + spare / 2


def _blacken(layer: Image.Image, threshold: int) -> Image.Image:
    return layer.point([255 if level >= threshold else 0 for level in range(256)], "1")


def _embolden(ink: Image.Image, dots: int) -> Image.Image:
    from PIL import Image, ImageChops

    out = ink
    for step in range(1, dots + 1):
        shifted = Image.new("1", ink.size, 0)
        shifted.paste(ink.crop((0, 0, ink.width - step, ink.height)), (step, 0))
        out = ImageChops.logical_or(out, shifted)
    return out


@lru_cache(maxsize=2)
def _draw_rule(width_px: int) -> Raster:
    # 12 black dots, 6 white ones, two dots high. The space around it is fed, not drawn: it costs no bytes.
    line = bytearray((width_px + 7) // 8)
    for x in range(width_px):
        if x % 18 < 12:
            line[x // 8] |= 0x80 >> x % 8
    return Raster(width_px, 2, bytes(line) * 2)


def _draw_qr(payload: str, width_px: int) -> Raster:
    matrix = qr_matrix(payload)
    side = len(matrix) + 2 * QUIET_MODULES
    module = min(_QR_MODULE_DOTS, width_px // side)
    left = (width_px - len(matrix) * module) // 2
    width = left + len(matrix) * module
    stride = (width + 7) // 8
    rows = bytearray()
    for modules in matrix:
        line = bytearray(stride)
        for position, black in enumerate(modules):
            if black:
                start = left + position * module
                for x in range(start, start + module):
                    line[x // 8] |= 0x80 >> x % 8
        rows += bytes(line) * module
    quiet = bytes(stride * QUIET_MODULES * module)
    return Raster(width, (len(matrix) + 2 * QUIET_MODULES) * module, quiet + bytes(rows) + quiet)


@lru_cache(maxsize=32)
def _font(face: FontFace, size_px: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    # Basic layout: the grid places each character itself, so nothing may be kerned or shaped.
    return ImageFont.truetype(face.path, size_px, index=face.index, layout_engine=ImageFont.Layout.BASIC)


def _to_raster(ink: Image.Image) -> Raster:
    # Pillow packs mode "1" most significant bit first, rows padded to bytes, 1 = lit; here lit is ink.
    return Raster(ink.width, ink.height, ink.tobytes())


def _to_image(raster: Raster) -> Image.Image:
    from PIL import Image, ImageChops

    return ImageChops.invert(Image.frombytes("1", (raster.width_px, raster.height_px), raster.rows))


__all__ = ["COLUMN_DOTS", "LINE_DOTS", "to_paper", "to_png"]
