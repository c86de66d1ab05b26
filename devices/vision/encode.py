"""Pages as a file that is small enough to travel inside a case: a JPEG of one page, a PDF of several.

Pixels go in and nothing else: no camera, time, place or thumbnail.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from devices.vision.pages import Picture

#: Quality first, as print stays legible longer when it is coarser in tone than in size.
QUALITIES = (85, 78, 70, 62, 55, 48, 42)
SHRINKS = (1.0, 0.87, 0.75, 0.66, 0.6)
#: Below this 10.5 pt characters run together. A picture that never had as much is not made any smaller.
LEAST_DPI = 120.0


class TooLarge(Exception):
    """The pages cannot be made small enough and stay legible."""


def jpeg(page: Picture, quality: int, *, colour: bool = True) -> bytes:
    """One picture as JPEG."""
    image = page if colour else cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    done, data = cv2.imencode(
        ".jpg",
        image,
        [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1, cv2.IMWRITE_JPEG_PROGRESSIVE, 0],
    )
    if not done:
        raise ValueError("no picture")
    return data.tobytes()


def one_page(page: Picture, dpi: float, cap_bytes: int, *, colour: bool = True) -> tuple[bytes, int, int]:
    """(JPEG, width, height) within the cap. Raises TooLarge."""
    for shrink in SHRINKS:
        if shrink < 1.0 and dpi * shrink < LEAST_DPI:
            break
        image = _smaller(page, shrink)
        for quality in QUALITIES:
            data = jpeg(image, quality, colour=colour)
            if len(data) <= cap_bytes:
                return data, image.shape[1], image.shape[0]
    raise TooLarge


def several_pages(
    pages: Sequence[tuple[Picture, float]], cap_bytes: int, *, colour: bool = True
) -> tuple[bytes, int, int]:
    """(PDF, width and height of page 1) of pages with their dpi, within the cap. Raises TooLarge."""
    for shrink in SHRINKS:
        if shrink < 1.0 and any(dpi * shrink < LEAST_DPI for _, dpi in pages):
            break
        images = [_smaller(page, shrink) for page, _ in pages]
        for quality in QUALITIES:
            data = _pdf(images, [dpi * shrink for _, dpi in pages], quality, colour=colour)
            if len(data) <= cap_bytes:
                return data, images[0].shape[1], images[0].shape[0]
    raise TooLarge


def _pdf(images: Sequence[Picture], dpi: Sequence[float], quality: int, *, colour: bool) -> bytes:
    """Each page as large as the paper was; pages keep their own dpi."""
    whole = io.BytesIO()
    for index, (image, fine) in enumerate(zip(images, dpi, strict=True)):
        rgb = np.ascontiguousarray(image[:, :, ::-1])
        picture = Image.fromarray(rgb) if colour else Image.fromarray(rgb).convert("L")
        # Without these Pillow notes the time.
        picture.save(
            whole,
            "PDF",
            resolution=fine,
            quality=quality,
            append=index > 0,
            creationDate=None,
            modDate=None,
            producer=None,
        )
    return whole.getvalue()


def _smaller(page: Picture, shrink: float) -> Picture:
    if shrink >= 1.0:
        return page
    return cv2.resize(page, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA).astype(np.uint8)
