"""The scene of the page on which nobody is here: a lit hall in its street, composed for the shape of the panel.

Sky and walls follow the hour (dawn, day, dusk, night); in the towers one window lights or darkens every
:data:`WINDOW_S`. Which are lit is a function of the time alone, so nothing is kept. Lengths are design pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import gcd
from pathlib import Path
from string import Template
from typing import Final, Literal

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPixmap

from ui.kit.icons import render_svg
from ui.kit.scenes import outlines
from ui.kit.theme import scene_colours, scene_halo

Phase = Literal["dawn", "day", "dusk", "night"]
WINDOW_S: Final = 20

_HERE = Path(__file__).parent / "scenes"
_DOOR: Final = (540.0, 1320.0)
"""Foot of the door in the drawing of the hall."""
_HIDDEN: Final = ((170, 822, 740, 500), (-46, 1000, 266, 320), (848, 1020, 280, 300), (866, 1040, 210, 280))
"""What hides windows behind it: hall, gables and tree, in the drawing (x, y, width, height)."""
_BOARD: Final = (846.0, 52.0)
"""Top and height of the sign over the door, in the drawing."""
BOARD_LEAST_PX: Final = 288.0
BOARD_MOST_PX: Final = 540.0
"""Room for its words, in the drawing: the sign is as wide as they need, no wider than the roof."""
_UPRIGHT: Final = ((20, 110, 420), (140, 84, 500), (236, 120, 390), (720, 96, 460), (826, 110, 550), (946, 120, 440))
_LYING: Final = (
    (-20, 110, 118), (100, 76, 92), (186, 120, 112), (324, 84, 78), (418, 130, 104), (560, 90, 118), (664, 104, 96),
    (840, 66, 400), (906, 110, 480), (1026, 100, 440), (1560, 96, 470), (1664, 110, 540), (1784, 150, 420),
)  # fmt: skip
"""Left end, width and height of each tower, on a street 1080 or 1920 wide; low where the words stand above them."""


def phase_of(hour: int, *, night: bool) -> Phase:
    """The light of an hour of the day; ``night`` is what the page's words go by."""
    if night:
        return "dusk" if 17 <= hour < 19 else "night"
    return "dawn" if 5 <= hour < 7 else "day"


@dataclass(frozen=True, slots=True)
class LampScene:
    """The composition for a page of this size."""

    width: float
    height: float
    board_px: float = BOARD_LEAST_PX
    """Width of the words over the door, in the drawing."""

    @property
    def upright(self) -> bool:
        """True on a panel that stands."""
        return self.height >= self.width

    @property
    def ground(self) -> float:
        """Where the pavement begins."""
        return self.height - (600 if self.upright else 240)

    @property
    def share(self) -> float:
        """Size of the hall, 1 as it is drawn."""
        return 1.0 if self.upright else min(0.95, (self.width - 340) / 1500)

    @property
    def door(self) -> float:
        """Middle of the door from the left."""
        return self.width / 2 if self.upright else self.width - 576 * self.share - 20

    def placed(self, x: float, y: float, width: float, height: float) -> QRectF:
        """A rectangle of the hall's drawing on the page."""
        k = self.share
        return QRectF(self.door + (x - _DOOR[0]) * k, self.ground + (y - _DOOR[1]) * k, width * k, height * k)

    @property
    def board(self) -> QRectF:
        """Where the words of the sign over the door stand."""
        return self.placed(_DOOR[0] - self.board_px / 2, _BOARD[0], self.board_px, _BOARD[1])

    def towers(self) -> tuple[QRectF, ...]:
        """The houses behind the hall."""
        across, up = self.width / (1080 if self.upright else 1920), 1.0 if self.upright else self.share / 0.95
        return tuple(
            QRectF(x * across, self.ground - tall * up, wide * across, tall * up)
            for x, wide, tall in (_UPRIGHT if self.upright else _LYING)
        )

    def windows(self) -> tuple[QRectF, ...]:
        """Their windows, those that nothing hides."""
        return _windows(self)

    def svg(self, phase: Phase) -> str:
        """The whole picture without the windows of the towers."""
        colours = scene_colours(phase)
        w, h, k = self.width, self.height, self.share
        centre = self.ground - 190 * k
        radii = (1010, 800, 610, 440, 300)
        halo = "".join(
            f'<circle class="tint" cx="{self.door}" cy="{centre}" r="{radius * k}" fill="{ring}"/>'
            for radius, ring in zip(radii, scene_halo(phase), strict=True)
        )
        towers = "".join(
            f'<rect x="{box.x()}" y="{box.y()}" width="{box.width()}" height="{box.height()}" fill="$towers"/>'
            for box in self.towers()
        )
        hall = f'<g transform="translate({self.door - _DOOR[0] * k} {self.ground - _DOOR[1] * k}) scale({k})">%s</g>'
        picture = (
            f'<rect class="tint" width="{w}" height="{h}" fill="$sky"/>{halo}{self._lights(phase)}{towers}'
            f"{hall % _inner('hall')}"
            f'<rect x="-9" y="{self.ground}" width="{w + 18}" height="{h}" fill="$ground"/>'
            f'<rect x="-9" y="{self.ground}" width="{w + 18}" height="{52 * k}" fill="$pavement"/>'
            f"{hall % _inner('front')}"
        )
        board = {"board_left": _DOOR[0] - self.board_px / 2 - 4, "board_width": self.board_px + 8}
        drawn = Template(picture).substitute(colours, **board)
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}">{drawn}</svg>'

    def _lights(self, phase: Phase) -> str:
        """Sun, or moon and stars."""
        x, y = (924.0, 556.0) if self.upright else (self.width - 150, 200.0 + 0.3 * (self.height - 1080))
        stars = "".join(
            f'<circle class="tint" cx="{self.width * across}" cy="{self.ground * down}" r="{radius}" fill="$star"/>'
            for across, down, radius in (
                (0.93, 0.16, 3), (0.09, 0.5, 4), (0.39, 0.53, 3), (0.7, 0.515, 3), (0.74, 0.45, 4), (0.24, 0.455, 3),
                (0.55, 0.12, 3),
            )
        )  # fmt: skip
        if phase == "night":
            moon = "M36.5 16.6A68 68 0 1 1-34.3-79.9A60 60 0 0 0 36.5 16.6z"
            return f'{stars}<path transform="translate({x + 33} {y + 16})" d="{moon}" fill="$sun"/>'
        if phase == "day":
            return (
                f'<circle cx="{x}" cy="{y}" r="76" fill="$door_inner"/><circle cx="{x}" cy="{y}" r="52" fill="$sun"/>'
            )
        # The sun stands low behind the street: at the left in the morning, at the right in the evening.
        low = self.ground - (430 if self.upright else 170)
        at = self.width * (0.12 if phase == "dawn" else 0.9) if self.upright else self.width * 0.42
        sun = f'<circle cx="{at}" cy="{low}" r="64" fill="$sun"/>'
        return stars + sun if phase == "dusk" else sun

    def lit(self, number: int, step: int) -> bool:
        """Whether a window is lit after so many changes; each change turns one window round."""
        count = len(self.windows())
        first = (number * 7 + 3) % 5 < 2
        since = number * pow(_stride(count), -1, count) % count
        flips = 0 if step < since else (step - since) // count + 1
        return first ^ (flips % 2 == 1)

    def changed(self, step: int) -> int:
        """The window that this change turned round."""
        count = len(self.windows())
        return step * _stride(count) % count


def _stride(count: int) -> int:
    """A step that visits every window before it comes back to the first."""
    return next(stride for stride in range(count // 3 + 1, count + 2) if gcd(stride, count) == 1)


@cache
def _windows(scene: LampScene) -> tuple[QRectF, ...]:
    hidden = [scene.placed(*box) for box in _HIDDEN]
    found = []
    for tower in scene.towers():
        columns = max(1, int((tower.width() - 12) // 30))
        left = tower.left() + (tower.width() - columns * 30 + 15) / 2
        for row in range(int((tower.height() - 40) // 42)):
            for column in range(columns):
                window = QRectF(round(left + column * 30), round(tower.top() + 24 + row * 42), 15, 20)
                seen = window.left() > 4 and window.right() < scene.width - 4
                if seen and not any(box.intersects(window) for box in hidden):
                    found.append(window)
    return tuple(found)


@cache
def _inner(name: str) -> str:
    svg = (_HERE / f"{name}.svg").read_text(encoding="utf-8")
    return svg[svg.index(">") + 1 : svg.rindex("</svg>")]


@cache
def lamp_picture(scene: LampScene, phase: Phase, width_px: int, height_px: int, outlined: bool) -> QPixmap:
    """The scene drawn once for a window of this size; outlines where colours are few."""
    svg = scene.svg(phase)
    return render_svg(outlines(svg, width_px) if outlined else svg, width_px, height_px)
