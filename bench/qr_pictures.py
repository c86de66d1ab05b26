"""Pictures of QR codes as a terminal's camera gets them: a dozen kinds of trouble, drawn anew from a seed.

Each picture is 960 x 720, went through JPEG, and holds one code (error correction M) of one of three lengths, the
longest with Chinese characters. How bad each trouble is, is drawn from a range whose far end no decoder masters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import cv2
import numpy as np
import qrcode
from numpy.typing import NDArray
from qrcode.util import MODE_8BIT_BYTE, QRData

Picture = NDArray[np.uint8]
Grey = NDArray[np.float32]
Random = np.random.Generator

SIZE = (960, 720)
_PAPER, _INK = 235.0, 25.0
PAYLOADS = (
    b"YPC1.a7Kq9-x02",
    b"https://gov.example.cn/c/20261121/3f9a0c?t=Zk3vQm8LxR2b7W1d&s=TERM-0042&v=1&k=9c2e",
    "办理事项:居住证签注|受理号:2026112100042|窗口:三楼 12 号|材料:身份证、租赁合同、居住登记回执"
    "|时限:五个工作日|咨询:0000-12345678|签名:mQ8f".encode(),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture, grey, and what is in its code."""

    kind: str
    truth: bytes = field(repr=False)
    picture: Picture = field(repr=False)


@cache
def _modules(payload: bytes) -> Picture:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4, box_size=1)
    code.add_data(QRData(payload, mode=MODE_8BIT_BYTE))
    code.make(fit=True)
    return np.where(np.array(code.get_matrix()), 0, 255).astype(np.uint8)


def _code(payload: bytes, module_px: float) -> Grey:
    modules = _modules(payload)
    side = round(len(modules) * module_px)
    # Drawn large, then made smaller: edges fall between pixels as they do on a sensor.
    large = cv2.resize(modules, None, fx=12, fy=12, interpolation=cv2.INTER_NEAREST)
    code = cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(_INK + (_PAPER - _INK) * code / 255, np.float32)


def _hall(rng: Random) -> Grey:
    """Something behind the code: a slope of light and a few things with edges."""
    width, height = SIZE
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    scene = (rng.uniform(90, 170) + rng.uniform(-40, 40) * x + rng.uniform(-40, 40) * y).astype(np.float32)
    for _ in range(int(rng.integers(3, 9))):
        left, top = int(rng.integers(0, width)), int(rng.integers(0, height))
        right, bottom = left + int(rng.integers(20, 260)), top + int(rng.integers(20, 260))
        cv2.rectangle(scene, (left, top), (right, bottom), float(rng.uniform(30, 220)), -1)
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), 1.5), np.float32)


def _place(code: Grey, rng: Random, *, angle_deg: float = 0.0, tilt: float = 0.0) -> Grey:
    """Lay the code into the hall. `tilt`: by how much of its side the corners may be off a square."""
    width, height = SIZE
    side = code.shape[0]
    reach = side * (0.75 if angle_deg or tilt else 0.52)
    middle = np.array(
        [
            rng.uniform(min(reach, width / 2), max(width - reach, width / 2)),
            rng.uniform(min(reach, height / 2), max(height - reach, height / 2)),
        ]
    )
    square = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    turn = np.deg2rad(angle_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = (square - side / 2) @ rotation.T + middle + rng.uniform(-tilt, tilt, (4, 2)) * side
    matrix = cv2.getPerspectiveTransform(square, corners.astype(np.float32))
    scene = _hall(rng)
    mask = cv2.warpPerspective(np.ones_like(code), matrix, SIZE, flags=cv2.INTER_LINEAR)
    laid = cv2.warpPerspective(code, matrix, SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(scene * (1 - mask) + laid * mask, np.float32)


def _noise(scene: Grey, rng: Random, amount: float) -> Grey:
    return np.asarray(scene + rng.normal(0, amount, scene.shape), np.float32)


def _motion(scene: Grey, rng: Random, length_px: int) -> Grey:
    kernel = np.zeros((length_px, length_px), np.float32)
    middle = length_px // 2
    turn = rng.uniform(0, np.pi)
    step = np.array([np.cos(turn), np.sin(turn)]) * middle
    ends = [tuple(int(middle + sign * each + 0.5) for each in step) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1)
    return np.asarray(cv2.filter2D(scene, -1, kernel / kernel.sum()), np.float32)


def _glare(scene: Grey, rng: Random, side: float) -> Grey:
    """Bright spots of a lamp in a glossy surface."""
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    light = np.zeros_like(scene)
    bright = np.argwhere(scene > 0)
    for _ in range(int(rng.integers(1, 4))):
        row, column = bright[int(rng.integers(len(bright)))] * 0.35 + np.array([SIZE[1], SIZE[0]]) * 0.325
        wide, high = side * rng.uniform(0.08, 0.34), side * rng.uniform(0.08, 0.34)
        spot = np.exp(-(((x - column) / wide) ** 2 + ((y - row) / high) ** 2))
        light += (spot * rng.uniform(180, 420)).astype(np.float32)
    return np.asarray(scene + light, np.float32)


def _clean(code: bytes, rng: Random) -> Grey:
    return _place(_code(code, rng.uniform(5, 9)), rng)


def _blur(code: bytes, rng: Random) -> Grey:
    module_px = rng.uniform(4, 7)
    scene = _place(_code(code, module_px), rng)
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), module_px * rng.uniform(0.35, 0.85)), np.float32)


def _rotation(code: bytes, rng: Random) -> Grey:
    return _place(_code(code, rng.uniform(4, 7)), rng, angle_deg=rng.uniform(5, 355))


def _perspective(code: bytes, rng: Random) -> Grey:
    return _place(_code(code, rng.uniform(4.5, 7.5)), rng, angle_deg=rng.uniform(-30, 30), tilt=rng.uniform(0.04, 0.16))


def _glared(code: bytes, rng: Random) -> Grey:
    picture = _code(code, rng.uniform(5, 8))
    width, height = SIZE
    side = picture.shape[0]
    scene = _hall(rng)
    left, top = (width - side) // 2, (height - side) // 2
    scene[top : top + side, left : left + side] = picture
    return _glare(scene, rng, side)


def _low_contrast(code: bytes, rng: Random) -> Grey:
    scene = _place(_code(code, rng.uniform(4, 8)), rng, angle_deg=rng.uniform(-10, 10))
    contrast = rng.uniform(0.035, 0.2)
    level = rng.uniform(40, 190)
    x = np.linspace(-1, 1, SIZE[0], dtype=np.float32)
    slope = rng.uniform(-50, 50) * x
    return _noise(np.asarray(level + (scene - 128) * contrast + slope, np.float32), rng, rng.uniform(0.5, 2.5))


def _partial(code: bytes, rng: Random) -> Grey:
    """A finger or a sticker over a part of the code, an edge torn off."""
    picture = _code(code, rng.uniform(5, 8))
    side = picture.shape[0]
    for _ in range(int(rng.integers(1, 3))):
        middle = (int(rng.uniform(0.1, 0.95) * side), int(rng.uniform(0.25, 0.95) * side))
        size = (int(rng.uniform(0.05, 0.17) * side), int(rng.uniform(0.05, 0.17) * side))
        cv2.ellipse(picture, middle, size, float(rng.uniform(0, 180)), 0, 360, float(rng.uniform(20, 200)), -1)
    return _place(picture, rng, angle_deg=rng.uniform(-10, 10))


def _moire(code: bytes, rng: Random) -> Grey:
    """A telephone's screen: its grid beats with the sensor's."""
    scene = _place(_code(code, rng.uniform(5, 8)), rng, angle_deg=rng.uniform(-15, 15))
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    for _ in range(2):
        period, turn = rng.uniform(2.2, 9), rng.uniform(0, np.pi)
        wave = np.sin((x * np.cos(turn) + y * np.sin(turn)) * 2 * np.pi / period + rng.uniform(0, 6))
        scene = np.asarray(scene * (1 + rng.uniform(0.1, 0.3) * wave), np.float32)
    return scene


def _small(code: bytes, rng: Random) -> Grey:
    scene = _place(_code(code, rng.uniform(1.35, 2.4)), rng, angle_deg=rng.uniform(-15, 15))
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), rng.uniform(0.3, 0.7)), np.float32)


def _inverted(code: bytes, rng: Random) -> Grey:
    picture = _PAPER + _INK - _code(code, rng.uniform(4, 8))
    return _place(np.asarray(picture, np.float32), rng, angle_deg=rng.uniform(-25, 25))


def _noise_motion(code: bytes, rng: Random) -> Grey:
    scene = _place(_code(code, rng.uniform(4.5, 7.5)), rng, angle_deg=rng.uniform(-15, 15))
    return _noise(_motion(scene, rng, int(rng.integers(3, 10))), rng, rng.uniform(6, 34))


def _combo(code: bytes, rng: Random) -> Grey:
    module_px = rng.uniform(3.5, 6)
    scene = _place(_code(code, module_px), rng, angle_deg=rng.uniform(-40, 40), tilt=rng.uniform(0.02, 0.09))
    scene = np.asarray(cv2.GaussianBlur(scene, (0, 0), module_px * rng.uniform(0.15, 0.5)), np.float32)
    scene = np.asarray(rng.uniform(60, 150) + (scene - 128) * rng.uniform(0.25, 0.7), np.float32)
    if rng.random() < 0.4:
        scene = _glare(scene, rng, len(_modules(code)) * module_px * 0.6)
    return _noise(scene, rng, rng.uniform(2, 10))


KINDS: dict[str, Callable[[bytes, Random], Grey]] = {
    "clean": _clean,
    "blur": _blur,
    "rotation": _rotation,
    "perspective": _perspective,
    "glare": _glared,
    "low contrast": _low_contrast,
    "partial": _partial,
    "moire": _moire,
    "small": _small,
    "inverted": _inverted,
    "noise+motion": _noise_motion,
    "combo": _combo,
}


def samples(seed: int, per_kind: int) -> Iterator[Sample]:
    """`per_kind` pictures of each kind, the three payloads in turn; the same for the same seed."""
    for number, (kind, draw) in enumerate(KINDS.items()):
        for at in range(per_kind):
            rng = np.random.default_rng((seed, number, at))
            truth = PAYLOADS[at % len(PAYLOADS)]
            grey = draw(truth, rng).clip(0, 255).astype(np.uint8)
            ok, jpeg = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 80])
            assert ok
            decoded: Any = cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)
            yield Sample(kind, truth, decoded)
