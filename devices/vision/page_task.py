"""Task `page`: looks for a page, says what is in its way, and takes it when it lies still. Runs in the camera's child.

Says `view` {stage, advice} with a small JPEG of what the camera sees, `page` {width, height} with the page as JPEG, or
`too_large`. Settings: dpi, cap_bytes, colour. Of the pictures only the best of the present moment is kept.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from devices.camera.messages import Message
from devices.vision.encode import TooLarge, jpeg, one_page
from devices.vision.pages import Picture, Quad
from devices.vision.quality import Judged, judge
from devices.vision.straighten import cut_out, straighten
from kiosk.domain.devices import CaptureAdvice, CaptureStage

#: How long a page must lie still and good: a hand that is still moving it does not rest so long.
STILL_S = 0.8
_LEAST_LOOKS = 3
#: Then the sharpest of this many more pictures is taken.
_TAKEN_OF = 3
_PREVIEW_EVERY_S = 0.2
_PREVIEW_PX = 480
_PREVIEW_QUALITY = 60
#: A picture that came at once was waiting in a buffer and is old: the next one is fresh.
_WAITED_S = 0.015
_LOOK_AT_LEAST_EVERY_S = 0.4
_GREEN, _ORANGE = (80, 190, 60), (0, 140, 255)


@dataclass(slots=True)
class _Best:
    """The sharpest picture so far."""

    picture: Picture
    corners: Quad
    sharpness: float


class PageTask:
    """See Task. One page is taken; after that there is nothing more to say."""

    def __init__(self, dpi: int, cap_bytes: int, *, colour: bool) -> None:
        self._dpi = dpi
        self._cap = cap_bytes
        self._colour = colour
        self._stage = CaptureStage.LOOKING
        self._advice: CaptureAdvice | None = None
        self._corners: Quad | None = None
        self._good_since = 0.0
        self._looks = 0
        self._best: _Best | None = None
        self._done = False
        self._returned_at = 0.0
        self._looked_at = 0.0
        self._shown_at = 0.0

    def look(self, picture: Picture, at_s: float) -> Sequence[Message]:
        """See Task."""
        now = time.monotonic()
        old = at_s - self._returned_at < _WAITED_S and now - self._looked_at < _LOOK_AT_LEAST_EVERY_S
        if self._done or old:
            self._returned_at = time.monotonic()
            return []
        self._looked_at = now
        said = self._finish() if self._stage is CaptureStage.STRAIGHTENING else self._judge(picture, now)
        self._returned_at = time.monotonic()
        return said

    def order(self, message: Message) -> Sequence[Message]:
        """See Task. There is none."""
        return []

    def _judge(self, picture: Picture, now: float) -> Sequence[Message]:
        judged = judge(picture, self._corners)
        before = (self._stage, self._advice)
        self._corners = judged.page.corners if judged.page is not None else None
        if judged.advice is not None:
            self._stage, self._advice, self._best, self._looks = CaptureStage.LOOKING, judged.advice, None, 0
        else:
            self._good(picture, judged, now)
        changed = before != (self._stage, self._advice)
        if not changed and now - self._shown_at < _PREVIEW_EVERY_S:
            return []
        self._shown_at = now
        return [self._view(_preview(picture, judged))]

    def _good(self, picture: Picture, judged: Judged, now: float) -> None:
        if judged.page is None:
            return
        if self._looks == 0:
            self._good_since = now
        self._looks += 1
        self._advice = None
        match self._stage:
            case CaptureStage.LOOKING:
                self._stage = CaptureStage.STEADY
            case CaptureStage.STEADY if now - self._good_since >= STILL_S and self._looks >= _LEAST_LOOKS:
                self._stage, self._looks = CaptureStage.TAKING, 1
            case _:
                pass
        if self._stage is not CaptureStage.TAKING:
            return
        sharpness = _sharpness(picture, judged.page.corners)
        if self._best is None or sharpness > self._best.sharpness:
            self._best = _Best(picture, judged.page.corners, sharpness)
        if self._looks > _TAKEN_OF:
            self._stage = CaptureStage.STRAIGHTENING

    def _finish(self) -> Sequence[Message]:
        best, self._best = self._best, None
        self._done = True
        if best is None:
            raise RuntimeError("no picture to straighten")
        page, dpi = straighten(best.picture, best.corners, self._dpi)
        try:
            data, width, height = one_page(page, dpi, self._cap, colour=self._colour)
        except TooLarge:
            return [Message({"say": "too_large"})]
        return [Message({"say": "page", "width": width, "height": height}, data)]

    def _view(self, preview: bytes) -> Message:
        advice = self._advice.value if self._advice is not None else None
        return Message({"say": "view", "stage": self._stage.value, "advice": advice}, preview)


def _preview(picture: Picture, judged: Judged) -> bytes:
    """What the camera sees, small, the page's outline drawn on it."""
    scale = min(1.0, _PREVIEW_PX / picture.shape[1])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
    if judged.page is not None:
        outline = np.round(judged.page.corners * scale * 8).astype(np.int32)
        colour = _GREEN if judged.advice is None else _ORANGE
        cv2.polylines(small, [outline], True, colour, 3, cv2.LINE_AA, shift=3)
    return jpeg(small, _PREVIEW_QUALITY)


def _sharpness(picture: Picture, corners: Quad) -> float:
    """Mean squared slope (Tenengrad): to be compared between pictures of the same page only."""
    grey = cv2.cvtColor(cut_out(picture, corners, 1200), cv2.COLOR_BGR2GRAY)
    dx, dy = (cv2.Sobel(grey, cv2.CV_32F, x, y, ksize=3) for x, y in ((1, 0), (0, 1)))
    return float(np.mean(dx * dx + dy * dy))


def make(settings: Mapping[str, Any]) -> PageTask:
    """See `devices.camera.task`."""
    return PageTask(int(settings["dpi"]), int(settings["cap_bytes"]), colour=settings["colour"] is True)
