"""The document camera against an emulated one: a real child process, real motion JPEG over HTTP, pages on a desk."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from PIL import Image

from devices.emulators.registry import default_emulators
from kiosk.domain.captured_document import MAX_CAPTURED_BYTES
from kiosk.domain.devices import (
    CaptureAdvice,
    CaptureFailed,
    CaptureStage,
    CaptureUpdate,
    DocumentCaptured,
    Health,
    Scale,
)
from tests.devices.rig import Rig, wait_until

NAME = "document_camera"
CAMERA: tuple[str, str, dict[str, str | int]] = (NAME, "uvc-document-camera", {})
LETTER = "\n".join(f"Tenancy agreement, invented for a test, line {k:02} of twenty-four." for k in range(24))


def _light(rig: Rig) -> bool:
    return bool(rig.do(NAME, "state")["state"]["light"])


def _advised(rig: Rig, advice: CaptureAdvice) -> CaptureUpdate:
    return rig.events.wait(CaptureUpdate, lambda update: update.advice is advice)


def test_a_page_laid_down_is_taken_straight_and_the_light_goes_out(tmp_path: Path) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.hub.capture_document("s1")
        _advised(rig, CaptureAdvice.NO_PAGE)
        rig.do(NAME, "place", text=LETTER, angle=4, perspective=0.3)
        taken = rig.events.wait(DocumentCaptured)
        assert taken.session == "s1"
        document = taken.document
        assert (document.media_type, document.pages) == ("image/jpeg", 1)
        assert len(document.data) <= MAX_CAPTURED_BYTES
        with Image.open(io.BytesIO(document.data)) as picture:
            assert picture.size == (document.width_px, document.height_px)
            assert not picture.getexif()
            assert picture.size[1] / picture.size[0] == pytest.approx(297 / 210, rel=0.03)
            rim = picture.convert("L").crop((4, 4, picture.size[0] - 4, 12))
            assert rim.getextrema()[0] > 150, "desk on the page"
        stages = [event.stage for event in rig.events.events if isinstance(event, CaptureUpdate)]
        wanted = [CaptureStage.LOOKING, CaptureStage.STEADY, CaptureStage.TAKING, CaptureStage.STRAIGHTENING]
        assert list(dict.fromkeys(stages)) == wanted
        wait_until(lambda: not _light(rig))
