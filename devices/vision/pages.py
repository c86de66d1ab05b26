"""Find the paper in a picture: four corners, on any desk.

Corners that might be a paper's come from three places: straight lines (a Hough transform that knows each edge's
direction), what differs from the colours along the picture's rim, and outlines of closed edges. All are judged alike:
by how much of their outline lies on an edge of the right direction, and whether inside and outside of that edge differ
as paper and desk do (a line printed on the paper has paper on both sides). The best is then fitted to its edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[Any]
#: Four corners (x, y) in picture pixels, clockwise as seen, the one nearest the upper left first.
Quad = NDArray[np.float64]

#: Pictures are looked at with this long side: an A4 page's text is gone, its edges are within a pixel.
WORK_PX = 640
#: A paper smaller than this share of the picture is not looked for: an ID-1 card under an A4 camera has 4 to 7 %.
MIN_SHARE = 0.006
#: A till roll is the longest thing anybody shows; a rim of the desk is longer.
_MAX_RATIO = 3.2
#: Perspective under a desk camera bends a right angle by less than this (degrees).
_BENT_BY = 28.0
_SAMPLES = 48
_BESIDE_PX = 5.0  # where the colour beside an edge is taken
_MIN_SUPPORT = 0.55  # of the outline, on the worst terms, must lie on an edge
_MIN_STEP = 3.5  # Lab units between paper and desk; white on off-white measures about 6
_ONE_WAY = 0.6  # of a side has paper and desk the same way round
_ALIKE = 0.45  # the four sides have much the same tone inside; a hand or a chance shape has not
_BRIGHT = 150.0
#: Shapes smaller than this are no paper when the desk around looks the same: tiles.
_TILE_SHARE = 0.05
#: A whole paper of less than this share is looked at again: is it a part of one that is cut by the rim?
_MAY_BE_PART = 0.36
_SAME_PAPER = 9.0  # Lab units
_FOLD = 0.3  # of the usual step must be left some way behind an edge
_PAPERY = 0.58  # of the rim that cuts a paper; print and pictures have the rest
_CUT_SHARE = 0.028  # half an ID-1 card; and more than two tiles
_LEAST_REACHING_OUT = 0.48  # score of a paper that is partly outside
_LINES = 30
_LEAST_VOTES = 3.0
_LINE_WIDTH, _LINE_TURN, _LEAST_POINTS = 2.5, 0.2, 22  # pixels, sine, points
_FEW_SAMPLES, _KEPT = 12, 240  # a quick look at thousands of shapes, a full one at the best of them
#: A stretch of outline this long without edge and without paper is covered (a fingertip is 15 mm of 1000 mm around A4).
_COVERED_SHARE = 0.013
_COVERED_PX = 10.0
_STRETCH_PX = 3.0
_MOSTLY = 0.85
_STRANGE = (14.0, 22.0)  # Lab units from the side's usual tone


@dataclass(frozen=True, slots=True)
class Found:
    """A paper in a picture. `outside`: part of it is not in the picture. `covered`: something lies over its edge."""

    corners: Quad
    share: float
    outside: bool
    covered: bool
    score: float


@dataclass(frozen=True, slots=True)
class _Shape:
    """Four corners that look like a paper's. `cut`: the rim of the picture is one of the sides."""

    corners: Floats
    score: float
    tone: Floats
    covered: bool
    cut: bool


@dataclass(frozen=True, slots=True)
class _View:
    """A picture made small, its colours (Lab, without thin lines) and its edges."""

    scale: float
    colours: Floats
    gx: Floats
    gy: Floats
    strength: Floats
    edges: NDArray[np.uint8]
    threshold: float

    @property
    def size(self) -> tuple[int, int]:
        return self.edges.shape[1], self.edges.shape[0]


def find_page(picture: Picture) -> Found | None:
    """The paper in a picture (BGR), or None."""
    view = _look(picture)
    quads = _from_lines(view) + _from_rim(view) + _from_outlines(view)
    best = _best(view, quads, whole=True)
    width, height = view.size
    if best is None or _area(best.corners) < _MAY_BE_PART * width * height:
        # What looks like a small paper may be one half, or a picture, of a large one that is partly outside.
        larger = _best(view, _reaching_out(view) + quads, whole=False)
        if larger is not None and larger.score > _LEAST_REACHING_OUT and (best is None or _is_part(best, larger)):
            best = larger
    if best is None:
        return None
    corners = best.corners
    outside = best.cut or bool(np.any(corners < 1.5) or np.any(corners > np.array((width, height)) - 2.5))
    share = _area(corners) / (width * height)
    return Found(order_corners(corners / view.scale), share, outside, best.covered, best.score)


def order_corners(corners: Floats) -> Quad:
    """Clockwise as seen in the picture, beginning with the one nearest the upper left."""
    middle = corners.mean(axis=0)
    turn = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    clockwise = corners[np.argsort(turn)]
    first = int(np.argmin(clockwise.sum(axis=1)))
    return np.roll(clockwise, -first, axis=0).astype(np.float64)


# --- looking ----------------------------------------------------------------------------------------------------


def _look(picture: Picture) -> _View:
    scale = WORK_PX / max(picture.shape[:2])
    small = cv2.resize(
        picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    # In the dark differences are small: bring the brightest up to where it is in light.
    gain = float(np.clip(_BRIGHT / max(1.0, float(np.percentile(small[::4, ::4], 98))), 1.0, 4.0))
    if gain > 1.05:
        small = cv2.convertScaleAbs(small, alpha=gain)
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
    # Closing takes dark print off bright paper, so that rules and rows of text make no edges.
    lightness = cv2.morphologyEx(lab[:, :, 0], cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
    colours = cv2.medianBlur(np.dstack((lightness, lab[:, :, 1], lab[:, :, 2])), 5)
    smooth = cv2.GaussianBlur(colours, (0, 0), 1.3).astype(np.float32)
    dx = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    dy = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    power = dx * dx + dy * dy
    channel = np.argmax(power, axis=2)[:, :, None]
    gx, gy = (np.take_along_axis(each, channel, axis=2)[:, :, 0] for each in (dx, dy))
    strength = np.sqrt(np.take_along_axis(power, channel, axis=2)[:, :, 0])
    threshold = float(np.clip(np.median(strength) * 2.2, 0.9, 3.0))
    edges = cv2.Canny(
        (gx * 64).astype(np.int16), (gy * 64).astype(np.int16), threshold * 64, threshold * 128, L2gradient=True
    )
    return _View(scale, smooth, gx, gy, strength, edges.astype(np.uint8), threshold)


# --- where a paper might be -------------------------------------------------------------------------------------


def _lines(view: _View) -> Floats:
    """Straight edges as (angle of the normal, distance from the origin), the longest first."""
    ys, xs = np.nonzero(view.edges)
    if len(xs) == 0:
        return np.empty((0, 2))
    gx, gy = view.gx[ys, xs], view.gy[ys, xs]
    angle = np.arctan2(gy, gx)
    width, height = view.size
    reach = float(np.hypot(width, height))
    steps, bins = 180, 2 * int(reach) + 3
    votes: Floats = np.zeros(steps * bins, np.float64)
    base = np.round(np.degrees(angle)).astype(np.int64)
    for off in range(-5, 6):
        degree = base + off
        theta = np.radians(degree)
        rho = xs * np.cos(theta) + ys * np.sin(theta)
        wrapped = degree % 360
        rho = np.where(wrapped >= 180, -rho, rho)
        slot = np.round(rho).astype(np.int64) + bins // 2
        weight = float(np.exp(-0.5 * (off / 3.0) ** 2))
        votes += np.bincount((wrapped % 180) * bins + slot, minlength=steps * bins) * weight
    table = votes.reshape(steps, bins)
    round_table: Floats = np.vstack((table[-8:, ::-1], table, table[:8, ::-1]))
    round_table = cv2.GaussianBlur(round_table, (0, 0), sigmaX=1.2, sigmaY=1.0)
    highest = cv2.dilate(round_table, np.ones((9, 7)))
    peak = (round_table == highest)[8:-8] & (round_table[8:-8] > _LEAST_VOTES)
    at = np.argwhere(peak)
    at = at[np.argsort(-round_table[8:-8][peak])[: 4 * _LINES]]
    return _each_once(np.column_stack((np.radians(at[:, 0]), at[:, 1] - float(bins // 2))), xs, ys, angle)


def _each_once(lines: Floats, xs: Floats, ys: Floats, angle: Floats) -> Floats:
    """Without lines whose edge points belong to longer lines: one edge makes a fan of peaks."""
    free = np.ones(len(xs), bool)
    kept: list[Floats] = []
    for line in lines:
        theta, rho = line
        near = np.abs(xs * np.cos(theta) + ys * np.sin(theta) - rho) < _LINE_WIDTH
        near &= np.abs(np.sin(angle - theta)) < _LINE_TURN
        if int((near & free).sum()) < max(_LEAST_POINTS, 0.4 * int(near.sum())):
            continue
        free &= ~near
        kept.append(line)
        if len(kept) == _LINES:
            break
    return np.array(kept).reshape(-1, 2)


def _crossings(lines: Floats) -> tuple[Floats, Floats]:
    """Where each pair of lines meets (inf when parallel), and the sine of their angle."""
    c, s, r = np.cos(lines[:, 0]), np.sin(lines[:, 0]), lines[:, 1]
    sine = c[:, None] * s[None, :] - s[:, None] * c[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        x = (r[:, None] * s[None, :] - s[:, None] * r[None, :]) / sine
        y = (c[:, None] * r[None, :] - r[:, None] * c[None, :]) / sine
    points = np.stack((x, y), axis=2)
    points[np.abs(sine) < 0.2] = np.inf
    return points, np.abs(sine)


def _quads_of(view: _View, lines: Floats, bent_by: float) -> Floats:
    """All four-cornered shapes of two pairs of roughly parallel lines."""
    if len(lines) < 4:
        return np.empty((0, 4, 2))
    points, sine = _crossings(lines)
    along = np.sin(np.radians(bent_by))
    width, height = view.size
    i, j = np.triu_indices(len(lines), 1)
    alike = sine[i, j] < along
    i, j = i[alike], j[alike]
    # Two lines of one pair must be some way apart in the middle of the picture.
    middle = np.array((width / 2, height / 2))
    gap = lines[:, 1] - middle[0] * np.cos(lines[:, 0]) - middle[1] * np.sin(lines[:, 0])
    same_way = np.cos(lines[i, 0] - lines[j, 0]) > 0
    apart = np.abs(gap[i] - np.where(same_way, gap[j], -gap[j])) > 25
    i, j = i[apart], j[apart]
    if len(i) == 0:
        return np.empty((0, 4, 2))
    one, two = np.triu_indices(len(i), 1)
    square = np.cos(np.radians(bent_by))
    across = (sine[i[one], i[two]] > square) & (sine[j[one], j[two]] > square)
    one, two = one[across], two[across]
    quads = np.stack(
        (points[i[one], i[two]], points[i[one], j[two]], points[j[one], j[two]], points[j[one], i[two]]), 1
    )
    quads = quads[np.all(np.isfinite(quads), axis=(1, 2))]
    quads = _turned_clockwise(quads)
    limit = 0.35 * width
    near = np.all((quads > -limit) & (quads < np.array((width, height)) + limit), axis=(1, 2))
    kept: Floats = quads[near]
    return kept


def _from_lines(view: _View) -> list[Floats]:
    return list(_plausible(view, _quads_of(view, _lines(view), _BENT_BY)))


def _reaching_out(view: _View) -> list[Floats]:
    """Shapes that have the rim of the picture for one or two of their sides: a paper that is partly outside."""
    width, height = view.size
    rim = np.array(((0.0, 1.0), (0.0, width - 2.0), (np.pi / 2, 1.0), (np.pi / 2, height - 2.0)))
    lines = np.vstack((_lines(view)[:20], rim))
    return list(_plausible(view, _quads_of(view, lines, 57.0), 33.0))


def _from_rim(view: _View) -> list[Floats]:
    """Outlines of what differs from the colours that the rim of the picture shows."""
    width, height = view.size
    wide = 12
    colours = view.colours
    rim = np.concatenate(
        [part.reshape(-1, 3) for part in (colours[:wide], colours[-wide:], colours[:, :wide], colours[:, -wide:])]
    )[::7]
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 8, 1.0)
    cv2.setRNGSeed(1)
    spread, label, centres = cv2.kmeans(
        rim.astype(np.float32), 3, np.empty((0, 1), np.int32), criteria, 1, cv2.KMEANS_PP_CENTERS
    )
    counts = np.bincount(label.ravel(), minlength=3)
    kept = centres[counts > 0.08 * len(rim)]
    away = np.min(np.linalg.norm(colours[:, :, None, :] - kept[None, None], axis=3), axis=2)
    shapes: list[Floats] = []
    noise = float(np.sqrt(spread / len(rim)))
    grey = np.clip(away * 4, 0, 255).astype(np.uint8)
    otsu, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    for limit in (max(5.0, 2.0 * noise), otsu / 4):
        mask = (away > limit).astype(np.uint8)
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
        shapes += _outlines(mask, MIN_SHARE * width * height)
    return list(_plausible(view, np.array(shapes).reshape(-1, 4, 2)))


def _from_outlines(view: _View) -> list[Floats]:
    """Outlines of closed edges, faint ones and strong ones apart."""
    width, height = view.size
    shapes: list[Floats] = []
    for factor in (1.0, 3.0):
        strong = (view.strength > view.threshold * 2 * factor) & (view.edges > 0)
        mask = cv2.dilate(strong.astype(np.uint8), np.ones((5, 5), np.uint8))
        shapes += _outlines(mask, MIN_SHARE * width * height)
    return list(_plausible(view, np.array(shapes).reshape(-1, 4, 2)))


def _outlines(mask: Floats, min_area: float) -> list[Floats]:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    shapes: list[Floats] = []
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:6]:
        hull = cv2.convexHull(contour)
        if cv2.contourArea(hull) < min_area or len(hull) < 4:
            continue
        four = cv2.approxPolyN(hull, 4, None, -1.0, True).reshape(-1, 2).astype(np.float64)
        if len(four) == 4:
            shapes.append(four)
    return shapes


def _turned_clockwise(quads: Floats) -> Floats:
    x, y = quads[:, :, 0], quads[:, :, 1]
    twice = np.sum(x * np.roll(y, -1, 1) - y * np.roll(x, -1, 1), axis=1)
    quads = quads.copy()
    quads[twice < 0] = quads[twice < 0][:, ::-1]
    return quads


def _plausible(view: _View, quads: Floats, least_corner: float = 40.0) -> Floats:
    """Those that could be a paper by size, angles and proportion."""
    if len(quads) == 0:
        return np.empty((0, 4, 2))
    width, height = view.size
    quads = _turned_clockwise(quads)
    sides = np.roll(quads, -1, axis=1) - quads
    length = np.linalg.norm(sides, axis=2)
    length = np.maximum(length, 1e-6)
    following = np.roll(sides, -1, axis=1)
    turn = (sides[:, :, 0] * following[:, :, 1] - sides[:, :, 1] * following[:, :, 0]) / (
        length * np.roll(length, -1, axis=1)
    )
    ratio = np.maximum(length[:, 0] + length[:, 2], 1) / np.maximum(length[:, 1] + length[:, 3], 1)
    ratio = np.maximum(ratio, 1 / ratio)
    area = 0.5 * np.abs(
        np.sum(
            quads[:, :, 0] * np.roll(quads[:, :, 1], -1, 1) - quads[:, :, 1] * np.roll(quads[:, :, 0], -1, 1), axis=1
        )
    )
    share = area / (width * height)
    fine = (
        np.all(turn > np.sin(np.radians(least_corner)), axis=1)
        & (ratio < _MAX_RATIO)
        & (share > MIN_SHARE)
        & (share < 1.6)
    )
    plausible: Floats = quads[fine]
    return plausible


# --- judging ----------------------------------------------------------------------------------------------------


def _best(view: _View, quads: list[Floats], *, whole: bool) -> _Shape | None:
    """The shape that looks most like a paper; `whole`: all of it in the picture, else with the rim for a side."""
    if not quads:
        return None
    every = np.array(quads)
    if len(every) > _KEPT:
        quick = _scores(view, every, reach=3, whole=whole, samples=_FEW_SAMPLES)
        every = every[np.argsort(-quick)[:_KEPT]]
    rough = _scores(view, every, reach=3, whole=whole)
    best: tuple[Floats, float] | None = None
    for index in np.argsort(-rough)[:6]:
        if rough[index] <= 0:
            break
        corners = every[index]
        for _ in range(2):
            corners = _fit(view, corners)
        fitted = float(_scores(view, corners[None], reach=2, whole=whole)[0])
        if fitted > (best[1] if best else 0.0):
            best = (corners, fitted)
    if best is None or _is_tile(view, best[0]):
        return None
    return _Shape(*best, _tone(view, best[0]), _covered(view, best[0]), not whole)


def _tone(view: _View, corners: Floats) -> Floats:
    """The usual colour just inside the sides that are in the picture."""
    points, normal = _along(corners[None])
    inner = points - normal[:, :, None, :] * _BESIDE_PX
    seen = inner[_within(view, points, 4.0)]
    tone: Floats = np.median(_pick(view.colours, seen if len(seen) else inner.reshape(-1, 2)), axis=0)
    return tone


def _is_part(small: _Shape, large: _Shape) -> bool:
    """Whether a shape is a part of the paper that a larger one shows."""
    middle = small.corners.mean(axis=0)
    holds = cv2.pointPolygonTest(large.corners.astype(np.float32), (float(middle[0]), float(middle[1])), False) > 0
    same = float(np.linalg.norm(small.tone - large.tone)) < _SAME_PAPER
    return holds and same and large.score > 0.85 * small.score and _area(large.corners) > 1.3 * _area(small.corners)


def _is_tile(view: _View, corners: Floats) -> bool:
    """Whether the desk farther out looks like the inside again, to two sides or more."""
    width, height = view.size
    if _area(corners) > _TILE_SHARE * width * height:
        return False
    points, normal = _along(corners[None])
    paper = _pick(view.colours, points[0] - normal[0][:, None, :] * _BESIDE_PX)
    desk = _pick(view.colours, points[0] + normal[0][:, None, :] * _BESIDE_PX)
    tone = np.median(paper.reshape(-1, 3), axis=0)
    near = 0.45 * float(np.linalg.norm(np.median(paper - desk, axis=1), axis=1).min())
    again = 0
    size = float(np.sqrt(_area(corners)))
    for side in range(4):
        out = (
            corners[side] * 0.5
            + corners[(side + 1) % 4] * 0.5
            + normal[0][side] * np.arange(0.15, 2.4, 0.05)[:, None] * size
        )
        out = out[_within(view, out, 2.0)]
        again += int(np.sum(np.linalg.norm(_pick(view.colours, out) - tone, axis=1) < near) >= 3)
    return again >= 2


def _along(quads: Floats, samples: int = _SAMPLES) -> tuple[Floats, Floats]:
    """Points along the sides (quad, side, sample, xy), and outward normals. Cards are round at the corners."""
    part = (np.arange(samples) + 0.5) / samples
    part = 0.06 + 0.88 * part
    sides = np.roll(quads, -1, axis=1) - quads
    points = quads[:, :, None, :] + sides[:, :, None, :] * part[None, None, :, None]
    length = np.linalg.norm(sides, axis=2, keepdims=True)
    normal = np.stack((sides[:, :, 1], -sides[:, :, 0]), axis=2) / np.maximum(length, 1e-6)
    return points, normal


def _pick(array: Floats, points: Floats) -> Floats:
    height, width = array.shape[:2]
    x = np.clip(np.round(points[..., 0]).astype(np.int64), 0, width - 1)
    y = np.clip(np.round(points[..., 1]).astype(np.int64), 0, height - 1)
    return array[y, x]


def _within(view: _View, points: Floats, margin: float) -> NDArray[np.bool_]:
    width, height = view.size
    within: NDArray[np.bool_] = np.all(
        (points >= margin) & (points <= np.array((width - 1, height - 1)) - margin), axis=-1
    )
    return within


def _supported(view: _View, points: Floats, normal: Floats, reach: int) -> NDArray[np.bool_]:
    """At which points an edge runs along the side, no farther away than `reach`."""
    result = np.zeros(points.shape[:-1], bool)
    for off in range(-reach, reach + 1):
        at = points + normal[:, :, None, :] * off
        gx, gy, strength = _pick(view.gx, at), _pick(view.gy, at), _pick(view.strength, at)
        across = np.abs(gx * normal[:, :, None, 0] + gy * normal[:, :, None, 1])
        result |= (across > view.threshold) & (across > 0.88 * strength)
    return result


def _scores(view: _View, quads: Floats, *, reach: int, whole: bool, samples: int = _SAMPLES) -> Floats:
    """How much each shape looks like a paper: 0 not at all."""
    points, normal = _along(quads, samples)
    inside_picture = _within(view, points, 4.0)
    supported = _supported(view, points, normal, reach) & inside_picture
    seen = inside_picture.sum(axis=2)
    support = supported.sum(axis=2) / np.maximum(seen, 1)
    beside = normal[:, :, None, :] * _BESIDE_PX
    paper = _pick(view.colours, points - beside)
    desk = _pick(view.colours, points + beside)
    apart = np.median(paper - desk, axis=2)
    step = np.linalg.norm(apart, axis=2)
    # On tiles and stripes light and dark take turns along a line; a paper is lighter (or darker) all along.
    way = apart / np.maximum(step, 1e-6)[:, :, None]
    one_way = np.mean(np.einsum("qskc,qsc->qsk", paper - desk, way) > 0.35 * step[:, :, None], axis=2)
    tone = np.median(paper, axis=2)
    # Where paper goes on behind the edge, it is a fold.
    beyond = np.linalg.norm(np.median(paper - _pick(view.colours, points + 2.8 * beside), axis=2), axis=2)
    visible = seen >= samples * 0.3
    papery = np.ones(len(quads))
    if whole:
        # A side that is hardly in the picture at all counts as not seen.
        support = np.where(visible, support, 0.3)
        step = np.where(visible, step, _MIN_STEP)
        one_way = np.where(visible, one_way, 0.6)
    else:
        support = np.where(visible, support, 0.62)
        # Where the rim of the picture cuts a paper, paper must lie along it.
        usual = _usual(tone, visible)
        along_rim = _pick(view.colours, points - beside * 1.8)
        off = np.linalg.norm(along_rim - usual[:, None, None, :], axis=3)
        step_seen = np.where(visible, step, np.inf).min(axis=1)[:, None, None]
        # Light fades over a large paper, but slowly; stripes come and go.
        lag = max(1, samples // 10)
        jump = np.linalg.norm(along_rim[:, :, lag:] - along_rim[:, :, :-lag], axis=3)
        papery = np.minimum(
            np.mean(off < np.clip(0.8 * step_seen, 10.0, 24.0), axis=2),
            np.mean(jump < np.clip(0.35 * step_seen, 4.0, 10.0), axis=2),
        )
        papery = np.where(visible, 1.0, papery).min(axis=1)
        step = np.where(visible, step, 20.0)
        one_way = np.where(visible, one_way, 0.7)
    ends = np.where(visible, beyond, np.inf).min(axis=1) > _FOLD * np.median(step, axis=1)
    lowest = np.where(visible[:, :, None], tone, np.inf).min(axis=1)
    highest = np.where(visible[:, :, None], tone, -np.inf).max(axis=1)
    differ = np.linalg.norm(np.where(np.isfinite(lowest), highest - lowest, 0.0), axis=1)
    alike = 1.0 / (1.0 + (differ / (20.0 + step.min(axis=1))) ** 2)
    mean = np.exp(np.log(np.maximum(support, 1e-3)).mean(axis=1))
    width, height = view.size
    share = _areas(quads) / (width * height)
    mean *= np.clip(one_way.mean(axis=1) / 0.85, 0, 1)
    score = mean * alike * np.clip(share, 0, 1) ** 0.12
    fine = (mean > _MIN_SUPPORT) & (support.min(axis=1) > 0.28) & (step.min(axis=1) >= _MIN_STEP)
    fine &= ends & (one_way.min(axis=1) > _ONE_WAY) & (alike > _ALIKE) & (papery > _PAPERY)
    seen_sides = visible.sum(axis=1)
    fine &= (seen_sides >= 3) if whole else (seen_sides >= 2) & (seen_sides < 4) & (share > _CUT_SHARE)
    return np.where(fine, score, 0.0)


def _usual(tone: Floats, visible: NDArray[np.bool_]) -> Floats:
    """The mean tone of each shape's visible sides."""
    weight = visible[:, :, None].astype(np.float64)
    result: Floats = (tone * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1.0)
    return result


def _fit(view: _View, corners: Floats) -> Floats:
    """Lay each side onto the edge beside it and let the sides meet again."""
    points, normal = _along(corners[None])
    offsets = np.arange(-6, 7)
    at = points[0][:, :, None, :] + normal[0][:, None, None, :] * offsets[None, None, :, None]
    gx, gy, strength = _pick(view.gx, at), _pick(view.gy, at), _pick(view.strength, at)
    across = np.abs(gx * normal[0][:, None, None, 0] + gy * normal[0][:, None, None, 1])
    across = np.where(across > 0.85 * strength, across, 0.0)
    fade = 1.0 - np.abs(offsets) / 14.0
    chosen = np.argmax(across * fade, axis=2)
    peak = np.take_along_axis(across, chosen[:, :, None], axis=2)[:, :, 0]
    # Between pixels: the top of a parabola through the peak and its neighbours.
    left = np.take_along_axis(across, np.maximum(chosen - 1, 0)[:, :, None], axis=2)[:, :, 0]
    right = np.take_along_axis(across, np.minimum(chosen + 1, len(offsets) - 1)[:, :, None], axis=2)[:, :, 0]
    bend = left - 2 * peak + right
    part = np.where(np.abs(bend) > 1e-6, 0.5 * (left - right) / np.where(np.abs(bend) > 1e-6, bend, 1.0), 0.0)
    away = offsets[chosen] + np.clip(part, -0.5, 0.5)
    lines: list[tuple[Floats, Floats]] = []
    for side in range(4):
        good = (peak[side] > view.threshold) & _within(view, points[0][side], 4.0)
        if good.sum() < 8:
            a, b = corners[side], corners[(side + 1) % 4]
            lines.append((a, (b - a) / max(1e-6, float(np.linalg.norm(b - a)))))
            continue
        on_edge = np.round(points[0][side][good]) + normal[0][side] * away[side][good][:, None]
        vx, vy, x, y = cv2.fitLine(on_edge.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
        lines.append((np.array((x, y), np.float64), np.array((vx, vy), np.float64)))
    result = np.empty((4, 2))
    for k in range(4):
        met = _meet(lines[k - 1], lines[k])
        if met is None or np.linalg.norm(met - corners[k]) > 30:
            return corners
        result[k] = met
    return result


def _meet(one: tuple[Floats, Floats], two: tuple[Floats, Floats]) -> Floats | None:
    (p, u), (q, v) = one, two
    sine = u[0] * v[1] - u[1] * v[0]
    if abs(sine) < 0.2:
        return None
    far = ((q[0] - p[0]) * v[1] - (q[1] - p[1]) * v[0]) / sine
    result: Floats = p + far * u
    return result


def _covered(view: _View, corners: Floats) -> bool:
    """Whether something lies over the outline: a stretch of it has no edge, and what is inside there is not paper."""
    sides = np.roll(corners, -1, axis=0) - corners
    length = np.linalg.norm(sides, axis=1)
    around = float(length.sum())
    odd: list[NDArray[np.bool_]] = []
    for k in range(4):
        count = max(8, int(length[k] / _STRETCH_PX))
        part = 0.02 + 0.96 * (np.arange(count) + 0.5) / count
        points = (corners[k] + sides[k] * part[:, None])[None, None]
        normal = (np.array((sides[k][1], -sides[k][0])) / max(1e-6, float(length[k])))[None, None]
        edge = _supported(view, points, normal, 3)[0, 0]
        beside = normal[0, 0] * _BESIDE_PX
        paper, desk = _pick(view.colours, points[0, 0] - beside), _pick(view.colours, points[0, 0] + beside)
        usual = np.median(paper, axis=0)
        step = float(np.linalg.norm(usual - np.median(desk, axis=0)))
        strange = np.linalg.norm(paper - usual, axis=1) > np.clip(0.6 * step, *_STRANGE)
        odd.append(~edge & strange & _within(view, points[0, 0], 4.0))
    ring = np.concatenate(odd).astype(np.float64)
    window = max(4, round(max(_COVERED_PX, _COVERED_SHARE * around) / _STRETCH_PX))
    if len(ring) <= window:
        return False
    # Round the corner from the last side to the first; a grainy desk breaks the stretch here and there.
    total = np.convolve(np.concatenate((ring, ring[: window - 1])), np.ones(window), "valid")
    return bool(total.max() >= _MOSTLY * window)


def _areas(quads: Floats) -> Floats:
    x, y = quads[:, :, 0], quads[:, :, 1]
    area: Floats = 0.5 * np.abs(np.sum(x * np.roll(y, -1, 1) - y * np.roll(x, -1, 1), axis=1))
    return area


def _area(corners: Floats) -> float:
    return float(_areas(corners[None])[0])
