"""A slip as people and tests look at it: a picture and its text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from devices.emulators.printer_model import Fed, PrintedRows, PrintedText, Slip

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

_CELL = 12  # dots of a half-width character; its height is twice that
_MARGIN = 12
#: Where the usual packages put a font with Chinese characters; the first that is there stands in for the printer's own.
_FONTS = (
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 1),  # the second face has half-width Latin letters
    ("/usr/share/fonts/opentype/noto/NotoSansMonoCJK-Regular.ttc", 0),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 1),
    ("/usr/share/fonts/truetype/arphic/uming.ttc", 0),
)
_BASELINE = 0.86  # of a character's height, from its top


def slip_text(slip: Slip) -> str:
    """The lines of characters; a drawn stretch is a line in brackets."""
    lines: list[str] = []
    for item in slip.items:
        match item:
            case PrintedText(text):
                lines.append(text)
            case PrintedRows(width_bytes, rows):
                lines.append(f"[{width_bytes * 8}x{len(rows) // max(1, width_bytes)} dots]")
            case Fed():
                pass
    return "\n".join(lines) + "\n"


def slip_picture(slip: Slip, width_px: int, font_file: Path | None = None) -> Image:
    """The slip, black on white, one dot a pixel."""
    from PIL import Image, ImageDraw  # only where pictures are made: the library costs time to load

    heights = [_height(item) for item in slip.items]
    picture = Image.new("L", (width_px, sum(heights) + 2 * _MARGIN), 255)
    draw = ImageDraw.Draw(picture)
    small, large = find_font(font_file, 2 * _CELL), find_font(font_file, 4 * _CELL)
    top = _MARGIN
    for item, height in zip(slip.items, heights, strict=True):
        match item:
            case PrintedRows(width_bytes, rows, center) if width_bytes and rows:
                size = (width_bytes * 8, len(rows) // width_bytes)
                dots = Image.frombytes("1", size, bytes(byte ^ 0xFF for byte in rows[: width_bytes * size[1]]))
                picture.paste(dots, ((width_px - size[0]) // 2 if center else 0, top))
            case PrintedText(text, style):
                scale = 2 if style.double else 1
                widths = [_CELL * scale * (1 if char <= "~" else 2) for char in text]
                left = max(0, (width_px - sum(widths)) // 2) if style.center else 0
                for char, width in zip(text, widths, strict=True):
                    font = large if style.double else small
                    if font is not None:
                        foot = (left + width / 2, top + _BASELINE * 2 * _CELL * scale)
                        draw.text(foot, char, fill=0, font=font, anchor="ms")
                        if style.bold:  # as a thermal printer does it: once more, a dot to the right
                            draw.text((foot[0] + 1, foot[1]), char, fill=0, font=font, anchor="ms")
                    elif char != " ":
                        draw.rectangle((left + 2, top + 2, left + width - 3, top + 2 * _CELL * scale - 3), outline=0)
                    left += width
            case _:
                pass
        top += height
    return picture


def _height(item: PrintedText | PrintedRows | Fed) -> int:
    match item:
        case PrintedText(_, style):
            return max(style.line_dots, 2 * _CELL * (2 if style.double else 1))
        case PrintedRows(width_bytes, rows):
            return len(rows) // max(1, width_bytes)
        case Fed(dots):
            return dots


def find_font(font_file: Path | None, size: int) -> FreeTypeFont | None:
    """The font for printed Chinese text: this file, or the first that is installed; None when there is none."""
    from PIL import ImageFont

    for name, index in ((str(font_file), 0),) if font_file is not None else _FONTS:
        try:
            return ImageFont.truetype(name, size, index=index)
        except OSError:
            continue
    return None
