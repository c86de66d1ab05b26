"""Judge a picture of a paper: which one thing should the resident do so that the paper can be taken?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from devices.vision.pages import Floats, Found, Picture, Quad, find_page
from devices.vision.straighten import cut_out
from kiosk.domain.devices import CaptureAdvice

#: A frame with nothing brighter than this shows nothing, whatever lies there; an empty black desk in light is above.
DARK_FRAME = 13.0
#: The paper's own brightness (its brighter half): below, sensor noise eats grey print. Dark covers stay above it.
DARK_PAGE = 74.0
#: The smallest share of the picture for a sheet of 1 : 1.41 (A6 under a camera for A4 has 12 %) and for anything else
#: (an ID-1 card has 5 %).
SMALL_SHEET = 0.055
SMALL_OTHER = 0.030
#: A long side with fewer pixels than this has under 120 dpi even on an ID-1 card.
SMALL_PX = 200.0
#: Spread of an edge (standard deviation), against the paper's long side: 0.25 % is 0.7 mm of A4, the gap between the
#: strokes of 10.5 pt characters; and in pixels, as no camera is sharper than its own.
BLUR_SHARE = 0.0013
BLUR_PX = 1.35
#: Print with edges less evenly spread over the directions than this is smeared, or a form of nothing but rules; print
#: of any script measures above 0.6.
UNEVEN = 0.58
#: The outline may be softer than print: paper has a thickness, and throws a shadow.
OUTLINE_LOOSER = 1.5
#: Blown-out means this bright in every colour; sensor noise vanishes there.
BLOWN = 248.0
#: The smallest blown-out patch worth a word: 0.3 % of A4 is 14 by 14 mm, a few words.
GLARE_SHARE = 0.003
#: More than this share of the page, or of its rim, is a bright light, not a reflection.
GLARE_MOST, GLARE_RIM = 0.4, 0.3
#: A patch must stand out of the paper by this much: white paper in full light is as bright as its patches.
GLARE_STEP = 6.0
#: A corner that goes this far between two frames (share of the picture's diagonal) is a paper in a hand.
MOVED_SHARE = 0.006

_FLAT_PX = 600
_SHARP_PX = 1600
_RIM = 0.02


@dataclass(frozen=True, slots=True)
class Judged:
    """A picture looked at. `advice` None: it can be taken. `spread_px` is how wide edges are: smaller is sharper."""

    advice: CaptureAdvice | None
    page: Found | None
    spread_px: float = 0.0


def judge(picture: Picture, before: Quad | None = None) -> Judged:
    """Look at one frame; `before`: where the paper was in the frame before."""
    page = find_page(picture)
    if page is None:
        dark = float(np.percentile(picture[::8, ::8].max(axis=2), 97)) < DARK_FRAME
        return Judged(CaptureAdvice.TOO_DARK if dark else CaptureAdvice.NO_PAGE, None)
    return _of_page(picture, page, before)


def _of_page(picture: Picture, page: Found, before: Quad | None) -> Judged:
    if page.outside or page.covered:
        return Judged(CaptureAdvice.CUT_OFF, page)
    if too_small(page):
        return Judged(CaptureAdvice.TOO_SMALL, page)
    if before is not None and moved(page.corners, before, picture.shape):
        return Judged(CaptureAdvice.MOVING, page)
    flat = cut_out(picture, page.corners, _FLAT_PX)
    if float(np.percentile(flat.max(axis=2), 80)) < DARK_PAGE:
        return Judged(CaptureAdvice.TOO_DARK, page)
    if glare_share(flat) > 0:
        return Judged(CaptureAdvice.GLARE, page)
    is_blurred, spread = blurred(picture, page.corners)
    return Judged(CaptureAdvice.BLURRED if is_blurred else None, page, spread)


def too_small(page: Found) -> bool:
    """Whether a larger picture of this paper is needed, and can be had by laying it down properly."""
    wide, high = sides(page.corners)
    ratio = max(wide, high) / max(1.0, min(wide, high))
    sheet = 1.33 < ratio < 1.50
    return page.share < (SMALL_SHEET if sheet else SMALL_OTHER) or max(wide, high) < SMALL_PX


def sides(corners: Quad) -> tuple[float, float]:
    """Mean width and height of a quad in pixels."""
    length = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    return float(length[0] + length[2]) / 2, float(length[1] + length[3]) / 2


def moved(corners: Quad, before: Quad, shape: tuple[int, ...]) -> bool:
    """Whether the paper lies somewhere else than in the frame before."""
    diagonal = float(np.hypot(shape[0], shape[1]))
    return float(np.abs(np.linalg.norm(corners - before, axis=1)).max()) > MOVED_SHARE * diagonal


def glare_share(flat: Picture) -> float:
    """The share of a flat page that is blown out while the rest of the paper is not; 0 for none worth a word.

    A page in full light is blown out over a large part of it, up to its edges, and its print is still there: that is no
    reflection.
    """
    mean = cv2.blur(flat.min(axis=2), (5, 5))
    blown = cv2.morphologyEx((mean >= BLOWN).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(blown, connectivity=8)
    whole = flat.shape[0] * flat.shape[1]
    light = cv2.blur(flat.mean(axis=2).astype(np.float32), (5, 5))
    elsewhere = light[cv2.dilate(blown, np.ones((25, 25), np.uint8)) == 0]
    if elsewhere.size < 0.2 * whole:
        return 0.0
    # More than half of what is not print is paper.
    paper = float(np.percentile(elsewhere, 65))
    rim = np.concatenate((labels[2], labels[-3], labels[:, 2], labels[:, -3]))
    total = 0.0
    for label in range(1, count):
        share = stats[label, cv2.CC_STAT_AREA] / whole
        if not GLARE_SHARE <= share <= GLARE_MOST or np.mean(rim == label) > GLARE_RIM:
            continue
        if float(light[labels == label].mean()) - paper >= GLARE_STEP:
            total += share
    return float(total)


def blurred(picture: Picture, corners: Quad) -> tuple[bool, float]:
    """Whether print on the page cannot be read for blur, and how wide its edges are (standard deviation, pixels).

    Out of focus all edges are wide. A shake smears along one direction and leaves strokes along it sharp: then print
    has edges in one direction only, which a form of nothing but rules has too, so the paper's own outline decides.
    """
    long_px = min(_SHARP_PX, int(max(sides(corners))))
    limit = max(BLUR_PX, BLUR_SHARE * long_px)
    middle = corners.mean(axis=0)
    with_rim = middle + (corners - middle) * (1 + 2 * _RIM)
    grey = cv2.cvtColor(cut_out(picture, with_rim, long_px), cv2.COLOR_BGR2GRAY).astype(np.float32)
    height, width = grey.shape
    one = cv2.GaussianBlur(grey, (0, 0), 1.0)
    two = cv2.GaussianBlur(one, (0, 0), 2.0)
    rim_x, rim_y = int(2.4 * _RIM * width) + 4, int(2.4 * _RIM * height) + 4
    inner = (slice(rim_y, height - rim_y), slice(rim_x, width - rim_x))
    known = [each for along in (0, 1) if (each := _spread(*_slopes(one, two, along, inner))) is not None]
    print_spread = max(known, default=0.0)
    if print_spread > limit:
        return True, print_spread
    level = _evenness(one[inner])
    if level is None or level < UNEVEN:
        outline = _outline_spread(one, two)
        return outline > OUTLINE_LOOSER * limit, max(print_spread, outline)
    return False, print_spread


def _evenness(grey: Floats) -> float | None:
    """How evenly edges are spread over the directions: 1 as much upright as level, 0 all in one; None without print."""
    gx = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    gy = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    strength = np.hypot(gx, gy)
    strong = strength > 2.0
    if int(strong.sum()) < 400:
        return None
    # Strong edges count no more than middling ones, or the rules of a table would decide alone.
    cap = max(2.5, float(np.percentile(strength, 90)))
    weight = (np.minimum(strength, cap) / np.maximum(strength, 1e-6))[strong]
    x, y = gx[strong] * weight, gy[strong] * weight
    xx, yy, xy = float(np.sum(x * x)), float(np.sum(y * y)), float(np.sum(x * y))
    root = float(np.hypot(xx - yy, 2 * xy))
    return float((xx + yy - root) / (xx + yy + root))


def _outline_spread(one: Floats, two: Floats) -> float:
    """How wide the paper's outline is, the wider of its two directions; `_RIM` of desk is around it."""
    spreads: list[float] = []
    for first, again in ((one, two), (one.T, two.T)):
        height, width = first.shape
        band = int(2.4 * _RIM * width) + 4
        rows = slice(height // 8, height - height // 8)
        slope = np.abs(cv2.Sobel(np.ascontiguousarray(first), cv2.CV_32F, 1, 0, ksize=3, scale=0.125))[rows]
        after = np.abs(cv2.Sobel(np.ascontiguousarray(again), cv2.CV_32F, 1, 0, ksize=3, scale=0.125))[rows]
        ratios: list[Floats] = []
        for part in (slice(2, band), slice(width - band, width - 2)):
            at = np.argmax(after[:, part], axis=1)[:, None]
            top = np.maximum(
                *(
                    np.take_along_axis(slope[:, part], np.clip(at + k, 0, slope[:, part].shape[1] - 1), 1)
                    for k in (0, 1)
                )
            )
            low = np.take_along_axis(after[:, part], at, axis=1)
            ratios.append((top / np.maximum(low, 0.05))[low > 1.0])
        ratio = np.concatenate(ratios)
        if ratio.size > 30:
            spreads.append(_spread_of(float(np.median(ratio))))
    return max(spreads, default=0.0)


def _spread_of(ratio: float) -> float:
    """The spread of a step whose slope falls by this ratio when it is blurred by 2 pixels more."""
    return float(np.sqrt(max(0.0, 4.0 / max(1e-3, ratio * ratio - 1.0) - 1.0)))


def _slopes(one: Floats, two: Floats, along: int, inner: Any) -> tuple[Floats, Floats]:
    dx, dy = (1, 0) if along == 0 else (0, 1)
    slope = np.abs(cv2.Sobel(one, cv2.CV_32F, dx, dy, ksize=3, scale=0.125))
    other = np.abs(cv2.Sobel(one, cv2.CV_32F, dy, dx, ksize=3, scale=0.125))
    again = np.abs(cv2.Sobel(two, cv2.CV_32F, dx, dy, ksize=3, scale=0.125))
    window = np.ones((1, 5) if along == 0 else (5, 1), np.uint8)
    top = (slope >= cv2.dilate(slope, window)) & (slope > 2 * other)
    top = top[inner]
    return slope[inner][top], again[inner][top]


def _spread(slope: Floats, again: Floats) -> float | None:
    if slope.size < 60:
        return None
    least = max(2.0, 0.3 * float(np.percentile(slope, 99)))
    strong = slope > least
    if int(strong.sum()) < 40:
        return None
    return _spread_of(float(np.percentile(slope[strong] / np.maximum(again[strong], 0.05), 60)))
