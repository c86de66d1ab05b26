"""Pixels of a resident: rows of the page as it was painted, and rows of the slip as the printer got them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy
from PIL import Image

from kiosk.app.residue.needles import Needle

SPAN_PX: Final = 32
ROWS_OF_A_TEXT: Final = 8
EVERY: Final = 16
"""Of a page of two thousand rows so many are passed over: looking at each takes seconds."""
LEAST_PIXELS: Final = 9
"""A stretch with fewer different pixels is a border or a shade, which every page has."""
BAND: Final = b"\x1dv0"
"""GS v 0: a band of dots follows, its width in bytes and its height."""
LEAST_WIDE: Final = 24
LEAST_BYTES: Final = 9


def middle(picture: Path) -> tuple[int, int, int, int]:
    """Where a page shows a picture of a paper (x, y, width, height)."""
    with Image.open(picture) as image:
        return image.width // 4, image.height // 3, image.width // 2, image.height // 4


def of_picture(whose: str, picture: Path, rects: Sequence[Sequence[int]], secret: str = "frame") -> Iterator[Needle]:
    """Stretches of rows inside these rectangles (x, y, width, height) that look like nothing else."""
    with Image.open(picture) as image:
        pixels = numpy.asarray(image.convert("RGB"))
    for x, y, width, height in rects:
        part = pixels[max(0, y) : y + height, max(0, x) : x + width]
        found = sorted(_stretches(part), key=lambda stretch: stretch[0], reverse=True)[:ROWS_OF_A_TEXT]
        for _, stretch in found:
            yield from _pixels(whose, secret, stretch)


def of_paper(whose: str, picture: Path) -> Iterator[Needle]:
    """The same of a photographed paper, also as a camera's library has pixels."""
    with Image.open(picture) as image:
        pixels = numpy.asarray(image.convert("RGB"))
    found = sorted(_stretches(pixels[::EVERY]), key=lambda stretch: stretch[0], reverse=True)[:ROWS_OF_A_TEXT]
    for _, stretch in found:
        yield from _pixels(whose, "paper", stretch)
        yield Needle(whose, "paper", "pixels, BGR", stretch[:, ::-1].tobytes())


def _pixels(whose: str, secret: str, stretch: numpy.ndarray) -> Iterator[Needle]:
    opaque = numpy.full((len(stretch), 1), 255, numpy.uint8)
    yield Needle(whose, secret, "pixels, BGRA", numpy.hstack([stretch[:, ::-1], opaque]).tobytes())
    yield Needle(whose, secret, "pixels, RGB", stretch.tobytes())


def _stretches(part: numpy.ndarray) -> Iterator[tuple[int, numpy.ndarray]]:
    """The richest stretch of each row, and how many different pixels it has."""
    for row in part:
        best: tuple[int, numpy.ndarray] | None = None
        for at in range(0, len(row) - SPAN_PX, SPAN_PX // 2):
            stretch = row[at : at + SPAN_PX]
            count = len(numpy.unique(stretch, axis=0))
            if best is None or count > best[0]:
                best = (count, stretch)
        if best is not None and best[0] >= LEAST_PIXELS:
            yield best


def of_slip(whose: str, data: bytes) -> Iterator[Needle]:
    """Dots, eight to a byte, from the middle of the code on a slip, as any copy has them. Text on a slip looks
    alike for everybody, and so does any one line of a code; three lines of it, one below the other, do not.
    """
    for drawn in _drawings(data):
        changes = [at for at in range(1, len(drawn)) if drawn[at] != drawn[at - 1]]
        middle = changes[len(changes) // 3 : len(changes) * 2 // 3]
        for first, last in zip(middle, middle[2:], strict=False):
            piece = b"".join(drawn[first - 1 : last + 1])
            if len(drawn[0]) >= LEAST_WIDE and len(set(piece)) >= LEAST_BYTES:
                yield Needle(whose, "slip", "dots", piece)


def _drawings(data: bytes) -> Iterator[list[bytes]]:
    """What was drawn: the rows of bands that follow each other with the same width."""
    rows: list[bytes] = []
    at, behind = data.find(BAND), -1
    while at >= 0:
        width, height = struct.unpack_from("<HH", data, at + 4)
        start = at + 8
        if rows and (at != behind or len(rows[0]) != width):
            yield rows
            rows = []
        rows += [data[start + row * width : start + (row + 1) * width] for row in range(height)]
        behind = start + width * height
        at = data.find(BAND, behind)
    if rows:
        yield rows
