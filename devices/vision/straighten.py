"""Cut a page out of its picture, flat and straight."""

from __future__ import annotations

import cv2
import numpy as np

from devices.vision.pages import Floats, Picture, Quad

#: Papers people bring (long side, short side in mm). A page of such proportions is taken to be the likeliest in size.
FORMATS_MM = ((297.0, 210.0), (210.0, 148.0), (85.6, 54.0), (176.0, 125.0), (125.0, 88.0), (420.0, 297.0))
#: What a camera for A4 sees from side to side.
FIELD_MM = 360.0
#: Rows of print are turned level by no more than this (degrees); more is how the page was made.
MAX_TURN = 3.0
_LEAST_TURN = 0.15
#: Share of each side left off, so that no sliver of desk stays at the edge.
_TRIM = 0.0025


def cut_out(picture: Picture, corners: Quad, long_px: int, *, trim: float = 0.0) -> Picture:
    """The page as a rectangle whose long side has `long_px` pixels; proportions corrected for perspective."""
    ratio = true_ratio(corners, picture.shape)
    width, height = (long_px, long_px / ratio) if ratio >= 1 else (long_px * ratio, long_px)
    size = (max(8, round(width)), max(8, round(height)))
    source = corners
    if trim:
        middle = corners.mean(axis=0)
        source = middle + (corners - middle) * (1 - 2 * trim)
    shrink = _long_side(corners) / max(size)
    if shrink > 1.5:  # a warp takes single pixels: shrink first, so that all of them count
        picture = cv2.resize(picture, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA).astype(np.uint8)
        source = source / shrink
    target = np.array(((0, 0), (size[0], 0), size, (0, size[1])), np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform((source - 0.5).astype(np.float32), target.astype(np.float32))
    flat = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return flat.astype(np.uint8)


def true_ratio(corners: Quad, shape: tuple[int, ...]) -> float:
    """Width over height of the page itself, seen through perspective (Zhang and He, whiteboard scanning, 2007).

    Falls back to the sides as seen when the perspective is too weak to say more.
    """
    tl, tr, br, bl = corners
    across = (np.linalg.norm(tr - tl) + np.linalg.norm(br - bl)) / 2
    down = (np.linalg.norm(bl - tl) + np.linalg.norm(br - tr)) / 2
    seen = float(across / max(1e-6, float(down)))
    centre = np.array((shape[1] / 2, shape[0] / 2))
    one, two, three, four = (np.append(each - centre, 1.0) for each in (tl, tr, bl, br))
    k2 = np.dot(np.cross(one, four), three) / np.dot(np.cross(two, four), three)
    k3 = np.dot(np.cross(one, four), two) / np.dot(np.cross(three, four), two)
    n2, n3 = k2 * two - one, k3 * three - one
    if abs(n2[2]) < 0.03 or abs(n3[2]) < 0.03:
        return seen
    focal2 = -(n2[0] * n3[0] + n2[1] * n3[1]) / (n2[2] * n3[2])
    if not focal2 > (0.3 * max(shape[:2])) ** 2 or focal2 > (10.0 * max(shape[:2])) ** 2:
        return seen
    scale = np.array((1 / focal2, 1 / focal2, 1.0))
    true = float(np.sqrt(np.dot(n2 * scale, n2) / np.dot(n3 * scale, n3)))
    return true if abs(true / seen - 1) < 0.25 else seen


def long_mm(corners: Quad, shape: tuple[int, ...]) -> float:
    """How long the page's long side is likely to be: a known format of its proportions, else by the field of view."""
    ratio = true_ratio(corners, shape)
    ratio = max(ratio, 1 / ratio)
    about = _long_side(corners) * FIELD_MM / max(shape[:2])
    alike = [long for long, short in FORMATS_MM if abs(ratio / (long / short) - 1) < 0.045]
    return min(alike, key=lambda each: abs(np.log(each / about)), default=about)


def straighten(picture: Picture, corners: Quad, dpi: int) -> tuple[Picture, float]:
    """The page flat, its rows level, at `dpi` or as fine as the picture has it; and the dpi it has."""
    mm = long_mm(corners, picture.shape)
    native = _long_side(corners) / (mm / 25.4)
    has = min(float(dpi), native)
    flat = cut_out(picture, corners, round(has * mm / 25.4), trim=_TRIM)
    turn = row_angle(flat)
    return (_turn(flat, turn) if abs(turn) >= _LEAST_TURN else flat), has


def row_angle(flat: Picture) -> float:
    """By how many degrees rows of print (or of a table) run off level, within MAX_TURN; 0 when there is no telling.

    The angle at which rows and the gaps between them are told apart best, by the change from each line to the next.
    """
    scale = 700 / max(flat.shape[:2])
    small = cv2.resize(flat, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    paper = cv2.medianBlur(cv2.dilate(grey, np.ones((7, 7), np.uint8)), 21)
    ink = (cv2.subtract(paper, grey) > 30).astype(np.float32)
    rim = 20
    ink[:rim] = ink[-rim:] = 0
    ink[:, :rim] = ink[:, -rim:] = 0
    if ink.sum() < 400:
        return 0.0
    best: list[tuple[float, float, float]] = []
    for upright in (False, True):  # the page may lie on its side
        image = ink.T if upright else ink
        coarse = {angle: _order(image, angle) for angle in np.arange(-MAX_TURN, MAX_TURN + 0.01, 0.5)}
        near = max(coarse, key=lambda each: coarse[each])
        fine = {angle: _order(image, angle) for angle in np.arange(near - 0.4, near + 0.41, 0.1)}
        top = max(fine, key=lambda each: fine[each])
        usual = float(np.median(list(coarse.values())))
        best.append((fine[top] / max(usual, 1e-6), fine[top], -top if upright else top))
    clear, _, angle = max(best)
    # Without rows every angle is as good as another.
    return float(angle) if clear > 1.25 and abs(angle) < MAX_TURN - 0.05 else 0.0


def _order(ink: Floats, angle: float) -> float:
    """How unlike neighbouring lines are when read at this angle."""
    ys, xs = np.nonzero(ink)
    lines = np.round(ys - xs * np.tan(np.radians(angle))).astype(np.int64)
    profile = np.bincount(lines - lines.min()).astype(np.float64)
    return float(np.sum(np.diff(profile) ** 2))


def _turn(flat: Picture, degrees: float) -> Picture:
    height, width = flat.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turned = cv2.warpAffine(flat, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return turned.astype(np.uint8)


def _long_side(corners: Quad) -> float:
    length = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    return float(max(length[0] + length[2], length[1] + length[3]) / 2)
