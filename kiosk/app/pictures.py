"""Pictures for the documents: few colours are enough for flat pages and keep the repository small."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PIL import Image

COLOURS = 128
_GAP_PX = 16
_GROUND = "#E6EFEA"


def small(picture: Image.Image, file: Path, width_px: int) -> None:
    """Write a picture in this width."""
    height_px = round(picture.height * width_px / picture.width)
    shrunk = picture.convert("RGB").resize((width_px, height_px), Image.Resampling.LANCZOS)
    shrunk.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


def row(pictures: Sequence[Image.Image], height_px: int) -> Image.Image:
    """Pictures beside one another, all equally tall."""
    scaled = [
        picture.convert("RGB").resize(
            (round(picture.width * height_px / picture.height), height_px), Image.Resampling.LANCZOS
        )
        for picture in pictures
    ]
    whole = Image.new("RGB", (sum(one.width for one in scaled) + _GAP_PX * (len(scaled) - 1), height_px), _GROUND)
    x = 0
    for one in scaled:
        whole.paste(one, (x, 0))
        x += one.width + _GAP_PX
    return whole


class Saves(Protocol):
    """A picture of the toolkit."""

    def save(self, path: str, /) -> bool:
        """Write it to a file."""
        ...


def opened(picture: Saves) -> Image.Image:
    """The same for the library that makes it small."""
    with tempfile.TemporaryDirectory(prefix="design-") as there:
        file = Path(there) / "one.png"
        picture.save(str(file))
        with Image.open(file) as found:
            found.load()
            return found
