"""What is to stand on a strip of receipt paper: text lines, drawn rows and feeds, before any printer command.

`printing` makes a `Paper`; a printer driver turns it into bytes. Widths are in printer dots (384 for 58 mm, 576 for
80 mm paper, both at 203 dpi).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Align = Literal["left", "center"]
PaperWidth = Literal[384, 576]


@dataclass(frozen=True, slots=True)
class Raster:
    """A one-bit picture: rows from the top, eight dots a byte, most significant bit left, 1 = black.

    Rows are padded to whole bytes. Raises ValueError when `rows` is not `height_px` times `stride` bytes long.
    """

    width_px: int
    height_px: int
    rows: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.width_px <= 0 or self.height_px < 0:
            raise ValueError(f"raster of {self.width_px} x {self.height_px} dots")
        if len(self.rows) != self.stride * self.height_px:
            raise ValueError(f"raster holds {len(self.rows)} bytes, {self.stride * self.height_px} expected")

    @property
    def stride(self) -> int:
        """Bytes in one row."""
        return (self.width_px + 7) // 8

    def band(self, first_row: int, row_count: int) -> bytes:
        """The bytes of `row_count` rows from `first_row` (fewer at the bottom)."""
        return self.rows[first_row * self.stride : (first_row + row_count) * self.stride]


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of text, and the same line already drawn (`raster`) for printers whose set lacks a character of it."""

    text: str = field(repr=False)
    bold: bool
    double: bool
    align: Align
    raster: Raster


@dataclass(frozen=True, slots=True)
class ImageBlock:
    """A picture that is always drawn, such as a QR code."""

    raster: Raster


@dataclass(frozen=True, slots=True)
class Feed:
    """Empty paper, in dots."""

    dots: int


Block = TextLine | ImageBlock | Feed


@dataclass(frozen=True, slots=True)
class Paper:
    """One slip from top to bottom. `cut` asks for the cutter at the end."""

    width_px: PaperWidth
    blocks: tuple[Block, ...]
    cut: bool = True
