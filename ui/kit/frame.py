"""Where things are on a panel: a few zones, made for each shape of panel and moved down for people who cannot reach up.

A panel upright is stacked: strip, reading, touch, counter, rail. A panel that lies has the reading on the left, what
is touched on the right, and rail and counter side by side below. Numbers are design pixels; ``scale`` makes window
pixels of them. On the reference panel (21.5 inch, 1080 x 1920 or 1920 x 1080) one is the other, 4.034 to a millimetre.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from ui.kit.tokens import REFERENCE_PX_PER_MM, SPACE_PX, TARGET_PX

LOW_TOP_SHARE: Final = 0.5
"""With everything in reach from a chair, nothing above this share of a panel upright can be pressed; on a panel that
lies, and so hangs lower as a whole, :data:`LOW_TOP_SHARE_LYING`."""
LOW_TOP_SHARE_LYING: Final = 0.42

MARGIN: Final = SPACE_PX["margin"]
STRIP_HEIGHT: Final = SPACE_PX["strip"]
KEY_HEIGHT: Final = TARGET_PX["key"]


@dataclass(frozen=True, slots=True)
class Zone:
    """A rectangle in design pixels."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return self.top + self.height

    @property
    def middle(self) -> float:
        """Half way from left to right."""
        return self.left + self.width / 2


@dataclass(frozen=True, slots=True)
class Frame:
    """The zones of a page. ``beside``: what is read stands left of what is touched. ``low``: controls lie low.

    ``reading`` takes progress, title and help; ``touch`` what is pressed, and with it whatever belongs to it.
    ``column`` is the tinted ground of the reading beside the touch zone, ``scene`` the room that low controls leave
    above them for a picture (both empty where there is none). ``back`` and ``primary`` are the two keys of the
    counter; ``only`` is the primary where nothing leads back.
    """

    width: float
    height: float
    scale: float
    beside: bool
    low: bool
    reading: Zone
    touch: Zone
    counter: Zone
    rail: Zone
    back: Zone
    primary: Zone
    only: Zone
    column: Zone
    scene: Zone


def undivided(frame: Frame) -> Frame:
    """The same frame for a page whose body takes the whole width; one that stands is so already."""
    if not frame.beside:
        return frame
    width = frame.width - 2 * frame.reading.left
    reading = Zone(frame.reading.left, frame.reading.top, width, frame.reading.height)
    touch = Zone(frame.reading.left, frame.touch.top, width, frame.touch.height)
    return replace(frame, reading=reading, touch=touch, column=Zone(0, 0, 0, 0))


def frame_for(width_px: int, height_px: int, *, px_per_mm: float | None = None, low: bool = False) -> Frame:
    """The frame of a window. ``px_per_mm`` is what its panel has; without it a usual panel of this shape is supposed.

    Keys and type keep their size in millimetres as far as everything still has room: a panel with smaller pixels shows
    them larger in pixels, one that is too small shows them smaller.
    """
    if height_px >= width_px:
        scale = min(width_px / 1080, height_px / 1920)
        return _stacked(width_px / scale, height_px / scale, scale, low)
    wide = width_px / height_px >= 1.5
    # A 19 inch panel of 1280 x 1024 has 3.4 pixels to the millimetre.
    supposed = height_px / 1080 if wide else height_px / 1215
    wanted = supposed if px_per_mm is None else px_per_mm / REFERENCE_PX_PER_MM
    least = (1600, 1080) if wide else (1440, 1152)
    scale = min(max(wanted, height_px / 1440), width_px / least[0], height_px / least[1])
    return _beside(width_px / scale, height_px / scale, scale, low)


def _stacked(width: float, height: float, scale: float, low: bool) -> Frame:
    inner = width - 2 * MARGIN
    rail = Zone(0, height - 144, width, 144)
    counter = Zone(0, rail.top - 240, width, 240)
    key_top = counter.top + 48
    scene_bottom = 452.0 if low else 0.0
    reading_top = scene_bottom + 44 if low else 128.0
    touch_top = round(height * LOW_TOP_SHARE) if low else 640.0
    return Frame(
        width=width,
        height=height,
        scale=scale,
        beside=False,
        low=low,
        reading=Zone(MARGIN, reading_top, inner, touch_top - 8 - reading_top),
        touch=Zone(MARGIN, touch_top, inner, counter.top - 40 - touch_top),
        counter=counter,
        rail=rail,
        back=Zone(MARGIN, key_top, 264, KEY_HEIGHT),
        primary=Zone(MARGIN + 288, key_top, inner - 288, KEY_HEIGHT),
        only=Zone(MARGIN, key_top, inner, KEY_HEIGHT),
        column=Zone(0, 0, 0, 0),
        scene=Zone(0, 0, width, scene_bottom),
    )


def _beside(width: float, height: float, scale: float, low: bool) -> Frame:
    column = round(width / 3) if width >= 1800 else round(width * 0.325)
    edge = 48.0
    bottom = height - 184
    # The rail and the counter share the bottom; the primary is at the right end, under the hand.
    split = round(width * 0.5)
    key_top = bottom + 20
    inner = width - edge - split - 40
    back = 232.0
    touch_top = round(height * LOW_TOP_SHARE_LYING) if low else 128.0
    touch = Zone(column + 40, touch_top, width - edge - column - 40, bottom - 24 - touch_top)
    return Frame(
        width=width,
        height=height,
        scale=scale,
        beside=True,
        low=low,
        reading=Zone(edge, 128, column - 2 * edge + 8, bottom - 24 - 128),
        touch=touch,
        counter=Zone(split, bottom, width - split, 184),
        rail=Zone(0, bottom, split, 184),
        back=Zone(split + 40, key_top, back, KEY_HEIGHT),
        primary=Zone(split + 40 + back + 20, key_top, inner - back - 20, KEY_HEIGHT),
        only=Zone(split + 40, key_top, inner, KEY_HEIGHT),
        column=Zone(0, 0, column, bottom),
        scene=Zone(column, 0, width - column, touch_top - 24 if low else 0),
    )
