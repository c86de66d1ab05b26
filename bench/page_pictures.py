"""Invented pictures of papers under a document camera, drawn from a seed, with the truth about each.

A paper (letter, table, certificate, ID-1 card, A5, open booklet) is drawn flat, laid on a desk (dark, light, coloured,
wood, tiles, stripes, speckled) at any angle, seen in perspective under uneven light, and goes through lens, noise and
JPEG. One fault at a time can be added; each fault is a piece of advice the resident should then get.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain.devices import CaptureAdvice

Picture = NDArray[np.uint8]
Quad = NDArray[np.float64]

FRAME_PX = (1280, 960)
PX_PER_MM = 5
#: What one picture pixel is on the desk when A4 just fits, lying or standing.
FIELD_MM = 380.0
PAPERS_MM = {
    "letter": (210, 297),
    "table": (210, 297),
    "certificate": (297, 210),
    "id_card": (86, 54),
    "a5": (148, 210),
    "booklet": (176, 125),
}
DESKS = ("dark", "light", "coloured", "wood", "tiles", "stripes", "speckled")
FAULTS = (
    CaptureAdvice.NO_PAGE,
    CaptureAdvice.CUT_OFF,
    CaptureAdvice.TOO_SMALL,
    CaptureAdvice.BLURRED,
    CaptureAdvice.GLARE,
    CaptureAdvice.TOO_DARK,
    CaptureAdvice.MOVING,
)


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture and what is true of it. `corners` in picture pixels, in the paper's own order; None without paper.

    `before` is the frame before it, where the paper moved.
    """

    seed: int
    picture: Picture
    paper: str
    desk: str
    corners: Quad | None
    fault: CaptureAdvice | None
    how: str = ""
    before: Picture | None = None


def scenes(count: int, seed: int = 1) -> Iterator[Scene]:
    """Good and bad pictures in turn."""
    for index in range(count):
        yield good(seed * 100_003 + index)
        yield bad(seed * 100_003 + 50_000 + index, FAULTS[index % len(FAULTS)])


def good(seed: int) -> Scene:
    """A picture that can be taken as it is."""
    return _draw(seed, None)


def bad(seed: int, fault: CaptureAdvice) -> Scene:
    """A picture with this one thing wrong."""
    return _draw(seed, fault)


def _draw(seed: int, fault: CaptureAdvice | None) -> Scene:
    rng = np.random.default_rng(seed)
    papers = list(PAPERS_MM)
    paper = papers[int(rng.integers(len(papers)))]
    desk_kind = DESKS[int(rng.integers(len(DESKS)))]
    desk, desk_tone = draw_desk(rng, desk_kind)
    width, height = FRAME_PX
    light = _light(rng)
    if fault is CaptureAdvice.NO_PAGE:
        how = ("empty", "pen", "hand")[int(rng.integers(3))]
        if how == "pen":
            a = rng.uniform((200, 200), (width - 200, height - 200))
            turn = rng.uniform(0, np.pi)
            b = a + 420 * np.array((np.cos(turn), np.sin(turn)))
            cv2.line(desk, _point(a), _point(b), tuple(rng.uniform(0, 200, 3)), 22, cv2.LINE_AA)
        elif how == "hand":
            _hand(desk, rng, rng.uniform((300, 300), (width - 300, height - 300)), 34.0)
        return Scene(seed, _camera(desk, light, rng), paper, desk_kind, None, fault, how)

    sheet, mask = draw_paper(rng, paper, desk_tone)
    how = ""
    off = fault is CaptureAdvice.CUT_OFF and rng.random() < 0.55
    for tries in range(400):
        scale = 1.0
        if fault is CaptureAdvice.TOO_SMALL:
            w_mm, h_mm = PAPERS_MM[paper]
            share = rng.uniform(0.008, 0.024) if paper in ("id_card", "booklet") else rng.uniform(0.012, 0.05)
            scale = float(np.sqrt(share * width * height / (w_mm * h_mm)) * FIELD_MM / width)
        corners = _place(rng, paper, scale, off=off)
        margin = _inside(corners)
        if off and margin < -20 and _visible_share(corners) > 0.45 and _inside_any(corners):
            how = "outside"
            break
        if not off and margin > (76 if fault is CaptureAdvice.MOVING and tries < 300 else 14):
            break
    to_frame = cv2.getPerspectiveTransform(
        np.array(((0, 0), (sheet.shape[1], 0), (sheet.shape[1], sheet.shape[0]), (0, sheet.shape[0])), np.float32),
        corners.astype(np.float32),
    )
    frame = _lay(desk, sheet, mask, to_frame, rng)
    before: Picture | None = None
    if fault is CaptureAdvice.CUT_OFF and not off:
        how = "finger"
        corner = corners[int(rng.integers(4))]
        middle = corners.mean(axis=0)
        size = float(np.linalg.norm(corners[1] - corners[0]) * 0.06 + 16)
        tip = corner + (middle - corner) / np.linalg.norm(middle - corner) * size * rng.uniform(0.9, 1.6)
        _finger(frame, rng, tip, corner - middle, size)
    if fault is CaptureAdvice.GLARE:
        frame = np.clip(frame + _glare(rng, corners)[:, :, None], 0, 255).astype(np.uint8)
    blur = 0.0
    if fault is CaptureAdvice.BLURRED:
        long_px = float(np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).max())
        if rng.random() < 0.7:
            how, blur = "defocus", max(2.6, float(rng.uniform(0.0032, 0.008)) * long_px)
        else:
            how = "shake"
            frame = _shake(frame, rng, max(10.0, float(rng.uniform(0.012, 0.03)) * long_px))
    if fault is CaptureAdvice.TOO_DARK:
        light = light * float(rng.uniform(0.06, 0.26))
    if fault is CaptureAdvice.MOVING:
        away = rng.uniform(18, 60) * np.array((np.cos(turn := rng.uniform(0, 6.28)), np.sin(turn)))
        shift = np.array(((1, 0, away[0]), (0, 1, away[1]), (0, 0, 1)))
        before = _camera(_lay(desk, sheet, mask, shift @ to_frame, rng), light, rng)
    return Scene(seed, _camera(frame, light, rng, blur), paper, desk_kind, corners, fault, how, before)


# --- paper ------------------------------------------------------------------------------------------------------


def draw_paper(rng: np.random.Generator, kind: str, desk_tone: float = 0.0) -> tuple[Picture, Picture]:
    """The flat sheet at PX_PER_MM, and its mask: cards have round corners. White paper stays off the desk's tone."""
    w_mm, h_mm = PAPERS_MM[kind]
    w, h = w_mm * PX_PER_MM, h_mm * PX_PER_MM
    white = float(rng.uniform(222, 246))
    if abs(white - desk_tone) < 16:
        white = min(250.0, desk_tone + 18)
    tint = rng.uniform(-5, 5, 3)
    if kind == "certificate":
        white, tint = float(rng.uniform(190, 235)), rng.uniform(-28, 12, 3)
    if kind == "id_card":
        white, tint = float(rng.uniform(195, 225)), np.array((12.0, 4.0, -14.0))
    if kind in ("certificate", "id_card") and abs(white - desk_tone) < 16:
        white = desk_tone + 20 if desk_tone < 225 else desk_tone - 24
    sheet = np.empty((h, w, 3), np.float32)
    sheet[:] = np.clip(white + tint, 0, 252)
    canvas = np.clip(sheet, 0, 255).astype(np.uint8)
    mask = np.full((h, w), 255, np.uint8)
    ink = tuple(float(each) for each in rng.uniform(10, 60, 3))
    if kind == "letter":
        _text(canvas, rng, (22, 35, w_mm - 22, h_mm - 40), 4.2, ink)
        _title(canvas, (w_mm * 0.3, 20), ink)
        _stamp(canvas, rng, (w_mm * 0.7, h_mm * 0.8), 20)
    elif kind == "table":
        _table(canvas, (20, 40, w_mm - 20, h_mm - 60), 9, 4, ink)
        _text(canvas, rng, (22, 44, w_mm - 24, h_mm - 62), 3.6, ink, pitch=2.2)
        _photo(canvas, rng, (w_mm - 48, 42, w_mm - 22, 78))
    elif kind == "certificate":
        frame = tuple(float(each) for each in rng.uniform(20, 150, 3))
        cv2.rectangle(canvas, (40, 40), (w - 40, h - 40), frame, 14)
        cv2.rectangle(canvas, (66, 66), (w - 66, h - 66), frame, 3)
        _title(canvas, (w_mm * 0.34, 40), ink)
        _text(canvas, rng, (50, 75, w_mm - 60, h_mm - 50), 5.0, ink)
        _stamp(canvas, rng, (w_mm * 0.75, h_mm * 0.75), 20)
    elif kind == "id_card":
        mask[:] = 0
        r = 16
        cv2.rectangle(mask, (r, 0), (w - r, h), 255, -1)
        cv2.rectangle(mask, (0, r), (w, h - r), 255, -1)
        for x, y in ((r, r), (w - r - 1, r), (r, h - r - 1), (w - r - 1, h - r - 1)):
            cv2.circle(mask, (x, y), r, 255, -1, cv2.LINE_AA)
        _text(canvas, rng, (6, 7, 52, h_mm - 12), 2.4, ink, pitch=2.4)
        _photo(canvas, rng, (57, 8, 80, 40))
        _text(canvas, rng, (20, h_mm - 9, w_mm - 8, h_mm - 4), 2.8, ink)
    elif kind == "a5":
        _title(canvas, (w_mm * 0.25, 16), ink)
        _text(canvas, rng, (16, 28, w_mm - 16, h_mm - 24), 3.4, ink)
        _stamp(canvas, rng, (w_mm * 0.65, h_mm * 0.82), 18)
    else:
        middle = w // 2
        _text(canvas, rng, (8, 12, w_mm / 2 - 8, h_mm - 12), 2.6, ink)
        _photo(canvas, rng, (w_mm / 2 + 8, 14, w_mm / 2 + 38, 52))
        _text(canvas, rng, (w_mm / 2 + 8, 60, w_mm - 8, h_mm - 12), 2.6, ink)
        fold = 1 - 0.25 * np.exp(-np.abs(np.arange(w) - middle) / 22.0)
        canvas = (canvas * fold[None, :, None]).astype(np.uint8)
    return canvas, mask


def _text(
    sheet: Picture,
    rng: np.random.Generator,
    box_mm: tuple[float, float, float, float],
    size_mm: float,
    ink: Any,
    pitch: float = 1.7,
) -> None:
    """Lines of made-up characters: a few strokes in a square each, as dense as Chinese text."""
    left, top, right, bottom = (each * PX_PER_MM for each in box_mm)
    size = size_mm * PX_PER_MM
    thick = max(1, round(size_mm * 0.085 * PX_PER_MM))
    y = top
    while y + size < bottom:
        x = left
        end = right if rng.random() < 0.7 else left + (right - left) * rng.uniform(0.2, 0.9)
        while x + size < end:
            if rng.random() < 0.93:
                for _ in range(int(rng.integers(3, 7))):
                    a = rng.uniform(0, size * 0.85, 2)
                    b = a.copy()
                    b[int(rng.integers(2))] = rng.uniform(0, size * 0.85)
                    at = np.array((x, y))
                    cv2.line(sheet, _point(at + a), _point(at + b), ink, thick, cv2.LINE_AA)
            x += size * 1.08
        y += size * pitch


def _title(sheet: Picture, at_mm: tuple[float, float], ink: Any) -> None:
    at = _point(np.array(at_mm) * PX_PER_MM)
    cv2.putText(sheet, "YUNPU 2026-11", at, cv2.FONT_HERSHEY_TRIPLEX, 2.0, ink, 3, cv2.LINE_AA)


def _stamp(sheet: Picture, rng: np.random.Generator, at_mm: tuple[float, float], radius_mm: float) -> None:
    at, radius = _point(np.array(at_mm) * PX_PER_MM), int(radius_mm * PX_PER_MM)
    layer = sheet.copy()
    red = (40.0, 40.0, float(rng.uniform(190, 230)))
    cv2.circle(layer, at, radius, red, 5, cv2.LINE_AA)
    star = [
        np.array(at)
        + radius * (0.35 if k % 2 == 0 else 0.14) * np.array((np.sin(k * np.pi / 5), -np.cos(k * np.pi / 5)))
        for k in range(10)
    ]
    cv2.fillPoly(layer, [np.array(star, np.int32)], red, cv2.LINE_AA)
    for k in range(12):
        turn = np.pi * (0.9 + 1.2 * k / 11)
        place = np.array(at) + radius * 0.75 * np.array((np.cos(turn), np.sin(turn)))
        cv2.rectangle(layer, _point(place - 9), _point(place + 9), red, 2, cv2.LINE_AA)
    cv2.addWeighted(layer, 0.8, sheet, 0.2, 0, sheet)


def _photo(sheet: Picture, rng: np.random.Generator, box_mm: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = (int(each * PX_PER_MM) for each in box_mm)
    back = ((235, 235, 235), (200, 120, 60), (60, 60, 200))[int(rng.integers(3))]
    cv2.rectangle(sheet, (left, top), (right, bottom), back, -1)
    w, h = right - left, bottom - top
    part = sheet[top:bottom, left:right]
    cv2.ellipse(part, (w // 2, h), (int(w * 0.42), int(h * 0.32)), 0, 0, 360, (70, 50, 40), -1, cv2.LINE_AA)
    cv2.ellipse(
        part, (w // 2, int(h * 0.42)), (int(w * 0.24), int(h * 0.26)), 0, 0, 360, (150, 180, 220), -1, cv2.LINE_AA
    )
    cv2.ellipse(
        part, (w // 2, int(h * 0.30)), (int(w * 0.26), int(h * 0.16)), 0, 180, 360, (30, 25, 20), -1, cv2.LINE_AA
    )


def _table(sheet: Picture, box_mm: tuple[float, float, float, float], rows: int, columns: int, ink: Any) -> None:
    left, top, right, bottom = (int(each * PX_PER_MM) for each in box_mm)
    for k in range(rows + 1):
        y = top + (bottom - top) * k // rows
        cv2.line(sheet, (left, y), (right, y), ink, 2)
    for k in range(columns + 1):
        x = left + (right - left) * k // columns
        cv2.line(sheet, (x, top), (x, bottom), ink, 2)


# --- desk -------------------------------------------------------------------------------------------------------


def draw_desk(rng: np.random.Generator, kind: str) -> tuple[Picture, float]:
    """The desk as large as the picture, and how bright it is."""
    width, height = FRAME_PX
    desk: NDArray[Any] = np.empty((height, width, 3), np.float32)
    if kind == "dark":
        tone = float(rng.uniform(18, 70))
        desk[:] = tone + rng.uniform(-8, 8, 3)
    elif kind == "light":
        tone = float(rng.uniform(196, 226))
        desk[:] = tone + rng.uniform(-5, 5, 3)
    elif kind == "coloured":
        colour = rng.uniform(30, 180, 3)
        tone = float(colour.mean())
        desk[:] = colour
    elif kind == "wood":
        base = np.array((rng.uniform(50, 110), rng.uniform(90, 150), rng.uniform(130, 200)))
        tone = float(base.mean())
        grain: NDArray[Any] = cv2.resize(rng.normal(0, 1, (height // 3, 24)).astype(np.float32), FRAME_PX)
        grain += 0.6 * cv2.resize(rng.normal(0, 1, (height, 8)).astype(np.float32), FRAME_PX)
        desk[:] = base + grain[:, :, None] * 10
    elif kind == "tiles":
        tone = float(rng.uniform(70, 150))
        step = int(rng.integers(40, 110))
        yy, xx = np.mgrid[0:height, 0:width]
        check = ((xx // step + yy // step) % 2).astype(np.float32) * float(rng.uniform(15, 50))
        desk[:] = (tone + check)[:, :, None] + rng.uniform(-15, 15, 3)
    elif kind == "stripes":
        tone = float(rng.uniform(60, 150))
        step = int(rng.integers(14, 70))
        yy, xx = np.mgrid[0:height, 0:width]
        turn = rng.uniform(0, np.pi)
        band = ((xx * np.cos(turn) + yy * np.sin(turn)) // step % 2).astype(np.float32) * float(rng.uniform(15, 50))
        desk[:] = (tone + band)[:, :, None] + rng.uniform(-15, 15, 3)
    else:
        tone = float(rng.uniform(80, 160))
        grains = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 1.6)
        desk[:] = (tone + grains * 60)[:, :, None] + rng.uniform(-10, 10, 3)
    return np.clip(desk, 0, 255).astype(np.uint8), tone


# --- scene ------------------------------------------------------------------------------------------------------


def _place(rng: np.random.Generator, paper: str, scale: float, *, off: bool) -> Quad:
    """Corners in the picture of a paper lying anywhere at any angle, seen by a camera that leans a little."""
    width, height = FRAME_PX
    w_mm, h_mm = PAPERS_MM[paper]
    per_mm = width / FIELD_MM * scale * rng.uniform(0.92, 1.1)
    flat = np.array(((-w_mm, -h_mm), (w_mm, -h_mm), (w_mm, h_mm), (-w_mm, h_mm))) / 2.0
    turn = rng.uniform(0, 2 * np.pi)
    if w_mm * h_mm > 40_000 and not off:  # A4 only fits when it lies along the desk
        turn = rng.uniform(-0.09, 0.09) + (0 if w_mm > h_mm else np.pi / 2) + np.pi * float(rng.integers(2))
    spin = np.array(((np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))))
    reach = np.array((width, height)) * (0.55 if off else 0.42)
    at = rng.uniform(-reach, reach)
    points = flat @ spin.T * per_mm + at
    lean = rng.uniform(-0.00012, 0.00012, 2)
    points = points / (1 + points @ lean)[:, None]
    result: Quad = points + np.array((width / 2, height / 2))
    return result


def _inside(corners: Quad) -> float:
    """How far the outermost corner is inside the picture; negative: outside."""
    width, height = FRAME_PX
    return float(np.min(np.concatenate((corners, (width, height) - corners))))


def _inside_any(corners: Quad) -> bool:
    width, height = FRAME_PX
    return bool(np.any(np.all((corners > 30) & (corners < np.array((width, height)) - 30), axis=1)))


def _visible_share(corners: Quad) -> float:
    width, height = FRAME_PX
    window = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    seen, _ = cv2.intersectConvexConvex(corners.astype(np.float32), window)
    return float(seen) / float(cv2.contourArea(corners.astype(np.float32)))


def _lay(desk: Picture, sheet: Picture, mask: Picture, to_frame: NDArray[Any], rng: np.random.Generator) -> Picture:
    over = cv2.warpPerspective(sheet, to_frame, FRAME_PX, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpPerspective(mask, to_frame, FRAME_PX, flags=cv2.INTER_LINEAR).astype(np.float32) / 255
    shadow = cv2.GaussianBlur(np.roll(alpha, (3, 2), (0, 1)), (0, 0), 4) * float(rng.uniform(0, 0.25))
    base = desk.astype(np.float32) * (1 - shadow)[:, :, None]
    return (base * (1 - alpha[:, :, None]) + over * alpha[:, :, None]).astype(np.uint8)


def _light(rng: np.random.Generator) -> NDArray[Any]:
    """A light that falls off to one side by up to a fifth."""
    width, height = FRAME_PX
    turn, fall = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.2)
    yy, xx = np.mgrid[0:height, 0:width]
    along = ((xx / width - 0.5) * np.cos(turn) + (yy / height - 0.5) * np.sin(turn)) + 0.5
    light: NDArray[Any] = float(rng.uniform(0.88, 1.0)) * (1 - fall * np.clip(along, 0, 1))
    return light.astype(np.float32)


def _camera(scene: Picture, light: NDArray[Any], rng: np.random.Generator, blur_px: float = 0.0) -> Picture:
    """Lens, light, sensor noise and JPEG."""
    lens = float(np.hypot(rng.uniform(0.4, 0.8), blur_px))
    seen = cv2.GaussianBlur(scene, (0, 0), lens).astype(np.float32)
    glare = np.clip(seen - 252, 0, 1)  # a mirror image of the lamp stays white in uneven light
    seen = seen * np.maximum(light[:, :, None], glare) + rng.normal(0, rng.uniform(1.0, 3.5), seen.shape)
    quality = int(rng.integers(72, 95))
    _, data = cv2.imencode(".jpg", np.clip(seen, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.uint8)


def _finger(frame: Picture, rng: np.random.Generator, tip: NDArray[Any], away: NDArray[Any], size_px: float) -> None:
    """A finger that comes from outside the paper and rests with its tip on it."""
    direction = away / np.linalg.norm(away)
    end = tip + direction * 900
    shade = rng.uniform(0.6, 1.0)
    skin = tuple(float(each) for each in np.array((125, 160, 215)) * shade)
    nail = tuple(float(each) for each in np.array((160, 180, 230)) * shade)
    cv2.line(frame, _point(tip), _point(end), skin, int(size_px * 1.6), cv2.LINE_AA)
    cv2.circle(frame, _point(tip), int(size_px * 0.8), skin, -1, cv2.LINE_AA)
    cv2.circle(frame, _point(tip), int(size_px * 0.45), nail, -1, cv2.LINE_AA)


def _hand(frame: Picture, rng: np.random.Generator, at: NDArray[Any], size_px: float) -> None:
    for spread in (-0.5, -0.25, 0.0, 0.25):
        away = np.array((np.sin(spread), np.cos(spread)))
        _finger(frame, rng, at + np.array((spread * 300, 0)), away, size_px)


def _glare(rng: np.random.Generator, corners: Quad) -> NDArray[Any]:
    """One to three reflections of a lamp inside the paper: white in the middle, fading out."""
    layer: NDArray[Any] = np.zeros((FRAME_PX[1], FRAME_PX[0]), np.float32)
    area = float(cv2.contourArea(corners.astype(np.float32)))
    yy, xx = np.mgrid[0 : layer.shape[0], 0 : layer.shape[1]].astype(np.float32)
    for _ in range(int(rng.integers(1, 4))):
        weights = rng.dirichlet(np.full(4, 2.5))
        x, y = weights @ corners
        share = rng.uniform(0.015, 0.06)
        radius = np.sqrt(share * area / np.pi)
        stretch, turn = rng.uniform(1.0, 2.2), rng.uniform(0, np.pi)
        u = ((xx - x) * np.cos(turn) + (yy - y) * np.sin(turn)) / stretch
        v = (-(xx - x) * np.sin(turn) + (yy - y) * np.cos(turn)) * stretch**0.5
        away = np.sqrt(u * u + v * v) / radius
        layer += (330 / (1 + np.exp(np.minimum(50, (away - 1) * rng.uniform(5, 14))))).astype(np.float32)
    return layer


def _shake(frame: Picture, rng: np.random.Generator, length_px: float) -> Picture:
    size = int(length_px) | 1
    kernel = np.zeros((size, size), np.float32)
    turn = rng.uniform(0, np.pi)
    half = np.array((np.cos(turn), np.sin(turn))) * (size // 2)
    centre = np.array((size // 2, size // 2))
    cv2.line(kernel, _point(centre - half), _point(centre + half), 1.0, 1)
    return cv2.filter2D(frame, -1, kernel / kernel.sum()).astype(np.uint8)


def _point(at: Any) -> tuple[int, int]:
    return round(float(at[0])), round(float(at[1]))
